//! What a server machine refuses, with the right status, and without harm to anybody.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod session_support;

use std::time::Duration;

use castline_core::Machine;
use castline_rtsp_proto::server::*;
use castline_rtsp_proto::{ConnectionError, Method, StatusCode};
use session_support::*;

fn refusals(talk: &Talk) -> Vec<u16> {
    let status = |event: &ServerEvent| match event {
        ServerEvent::Rejected { status, .. } => Some(status.as_u16()),
        _ => None,
    };
    talk.events.iter().filter_map(status).collect()
}

#[test]
fn cseq_missing() {
    let mut talk = Talk::new();
    assert_eq!(status(&talk.raw("OPTIONS * RTSP/1.0\r\n\r\n")), 400);
    assert_eq!(
        status(&talk.raw("OPTIONS * RTSP/1.0\r\nCSeq: x\r\n\r\n")),
        400
    );
    assert_eq!(refusals(&talk), [400, 400]);
    let mut config = ServerConfig::default();
    config.tolerate_missing_cseq = true;
    let mut talk = Talk::with(config);
    let reply = talk.raw("OPTIONS * RTSP/1.0\r\n\r\n");
    assert_eq!(status(&reply), 200);
    assert!(!reply.contains("CSeq"));
}

#[test]
fn methods_versions_and_features() {
    let mut talk = Talk::new();
    let reply = talk.ask("RECORD rtsp://h/film", "");
    assert_eq!(status(&reply), 405);
    assert!(value(&reply, "Allow").contains("OPTIONS, DESCRIBE, SETUP"));
    let reply = talk.ask("FROBNICATE rtsp://h/film", "");
    assert_eq!(status(&reply), 501);
    assert!(value(&reply, "Public").contains("PLAY"));
    assert_eq!(status(&talk.ask("OPTIONS * RTSP/3.0", "")), 505);
    let reply = talk.ask(
        "SETUP rtsp://127.0.0.1/film/trackID=0",
        "Require: play.basic, fly\r\nRequire: x.y\r\n",
    );
    assert_eq!(status(&reply), 551);
    assert_eq!(value(&reply, "Unsupported"), "fly, x.y");
    assert_eq!(
        status(&talk.ask("OPTIONS *", "Proxy-Require: gzipped\r\n")),
        551
    );
    assert_eq!(
        status(&talk.ask("OPTIONS *", "Require: play.basic\r\n")),
        200
    );
    assert_eq!(
        status(&talk.ask("DESCRIBE rtsp://h/film", "Accept: text/html\r\n")),
        406
    );
    assert_eq!(status(&talk.ask("DESCRIBE rtsp://h/none", "")), 404);
    assert!(talk.error.is_none());
}

#[test]
fn oversized_heads_and_lying_lengths() {
    let long = "x".repeat(9000);
    let many = "A: b\r\n".repeat(10_000);
    let cases = [
        (
            format!("OPTIONS rtsp://h/{long} RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
            414,
        ),
        (
            format!("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nX: {long}\r\n\r\n"),
            431,
        ),
        (format!("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n{many}\r\n"), 431),
        (
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: -5\r\n\r\n".to_owned(),
            400,
        ),
        (
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
                .to_owned(),
            400,
        ),
        (
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 18446744073709551616\r\n\r\n"
                .to_owned(),
            413,
        ),
        (
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 18446744073709551615\r\n\r\n"
                .to_owned(),
            413,
        ),
        (
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 2000000\r\n\r\n".to_owned(),
            413,
        ),
        ("OPTIONS *\r\n\r\n".to_owned(), 400),
    ];
    for (bytes, expected) in cases {
        let mut talk = Talk::new();
        let reply = talk.raw(&bytes);
        let shown = &bytes[..bytes.len().min(80)];
        assert_eq!(statuses(&reply), [expected], "{shown}");
        assert_eq!(refusals(&talk), [expected], "{shown}");
    }
}

#[test]
fn a_refused_message_does_not_end_the_connection_when_its_end_is_known() {
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    let long = "x".repeat(9000);
    assert_eq!(
        status(&talk.raw(format!(
            "OPTIONS rtsp://h/{long} RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        ))),
        414
    );
    assert_eq!(
        status(&talk.ask(
            "PLAY rtsp://127.0.0.1/film",
            &format!("Session: {session}\r\n")
        )),
        200
    );
    talk.raw("PLAY rtsp://h/film RTSP/1.0\r\nCSeq: 9\r\nContent-Length: -1\r\n\r\n");
    assert!(matches!(talk.error, Some(ConnectionError::Framing(_))));
    assert_eq!(talk.closed(), [ClosedBy::ConnectionLost]);
    assert!(talk.app.is_closed());
}

#[test]
fn a_truncated_head_waits_and_ends_with_408() {
    let mut talk = Talk::new();
    assert_eq!(talk.raw("OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n"), "");
    assert_eq!(talk.advance(Duration::from_secs(9)), "");
    // A slow loris: more bytes do not buy more time.
    assert_eq!(talk.raw("X: y\r\n"), "");
    let farewell = talk.advance(Duration::from_secs(2));
    assert_eq!(statuses(&farewell), [408]);
    assert_eq!(
        talk.error,
        Some(ConnectionError::MessageTimeout {
            after: Duration::from_secs(10)
        })
    );
    assert!(talk.app.is_closed());
}

#[test]
fn a_half_sent_packet_ends_the_same_way_and_an_idle_connection_too() {
    let mut talk = Talk::new();
    talk.raw(b"$\0\x10\0abc");
    talk.advance(Duration::from_secs(11));
    assert!(matches!(
        talk.error,
        Some(ConnectionError::MessageTimeout { .. })
    ));
    let mut talk = Talk::new();
    talk.advance(Duration::from_secs(50));
    assert_eq!(status(&talk.ask("OPTIONS *", "")), 200);
    talk.advance(Duration::from_secs(59));
    assert!(talk.error.is_none());
    assert_eq!(talk.advance(Duration::from_secs(2)), "");
    assert!(matches!(
        talk.error,
        Some(ConnectionError::IdleTimeout { .. })
    ));
}

#[test]
fn transports_that_cannot_be_served() {
    let cases = [
        ("RTP/AVP;unicast;client_port=0-1", 400),
        ("RTP/AVP;unicast;client_port=65535", 400),
        ("RTP/AVP;unicast;client_port=65536-65537", 400),
        ("RTP/AVP;unicast;client_port=99999999999999999999-1", 400),
        ("RTP/AVP;unicast;client_port=5001-5000", 400),
        ("RTP/AVP;unicast;client_port=-5", 400),
        ("RTP/AVP;unicast;client_port=5000-5000", 400),
        ("RTP/AVP/TCP;unicast;interleaved=256-257", 400),
        ("RTP/AVP;unicast", 461),
        ("RTP/AVP;multicast;port=5000-5001;ttl=16", 461),
        ("RTP/SAVP;unicast;client_port=5000-5001", 461),
        ("MP2T/H2221/UDP;unicast;client_port=5000-5001", 461),
        ("RTP/AVP;unicast;client_port=5000-5001;mode=record", 461),
        (
            "RTP/AVP;unicast;client_port=5000-5001;destination=127.0.0.2",
            463,
        ),
        (
            "RTP/AVP;unicast;client_port=5000-5001;destination=victim.example",
            463,
        ),
        (
            "RTP/AVP/TCP;unicast;interleaved=0-1;destination=10.0.0.1",
            463,
        ),
        (
            "RTP/AVP;unicast;dest_addr=\"127.0.0.2:5000\"/\"127.0.0.2:5001\"",
            463,
        ),
        (
            "RTP/AVP;unicast;dest_addr=\":5000\"/\"127.0.0.2:5001\"",
            463,
        ),
        ("RTP/AVP;unicast;dest_addr=\":0\"/\":1\"", 400),
        ("RTP/AVP;unicast;dest_addr=\":70000\"", 400),
        ("RTP/AVP;unicast;dest_addr=\"+5000\"", 400),
        ("", 400),
    ];
    for (transport, expected) in cases {
        let mut talk = Talk::new();
        let reply = talk.ask(
            "SETUP rtsp://127.0.0.1/film/trackID=0",
            &format!("Transport: {transport}\r\n"),
        );
        assert_eq!(status(&reply), expected, "{transport}");
        assert_eq!(talk.app.server.sessions().count(), 0);
        assert!(
            !talk
                .events
                .iter()
                .any(|event| matches!(event, ServerEvent::Setup { .. })),
            "{transport}"
        );
    }
    let mut talk = Talk::new();
    assert_eq!(
        status(&talk.ask("SETUP rtsp://127.0.0.1/film/trackID=0", "")),
        461
    );
}

#[test]
fn udp_goes_to_the_peer_whatever_is_written() {
    for transport in [
        "RTP/AVP;unicast;client_port=5000-5001;destination=127.0.0.1",
        "RTP/AVP;unicast;client_port=5000-5001;destination=",
        "RTP/AVP/UDP;client_port=5000",
        "RTP/AVP;unicast;dest_addr=\":5000\"/\":5001\"",
        "RTP/AVP;unicast;dest_addr=\"127.0.0.1:5000\"/\"127.0.0.1:5001\"",
        "RTP/AVP;unicast;client_port=5000-5001;destination=127.0.0.2, RTP/AVP;unicast;client_port=5000-5001",
    ] {
        let mut talk = Talk::new();
        let session = talk.setup(0, transport, None);
        let session = SessionId::parse(&session).unwrap();
        let agreed = talk.app.server.transport(session, 0).unwrap();
        let TransportOffer::Udp { rtp, rtcp } = agreed.offer else {
            panic!("{transport}")
        };
        assert_eq!(
            (rtp, rtcp),
            (([127, 0, 0, 1], 5000).into(), ([127, 0, 0, 1], 5001).into())
        );
    }
}

#[test]
fn requests_in_the_wrong_state() {
    let mut talk = Talk::new();
    for method in ["PLAY", "PAUSE"] {
        assert_eq!(
            status(&talk.ask(&format!("{method} rtsp://127.0.0.1/film"), "")),
            455
        );
    }
    assert_eq!(status(&talk.ask("TEARDOWN rtsp://127.0.0.1/film", "")), 454);
    assert_eq!(
        status(&talk.ask(
            "SETUP rtsp://127.0.0.1/film/trackID=7",
            &format!("Transport: {TCP}\r\n")
        )),
        404
    );
    let session = talk.setup(0, TCP, None);
    let line = format!("Session: {session}\r\n");
    assert_eq!(status(&talk.ask("PAUSE rtsp://127.0.0.1/film", &line)), 200);
    assert_eq!(status(&talk.ask("PLAY rtsp://127.0.0.1/other", &line)), 404);
    assert_eq!(
        status(&talk.ask(
            "PLAY rtsp://127.0.0.1/film",
            &format!("{line}Range: npt=9-5\r\n")
        )),
        457
    );
    assert_eq!(
        status(&talk.ask("PLAY rtsp://127.0.0.1/film", &format!("{line}Scale: 0\r\n"))),
        400
    );
    assert_eq!(status(&talk.ask("PLAY rtsp://127.0.0.1/film", &line)), 200);
    let again = format!("Transport: {TCP}\r\n{line}");
    assert_eq!(
        status(&talk.ask("SETUP rtsp://127.0.0.1/film/trackID=0", &again)),
        455
    );
    assert_eq!(status(&talk.ask("PAUSE rtsp://127.0.0.1/film", &line)), 200);
    assert_eq!(
        status(&talk.ask("SETUP rtsp://127.0.0.1/film/trackID=0", &again)),
        200
    );
    assert_eq!(
        status(&talk.ask("TEARDOWN rtsp://127.0.0.1/film", &line)),
        200
    );
    assert_eq!(
        status(&talk.ask("TEARDOWN rtsp://127.0.0.1/film", &line)),
        454
    );
}

#[test]
fn a_strangers_session() {
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    // Not even of the form that ids have: no application is asked.
    for id in [
        "12345678",
        "",
        "a;b",
        &session.to_uppercase(),
        &format!("{session}0"),
    ] {
        let reply = talk.ask("PLAY rtsp://127.0.0.1/film", &format!("Session: {id}\r\n"));
        assert_eq!(status(&reply), 454, "{id}");
    }
    assert!(
        !talk
            .events
            .iter()
            .any(|event| matches!(event, ServerEvent::ForeignRequest { .. }))
    );
    let reply = talk.ask(
        "TEARDOWN rtsp://127.0.0.1/film",
        "Session: 00000000000000000000000000000001\r\n",
    );
    assert_eq!(status(&reply), 454);
    assert!(matches!(
        talk.events.last(),
        Some(ServerEvent::ForeignRequest { .. })
    ));
    assert_eq!(talk.app.server.sessions().count(), 1);
}

#[test]
fn one_track_of_several_alone() {
    let mut config = ServerConfig::default();
    config.allow_track_control = false;
    let mut talk = Talk::with(config);
    let session = talk.setup(0, TCP, None);
    let line = format!("Session: {session}\r\n");
    assert_eq!(
        status(&talk.ask("PLAY rtsp://127.0.0.1/film/trackID=0", &line)),
        200
    );
    talk.setup(1, TCP, Some(&session));
    assert_eq!(
        status(&talk.ask("PLAY rtsp://127.0.0.1/film/trackID=0", &line)),
        460
    );
    assert_eq!(status(&talk.ask("PLAY rtsp://127.0.0.1/film", &line)), 200);
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    talk.setup(1, TCP, Some(&session));
    let line = format!("Session: {session}\r\n");
    assert_eq!(
        status(&talk.ask("PLAY rtsp://127.0.0.1/film/trackID=1", &line)),
        200
    );
    let id = SessionId::parse(&session).unwrap();
    assert!(talk.app.server.is_playing(id, 1) && !talk.app.server.is_playing(id, 0));
    assert_eq!(
        status(&talk.ask("PLAY rtsp://127.0.0.1/film/trackID=1 RTSP/2.0", &line)),
        460
    );
}

#[test]
fn limits_of_sessions_and_tracks() {
    let mut config = ServerConfig::default();
    config.limits.max_sessions = 2;
    config.limits.max_tracks = 1;
    let mut talk = Talk::with(config);
    let session = talk.setup(0, TCP, None);
    let line = format!("Transport: {TCP}\r\nSession: {session}\r\n");
    assert_eq!(
        status(&talk.ask("SETUP rtsp://127.0.0.1/film/trackID=1", &line)),
        503
    );
    talk.setup(1, TCP, None);
    let reply = talk.ask(
        "SETUP rtsp://127.0.0.1/film/trackID=0",
        &format!("Transport: {TCP}\r\n"),
    );
    assert_eq!(status(&reply), 503);
    assert_eq!(talk.app.server.sessions().count(), 2);
}

#[test]
fn answers_that_do_not_fit_change_nothing() {
    let mut talk = Talk::new();
    talk.app.is_silent = true;
    assert_eq!(
        talk.ask(
            "SETUP rtsp://127.0.0.1/film/trackID=0",
            &format!("Transport: {TCP}\r\n")
        ),
        ""
    );
    let Some(ServerEvent::Setup { id, offers, .. }) = talk.events.last().cloned() else {
        panic!()
    };
    let server = &mut talk.app.server;
    let method = Method::SETUP;
    use castline_rtsp_proto::SendError::{NotOffered, UnknownRequest, UnknownSession, WrongMethod};
    assert_eq!(
        server.play(id, PlayReply::new()),
        Err(WrongMethod { method })
    );
    let ok = castline_rtsp_proto::Response::new(StatusCode::OK);
    assert_eq!(server.respond(id, &ok), Err(WrongMethod { method }));
    let other = TransportOffer::Interleaved { rtp: 8, rtcp: 9 };
    assert_eq!(server.setup(id, SetupReply::new(0, other)), Err(NotOffered));
    let session = server.setup(id, SetupReply::new(0, offers[0])).unwrap();
    assert_eq!(
        server.setup(id, SetupReply::new(0, offers[0])),
        Err(UnknownRequest)
    );
    assert_eq!(status(&talk.pump()), 200);
    let server = &mut talk.app.server;
    let packet = || [bytes::Bytes::from_static(b"x")];
    use castline_rtsp_proto::{ChannelKind::Rtp, SendError};
    assert_eq!(
        server.send(session, 5, Rtp, packet()),
        Err(SendError::UnknownTrack)
    );
    assert_eq!(
        server.close_session(session, CloseReason::ServerAdmin),
        Ok(())
    );
    assert_eq!(server.send(session, 0, Rtp, packet()), Err(UnknownSession));
}
