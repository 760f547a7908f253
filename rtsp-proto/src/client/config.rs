//! How a client session machine behaves, and how much a server may make it hold.

use std::time::Duration;

use crate::{Limits, Tolerance, Version};

/// The settings of a [`ClientConnection`](super::ClientConnection). One value serves all connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// How much a server may make the machine hold.
    pub limits: ClientLimits,
    /// What is done with input that the RFCs do not allow. Default: lenient.
    pub tolerance: Tolerance,
    /// The version that is spoken. Default: 1.0.
    pub version: Version,
    /// The `User-Agent` header of every request. Default: `castline/VERSION`.
    pub user_agent: String,
    /// More headers of every request, such as `Authorization`. Default: none.
    pub headers: Vec<(String, String)>,
    /// A request that is not answered for so long ends the connection; a sign of life is forgotten instead, as
    /// some cameras answer none. Default 10 s.
    pub response_timeout: Duration,
    /// A message must be complete so long after its first byte. Default 10 s.
    pub message_timeout: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: ClientLimits::default(),
            tolerance: Tolerance::Lenient,
            version: Version::V1_0,
            user_agent: concat!("castline/", env!("CARGO_PKG_VERSION")).to_owned(),
            headers: Vec::new(),
            response_timeout: Duration::from_secs(10),
            message_timeout: Duration::from_secs(10),
        }
    }
}

/// The bounds of one [`ClientConnection`](super::ClientConnection). All finite by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientLimits {
    /// Bounds of one message.
    pub message: Limits,
    /// Requests that wait for their answers before verbs are refused. Default 32.
    pub max_requests: usize,
    /// Tracks that can be set up. Default 64.
    pub max_tracks: usize,
    /// Events that wait for `poll_event` before `wants_input` turns false. Default 128.
    pub max_queued_events: usize,
    /// Bytes of interleaved packets that wait to be written before `send` is refused. Default 256 KiB.
    pub max_queued_bytes: usize,
    /// Bytes of messages that wait to be written before `wants_input` turns false. Default 64 KiB.
    pub max_unread_bytes: usize,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            message: Limits::DEFAULT,
            max_requests: 32,
            max_tracks: 64,
            max_queued_events: 128,
            max_queued_bytes: 256 * 1024,
            max_unread_bytes: 64 * 1024,
        }
    }
}
