//! A server and a client machine with each other.
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
use castline_core::testing::{LinkOptions, Pair, Split, start};
use castline_rtmp_chunk::amf::amf0::Value;
use castline_rtmp_chunk::chunk::{MessageHeader, SharedMessage};
use castline_rtmp_chunk::client::*;
use castline_rtmp_chunk::command::auth::{self, Authenticator, ClientAuth, Verdict};
use castline_rtmp_chunk::command::*;
use castline_rtmp_chunk::server::*;
use castline_rtmp_chunk::session::{ConnectionError, Phase, SendError, all_codecs};
use castline_rtmp_chunk::{MessageType, Tag, TagType};
use session_support::{SEED, accept, audio, metadata, video};

/// The server is `a`, the client `b`.
type Both = Pair<ServerConnection, ClientConnection>;

fn both(server: ServerConfig, client: ClientConfig, split: Split) -> Both {
    let now = start();
    let link = LinkOptions {
        split,
        latency: Duration::from_millis(5),
        ..LinkOptions::default()
    };
    Pair::with_links(
        now,
        ServerConnection::new(server, SEED, now),
        ClientConnection::new(client, [9; 32], now),
        [link.clone(), link],
    )
}

fn default(split: Split) -> Both {
    both(ServerConfig::default(), ClientConfig::default(), split)
}

fn info() -> ConnectInfo {
    ConnectInfo::new("live", "rtmp://127.0.0.1/live")
        .with_capabilities(&all_codecs(FourCcInfo::CAN_DECODE))
}

/// Drives, and grants all that is asked for; gives what the server heard.
fn drive(pair: &mut Both) -> Vec<ServerEvent> {
    let mut heard = Vec::new();
    loop {
        pair.drive();
        let events = pair.a_heard.take_events();
        if events.is_empty() {
            return heard;
        }
        for event in &events {
            accept(&mut pair.a, event);
        }
        heard.extend(events);
    }
}

fn publishing(pair: &mut Both) -> StreamHandle {
    pair.b.connect(&info()).unwrap();
    let stream = pair
        .b
        .publish(Publish::new("cam?key=1", PublishMode::Live))
        .unwrap();
    drive(pair);
    let events = pair.b_heard.take_events();
    assert!(matches!(events[0], ClientEvent::Connected { .. }));
    assert!(
        matches!(events[1], ClientEvent::PublishStarted { stream: started, .. } if started == stream)
    );
    stream
}

/// The client's handle and the server's stream.
fn playing(pair: &mut Both) -> (StreamHandle, StreamId) {
    pair.b.connect(&info()).unwrap();
    let stream = pair.b.play(Play::new("cam")).unwrap();
    drive(pair);
    let events = pair.b_heard.take_events();
    let started = events.iter().find_map(|event| match event {
        ClientEvent::PlayStarted { id, .. } => Some(*id),
        _ => None,
    });
    (stream, started.unwrap())
}

#[test]
fn what_is_published_is_heard_however_the_bytes_are_cut() {
    for split in [Split::Whole, Split::Bytes(1), Split::Random(700)] {
        let mut pair = default(split);
        let stream = publishing(&mut pair);
        let long = Bytes::from(vec![0x27; 200_000]);
        let sent = [
            metadata(),
            audio(0, &b"\xaf\0\x12\x10"[..]),
            video(0, &b"\0\0\0\x01"[..]).with_header(b"\x17\0\0\0\0"[..].into()),
            video(40, long).with_header(b"\x27\x01\0\0\0"[..].into()),
            audio(0xFFFF_FFF0, &b"\xaf\x01x"[..]),
            audio(16, &b"\xaf\x01y"[..]),
        ];
        for tag in &sent {
            pair.b.send_tag(stream, tag).unwrap();
        }
        let heard: Vec<Tag> = drive(&mut pair)
            .into_iter()
            .filter_map(|event| match event {
                ServerEvent::Tag { tag, .. } => Some(tag),
                _ => None,
            })
            .collect();
        let whole = |tag: &Tag| {
            let body: Bytes = [&tag.header[..], &tag.payload[..]].concat().into();
            Tag::new(tag.tag_type, tag.timestamp, body)
        };
        assert_eq!(heard, sent.iter().map(whole).collect::<Vec<_>>());
        assert_eq!(pair.a.phase(), Phase::Publishing);
        pair.b.close();
        let heard = drive(&mut pair);
        assert!(matches!(
            heard[..],
            [ServerEvent::StreamClosed {
                role: Role::Publisher,
                reason: ClosedBy::Unpublish,
                ..
            }]
        ));
        assert_eq!(
            (pair.a_heard.error.take(), pair.b_heard.error.take()),
            (None, None)
        );
    }
}

#[test]
fn what_is_played_is_heard_shared_or_not() {
    let mut pair = default(Split::Random(900));
    let (stream, id) = playing(&mut pair);
    let payload = Bytes::from(vec![0x27; 150_000]);
    pair.a.send_tag(id, &metadata()).unwrap();
    pair.a.send_tag(id, &video(7, payload.clone())).unwrap();
    let header = MessageHeader::new(6, MessageType::VIDEO, id.number(), 47);
    let shared =
        SharedMessage::new(&header, std::slice::from_ref(&payload), pair.a.chunk_size()).unwrap();
    pair.a.send_shared(id, &shared).unwrap();
    pair.a.send_tag(id, &video(87, payload.clone())).unwrap();
    pair.a
        .send_data(id, &["onTextData".into(), "x".into()])
        .unwrap();
    drive(&mut pair);
    let events = pair.b_heard.take_events();
    let tags: Vec<(TagType, u32)> = events
        .iter()
        .filter_map(|event| match event {
            ClientEvent::Tag {
                stream: on, tag, ..
            } => {
                assert_eq!(*on, stream);
                Some((tag.tag_type, tag.timestamp))
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        tags,
        [
            (TagType::Script, 0),
            (TagType::Video, 7),
            (TagType::Video, 47),
            (TagType::Video, 87)
        ]
    );
    let data = events
        .iter()
        .filter(|event| matches!(event, ClientEvent::Data { .. }))
        .count();
    assert_eq!(data, 1, "{events:?}");
    others_are_refused(pair, id, payload);
}

fn others_are_refused(mut pair: Both, id: StreamId, payload: Bytes) {
    let header = MessageHeader::new(6, MessageType::VIDEO, id.number(), 0);
    let other = SharedMessage::new(
        &MessageHeader::new(6, MessageType::VIDEO, 9, 0),
        &[],
        16_384,
    );
    assert_eq!(
        pair.a.send_shared(id, &other.unwrap()),
        Err(SendError::SharedStream {
            expected: id.number(),
            actual: 9
        })
    );
    let other = SharedMessage::new(&header, &[payload], 4096).unwrap();
    assert_eq!(
        pair.a.send_shared(id, &other),
        Err(SendError::ChunkSize {
            expected: 16_384,
            actual: 4096
        })
    );
}

#[test]
fn sent_payload_is_not_copied() {
    let mut pair = default(Split::Whole);
    let (_, id) = playing(&mut pair);
    let payload = Bytes::from(vec![0x27; 10_000]);
    pair.a.send_tag(id, &video(0, payload.clone())).unwrap();
    let segments: Vec<Bytes> =
        core::iter::from_fn(|| castline_core::Machine::poll_transmit(&mut pair.a)).collect();
    assert_eq!(segments.len(), 2);
    assert_eq!(segments[1].as_ptr(), payload.as_ptr());
}

#[test]
fn a_file_is_played_paused_sought_and_ends() {
    let mut pair = default(Split::Whole);
    pair.b.connect(&info()).unwrap();
    let stream = pair.b.play(Play::new("mp4:film.mp4")).unwrap();
    pair.drive();
    let ServerEvent::Connect(connect) = &pair.a_heard.take_events()[0] else {
        panic!()
    };
    pair.a.accept(connect.id).unwrap();
    pair.drive();
    let events = pair.a_heard.take_events();
    let Some(ServerEvent::Play(play)) = events.first() else {
        panic!("{events:?}")
    };
    assert_eq!(pair.a.accept_recorded(play.id), Ok(()));
    let id = play.stream;
    pair.drive();
    let events = pair.b_heard.take_events();
    assert!(
        matches!(events[1], ClientEvent::Recorded { .. }),
        "{events:?}"
    );
    film_is_played(pair, stream, id);
}

fn film_is_played(mut pair: Both, stream: StreamHandle, id: StreamId) {
    pair.b.pause(stream, true, 1000).unwrap();
    pair.b.seek(stream, 5000).unwrap();
    pair.b.pause(stream, false, 5000).unwrap();
    pair.b.receive_audio(stream, false).unwrap();
    pair.b.receive_video(stream, true).unwrap();
    let length = pair.b.stream_length("mp4:film.mp4").unwrap();
    for event in drive(&mut pair) {
        match event {
            ServerEvent::Pause {
                is_paused: true, ..
            } => pair.a.notify_paused(id).unwrap(),
            ServerEvent::Pause { .. } => pair.a.notify_resumed(id).unwrap(),
            ServerEvent::Seek { position_ms, .. } => pair.a.notify_seek(id, position_ms).unwrap(),
            ServerEvent::StreamLength { id, .. } => pair.a.reply_length(id, 60.0).unwrap(),
            ServerEvent::ReceiveAudio { is_wanted, .. } => assert!(!is_wanted),
            ServerEvent::ReceiveVideo { is_wanted, .. } => assert!(is_wanted),
            ServerEvent::BufferLength { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    pair.a.notify_complete(id, 60.0).unwrap();
    drive(&mut pair);
    let events = pair.b_heard.take_events();
    let has = |wanted: &dyn Fn(&ClientEvent) -> bool| events.iter().any(wanted);
    assert!(has(&|event| matches!(
        event,
        ClientEvent::Paused {
            is_paused: true,
            ..
        }
    )));
    assert!(has(&|event| matches!(
        event,
        ClientEvent::Paused {
            is_paused: false,
            ..
        }
    )));
    assert!(has(&|event| matches!(event, ClientEvent::Seeked { .. })));
    for end in [StreamEnd::Eof, StreamEnd::Complete, StreamEnd::Stop] {
        assert!(has(
            &|event| matches!(event, ClientEvent::StreamEnded { how, .. } if *how == end)
        ));
    }
    assert!(has(
        &|event| matches!(event, ClientEvent::CallAnswered { id, is_result: true, reply, .. }
        if *id == length && reply.as_number() == Some(60.0))
    ));
}

#[test]
fn a_live_stream_goes_and_comes_and_the_client_is_asked_to_reconnect() {
    let mut pair = default(Split::Whole);
    let (stream, id) = playing(&mut pair);
    pair.a.notify_unpublished(id).unwrap();
    pair.a.notify_published(id).unwrap();
    let asked = pair
        .a
        .reconnect_request(Some("rtmp://b.example/live"), "moving");
    assert_eq!(asked, Ok(true));
    drive(&mut pair);
    let events = pair.b_heard.take_events();
    assert!(events.contains(&ended(stream, StreamEnd::UnpublishNotify)));
    assert!(events.contains(&ended(stream, StreamEnd::Eof)));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, ClientEvent::PublishNotify { .. }))
    );
    assert!(events.iter().any(
        |event| matches!(event, ClientEvent::ReconnectRequested { tc_url, .. }
        if tc_url.as_deref() == Some("rtmp://b.example/live"))
    ));
    pair.b.close_stream(stream).unwrap();
    let heard = drive(&mut pair);
    assert!(matches!(
        heard[..],
        [ServerEvent::StreamClosed {
            role: Role::Player,
            reason: ClosedBy::DeleteStream,
            ..
        }]
    ));
    assert_eq!(
        pair.a.send_tag(id, &metadata()),
        Err(SendError::UnknownStream)
    );
}

fn ended(stream: StreamHandle, how: StreamEnd) -> ClientEvent {
    // Events cannot be made outside: one is heard from a server instead.
    let mut pair = default(Split::Whole);
    let (own, id) = playing(&mut pair);
    assert_eq!(own, stream);
    match how {
        StreamEnd::UnpublishNotify => pair
            .a
            .status(
                id,
                &Status::new(StatusCode::NET_STREAM_PLAY_UNPUBLISH_NOTIFY, ""),
            )
            .unwrap(),
        _ => pair.a.stream_eof(id).unwrap(),
    }
    pair.drive();
    pair.b_heard.take_events().pop().unwrap()
}

#[test]
fn a_second_publisher_is_refused_and_may_try_again() {
    let mut pair = default(Split::Whole);
    pair.b.connect(&info()).unwrap();
    let first = pair
        .b
        .publish(Publish::new("a", PublishMode::Live))
        .unwrap();
    pair.drive();
    let events = pair.a_heard.take_events();
    accept(&mut pair.a, &events[0]);
    pair.drive();
    let ServerEvent::Publish(publish) = &pair.a_heard.take_events()[0] else {
        panic!()
    };
    let code = StatusCode::NET_STREAM_PUBLISH_BAD_NAME;
    pair.a.reject(publish.id, code.clone(), "taken").unwrap();
    pair.drive();
    let events = pair.b_heard.take_events();
    assert!(
        matches!(&events[1], ClientEvent::StreamRejected { stream, status, .. }
        if *stream == first && status.code == code && status.description == "taken")
    );
    assert_eq!(
        pair.b.send_tag(first, &metadata()),
        Err(SendError::UnknownStream)
    );
    let second = pair
        .b
        .publish(Publish::new("b", PublishMode::Live))
        .unwrap();
    drive(&mut pair);
    pair.b.send_tag(second, &metadata()).unwrap();
    assert_eq!(drive(&mut pair).len(), 1);
}

#[test]
fn a_refused_connect_ends_both_in_order() {
    let mut pair = default(Split::Whole);
    pair.b.connect(&info()).unwrap();
    pair.b.play(Play::new("x")).unwrap();
    pair.drive();
    let ServerEvent::Connect(connect) = &pair.a_heard.take_events()[0] else {
        panic!()
    };
    let code = StatusCode::NET_CONNECTION_CONNECT_REJECTED;
    pair.a
        .reject(connect.id, code.clone(), "no such application")
        .unwrap();
    pair.drive();
    let events = pair.b_heard.take_events();
    assert!(
        matches!(&events[..], [ClientEvent::ConnectRejected { status, .. }]
        if status.code == code && status.description == "no such application")
    );
    assert_eq!(
        (pair.a_heard.error.take(), pair.b_heard.error.take()),
        (None, None)
    );
    assert_eq!(pair.b.play(Play::new("x")), Err(SendError::Closed));
}

#[test]
fn authmod_adobe_and_llnw_take_three_connections() {
    for mode in ["adobe", "llnw"] {
        let mut authenticator =
            Authenticator::new(auth::AuthMode::from_word(mode).unwrap(), [3; 32]);
        let mut client_auth = ClientAuth::new("user", "pass", [4; 32]);
        let (mut app, mut refusals) = ("live".to_owned(), 0);
        loop {
            let mut pair = default(Split::Whole);
            let tc_url = format!("rtmp://127.0.0.1/{app}");
            pair.b
                .connect(&ConnectInfo::new(app.as_str(), tc_url))
                .unwrap();
            pair.drive();
            let ServerEvent::Connect(connect) = &pair.a_heard.take_events()[0] else {
                panic!()
            };
            match check(&mut authenticator, connect) {
                Verdict::Accepted { user, .. } => {
                    assert_eq!(user, "user");
                    pair.a.accept(connect.id).unwrap();
                    break;
                }
                Verdict::Rejected(rejection) => {
                    let code = StatusCode::NET_CONNECTION_CONNECT_REJECTED;
                    pair.a
                        .reject(connect.id, code, rejection.to_string())
                        .unwrap();
                }
            }
            pair.drive();
            let Some(ClientEvent::ConnectRejected { status, .. }) =
                pair.b_heard.take_events().pop()
            else {
                panic!()
            };
            refusals += 1;
            app = format!(
                "live{}",
                client_auth.answer("live", &status.description).unwrap()
            );
        }
        assert_eq!(refusals, 2, "{mode}");
    }
}

fn check(authenticator: &mut Authenticator, connect: &ConnectRequest) -> Verdict {
    authenticator.check(Duration::ZERO, connect.info.app(), |user| {
        (user == "user").then(|| "pass".to_owned())
    })
}

#[test]
fn the_queue_fills_and_says_when_there_is_room() {
    let mut config = ServerConfig::default();
    config.limits.max_queued_bytes = 100_000;
    let mut pair = both(config, ClientConfig::default(), Split::Whole);
    let (_, id) = playing(&mut pair);
    let frame = video(0, vec![0x27; 30_000]);
    let mut sent = 0;
    let refused = loop {
        match pair.a.send_tag(id, &frame) {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
    };
    assert_eq!(sent, 3);
    assert!(matches!(
        refused,
        SendError::QueueFull {
            queued_bytes: 90_000..
        }
    ));
    // Answers still go out.
    pair.a.stream_dry(id).unwrap();
    let heard = drive(&mut pair);
    assert_eq!(heard, [ServerEvent::Writable]);
    pair.a.send_tag(id, &frame).unwrap();
    // What is longer than the queue goes when nothing waits.
    drive(&mut pair);
    pair.a.send_tag(id, &video(0, vec![0x27; 500_000])).unwrap();
    drive(&mut pair);
    let heard = pair.b_heard.take_events();
    let tags = heard
        .iter()
        .filter(|event| matches!(event, ClientEvent::Tag { .. }));
    assert_eq!(tags.count(), 5);
}

#[test]
fn a_busy_application_holds_its_publisher_back_and_loses_nothing() {
    let mut pair = default(Split::Whole);
    let stream = publishing(&mut pair);
    pair.a_heard.is_paused = true;
    let mut sent = 0;
    for round in 0..200 {
        while pair
            .b
            .send_tag(stream, &video(round, vec![0x27; 100_000]))
            .is_ok()
        {
            sent += 1;
        }
        pair.drive();
    }
    assert!(!castline_core::Machine::wants_input(&pair.a));
    pair.a_heard.is_paused = false;
    let heard = drive(&mut pair);
    let tags = heard
        .iter()
        .filter(|event| matches!(event, ServerEvent::Tag { .. }));
    assert_eq!(tags.count(), sent);
}

#[test]
fn several_streams_both_ways_on_one_connection() {
    let mut pair = default(Split::Random(50));
    pair.b.connect(&info()).unwrap();
    let published = pair
        .b
        .publish(Publish::new("a", PublishMode::Live))
        .unwrap();
    let played = pair.b.play(Play::new("b")).unwrap();
    drive(&mut pair);
    pair.b_heard.take_events();
    let id = pair.b.stream_id(played).unwrap();
    assert_ne!(Some(id), pair.b.stream_id(published));
    pair.b
        .send_tag(published, &audio(1, &b"\xaf\x01"[..]))
        .unwrap();
    pair.a.send_tag(id, &audio(2, &b"\xaf\x01"[..])).unwrap();
    assert_eq!(
        pair.a
            .send_tag(pair.b.stream_id(published).unwrap(), &metadata()),
        Err(SendError::WrongState)
    );
    assert_eq!(
        pair.b.send_tag(played, &metadata()),
        Err(SendError::WrongState)
    );
    let heard = drive(&mut pair);
    assert!(matches!(&heard[..], [ServerEvent::Tag { tag, .. }] if tag.timestamp == 1));
    let heard = pair.b_heard.take_events();
    assert!(
        matches!(&heard[..], [ClientEvent::Tag { tag, stream, .. }] if tag.timestamp == 2 && *stream == played)
    );
}

#[test]
fn calls_are_answered_and_the_server_calls_too() {
    let mut pair = default(Split::Whole);
    pair.b.connect(&info()).unwrap();
    drive(&mut pair);
    pair.b_heard.take_events();
    let yes = pair.b.call("echo", vec![Value::from("x")]).unwrap();
    let no = pair.b.call("nothing", vec![]).unwrap();
    for event in drive(&mut pair) {
        let ServerEvent::Call {
            id: Some(id),
            name,
            arguments,
            ..
        } = event
        else {
            panic!()
        };
        if name == "echo" {
            pair.a.result(id, arguments[1].clone()).unwrap();
        } else {
            let code = StatusCode::NET_CONNECTION_CALL_FAILED;
            pair.a.error(id, code, "what?").unwrap();
        }
        assert_eq!(pair.a.result(id, 1.0), Err(SendError::UnknownRequest));
    }
    pair.a.notify("hello", vec![Value::from(1.0)]).unwrap();
    drive(&mut pair);
    let heard = pair.b_heard.take_events();
    assert!(
        matches!(&heard[0], ClientEvent::CallAnswered { id, is_result: true, reply, .. }
        if *id == yes && reply.as_value() == Some(&Value::from("x")))
    );
    assert!(
        matches!(&heard[1], ClientEvent::CallAnswered { id, is_result: false, .. } if *id == no)
    );
    assert!(matches!(&heard[2], ClientEvent::Called { name, .. } if name == "hello"));
}

#[test]
fn both_ends_close_and_say_so() {
    let mut pair = default(Split::Whole);
    playing(&mut pair);
    pair.a.close(CloseReason::Shutdown);
    pair.drive();
    let heard = pair.b_heard.take_events();
    assert!(
        matches!(&heard[0], ClientEvent::Status { stream: None, status, .. }
        if status.code == StatusCode::NET_CONNECTION_CONNECT_APP_SHUTDOWN)
    );
    assert_eq!(
        pair.b_heard.error,
        Some(ConnectionError::Lost {
            phase: Phase::Playing
        })
    );
    let mut pair = default(Split::Whole);
    publishing(&mut pair);
    pair.a_to_b.cut(pair.now());
    pair.b_to_a.cut(pair.now());
    pair.drive();
    let heard = pair.a_heard.take_events();
    assert!(matches!(
        heard[..],
        [ServerEvent::StreamClosed {
            reason: ClosedBy::ConnectionLost,
            ..
        }]
    ));
    assert_eq!(
        pair.a_heard.error,
        Some(ConnectionError::Lost {
            phase: Phase::Publishing
        })
    );
}

#[test]
fn amf3_both_ways() {
    let mut pair = default(Split::Random(9));
    pair.b.connect(&info().with_object_encoding(3.0)).unwrap();
    let stream = pair.b.play(Play::new("cam")).unwrap();
    drive(&mut pair);
    let heard = pair.b_heard.take_events();
    assert!(heard.iter().any(
        |event| matches!(event, ClientEvent::PlayStarted { stream: on, .. } if *on == stream)
    ));
}

#[test]
fn windows_are_acknowledged_both_ways() {
    let mut server = ServerConfig::default();
    server.window_bytes = 10_000;
    server.acknowledgements = Acknowledgements::Required;
    let mut client = ClientConfig::default();
    client.window_bytes = 10_000;
    let mut pair = both(server, client, Split::Whole);
    let (_, id) = playing(&mut pair);
    for time in 0..100 {
        pair.a.send_tag(id, &video(time, vec![0x27; 3000])).unwrap();
    }
    drive(&mut pair);
    let tags = pair.b_heard.take_events().len();
    assert_eq!(tags, 100);
    let stats = pair.a.stats();
    assert!(stats.acknowledged_bytes > 280_000 && stats.acknowledged_bytes <= stats.sent_bytes);
}

#[cfg(feature = "rtmpe")]
#[test]
fn rtmpe_enciphers_everything_however_the_bytes_are_cut() {
    use castline_rtmp_chunk::handshake::{Offer, Schema};
    for split in [Split::Whole, Split::Bytes(1), Split::Random(400)] {
        let mut config = ClientConfig::default();
        config.handshake.offer = Offer::Encrypted(Schema::DigestFirst);
        let mut pair = both(ServerConfig::default(), config, split);
        let stream = publishing(&mut pair);
        assert!(pair.a.handshake().unwrap().is_encrypted);
        pair.a_heard.is_paused = true;
        for time in 0..100 {
            pair.b
                .send_tag(stream, &video(time, vec![0x27; 20_000]))
                .unwrap();
        }
        pair.drive();
        pair.a_heard.is_paused = false;
        let heard = drive(&mut pair);
        assert_eq!(heard.len(), 100);
        assert!(
            heard
                .iter()
                .all(|event| matches!(event, ServerEvent::Tag { tag, .. }
            if tag.payload.iter().all(|byte| *byte == 0x27)))
        );
    }
}
