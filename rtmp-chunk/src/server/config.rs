//! How a server session machine behaves.

use std::time::Duration;

use crate::chunk::ReaderConfig;
use crate::command::{Capabilities, ConnectReply, FourCcInfo};
use crate::handshake::ServerHandshakeConfig;
use crate::session::{Acknowledgements, Limits, all_codecs};

/// The settings of a [`ServerConnection`](super::ServerConnection). One value serves all connections.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerConfig {
    /// How much a peer may make the machine hold.
    pub limits: Limits,
    /// The chunk size that everything is sent with, announced before the answer to `connect`; ffmpeg adopts it
    /// for what it publishes. 128 to 16777215. Default 16384: Wireshark loses its way in chunks of 32768 bytes and more.
    pub chunk_size: u32,
    /// The window after which acknowledgements are asked for, and the peer bandwidth. Default 2500000.
    pub window_bytes: u32,
    /// What is done when the peer does not acknowledge. Default: nothing.
    pub acknowledgements: Acknowledgements,
    /// What the answer to `connect` calls the server. Default [`ConnectReply::FMS_VERSION`].
    pub fms_version: String,
    /// What Enhanced RTMP clients are told of the server, where they told of themselves. Default: that all
    /// codecs and extensions are passed on.
    pub enhanced: Capabilities,
    /// Send `onBWDone` after the answer to `connect`, which old Flash players wait for. Default true.
    pub send_bw_done: bool,
    /// How strictly the handshake is checked, and whether RTMPE is spoken.
    pub handshake: ServerHandshakeConfig,
    /// How chunks are read, and how much of messages that are not complete may be held.
    pub chunks: ReaderConfig,
    /// The handshake must be done so soon after the connection was made. Default 10 s.
    pub handshake_timeout: Duration,
    /// `connect` must come so soon after the handshake. Default 10 s.
    pub connect_timeout: Duration,
    /// A connection that neither publishes nor plays is over so long after its last command. Default 30 s.
    pub command_timeout: Duration,
    /// A publisher that sends no media for so long is dropped. Default 30 s.
    pub publisher_timeout: Duration,
    /// A player that says nothing for so long is pinged. Default 30 s.
    pub ping_interval: Duration,
    /// And dropped when it says nothing for so long after that. Default 30 s.
    pub ping_timeout: Duration,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            chunk_size: 16_384,
            window_bytes: 2_500_000,
            acknowledgements: Acknowledgements::Optional,
            fms_version: ConnectReply::FMS_VERSION.to_owned(),
            enhanced: all_codecs(FourCcInfo::CAN_FORWARD),
            send_bw_done: true,
            handshake: ServerHandshakeConfig::default(),
            chunks: ReaderConfig::default(),
            handshake_timeout: Duration::from_secs(10),
            connect_timeout: Duration::from_secs(10),
            command_timeout: Duration::from_secs(30),
            publisher_timeout: Duration::from_secs(30),
            ping_interval: Duration::from_secs(30),
            ping_timeout: Duration::from_secs(30),
        }
    }
}
