use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use super::{CONTROL_CHUNK_STREAM_ID, UserControl};
use crate::chunk::MAX_CHUNK_SIZE;
use crate::{Message, MessageType, ParseError};

/// How Set Peer Bandwidth is meant (RTMP 1.0 §5.4.5). Unknown values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
pub struct LimitType(pub u8);

impl LimitType {
    /// This window and no other.
    pub const HARD: Self = Self(0);
    /// This window, or the one in effect if that is smaller.
    pub const SOFT: Self = Self(1);
    /// Hard if the last limit was hard, otherwise nothing.
    pub const DYNAMIC: Self = Self(2);
}

/// A message about the connection itself (RTMP 1.0 §5.4, §7.1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlMessage {
    /// The chunk size of what follows from this side, in bytes, 1 to 0xFFFFFF: the top bit of what was sent does not
    /// count, and more than the longest message makes no difference.
    SetChunkSize(u32),
    /// The rest of the message under way on a chunk stream will not come.
    Abort {
        /// The chunk stream.
        chunk_stream_id: u32,
    },
    /// So many bytes have been received since the connection began; wraps.
    Acknowledgement(u32),
    /// This side expects an acknowledgement every so many bytes.
    WindowAcknowledgementSize(u32),
    /// The other side is to send no more than so many bytes unacknowledged.
    SetPeerBandwidth {
        /// In bytes.
        window: u32,
        /// How it is meant.
        limit_type: LimitType,
    },
    /// An event of a stream or of the connection.
    UserControl(UserControl),
}

impl ControlMessage {
    /// What a message says about the connection; `None` for messages of other types.
    ///
    /// The message may have come on any chunk stream and message stream, and bytes after what it consists of do not
    /// count: peers differ there.
    ///
    /// # Errors
    /// A payload that is too short, and a chunk size of 0. Offsets count from the start of the payload.
    pub fn parse(message: &Message) -> Result<Option<Self>, ParseError> {
        let mut reader = Reader::new(&message.payload);
        let control = match message.message_type {
            MessageType::SET_CHUNK_SIZE => Self::SetChunkSize(chunk_size(reader.u32()?)?),
            MessageType::ABORT => Self::Abort {
                chunk_stream_id: reader.u32()?,
            },
            MessageType::ACKNOWLEDGEMENT => Self::Acknowledgement(reader.u32()?),
            MessageType::USER_CONTROL => Self::UserControl(UserControl::parse(&message.payload)?),
            MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE => {
                Self::WindowAcknowledgementSize(reader.u32()?)
            }
            MessageType::SET_PEER_BANDWIDTH => Self::SetPeerBandwidth {
                window: reader.u32()?,
                // Some leave the type out.
                limit_type: reader.u8().map_or(LimitType::DYNAMIC, LimitType),
            },
            _ => return Ok(None),
        };
        Ok(Some(control))
    }

    /// The type of message that says this.
    #[must_use]
    pub const fn message_type(&self) -> MessageType {
        match self {
            Self::SetChunkSize(_) => MessageType::SET_CHUNK_SIZE,
            Self::Abort { .. } => MessageType::ABORT,
            Self::Acknowledgement(_) => MessageType::ACKNOWLEDGEMENT,
            Self::WindowAcknowledgementSize(_) => MessageType::WINDOW_ACKNOWLEDGEMENT_SIZE,
            Self::SetPeerBandwidth { .. } => MessageType::SET_PEER_BANDWIDTH,
            Self::UserControl(_) => MessageType::USER_CONTROL,
        }
    }

    /// The message that says this: on chunk stream 2 and message stream 0, at time 0 (§5.4).
    #[must_use]
    pub fn to_message(&self) -> Message {
        Message::new(
            CONTROL_CHUNK_STREAM_ID,
            self.message_type(),
            self.to_payload(),
        )
    }

    fn to_payload(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(16);
        match self {
            Self::SetChunkSize(number)
            | Self::Abort {
                chunk_stream_id: number,
            }
            | Self::Acknowledgement(number)
            | Self::WindowAcknowledgementSize(number) => out.put_u32(*number),
            Self::SetPeerBandwidth { window, limit_type } => {
                out.put_u32(*window);
                out.put_u8(limit_type.0);
            }
            Self::UserControl(event) => event.encode(&mut out),
        }
        out.freeze()
    }
}

/// §5.4.1: 31 bits, at least 1; more than the longest message is as good as that.
fn chunk_size(sent: u32) -> Result<u32, ParseError> {
    match sent & 0x7FFF_FFFF {
        0 => Err(ParseError::expected(0, "a chunk size of at least 1")),
        size => Ok(size.min(MAX_CHUNK_SIZE)),
    }
}
