//! The streams that were asked for, and the calls that wait for their answers.

use std::time::Instant;

use super::{CallId, StreamHandle};
use crate::command::{Play, Publish};
use crate::session::StreamId;

/// What a stream is for.
#[derive(Clone, Debug)]
pub(super) enum Purpose {
    Publish(Publish),
    Play(Play),
}

impl Purpose {
    pub(super) const fn is_play(&self) -> bool {
        matches!(self, Self::Play(_))
    }

    pub(super) const fn command(&self) -> &'static str {
        match self {
            Self::Publish(_) => "publish",
            Self::Play(_) => "play",
        }
    }
}

/// How far a stream has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// `connect` was not granted yet.
    Waiting,
    /// `createStream` was sent.
    Creating,
    /// `publish` or `play` was sent.
    Starting,
    Started,
    /// Closed by the application before the server gave it a number.
    Abandoned,
}

#[derive(Debug)]
pub(super) struct ClientStream {
    pub(super) handle: StreamHandle,
    pub(super) purpose: Purpose,
    pub(super) progress: Progress,
    /// 0 before the server gave it one.
    pub(super) id: StreamId,
    /// When the next answer must have come.
    pub(super) deadline: Option<Instant>,
}

/// A command that the server answers by number.
#[derive(Debug)]
pub(super) struct OpenCall {
    pub(super) transaction: u32,
    pub(super) kind: CallKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallKind {
    Connect,
    CreateStream(StreamHandle),
    Application(CallId),
    /// Whatever is answered changes nothing.
    Courtesy,
}
