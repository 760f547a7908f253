use core::net::SocketAddr;

use bytes::Bytes;

/// The two ends of a datagram flow, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a flow has two ends and no more")]
pub struct Path {
    /// Our address.
    pub local: SocketAddr,
    /// The peer's address.
    pub remote: SocketAddr,
}

/// One received datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a datagram is a path and bytes")]
pub struct Datagram {
    /// Where it came from and to.
    pub path: Path,
    /// What it holds.
    pub data: Bytes,
}
