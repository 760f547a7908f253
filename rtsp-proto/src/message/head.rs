//! A head as spans: what the borrowed and the owned messages have in common.

use memchr::memchr;
use smallvec::SmallVec;

use crate::error::ParseErrorKind;
use crate::grammar::{is_blank, is_token_byte, parse_u32, parse_u64, trim};
use crate::{Limits, Method, StatusCode, Tolerance, Version};

/// A range of bytes of a head. Heads are bounded to 32 bits by [`Limits::head_bytes`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let narrow = |place| u32::try_from(place).unwrap_or(u32::MAX);
        Self {
            start: narrow(start),
            end: narrow(end),
        }
    }

    #[inline]
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// The span of `part`, which must be a slice of `text`.
    fn within(text: &[u8], part: &[u8]) -> Self {
        let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        Self::new(start, start.saturating_add(part.len()))
    }
}

/// One header line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldSpan {
    pub(crate) name: Span,
    pub(crate) value: Span,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum StartLine {
    Request {
        method: Method,
        uri: Span,
        version: Version,
    },
    Response {
        version: Version,
        status: StatusCode,
        reason: Span,
    },
}

/// The header lines of one head. Most have fewer than 16.
pub(crate) type FieldSpans = SmallVec<[FieldSpan; 16]>;

/// A head, read once. After this there is nothing left to check but the values of headers, which are in the list
/// that [`parse_head`] was given: as a part of this they would be moved with it again and again.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) start: StartLine,
    /// A header line was broken in two.
    pub(crate) is_folded: bool,
    /// Content-Length, 0 when absent.
    pub(crate) body_bytes: u64,
    /// Bytes up to and with the empty line.
    pub(crate) bytes: usize,
}

/// What was wrong, and where in the head.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) position: usize,
    pub(crate) kind: ParseErrorKind,
}

type Parsed<T> = Result<T, ParseErrorKind>;

/// Reads a head that may end before `text` does; its header lines are added to `fields`. `Ok(None)`: its empty line
/// is not there yet.
pub(crate) fn parse_head(
    text: &[u8],
    limits: &Limits,
    tolerance: Tolerance,
    fields: &mut FieldSpans,
) -> Result<Option<Head>, Malformed> {
    let Some((line, mut position)) = next_line(text, 0) else {
        return Ok(None);
    };
    let start = checked_line(line, limits, tolerance, true)
        .and_then(|line| parse_start_line(text, line, tolerance))
        .map_err(|kind| Malformed { position: 0, kind })?;
    let mut length = None;
    let mut is_folded = false;
    while let Some((line, next)) = next_line(text, position) {
        if matches!(line, b"" | b"\r") {
            return Ok(Some(Head {
                start,
                is_folded,
                body_bytes: length.unwrap_or(0),
                bytes: next,
            }));
        }
        let read = checked_line(line, limits, tolerance, false)
            .and_then(|line| push_line(text, line, tolerance, fields))
            .and_then(|field| match field {
                Some(field) => content_length(text, field, &mut length),
                None => {
                    is_folded = true;
                    Ok(())
                }
            });
        read.map_err(|kind| Malformed { position, kind })?;
        if fields.len() > limits.max_headers {
            let kind = ParseErrorKind::TooManyHeaders {
                limit: limits.max_headers,
            };
            return Err(Malformed { position, kind });
        }
        position = next;
    }
    Ok(None)
}

/// The line at `from` without its LF, and where the next one begins.
#[inline]
fn next_line(text: &[u8], from: usize) -> Option<(&[u8], usize)> {
    let rest = text.get(from..)?;
    let line = rest.get(..memchr(b'\n', rest)?)?;
    Some((line, from.checked_add(line.len())?.checked_add(1)?))
}

/// The line without its CR.
#[inline]
fn checked_line<'a>(
    line: &'a [u8],
    limits: &Limits,
    tolerance: Tolerance,
    is_start: bool,
) -> Parsed<&'a [u8]> {
    let stripped = line.strip_suffix(b"\r");
    let text = stripped.unwrap_or(line);
    if text.len() > limits.max_line_bytes {
        return Err(line_too_long(text, limits.max_line_bytes, is_start));
    }
    if stripped.is_none() && tolerance.is_strict() {
        return Err(if is_start {
            ParseErrorKind::StartLine { expected: "CR LF" }
        } else {
            ParseErrorKind::HeaderLine { expected: "CR LF" }
        });
    }
    Ok(text)
}

pub(crate) fn line_too_long(line: &[u8], limit: usize, is_start: bool) -> ParseErrorKind {
    if is_start && !begins_response(line) {
        ParseErrorKind::RequestLineTooLong { limit }
    } else {
        ParseErrorKind::LineTooLong { limit }
    }
}

/// True for the start line of a response.
pub(crate) fn begins_response(line: &[u8]) -> bool {
    line.get(..5)
        .is_some_and(|magic| magic.eq_ignore_ascii_case(b"RTSP/"))
}

fn parse_start_line(text: &[u8], line: &[u8], tolerance: Tolerance) -> Parsed<StartLine> {
    if begins_response(line) {
        return parse_status_line(text, line, tolerance);
    }
    let expected = |expected| ParseErrorKind::StartLine { expected };
    let space = memchr(b' ', line).ok_or_else(|| expected("method, space, URI, space, version"))?;
    let (method, rest) = line.split_at_checked(space).unwrap_or_default();
    let method =
        Method::parse(method).ok_or_else(|| expected("a method of at most 31 token characters"))?;
    let rest = trim(rest);
    let space = rest
        .iter()
        .rposition(|byte| is_blank(*byte))
        .ok_or_else(|| expected("URI, space, version"))?;
    let (uri, version) = rest.split_at_checked(space).unwrap_or_default();
    let version = parse_version(trim(version), tolerance)?;
    let uri = trim(uri);
    if tolerance.is_strict() && uri.contains(&b' ') {
        return Err(expected("a URI without spaces"));
    }
    // One place decides what text a URI may be, so that it is `&str` from here on.
    let has_control = uri
        .iter()
        .fold(false, |found, byte| found | byte.is_ascii_control());
    if has_control || core::str::from_utf8(uri).is_err() {
        return Err(expected("a URI of printable characters"));
    }
    Ok(StartLine::Request {
        method,
        uri: Span::within(text, uri),
        version,
    })
}

fn parse_status_line(text: &[u8], line: &[u8], tolerance: Tolerance) -> Parsed<StartLine> {
    let space = memchr(b' ', line).unwrap_or(line.len());
    let (version, rest) = line.split_at_checked(space).unwrap_or_default();
    let version = parse_version(version, tolerance)?;
    let rest = trim(rest);
    let (code, reason) = rest.split_at_checked(3).unwrap_or((rest, &[]));
    let status = parse_u32(code)
        .and_then(|code| u16::try_from(code).ok())
        .and_then(StatusCode::new);
    let sound = reason.first().is_none_or(|byte| is_blank(*byte));
    let status = status.filter(|_| sound).ok_or(ParseErrorKind::StartLine {
        expected: "a status code of three digits",
    })?;
    Ok(StartLine::Response {
        version,
        status,
        reason: Span::within(text, trim(reason)),
    })
}

fn parse_version(text: &[u8], tolerance: Tolerance) -> Parsed<Version> {
    match text {
        b"RTSP/1.0" => return Ok(Version::V1_0),
        b"RTSP/2.0" => return Ok(Version::V2_0),
        _ => {}
    }
    if tolerance.is_strict() && !text.starts_with(b"RTSP/") {
        return Err(ParseErrorKind::StartLine {
            expected: "RTSP/1.0 or RTSP/2.0",
        });
    }
    let slash = memchr(b'/', text).ok_or(ParseErrorKind::StartLine {
        expected: "RTSP/1.0 or RTSP/2.0",
    })?;
    let (name, number) = text.split_at_checked(slash).unwrap_or_default();
    match number {
        b"/1.0" if name.eq_ignore_ascii_case(b"RTSP") => Ok(Version::V1_0),
        b"/2.0" if name.eq_ignore_ascii_case(b"RTSP") => Ok(Version::V2_0),
        [b'/', b'0'..=b'9', b'.', b'0'..=b'9', ..] => Err(ParseErrorKind::UnsupportedVersion),
        _ => Err(ParseErrorKind::StartLine {
            expected: "RTSP/1.0 or RTSP/2.0",
        }),
    }
}

/// Adds a header line, or makes the value before it longer when the line is folded (RFC 7230 3.2.4).
#[inline]
fn push_line(
    text: &[u8],
    line: &[u8],
    tolerance: Tolerance,
    fields: &mut FieldSpans,
) -> Parsed<Option<FieldSpan>> {
    let expected = |expected| ParseErrorKind::HeaderLine { expected };
    if line.first().is_some_and(|byte| is_blank(*byte)) {
        return fold_line(text, line, fields).map(|()| None);
    }
    let colon = line
        .iter()
        .position(|byte| !is_token_byte(*byte))
        .unwrap_or(line.len());
    let (name, mut rest) = line.split_at_checked(colon).unwrap_or_default();
    if !tolerance.is_strict() {
        while let [b' ' | b'\t', more @ ..] = rest {
            rest = more;
        }
    }
    let [b':', value @ ..] = rest else {
        return Err(expected("a name and a colon"));
    };
    if name.is_empty() {
        return Err(expected("a name before the colon"));
    }
    let field = FieldSpan {
        name: Span::within(text, name),
        value: Span::within(text, trim(value)),
    };
    fields.push(field);
    Ok(Some(field))
}

/// Makes the value before this line longer.
#[cold]
fn fold_line(text: &[u8], line: &[u8], fields: &mut FieldSpans) -> Parsed<()> {
    let field = fields.last_mut().ok_or(ParseErrorKind::HeaderLine {
        expected: "a name before the first folded line",
    })?;
    let more = trim(line);
    if !more.is_empty() {
        if field.name.of(text).eq_ignore_ascii_case(b"Content-Length") {
            return Err(ParseErrorKind::ContentLengthInvalid);
        }
        let more = Span::within(text, more);
        // A value that was empty so far begins with its continuation.
        if field.value.start == field.value.end {
            field.value.start = more.start;
        }
        field.value.end = more.end;
    }
    Ok(())
}

/// Notes Content-Length. Several equal values are one (RFC 9112 6.3).
#[inline]
fn content_length(text: &[u8], field: FieldSpan, length: &mut Option<u64>) -> Parsed<()> {
    const NAME: &[u8] = b"Content-Length";
    if field.name.len() != NAME.len() || !field.name.of(text).eq_ignore_ascii_case(NAME) {
        return Ok(());
    }
    note_length(field.value.of(text), length)
}

#[cold]
fn note_length(value: &[u8], length: &mut Option<u64>) -> Parsed<()> {
    for part in value.split(|byte| *byte == b',') {
        let part = trim(part);
        let value = parse_u64(part).ok_or_else(|| {
            if !part.is_empty() && part.iter().all(u8::is_ascii_digit) {
                ParseErrorKind::ContentLengthOverflow
            } else {
                ParseErrorKind::ContentLengthInvalid
            }
        })?;
        if length.is_some_and(|before| before != value) {
            return Err(ParseErrorKind::ContentLengthConflict);
        }
        *length = Some(value);
    }
    Ok(())
}

/// What an unreadable head still tells: enough to answer it and to find the next message.
#[derive(Debug, Default)]
pub(crate) struct Salvage {
    pub(crate) cseq: Option<u32>,
    /// `None` when Content-Length itself is in doubt.
    pub(crate) body_bytes: Option<u64>,
    pub(crate) is_response: bool,
}

/// Reads CSeq and Content-Length of a head that [`parse_head`] refused. One pass.
pub(crate) fn salvage(text: &[u8]) -> Salvage {
    let mut found = Salvage {
        is_response: begins_response(text),
        ..Salvage::default()
    };
    let mut length = None;
    let mut doubtful = false;
    let mut position = 0;
    while let Some((line, next)) = next_line(text, position) {
        position = next;
        let mut one = SmallVec::new();
        let Ok(Some(field)) = push_line(text, line, Tolerance::Lenient, &mut one) else {
            continue;
        };
        doubtful |= content_length(text, field, &mut length).is_err();
        if found.cseq.is_none() && field.name.of(text).eq_ignore_ascii_case(b"CSeq") {
            found.cseq = parse_u32(field.value.of(text));
        }
    }
    found.body_bytes = (!doubtful).then_some(length.unwrap_or(0));
    found
}
