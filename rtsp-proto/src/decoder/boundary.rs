//! Where a unit begins, and how to find the next one after bytes that are none.

use bytes::BytesMut;

use super::message::HeadScan;
use super::{Decoder, Incoming, Skipped, State, Step};
use crate::Method;
use crate::error::{ParseError, ParseErrorKind};
use crate::grammar::is_token_byte;
use crate::interleaved::InterleavedHeader;

/// What the bytes at a boundary begin.
enum Unit {
    Frame,
    Message,
    Garbage,
    /// Too few bytes to tell.
    Undecided,
}

impl Decoder {
    /// Looks at the first bytes of a unit. Empty lines before one are no part of it (RFC 7826 §4.4).
    pub(super) fn begin_unit(&mut self, input: &mut BytesMut) -> Result<Step, ParseError> {
        let blank = input
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ' | b'\t'))
            .count();
        self.consume(input, blank);
        match classify(input) {
            Unit::Frame => self.frame(input),
            Unit::Message => {
                if let Some(step) = self.whole_head(input) {
                    return Ok(step);
                }
                self.state = State::Head(HeadScan::default());
                Ok(Step::Again)
            }
            Unit::Undecided => Ok(Step::Wait),
            Unit::Garbage => self.begin_garbage(input, 1),
        }
    }

    /// Gives up on the first `bytes` of the input and looks for the next unit behind them.
    pub(super) fn begin_garbage(
        &mut self,
        input: &mut BytesMut,
        bytes: usize,
    ) -> Result<Step, ParseError> {
        if self.tolerance.is_strict() {
            return Err(ParseError::fatal(self.offset, ParseErrorKind::Garbage));
        }
        let from = self.offset;
        self.skip(input, bytes);
        self.state = State::Resync { from };
        Ok(Step::Again)
    }

    /// Skips to the next `$`, `RTSP/` or known method. Every byte is looked at once, but for the few at the
    /// end that may be the beginning of a method.
    pub(super) fn resync(&mut self, input: &mut BytesMut, from: u64) -> Result<Step, ParseError> {
        let budget = self.limits.max_garbage_bytes;
        let (garbage, found) = find_unit(input);
        self.skip(input, garbage);
        let bytes = self.offset.saturating_sub(from);
        if self.garbage_bytes > budget {
            return Err(ParseError::fatal(
                from,
                ParseErrorKind::TooMuchGarbage { limit: budget },
            ));
        }
        if !found {
            return Ok(Step::Wait);
        }
        self.state = State::Boundary;
        Ok(Step::Emit(Incoming::Skipped(Skipped {
            offset: from,
            bytes,
        })))
    }

    fn skip(&mut self, input: &mut BytesMut, bytes: usize) {
        let before = self.offset;
        self.consume(input, bytes);
        let skipped = self.offset.saturating_sub(before);
        self.skipped_bytes = self.skipped_bytes.saturating_add(skipped);
        self.garbage_bytes = self.garbage_bytes.saturating_add(skipped);
    }
}

/// A message begins with `RTSP/` or with a token and a space. Any token will do: a method that nobody knows
/// wants its 501.
fn classify(input: &[u8]) -> Unit {
    match input.first() {
        None => return Unit::Undecided,
        Some(&InterleavedHeader::MAGIC) => return Unit::Frame,
        Some(_) => {}
    }
    let word = input
        .get(..Method::MAX_BYTES.saturating_add(1))
        .unwrap_or(input);
    match word.iter().position(|byte| !is_token_byte(*byte)) {
        Some(at) if at > 0 => match (word.get(..at), word.get(at)) {
            (_, Some(b' ')) => Unit::Message,
            (Some(name), Some(b'/')) if name.eq_ignore_ascii_case(b"RTSP") => Unit::Message,
            _ => Unit::Garbage,
        },
        Some(_) => Unit::Garbage,
        None if word.len() > Method::MAX_BYTES => Unit::Garbage,
        None => Unit::Undecided,
    }
}

/// How many bytes lie before the next unit or before what may become one, and whether it is one.
fn find_unit(input: &[u8]) -> (usize, bool) {
    for (at, byte) in input.iter().enumerate() {
        match byte {
            &InterleavedHeader::MAGIC => return (at, true),
            b'A' | b'D' | b'G' | b'O' | b'P' | b'R' | b'S' | b'T' => {
                match begins_message(input.get(at..).unwrap_or_default()) {
                    Some(true) => return (at, true),
                    None => return (at, false),
                    Some(false) => {}
                }
            }
            _ => {}
        }
    }
    (input.len(), false)
}

/// `None`: it may, but the bytes end before it is certain.
fn begins_message(input: &[u8]) -> Option<bool> {
    let methods = Method::ALL
        .iter()
        .map(|method| (method.as_str(), &b" "[..]));
    let mut undecided = false;
    for (word, end) in methods.chain([("RTSP", &b"/"[..])]) {
        let rest = input.get(..word.len());
        match rest {
            Some(rest) if rest == word.as_bytes() => match input.get(word.len()) {
                Some(byte) if end.contains(byte) => return Some(true),
                Some(_) => {}
                None => undecided = true,
            },
            Some(_) => {}
            None => undecided |= word.as_bytes().starts_with(input),
        }
    }
    if undecided { None } else { Some(false) }
}
