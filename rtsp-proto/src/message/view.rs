//! Headers to read, wherever they live.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::error::HeaderError;
use crate::headers::TypedHeader;
use crate::message::head::FieldSpan;

/// The headers of one message: order, case and duplicates as sent. A cheap view (`Copy`).
///
/// Names are found without regard to case. A line that was folded (a deprecated way of breaking long
/// values) still contains its line break in a borrowed message; in a decoded one spaces take its place.
#[derive(Clone, Copy)]
pub struct Headers<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) fields: &'a [FieldSpan],
}

impl<'a> Headers<'a> {
    /// Header lines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// True when there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// All of them, in order.
    #[must_use]
    pub fn iter(&self) -> HeaderIter<'a> {
        HeaderIter {
            text: self.text,
            fields: self.fields.iter(),
        }
    }

    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<HeaderValue<'a>> {
        self.get_all(name).next()
    }

    /// All values of this name, in order.
    pub fn get_all<'n>(
        &self,
        name: &'n str,
    ) -> impl Iterator<Item = HeaderValue<'a>> + use<'a, 'n> {
        let text = self.text;
        self.fields
            .iter()
            .filter(move |field| {
                // Lengths first: they are in the list, the names are not.
                field.name.len() == name.len()
                    && field.name.of(text).eq_ignore_ascii_case(name.as_bytes())
            })
            .map(move |field| HeaderValue(field.value.of(text)))
    }

    /// True when there is a header of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The header as a type. Values of several lines are joined where the header is a list; of any other
    /// header the first line counts.
    ///
    /// # Errors
    /// When the value does not follow the header's grammar. Bytes that are not UTF-8 count as U+FFFD.
    pub fn typed<T: TypedHeader>(&self) -> Result<Option<T>, HeaderError> {
        let mut values = self.get_all(T::NAME);
        let Some(first) = values.next() else {
            return Ok(None);
        };
        let mut header = first.read::<T>()?;
        if T::IS_LIST {
            for value in values {
                header.append(value.read()?)?;
            }
        }
        Ok(Some(header))
    }
}

impl<'a> IntoIterator for Headers<'a> {
    type Item = (&'a str, HeaderValue<'a>);
    type IntoIter = HeaderIter<'a>;

    fn into_iter(self) -> HeaderIter<'a> {
        self.iter()
    }
}

impl PartialEq for Headers<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same = |((name, value), (other_name, other_value)): ((&str, _), (&str, _))| {
            name.eq_ignore_ascii_case(other_name) && value == other_value
        };
        self.len() == other.len() && self.iter().zip(other.iter()).all(same)
    }
}

impl Eq for Headers<'_> {}

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Iterates over names and values. Made by [`Headers::iter`].
#[derive(Clone)]
pub struct HeaderIter<'a> {
    text: &'a [u8],
    fields: core::slice::Iter<'a, FieldSpan>,
}

impl fmt::Debug for HeaderIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<'a> Iterator for HeaderIter<'a> {
    type Item = (&'a str, HeaderValue<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let field = self.fields.next()?;
        // Names are tokens, so ASCII.
        let name = core::str::from_utf8(field.name.of(self.text)).unwrap_or_default();
        Some((name, HeaderValue(field.value.of(self.text))))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.fields.size_hint()
    }
}

impl ExactSizeIterator for HeaderIter<'_> {}

/// A header value as sent, without the blanks around it. Mostly text, but devices send any bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeaderValue<'a>(pub(crate) &'a [u8]);

impl<'a> HeaderValue<'a> {
    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text; `None` when it is not UTF-8.
    #[must_use]
    pub fn to_str(&self) -> Option<&'a str> {
        core::str::from_utf8(self.0).ok()
    }

    /// The value as a type. Text is the rule, and checking it is cheaper than looking for what to replace.
    #[inline]
    fn read<T: TypedHeader>(self) -> Result<T, HeaderError> {
        match self.to_str() {
            Some(text) => T::parse(text),
            None => T::parse(&self.to_string_lossy()),
        }
    }

    /// The text, with U+FFFD where it is not UTF-8.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }
}

impl fmt::Debug for HeaderValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string_lossy(), f)
    }
}

impl PartialEq<str> for HeaderValue<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for HeaderValue<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}
