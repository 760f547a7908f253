use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};

use bytes::BufMut;

use super::{
    Array, Dictionary, ExternalPart, MAX_U28, Object, ObjectVector, Traits, Utf8Vr, Value, Vector,
    marker, object::Body, utf8_vr::Sent,
};
use crate::amf::{
    Text,
    sink::{Count, Out, Sink, cut},
};

/// Writes the values of one message, one after another, with one set of reference tables.
#[derive(Debug)]
pub struct Encoder<'b, B: ?Sized> {
    out: &'b mut B,
    written: Written,
}

impl<'b, B: BufMut> Encoder<'b, B> {
    /// Writes at the end of `out`.
    pub fn new(out: &'b mut B) -> Self {
        Self {
            out,
            written: Written::default(),
        }
    }

    /// Writes one value.
    ///
    /// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
    pub fn value(&mut self, value: &Value) {
        let sink = &mut Out::new(&mut *self.out);
        let written = &mut self.written;
        Writer { sink, written }.value(value);
    }
}

pub(super) fn encoded_len(value: &Value) -> usize {
    let (mut sink, mut written) = (Count::default(), Written::default());
    Writer {
        sink: &mut sink,
        written: &mut written,
    }
    .value(value);
    sink.0
}

/// What later references can refer to.
///
/// Only what was not read from anywhere is looked up by what it is: what was read knows its place, and looking
/// long strings up again and again is what a hostile message would be made for.
#[derive(Debug, Default)]
pub(crate) struct Written {
    strings: Vec<Text>,
    string_places: BTreeMap<Text, u32>,
    traits: Vec<Arc<Traits>>,
    traits_places: BTreeMap<Arc<Traits>, u32>,
}

impl Written {
    fn string_place(&mut self, text: &Utf8Vr) -> Option<u32> {
        match text.sent {
            Sent::Inline => None,
            Sent::Reference(place) if self.is_string_at(place, text.text()) => Some(place),
            Sent::Reference(_) | Sent::Best => self.string_places.get(text.text()).copied(),
        }
    }

    fn is_string_at(&self, place: u32, text: &Text) -> bool {
        let there = self.strings.get(place as usize);
        there.is_some_and(|there| there.is_same(text) || there.is_same_short(text))
    }

    fn add_string(&mut self, text: &Utf8Vr) {
        if !matches!(text.sent, Sent::Inline) {
            let place = u32::try_from(self.strings.len()).unwrap_or(u32::MAX);
            self.string_places.insert(text.text().clone(), place);
        }
        self.strings.push(text.text().clone());
    }

    fn traits_place(&mut self, object: &Object) -> Option<u32> {
        let is_there = |place: u32| {
            let there = self.traits.get(place as usize);
            there.is_some_and(|there| Arc::ptr_eq(there, &object.traits))
        };
        match object.traits_sent {
            Sent::Inline => None,
            Sent::Reference(place) if is_there(place) => Some(place),
            Sent::Reference(_) | Sent::Best => self.traits_places.get(&object.traits).copied(),
        }
    }

    fn add_traits(&mut self, object: &Object) {
        if !matches!(object.traits_sent, Sent::Inline) {
            let place = u32::try_from(self.traits.len()).unwrap_or(u32::MAX);
            self.traits_places.insert(Arc::clone(&object.traits), place);
        }
        self.traits.push(Arc::clone(&object.traits));
    }
}

pub(crate) struct Writer<'w, S> {
    pub(crate) sink: &'w mut S,
    pub(crate) written: &'w mut Written,
}

impl<S: Sink> Writer<'_, S> {
    pub(crate) fn value(&mut self, value: &Value) {
        match value {
            Value::Undefined => self.sink.u8(marker::UNDEFINED),
            Value::Null => self.sink.u8(marker::NULL),
            Value::Boolean(false) => self.sink.u8(marker::FALSE),
            Value::Boolean(true) => self.sink.u8(marker::TRUE),
            Value::Integer(number) => self.integer(*number),
            Value::Double(number) => self.double(*number),
            Value::String(text) => {
                self.sink.u8(marker::STRING);
                self.utf8_vr(text);
            }
            Value::XmlDocument(text) => self.bytes(marker::XML_DOCUMENT, text.as_bytes()),
            Value::Date(unix_ms) => {
                self.sink.slice(&[marker::DATE, 1]);
                self.sink.f64(*unix_ms);
            }
            Value::Array(array) => self.array(array),
            Value::Object(object) => self.object(object),
            Value::Xml(text) => self.bytes(marker::XML, text.as_bytes()),
            Value::ByteArray(bytes) => self.bytes(marker::BYTE_ARRAY, bytes),
            Value::VectorInt(vector) => self.vector(marker::VECTOR_INT, vector, i32::to_be_bytes),
            Value::VectorUint(vector) => self.vector(marker::VECTOR_UINT, vector, u32::to_be_bytes),
            Value::VectorDouble(vector) => {
                self.vector(marker::VECTOR_DOUBLE, vector, f64::to_be_bytes);
            }
            Value::VectorObject(vector) => self.vector_object(vector),
            Value::Dictionary(map) => self.dictionary(map),
            Value::Reference(reference) => {
                self.sink.u8(reference.kind as u8);
                self.u29(reference.id << 1);
            }
        }
    }

    fn u29(&mut self, value: u32) {
        let [_, a, b, c] = [value >> 21, value >> 14, value >> 7, value].map(low_7_bits);
        match value & 0x1fff_ffff {
            0..0x80 => self.sink.slice(&[c]),
            0x80..0x4000 => self.sink.slice(&[b | 0x80, c]),
            0x4000..0x20_0000 => self.sink.slice(&[a | 0x80, b | 0x80, c]),
            // The fourth byte has 8 bits, so that all of the others move up by one.
            _ => {
                let [a, b, c] = [value >> 22, value >> 15, value >> 8].map(low_7_bits);
                let [.., d] = value.to_be_bytes();
                self.sink.slice(&[a | 0x80, b | 0x80, c | 0x80, d]);
            }
        }
    }

    /// A length or count of something new: the flag above a reference is set. Returns what fits.
    fn count(&mut self, count: usize) -> usize {
        let count = count.min(MAX_U28);
        self.u29(u32::try_from(count).unwrap_or_default() << 1 | 1);
        count
    }

    fn integer(&mut self, number: i32) {
        if !(-0x1000_0000..0x1000_0000).contains(&number) {
            return self.double(f64::from(number));
        }
        self.sink.u8(marker::INTEGER);
        self.u29(number.cast_unsigned() & 0x1fff_ffff);
    }

    fn double(&mut self, number: f64) {
        self.sink.u8(marker::DOUBLE);
        self.sink.f64(number);
    }

    fn utf8_vr(&mut self, text: &Utf8Vr) {
        let bytes = cut(text.as_bytes(), MAX_U28);
        if bytes.is_empty() {
            return self.sink.u8(1);
        }
        if let Some(place) = self.written.string_place(text) {
            return self.u29(place << 1);
        }
        self.count(bytes.len());
        self.sink.slice(bytes);
        self.written.add_string(text);
    }

    fn bytes(&mut self, marker: u8, bytes: &[u8]) {
        self.sink.u8(marker);
        let bytes = cut(bytes, MAX_U28);
        self.count(bytes.len());
        self.sink.slice(bytes);
    }

    fn array(&mut self, array: &Array) {
        self.sink.u8(marker::ARRAY);
        let count = self.count(array.dense.len());
        self.named(&array.associative);
        for item in array.dense.iter().take(count) {
            self.value(item);
        }
    }

    fn named(&mut self, members: &[(Utf8Vr, Value)]) {
        for (name, value) in members {
            self.utf8_vr(name);
            self.value(value);
        }
        self.sink.u8(1);
    }

    fn object(&mut self, object: &Object) {
        self.sink.u8(marker::OBJECT);
        match self.written.traits_place(object) {
            Some(place) => self.u29(place << 2 | 0b01),
            None => self.traits(object),
        }
        match &object.body {
            Body::Members { sealed, dynamic } => {
                for value in sealed {
                    self.value(value);
                }
                if object.traits.is_dynamic {
                    self.named(dynamic);
                }
            }
            Body::External(parts) => {
                for part in parts {
                    match part {
                        ExternalPart::Bytes(bytes) => self.sink.slice(bytes),
                        ExternalPart::Value(value) => self.value(value),
                    }
                }
            }
        }
    }

    /// AMF3 §3.12: the U29 has the count of sealed members above four flags.
    fn traits(&mut self, object: &Object) {
        let traits = &object.traits;
        if traits.is_externalizable {
            self.u29(0b0111);
            self.utf8_vr(&traits.class_name);
        } else {
            let count = u32::try_from(traits.sealed.len()).unwrap_or(u32::MAX);
            self.u29(count << 4 | u32::from(traits.is_dynamic) << 3 | 0b011);
            self.utf8_vr(&traits.class_name);
            for name in &traits.sealed {
                self.utf8_vr(name);
            }
        }
        self.written.add_traits(object);
    }

    fn vector<T: Copy, const N: usize>(
        &mut self,
        marker: u8,
        vector: &Vector<T>,
        bytes: fn(T) -> [u8; N],
    ) {
        self.sink.u8(marker);
        let count = self.count(vector.items.len());
        self.sink.u8(u8::from(vector.fixed));
        for item in vector.items.iter().take(count) {
            self.sink.slice(&bytes(*item));
        }
    }

    fn vector_object(&mut self, vector: &ObjectVector) {
        self.sink.u8(marker::VECTOR_OBJECT);
        let count = self.count(vector.items.len());
        self.sink.u8(u8::from(vector.fixed));
        self.utf8_vr(&vector.class_name);
        for item in vector.items.iter().take(count) {
            self.value(item);
        }
    }

    fn dictionary(&mut self, map: &Dictionary) {
        self.sink.u8(marker::DICTIONARY);
        let count = self.count(map.entries.len());
        self.sink.u8(u8::from(map.weak_keys));
        for (key, value) in map.entries.iter().take(count) {
            self.value(key);
            self.value(value);
        }
    }
}

fn low_7_bits(value: u32) -> u8 {
    let [.., low] = value.to_be_bytes();
    low & 0x7f
}
