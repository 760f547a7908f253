use alloc::string::String;

use bytes::{Buf as _, Bytes, BytesMut};

use super::{
    HttpError, HttpLimits,
    head::{self, Finder},
};

/// A request, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpRequest {
    /// Its method. Other ones than `POST` are none of RTMPT's: 405.
    pub method: String,
    /// Its target, for [`Server::handle_request`](crate::rtmpt::Server::handle_request).
    pub target: String,
    /// Its body, uncopied.
    pub body: Bytes,
    /// Whether the connection lives on after the answer.
    pub keep_alive: bool,
}

/// An answer, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpAnswer {
    /// Its status.
    pub status: u16,
    /// Its body, uncopied.
    pub body: Bytes,
    /// Whether the connection lives on.
    pub keep_alive: bool,
}

/// Reads requests off the front of a stream.
#[derive(Debug)]
pub struct RequestReader(Messages<HttpRequest>);

/// Reads answers off the front of a stream.
#[derive(Debug)]
pub struct AnswerReader(Messages<HttpAnswer>);

impl RequestReader {
    /// A reader at the start of a connection.
    #[must_use]
    pub fn new(limits: HttpLimits) -> Self {
        Self(Messages::new(limits))
    }

    /// The next request, if it is whole.
    ///
    /// # Errors
    ///
    /// Any [`HttpError`]; the same again on each later call.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<HttpRequest>, HttpError> {
        self.0.decode(input)
    }
}

impl AnswerReader {
    /// A reader at the start of a connection.
    #[must_use]
    pub fn new(limits: HttpLimits) -> Self {
        Self(Messages::new(limits))
    }

    /// The next answer, if it is whole; interim ones (1xx) are passed over.
    ///
    /// # Errors
    ///
    /// Any [`HttpError`]; the same again on each later call.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<HttpAnswer>, HttpError> {
        loop {
            match self.0.decode(input)? {
                Some(answer) if answer.status < 200 => {}
                answer => return Ok(answer),
            }
        }
    }
}

/// What requests and answers differ in.
trait Message: Sized {
    /// From a head, with an empty body, and how long the body is to be.
    fn parse(head: &[u8], limits: &HttpLimits) -> Result<(Self, usize), HttpError>;
    fn with_body(self, body: Bytes) -> Self;
}

impl Message for HttpRequest {
    fn parse(head: &[u8], limits: &HttpLimits) -> Result<(Self, usize), HttpError> {
        const EXPECTED: HttpError = HttpError::Expected("an HTTP/1.x request line");
        let (start, fields) = head::parse(head, limits)?;
        let mut words = start.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(EXPECTED);
        };
        let token = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic());
        let visible = !target.is_empty() && target.bytes().all(|byte| byte.is_ascii_graphic());
        if !token || !visible || !is_version(version) {
            return Err(EXPECTED);
        }
        let request = Self {
            method: method.into(),
            target: target.into(),
            body: Bytes::new(),
            keep_alive: fields.keep_alive,
        };
        Ok((request, fields.content_length.unwrap_or(0)))
    }

    fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }
}

impl Message for HttpAnswer {
    fn parse(head: &[u8], limits: &HttpLimits) -> Result<(Self, usize), HttpError> {
        const EXPECTED: HttpError = HttpError::Expected("an HTTP/1.x status line");
        let (start, fields) = head::parse(head, limits)?;
        let mut words = start.splitn(3, ' ');
        let (Some(version), Some(code)) = (words.next(), words.next()) else {
            return Err(EXPECTED);
        };
        let digits = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
        let status: u16 = code.parse().ok().filter(|_| digits).ok_or(EXPECTED)?;
        if !is_version(version) || status < 100 {
            return Err(EXPECTED);
        }
        // RFC 9112 §6.3: these have no body whatever they say.
        let bodiless = status < 200 || matches!(status, 204 | 304);
        let length = match fields.content_length {
            _ if bodiless => 0,
            Some(length) => length,
            None => return Err(HttpError::Expected("a Content-Length in the HTTP answer")),
        };
        let answer = Self {
            status,
            body: Bytes::new(),
            keep_alive: fields.keep_alive,
        };
        Ok((answer, length))
    }

    fn with_body(self, body: Bytes) -> Self {
        Self { body, ..self }
    }
}

fn is_version(word: &str) -> bool {
    matches!(word, "HTTP/1.1" | "HTTP/1.0")
}

#[derive(Debug)]
struct Messages<M> {
    limits: HttpLimits,
    finder: Finder,
    /// Its head is read, its body not.
    begun: Option<(M, usize)>,
    error: Option<HttpError>,
}

impl<M: Message> Messages<M> {
    fn new(limits: HttpLimits) -> Self {
        Self {
            limits,
            finder: Finder::default(),
            begun: None,
            error: None,
        }
    }

    fn decode(&mut self, input: &mut BytesMut) -> Result<Option<M>, HttpError> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let result = self.advance(input);
        self.error = result.as_ref().err().copied();
        result
    }

    fn advance(&mut self, input: &mut BytesMut) -> Result<Option<M>, HttpError> {
        if self.begun.is_none() {
            // RFC 9112 §2.2: empty lines before a message are passed over; old clients send them after a body.
            while self.finder.is_at_start() && input.starts_with(b"\r\n") {
                input.advance(2);
            }
            let Some(len) = self.finder.find(input, &self.limits)? else {
                return Ok(None);
            };
            let (message, body_len) = M::parse(&input.split_to(len), &self.limits)?;
            if body_len > self.limits.max_body_bytes {
                return Err(HttpError::BodyTooLong(self.limits.max_body_bytes));
            }
            self.begun = Some((message, body_len));
        }
        match self.begun.take() {
            Some((message, len)) if input.len() >= len => {
                Ok(Some(message.with_body(input.split_to(len).freeze())))
            }
            waiting => {
                self.begun = waiting;
                Ok(None)
            }
        }
    }
}
