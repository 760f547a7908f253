//! The life of sessions on the server's side: over one connection, over several, and to their ends.
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

use bytes::Bytes;
use castline_core::Machine;
use castline_core::testing::{split_feed, start};
use castline_rtsp_proto::headers::Range;
use castline_rtsp_proto::server::*;
use castline_rtsp_proto::{ChannelKind, SendError};
use session_support::*;

const FILM: &str = "rtsp://127.0.0.1/film";

fn session_line(session: &str) -> String {
    format!("Session: {session}\r\n")
}

#[test]
fn a_whole_life() {
    let mut talk = Talk::new();
    let reply = talk.ask("OPTIONS *", "");
    assert_eq!(
        value(&reply, "Public"),
        "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
    );
    let reply = talk.ask(&format!("DESCRIBE {FILM}"), "Accept: application/sdp\r\n");
    assert_eq!(value(&reply, "Content-Base"), format!("{FILM}/"));
    assert_eq!(value(&reply, "Content-Type"), "application/sdp");
    assert!(reply.ends_with(SDP));
    let session = talk.setup(0, TCP, None);
    assert_eq!(
        talk.setup(1, "RTP/AVP/TCP;unicast;interleaved=2-3", Some(&session)),
        session
    );
    let line = session_line(&session);
    let reply = talk.ask(
        &format!("PLAY {FILM}/"),
        &format!("{line}Range: npt=0.000-\r\n"),
    );
    assert_eq!(value(&reply, "Range"), "npt=0.000-");
    assert!(value(&reply, "RTP-Info").contains("seq=100;rtptime=9000,url="));
    // The answer comes before the media, and each packet whole behind its header.
    let media = reply.split_once("\r\n\r\n").unwrap().1;
    assert!(media.starts_with("$\0\0"), "{media:?}");
    assert_eq!(media.matches('$').count(), 4);
    for method in ["PAUSE", "PLAY", "TEARDOWN"] {
        let reply = talk.ask(&format!("{method} {FILM}"), &line);
        assert_eq!(
            (status(&reply), value(&reply, "Session")),
            (200, session.clone())
        );
    }
    assert_eq!(talk.closed(), [ClosedBy::Teardown]);
    assert!(!talk.app.is_closed());
}

#[test]
fn replies_say_what_was_agreed() {
    let mut talk = Talk::new();
    let setup = |talk: &mut Talk, track: u32, transport: &str, version: &str| {
        let line = format!("SETUP {FILM}/trackID={track} RTSP/{version}");
        talk.ask(&line, &format!("Transport: {transport}\r\n"))
    };
    let reply = setup(&mut talk, 0, UDP, "1.0");
    let expected = "RTP/AVP;unicast;client_port=5000-5001;server_port=30000-30001;ssrc=00001000";
    assert_eq!(value(&reply, "Transport"), expected);
    assert!(value(&reply, "Session").ends_with(";timeout=60"));
    let reply = setup(
        &mut talk,
        1,
        "RTP/AVP/UDP;unicast;dest_addr=\":6000\"/\":6001\"",
        "2.0",
    );
    let expected = "RTP/AVP/UDP;unicast;ssrc=00001001;dest_addr=\"127.0.0.1:6000\"/\"127.0.0.1:6001\";src_addr=\":30002\"/\":30003\"";
    assert_eq!(value(&reply, "Transport"), expected);
    assert!(reply.starts_with("RTSP/2.0 200 OK\r\n"));
}

#[test]
fn channels_as_asked_or_the_next_free_pair() {
    let mut talk = Talk::new();
    let channels = |talk: &mut Talk, track: u32, transport: &str, session: Option<&str>| {
        let id = talk.setup(track, transport, session);
        let transport = talk
            .app
            .server
            .transport(SessionId::parse(&id).unwrap(), track)
            .unwrap();
        let TransportOffer::Interleaved { rtp, rtcp } = transport.offer else {
            panic!()
        };
        (id, (rtp, rtcp))
    };
    let (session, given) = channels(&mut talk, 0, "RTP/AVP/TCP;unicast;interleaved=2-3", None);
    assert_eq!(given, (2, 3));
    // Taken: another one. Quirk: no interleaved at all; a single channel; the last channel there is.
    assert_eq!(
        channels(&mut talk, 1, "RTP/AVP/TCP;interleaved=3-4", Some(&session)).1,
        (0, 1)
    );
    assert_eq!(
        channels(&mut talk, 0, "RTP/AVP/TCP;unicast", None).1,
        (4, 5)
    );
    assert_eq!(
        channels(&mut talk, 0, "RTP/AVP/TCP;unicast;interleaved=6", None).1,
        (6, 7)
    );
    assert_eq!(
        channels(&mut talk, 0, "RTP/AVP/TCP;unicast;interleaved=255", None).1,
        (8, 9)
    );
    assert_eq!(
        channels(&mut talk, 0, "RTP/AVP;unicast;interleaved=20-21", None).1,
        (20, 21)
    );
    // The same track again changes its transport and may keep its channels.
    assert_eq!(
        channels(
            &mut talk,
            0,
            "RTP/AVP/TCP;unicast;interleaved=2-3",
            Some(&session)
        )
        .1,
        (2, 3)
    );
    assert_eq!(
        talk.app
            .server
            .session_tracks(SessionId::parse(&session).unwrap())
            .count(),
        2
    );
}

#[test]
fn offers_come_in_the_clients_order() {
    let mut talk = Talk::new();
    talk.app.is_silent = true;
    let both = format!("Transport: {UDP},RTP/SAVP;unicast;client_port=1-2,{TCP}\r\n");
    talk.ask(&format!("SETUP {FILM}/trackID=0"), &both);
    let Some(ServerEvent::Setup {
        offers,
        session: None,
        track: None,
        ..
    }) = talk.events.last()
    else {
        panic!()
    };
    let kinds: Vec<bool> = offers.iter().map(TransportOffer::is_interleaved).collect();
    assert_eq!(kinds, [false, true]);
}

#[test]
fn interleaved_packets_come_out_by_track_and_rtcp_keeps_alive() {
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    let id = SessionId::parse(&session).unwrap();
    talk.raw(b"$\x00\x00\x02hi$\x01\x00\x03abc$\x09\x00\x01x");
    let data: Vec<_> = talk
        .events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Data { .. }))
        .collect();
    assert_eq!(data.len(), 2);
    let ServerEvent::Data {
        session,
        track,
        kind,
        data,
        ..
    } = data[1]
    else {
        panic!()
    };
    assert_eq!(
        (*session, *track, *kind, &data[..]),
        (id, 0, ChannelKind::Rtcp, &b"abc"[..])
    );
    assert_eq!(talk.app.server.stats().unassigned_packets, 1);
    for _ in 0..3 {
        talk.advance(Duration::from_secs(50));
        talk.raw(b"$\x01\x00\x01x");
    }
    assert_eq!(talk.app.server.sessions().count(), 1);
    // RTP alone is no sign of life, and then the connection has nothing to do either.
    talk.advance(Duration::from_secs(50));
    talk.raw(b"$\x00\x00\x01x");
    talk.advance(Duration::from_secs(11));
    assert_eq!(talk.closed(), [ClosedBy::Expired]);
}

#[test]
fn any_request_keeps_alive_and_silence_ends() {
    let mut talk = Talk::new();
    let session = talk.setup(0, UDP, None);
    for method in ["OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "PAUSE"] {
        talk.advance(Duration::from_secs(59));
        let reply = talk.ask(&format!("{method} {FILM}"), &session_line(&session));
        assert_eq!(
            (status(&reply), value(&reply, "Session")),
            (200, session.clone())
        );
    }
    // RTCP over UDP is told by the application.
    talk.advance(Duration::from_secs(59));
    talk.app
        .server
        .keep_alive(talk.now, SessionId::parse(&session).unwrap());
    talk.advance(Duration::from_secs(59));
    assert_eq!(talk.closed(), []);
    talk.advance(Duration::from_secs(2));
    assert_eq!(talk.closed(), [ClosedBy::Expired]);
    assert_eq!(
        status(&talk.ask(&format!("PLAY {FILM}"), &session_line(&session))),
        454
    );
}

#[test]
fn a_session_does_not_expire_while_the_application_thinks() {
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    talk.app.is_silent = true;
    talk.ask(&format!("PLAY {FILM}"), &session_line(&session));
    talk.advance(Duration::from_secs(200));
    let Some(ServerEvent::Play { id, .. }) = talk.events.last().cloned() else {
        panic!()
    };
    talk.app.server.play(id, PlayReply::new()).unwrap();
    assert_eq!(status(&talk.pump()), 200);
    assert_eq!(talk.closed(), []);
}

#[test]
fn two_sessions_on_a_connection() {
    let mut talk = Talk::new();
    let (first, second) = (talk.setup(0, TCP, None), talk.setup(0, TCP, None));
    assert_ne!(first, second);
    assert_eq!(
        status(&talk.ask(&format!("PLAY {FILM}"), &session_line(&second))),
        200
    );
    let (one, two) = (
        SessionId::parse(&first).unwrap(),
        SessionId::parse(&second).unwrap(),
    );
    assert!(!talk.app.server.is_playing(one, 0) && talk.app.server.is_playing(two, 0));
    // Which one a request without Session means cannot be said.
    assert_eq!(status(&talk.ask(&format!("PLAY {FILM}"), "")), 454);
    assert_eq!(
        status(&talk.ask(&format!("TEARDOWN {FILM}"), &session_line(&second))),
        200
    );
    assert_eq!(
        status(&talk.ask(&format!("PLAY {FILM}"), "")),
        200,
        "the only one is meant"
    );
}

#[test]
fn one_session_over_two_connections() {
    let (mut owner, mut other) = (Talk::new(), Talk::new());
    other.app.is_silent = true;
    let session = owner.setup(0, UDP, None);
    assert_eq!(
        other.ask(&format!("PLAY {FILM}"), &session_line(&session)),
        ""
    );
    let Some(ServerEvent::ForeignRequest {
        id,
        session: named,
        request,
        ..
    }) = other.events.pop()
    else {
        panic!()
    };
    assert_eq!(named.to_string(), session);
    owner.app.server.handle_forwarded(owner.now, 77, request);
    assert_eq!(owner.pump(), "", "nothing of it goes out here");
    let Some(ServerEvent::ForwardedReply {
        token: 77,
        response,
        ..
    }) = owner.events.pop()
    else {
        panic!()
    };
    other.app.server.respond(id, &response).unwrap();
    let reply = other.pump();
    assert_eq!(
        (
            status(&reply),
            value(&reply, "Session"),
            value(&reply, "CSeq")
        ),
        (200, session, "1".into())
    );
    assert!(reply.contains("RTP-Info"));
    assert!(owner.app.server.is_playing(named, 0));
}

#[test]
fn a_session_over_udp_outlives_its_connection() {
    let mut talk = Talk::new();
    let (udp, tcp) = (talk.setup(0, UDP, None), talk.setup(0, TCP, None));
    talk.app.handle_eof(talk.now);
    talk.pump();
    assert_eq!(talk.closed(), [ClosedBy::ConnectionLost]);
    let left: Vec<String> = talk
        .app
        .server
        .sessions()
        .map(|id| id.to_string())
        .collect();
    assert_eq!(left, std::slice::from_ref(&udp));
    assert!(tcp != udp && !talk.app.is_closed() && !talk.app.wants_input());
    // The client comes back and ends it.
    let mut other = Talk::new();
    other.app.is_silent = true;
    other.ask(&format!("TEARDOWN {FILM}"), &session_line(&udp));
    let Some(ServerEvent::ForeignRequest { request, .. }) = other.events.pop() else {
        panic!()
    };
    talk.app
        .server
        .handle_forwarded(talk.now, 1, request.clone());
    talk.pump();
    assert_eq!(
        talk.closed(),
        [ClosedBy::ConnectionLost, ClosedBy::Teardown]
    );
    assert!(talk.app.is_closed());
    // Too late now: 454, and the number of such requests is bounded.
    talk.app.server.handle_forwarded(talk.now, 2, request);
    let Some(ServerEvent::ForwardedReply {
        token: 2, response, ..
    }) = talk.app.poll_event().unwrap()
    else {
        panic!()
    };
    assert_eq!(response.status().as_u16(), 454);
}

#[test]
fn a_session_over_udp_expires_without_its_connection() {
    let mut talk = Talk::new();
    talk.setup(0, UDP, None);
    talk.app.handle_eof(talk.now);
    talk.advance(Duration::from_secs(61));
    assert_eq!(talk.closed(), [ClosedBy::Expired]);
    assert!(talk.app.is_closed());
    assert_eq!((talk.app.poll_timeout(), talk.error.clone()), (None, None));
}

#[test]
fn forwarded_requests_are_bounded_and_hear_of_the_end() {
    let mut talk = Talk::new();
    let session = talk.setup(0, UDP, None);
    talk.app.is_silent = true;
    let mut other = Talk::new();
    other.app.is_silent = true;
    other.ask(&format!("PAUSE {FILM}"), &session_line(&session));
    let Some(ServerEvent::ForeignRequest { request, .. }) = other.events.pop() else {
        panic!()
    };
    for token in 0..20 {
        talk.app
            .server
            .handle_forwarded(talk.now, token, request.clone());
    }
    talk.pump();
    talk.app.server.close(CloseReason::ServerAdmin);
    talk.pump();
    let mut answered: Vec<(u64, u16)> = talk
        .events
        .iter()
        .filter_map(|event| match event {
            ServerEvent::ForwardedReply {
                token, response, ..
            } => Some((*token, response.status().as_u16())),
            _ => None,
        })
        .collect();
    answered.sort_unstable();
    assert_eq!(
        answered,
        (0..20).map(|token| (token, 503)).collect::<Vec<_>>()
    );
    assert_eq!(talk.closed(), [ClosedBy::Application]);
}

#[test]
fn a_burst_of_pipelined_requests_is_answered_in_order_and_bounded() {
    let now = start();
    let mut app = App::new(ServerConfig::default(), now);
    let mut input = bytes::BytesMut::new();
    for cseq in 0..1000 {
        input.extend_from_slice(format!("OPTIONS * RTSP/1.0\r\nCSeq: {cseq}\r\n\r\n").as_bytes());
    }
    app.handle_input(now, &mut input);
    // Nobody reads the replies: no more is read either.
    assert!(!app.wants_input() && !input.is_empty());
    assert!(app.queued_bytes() < 70_000, "{}", app.queued_bytes());
    let before = input.len();
    app.handle_input(now, &mut input);
    assert_eq!(input.len(), before);
    let mut replies = Vec::new();
    while let Some(segment) = app.poll_transmit() {
        replies.extend_from_slice(&segment);
        app.handle_input(now, &mut input);
    }
    let replies = String::from_utf8(replies).unwrap();
    let cseqs: Vec<u32> = replies
        .lines()
        .filter_map(|line| line.strip_prefix("CSeq: ")?.parse().ok())
        .collect();
    assert_eq!(cseqs, (0..1000).collect::<Vec<_>>());
}

#[test]
fn pipelined_requests_wait_for_the_one_before() {
    let mut talk = Talk::new();
    talk.app.is_silent = true;
    talk.raw(format!(
        "DESCRIBE {FILM} RTSP/1.0\r\nCSeq: 1\r\n\r\nOPTIONS * RTSP/1.0\r\nCSeq: 2\r\n\r\n"
    ));
    assert!(!talk.app.wants_input() && !talk.input.is_empty());
    let Some(ServerEvent::Describe { id, .. }) = talk.events.pop() else {
        panic!()
    };
    talk.app
        .server
        .describe(id, Description::new("v=0\r\n"))
        .unwrap();
    let replies = talk.pump();
    assert_eq!(statuses(&replies), [200, 200]);
    assert!(replies.find("CSeq: 1").unwrap() < replies.find("CSeq: 2").unwrap());
}

#[test]
fn events_that_nobody_takes_stop_the_input() {
    let now = start();
    let mut app = App::new(ServerConfig::default(), now);
    let mut input = bytes::BytesMut::new();
    for _ in 0..100 {
        input.extend_from_slice(b"FLY * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    }
    app.handle_input(now, &mut input);
    assert!(!app.wants_input() && !input.is_empty());
    let mut events = 0;
    while app.poll_event().unwrap().is_some() {
        events += 1;
    }
    assert_eq!(events, 64);
    assert!(app.wants_input());
}

#[test]
fn a_slow_reader_fills_a_bounded_queue_and_hears_of_room() {
    let mut config = ServerConfig::default();
    config.limits.max_queued_bytes = 10_000;
    let mut talk = Talk::with(config);
    let session = SessionId::parse(&talk.setup(0, TCP, None)).unwrap();
    let packet = || [Bytes::from(vec![0x80; 12]), Bytes::from(vec![1; 984])];
    let server = &mut talk.app.server;
    for _ in 0..10 {
        server.send(session, 0, ChannelKind::Rtp, packet()).unwrap();
    }
    let full = server.send(session, 0, ChannelKind::Rtp, packet());
    assert_eq!(
        full,
        Err(SendError::QueueFull {
            queued_bytes: 10_000
        })
    );
    // Control still fits.
    talk.input
        .extend_from_slice(b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    talk.app.server.handle_input(talk.now, &mut talk.input);
    assert!(talk.app.queued_bytes() > 10_000);
    let writable = |talk: &Talk| {
        talk.events
            .iter()
            .filter(|event| **event == ServerEvent::Writable)
            .count()
    };
    assert_eq!(writable(&talk), 0);
    talk.pump();
    assert_eq!((writable(&talk), talk.app.queued_bytes()), (1, 0));
}

#[test]
fn teardown_of_one_track() {
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    talk.setup(1, TCP, Some(&session));
    let line = session_line(&session);
    assert_eq!(
        status(&talk.ask(&format!("TEARDOWN {FILM}/trackID=0"), &line)),
        200
    );
    let tracks: Vec<u32> = talk
        .app
        .server
        .session_tracks(SessionId::parse(&session).unwrap())
        .collect();
    assert_eq!((tracks, talk.closed()), (vec![1], vec![]));
    assert_eq!(
        status(&talk.ask(&format!("TEARDOWN {FILM}/trackID=1"), &line)),
        200
    );
    assert_eq!(talk.closed(), [ClosedBy::Teardown]);
}

#[test]
fn parameters_with_a_body_ask_the_application() {
    let mut talk = Talk::new();
    let body = "position\r\n";
    let headers = format!(
        "Content-Type: text/parameters\r\nContent-Length: {}\r\n",
        body.len()
    );
    let reply = talk.raw(format!(
        "GET_PARAMETER {FILM} RTSP/1.0\r\nCSeq: 5\r\n{headers}\r\n{body}"
    ));
    assert!(reply.ends_with("\r\n\r\nposition: 1\r\n"), "{reply}");
    let reply = talk.raw(format!(
        "SET_PARAMETER {FILM} RTSP/1.0\r\nCSeq: 6\r\n{headers}\r\n{body}"
    ));
    assert_eq!(status(&reply), 200);
}

#[test]
fn rtsp_2_pipelines_with_a_name_of_its_own() {
    let mut talk = Talk::new();
    let replies = talk.raw(format!(
        "SETUP {FILM}/trackID=0 RTSP/2.0\r\nCSeq: 1\r\nPipelined-Requests: 7\r\nTransport: {TCP}\r\n\r\n\
         SETUP {FILM}/trackID=1 RTSP/2.0\r\nCSeq: 2\r\nPipelined-Requests: 7\r\nTransport: {TCP}\r\n\r\n\
         PLAY {FILM} RTSP/2.0\r\nCSeq: 3\r\nPipelined-Requests: 7\r\nRange: npt=0-\r\n\r\n\
         PLAY {FILM} RTSP/2.0\r\nCSeq: 4\r\nPipelined-Requests: 8\r\n\r\n"
    ));
    assert_eq!(statuses(&replies), [200, 200, 200, 454]);
    assert_eq!(replies.matches("Pipelined-Requests: 7").count(), 3);
    assert_eq!(talk.app.server.sessions().count(), 1);
}

#[test]
fn rtsp_2_hears_of_the_end() {
    let mut talk = Talk::new();
    let reply = talk.ask(
        &format!("SETUP {FILM}/trackID=0 RTSP/2.0"),
        &format!("Transport: {TCP}\r\n"),
    );
    let session = SessionId::parse(value(&reply, "Session").split(';').next().unwrap()).unwrap();
    talk.ask(
        &format!("PLAY {FILM} RTSP/2.0"),
        &session_line(&session.to_string()),
    );
    let range = Range::npt(Duration::ZERO, Some(Duration::from_secs(9)));
    talk.app
        .server
        .end_of_stream(session, &range, None)
        .unwrap();
    let notify = talk.pump();
    assert!(
        notify.starts_with(&format!("PLAY_NOTIFY {FILM} RTSP/2.0\r\n")),
        "{notify}"
    );
    assert_eq!(value(&notify, "Notify-Reason"), "end-of-stream");
    assert_eq!(
        value(&notify, "Request-Status"),
        "cseq=2 status=200 reason=\"OK\""
    );
    assert_eq!(value(&notify, "Session"), session.to_string());
    // Once is enough, however often it is said.
    for _ in 0..1000 {
        let told = talk.app.server.end_of_stream(session, &range, None);
        told.unwrap();
    }
    assert_eq!(talk.app.queued_bytes(), 0);
    // Its answer is taken in silence.
    assert_eq!(talk.raw("RTSP/2.0 200 OK\r\nCSeq: 1\r\n\r\n"), "");
    talk.app.server.close(CloseReason::ServerAdmin);
    let farewell = talk.pump();
    assert!(farewell.starts_with("TEARDOWN "), "{farewell}");
    assert_eq!(value(&farewell, "Terminate-Reason"), "Server-Admin");
    assert!(talk.app.is_closed());
}

#[test]
fn close_says_nothing_illegal_to_rtsp_1() {
    let mut talk = Talk::new();
    talk.setup(0, TCP, None);
    talk.app.is_silent = true;
    talk.ask(&format!("DESCRIBE {FILM}"), "");
    talk.app.server.close(CloseReason::ServerAdmin);
    assert_eq!(statuses(&talk.pump()), [503]);
    assert_eq!(talk.closed(), [ClosedBy::Application]);
    assert!(talk.app.is_closed() && talk.error.is_none());
}

#[test]
fn an_answer_after_the_end_of_input_still_goes_out() {
    let mut talk = Talk::new();
    talk.app.is_silent = true;
    talk.ask(&format!("DESCRIBE {FILM}"), "");
    talk.app.handle_eof(talk.now);
    assert!(!talk.app.is_closed());
    let Some(ServerEvent::Describe { id, .. }) = talk.events.pop() else {
        panic!()
    };
    talk.app
        .server
        .describe(id, Description::new("v=0\r\n"))
        .unwrap();
    assert!(talk.app.is_closed());
    assert_eq!(status(&talk.pump()), 200);
}

#[test]
fn it_does_not_matter_how_the_stream_is_cut() {
    let now = start();
    let id = {
        let mut talk = Talk::new();
        talk.setup(0, TCP, None)
    };
    let input = format!(
        "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\nDESCRIBE {FILM} RTSP/1.0\r\nCSeq: 2\r\n\r\n\
         SETUP {FILM}/trackID=0 RTSP/1.0\r\nCSeq: 3\r\nTransport: {TCP}\r\n\r\n\
         FLY * RTSP/1.0\r\nCSeq: 4\r\n\r\n$\x01\0\x04rtcpgarbage\r\n\
         PLAY {FILM} RTSP/1.0\r\nCSeq: 5\r\nSession: {id}\r\n\r\n$\0\0\x03rtp\
         GET_PARAMETER * RTSP/1.0\r\nCSeq: 6\r\nSession: {id}\r\nContent-Length: 3\r\n\r\nabc\
         TEARDOWN {FILM} RTSP/1.0\r\nCSeq: 7\r\nSession: {id}\r\n\r\n\
         PLAY x RTSP/1.0\r\nCSeq: 8\r\nContent-Length: x\r\n\r\n"
    );
    let fed = split_feed(now, input.as_bytes(), || {
        App::new(ServerConfig::default(), now)
    });
    let output = String::from_utf8_lossy(&fed.output).into_owned();
    assert_eq!(output.matches("RTSP/1.0 200 OK").count(), 6);
    assert!(output.contains("RTSP/1.0 501") && output.ends_with("\r\n\r\n"));
    assert!(fed.error.is_some() && fed.events.len() >= 9);
}

#[test]
fn rtsp_2_hears_what_it_must() {
    let mut config = ServerConfig::default();
    let unix = Duration::from_secs(784_111_777);
    let clock = castline_core::ClockAnchor::new(start(), castline_core::NtpTime::from_unix(unix));
    config.clock = Some(clock);
    let mut talk = Talk::with(config);
    let reply = talk.ask("OPTIONS * RTSP/2.0", "Supported: play.basic\r\n");
    assert_eq!(value(&reply, "Supported"), "play.basic, setup.playing");
    assert!(
        value(&reply, "Date").starts_with("Sun, 06 Nov 1994 08:49:3"),
        "{reply}"
    );
    let line = format!("SETUP {FILM}/trackID=0 RTSP/2.0");
    let reply = talk.ask(&line, &format!("Transport: {TCP}\r\n"));
    assert_eq!(value(&reply, "Accept-Ranges"), "npt");
    assert_eq!(
        value(&reply, "Media-Properties"),
        "No-Seeking, Immutable, Unlimited"
    );
    talk.app.is_silent = true;
    talk.ask(&format!("PAUSE {FILM} RTSP/2.0"), "");
    let Some(ServerEvent::Pause { id, .. }) = talk.events.pop() else {
        panic!()
    };
    let left = Range::npt(Duration::from_secs(3), None);
    talk.app.server.pause_at(id, &left).unwrap();
    assert_eq!(value(&talk.pump(), "Range"), left.to_string());
}

#[test]
fn a_setup_of_a_session_that_ended_meanwhile() {
    let mut talk = Talk::new();
    let session = talk.setup(0, TCP, None);
    let mut other = Talk::new();
    other.app.is_silent = true;
    let headers = format!("Transport: {UDP}\r\n{}", session_line(&session));
    other.ask(&format!("SETUP {FILM}/trackID=1"), &headers);
    let Some(ServerEvent::ForeignRequest { request, .. }) = other.events.pop() else {
        panic!()
    };
    talk.app.is_silent = true;
    talk.app.server.handle_forwarded(talk.now, 3, request);
    talk.pump();
    let Some(ServerEvent::Setup { id, offers, .. }) = talk.events.pop() else {
        panic!()
    };
    talk.app.handle_eof(talk.now);
    let gone = talk.app.server.setup(id, SetupReply::new(1, offers[0]));
    assert_eq!(gone, Err(SendError::UnknownSession));
    talk.pump();
    assert!(
        matches!(talk.events.last(), Some(ServerEvent::ForwardedReply { token: 3, response, .. })
        if response.status().as_u16() == 454)
    );
    assert!(talk.app.is_closed());
}

#[test]
fn machines_can_be_sent_to_other_threads() {
    fn is_send<T: Send + 'static>() {}
    is_send::<ServerConnection>();
    is_send::<castline_rtsp_proto::client::ClientConnection>();
}
