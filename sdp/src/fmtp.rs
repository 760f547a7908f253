//! `a=fmtp`: format parameters, generic and by codec.

mod audio;
mod parameter;
#[cfg(test)]
mod tests;
mod video;

use core::fmt;

pub use audio::{AacFmtp, LatmFmtp, OpusFmtp};
pub(crate) use parameter::check_parameter_sets;
pub use video::{Av1Fmtp, H264Fmtp, H265Fmtp, Vp8Fmtp, Vp9Fmtp};

use crate::{Deviation, ParseError, Reporter, TypedAttribute, scan, typed::Parameters};

/// `a=fmtp:<format> <parameters>` (RFC 8866 section 6.15).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 6.15 gives it these parts"
)]
pub struct Fmtp<'a> {
    /// The format as the `m=` line lists it: a payload type for RTP.
    pub format: &'a str,
    /// All that follows, as written.
    pub parameters: &'a str,
}

impl<'a> Fmtp<'a> {
    /// The `name=value` pairs between semicolons, in their order.
    #[must_use]
    pub fn parameters(&self) -> Parameters<'a> {
        Parameters::new(self.parameters)
    }

    /// The value of the first parameter called `name`, whatever the case.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.parameters()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .and_then(|(_, value)| value)
    }

    /// Read leniently as H.264 (RFC 6184).
    #[must_use]
    pub fn h264(&self) -> H264Fmtp {
        H264Fmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as H.265 (RFC 7798).
    #[must_use]
    pub fn h265(&self) -> H265Fmtp {
        H265Fmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as mpeg4-generic (RFC 3640).
    #[must_use]
    pub fn aac(&self) -> AacFmtp {
        AacFmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as MP4A-LATM (RFC 6416).
    #[must_use]
    pub fn latm(&self) -> LatmFmtp {
        LatmFmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as Opus (RFC 7587).
    #[must_use]
    pub fn opus(&self) -> OpusFmtp {
        OpusFmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as AV1 (AV1 RTP v1.0.0 section 7).
    #[must_use]
    pub fn av1(&self) -> Av1Fmtp {
        Av1Fmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as VP8 (RFC 7741).
    #[must_use]
    pub fn vp8(&self) -> Vp8Fmtp {
        Vp8Fmtp::parse_lenient(self.parameters)
    }

    /// Read leniently as VP9 (RFC 9628).
    #[must_use]
    pub fn vp9(&self) -> Vp9Fmtp {
        Vp9Fmtp::parse_lenient(self.parameters)
    }
}

impl<'a> TypedAttribute<'a> for Fmtp<'a> {
    const NAME: &'static str = "fmtp";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let trimmed = scan::trim(value);
        let (format, rest) = scan::split_at_byte(trimmed, |byte| byte == b' ' || byte == b'\t');
        if format.is_empty() {
            return Err(reporter.expected(value, "a format"));
        }
        if trimmed.len() != value.len() {
            reporter.deviation(value, Deviation::Whitespace)?;
        }
        let parameters = scan::trim_start(rest);
        if parameters.is_empty() {
            reporter.deviation(value, Deviation::FmtpWithoutParameters)?;
        }
        Ok(Self { format, parameters })
    }
}

impl fmt::Display for Fmtp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format)?;
        if self.parameters.is_empty() {
            Ok(())
        } else {
            write!(f, " {}", self.parameters)
        }
    }
}
