use alloc::vec::Vec;
use core::fmt;

use crate::{ParseError, Reporter, TypedAttribute, scan, scan::Fields};

/// `a=group:<semantics> <mid> ..` (RFC 5888): media sections that belong together.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 5888 section 5 gives it these parts"
)]
pub struct Group<'a> {
    /// `"BUNDLE"`, `"LS"`, `"FID"`, `"DUP"` or another name.
    pub semantics: &'a str,
    /// The names that the sections carry in `a=mid`.
    pub mids: Vec<&'a str>,
}

impl<'a> TypedAttribute<'a> for Group<'a> {
    const NAME: &'static str = "group";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let semantics = fields.need(reporter, "the semantics of the group")?;
        let mids = read_tokens(&mut fields, reporter)?;
        Ok(Self { semantics, mids })
    }
}

impl fmt::Display for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.semantics)?;
        self.mids.iter().try_for_each(|mid| write!(f, " {mid}"))
    }
}

/// Every field that is left; each must be a token.
pub(crate) fn read_tokens<'a>(
    fields: &mut Fields<'a>,
    reporter: &mut Reporter,
) -> Result<Vec<&'a str>, ParseError> {
    let mut tokens = Vec::new();
    while let Some(field) = fields.next(reporter)? {
        if !scan::is_token(field) {
            return Err(reporter.expected(field, "a token"));
        }
        tokens.push(field);
    }
    Ok(tokens)
}

/// `a=msid:<stream> [<track>]` (RFC 8830): the MediaStream that a section belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8830 section 2 gives it these parts"
)]
pub struct Msid<'a> {
    /// The stream's id, `"-"` for none.
    pub stream: &'a str,
    /// The track's id.
    pub track: Option<&'a str>,
}

impl<'a> TypedAttribute<'a> for Msid<'a> {
    const NAME: &'static str = "msid";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let stream = fields.need(reporter, "a stream id")?;
        let track = fields.next(reporter)?;
        fields.end(reporter)?;
        Ok(Self { stream, track })
    }
}

impl fmt::Display for Msid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.stream)?;
        self.track.map_or(Ok(()), |track| write!(f, " {track}"))
    }
}
