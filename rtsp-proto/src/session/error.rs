//! Why a session machine ended, and why a call was refused.

use std::time::Duration;

use crate::{Method, ParseError};

/// Why the connection is over. Sticky: `poll_event` gives it after all events, for ever.
///
/// All of them are of the peer's making; what was closed by the application or ended in order is no error.
/// The farewell (400, 408 and the like) is still in `poll_transmit`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionError {
    /// The peer's bytes cannot be divided into messages any more.
    #[error("framing lost at {0}")]
    Framing(#[from] ParseError),
    /// The peer began a message and did not end it in time (a slow loris, or a dead link).
    #[error("a message was not complete {after:?} after its first byte")]
    MessageTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// Nobody used the connection.
    #[error("nothing to do for {after:?}")]
    IdleTimeout {
        /// The time that was allowed.
        after: Duration,
    },
    /// The server did not answer.
    #[error("no answer to {method} within {after:?}")]
    ResponseTimeout {
        /// The request.
        method: Method,
        /// The time that was allowed.
        after: Duration,
    },
    /// The stream ended while answers or media were still to come.
    #[error("the peer closed the connection")]
    Lost,
}

/// The call was refused and nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The connection is closed or closing.
    #[error("the connection is closed")]
    Closed,
    /// The queue is at its limit. `Event::Writable` says when there is room again.
    #[error("{queued_bytes} bytes are queued already")]
    QueueFull {
        /// Bytes that wait to be written.
        queued_bytes: usize,
    },
    /// No such request waits for an answer: it has been answered, or it is not of this connection.
    #[error("no such request waits for an answer")]
    UnknownRequest,
    /// The request that waits is of another method.
    #[error("the request is {method}, which this call does not answer")]
    WrongMethod {
        /// The method of the request.
        method: Method,
    },
    /// No such session on this connection.
    #[error("no such session")]
    UnknownSession,
    /// No such track in this session.
    #[error("no such track in this session")]
    UnknownTrack,
    /// The track's packets do not go over this connection.
    #[error("the track is not interleaved")]
    NotInterleaved,
    /// A packet over 65535 bytes cannot be interleaved.
    #[error("{length} bytes do not fit an interleaved frame")]
    TooLong {
        /// The packet's length in bytes.
        length: usize,
    },
    /// The transport is none of those that the request offers.
    #[error("the request offers no such transport")]
    NotOffered,
    /// Another track of the session has this number.
    #[error("another track of the session has this number")]
    TrackTaken,
    /// No session is set up, or it is not in a state for this.
    #[error("not possible in this state")]
    WrongState,
    /// Too many requests wait for answers.
    #[error("too many requests wait for answers")]
    TooManyRequests,
}
