use alloc::{boxed::Box, vec::Vec};

use bytes::BufMut;

use super::{
    Object, Value, marker,
    quick::{self, Entry},
};
use crate::amf::{
    amf3,
    sink::{Count, Fill, Out, Sink, cut},
};

const SHORT: usize = u16::MAX as usize;
const LONG: usize = u32::MAX as usize;

/// Writes the values of one message, one after another.
#[derive(Debug)]
pub struct Encoder<'b, B: ?Sized> {
    out: &'b mut B,
    amf3: Option<Box<amf3::Written>>,
}

impl<'b, B: BufMut> Encoder<'b, B> {
    /// Writes at the end of `out`.
    pub fn new(out: &'b mut B) -> Self {
        Self { out, amf3: None }
    }

    /// Writes one value.
    ///
    /// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
    pub fn value(&mut self, value: &Value) {
        Writer::new(Out::new(&mut *self.out), &mut self.amf3).value(value);
    }
}

/// Writes values one after another.
///
/// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
pub fn encode_all(values: &[Value], out: &mut impl BufMut) {
    let mut amf3 = None;
    Writer::new(Out::new(out), &mut amf3).entries(values);
}

/// Values one after another, as bytes.
#[must_use]
pub fn to_vec(values: &[Value]) -> Vec<u8> {
    let mut amf3 = None;
    let mut writer = Writer::new(Fill::new(), &mut amf3);
    writer.entries(values);
    writer.sink.into_vec()
}

pub(super) fn encoded_len(values: &[Value]) -> usize {
    let mut amf3 = None;
    let mut writer = Writer::new(Count::default(), &mut amf3);
    writer.entries(values);
    writer.sink.0
}

pub(super) struct Writer<'w, S> {
    sink: S,
    amf3: &'w mut Option<Box<amf3::Written>>,
}

impl<'w, S: Sink> Writer<'w, S> {
    pub(super) const fn new(sink: S, amf3: &'w mut Option<Box<amf3::Written>>) -> Self {
        Self { sink, amf3 }
    }

    /// The short ones many at once, the others one by one.
    fn entries<E: Entry>(&mut self, mut entries: &[E]) {
        while !entries.is_empty() {
            let (count, len) = if S::COUNTS {
                quick::count(entries)
            } else {
                quick::write(entries, self.sink.room())
            };
            self.sink.advance(len);
            let Some((entry, rest)) = entries.get(count..).and_then(<[E]>::split_first) else {
                return;
            };
            if let Some(name) = entry.name() {
                self.name(name.as_bytes());
            }
            self.value(entry.value());
            entries = rest;
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Number(number) => self.number(*number),
            Value::Boolean(truth) => self.sink.fixed([marker::BOOLEAN, u8::from(*truth)]),
            Value::String(text) => self.string(text.as_bytes()),
            Value::Object(members) => {
                self.sink.u8(marker::OBJECT);
                self.members(members);
            }
            Value::MovieClip => self.sink.u8(marker::MOVIE_CLIP),
            Value::Null => self.sink.u8(marker::NULL),
            Value::Undefined => self.sink.u8(marker::UNDEFINED),
            Value::Reference(id) => {
                self.sink.u8(marker::REFERENCE);
                self.sink.u16(*id);
            }
            Value::EcmaArray(array) => {
                self.sink.u8(marker::ECMA_ARRAY);
                self.sink.u32(array.count);
                self.members(&array.entries);
            }
            Value::StrictArray(items) => self.items(items),
            Value::Date(date) => {
                self.sink.u8(marker::DATE);
                self.sink.f64(date.unix_ms);
                self.sink.fixed(date.zone_minutes.to_be_bytes());
            }
            Value::LongString(text) => self.long_text(marker::LONG_STRING, text.as_bytes()),
            Value::Unsupported => self.sink.u8(marker::UNSUPPORTED),
            Value::RecordSet => self.sink.u8(marker::RECORD_SET),
            Value::Xml(text) => self.long_text(marker::XML_DOCUMENT, text.as_bytes()),
            Value::TypedObject(object) => {
                self.sink.u8(marker::TYPED_OBJECT);
                self.name(object.class_name.as_bytes());
                self.members(&object.members);
            }
            Value::AvmPlus(value) => self.avm_plus(value),
        }
    }

    fn avm_plus(&mut self, value: &amf3::Value) {
        self.sink.u8(marker::AVM_PLUS);
        let mut writer = amf3::Writer {
            sink: &mut self.sink,
            written: self.amf3.get_or_insert_default(),
        };
        writer.value(value);
    }

    #[inline]
    pub(super) fn number(&mut self, number: f64) {
        self.sink.fixed(quick::number(number));
    }

    #[inline]
    pub(super) fn string(&mut self, text: &[u8]) {
        let Ok(len) = u16::try_from(text.len()) else {
            return self.long_text(marker::LONG_STRING, text);
        };
        let [high, low] = len.to_be_bytes();
        self.sink.fixed([marker::STRING, high, low]);
        self.sink.slice(text);
    }

    fn long_text(&mut self, marker: u8, text: &[u8]) {
        let text = cut(text, LONG);
        self.sink.u8(marker);
        self.sink.u32(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.sink.slice(text);
    }

    #[inline]
    pub(super) fn name(&mut self, text: &[u8]) {
        let text = cut(text, SHORT);
        self.sink.u16(u16::try_from(text.len()).unwrap_or(u16::MAX));
        self.sink.slice(text);
    }

    fn members(&mut self, members: &Object) {
        self.entries(members.members());
        self.sink.fixed([0, 0, marker::OBJECT_END]);
    }

    fn items(&mut self, items: &[Value]) {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.sink.u8(marker::STRICT_ARRAY);
        self.sink.u32(count);
        self.entries(items);
    }
}
