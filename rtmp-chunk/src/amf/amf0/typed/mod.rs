//! AMF0 from and into any serde type.

mod de;
mod ser;
mod value;

use alloc::vec::Vec;

use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, IntoDeserializer},
};

pub use self::de::ValueDeserializer;
use self::{de::Message, ser::Serializer};
use super::{Value, ValueRef};
use crate::{
    ParseError,
    amf::{Limits, SerdeError},
};

/// Reads one value, all of `input`, within [`Limits::DEFAULT`]. Strings may be borrowed.
///
/// Objects, ECMA arrays and typed objects fill structs and maps; strict arrays fill sequences and tuples; numbers
/// fill integers where they are whole; dates are numbers (milliseconds since 1970); both kinds of nothing are `None`; a
/// string, or an object of one member, is an enum.
///
/// # Errors
/// When the bytes are not one value of AMF0, or it is not what the type wants; the error says where.
pub fn from_slice<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T, SerdeError> {
    from_slice_within(input, &Limits::DEFAULT)
}

/// Reads one value, all of `input`, within other limits.
///
/// # Errors
/// As [`from_slice`].
pub fn from_slice_within<'de, T: Deserialize<'de>>(
    input: &'de [u8],
    limits: &Limits,
) -> Result<T, SerdeError> {
    let (value, len) = ValueRef::parse(input, limits)?;
    if len < input.len() {
        return Err(ParseError::expected(len, "the end of the input").into());
    }
    T::deserialize(ValueDeserializer(value))
}

/// Reads all values of a message as one sequence, mostly a tuple: `(name, transaction_id, object, ..)`. What a tuple
/// has no place for is passed over.
///
/// # Errors
/// As [`from_slice`].
pub fn from_message<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T, SerdeError> {
    let mut message = Message::new(input, &Limits::DEFAULT);
    T::deserialize(&mut message)
}

/// Reads a value that is there already.
///
/// # Errors
/// When it is not what the type wants, or lies deeper than [`Limits::DEPTH_CEILING`].
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, SerdeError> {
    from_slice_within(&super::to_vec(core::slice::from_ref(value)), &Limits::NONE)
}

/// Writes one value.
///
/// Structs and maps become objects in their order, sequences and tuples strict arrays, all numbers `Number`s, nothing
/// `Null`; enums become the name of the variant, or an object of one member with that name.
///
/// # Errors
/// For integers that no `f64` holds, for bytes, and for maps whose keys are not strings.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, SerdeError> {
    let mut bytes = Vec::with_capacity(128);
    value.serialize(Serializer::new(&mut bytes))?;
    Ok(bytes)
}

/// Writes a sequence, mostly a tuple, as the values of a message, one after another.
///
/// # Errors
/// As [`to_bytes`].
pub fn to_message<T: Serialize + ?Sized>(values: &T) -> Result<Vec<u8>, SerdeError> {
    let mut bytes = Vec::with_capacity(128);
    values.serialize(Serializer::message(&mut bytes))?;
    Ok(bytes)
}

/// Makes a value of anything.
///
/// # Errors
/// As [`to_bytes`], and for what is nested deeper than [`Limits::DEPTH_CEILING`].
pub fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, SerdeError> {
    let (value, _) = Value::parse(&to_bytes(value)?, &Limits::NONE)?;
    Ok(value)
}

impl<'de> IntoDeserializer<'de, SerdeError> for ValueRef<'de> {
    type Deserializer = ValueDeserializer<'de>;

    fn into_deserializer(self) -> ValueDeserializer<'de> {
        ValueDeserializer(self)
    }
}
