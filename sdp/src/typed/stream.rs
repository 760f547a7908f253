//! Restricted RTP streams and simulcast (RFC 8851, RFC 8853).

use alloc::vec::Vec;
use core::fmt;

use crate::{
    ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
    typed::Parameters,
};

/// `a=rid:<id> <direction> [<restrictions>]` (RFC 8851).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8851 section 10 gives it these parts"
)]
pub struct Rid<'a> {
    /// The stream's name.
    pub id: &'a str,
    /// Which side sends it.
    pub direction: RidDirection,
    /// `pt=..;max-width=..` and so on, as written.
    pub restrictions: Option<&'a str>,
}

/// One restriction: its name, and its value where it has one.
pub type Restriction<'a> = (&'a str, Option<&'a str>);

impl<'a> Rid<'a> {
    /// The restrictions one by one (`pt` among them, with a comma-separated list).
    #[must_use]
    pub fn restrictions(&self) -> Parameters<'a> {
        Parameters::new(self.restrictions.unwrap_or_default())
    }

    /// The payload types that the stream may use; none listed means all.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> + use<'a> {
        let list = self
            .restrictions()
            .find(|(name, _)| *name == "pt")
            .and_then(|(_, list)| list);
        list.unwrap_or_default().split(',').filter_map(scan::number)
    }
}

/// Which side sends a [`Rid`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "RFC 8851 section 10 knows these two"
)]
pub enum RidDirection {
    /// The describing side.
    Send,
    /// The other side.
    Recv,
}

impl RidDirection {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "send" => Some(Self::Send),
            "recv" => Some(Self::Recv),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Recv => "recv",
        }
    }
}

impl<'a> TypedAttribute<'a> for Rid<'a> {
    const NAME: &'static str = "rid";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let id = fields.need(reporter, "a rid")?;
        if !id.bytes().all(is_rid_byte) {
            return Err(reporter.expected(id, "letters, digits, `-` or `_`"));
        }
        let name = fields.need(reporter, "send or recv")?;
        let direction = RidDirection::from_name(name);
        let direction = direction.ok_or_else(|| reporter.expected(name, "send or recv"))?;
        Ok(Self {
            id,
            direction,
            restrictions: fields.rest_nonempty(),
        })
    }
}

fn is_rid_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

impl fmt::Display for Rid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.direction.name())?;
        self.restrictions
            .map_or(Ok(()), |restrictions| write!(f, " {restrictions}"))
    }
}

/// `a=simulcast:` (RFC 8853): streams, each with its alternatives in order of preference.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8853 section 5.1 gives it these parts"
)]
pub struct Simulcast<'a> {
    /// What the describing side sends.
    pub send: Vec<Vec<SimulcastStream<'a>>>,
    /// What it wants to receive.
    pub recv: Vec<Vec<SimulcastStream<'a>>>,
}

/// One alternative of a simulcast stream.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8853 section 5.1 gives it these parts"
)]
pub struct SimulcastStream<'a> {
    /// The name that `a=rid` gives it.
    pub rid: &'a str,
    /// `~`: agreed on, not sent at the beginning.
    pub paused: bool,
}

impl<'a> SimulcastStream<'a> {
    fn read(text: &'a str, reporter: &Reporter) -> Result<Self, ParseError> {
        let (rid, paused) = text
            .strip_prefix('~')
            .map_or((text, false), |rid| (rid, true));
        if rid.is_empty() || !rid.bytes().all(is_rid_byte) {
            return Err(reporter.expected(text, "a rid"));
        }
        Ok(Self { rid, paused })
    }

    fn read_list(text: &'a str, reporter: &Reporter) -> Result<Vec<Vec<Self>>, ParseError> {
        let alternatives = |text: &'a str| {
            text.split(',')
                .map(|one| Self::read(one, reporter))
                .collect()
        };
        text.split(';').map(alternatives).collect()
    }
}

impl<'a> TypedAttribute<'a> for Simulcast<'a> {
    const NAME: &'static str = "simulcast";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let mut simulcast = Self::default();
        while let Some(name) = fields.next(reporter)? {
            let direction = RidDirection::from_name(name);
            let list = match direction {
                Some(RidDirection::Send) if simulcast.send.is_empty() => &mut simulcast.send,
                Some(RidDirection::Recv) if simulcast.recv.is_empty() => &mut simulcast.recv,
                Some(_) | None => return Err(reporter.expected(name, "send or recv, each once")),
            };
            let text = fields.need(reporter, "a list of streams")?;
            *list = SimulcastStream::read_list(text, reporter)?;
        }
        if simulcast == Self::default() {
            return Err(reporter.expected(value, "send or recv"));
        }
        Ok(simulcast)
    }
}

impl fmt::Display for Simulcast<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut gap = "";
        for (name, list) in [("send", &self.send), ("recv", &self.recv)] {
            if !list.is_empty() {
                write!(f, "{gap}{name} ")?;
                write_list(f, list)?;
                gap = " ";
            }
        }
        Ok(())
    }
}

fn write_list(f: &mut fmt::Formatter<'_>, list: &[Vec<SimulcastStream<'_>>]) -> fmt::Result {
    for (index, alternatives) in list.iter().enumerate() {
        f.write_str(if index == 0 { "" } else { ";" })?;
        for (index, stream) in alternatives.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            write!(f, "{}{}", if stream.paused { "~" } else { "" }, stream.rid)?;
        }
    }
    Ok(())
}
