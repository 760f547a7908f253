use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use super::basic_header::{BasicHeader, ChunkType};
use super::message_header::{MessageHeader, WireHeader};
use super::{MAX_CHUNK_STREAM_ID, MAX_MESSAGE_BYTES, WriteError};

/// The longest header of a first chunk and of a continuation together: 3 + 11 + 4 and 3 + 4 bytes.
pub(super) const HEADERS: usize = 25;

/// The headers of one message's chunks.
#[derive(Debug, Clone)]
pub(super) struct Headers {
    pub(super) first: Bytes,
    /// Of each further chunk; empty when there is none.
    pub(super) continuation: Bytes,
}

impl Headers {
    /// Written into `arena`, which has room for `HEADERS` bytes.
    #[inline]
    pub(super) fn encode(
        basic: BasicHeader,
        header: &WireHeader,
        continued: bool,
        arena: &mut BytesMut,
    ) -> Self {
        basic.encode(arena);
        if basic.chunk_type != ChunkType::Type3 {
            header.encode(arena);
        }
        let first = arena.split().freeze();
        let mut continuation = Bytes::new();
        if continued {
            let basic = BasicHeader {
                chunk_type: ChunkType::Type3,
                ..basic
            };
            basic.encode(arena);
            if header.extended {
                // §5.3.1.3: present in type 3 chunks too when the last header of another type had it.
                arena.put_u32(header.time);
            }
            continuation = arena.split().freeze();
        }
        Self {
            first,
            continuation,
        }
    }

    /// Header by header with the slices of `payload` after each; nothing is copied.
    #[inline]
    pub(super) fn slices(self, payload: &[Bytes], chunk_size: usize, out: &mut impl Extend<Bytes>) {
        out.extend([self.first]);
        let mut room = chunk_size;
        for part in payload.iter().filter(|part| !part.is_empty()) {
            let mut start = 0_usize;
            while start < part.len() {
                if room == 0 {
                    out.extend([self.continuation.clone()]);
                    room = chunk_size;
                }
                let end = start.saturating_add(room).min(part.len());
                out.extend([part.slice(start..end)]);
                room = room.saturating_sub(end.saturating_sub(start));
                start = end;
            }
        }
    }

    /// All chunks in one piece.
    pub(super) fn joined(&self, payload: &[Bytes], len: usize, chunk_size: usize) -> Bytes {
        let further = chunks(len, chunk_size).saturating_sub(1);
        let headers = further
            .saturating_mul(self.continuation.len())
            .saturating_add(self.first.len());
        let mut all = Vec::with_capacity(headers.saturating_add(len));
        all.extend_from_slice(&self.first);
        let mut room = chunk_size;
        for part in payload {
            let mut part = part.as_ref();
            while !part.is_empty() {
                if room == 0 {
                    all.extend_from_slice(&self.continuation);
                    room = chunk_size;
                }
                let (piece, rest) = part.split_at_checked(room).unwrap_or((part, &[]));
                room = room.saturating_sub(piece.len());
                all.extend_from_slice(piece);
                part = rest;
            }
        }
        all.into()
    }
}

/// How many chunks a message of `len` bytes takes: at least one.
#[inline]
pub(super) fn chunks(len: usize, chunk_size: usize) -> usize {
    if len <= chunk_size {
        1
    } else {
        len.div_ceil(chunk_size)
    }
}

/// The length of a payload that can be sent with such a header.
pub(super) fn check(header: &MessageHeader, payload: &[Bytes]) -> Result<u32, WriteError> {
    let id = header.chunk_stream_id;
    if !(2..=MAX_CHUNK_STREAM_ID).contains(&id) {
        return Err(WriteError::ChunkStreamId(id));
    }
    let len = payload
        .iter()
        .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
    u32::try_from(len)
        .ok()
        .filter(|&len| len <= MAX_MESSAGE_BYTES)
        .ok_or(WriteError::PayloadTooLong { len })
}
