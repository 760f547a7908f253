use super::{Ciphers, Echo, Schema, Version};

/// How a handshake went. What stands in the input now is the first chunk.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The version that the peer asked for or answered.
    pub peer_version: Version,
    /// Simple, or with digests.
    pub kind: HandshakeKind,
    /// The time in the peer's first packet, in milliseconds.
    pub peer_epoch_ms: u32,
    /// The version of the peer's program; zero where it does not tell.
    pub peer_app_version: [u8; 4],
    /// How the peer answered our first packet.
    pub echo: Echo,
    /// RTMPE: what stands in the input, and all that follows, goes through these.
    pub ciphers: Option<Ciphers>,
}

/// What both sides agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandshakeKind {
    /// Random bytes, repeated.
    Simple,
    /// Digests, found in the peer's first packet by this schema.
    Digest(Schema),
}
