//! An owned request.

use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::headers::{CSeq, ContentLength, TypedHeader};
use crate::message::fields::Fields;
use crate::message::head::Span;
use crate::message::owned::owned_message;
use crate::message::view::Headers;
use crate::{Method, Uri, UriError, Version};

/// A request: one that arrived (a slice of the read buffer), or one to send.
///
/// ```
/// use castline_rtsp_proto::{Method, Request, headers::CSeq};
/// let request = Request::new(Method::OPTIONS, "rtsp://camera/1")
///     .typed(&CSeq::new(1))
///     .header("user-agent", "example");
/// let mut out = bytes::BytesMut::new();
/// request.encode(&mut out);
/// assert_eq!(&out[..], b"OPTIONS rtsp://camera/1 RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: example\r\n\r\n");
/// ```
#[derive(Clone)]
pub struct Request {
    method: Method,
    uri: Span,
    version: Version,
    fields: Fields,
    body: Bytes,
}

impl Request {
    /// A request to send, RTSP/1.0 unless [`version`](Self::with_version) says otherwise. Blanks and control
    /// characters in `uri` go out percent-encoded; an empty one as `*`.
    #[must_use]
    pub fn new(method: Method, uri: &str) -> Self {
        let uri = if uri.is_empty() { "*" } else { uri };
        let (line, uri) = start_line(method, uri, Version::V1_0);
        Self {
            method,
            uri,
            version: Version::V1_0,
            fields: Fields::built(line),
            body: Bytes::new(),
        }
    }

    pub(crate) fn received(method: Method, uri: Span, version: Version, fields: Fields) -> Self {
        Self {
            method,
            uri,
            version,
            fields,
            body: Bytes::new(),
        }
    }

    pub(crate) fn set_received_body(&mut self, body: Bytes) {
        self.body = body;
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// The request URI as it stands in the request line.
    #[must_use]
    pub fn uri(&self) -> &str {
        core::str::from_utf8(self.uri.of(self.fields.text())).unwrap_or_default()
    }

    /// The request URI in parts.
    ///
    /// # Errors
    /// When its authority is malformed.
    pub fn parsed_uri(&self) -> Result<Uri<'_>, UriError> {
        Uri::parse(self.uri())
    }

    fn line(&self) -> (Vec<u8>, Span) {
        start_line(self.method, self.uri(), self.version)
    }
}

owned_message!(Request, uri);

fn start_line(method: Method, uri: &str, version: Version) -> (Vec<u8>, Span) {
    let mut line = Vec::with_capacity(uri.len().saturating_add(256));
    line.extend_from_slice(method.as_str().as_bytes());
    line.push(b' ');
    let start = line.len();
    crate::uri::push_printable(&mut line, uri);
    let uri = Span::new(start, line.len());
    line.push(b' ');
    line.extend_from_slice(version.as_str().as_bytes());
    (line, uri)
}

impl PartialEq for Request {
    fn eq(&self, other: &Self) -> bool {
        (self.method, self.version, self.uri()) == (other.method, other.version, other.uri())
            && self.headers() == other.headers()
            && self.body == other.body
    }
}

impl Eq for Request {}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("uri", &self.uri())
            .field("version", &self.version)
            .field("headers", &self.headers())
            .field("body_bytes", &self.body.len())
            .finish()
    }
}
