//! As much of HTTP/1.1 as RTMPT needs, over a plain stream: requests and answers with a `Content-Length`, kept alive.
//!
//! A server reads with a [`RequestReader`] and writes [`answer_head`] and the answer's body; a client writes
//! [`request_head`] and the request's body and reads with an [`AnswerReader`].
//!
//! Not here: chunked transfer coding, answers that end with the connection, pipelining, `Expect`. A peer that needs them
//! gets a typed error, and an application that needs them brings an HTTP library.

mod head;
mod reader;
mod writer;

pub use reader::{AnswerReader, HttpAnswer, HttpRequest, RequestReader};
pub use writer::{answer_head, request_head};

/// The bounds of a [`RequestReader`] or [`AnswerReader`]. The most one keeps is a head or a body of these sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// The longest head in bytes, its empty line included. Default 8 KiB.
    pub max_head_bytes: usize,
    /// Most header lines. Default 64.
    pub max_headers: usize,
    /// The longest body in bytes. Default 1 MiB.
    pub max_body_bytes: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            max_head_bytes: 8 * 1024,
            max_headers: 64,
            max_body_bytes: 1024 * 1024,
        }
    }
}

/// Why an HTTP stream cannot be read on. It is over then: each later call says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// A head beyond `max_head_bytes`.
    #[error("an HTTP head beyond the limit of {0} bytes")]
    HeadTooLong(usize),
    /// Header lines beyond `max_headers`.
    #[error("HTTP headers beyond the limit of {0}")]
    TooManyHeaders(usize),
    /// A body beyond `max_body_bytes`.
    #[error("an HTTP body beyond the limit of {0} bytes")]
    BodyTooLong(usize),
    /// A transfer coding, which is not read here.
    #[error("an HTTP transfer coding, which is not supported")]
    TransferCoding,
    /// Not HTTP/1.x.
    #[error("expected {0}")]
    Expected(&'static str),
}

impl HttpError {
    /// What a server answers before it closes the connection.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::HeadTooLong(_) | Self::TooManyHeaders(_) => 431,
            Self::BodyTooLong(_) => 413,
            Self::TransferCoding => 501,
            Self::Expected(_) => 400,
        }
    }
}
