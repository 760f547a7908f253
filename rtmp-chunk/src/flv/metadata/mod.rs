//! `onMetaData`, the script tag at the head of a file, with the keyframe index that most files have in it.

mod read;

use bytes::{BufMut, Bytes, BytesMut};

use super::index::{Keyframe, KeyframeIndex};
use crate::{
    ParseError, Tag, TagType,
    amf::{
        Limits,
        amf0::{Object, Value},
    },
};

const NAME: &str = "onMetaData";
/// What publishers put before it; files should not have it, some do.
const SET_DATA_FRAME: &str = "@setDataFrame";
const KEYFRAMES: &str = "keyframes";
const TIMES: &str = "times";
const POSITIONS: &str = "filepositions";
/// Room for an index that will grow. Readers skip what they do not know.
const SPACER: &str = "spacer";
const NUMBER_BYTES: usize = 9;

/// What a file or stream says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// Everything but the keyframe index, in order.
    pub properties: Object,
    /// The keyframe index, empty where there is none.
    pub index: KeyframeIndex,
}

impl Metadata {
    /// Metadata of these properties, without an index.
    #[must_use]
    pub fn new(properties: Object) -> Self {
        Self {
            properties,
            index: KeyframeIndex::default(),
        }
    }

    /// Reads the body of a script tag; `None` when it is another than `onMetaData`.
    ///
    /// Index entries that go back are left out, as are times without a position and the other way round. The index
    /// takes 16 bytes an entry, at most [`KeyframeIndex::DEFAULT_MAX_KEYFRAMES`] of them, and does not count for the
    /// limits; of a longer one each second entry is taken, and so forth.
    ///
    /// # Errors
    /// [`ParseError`] when it is `onMetaData` and broken, or beyond the limits.
    pub fn parse(body: &[u8], limits: &Limits) -> Result<Option<Self>, ParseError> {
        if !is_metadata(body) {
            return Ok(None);
        }
        read::read(body, limits).map(Some)
    }

    /// A number among the properties.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let number = self.properties.get(name)?.as_f64()?;
        number.is_finite().then_some(number)
    }

    /// The `duration`, in milliseconds; `None` when it is not there, or 0 as in streams without an end.
    #[must_use]
    pub fn duration_ms(&self) -> Option<u64> {
        let ms = milliseconds(self.number("duration")?)?;
        (ms > 0).then_some(ms)
    }

    /// The script tag, at time 0.
    #[must_use]
    pub fn to_tag(&self) -> Tag {
        self.tag_with_room(0)
    }

    /// The script tag with room for so many more entries of the index.
    pub(super) fn tag_with_room(&self, entries: usize) -> Tag {
        let keyframes = self.index.keyframes();
        let room = keyframes.len().saturating_add(entries);
        let estimate = room.saturating_mul(NUMBER_BYTES.saturating_mul(2));
        let mut out = BytesMut::with_capacity(estimate.saturating_add(512));
        Value::from(NAME).encode(&mut out);
        let has_index = room > 0;
        let count = self.properties.len().saturating_add(usize::from(has_index));
        out.put_u8(0x08);
        out.put_u32(u32::try_from(count).unwrap_or(u32::MAX));
        for (name, value) in self.properties.members() {
            put_name(&mut out, name.as_bytes());
            value.encode(&mut out);
        }
        if has_index {
            put_index(&mut out, keyframes, entries);
        }
        put_end(&mut out);
        Tag::new(TagType::Script, 0, out.freeze())
    }
}

/// Whether a script tag's body is `onMetaData`.
pub(super) fn is_metadata(body: &[u8]) -> bool {
    let body = strip_string(body, SET_DATA_FRAME).unwrap_or(body);
    strip_string(body, NAME).is_some()
}

pub(super) fn is_metadata_tag(tag: &Tag) -> bool {
    tag.tag_type == TagType::Script && is_metadata(&whole_body(tag))
}

/// The body in one piece; copied only where it is in two.
pub(super) fn whole_body(tag: &Tag) -> Bytes {
    if tag.header.is_empty() {
        return tag.payload.clone();
    }
    let mut body = BytesMut::with_capacity(tag.len());
    body.put_slice(&tag.header);
    body.put_slice(&tag.payload);
    body.freeze()
}

fn strip_string<'a>(body: &'a [u8], text: &str) -> Option<&'a [u8]> {
    let (&[marker, a, b], rest) = body.split_first_chunk()?;
    let is_right = marker == 0x02 && usize::from(u16::from_be_bytes([a, b])) == text.len();
    rest.strip_prefix(text.as_bytes()).filter(|_| is_right)
}

fn put_index(out: &mut BytesMut, keyframes: &[Keyframe], room: usize) {
    put_name(out, KEYFRAMES.as_bytes());
    out.put_u8(0x03);
    let times = keyframes
        .iter()
        .map(|keyframe| seconds(u64::from(keyframe.timestamp)));
    put_numbers(out, TIMES, times);
    put_numbers(
        out,
        POSITIONS,
        keyframes.iter().map(|keyframe| number(keyframe.position)),
    );
    put_numbers(
        out,
        SPACER,
        core::iter::repeat_n(0.0, room.saturating_mul(2)),
    );
    put_end(out);
}

fn put_numbers(out: &mut BytesMut, name: &str, numbers: impl ExactSizeIterator<Item = f64>) {
    put_name(out, name.as_bytes());
    out.put_u8(0x0a);
    out.put_u32(u32::try_from(numbers.len()).unwrap_or(u32::MAX));
    for number in numbers {
        out.put_u8(0);
        out.put_f64(number);
    }
}

fn put_name(out: &mut BytesMut, name: &[u8]) {
    // As AMF0 has it: a name of more than 65,535 bytes is cut.
    let len = u16::try_from(name.len()).unwrap_or(u16::MAX);
    out.put_u16(len);
    out.put_slice(name.get(..usize::from(len)).unwrap_or(name));
}

fn put_end(out: &mut BytesMut) {
    out.put_slice(&[0, 0, 9]);
}

/// Milliseconds of a time in seconds, rounded.
pub(super) fn milliseconds(seconds: f64) -> Option<u64> {
    whole(seconds * 1000.0 + 0.5)
}

/// The whole part of what is neither negative nor beyond what `f64` can count.
fn whole(number: f64) -> Option<u64> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked"
    )]
    (0.0..=MOST).contains(&number).then_some(number as u64)
}

pub(super) fn seconds(ms: u64) -> f64 {
    number(ms) / 1000.0
}

/// AMF's only number: exact up to 2^53.
#[allow(clippy::cast_precision_loss, reason = "positions are below 2^53")]
pub(super) const fn number(value: u64) -> f64 {
    value as f64
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn metadata() -> Metadata {
        let mut metadata = Metadata::new(
            Object::new()
                .with("duration", 12.345)
                .with("encoder", "test"),
        );
        for (timestamp, position) in [(0, 500), (1001, 9_000_000_000), (2002, 9_000_000_123)] {
            metadata.index.push(Keyframe {
                timestamp,
                position,
            });
        }
        metadata
    }

    #[test]
    fn the_index_is_read_as_it_was_written() {
        let metadata = metadata();
        let body = metadata.to_tag().payload;
        let read = Metadata::parse(&body, &Limits::default()).unwrap().unwrap();
        assert_eq!(read, metadata);
        assert_eq!(read.duration_ms(), Some(12_345));
    }

    #[test]
    fn room_is_used_up_entry_by_entry() {
        let full = metadata();
        let empty = Metadata::new(full.properties.clone());
        let len = full.tag_with_room(5).len();
        assert_eq!(empty.tag_with_room(8).len(), len);
        let body = full.tag_with_room(5).payload;
        assert_eq!(
            Metadata::parse(&body, &Limits::default()).unwrap().unwrap(),
            full
        );
    }

    #[test]
    fn a_publishers_prefix_is_read_over() {
        let mut body = Vec::new();
        Value::from(SET_DATA_FRAME).encode(&mut body);
        body.extend_from_slice(&metadata().to_tag().payload);
        let read = Metadata::parse(&body, &Limits::default()).unwrap();
        assert_eq!(read, Some(metadata()));
    }

    #[test]
    fn other_script_data_is_not_metadata() {
        for body in [
            &b""[..],
            &[0x02],
            b"\x02\0\x0aonCuePoint\x05",
            b"\x02\0\x0bonMetaData\x05",
            &[0, 1, 2, 3],
        ] {
            assert_eq!(Metadata::parse(body, &Limits::default()), Ok(None));
        }
    }

    #[test]
    fn a_lying_index_is_read_as_far_as_it_makes_sense() {
        let nan = Value::from(f64::NAN);
        let times = [
            Value::from(0.0),
            nan,
            Value::from(2.0),
            Value::from(-1.0),
            Value::from(3.0),
            Value::from(4.0),
        ];
        let positions = [100.0, 200.0, 300.0, 400.0, 50.0].map(Value::from);
        let keyframes = Object::new()
            .with(TIMES, Value::StrictArray(times.to_vec()))
            .with(POSITIONS, Value::StrictArray(positions.to_vec()));
        let tag = Metadata::new(Object::new().with(KEYFRAMES, keyframes)).to_tag();
        let read = Metadata::parse(&tag.payload, &Limits::default())
            .unwrap()
            .unwrap();
        let times: Vec<u32> = read
            .index
            .keyframes()
            .iter()
            .map(|keyframe| keyframe.timestamp)
            .collect();
        assert_eq!(times, [0, 2000]);
        assert!(read.properties.is_empty());
    }

    #[test]
    fn broken_metadata_is_an_error_and_limits_hold() {
        let body = metadata().to_tag().payload;
        assert!(Metadata::parse(&body[..30], &Limits::default()).is_err());
        let few = Limits::default().with_max_nodes(1);
        assert!(Metadata::parse(&body, &few).is_err());
    }
}
