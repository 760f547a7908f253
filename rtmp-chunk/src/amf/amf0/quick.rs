//! The short path of the encoder: numbers, booleans, strings of up to 64 bytes and nothing, with short names, which is
//! what most messages have, written into room that is there already, by copies whose sizes the compiler knows.

use super::{Value, marker};
use crate::amf::{Text, sink::WINDOW, text::INLINE};

/// A value, alone or as a member with its name.
pub(super) trait Entry {
    fn name(&self) -> Option<&Text>;

    fn value(&self) -> &Value;

    /// Writes it, if it is short, and returns its length.
    fn write(&self, room: &mut [u8; WINDOW]) -> Option<usize>;
}

impl Entry for Value {
    fn name(&self) -> Option<&Text> {
        None
    }

    fn value(&self) -> &Value {
        self
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured")]
    fn write(&self, room: &mut [u8; WINDOW]) -> Option<usize> {
        value(self, room.first_chunk_mut()?)
    }
}

impl Entry for (Text, Value) {
    fn name(&self) -> Option<&Text> {
        Some(&self.0)
    }

    fn value(&self) -> &Value {
        &self.1
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "measured")]
    fn write(&self, room: &mut [u8; WINDOW]) -> Option<usize> {
        let (name, len) = self.0.inline()?;
        let [high, low, bytes @ ..] = room;
        (*high, *low) = (0, len);
        *bytes.first_chunk_mut()? = *name;
        let name_len = 2 + usize::from(len);
        let len = value(&self.1, room.get_mut(name_len..)?.first_chunk_mut()?)?;
        Some(name_len + len)
    }
}

/// Writes the first entries as far as they are short and there is room; returns how many, and their length.
#[inline]
pub(super) fn write<E: Entry>(entries: &[E], room: &mut [u8]) -> (usize, usize) {
    let (mut count, mut len) = (0, 0);
    for entry in entries {
        let window = room.get_mut(len..).and_then(|room| room.first_chunk_mut());
        let Some(written) = window.and_then(|window| entry.write(window)) else {
            break;
        };
        count += 1;
        len += written;
    }
    (count, len)
}

/// How many of the first entries are short, or nearly so, and how long they are.
pub(super) fn count<E: Entry>(entries: &[E]) -> (usize, usize) {
    let (mut count, mut len) = (0, 0usize);
    for entry in entries {
        let name_len = entry.name().map_or(0, |name| 2 + name.as_bytes().len());
        let Some(value_len) = short_len(entry.value()).filter(|_| name_len <= SHORT) else {
            break;
        };
        count += 1;
        len = len.saturating_add(name_len + value_len);
    }
    (count, len)
}

const SHORT: usize = 255;

#[inline]
#[allow(clippy::wildcard_enum_match_arm, reason = "the rest is not short")]
fn short_len(value: &Value) -> Option<usize> {
    match value {
        Value::Number(_) => Some(9),
        Value::Boolean(_) => Some(2),
        Value::String(text) => Some(text.as_bytes().len())
            .filter(|&len| len <= SHORT)
            .map(|len| 3 + len),
        Value::Null | Value::Undefined => Some(1),
        _ => None,
    }
}

#[inline]
pub(super) fn number(number: f64) -> [u8; 9] {
    let mut bytes = [marker::NUMBER; 9];
    let [_, rest @ ..] = &mut bytes;
    *rest = number.to_be_bytes();
    bytes
}

/// What is left of the room after a short name.
const VALUE: usize = WINDOW - 2 - INLINE;

#[inline(always)]
#[allow(clippy::inline_always, reason = "measured")]
#[allow(clippy::wildcard_enum_match_arm, reason = "the rest is not short")]
fn value(value: &Value, room: &mut [u8; VALUE]) -> Option<usize> {
    match value {
        Value::Number(it) => {
            *room.first_chunk_mut()? = number(*it);
            Some(9)
        }
        Value::Boolean(truth) => {
            *room.first_chunk_mut()? = [marker::BOOLEAN, u8::from(*truth)];
            Some(2)
        }
        Value::String(text) => string(text, room),
        Value::Null => {
            *room.first_chunk_mut()? = [marker::NULL];
            Some(1)
        }
        Value::Undefined => {
            *room.first_chunk_mut()? = [marker::UNDEFINED];
            Some(1)
        }
        _ => None,
    }
}

#[inline(always)]
#[allow(clippy::inline_always, reason = "measured")]
fn string(text: &Text, room: &mut [u8; VALUE]) -> Option<usize> {
    let [marker, high, low, room @ ..] = room;
    (*marker, *high) = (marker::STRING, 0);
    if let Some((bytes, len)) = text.inline() {
        *low = len;
        *room.first_chunk_mut()? = *bytes;
        return Some(3 + usize::from(len));
    }
    let bytes = text.as_bytes();
    *low = u8::try_from(bytes.len()).ok()?;
    if bytes.len() < 32 {
        both_ends::<16>(bytes, room)?;
    } else {
        both_ends::<32>(bytes, room)?;
    }
    Some(3 + bytes.len())
}

/// Copies `N` to 2 `N` bytes: the first `N` and the last `N`, which overlap.
#[inline]
fn both_ends<const N: usize>(bytes: &[u8], room: &mut [u8]) -> Option<()> {
    let last_at = bytes.len().checked_sub(N).filter(|&at| at <= N)?;
    *room.first_chunk_mut()? = *bytes.first_chunk::<N>()?;
    *room.get_mut(last_at..)?.first_chunk_mut()? = *bytes.last_chunk::<N>()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use alloc::{string::String, vec, vec::Vec};

    use super::super::{Object, encode::encoded_len, encode_all, to_vec};
    use super::*;

    fn plain(name: &str, text: &str) -> Vec<u8> {
        let len = |text: &str| u16::try_from(text.len()).unwrap_or_default().to_be_bytes();
        let text_len = len(text);
        [
            &[marker::OBJECT][..],
            &len(name),
            name.as_bytes(),
            &[marker::STRING],
            &text_len,
            text.as_bytes(),
            &len(name),
            name.as_bytes(),
            &[marker::NUMBER, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
            &[0, 0, marker::OBJECT_END, marker::NULL, marker::BOOLEAN, 1],
        ]
        .concat()
    }

    #[test]
    fn names_and_strings_of_any_length_at_any_place_are_as_when_written_plainly() {
        for name_len in [0, 1, 21, 22, 23, 31, 32, 64, 255, 256, 600] {
            for text_len in (0..140).chain(250..260).chain([511, 512, 513, 2000]) {
                let letters = |len| "abcdefghijklmnopqrstuvwxyz".chars().cycle().take(len);
                let (name, text) = (
                    letters(name_len).collect::<String>(),
                    letters(text_len).collect::<String>(),
                );
                let mut object = Object::new();
                object.push(name.as_str(), text.as_str());
                object.push(name.as_str(), 1);
                let values = [object.into(), Value::Null, true.into()];
                let bytes = to_vec(&values);
                assert_eq!(bytes, plain(&name, &text), "{name_len} {text_len}");
                let mut out = vec![0; 3];
                encode_all(&values, &mut out);
                assert_eq!(out.get(3..), Some(bytes.as_slice()));
                assert_eq!(encoded_len(&values), bytes.len());
            }
        }
    }

    #[test]
    fn the_vector_grows_under_many_short_values() {
        let values: Vec<Value> = (0..5000).map(Value::from).collect();
        let bytes = to_vec(&values);
        let one_by_one: Vec<u8> = values
            .iter()
            .flat_map(|value| to_vec(core::slice::from_ref(value)))
            .collect();
        assert_eq!(bytes, one_by_one);
        assert_eq!(bytes.len(), 45_000);
    }
}
