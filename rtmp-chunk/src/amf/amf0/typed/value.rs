use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, SeqAccess, Visitor},
};

use crate::amf::{
    Text,
    amf0::{Object, Value},
    serde_error::exact_integer,
};

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

/// As the value reads to people and other formats, not so that it could be told apart again: dates are their
/// milliseconds, typed objects and ECMA arrays maps, XML is a string; what no other format has is the name of its type.
impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => match exact_integer(*number) {
                Some(integer) => serializer.serialize_i64(integer),
                None => serializer.serialize_f64(*number),
            },
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
            Self::String(text) | Self::LongString(text) | Self::Xml(text) => {
                text.serialize(serializer)
            }
            Self::Object(members) => members.serialize(serializer),
            Self::EcmaArray(array) => array.entries.serialize(serializer),
            Self::TypedObject(object) => object.members.serialize(serializer),
            Self::Null | Self::Undefined => serializer.serialize_unit(),
            Self::Reference(id) => {
                serializer.serialize_newtype_variant("Value", 7, "Reference", id)
            }
            Self::StrictArray(items) => serializer.collect_seq(items),
            Self::Date(date) => Self::Number(date.unix_ms).serialize(serializer),
            Self::MovieClip => serializer.serialize_unit_variant("Value", 4, "MovieClip"),
            Self::Unsupported => serializer.serialize_unit_variant("Value", 13, "Unsupported"),
            Self::RecordSet => serializer.serialize_unit_variant("Value", 14, "RecordSet"),
            Self::AvmPlus(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("what AMF0 can hold")
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(truth.into())
    }

    #[allow(clippy::cast_precision_loss, reason = "AMF0 has no other numbers")]
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    #[allow(clippy::cast_precision_loss, reason = "AMF0 has no other numbers")]
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::StrictArray(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Object::new();
        while let Some((name, value)) = access.next_entry::<Text, Value>()? {
            members.push(name, value);
        }
        Ok(members.into())
    }
}
