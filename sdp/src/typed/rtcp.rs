use core::fmt;

use crate::{
    Address, ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=rtcp:<port> [<network type> <address type> <address>]` (RFC 3605).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 3605 section 2.1 gives it these parts"
)]
pub struct Rtcp<'a> {
    /// Where RTCP goes.
    pub port: u16,
    /// When it differs from the media's.
    pub address: Option<Address<'a>>,
}

impl<'a> TypedAttribute<'a> for Rtcp<'a> {
    const NAME: &'static str = "rtcp";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let text = fields.need(reporter, "a port")?;
        let port = scan::number(text).ok_or_else(|| reporter.expected(text, "a port"))?;
        let address = match fields.rest() {
            "" => None,
            rest => Address::read(rest, reporter)?,
        };
        Ok(Self { port, address })
    }
}

impl fmt::Display for Rtcp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.port.fmt(f)?;
        self.address
            .map_or(Ok(()), |address| write!(f, " {address}"))
    }
}

/// `a=rtcp-fb:<payload type> <kind> [<parameter>]` (RFC 4585 section 4.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 4585 section 4.2 gives it these parts"
)]
pub struct RtcpFeedback<'a> {
    /// `None` for `*`: all formats of the section.
    pub payload_type: Option<u8>,
    /// `"ack"`, `"nack"`, `"ccm"`, `"trr-int"`, `"goog-remb"`, `"transport-cc"` or another name.
    pub kind: &'a str,
    /// `"pli"`, `"fir"` and the like.
    pub parameter: Option<&'a str>,
}

impl RtcpFeedback<'_> {
    /// Whether it holds for this payload type.
    #[must_use]
    pub fn applies_to(&self, payload_type: u8) -> bool {
        self.payload_type.is_none_or(|own| own == payload_type)
    }
}

impl<'a> TypedAttribute<'a> for RtcpFeedback<'a> {
    const NAME: &'static str = "rtcp-fb";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let text = fields.need(reporter, "a payload type or `*`")?;
        let payload_type = scan::number(text);
        if payload_type.is_none() && text != "*" {
            return Err(reporter.expected(text, "a payload type or `*`"));
        }
        let kind = fields.need(reporter, "a kind of feedback")?;
        Ok(Self {
            payload_type,
            kind,
            parameter: fields.rest_nonempty(),
        })
    }
}

impl fmt::Display for RtcpFeedback<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.payload_type {
            Some(payload_type) => write!(f, "{payload_type} {}", self.kind)?,
            None => write!(f, "* {}", self.kind)?,
        }
        self.parameter
            .map_or(Ok(()), |parameter| write!(f, " {parameter}"))
    }
}
