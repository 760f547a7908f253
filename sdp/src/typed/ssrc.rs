use alloc::vec::Vec;
use core::fmt;

use crate::{
    ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=ssrc:<ssrc> <attribute>[:<value>]` (RFC 5576 section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 5576 section 4.1 gives it these parts"
)]
pub struct Ssrc<'a> {
    /// The source.
    pub ssrc: u32,
    /// `"cname"`, `"msid"`, `"fmtp"` or another name.
    pub attribute: &'a str,
    /// What follows the colon.
    pub value: Option<&'a str>,
}

impl<'a> TypedAttribute<'a> for Ssrc<'a> {
    const NAME: &'static str = "ssrc";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let ssrc = read_ssrc(fields.need(reporter, "an SSRC")?, reporter)?;
        let rest = fields.rest();
        let (attribute, value) = match scan::split_once(rest, b':') {
            Some((attribute, value)) => (attribute, Some(value)),
            None => (rest, None),
        };
        if !scan::is_token(attribute) {
            return Err(reporter.expected(rest, "the name of a source attribute"));
        }
        Ok(Self {
            ssrc,
            attribute,
            value,
        })
    }
}

impl fmt::Display for Ssrc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.ssrc, self.attribute)?;
        self.value.map_or(Ok(()), |value| write!(f, ":{value}"))
    }
}

/// `a=ssrc-group:<semantics> <ssrc> ..` (RFC 5576 section 4.2).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 5576 section 4.2 gives it these parts"
)]
pub struct SsrcGroup<'a> {
    /// `"FID"` (retransmission), `"SIM"`, `"FEC-FR"` or another name.
    pub semantics: &'a str,
    /// The sources.
    pub ssrcs: Vec<u32>,
}

impl<'a> TypedAttribute<'a> for SsrcGroup<'a> {
    const NAME: &'static str = "ssrc-group";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let semantics = fields.need(reporter, "the semantics of the group")?;
        let mut ssrcs = Vec::new();
        while let Some(field) = fields.next(reporter)? {
            ssrcs.push(read_ssrc(field, reporter)?);
        }
        Ok(Self { semantics, ssrcs })
    }
}

impl fmt::Display for SsrcGroup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.semantics)?;
        self.ssrcs.iter().try_for_each(|ssrc| write!(f, " {ssrc}"))
    }
}

fn read_ssrc(text: &str, reporter: &Reporter) -> Result<u32, ParseError> {
    scan::number(text).ok_or_else(|| reporter.expected(text, "an SSRC"))
}
