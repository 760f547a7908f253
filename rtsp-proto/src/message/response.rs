//! An owned response.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use crate::headers::{CSeq, ContentLength, TypedHeader};
use crate::message::fields::{Fields, Printable};
use crate::message::head::Span;
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
        let (line, reason) = start_line(self.version, self.status, &self.reason_phrase());
        (self.fields.rebuild(line, |_| true), reason)
    }

    fn rebuild(&mut self, keep: impl Fn(&str) -> bool) {
        let (line, reason) = start_line(self.version, self.status, &self.reason_phrase());
        self.fields = self.fields.rebuild(line, keep);
        self.reason = reason;
    }

    /// Text that can be written to, instead of a slice of the read buffer.
    fn own(&mut self) {
        if self.fields.wire_mut().is_none() {
            self.rebuild(|_| true);
        }
    }
}

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
