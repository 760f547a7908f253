//! What deployed servers and cameras get wrong, and the client machine reads as it was meant.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

use std::time::{Duration, Instant};

use bytes::BytesMut;
use castline_core::Machine;
use castline_core::testing::{split_feed, start};
use castline_rtsp_proto::client::*;
use castline_rtsp_proto::{ChannelKind, ConnectionError, Method};

const CAMERA: &str = "rtsp://10.0.0.9/cam";

/// A client and what a camera says to it.
struct Camera {
    client: ClientConnection,
    now: Instant,
    input: BytesMut,
}

impl Camera {
    fn new() -> Self {
        let now = start();
        Self {
            client: ClientConnection::new(ClientConfig::default(), now),
            now,
            input: BytesMut::new(),
        }
    }

    /// The requests since the last call.
    fn requests(&mut self) -> String {
        let mut output = Vec::new();
        while let Some(segment) = self.client.poll_transmit() {
            output.extend_from_slice(&segment);
        }
        String::from_utf8(output).unwrap()
    }

    fn says(&mut self, bytes: impl AsRef<[u8]>) -> Vec<ClientEvent> {
        self.input.extend_from_slice(bytes.as_ref());
        self.client.handle_input(self.now, &mut self.input);
        core::iter::from_fn(|| self.client.poll_event().unwrap()).collect()
    }

    fn set_up(&mut self, headers: &str) -> Vec<ClientEvent> {
        let cseq = self
            .client
            .setup(SetupRequest::interleaved(0, format!("{CAMERA}/t0")))
            .unwrap();
        self.says(format!("RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{headers}\r\n"))
    }

    fn advance(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.client.poll_timeout().filter(|at| *at <= end) {
            self.now = at;
            self.client.handle_timeout(at);
        }
        self.now = end;
    }
}

fn transport(events: &[ClientEvent]) -> AgreedTransport {
    let Some(ClientEvent::SetUp { transport, .. }) = events.first() else {
        panic!("{events:?}")
    };
    *transport
}

fn is_pair(transport: AgreedTransport, pair: (u8, u8)) -> bool {
    matches!(transport, AgreedTransport::Interleaved { rtp, rtcp, .. } if (rtp, rtcp) == pair)
}

#[test]
fn requests_are_canonical() {
    let mut camera = Camera::new();
    camera
        .client
        .setup(SetupRequest::interleaved(3, "rtsp://10.0.0.9/cam/t0"))
        .unwrap();
    let agent = concat!("castline/", env!("CARGO_PKG_VERSION"));
    let expected = format!(
        "SETUP rtsp://10.0.0.9/cam/t0 RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: {agent}\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n"
    );
    assert_eq!(camera.requests(), expected);
}

#[test]
fn quirk_cseq_missing_or_zero() {
    let mut camera = Camera::new();
    let options = camera.client.options(CAMERA).unwrap();
    let describe = camera.client.describe(CAMERA).unwrap();
    let heard = camera.says("RTSP/1.0 200 OK\r\nPublic: OPTIONS\r\n\r\n");
    assert!(matches!(heard[..], [ClientEvent::Options { cseq, .. }] if cseq == options));
    let heard = camera.says("RTSP/1.0 200 OK\r\nCSeq: 0\r\nContent-Length: 3\r\n\r\nv=0");
    assert!(matches!(heard[..], [ClientEvent::Described { cseq, .. }] if cseq == describe));
    // Answers to nothing are counted.
    assert!(camera.says("RTSP/1.0 200 OK\r\n\r\n").is_empty());
    assert_eq!(camera.client.stats().unexpected_responses, 1);
}

#[test]
fn answers_out_of_order_find_their_requests() {
    let mut camera = Camera::new();
    let first = camera.client.options(CAMERA).unwrap();
    let second = camera.client.describe(CAMERA).unwrap();
    let heard = camera.says(format!(
        "RTSP/1.0 404 No\r\nCSeq: {second}\r\n\r\nRTSP/1.0 200\r\nCSeq: {first}\r\n\r\n"
    ));
    assert!(matches!(&heard[0], ClientEvent::Failed { cseq, .. } if *cseq == second));
    assert!(matches!(&heard[1], ClientEvent::Options { cseq, .. } if *cseq == first));
}

#[test]
fn quirk_transport_missing_or_with_other_channels() {
    for (headers, expected) in [
        ("Session: 1\r\n", (0, 1)),
        ("Session: 1\r\nTransport: RTP/AVP/TCP;unicast\r\n", (0, 1)),
        (
            "Session: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=8-9\r\n",
            (8, 9),
        ),
        ("Session: 1\r\nTransport: ;;interleaved=oops\r\n", (0, 1)),
        (
            "Session: 1\r\nTransport: RTP/AVP/TCP;interleaved=4;ssrc= 6f7c\r\n",
            (4, 5),
        ),
    ] {
        let mut camera = Camera::new();
        let heard = camera.set_up(headers);
        assert!(is_pair(transport(&heard), expected), "{headers}");
        let data = [&b"$"[..], &[expected.0, 0, 2], b"hi"].concat();
        assert!(matches!(
            &camera.says(data)[..],
            [ClientEvent::Data {
                track: 0,
                kind: ChannelKind::Rtp,
                ..
            }]
        ));
    }
    let mut camera = Camera::new();
    let heard = camera.set_up("Session: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n");
    assert!(matches!(
        &heard[..],
        [ClientEvent::Failed {
            failure: Failure::OtherTransport,
            ..
        }]
    ));
}

#[test]
fn quirk_no_session_or_a_new_name_each_time() {
    let mut camera = Camera::new();
    camera.set_up("");
    camera.requests();
    camera.client.play(PlayRequest::new()).unwrap();
    assert!(!camera.requests().contains("Session"));
    let mut camera = Camera::new();
    camera.set_up("Session: first;timeout=30\r\n");
    let cseq = camera
        .client
        .setup(SetupRequest::interleaved(1, format!("{CAMERA}/t1")))
        .unwrap();
    assert!(
        camera
            .requests()
            .ends_with("Session: first\r\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3\r\n\r\n")
    );
    camera.says(format!(
        "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\nSession: second\r\n\r\n"
    ));
    assert_eq!(camera.client.session(), Some("second"));
}

#[test]
fn quirk_packets_before_play_is_answered_and_on_strange_channels() {
    let mut camera = Camera::new();
    camera.set_up("Session: 1\r\n");
    let play = camera.client.play(PlayRequest::new()).unwrap();
    let heard = camera.says(format!(
        "$\0\0\x01a$\x07\0\x01b\r\n$\x01\0\x01cRTSP/1.0 200 OK\r\nCSeq: {play}\r\n\r\n"
    ));
    assert!(matches!(
        &heard[..],
        [
            ClientEvent::Data { .. },
            ClientEvent::Data {
                kind: ChannelKind::Rtcp,
                ..
            },
            ClientEvent::Playing { .. }
        ]
    ));
    assert_eq!(camera.client.stats().unassigned_packets, 1);
}

#[test]
fn quirk_nonsense_in_the_hints_of_play() {
    let mut camera = Camera::new();
    camera.set_up("Session: 1\r\n");
    let play = camera.client.play(PlayRequest::new()).unwrap();
    let heard = camera.says(format!(
        "RTSP/1.0 200 OK\r\nCSeq: {play}\r\nRange: oops\r\nScale: x\r\nRTP-Info: \r\n\r\n"
    ));
    assert!(matches!(
        &heard[..],
        [ClientEvent::Playing {
            range: None,
            scale: None,
            ..
        }]
    ));
}

#[test]
fn quirk_a_base_without_scheme() {
    for (header, expected) in [
        ("", CAMERA),
        ("Content-Base: 10.0.0.9/cam/\r\n", CAMERA),
        (
            "Content-Base: rtsp://10.0.0.9/other/\r\n",
            "rtsp://10.0.0.9/other/",
        ),
        (
            "Content-Location: rtsp://10.0.0.9/loc\r\n",
            "rtsp://10.0.0.9/loc",
        ),
    ] {
        let mut camera = Camera::new();
        camera.client.describe(CAMERA).unwrap();
        let heard = camera.says(format!(
            "RTSP/1.0 200 OK\r\nCSeq: 1\r\n{header}Content-Length: 3\r\n\r\nv=0"
        ));
        assert!(
            matches!(&heard[..], [ClientEvent::Described { base, .. }] if base == expected),
            "{header}"
        );
    }
}

#[test]
fn quirk_signs_of_life_in_a_method_that_the_camera_has() {
    for (public, method) in [
        ("", "OPTIONS"),
        ("Public: OPTIONS, PLAY\r\n", "OPTIONS"),
        ("Public: PLAY, GET_PARAMETER\r\n", "GET_PARAMETER"),
    ] {
        let mut camera = Camera::new();
        camera.client.options(CAMERA).unwrap();
        camera.says(format!("RTSP/1.0 200 OK\r\nCSeq: 1\r\n{public}\r\n"));
        camera.set_up("Session: 1;timeout=20\r\n");
        camera.requests();
        camera.advance(9);
        assert_eq!(camera.requests(), "");
        camera.advance(1);
        let sign = camera.requests();
        assert!(
            sign.starts_with(method) && sign.contains("Session: 1\r\n"),
            "{sign}"
        );
        // Quirk: no answer to it. The next one comes all the same, and no late answer confuses anybody.
        camera.advance(10);
        assert!(camera.requests().starts_with(method));
        let play = camera.client.play(PlayRequest::new()).unwrap();
        assert!(camera.says("RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n").is_empty());
        assert!(matches!(
            camera.says(format!("RTSP/1.0 200 OK\r\nCSeq: {play}\r\n\r\n"))[..],
            [ClientEvent::Playing { .. }]
        ));
    }
}

#[test]
fn quirk_get_parameter_is_listed_and_refused() {
    let mut camera = Camera::new();
    camera.client.options(CAMERA).unwrap();
    camera.says("RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: GET_PARAMETER\r\n\r\n");
    camera.set_up("Session: 1;timeout=20\r\n");
    camera.advance(10);
    camera.requests();
    assert!(camera.says("RTSP/1.0 501 No\r\nCSeq: 3\r\n\r\n").is_empty());
    camera.advance(10);
    assert!(camera.requests().starts_with("OPTIONS"));
}

#[test]
fn redirections_and_requests_of_the_server() {
    let mut camera = Camera::new();
    let cseq = camera.client.describe(CAMERA).unwrap();
    let heard = camera.says("RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://other/cam\r\n\r\n");
    assert!(
        matches!(&heard[..], [ClientEvent::Redirected { cseq: Some(of), location, .. }] if *of == cseq && location == "rtsp://other/cam")
    );
    camera.requests();
    camera.says("OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n");
    assert!(
        camera
            .requests()
            .starts_with("RTSP/1.0 200 OK\r\nCSeq: 9\r\nPublic: ")
    );
    let heard = camera.says("REDIRECT rtsp://x RTSP/1.0\r\nCSeq: 10\r\nLocation: rtsp://y\r\n\r\n");
    assert!(matches!(
        &heard[..],
        [
            ClientEvent::Redirected { cseq: None, .. },
            ClientEvent::ServerRequest { .. }
        ]
    ));
    camera.says("RECORD rtsp://x RTSP/1.0\r\nCSeq: 11\r\n\r\n");
    assert!(
        camera
            .requests()
            .contains("RTSP/1.0 501 Not Implemented\r\nCSeq: 11\r\n")
    );
}

#[test]
fn provisional_answers_buy_time() {
    let mut camera = Camera::new();
    camera.client.describe(CAMERA).unwrap();
    camera.advance(9);
    assert!(
        camera
            .says("RTSP/1.0 100 Continue\r\nCSeq: 1\r\n\r\n")
            .is_empty()
    );
    camera.advance(9);
    assert_eq!(camera.client.poll_event(), Ok(None));
    camera.advance(2);
    assert!(matches!(
        camera.client.poll_event(),
        Err(ConnectionError::ResponseTimeout {
            method: Method::DESCRIBE,
            ..
        })
    ));
}

#[test]
fn an_unreadable_answer_fails_its_request_alone() {
    let mut camera = Camera::new();
    let first = camera.client.options(CAMERA).unwrap();
    let second = camera.client.options(CAMERA).unwrap();
    let long = "x".repeat(9000);
    let heard = camera.says(format!(
        "RTSP/1.0 200 OK\r\nX: {long}\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: {second}\r\n\r\n"
    ));
    assert!(
        matches!(&heard[0], ClientEvent::Failed { cseq, failure: Failure::Unreadable(_), .. } if *cseq == first)
    );
    assert!(matches!(&heard[1], ClientEvent::Options { cseq, .. } if *cseq == second));
}

#[test]
fn it_does_not_matter_how_the_stream_is_cut() {
    let now = start();
    let input = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: PLAY\r\n\r\nRTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 3\r\n\r\nv=0\
        RTSP/1.0 200 OK\r\nCSeq: 3\r\nSession: 7\r\n\r\n$\0\0\x04rtp!junk\r\n$\x01\0\x02rrRTSP/1.0 200 OK\r\nCSeq: 4\r\n\r\n\
        OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nRTSP/1.0 404 No\r\nContent-Length: -1\r\n\r\n";
    let fed = split_feed(now, input, || {
        let mut client = ClientConnection::new(ClientConfig::default(), now);
        client.options(CAMERA).unwrap();
        client.describe(CAMERA).unwrap();
        client
            .setup(SetupRequest::interleaved(0, format!("{CAMERA}/t0")))
            .unwrap();
        client.play(PlayRequest::new()).unwrap();
        client
    });
    assert_eq!(fed.events.len(), 7);
    assert!(matches!(fed.error, Some(ConnectionError::Framing(_))));
}

#[test]
fn headers_of_the_configuration_go_with_every_request() {
    let now = start();
    let mut config = ClientConfig::default();
    config.headers = vec![("authorization".into(), "Basic YTpi".into())];
    let mut client = ClientConnection::new(config, now);
    client.describe(CAMERA).unwrap();
    let sent = client.poll_transmit().unwrap();
    assert!(sent.ends_with(b"\r\nAuthorization: Basic YTpi\r\nAccept: application/sdp\r\n\r\n"));
}

/// Pieces of what servers say; strung together they are mostly nonsense.
const PIECES: &[&[u8]] = &[
    b"RTSP/1.0 200 OK\r\n",
    b"RTSP/2.0 454 No\r\n",
    b"RTSP/1.0 302 Moved\r\nLocation: rtsp://x\r\n",
    b"CSeq: 1\r\n",
    b"CSeq: 3\r\n",
    b"Session: a;timeout=0\r\n",
    b"Transport: RTP/AVP/TCP;interleaved=255\r\n",
    b"Transport: RTP/AVP/TCP;interleaved=0-1\r\n",
    b"Content-Length: 4\r\n",
    b"Content-Length: 99999999999\r\n",
    b"\r\n",
    b"$\0\0\x04",
    b"$\x01\xff\xff",
    b"TEARDOWN * RTSP/2.0\r\n",
    b"OPTIONS * RTSP/1.0\r\n",
    b"\xff\xfe",
    b"v=0\n",
];

proptest::proptest! {
    #[test]
    fn whatever_a_server_says(picks in proptest::collection::vec(0..PIECES.len(), 0..200), seconds in 0..100_u64) {
        let mut camera = Camera::new();
        for number in 0..4 {
            camera.client.options(CAMERA).unwrap();
            camera.client.setup(SetupRequest::interleaved(number, format!("{CAMERA}/t{number}"))).unwrap();
        }
        camera.client.play(PlayRequest::new()).unwrap();
        camera.client.teardown().unwrap();
        for pick in picks {
            camera.input.extend_from_slice(PIECES[pick]);
            let wanted = camera.client.wants_input();
            let before = camera.input.len();
            camera.client.handle_input(camera.now, &mut camera.input);
            assert!(wanted || camera.input.len() == before);
            let heard = core::iter::from_fn(|| camera.client.poll_event().ok().flatten()).count();
            assert!(heard <= 128 + 16);
            assert!(camera.client.queued_bytes() < 128 * 1024);
        }
        camera.advance(seconds);
        assert!(camera.client.is_closed() || camera.client.poll_timeout().is_none_or(|at| at > camera.now));
    }
}
