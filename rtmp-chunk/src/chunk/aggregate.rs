//! Aggregate messages (RTMP 1.0 §7.1.6): several messages in the body of one, each as in an FLV file.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use super::{MAX_MESSAGE_BYTES, MessageHeader, WriteError};
use crate::{Message, MessageType, ParseError};

/// The bytes before each message: type, length, timestamp, stream id.
const HEADER: usize = 11;
/// The bytes after it: its length again, with the header.
const BACK_POINTER: usize = 4;

/// The messages in an aggregate message, at most `max_messages` of them.
///
/// Each is a slice of it, on its chunk stream and message stream. Timestamps are moved by as much as the aggregate's
/// own differs from that of the first message in it. Wrong and missing back pointers are tolerated.
#[must_use]
pub const fn split(aggregate: &Message, max_messages: usize) -> Split<'_> {
    Split {
        aggregate,
        position: 0,
        offset: None,
        left: max_messages,
        limit: max_messages,
        over: false,
    }
}

/// The messages in an aggregate message: see [`split`]. Nothing comes after an error.
#[derive(Debug, Clone)]
pub struct Split<'a> {
    aggregate: &'a Message,
    position: usize,
    /// What the first message's time is moved by; the others' too.
    offset: Option<u32>,
    left: usize,
    limit: usize,
    over: bool,
}

impl Iterator for Split<'_> {
    type Item = Result<Message, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over || self.position >= self.aggregate.payload.len() {
            return None;
        }
        let item = self.message();
        self.over = item.is_err();
        Some(item)
    }
}

impl Split<'_> {
    fn message(&mut self) -> Result<Message, ParseError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| {
            ParseError::limit(self.position, "messages in an aggregate", self.limit)
        })?;
        let payload = &self.aggregate.payload;
        let rest = payload.get(self.position..).unwrap_or_default();
        let mut reader = Reader::at(rest, self.position);
        let header = SubHeader::read(&mut reader)?;
        if header.message_type == MessageType::AGGREGATE {
            let what = "another message than an aggregate in an aggregate";
            return Err(ParseError::expected(self.position, what));
        }
        let start = reader.offset();
        reader.skip(header.length)?;
        let body = payload.slice(start..reader.offset());
        skip_back_pointer(&mut reader, header.length)?;
        self.position = reader.offset();
        let offset = *self
            .offset
            .get_or_insert_with(|| self.aggregate.timestamp.wrapping_sub(header.timestamp));
        Ok(
            Message::new(self.aggregate.chunk_stream_id, header.message_type, body).at(
                self.aggregate.stream_id,
                header.timestamp.wrapping_add(offset),
            ),
        )
    }
}

/// What stands before each message: an FLV tag header.
struct SubHeader {
    message_type: MessageType,
    length: usize,
    timestamp: u32,
}

impl SubHeader {
    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let message_type = MessageType(reader.u8()?);
        let length = reader.u24()? as usize;
        let low = reader.u24()?;
        let timestamp = u32::from(reader.u8()?) << 24 | low;
        // The aggregate's own stream id counts.
        reader.skip(3)?;
        Ok(Self {
            message_type,
            length,
            timestamp,
        })
    }

    /// True when a message with a type of media or data begins here and ends within the input.
    fn is_plausible(input: &[u8]) -> bool {
        let mut reader = Reader::new(input);
        Self::read(&mut reader).is_ok_and(|header| {
            let known = [
                MessageType::AUDIO,
                MessageType::VIDEO,
                MessageType::DATA_AMF0,
                MessageType::DATA_AMF3,
            ];
            known.contains(&header.message_type) && reader.skip(header.length).is_ok()
        })
    }
}

/// The back pointer is there when its value is right (with the header or, as some write it, without), or when what
/// stands after it looks like a message and what stands here does not. Less than four bytes at the end are none.
fn skip_back_pointer(reader: &mut Reader<'_>, length: usize) -> Result<(), ParseError> {
    let rest = reader.rest();
    let Some((value, after)) = rest.split_first_chunk::<BACK_POINTER>() else {
        reader.skip(rest.len())?;
        return Ok(());
    };
    let value = u32::from_be_bytes(*value) as usize;
    let is_right = value == length || value == length.saturating_add(HEADER);
    let is_absent = !is_right && !SubHeader::is_plausible(after) && SubHeader::is_plausible(rest);
    if !is_absent {
        reader.skip(BACK_POINTER)?;
    }
    Ok(())
}

/// One aggregate message of `messages`: its header, and its payload in segments that copy none of theirs. It has the
/// chunk stream, the message stream and the timestamp of the first.
///
/// # Errors
/// [`WriteError::Aggregate`] when there are no messages or one is itself an aggregate,
/// [`WriteError::PayloadTooLong`] when they do not fit into one message.
pub fn build(messages: &[Message]) -> Result<(MessageHeader, Vec<Bytes>), WriteError> {
    let first = messages.first().ok_or(WriteError::Aggregate)?;
    let overhead = HEADER.saturating_add(BACK_POINTER);
    let mut headers = BytesMut::with_capacity(messages.len().saturating_mul(overhead));
    let mut segments = Vec::with_capacity(messages.len().saturating_mul(2).saturating_add(1));
    let mut len = 0_usize;
    for message in messages {
        if message.message_type == MessageType::AGGREGATE {
            return Err(WriteError::Aggregate);
        }
        let body = message.payload.len();
        let with_header = body.saturating_add(HEADER);
        len = len.saturating_add(with_header).saturating_add(BACK_POINTER);
        if len > MAX_MESSAGE_BYTES as usize {
            return Err(WriteError::PayloadTooLong { len });
        }
        headers.put_u8(message.message_type.0);
        headers.put_uint(body as u64, 3);
        headers.put_uint(u64::from(message.timestamp & 0xFF_FFFF), 3);
        headers.put_u8((message.timestamp >> 24) as u8);
        headers.put_uint(0, 3);
        segments.push(headers.split().freeze());
        segments.push(message.payload.clone());
        headers.put_u32(with_header as u32);
    }
    segments.push(headers.freeze());
    let mut header = MessageHeader::from(first);
    header.message_type = MessageType::AGGREGATE;
    Ok((header, segments))
}
