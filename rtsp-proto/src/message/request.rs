//! An owned request.

use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::headers::{CSeq, ContentLength, TypedHeader};
use crate::message::fields::Fields;
use crate::message::head::Span;
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

    /// The version.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> Headers<'_> {
        self.fields.view()
    }

    /// CSeq, where it is there and a number.
    #[must_use]
    pub fn cseq(&self) -> Option<u32> {
        self.headers()
            .typed::<CSeq>()
            .ok()
            .flatten()
            .map(CSeq::value)
    }

    /// The body, empty when there is none.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// This version instead.
    #[must_use]
    pub fn with_version(mut self, version: Version) -> Self {
        self.version = version;
        self.rebuild(|_| true);
        self
    }

    /// Adds a header at the end, in canonical case. CR, LF and NUL in `value` become spaces.
    /// Content-Length is left out: it is written for the body by itself.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.own();
        if !name.eq_ignore_ascii_case(ContentLength::NAME) {
            self.fields.push(name, value.as_ref());
        }
        self
    }

    /// Adds a typed header at the end. Content-Length is left out: it is written for the body by itself.
    #[must_use]
    pub fn typed<T: TypedHeader>(mut self, header: &T) -> Self {
        self.own();
        if T::NAME != ContentLength::NAME {
            self.fields.push_typed(header);
        }
        self
    }

    /// Takes out every header of this name. Content-Length goes only with its body.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        if !name.eq_ignore_ascii_case(ContentLength::NAME) {
            self.rebuild(|other| !other.eq_ignore_ascii_case(name));
        }
        self
    }

    /// This body, and its Content-Length. An empty one takes both out.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.rebuild(|name| !name.eq_ignore_ascii_case(ContentLength::NAME));
        if !self.body.is_empty() {
            self.fields
                .push_typed(&ContentLength::new(self.body.len() as u64));
        }
        self
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let head = self
            .fields
            .wire()
            .map_or_else(|| self.built().0.text().len(), <[u8]>::len);
        head.saturating_add(2).saturating_add(self.body.len())
    }

    /// Writes head and body.
    pub fn encode(&self, out: &mut impl BufMut) {
        self.write_head(out);
        out.put_slice(&self.body);
    }

    /// The head as one segment and the body as another, for a vectored write that copies no body.
    #[must_use]
    pub fn into_segments(self) -> (Bytes, Bytes) {
        let mut head = BytesMut::with_capacity(self.encoded_len().saturating_sub(self.body.len()));
        self.write_head(&mut head);
        (head.freeze(), self.body)
    }

    fn write_head(&self, out: &mut impl BufMut) {
        match self.fields.wire() {
            Some(wire) => out.put_slice(wire),
            None => out.put_slice(self.built().0.text()),
        }
        out.put_slice(b"\r\n");
    }

    fn built(&self) -> (Fields, Span) {
        let (line, uri) = start_line(self.method, self.uri(), self.version);
        (self.fields.rebuild(line, |_| true), uri)
    }

    fn rebuild(&mut self, keep: impl Fn(&str) -> bool) {
        let (line, uri) = start_line(self.method, self.uri(), self.version);
        self.fields = self.fields.rebuild(line, keep);
        self.uri = uri;
    }

    /// Text that can be written to, instead of a slice of the read buffer.
    fn own(&mut self) {
        if self.fields.wire_mut().is_none() {
            self.rebuild(|_| true);
        }
    }
}

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
