//! ICE (RFC 8839). The user name fragment, the password and the flags are in `word.rs`.

use alloc::vec::Vec;
use core::fmt;

use super::{group::read_tokens, word::is_ice_char};
use crate::{
    ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=ice-options:<option> ..` (RFC 8839 section 5.6).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(clippy::exhaustive_structs, reason = "the value is one list")]
pub struct IceOptions<'a>(pub Vec<&'a str>);

impl<'a> TypedAttribute<'a> for IceOptions<'a> {
    const NAME: &'static str = "ice-options";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let options = read_tokens(&mut Fields::new(value), reporter)?;
        if options.is_empty() {
            return Err(reporter.expected(value, "an ICE option"));
        }
        Ok(Self(options))
    }
}

impl fmt::Display for IceOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(index, option)| {
            f.write_str(if index == 0 { "" } else { " " })?;
            f.write_str(option)
        })
    }
}

/// `a=candidate:` (RFC 8839 section 5.1): one address where the describing side may be reached.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8839 section 5.1; `extensions` holds the rest"
)]
pub struct Candidate<'a> {
    /// Equal for candidates of one origin.
    pub foundation: &'a str,
    /// 1 for RTP, 2 for RTCP.
    pub component: u16,
    /// `"udp"`, `"tcp"`; compare without case.
    pub transport: &'a str,
    /// Larger is preferred.
    pub priority: u32,
    /// An IP address, or a host name (mDNS).
    pub address: &'a str,
    /// The port.
    pub port: u16,
    /// `"host"`, `"srflx"`, `"prflx"` or `"relay"`.
    pub kind: &'a str,
    /// `raddr`: where a reflexive or relayed candidate comes from.
    pub related_address: Option<&'a str>,
    /// `rport`.
    pub related_port: Option<u16>,
    /// Further names and values, such as `tcptype`.
    pub extensions: Vec<(&'a str, &'a str)>,
}

impl<'a> Candidate<'a> {
    fn read_extensions(
        &mut self,
        fields: &mut Fields<'a>,
        reporter: &mut Reporter,
    ) -> Result<(), ParseError> {
        while let Some(name) = fields.next(reporter)? {
            let value = fields.need(reporter, "the value of a candidate extension")?;
            match name {
                "raddr" if self.related_address.is_none() => self.related_address = Some(value),
                "rport" if self.related_port.is_none() => {
                    self.related_port = Some(read_number(value, reporter)?);
                }
                _ => self.extensions.push((name, value)),
            }
        }
        Ok(())
    }
}

fn read_number<T: TryFrom<u64>>(text: &str, reporter: &Reporter) -> Result<T, ParseError> {
    scan::number(text).ok_or_else(|| reporter.expected(text, "a number in range"))
}

impl<'a> TypedAttribute<'a> for Candidate<'a> {
    const NAME: &'static str = "candidate";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let foundation = fields.need(reporter, "a foundation")?;
        if foundation.len() > 32 || !foundation.bytes().all(is_ice_char) {
            return Err(reporter.expected(foundation, "1 to 32 ice-chars"));
        }
        let component = read_number(fields.need(reporter, "a component id")?, reporter)?;
        let transport = fields.need(reporter, "a transport")?;
        let priority = read_number(fields.need(reporter, "a priority")?, reporter)?;
        let address = fields.need(reporter, "an address")?;
        let port = read_number(fields.need(reporter, "a port")?, reporter)?;
        let marker = fields.need(reporter, "`typ`")?;
        if marker != "typ" {
            return Err(reporter.expected(marker, "`typ`"));
        }
        let kind = fields.need(reporter, "a candidate type")?;
        let mut candidate = Self {
            foundation,
            component,
            transport,
            priority,
            address,
            port,
            kind,
            related_address: None,
            related_port: None,
            extensions: Vec::new(),
        };
        candidate.read_extensions(&mut fields, reporter)?;
        Ok(candidate)
    }
}

impl fmt::Display for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            foundation,
            component,
            transport,
            priority,
            address,
            port,
            kind,
            ..
        } = self;
        write!(
            f,
            "{foundation} {component} {transport} {priority} {address} {port} typ {kind}"
        )?;
        self.related_address
            .map_or(Ok(()), |address| write!(f, " raddr {address}"))?;
        self.related_port
            .map_or(Ok(()), |port| write!(f, " rport {port}"))?;
        self.extensions
            .iter()
            .try_for_each(|(name, value)| write!(f, " {name} {value}"))
    }
}
