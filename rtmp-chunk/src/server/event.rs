//! What the application hears from a server session machine.

use crate::amf::amf0::Value;
use crate::command::{ConnectInfo, Play2, PlayStart, PublishMode, StreamPath};
use crate::control::SwfVerification;
use crate::session::StreamId;
use crate::{Message, Tag};

use super::RequestId;

/// What the client wants or does, in its order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// `connect`. Nothing else is read before it is answered by [`accept`](super::ServerConnection::accept) or
    /// [`reject`](super::ServerConnection::reject).
    Connect(ConnectRequest),
    /// `publish`. Nothing else is read before it is answered; media that is already under way is not lost.
    Publish(PublishRequest),
    /// `play`. Nothing else is read before it is answered. On a stream that plays already it takes the place of
    /// what was played, or goes on after it where [`reset`](PlayRequest::reset) is false.
    Play(PlayRequest),
    /// A message of a published stream: audio, video, or the metadata (`onMetaData`, without `@setDataFrame`).
    /// Its payload is a slice of what was read where it came in one chunk.
    #[non_exhaustive]
    Tag {
        /// The stream.
        stream: StreamId,
        /// The message.
        tag: Tag,
    },
    /// Another data message of a published stream: cue points, texts, what a player's application sends.
    #[non_exhaustive]
    Data {
        /// The stream; 0 for the connection.
        stream: StreamId,
        /// As it came, in AMF0, without `@setDataFrame`: good to be sent on. [`data`](crate::data) reads it, where it
        /// can be read: encoders send what is no AMF, too.
        tag: Tag,
    },
    /// The player pauses or goes on. Answer with
    /// [`notify_paused`](super::ServerConnection::notify_paused) or
    /// [`notify_resumed`](super::ServerConnection::notify_resumed).
    #[non_exhaustive]
    Pause {
        /// The stream.
        stream: StreamId,
        /// False to go on.
        is_paused: bool,
        /// Where the player stands, in milliseconds.
        position_ms: u32,
    },
    /// The player wants to go on elsewhere. Answer with [`notify_seek`](super::ServerConnection::notify_seek) or
    /// [`refuse_seek`](super::ServerConnection::refuse_seek).
    #[non_exhaustive]
    Seek {
        /// The stream.
        stream: StreamId,
        /// Where to, in milliseconds.
        position_ms: u32,
    },
    /// The player wants sound, or wants none. The machine has answered.
    #[non_exhaustive]
    ReceiveAudio {
        /// The stream.
        stream: StreamId,
        /// False for none.
        is_wanted: bool,
    },
    /// The player wants pictures, or wants none. The machine has answered.
    #[non_exhaustive]
    ReceiveVideo {
        /// The stream.
        stream: StreamId,
        /// False for none.
        is_wanted: bool,
    },
    /// How long is this? Answer with [`reply_length`](super::ServerConnection::reply_length), or not at all.
    #[non_exhaustive]
    StreamLength {
        /// For the answer.
        id: RequestId,
        /// Of which stream.
        path: StreamPath,
    },
    /// The player wants to change to another stream. Answer with
    /// [`status`](super::ServerConnection::status), or not at all.
    #[non_exhaustive]
    Play2 {
        /// The stream.
        stream: StreamId,
        /// What is wanted.
        play2: Play2,
    },
    /// How much the player will buffer.
    #[non_exhaustive]
    BufferLength {
        /// The stream.
        stream: StreamId,
        /// In milliseconds.
        length_ms: u32,
    },
    /// A stream is not published, or not played, any more. Comes for each that was accepted, also when the
    /// connection ends.
    #[non_exhaustive]
    StreamClosed {
        /// The stream.
        stream: StreamId,
        /// What it was.
        role: Role,
        /// Why.
        reason: ClosedBy,
    },
    /// A command that is none of RTMP's own. Answer with [`result`](super::ServerConnection::result) or
    /// [`error`](super::ServerConnection::error), or not at all.
    #[non_exhaustive]
    Call {
        /// For the answer; `None` when the client wants none.
        id: Option<RequestId>,
        /// On which stream; 0 for the connection.
        stream: StreamId,
        /// Its name.
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
    /// The player proves which SWF file it runs in, mostly after
    /// [`request_swf_verification`](super::ServerConnection::request_swf_verification).
    #[non_exhaustive]
    SwfVerified {
        /// What it says; to be compared by the application.
        verification: SwfVerification,
    },
    /// The machine refused something by itself.
    #[non_exhaustive]
    Refused {
        /// The command's name.
        command: String,
        /// Why, for the log.
        reason: String,
    },
    /// There is room again after [`SendError::QueueFull`](crate::session::SendError::QueueFull).
    Writable,
}

/// What a stream of messages is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a stream goes one way or the other"
)]
pub enum Role {
    /// The client sends.
    Publisher,
    /// The client receives.
    Player,
}

/// What ended a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClosedBy {
    /// `closeStream`; the stream can be used again.
    CloseStream,
    /// `deleteStream`.
    DeleteStream,
    /// `FCUnpublish`.
    Unpublish,
    /// `play` or `publish` on the same stream: what it was before has ended.
    Replaced,
    /// This end: [`close_stream`](super::ServerConnection::close_stream) or
    /// [`close`](super::ServerConnection::close).
    Application,
    /// The connection ended, or failed.
    ConnectionLost,
}

/// A client introduces itself.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ConnectRequest {
    /// For the answer.
    pub id: RequestId,
    /// The application and its query; the stream's name is empty yet.
    pub path: StreamPath,
    /// All that was said, by name where RTMP has one.
    pub info: ConnectInfo,
}

/// A client wants to publish.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PublishRequest {
    /// For the answer.
    pub id: RequestId,
    /// What its messages will come on.
    pub stream: StreamId,
    /// The application, the stream's name and their queries.
    pub path: StreamPath,
    /// Live, or to be recorded.
    pub mode: PublishMode,
}

/// A client wants to play.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PlayRequest {
    /// For the answer.
    pub id: RequestId,
    /// What its messages go to.
    pub stream: StreamId,
    /// The application, the stream's name, its prefix (`mp4:`) where it has one, and the queries.
    pub path: StreamPath,
    /// Where to begin.
    pub start: PlayStart,
    /// How much, in milliseconds: 0 is a single frame, `None` until the end.
    pub duration_ms: Option<u32>,
    /// What was played before on this stream is dropped.
    pub reset: bool,
}
