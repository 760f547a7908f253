use core::net::SocketAddr;

use bytes::Bytes;
use smallvec::SmallVec;

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

/// The slices of a [`Transmit`]: header, payload header and shared payload need no allocation.
pub type Segments = SmallVec<[Bytes; 3]>;

/// One datagram to send, or several of equal size, as slices that need not be joined: a header of one's
/// own, then payload shared with others.
///
/// ```
/// # use castline_core::{Path, Transmit};
/// # use bytes::Bytes;
/// # let path = Path { local: "0.0.0.0:30000".parse().unwrap(), remote: "127.0.0.1:5000".parse().unwrap() };
/// let header = Bytes::from_static(&[0x80, 96, 0, 1]);
/// let payload = Bytes::from_static(b"shared by all viewers");
/// let transmit = Transmit::datagram(path, [header, payload]);
/// assert_eq!((transmit.len(), transmit.datagrams()), (25, 1));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "where to, what, and how it is cut"
)]
pub struct Transmit {
    /// Where from and to. A `local` address that is unspecified leaves the choice to the system.
    pub path: Path,
    /// The bytes, in order.
    pub segments: Segments,
    /// The joined bytes are cut into datagrams of this size, the last of which may be shorter; `None`
    /// or zero for a single datagram.
    pub segment_size: Option<usize>,
}

impl Transmit {
    /// A single datagram.
    pub fn datagram(path: Path, segments: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            path,
            segments: segments.into_iter().collect(),
            segment_size: None,
        }
    }

    /// How many bytes it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments.iter().map(Bytes::len).sum()
    }

    /// True for a single datagram without a byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments.iter().all(Bytes::is_empty)
    }

    /// How many datagrams it makes, at least one.
    #[must_use]
    pub fn datagrams(&self) -> usize {
        match self.segment_size {
            Some(size) if size > 0 => self.len().div_ceil(size).max(1),
            Some(_) | None => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;

    #[test]
    fn counts_its_datagrams() {
        let end = SocketAddr::from((Ipv4Addr::LOCALHOST, 9));
        let path = Path {
            local: end,
            remote: end,
        };
        let transmit = |len: usize, segment_size| Transmit {
            segment_size,
            ..Transmit::datagram(path, [Bytes::from(vec![0; len]), Bytes::from_static(b"x")])
        };
        for (len, segment_size, datagrams) in [
            (99, None, 1),
            (99, Some(0), 1),
            (99, Some(100), 1),
            (99, Some(99), 2),
            (99, Some(50), 2),
            (99, Some(33), 4),
            (0, Some(1), 1),
        ] {
            assert_eq!(transmit(len, segment_size).datagrams(), datagrams);
        }
        let empty = Transmit::datagram(path, []);
        assert!(empty.is_empty() && empty.datagrams() == 1);
    }
}
