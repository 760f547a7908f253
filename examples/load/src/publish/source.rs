//! What is published: tags, each with its time, without end.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use castline_rtmp_chunk::{Tag, TagType};

use super::{
    file::Recording,
    synthetic::{Place, Synthetic},
};

/// What all publishers send.
#[derive(Debug)]
pub(crate) enum Source {
    Synthetic(Synthetic),
    Recording(Recording),
}

/// A tag and its place on the time line.
#[derive(Debug, Clone)]
pub(crate) struct TimedTag {
    pub(crate) due: Duration,
    pub(crate) tag: Tag,
}

/// How far one publisher has come.
#[derive(Debug)]
pub(crate) struct Feed {
    source: Arc<Source>,
    number: u64,
    place: Place,
}

impl Source {
    /// Metadata and sequence headers.
    pub(crate) fn headers(&self) -> Vec<Tag> {
        match self {
            Self::Synthetic(synthetic) => synthetic.headers(),
            Self::Recording(recording) => recording.headers(),
        }
    }

    pub(crate) fn feed(self: &Arc<Self>) -> Feed {
        Feed {
            source: Arc::clone(self),
            number: 0,
            place: Place::default(),
        }
    }
}

impl Feed {
    /// The next tag, in the order of their times.
    pub(crate) fn next(&mut self) -> TimedTag {
        let number = self.number;
        self.number = number.saturating_add(1);
        match &*self.source {
            Source::Synthetic(synthetic) => synthetic.next(&mut self.place),
            Source::Recording(recording) => recording.tag(number),
        }
    }
}

/// A place on the time line as a timestamp, which wraps.
#[allow(
    clippy::cast_possible_truncation,
    reason = "RTMP timestamps wrap at 32 bits"
)]
pub(crate) const fn milliseconds(place: Duration) -> u32 {
    place.as_millis() as u32
}

/// The length of what stands before the coded picture, where one can be stamped: H.264, legacy and enhanced.
fn picture_header_bytes(tag: &Tag) -> Option<usize> {
    const ENHANCED: u8 = 0x80;
    const CODED_FRAMES: u8 = 1;
    const CODED_FRAMES_X: u8 = 3;
    const AVC: u8 = 7;
    const NALU: u8 = 1;
    let body = || tag.header.iter().chain(&tag.payload).copied();
    let mut start = body();
    let (first, second) = (start.next()?, start.next()?);
    if tag.tag_type != TagType::Video {
        return None;
    }
    if first & ENHANCED == 0 {
        return (first & 0x0F == AVC && second == NALU).then_some(5);
    }
    let length = match first & 0x0F {
        CODED_FRAMES => 8,
        CODED_FRAMES_X => 5,
        _ => return None,
    };
    body().skip(1).take(4).eq(*b"avc1").then_some(length)
}

/// Puts a NAL unit in front of a picture; `None` when the tag is no picture, or none that has NAL units of H.264.
pub(crate) fn stamped(tag: &Tag, unit: impl FnOnce() -> Vec<u8>) -> Option<Tag> {
    let length = picture_header_bytes(tag)?;
    let (mut header, payload) = if tag.header.len() == length {
        (tag.header.to_vec(), tag.payload.clone())
    } else if tag.header.is_empty() {
        let header = tag.payload.get(..length)?.to_vec();
        (header, tag.payload.slice(length..))
    } else {
        return None;
    };
    header.extend(unit());
    Some(Tag::new(tag.tag_type, tag.timestamp, payload).with_header(Bytes::from(header)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(tag_type: TagType, header: &'static [u8], payload: &'static [u8]) -> Tag {
        Tag::new(tag_type, 40, Bytes::from_static(payload)).with_header(Bytes::from_static(header))
    }

    fn body(tag: &Tag) -> Vec<u8> {
        [&tag.header[..], &tag.payload].concat()
    }

    #[test]
    fn pictures_of_h264_get_a_unit_in_front_however_they_came() {
        let unit = || vec![0, 0, 0, 1, 6];
        for (header, payload) in [
            (&b"\x27\x01\0\0\0"[..], &b"pic"[..]),
            (b"", b"\x27\x01\0\0\0pic"),
            (b"\xA3avc1", b"pic"),
            (b"\x91avc1\0\0\0", b"pic"),
        ] {
            let found = stamped(&tag(TagType::Video, header, payload), unit).unwrap();
            assert!(body(&found).ends_with(b"\0\0\0\x01\x06pic"), "{found:?}");
            assert_eq!(
                (found.timestamp, found.len()),
                (40, header.len() + payload.len() + 5)
            );
        }
        for (tag_type, payload) in [
            (TagType::Video, &b"\x17\0\0\0\0\x01"[..]),
            (TagType::Video, b"\x17\x02\0\0\0"),
            (TagType::Video, b"\x91hvc1\0\0\0pic"),
            (TagType::Video, b"\x90avc1\x01"),
            (TagType::Video, b""),
            (TagType::Audio, b"\x27\x01\0\0\0"),
        ] {
            assert_eq!(
                stamped(&tag(tag_type, b"", payload), unit),
                None,
                "{payload:?}"
            );
        }
    }
}
