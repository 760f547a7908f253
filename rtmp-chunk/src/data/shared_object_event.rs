//! The events of shared objects (RTMP 1.0 §7.1.3, its table of event types).

use alloc::vec::Vec;

use bytes::{BufMut, Bytes};
use castline_core::Reader;

use super::shared_object::{put_text, text, text_len};
use crate::ParseError;
use crate::amf::amf0::Value;
use crate::amf::{Limits, Text};

/// What happened, or is to happen, to a shared object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum SharedObjectEvent {
    /// 1, client: make the object mine too.
    Use,
    /// 2, client: I leave the object.
    Release,
    /// 3, client: set this property.
    RequestChange {
        /// The property.
        name: Text,
        /// What it is to be.
        value: Value,
    },
    /// 4, server: somebody set these properties.
    Change(Vec<(Text, Value)>),
    /// 5, server: the properties that you asked to change are changed.
    Success(Vec<Text>),
    /// 6, either: a message to all clients of the object: its handler's name, then arguments.
    SendMessage(Vec<Value>),
    /// 7, server: an error.
    Status {
        /// `SharedObject.NoWriteAccess` and so on.
        code: Text,
        /// `error`.
        level: Text,
    },
    /// 8, server: all properties are gone.
    Clear,
    /// 9, server: these properties are gone.
    Remove(Vec<Text>),
    /// 10, client: take this property away.
    RequestRemove {
        /// The property.
        name: Text,
    },
    /// 11, server: the object is yours too.
    UseSuccess,
    /// Any other type, or one with more data than it should have, as it came.
    Other {
        /// The type.
        kind: u8,
        /// Its data.
        data: Bytes,
    },
}

impl SharedObjectEvent {
    /// The event's type on the wire.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Use => 1,
            Self::Release => 2,
            Self::RequestChange { .. } => 3,
            Self::Change(_) => 4,
            Self::Success(_) => 5,
            Self::SendMessage(_) => 6,
            Self::Status { .. } => 7,
            Self::Clear => 8,
            Self::Remove(_) => 9,
            Self::RequestRemove { .. } => 10,
            Self::UseSuccess => 11,
            Self::Other { kind, .. } => *kind,
        }
    }

    /// Reads an event's data.
    pub(super) fn parse(
        kind: u8,
        mut data: Reader<'_>,
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        let all_data = data.rest();
        let input = &mut data;
        let event = match kind {
            1 => Self::Use,
            2 => Self::Release,
            3 => Self::RequestChange {
                name: text(input)?,
                value: value(input, limits)?,
            },
            4 => Self::Change(all(input, |input| {
                Ok((text(input)?, value(input, limits)?))
            })?),
            5 => Self::Success(all(input, text)?),
            6 => Self::SendMessage(all(input, |input| value(input, limits))?),
            7 => Self::Status {
                code: text(input)?,
                level: text(input)?,
            },
            8 => Self::Clear,
            9 => Self::Remove(all(input, text)?),
            10 => Self::RequestRemove { name: text(input)? },
            11 => Self::UseSuccess,
            kind => other(kind, input.rest()),
        };
        Ok(if kind > 11 || input.is_empty() {
            event
        } else {
            other(kind, all_data)
        })
    }

    /// How many bytes [`encode`](Self::encode) writes.
    #[must_use]
    pub(super) fn encoded_len(&self) -> usize {
        match self {
            Self::Use | Self::Release | Self::Clear | Self::UseSuccess => 0,
            Self::RequestChange { name, value } => pair_len(name, value),
            Self::Change(pairs) => sum(pairs, |(name, value)| pair_len(name, value)),
            Self::Success(names) | Self::Remove(names) => sum(names, text_len),
            Self::SendMessage(values) => sum(values, Value::encoded_len),
            Self::Status { code, level } => text_len(code).saturating_add(text_len(level)),
            Self::RequestRemove { name } => text_len(name),
            Self::Other { data, .. } => data.len(),
        }
    }

    /// Writes the event's data.
    pub(super) fn encode(&self, out: &mut impl BufMut) {
        match self {
            Self::Use | Self::Release | Self::Clear | Self::UseSuccess => {}
            Self::RequestChange { name, value } => {
                put_text(out, name);
                value.encode(out);
            }
            Self::Change(pairs) => {
                for (name, value) in pairs {
                    put_text(out, name);
                    value.encode(out);
                }
            }
            Self::Success(names) | Self::Remove(names) => {
                names.iter().for_each(|name| put_text(out, name));
            }
            Self::SendMessage(values) => values.iter().for_each(|value| value.encode(out)),
            Self::Status { code, level } => {
                put_text(out, code);
                put_text(out, level);
            }
            Self::RequestRemove { name } => put_text(out, name),
            Self::Other { data, .. } => out.put_slice(data),
        }
    }
}

fn other(kind: u8, data: &[u8]) -> SharedObjectEvent {
    let data = Bytes::copy_from_slice(data);
    SharedObjectEvent::Other { kind, data }
}

fn value(input: &mut Reader<'_>, limits: &Limits) -> Result<Value, ParseError> {
    let start = input.offset();
    let (value, len) =
        Value::parse(input.rest(), limits).map_err(|error| error.moved(start as u64))?;
    input.skip(len)?;
    Ok(value)
}

fn all<'a, T>(
    input: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>) -> Result<T, ParseError>,
) -> Result<Vec<T>, ParseError> {
    let mut found = Vec::new();
    while !input.is_empty() {
        found.push(read(input)?);
    }
    Ok(found)
}

fn pair_len(name: &Text, value: &Value) -> usize {
    text_len(name).saturating_add(value.encoded_len())
}

fn sum<T>(items: &[T], len: impl Fn(&T) -> usize) -> usize {
    items.iter().map(len).fold(0, usize::saturating_add)
}
