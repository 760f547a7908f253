//! The generic form of every command: a name, a transaction id, a command object, arguments.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use crate::amf::amf0::{Encoder, Value};
use crate::amf::{Limits, Text};
use crate::{Message, MessageType, ParseError};

/// A command as it stands on the wire (RTMP 1.0 §7.1.1), of any name.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Call {
    /// The procedure.
    pub name: Text,
    /// Pairs a call with its `_result` or `_error`; 0 where none is awaited.
    pub transaction_id: f64,
    /// Null for most commands; left out by some peers, which reads as null.
    pub command_object: Value,
    /// What follows the command object.
    pub arguments: Vec<Value>,
}

impl Call {
    /// A call with a null command object and no arguments.
    #[must_use]
    pub fn new(name: impl Into<Text>, transaction_id: f64) -> Self {
        Self {
            name: name.into(),
            transaction_id,
            command_object: Value::Null,
            arguments: Vec::new(),
        }
    }

    /// With one more argument.
    #[must_use]
    pub fn with(mut self, argument: impl Into<Value>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// With a command object.
    #[must_use]
    pub fn with_command_object(mut self, command_object: impl Into<Value>) -> Self {
        self.command_object = command_object.into();
        self
    }

    /// The argument at `index`, unless it is absent, null or undefined.
    #[must_use]
    pub fn argument(&self, index: usize) -> Option<&Value> {
        self.arguments
            .get(index)
            .filter(|value| !value.is_null_or_undefined())
    }

    /// Reads the body of a command message, AMF0 (type 20) or AMF3 (type 17).
    ///
    /// The AMF3 form begins with a format byte 0 and goes on in AMF0, where any value may switch to AMF3 for
    /// itself; peers that leave the format byte out are understood. A transaction id that is missing is 0.
    ///
    /// # Errors
    /// [`ParseError`] when a value is cut or malformed, beyond `limits`, or the first is no string.
    pub fn parse(
        message_type: MessageType,
        payload: &[u8],
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        let (body, start) = skip_format_byte(message_type == MessageType::COMMAND_AMF3, payload);
        let values = Value::parse_all(body, limits).map_err(|error| error.moved(start))?;
        let mut values = values.into_iter();
        let Some(Value::String(name) | Value::LongString(name)) = values.next() else {
            return Err(ParseError::expected(0, "a command's name").moved(start));
        };
        let mut next = values.next();
        let transaction_id = next.as_ref().and_then(Value::as_f64);
        if transaction_id.is_some() {
            next = values.next();
        }
        Ok(Self {
            name,
            transaction_id: transaction_id.unwrap_or(0.0),
            command_object: next.unwrap_or(Value::Null),
            arguments: values.collect(),
        })
    }

    /// How many bytes [`encode`](Self::encode) writes. It has to write them to know: a value of AMF3 may refer to
    /// another one.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.to_payload(MessageType::COMMAND_AMF0).len()
    }

    /// Writes the AMF0 form: name, transaction id, command object, arguments.
    ///
    /// Like every writer into a [`BufMut`], it panics when that has a fixed size and no room.
    pub fn encode(&self, out: &mut impl BufMut) {
        let mut encoder = Encoder::new(out);
        encoder.value(&Value::String(self.name.clone()));
        encoder.value(&Value::Number(self.transaction_id));
        encoder.value(&self.command_object);
        for value in &self.arguments {
            encoder.value(value);
        }
    }

    /// The body of a message of that type: with the format byte for [`MessageType::COMMAND_AMF3`].
    #[must_use]
    pub fn to_payload(&self, message_type: MessageType) -> Bytes {
        // A name, its length and a number; values by themselves are as long as together, or longer.
        let head = self.name.len().saturating_add(16);
        let values = self.arguments.iter().chain([&self.command_object]);
        let len = values
            .map(Value::encoded_len)
            .fold(head, usize::saturating_add);
        let mut out = BytesMut::with_capacity(len);
        if message_type == MessageType::COMMAND_AMF3 {
            out.put_u8(0);
        }
        self.encode(&mut out);
        out.freeze()
    }

    /// The AMF0 command message on a chunk stream and a message stream, at time 0.
    #[must_use]
    pub fn to_message(&self, chunk_stream_id: u32, stream_id: u32) -> Message {
        let message_type = MessageType::COMMAND_AMF0;
        Message::new(chunk_stream_id, message_type, self.to_payload(message_type)).at(stream_id, 0)
    }
}

/// No AMF0 name begins with marker 0 (a number), so that a format byte cannot be mistaken.
pub(crate) fn skip_format_byte(amf3: bool, payload: &[u8]) -> (&[u8], u64) {
    match payload.split_first() {
        Some((0, rest)) if amf3 => (rest, 1),
        _ => (payload, 0),
    }
}
