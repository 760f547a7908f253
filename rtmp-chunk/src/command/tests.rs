#![allow(
    clippy::wildcard_enum_match_arm,
    clippy::too_many_lines,
    reason = "test code"
)]

use alloc::vec::Vec;

use super::*;
use crate::MessageType;
use crate::amf::amf0::{EcmaArray, Object, Value};
use crate::amf::{Limits, Text, amf3};

fn read(values: &[Value]) -> CommandMessage {
    let bytes = crate::amf::amf0::to_vec(values);
    CommandMessage::parse(MessageType::COMMAND_AMF0, &bytes, &Limits::DEFAULT).unwrap()
}

fn command(name: &str, arguments: &[Value]) -> Command {
    let mut values = Vec::from([Value::from(name), Value::from(7), Value::Null]);
    values.extend_from_slice(arguments);
    read(&values).command
}

fn number(value: f64) -> Value {
    Value::Number(value)
}

#[test]
fn every_status_code_has_the_level_that_clients_go_by() {
    for (code, level) in StatusCode::ALL {
        assert_eq!(code.level(), *level, "{code}");
        let status = Status::from_value(&Object::new().with("code", code.as_str()).into());
        assert_eq!(status.unwrap().level, *level, "level left out, {code}");
    }
    let levels = [
        "NetStream.Foo.Failed",
        "X.NotFound",
        "NetStream.Play.UnknownThing",
    ]
    .map(|code| StatusCode::new(code).level());
    assert_eq!(
        levels,
        [StatusLevel::ERROR, StatusLevel::ERROR, StatusLevel::STATUS]
    );
    assert!(Status::new(StatusCode::NET_STREAM_PUBLISH_BAD_NAME, "").is_error());
    assert!(!Status::new(StatusCode::NET_STREAM_PUBLISH_START, "").is_error());
}

/// rml lowercases, others send it in upper case or not at all.
#[test]
fn quirk_publish_mode_in_any_case_or_missing() {
    let mode = |arguments: &[Value]| match command("publish", arguments) {
        Command::Publish(publish) => publish.mode,
        other => panic!("{other:?}"),
    };
    assert_eq!(mode(&["cam".into(), "LIVE".into()]), PublishMode::Live);
    assert_eq!(mode(&["cam".into(), "Record".into()]), PublishMode::Record);
    assert_eq!(
        mode(&["cam".into(), "appendwithgap".into()]),
        PublishMode::AppendWithGap
    );
    assert_eq!(mode(&["cam".into()]), PublishMode::Live);
    assert_eq!(mode(&["cam".into(), Value::Null]), PublishMode::Live);
    assert_eq!(mode(&["cam".into(), "".into()]), PublishMode::Live);
    let other = mode(&["cam".into(), "Mirror".into()]);
    assert_eq!(other, PublishMode::Other("Mirror".into()));
}

/// gortmplib found the connect object as an ECMA array, tcUrl as `tcurl`, and URLs between apostrophes.
#[test]
fn quirk_connect_object_as_ecma_array_tcurl_and_apostrophes() {
    let object = Object::new()
        .with("app", "live")
        .with("tcurl", "'rtmp://h/live'")
        .with("flashver", "FMLE/3.0");
    let array = Value::EcmaArray(EcmaArray::from(object));
    let message = read(&["connect".into(), 1.into(), array]);
    let Command::Connect(info) = message.command else {
        panic!("{message:?}")
    };
    assert_eq!(info.app(), "live");
    assert_eq!(info.tc_url(), Some("rtmp://h/live"));
    assert_eq!(info.flash_version(), Some("FMLE/3.0"));
    assert_eq!(info.object_encoding(), 0.0);
    assert!(!info.fpad());
    let missing =
        ConnectInfo::from_call(&Call::new("connect", 1.0).with_command_object(Object::new()));
    let missing = missing.unwrap();
    assert_eq!((missing.app(), missing.tc_url()), ("", None));
}

#[test]
fn connect_keeps_what_it_does_not_know_in_order() {
    let object = Object::new()
        .with("zeta", 1)
        .with("app", "live")
        .with("alpha", Value::Undefined)
        .with("capabilities", 239);
    let info = match read(&[
        "connect".into(),
        1.into(),
        object.clone().into(),
        "more".into(),
    ])
    .command
    {
        Command::Connect(info) => info,
        other => panic!("{other:?}"),
    };
    assert_eq!(info.properties, object);
    assert_eq!(info.arguments, [Value::from("more")]);
    assert_eq!(info.capabilities_bits(), Some(239.0));
    let again = Command::Connect(info.clone()).with_transaction(1);
    assert_eq!(read_back(&again), again);
    let changed = info.with("app", "other");
    let names: Vec<_> = changed.properties.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["zeta", "app", "alpha", "capabilities"]);
}

fn read_back(message: &CommandMessage) -> CommandMessage {
    let payload = message.to_payload(MessageType::COMMAND_AMF0);
    assert_eq!(payload.len(), message.encoded_len());
    CommandMessage::parse(MessageType::COMMAND_AMF0, &payload, &Limits::DEFAULT).unwrap()
}

/// Type 17: a format byte and then AMF0, which SRS skips; some leave it out.
#[test]
fn quirk_amf3_command_with_and_without_its_format_byte() {
    let message = Command::CreateStream.with_transaction(4);
    let with = message.to_payload(MessageType::COMMAND_AMF3);
    assert_eq!(with.first(), Some(&0));
    for payload in [with.clone(), with.slice(1..)] {
        let read = CommandMessage::parse(MessageType::COMMAND_AMF3, &payload, &Limits::DEFAULT);
        assert_eq!(read.as_ref(), Ok(&message));
    }
    let amf0 = CommandMessage::parse(MessageType::COMMAND_AMF0, &with, &Limits::DEFAULT);
    assert!(amf0.is_err(), "AMF0 has no format byte");
}

/// Flash, librtmp and FFmpeg send milliseconds, -2000 and -1000; the specification says -2 and -1.
#[test]
fn quirk_play_start_in_either_unit() {
    let start = |value| match command("play", &["cam".into(), number(value)]) {
        Command::Play(play) => play.start,
        other => panic!("{other:?}"),
    };
    for value in [-2.0, -2000.0, -5.0, f64::NAN] {
        assert_eq!(start(value), PlayStart::LiveOrRecorded, "{value}");
    }
    for value in [-1.0, -1000.0] {
        assert_eq!(start(value), PlayStart::Live, "{value}");
    }
    assert_eq!(start(0.0), PlayStart::Recorded { position_ms: 0 });
    assert_eq!(start(1500.0), PlayStart::Recorded { position_ms: 1500 });
    assert_eq!(
        start(1e300),
        PlayStart::Recorded {
            position_ms: u32::MAX
        }
    );
}

#[test]
fn play_arguments_are_optional_from_the_end() {
    let play = |arguments: &[Value]| match command("play", arguments) {
        Command::Play(play) => play,
        other => panic!("{other:?}"),
    };
    let bare = play(&["cam".into()]);
    assert_eq!(bare, Play::new("cam"));
    assert!(bare.resets());
    let all = play(&["cam".into(), number(-1.0), number(-1.0), false.into()]);
    assert_eq!((all.duration_ms, all.resets()), (None, false));
    let by_number = play(&["cam".into(), number(0.0), number(5000.0), number(3.0)]);
    assert_eq!(
        (by_number.duration_ms, by_number.resets()),
        (Some(5000), true)
    );
    let count = |play: Play| Command::Play(play).to_call(0.0).arguments.len();
    assert_eq!(count(bare.clone()), 1);
    assert_eq!(count(bare.clone().with_start(PlayStart::Live)), 2);
    assert_eq!(count(bare.clone().with_duration_ms(0)), 3);
    assert_eq!(count(bare.with_reset(PlayReset::APPEND)), 4);
}

#[test]
fn commands_of_a_stream_are_read() {
    let paused = command("pause", &[true.into(), number(1200.0)]);
    assert_eq!(paused, Command::Pause(Pause::new(true, 1200)));
    let raw = command("pauseRaw", &[number(0.0), number(-3.0)]);
    assert_eq!(raw, Command::Pause(Pause::new(false, 0).raw()));
    assert_eq!(
        command("seek", &[number(2500.7)]),
        Command::Seek { position_ms: 2500 }
    );
    assert_eq!(
        command("receiveAudio", &[false.into()]),
        Command::ReceiveAudio(false)
    );
    assert_eq!(
        command("receiveVideo", &[number(1.0)]),
        Command::ReceiveVideo(true)
    );
    assert_eq!(
        command("deleteStream", &[number(3.0)]),
        Command::DeleteStream { stream_id: 3 }
    );
    assert_eq!(command("closeStream", &[]), Command::CloseStream);
    let options = Object::new()
        .with("streamName", "hi")
        .with("oldStreamName", "lo")
        .with("start", -1)
        .with("transition", "switch");
    let Command::Play2(play2) = command("play2", &[options.into()]) else {
        panic!("play2")
    };
    assert_eq!(
        (
            play2.stream_name(),
            play2.old_stream_name(),
            play2.transition()
        ),
        ("hi", Some("lo"), Some("switch"))
    );
    assert_eq!(play2.start(), PlayStart::Live);
}

#[test]
fn what_does_not_fit_its_name_stays_a_call() {
    let misfits: [(&str, &[Value]); 8] = [
        ("publish", &[]),
        ("play", &[Value::Null]),
        ("seek", &[Value::Boolean(true)]),
        ("deleteStream", &[Value::Number(-1.0)]),
        ("deleteStream", &[Value::Number(1.5)]),
        ("connect", &[]),
        ("onStatus", &[Value::Null]),
        ("set_playlist", &[Value::Number(1.0)]),
    ];
    for (name, arguments) in misfits {
        let message = command(name, arguments);
        assert!(
            matches!(&message, Command::Call(call) if call.name == *name),
            "{message:?}"
        );
    }
}

/// OBS answers onBWDone with _checkbw, which must not be an error.
#[test]
fn quirk_checkbw_and_the_encoders_calls_are_known() {
    assert_eq!(command("_checkbw", &[]), Command::CheckBandwidth);
    assert_eq!(
        read(&["onBWDone".into(), 0.into()]).command,
        Command::OnBandwidthDone
    );
    let stream_name = || "cam".into();
    assert_eq!(
        command("releaseStream", &["cam".into()]),
        Command::ReleaseStream {
            stream_name: stream_name()
        }
    );
    assert_eq!(
        command("FCPublish", &["cam".into()]),
        Command::FcPublish {
            stream_name: stream_name()
        }
    );
    assert_eq!(
        command("FCUnpublish", &["cam".into()]),
        Command::FcUnpublish {
            stream_name: stream_name()
        }
    );
    assert_eq!(
        command("FCSubscribe", &["cam".into()]),
        Command::FcSubscribe {
            stream_name: stream_name()
        }
    );
    assert_eq!(
        command("getStreamLength", &["cam".into()]),
        Command::GetStreamLength {
            stream_name: stream_name()
        }
    );
}

#[test]
fn a_missing_transaction_id_is_zero() {
    let message = read(&[
        "onStatus".into(),
        Value::Null,
        Object::new().with("code", "NetStream.Play.Start").into(),
    ]);
    assert_eq!(message.transaction_id, 0.0);
    assert!(matches!(message.command, Command::OnStatus(_)));
    assert_eq!(read(&["close".into()]).command, Command::Close);
}

#[test]
fn no_name_is_an_error_that_says_where() {
    for (message_type, bytes, offset) in [
        (MessageType::COMMAND_AMF0, &[][..], 0),
        (MessageType::COMMAND_AMF0, &[5][..], 0),
        (MessageType::COMMAND_AMF3, &[0, 5][..], 1),
        (MessageType::COMMAND_AMF3, &[0][..], 1),
    ] {
        let error = CommandMessage::parse(message_type, bytes, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.offset, offset, "{bytes:?}");
    }
}

#[test]
fn replies_mean_what_the_call_asked() {
    assert_eq!(Reply::stream_id(5).as_stream_id(), Some(5));
    for wrong in [0.0, -1.0, 1.5, 5e9, f64::NAN] {
        assert_eq!(Reply::value(wrong).as_stream_id(), None, "{wrong}");
    }
    assert_eq!(Reply::stream_length(12.5).as_number(), Some(12.5));
    assert_eq!(Reply::empty().as_value(), None);
    let refused = Status::new(StatusCode::NET_CONNECTION_CONNECT_REJECTED, "no");
    assert_eq!(Reply::status(&refused).as_status(), Some(refused));
}

#[test]
fn connect_reply_says_it_in_both_objects() {
    let capabilities = Capabilities::new()
        .with_caps_ex(CapsEx::RECONNECT | CapsEx::MULTITRACK)
        .with_video("hvc1", FourCcInfo::CAN_FORWARD)
        .with_audio("Opus", FourCcInfo::CAN_FORWARD);
    let reply = ConnectReply::success(3.0, &capabilities);
    let message = Command::Result(Reply::from(&reply)).with_transaction(1);
    let Command::Result(read) = read_back(&message).command else {
        panic!("a result")
    };
    let read = read.as_connect().unwrap();
    assert_eq!(read, reply);
    assert_eq!(read.capabilities(), capabilities);
    assert_eq!(
        (read.object_encoding(), read.fms_version()),
        (3.0, Some(ConnectReply::FMS_VERSION))
    );
    let mut only_status = read;
    only_status.properties = Object::new();
    assert_eq!(only_status.capabilities(), capabilities);
    let plain = ConnectReply::success(0.0, &Capabilities::new());
    assert!(plain.capabilities().is_empty());
    assert_eq!(
        plain.properties.get("capabilities"),
        Some(&Value::Number(31.0))
    );
}

#[test]
fn capabilities_of_both_versions() {
    let v1 = Object::new().with(
        "fourCcList",
        Value::StrictArray(Vec::from(["av01".into(), "hvc1".into(), Value::Null])),
    );
    let v1 = Capabilities::read(&v1);
    assert_eq!(v1.four_cc_list, ["av01", "hvc1"]);
    assert!(v1.video_info("av01").contains(FourCcInfo::CAN_DECODE));
    assert_eq!(v1.video_info("vp09"), FourCcInfo::default());
    let any = Object::new().with("fourCcList", Value::StrictArray(Vec::from(["*".into()])));
    assert!(
        Capabilities::read(&any)
            .video_info("vvc1")
            .contains(FourCcInfo::CAN_FORWARD)
    );
    let v2 = Object::new().with("capsEx", 0x17).with(
        "videoFourCcInfoMap",
        Object::new().with("*", 4).with("vp09", 3).with("bad", "x"),
    );
    let v2 = Capabilities::read(&v2);
    assert_eq!(
        v2.video_info("vp09"),
        FourCcInfo(7),
        "the wildcard's flags are everybody's"
    );
    assert_eq!(v2.video_info("av01"), FourCcInfo::CAN_FORWARD);
    assert_eq!(v2.audio_info("Opus"), FourCcInfo::default());
    assert!(v2.supports(CapsEx::MOD_EX) && !v2.supports(CapsEx::TIMESTAMP_NANO_OFFSET));
    assert_eq!(v2.caps_ex, Some(CapsEx(0x17)), "unknown bits are kept");
    let as_array = Object::new().with(
        "fourCcList",
        EcmaArray::from(Object::new().with("0", "hvc1")),
    );
    assert_eq!(Capabilities::read(&as_array).four_cc_list, ["hvc1"]);
    assert!(Capabilities::read(&Object::new().with("capsEx", "many")).is_empty());
    let odd = Capabilities::read(&Object::new().with("capsEx", f64::NAN));
    assert_eq!(odd.caps_ex, Some(CapsEx(0)));
}

#[test]
fn reconnect_request_both_sides() {
    let status = Status::reconnect_request(Some("rtmp://b.example/live"), "going down");
    let message = Command::OnStatus(status).notification();
    let Command::OnStatus(read) = read_back(&message).command else {
        panic!("a status")
    };
    assert!(!read.is_error());
    let request = read.as_reconnect_request().unwrap();
    assert_eq!(
        (request.tc_url, request.description),
        (Some("rtmp://b.example/live"), "going down")
    );
    let same_url = Status::reconnect_request(None, "");
    assert_eq!(same_url.as_reconnect_request().unwrap().tc_url, None);
    let other = Status::new(StatusCode::NET_STREAM_PLAY_START, "");
    assert_eq!(other.as_reconnect_request(), None);
}

#[test]
fn status_survives_odd_members() {
    let object = Object::new()
        .with("clientid", 9)
        .with("level", 3)
        .with("code", "A.B")
        .with("description", Value::Null)
        .with("details", "cam");
    let status = Status::from_value(&object.into()).unwrap();
    assert_eq!(
        (&status.level, status.description.as_str()),
        (&StatusLevel::STATUS, "")
    );
    let names: Vec<_> = status.properties.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["clientid", "details"]);
    assert_eq!(Status::from_value(&status.to_object().into()), Some(status));
    assert_eq!(
        Status::from_value(&Object::new().with("code", 1).into()),
        None
    );
    assert_eq!(Status::from_value(&Value::Null), None);
}

/// rml strips a trailing slash; keys come in the query of either; Flash prefixes names of files.
#[test]
fn quirk_stream_paths_in_all_their_spellings() {
    for (app, name, path, key) in [
        ("live", "cam", "live/cam", None),
        ("live/", "cam", "live/cam", None),
        ("/live", "/cam", "live/cam", None),
        ("live/?key=a", "cam", "live/cam", Some("a")),
        ("live?key=a", "cam?key=b", "live/cam", Some("b")),
        ("live", "cam?x=1&key=b%20c", "live/cam", Some("b%20c")),
        ("live/inst", "cam", "live/inst/cam", None),
        ("live/_definst_", "cam", "live/cam", None),
        ("live/cam?key=a", "", "live/cam", Some("a")),
        ("vod", "mp4:dir/film.mp4", "vod/dir/film.mp4", None),
        ("vod", "MP4:film", "vod/film", None),
        ("vod", "flv:film?key", "vod/film", Some("")),
        ("vod", "id3:song", "vod/song", None),
        ("live", "a:b", "live/a:b", None),
        ("", "cam", "cam", None),
        ("", "", "", None),
        ("live", "c%2Fm", "live/c%2Fm", None),
    ] {
        let split = StreamPath::split(app, name);
        assert_eq!(
            (split.path().as_str(), split.parameter("key")),
            (path, key),
            "{app} {name}"
        );
    }
    assert_eq!(StreamPath::split("vod", "MP4:film").prefix, Some("mp4"));
    let both = StreamPath::split("a?x=1", "b?y=2&&z");
    let parameters: Vec<_> = both.parameters().collect();
    assert_eq!(parameters, [("y", "2"), ("z", ""), ("x", "1")]);
}

#[test]
fn urls_are_taken_apart_as_ffmpeg_does() {
    for (url, port, app, name, tc_url) in [
        ("rtmp://h/live/cam", 1935, "live", "cam", "rtmp://h/live"),
        ("RTMPS://h/live/cam", 443, "live", "cam", "rtmps://h/live"),
        ("rtmpt://h/live/cam", 80, "live", "cam", "rtmpt://h/live"),
        (
            "rtmp://h:1936/live/cam",
            1936,
            "live",
            "cam",
            "rtmp://h:1936/live",
        ),
        (
            "rtmp://h:1935/live/cam",
            1935,
            "live",
            "cam",
            "rtmp://h/live",
        ),
        (
            "rtmp://h/live/inst/cam",
            1935,
            "live/inst",
            "cam",
            "rtmp://h/live/inst",
        ),
        ("rtmp://h/a/b/c/d", 1935, "a/b", "c/d", "rtmp://h/a/b"),
        (
            "rtmp://h/vod/mp4:dir/film.mp4",
            1935,
            "vod",
            "mp4:dir/film.mp4",
            "rtmp://h/vod",
        ),
        (
            "rtmp://h/live/cam?u=a/b",
            1935,
            "live",
            "cam?u=a/b",
            "rtmp://h/live",
        ),
        (
            "rtmp://h/live?key=a/cam",
            1935,
            "live?key=a",
            "cam",
            "rtmp://h/live?key=a",
        ),
        ("rtmp://h/live//cam", 1935, "live", "cam", "rtmp://h/live"),
        ("rtmp://h/live", 1935, "live", "", "rtmp://h/live"),
        ("rtmp://h/live/", 1935, "live", "", "rtmp://h/live"),
        ("rtmp://h", 1935, "", "", "rtmp://h/"),
        (
            "rtmp://[::1]:19/live/cam",
            19,
            "live",
            "cam",
            "rtmp://[::1]:19/live",
        ),
        (
            "rtmp://[::1]/live/cam",
            1935,
            "live",
            "cam",
            "rtmp://[::1]/live",
        ),
        (
            "rtmp://ann:se%40cret@h/live/cam",
            1935,
            "live",
            "cam",
            "rtmp://h/live",
        ),
    ] {
        let parsed = RtmpUrl::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let found = (
            parsed.port(),
            parsed.app.as_str(),
            parsed.stream_name.as_str(),
        );
        assert_eq!(found, (port, app, name), "{url}");
        assert_eq!(parsed.tc_url(), tc_url, "{url}");
    }
    let user = RtmpUrl::parse("rtmp://a%20b:se%40c%zz@h/live").unwrap();
    assert_eq!(user.user.as_deref(), Some("a b"));
    assert_eq!(user.password.as_deref(), Some("se@c%zz"));
    assert!(!alloc::format!("{user:?}").contains("se@c"));
}

#[test]
fn urls_are_cut_where_one_says() {
    let cut = |segments| {
        let url = RtmpUrl::parse("rtmp://h/a/b/c?x=1/2")
            .unwrap()
            .with_app_segments(segments);
        (url.app, url.stream_name)
    };
    assert_eq!(cut(1), ("a".into(), "b/c?x=1/2".into()));
    assert_eq!(cut(2), ("a/b".into(), "c?x=1/2".into()));
    assert_eq!(cut(3), ("a/b/c?x=1/2".into(), "".into()));
    assert_eq!(cut(0), cut(1));
    let key = RtmpUrl::parse("rtmp://h/live")
        .unwrap()
        .with_stream_name("secret");
    assert_eq!(key.stream_name, "secret");
}

#[test]
fn bad_urls_say_what_is_wrong() {
    for (url, offset) in [
        ("", 0),
        ("h/live", 0),
        ("http://h/live", 0),
        ("rtmp:///live", 7),
        ("rtmp://h:0/live", 9),
        ("rtmp://h:70000/live", 9),
        ("rtmp://h:+1/live", 9),
        ("rtmp://::1/live", 7),
        ("rtmp://[::1/live", 7),
        ("rtmp://h/li ve", 11),
        ("rtmp://h/li\r\nve", 11),
    ] {
        let error = RtmpUrl::parse(url).unwrap_err();
        assert_eq!(error.offset, offset, "{url}: {error}");
    }
    let long = "rtmp://h/".repeat(1000);
    assert!(RtmpUrl::parse(&long).is_err());
}

#[test]
fn a_deep_value_ends_in_an_error_and_not_the_stack() {
    let mut bytes = crate::amf::amf0::to_vec(&["connect".into(), 1.into()]);
    bytes.extend([0x0a, 0, 0, 0, 1].repeat(200_000));
    let parsed = CommandMessage::parse(MessageType::COMMAND_AMF0, &bytes, &Limits::DEFAULT);
    assert!(parsed.is_err());
}

#[test]
fn names_that_are_not_utf8_survive_in_calls() {
    let name = Text::from_bytes(b"caf\xe9");
    let message = Command::Call(Call::new(name, 3.0)).with_transaction(3);
    assert_eq!(read_back(&message), message);
}

/// With object encoding 3, Flash and Red5 send values of AMF3 where others send plain ones.
#[test]
fn amf3_values_mean_what_plain_ones_do() {
    let flex = |value: amf3::Value| Value::from(value);
    let text = |text: &str| flex(amf3::Value::String(text.into()));
    let publish = command("publish", &[text("cam"), text("LIVE")]);
    assert_eq!(
        publish,
        Command::Publish(Publish::new("cam", PublishMode::Live))
    );
    let delete = command("deleteStream", &[flex(amf3::Value::Integer(3))]);
    assert_eq!(delete, Command::DeleteStream { stream_id: 3 });
    let object = amf3::Object::anonymous()
        .with("code", amf3::Value::String("NetStream.Play.Start".into()))
        .with(
            "list",
            amf3::Value::from(amf3::Array::new(Vec::from([amf3::Value::Null]))),
        )
        .with("bytes", amf3::Value::ByteArray(bytes::Bytes::new()));
    let object = flex(amf3::Value::from(object));
    let Command::OnStatus(status) = command("onStatus", core::slice::from_ref(&object)) else {
        panic!("a status")
    };
    assert_eq!(status.code, StatusCode::NET_STREAM_PLAY_START);
    let list = Value::StrictArray(Vec::from([Value::Null]));
    assert_eq!(status.properties.get("list"), Some(&list));
    let bytes = status.properties.get("bytes");
    assert!(
        matches!(bytes, Some(Value::AvmPlus(_))),
        "AMF0 has no such thing"
    );
    assert_eq!(Reply::value(object.clone()).as_status(), Some(status));
    assert_eq!(
        Reply::value(flex(amf3::Value::Integer(7))).as_stream_id(),
        Some(7)
    );
    // A procedure of an application's own gets what was sent.
    let call = command("setScene", core::slice::from_ref(&object));
    assert!(matches!(call, Command::Call(call) if call.arguments == [object]));
}

/// Found by fuzzing: the values of a message share their tables of references, read and written.
#[test]
fn amf3_references_from_one_argument_into_another() {
    let text = amf3::Value::String("a string that is worth a reference".into());
    let list = || amf3::Array::new(Vec::from([text.clone()]));
    let mut call = Call::new("x", 1.0);
    for _ in 0..2 {
        call = call.with(Value::from(amf3::Value::from(list())));
    }
    let payload = call.to_payload(MessageType::COMMAND_AMF0);
    assert_eq!(payload.len(), call.encoded_len());
    let read = Call::parse(MessageType::COMMAND_AMF0, &payload, &Limits::DEFAULT).unwrap();
    assert_eq!(read, call);
    assert_eq!(read.to_payload(MessageType::COMMAND_AMF0), payload);
    let found = payload
        .windows(8)
        .filter(|window| window == b"a string")
        .count();
    assert_eq!(found, 1, "the second is a reference");
}
