use alloc::{boxed::Box, string::String, vec::Vec};

use bytes::BufMut;

use super::{Decoder, Encoder, Object};
use crate::{
    ParseError,
    amf::{Limits, Text, amf3},
};

/// One value of AMF0 (AMF0 §2).
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// A number; AMF0 has no integers.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// A string; written as a long one when it has more than 65,535 bytes.
    String(Text),
    /// An object without a class.
    Object(Object),
    /// Reserved.
    MovieClip,
    /// Nothing, deliberately.
    #[default]
    Null,
    /// Nothing, never set.
    Undefined,
    /// An object, ECMA array, strict array or typed object that began earlier in the same message: its place
    /// among those, from 0. It may be one that this value lies in. [`References`](super::References) finds it.
    Reference(u16),
    /// An array with names.
    EcmaArray(EcmaArray),
    /// An array.
    StrictArray(Vec<Self>),
    /// A point in time.
    Date(Date),
    /// A string of any length.
    LongString(Text),
    /// What the sender could not express.
    Unsupported,
    /// Reserved.
    RecordSet,
    /// An XML document.
    Xml(Text),
    /// An object with a class.
    TypedObject(TypedObject),
    /// A value of AMF3 (AMF0 §3.1). All of them in one message share their reference tables.
    AvmPlus(Box<amf3::Value>),
}

/// An array with names, mostly of metadata (AMF0 §2.10).
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct EcmaArray {
    /// How many there are, as the sender says; often 0 or wrong, and nothing depends on it.
    pub count: u32,
    /// What there is.
    pub entries: Object,
}

/// An object with a class (AMF0 §2.18).
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct TypedObject {
    /// The name of the class; written with at most 65,535 bytes.
    pub class_name: Text,
    /// The members.
    pub members: Object,
}

/// A point in time (AMF0 §2.13).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct Date {
    /// Milliseconds since 1970-01-01T00:00 UTC.
    pub unix_ms: f64,
    /// Reserved, should be 0; some senders put the minutes of their time zone here.
    pub zone_minutes: i16,
}

impl Value {
    /// Reads one value from the start of `input`; returns it and how many bytes it took.
    ///
    /// # Errors
    /// When it is cut short, is none, or goes beyond `limits`.
    pub fn parse(input: &[u8], limits: &Limits) -> Result<(Self, usize), ParseError> {
        let mut decoder = Decoder::new(input, limits);
        let value = decoder
            .next_value()?
            .ok_or_else(|| ParseError::truncated(0, 1))?;
        Ok((value, decoder.offset()))
    }

    /// Reads all of `input` as values one after another; the limits are for all of them together.
    ///
    /// # Errors
    /// When one is cut short, is none, or goes beyond `limits`.
    pub fn parse_all(input: &[u8], limits: &Limits) -> Result<Vec<Self>, ParseError> {
        let mut decoder = Decoder::new(input, limits);
        let mut values = Vec::with_capacity(if input.is_empty() { 0 } else { 4 });
        while let Some(value) = decoder.next_value()? {
            values.push(value);
        }
        Ok(values)
    }

    /// How many bytes [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        super::encode::encoded_len(core::slice::from_ref(self))
    }

    /// Writes this value.
    ///
    /// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
    pub fn encode(&self, out: &mut impl BufMut) {
        Encoder::new(out).value(self);
    }

    /// The text of a string, short or long.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        self.as_text().map(Text::as_str)
    }

    /// A string, short or long.
    #[must_use]
    #[allow(clippy::wildcard_enum_match_arm, reason = "the rest is no string")]
    pub const fn as_text(&self) -> Option<&Text> {
        match self {
            Self::String(text) | Self::LongString(text) => Some(text),
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
    pub const fn as_object(&self) -> Option<&Object> {
        match self {
            Self::Object(members) => Some(members),
            Self::EcmaArray(array) => Some(&array.entries),
            Self::TypedObject(object) => Some(&object.members),
            _ => None,
        }
    }

    /// The same, to be changed.
    #[must_use]
    #[allow(clippy::wildcard_enum_match_arm, reason = "the rest has no members")]
    pub const fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(members) => Some(members),
            Self::EcmaArray(array) => Some(&mut array.entries),
            Self::TypedObject(object) => Some(&mut object.members),
            _ => None,
        }
    }

    /// The items of a strict array.
    #[must_use]
    pub const fn as_array(&self) -> Option<&[Self]> {
        if let Self::StrictArray(items) = self {
            Some(items.as_slice())
        } else {
            None
        }
    }

    /// The point in time.
    #[must_use]
    pub const fn as_date(&self) -> Option<Date> {
        if let Self::Date(date) = self {
            Some(*date)
        } else {
            None
        }
    }

    /// True for both kinds of nothing.
    #[must_use]
    pub const fn is_null_or_undefined(&self) -> bool {
        matches!(self, Self::Null | Self::Undefined)
    }
}

impl From<Object> for EcmaArray {
    fn from(entries: Object) -> Self {
        Self {
            count: u32::try_from(entries.len()).unwrap_or(u32::MAX),
            entries,
        }
    }
}

macro_rules! from {
    ($($from:ty => $value:ident => $made:expr;)*) => {$(
        impl From<$from> for Value {
            #[inline]
            fn from($value: $from) -> Self {
                $made
            }
        }
    )*};
}

from! {
    &str => text => Self::String(text.into());
    String => text => Self::String(text.into());
    &String => text => Self::String(text.into());
    Text => text => Self::String(text);
    f64 => number => Self::Number(number);
    f32 => number => Self::Number(number.into());
    u8 => number => Self::Number(number.into());
    u16 => number => Self::Number(number.into());
    u32 => number => Self::Number(number.into());
    i32 => number => Self::Number(number.into());
    bool => truth => Self::Boolean(truth);
    Object => members => Self::Object(members);
    EcmaArray => array => Self::EcmaArray(array);
    TypedObject => object => Self::TypedObject(object);
    Date => date => Self::Date(date);
    amf3::Value => value => Self::AvmPlus(Box::new(value));
    Vec<Self> => items => Self::StrictArray(items);
}
