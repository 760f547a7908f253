use super::{EchoCheck, Schema, VersionPolicy};

/// Whether digests are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum DigestPolicy {
    /// Where the peer has one, the answer is signed; where it has none, the handshake is simple. The default.
    #[default]
    WhereOffered,
    /// [`HandshakeError::DigestMissing`](super::HandshakeError::DigestMissing) where the peer has none.
    Require,
    /// The peer's digest is not looked for: always simple. RTMPE is refused then, as it cannot do without.
    Never,
}

/// What a server makes of clients that ask for RTMPE, and of those that do not.
#[cfg(feature = "rtmpe")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encryption {
    /// Both are welcome. The default.
    #[default]
    Allow,
    /// Who asks for RTMPE is answered version 3, and may go on in the clear.
    Refuse,
    /// [`HandshakeError::EncryptionRequired`](super::HandshakeError::EncryptionRequired) for who does not ask.
    Require,
}

/// The policies of a [`ServerHandshake`](super::ServerHandshake); all tolerant by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerHandshakeConfig {
    /// Versions besides 3 and RTMPE's.
    pub versions: VersionPolicy,
    /// How C2 is looked at.
    pub echo_check: EchoCheck,
    /// Digests.
    pub digest: DigestPolicy,
    /// RTMPE.
    #[cfg(feature = "rtmpe")]
    pub encryption: Encryption,
    /// What S1 says of the server's version where it has a digest. 4.5.0.1 by default.
    pub app_version: [u8; 4],
}

impl Default for ServerHandshakeConfig {
    fn default() -> Self {
        Self {
            versions: VersionPolicy::default(),
            echo_check: EchoCheck::default(),
            digest: DigestPolicy::default(),
            #[cfg(feature = "rtmpe")]
            encryption: Encryption::default(),
            app_version: [4, 5, 0, 1],
        }
    }
}

/// What a client sends as C0 and C1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offer {
    /// Version 3, no digest, program version zero.
    Simple,
    /// Version 3 with a digest; servers that know none answer it as a simple handshake.
    Digest(Schema),
    /// Version 6 with a digest and a public key. A server that does not follow is an error: what was to be enciphered
    /// is not sent in the clear.
    #[cfg(feature = "rtmpe")]
    Encrypted(Schema),
}

impl Default for Offer {
    /// A digest by schema 1, as players and encoders have it.
    fn default() -> Self {
        Self::Digest(Schema::DigestFirst)
    }
}

/// The policies of a [`ClientHandshake`](super::ClientHandshake); all tolerant by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientHandshakeConfig {
    /// What to begin with.
    pub offer: Offer,
    /// Versions besides 3 and RTMPE's.
    pub versions: VersionPolicy,
    /// How S2 is looked at.
    pub echo_check: EchoCheck,
    /// Whether S1 must have a digest, or is not searched for one. Without effect on [`Offer::Simple`].
    pub digest: DigestPolicy,
    /// What C1 says of the client's version where it has a digest; not zero. 9.0.124.2 by default.
    pub app_version: [u8; 4],
}

impl Default for ClientHandshakeConfig {
    fn default() -> Self {
        Self {
            offer: Offer::default(),
            versions: VersionPolicy::default(),
            echo_check: EchoCheck::default(),
            digest: DigestPolicy::default(),
            app_version: [9, 0, 124, 2],
        }
    }
}
