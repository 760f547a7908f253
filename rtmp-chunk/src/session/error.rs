//! Why a session machine ended, and why a call was refused.

use std::time::Duration;

use crate::ParseError;
use crate::handshake::HandshakeError;

/// How far a connection had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The handshake was not done.
    Handshake,
    /// The handshake was done, `connect` was not granted yet.
    Connect,
    /// Connected; nothing was published or played.
    Idle,
    /// A stream was published.
    Publishing,
    /// A stream was played, and none published.
    Playing,
}

impl core::fmt::Display for Phase {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Handshake => "in the handshake",
            Self::Connect => "before it was connected",
            Self::Idle => "while nothing was published or played",
            Self::Publishing => "while publishing",
            Self::Playing => "while playing",
        })
    }
}

/// Why the connection is over. Sticky: `poll_event` gives it after all events, for ever.
///
/// All of them are of the peer's making; what the application closed, or what ended in order, is no error.
/// Farewell bytes are still in `poll_transmit`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The peer does not speak RTMP, or not a version or kind of it that is allowed here.
    #[error("handshake: {0}")]
    Handshake(#[from] HandshakeError),
    /// The handshake took too long: a port scanner, a slow loris or a dead link.
    #[error("the handshake was not complete after {after:?}")]
    HandshakeTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// The peer's bytes cannot be divided into messages any more, or exceed a limit of doing so.
    #[error("chunk stream {phase}: {error}")]
    Chunk {
        /// What was wrong, and at which byte of the chunk stream.
        error: ParseError,
        /// How far the connection had come.
        phase: Phase,
    },
    /// A protocol control message or a command makes no sense.
    #[error("message of type {message_type} {phase}: {error}")]
    Message {
        /// The number of its type.
        message_type: u8,
        /// What was wrong, and at which byte of the message.
        error: ParseError,
        /// How far the connection had come.
        phase: Phase,
    },
    /// The client did not say `connect`.
    #[error("no connect command {after:?} after the handshake")]
    ConnectTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// The client was connected and neither published nor played anything.
    #[error("neither publish nor play within {after:?}")]
    CommandTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// The publisher sent no media.
    #[error("the publisher sent nothing for {after:?}")]
    PublisherTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// The peer sent nothing, and no answer to a ping either.
    #[error("no answer to a ping within {after:?}")]
    PingTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// The server did not answer a command.
    #[error("no answer to {command} within {after:?}")]
    ResponseTimeout {
        /// The command's name.
        command: &'static str,
        /// The time that was allowed.
        after: Duration,
    },
    /// The stream ended without a farewell.
    #[error("the peer closed the connection {phase}")]
    Lost {
        /// How far the connection had come.
        phase: Phase,
    },
}

/// The call was refused and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection is closed or closing.
    #[error("the connection is closed")]
    Closed,
    /// The queue is at its limit. The event `Writable` says when there is room again.
    #[error("{queued_bytes} bytes are queued already")]
    QueueFull {
        /// Bytes of media that wait to be written.
        queued_bytes: usize,
    },
    /// No such request waits for an answer: it has been answered, or it is not of this connection.
    #[error("no such request waits for an answer")]
    UnknownRequest,
    /// The request that waits is of another kind.
    #[error("the request is none that this call answers")]
    WrongRequest,
    /// No such message stream on this connection.
    #[error("no such message stream")]
    UnknownStream,
    /// The stream, or the connection, is not in a state for this.
    #[error("not possible in this state")]
    WrongState,
    /// A shared message was chunked for another chunk size than the one this connection has.
    #[error("the message is in chunks of {actual} bytes, this connection needs {expected}")]
    ChunkSize {
        /// This connection's, as `chunk_size` tells it.
        expected: u32,
        /// The message's.
        actual: u32,
    },
    /// A shared message is for another message stream.
    #[error("the message is for stream {actual}, not {expected}")]
    SharedStream {
        /// The stream's number.
        expected: u32,
        /// The message's.
        actual: u32,
    },
    /// The message is longer than 16 MiB less one byte, the most a chunk header can say.
    #[error("{length} bytes are more than a message can have")]
    TooLong {
        /// The message's length in bytes.
        length: usize,
    },
    /// As many streams are open, or as many calls wait for their answers, as allowed.
    #[error("{what} beyond the limit of {limit}")]
    Limit {
        /// What is counted.
        what: &'static str,
        /// The limit in force.
        limit: usize,
    },
}
