use bytes::BufMut;

/// How much of a message header a chunk has (RTMP 1.0 §5.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChunkType {
    /// All of it.
    Type0,
    /// All but the message stream id.
    Type1,
    /// The timestamp delta alone.
    Type2,
    /// Nothing.
    Type3,
}

/// A chunk's type and its stream (RTMP 1.0 §5.3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BasicHeader {
    pub(super) chunk_type: ChunkType,
    pub(super) chunk_stream_id: u32,
}

impl BasicHeader {
    /// The header and what comes after it; `None` when it is not all there.
    #[inline]
    pub(super) fn parse(input: &[u8]) -> Option<(Self, &[u8])> {
        let (&first, rest) = input.split_first()?;
        let chunk_type = match first >> 6 {
            0 => ChunkType::Type0,
            1 => ChunkType::Type1,
            2 => ChunkType::Type2,
            _ => ChunkType::Type3,
        };
        let (chunk_stream_id, rest) = match first & 0x3F {
            0 => {
                let (&low, rest) = rest.split_first()?;
                (u32::from(low).saturating_add(64), rest)
            }
            1 => {
                let (number, rest) = rest.split_first_chunk()?;
                // The one little-endian number besides the message stream id.
                let number = u16::from_le_bytes(*number);
                (u32::from(number).saturating_add(64), rest)
            }
            id => (u32::from(id), rest),
        };
        let header = Self {
            chunk_type,
            chunk_stream_id,
        };
        Some((header, rest))
    }

    /// In the fewest bytes that the id fits in.
    pub(super) fn encode(self, out: &mut impl BufMut) {
        let top = match self.chunk_type {
            ChunkType::Type0 => 0x00,
            ChunkType::Type1 => 0x40,
            ChunkType::Type2 => 0x80,
            ChunkType::Type3 => 0xC0,
        };
        match (
            u8::try_from(self.chunk_stream_id),
            self.chunk_stream_id.saturating_sub(64),
        ) {
            (Ok(id), _) if id < 64 => out.put_u8(top | id),
            (_, above @ 0..=0xFF) => {
                out.put_u8(top);
                out.put_u8(above as u8);
            }
            (_, above) => {
                out.put_u8(top | 1);
                out.put_u16_le(above as u16);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_id_survives_in_the_fewest_bytes() {
        for chunk_stream_id in 2..=65_599 {
            let header = BasicHeader {
                chunk_type: ChunkType::Type2,
                chunk_stream_id,
            };
            let mut wire = Vec::new();
            header.encode(&mut wire);
            let len = match chunk_stream_id {
                ..64 => 1,
                64..320 => 2,
                _ => 3,
            };
            assert_eq!(wire.len(), len, "{chunk_stream_id}");
            assert_eq!(BasicHeader::parse(&wire), Some((header, &[][..])));
            assert_eq!(BasicHeader::parse(&wire[..len - 1]), None);
        }
    }

    #[test]
    fn three_bytes_are_little_endian() {
        let (header, rest) = BasicHeader::parse(&[0xC1, 0x01, 0x02, 9]).unwrap();
        assert_eq!(header.chunk_type, ChunkType::Type3);
        assert_eq!(header.chunk_stream_id, 0x0201 + 64);
        assert_eq!(rest, [9]);
    }

    #[test]
    fn a_small_id_in_the_long_form_is_the_same_stream() {
        let (long, _) = BasicHeader::parse(&[0x01, 36, 0]).unwrap();
        let (short, _) = BasicHeader::parse(&[0x00, 36]).unwrap();
        assert_eq!(long, short);
    }
}
