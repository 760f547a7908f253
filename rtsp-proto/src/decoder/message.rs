//! Messages: the head is found line by line, then read at once; then the body.

use alloc::boxed::Box;

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use super::{Decoder, Incoming, State, Step};
use crate::error::{ParseError, ParseErrorKind};
use crate::grammar::is_blank;
use crate::message::Fields;
use crate::message::head::{Head, Malformed, StartLine, begins_response, parse_head, salvage};
use crate::{Method, Request, Response};

/// How far the search for the end of a head has come.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    /// No line end lies between `line_start` and here.
    scanned: usize,
    /// Where the line in progress begins.
    line_start: usize,
}

impl Decoder {
    /// Searches on for the empty line.
    pub(super) fn scan_head(&mut self, input: &mut BytesMut) -> Result<Step, ParseError> {
        let limit = self.limits.head_bytes();
        let State::Head(HeadScan {
            mut scanned,
            mut line_start,
        }) = self.state
        else {
            return Ok(Step::Again);
        };
        while let Some(found) = memchr(b'\n', input.get(scanned..).unwrap_or_default()) {
            let line_end = scanned.saturating_add(found);
            let next = line_end.saturating_add(1);
            if next > limit {
                return Err(self.head_too_large(input));
            }
            let line = input.get(line_start..line_end).unwrap_or_default();
            if line_start == 0 {
                if let Some(bytes) = self.garbage_line(line, next) {
                    return self.begin_garbage(input, bytes);
                }
            } else if matches!(line, b"" | b"\r") {
                return self.finish_head(input, next);
            } else if line.first().is_some_and(|byte| is_blank(*byte)) {
                unfold(input, line_start);
            }
            (scanned, line_start) = (next, next);
        }
        scanned = input.len();
        if scanned > limit {
            return Err(self.head_too_large(input));
        }
        let first = input.get(..scanned).unwrap_or_default();
        if line_start == 0 && scanned > self.limits.max_line_bytes {
            if let Some(bytes) = self.garbage_line(first, scanned) {
                return self.begin_garbage(input, bytes);
            }
        }
        self.state = State::Head(HeadScan {
            scanned,
            line_start,
        });
        Ok(Step::Wait)
    }

    /// How much to skip when a first line is binary data that only looked like a message. `next`: where the
    /// next line begins.
    fn garbage_line(&self, line: &[u8], next: usize) -> Option<usize> {
        if self.tolerance.is_strict() {
            return None;
        }
        let text = line.strip_suffix(b"\r").unwrap_or(line);
        let known = begins_response(text)
            || memchr(b' ', text)
                .and_then(|space| text.get(..space))
                .and_then(Method::parse)
                .is_some_and(|method| method.is_known());
        if known {
            // The whole line goes: were it searched again, a line of nothing but methods would be read once
            // for each of them.
            let binary = text
                .iter()
                .any(|byte| byte.is_ascii_control() && *byte != b'\t');
            return binary.then_some(next);
        }
        // The word was no method that a search finds, so searching the line again happens once.
        let plausible = memchr(b'/', text).is_some() && !text.iter().any(u8::is_ascii_control);
        (!plausible).then_some(1)
    }

    fn head_too_large(&self, input: &BytesMut) -> ParseError {
        let limit = self.limits.head_bytes();
        let text = input.get(..limit).unwrap_or(input);
        let found = salvage(text);
        let mut error = ParseError::fatal(self.offset, ParseErrorKind::HeadTooLarge { limit });
        address(&mut error, found.is_response, found.cseq);
        error
    }

    fn finish_head(&mut self, input: &mut BytesMut, bytes: usize) -> Result<Step, ParseError> {
        let offset = self.offset;
        let text = input.split_to(bytes).freeze();
        self.offset = offset.saturating_add(bytes as u64);
        self.state = State::Boundary;
        match parse_head(&text, &self.limits, self.tolerance) {
            Ok(Some(head)) if head.body_bytes <= self.limits.max_body_bytes as u64 => {
                let length = usize::try_from(head.body_bytes).unwrap_or(usize::MAX);
                Ok(self.begin_body(own(text, head), length))
            }
            Ok(Some(head)) => {
                let kind = ParseErrorKind::BodyTooLarge {
                    length: head.body_bytes,
                    limit: self.limits.max_body_bytes,
                };
                Err(self.refuse(&text, offset, Malformed { position: 0, kind }))
            }
            // The scan found the empty line; a parse that does not see it is a defect answered like one.
            Ok(None) => {
                let kind = ParseErrorKind::HeaderLine {
                    expected: "an empty line",
                };
                Err(self.refuse(
                    &text,
                    offset,
                    Malformed {
                        position: bytes,
                        kind,
                    },
                ))
            }
            Err(malformed) => Err(self.refuse(&text, offset, malformed)),
        }
    }

    /// Turns a head down. The connection goes on when the length of its body is certain and bearable.
    fn refuse(&mut self, text: &[u8], offset: u64, malformed: Malformed) -> ParseError {
        let found = salvage(text);
        let offset = offset.saturating_add(malformed.position as u64);
        let bearable = found
            .body_bytes
            .filter(|bytes| *bytes <= self.limits.max_discarded_body_bytes);
        let mut error = match bearable {
            Some(bytes) => {
                self.state = State::Discard { bytes };
                ParseError::recoverable(offset, malformed.kind)
            }
            None => ParseError::fatal(offset, malformed.kind),
        };
        address(&mut error, found.is_response, found.cseq);
        error
    }

    fn begin_body(&mut self, message: Incoming, bytes: usize) -> Step {
        if bytes == 0 {
            return Step::Emit(message);
        }
        self.state = State::Body {
            message: Box::new(message),
            bytes,
        };
        Step::Again
    }

    /// Waits until the whole body is there: it is one slice, joined by the buffer it arrives in.
    pub(super) fn finish_body(&mut self, input: &mut BytesMut, bytes: usize) -> Step {
        if input.len() < bytes {
            return Step::Wait;
        }
        let State::Body { message, .. } = core::mem::replace(&mut self.state, State::Boundary)
        else {
            return Step::Again;
        };
        let body = input.split_to(bytes).freeze();
        self.offset = self.offset.saturating_add(bytes as u64);
        let mut message = *message;
        match &mut message {
            Incoming::Request(request) => request.set_received_body(body),
            Incoming::Response(response) => response.set_received_body(body),
            Incoming::Interleaved(_) | Incoming::Skipped(_) => {}
        }
        Step::Emit(message)
    }
}

/// Makes one line of two in place: spaces where the line end before `line_start` was (RFC 9112 5.2).
fn unfold(input: &mut BytesMut, line_start: usize) {
    let carriage_return = line_start
        .checked_sub(2)
        .and_then(|at| input.get_mut(at))
        .filter(|byte| **byte == b'\r');
    if let Some(byte) = carriage_return {
        *byte = b' ';
    }
    if let Some(byte) = line_start.checked_sub(1).and_then(|at| input.get_mut(at)) {
        *byte = b' ';
    }
}

fn own(text: Bytes, head: Head) -> Incoming {
    let fields = Fields::received(text, head.fields.into_vec());
    match head.start {
        StartLine::Request {
            method,
            uri,
            version,
        } => Incoming::Request(Request::received(method, uri, version, fields)),
        StartLine::Response {
            version,
            status,
            reason,
        } => Incoming::Response(Response::received(version, status, reason, fields)),
    }
}

/// Says whom the answer is for; a response is not answered.
fn address(error: &mut ParseError, is_response: bool, cseq: Option<u32>) {
    error.cseq = cseq;
    if is_response {
        error.status = None;
    }
}
