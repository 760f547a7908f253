use bytes::{Buf, Bytes, BytesMut};

use super::assembly::{Assembly, InFlight};
use super::basic_header::{BasicHeader, ChunkType};
use super::config::{Interrupted, Limits, ReaderConfig};
use super::ext_timestamp::{Detector, Presence};
use super::message_header::WireHeader;
use super::table::Table;
use crate::control::ControlMessage;
use crate::{Message, MessageType, ParseError};

/// Puts messages together from the chunks of one connection, in time linear in its bytes at any chunk size.
///
/// A message that came in one chunk is a slice of the input; one that came in several is joined once.
/// Such a slice keeps the input buffer's memory alive: copy out what is to be kept for long.
#[derive(Debug, Clone)]
pub struct ChunkReader {
    config: ReaderConfig,
    chunk_size: u32,
    streams: Table<ChunkStream>,
    /// The chunk whose header was read and whose payload was not, not all of it.
    current: Option<Chunk>,
    detector: Detector,
    in_flight: InFlight,
    received_bytes: u64,
    discarded_messages: u64,
    failed: Option<ParseError>,
}

#[derive(Debug, Clone, Copy)]
struct Chunk {
    chunk_stream_id: u32,
    /// How much of its payload has not been read, in bytes.
    left: u32,
}

/// What is remembered of a chunk stream: the last header, and the message under way.
#[derive(Debug, Clone, Default)]
struct ChunkStream {
    message_type: u8,
    stream_id: u32,
    length: u32,
    timestamp: u32,
    /// What a type 3 chunk that begins a message adds to the timestamp.
    delta: u32,
    /// The extended timestamp of the last header, if it had one.
    extended: Option<u32>,
    /// True from the header of a message to its last byte.
    under_way: bool,
    assembly: Assembly,
}

/// What the bytes at hand brought.
enum Step {
    /// More bytes are needed.
    Incomplete,
    /// So many were read.
    Read(usize),
    /// So many were read, and with them a message is complete.
    Complete(usize),
    /// The next so many bytes are a whole message.
    Whole(usize),
}

impl ChunkReader {
    /// A reader of a connection whose handshake is over.
    #[must_use]
    pub fn new(config: ReaderConfig) -> Self {
        Self {
            chunk_size: config.first_chunk_size(),
            streams: Table::new(),
            current: None,
            detector: Detector::new(config.ext_timestamp),
            in_flight: InFlight {
                bytes: 0,
                limit: config.limits.max_bytes_in_flight,
            },
            received_bytes: 0,
            discarded_messages: 0,
            failed: None,
            config,
        }
    }

    /// The next message, when all of it is there: takes its chunks off the front of `input`, and the chunks of
    /// others that stand between.
    ///
    /// Set Chunk Size and Abort have taken effect when they are returned; there is nothing more to do for them.
    ///
    /// # Errors
    /// What the peer may not send, and what goes beyond the limits; the offset counts from the start of the
    /// connection's chunks. The framing is lost then: every further call returns the same error.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Message>, ParseError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.next(input);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    /// The chunk size in force, in bytes.
    #[must_use]
    pub const fn chunk_size(&self) -> u32 {
        self.chunk_size
    }

    /// How many bytes have arrived of messages that are not complete.
    #[must_use]
    pub const fn bytes_in_flight(&self) -> usize {
        self.in_flight.bytes
    }

    /// How many bytes were taken off the input since the start.
    #[must_use]
    pub const fn received_bytes(&self) -> u64 {
        self.received_bytes
    }

    /// How many messages were begun and never finished, because another one began in their place.
    #[must_use]
    pub const fn discarded_messages(&self) -> u64 {
        self.discarded_messages
    }

    /// Other limits from now on: tight ones for strangers, wider ones after they have said who they are. Messages
    /// under way are bound by the new limit of bytes in flight as they grow.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.in_flight.limit = limits.max_bytes_in_flight;
        self.config.limits = limits;
    }

    fn next(&mut self, input: &mut BytesMut) -> Result<Option<Message>, ParseError> {
        let mut taken = 0;
        let message = loop {
            let bytes = input.get(taken..).unwrap_or_default();
            let step = self
                .step(bytes)
                .map_err(|error| error.moved(self.received_bytes.saturating_add(taken as u64)))?;
            match step {
                Step::Incomplete => break None,
                Step::Read(read) => taken = taken.saturating_add(read),
                Step::Complete(read) => {
                    taken = taken.saturating_add(read);
                    break self.complete(None);
                }
                Step::Whole(len) => {
                    input.advance(taken);
                    self.received_bytes = self.received_bytes.saturating_add(taken as u64);
                    taken = 0;
                    let payload = input.split_to(len).freeze();
                    self.received_bytes = self.received_bytes.saturating_add(len as u64);
                    break self.complete(Some(payload));
                }
            }
        };
        input.advance(taken);
        self.received_bytes = self.received_bytes.saturating_add(taken as u64);
        if let Some(message) = &message {
            let start = self
                .received_bytes
                .saturating_sub(message.payload.len() as u64);
            self.apply(message).map_err(|error| error.moved(start))?;
        }
        Ok(message)
    }

    #[inline]
    fn step(&mut self, bytes: &[u8]) -> Result<Step, ParseError> {
        match self.current {
            Some(chunk) => self.payload(chunk, bytes),
            None => self.header(bytes),
        }
    }

    #[inline]
    fn header(&mut self, bytes: &[u8]) -> Result<Step, ParseError> {
        let Some((basic, rest)) = BasicHeader::parse(bytes) else {
            return Ok(Step::Incomplete);
        };
        let rest = match basic.chunk_type {
            ChunkType::Type3 => self.repeat(basic.chunk_stream_id, rest)?,
            ChunkType::Type0 | ChunkType::Type1 | ChunkType::Type2 => {
                match WireHeader::parse(basic.chunk_type, rest) {
                    Some((header, rest)) => {
                        self.begin(basic, &header)?;
                        Some(rest)
                    }
                    None => None,
                }
            }
        };
        Ok(rest.map_or(Step::Incomplete, |rest| {
            Step::Read(bytes.len().saturating_sub(rest.len()))
        }))
    }

    /// A type 3 chunk: the message goes on, or one like the last begins. Returns what comes after its header.
    #[inline]
    fn repeat<'a>(
        &mut self,
        chunk_stream_id: u32,
        mut rest: &'a [u8],
    ) -> Result<Option<&'a [u8]>, ParseError> {
        let Some(stream) = self.streams.find(chunk_stream_id) else {
            return Err(ParseError::expected(0, FRESH));
        };
        let left = stream.length.saturating_sub(stream.assembly.len() as u32);
        if let Some(value) = stream.extended {
            let presence = if stream.under_way {
                self.detector
                    .continuation(value, stream.timestamp, left, rest)
            } else {
                self.detector.start(value, rest)
            };
            match presence {
                Presence::Undecided => return Ok(None),
                Presence::Absent => {}
                Presence::Present(value) => {
                    if !stream.under_way {
                        (stream.extended, stream.delta) = (Some(value), value);
                    }
                    rest = rest.get(4..).unwrap_or_default();
                }
            }
        }
        if !stream.under_way {
            check_length(stream.length, &self.config.limits)?;
            let mask = self.config.timestamp_bits.mask();
            stream.timestamp = stream.timestamp.wrapping_add(stream.delta) & mask;
            stream.under_way = true;
        }
        self.current = Some(Chunk {
            chunk_stream_id,
            left: left.min(self.chunk_size),
        });
        Ok(Some(rest))
    }

    /// A chunk of type 0, 1 or 2: a message begins.
    fn begin(&mut self, basic: BasicHeader, header: &WireHeader) -> Result<(), ParseError> {
        let BasicHeader {
            chunk_type,
            chunk_stream_id,
        } = basic;
        let limits = &self.config.limits;
        let fresh_allowed = chunk_type == ChunkType::Type0
            || (chunk_type == ChunkType::Type1 && self.config.accept_fresh_type_1);
        let stream = if fresh_allowed {
            let limit = limits.max_chunk_streams;
            self.streams
                .find_or_insert(chunk_stream_id, limit)
                .ok_or_else(|| ParseError::limit(0, "chunk streams", limit))?
        } else {
            self.streams
                .find(chunk_stream_id)
                .ok_or_else(|| ParseError::expected(0, FRESH))?
        };
        if stream.under_way {
            if self.config.interrupted == Interrupted::Reject {
                return Err(ParseError::expected(
                    0,
                    "a type 3 chunk to go on with a message",
                ));
            }
            stream.assembly.discard(&mut self.in_flight);
            self.discarded_messages = self.discarded_messages.saturating_add(1);
        }
        if let Some((length, message_type)) = header.length_and_type {
            stream.length = length;
            stream.message_type = message_type.0;
        }
        check_length(stream.length, limits)?;
        stream.take_time(chunk_type, header, &self.config);
        stream.under_way = true;
        self.current = Some(Chunk {
            chunk_stream_id,
            left: stream.length.min(self.chunk_size),
        });
        Ok(())
    }

    #[inline]
    fn payload(&mut self, chunk: Chunk, bytes: &[u8]) -> Result<Step, ParseError> {
        let Some(stream) = self.streams.find(chunk.chunk_stream_id) else {
            return Ok(Step::Incomplete);
        };
        let left = chunk.left as usize;
        if chunk.left == stream.length {
            let is_waited_for = chunk.left <= self.config.whole_chunk_bytes;
            if left <= bytes.len() {
                if !is_waited_for {
                    // In pieces it would count: what a limit refuses must not depend on how the bytes came.
                    self.in_flight.with(left)?;
                }
                return Ok(Step::Whole(left));
            }
            if is_waited_for {
                return Ok(Step::Incomplete);
            }
        }
        let piece = bytes.get(..left).unwrap_or(bytes);
        if piece.is_empty() {
            return Ok(Step::Incomplete);
        }
        let length = stream.length as usize;
        stream
            .assembly
            .push(piece, length, bytes.len(), &mut self.in_flight)?;
        if stream.assembly.len() >= length {
            return Ok(Step::Complete(piece.len()));
        }
        let left = chunk.left.saturating_sub(piece.len() as u32);
        self.current = (left > 0).then_some(Chunk { left, ..chunk });
        Ok(Step::Read(piece.len()))
    }

    /// The message of the current chunk, with `payload` if that is all of it.
    fn complete(&mut self, payload: Option<Bytes>) -> Option<Message> {
        let chunk_stream_id = self.current.take()?.chunk_stream_id;
        let stream = self.streams.find(chunk_stream_id)?;
        stream.under_way = false;
        let payload = match payload {
            Some(payload) => payload,
            None => stream.assembly.take(&mut self.in_flight),
        };
        Some(
            Message::new(chunk_stream_id, MessageType(stream.message_type), payload)
                .at(stream.stream_id, stream.timestamp),
        )
    }

    /// What concerns the chunks themselves (RTMP 1.0 §5.4.1, §5.4.2).
    fn apply(&mut self, message: &Message) -> Result<(), ParseError> {
        if !matches!(
            message.message_type,
            MessageType::SET_CHUNK_SIZE | MessageType::ABORT
        ) {
            return Ok(());
        }
        match ControlMessage::parse(message)? {
            Some(ControlMessage::SetChunkSize(size)) => self.chunk_size = size,
            Some(ControlMessage::Abort { chunk_stream_id }) => {
                if let Some(stream) = self.streams.find(chunk_stream_id) {
                    stream.assembly.discard(&mut self.in_flight);
                    stream.under_way = false;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl ChunkStream {
    fn take_time(&mut self, chunk_type: ChunkType, header: &WireHeader, config: &ReaderConfig) {
        let mask = config.timestamp_bits.mask();
        self.extended = header.extended.then_some(header.time);
        if chunk_type == ChunkType::Type0 {
            self.timestamp = header.time & mask;
            self.delta = if config.type_0_sets_delta {
                header.time
            } else {
                0
            };
        } else {
            self.timestamp = self.timestamp.wrapping_add(header.time) & mask;
            self.delta = header.time;
        }
        if let Some(stream_id) = header.stream_id {
            self.stream_id = stream_id;
        }
    }
}

const FRESH: &str = "a type 0 header on a chunk stream that has had none";

fn check_length(length: u32, limits: &Limits) -> Result<(), ParseError> {
    if length > limits.max_message_bytes {
        let limit = limits.max_message_bytes as usize;
        return Err(ParseError::limit(0, "message bytes", limit));
    }
    Ok(())
}
