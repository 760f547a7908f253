#![allow(clippy::wildcard_enum_match_arm, reason = "test code")]

use alloc::vec::Vec;

use bytes::Bytes;

use super::*;
use crate::amf::amf0::{EcmaArray, Object, Value, to_vec};
use crate::amf::{Limits, Text, amf3};
use crate::command::{Status, StatusCode};
use crate::tag::FourCc;
use crate::{MessageType, ParseErrorKind};

const AMF0: MessageType = MessageType::DATA_AMF0;
const AMF3: MessageType = MessageType::DATA_AMF3;

fn parse(values: &[Value]) -> DataMessage {
    DataMessage::parse(AMF0, &to_vec(values).into(), &Limits::DEFAULT)
}

fn metadata(message: &DataMessage) -> &StreamMetadata {
    match &message.data {
        Data::Metadata(metadata) => metadata,
        other => panic!("{other:?}"),
    }
}

/// FFmpeg publishes four bytes, `00 xx xx xx`, as a data message; SRS once ended the stream for it.
#[test]
fn quirk_timecode_of_four_bytes_is_passed_on() {
    let payload = Bytes::from_static(&[0, 0x12, 0x34, 0x56]);
    let message = DataMessage::parse(AMF0, &payload, &Limits::DEFAULT);
    assert_eq!(message.data, Data::Opaque(payload.clone()));
    assert_eq!(message.to_payload(AMF0), payload);
    assert_eq!(frame::name(AMF0, &payload), None);
    assert_eq!(frame::to_script(AMF0, &payload), payload);
    let as_amf3 = DataMessage::parse(AMF3, &payload, &Limits::DEFAULT);
    assert_eq!(as_amf3.to_payload(AMF3), payload);
}

#[test]
fn whatever_is_no_data_message_is_opaque() {
    let mut deep = to_vec(&["onMetaData".into()]);
    deep.extend([0x0a, 0, 0, 0, 1].repeat(100_000));
    for payload in [
        Vec::new(),
        Vec::from([0xff]),
        to_vec(&[Value::Null]),
        to_vec(&["@setDataFrame".into()]),
        to_vec(&["@setDataFrame".into(), 5.into()]),
        deep,
    ] {
        let payload = Bytes::from(payload);
        let message = DataMessage::parse(AMF0, &payload, &Limits::DEFAULT);
        assert_eq!(message.data, Data::Opaque(payload.clone()));
        assert!(!message.set_data_frame);
        assert_eq!(message.to_payload(AMF0), payload);
        assert_eq!(message.encoded_len(), payload.len());
    }
}

#[test]
fn metadata_is_read_from_arrays_and_objects_and_keeps_its_order() {
    let object = Object::new()
        .with("zeta", Value::Undefined)
        .with("width", 1920)
        .with("height", "1080")
        .with("framerate", f64::NAN)
        .with("stereo", true)
        .with("videocodecid", 7)
        .with("audiocodecid", "mp4a")
        .with("encoder", "obs-output module");
    for value in [
        Value::from(object.clone()),
        EcmaArray::from(object.clone()).into(),
    ] {
        let message = parse(&["@setDataFrame".into(), "onMetaData".into(), value]);
        assert!(message.set_data_frame);
        let metadata = metadata(&message);
        let names = |object: &Object| -> Vec<_> {
            object
                .members()
                .iter()
                .map(|(name, _)| name.clone())
                .collect()
        };
        assert_eq!(names(&metadata.properties), names(&object));
        assert_eq!(
            (metadata.width(), metadata.height()),
            (Some(1920.0), Some(1080.0))
        );
        assert_eq!((metadata.frame_rate(), metadata.duration()), (None, None));
        assert_eq!(metadata.audio_channels(), Some(2.0));
        assert_eq!(metadata.video_codec(), Some(CodecId::Legacy(7)));
        assert_eq!(metadata.audio_codec(), Some(CodecId::FourCc(FourCc::MP4A)));
        assert_eq!(metadata.encoder(), Some("obs-output module"));
    }
}

#[test]
fn metadata_in_amf3_is_metadata() {
    let object = amf3::Object::anonymous().with("width", amf3::Value::Integer(640));
    let object = Value::from(amf3::Value::from(object));
    let mut payload = to_vec(&["@setDataFrame".into(), "onMetaData".into(), object]);
    payload.insert(0, 0);
    let message = DataMessage::parse(AMF3, &payload.into(), &Limits::DEFAULT);
    assert_eq!(metadata(&message).width(), Some(640.0));
}

#[test]
fn metadata_is_built_as_it_is_read() {
    let built = StreamMetadata::default()
        .with_duration(12.5)
        .with_width(640.0)
        .with_video_codec(CodecId::FourCc(FourCc::HVC1))
        .with_audio_codec(CodecId::Legacy(10))
        .with_encoder("castline")
        .with("audiochannels", 6)
        .with_width(1280.0);
    assert_eq!(
        built.properties.get("videocodecid"),
        Some(&Value::Number(1_752_589_105.0))
    );
    let message = DataMessage::new(Data::Metadata(built));
    let payload = message.to_payload(AMF3);
    assert_eq!(payload.first(), Some(&0));
    let read = DataMessage::parse(AMF3, &payload, &Limits::DEFAULT);
    assert_eq!(read, message);
    let read = metadata(&read);
    assert_eq!(
        (read.width(), read.audio_channels()),
        (Some(1280.0), Some(6.0))
    );
    assert_eq!(read.video_codec(), Some(CodecId::FourCc(FourCc::HVC1)));
    assert_eq!(read.audio_codec(), Some(CodecId::Legacy(10)));
}

#[test]
fn codec_ids_that_are_none() {
    let id = |value: Value| {
        StreamMetadata::default()
            .with("videocodecid", value)
            .video_codec()
    };
    assert_eq!(id(Value::Number(-1.0)), None);
    assert_eq!(id(Value::Number(7.5)), None);
    assert_eq!(id(Value::Number(f64::NAN)), None);
    assert_eq!(id("h264".into()), Some(CodecId::FourCc(FourCc(*b"h264"))));
    assert_eq!(id("h.264".into()), None);
    assert_eq!(id(Value::Null), None);
}

#[test]
fn metadata_of_tracks() {
    let map = Object::new()
        .with("1", Object::new().with("width", 320))
        .with("x", 1);
    let stream = StreamMetadata::default().with("videoTrackIdInfoMap", map);
    assert_eq!(
        stream.video_track(1).and_then(|track| track.width()),
        Some(320.0)
    );
    assert_eq!((stream.video_track(2), stream.audio_track(1)), (None, None));
}

#[test]
fn relays_take_the_frame_off_and_put_it_on_without_a_copy() {
    let script = Bytes::from(to_vec(&["onMetaData".into(), Object::new().into()]));
    let publish: Vec<u8> = frame::to_publish(&script).concat();
    assert_eq!(publish.len(), script.len() + 16, "16 bytes, as FFmpeg's");
    let publish = Bytes::from(publish);
    assert_eq!(frame::name(AMF0, &publish), Some("onMetaData"));
    let stripped = frame::to_script(AMF0, &publish);
    assert_eq!(stripped, script);
    assert_eq!(stripped.as_ptr(), publish.slice(16..).as_ptr(), "no copy");
    assert_eq!(
        frame::to_publish(&publish).concat(),
        publish,
        "once is enough"
    );
    assert_eq!(frame::to_script(AMF0, &script), script);
    let flex: Bytes = [&[0][..], &publish].concat().into();
    assert_eq!(frame::to_script(AMF3, &flex), script);
    assert_eq!(frame::name(AMF3, &flex), Some("onMetaData"));
    for end in 0..publish.len() {
        let cut = publish.slice(..end);
        assert!(publish[..end].ends_with(&frame::to_script(AMF0, &cut)));
        let whole_name = frame::name(AMF0, &cut);
        assert_eq!(whole_name.is_some(), end >= 29, "{end}");
    }
}

#[test]
fn every_named_message_is_read_and_written() {
    let cue = Object::new()
        .with("name", "ad")
        .with("time", 12.5)
        .with("type", "event")
        .with("parameters", Object::new().with("id", "7"));
    let text = Object::new()
        .with("text", "Hello")
        .with("language", "eng")
        .with("trackid", 2);
    let start = Status::new(StatusCode::NET_STREAM_DATA_START, "");
    let complete = Status::new(StatusCode::NET_STREAM_PLAY_COMPLETE, "").with("bytes", 5);
    let all = [
        Data::Metadata(StreamMetadata::default().with_width(2.0)),
        Data::Clear {
            name: "onMetaData".into(),
        },
        Data::SampleAccess {
            audio: true,
            video: false,
        },
        Data::Text(TextData::new(text)),
        Data::CuePoint(CuePoint::new(cue)),
        Data::Status(start),
        Data::PlayStatus(complete),
        Data::Other {
            name: "onXMP".into(),
            arguments: Vec::from([Value::Null, 3.into()]),
        },
    ];
    for data in all {
        for message in [
            DataMessage::new(data.clone()),
            DataMessage::set_data_frame(data),
        ] {
            let payload = message.to_payload(AMF0);
            assert_eq!(payload.len(), message.encoded_len());
            assert_eq!(
                DataMessage::parse(AMF0, &payload, &Limits::DEFAULT),
                message
            );
            for end in 0..payload.len() {
                let cut = DataMessage::parse(AMF0, &payload.slice(..end), &Limits::DEFAULT);
                let written = cut.to_payload(AMF0);
                assert_eq!(DataMessage::parse(AMF0, &written, &Limits::DEFAULT), cut);
            }
        }
    }
}

#[test]
fn cue_points_and_texts_say_what_they_hold() {
    let cue = CuePoint::new(
        Object::new()
            .with("name", "ad")
            .with("time", 12.5)
            .with("type", "event")
            .with("parameters", Object::new().with("id", "7")),
    );
    assert_eq!(
        (cue.name(), cue.time(), cue.kind()),
        (Some("ad"), Some(12.5), Some("event"))
    );
    assert!(
        cue.parameters()
            .is_some_and(|parameters| parameters.contains("id"))
    );
    let text = TextData::new(
        Object::new()
            .with("text", "Hi")
            .with("language", "eng")
            .with("trackid", 2),
    );
    assert_eq!(
        (text.text(), text.language(), text.track_id()),
        (Some("Hi"), Some("eng"), Some(2.0))
    );
}

#[test]
fn known_names_with_other_arguments_are_other() {
    for values in [
        ["onMetaData".into(), Value::Null],
        ["|RtmpSampleAccess".into(), 1.into()],
        ["onStatus".into(), Object::new().into()],
        ["onCuePoint".into(), "x".into()],
        ["@clearDataFrame".into(), Value::Null],
    ] {
        let message = parse(&values);
        assert!(matches!(message.data, Data::Other { .. }), "{message:?}");
        assert_eq!(message.to_payload(AMF0), to_vec(&values));
    }
}

fn shared_object() -> SharedObjectMessage {
    let pairs = Vec::from([(Text::from("a"), Value::from(1)), ("b".into(), Value::Null)]);
    let names = || Vec::from([Text::from("a"), "b".into()]);
    SharedObjectMessage::new("chat", 7, SharedObjectFlags::PERSISTENT)
        .with(SharedObjectEvent::Use)
        .with(SharedObjectEvent::UseSuccess)
        .with(SharedObjectEvent::Clear)
        .with(SharedObjectEvent::RequestChange {
            name: "a".into(),
            value: Object::new().with("x", "y").into(),
        })
        .with(SharedObjectEvent::Change(pairs))
        .with(SharedObjectEvent::Success(names()))
        .with(SharedObjectEvent::SendMessage(Vec::from([
            "said".into(),
            2.into(),
        ])))
        .with(SharedObjectEvent::Status {
            code: "SharedObject.NoWriteAccess".into(),
            level: "error".into(),
        })
        .with(SharedObjectEvent::Remove(names()))
        .with(SharedObjectEvent::RequestRemove { name: "b".into() })
        .with(SharedObjectEvent::Other {
            kind: 77,
            data: Bytes::from_static(b"?"),
        })
        .with(SharedObjectEvent::Release)
}

#[test]
fn shared_objects_of_both_encodings() {
    let message = shared_object();
    let limits = SharedObjectLimits::default();
    for message_type in [
        MessageType::SHARED_OBJECT_AMF0,
        MessageType::SHARED_OBJECT_AMF3,
    ] {
        let payload = message.to_payload(message_type);
        let format_byte = usize::from(message_type == MessageType::SHARED_OBJECT_AMF3);
        assert_eq!(payload.len(), message.encoded_len() + format_byte);
        let read = SharedObjectMessage::parse(message_type, &payload, &limits);
        assert_eq!(read.as_ref(), Ok(&message));
        let whole = (0..payload.len()).filter(|end| {
            SharedObjectMessage::parse(message_type, &payload[..*end], &limits).is_ok()
        });
        // A message may end after any event, and nowhere else.
        assert_eq!(whole.count(), message.events.len());
    }
    assert!(message.flags.is_persistent());
    assert!(!SharedObjectFlags::default().is_persistent());
}

/// The bytes of RTMP 1.0 §7.1.3's figure, written by hand.
#[test]
fn a_shared_object_is_laid_out_as_specified() {
    let message = SharedObjectMessage::new("so", 3, SharedObjectFlags::PERSISTENT).with(
        SharedObjectEvent::RequestChange {
            name: "k".into(),
            value: true.into(),
        },
    );
    let expected = [
        &[0, 2, b's', b'o'][..],
        &[0, 0, 0, 3],
        &[0, 0, 0, 2, 0, 0, 0, 0],
        &[3, 0, 0, 0, 5],
        &[0, 1, b'k', 1, 1],
    ];
    assert_eq!(
        message.to_payload(MessageType::SHARED_OBJECT_AMF0),
        expected.concat()
    );
}

#[test]
fn an_event_with_more_data_than_it_should_have_is_kept() {
    let limits = SharedObjectLimits::default();
    let other = SharedObjectEvent::Other {
        kind: 1,
        data: Bytes::from_static(b"more"),
    };
    let message = SharedObjectMessage::new("so", 1, SharedObjectFlags::default()).with(other);
    let payload = message.to_payload(MessageType::SHARED_OBJECT_AMF0);
    let read = SharedObjectMessage::parse(MessageType::SHARED_OBJECT_AMF0, &payload, &limits);
    assert_eq!(read, Ok(message));
}

#[test]
fn shared_object_limits_hold() {
    let mut limits = SharedObjectLimits::default();
    let message = shared_object();
    let payload = message.to_payload(MessageType::SHARED_OBJECT_AMF0);
    let mut limit = |change: &dyn Fn(&mut SharedObjectLimits)| {
        limits = SharedObjectLimits::default();
        change(&mut limits);
        let read = SharedObjectMessage::parse(MessageType::SHARED_OBJECT_AMF0, &payload, &limits);
        read.map_err(|error| error.kind)
    };
    let is_limit =
        |result: Result<_, ParseErrorKind>| matches!(result, Err(ParseErrorKind::Limit { .. }));
    assert!(limit(&|limits| limits.max_events = message.events.len()).is_ok());
    assert!(is_limit(limit(
        &|limits| limits.max_events = message.events.len() - 1
    )));
    assert!(limit(&|limits| limits.max_bytes = payload.len()).is_ok());
    assert!(is_limit(limit(
        &|limits| limits.max_bytes = payload.len() - 1
    )));
    assert!(is_limit(limit(
        &|limits| limits.values = Limits::DEFAULT.with_max_depth(0)
    )));
}

#[test]
fn errors_in_shared_objects_say_where() {
    let limits = SharedObjectLimits::default();
    let mut payload = Vec::from([0, 0, 1, b'k', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    payload.extend([3, 0, 0, 0, 4, 0, 1, b'x', 0xfe]);
    let read = SharedObjectMessage::parse(MessageType::SHARED_OBJECT_AMF3, &payload, &limits);
    assert_eq!(read.unwrap_err().offset, 24);
}
