//! How a server session machine behaves, and how much a peer may make it hold.

use std::time::Duration;

use castline_core::ClockAnchor;

use crate::{Limits, Method, Tolerance};

/// The settings of a [`ServerConnection`](super::ServerConnection). One value serves all connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// How much a peer may make the machine hold.
    pub limits: ServerLimits,
    /// What is done with input that the RFCs do not allow. Default: lenient.
    pub tolerance: Tolerance,
    /// Answer a request without CSeq instead of refusing it with 400 (RFC 2326 §12.17). Default: false.
    pub tolerate_missing_cseq: bool,
    /// The methods that are answered, as OPTIONS tells them. Default: all that a playing server has.
    pub methods: Vec<Method>,
    /// Option tags of `Require` that are understood (RFC 7826 §11.1). Default: `play.basic`, `setup.playing`.
    pub features: Vec<String>,
    /// The `Server` header of every reply. Default: `castline/VERSION`.
    pub server_name: String,
    /// Tells wall-clock time, for the `Date` header of every reply (RFC 7826 §18.21). Default: none, and no header.
    pub clock: Option<ClockAnchor>,
    /// A session that nobody asks anything of for so long is over. Default 60 s.
    pub session_timeout: Duration,
    /// A message must be complete so long after its first byte, else 408 and the end. Default 10 s.
    pub message_timeout: Duration,
    /// A connection without session and without request is over after this. Default 60 s.
    pub idle_timeout: Duration,
    /// Offer RTP over UDP unicast. Default: true.
    pub allow_udp: bool,
    /// Offer RTP interleaved with the RTSP connection. Default: true.
    pub allow_interleaved: bool,
    /// Let RTSP/1.0 clients play and pause one track of several; otherwise they get 460, as RTSP/2.0 clients
    /// always do (RFC 7826 §13.4). Default: true.
    pub allow_track_control: bool,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: ServerLimits::default(),
            tolerance: Tolerance::Lenient,
            tolerate_missing_cseq: false,
            methods: vec![
                Method::OPTIONS,
                Method::DESCRIBE,
                Method::SETUP,
                Method::PLAY,
                Method::PAUSE,
                Method::TEARDOWN,
                Method::GET_PARAMETER,
                Method::SET_PARAMETER,
            ],
            features: vec!["play.basic".to_owned(), "setup.playing".to_owned()],
            server_name: concat!("castline/", env!("CARGO_PKG_VERSION")).to_owned(),
            clock: None,
            session_timeout: Duration::from_secs(60),
            message_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            allow_udp: true,
            allow_interleaved: true,
            allow_track_control: true,
        }
    }
}

/// The bounds of one [`ServerConnection`](super::ServerConnection). All finite by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Bounds of one message.
    pub message: Limits,
    /// Most sessions of one connection. Default 8; one more is answered 503.
    pub max_sessions: usize,
    /// Most tracks of one session. Default 16; one more is answered 503.
    pub max_tracks: usize,
    /// Events that wait for `poll_event` before `wants_input` turns false. Default 64.
    pub max_queued_events: usize,
    /// Bytes of interleaved media that wait to be written before `send` is refused. Default 4 MiB.
    pub max_queued_bytes: usize,
    /// Bytes of replies that wait to be written before `wants_input` turns false. Default 64 KiB.
    pub max_unread_reply_bytes: usize,
    /// Requests from other connections that wait for their turn. Default 16; one more is answered 503.
    pub max_forwarded_requests: usize,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            message: Limits::DEFAULT,
            max_sessions: 8,
            max_tracks: 16,
            max_queued_events: 64,
            max_queued_bytes: 4 * 1024 * 1024,
            max_unread_reply_bytes: 64 * 1024,
            max_forwarded_requests: 16,
        }
    }
}
