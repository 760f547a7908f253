use alloc::vec::Vec;

use super::{Date, EcmaArray, Object, TypedObject, Value, skim::Skimmer};
use crate::{
    ParseError,
    amf::{Limits, Text, TextRef, amf3},
};

/// One value of AMF0 where it lies in the input: parsed once, looked into as often as one likes, without memory.
///
/// What lies in an object or array is passed over once more for each level that is looked into, so that visiting all of
/// a value costs its size times its depth, which [`Limits::max_depth`] bounds. Unlike [`Value`], it reads AMF3 inside
/// only as long as no reference follows on other AMF3 of the same message.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the variants are those of `Value`")]
pub enum ValueRef<'a> {
    Number(f64),
    Boolean(bool),
    String(TextRef<'a>),
    Object(ObjectRef<'a>),
    MovieClip,
    Null,
    Undefined,
    Reference(u16),
    /// The count is as the sender says.
    EcmaArray {
        count: u32,
        entries: ObjectRef<'a>,
    },
    StrictArray(ArrayRef<'a>),
    Date(Date),
    LongString(TextRef<'a>),
    Unsupported,
    RecordSet,
    Xml(TextRef<'a>),
    TypedObject {
        class_name: TextRef<'a>,
        members: ObjectRef<'a>,
    },
    /// What [`amf3::Value::parse`] reads.
    AvmPlus(&'a [u8]),
}

impl<'a> ValueRef<'a> {
    /// Reads one value from the start of `input`, down to its last member; returns it and how many bytes it took.
    ///
    /// # Errors
    /// When it is cut short, is none, or goes beyond `limits`.
    pub fn parse(input: &'a [u8], limits: &Limits) -> Result<(Self, usize), ParseError> {
        let mut decoder = BorrowedDecoder::new(input, limits);
        let value = decoder
            .next_value()?
            .ok_or_else(|| ParseError::truncated(0, 1))?;
        Ok((value, decoder.offset()))
    }

    /// The text of a string, short or long, if it is UTF-8.
    #[must_use]
    #[allow(clippy::wildcard_enum_match_arm, reason = "the rest is no string")]
    pub fn as_str(&self) -> Option<&'a str> {
        match self {
            Self::String(text) | Self::LongString(text) => text.as_str(),
            _ => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_f64(&self) -> Option<f64> {
        if let Self::Number(number) = self {
            Some(*number)
        } else {
            None
        }
    }

    /// The truth.
    #[must_use]
    pub const fn as_bool(&self) -> Option<bool> {
        if let Self::Boolean(truth) = self {
            Some(*truth)
        } else {
            None
        }
    }

    /// The members of an object, with a class or without, or the entries of an ECMA array.
    #[must_use]
    #[allow(clippy::wildcard_enum_match_arm, reason = "the rest has no members")]
    pub const fn as_object(&self) -> Option<ObjectRef<'a>> {
        match self {
            Self::Object(members)
            | Self::EcmaArray {
                entries: members, ..
            }
            | Self::TypedObject { members, .. } => Some(*members),
            _ => None,
        }
    }

    /// True for both kinds of nothing.
    #[must_use]
    pub const fn is_null_or_undefined(&self) -> bool {
        matches!(self, Self::Null | Self::Undefined)
    }

    /// The same, owned.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match *self {
            Self::Number(number) => Value::Number(number),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::String(text) => Value::String(text.into()),
            Self::Object(members) => Value::Object(members.to_object()),
            Self::MovieClip => Value::MovieClip,
            Self::Null => Value::Null,
            Self::Undefined => Value::Undefined,
            Self::Reference(id) => Value::Reference(id),
            Self::EcmaArray { count, entries } => Value::EcmaArray(EcmaArray {
                count,
                entries: entries.to_object(),
            }),
            Self::StrictArray(items) => {
                Value::StrictArray(items.iter().map(|item| item.to_value()).collect())
            }
            Self::Date(date) => Value::Date(date),
            Self::LongString(text) => Value::LongString(text.into()),
            Self::Unsupported => Value::Unsupported,
            Self::RecordSet => Value::RecordSet,
            Self::Xml(text) => Value::Xml(text.into()),
            Self::TypedObject {
                class_name,
                members,
            } => Value::TypedObject(TypedObject {
                class_name: class_name.into(),
                members: members.to_object(),
            }),
            // It has been read before, so that this never takes the default.
            Self::AvmPlus(bytes) => amf3::Value::parse(bytes, &Limits::NONE)
                .map_or(Value::Unsupported, |(value, _)| value.into()),
        }
    }
}

/// The members of an object where they lie in the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectRef<'a>(pub(super) &'a [u8]);

impl<'a> ObjectRef<'a> {
    /// The members in their order.
    #[must_use]
    pub fn iter(&self) -> Members<'a> {
        Members(Skimmer::again(self.0))
    }

    /// The member of that name; the last if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<ValueRef<'a>> {
        let named = self.iter().filter(|(there, _)| there == name);
        named.last().map(|(_, value)| value)
    }

    /// The same, owned.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let members = self.iter();
        Object(
            members
                .map(|(name, value)| (Text::from(name), value.to_value()))
                .collect::<Vec<_>>(),
        )
    }
}

impl<'a> IntoIterator for ObjectRef<'a> {
    type Item = (TextRef<'a>, ValueRef<'a>);
    type IntoIter = Members<'a>;

    fn into_iter(self) -> Members<'a> {
        self.iter()
    }
}

/// The members of an [`ObjectRef`].
#[derive(Debug, Clone)]
pub struct Members<'a>(Skimmer<'a>);

impl<'a> Iterator for Members<'a> {
    type Item = (TextRef<'a>, ValueRef<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.reader.is_empty() {
            return None;
        }
        // What was read once cannot fail again.
        self.0.member().ok().flatten()
    }
}

/// The items of a strict array where they lie in the input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ArrayRef<'a> {
    pub(super) items: &'a [u8],
    pub(super) count: usize,
}

impl<'a> ArrayRef<'a> {
    /// How many items there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The items in their order.
    #[must_use]
    pub fn iter(&self) -> Items<'a> {
        Items(Skimmer::again(self.items))
    }
}

impl<'a> IntoIterator for ArrayRef<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = Items<'a>;

    fn into_iter(self) -> Items<'a> {
        self.iter()
    }
}

/// The items of an [`ArrayRef`].
#[derive(Debug, Clone)]
pub struct Items<'a>(Skimmer<'a>);

impl<'a> Iterator for Items<'a> {
    type Item = ValueRef<'a>;

    fn next(&mut self) -> Option<ValueRef<'a>> {
        if self.0.reader.is_empty() {
            return None;
        }
        self.0.value().ok()
    }
}

/// Reads the values of one message where they lie, one after another, under one budget.
#[derive(Debug, Clone)]
pub struct BorrowedDecoder<'a>(Skimmer<'a>);

impl<'a> BorrowedDecoder<'a> {
    /// Reads from the start of `input`.
    #[must_use]
    pub fn new(input: &'a [u8], limits: &Limits) -> Self {
        Self(Skimmer::new(input, limits))
    }

    /// How many bytes have been read.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.0.reader.offset()
    }

    /// What has not been read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.0.reader.rest()
    }

    /// The next value; `None` at the end of the input.
    ///
    /// # Errors
    /// When the value is cut short, is none, or goes beyond the limits. Nothing sensible can be read after it.
    pub fn next_value(&mut self) -> Result<Option<ValueRef<'a>>, ParseError> {
        if self.0.reader.is_empty() {
            return Ok(None);
        }
        self.0.value().map(Some)
    }
}
