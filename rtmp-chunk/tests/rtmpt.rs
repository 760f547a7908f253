//! RTMPT through the public API: a client against a server, with and without HTTP between them, and each against peers
//! that do it wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::handshake::{ClientHandshake, ServerHandshake};
use castline_rtmp_chunk::rtmpt::http::*;
use castline_rtmp_chunk::rtmpt::*;

const NOTHING: Bytes = Bytes::from_static(&[0]);

fn server_with(change: impl FnOnce(&mut ServerLimits)) -> Server {
    let mut limits = ServerLimits::default();
    change(&mut limits);
    Server::new(limits, [3; 32])
}

fn client_with(change: impl FnOnce(&mut ClientConfig)) -> Client {
    let mut config = ClientConfig::default();
    change(&mut config);
    Client::new(config)
}

fn open(server: &mut Server, now: Instant) -> SessionId {
    match server.handle_request(now, "/open/1", NOTHING) {
        Handled::Opened { session, answer } => {
            assert_eq!(answer.body.concat(), format!("{session}\n").as_bytes());
            session
        }
        other => panic!("{other:?}"),
    }
}

fn status(handled: Handled) -> u16 {
    match handled {
        Handled::Answer(answer) => answer.status,
        other => panic!("{other:?}"),
    }
}

/// A request that the server takes, and its answer's body.
fn ask(server: &mut Server, now: Instant, path: &str, body: &'static [u8]) -> (Bytes, Vec<u8>) {
    match server.handle_request(now, path, Bytes::from_static(body)) {
        Handled::Received { session, bytes } => (bytes, server.answer(session).body.concat()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_session_from_open_to_close() {
    let (mut server, now) = (server_with(|_| ()), Instant::now());
    assert_eq!(
        status(server.handle_request(now, "/fcs/ident2", NOTHING)),
        404
    );
    let session = open(&mut server, now);
    assert_eq!(session.to_string().len(), 32);
    let (sent, answer) = ask(&mut server, now, &format!("/send/{session}/2"), b"C0C1");
    assert_eq!((&sent[..], &answer[..]), (&b"C0C1"[..], &b"\x01"[..]));
    server.queue(session, "S0".into()).unwrap();
    server.queue(session, "S1".into()).unwrap();
    assert_eq!(server.queued_bytes(session), 4);
    let (sent, answer) = ask(&mut server, now, &format!("/idle/{session}/3"), b"\0");
    assert_eq!((&sent[..], &answer[..]), (&b""[..], &b"\x01S0S1"[..]));
    let closed = server.handle_request(now, &format!("/close/{session}/4"), NOTHING);
    assert!(
        matches!(closed, Handled::Closed { session: which, ref answer } if which == session && answer.body.concat() == [0])
    );
    assert_eq!(
        status(server.handle_request(now, &format!("/idle/{session}/5"), NOTHING)),
        404
    );
    assert_eq!((server.session_count(), server.poll_timeout()), (0, None));
    assert_eq!(server.queue(session, "late".into()), Err(SendError::Closed));
}

#[test]
fn bytes_are_not_copied() {
    let (mut server, now) = (server_with(|_| ()), Instant::now());
    let session = open(&mut server, now);
    let (up, down) = (Bytes::from(vec![1; 5000]), Bytes::from(vec![2; 5000]));
    let Handled::Received { bytes, .. } =
        server.handle_request(now, &format!("/send/{session}/1"), up.clone())
    else {
        panic!()
    };
    assert_eq!(bytes.as_ptr(), up.as_ptr());
    server.queue(session, down.clone()).unwrap();
    assert_eq!(server.answer(session).body[1].as_ptr(), down.as_ptr());
}

/// Quirk: clients begin to count at 0 (librtmp, FFmpeg) or go on from the 1 of `/open/1`.
#[test]
fn any_first_sequence_number_is_taken() {
    let (mut server, now) = (server_with(|_| ()), Instant::now());
    for first in [0, 1, 2, 77, u32::MAX] {
        let session = open(&mut server, now);
        ask(&mut server, now, &format!("/idle/{session}/{first}"), b"");
        ask(
            &mut server,
            now,
            &format!("/idle/{session}/{}", first.wrapping_add(1)),
            b"",
        );
    }
}

#[test]
fn a_repeated_request_gets_the_same_answer_and_is_not_read_twice() {
    let (mut server, now) = (server_with(|_| ()), Instant::now());
    let session = open(&mut server, now);
    let path = format!("/send/{session}/1");
    let handled = server.handle_request(now, &path, "once".into());
    assert!(matches!(handled, Handled::Received { .. }));
    assert_eq!(
        status(server.handle_request(now, &path, "once".into())),
        409,
        "not answered yet"
    );
    server.queue(session, "reply".into()).unwrap();
    let answer = server.answer(session);
    assert_eq!(
        server.handle_request(now, &path, "once".into()),
        Handled::Answer(answer.clone())
    );
    assert_eq!(
        server.handle_request(now, &path, "once".into()),
        Handled::Answer(answer)
    );
    assert_eq!(
        ask(&mut server, now, &format!("/idle/{session}/2"), b"").1,
        b"\x01",
        "the reply went out once"
    );
    assert_eq!(
        status(server.handle_request(now, &path, "once".into())),
        400,
        "long answered"
    );
}

#[test]
fn limit_max_sequence_gap() {
    let (mut server, now) = (
        server_with(|limits| limits.max_sequence_gap = 2),
        Instant::now(),
    );
    let session = open(&mut server, now);
    ask(&mut server, now, &format!("/idle/{session}/1"), b"");
    assert_eq!(
        status(server.handle_request(now, &format!("/idle/{session}/5"), NOTHING)),
        400
    );
    ask(&mut server, now, &format!("/idle/{session}/4"), b"");
}

#[test]
fn limit_max_sessions() {
    let (mut server, now) = (
        server_with(|limits| limits.max_sessions = 2),
        Instant::now(),
    );
    let first = open(&mut server, now);
    open(&mut server, now);
    assert_eq!(status(server.handle_request(now, "/open/1", NOTHING)), 503);
    server.close(first);
    open(&mut server, now);
    assert_eq!(server.session_count(), 2);
}

#[test]
fn limit_max_queued_bytes() {
    let mut server = server_with(|limits| limits.max_queued_bytes = 10);
    let session = open(&mut server, Instant::now());
    server.queue(session, "12345678".into()).unwrap();
    assert_eq!(
        server.queue(session, "901".into()),
        Err(SendError::QueueFull)
    );
    server.queue(session, "90".into()).unwrap();
    assert_eq!(server.queued_bytes(session), 10);
}

#[test]
fn limit_max_request_and_answer_bytes() {
    let (mut server, now) = (
        server_with(|limits| (limits.max_request_bytes, limits.max_answer_bytes) = (4, 6)),
        Instant::now(),
    );
    let session = open(&mut server, now);
    assert_eq!(
        status(server.handle_request(now, &format!("/send/{session}/1"), "12345".into())),
        413
    );
    server.queue(session, "abcdefg".into()).unwrap();
    server.queue(session, "hi".into()).unwrap();
    let mut all = Vec::new();
    for sequence in 1..=3 {
        let (_, answer) = ask(
            &mut server,
            now,
            &format!("/send/{session}/{sequence}"),
            b"1234",
        );
        assert!(answer.len() <= 6);
        all.extend_from_slice(&answer[1..]);
    }
    assert_eq!(all, b"abcdefghi");
}

#[test]
fn limit_idle_expiry() {
    let (mut server, now) = (
        server_with(|limits| limits.idle_expiry = Duration::from_secs(5)),
        Instant::now(),
    );
    let (quiet, lively) = (open(&mut server, now), open(&mut server, now));
    assert_eq!(server.poll_timeout(), Some(now + Duration::from_secs(5)));
    let later = now + Duration::from_secs(4);
    ask(&mut server, later, &format!("/idle/{lively}/1"), b"");
    assert_eq!(server.poll_expired(later), None);
    let end = now + Duration::from_secs(5);
    assert_eq!(server.poll_expired(end), Some(quiet));
    assert_eq!(server.poll_expired(end), None);
    assert_eq!(server.poll_timeout(), Some(now + Duration::from_secs(9)));
    assert_eq!(
        status(server.handle_request(end, &format!("/idle/{quiet}/1"), NOTHING)),
        404
    );
}

#[test]
fn the_polling_interval_grows_and_falls_back() {
    let (mut server, now) = (
        server_with(|limits| limits.answers_per_interval = 2),
        Instant::now(),
    );
    let session = open(&mut server, now);
    let mut sequence = 0;
    let mut interval = |server: &mut Server| {
        sequence += 1;
        ask(server, now, &format!("/idle/{session}/{sequence}"), b"").1[0]
    };
    let found: Vec<u8> = (0..14).map(|_| interval(&mut server)).collect();
    assert_eq!(
        found,
        [1, 1, 3, 3, 5, 5, 9, 9, 0x11, 0x11, 0x21, 0x21, 0x21, 0x21]
    );
    server.queue(session, "data".into()).unwrap();
    assert_eq!(interval(&mut server), 1);
}

#[test]
fn a_server_closes_when_all_is_out() {
    let (mut server, now) = (server_with(|_| ()), Instant::now());
    let session = open(&mut server, now);
    server.queue(session, "farewell".into()).unwrap();
    server.close(session);
    assert_eq!(server.queue(session, "more".into()), Err(SendError::Closed));
    assert_eq!(
        ask(&mut server, now, &format!("/idle/{session}/1"), b"").1,
        b"\x01farewell"
    );
    assert_eq!(
        status(server.handle_request(now, &format!("/idle/{session}/2"), NOTHING)),
        404
    );
    assert_eq!(server.poll_timeout(), None);
}

fn answered(client: &mut Client, now: Instant, status: u16, body: &'static [u8]) -> String {
    let path = client.poll_request(now).unwrap().path;
    assert!(client.poll_request(now).is_none(), "one at a time");
    client.handle_answer(now, status, Bytes::from_static(body));
    path
}

fn running(now: Instant) -> Client {
    let mut client = client_with(|_| ());
    assert_eq!(answered(&mut client, now, 200, b"abc\n"), "/open/1");
    client
}

#[test]
fn a_client_opens_sends_polls_and_closes() {
    let now = Instant::now();
    let mut client = client_with(|config| config.identify = true);
    client.send("C0".into()).unwrap();
    assert_eq!(answered(&mut client, now, 404, b""), "/fcs/ident2");
    assert_eq!(answered(&mut client, now, 200, b"abc\n"), "/open/1");
    let request = client.poll_request(now).unwrap();
    assert_eq!(
        (request.path.as_str(), request.body.concat()),
        ("/send/abc/3", b"C0".to_vec())
    );
    client.handle_answer(now, 200, Bytes::from_static(b"\x05S0"));
    assert!(
        client.poll_request(now).is_none(),
        "what came is to be taken first"
    );
    assert_eq!(client.poll_received().unwrap().unwrap(), "S0");
    assert!(client.poll_request(now).is_none());
    let due = client.poll_timeout().unwrap();
    assert_eq!(due, now + 5 * Duration::from_millis(16));
    let request = client.poll_request(due).unwrap();
    assert_eq!(
        (request.path.as_str(), request.body.concat()),
        ("/idle/abc/4", vec![0])
    );
    assert_eq!(client.poll_timeout(), None, "while a request is in flight");
    client.handle_answer(due, 200, Bytes::from_static(b"\x21"));
    client.send("bye".into()).unwrap();
    client.close();
    assert_eq!(client.send("more".into()), Err(SendError::Closed));
    assert_eq!(answered(&mut client, due, 200, b"\x01"), "/send/abc/5");
    assert_eq!(answered(&mut client, due, 200, b"\0"), "/close/abc/6");
    assert!(client.is_closed() && client.poll_request(due).is_none());
    assert_eq!(client.poll_received(), Ok(None));
}

#[test]
fn a_client_that_closes_early_leaves_no_session_behind() {
    let now = Instant::now();
    let mut client = client_with(|_| ());
    assert_eq!(client.poll_request(now).unwrap().path, "/open/1");
    client.close();
    client.handle_answer(now, 200, Bytes::from_static(b"abc"));
    assert_eq!(answered(&mut client, now, 200, b"\0"), "/close/abc/2");
    assert!(client.is_closed());
    let mut unopened = client_with(|_| ());
    unopened.close();
    assert!(unopened.is_closed() && unopened.poll_request(now).is_none());
}

#[test]
fn a_failed_request_is_repeated_as_it_was() {
    let now = Instant::now();
    let mut client = running(now);
    client.send("once".into()).unwrap();
    let request = client.poll_request(now).unwrap();
    for _ in 0..3 {
        client.handle_failure();
        assert_eq!(client.poll_request(now).unwrap(), request);
    }
    client.handle_failure();
    assert_eq!(client.poll_request(now), None);
    assert_eq!(client.poll_received(), Err(TunnelError::Unreachable(4)));
    assert_eq!(client.poll_received(), Err(TunnelError::Unreachable(4)));
    assert!(client.is_closed());
}

#[test]
fn a_client_ends_with_what_the_server_did_wrong() {
    let now = Instant::now();
    for (status, body, error) in [
        (404, &b""[..], TunnelError::Refused(404)),
        (200, b"", TunnelError::SessionName),
        (200, b"a/../b", TunnelError::SessionName),
        (200, b"a b", TunnelError::SessionName),
        (200, b"a\r\nX: y", TunnelError::SessionName),
        (200, b"\xff", TunnelError::SessionName),
        (200, &[b'a'; 65], TunnelError::SessionName),
    ] {
        let mut client = client_with(|_| ());
        answered(
            &mut client,
            now,
            status,
            Box::leak(body.to_vec().into_boxed_slice()),
        );
        assert_eq!(client.poll_received(), Err(error));
    }
    let mut client = running(now);
    client.send("x".into()).unwrap();
    answered(&mut client, now, 404, b"");
    assert_eq!(client.poll_received(), Err(TunnelError::Ended(404)));
    assert_eq!(client.send("x".into()), Err(SendError::Closed));
}

#[test]
fn limits_of_the_client() {
    let now = Instant::now();
    let mut client = client_with(|config| {
        config.limits.max_queued_bytes = 8;
        config.limits.max_request_bytes = 5;
        config.limits.max_answer_bytes = 6;
    });
    answered(&mut client, now, 200, b"abc");
    client.send("12345678".into()).unwrap();
    assert_eq!(client.send("9".into()), Err(SendError::QueueFull));
    assert_eq!(client.poll_request(now).unwrap().body.concat(), b"12345");
    assert_eq!(client.queued_bytes(), 3);
    client.handle_answer(now, 200, Bytes::from_static(b"\x01abcde"));
    assert_eq!(client.poll_received().unwrap().unwrap(), "abcde");
    assert_eq!(client.poll_request(now).unwrap().body.concat(), b"678");
    client.handle_answer(now, 200, Bytes::from_static(b"\x01abcdef"));
    assert_eq!(
        client.poll_received(),
        Err(TunnelError::AnswerTooLong { limit: 6 })
    );
}

/// One HTTP connection between a client and a server, `piece` bytes at a time.
fn http(
    client_request: &Request,
    server: &mut impl FnMut(HttpRequest) -> Answer,
    piece: usize,
) -> HttpAnswer {
    let mut wire = BytesMut::new();
    let len = client_request.body.iter().map(Bytes::len).sum();
    wire.extend_from_slice(&request_head("host:80", &client_request.path, len));
    wire.extend_from_slice(&client_request.body.concat());
    let (mut reader, mut input, mut back) = (
        RequestReader::new(HttpLimits::default()),
        BytesMut::new(),
        BytesMut::new(),
    );
    for bytes in wire.chunks(piece) {
        input.extend_from_slice(bytes);
        while let Some(request) = reader.decode(&mut input).unwrap() {
            assert_eq!(
                (request.method.as_str(), request.keep_alive),
                ("POST", true)
            );
            let answer = server(request);
            back.extend_from_slice(&answer_head(&answer, true));
            back.extend_from_slice(&answer.body.concat());
        }
    }
    let (mut reader, mut input) = (AnswerReader::new(HttpLimits::default()), BytesMut::new());
    let mut found = None;
    for bytes in back.chunks(piece) {
        assert!(found.is_none());
        input.extend_from_slice(bytes);
        found = reader.decode(&mut input).unwrap();
    }
    found.unwrap()
}

#[test]
fn a_handshake_through_http() {
    for piece in [1, 1000, 100_000] {
        let mut now = Instant::now();
        let (mut table, mut tunnel) = (
            server_with(|_| ()),
            client_with(|config| config.identify = true),
        );
        let mut client = ClientHandshake::new(Default::default(), [1; 32], 0);
        let mut server = ServerHandshake::new(Default::default(), [2; 32], 0);
        let (mut to_client, mut to_server) = (BytesMut::new(), BytesMut::new());
        let (mut client_done, mut server_done) = (false, false);
        for _ in 0..20 {
            while let Some(bytes) = client.poll_transmit() {
                tunnel.send(bytes).unwrap();
            }
            let Some(request) = tunnel.poll_request(now) else {
                now = tunnel.poll_timeout().unwrap();
                continue;
            };
            let mut handle = |request: HttpRequest| match table.handle_request(
                now,
                &request.target,
                request.body,
            ) {
                Handled::Received { session, bytes } => {
                    to_server.extend_from_slice(&bytes);
                    server_done |= server.handle_input(&mut to_server).unwrap().is_some();
                    while let Some(bytes) = server.poll_transmit() {
                        table.queue(session, bytes).unwrap();
                    }
                    table.answer(session)
                }
                Handled::Answer(answer)
                | Handled::Opened { answer, .. }
                | Handled::Closed { answer, .. } => answer,
                _ => panic!(),
            };
            let answer = http(&request, &mut handle, piece);
            tunnel.handle_answer(now, answer.status, answer.body);
            while let Some(bytes) = tunnel.poll_received().unwrap() {
                to_client.extend_from_slice(&bytes);
            }
            client_done |= client.handle_input(&mut to_client).unwrap().is_some();
        }
        assert!(client_done && server_done);
    }
}

fn read_request(text: &str) -> Result<Option<HttpRequest>, HttpError> {
    let mut limits = HttpLimits::default();
    (
        limits.max_head_bytes,
        limits.max_headers,
        limits.max_body_bytes,
    ) = (200, 4, 10);
    let mut whole = BytesMut::from(text);
    let at_once = RequestReader::new(limits).decode(&mut whole);
    let (mut reader, mut input) = (RequestReader::new(limits), BytesMut::new());
    let mut found = Ok(None);
    for byte in text.as_bytes() {
        input.extend_from_slice(&[*byte]);
        if !matches!(found, Ok(None)) {
            break;
        }
        found = reader.decode(&mut input);
        if found.is_err() {
            assert_eq!(reader.decode(&mut input), found, "an error stays");
        }
    }
    assert_eq!(found, at_once, "{text:?}");
    at_once
}

#[test]
fn requests_of_all_sorts() {
    let request = read_request("\r\nPOST /open/1 HTTP/1.1\r\ncontent-LENGTH:3\r\n\r\nabc")
        .unwrap()
        .unwrap();
    assert_eq!((&request.body[..], request.keep_alive), (&b"abc"[..], true));
    let request = read_request("GET / HTTP/1.0\r\n\r\n").unwrap().unwrap();
    assert_eq!(
        (request.method.as_str(), request.keep_alive),
        ("GET", false)
    );
    let request = read_request("POST / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n")
        .unwrap()
        .unwrap();
    assert!(request.keep_alive);
    let request = read_request("POST / HTTP/1.1\r\nConnection: close\r\n\r\n")
        .unwrap()
        .unwrap();
    assert!(!request.keep_alive);
    assert_eq!(
        read_request("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab"),
        Ok(None)
    );
}

#[test]
fn requests_that_are_refused() {
    let long = format!("POST /{} HTTP/1.1\r\n\r\n", "a".repeat(200));
    let many = format!("POST / HTTP/1.1\r\n{}\r\n", "a:b\r\n".repeat(5));
    for (text, error, status) in [
        (long.as_str(), HttpError::HeadTooLong(200), 431),
        (&many, HttpError::TooManyHeaders(4), 431),
        (
            "POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n",
            HttpError::BodyTooLong(10),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
            HttpError::BodyTooLong(10),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            HttpError::Expected("one Content-Length"),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            HttpError::Expected("digits in Content-Length"),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            HttpError::TransferCoding,
            501,
        ),
        (
            "POST / HTTP/2\r\n\r\n",
            HttpError::Expected("an HTTP/1.x request line"),
            400,
        ),
        (
            "POST /a b HTTP/1.1\r\n\r\n",
            HttpError::Expected("an HTTP/1.x request line"),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nno colon\r\n\r\n",
            HttpError::Expected("a colon in an HTTP header"),
            400,
        ),
    ] {
        assert_eq!(read_request(text), Err(error), "{text:?}");
        assert_eq!(error.status(), status);
    }
}

#[test]
fn answers_of_all_sorts() {
    let mut reader = AnswerReader::new(HttpLimits::default());
    let mut input = BytesMut::from(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    );
    assert_eq!(reader.decode(&mut input).unwrap().unwrap().status, 204);
    let answer = reader.decode(&mut input).unwrap().unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"ok"[..]));
    assert_eq!(reader.decode(&mut input), Ok(None));
    let read =
        |text: &str| AnswerReader::new(HttpLimits::default()).decode(&mut BytesMut::from(text));
    assert_eq!(
        read("HTTP/1.1 200 OK\r\n\r\n"),
        Err(HttpError::Expected("a Content-Length in the HTTP answer"))
    );
    for wrong in [
        "HTTP/1.1 20 OK",
        "HTTP/1.1 099 OK",
        "HTTP/1.1 +20 OK",
        "ICY 200 OK",
        "",
    ] {
        let error = read(&format!("{wrong}\r\nContent-Length: 0\r\n\r\n")).unwrap_err();
        assert!(matches!(error, HttpError::Expected(_)), "{wrong:?}");
    }
}

#[test]
fn heads_cannot_be_smuggled_by_what_is_written() {
    let head = request_head("h\r\nX: y", "/open/1\r\n\r\n", 1);
    let head = std::str::from_utf8(&head).unwrap();
    assert!(head.starts_with("POST /open/1 HTTP/1.1\r\nHost: hX:y\r\n"));
}
