//! Shared object messages (RTMP 1.0 §7.1.3): a name, a version, flags, and events.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use super::shared_object_event::SharedObjectEvent;
use crate::amf::{self, Text};
use crate::command::skip_format_byte;
use crate::{MessageType, ParseError};

/// The bounds of a shared object message; past any of them it is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SharedObjectLimits {
    /// How long the whole message may be, which bounds its values all together. Default 256 KiB.
    pub max_bytes: usize,
    /// How many events it may hold. Default 4096.
    pub max_events: usize,
    /// The bounds of each value.
    pub values: amf::Limits,
}

impl Default for SharedObjectLimits {
    fn default() -> Self {
        Self {
            max_bytes: 256 * 1024,
            max_events: 4096,
            values: amf::Limits::DEFAULT,
        }
    }
}

/// The eight bytes after the version, big-endian. Unknown bits are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
pub struct SharedObjectFlags(pub u64);

impl SharedObjectFlags {
    /// The object outlives its clients: 2 in the first four bytes.
    pub const PERSISTENT: Self = Self(2 << 32);

    /// True when the object outlives its clients.
    #[must_use]
    pub const fn is_persistent(self) -> bool {
        self.0 & Self::PERSISTENT.0 != 0
    }
}

/// A shared object message: AMF0 (type 19) or AMF3 (type 16).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SharedObjectMessage {
    /// The object; written with at most 65,535 bytes.
    pub name: Text,
    /// The version that the sender has of it.
    pub version: u32,
    /// Whether it is kept.
    pub flags: SharedObjectFlags,
    /// What happened to it, in order.
    pub events: Vec<SharedObjectEvent>,
}

impl SharedObjectMessage {
    /// Without events.
    #[must_use]
    pub fn new(name: impl Into<Text>, version: u32, flags: SharedObjectFlags) -> Self {
        Self {
            name: name.into(),
            version,
            flags,
            events: Vec::new(),
        }
    }

    /// With one more event.
    #[must_use]
    pub fn with(mut self, event: SharedObjectEvent) -> Self {
        self.events.push(event);
        self
    }

    /// Reads the body of a shared object message. An AMF3 one begins with a format byte 0, and any value may be in
    /// AMF3.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut or malformed, or beyond `limits`.
    pub fn parse(
        message_type: MessageType,
        payload: &[u8],
        limits: &SharedObjectLimits,
    ) -> Result<Self, ParseError> {
        if payload.len() > limits.max_bytes {
            let what = "bytes of a shared object message";
            return Err(ParseError::limit(0, what, limits.max_bytes));
        }
        // A name's length may begin with 0 as well, so that the byte cannot be left out.
        let amf3 = message_type == MessageType::SHARED_OBJECT_AMF3;
        let (body, start) = skip_format_byte(amf3, payload);
        let mut input = Reader::at(body, usize::from(start != 0));
        let name = text(&mut input)?;
        let version = input.u32()?;
        let flags = SharedObjectFlags(input.u64()?);
        let mut message = Self::new(name, version, flags);
        while !input.is_empty() {
            if message.events.len() >= limits.max_events {
                let what = "events of a shared object message";
                return Err(ParseError::limit(input.offset(), what, limits.max_events));
            }
            let kind = input.u8()?;
            let len = usize::try_from(input.u32()?).unwrap_or(usize::MAX);
            let data = input.sub(len)?;
            let event = SharedObjectEvent::parse(kind, data, &limits.values)?;
            message.events.push(event);
        }
        Ok(message)
    }

    /// How many bytes [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        const HEADER: usize = 12;
        const EVENT_HEADER: usize = 5;
        self.events
            .iter()
            .map(|event| event.encoded_len().saturating_add(EVENT_HEADER))
            .fold(
                text_len(&self.name).saturating_add(HEADER),
                usize::saturating_add,
            )
    }

    /// Writes the AMF0 form.
    pub fn encode(&self, out: &mut impl BufMut) {
        put_text(out, &self.name);
        out.put_u32(self.version);
        out.put_u64(self.flags.0);
        for event in &self.events {
            out.put_u8(event.kind());
            // Longer than any message can be.
            out.put_u32(u32::try_from(event.encoded_len()).unwrap_or(u32::MAX));
            event.encode(out);
        }
    }

    /// The body of a message of that type: with the format byte for [`MessageType::SHARED_OBJECT_AMF3`].
    #[must_use]
    pub fn to_payload(&self, message_type: MessageType) -> Bytes {
        let mut out = BytesMut::with_capacity(self.encoded_len().saturating_add(1));
        if message_type == MessageType::SHARED_OBJECT_AMF3 {
            out.put_u8(0);
        }
        self.encode(&mut out);
        out.freeze()
    }
}

/// A text after its length in two bytes.
pub(super) fn text(input: &mut Reader<'_>) -> Result<Text, ParseError> {
    let len = usize::from(input.u16()?);
    Ok(Text::from_bytes(input.take(len)?))
}

fn cut(text: &Text) -> &[u8] {
    let bytes = text.as_bytes();
    bytes.get(..usize::from(u16::MAX)).unwrap_or(bytes)
}

pub(super) fn text_len(text: &Text) -> usize {
    cut(text).len().saturating_add(2)
}

pub(super) fn put_text(out: &mut impl BufMut, text: &Text) {
    let bytes = cut(text);
    out.put_u16(u16::try_from(bytes.len()).unwrap_or(u16::MAX));
    out.put_slice(bytes);
}
