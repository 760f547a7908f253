use alloc::vec::Vec;

use super::{Parser, Value};
use crate::ParseError;

/// Knows how classes write their objects that have a way of their own (AMF3 §3.12, externalizable).
///
/// Nothing on the wire says where such an object ends, so that an unknown class ends the reading. A function
/// of the same shape is one too.
pub trait Externals {
    /// Reads one object of a class from `body`, which takes note of all that is read: that is the object.
    ///
    /// # Errors
    /// [`ExternalReader::unknown_class`] for classes that are not known, and whatever `body` returns.
    fn read(
        &self,
        class_name: &str,
        body: &mut ExternalReader<'_, '_, '_>,
    ) -> Result<(), ParseError>;
}

impl<F> Externals for F
where
    F: Fn(&str, &mut ExternalReader<'_, '_, '_>) -> Result<(), ParseError>,
{
    fn read(
        &self,
        class_name: &str,
        body: &mut ExternalReader<'_, '_, '_>,
    ) -> Result<(), ParseError> {
        self(class_name, body)
    }
}

/// Knows no class.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has no state")]
pub struct NoExternals;

impl Externals for NoExternals {
    fn read(&self, _: &str, body: &mut ExternalReader<'_, '_, '_>) -> Result<(), ParseError> {
        Err(body.unknown_class())
    }
}

/// Knows the collections of Flex, each of which is one value: the default.
#[derive(Debug, Clone, Copy, Default)]
#[allow(clippy::exhaustive_structs, reason = "it has no state")]
pub struct FlexCollections;

impl Externals for FlexCollections {
    fn read(
        &self,
        class_name: &str,
        body: &mut ExternalReader<'_, '_, '_>,
    ) -> Result<(), ParseError> {
        match class_name {
            "flex.messaging.io.ArrayCollection"
            | "flex.messaging.io.ArrayList"
            | "flex.messaging.io.ObjectProxy"
            | "mx.collections.ArrayCollection"
            | "mx.collections.ArrayList"
            | "mx.utils.ObjectProxy" => body.value().map(|_| ()),
            _ => Err(body.unknown_class()),
        }
    }
}

/// A piece of an object that its class wrote in a way of its own.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::exhaustive_enums, reason = "IDataInput has these two kinds")]
pub enum ExternalPart {
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// A value of AMF3.
    Value(Value),
}

impl ExternalPart {
    /// The value.
    #[must_use]
    pub const fn as_value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            Self::Bytes(_) => None,
        }
    }
}

/// What an externalizable class reads from; each read becomes a part of the object.
#[allow(missing_debug_implementations, reason = "it borrows a reader's inside")]
pub struct ExternalReader<'r, 'p, 'a> {
    parser: &'r mut Parser<'p, 'a>,
    start: usize,
    parts: Vec<ExternalPart>,
}

impl<'r, 'p, 'a> ExternalReader<'r, 'p, 'a> {
    pub(super) fn new(parser: &'r mut Parser<'p, 'a>, start: usize) -> Self {
        Self {
            parser,
            start,
            parts: Vec::new(),
        }
    }

    pub(super) fn into_parts(self) -> Vec<ExternalPart> {
        self.parts
    }

    /// Bytes as they are.
    ///
    /// # Errors
    /// When the input or the budget ends before.
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], ParseError> {
        let bytes = self.parser.take(len)?;
        match self.parts.last_mut() {
            Some(ExternalPart::Bytes(before)) => before.extend_from_slice(bytes),
            _ if bytes.is_empty() => {}
            Some(ExternalPart::Value(_)) | None => {
                self.parts.push(ExternalPart::Bytes(bytes.to_vec()));
            }
        }
        Ok(bytes)
    }

    /// One byte.
    ///
    /// # Errors
    /// When the input or the budget ends before.
    pub fn u8(&mut self) -> Result<u8, ParseError> {
        let offset = self.parser.offset();
        let byte = self.bytes(1)?.first().copied();
        byte.ok_or_else(|| ParseError::truncated(offset, 1))
    }

    /// One value of AMF3, with the tables of the message it is in.
    ///
    /// # Errors
    /// As for any value.
    pub fn value(&mut self) -> Result<&Value, ParseError> {
        let value = self.parser.value()?;
        self.parts.push(ExternalPart::Value(value));
        let last = self.parts.last().and_then(ExternalPart::as_value);
        last.ok_or_else(|| ParseError::truncated(self.start, 1))
    }

    /// How many bytes are left in the message.
    #[must_use]
    pub fn remaining(&self) -> usize {
        self.parser.remaining()
    }

    /// The error for a class that is not known.
    #[must_use]
    pub fn unknown_class(&self) -> ParseError {
        ParseError::expected(self.start, "an externalizable class that is known")
    }
}
