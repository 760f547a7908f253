use alloc::borrow::Cow;

use serde::{
    Deserializer, de,
    de::{
        IntoDeserializer, Visitor,
        value::{BorrowedStrDeserializer, StringDeserializer},
    },
    forward_to_deserialize_any,
};

use crate::amf::{
    Limits, SerdeError, TextRef,
    amf0::{ArrayRef, BorrowedDecoder, Members, ValueRef},
    amf3,
    serde_error::exact_integer,
};

/// Fills a type with a value that lies in the input.
#[derive(Debug, Clone, Copy)]
pub struct ValueDeserializer<'de>(pub(super) ValueRef<'de>);

impl<'de> Deserializer<'de> for ValueDeserializer<'de> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0 {
            ValueRef::Number(number) => match exact_integer(number) {
                Some(integer) => visitor.visit_i64(integer),
                None => visitor.visit_f64(number),
            },
            ValueRef::Boolean(truth) => visitor.visit_bool(truth),
            ValueRef::String(text) | ValueRef::LongString(text) | ValueRef::Xml(text) => {
                visit_text(text, visitor)
            }
            ValueRef::Object(members)
            | ValueRef::EcmaArray {
                entries: members, ..
            }
            | ValueRef::TypedObject { members, .. } => visitor.visit_map(Map {
                members: members.iter(),
                value: None,
            }),
            ValueRef::MovieClip
            | ValueRef::Null
            | ValueRef::Undefined
            | ValueRef::Unsupported
            | ValueRef::RecordSet => visitor.visit_unit(),
            ValueRef::Reference(_) => Err(SerdeError::mismatch(
                "a reference to another value, which is not followed",
            )),
            ValueRef::StrictArray(items) => visitor.visit_seq(Seq::of(items)),
            ValueRef::Date(date) => visitor.visit_f64(date.unix_ms),
            ValueRef::AvmPlus(bytes) => {
                let (value, _) = amf3::Value::parse(bytes, &Limits::NONE)?;
                amf3::deserialize(&value, |value| value.deserialize_any(visitor))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        if self.0.is_null_or_undefined() {
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        match self.0.as_f64() {
            Some(number) => visitor.visit_f64(number),
            None => self.deserialize_any(visitor),
        }
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
        if let Some(variant) = self.0.as_str() {
            return visitor.visit_enum(BorrowedStrDeserializer::new(variant));
        }
        let mut members = self.0.as_object().map(|members| members.iter());
        let first = members.as_mut().and_then(Iterator::next);
        let (Some((name, value)), None) = (first, members.and_then(|mut rest| rest.next())) else {
            let message = "expected an enum: a string, or an object of one member";
            return Err(SerdeError::mismatch(message));
        };
        visitor.visit_enum(Enum { name, value })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

fn visit_text<'de, V: Visitor<'de>>(
    text: TextRef<'de>,
    visitor: V,
) -> Result<V::Value, SerdeError> {
    match text.to_str_lossy() {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_string(text),
    }
}

/// The name of a member, or of a variant.
fn name_seed<'de, S: de::DeserializeSeed<'de>>(
    name: TextRef<'de>,
    seed: S,
) -> Result<S::Value, SerdeError> {
    match name.to_str_lossy() {
        Cow::Borrowed(name) => seed.deserialize(BorrowedStrDeserializer::new(name)),
        Cow::Owned(name) => {
            let name: StringDeserializer<SerdeError> = name.into_deserializer();
            seed.deserialize(name)
        }
    }
}

struct Map<'de> {
    members: Members<'de>,
    value: Option<(TextRef<'de>, ValueRef<'de>)>,
}

impl<'de> de::MapAccess<'de> for Map<'de> {
    type Error = SerdeError;

    fn next_key_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, SerdeError> {
        self.value = self.members.next();
        match self.value {
            Some((name, _)) => name_seed(name, seed).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<S::Value, SerdeError> {
        let Some((name, value)) = self.value.take() else {
            return Err(SerdeError::mismatch("a value is read after its name"));
        };
        let read = seed.deserialize(ValueDeserializer(value));
        read.map_err(|error| error.inside(name))
    }
}

struct Seq<I> {
    items: I,
    place: usize,
    len: Option<usize>,
}

impl<'de> Seq<crate::amf::amf0::Items<'de>> {
    fn of(items: ArrayRef<'de>) -> Self {
        Self {
            items: items.iter(),
            place: 0,
            len: Some(items.len()),
        }
    }
}

impl<'de, I: Iterator<Item = ValueRef<'de>>> de::SeqAccess<'de> for Seq<I> {
    type Error = SerdeError;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, SerdeError> {
        let Some(value) = self.items.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(ValueDeserializer(value));
        let read = read.map_err(|error| error.inside(self.place))?;
        self.place = self.place.saturating_add(1);
        Ok(Some(read))
    }

    fn size_hint(&self) -> Option<usize> {
        self.len.map(|len| len.saturating_sub(self.place))
    }
}

struct Enum<'de> {
    name: TextRef<'de>,
    value: ValueRef<'de>,
}

impl<'de> de::EnumAccess<'de> for Enum<'de> {
    type Error = SerdeError;
    type Variant = Self;

    fn variant_seed<S: de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self), SerdeError> {
        Ok((name_seed(self.name, seed)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Enum<'de> {
    type Error = SerdeError;

    fn unit_variant(self) -> Result<(), SerdeError> {
        self.newtype_variant_seed(core::marker::PhantomData)
    }

    fn newtype_variant_seed<S: de::DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<S::Value, SerdeError> {
        let read = seed.deserialize(ValueDeserializer(self.value));
        read.map_err(|error| error.inside(self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, SerdeError> {
        let read = ValueDeserializer(self.value).deserialize_any(visitor);
        read.map_err(|error| error.inside(self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        self.tuple_variant(0, visitor)
    }
}

/// The values of a message as one sequence.
pub(super) struct Message<'de> {
    values: BorrowedDecoder<'de>,
    place: usize,
}

impl<'de> Message<'de> {
    pub(super) fn new(input: &'de [u8], limits: &Limits) -> Self {
        Self {
            values: BorrowedDecoder::new(input, limits),
            place: 0,
        }
    }
}

impl<'de> Deserializer<'de> for &mut Message<'de> {
    type Error = SerdeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, SerdeError> {
        visitor.visit_seq(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, SerdeError> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> de::SeqAccess<'de> for &mut Message<'de> {
    type Error = SerdeError;

    fn next_element_seed<S: de::DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, SerdeError> {
        let Some(value) = self.values.next_value()? else {
            return Ok(None);
        };
        let read = seed.deserialize(ValueDeserializer(value));
        let read = read.map_err(|error| error.inside(self.place))?;
        self.place = self.place.saturating_add(1);
        Ok(Some(read))
    }
}
