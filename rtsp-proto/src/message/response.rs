//! An owned response.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::headers::{CSeq, ContentLength, TypedHeader};
use crate::message::fields::{Fields, Printable};
use crate::message::head::Span;
use crate::message::owned::owned_message;
use crate::message::view::Headers;
use crate::{StatusCode, Version};

/// A response: one that arrived (a slice of the read buffer), or one to send.
///
/// ```
/// use castline_rtsp_proto::{Response, StatusCode, headers::CSeq};
/// let response = Response::new(StatusCode::NOT_FOUND).typed(&CSeq::new(4));
/// let mut out = bytes::BytesMut::new();
/// response.encode(&mut out);
/// assert_eq!(&out[..], b"RTSP/1.0 404 Not Found\r\nCSeq: 4\r\n\r\n");
/// ```
#[derive(Clone)]
pub struct Response {
    version: Version,
    status: StatusCode,
    reason: Span,
    fields: Fields,
    body: Bytes,
}

impl Response {
    /// A response to send, RTSP/1.0 unless [`with_version`](Self::with_version) says otherwise, with the RFC's
    /// reason phrase.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        let (line, reason) = start_line(Version::V1_0, status, status.reason_phrase());
        Self {
            version: Version::V1_0,
            status,
            reason,
            fields: Fields::built(line),
            body: Bytes::new(),
        }
    }

    pub(crate) fn received(
        version: Version,
        status: StatusCode,
        reason: Span,
        fields: Fields,
    ) -> Self {
        Self {
            version,
            status,
            reason,
            fields,
            body: Bytes::new(),
        }
    }

    pub(crate) fn set_received_body(&mut self, body: Bytes) {
        self.body = body;
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The reason phrase as sent: may be empty, and says nothing that the status does not.
    #[must_use]
    pub fn reason_phrase(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.reason.of(self.fields.text()))
    }

    /// Another reason phrase, for people who read logs. CR, LF and NUL become spaces.
    #[must_use]
    pub fn with_reason_phrase(mut self, reason: &str) -> Self {
        let (line, span) = start_line(self.version, self.status, reason.trim());
        self.fields = self.fields.rebuild(line, |_| true);
        self.reason = span;
        self
    }

    fn line(&self) -> (Vec<u8>, Span) {
        start_line(self.version, self.status, &self.reason_phrase())
    }
}

owned_message!(Response, reason);

fn start_line(version: Version, status: StatusCode, reason: &str) -> (Vec<u8>, Span) {
    let mut line = Vec::with_capacity(reason.len().saturating_add(256));
    line.extend_from_slice(version.as_str().as_bytes());
    // Writing to memory does not fail.
    let _ = fmt::Write::write_fmt(&mut Printable(&mut line), format_args!(" {status} "));
    let start = line.len();
    // A control character would make the line look like binary data.
    line.extend(
        reason
            .bytes()
            .map(|byte| if byte.is_ascii_control() { b' ' } else { byte }),
    );
    let reason = Span::new(start, line.len());
    (line, reason)
}

impl PartialEq for Response {
    fn eq(&self, other: &Self) -> bool {
        (self.status, self.version, self.reason_phrase())
            == (other.status, other.version, other.reason_phrase())
            && self.headers() == other.headers()
            && self.body == other.body
    }
}

impl Eq for Response {}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("version", &self.version)
            .field("status", &self.status)
            .field("headers", &self.headers())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
