//! NAL units in the forms that encoders send, and the canonical one.

use bytes::Bytes;
use castline_codec::{LengthSize, annexb_to_length_prefixed};
use castline_core::Reader;

use super::event::{DemuxerCounters, count};

/// Bytes up to the end of the last whole unit, and whether that is all and holds a unit.
fn whole_units(data: &[u8], length_size: LengthSize) -> (usize, bool) {
    let mut reader = Reader::new(data);
    let mut end = 0;
    let mut any = false;
    while !reader.is_empty() {
        let length = match length_size {
            LengthSize::One => reader.u8().map(u32::from),
            LengthSize::Two => reader.u16().map(u32::from),
            LengthSize::Three => reader.u24(),
            LengthSize::Four => reader.u32(),
        };
        let Ok(unit) = length.and_then(|length| reader.take(length as usize)) else {
            return (end, false);
        };
        // forbidden_zero_bit: what has it set is no NAL unit.
        if unit.first().is_some_and(|&first| first & 0x80 != 0) {
            return (end, false);
        }
        any |= !unit.is_empty();
        end = reader.offset();
    }
    (end, any)
}

/// Units of this length size, and nothing else.
pub(super) fn is_whole(data: &[u8], length_size: LengthSize) -> bool {
    whole_units(data, length_size).1
}

/// Begins as an Annex B byte stream does.
pub(super) fn has_start_code(data: &[u8]) -> bool {
    data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1])
}

/// A picture in canonical form; `None` when there is no unit in it. Without a copy where the lengths
/// have 4 bytes. A unit of 1 byte makes the lengths look like a start code: what reads as whole units
/// counts as that, and only then as Annex B. A part of a unit at the end is left out.
pub(super) fn canonical(
    data: Bytes,
    length_size: LengthSize,
    counters: &mut DemuxerCounters,
) -> Option<Bytes> {
    let (end, is_whole) = whole_units(&data, length_size);
    if is_whole {
        return length_size.canonical(data).ok();
    }
    if has_start_code(&data) {
        let converted = annexb_to_length_prefixed(&data);
        if !converted.is_empty() {
            count(&mut counters.annex_b);
            return Some(converted);
        }
    }
    let units = data.slice(..end);
    if !self::is_whole(&units, length_size) {
        return None;
    }
    count(&mut counters.cut);
    length_size.canonical(units).ok()
}
