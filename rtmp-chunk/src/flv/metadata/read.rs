//! `onMetaData` read without making values of the index, which may have a million numbers.

use castline_core::Reader;

use super::{KEYFRAMES, Metadata, POSITIONS, TIMES, milliseconds, whole};
use crate::{
    ParseError,
    amf::{
        Limits, Text,
        amf0::{Object, Value},
    },
    flv::index::{Keyframe, KeyframeIndex},
};

const NUMBER: u8 = 0x00;
const OBJECT: u8 = 0x03;
const ECMA_ARRAY: u8 = 0x08;
const STRICT_ARRAY: u8 = 0x0a;

/// Reads the first object or ECMA array among the values of `body`.
pub(super) fn read(body: &[u8], limits: &Limits) -> Result<Metadata, ParseError> {
    let mut values = Values {
        input: Reader::new(body),
        limits: *limits,
    };
    while let Some(marker) = values.input.peek() {
        if matches!(marker, OBJECT | ECMA_ARRAY) {
            return values.metadata();
        }
        values.value()?;
    }
    Ok(Metadata::default())
}

struct Values<'a> {
    input: Reader<'a>,
    /// What is left of them.
    limits: Limits,
}

impl<'a> Values<'a> {
    fn metadata(&mut self) -> Result<Metadata, ParseError> {
        let (mut properties, mut index) = (Object::new(), KeyframeIndex::default());
        self.open()?;
        while let Some(name) = self.name()? {
            if name == KEYFRAMES.as_bytes()
                && matches!(self.input.peek(), Some(OBJECT | ECMA_ARRAY))
            {
                index = self.keyframes()?;
            } else {
                let value = self.value()?;
                properties.push(Text::from_bytes(name), value);
            }
        }
        Ok(Metadata { properties, index })
    }

    /// Over the marker of an object or ECMA array, and the count that nothing depends on.
    fn open(&mut self) -> Result<(), ParseError> {
        if self.input.u8()? == ECMA_ARRAY {
            self.input.skip(4)?;
        }
        Ok(())
    }

    /// The name of the next member; `None` at the end, which may also be that of the input.
    fn name(&mut self) -> Result<Option<&'a [u8]>, ParseError> {
        if self.input.is_empty() {
            return Ok(None);
        }
        if self.input.rest().starts_with(&[0, 0, 9]) {
            self.input.skip(3)?;
            return Ok(None);
        }
        let len = self.input.u16()?;
        Ok(Some(self.input.take(usize::from(len))?))
    }

    fn value(&mut self) -> Result<Value, ParseError> {
        let start = self.input.offset() as u64;
        let (value, len) =
            Value::parse(self.input.rest(), &self.limits).map_err(|error| error.moved(start))?;
        self.input.skip(len)?;
        self.limits.max_nodes = self.limits.max_nodes.saturating_sub(nodes(&value));
        self.limits.max_bytes = self.limits.max_bytes.saturating_sub(len);
        Ok(value)
    }

    fn keyframes(&mut self) -> Result<KeyframeIndex, ParseError> {
        let (mut times, mut positions) = (Numbers::default(), Numbers::default());
        self.open()?;
        while let Some(name) = self.name()? {
            let numbers = self.numbers()?;
            if name == TIMES.as_bytes() {
                times = numbers;
            } else if name == POSITIONS.as_bytes() {
                positions = numbers;
            }
        }
        let mut index = KeyframeIndex::default();
        for (time, position) in times.zip(positions) {
            let timestamp = milliseconds(time).and_then(|ms| u32::try_from(ms).ok());
            if let (Some(timestamp), Some(position)) = (timestamp, whole(position)) {
                index.push(Keyframe {
                    timestamp,
                    position,
                });
            }
        }
        Ok(index)
    }

    /// The numbers at the start of an array, which is stepped over whole.
    fn numbers(&mut self) -> Result<Numbers<'a>, ParseError> {
        if self.input.peek() != Some(STRICT_ARRAY) {
            self.value()?;
            return Ok(Numbers::default());
        }
        self.input.skip(1)?;
        let count = self.input.u32()? as usize;
        let all = self.input.rest();
        let numbers = all
            .chunks_exact(9)
            .take(count)
            .take_while(|item| item.first() == Some(&NUMBER));
        let found = numbers.count();
        self.input.skip(found.saturating_mul(9))?;
        for _ in found..count {
            self.value()?;
        }
        Ok(Numbers(
            all.get(..found.saturating_mul(9)).unwrap_or_default(),
        ))
    }
}

/// Numbers as they are in the input: a marker and eight bytes each.
#[derive(Default, Clone, Copy)]
struct Numbers<'a>(&'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        let (&[_, number @ ..], rest) = self.0.split_first_chunk::<9>()?;
        self.0 = rest;
        Some(f64::from_be_bytes(number))
    }
}

/// How many values there are in one. As deep as the parser went.
fn nodes(value: &Value) -> usize {
    let members = value.as_object().map_or(0, |object| {
        object.iter().map(|(_, value)| nodes(value)).sum()
    });
    let items: usize = value
        .as_array()
        .map_or(0, |items| items.iter().map(nodes).sum());
    items.saturating_add(members).saturating_add(1)
}
