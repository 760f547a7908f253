/// Why bytes were not queued. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// They do not fit below `max_queued_bytes` until the peer has asked for what is queued.
    #[error("the tunnel's queue is full")]
    QueueFull,
    /// There is no such session (any more), or it is closing.
    #[error("the tunnel is closed")]
    Closed,
}

/// Why a client's tunnel ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TunnelError {
    /// The server does not open a session.
    #[error("the server does not open a tunnel: it answers {0}")]
    Refused(u16),
    /// The answer to open is not the name of a session.
    #[error("the server names no session")]
    SessionName,
    /// The server answers no longer as it should: 404 where it has forgotten the session.
    #[error("the server ends the tunnel: it answers {0}")]
    Ended(u16),
    /// An answer beyond `max_answer_bytes`.
    #[error("an answer beyond the limit of {limit} bytes")]
    AnswerTooLong {
        /// The limit in force.
        limit: usize,
    },
    /// A request failed more than `max_retries` times.
    #[error("a request failed {0} times")]
    Unreachable(u32),
}
