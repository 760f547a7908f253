use core::fmt;

use crate::{
    ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
    typed::Direction,
};

/// `a=extmap:<id>[/<direction>] <uri> [<attributes>]` (RFC 8285 section 8).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8285 section 8 gives it these parts"
)]
pub struct ExtensionMap<'a> {
    /// 1 to 14 (one-byte form), to 255 (two-byte form), or 4096 to 4351 in an offer.
    pub id: u16,
    /// When it is not the section's own direction.
    pub direction: Option<Direction>,
    /// What the extension means.
    pub uri: &'a str,
    /// The extension's own parameters.
    pub attributes: Option<&'a str>,
}

impl<'a> TypedAttribute<'a> for ExtensionMap<'a> {
    const NAME: &'static str = "extmap";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let first = fields.need(reporter, "an extension id")?;
        let (id, direction) = match first.split_once('/') {
            Some((id, name)) => {
                let direction = Direction::from_name(name);
                (
                    id,
                    Some(direction.ok_or_else(|| reporter.expected(name, "a direction"))?),
                )
            }
            None => (first, None),
        };
        let id = scan::number(id).ok_or_else(|| reporter.expected(first, "an extension id"))?;
        let uri = fields.need(reporter, "an extension URI")?;
        Ok(Self {
            id,
            direction,
            uri,
            attributes: fields.rest_nonempty(),
        })
    }
}

impl fmt::Display for ExtensionMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.fmt(f)?;
        self.direction
            .map_or(Ok(()), |direction| write!(f, "/{direction}"))?;
        write!(f, " {}", self.uri)?;
        self.attributes
            .map_or(Ok(()), |attributes| write!(f, " {attributes}"))
    }
}
