use core::{fmt, iter::FusedIterator};

use crate::{ParseError, Reporter, line::Lines, scan};

/// One `a=` line: `a=<name>` or `a=<name>:<value>`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.13 gives an attribute these two parts"
)]
pub struct Attribute<'a> {
    /// The name, as written.
    pub name: &'a str,
    /// What follows the colon; `None` when there is no colon.
    pub value: Option<&'a str>,
}

impl<'a> Attribute<'a> {
    /// Splits the value of an `a=` line at its first colon.
    #[must_use]
    pub fn from_line(line: &'a str) -> Self {
        let (name, rest) = scan::split_at_byte(line, |byte| byte == b':');
        Self {
            name,
            value: rest.strip_prefix(':'),
        }
    }

    /// The value as `T`, or `None` when the attribute has another name.
    ///
    /// # Errors
    /// The value is not what the attribute's grammar asks for.
    pub fn parse<T: TypedAttribute<'a>>(&self) -> Option<Result<T, ParseError>> {
        (self.name == T::NAME).then(|| T::parse(self.value.unwrap_or_default()))
    }
}

impl fmt::Display for Attribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.value.map_or(Ok(()), |value| write!(f, ":{value}"))
    }
}

/// An attribute with a grammar of its own. `Display` writes the value (what stands behind
/// `a=<NAME>:`); an attribute without a value writes nothing.
pub trait TypedAttribute<'a>: Sized + fmt::Display {
    /// The name on the wire.
    const NAME: &'static str;

    /// Reads the value, telling `reporter` about each deviation from the grammar.
    ///
    /// # Errors
    /// The value cannot be read, or the reporter is strict and met a deviation.
    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError>;

    /// Reads the value by the letter of its grammar.
    ///
    /// # Errors
    /// The first deviation.
    fn parse(value: &'a str) -> Result<Self, ParseError> {
        Self::read(value, &mut Reporter::strict(value))
    }

    /// Reads the value with all deviations tolerated.
    ///
    /// # Errors
    /// The value cannot be read at all.
    fn parse_lenient(value: &'a str) -> Result<Self, ParseError> {
        Self::read(value, &mut Reporter::lenient(value))
    }
}

/// The attributes of one section in their order: an iterator with lookups.
#[derive(Clone, Debug)]
pub struct Attributes<'s> {
    lines: Lines<'s>,
}

impl<'s> Attributes<'s> {
    pub(crate) fn new(lines: Lines<'s>) -> Self {
        Self { lines }
    }

    /// The value of the first attribute called `name` (`Some("")` for one without a value).
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&'s str> {
        self.values(name).next()
    }

    /// The values of all attributes called `name`.
    pub fn values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'s str> + use<'s, 'n> {
        self.lines
            .clone()
            .filter(|line| line.kind == 'a')
            .filter_map(move |line| {
                let rest = line.value.strip_prefix(name)?;
                if rest.is_empty() {
                    Some(rest)
                } else {
                    rest.strip_prefix(':')
                }
            })
    }

    /// Whether there is an attribute called `name`.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// The first attribute of type `T` that can be read (leniently).
    #[must_use]
    pub fn first<T: TypedAttribute<'s>>(&self) -> Option<T> {
        self.every().next()
    }

    /// Every attribute of type `T` that can be read (leniently). To see errors, use
    /// [`values`](Self::values) with `T::NAME` and [`TypedAttribute::parse`].
    pub fn every<T: TypedAttribute<'s>>(&self) -> impl Iterator<Item = T> + use<'s, T> {
        self.values(T::NAME)
            .filter_map(|value| T::parse_lenient(value).ok())
    }
}

impl<'s> Iterator for Attributes<'s> {
    type Item = Attribute<'s>;

    fn next(&mut self) -> Option<Attribute<'s>> {
        let line = self.lines.find(|line| line.kind == 'a')?;
        Some(Attribute::from_line(line.value))
    }
}

impl FusedIterator for Attributes<'_> {}
