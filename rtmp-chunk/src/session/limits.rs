//! How much a peer may make a session machine hold.

/// The bounds of one session machine, server or client. All finite by default.
///
/// Together they bound one connection's memory: messages in flight, events that were not taken, and output that
/// was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bounds of AMF values; a command beyond them fails the connection with
    /// [`ConnectionError::Message`](super::ConnectionError::Message), a data message is passed on unread.
    pub amf: crate::amf::Limits,
    /// Most message streams open at once. Default 16; one more `createStream` is answered `_error`.
    pub max_streams: usize,
    /// Events that wait for `poll_event` before `wants_input` turns false. Default 64.
    pub max_queued_events: usize,
    /// Most messages of one aggregate message, which become events at once; the rest is dropped. Default 1024.
    pub max_aggregate_messages: usize,
    /// Bytes of media in events that wait, before `wants_input` turns false. Default 1 MiB; one message more may
    /// be held.
    pub max_queued_event_bytes: usize,
    /// Bytes of media that wait to be written before sending is refused with
    /// [`SendError::QueueFull`](super::SendError::QueueFull). Default 4 MiB; a longer message is taken when
    /// nothing waits.
    pub max_queued_bytes: usize,
    /// Bytes of answers that wait to be written before `wants_input` turns false. Default 64 KiB.
    pub max_unread_reply_bytes: usize,
    /// Calls that wait for their answers: the peer's, of which the oldest is answered `_error` when one more
    /// comes, and our own, of which one more is refused. Default 64.
    pub max_open_calls: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            amf: crate::amf::Limits::default(),
            max_streams: 16,
            max_queued_events: 64,
            max_aggregate_messages: 1024,
            max_queued_event_bytes: 1024 * 1024,
            max_queued_bytes: 4 * 1024 * 1024,
            max_unread_reply_bytes: 64 * 1024,
            max_open_calls: 64,
        }
    }
}

/// What is done when the peer does not acknowledge what it was sent (RTMP 1.0 §5.4.3, §5.4.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Acknowledgements {
    /// Nothing: many peers never do, and TCP holds back what they do not read. The default.
    #[default]
    Optional,
    /// Nothing more is sent while two windows are not acknowledged, once the peer has acknowledged anything.
    Required,
}
