//! Messages: the head is found line by line, then read at once; then the body.

use alloc::boxed::Box;

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use super::{Decoder, Incoming, State, Step};
use crate::error::{ParseError, ParseErrorKind};
use crate::grammar::is_blank;
use crate::message::Fields;
use crate::message::head::{
    FieldSpan, FieldSpans, Malformed, StartLine, begins_response, parse_head, salvage,
};
use crate::{Method, Request, Response};

/// How far the search for the end of a head has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct HeadScan {
    /// No line end lies between `line_start` and here.
    scanned: usize,
    /// Where the line in progress begins.
    line_start: usize,
    /// Where the first header line begins; 0 while that is unknown. It has no line to be folded onto.
    headers_start: usize,
    /// The first line is known to be one of a message, as far as one can tell.
    is_judged: bool,
}

impl Decoder {
    /// Searches on for the empty line.
    pub(super) fn scan_head(&mut self, input: &mut BytesMut) -> Result<Step, ParseError> {
        let limit = self.limits.head_bytes();
        let State::Head(mut scan) = self.state else {
            return Ok(Step::Again);
        };
        loop {
            let found = memchr(b'\n', input.get(scan.scanned..).unwrap_or_default());
            let line_end = found.map_or(input.len(), |found| scan.scanned.saturating_add(found));
            let garbage = self.judge(input, line_end, found.is_some(), &mut scan);
            if let Some(bytes) = garbage {
                return self.begin_garbage(input, bytes);
            }
            // The line end itself counts, where there is one.
            let next = line_end.saturating_add(usize::from(found.is_some()));
            if next > limit {
                return Err(self.head_too_large(input));
            }
            if found.is_none() {
                scan.scanned = line_end;
                self.state = State::Head(scan);
                return Ok(Step::Wait);
            }
            let line = input.get(scan.line_start..line_end).unwrap_or_default();
            if matches!(line, b"" | b"\r") {
                return self.finish_head(input, next);
            }
            if scan.line_start > scan.headers_start
                && line.first().is_some_and(|byte| is_blank(*byte))
            {
                unfold(input, scan.line_start);
            }
            if scan.headers_start == 0 {
                scan.headers_start = next;
            }
            (scan.scanned, scan.line_start) = (next, next);
        }
    }

    /// Looks at what is new of the first line. Returns how much to skip when it is binary data that only looked
    /// like a message, which must not wait for a line end that may never come.
    fn judge(
        &self,
        input: &[u8],
        line_end: usize,
        is_whole: bool,
        scan: &mut HeadScan,
    ) -> Option<usize> {
        if scan.is_judged || self.tolerance.is_strict() {
            return None;
        }
        let longest = self.limits.max_line_bytes.saturating_add(1);
        let end = line_end.min(longest);
        let new = input.get(scan.scanned..end).unwrap_or_default();
        let control = new.iter().position(is_binary);
        if control.is_none() && !is_whole && line_end < longest {
            return None;
        }
        scan.is_judged = true;
        let text = input.get(..end).unwrap_or_default();
        let known = begins_response(text)
            || memchr(b' ', text)
                .and_then(|space| text.get(..space))
                .and_then(Method::parse)
                .is_some_and(|method| method.is_known());
        match control {
            // All of it goes: were it searched again, a line of nothing but methods would be read once for each.
            Some(at) if known => Some(scan.scanned.saturating_add(at).saturating_add(1)),
            // The word is none that a search finds, so searching the line again happens once.
            Some(_) => Some(1),
            // Every version has a slash.
            None => (!known && memchr(b'/', text).is_none()).then_some(1),
        }
    }

    fn head_too_large(&self, input: &BytesMut) -> ParseError {
        let limit = self.limits.head_bytes();
        let text = input.get(..limit).unwrap_or(input);
        let found = salvage(text);
        let mut error = ParseError::fatal(self.offset, ParseErrorKind::HeadTooLarge { limit });
        address(&mut error, found.is_response, found.cseq);
        error
    }

    /// Reads a head that has arrived whole, as most do, without looking for its end first. `None`: it has not, or
    /// it is one of those that take a closer look; nothing is changed then. Called once for each head.
    pub(super) fn whole_head(&mut self, input: &mut BytesMut) -> Option<Step> {
        let text = input.get(..self.limits.head_bytes()).unwrap_or(input);
        // What `judge` calls binary data can hide in a reason phrase. Looked at first, so that a line of nothing but
        // such beginnings does not make the headers behind it be read for each.
        if begins_response(text) {
            let line = text.get(..memchr(b'\n', text)?)?;
            if line.iter().any(is_binary) {
                return None;
            }
        }
        let mut fields = FieldSpans::new();
        let head = parse_head(text, &self.limits, self.tolerance, &mut fields).ok()??;
        if head.is_folded || head.body_bytes > self.limits.max_body_bytes as u64 {
            return None;
        }
        let text = input.split_to(head.bytes).freeze();
        self.offset = self.offset.saturating_add(head.bytes as u64);
        self.state = State::Boundary;
        let length = usize::try_from(head.body_bytes).unwrap_or(usize::MAX);
        Some(self.begin_body(own(text, head.start, &fields), length))
    }

    fn finish_head(&mut self, input: &mut BytesMut, bytes: usize) -> Result<Step, ParseError> {
        let offset = self.offset;
        let text = input.split_to(bytes).freeze();
        self.offset = offset.saturating_add(bytes as u64);
        self.state = State::Boundary;
        let mut fields = FieldSpans::new();
        let malformed = match parse_head(&text, &self.limits, self.tolerance, &mut fields) {
            Ok(Some(head)) if head.body_bytes <= self.limits.max_body_bytes as u64 => {
                let length = usize::try_from(head.body_bytes).unwrap_or(usize::MAX);
                return Ok(self.begin_body(own(text, head.start, &fields), length));
            }
            Ok(Some(head)) => Malformed {
                position: 0,
                kind: ParseErrorKind::BodyTooLarge {
                    length: head.body_bytes,
                    limit: self.limits.max_body_bytes,
                },
            },
            // The scan found the empty line; a parse that does not see it is a defect answered like one.
            Ok(None) => Malformed {
                position: bytes,
                kind: ParseErrorKind::HeaderLine {
                    expected: "an empty line",
                },
            },
            Err(malformed) => malformed,
        };
        Err(self.refuse(&text, offset, malformed))
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

/// True for what no start line contains.
fn is_binary(byte: &u8) -> bool {
    byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r')
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

fn own(text: Bytes, start: StartLine, fields: &[FieldSpan]) -> Incoming {
    let fields = Fields::received(text, fields.to_vec());
    match start {
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
