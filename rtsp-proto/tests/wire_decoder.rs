//! The decoder: splits, limits, malformed input, and what it costs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    missing_docs,
    reason = "test code"
)]

use bytes::{Bytes, BytesMut};
use castline_rtsp_proto::headers::CSeq;
use castline_rtsp_proto::{
    Decoder, Incoming, InterleavedFrame, Limits, Method, ParseError, ParseErrorKind, Request,
    Response, StatusCode, Tolerance, Version,
};
use proptest::prelude::*;

fn all(decoder: &mut Decoder, data: &[u8]) -> Vec<Result<Incoming, ParseError>> {
    let mut input = BytesMut::from(data);
    drain(decoder, &mut input)
}

fn drain(decoder: &mut Decoder, input: &mut BytesMut) -> Vec<Result<Incoming, ParseError>> {
    let mut found = Vec::new();
    loop {
        match decoder.decode(input) {
            Ok(None) => return found,
            Ok(Some(incoming)) => found.push(Ok(incoming)),
            Err(error) => {
                let fatal = error.is_fatal();
                found.push(Err(error));
                if fatal {
                    return found;
                }
            }
        }
    }
}

fn lenient(data: &[u8]) -> Vec<Result<Incoming, ParseError>> {
    all(&mut Decoder::new(), data)
}

fn limited(change: impl FnOnce(&mut Limits)) -> Decoder {
    let mut limits = Limits::default();
    change(&mut limits);
    Decoder::with_limits(limits, Tolerance::Lenient)
}

/// The one error, followed by a sound OPTIONS.
fn recovered(found: &[Result<Incoming, ParseError>]) -> ParseError {
    let [Err(error), Ok(Incoming::Request(next))] = found else {
        panic!("{found:?}")
    };
    assert_eq!((next.method(), next.cseq()), (Method::OPTIONS, Some(8)));
    assert!(!error.is_fatal());
    error.clone()
}

const NEXT: &[u8] = b"OPTIONS * RTSP/1.0\r\nCSeq: 8\r\n\r\n";

fn then_next(data: &[u8]) -> Vec<u8> {
    [data, NEXT].concat()
}

const STREAM: &[u8] = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n\
    $\x00\x00\x04\x80\x60\x00\x01\r\n\
    SET_PARAMETER rtsp://h/a RTSP/2.0\r\ncseq : 2\r\nX-Folded: a\r\n  b\r\n \r\nContent-length: 5\r\n\r\nhello\
    $\x01\x00\x00RTSP/1.0 200\nCSeq: 3\n\ngarbage\xff\x00 here$\x02\x00\x01xRTSP/1.0 404 Not Found\r\n\r\n";

fn expected() -> Vec<Incoming> {
    lenient(STREAM).into_iter().map(Result::unwrap).collect()
}

#[test]
fn a_stream_of_everything() {
    let found = expected();
    assert_eq!(found.len(), 8, "{found:#?}");
    let Incoming::Request(options) = &found[0] else {
        panic!()
    };
    assert_eq!(
        (options.method(), options.uri(), options.cseq()),
        (Method::OPTIONS, "*", Some(1))
    );
    let frame = InterleavedFrame::new(0, Bytes::from_static(b"\x80\x60\x00\x01")).unwrap();
    assert_eq!(found[1], Incoming::Interleaved(frame));
    let Incoming::Request(set) = &found[2] else {
        panic!()
    };
    assert_eq!(
        (set.version(), set.cseq(), &set.body()[..]),
        (Version::V2_0, Some(2), &b"hello"[..])
    );
    assert_eq!(set.headers().get("x-folded").unwrap(), "a    b");
    let Incoming::Response(response) = &found[4] else {
        panic!()
    };
    assert_eq!(
        (response.status(), response.cseq()),
        (StatusCode::OK, Some(3))
    );
    let Incoming::Skipped(skipped) = &found[5] else {
        panic!()
    };
    assert_eq!(
        (skipped.bytes, &STREAM[skipped.offset as usize..][..7]),
        (14, &b"garbage"[..])
    );
}

#[test]
fn one_byte_at_a_time_equals_all_at_once() {
    let mut decoder = Decoder::new();
    let mut input = BytesMut::new();
    let mut found = Vec::new();
    for byte in STREAM {
        input.extend_from_slice(&[*byte]);
        found.extend(
            drain(&mut decoder, &mut input)
                .into_iter()
                .map(Result::unwrap),
        );
    }
    assert_eq!(found, expected());
    assert_eq!(decoder.offset(), STREAM.len() as u64);
    assert_eq!(decoder.skipped_bytes(), 14);
    assert!(decoder.is_at_boundary() && input.is_empty());
}

#[test]
fn bytes_one_by_one_are_linear() {
    // The head of 14 kB that takes a re-parsing codec a third of a second; here per-byte cost must not grow.
    let head = |lines: usize| {
        let mut head = b"OPTIONS * RTSP/1.0\r\n".to_vec();
        for line in 0..lines {
            head.extend_from_slice(format!("X-{line}: {}\r\n", "v".repeat(100)).as_bytes());
        }
        head.extend_from_slice(b"\r\n");
        head
    };
    let cost = |data: &[u8]| {
        let started = std::time::Instant::now();
        for _ in 0..20 {
            let mut decoder = Decoder::new();
            let mut input = BytesMut::new();
            let mut units = 0;
            for byte in data {
                input.extend_from_slice(&[*byte]);
                units += usize::from(decoder.decode(&mut input).unwrap().is_some());
            }
            assert_eq!(units, 1);
        }
        started.elapsed().as_secs_f64() / data.len() as f64
    };
    let (short, long) = (head(8), head(125));
    let best = |data: &[u8]| (0..5).map(|_| cost(data)).fold(f64::MAX, f64::min);
    let (short, long) = (best(&short), best(&long));
    assert!(long < short * 4.0, "{short} s per byte became {long}");
}

/// A head that is there at once is read without looking for its end first. Nobody may be able to tell.
#[test]
fn whole_heads_read_as_those_in_pieces() {
    for data in [
        &b"PLAY * RTSP/1.0\r\nCSeq: 1\r\nSession: 12\r\n 34\r\n\r\n"[..],
        b"PLAY * RTSP/1.0\r\n CSeq: 1\r\n\r\nPLAY * RTSP/1.0\r\nCSeq: 2\r\n\r\n",
        b"RTSP/1.0 200 O\x01K\r\nCSeq: 1\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n",
        b"RTSP/1.0 200 \xff\t\r\nCSeq: 1\r\n\r\n",
        b"RTSP/1.0 200\r\nContent-Length: 3\r\n\r\nabc$\x00\x00\x00",
        b"PLAY * RTSP/1.0\nContent-Length: 99999999\n\nabc",
        b"PLAY * RTSP/1.0\r\nno colon\r\nCSeq: 7\r\n\r\nPLAY * RTSP/1.0\r\nCSeq: 8\r\n\r\n",
        b"PLAY \x01 RTSP/1.0\r\nCSeq: 7\r\n\r\nPLAY * RTSP/1.0\r\nCSeq: 8\r\n\r\n",
        b"X-Y * RTSP/3.1\r\nCSeq: 7\r\n\r\nPLAY * RTSP/1.0\r\nCSeq: 8\r\n\r\n",
    ] {
        for tolerance in [Tolerance::Lenient, Tolerance::Strict] {
            let whole = all(
                &mut Decoder::with_limits(Limits::default(), tolerance),
                data,
            );
            let mut decoder = Decoder::with_limits(Limits::default(), tolerance);
            let mut input = BytesMut::new();
            let mut found = Vec::new();
            for byte in data {
                input.extend_from_slice(&[*byte]);
                found.extend(drain(&mut decoder, &mut input));
                let is_over =
                    |last: &Result<_, ParseError>| last.as_ref().is_err_and(ParseError::is_fatal);
                if found.last().is_some_and(is_over) {
                    break;
                }
            }
            assert_eq!(
                found,
                whole,
                "{tolerance:?} {:?}",
                data.escape_ascii().to_string()
            );
        }
    }
}

/// Each of these begins what may be a response, and a long head follows them all.
#[test]
fn beginnings_in_a_row_do_not_read_the_headers_again() {
    let mut data = b"RTSP/1.0 200 \x01".repeat(500);
    data.extend_from_slice(b"\r\n");
    for line in 0..100 {
        data.extend_from_slice(format!("X-{line}: {}\r\n", "v".repeat(500)).as_bytes());
    }
    data.extend_from_slice(b"\r\n");
    let started = std::time::Instant::now();
    for _ in 0..20 {
        lenient(&data);
    }
    // Ten thousand heads of 50 kB would take half a minute in a debug build.
    assert!(
        started.elapsed().as_secs_f64() < 5.0,
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn an_overlong_first_line_is_judged_once() {
    let mut decoder = limited(|limits| limits.max_head_bytes = 64 * 1024);
    let mut input = BytesMut::from(&b"PLAY "[..]);
    let started = std::time::Instant::now();
    for _ in 0..60_000 {
        input.extend_from_slice(b"a");
        assert_eq!(decoder.decode(&mut input), Ok(None));
    }
    // 60,000 looks at 8 kB would take many seconds in a debug build.
    assert!(
        started.elapsed().as_secs_f64() < 2.0,
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn an_overlong_line_gives_the_same_units_in_pieces() {
    for first in ["PLAY ", "word ", "PLAY \x01", "word \x01"] {
        let data = [
            first.as_bytes(),
            &[b'a'; 9000],
            b"$\x00\x00\x01x\x01\n",
            NEXT,
        ]
        .concat();
        let mut decoder = Decoder::new();
        let mut input = BytesMut::new();
        let mut found = Vec::new();
        for piece in data.chunks(7) {
            input.extend_from_slice(piece);
            found.extend(drain(&mut decoder, &mut input));
        }
        assert_eq!(found, lenient(&data), "{first:?}");
    }
}

#[test]
fn units_share_the_read_buffer() {
    let mut input = BytesMut::from(&b"$\x00\x00\x05hello"[..]);
    let at = input.as_ptr() as usize;
    let Some(Incoming::Interleaved(frame)) = Decoder::new().decode(&mut input).unwrap() else {
        panic!()
    };
    assert_eq!(frame.payload.as_ptr() as usize, at + 4);
    let mut input = BytesMut::from(&b"PLAY * RTSP/1.0\r\nContent-Length: 2\r\n\r\nhi"[..]);
    let at = input.as_ptr() as usize;
    let Some(Incoming::Request(request)) = Decoder::new().decode(&mut input).unwrap() else {
        panic!()
    };
    assert_eq!(request.uri().as_ptr() as usize, at + 5);
    assert_eq!(
        request
            .headers()
            .get("content-length")
            .unwrap()
            .as_bytes()
            .as_ptr() as usize,
        at + 33
    );
    assert_eq!(request.body().as_ptr() as usize, at + 38);
}

#[test]
fn limit_request_line_is_414() {
    let long = format!(
        "PLAY rtsp://h/{} RTSP/1.0\r\nCSeq: 4\r\n\r\n",
        "a".repeat(9000)
    );
    let error = recovered(&lenient(&then_next(long.as_bytes())));
    assert_eq!(
        (error.status(), error.cseq()),
        (Some(StatusCode::REQUEST_URI_TOO_LONG), Some(4))
    );
    assert_eq!(
        error.kind,
        ParseErrorKind::RequestLineTooLong { limit: 8192 }
    );
}

#[test]
fn limit_header_line_is_431() {
    let long = format!(
        "PLAY * RTSP/1.0\r\nCSeq: 4\r\nX: {}\r\n\r\n",
        "a".repeat(9000)
    );
    let error = recovered(&lenient(&then_next(long.as_bytes())));
    assert_eq!(
        (error.status(), error.cseq()),
        (Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE), Some(4))
    );
    assert_eq!(error.offset, 26);
}

#[test]
fn limit_on_folded_lines_too() {
    let long = format!(
        "PLAY * RTSP/1.0\r\nCSeq: 4\r\nX: a\r\n{}\r\n",
        " bbbbbbbbb\r\n".repeat(900)
    );
    let error = recovered(&lenient(&then_next(long.as_bytes())));
    assert_eq!(error.kind, ParseErrorKind::LineTooLong { limit: 8192 });
}

#[test]
fn limit_header_count_is_431() {
    let many = format!(
        "PLAY * RTSP/1.0\r\nCSeq: 4\r\n{}\r\n",
        "X: 1\r\n".repeat(128)
    );
    let error = recovered(&lenient(&then_next(many.as_bytes())));
    assert_eq!(error.kind, ParseErrorKind::TooManyHeaders { limit: 128 });
    assert_eq!(
        error.status(),
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
    );
    let most = format!(
        "PLAY * RTSP/1.0\r\nCSeq: 4\r\n{}\r\n",
        "X: 1\r\n".repeat(127)
    );
    assert!(lenient(most.as_bytes())[0].is_ok());
}

#[test]
fn ten_thousand_headers_are_fatal_by_head_size() {
    let many = format!(
        "PLAY * RTSP/1.0\r\nCSeq: 4\r\n{}\r\n",
        "X: 1\r\n".repeat(10_000)
    );
    let found = lenient(many.as_bytes());
    let [Err(error)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(error.kind, ParseErrorKind::HeadTooLarge { limit: 32_768 });
    assert_eq!(
        (error.status(), error.cseq()),
        (Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE), Some(4))
    );
    assert!(error.is_fatal());
}

#[test]
fn limit_head_without_an_end_is_fatal_and_sticky() {
    let mut decoder = limited(|limits| limits.max_head_bytes = 100);
    let mut input = BytesMut::from(&b"PLAY * RTSP/1.0\r\n"[..]);
    assert_eq!(decoder.decode(&mut input), Ok(None));
    input.extend_from_slice(&[b'a'; 84]);
    let error = decoder.decode(&mut input).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::HeadTooLarge { limit: 100 });
    input.extend_from_slice(NEXT);
    assert_eq!(decoder.decode(&mut input).unwrap_err(), error);
}

#[test]
fn limit_body_is_413_and_the_body_is_thrown_away() {
    let mut decoder = limited(|limits| limits.max_body_bytes = 4);
    let data = then_next(b"SET_PARAMETER * RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 5\r\n\r\n$PLAY");
    let error = recovered(&all(&mut decoder, &data));
    assert_eq!(
        error.kind,
        ParseErrorKind::BodyTooLarge {
            length: 5,
            limit: 4
        }
    );
    assert_eq!(
        (error.status(), error.cseq()),
        (Some(StatusCode::REQUEST_MESSAGE_BODY_TOO_LARGE), Some(4))
    );
    let huge = b"SET_PARAMETER * RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 16777217\r\n\r\n";
    let [Err(error)] = &lenient(huge)[..] else {
        panic!()
    };
    assert!(error.is_fatal());
    assert_eq!(
        error.status(),
        Some(StatusCode::REQUEST_MESSAGE_BODY_TOO_LARGE)
    );
}

#[test]
fn limit_interleaved_frame_is_thrown_away() {
    let mut decoder = limited(|limits| limits.max_interleaved_bytes = 3);
    let error = recovered(&all(&mut decoder, &then_next(b"$\x00\x00\x04abcd")));
    assert_eq!(
        error.kind,
        ParseErrorKind::InterleavedTooLarge {
            length: 4,
            limit: 3
        }
    );
    assert_eq!(error.status(), None);
    let found = all(&mut decoder, b"$\x00\x00\x03abc");
    assert!(matches!(&found[..], [Ok(Incoming::Interleaved(_))]));
}

#[test]
fn limit_garbage_is_fatal() {
    let mut decoder = limited(|limits| limits.max_garbage_bytes = 10);
    let found = all(&mut decoder, &then_next(&[0xff; 10]));
    assert!(
        matches!(
            &found[..],
            [Ok(Incoming::Skipped(_)), Ok(Incoming::Request(_))]
        ),
        "{found:?}"
    );
    let found = all(&mut decoder, &then_next(&[0xff; 11]));
    let [Err(error)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(error.kind, ParseErrorKind::TooMuchGarbage { limit: 10 });
    assert!(error.is_fatal() && error.status().is_none());
}

#[test]
fn garbage_that_looks_like_methods_counts_as_one_run() {
    let mut decoder = limited(|limits| limits.max_garbage_bytes = 1000);
    let found = all(&mut decoder, &b"PLAY \x01\n".repeat(1000));
    assert!(found.last().unwrap().is_err(), "{found:?}");
}

#[test]
fn content_length_in_doubt_is_fatal() {
    for (value, kind, status) in [
        (
            "-1",
            ParseErrorKind::ContentLengthInvalid,
            StatusCode::BAD_REQUEST,
        ),
        (
            "",
            ParseErrorKind::ContentLengthInvalid,
            StatusCode::BAD_REQUEST,
        ),
        (
            "+5",
            ParseErrorKind::ContentLengthInvalid,
            StatusCode::BAD_REQUEST,
        ),
        (
            "5 bytes",
            ParseErrorKind::ContentLengthInvalid,
            StatusCode::BAD_REQUEST,
        ),
        (
            "5\r\n 5",
            ParseErrorKind::ContentLengthInvalid,
            StatusCode::BAD_REQUEST,
        ),
        (
            "5\r\nContent-Length: 6",
            ParseErrorKind::ContentLengthConflict,
            StatusCode::BAD_REQUEST,
        ),
        (
            "5, 6",
            ParseErrorKind::ContentLengthConflict,
            StatusCode::BAD_REQUEST,
        ),
        (
            "18446744073709551616",
            ParseErrorKind::ContentLengthOverflow,
            StatusCode::REQUEST_MESSAGE_BODY_TOO_LARGE,
        ),
    ] {
        let data =
            format!("ANNOUNCE * RTSP/1.0\r\nContent-Length: {value}\r\nCSeq: 4\r\n\r\nhello");
        let found = lenient(data.as_bytes());
        let [Err(error)] = &found[..] else {
            panic!("{value}: {found:?}")
        };
        assert_eq!(
            (&error.kind, error.status(), error.cseq()),
            (&kind, Some(status), Some(4)),
            "{value}"
        );
        assert!(error.is_fatal());
    }
    let huge = b"ANNOUNCE * RTSP/1.0\r\nCSeq: 4\r\nContent-Length: 18446744073709551615\r\n\r\n";
    let [Err(error)] = &lenient(huge)[..] else {
        panic!()
    };
    assert_eq!(
        error.kind,
        ParseErrorKind::BodyTooLarge {
            length: u64::MAX,
            limit: 1024 * 1024
        }
    );
}

#[test]
fn content_length_twice_the_same_is_one() {
    let data = b"ANNOUNCE * RTSP/1.0\r\nContent-Length: 5\r\nContent-Length: 5, 5\r\n\r\nhello";
    let [Ok(Incoming::Request(request))] = &lenient(data)[..] else {
        panic!()
    };
    assert_eq!(&request.body()[..], b"hello");
}

#[test]
fn malformed_heads_are_answered_and_the_connection_goes_on() {
    for (head, status) in [
        ("PLAY rtsp://h/\r\nCSeq: 4\r\n\r\n", StatusCode::BAD_REQUEST),
        ("PLAY  RTSP/1.0\r\nCSeq: 4\r\n\r\n", StatusCode::BAD_REQUEST),
        ("PLAY * RTSP/x\r\nCSeq: 4\r\n\r\n", StatusCode::BAD_REQUEST),
        (
            "PLAY * RTSP/3.0\r\nCSeq: 4\r\n\r\n",
            StatusCode::RTSP_VERSION_NOT_SUPPORTED,
        ),
        (
            "OPTIONS * HTTP/1.1\r\nCSeq: 4\r\n\r\n",
            StatusCode::RTSP_VERSION_NOT_SUPPORTED,
        ),
        (
            "PLAY * RTSP/1.0\r\nCSeq: 4\r\nno colon\r\n\r\n",
            StatusCode::BAD_REQUEST,
        ),
        (
            "PLAY * RTSP/1.0\r\nCSeq: 4\r\n: x\r\n\r\n",
            StatusCode::BAD_REQUEST,
        ),
        (
            "PLAY * RTSP/1.0\r\nCSeq: 4\r\nA B: x\r\n\r\n",
            StatusCode::BAD_REQUEST,
        ),
        (
            "PLAY * RTSP/1.0\r\n folded\r\nCSeq: 4\r\n\r\n",
            StatusCode::BAD_REQUEST,
        ),
        (
            "PLAY * RTSP/3.0\r\nCSeq: 4\r\nContent-Length: 7\r\n\r\n$junk\r\n",
            StatusCode::RTSP_VERSION_NOT_SUPPORTED,
        ),
    ] {
        let error = recovered(&lenient(&then_next(head.as_bytes())));
        assert_eq!(
            (error.status(), error.cseq()),
            (Some(status), Some(4)),
            "{head:?}"
        );
    }
}

#[test]
fn malformed_responses_have_no_status_to_answer() {
    let error = recovered(&lenient(&then_next(b"RTSP/1.0 abc OK\r\nCSeq: 4\r\n\r\n")));
    assert_eq!((error.status(), error.cseq()), (None, Some(4)));
    for bad in [
        "RTSP/1.0\r\n\r\n",
        "RTSP/1.0 20\r\n\r\n",
        "RTSP/1.0 2000 OK\r\n\r\n",
        "RTSP/1.0 099 OK\r\n\r\n",
        "RTSP/9.0 200 OK\r\n\r\n",
    ] {
        assert_eq!(
            recovered(&lenient(&then_next(bad.as_bytes()))).status(),
            None,
            "{bad}"
        );
    }
}

#[test]
fn found_by_fuzzing_a_status_line_is_not_folded() {
    let error = recovered(&lenient(&then_next(
        b"RTSP/1.0 200 OK\r\n \x03\nCSeq: 4\r\n\r\n",
    )));
    assert!(matches!(error.kind, ParseErrorKind::HeaderLine { .. }));
    let mut out = BytesMut::new();
    Response::new(StatusCode::OK)
        .with_reason_phrase("a\x03b")
        .encode(&mut out);
    assert_eq!(&out[..], b"RTSP/1.0 200 a b\r\n\r\n");
}

#[test]
fn errors_say_where_in_the_stream() {
    let data = [NEXT, b"PLAY * RTSP/1.0\r\nCSeq: 4\r\nno colon\r\n\r\n"].concat();
    let found = lenient(&data);
    let Err(error) = &found[1] else { panic!() };
    assert_eq!(error.offset, NEXT.len() as u64 + 26);
    assert_eq!(
        error.to_string(),
        "byte 57: header line: expected a name and a colon"
    );
}

#[test]
fn strict_refuses_what_lenient_reads() {
    let strict = |data: &[u8]| {
        all(
            &mut Decoder::with_limits(Limits::default(), Tolerance::Strict),
            data,
        )
    };
    for (data, fatal) in [
        (&b"PLAY * RTSP/1.0\nCSeq: 1\n\n"[..], false),
        (b"PLAY * RTSP/1.0\r\nCSeq : 1\r\n\r\n", false),
        (b"PLAY rtsp://h/a b RTSP/1.0\r\nCSeq: 1\r\n\r\n", false),
        (b"PLAY * rtsp/1.0\r\nCSeq: 1\r\n\r\n", false),
        (b"\xff\xfePLAY * RTSP/1.0\r\nCSeq: 1\r\n\r\n", true),
    ] {
        let found = strict(data);
        let [Err(error)] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(error.is_fatal(), fatal);
        assert!(lenient(data).iter().all(Result::is_ok), "{data:?}");
    }
    assert!(matches!(&strict(NEXT)[..], [Ok(Incoming::Request(_))]));
    assert!(matches!(
        &strict(b"\r\n\r\n$\x00\x00\x00")[..],
        [Ok(Incoming::Interleaved(_))]
    ));
}

#[test]
fn slow_loris_holds_no_more_than_the_limits() {
    let mut decoder = limited(|limits| limits.max_head_bytes = 1000);
    let mut input = BytesMut::from(&b"PLAY * RTSP/1.0\r\n"[..]);
    let mut most = 0;
    let failed = (0..10_000).find(|_| {
        input.extend_from_slice(b"A: b\r\n");
        let result = decoder.decode(&mut input);
        most = most.max(input.len());
        result.is_err()
    });
    assert!(failed.is_some() && most <= 1006, "{most}");
}

fn unit() -> impl Strategy<Value = Vec<u8>> {
    let request = (
        proptest::sample::select(Method::ALL),
        "[a-z0-9/]{1,20}",
        any::<u32>(),
        proptest::collection::vec(any::<u8>(), 0..40),
    )
        .prop_map(|(method, path, cseq, body)| {
            let request = Request::new(method, &format!("rtsp://h/{path}"))
                .typed(&CSeq::new(cseq))
                .with_body(body);
            let mut out = Vec::new();
            request.encode(&mut out);
            out
        });
    let response = (100..999_u16, any::<u32>()).prop_map(|(code, cseq)| {
        let mut out = Vec::new();
        Response::new(StatusCode::new(code).unwrap())
            .typed(&CSeq::new(cseq))
            .encode(&mut out);
        out
    });
    let frame = (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..60)).prop_map(
        |(channel, payload)| {
            let mut out = Vec::new();
            InterleavedFrame::new(channel, payload.into())
                .unwrap()
                .encode(&mut out);
            out
        },
    );
    prop_oneof![
        request,
        response,
        frame,
        proptest::collection::vec(any::<u8>(), 0..30)
    ]
}

proptest! {
    #[test]
    fn any_split_gives_the_same_units(
        units in proptest::collection::vec(unit(), 0..8),
        sizes in proptest::collection::vec(1..50_usize, 1..10),
    ) {
        let data = units.concat();
        let whole = lenient(&data);
        let mut decoder = Decoder::new();
        let mut input = BytesMut::new();
        let mut found = Vec::new();
        let (mut rest, mut turn) = (&data[..], 0);
        while !rest.is_empty() {
            let (now, later) = rest.split_at(sizes[turn % sizes.len()].min(rest.len()));
            input.extend_from_slice(now);
            found.extend(drain(&mut decoder, &mut input));
            (rest, turn) = (later, turn + 1);
            if found.last().is_some_and(|last| last.as_ref().is_err_and(ParseError::is_fatal)) {
                break;
            }
        }
        prop_assert_eq!(found, whole);
    }

    #[test]
    fn no_bytes_panic(data in proptest::collection::vec(any::<u8>(), 0..300)) {
        lenient(&data);
        all(&mut Decoder::with_limits(Limits::default(), Tolerance::Strict), &data);
    }
}
