//! One test per deviation of deployed devices in framing, start lines and headers. The quirks of single headers
//! are tested beside their types.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    missing_docs,
    reason = "test code"
)]

use bytes::BytesMut;
use castline_rtsp_proto::headers::{
    CSeq, ContentBase, ContentType, Range, RtpInfo, Server, Session, Transport, WwwAuthenticate,
};
use castline_rtsp_proto::{Decoder, Incoming, Method, Request, Response, StatusCode, join_control};

fn units(data: &[u8]) -> Vec<Incoming> {
    let mut decoder = Decoder::new();
    let mut input = BytesMut::from(data);
    let mut found = Vec::new();
    while let Some(unit) = decoder.decode(&mut input).unwrap() {
        found.push(unit);
    }
    found
}

fn request(data: &[u8]) -> Request {
    match &units(data)[..] {
        [Incoming::Request(request)] => request.clone(),
        other => panic!("{other:?}"),
    }
}

fn response(data: &[u8]) -> Response {
    match &units(data)[..] {
        [Incoming::Response(response)] => response.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn bare_lf() {
    let read = request(b"PLAY rtsp://h/a RTSP/1.0\nCSeq: 5\nSession: 1\n\n");
    assert_eq!((read.method(), read.cseq()), (Method::PLAY, Some(5)));
    assert_eq!(
        response(b"RTSP/1.0 200 OK\r\nCSeq: 5\n\r\n").cseq(),
        Some(5)
    );
}

#[test]
fn space_only_continuation_line() {
    let read = response(
        b"RTSP/1.0 200 OK\r\nCSeq: 5\r\nRTP-Info: url=a;seq=1;rtptime=2\r\n \r\nSession: 1\r\n\r\n",
    );
    assert_eq!(
        read.headers()
            .typed::<RtpInfo>()
            .unwrap()
            .unwrap()
            .entries()
            .len(),
        1
    );
    assert!(read.headers().contains("session"));
}

#[test]
fn folded_headers() {
    let read = response(
        b"RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;unicast;\r\n\tinterleaved=0-1\r\n\r\n",
    );
    assert!(
        read.headers()
            .typed::<Transport>()
            .unwrap()
            .unwrap()
            .first()
            .interleaved
            .is_some()
    );
}

#[test]
fn leading_crlf_before_a_frame() {
    let found = units(b"\r\n\r\n$\x00\x00\x01x\r\n$\x00\x00\x01y");
    assert!(matches!(
        &found[..],
        [Incoming::Interleaved(_), Incoming::Interleaved(_)]
    ));
}

#[test]
fn leading_crlf_before_a_message() {
    assert_eq!(
        request(b"\r\n\n\r\nOPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n").cseq(),
        Some(1)
    );
}

#[test]
fn garbage_between_interleaved_frames() {
    for next in [
        &b"$\x00\x00\x01x"[..],
        b"RTSP/1.0 200 OK\r\n\r\n",
        b"TEARDOWN * RTSP/1.0\r\n\r\n",
    ] {
        let data = [&b"$\x00\x00\x01x\x80\x60\x12PLA RTSP SETU\xff"[..], next].concat();
        let found = units(&data);
        let Incoming::Skipped(skipped) = &found[1] else {
            panic!("{found:?}")
        };
        assert_eq!((found.len(), skipped.offset, skipped.bytes), (3, 5, 17));
    }
}

#[test]
fn rest_of_a_partial_write_that_begins_like_a_word() {
    let found = units(b"abc \x01\x02$\x00\x00\x01x");
    assert!(
        matches!(&found[..], [Incoming::Skipped(_), Incoming::Interleaved(_)]),
        "{found:?}"
    );
}

#[test]
fn unknown_methods_are_requests_not_garbage() {
    assert_eq!(
        request(b"X-PING rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\n\r\n")
            .method()
            .as_str(),
        "X-PING"
    );
}

#[test]
fn frames_on_unassigned_channels() {
    let found = units(b"$\xfe\x00\x01x");
    assert!(matches!(&found[..], [Incoming::Interleaved(frame)] if frame.channel == 254));
}

#[test]
fn data_before_the_play_response() {
    let found = units(b"$\x00\x00\x01xRTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n");
    assert!(matches!(
        &found[..],
        [Incoming::Interleaved(_), Incoming::Response(_)]
    ));
}

#[test]
fn no_reason_phrase() {
    for data in [
        &b"RTSP/1.0 200\r\nCSeq: 1\r\n\r\n"[..],
        b"RTSP/1.0 200 \r\nCSeq: 1\r\n\r\n",
        b"RTSP/1.0 200\nCSeq: 1\n\n",
    ] {
        assert_eq!(response(data).status(), StatusCode::OK);
    }
}

#[test]
fn header_case() {
    let read = response(b"RTSP/1.0 200 OK\r\nCseq: 2\r\nContent-length: 2\r\ncontent-TYPE: application/sdp\r\n\r\nhi");
    assert_eq!((read.cseq(), &read.body()[..]), (Some(2), &b"hi"[..]));
    assert!(
        read.headers()
            .typed::<ContentType>()
            .unwrap()
            .unwrap()
            .is_sdp()
    );
}

#[test]
fn devices_that_require_canonical_case() {
    let mut out = Vec::new();
    Request::new(Method::DESCRIBE, "rtsp://h/")
        .header("CSEQ", "1")
        .header("user-agent", "x")
        .encode(&mut out);
    assert_eq!(
        out,
        b"DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: x\r\n\r\n"
    );
}

#[test]
fn zero_or_many_spaces_after_the_colon_and_trailing_space() {
    for line in [
        "CSeq:3",
        "CSeq:    3",
        "CSeq: 3   ",
        "CSeq:\t3\t",
        "CSeq : 3",
    ] {
        assert_eq!(
            response(format!("RTSP/1.0 200 OK\r\n{line}\r\n\r\n").as_bytes()).cseq(),
            Some(3),
            "{line:?}"
        );
    }
}

#[test]
fn cseq_missing_or_wrong() {
    assert_eq!(response(b"RTSP/1.0 200 OK\r\n\r\n").cseq(), None);
    assert_eq!(response(b"RTSP/1.0 200 OK\r\nCSeq: x\r\n\r\n").cseq(), None);
    assert!(
        response(b"RTSP/1.0 200 OK\r\nCSeq: x\r\n\r\n")
            .headers()
            .typed::<CSeq>()
            .is_err()
    );
    assert_eq!(
        response(b"RTSP/1.0 200 OK\r\nCSeq: 0\r\n\r\n").cseq(),
        Some(0)
    );
}

#[test]
fn absent_content_type() {
    let read = response(b"RTSP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nv=0");
    assert_eq!(read.headers().typed::<ContentType>().unwrap(), None);
    assert_eq!(&read.body()[..], b"v=0");
}

#[test]
fn bytes_that_are_not_utf8() {
    let read = response(b"RTSP/1.0 200 \xd6K\r\nServer: Cam\xe9ra\r\nSession: 1\r\n\r\n");
    assert_eq!(
        read.headers().get("server").unwrap().as_bytes(),
        b"Cam\xe9ra"
    );
    assert_eq!(
        read.headers().typed::<Server>().unwrap().unwrap().as_str(),
        "Cam\u{fffd}ra"
    );
    assert_eq!(read.headers().typed::<Session>().unwrap().unwrap().id, "1");
}

#[test]
fn percent_signs_and_spaces_in_uris() {
    let read = request(b"DESCRIBE rtsp://admin:100%@h/my film.mp4 RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    assert_eq!(read.uri(), "rtsp://admin:100%@h/my film.mp4");
    assert_eq!(read.parsed_uri().unwrap().password(), Some("100%"));
}

#[test]
fn several_www_authenticate_headers() {
    let read = response(b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"a\"\r\nWWW-Authenticate: Digest realm=\"a\",nonce=\"b\"\r\n\r\n");
    assert!(
        read.headers()
            .typed::<WwwAuthenticate>()
            .unwrap()
            .unwrap()
            .scheme("digest")
            .is_some()
    );
}

#[test]
fn absent_transport_range_and_rtp_info() {
    let read = response(b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n");
    assert_eq!(read.headers().typed::<Transport>().unwrap(), None);
    assert_eq!(read.headers().typed::<Range>().unwrap(), None);
    assert_eq!(read.headers().typed::<RtpInfo>().unwrap(), None);
}

#[test]
fn transport_with_stray_bytes_before_it() {
    let read = request(b"SETUP rtsp://h/a RTSP/1.0\r\nTransport: \xfe\xffRTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n");
    assert!(
        read.headers()
            .typed::<Transport>()
            .unwrap()
            .unwrap()
            .first()
            .interleaved
            .is_some()
    );
}

#[test]
fn content_base_without_scheme() {
    let read = response(b"RTSP/1.0 200 OK\r\nContent-Base: 192.168.1.2:554/live/\r\n\r\n");
    let base = read.headers().typed::<ContentBase>().unwrap().unwrap();
    assert_eq!(
        castline_rtsp_proto::Uri::parse(base.as_str())
            .unwrap()
            .scheme(),
        None
    );
}

#[test]
fn control_after_a_query_string() {
    assert_eq!(
        join_control("rtsp://h/Streaming/101?transportmode=unicast", "trackID=1"),
        "rtsp://h/Streaming/101?transportmode=unicast/trackID=1"
    );
}
