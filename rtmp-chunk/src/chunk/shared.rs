use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use super::basic_header::{BasicHeader, ChunkType};
use super::message_header::{MessageHeader, WireHeader};
use super::segments::{self, HEADERS, Headers};
use super::{MAX_CHUNK_SIZE, WriteError};

/// A message of more chunks than this is copied together, once for all its viewers: many small segments would cost
/// each of them more than that one copy.
const MAX_CHUNKS_UNCOPIED: usize = 8;

/// One message, chunked once for every connection of its chunk size.
///
/// Its header is complete and its timestamp absolute (type 0), so that the same bytes are right at any time on any
/// connection, whatever went there before. To send it is to clone its [`segments`](Self::segments), which copies
/// nothing; [`ChunkWriter::write_shared`](super::ChunkWriter::write_shared) does that and keeps the writer's own
/// headers right.
#[derive(Debug, Clone)]
pub struct SharedMessage {
    header: MessageHeader,
    payload_len: u32,
    len: usize,
    chunk_size: u32,
    segments: SmallVec<[Bytes; 3]>,
}

impl SharedMessage {
    /// Chunks a message whose payload is the parts of `payload` one after the other. The chunk size is used from 1
    /// to 0xFFFFFF.
    ///
    /// A message of up to 8 chunks stays slices of `payload`, a longer one is copied into one segment.
    ///
    /// # Errors
    /// [`WriteError::ChunkStreamId`], [`WriteError::PayloadTooLong`].
    pub fn new(
        header: &MessageHeader,
        payload: &[Bytes],
        chunk_size: u32,
    ) -> Result<Self, WriteError> {
        Self::with_uncopied(header, payload, chunk_size, MAX_CHUNKS_UNCOPIED)
    }

    /// The same as one segment, whatever its length: one copy, which for a short message costs less than a second
    /// segment does for each of many viewers.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn joined(
        header: &MessageHeader,
        payload: &[Bytes],
        chunk_size: u32,
    ) -> Result<Self, WriteError> {
        Self::with_uncopied(header, payload, chunk_size, 0)
    }

    fn with_uncopied(
        header: &MessageHeader,
        payload: &[Bytes],
        chunk_size: u32,
        max_chunks_uncopied: usize,
    ) -> Result<Self, WriteError> {
        let payload_len = segments::check(header, payload)?;
        let chunk_size = chunk_size.clamp(1, MAX_CHUNK_SIZE);
        let basic = BasicHeader {
            chunk_type: ChunkType::Type0,
            chunk_stream_id: header.chunk_stream_id,
        };
        let wire = WireHeader::absolute(header, payload_len);
        let (len, size) = (payload_len as usize, chunk_size as usize);
        let chunks = segments::chunks(len, size);
        let mut arena = BytesMut::with_capacity(HEADERS);
        let headers = Headers::encode(basic, &wire, chunks > 1, &mut arena);
        let mut segments = SmallVec::<[Bytes; 3]>::new();
        if chunks > max_chunks_uncopied {
            segments.push(headers.joined(payload, len, size));
        } else {
            headers.slices(payload, size, &mut segments);
        }
        let len = segments
            .iter()
            .fold(0_usize, |sum, segment| sum.saturating_add(segment.len()));
        Ok(Self {
            header: *header,
            payload_len,
            len,
            chunk_size,
            segments,
        })
    }

    /// What goes out, in order.
    #[must_use]
    pub fn segments(&self) -> &[Bytes] {
        &self.segments
    }

    /// The length of all segments in bytes.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "there is always a header")]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// The length of the message itself in bytes.
    #[must_use]
    pub const fn payload_len(&self) -> u32 {
        self.payload_len
    }

    /// The chunk size that it was cut at, in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size
    }

    /// Its header.
    #[must_use]
    pub const fn header(&self) -> &MessageHeader {
        &self.header
    }

    /// True when its bytes are right on a connection with chunks of `chunk_size` bytes: it was cut at that size, or
    /// is one chunk at either.
    #[must_use]
    pub const fn fits(&self, chunk_size: u32) -> bool {
        self.chunk_size == chunk_size
            || (self.payload_len <= self.chunk_size && self.payload_len <= chunk_size)
    }
}
