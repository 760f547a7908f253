use bytes::BufMut;
use castline_core::Reader;

use super::EXTENDED;
use super::basic_header::ChunkType;
use crate::{Message, MessageType};

/// What stands before a message's payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MessageHeader {
    /// The chunk stream that it goes on: 2 for protocol control, mostly 3 for commands.
    pub chunk_stream_id: u32,
    /// Its type.
    pub message_type: MessageType,
    /// The message stream; 0 for what concerns the connection.
    pub stream_id: u32,
    /// In milliseconds; wraps.
    pub timestamp: u32,
}

impl MessageHeader {
    /// All four.
    #[must_use]
    pub const fn new(
        chunk_stream_id: u32,
        message_type: MessageType,
        stream_id: u32,
        timestamp: u32,
    ) -> Self {
        Self {
            chunk_stream_id,
            message_type,
            stream_id,
            timestamp,
        }
    }
}

impl From<&Message> for MessageHeader {
    fn from(message: &Message) -> Self {
        Self::new(
            message.chunk_stream_id,
            message.message_type,
            message.stream_id,
            message.timestamp,
        )
    }
}

/// The message header of one chunk as it stands on the wire (RTMP 1.0 §5.3.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WireHeader {
    /// Absolute in type 0, a delta in types 1 and 2.
    pub(super) time: u32,
    /// True when the time is in an extended timestamp.
    pub(super) extended: bool,
    /// Not in type 2.
    pub(super) length_and_type: Option<(u32, MessageType)>,
    /// In type 0 alone.
    pub(super) stream_id: Option<u32>,
}

impl WireHeader {
    /// The whole header, of type 0.
    pub(super) const fn absolute(header: &MessageHeader, length: u32) -> Self {
        Self {
            time: header.timestamp,
            extended: header.timestamp >= EXTENDED,
            length_and_type: Some((length, header.message_type)),
            stream_id: Some(header.stream_id),
        }
    }

    /// The header of a chunk of type 0, 1 or 2 and what comes after it; `None` when it is not all there.
    pub(super) fn parse(chunk_type: ChunkType, input: &[u8]) -> Option<(Self, &[u8])> {
        let mut reader = Reader::new(input);
        let mut time = reader.u24().ok()?;
        let length_and_type = match chunk_type {
            ChunkType::Type0 | ChunkType::Type1 => {
                Some((reader.u24().ok()?, MessageType(reader.u8().ok()?)))
            }
            ChunkType::Type2 | ChunkType::Type3 => None,
        };
        let stream_id = match chunk_type {
            ChunkType::Type0 => Some(u32::from_le_bytes(reader.array().ok()?)),
            ChunkType::Type1 | ChunkType::Type2 | ChunkType::Type3 => None,
        };
        let extended = time == EXTENDED;
        if extended {
            time = reader.u32().ok()?;
        }
        let header = Self {
            time,
            extended,
            length_and_type,
            stream_id,
        };
        Some((header, reader.rest()))
    }

    pub(super) fn encode(&self, out: &mut impl BufMut) {
        let field = if self.extended { EXTENDED } else { self.time };
        out.put_uint(u64::from(field), 3);
        if let Some((length, message_type)) = self.length_and_type {
            out.put_uint(u64::from(length), 3);
            out.put_u8(message_type.0);
        }
        if let Some(stream_id) = self.stream_id {
            out.put_u32_le(stream_id);
        }
        if self.extended {
            out.put_u32(self.time);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn every_shape_survives_and_is_incomplete_when_cut() {
        let length_and_type = Some((0x01_0203, MessageType::VIDEO));
        for (chunk_type, length_and_type, stream_id, len) in [
            (ChunkType::Type0, length_and_type, Some(0x0A0B_0C0D), 11),
            (ChunkType::Type1, length_and_type, None, 7),
            (ChunkType::Type2, None, None, 3),
        ] {
            for (time, extended) in [(0, false), (0xFF_FFFE, false), (5, true), (u32::MAX, true)] {
                let header = WireHeader {
                    time,
                    extended,
                    length_and_type,
                    stream_id,
                };
                let mut wire = Vec::new();
                header.encode(&mut wire);
                assert_eq!(wire.len(), len + if extended { 4 } else { 0 });
                assert_eq!(
                    WireHeader::parse(chunk_type, &wire),
                    Some((header, &[][..]))
                );
                for cut in 0..wire.len() {
                    assert_eq!(WireHeader::parse(chunk_type, &wire[..cut]), None);
                }
            }
        }
    }

    #[test]
    fn the_stream_id_is_little_endian() {
        let wire = [0, 0, 1, 0, 0, 2, 9, 1, 0, 0, 0];
        let (header, _) = WireHeader::parse(ChunkType::Type0, &wire).unwrap();
        assert_eq!(header.stream_id, Some(1));
    }
}
