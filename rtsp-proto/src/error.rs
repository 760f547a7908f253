//! What can be wrong with bytes from a peer, and where.

use crate::StatusCode;

/// A unit of the stream that could not be read: where, why, and what to do about it.
///
/// "Not all there yet" is never an error, it is `Ok(None)`.
///
/// A recoverable error (`!is_fatal()`) means that the decoder found the end of the offending message, has
/// taken it off the input and goes on with the next one: answer [`status`](Self::status) with
/// [`cseq`](Self::cseq) and call `decode` again. After a fatal one the framing is lost: answer if there is a
/// status, then close. The decoder returns a fatal error for ever after.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {kind}")]
#[non_exhaustive]
pub struct ParseError {
    /// Where the offending bytes begin, counted from the first byte of the stream (or of the slice).
    pub offset: u64,
    /// What was wrong or expected.
    pub kind: ParseErrorKind,
    pub(crate) status: Option<StatusCode>,
    pub(crate) cseq: Option<u32>,
    pub(crate) fatal: bool,
}

impl ParseError {
    pub(crate) fn fatal(offset: u64, kind: ParseErrorKind) -> Self {
        let status = kind.status();
        Self {
            offset,
            kind,
            status,
            cseq: None,
            fatal: true,
        }
    }

    pub(crate) fn recoverable(offset: u64, kind: ParseErrorKind) -> Self {
        Self {
            fatal: false,
            ..Self::fatal(offset, kind)
        }
    }

    /// True when the end of the offending unit is unknown: nothing after it can be read.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.fatal
    }

    /// The status to answer with; `None` when the offending unit was not a request.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// The CSeq of the offending message, where one could be found.
    #[must_use]
    pub fn cseq(&self) -> Option<u32> {
        self.cseq
    }
}

/// What was wrong. Each one says the status that a server answers with, where it has one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The request line is over [`Limits::max_line_bytes`](crate::Limits::max_line_bytes): 414.
    #[error("request line longer than {limit} bytes")]
    RequestLineTooLong {
        /// The limit in force, bytes.
        limit: usize,
    },
    /// A header line or status line is over [`Limits::max_line_bytes`](crate::Limits::max_line_bytes): 431.
    #[error("line longer than {limit} bytes")]
    LineTooLong {
        /// The limit in force, bytes.
        limit: usize,
    },
    /// No empty line within [`Limits::max_head_bytes`](crate::Limits::max_head_bytes): 431, fatal.
    #[error("head longer than {limit} bytes")]
    HeadTooLarge {
        /// The limit in force, bytes.
        limit: usize,
    },
    /// More header lines than [`Limits::max_headers`](crate::Limits::max_headers): 431.
    #[error("more than {limit} headers")]
    TooManyHeaders {
        /// The limit in force.
        limit: usize,
    },
    /// The start line does not follow its grammar: 400.
    #[error("start line: expected {expected}")]
    StartLine {
        /// What should have been there.
        expected: &'static str,
    },
    /// A header line does not follow its grammar: 400.
    #[error("header line: expected {expected}")]
    HeaderLine {
        /// What should have been there.
        expected: &'static str,
    },
    /// Neither RTSP/1.0 nor RTSP/2.0: 505.
    #[error("expected RTSP/1.0 or RTSP/2.0")]
    UnsupportedVersion,
    /// Content-Length is not a number (negative, empty, signed, with a unit): 400, fatal.
    #[error("Content-Length: expected decimal digits")]
    ContentLengthInvalid,
    /// Several Content-Length values that differ: 400, fatal.
    #[error("Content-Length: expected one value, found several that differ")]
    ContentLengthConflict,
    /// Content-Length does not fit 64 bits: 413, fatal.
    #[error("Content-Length: expected at most 64 bits")]
    ContentLengthOverflow,
    /// The body is over [`Limits::max_body_bytes`](crate::Limits::max_body_bytes): 413.
    #[error("body of {length} bytes is longer than {limit}")]
    BodyTooLarge {
        /// What Content-Length says.
        length: u64,
        /// The limit in force, bytes.
        limit: usize,
    },
    /// The payload is over [`Limits::max_interleaved_bytes`](crate::Limits::max_interleaved_bytes).
    #[error("interleaved frame of {length} bytes is longer than {limit}")]
    InterleavedTooLarge {
        /// The length field of the frame.
        length: usize,
        /// The limit in force, bytes.
        limit: usize,
    },
    /// No unit began within [`Limits::max_garbage_bytes`](crate::Limits::max_garbage_bytes): fatal.
    #[error("more than {limit} bytes of neither message nor interleaved frame")]
    TooMuchGarbage {
        /// The limit in force, bytes.
        limit: u64,
    },
    /// Something else than a message or a `$` where one must begin ([`Tolerance::Strict`](crate::Tolerance)): fatal.
    #[error("expected `$`, a method or `RTSP/`")]
    Garbage,
}

impl ParseErrorKind {
    fn status(&self) -> Option<StatusCode> {
        match self {
            Self::RequestLineTooLong { .. } => Some(StatusCode::REQUEST_URI_TOO_LONG),
            Self::LineTooLong { .. } | Self::HeadTooLarge { .. } | Self::TooManyHeaders { .. } => {
                Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
            }
            Self::StartLine { .. }
            | Self::HeaderLine { .. }
            | Self::ContentLengthInvalid
            | Self::ContentLengthConflict => Some(StatusCode::BAD_REQUEST),
            Self::UnsupportedVersion => Some(StatusCode::RTSP_VERSION_NOT_SUPPORTED),
            Self::ContentLengthOverflow | Self::BodyTooLarge { .. } => {
                Some(StatusCode::REQUEST_MESSAGE_BODY_TOO_LARGE)
            }
            Self::InterleavedTooLarge { .. } | Self::TooMuchGarbage { .. } | Self::Garbage => None,
        }
    }
}

/// A header whose value does not follow its grammar. The message around it is sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{header}, byte {position}: expected {expected}")]
#[non_exhaustive]
pub struct HeaderError {
    /// The header's canonical name.
    pub header: &'static str,
    /// Where in the value, in bytes.
    pub position: usize,
    /// What should have been there.
    pub expected: &'static str,
}

impl HeaderError {
    /// An error of `header`, at the place of `part` inside `value`.
    pub(crate) fn at(
        header: &'static str,
        value: &str,
        part: &str,
        expected: &'static str,
    ) -> Self {
        let distance = (part.as_ptr() as usize).wrapping_sub(value.as_ptr() as usize);
        let position = if distance <= value.len() { distance } else { 0 };
        Self {
            header,
            position,
            expected,
        }
    }
}

/// A URI or an escape in it that does not follow its grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("URI, byte {position}: expected {expected}")]
#[non_exhaustive]
pub struct UriError {
    /// Where in the text, in bytes.
    pub position: usize,
    /// What should have been there.
    pub expected: &'static str,
}
