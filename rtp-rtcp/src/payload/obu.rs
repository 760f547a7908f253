//! The OBUs of a temporal unit, as the AV1 payload format sees them: header and payload apart,
//! the size field between them left out.

use core::ops::Range;

use arrayvec::ArrayVec;

use super::PacketizeError;

const TYPE_MASK: u8 = 0x78;
const EXTENSION_FLAG: u8 = 0x04;
const HAS_SIZE_FIELD: u8 = 0x02;

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const TILE_LIST: u8 = 8;

/// The longest leb128 (AV1 section 4.10.5).
const MAX_LEB128_LEN: usize = 8;

/// One OBU.
#[derive(Debug, Clone)]
pub(super) struct Obu {
    /// The header without size field flag, and the extension header when there is one.
    pub(super) header: ArrayVec<u8, 2>,
    /// Where the payload lies in the temporal unit.
    pub(super) payload: Range<usize>,
}

impl Obu {
    /// The OBU that begins at `offset` of `data`.
    pub(super) fn at(data: &[u8], offset: usize) -> Result<Self, PacketizeError> {
        let malformed = |expected| PacketizeError::Malformed { offset, expected };
        let mut rest = data.get(offset..).unwrap_or_default().iter();
        let first = *rest.next().ok_or_else(|| malformed("an OBU header"))?;
        let mut header = ArrayVec::new();
        header.push(first & !HAS_SIZE_FIELD);
        if first & EXTENSION_FLAG != 0 {
            header.push(
                *rest
                    .next()
                    .ok_or_else(|| malformed("an OBU extension header"))?,
            );
        }
        let len = if first & HAS_SIZE_FIELD == 0 {
            // Only the last OBU may do without (AV1 section 5.3.1, as ISO BMFF files have it).
            rest.len()
        } else {
            leb128(&mut rest).ok_or_else(|| malformed("an obu_size of at most 8 bytes"))?
        };
        let start = data.len().saturating_sub(rest.len());
        let end = start.checked_add(len).filter(|end| *end <= data.len());
        let end = end.ok_or_else(|| malformed("an OBU that ends within the frame"))?;
        Ok(Self {
            header,
            payload: start..end,
        })
    }

    fn kind(&self) -> u8 {
        self.header
            .first()
            .map_or(0, |first| (first & TYPE_MASK) >> 3)
    }

    /// Temporal delimiters and tile lists stay behind (AV1 RTP section 5).
    pub(super) fn is_carried(&self) -> bool {
        !matches!(self.kind(), TEMPORAL_DELIMITER | TILE_LIST)
    }

    pub(super) fn is_sequence_header(&self) -> bool {
        self.kind() == SEQUENCE_HEADER
    }

    /// The extension header, which has temporal_id and spatial_id.
    pub(super) fn extension(&self) -> Option<u8> {
        self.header.get(1).copied()
    }

    /// Bytes on the wire.
    pub(super) fn len(&self) -> usize {
        self.header.len().saturating_add(self.payload.len())
    }
}

fn leb128(bytes: &mut core::slice::Iter<'_, u8>) -> Option<usize> {
    let mut value = 0_u64;
    for index in 0..MAX_LEB128_LEN {
        let byte = *bytes.next()?;
        value |= u64::from(byte & 0x7f) << (index * 7);
        if byte & 0x80 == 0 {
            return usize::try_from(value).ok();
        }
    }
    None
}

/// `value` in leb128, as short as possible.
pub(super) fn to_leb128(mut value: usize) -> ArrayVec<u8, MAX_LEB128_LEN> {
    let mut bytes = ArrayVec::new();
    while value >= 0x80 && bytes.remaining_capacity() > 1 {
        bytes.push(0x80 | u8::try_from(value & 0x7f).unwrap_or_default());
        value >>= 7;
    }
    bytes.push(u8::try_from(value & 0x7f).unwrap_or_default());
    bytes
}
