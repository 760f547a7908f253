use alloc::vec::Vec;
use core::fmt;

use crate::{
    Address, Deviation as D, ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=source-filter: <mode> <network type> <address type> <destination> <source> ..` (RFC 4570).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 4570 section 3 gives it these parts"
)]
pub struct SourceFilter<'a> {
    /// Whether the sources are the wanted or the unwanted ones.
    pub mode: FilterMode,
    /// Where the media goes: a multicast group mostly; the address type may be `"*"`.
    pub destination: Address<'a>,
    /// Where it comes from.
    pub sources: Vec<&'a str>,
}

/// What a [`SourceFilter`] does with its sources.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "RFC 4570 section 3 knows these two"
)]
pub enum FilterMode {
    /// `incl`: only these.
    Include,
    /// `excl`: all but these.
    Exclude,
}

impl<'a> TypedAttribute<'a> for SourceFilter<'a> {
    const NAME: &'static str = "source-filter";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let text = match value.strip_prefix(' ') {
            Some(text) => text,
            None => {
                reporter.deviation(value, D::LeadingSpaceMissing)?;
                value
            }
        };
        let mut fields = Fields::new(text);
        let mode = match fields.need(reporter, "incl or excl")? {
            "incl" => FilterMode::Include,
            "excl" => FilterMode::Exclude,
            other => return Err(reporter.expected(other, "incl or excl")),
        };
        let destination = Address {
            network_type: fields.need(reporter, "a network type")?,
            address_type: fields.need(reporter, "an address type")?,
            address: fields.need(reporter, "a destination address")?,
        };
        let mut sources = Vec::new();
        while let Some(source) = fields.next(reporter)? {
            sources.push(source);
        }
        if sources.is_empty() || !scan::is_token(destination.network_type) {
            return Err(reporter.expected(value, "a source address"));
        }
        Ok(Self {
            mode,
            destination,
            sources,
        })
    }
}

impl fmt::Display for SourceFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mode = match self.mode {
            FilterMode::Include => "incl",
            FilterMode::Exclude => "excl",
        };
        write!(f, " {mode} {}", self.destination)?;
        self.sources
            .iter()
            .try_for_each(|source| write!(f, " {source}"))
    }
}
