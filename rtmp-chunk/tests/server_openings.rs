//! What real clients say first, in their order, and what they are answered in the order that all of them accept.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod session_support;

use castline_rtmp_chunk::amf::amf0::{EcmaArray, Object};
use castline_rtmp_chunk::command::{Call, Command, PlayStart, PublishMode, StatusCode};
use castline_rtmp_chunk::control::{ControlMessage, LimitType, UserControl};
use castline_rtmp_chunk::server::*;
use castline_rtmp_chunk::{Message, MessageType, TagType};
use session_support::*;

const CONNECTED: [&str; 5] = [
    "WindowAcknowledgementSize(2500000)",
    "SetPeerBandwidth { window: 2500000, limit_type: LimitType(2) }",
    "SetChunkSize(16384)",
    "_result NetConnection.Connect.Success",
    "onBWDone",
];
const PUBLISHING: [&str; 2] = [
    "UserControl(StreamBegin(1))",
    "onStatus NetStream.Publish.Start @1",
];
const PLAYING: [&str; 5] = [
    "UserControl(StreamBegin(1))",
    "onStatus NetStream.Play.Reset @1",
    "onStatus NetStream.Play.Start @1",
    "data |RtmpSampleAccess @1",
    "data onStatus @1",
];

fn publish_of(server: &Server) -> &PublishRequest {
    let publish = server.events.iter().find_map(|event| match event {
        ServerEvent::Publish(publish) => Some(publish),
        _ => None,
    });
    publish.unwrap()
}

fn play_of(server: &Server) -> &PlayRequest {
    let play = server.events.iter().find_map(|event| match event {
        ServerEvent::Play(play) => Some(play),
        _ => None,
    });
    play.unwrap()
}

fn tags(server: &Server) -> Vec<(TagType, u32, usize)> {
    let tags = server.events.iter().filter_map(|event| match event {
        ServerEvent::Tag { tag, .. } => Some((tag.tag_type, tag.timestamp, tag.len())),
        _ => None,
    });
    tags.collect()
}

#[test]
fn obs_sets_its_chunk_size_before_connect_and_sends_all_media_on_one_chunk_stream() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new().chunk_size(4096);
    let object = Object::new()
        .with("app", "live")
        .with("type", "nonprivate")
        .with("flashVer", "FMLE/3.0 (compatible; FMSc/1.0)")
        .with("swfUrl", "rtmp://127.0.0.1/live")
        .with("tcUrl", "rtmp://127.0.0.1/live");
    raw = raw.call(0, Call::new("connect", 1.0).with_command_object(object));
    server.feed_accepting(&raw.take());
    assert_eq!(server.said(), CONNECTED);
    let ServerEvent::Connect(connect) = &server.events[0] else {
        panic!()
    };
    assert_eq!(connect.path.app, "live");
    assert!(connect.info.capabilities().is_empty());

    raw = raw
        .call(0, Call::new("releaseStream", 2.0).with("key"))
        .call(0, Call::new("FCPublish", 3.0).with("key"))
        .create_stream(4.0)
        .call(0, Call::new("_checkbw", 5.0));
    server.feed_accepting(&raw.take());
    assert_eq!(
        server.said(),
        [
            "_result",
            "_result",
            "onFCPublish NetStream.Publish.Start",
            "_result 1",
            "_result"
        ]
    );
    raw = raw.call_on(4, 1, Call::new("publish", 6.0).with("key").with("live"));
    server.feed_accepting(&raw.take());
    assert_eq!(server.said(), PUBLISHING);
    assert_eq!(publish_of(&server).mode, PublishMode::Live);
    obs_sends_and_ends(server, raw);
}

fn obs_sends_and_ends(mut server: Server, mut raw: Raw) {
    let mut set_data_frame = metadata();
    set_data_frame.header = b"\x02\0\x0d@setDataFrame"[..].into();
    raw = raw
        .media(4, &set_data_frame)
        .media(4, &audio(0, &b"\xaf\0\x12\x10"[..]))
        .media(4, &video(0, vec![0x17; 5000]))
        .media(4, &audio(23, vec![0xaf; 300]))
        .media(4, &video(33, vec![0x27; 9000]));
    server.feed(&raw.take());
    assert_eq!(
        tags(&server),
        [
            (TagType::Script, 0, metadata().len()),
            (TagType::Audio, 0, 4),
            (TagType::Video, 0, 5000),
            (TagType::Audio, 23, 300),
            (TagType::Video, 33, 9000),
        ]
    );
    server.events.clear();
    raw = raw
        .call(0, Call::new("FCUnpublish", 7.0).with("key"))
        .call(0, Call::new("deleteStream", 8.0).with(1.0));
    server.feed(&raw.take());
    assert_eq!(server.events.len(), 1);
    assert!(matches!(
        server.events[0],
        ServerEvent::StreamClosed {
            role: Role::Publisher,
            reason: ClosedBy::Unpublish,
            ..
        }
    ));
    castline_core::Machine::handle_eof(&mut server.machine, server.now);
    server.hear();
    assert_eq!(server.error, None);
}

#[test]
fn ffmpeg_publishes_pipelined_with_metadata_on_the_sounds_chunk_stream() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new().connect("live");
    server.feed_accepting(&raw.take());
    assert_eq!(server.said(), CONNECTED);
    // It adopts the chunk size it was told, and says so.
    raw = raw
        .chunk_size(65536)
        .call(0, Call::new("releaseStream", 2.0).with("cam?key=1"))
        .call(0, Call::new("FCPublish", 3.0).with("cam?key=1"))
        .create_stream(4.0)
        .call_on(
            8,
            1,
            Call::new("publish", 5.0).with("cam?key=1").with("live"),
        )
        .media(4, &metadata())
        .media(6, &video(0, vec![0x17; 100_000]));
    // The time code that it publishes is no AMF.
    raw = raw
        .message(&Message::new(4, MessageType::DATA_AMF0, b"\0\x01\x02\x03"[..].into()).at(1, 40));
    raw = raw.media(4, &audio(46, vec![0xaf; 300]));
    server.feed_accepting(&raw.take());
    let publish = publish_of(&server);
    assert_eq!(publish.path.stream_name, "cam");
    assert_eq!(publish.path.parameter("key"), Some("1"));
    assert_eq!(tags(&server).len(), 3);
    let data: Vec<_> = server
        .events
        .iter()
        .filter(|event| matches!(event, ServerEvent::Data { .. }))
        .collect();
    assert_eq!(data.len(), 1);
    assert_eq!(server.error, None);
}

#[test]
fn ffmpeg_plays_asks_for_the_length_first_and_is_told_so() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new()
        .connect("vod")
        .control(ControlMessage::WindowAcknowledgementSize(2_500_000))
        .create_stream(2.0)
        .call_on(8, 0, Call::new("getStreamLength", 3.0).with("mp4:film.mp4"))
        .call_on(
            8,
            1,
            Call::new("play", 4.0).with("mp4:film.mp4").with(-2000.0),
        )
        .control(ControlMessage::UserControl(UserControl::SetBufferLength {
            stream_id: 1,
            buffer_length_ms: 3000,
        }));
    server.feed_accepting(&raw.take());
    assert_eq!(server.said()[5..], [&["_result 1"][..], &PLAYING].concat());
    let play = play_of(&server);
    assert_eq!(play.path.stream_name, "film.mp4");
    assert_eq!(play.path.prefix, Some("mp4"));
    assert_eq!(
        (play.start, play.duration_ms),
        (PlayStart::LiveOrRecorded, None)
    );
    let length = server.events.iter().find_map(|event| match event {
        ServerEvent::StreamLength { id, path, .. } => Some((*id, path.path())),
        _ => None,
    });
    let (id, path) = length.unwrap();
    assert_eq!(path, "vod/film.mp4");
    server.machine.reply_length(id, 12.5).unwrap();
    assert!(server.machine.reply_length(id, 12.5).is_err());
    assert_eq!(server.said(), ["_result 12.5"]);
    assert!(matches!(
        server.events.back(),
        Some(ServerEvent::BufferLength {
            length_ms: 3000,
            ..
        })
    ));
}

#[test]
fn librtmp_pings_on_a_fresh_chunk_stream_with_a_header_of_type_1() {
    let mut server = Server::new(ServerConfig::default());
    let ping = [0x42, 0, 0, 0, 0, 0, 6, 4, 0, 6, 0, 0, 0x0d, 0x0f];
    let mut raw = Raw::new().raw(&ping).connect("live");
    server.feed_accepting(&raw.take());
    let said = server.said();
    assert_eq!(said[0], "UserControl(PingResponse(3343))");
    assert_eq!(said[1..], CONNECTED);
}

#[test]
fn gstreamer_asks_for_windows_and_buffers_before_it_creates_its_stream() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new()
        .connect("live")
        .control(ControlMessage::WindowAcknowledgementSize(2_500_000))
        .control(ControlMessage::SetPeerBandwidth {
            window: 500_000,
            limit_type: LimitType::HARD,
        })
        .control(ControlMessage::UserControl(UserControl::SetBufferLength {
            stream_id: 0,
            buffer_length_ms: 300,
        }))
        .create_stream(2.0)
        .call(1, Call::new("play", 3.0).with("cam").with(-2.0));
    server.feed_accepting(&raw.take());
    let said = server.said();
    assert_eq!(said[..5], CONNECTED);
    // A hard limit is another window, which is announced.
    assert_eq!(said[5], "WindowAcknowledgementSize(500000)");
    assert_eq!(said[6..], [&["_result 1"][..], &PLAYING].concat());
    // Its publisher: no answer is awaited to releaseStream and FCPublish.
    let (mut server, raw) = Server::playing(ServerConfig::default());
    let mut raw = raw
        .call(0, Call::new("releaseStream", 0.0).with("cam"))
        .call(0, Call::new("FCPublish", 0.0).with("cam"));
    server.feed(&raw.take());
    assert_eq!(server.said(), ["onFCPublish NetStream.Publish.Start"]);
}

#[test]
fn load_testers_send_everything_at_once_and_nothing_is_read_ahead_of_the_answers() {
    let mut raw = Raw::new()
        .connect("live")
        .create_stream(2.0)
        .publish("cam")
        .media(4, &audio(0, &b"\xaf\0"[..]));
    let all = raw.take();
    let mut server = Server::new(ServerConfig::default());
    server.feed(&all);
    assert_eq!(server.events.len(), 1, "only the connect");
    assert!(!castline_core::Machine::wants_input(&server.machine));
    assert!(server.said().is_empty());
    let ServerEvent::Connect(connect) = server.events.pop_front().unwrap() else {
        panic!()
    };
    server.machine.accept(connect.id).unwrap();
    server.go_on();
    assert_eq!(server.said(), [&CONNECTED[..], &["_result 1"]].concat());
    let ServerEvent::Publish(publish) = server.events.pop_front().unwrap() else {
        panic!()
    };
    assert!(server.events.is_empty(), "its media waits");
    server.machine.accept(publish.id).unwrap();
    assert!(server.machine.accept(publish.id).is_err());
    server.go_on();
    assert_eq!(server.said(), PUBLISHING);
    assert_eq!(tags(&server), [(TagType::Audio, 0, 2)]);
}

#[test]
fn odd_connects_are_understood() {
    let object = EcmaArray::from(
        Object::new()
            .with("app", "live/?key=1")
            .with("tcurl", "'rtmp://127.0.0.1/live'"),
    );
    let mut server = Server::new(ServerConfig::default());
    let call = Call::new("connect", 1.0)
        .with_command_object(castline_rtmp_chunk::amf::amf0::Value::EcmaArray(object));
    let mut raw = Raw::new()
        .call(0, call)
        .create_stream(2.0)
        .call(1, Call::new("publish", 3.0).with("cam").with("LIVE"));
    server.feed_accepting(&raw.take());
    let publish = publish_of(&server);
    assert_eq!(publish.path.app, "live");
    assert_eq!(publish.path.parameter("key"), Some("1"));
    assert_eq!(publish.mode, PublishMode::Live);
}

#[test]
fn amf3_clients_are_answered_in_amf3_messages() {
    let object = Object::new()
        .with("app", "live")
        .with("objectEncoding", 3.0);
    let call = Call::new("connect", 1.0).with_command_object(object);
    let payload = call.to_payload(MessageType::COMMAND_AMF3);
    assert_eq!(payload[0], 0);
    let mut raw = Raw::new().message(&Message::new(3, MessageType::COMMAND_AMF3, payload));
    let mut server = Server::new(ServerConfig::default());
    server.feed_accepting(&raw.take());
    let messages = server.messages();
    let result = &messages[3];
    assert_eq!(result.message_type, MessageType::COMMAND_AMF3);
    let Command::Result(reply) = &commands(&messages)[0].command else {
        panic!()
    };
    let connected = reply.as_connect().unwrap();
    assert_eq!(connected.object_encoding(), 3.0);
    assert_eq!(
        connected.status.code,
        StatusCode::NET_CONNECTION_CONNECT_SUCCESS
    );
}

#[test]
fn streams_that_were_never_created_and_messages_without_number_are_taken() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new().connect("live").publish("cam");
    let mut message = Message::new(4, MessageType::AUDIO, b"\xaf\x01x"[..].into());
    message.timestamp = 5;
    raw = raw.message(&message);
    server.feed_accepting(&raw.take());
    assert_eq!(tags(&server), [(TagType::Audio, 5, 3)]);
}

#[test]
fn enhanced_clients_are_told_what_the_server_can_do_and_others_are_not() {
    for is_enhanced in [true, false] {
        let mut object = Object::new().with("app", "live");
        if is_enhanced {
            object.insert("capsEx", 1.0);
        }
        let mut config = ServerConfig::default();
        config.enhanced = config
            .enhanced
            .with_caps_ex(castline_rtmp_chunk::command::CapsEx::RECONNECT);
        let call = Call::new("connect", 1.0).with_command_object(object);
        let mut raw = Raw::new().call(0, call);
        let mut server = Server::new(config);
        server.feed_accepting(&raw.take());
        let messages = server.messages();
        let Command::Result(reply) = &commands(&messages)[0].command else {
            panic!()
        };
        let told = reply.as_connect().unwrap().capabilities();
        assert_eq!(!told.is_empty(), is_enhanced);
        let asked = server.machine.reconnect_request(None, "restart").unwrap();
        assert_eq!(asked, is_enhanced);
        assert_eq!(server.said().len(), usize::from(is_enhanced));
    }
}

#[test]
fn gstreamer_deletes_its_stream_by_name() {
    for unpublishes in [true, false] {
        let (mut server, mut raw) = Server::publishing(ServerConfig::default());
        if unpublishes {
            raw = raw.call(0, Call::new("FCUnpublish", 0.0).with("cam"));
        }
        raw = raw.call(0, Call::new("deleteStream", 0.0).with("cam"));
        server.feed(&raw.take());
        assert!(matches!(
            server.events.make_contiguous(),
            [ServerEvent::StreamClosed {
                role: Role::Publisher,
                ..
            }]
        ));
    }
}
