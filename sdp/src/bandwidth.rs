//! `b=` and `k=`, and the text lines that have a little grammar (`u=`, `e=`, `p=`).

use core::fmt;

use crate::{Deviation as D, ParseError, Reporter, scan};

/// `b=<type>:<value>` (RFC 8866 section 5.8, RFC 3556, RFC 3890).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.8 gives it these parts"
)]
pub struct Bandwidth<'a> {
    /// `"AS"`, `"CT"`, `"TIAS"`, `"RS"`, `"RR"` or another name.
    pub kind: &'a str,
    /// In the type's own unit: kbit/s for AS and CT, bit/s for TIAS, RS and RR.
    pub value: u64,
}

impl<'a> Bandwidth<'a> {
    /// One application's maximum, in kbit/s with IP and UDP headers.
    #[must_use]
    pub const fn application_specific_kbps(value: u64) -> Self {
        Self { kind: "AS", value }
    }

    /// Reads the value of a `b=` line by the letter.
    ///
    /// # Errors
    /// The first deviation from RFC 8866 section 5.8.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let mut reporter = Reporter::strict(value);
        let bandwidth = Self::read(value, &mut reporter)?;
        bandwidth.ok_or_else(|| reporter.expected(value, "a type, a colon and a number"))
    }

    /// `Ok(None)`: unreadable, counts as absent (reported).
    pub(crate) fn read(
        value: &'a str,
        reporter: &mut Reporter,
    ) -> Result<Option<Self>, ParseError> {
        let (kind, number) = scan::split_once(value, b':').unwrap_or((value, ""));
        if let (true, Some(value)) = (scan::is_token(kind), scan::decimal(number)) {
            return Ok(Some(Self { kind, value }));
        }
        let kind = scan::trim(kind);
        let (digits, _) = scan::leading_digits(scan::trim_start(number));
        let Some(number) = scan::decimal(digits).filter(|_| scan::is_token(kind)) else {
            reporter.deviation(value, D::BandwidthUnreadable)?;
            return Ok(None);
        };
        reporter.deviation(value, D::BandwidthNotInteger)?;
        Ok(Some(Self {
            kind,
            value: number,
        }))
    }
}

impl fmt::Display for Bandwidth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}

/// `k=<method>[:<key>]`: obsolete (RFC 8866 section 5.12 forbids its use), read and kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.12 gives it these parts"
)]
pub struct EncryptionKey<'a> {
    /// `"prompt"`, `"clear"`, `"base64"` or `"uri"`.
    pub method: &'a str,
    /// The key or where to find it.
    pub key: Option<&'a str>,
}

impl<'a> EncryptionKey<'a> {
    /// Splits the value of a `k=` line.
    #[must_use]
    pub fn from_line(value: &'a str) -> Self {
        match scan::split_once(value, b':') {
            Some((method, key)) => Self {
                method,
                key: Some(key),
            },
            None => Self {
                method: value,
                key: None,
            },
        }
    }

    pub(crate) fn check(value: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
        match EncryptionKey::from_line(value) {
            EncryptionKey {
                method: "prompt",
                key: None,
            }
            | EncryptionKey {
                method: "clear" | "base64" | "uri",
                key: Some(_),
            } => Ok(()),
            EncryptionKey { .. } => reporter.deviation(value, D::KeyUnreadable),
        }
    }
}

/// The key itself stays out of logs.
impl fmt::Debug for EncryptionKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.key.map(|_| "..");
        f.debug_struct("EncryptionKey")
            .field("method", &self.method)
            .field("key", &key)
            .finish()
    }
}

impl fmt::Display for EncryptionKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method)?;
        self.key.map_or(Ok(()), |key| write!(f, ":{key}"))
    }
}

/// Checks the lines whose value stays text.
pub(crate) fn check_text(kind: u8, value: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
    let deviation = match kind {
        b's' if value.is_empty() => D::NameEmpty,
        b'u' if value.is_empty() || value.contains([' ', '\t']) => D::UriUnusual,
        b'e' if !value.contains('@') => D::EmailUnusual,
        b'p' if !value.bytes().any(|byte| byte.is_ascii_digit()) => D::PhoneUnusual,
        b'i' if value.is_empty() => D::TextEmpty,
        _ => return Ok(()),
    };
    reporter.deviation(value, deviation)
}
