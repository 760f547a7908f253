use alloc::vec::Vec;

use bytes::BufMut;

use super::{Object, Value, marker};
use crate::amf::sink::{Count, Out, Sink, cut};

const SHORT: usize = u16::MAX as usize;
const LONG: usize = u32::MAX as usize;

/// Writes the values of one message, one after another.
#[derive(Debug)]
pub struct Encoder<'b, B: ?Sized> {
    out: &'b mut B,
}

impl<'b, B: BufMut> Encoder<'b, B> {
    /// Writes at the end of `out`.
    pub const fn new(out: &'b mut B) -> Self {
        Self { out }
    }

    /// Writes one value.
    ///
    /// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
    pub fn value(&mut self, value: &Value) {
        Writer(Out(self.out)).value(value);
    }
}

/// Writes values one after another.
///
/// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
pub fn encode_all(values: &[Value], out: &mut impl BufMut) {
    let mut encoder = Encoder::new(out);
    for value in values {
        encoder.value(value);
    }
}

/// Values one after another, as bytes.
#[must_use]
pub fn to_vec(values: &[Value]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(encoded_len(values));
    encode_all(values, &mut bytes);
    bytes
}

pub(super) fn encoded_len(values: &[Value]) -> usize {
    let mut writer = Writer(Count::default());
    for value in values {
        writer.value(value);
    }
    writer.0.0
}

struct Writer<S>(S);

impl<S: Sink> Writer<S> {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.number(*number),
            Value::Boolean(truth) => self.0.slice(&[marker::BOOLEAN, u8::from(*truth)]),
            Value::String(text) => self.string(text.as_bytes()),
            Value::Object(members) => {
                self.0.u8(marker::OBJECT);
                self.members(members);
            }
            Value::MovieClip => self.0.u8(marker::MOVIE_CLIP),
            Value::Null => self.0.u8(marker::NULL),
            Value::Undefined => self.0.u8(marker::UNDEFINED),
            Value::Reference(id) => {
                self.0.u8(marker::REFERENCE);
                self.0.u16(*id);
            }
            Value::EcmaArray(array) => {
                self.0.u8(marker::ECMA_ARRAY);
                self.0.u32(array.count);
                self.members(&array.entries);
            }
            Value::StrictArray(items) => self.items(items),
            Value::Date(date) => {
                self.0.u8(marker::DATE);
                self.0.f64(date.unix_ms);
                self.0.slice(&date.zone_minutes.to_be_bytes());
            }
            Value::LongString(text) => self.long_text(marker::LONG_STRING, text.as_bytes()),
            Value::Unsupported => self.0.u8(marker::UNSUPPORTED),
            Value::RecordSet => self.0.u8(marker::RECORD_SET),
            Value::Xml(text) => self.long_text(marker::XML_DOCUMENT, text.as_bytes()),
            Value::TypedObject(object) => {
                self.0.u8(marker::TYPED_OBJECT);
                self.name(object.class_name.as_bytes());
                self.members(&object.members);
            }
        }
    }

    #[inline]
    fn number(&mut self, number: f64) {
        let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
        self.0.slice(&[marker::NUMBER, a, b, c, d, e, f, g, h]);
    }

    #[inline]
    fn string(&mut self, text: &[u8]) {
        let Ok(len) = u16::try_from(text.len()) else {
            return self.long_text(marker::LONG_STRING, text);
        };
        let [high, low] = len.to_be_bytes();
        self.0.slice(&[marker::STRING, high, low]);
        self.0.slice(text);
    }

    fn long_text(&mut self, marker: u8, text: &[u8]) {
        let text = cut(text, LONG);
        self.0.u8(marker);
        self.0.u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.0.slice(text);
    }

    #[inline]
    fn name(&mut self, text: &[u8]) {
        let text = cut(text, SHORT);
        self.0.u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
        self.0.slice(text);
    }

    fn members(&mut self, members: &Object) {
        for (name, value) in members {
            self.name(name.as_bytes());
            self.value(value);
        }
        self.0.slice(&[0, 0, marker::OBJECT_END]);
    }

    fn items(&mut self, items: &[Value]) {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.0.u8(marker::STRICT_ARRAY);
        self.0.u32(count);
        for item in items {
            self.value(item);
        }
    }
}
