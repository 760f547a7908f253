use bytes::{BufMut, Bytes};
use castline_core::Reader;

use crate::ParseError;

/// An event of a stream or of the connection (RTMP 1.0 §7.1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserControl {
    /// 0: the stream can be used now.
    StreamBegin(u32),
    /// 1: the stream has ended.
    StreamEof(u32),
    /// 2: the stream has no data at present.
    StreamDry(u32),
    /// 3: how much a player buffers.
    SetBufferLength {
        /// The stream.
        stream_id: u32,
        /// In milliseconds.
        buffer_length_ms: u32,
    },
    /// 4: the stream is a recording.
    StreamIsRecorded(u32),
    /// 6: is the other side there? With the server's time in milliseconds.
    PingRequest(u32),
    /// 7: yes; with the number of the request.
    PingResponse(u32),
    /// 26: the player is to prove which SWF file it runs in.
    SwfVerificationRequest,
    /// 27: it does.
    SwfVerificationResponse(SwfVerification),
    /// 31: the server has nothing more to send for now; not in the specification.
    BufferEmpty(u32),
    /// 32: it has again; not in the specification.
    BufferReady(u32),
    /// Any other event.
    Other {
        /// Its number.
        event_type: u16,
        /// What it says.
        data: Bytes,
    },
}

/// What a player knows of the SWF file that it runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SwfVerification {
    /// The length of the decompressed file in bytes.
    pub swf_size_bytes: u32,
    /// HMAC-SHA-256 of the file's hash, keyed with the end of the handshake.
    pub digest: [u8; 32],
}

impl SwfVerification {
    /// Size and digest.
    #[must_use]
    pub const fn new(swf_size_bytes: u32, digest: [u8; 32]) -> Self {
        Self {
            swf_size_bytes,
            digest,
        }
    }

    /// Two bytes of 1, the size twice, the digest; nothing else is one.
    fn parse(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let version: [u8; 2] = reader.array().ok()?;
        let sizes = (reader.u32().ok()?, reader.u32().ok()?);
        let digest = reader.array().ok()?;
        let is_one = version == [1, 1] && sizes.0 == sizes.1 && reader.is_empty();
        is_one.then_some(Self::new(sizes.0, digest))
    }
}

impl UserControl {
    /// The event in the payload of a User Control message.
    ///
    /// # Errors
    /// A payload that is too short for its event. Bytes after it do not count.
    pub fn parse(payload: &Bytes) -> Result<Self, ParseError> {
        let mut reader = Reader::new(payload);
        let event_type = reader.u16()?;
        Ok(match event_type {
            0 => Self::StreamBegin(reader.u32()?),
            1 => Self::StreamEof(reader.u32()?),
            2 => Self::StreamDry(reader.u32()?),
            3 => Self::SetBufferLength {
                stream_id: reader.u32()?,
                buffer_length_ms: reader.u32()?,
            },
            4 => Self::StreamIsRecorded(reader.u32()?),
            6 => Self::PingRequest(reader.u32()?),
            7 => Self::PingResponse(reader.u32()?),
            26 => Self::SwfVerificationRequest,
            31 => Self::BufferEmpty(reader.u32()?),
            32 => Self::BufferReady(reader.u32()?),
            _ => match SwfVerification::parse(reader.rest()) {
                Some(verification) if event_type == 27 => {
                    Self::SwfVerificationResponse(verification)
                }
                _ => Self::Other {
                    event_type,
                    data: Bytes::copy_from_slice(reader.rest()),
                },
            },
        })
    }

    /// Its number.
    #[must_use]
    pub const fn event_type(&self) -> u16 {
        match self {
            Self::StreamBegin(_) => 0,
            Self::StreamEof(_) => 1,
            Self::StreamDry(_) => 2,
            Self::SetBufferLength { .. } => 3,
            Self::StreamIsRecorded(_) => 4,
            Self::PingRequest(_) => 6,
            Self::PingResponse(_) => 7,
            Self::SwfVerificationRequest => 26,
            Self::SwfVerificationResponse(_) => 27,
            Self::BufferEmpty(_) => 31,
            Self::BufferReady(_) => 32,
            Self::Other { event_type, .. } => *event_type,
        }
    }

    /// What the protocol asks to be sent back at once: the response to a ping.
    #[must_use]
    pub fn answer(&self) -> Option<Self> {
        if let Self::PingRequest(number) = self {
            Some(Self::PingResponse(*number))
        } else {
            None
        }
    }

    /// The payload of the User Control message.
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_u16(self.event_type());
        match self {
            Self::StreamBegin(number)
            | Self::StreamEof(number)
            | Self::StreamDry(number)
            | Self::StreamIsRecorded(number)
            | Self::PingRequest(number)
            | Self::PingResponse(number)
            | Self::BufferEmpty(number)
            | Self::BufferReady(number) => out.put_u32(*number),
            Self::SetBufferLength {
                stream_id,
                buffer_length_ms,
            } => {
                out.put_u32(*stream_id);
                out.put_u32(*buffer_length_ms);
            }
            Self::SwfVerificationRequest => {}
            Self::SwfVerificationResponse(verification) => {
                out.put_slice(&[1, 1]);
                out.put_u32(verification.swf_size_bytes);
                out.put_u32(verification.swf_size_bytes);
                out.put_slice(&verification.digest);
            }
            Self::Other { data, .. } => out.put_slice(data),
        }
    }
}
