//! Finding the next tag in garbage.

use super::{Limits, header::Header, tag_header::TagHeader};
use crate::TagType;

/// What the search came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A tag begins behind this many bytes of garbage.
    Tag(usize),
    /// A file header does.
    FileHeader(usize),
    /// Nothing in so many bytes; the rest can only be judged when it has at least `needed`.
    Nothing { garbage: usize, needed: usize },
}

/// What is believed of a place.
enum Verdict {
    No,
    /// Not before there are so many bytes.
    Needs(usize),
    Yes,
}

/// Looks for the first place where a tag or a file header begins.
///
/// A tag is believed when its header is sound, its body begins as one of its type does, and behind the body
/// stands either its PreviousTagSize or, where that is zero or wrong, another sound header with a time near by.
/// The verdict on a place never depends on how much of the input behind it is there, only whether there is a verdict yet.
pub(super) fn find(input: &[u8], limits: &Limits) -> Found {
    let mut rest = input;
    loop {
        let garbage = input.len().saturating_sub(rest.len());
        let Some(&first) = rest.first() else {
            return Found::Nothing { garbage, needed: 1 };
        };
        let verdict = match first {
            8 | 9 | 18 => tag(rest, limits),
            b'F' => file_header(rest),
            _ => Verdict::No,
        };
        match verdict {
            Verdict::Yes if first == b'F' => return Found::FileHeader(garbage),
            Verdict::Yes => return Found::Tag(garbage),
            Verdict::Needs(needed) => return Found::Nothing { garbage, needed },
            Verdict::No => rest = rest.get(1..).unwrap_or_default(),
        }
    }
}

fn tag(input: &[u8], limits: &Limits) -> Verdict {
    let (Some(header), Some(&first)) = (sound(input), input.get(TagHeader::BYTES)) else {
        return if input.len() > TagHeader::BYTES {
            Verdict::No
        } else {
            Verdict::Needs(TagHeader::BYTES + 1)
        };
    };
    let most = limits.max_resync_tag_bytes.min(limits.max_tag_bytes);
    if header.body_bytes == 0 || header.body_bytes > most || !begins_as(header.tag_type, first) {
        return Verdict::No;
    }
    let end = header.previous_tag_size() as usize;
    let behind = input.get(end..).unwrap_or_default();
    let Some((size, behind)) = behind.split_first_chunk::<4>() else {
        return Verdict::Needs(end.saturating_add(4));
    };
    if u32::from_be_bytes(*size) == header.previous_tag_size() {
        return Verdict::Yes;
    }
    if behind.len() < TagHeader::BYTES {
        return Verdict::Needs(end.saturating_add(4 + TagHeader::BYTES));
    }
    match sound(behind) {
        Some(next) if is_near(header.timestamp, next.timestamp) => Verdict::Yes,
        _ => Verdict::No,
    }
}

fn file_header(input: &[u8]) -> Verdict {
    let Some(head) = input.get(..Header::BYTES) else {
        let is_begun = Header::SIGNATURE.starts_with(input.get(..3).unwrap_or(input));
        return if is_begun {
            Verdict::Needs(Header::BYTES)
        } else {
            Verdict::No
        };
    };
    match Header::parse(head) {
        Ok(Some(header)) if header.version == 1 && header.data_offset == Header::BYTES as u32 => {
            Verdict::Yes
        }
        _ => Verdict::No,
    }
}

/// A header that has nothing odd about it.
pub(super) fn sound(input: &[u8]) -> Option<TagHeader> {
    let header = TagHeader::parse(input).ok().flatten()?;
    (header.stream_id == 0).then_some(header)
}

/// Whether a body of this type can begin with this byte.
const fn begins_as(tag_type: TagType, first: u8) -> bool {
    match tag_type {
        // SoundFormat: all but the reserved 12 and 13, which some give to Opus; 9 is Enhanced RTMP's.
        TagType::Audio => true,
        // Enhanced RTMP, or FrameType 1 to 5 and CodecID 1 to 14.
        TagType::Video => {
            first & 0x80 != 0 || (matches!(first >> 4, 1..=5) && matches!(first & 0x0f, 1..=14))
        }
        // A name: AMF0 string; or AMF3's leading byte.
        TagType::Script => matches!(first, 0x02 | 0x00 | 0x06),
    }
}

/// Within ten seconds of each other, either way and across the wrap.
const fn is_near(one: u32, other: u32) -> bool {
    let apart = other.wrapping_sub(one);
    apart < 10_000 || apart > u32::MAX - 10_000
}
