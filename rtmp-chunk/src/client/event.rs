//! What the application hears from a client session machine.

use crate::amf::amf0::Value;
use crate::command::{ConnectReply, Reply, Status};
use crate::session::StreamId;
use crate::{Message, ParseError, Tag};

/// What the server did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// `connect` was granted.
    #[non_exhaustive]
    Connected {
        /// What the server tells of itself.
        reply: ConnectReply,
    },
    /// `connect` was refused: the connection is over.
    #[non_exhaustive]
    ConnectRejected {
        /// Why. Where the server asks for credentials, [`ClientAuth`](crate::command::auth::ClientAuth) makes of the
        /// description what to say on the next connection.
        status: Status,
    },
    /// The stream is published: media may be sent.
    #[non_exhaustive]
    PublishStarted {
        /// The stream.
        stream: StreamHandle,
        /// The message stream the server gave it.
        id: StreamId,
        /// As the server said it.
        status: Status,
    },
    /// The stream is played: its media follows.
    #[non_exhaustive]
    PlayStarted {
        /// The stream.
        stream: StreamHandle,
        /// The message stream the server gave it.
        id: StreamId,
        /// As the server said it.
        status: Status,
    },
    /// The stream was refused: it is closed.
    #[non_exhaustive]
    StreamRejected {
        /// The stream.
        stream: StreamHandle,
        /// Why.
        status: Status,
    },
    /// A message of a played stream: audio, video, or the metadata (`onMetaData`).
    #[non_exhaustive]
    Tag {
        /// The stream.
        stream: StreamHandle,
        /// The message.
        tag: Tag,
    },
    /// Another data message of a played stream.
    #[non_exhaustive]
    Data {
        /// The stream.
        stream: StreamHandle,
        /// As it came, in AMF0; [`data`](crate::data) reads it, where it can be read.
        tag: Tag,
    },
    /// Nothing more comes on a played stream for now, or for ever.
    #[non_exhaustive]
    StreamEnded {
        /// The stream.
        stream: StreamHandle,
        /// How the server said it. Servers say it in several ways, one after the other.
        how: StreamEnd,
    },
    /// The publisher of a played stream is there (again).
    #[non_exhaustive]
    PublishNotify {
        /// The stream.
        stream: StreamHandle,
    },
    /// A played stream was paused, or goes on.
    #[non_exhaustive]
    Paused {
        /// The stream.
        stream: StreamHandle,
        /// False when it goes on.
        is_paused: bool,
    },
    /// The server went elsewhere in a played stream: its media from there follows.
    #[non_exhaustive]
    Seeked {
        /// The stream.
        stream: StreamHandle,
    },
    /// The stream is a file.
    #[non_exhaustive]
    Recorded {
        /// The stream.
        stream: StreamHandle,
    },
    /// Another status, of a stream or of the connection.
    #[non_exhaustive]
    Status {
        /// The stream; `None` for the connection.
        stream: Option<StreamHandle>,
        /// What the server says.
        status: Status,
    },
    /// The server asks to connect again (Enhanced RTMP v2).
    #[non_exhaustive]
    ReconnectRequested {
        /// Where to; `None` for the same place.
        tc_url: Option<String>,
        /// Why; may be empty.
        description: String,
    },
    /// A call was answered.
    #[non_exhaustive]
    CallAnswered {
        /// The call.
        id: CallId,
        /// False for `_error`.
        is_result: bool,
        /// What was answered.
        reply: Reply,
    },
    /// The server calls; there is no answer but to those the machine gives by itself.
    #[non_exhaustive]
    Called {
        /// The command's name.
        name: String,
        /// The command object and the arguments.
        arguments: Vec<Value>,
    },
    /// A message of a shared object.
    #[non_exhaustive]
    SharedObject {
        /// As it came; [`data`](crate::data) reads it.
        message: Message,
    },
    /// A command of the server could not be read, and was passed over.
    #[non_exhaustive]
    Unreadable {
        /// Why.
        error: ParseError,
    },
    /// There is room again after [`SendError::QueueFull`](crate::session::SendError::QueueFull).
    Writable,
}

/// How a played stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StreamEnd {
    /// The user control event StreamEOF.
    Eof,
    /// `NetStream.Play.UnpublishNotify`: the publisher is gone, and may come back.
    UnpublishNotify,
    /// `NetStream.Play.Stop`.
    Stop,
    /// `NetStream.Play.Complete`: a file was played to its end.
    Complete,
}

/// A stream that was asked for, from then on; the server's name for it comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamHandle(pub(super) u32);

/// A call that was made. Never used twice on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub(super) u32);
