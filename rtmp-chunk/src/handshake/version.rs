use super::{Foreign, HandshakeError};

/// The byte in C0 and S0. An open registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
pub struct Version(pub u8);

impl Version {
    /// RTMP as the specification has it.
    pub const RTMP: Self = Self(3);
    /// RTMPE: Diffie-Hellman and RC4.
    pub const RTMPE: Self = Self(6);
    /// RTMPE with XTEA over the signatures.
    pub const RTMPE_XTEA: Self = Self(8);
    /// RTMPE with Blowfish over the signatures.
    pub const RTMPE_BLOWFISH: Self = Self(9);

    /// Whether it asks for RTMPE of any sort.
    #[must_use]
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::RTMPE | Self::RTMPE_XTEA | Self::RTMPE_BLOWFISH)
    }
}

/// What to do about versions besides 3 and those of RTMPE: 0-2 are deprecated, 4-31 reserved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionPolicy {
    /// A server answers 3 to all of them (RTMP 1.0 §5.2.2) and goes on; a client goes on whatever below 32 the server says.
    /// The default.
    #[default]
    Negotiate,
    /// [`HandshakeError::UnsupportedVersion`].
    Exact,
}

/// What a TLS record of a handshake begins with; as an RTMP version it would be a reserved one.
const TLS_HANDSHAKE: u8 = 22;

/// Reads C0 or S0 without taking it. `None` where too little is there to tell.
///
/// The answer depends on the bytes alone, not on how many of them came at once.
pub(super) fn peek(input: &[u8]) -> Result<Option<Version>, HandshakeError> {
    let Some(&first) = input.first() else {
        return Ok(None);
    };
    match first {
        TLS_HANDSHAKE => match input.get(1..3) {
            Some(&[3, minor]) if minor <= 4 => Err(HandshakeError::NotRtmp(Foreign::Tls)),
            Some(_) => Ok(Some(Version(first))),
            None => Ok(None),
        },
        0..32 => Ok(Some(Version(first))),
        b'A'..=b'Z' | b'a'..=b'z' => Err(HandshakeError::NotRtmp(Foreign::Text)),
        _ => Err(HandshakeError::NotRtmp(Foreign::Unknown)),
    }
}

/// Whether a version that is neither RTMP's nor RTMPE's may go on.
pub(super) fn admit(version: Version, policy: VersionPolicy) -> Result<(), HandshakeError> {
    let known = version == Version::RTMP || version.is_encrypted();
    match policy {
        VersionPolicy::Exact if !known => Err(HandshakeError::UnsupportedVersion(version)),
        VersionPolicy::Exact | VersionPolicy::Negotiate => Ok(()),
    }
}
