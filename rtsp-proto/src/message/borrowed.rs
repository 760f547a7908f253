//! Messages read straight from a contiguous buffer, without a decoder and without memory of their own.

use crate::error::{ParseError, ParseErrorKind};
use crate::message::head::{FieldSpans, Malformed, StartLine, parse_head, salvage};
use crate::message::view::Headers;
use crate::{Limits, Method, StatusCode, Tolerance, Version};

/// A message in a slice. Up to 16 headers need no memory.
///
/// ```
/// use castline_rtsp_proto::{MessageRef, Method, headers::CSeq};
/// let data = b"TEARDOWN rtsp://h/1 RTSP/1.0\r\nCSeq: 9\r\nSession: 12345678\r\n\r\n";
/// let (message, used) = MessageRef::parse(data)?.expect("whole");
/// let MessageRef::Request(request) = message else { panic!("a request") };
/// assert_eq!((request.method(), used), (Method::TEARDOWN, data.len()));
/// assert_eq!(request.headers().typed::<CSeq>().unwrap(), Some(CSeq::new(9)));
/// # Ok::<(), castline_rtsp_proto::ParseError>(())
/// ```
#[derive(Clone, Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "RTSP has these two kinds of messages"
)]
pub enum MessageRef<'a> {
    /// A request.
    Request(RequestRef<'a>),
    /// A response.
    Response(ResponseRef<'a>),
}

impl<'a> MessageRef<'a> {
    /// Reads the message that `data` begins with, by the default limits and leniently. Returns it with the
    /// bytes it takes up, or `None` when it is not all there.
    ///
    /// Nothing is remembered between calls: for a stream that comes in pieces use [`Decoder`](crate::Decoder).
    ///
    /// # Errors
    /// When `data` does not begin with a message, or it is over a limit. `is_fatal()` is true for all of them:
    /// a slice has no way to go on.
    pub fn parse(data: &'a [u8]) -> Result<Option<(Self, usize)>, ParseError> {
        Self::parse_with(data, &Limits::DEFAULT, Tolerance::Lenient)
    }

    /// [`parse`](Self::parse) by other rules.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_with(
        data: &'a [u8],
        limits: &Limits,
        tolerance: Tolerance,
    ) -> Result<Option<(Self, usize)>, ParseError> {
        let bounded = data.get(..limits.head_bytes()).unwrap_or(data);
        let mut fields = FieldSpans::new();
        let head = match parse_head(bounded, limits, tolerance, &mut fields) {
            Ok(Some(head)) => head,
            Ok(None) if bounded.len() < data.len() => {
                let kind = ParseErrorKind::HeadTooLarge {
                    limit: limits.head_bytes(),
                };
                return Err(ParseError::fatal(0, kind));
            }
            Ok(None) => return Ok(None),
            Err(malformed) => return Err(refuse(bounded, malformed)),
        };
        let length = usize::try_from(head.body_bytes)
            .ok()
            .filter(|length| *length <= limits.max_body_bytes);
        let Some(length) = length else {
            let kind = ParseErrorKind::BodyTooLarge {
                length: head.body_bytes,
                limit: limits.max_body_bytes,
            };
            return Err(refuse(bounded, Malformed { position: 0, kind }));
        };
        let end = head.bytes.saturating_add(length);
        let Some(body) = data.get(head.bytes..end) else {
            return Ok(None);
        };
        Ok(Some((Self::new(data, body, head.start, fields), end)))
    }

    #[inline]
    fn new(text: &'a [u8], body: &'a [u8], start: StartLine, fields: FieldSpans) -> Self {
        match start {
            StartLine::Request {
                method,
                uri,
                version,
            } => {
                // The head's parser has made sure that it is text.
                let uri = core::str::from_utf8(uri.of(text)).unwrap_or_default();
                Self::Request(RequestRef {
                    method,
                    uri,
                    version,
                    text,
                    fields,
                    body,
                })
            }
            StartLine::Response {
                version,
                status,
                reason,
            } => {
                let reason = reason.of(text);
                Self::Response(ResponseRef {
                    version,
                    status,
                    reason,
                    text,
                    fields,
                    body,
                })
            }
        }
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        match self {
            Self::Request(request) => request.headers(),
            Self::Response(response) => response.headers(),
        }
    }
}

fn refuse(text: &[u8], malformed: Malformed) -> ParseError {
    let found = salvage(text);
    let mut error = ParseError::fatal(malformed.position as u64, malformed.kind);
    error.cseq = found.cseq;
    if found.is_response {
        error.status = None;
    }
    error
}

/// A request in a slice. Made by [`MessageRef::parse`].
#[derive(Clone, Debug)]
pub struct RequestRef<'a> {
    method: Method,
    uri: &'a str,
    version: Version,
    text: &'a [u8],
    fields: FieldSpans,
    body: &'a [u8],
}

impl<'a> RequestRef<'a> {
    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The request URI as sent.
    #[must_use]
    pub fn uri(&self) -> &'a str {
        self.uri
    }

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        Headers {
            text: self.text,
            fields: &self.fields,
        }
    }

    /// The body, empty when there is none.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// A response in a slice. Made by [`MessageRef::parse`].
#[derive(Clone, Debug)]
pub struct ResponseRef<'a> {
    version: Version,
    status: StatusCode,
    reason: &'a [u8],
    text: &'a [u8],
    fields: FieldSpans,
    body: &'a [u8],
}

impl<'a> ResponseRef<'a> {
    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase as sent; may be empty.
    #[must_use]
    pub fn reason_phrase(&self) -> &'a [u8] {
        self.reason
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        Headers {
            text: self.text,
            fields: &self.fields,
        }
    }

    /// The body, empty when there is none.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}
