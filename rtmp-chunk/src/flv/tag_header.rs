//! The 11 bytes before every tag's body (Annex E.4.1).

use bytes::{BufMut, Bytes};
use castline_core::Reader;

use super::TagTooLarge;
use crate::{ParseError, Tag, TagType};

/// The framing of one tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TagHeader {
    /// What the tag holds.
    pub tag_type: TagType,
    /// The filter bit: the body is encrypted (Annex F).
    pub is_encrypted: bool,
    /// How long the body is; 24 bits on the wire.
    pub body_bytes: u32,
    /// In milliseconds; the fourth byte on the wire is the highest of the 32 bits.
    pub timestamp: u32,
    /// Always 0, they say; 24 bits on the wire.
    pub stream_id: u32,
}

impl TagHeader {
    /// How many bytes a tag header has.
    pub const BYTES: usize = 11;
    /// The longest body that 24 bits can say.
    pub const MAX_BODY_BYTES: u32 = 0x00ff_ffff;

    /// The header of a tag in stream 0.
    #[must_use]
    pub const fn new(tag_type: TagType, timestamp: u32, body_bytes: u32) -> Self {
        Self {
            tag_type,
            is_encrypted: false,
            body_bytes,
            timestamp,
            stream_id: 0,
        }
    }

    /// The header that belongs to a tag.
    ///
    /// # Errors
    /// [`TagTooLarge`] when its body is longer than 16,777,215 bytes.
    pub fn of(tag: &Tag) -> Result<Self, TagTooLarge> {
        match u32::try_from(tag.len()) {
            Ok(body_bytes) if body_bytes <= Self::MAX_BODY_BYTES => {
                Ok(Self::new(tag.tag_type, tag.timestamp, body_bytes))
            }
            _ => Err(TagTooLarge {
                body_bytes: tag.len(),
            }),
        }
    }

    pub(super) const fn into_tag(self, body: Bytes) -> Tag {
        Tag::new(self.tag_type, self.timestamp, body)
    }

    /// Reads a header. `Ok(None)`: more bytes are needed.
    ///
    /// # Errors
    /// [`ParseError`] when the type is none of FLV's, or reserved bits are set.
    pub fn parse(input: &[u8]) -> Result<Option<Self>, ParseError> {
        let mut reader = Reader::new(input);
        if reader.remaining() < Self::BYTES {
            return Ok(None);
        }
        let first = reader.u8()?;
        let Some(tag_type) = tag_type(first & 0x1f).filter(|_| first & 0xc0 == 0) else {
            return Err(ParseError::expected(0, "a tag of type 8, 9 or 18"));
        };
        let body_bytes = reader.u24()?;
        let timestamp = reader.u24()?;
        let extended = u32::from(reader.u8()?);
        Ok(Some(Self {
            tag_type,
            is_encrypted: first & 0x20 != 0,
            body_bytes,
            timestamp: timestamp | extended.wrapping_shl(24),
            stream_id: reader.u24()?,
        }))
    }

    /// Writes the 11 bytes; of `body_bytes` and `stream_id` their lower 24 bits.
    pub fn encode(&self, out: &mut impl BufMut) {
        let filter = if self.is_encrypted { 0x20 } else { 0 };
        out.put_u8(self.tag_type as u8 | filter);
        out.put_uint(u64::from(self.body_bytes & Self::MAX_BODY_BYTES), 3);
        out.put_uint(u64::from(self.timestamp & 0x00ff_ffff), 3);
        out.put_u8(self.timestamp.to_be_bytes()[0]);
        out.put_uint(u64::from(self.stream_id & 0x00ff_ffff), 3);
    }

    /// The PreviousTagSize that belongs behind the tag: its header and body.
    #[must_use]
    pub const fn previous_tag_size(&self) -> u32 {
        self.body_bytes.saturating_add(Self::BYTES as u32)
    }

    /// Header, body and PreviousTagSize in bytes: from one tag to the next.
    #[must_use]
    pub const fn framed_bytes(&self) -> u64 {
        (self.body_bytes as u64).saturating_add(Self::BYTES as u64 + 4)
    }
}

const fn tag_type(number: u8) -> Option<TagType> {
    Some(match number {
        8 => TagType::Audio,
        9 => TagType::Video,
        18 => TagType::Script,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    fn any_tag_type() -> impl Strategy<Value = TagType> {
        prop_oneof![
            Just(TagType::Audio),
            Just(TagType::Video),
            Just(TagType::Script)
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            tag_type in any_tag_type(), is_encrypted: bool, body_bytes in 0..=0x00ff_ffff_u32,
            timestamp: u32, stream_id in 0..=0x00ff_ffff_u32,
        ) {
            let header = TagHeader { tag_type, is_encrypted, body_bytes, timestamp, stream_id };
            let mut bytes = Vec::new();
            header.encode(&mut bytes);
            prop_assert_eq!(bytes.len(), TagHeader::BYTES);
            prop_assert_eq!(TagHeader::parse(&bytes), Ok(Some(header)));
            prop_assert_eq!(TagHeader::parse(&bytes[..10]), Ok(None));
        }
    }

    #[test]
    fn the_extended_timestamp_is_the_highest_byte() {
        let bytes = [9, 0, 0, 5, 0x34, 0x56, 0x78, 0x12, 0, 0, 0];
        let header = TagHeader::parse(&bytes).unwrap().unwrap();
        assert_eq!(header.timestamp, 0x1234_5678);
        assert_eq!(
            (header.previous_tag_size(), header.framed_bytes()),
            (16, 20)
        );
    }

    #[test]
    fn other_types_and_reserved_bits_are_errors() {
        for first in [0, 1, 10, 15, 17, 19, 0x48, 0x89] {
            let bytes = [first, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0];
            assert!(TagHeader::parse(&bytes).is_err(), "{first}");
        }
    }
}
