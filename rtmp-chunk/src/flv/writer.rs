//! Tags as the bytes of a file or stream.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Header, TagHeader};
use crate::Tag;

/// PreviousTagSize.
const SIZE_BYTES: usize = 4;

/// A tag whose body is longer than the 24 bits of FLV can say. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tag of {body_bytes} bytes, 16777215 at most")]
#[non_exhaustive]
pub struct TagTooLarge {
    /// How long its body is.
    pub body_bytes: usize,
}

/// The bytes of one tag, made once and given to any number of viewers.
///
/// The segments are the 11 bytes of header with [`Tag::header`], the payload uncopied, and PreviousTagSize: the bytes that
/// follow the tag. A clone copies no bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedTag {
    segments: [Bytes; 3],
}

impl SharedTag {
    /// Frames a tag.
    ///
    /// # Errors
    /// [`TagTooLarge`] when its body is longer than 16,777,215 bytes.
    pub fn new(tag: &Tag) -> Result<Self, TagTooLarge> {
        let header = TagHeader::of(tag)?;
        let front = TagHeader::BYTES.saturating_add(tag.header.len());
        // One allocation for what is before the payload and what is behind it.
        let mut framing = BytesMut::with_capacity(front.saturating_add(SIZE_BYTES));
        header.encode(&mut framing);
        framing.put_slice(&tag.header);
        framing.put_u32(header.previous_tag_size());
        let mut framing = framing.freeze();
        let front = framing.split_to(front);
        Ok(Self {
            segments: [front, tag.payload.clone(), framing],
        })
    }

    /// Frames a tag into one segment: one copy, which for a short tag costs less than two more segments do for each of
    /// many viewers.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn joined(tag: &Tag) -> Result<Self, TagTooLarge> {
        let header = TagHeader::of(tag)?;
        let bytes = TagHeader::BYTES
            .saturating_add(tag.len())
            .saturating_add(SIZE_BYTES);
        let mut all = BytesMut::with_capacity(bytes);
        header.encode(&mut all);
        all.put_slice(&tag.header);
        all.put_slice(&tag.payload);
        all.put_u32(header.previous_tag_size());
        Ok(Self {
            segments: [all.freeze(), Bytes::new(), Bytes::new()],
        })
    }

    /// The bytes, in order. Segments may be empty.
    #[must_use]
    pub const fn segments(&self) -> &[Bytes; 3] {
        &self.segments
    }

    /// The bytes, in order.
    #[must_use]
    pub fn into_segments(self) -> [Bytes; 3] {
        self.segments
    }

    /// How many bytes the segments have together.
    #[must_use]
    pub fn framed_bytes(&self) -> usize {
        self.segments
            .iter()
            .map(Bytes::len)
            .fold(0, usize::saturating_add)
    }

    /// The same tag at another time: new framing around the same payload, for a viewer whose time begins at 0.
    #[must_use]
    pub fn at(&self, timestamp: u32) -> Self {
        let [front, payload, size] = &self.segments;
        let mut front = BytesMut::from(&front[..]);
        let [highest, rest @ ..] = timestamp.to_be_bytes();
        if let Some(time) = front.get_mut(4..8) {
            time.copy_from_slice(&[rest[0], rest[1], rest[2], highest]);
        }
        Self {
            segments: [front.freeze(), payload.clone(), size.clone()],
        }
    }
}

/// Writes one file or stream, and knows how long it is.
#[derive(Debug, Clone)]
pub struct Writer {
    header: Header,
    position: u64,
}

impl Writer {
    /// A writer of a file with this header. Its flags are the first thing that a player believes: say truly
    /// whether there will be sound and pictures.
    #[must_use]
    pub const fn new(header: Header) -> Self {
        Self {
            header,
            position: 0,
        }
    }

    /// What stands before the first tag: the file header and the first PreviousTagSize.
    #[must_use]
    pub fn start(&mut self) -> Bytes {
        let start = self.header.to_bytes();
        self.position = self.position.saturating_add(start.len() as u64);
        start
    }

    /// The bytes of a tag as segments, see [`SharedTag`].
    ///
    /// # Errors
    /// [`TagTooLarge`] when its body is longer than 16,777,215 bytes.
    pub fn tag(&mut self, tag: &Tag) -> Result<[Bytes; 3], TagTooLarge> {
        let shared = SharedTag::new(tag)?;
        self.position = self.position.saturating_add(shared.framed_bytes() as u64);
        Ok(shared.into_segments())
    }

    /// How many bytes were written so far: where the next tag begins.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::TagType;

    #[test]
    fn a_tag_is_its_header_its_payload_and_its_size() {
        let payload = Bytes::from_static(b"frame");
        let tag = Tag::new(TagType::Video, 0x0203_0405, payload.clone())
            .with_header(Bytes::from_static(&[0x27, 1]));
        let mut writer = Writer::new(Header::new(false, true));
        assert_eq!(writer.start()[4], 1);
        let [front, body, size] = writer.tag(&tag).unwrap();
        assert_eq!(front[..], [9, 0, 0, 7, 3, 4, 5, 2, 0, 0, 0, 0x27, 1]);
        assert_eq!(body.as_ptr(), payload.as_ptr(), "the payload is not copied");
        assert_eq!(size[..], [0, 0, 0, 18]);
        assert_eq!(writer.position(), 13 + 22);
    }

    #[test]
    fn a_shared_tag_at_another_time_shares_its_payload() {
        let tag = Tag::new(TagType::Audio, u32::MAX, Bytes::from_static(b"tone"));
        let shared = SharedTag::new(&tag).unwrap();
        let moved = shared.at(0x1234_5678);
        assert_eq!(moved.segments()[0][4..8], [0x34, 0x56, 0x78, 0x12]);
        assert_eq!(moved.segments()[1].as_ptr(), tag.payload.as_ptr());
        assert_eq!(moved.at(u32::MAX), shared);
        assert_eq!(shared.framed_bytes(), 19);
    }

    #[test]
    fn a_joined_tag_has_the_same_bytes() {
        let tag = Tag::new(TagType::Audio, 77, Bytes::from_static(b"tone"))
            .with_header(Bytes::from_static(&[0xaf, 1]));
        let (one, three) = (
            SharedTag::joined(&tag).unwrap(),
            SharedTag::new(&tag).unwrap(),
        );
        for (one, three) in [
            (&one, &three),
            (&one.at(0x0102_0304), &three.at(0x0102_0304)),
        ] {
            assert_eq!(one.segments()[0][..], three.segments().concat());
            assert_eq!(one.framed_bytes(), three.framed_bytes());
        }
    }

    #[test]
    fn a_body_of_more_than_24_bits_is_refused() {
        let body: Bytes = Vec::from_iter(core::iter::repeat_n(0, 0x0100_0000)).into();
        let longest = Tag::new(TagType::Video, 0, body.slice(1..));
        assert!(SharedTag::new(&longest).is_ok());
        let tag = Tag::new(TagType::Video, 0, body);
        let refused = SharedTag::new(&tag).unwrap_err();
        assert_eq!(refused.body_bytes, 0x0100_0000);
    }
}
