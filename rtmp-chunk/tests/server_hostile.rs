//! What broke other servers, through the whole session: ordinary traffic that they did not expect, and hostile input.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    missing_docs,
    reason = "test code"
)]

mod session_support;

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_core::testing::{split_feed, start};
use castline_rtmp_chunk::amf::amf0::Value;
use castline_rtmp_chunk::chunk::aggregate;
use castline_rtmp_chunk::command::{Call, CommandMessage};
use castline_rtmp_chunk::control::ControlMessage;
use castline_rtmp_chunk::handshake::{Foreign, HandshakeError};
use castline_rtmp_chunk::server::*;
use castline_rtmp_chunk::session::{ConnectionError, Phase};
use castline_rtmp_chunk::{Message, MessageType, ParseErrorKind, TagType};
use session_support::*;

/// A header of type 0 on a chunk stream below 64.
fn type_0(csid: u8, time: u32, length: u32, message_type: u8) -> Vec<u8> {
    let mut header = vec![csid];
    header.extend_from_slice(&time.to_be_bytes()[1..]);
    header.extend_from_slice(&length.to_be_bytes()[1..]);
    header.push(message_type);
    header.extend_from_slice(&1u32.to_le_bytes());
    header
}

fn heard(server: &mut Server) -> Vec<(TagType, u32, usize)> {
    let tags = server.events.drain(..).filter_map(|event| match event {
        ServerEvent::Tag { tag, .. } => Some((tag.tag_type, tag.timestamp, tag.len())),
        _ => None,
    });
    tags.collect()
}

/// What a publisher that is connected sends as raw chunks, and which tags are heard of it.
fn tags_of(chunks: &[Vec<u8>]) -> Vec<(TagType, u32, usize)> {
    let (mut server, _) = Server::publishing(ServerConfig::default());
    server.feed(&chunks.concat());
    assert_eq!(server.error, None);
    heard(&mut server)
}

#[test]
fn audio_between_the_halves_of_video() {
    let tags = tags_of(&[
        type_0(6, 40, 200, 9),
        vec![0x27; 128],
        type_0(4, 41, 10, 8),
        vec![0xaf; 10],
        vec![0xc6],
        vec![0x27; 72],
    ]);
    assert_eq!(tags, [(TagType::Audio, 41, 10), (TagType::Video, 40, 200)]);
}

#[test]
fn extended_timestamps_left_out_of_continuations() {
    let time = 0x0100_0000u32;
    let mut header = type_0(6, 0xFF_FFFF, 200, 9);
    header.extend_from_slice(&time.to_be_bytes());
    for with in [true, false] {
        let mut chunks = vec![header.clone(), vec![0x27; 128], vec![0xc6]];
        if with {
            chunks.push(time.to_be_bytes().to_vec());
        }
        chunks.push(vec![0x27; 72]);
        chunks.extend([type_0(4, 7, 2, 8), vec![0xaf; 2]]);
        assert_eq!(
            tags_of(&chunks),
            [(TagType::Video, time, 200), (TagType::Audio, 7, 2)]
        );
    }
}

#[test]
fn an_extended_timestamp_of_5_and_a_delta_after_it() {
    let mut header = type_0(6, 0xFF_FFFF, 2, 9);
    header.extend_from_slice(&5u32.to_be_bytes());
    let tags = tags_of(&[header, vec![0x27; 2], vec![0x86, 0, 0, 40], vec![0x27; 2]]);
    assert_eq!(tags, [(TagType::Video, 5, 2), (TagType::Video, 45, 2)]);
}

#[test]
fn a_message_begun_anew_before_its_end() {
    let shorter_by_type_1 = vec![0x46, 0, 0, 40, 0, 0, 2, 9, 0x27, 0x27];
    let tags = tags_of(&[
        type_0(6, 0, 200, 9),
        vec![0x27; 128],
        type_0(6, 10, 2, 9),
        vec![0x27; 2],
        type_0(6, 20, 300, 9),
        vec![0x27; 128],
        shorter_by_type_1,
    ]);
    assert_eq!(tags[0], (TagType::Video, 10, 2));
    assert_eq!(tags[1].2, 2);
}

#[test]
fn abort_and_another_message_on_the_same_chunk_stream() {
    let mut abort = type_0(2, 0, 4, 2);
    abort[8..].fill(0);
    abort.extend_from_slice(&6u32.to_be_bytes());
    let tags = tags_of(&[
        type_0(6, 0, 200, 9),
        vec![0x27; 128],
        abort,
        type_0(6, 10, 3, 9),
        vec![0x27; 3],
    ]);
    assert_eq!(tags, [(TagType::Video, 10, 3)]);
}

#[test]
fn time_wraps_by_a_delta() {
    let mut header = type_0(6, 0xFF_FFFF, 1, 9);
    header.extend_from_slice(&0xFFFF_FFF0u32.to_be_bytes());
    let tags = tags_of(&[header, vec![0x27], vec![0x86, 0, 0, 0x20], vec![0x27]]);
    assert_eq!(
        tags,
        [(TagType::Video, 0xFFFF_FFF0, 1), (TagType::Video, 0x10, 1)]
    );
}

#[test]
fn aggregates_are_divided() {
    let part = |message_type, time, body: &'static [u8]| {
        Message::new(4, message_type, Bytes::from_static(body)).at(1, time)
    };
    let (header, payload) = aggregate::build(&[
        part(MessageType::AUDIO, 0, b"\xaf\x01x"),
        part(MessageType::VIDEO, 20, b"\x27\x01xyz"),
        part(MessageType::DATA_AMF0, 40, b"\x02\0\x0aonMetaData\x05"),
    ])
    .unwrap();
    let message = Message::new(4, header.message_type, payload.concat().into()).at(1, 1000);
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    server.feed(&raw.message(&message).take());
    assert_eq!(
        heard(&mut server),
        [
            (TagType::Audio, 1000, 3),
            (TagType::Video, 1020, 5),
            (TagType::Script, 1040, 14)
        ]
    );
    // Nonsense in one is dropped, and counted.
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    let nonsense = Message::new(4, MessageType::AGGREGATE, vec![8; 50].into()).at(1, 0);
    server.feed(&raw.message(&nonsense).take());
    assert_eq!(
        (server.error.take(), server.machine.stats().ignored_messages),
        (None, 1)
    );
}

#[test]
fn empty_messages_and_chunk_streams_of_three_bytes() {
    let mut long = vec![1, 0x10, 0x27];
    long.extend_from_slice(&type_0(0, 9, 2, 9)[1..]);
    let tags = tags_of(&[type_0(6, 7, 0, 9), long, vec![0x27; 2]]);
    assert_eq!(tags, [(TagType::Video, 7, 0), (TagType::Video, 9, 2)]);
}

#[test]
fn two_hundred_thousand_nested_arrays_in_a_connect_are_refused() {
    let mut payload = BytesMut::new();
    for value in ["connect".into(), Value::Number(1.0)] {
        value.encode(&mut payload);
    }
    for _ in 0..200_000 {
        payload.extend_from_slice(&[0x0a, 0, 0, 0, 1]);
    }
    let message = Message::new(3, MessageType::COMMAND_AMF0, payload.freeze());
    let mut server = Server::new(ServerConfig::default());
    server.feed(&Raw::new().message(&message).take());
    let Some(ConnectionError::Message {
        message_type: 20,
        error,
        phase: Phase::Connect,
    }) = &server.error
    else {
        panic!("{:?}", server.error)
    };
    assert!(matches!(error.kind, ParseErrorKind::Limit { .. }));
    assert!(server.machine.is_closed());
    // Of a client that is known, one command is lost.
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    let mut raw = raw.message(&message).media(4, &audio(0, &b"\xaf"[..]));
    server.feed(&raw.take());
    assert!(matches!(server.events[0], ServerEvent::Refused { .. }));
    assert_eq!(heard(&mut server).len(), 1);
}

#[test]
fn a_window_of_zero_before_connect() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new()
        .control(ControlMessage::WindowAcknowledgementSize(0))
        .connect("live");
    server.feed_accepting(&raw.take());
    assert_eq!((server.error.take(), server.said().len()), (None, 5));
}

#[test]
fn sixteen_megabytes_at_chunk_size_1_take_linear_time() {
    let run = |bytes: usize| {
        let (mut server, raw) = Server::publishing(ServerConfig::default());
        let mut raw = raw.control(ControlMessage::SetChunkSize(1)).raw(&type_0(
            6,
            0,
            u32::try_from(bytes).unwrap(),
            9,
        ));
        let mut input = raw.take().to_vec();
        input.push(0x27);
        for _ in 1..bytes {
            input.extend_from_slice(&[0xc6, 0x27]);
        }
        let begun = Instant::now();
        for piece in input.chunks(16 * 1024) {
            server.feed(piece);
        }
        let taken = begun.elapsed();
        assert_eq!(heard(&mut server), [(TagType::Video, 0, bytes)]);
        taken
    };
    let small = run(1 << 20);
    let large = run((1 << 24) - 1);
    // Sixteen times as much; a quadratic reader would take 256 times as long.
    assert!(
        large < small * 64 + Duration::from_millis(200),
        "{small:?} and {large:?}"
    );
}

#[test]
fn declared_lengths_take_no_memory_and_limits_end_the_connection() {
    let mut config = ServerConfig::default();
    config.chunks.limits.max_message_bytes = 100_000;
    let (mut server, _) = Server::publishing(config);
    server.feed(&type_0(6, 0, 100_001, 9));
    let Some(ConnectionError::Chunk {
        error,
        phase: Phase::Publishing,
    }) = &server.error
    else {
        panic!()
    };
    assert!(matches!(error.kind, ParseErrorKind::Limit { .. }));
    assert!(matches!(
        server.events.pop_back(),
        Some(ServerEvent::StreamClosed {
            reason: ClosedBy::ConnectionLost,
            ..
        })
    ));
    // The farewell is there all the same.
    assert_eq!(server.said(), ["onStatus NetConnection.Connect.Closed"]);
    // Too many chunk streams.
    let (mut server, _) = Server::publishing(ServerConfig::default());
    for number in 0..300u32 {
        let [low, high] = [(number % 256) as u8, (number / 256) as u8];
        let mut header = vec![1, low, high];
        header.extend_from_slice(&type_0(0, 0, 200, 9)[1..]);
        header.extend_from_slice(&[0; 128]);
        server.feed(&header);
    }
    assert!(matches!(server.error, Some(ConnectionError::Chunk { .. })));
}

#[test]
fn nonsense_in_protocol_control_is_named() {
    for (message_type, body) in [
        (1u8, vec![0, 0, 0, 0]),
        (4, vec![0]),
        (5, vec![1]),
        (3, vec![]),
    ] {
        let (mut server, _) = Server::publishing(ServerConfig::default());
        let mut message = type_0(2, 0, u32::try_from(body.len()).unwrap(), message_type);
        message[8..].fill(0);
        message.extend_from_slice(&body);
        server.feed(&message);
        assert!(
            matches!(
                server.error,
                Some(ConnectionError::Message { .. } | ConnectionError::Chunk { .. })
            ),
            "{message_type}"
        );
    }
}

#[test]
fn strangers_at_the_door() {
    for (bytes, foreign) in [
        (&b"GET / HTTP/1.1\r\n\r\n"[..], Foreign::Text),
        (b"\x16\x03\x01\x02\0", Foreign::Tls),
        (b"\xff\xff\xff", Foreign::Unknown),
    ] {
        let mut server = Server::new(ServerConfig::default());
        server.feed(bytes);
        let expected = HandshakeError::NotRtmp(foreign);
        assert_eq!(server.error, Some(ConnectionError::Handshake(expected)));
        assert_eq!(&server.input[..], bytes, "for who understands it");
    }
    let mut server = Server::new(ServerConfig::default());
    server.machine.handle_eof(server.now);
    server.hear();
    let phase = Phase::Handshake;
    assert_eq!(server.error, Some(ConnectionError::Lost { phase }));
}

#[test]
fn commands_that_make_no_sense_are_answered_and_told() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new()
        .create_stream(1.0)
        .connect("live")
        .connect("live");
    server.feed_accepting(&raw.take());
    let said = server.said();
    assert_eq!(said[0], "_error NetConnection.Call.Failed");
    assert_eq!(said[6], "_error NetConnection.Call.Failed");
    let refused = server.events.iter().filter_map(|event| match event {
        ServerEvent::Refused { command, .. } => Some(command.as_str()),
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), ["createStream", "connect"]);
    server.events.clear();
    let mut raw = raw
        .call(1, Call::new("seek", 0.0).with(5.0))
        .call(0, Call::new("publish", 0.0).with("x").with("live"))
        .call(0, Call::new("play", 0.0).with("x"))
        .call(7, Call::new("deleteStream", 0.0).with(99.0))
        .call(0, Call::new("_result", 9.0))
        .call(0, Call::new("publish", 0.0));
    server.feed(&raw.take());
    assert_eq!(server.error, None);
    let refused = server
        .events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Refused { .. }));
    assert_eq!(refused.count(), 3);
}

#[test]
fn a_publish_on_a_stream_that_is_published_is_refused_and_the_first_goes_on() {
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    let mut raw = raw.publish("other").media(4, &audio(3, &b"\xaf"[..]));
    server.feed(&raw.take());
    assert_eq!(server.said(), ["onStatus NetStream.Publish.BadName @1"]);
    assert_eq!(heard(&mut server), [(TagType::Audio, 3, 1)]);
}

#[test]
fn media_of_who_does_not_publish_is_dropped() {
    let (mut server, raw) = Server::playing(ServerConfig::default());
    server.feed(&raw.media(4, &audio(3, &b"\xaf"[..])).take());
    assert!(server.events.is_empty());
    assert_eq!(server.machine.stats().unassigned_messages, 1);
}

#[test]
fn streams_and_calls_are_bounded() {
    let mut config = ServerConfig::default();
    config.limits.max_streams = 3;
    config.limits.max_open_calls = 4;
    let mut server = Server::new(config);
    let mut raw = Raw::new().connect("live");
    for transaction in 2..10 {
        raw = raw.create_stream(f64::from(transaction));
    }
    server.feed_accepting(&raw.take());
    let said = server.said();
    assert_eq!(said[5..8], ["_result 1", "_result 2", "_result 3"]);
    assert!(
        said[8..]
            .iter()
            .all(|said| said == "_error NetConnection.Call.Failed")
    );
    for transaction in 20..30 {
        raw = raw.call(0, Call::new("what", f64::from(transaction)));
    }
    server.feed(&raw.take());
    assert_eq!(server.said().len(), 6, "the oldest are answered");
}

#[test]
fn who_reads_no_answers_is_not_listened_to() {
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    let mut raw = (0..5000).fold(raw, |raw, number| raw.create_stream(f64::from(number + 10)));
    let input = raw.take();
    server.feed(&input);
    while server.machine.wants_input() && !server.input.is_empty() {
        server.go_on();
    }
    assert!(!server.machine.wants_input());
    assert!(server.machine.queued_bytes() < 128 * 1024);
    assert!(!server.input.is_empty());
    server.messages();
    assert!(server.machine.wants_input());
}

#[test]
fn events_that_nobody_takes_stop_the_reading() {
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    let mut raw = (0..1000).fold(raw, |raw, time| raw.media(4, &audio(time, &b"\xaf"[..])));
    server.input = raw.take();
    server.machine.handle_input(server.now, &mut server.input);
    assert!(!server.machine.wants_input() && !server.input.is_empty());
    let mut count = 0;
    while !server.input.is_empty() || !server.machine.wants_input() {
        server.go_on();
        count += heard(&mut server).len();
    }
    assert_eq!(count, 1000);
}

/// A server whose application grants everything, as one machine.
struct Granting(ServerConnection);

impl Machine for Granting {
    type Event = ServerEvent;
    type Error = ConnectionError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.0.handle_input(now, input);
    }

    fn handle_eof(&mut self, now: Instant) {
        self.0.handle_eof(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
    }

    fn poll_event(&mut self) -> Result<Option<ServerEvent>, ConnectionError> {
        let event = self.0.poll_event();
        if let Ok(Some(event)) = &event {
            accept(&mut self.0, event);
        }
        event
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        self.0.poll_transmit()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    fn wants_input(&self) -> bool {
        self.0.wants_input()
    }

    fn queued_bytes(&self) -> usize {
        self.0.queued_bytes()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

#[test]
fn a_whole_session_is_the_same_however_it_is_cut() {
    let mut raw = Raw::new()
        .chunk_size(300)
        .connect("live")
        .call(0, Call::new("releaseStream", 2.0).with("cam"))
        .create_stream(3.0)
        .publish("cam")
        .media(4, &metadata())
        .media(6, &video(0, vec![0x17; 3000]))
        .media(4, &audio(5, vec![0xaf; 200]))
        .call(0, Call::new("FCUnpublish", 4.0).with("cam"))
        .call(0, Call::new("deleteStream", 5.0).with(1.0));
    let now = start();
    let fed = split_feed(now, &raw.take(), || {
        Granting(ServerConnection::new(ServerConfig::default(), SEED, now))
    });
    assert_eq!(
        (fed.events.len(), fed.error, fed.unread.len()),
        (6, None, 0)
    );
}

#[test]
fn an_answer_is_never_taken_for_a_call() {
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    let answer = CommandMessage::new(3.0, castline_rtmp_chunk::command::Command::CheckBandwidth);
    let mut raw = raw.message(&answer.to_message(3, 0));
    server.feed(&raw.take());
    assert_eq!(server.said(), ["_result"]);
    assert!(server.events.is_empty());
}
