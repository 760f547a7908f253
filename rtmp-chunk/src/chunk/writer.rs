use bytes::{Bytes, BytesMut};

use super::basic_header::{BasicHeader, ChunkType};
use super::message_header::{MessageHeader, WireHeader};
use super::segments::{self, HEADERS, Headers};
use super::shared::SharedMessage;
use super::table::Table;
use super::{DEFAULT_CHUNK_SIZE, EXTENDED, MAX_CHUNK_SIZE, WriteError};
use crate::Message;
use crate::control::ControlMessage;

/// Headers are cut from blocks of this many bytes: a hundred messages share one allocation.
const ARENA_BYTES: usize = 1024;

/// A message of more than `MAX_SMALL_CHUNKS` chunks of at most `SMALL_CHUNK` bytes is copied into one segment: a
/// segment costs about as much as copying this.
const SMALL_CHUNK: u32 = 1024;
const MAX_SMALL_CHUNKS: usize = 8;

/// Cuts messages into the chunks of one connection, with the smallest headers.
///
/// Type 0 is written for the first message of a chunk stream, for another message stream, when time goes backwards
/// or wraps, and instead of any delta that would need an extended timestamp, because receivers disagree about those.
/// Type 3 begins a message only where all receivers read the same delta, so never right after a type 0 (unless that
/// one's timestamp is 0).
#[derive(Debug, Clone)]
pub struct ChunkWriter {
    chunk_size: u32,
    streams: Table<Option<Last>>,
    arena: BytesMut,
}

/// The last message of a chunk stream.
#[derive(Debug, Clone, Copy)]
struct Last {
    header: MessageHeader,
    length: u32,
    /// What a type 3 chunk after it would add to the time, where everybody agrees.
    delta: Option<u32>,
}

impl Default for ChunkWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl ChunkWriter {
    /// A writer of a connection whose handshake is over. Chunks are of 128 bytes at first.
    #[must_use]
    pub fn new() -> Self {
        Self {
            chunk_size: DEFAULT_CHUNK_SIZE,
            streams: Table::new(),
            arena: BytesMut::new(),
        }
    }

    /// The chunk size in force, in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size
    }

    /// Cuts at this size from now on, within 1 and 0xFFFFFF; to be called when a Set Chunk Size message has been
    /// written. [`announce_chunk_size`](Self::announce_chunk_size) does both.
    pub fn set_chunk_size(&mut self, chunk_size: u32) {
        self.chunk_size = chunk_size.clamp(1, MAX_CHUNK_SIZE);
    }

    /// Writes Set Chunk Size (RTMP 1.0 §5.4.1) and cuts at that size from then on, within 1 and 0xFFFFFF.
    pub fn announce_chunk_size(&mut self, chunk_size: u32, out: &mut impl Extend<Bytes>) {
        let chunk_size = chunk_size.clamp(1, MAX_CHUNK_SIZE);
        let message = ControlMessage::SetChunkSize(chunk_size).to_message();
        if self.write_message(&message, out).is_ok() {
            self.chunk_size = chunk_size;
        }
    }

    /// Writes a message whose payload is the parts of `payload` one after the other: each chunk's header, then the
    /// slices that are its payload. Only messages of more than 8 chunks of at most 1024 bytes are copied together.
    ///
    /// A Set Chunk Size message does not change this writer's size; see
    /// [`announce_chunk_size`](Self::announce_chunk_size).
    ///
    /// # Errors
    /// [`WriteError::ChunkStreamId`], [`WriteError::PayloadTooLong`]; nothing was written then.
    pub fn write(
        &mut self,
        header: &MessageHeader,
        payload: &[Bytes],
        out: &mut impl Extend<Bytes>,
    ) -> Result<(), WriteError> {
        let length = segments::check(header, payload)?;
        let (len, size) = (length as usize, self.chunk_size as usize);
        let chunks = segments::chunks(len, size);
        let (chunk_type, wire) = self.smallest(header, length);
        if self.arena.capacity() < HEADERS {
            self.arena = BytesMut::with_capacity(ARENA_BYTES);
        }
        let basic = BasicHeader {
            chunk_type,
            chunk_stream_id: header.chunk_stream_id,
        };
        let headers = Headers::encode(basic, &wire, chunks > 1, &mut self.arena);
        if chunks > MAX_SMALL_CHUNKS && self.chunk_size <= SMALL_CHUNK {
            out.extend([headers.joined(payload, len, size)]);
        } else {
            headers.slices(payload, size, out);
        }
        Ok(())
    }

    /// Writes a message whose payload is in one piece.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn write_message(
        &mut self,
        message: &Message,
        out: &mut impl Extend<Bytes>,
    ) -> Result<(), WriteError> {
        let payload = core::slice::from_ref(&message.payload);
        self.write(&message.into(), payload, out)
    }

    /// Sends the segments that all viewers of a message share; copies nothing.
    ///
    /// # Errors
    /// [`WriteError::ChunkSize`] when it was cut at another size than is in force here; nothing was written then.
    pub fn write_shared(
        &mut self,
        message: &SharedMessage,
        out: &mut impl Extend<Bytes>,
    ) -> Result<(), WriteError> {
        if !message.fits(self.chunk_size) {
            return Err(WriteError::ChunkSize {
                message: message.chunk_size(),
                connection: self.chunk_size,
            });
        }
        self.remember(Last {
            header: *message.header(),
            length: message.payload_len(),
            delta: delta_after_type_0(message.header().timestamp),
        });
        out.extend(message.segments().iter().cloned());
        Ok(())
    }

    fn remember(&mut self, last: Last) {
        let id = last.header.chunk_stream_id;
        if let Some(state) = self.streams.find_or_insert(id, usize::MAX) {
            *state = Some(last);
        }
    }

    /// Chooses the header, and takes note of it.
    fn smallest(&mut self, header: &MessageHeader, length: u32) -> (ChunkType, WireHeader) {
        let last = self
            .streams
            .find(header.chunk_stream_id)
            .and_then(|last| *last);
        let delta = last.and_then(|last| delta_from(&last, header));
        let (Some(last), Some(delta)) = (last, delta) else {
            self.remember(Last {
                header: *header,
                length,
                delta: delta_after_type_0(header.timestamp),
            });
            return (ChunkType::Type0, WireHeader::absolute(header, length));
        };
        self.remember(Last {
            header: *header,
            length,
            delta: Some(delta),
        });
        let same = last.length == length && last.header.message_type == header.message_type;
        let chunk_type = match same {
            true if last.delta == Some(delta) => ChunkType::Type3,
            true => ChunkType::Type2,
            false => ChunkType::Type1,
        };
        (chunk_type, relative(chunk_type, header, length, delta))
    }
}

/// The time since the last message, where a header with a delta can follow it.
fn delta_from(last: &Last, header: &MessageHeader) -> Option<u32> {
    if last.header.stream_id != header.stream_id {
        return None;
    }
    let delta = header.timestamp.checked_sub(last.header.timestamp)?;
    (delta < EXTENDED).then_some(delta)
}

/// A type 3 chunk after a type 0 repeats its timestamp as the delta (§5.3.1.2.4), or has none, as others read it:
/// the same only for 0.
fn delta_after_type_0(timestamp: u32) -> Option<u32> {
    (timestamp == 0).then_some(0)
}

/// The header of a chunk of type 1, 2 or 3; of type 3 it is not written.
fn relative(chunk_type: ChunkType, header: &MessageHeader, length: u32, delta: u32) -> WireHeader {
    WireHeader {
        time: delta,
        extended: false,
        length_and_type: (chunk_type == ChunkType::Type1).then_some((length, header.message_type)),
        stream_id: None,
    }
}
