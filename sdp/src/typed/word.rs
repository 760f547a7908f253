//! Attributes whose value is one piece of text, and attributes without a value.

use core::fmt;

use crate::{Deviation, ParseError, Reporter, TypedAttribute, scan};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $check:expr, $expected:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[allow(clippy::exhaustive_structs, reason = "the value is one piece of text")]
        pub struct $name<'a>(pub &'a str);

        impl<'a> TypedAttribute<'a> for $name<'a> {
            const NAME: &'static str = $wire;

            fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
                let text = scan::trim(value);
                if text.len() != value.len() {
                    reporter.deviation(value, Deviation::Whitespace)?;
                }
                let check: fn(&str) -> bool = $check;
                if check(text) { Ok(Self(text)) } else { Err(reporter.expected(text, $expected)) }
            }
        }

        impl fmt::Display for $name<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
    )*};
}

words! {
    /// `a=control:` (RFC 2326 appendix C.1.1): see [`control::resolve`](crate::control::resolve).
    Control = "control", |text| !text.is_empty(), "a URL or `*`";
    /// `a=mid:` (RFC 5888): the name of a media section.
    Mid = "mid", scan::is_token, "a token";
    /// `a=ice-ufrag:` (RFC 8839 section 5.4).
    IceUsernameFragment = "ice-ufrag", |text| is_ice(text, 4), "4 to 256 ice-chars";
    /// `a=ice-pwd:` (RFC 8839 section 5.4).
    IcePassword = "ice-pwd", |text| is_ice(text, 22), "22 to 256 ice-chars";
}

fn is_ice(text: &str, minimum: usize) -> bool {
    (minimum..=256).contains(&text.len()) && text.bytes().all(is_ice_char)
}

/// RFC 8839 section 5.1, `ice-char`.
pub(crate) fn is_ice_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[allow(clippy::exhaustive_structs, reason = "the attribute has no value")]
        pub struct $name;

        impl TypedAttribute<'_> for $name {
            const NAME: &'static str = $wire;

            fn read(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
                if !value.is_empty() {
                    reporter.deviation(value, Deviation::FlagWithValue)?;
                }
                Ok(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                Ok(())
            }
        }
    )*};
}

flags! {
    /// `a=rtcp-mux` (RFC 5761): RTP and RTCP on one port.
    RtcpMux = "rtcp-mux";
    /// `a=ice-lite` (RFC 8839 section 5.3).
    IceLite = "ice-lite";
    /// `a=end-of-candidates` (RFC 8840 section 8.2).
    EndOfCandidates = "end-of-candidates";
}
