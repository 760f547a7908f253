use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use castline_core::Reader;

use super::{Date, EcmaArray, Object, TypedObject, Value, marker};
use crate::{
    ParseError,
    amf::{
        Limits, Text,
        amf3::{self, Externals, FlexCollections},
        limits::Budget,
    },
};

/// Room taken at once for the members of an outermost object: a `connect` has about ten.
const OUTERMOST_MEMBERS: usize = 12;
/// The most room taken at once on the word of a count.
const COUNTED_ITEMS: usize = 256;

/// Reads the values of one message, one after another, under one budget.
pub struct Decoder<'a> {
    reader: Reader<'a>,
    budget: Budget,
    depth: usize,
    amf3: Option<Box<amf3::Tables>>,
    externals: &'a dyn Externals,
}

impl<'a> Decoder<'a> {
    /// Reads from the start of `input`.
    #[must_use]
    pub fn new(input: &'a [u8], limits: &Limits) -> Self {
        Self {
            reader: Reader::new(input),
            budget: Budget::new(limits),
            depth: 0,
            amf3: None,
            externals: &FlexCollections,
        }
    }

    /// Reads externalizable classes of AMF3 by `externals` instead of [`FlexCollections`].
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

    /// What has not been read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.reader.rest()
    }

    /// The next value; `None` at the end of the input.
    ///
    /// # Errors
    /// When the value is cut short, is none, or goes beyond the limits. Nothing sensible can be read after it.
    pub fn next_value(&mut self) -> Result<Option<Value>, ParseError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        self.value().map(Some)
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        let offset = self.reader.offset();
        self.budget.node(offset)?;
        Ok(match self.reader.u8()? {
            marker::NUMBER => Value::Number(self.f64()?),
            marker::BOOLEAN => Value::Boolean(self.reader.u8()? != 0),
            marker::STRING => Value::String(self.short_text()?),
            marker::OBJECT => Value::Object(self.members(false)?),
            marker::MOVIE_CLIP => Value::MovieClip,
            marker::NULL => Value::Null,
            marker::UNDEFINED => Value::Undefined,
            marker::REFERENCE => Value::Reference(self.reader.u16()?),
            marker::ECMA_ARRAY => Value::EcmaArray(EcmaArray {
                count: self.reader.u32()?,
                entries: self.members(true)?,
            }),
            marker::STRICT_ARRAY => Value::StrictArray(self.items()?),
            marker::DATE => Value::Date(Date {
                unix_ms: self.f64()?,
                zone_minutes: self.reader.i16()?,
            }),
            marker::LONG_STRING => Value::LongString(self.long_text()?),
            marker::UNSUPPORTED => Value::Unsupported,
            marker::RECORD_SET => Value::RecordSet,
            marker::XML_DOCUMENT => Value::Xml(self.long_text()?),
            marker::TYPED_OBJECT => Value::TypedObject(TypedObject {
                class_name: self.short_text()?,
                members: self.members(false)?,
            }),
            marker::AVM_PLUS => Value::AvmPlus(Box::new(self.avm_plus()?)),
            _ => return Err(ParseError::expected(offset, "an AMF0 type marker")),
        })
    }

    fn avm_plus(&mut self) -> Result<amf3::Value, ParseError> {
        let mut parser = amf3::Parser {
            reader: &mut self.reader,
            budget: &mut self.budget,
            tables: self.amf3.get_or_insert_default(),
            externals: self.externals,
        };
        parser.value()
    }

    #[inline]
    fn f64(&mut self) -> Result<f64, ParseError> {
        Ok(f64::from_bits(self.reader.u64()?))
    }

    #[inline]
    fn short_text(&mut self) -> Result<Text, ParseError> {
        Ok(self.short_bytes()?.to_text())
    }

    #[inline]
    fn short_bytes(&mut self) -> Result<Taken<'a>, ParseError> {
        let len = self.reader.u16()?;
        self.bytes(usize::from(len))
    }

    fn long_text(&mut self) -> Result<Text, ParseError> {
        let len = self.reader.u32()?;
        let bytes = self.bytes(usize::try_from(len).unwrap_or(usize::MAX))?;
        Ok(bytes.to_text())
    }

    #[inline]
    fn bytes(&mut self, len: usize) -> Result<Taken<'a>, ParseError> {
        let (offset, rest) = (self.reader.offset(), self.reader.rest());
        let bytes = self.reader.take(len)?;
        self.budget.bytes(offset, len)?;
        Ok(Taken { bytes, rest })
    }

    /// Members up to the end marker. An ECMA array may also end with the input: encoders that think its count
    /// is enough leave the marker out.
    fn members(&mut self, may_be_open: bool) -> Result<Object, ParseError> {
        self.budget.enter(self.reader.offset())?;
        self.depth = self.depth.saturating_add(1);
        let mut members = Vec::new();
        while !(may_be_open && self.reader.is_empty()) {
            let name = self.short_bytes()?;
            if name.bytes.is_empty() && self.reader.peek() == Some(marker::OBJECT_END) {
                self.reader.skip(1)?;
                break;
            }
            if self.depth == 1 && members.is_empty() {
                members.reserve(OUTERMOST_MEMBERS);
            }
            self.member(name, &mut members)?;
        }
        self.depth = self.depth.saturating_sub(1);
        self.budget.leave();
        Ok(Object(members))
    }

    /// One member's value, put beside its name.
    ///
    /// Numbers and strings, which is what most members are, are made where they are to stay: a value that is
    /// put together in one place and then moved costs more than all of the reading.
    #[inline]
    fn member(
        &mut self,
        name: Taken<'a>,
        members: &mut Vec<(Text, Value)>,
    ) -> Result<(), ParseError> {
        let offset = self.reader.offset();
        match self.reader.peek() {
            Some(marker::NUMBER) => {
                self.budget.node(offset)?;
                self.reader.skip(1)?;
                let number = self.f64()?;
                members.push((name.to_text(), Value::Number(number)));
            }
            Some(marker::STRING) => {
                self.budget.node(offset)?;
                self.reader.skip(1)?;
                let text = self.short_bytes()?;
                members.push((name.to_text(), Value::String(text.to_text())));
            }
            _ => {
                let value = self.value()?;
                members.push((name.to_text(), value));
            }
        }
        Ok(())
    }

    fn items(&mut self) -> Result<Vec<Value>, ParseError> {
        let offset = self.reader.offset();
        let count = usize::try_from(self.reader.u32()?).unwrap_or(usize::MAX);
        // Each item has a byte at least, so that a count beyond the input needs no reading.
        if let Some(missing @ 1..) = count.checked_sub(self.reader.remaining()) {
            return Err(ParseError::truncated(offset, missing));
        }
        self.budget.enter(offset)?;
        self.depth = self.depth.saturating_add(1);
        let mut items = Vec::with_capacity(count.min(COUNTED_ITEMS));
        for _ in 0..count {
            items.push(self.value()?);
        }
        self.depth = self.depth.saturating_sub(1);
        self.budget.leave();
        Ok(items)
    }
}

/// The bytes of a text, and all that is left of the input from where they begin.
struct Taken<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
}

impl Taken<'_> {
    #[inline]
    fn to_text(&self) -> Text {
        Text::short_ascii(self.rest, self.bytes.len())
            .unwrap_or_else(|| Text::from_bytes(self.bytes))
    }
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut decoder = formatter.debug_struct("Decoder");
        decoder.field("offset", &self.offset());
        decoder.finish_non_exhaustive()
    }
}
