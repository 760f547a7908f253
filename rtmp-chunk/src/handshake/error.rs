use super::Version;

/// Why a handshake failed. It is over then: each later call says the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The peer speaks something else. Nothing was taken from the input, so that it can be handed to who understands it.
    #[error("the peer does not speak RTMP but {0}")]
    NotRtmp(Foreign),
    /// A version that [`VersionPolicy::Exact`](super::VersionPolicy::Exact) does not allow.
    #[error("RTMP version {} is not supported", .0.0)]
    UnsupportedVersion(Version),
    /// C2 or S2 neither repeats nor signs what it answers, and [`EchoCheck::Strict`](super::EchoCheck::Strict) is in force.
    #[error("the peer's second packet does not answer our first one")]
    EchoMismatch,
    /// C1 or S1 has no valid digest, and [`DigestPolicy::Require`](super::DigestPolicy::Require) or RTMPE needs one.
    #[error("the peer's first packet has no valid digest")]
    DigestMissing,
    /// The client did not ask for RTMPE, which the server's configuration requires.
    #[error("the client does not encrypt, and it has to")]
    EncryptionRequired,
    /// RTMPE was asked for, and the server answered with this version.
    #[error("the server does not encrypt: it answered version {}", .0.0)]
    EncryptionRefused(Version),
    /// RTMPE: the peer's Diffie-Hellman key is not between 2 and p - 2.
    #[error("the peer's Diffie-Hellman public key is out of range")]
    PublicKeyOutOfRange,
}

/// What a peer seems to speak that does not speak RTMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Foreign {
    /// A letter comes first: an HTTP or RTSP request, most likely.
    #[error("text, such as an HTTP request")]
    Text,
    /// A TLS handshake record: RTMPS or HTTPS on a plain port.
    #[error("TLS")]
    Tls,
    /// Nothing recognized; version 32 and above cannot be RTMP (RTMP 1.0 §5.2.2).
    #[error("something unknown")]
    Unknown,
}
