use core::iter::FusedIterator;

use bytes::BufMut;
use castline_core::Reader;

use super::SequenceHeader;
use crate::{BitReader, ParseError};

/// The longest `leb128()` number (section 4.10.5).
pub const MAX_LEB128_BYTES: usize = 8;

/// `obu_type` (section 6.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an open registry")]
pub struct ObuType(pub u8);

impl ObuType {
    /// Sequence header.
    pub const SEQUENCE_HEADER: Self = Self(1);
    /// Temporal delimiter: a temporal unit begins.
    pub const TEMPORAL_DELIMITER: Self = Self(2);
    /// Frame header.
    pub const FRAME_HEADER: Self = Self(3);
    /// Tiles of a frame.
    pub const TILE_GROUP: Self = Self(4);
    /// Metadata.
    pub const METADATA: Self = Self(5);
    /// Frame header and tiles.
    pub const FRAME: Self = Self(6);
    /// A repetition of the frame header.
    pub const REDUNDANT_FRAME_HEADER: Self = Self(7);
    /// Large scale tiles.
    pub const TILE_LIST: Self = Self(8);
    /// Padding.
    pub const PADDING: Self = Self(15);
}

/// The optional second byte of an OBU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObuExtension {
    /// `temporal_id`, 0 to 7.
    pub temporal_id: u8,
    /// `spatial_id`, 0 to 3.
    pub spatial_id: u8,
}

/// One open bitstream unit, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Obu<'a> {
    /// What it is.
    pub kind: ObuType,
    /// The extension, when present.
    pub extension: Option<ObuExtension>,
    /// It says its own size, as the canonical form demands.
    pub has_size: bool,
    /// The whole unit with header, extension and size.
    pub data: &'a [u8],
    /// What follows the header, extension and size.
    pub payload: &'a [u8],
}

impl<'a> Obu<'a> {
    /// Reads the unit at the front of `data`, whose first byte is at `offset` of something larger. Without
    /// a size field it reaches to the end.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short, its forbidden bit is set, or its size is malformed.
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let (start, whole) = (reader.offset(), reader.rest());
        let header = reader.u8()?;
        if header & 0x80 != 0 {
            return Err(ParseError::unexpected(start, "obu_forbidden_bit 0"));
        }
        let extension = if header & 4 == 0 {
            None
        } else {
            let byte = reader.u8()?;
            Some(ObuExtension {
                temporal_id: byte >> 5,
                spatial_id: byte >> 3 & 3,
            })
        };
        let has_size = header & 2 != 0;
        let size = if has_size {
            read_leb128(reader)? as usize
        } else {
            reader.remaining()
        };
        let payload = reader.take(size)?;
        let len = reader.offset().saturating_sub(start);
        Ok(Self {
            kind: ObuType(header >> 3 & 0xf),
            extension,
            has_size,
            data: whole.get(..len).unwrap_or_default(),
            payload,
        })
    }
}

/// A `leb128()` number: at most 8 bytes and 32 bits.
fn read_leb128(reader: &mut Reader<'_>) -> Result<u32, ParseError> {
    let start = reader.offset();
    let mut value: u64 = 0;
    for index in 0..MAX_LEB128_BYTES {
        let byte = reader.u8()?;
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return u32::try_from(value)
                .map_err(|_| ParseError::unexpected(start, "a leb128 number of at most 32 bits"));
        }
    }
    Err(ParseError::unexpected(
        start,
        "a leb128 number of at most 8 bytes",
    ))
}

/// Appends a `leb128()` number in its shortest form, as OBU sizes are written.
pub fn write_leb128(mut value: u32, out: &mut impl BufMut) {
    while value >= 0x80 {
        out.put_u8(value.to_be_bytes()[3] | 0x80);
        value >>= 7;
    }
    out.put_u8(value.to_be_bytes()[3]);
}

/// The OBUs of a temporal unit (low-overhead format), borrowed. An error ends the iteration.
#[must_use]
pub const fn obus(data: &[u8]) -> Obus<'_> {
    Obus {
        reader: Reader::new(data),
    }
}

/// See [`obus`].
#[derive(Debug, Clone)]
pub struct Obus<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Obus<'a> {
    type Item = Result<Obu<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.is_empty() {
            return None;
        }
        let item = Obu::read(&mut self.reader);
        if item.is_err() {
            self.reader = Reader::at(&[], self.reader.offset());
        }
        Some(item)
    }
}

impl FusedIterator for Obus<'_> {}

/// A receiver can start with this temporal unit: its first frame is a key frame that is shown, or the
/// sequence header in front of it says that the stream is one still picture.
#[must_use]
pub fn is_keyframe(data: &[u8]) -> bool {
    for obu in obus(data).map_while(Result::ok) {
        match obu.kind {
            ObuType::SEQUENCE_HEADER => {
                let sequence = SequenceHeader::parse(obu.payload);
                if sequence.is_ok_and(|sequence| sequence.reduced_still_picture) {
                    return true;
                }
            }
            ObuType::FRAME_HEADER | ObuType::FRAME => {
                let mut bits = BitReader::new(obu.payload);
                // show_existing_frame 0, frame_type 00 (KEY_FRAME), show_frame 1.
                return bits.bits(4) == Ok(0b0001);
            }
            _ => {}
        }
    }
    false
}
