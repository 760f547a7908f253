use alloc::{boxed::Box, string::String};

use bytes::{BufMut, Bytes};

use super::{Array, Decoder, Dictionary, Encoder, Object, ObjectVector, Utf8Vr, Vector, marker};
use crate::{
    ParseError,
    amf::{Limits, Text},
};

/// One value of AMF3 (AMF3 §3).
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Value {
    /// Nothing, never set.
    Undefined,
    /// Nothing, deliberately.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// An integer of 29 bits, -268,435,456 to 268,435,455; what is beyond is written as a double, as Flash does.
    Integer(i32),
    /// A number.
    Double(f64),
    /// A string.
    String(Utf8Vr),
    /// A document of the old XML class.
    XmlDocument(Text),
    /// A point in time: milliseconds since 1970-01-01T00:00 UTC.
    Date(f64),
    /// An array, dense and associative at once.
    Array(Box<Array>),
    /// An object, with a class or without.
    Object(Box<Object>),
    /// A document of the E4X class.
    Xml(Text),
    /// Bytes.
    ByteArray(Bytes),
    /// A vector of `int`.
    VectorInt(Vector<i32>),
    /// A vector of `uint`.
    VectorUint(Vector<u32>),
    /// A vector of `Number`.
    VectorDouble(Vector<f64>),
    /// A vector of objects.
    VectorObject(Box<ObjectVector>),
    /// A map with any keys.
    Dictionary(Box<Dictionary>),
    /// Something that began earlier in the same message. It may be what this value lies in.
    /// [`References`](super::References) finds it.
    Reference(Reference),
}

/// A reference to something that began earlier in the same message (AMF3 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct Reference {
    /// What the sender says it is.
    pub kind: ReferenceKind,
    /// Its place among all that can be referred to, from 0; strings and traits have places of their own.
    pub id: u32,
}

/// What can be referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the values")]
#[allow(clippy::exhaustive_enums, reason = "AMF3 has these")]
#[repr(u8)]
pub enum ReferenceKind {
    XmlDocument = marker::XML_DOCUMENT,
    Date = marker::DATE,
    Array = marker::ARRAY,
    Object = marker::OBJECT,
    Xml = marker::XML,
    ByteArray = marker::BYTE_ARRAY,
    VectorInt = marker::VECTOR_INT,
    VectorUint = marker::VECTOR_UINT,
    VectorDouble = marker::VECTOR_DOUBLE,
    VectorObject = marker::VECTOR_OBJECT,
    Dictionary = marker::DICTIONARY,
}

impl Value {
    /// Reads one value from the start of `input`; returns it and how many bytes it took.
    ///
    /// # Errors
    /// When it is cut short, is none, goes beyond `limits`, or has an externalizable class other than those of
    /// [`FlexCollections`](super::FlexCollections); [`Decoder::with_externals`] reads more of them.
    pub fn parse(input: &[u8], limits: &Limits) -> Result<(Self, usize), ParseError> {
        let mut decoder = Decoder::new(input, limits);
        let value = decoder
            .next_value()?
            .ok_or_else(|| ParseError::truncated(0, 1))?;
        Ok((value, decoder.offset()))
    }

    /// How many bytes [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        super::encode::encoded_len(self)
    }

    /// Writes this value as a message of its own.
    ///
    /// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
    pub fn encode(&self, out: &mut impl BufMut) {
        Encoder::new(out).value(self);
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self {
            Some(text.as_str())
        } else {
            None
        }
    }

    /// The number, integer or double.
    #[must_use]
    #[allow(clippy::wildcard_enum_match_arm, reason = "the rest is no number")]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(f64::from(*number)),
            Self::Double(number) => Some(*number),
            _ => None,
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

    /// The object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self {
            Some(object)
        } else {
            None
        }
    }

    /// The array.
    #[must_use]
    pub fn as_array(&self) -> Option<&Array> {
        if let Self::Array(array) = self {
            Some(array)
        } else {
            None
        }
    }

    /// True for both kinds of nothing.
    #[must_use]
    pub const fn is_null_or_undefined(&self) -> bool {
        matches!(self, Self::Null | Self::Undefined)
    }

    /// The items of anything that has some, in the order of the wire.
    #[allow(clippy::wildcard_enum_match_arm, reason = "the rest has no items")]
    pub(super) fn children<'v>(&'v self, visit: &mut dyn FnMut(&'v Self)) {
        match self {
            Self::Array(array) => array.children().for_each(visit),
            Self::Object(object) => object.children().for_each(visit),
            Self::VectorObject(vector) => vector.items.iter().for_each(visit),
            Self::Dictionary(map) => map.entries.iter().for_each(|(key, value)| {
                visit(key);
                visit(value);
            }),
            _ => {}
        }
    }
}

macro_rules! from {
    ($($from:ty => $value:ident => $made:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $made
            }
        }
    )*};
}

from! {
    &str => text => Self::String(text.into());
    String => text => Self::String(text.into());
    Text => text => Self::String(text.into());
    Utf8Vr => text => Self::String(text);
    i32 => number => Self::Integer(number);
    f64 => number => Self::Double(number);
    bool => truth => Self::Boolean(truth);
    Bytes => bytes => Self::ByteArray(bytes);
    Array => array => Self::Array(Box::new(array));
    Object => object => Self::Object(Box::new(object));
    ObjectVector => vector => Self::VectorObject(Box::new(vector));
    Dictionary => map => Self::Dictionary(Box::new(map));
    Vector<i32> => vector => Self::VectorInt(vector);
    Vector<u32> => vector => Self::VectorUint(vector);
    Vector<f64> => vector => Self::VectorDouble(vector);
    Reference => reference => Self::Reference(reference);
}
