//! The commands as types.

use alloc::string::String;

use bytes::{BufMut, Bytes};

use super::call::Call;
use super::connect::ConnectInfo;
use super::reply::Reply;
use super::status::Status;
use super::stream::{Pause, Play, Play2, Publish};
use crate::amf::Limits;
use crate::{Message, MessageType, ParseError};

/// A command of NetConnection or NetStream (RTMP 1.0 §7.2, and those that encoders and Flash add).
///
/// What has another name, or arguments that do not fit its name, is [`Command::Call`]: to be answered as any
/// procedure that does not exist.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Command {
    /// `connect`.
    Connect(ConnectInfo),
    /// `close`: the connection is over.
    Close,
    /// `createStream`.
    CreateStream,
    /// `releaseStream`, before publishing: whoever holds the name may be dropped.
    ReleaseStream {
        /// As in the `publish` that follows.
        stream_name: String,
    },
    /// `FCPublish`, before publishing.
    FcPublish {
        /// As in the `publish` that follows.
        stream_name: String,
    },
    /// `FCUnpublish`, after publishing.
    FcUnpublish {
        /// As in `publish`.
        stream_name: String,
    },
    /// `FCSubscribe`, before playing live.
    FcSubscribe {
        /// As in the `play` that follows.
        stream_name: String,
    },
    /// `FCUnsubscribe`, after playing.
    FcUnsubscribe {
        /// As in `play`.
        stream_name: String,
    },
    /// `getStreamLength`: answered in seconds.
    GetStreamLength {
        /// As in the `play` that follows.
        stream_name: String,
    },
    /// `_checkbw`: what OBS and others answer to `onBWDone`. Needs no answer; an error does no harm.
    CheckBandwidth,
    /// `publish`.
    Publish(Publish),
    /// `play`.
    Play(Play),
    /// `play2`.
    Play2(Play2),
    /// `pause` or `pauseRaw`.
    Pause(Pause),
    /// `seek`.
    Seek {
        /// Where to, in milliseconds.
        position_ms: u32,
    },
    /// `receiveAudio`.
    ReceiveAudio(bool),
    /// `receiveVideo`.
    ReceiveVideo(bool),
    /// `closeStream`: the message's stream stops, its id stays.
    CloseStream,
    /// `deleteStream`: a stream ends, its id is free.
    DeleteStream {
        /// The stream; not the message's, which is mostly 0.
        stream_id: u32,
    },
    /// `_result`.
    Result(Reply),
    /// `_error`.
    Error(Reply),
    /// `onStatus`.
    OnStatus(Status),
    /// `onFCPublish`.
    OnFcPublish(Status),
    /// `onFCUnpublish`.
    OnFcUnpublish(Status),
    /// `onFCSubscribe`.
    OnFcSubscribe(Status),
    /// `onFCUnsubscribe`.
    OnFcUnsubscribe(Status),
    /// `onBWDone`: the server's bandwidth check is over.
    OnBandwidthDone,
    /// Any other call.
    Call(Call),
}

/// A command and the transaction id that pairs it with its answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CommandMessage {
    /// 0 where no answer is awaited; that of the call in `_result` and `_error`.
    pub transaction_id: f64,
    /// What is called, or answered.
    pub command: Command,
}

impl CommandMessage {
    /// A command under a transaction id. That of [`Command::Call`] is replaced.
    #[must_use]
    pub fn new(transaction_id: impl Into<f64>, mut command: Command) -> Self {
        let transaction_id = transaction_id.into();
        if let Command::Call(call) = &mut command {
            call.transaction_id = transaction_id;
        }
        Self {
            transaction_id,
            command,
        }
    }

    /// Reads the body of a command message, AMF0 (type 20) or AMF3 (type 17), as [`Call::parse`] does.
    ///
    /// # Errors
    /// [`ParseError`] when a value is cut or malformed, beyond `limits`, or the first is no string.
    pub fn parse(
        message_type: MessageType,
        payload: &[u8],
        limits: &Limits,
    ) -> Result<Self, ParseError> {
        Call::parse(message_type, payload, limits).map(Self::from)
    }

    /// How many bytes [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.to_call().encoded_len()
    }

    /// Writes the AMF0 form.
    pub fn encode(&self, out: &mut impl BufMut) {
        self.to_call().encode(out);
    }

    /// The body of a message of that type: with the format byte for [`MessageType::COMMAND_AMF3`].
    #[must_use]
    pub fn to_payload(&self, message_type: MessageType) -> Bytes {
        self.to_call().to_payload(message_type)
    }

    /// The AMF0 command message on a chunk stream and a message stream, at time 0.
    #[must_use]
    pub fn to_message(&self, chunk_stream_id: u32, stream_id: u32) -> Message {
        self.to_call().to_message(chunk_stream_id, stream_id)
    }

    /// The generic form.
    #[must_use]
    pub fn to_call(&self) -> Call {
        self.command.to_call(self.transaction_id)
    }
}

impl Command {
    /// This command under a transaction id.
    #[must_use]
    pub fn with_transaction(self, transaction_id: impl Into<f64>) -> CommandMessage {
        CommandMessage::new(transaction_id, self)
    }

    /// This command where no answer is awaited: transaction id 0.
    #[must_use]
    pub fn notification(self) -> CommandMessage {
        CommandMessage::new(0.0, self)
    }
}
