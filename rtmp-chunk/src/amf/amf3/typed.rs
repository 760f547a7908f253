use alloc::string::ToString;
use core::cell::Cell;

use serde::{
    Deserializer, Serialize, Serializer,
    de::{
        DeserializeOwned, IntoDeserializer, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};

use super::{ExternalPart, Object, Value};
use crate::amf::{Limits, SerdeError, Text, serde_error::exact_integer};

/// Reads one value, all of `input`, within [`Limits::DEFAULT`].
///
/// Objects and arrays with names fill structs and maps; arrays and vectors fill sequences; Flex collections are what
/// they contain; dates are numbers (milliseconds since 1970); both kinds of nothing are `None`. References to
/// objects are not followed.
///
/// # Errors
/// When the bytes are not one value of AMF3, or it is not what the type wants.
pub fn from_slice<T: DeserializeOwned>(input: &[u8]) -> Result<T, SerdeError> {
    let (value, len) = Value::parse(input, &Limits::DEFAULT)?;
    if len < input.len() {
        return Err(crate::ParseError::expected(len, "the end of the input").into());
    }
    from_value(&value)
}

/// Reads a value that is there already.
///
/// # Errors
/// When it is not what the type wants, or has more than [`Limits::DEFAULT`] bytes of strings, each counted as often as
/// it is referred to.
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T, SerdeError> {
    deserialize(value, |value| T::deserialize(value))
}

/// Lends out a deserializer. Strings that many places refer to are copied for each of them, so they have a budget.
pub(crate) fn deserialize<T>(
    value: &Value,
    read: impl FnOnce(ValueDeserializer<'_>) -> Result<T, SerdeError>,
) -> Result<T, SerdeError> {
    let bytes_left = Cell::new(Limits::DEFAULT.max_bytes);
    read(ValueDeserializer {
        value,
        bytes_left: &bytes_left,
    })
}

#[derive(Clone, Copy)]
pub(crate) struct ValueDeserializer<'v> {
    value: &'v Value,
    bytes_left: &'v Cell<usize>,
}

impl<'v> ValueDeserializer<'v> {
    fn text<'de, V: Visitor<'de>>(self, text: &Text, visitor: V) -> Result<V::Value, SerdeError> {
        let Some(left) = self.bytes_left.get().checked_sub(text.len()) else {
            let message = "strings that are referred to too often";
            return Err(SerdeError::mismatch(message));
        };
        self.bytes_left.set(left);
        visitor.visit_str(text.as_str())
    }

    fn of(self, value: &'v Value) -> Self {
        Self { value, ..self }
    }

    fn seq<'de, V: Visitor<'de>>(
        self,
        items: impl Iterator<Item = &'v Value>,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        visitor.visit_seq(SeqDeserializer::new(items.map(|item| self.of(item))))
    }

    fn object<'de, V: Visitor<'de>>(
        self,
        object: &'v Object,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match object.external_parts() {
            None => {
                let members = object.iter().map(|(name, value)| (name, self.of(value)));
                visitor.visit_map(MapDeserializer::new(members))
            }
            Some([ExternalPart::Value(value)]) => self.of(value).deserialize_any(visitor),
            Some(_) => Err(SerdeError::mismatch(
                "an externalizable object, whose form only its class knows",
            )),
        }
    }

    fn array<'de, V: Visitor<'de>>(
        self,
        array: &'v super::Array,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        if array.associative().is_empty() {
            return self.seq(array.dense.iter(), visitor);
        }
        let named = array.associative().iter();
        let named = named.map(|(name, value)| (name.to_string(), self.of(value)));
        let dense = array.dense.iter().enumerate();
        let dense = dense.map(|(place, value)| (place.to_string(), self.of(value)));
        visitor.visit_map(MapDeserializer::new(named.chain(dense)))
    }
}

impl<'de> Deserializer<'de> for ValueDeserializer<'_> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.value {
            Value::Undefined | Value::Null => visitor.visit_unit(),
            Value::Boolean(truth) => visitor.visit_bool(*truth),
            Value::Integer(number) => visitor.visit_i32(*number),
            Value::Double(number) => match exact_integer(*number) {
                Some(integer) => visitor.visit_i64(integer),
                None => visitor.visit_f64(*number),
            },
            Value::Date(unix_ms) => visitor.visit_f64(*unix_ms),
            Value::String(text) => self.text(text.text(), visitor),
            Value::XmlDocument(text) | Value::Xml(text) => self.text(text, visitor),
            Value::Array(array) => self.array(array, visitor),
            Value::Object(object) => self.object(object, visitor),
            Value::ByteArray(bytes) => visitor.visit_bytes(bytes),
            Value::VectorInt(vector) => numbers(&vector.items, visitor),
            Value::VectorUint(vector) => numbers(&vector.items, visitor),
            Value::VectorDouble(vector) => numbers(&vector.items, visitor),
            Value::VectorObject(vector) => self.seq(vector.items.iter(), visitor),
            Value::Dictionary(map) => {
                let entries = map.entries.iter();
                let entries = entries.map(|(key, value)| (self.of(key), self.of(value)));
                visitor.visit_map(MapDeserializer::new(entries))
            }
            Value::Reference(_) => Err(SerdeError::mismatch(
                "a reference to another value, which is not followed",
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if self.value.is_null_or_undefined() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if let Value::ByteArray(bytes) = self.value {
            return numbers(bytes, visitor);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        match self.value.as_str() {
            Some(variant) => visitor.visit_enum(variant.into_deserializer()),
            None => Err(SerdeError::mismatch("expected an enum: a string")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct tuple tuple_struct map struct identifier ignored_any
    }
}

fn numbers<'de, T, V>(items: &[T], visitor: V) -> Result<V::Value, SerdeError>
where
    T: Copy + IntoDeserializer<'de, SerdeError>,
    V: Visitor<'de>,
{
    visitor.visit_seq(SeqDeserializer::new(items.iter().copied()))
}

impl<'de> IntoDeserializer<'de, SerdeError> for ValueDeserializer<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// As the value reads to people and other formats, not so that it could be told apart again. Strings appear as often
/// as they are referred to.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Undefined | Self::Null => serializer.serialize_unit(),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
            Self::Integer(number) => serializer.serialize_i32(*number),
            Self::Double(number) | Self::Date(number) => serializer.serialize_f64(*number),
            Self::String(text) => text.serialize(serializer),
            Self::XmlDocument(text) | Self::Xml(text) => text.serialize(serializer),
            Self::Array(array) if array.associative().is_empty() => {
                serializer.collect_seq(&array.dense)
            }
            Self::Array(array) => {
                let named = array.associative().iter();
                let named = named.map(|(name, value)| (name.to_string(), value));
                let dense = array.dense.iter().enumerate();
                let dense = dense.map(|(place, value)| (place.to_string(), value));
                serializer.collect_map(named.chain(dense))
            }
            Self::Object(object) => object.serialize(serializer),
            Self::ByteArray(bytes) => serializer.serialize_bytes(bytes),
            Self::VectorInt(vector) => vector.items.serialize(serializer),
            Self::VectorUint(vector) => vector.items.serialize(serializer),
            Self::VectorDouble(vector) => vector.items.serialize(serializer),
            Self::VectorObject(vector) => vector.items.serialize(serializer),
            Self::Dictionary(map) => serializer.collect_seq(&map.entries),
            Self::Reference(reference) => {
                serializer.serialize_newtype_variant("Value", 0, "Reference", &reference.id)
            }
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.external_parts() {
            None => serializer.collect_map(self.iter()),
            Some(parts) => serializer.collect_seq(parts),
        }
    }
}

impl Serialize for ExternalPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}
