//! Messages of media as tags, and back.

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Limits, StreamId, chunk_stream};
use crate::chunk::{MessageHeader, SharedMessage, WriteError, aggregate};
use crate::{Message, MessageType, Tag, TagType};

/// What a publisher puts before what is to be kept for players that come later, as an AMF0 string.
const SET_DATA_FRAME: &[u8] = b"\x02\0\x0d@setDataFrame";
const ON_META_DATA: &[u8] = b"\x02\0\x0aonMetaData";

/// A message of media.
#[derive(Debug, PartialEq)]
pub(crate) enum Media {
    /// Audio, video, or `onMetaData`.
    Tag(Tag),
    /// Other data.
    Data(Tag),
}

impl Media {
    /// The tag in a message; `None` for messages of other types.
    pub(crate) fn of(message: Message) -> Option<Self> {
        let timestamp = message.timestamp;
        let body = match message.message_type {
            MessageType::AUDIO => {
                let tag = Tag::new(TagType::Audio, timestamp, message.payload);
                return Some(Self::Tag(tag));
            }
            MessageType::VIDEO => {
                let tag = Tag::new(TagType::Video, timestamp, message.payload);
                return Some(Self::Tag(tag));
            }
            MessageType::DATA_AMF0 => message.payload,
            // A format byte 0, and AMF0 after it.
            MessageType::DATA_AMF3 if message.payload.first() == Some(&0) => {
                message.payload.slice(1..)
            }
            MessageType::DATA_AMF3 => message.payload,
            _ => return None,
        };
        let body = if body.starts_with(SET_DATA_FRAME) {
            body.slice(SET_DATA_FRAME.len()..)
        } else {
            body
        };
        let is_metadata = body.starts_with(ON_META_DATA);
        let tag = Tag::new(TagType::Script, timestamp, body);
        Some(if is_metadata {
            Self::Tag(tag)
        } else {
            Self::Data(tag)
        })
    }

    /// The bytes it holds.
    pub(crate) const fn len(&self) -> usize {
        let (Self::Tag(tag) | Self::Data(tag)) = self;
        tag.len()
    }
}

/// The messages of media in a message: those of an aggregate, or itself. `false` when some of it is lost.
pub(crate) fn split(message: Message, limits: &Limits) -> (SmallVec<[Media; 1]>, bool) {
    if message.message_type != MessageType::AGGREGATE {
        let media = Media::of(message);
        return (media.into_iter().collect(), true);
    }
    let mut is_whole = true;
    let messages = aggregate::split(&message, limits.max_aggregate_messages);
    let media = messages.map_while(|message| {
        is_whole = message.is_ok();
        message.ok()
    });
    let media = media.filter_map(Media::of).collect();
    (media, is_whole)
}

/// How a tag goes out on a stream: its header and its payload, uncopied.
pub(crate) fn outgoing(stream: StreamId, tag: &Tag) -> (MessageHeader, [Bytes; 2]) {
    let (chunk_stream_id, message_type) = match tag.tag_type {
        TagType::Audio => (chunk_stream::AUDIO, MessageType::AUDIO),
        TagType::Video => (chunk_stream::VIDEO, MessageType::VIDEO),
        TagType::Script => (chunk_stream::DATA, MessageType::DATA_AMF0),
    };
    let header = MessageHeader::new(chunk_stream_id, message_type, stream.0, tag.timestamp);
    (header, [tag.header.clone(), tag.payload.clone()])
}

/// What goes before the metadata that a publisher sends.
pub(crate) fn metadata_prefix(tag: &Tag) -> Option<Bytes> {
    let first = if tag.header.is_empty() {
        &tag.payload
    } else {
        &tag.header
    };
    let is_metadata = tag.tag_type == TagType::Script && first.starts_with(ON_META_DATA);
    is_metadata.then_some(Bytes::from_static(SET_DATA_FRAME))
}

/// A message of so few bytes is copied into one segment for all its players.
const MAX_BYTES_JOINED: usize = 4096;

/// A tag as a message for a stream, chunked once for all players that have this chunk size: what
/// [`ServerConnection::send_shared`](crate::server::ServerConnection::send_shared) takes. A tag of up to 4096 bytes
/// becomes one segment, a longer one is not copied.
///
/// # Errors
/// [`WriteError::PayloadTooLong`] when the tag is longer than a message can be.
pub fn share(tag: &Tag, stream: StreamId, chunk_size: u32) -> Result<SharedMessage, WriteError> {
    let (header, payload) = outgoing(stream, tag);
    if tag.len() <= MAX_BYTES_JOINED {
        return SharedMessage::joined(&header, &payload, chunk_size);
    }
    SharedMessage::new(&header, &payload, chunk_size)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(message_type: MessageType, payload: &'static [u8]) -> Message {
        Message::new(5, message_type, Bytes::from_static(payload)).at(1, 7)
    }

    #[test]
    fn set_data_frame_and_the_format_byte_are_taken_off() {
        let metadata = Media::Tag(Tag::new(
            TagType::Script,
            7,
            Bytes::from_static(b"\x02\0\x0aonMetaData\x05"),
        ));
        for (message_type, payload) in [
            (MessageType::DATA_AMF0, &b"\x02\0\x0aonMetaData\x05"[..]),
            (
                MessageType::DATA_AMF0,
                b"\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x05",
            ),
            (
                MessageType::DATA_AMF3,
                b"\0\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData\x05",
            ),
        ] {
            let media = Media::of(data(message_type, payload));
            assert_eq!(media.as_ref(), Some(&metadata), "{payload:?}");
        }
    }

    #[test]
    fn what_is_no_metadata_is_data_whatever_it_says() {
        // The time code that ffmpeg sends is no AMF at all.
        for payload in [&b"\0\x11\x22\x33"[..], b"", b"\x02\0\x09onCuePoin"] {
            let media = Media::of(data(MessageType::DATA_AMF0, payload));
            assert!(matches!(media, Some(Media::Data(tag)) if tag.payload == payload));
        }
        assert_eq!(Media::of(data(MessageType::COMMAND_AMF0, b"")), None);
    }

    #[test]
    fn an_aggregate_is_cut_off_at_its_limit_and_told() {
        let parts: Vec<Message> = (0..5)
            .map(|time| data(MessageType::AUDIO, b"\xaf\x01x").at(1, time))
            .collect();
        let (header, payload) = aggregate::build(&parts).unwrap();
        let message = Message::new(4, header.message_type, payload.concat().into()).at(1, 0);
        let limits = Limits::default();
        assert_eq!(split(message.clone(), &limits).0.len(), 5);
        let limits = Limits {
            max_aggregate_messages: 3,
            ..limits
        };
        let (media, is_whole) = split(message, &limits);
        assert_eq!((media.len(), is_whole), (3, false));
    }
}
