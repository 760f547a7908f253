use std::time::Duration;

/// The bounds of a [`Server`](super::Server).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerLimits {
    /// Most sessions at once. Default 1024. One more is answered 503.
    pub max_sessions: usize,
    /// Most bytes that wait for one client to ask for them. Default 4 MiB. More is [`SendError::QueueFull`](super::SendError::QueueFull).
    pub max_queued_bytes: usize,
    /// The longest body of a request in bytes. Default 1 MiB. A longer one is answered 413 and has no effect.
    pub max_request_bytes: usize,
    /// The longest body of an answer in bytes, 2 at least. Default 256 KiB. What does not fit waits for the next one.
    pub max_answer_bytes: usize,
    /// How many sequence numbers a client may leave out. Default 16. A request beyond is answered 400 and has no effect.
    pub max_sequence_gap: u32,
    /// How many answers without data go by until the polling interval grows a step. Default 10.
    pub answers_per_interval: u32,
    /// How long a session lives on without a request. Default 30 s.
    /// Then [`Server::poll_expired`](super::Server::poll_expired) names it, and it is gone.
    pub idle_expiry: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            max_sessions: 1024,
            max_queued_bytes: 4 * 1024 * 1024,
            max_request_bytes: 1024 * 1024,
            max_answer_bytes: 256 * 1024,
            max_sequence_gap: 16,
            answers_per_interval: 10,
            idle_expiry: Duration::from_secs(30),
        }
    }
}

/// The bounds of a [`Client`](super::Client).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientLimits {
    /// Most bytes that wait to be sent. Default 4 MiB. More is [`SendError::QueueFull`](super::SendError::QueueFull).
    pub max_queued_bytes: usize,
    /// The longest body of a request in bytes, 1 at least. Default 64 KiB, which servers and proxies take.
    pub max_request_bytes: usize,
    /// The longest body of an answer in bytes. Default 4 MiB. A longer one ends the tunnel.
    pub max_answer_bytes: usize,
    /// How often one request is made again when it fails. Default 3. More ends the tunnel.
    pub max_retries: u32,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            max_queued_bytes: 4 * 1024 * 1024,
            max_request_bytes: 64 * 1024,
            max_answer_bytes: 4 * 1024 * 1024,
            max_retries: 3,
        }
    }
}
