use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

use bytes::Bytes;
use castline_core::Reader;

use super::{
    Array, Dictionary, ExternalReader, Externals, FlexCollections, Object, ObjectVector, Reference,
    ReferenceKind, Traits, Utf8Vr, Value, Vector, marker, object::Body, utf8_vr::Sent,
};
use crate::{
    ParseError,
    amf::{Limits, Text, limits::Budget},
};

/// The most room taken at once on the word of a count.
const COUNTED_ITEMS: usize = 256;

/// Reads the values of one message, one after another, with one set of reference tables and under one budget.
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    tables: Tables,
    externals: &'a dyn Externals,
}

impl<'a> Decoder<'a> {
    /// Reads from the start of `input`.
    #[must_use]
    pub fn new(input: &'a [u8], limits: &Limits) -> Self {
        Self {
            reader: Reader::new(input),
            budget: Budget::new(limits),
            tables: Tables::default(),
            externals: &FlexCollections,
        }
    }

    /// Reads externalizable classes by `externals` instead of [`FlexCollections`].
    #[must_use]
    pub const fn with_externals(mut self, externals: &'a dyn Externals) -> Self {
        self.externals = externals;
        self
    }

    /// How many bytes have been read.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.reader.offset()
    }

    /// The next value; `None` at the end of the input.
    ///
    /// # Errors
    /// When the value is cut short, is none, or goes beyond the limits. Nothing sensible can be read after it.
    pub fn next_value(&mut self) -> Result<Option<Value>, ParseError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let mut parser = Parser {
            reader: &mut self.reader,
            budget: &mut self.budget,
            tables: &mut self.tables,
            externals: self.externals,
        };
        parser.value().map(Some)
    }
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut decoder = formatter.debug_struct("Decoder");
        decoder.field("offset", &self.offset());
        decoder.finish_non_exhaustive()
    }
}

/// The reference tables of a message (AMF3 §2.2). Objects are referred to by number and never looked up, so
/// that counting them is enough.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    strings: Vec<Text>,
    traits: Vec<Arc<Traits>>,
    objects: u32,
    has_referred: bool,
}

impl Tables {
    /// True when nothing has been read that can be referred to.
    pub(crate) fn is_empty(&self) -> bool {
        self.strings.is_empty() && self.traits.is_empty() && self.objects == 0
    }

    /// True when something was referred to.
    pub(crate) const fn has_referred(&self) -> bool {
        self.has_referred
    }
}

/// Reads values with what its owner lends it.
pub(crate) struct Parser<'p, 'a> {
    pub(crate) reader: &'p mut Reader<'a>,
    pub(crate) budget: &'p mut Budget,
    pub(crate) tables: &'p mut Tables,
    pub(crate) externals: &'a dyn Externals,
}

/// What the first U29 of something that may be a reference says.
enum Begin {
    New(usize),
    Reference(Value),
}

/// `let n = new!(self, kind)`: the length or count of a new one; returns from the function for a reference.
macro_rules! new {
    ($parser:ident, $kind:ident) => {
        match $parser.begin(ReferenceKind::$kind)? {
            Begin::New(number) => number,
            Begin::Reference(value) => return Ok(value),
        }
    };
}

impl<'a> Parser<'_, 'a> {
    pub(crate) fn value(&mut self) -> Result<Value, ParseError> {
        let offset = self.offset();
        self.budget.node(offset)?;
        match self.reader.u8()? {
            marker::UNDEFINED => Ok(Value::Undefined),
            marker::NULL => Ok(Value::Null),
            marker::FALSE => Ok(Value::Boolean(false)),
            marker::TRUE => Ok(Value::Boolean(true)),
            marker::INTEGER => self.integer(),
            marker::DOUBLE => self.f64().map(Value::Double),
            marker::STRING => self.utf8_vr().map(Value::String),
            marker::XML_DOCUMENT => self.xml_document(),
            marker::DATE => self.date(),
            marker::ARRAY => self.array(),
            marker::OBJECT => self.object(),
            marker::XML => self.xml(),
            marker::BYTE_ARRAY => self.byte_array(),
            marker::VECTOR_INT => self.vector_int(),
            marker::VECTOR_UINT => self.vector_uint(),
            marker::VECTOR_DOUBLE => self.vector_double(),
            marker::VECTOR_OBJECT => self.vector_object(),
            marker::DICTIONARY => self.dictionary(),
            _ => Err(ParseError::expected(offset, "an AMF3 type marker")),
        }
    }

    pub(super) const fn offset(&self) -> usize {
        self.reader.offset()
    }

    pub(super) const fn remaining(&self) -> usize {
        self.reader.remaining()
    }

    /// Bytes that will be kept.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], ParseError> {
        let offset = self.offset();
        let bytes = self.reader.take(len)?;
        self.budget.bytes(offset, len)?;
        Ok(bytes)
    }

    /// AMF3 §1.3.1: 7 bits in each of up to three bytes, 8 in the fourth.
    fn u29(&mut self) -> Result<u32, ParseError> {
        let mut value = 0u32;
        for _ in 0..3 {
            let byte = self.reader.u8()?;
            value = value << 7 | u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Ok(value << 8 | u32::from(self.reader.u8()?))
    }

    fn integer(&mut self) -> Result<Value, ParseError> {
        // Two's complement in 29 bits: shifted up to the sign and down again.
        let bits = (self.u29()? << 3).cast_signed();
        Ok(Value::Integer(bits >> 3))
    }

    fn f64(&mut self) -> Result<f64, ParseError> {
        Ok(f64::from_bits(self.reader.u64()?))
    }

    fn flag(&mut self) -> Result<bool, ParseError> {
        Ok(self.reader.u8()? != 0)
    }

    fn utf8_vr(&mut self) -> Result<Utf8Vr, ParseError> {
        let offset = self.offset();
        let header = self.u29()?;
        let number = header >> 1;
        if header & 1 == 0 {
            let text = self.tables.strings.get(number as usize).ok_or_else(|| {
                ParseError::expected(offset, "a reference to a string that came before")
            })?;
            self.tables.has_referred = true;
            return Ok(Utf8Vr::read(text.clone(), Sent::Reference(number)));
        }
        let text = self.text(number as usize)?;
        // The empty string is never referred to (§1.3.2).
        if !text.as_bytes().is_empty() {
            self.tables.strings.push(text.clone());
        }
        Ok(Utf8Vr::read(text, Sent::Inline))
    }

    fn text(&mut self, len: usize) -> Result<Text, ParseError> {
        self.take(len).map(Text::from_bytes)
    }

    fn begin(&mut self, kind: ReferenceKind) -> Result<Begin, ParseError> {
        let offset = self.offset();
        let header = self.u29()?;
        let number = header >> 1;
        if header & 1 == 0 {
            if number >= self.tables.objects {
                let expected = "a reference to something that began before";
                return Err(ParseError::expected(offset, expected));
            }
            self.tables.has_referred = true;
            let reference = Reference { kind, id: number };
            return Ok(Begin::Reference(Value::Reference(reference)));
        }
        self.tables.objects = self.tables.objects.saturating_add(1);
        Ok(Begin::New(number as usize))
    }

    fn xml_document(&mut self) -> Result<Value, ParseError> {
        let len = new!(self, XmlDocument);
        self.text(len).map(Value::XmlDocument)
    }

    fn xml(&mut self) -> Result<Value, ParseError> {
        let len = new!(self, Xml);
        self.text(len).map(Value::Xml)
    }

    fn date(&mut self) -> Result<Value, ParseError> {
        // The remaining bits of the U29 mean nothing (§3.10).
        let _ = new!(self, Date);
        self.f64().map(Value::Date)
    }

    fn byte_array(&mut self) -> Result<Value, ParseError> {
        let len = new!(self, ByteArray);
        Ok(Value::ByteArray(Bytes::copy_from_slice(self.take(len)?)))
    }

    /// Refuses a count of items that the rest of the input cannot hold.
    fn check_count(&self, count: usize, item_len: usize) -> Result<(), ParseError> {
        let len = count.saturating_mul(item_len);
        match len.checked_sub(self.remaining()) {
            Some(missing @ 1..) => Err(ParseError::truncated(self.offset(), missing)),
            Some(0) | None => Ok(()),
        }
    }

    fn array(&mut self) -> Result<Value, ParseError> {
        let count = new!(self, Array);
        self.budget.enter(self.offset())?;
        let associative = self.named()?;
        let dense = self.items(count)?;
        self.budget.leave();
        Ok(Array { associative, dense }.into())
    }

    /// Names and values up to the empty name.
    fn named(&mut self) -> Result<Vec<(Utf8Vr, Value)>, ParseError> {
        let mut members = Vec::new();
        loop {
            let name = self.utf8_vr()?;
            if name.as_bytes().is_empty() {
                return Ok(members);
            }
            members.push((name, self.value()?));
        }
    }

    fn items(&mut self, count: usize) -> Result<Vec<Value>, ParseError> {
        self.check_count(count, 1)?;
        let mut items = Vec::with_capacity(count.min(COUNTED_ITEMS));
        for _ in 0..count {
            items.push(self.value()?);
        }
        Ok(items)
    }

    fn object(&mut self) -> Result<Value, ParseError> {
        let start = self.offset();
        let header = new!(self, Object);
        let (traits, traits_sent) = self.traits(start, header)?;
        self.budget.enter(start)?;
        let body = if traits.is_externalizable {
            let externals = self.externals;
            let mut body = ExternalReader::new(self, start);
            externals.read(traits.class_name.as_str(), &mut body)?;
            Body::External(body.into_parts())
        } else {
            let sealed = self.items(traits.sealed.len())?;
            let dynamic = if traits.is_dynamic {
                self.named()?
            } else {
                Vec::new()
            };
            Body::Members { sealed, dynamic }
        };
        self.budget.leave();
        let object = Object {
            traits,
            traits_sent,
            body,
        };
        Ok(Value::Object(Box::new(object)))
    }

    /// `header` is the object's U29 without its lowest bit (§3.12).
    fn traits(&mut self, start: usize, header: usize) -> Result<(Arc<Traits>, Sent), ParseError> {
        if header & 0b1 == 0 {
            let place = header >> 1;
            let traits = self.tables.traits.get(place).ok_or_else(|| {
                ParseError::expected(start, "a reference to traits that came before")
            })?;
            let sent = Sent::Reference(u32::try_from(place).unwrap_or(u32::MAX));
            self.tables.has_referred = true;
            return Ok((Arc::clone(traits), sent));
        }
        let is_externalizable = header & 0b10 != 0;
        let count = if is_externalizable { 0 } else { header >> 3 };
        let class_name = self.utf8_vr()?;
        self.check_count(count, 1)?;
        self.budget.nodes(start, count)?;
        let mut sealed = Vec::with_capacity(count.min(COUNTED_ITEMS));
        for _ in 0..count {
            sealed.push(self.utf8_vr()?);
        }
        let traits = Arc::new(Traits {
            class_name,
            is_dynamic: !is_externalizable && header & 0b100 != 0,
            is_externalizable,
            sealed,
        });
        self.tables.traits.push(Arc::clone(&traits));
        Ok((traits, Sent::Inline))
    }

    fn vector_int(&mut self) -> Result<Value, ParseError> {
        let count = new!(self, VectorInt);
        self.vector(count, i32::from_be_bytes).map(Value::VectorInt)
    }

    fn vector_uint(&mut self) -> Result<Value, ParseError> {
        let count = new!(self, VectorUint);
        self.vector(count, u32::from_be_bytes)
            .map(Value::VectorUint)
    }

    fn vector_double(&mut self) -> Result<Value, ParseError> {
        let count = new!(self, VectorDouble);
        self.vector(count, f64::from_be_bytes)
            .map(Value::VectorDouble)
    }

    fn vector<const N: usize, T>(
        &mut self,
        count: usize,
        item: fn([u8; N]) -> T,
    ) -> Result<Vector<T>, ParseError> {
        let fixed = self.flag()?;
        let bytes = self.take(count.saturating_mul(N))?;
        let (items, _) = bytes.as_chunks::<N>();
        let items = items.iter().map(|bytes| item(*bytes)).collect();
        Ok(Vector { fixed, items })
    }

    fn vector_object(&mut self) -> Result<Value, ParseError> {
        let count = new!(self, VectorObject);
        self.budget.enter(self.offset())?;
        let fixed = self.flag()?;
        let class_name = self.utf8_vr()?;
        let items = self.items(count)?;
        self.budget.leave();
        Ok(ObjectVector {
            fixed,
            class_name,
            items,
        }
        .into())
    }

    fn dictionary(&mut self) -> Result<Value, ParseError> {
        let count = new!(self, Dictionary);
        self.budget.enter(self.offset())?;
        let weak_keys = self.flag()?;
        self.check_count(count, 2)?;
        let mut entries = Vec::with_capacity(count.min(COUNTED_ITEMS));
        for _ in 0..count {
            entries.push((self.value()?, self.value()?));
        }
        self.budget.leave();
        Ok(Dictionary { weak_keys, entries }.into())
    }
}
