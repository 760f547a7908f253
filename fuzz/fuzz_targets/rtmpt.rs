//! RTMPT: the HTTP framing fed whole and in pieces must find the same; the session table and the client must keep to
//! their limits whatever is asked and answered.
#![no_main]

use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::rtmpt::http::*;
use castline_rtmp_chunk::rtmpt::*;
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    Requests { piece: u8, small: bool, data: &'a [u8] },
    Answers { piece: u8, small: bool, data: &'a [u8] },
    Server(Vec<Asked<'a>>),
    Client(Vec<Given<'a>>),
}

#[derive(Debug, Arbitrary)]
enum Asked<'a> {
    Target(&'a str, &'a [u8]),
    Send { session: u8, sequence: u8, body: &'a [u8] },
    Idle { session: u8, sequence: u8 },
    Close { session: u8 },
    Open,
    Queue { session: u8, bytes: &'a [u8] },
    End { session: u8 },
    Later(u8),
}

#[derive(Debug, Arbitrary)]
enum Given<'a> {
    Answer(u16, &'a [u8]),
    Ok(&'a [u8]),
    Failure,
    Send(&'a [u8]),
    Later(u8),
    Close,
}

fn http_limits(small: bool) -> HttpLimits {
    let mut limits = HttpLimits::default();
    if small {
        (limits.max_head_bytes, limits.max_headers, limits.max_body_bytes) = (64, 2, 8);
    }
    limits
}

fn all<T>(data: &[u8], piece: usize, mut decode: impl FnMut(&mut BytesMut) -> Result<Option<T>, HttpError>) -> (Vec<T>, Option<HttpError>) {
    let (mut input, mut found) = (BytesMut::new(), Vec::new());
    for bytes in data.chunks(piece.max(1)) {
        input.extend_from_slice(bytes);
        loop {
            match decode(&mut input) {
                Ok(Some(message)) => found.push(message),
                Ok(None) => break,
                Err(error) => return (found, Some(error)),
            }
        }
    }
    (found, None)
}

fn serve(asked: Vec<Asked<'_>>) {
    let mut limits = ServerLimits::default();
    (limits.max_sessions, limits.max_queued_bytes, limits.max_request_bytes, limits.max_answer_bytes) = (3, 20, 10, 7);
    let mut server = Server::new(limits, [1; 32]);
    let mut now = Instant::now();
    let mut sessions = Vec::new();
    for asked in asked {
        let named = |index: u8| sessions.get(usize::from(index)).copied();
        let (target, body) = match asked {
            Asked::Target(target, body) => (target.to_owned(), body),
            Asked::Open => ("/open/1".to_owned(), &b""[..]),
            Asked::Send { session, sequence, body } => match named(session) {
                Some(session) => (format!("/send/{session}/{sequence}"), body),
                None => continue,
            },
            Asked::Idle { session, sequence } => match named(session) {
                Some(session) => (format!("/idle/{session}/{sequence}"), &b"\0"[..]),
                None => continue,
            },
            Asked::Close { session } => match named(session) {
                Some(session) => (format!("/close/{session}/0"), &b"\0"[..]),
                None => continue,
            },
            Asked::Queue { session, bytes } => {
                if let Some(session) = named(session) {
                    let before = server.queued_bytes(session);
                    let queued = server.queue(session, Bytes::copy_from_slice(bytes)).is_ok();
                    assert_eq!(server.queued_bytes(session), before + if queued { bytes.len() } else { 0 });
                    assert!(server.queued_bytes(session) <= 20);
                }
                continue;
            }
            Asked::End { session } => {
                if let Some(session) = named(session) {
                    server.close(session);
                }
                continue;
            }
            Asked::Later(seconds) => {
                now += Duration::from_secs(seconds.into());
                while server.poll_expired(now).is_some() {}
                assert!(server.poll_timeout().is_none_or(|at| at > now));
                continue;
            }
        };
        match server.handle_request(now, &target, Bytes::copy_from_slice(body)) {
            Handled::Opened { session, .. } => sessions.push(session),
            Handled::Received { session, bytes } => {
                assert!(bytes.len() <= 10);
                assert!(server.answer(session).body_len() <= 7);
            }
            _ => {}
        }
        assert!(server.session_count() <= 3);
        assert_eq!(server.session_count() == 0, server.poll_timeout().is_none());
    }
}

fn tunnel(given: Vec<Given<'_>>) {
    let mut config = ClientConfig::default();
    (config.limits.max_queued_bytes, config.limits.max_request_bytes, config.limits.max_answer_bytes) = (20, 7, 40);
    let mut client = Client::new(config);
    let mut now = Instant::now();
    let (mut sent, mut asked) = (Vec::new(), Vec::new());
    let mut last: Option<Request> = None;
    for given in given {
        if let Some(request) = client.poll_request(now) {
            assert!(!client.is_closed() && request.path.bytes().all(|byte| byte.is_ascii_graphic()));
            let body = request.body.concat();
            assert!((1..=7).contains(&body.len()));
            // A path asked for twice is the same request once more.
            match &last {
                Some(last) if last.path == request.path => assert_eq!(*last, request),
                _ if request.path.starts_with("/send/") => asked.extend_from_slice(&body),
                _ => {}
            }
            assert!(sent.starts_with(&asked), "in order, and once");
            last = Some(request);
        }
        match given {
            Given::Answer(status, body) => client.handle_answer(now, status, Bytes::copy_from_slice(body)),
            Given::Ok(body) => client.handle_answer(now, 200, Bytes::copy_from_slice(body)),
            Given::Failure => client.handle_failure(),
            Given::Send(bytes) => {
                if client.send(Bytes::copy_from_slice(bytes)).is_ok() {
                    sent.extend_from_slice(bytes);
                }
                assert!(client.queued_bytes() <= 20);
            }
            Given::Later(ms) => now += Duration::from_millis(ms.into()),
            Given::Close => client.close(),
        }
        while let Ok(Some(bytes)) = client.poll_received() {
            assert!(bytes.len() < 40);
        }
    }
}

fuzz_target!(|input: Input<'_>| match input {
    Input::Requests { piece, small, data } => {
        let mut whole = RequestReader::new(http_limits(small));
        let mut pieces = RequestReader::new(http_limits(small));
        let whole = all(data, data.len(), |input| whole.decode(input));
        assert_eq!(whole, all(data, piece.into(), |input| pieces.decode(input)));
        for request in whole.0 {
            if let Ok(command) = Command::parse(&request.target) {
                let written = command.to_string();
                assert_eq!(Command::parse(&written), Ok(command));
            }
        }
    }
    Input::Answers { piece, small, data } => {
        let mut whole = AnswerReader::new(http_limits(small));
        let mut pieces = AnswerReader::new(http_limits(small));
        let whole = all(data, data.len(), |input| whole.decode(input));
        assert_eq!(whole, all(data, piece.into(), |input| pieces.decode(input)));
    }
    Input::Server(asked) => serve(asked),
    Input::Client(given) => tunnel(given),
});
