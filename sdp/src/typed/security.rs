//! Keys, certificates and who opens the connection.

use alloc::vec::Vec;
use core::fmt;

use crate::{
    Deviation as D, ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=key-mgmt:<protocol> <data>` (RFC 4567).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 4567 section 3.1 gives it these parts"
)]
pub struct KeyManagement<'a> {
    /// `"mikey"`.
    pub protocol: &'a str,
    /// Base64.
    pub data: &'a str,
}

impl<'a> TypedAttribute<'a> for KeyManagement<'a> {
    const NAME: &'static str = "key-mgmt";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let protocol = fields.need(reporter, "a key management protocol")?;
        let data = fields.need(reporter, "key management data")?;
        fields.end(reporter)?;
        Ok(Self { protocol, data })
    }
}

/// The keys stay out of logs.
impl fmt::Debug for KeyManagement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyManagement")
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for KeyManagement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.protocol, self.data)
    }
}

/// `a=crypto:<tag> <suite> <key parameters> [<session parameters>]` (RFC 4568).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 4568 section 4 gives it these parts"
)]
pub struct Crypto<'a> {
    /// Names this line within its section.
    pub tag: u32,
    /// Such as `"AES_CM_128_HMAC_SHA1_80"`.
    pub suite: &'a str,
    /// `"inline:<base64>|.."`, several between semicolons.
    pub key_parameters: &'a str,
    /// Such as `"UNENCRYPTED_SRTCP"`.
    pub session_parameters: Option<&'a str>,
}

impl<'a> TypedAttribute<'a> for Crypto<'a> {
    const NAME: &'static str = "crypto";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let text = fields.need(reporter, "a tag")?;
        let tag = scan::number(text).ok_or_else(|| reporter.expected(text, "a tag"))?;
        let suite = fields.need(reporter, "a crypto suite")?;
        let key_parameters = fields.need(reporter, "key parameters")?;
        Ok(Self {
            tag,
            suite,
            key_parameters,
            session_parameters: fields.rest_nonempty(),
        })
    }
}

/// The keys stay out of logs.
impl fmt::Debug for Crypto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Crypto");
        debug
            .field("tag", &self.tag)
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Crypto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.tag, self.suite, self.key_parameters)?;
        self.session_parameters
            .map_or(Ok(()), |parameters| write!(f, " {parameters}"))
    }
}

/// `a=fingerprint:<hash> <bytes>` (RFC 8122): the certificate that the peer will show.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8122 section 5 gives it these parts"
)]
pub struct Fingerprint<'a> {
    /// Such as `"sha-256"`; compare without case.
    pub hash: &'a str,
    /// The digest.
    pub digest: Vec<u8>,
}

impl<'a> TypedAttribute<'a> for Fingerprint<'a> {
    const NAME: &'static str = "fingerprint";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let hash = fields.need(reporter, "a hash function")?;
        let text = fields.need(reporter, "a fingerprint")?;
        fields.end(reporter)?;
        let digest =
            read_digest(text).ok_or_else(|| reporter.expected(text, "hexadecimal pairs"))?;
        // RFC 8122 section 5: upper case; Firefox and others have written lower case.
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            reporter.deviation(text, D::CaseUnusual)?;
        }
        Ok(Self { hash, digest })
    }
}

/// `AB:CD:EF`.
fn read_digest(text: &str) -> Option<Vec<u8>> {
    let length = text.len().checked_add(1)?;
    let mut digest = Vec::with_capacity(length / 3);
    for pair in text.as_bytes().chunks(3) {
        let (&[high, low] | &[high, low, b':']) = pair else {
            return None;
        };
        digest.push(scan::hexadecimal_digit(high)? << 4 | scan::hexadecimal_digit(low)?);
    }
    // Neither empty nor ending in a colon.
    (length.is_multiple_of(3) && !digest.is_empty()).then_some(digest)
}

impl fmt::Display for Fingerprint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash)?;
        self.digest
            .iter()
            .enumerate()
            .try_for_each(|(index, byte)| {
                f.write_str(if index == 0 { " " } else { ":" })?;
                write!(f, "{byte:02X}")
            })
    }
}

/// `a=setup:` (RFC 4145): who opens the connection, or begins the DTLS handshake (RFC 8842).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "RFC 4145 section 4 knows these four"
)]
pub enum Setup {
    /// This side.
    Active,
    /// The other side.
    Passive,
    /// Either; the answer chooses.
    ActPass,
    /// Nobody for now.
    HoldConn,
}

impl TypedAttribute<'_> for Setup {
    const NAME: &'static str = "setup";

    fn read(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        match value {
            "active" => Ok(Self::Active),
            "passive" => Ok(Self::Passive),
            "actpass" => Ok(Self::ActPass),
            "holdconn" => Ok(Self::HoldConn),
            other => Err(reporter.expected(other, "active, passive, actpass or holdconn")),
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Passive => "passive",
            Self::ActPass => "actpass",
            Self::HoldConn => "holdconn",
        })
    }
}
