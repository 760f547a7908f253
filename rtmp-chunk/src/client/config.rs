//! How a client session machine behaves.

use std::time::Duration;

use crate::chunk::ReaderConfig;
use crate::handshake::ClientHandshakeConfig;
use crate::session::{Acknowledgements, Limits};

/// The settings of a [`ClientConnection`](super::ClientConnection). One value serves all connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientConfig {
    /// How much a peer may make the machine hold.
    pub limits: Limits,
    /// The chunk size that everything is sent with, announced before `connect`. 128 to 16777215. Default 16384.
    pub chunk_size: u32,
    /// The window after which the server is asked to acknowledge. Default 2500000.
    pub window_bytes: u32,
    /// What is done when the server does not acknowledge. Default: nothing.
    pub acknowledgements: Acknowledgements,
    /// How much is buffered by what plays here, as servers are told (`SetBufferLength`). Default 3 s.
    pub buffer_length: Duration,
    /// Say `releaseStream` and `FCPublish` before, and `FCUnpublish` after publishing, as ffmpeg and OBS do.
    /// Default true.
    pub send_fc_commands: bool,
    /// Say `FCSubscribe` before playing, as some content delivery networks want it. Default false.
    pub send_fc_subscribe: bool,
    /// How strictly the handshake is checked, and whether RTMPE is spoken.
    pub handshake: ClientHandshakeConfig,
    /// How chunks are read, and how much of messages that are not complete may be held.
    pub chunks: ReaderConfig,
    /// The handshake must be done so soon after the connection was made. Default 10 s.
    pub handshake_timeout: Duration,
    /// `connect`, `createStream`, `publish` and `play` must be answered so soon. Default 10 s.
    pub response_timeout: Duration,
    /// A server that says nothing for so long is pinged. Default 30 s.
    pub ping_interval: Duration,
    /// And given up when it says nothing for so long after that. Default 30 s.
    pub ping_timeout: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            chunk_size: 16_384,
            window_bytes: 2_500_000,
            acknowledgements: Acknowledgements::Optional,
            buffer_length: Duration::from_secs(3),
            send_fc_commands: true,
            send_fc_subscribe: false,
            handshake: ClientHandshakeConfig::default(),
            chunks: ReaderConfig::default(),
            handshake_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(30),
        }
    }
}
