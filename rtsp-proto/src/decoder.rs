//! The one way to read a connection: messages and interleaved frames, resumable at every byte.

mod boundary;
mod message;

use alloc::boxed::Box;

use bytes::{Buf, BytesMut};

use crate::error::{ParseError, ParseErrorKind};
use crate::interleaved::{InterleavedFrame, InterleavedHeader};
use crate::{Limits, Request, Response, Tolerance};

/// What [`Decoder::decode`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incoming {
    /// A request with its body.
    Request(Request),
    /// A response with its body.
    Response(Response),
    /// An interleaved frame.
    Interleaved(InterleavedFrame),
    /// Bytes between two units that were neither (only in [`Tolerance::Lenient`]). They are gone; the unit
    /// that follows them comes next.
    Skipped(Skipped),
}

/// Garbage that the decoder stepped over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Where it began, counted from the first byte of the stream.
    pub offset: u64,
    /// How long it was.
    pub bytes: u64,
}

/// Reads RTSP 1.0 and 2.0 requests, responses and interleaved frames off one stream of bytes.
///
/// Feed it the connection's read buffer: it takes whole units off the front and leaves the rest, remembering
/// where its search stopped, so that input in single bytes costs no more than input in one piece. The heads,
/// bodies and payloads that it returns are slices of that buffer; what is kept for long should be copied out,
/// or it keeps the buffer alive.
///
/// ```
/// use castline_rtsp_proto::{Decoder, Incoming, StatusCode};
/// let mut decoder = Decoder::new();
/// let mut input = bytes::BytesMut::from(&b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n$\x00\x00\x02hi"[..]);
/// let Some(Incoming::Response(response)) = decoder.decode(&mut input)? else { panic!() };
/// assert_eq!((response.status(), response.cseq()), (StatusCode::OK, Some(1)));
/// let Some(Incoming::Interleaved(frame)) = decoder.decode(&mut input)? else { panic!() };
/// assert_eq!(&frame.payload[..], b"hi");
/// assert_eq!(decoder.decode(&mut input)?, None);
/// # Ok::<(), castline_rtsp_proto::ParseError>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    tolerance: Tolerance,
    state: State,
    /// Stream offset of the first byte of the input.
    offset: u64,
    skipped_bytes: u64,
    /// Garbage since the last unit.
    garbage_bytes: u64,
}

#[derive(Debug)]
enum State {
    /// Between two units.
    Boundary,
    /// In garbage that began at this stream offset.
    Resync { from: u64 },
    /// In a head.
    Head(message::HeadScan),
    /// A head is read and its body is still coming.
    Body {
        message: Box<Incoming>,
        bytes: usize,
    },
    /// In a body or payload that is not kept.
    Discard { bytes: u64 },
    /// Framing is lost for good.
    Failed(ParseError),
}

/// What one step did.
enum Step {
    /// The state moved on: look again.
    Again,
    /// Nothing can be done without more bytes.
    Wait,
    /// A unit is complete.
    Emit(Incoming),
}

impl Decoder {
    /// A decoder with the default limits, lenient.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limits(Limits::DEFAULT, Tolerance::Lenient)
    }

    /// A decoder with these limits and this tolerance.
    #[must_use]
    pub fn with_limits(limits: Limits, tolerance: Tolerance) -> Self {
        Self {
            limits,
            tolerance,
            state: State::Boundary,
            offset: 0,
            skipped_bytes: 0,
            garbage_bytes: 0,
        }
    }

    /// Takes the next unit off the front of `input`. `Ok(None)`: more bytes are needed.
    ///
    /// `input` must be the same buffer, only appended to, from call to call. It never needs to hold more than
    /// one unit within the limits.
    ///
    /// # Errors
    /// A recoverable error has taken its message off the input: answer it and call again. A fatal one comes
    /// back from every later call.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Incoming>, ParseError> {
        loop {
            let step = match &mut self.state {
                State::Failed(error) => return Err(error.clone()),
                State::Boundary => self.begin_unit(input),
                State::Resync { from } => {
                    let from = *from;
                    self.resync(input, from)
                }
                State::Head(_) => self.scan_head(input),
                State::Body { bytes, .. } => {
                    let bytes = *bytes;
                    Ok(self.finish_body(input, bytes))
                }
                State::Discard { bytes } => {
                    let bytes = *bytes;
                    Ok(self.discard(input, bytes))
                }
            };
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Wait) => return Ok(None),
                Ok(Step::Emit(incoming)) => {
                    if !matches!(incoming, Incoming::Skipped(_)) {
                        self.garbage_bytes = 0;
                    }
                    return Ok(Some(incoming));
                }
                Err(error) => {
                    if error.is_fatal() {
                        self.state = State::Failed(error.clone());
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Bytes taken off the input so far: the stream offset of its first byte.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// All garbage skipped so far, in bytes.
    #[must_use]
    pub fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// True when the stream may end here: no unit has begun.
    #[must_use]
    pub fn is_at_boundary(&self) -> bool {
        matches!(self.state, State::Boundary)
    }

    /// The one place that takes bytes off the input.
    fn consume(&mut self, input: &mut BytesMut, bytes: usize) {
        let bytes = bytes.min(input.len());
        input.advance(bytes);
        self.offset = self.offset.saturating_add(bytes as u64);
    }

    /// Reads a `$` frame, whose first byte is there.
    fn frame(&mut self, input: &mut BytesMut) -> Result<Step, ParseError> {
        let Some(header) = InterleavedHeader::parse(input) else {
            return Ok(Step::Wait);
        };
        let length = usize::from(header.length);
        if length > self.limits.max_interleaved_bytes {
            let limit = self.limits.max_interleaved_bytes;
            let kind = ParseErrorKind::InterleavedTooLarge { length, limit };
            let error = ParseError::recoverable(self.offset, kind);
            self.consume(input, InterleavedHeader::BYTES);
            self.state = State::Discard {
                bytes: length as u64,
            };
            return Err(error);
        }
        let whole = InterleavedHeader::BYTES.saturating_add(length);
        if input.len() < whole {
            return Ok(Step::Wait);
        }
        self.consume(input, InterleavedHeader::BYTES);
        let payload = input.split_to(length).freeze();
        self.offset = self.offset.saturating_add(length as u64);
        Ok(Step::Emit(Incoming::Interleaved(InterleavedFrame {
            channel: header.channel,
            payload,
        })))
    }

    fn discard(&mut self, input: &mut BytesMut, bytes: u64) -> Step {
        let here = usize::try_from(bytes)
            .unwrap_or(usize::MAX)
            .min(input.len());
        self.consume(input, here);
        match bytes.saturating_sub(here as u64) {
            0 => {
                self.state = State::Boundary;
                Step::Again
            }
            bytes => {
                self.state = State::Discard { bytes };
                Step::Wait
            }
        }
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
