use castline_core::Reader;

use super::{ArrayRef, Date, ObjectRef, ValueRef, marker};
use crate::{
    ParseError,
    amf::{Limits, TextRef, amf3, limits::Budget},
};

/// Reads a value by passing over what it contains.
#[derive(Debug, Clone)]
pub(super) struct Skimmer<'a> {
    pub(super) reader: Reader<'a>,
    budget: Budget,
    /// True when AMF3 that came before may be referred to.
    has_amf3_before: bool,
}

impl<'a> Skimmer<'a> {
    pub(super) fn new(input: &'a [u8], limits: &Limits) -> Self {
        Self {
            reader: Reader::new(input),
            budget: Budget::new(limits),
            has_amf3_before: false,
        }
    }

    /// Over what was read before, within the limits of then.
    pub(super) fn again(bytes: &'a [u8]) -> Self {
        Self::new(bytes, &Limits::NONE)
    }

    pub(super) fn value(&mut self) -> Result<ValueRef<'a>, ParseError> {
        let offset = self.reader.offset();
        self.budget.node(offset)?;
        Ok(match self.reader.u8()? {
            marker::NUMBER => ValueRef::Number(self.f64()?),
            marker::BOOLEAN => ValueRef::Boolean(self.reader.u8()? != 0),
            marker::STRING => ValueRef::String(self.short_text()?),
            marker::OBJECT => ValueRef::Object(self.members(false)?),
            marker::MOVIE_CLIP => ValueRef::MovieClip,
            marker::NULL => ValueRef::Null,
            marker::UNDEFINED => ValueRef::Undefined,
            marker::REFERENCE => ValueRef::Reference(self.reader.u16()?),
            marker::ECMA_ARRAY => ValueRef::EcmaArray {
                count: self.reader.u32()?,
                entries: self.members(true)?,
            },
            marker::STRICT_ARRAY => ValueRef::StrictArray(self.items()?),
            marker::DATE => ValueRef::Date(Date {
                unix_ms: self.f64()?,
                zone_minutes: self.reader.i16()?,
            }),
            marker::LONG_STRING => ValueRef::LongString(self.long_text()?),
            marker::UNSUPPORTED => ValueRef::Unsupported,
            marker::RECORD_SET => ValueRef::RecordSet,
            marker::XML_DOCUMENT => ValueRef::Xml(self.long_text()?),
            marker::TYPED_OBJECT => ValueRef::TypedObject {
                class_name: self.short_text()?,
                members: self.members(false)?,
            },
            marker::AVM_PLUS => ValueRef::AvmPlus(self.avm_plus()?),
            _ => return Err(ParseError::expected(offset, "an AMF0 type marker")),
        })
    }

    #[inline]
    fn f64(&mut self) -> Result<f64, ParseError> {
        Ok(f64::from_bits(self.reader.u64()?))
    }

    #[inline]
    fn short_text(&mut self) -> Result<TextRef<'a>, ParseError> {
        let len = self.reader.u16()?;
        self.text(usize::from(len))
    }

    fn long_text(&mut self) -> Result<TextRef<'a>, ParseError> {
        let len = self.reader.u32()?;
        self.text(usize::try_from(len).unwrap_or(usize::MAX))
    }

    #[inline]
    fn text(&mut self, len: usize) -> Result<TextRef<'a>, ParseError> {
        let offset = self.reader.offset();
        let bytes = self.reader.take(len)?;
        self.budget.bytes(offset, len)?;
        Ok(TextRef(bytes))
    }

    /// The next member; `None` after the end marker.
    pub(super) fn member(&mut self) -> Result<Option<(TextRef<'a>, ValueRef<'a>)>, ParseError> {
        let name = self.short_text()?;
        if name.as_bytes().is_empty() && self.reader.peek() == Some(marker::OBJECT_END) {
            self.reader.skip(1)?;
            return Ok(None);
        }
        Ok(Some((name, self.value()?)))
    }

    /// See the owned decoder's function of this name.
    fn members(&mut self, may_be_open: bool) -> Result<ObjectRef<'a>, ParseError> {
        let (start, from) = (self.reader.rest(), self.reader.offset());
        self.budget.enter(from)?;
        while !(may_be_open && self.reader.is_empty()) {
            if self.member()?.is_none() {
                break;
            }
        }
        self.budget.leave();
        Ok(ObjectRef(self.passed(start, from)))
    }

    fn items(&mut self) -> Result<ArrayRef<'a>, ParseError> {
        let offset = self.reader.offset();
        let count = usize::try_from(self.reader.u32()?).unwrap_or(usize::MAX);
        // Each item has a byte at least, so that a count beyond the input needs no reading.
        if let Some(missing @ 1..) = count.checked_sub(self.reader.remaining()) {
            return Err(ParseError::truncated(offset, missing));
        }
        self.budget.enter(offset)?;
        let (start, from) = (self.reader.rest(), self.reader.offset());
        for _ in 0..count {
            self.value()?;
        }
        self.budget.leave();
        let items = self.passed(start, from);
        Ok(ArrayRef { items, count })
    }

    fn avm_plus(&mut self) -> Result<&'a [u8], ParseError> {
        let (start, from) = (self.reader.rest(), self.reader.offset());
        let mut tables = amf3::Tables::default();
        let mut parser = amf3::Parser {
            reader: &mut self.reader,
            budget: &mut self.budget,
            tables: &mut tables,
            externals: &amf3::FlexCollections,
        };
        parser.value()?;
        // The places in its tables begin where those of the AMF3 before end.
        if self.has_amf3_before && tables.has_referred() {
            let expected = "AMF3 without references after other AMF3 (the owned form reads it)";
            return Err(ParseError::expected(from, expected));
        }
        self.has_amf3_before |= !tables.is_empty();
        Ok(self.passed(start, from))
    }

    /// What was read since the rest was `start`, at offset `from`.
    fn passed(&self, start: &'a [u8], from: usize) -> &'a [u8] {
        let len = self.reader.offset().saturating_sub(from);
        start.get(..len).unwrap_or(start)
    }
}
