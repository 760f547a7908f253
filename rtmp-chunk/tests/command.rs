//! Commands, data messages and shared objects through the public API: what is written is read, from any value, and
//! what is cut anywhere is an error and no more.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use bytes::Bytes;
use castline_rtmp_chunk::MessageType;
use castline_rtmp_chunk::amf::amf0::{EcmaArray, Object, Value};
use castline_rtmp_chunk::amf::{Limits, Text};
use castline_rtmp_chunk::command::{
    Call, Capabilities, CapsEx, Command, CommandMessage, ConnectInfo, FourCcInfo, Pause, Play,
    Play2, PlayReset, PlayStart, Publish, PublishMode, Reply, RtmpUrl, Status, StatusCode,
    StatusLevel, StreamPath,
};
use castline_rtmp_chunk::data::{
    CuePoint, Data, DataMessage, SharedObjectEvent, SharedObjectFlags, SharedObjectLimits,
    SharedObjectMessage, StreamMetadata, TextData,
};
use proptest::collection::vec;
use proptest::prelude::*;

const COMMANDS: [MessageType; 2] = [MessageType::COMMAND_AMF0, MessageType::COMMAND_AMF3];

fn text() -> impl Strategy<Value = Text> {
    prop_oneof![
        ".{0,8}".prop_map(Text::from),
        vec(any::<u8>(), 0..30).prop_map(|bytes| Text::from_bytes(&bytes)),
    ]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<i32>().prop_map(f64::from), -1e12..1e12f64]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        number().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        text().prop_map(Value::String),
        Just(Value::Null),
        Just(Value::Undefined),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let object = || vec((member(), inner.clone()), 0..4).prop_map(Object::from_iter);
        prop_oneof![
            object().prop_map(Value::Object),
            object().prop_map(|object| EcmaArray::from(object).into()),
            vec(inner.clone(), 0..4).prop_map(Value::StrictArray),
        ]
    })
}

/// A name that an object can have: an empty one before an end marker would be its end.
fn member() -> impl Strategy<Value = Text> {
    ".{1,8}".prop_map(Text::from)
}

fn object() -> impl Strategy<Value = Object> {
    vec((member(), value()), 0..5).prop_map(Object::from_iter)
}

fn status() -> impl Strategy<Value = Status> {
    let level = prop_oneof![
        Just(StatusLevel::STATUS),
        Just(StatusLevel::ERROR),
        "[a-z]{0,8}".prop_map(StatusLevel::new),
    ];
    let rest = vec(("x[a-z]{1,8}", value()), 0..3);
    ("[A-Za-z.]{0,20}", level, ".{0,10}", rest).prop_map(|(code, level, description, rest)| {
        let mut status = Status::new(StatusCode::new(code), description);
        status.level = level;
        status.properties = Object::from_iter(rest);
        status
    })
}

fn reply() -> impl Strategy<Value = Reply> {
    (value(), vec(value(), 0..3)).prop_map(|(command_object, arguments)| {
        let mut reply = Reply::empty();
        reply.command_object = command_object;
        reply.arguments = arguments;
        reply
    })
}

fn play() -> impl Strategy<Value = Play> {
    let start = prop_oneof![
        Just(PlayStart::LiveOrRecorded),
        Just(PlayStart::Live),
        any::<u32>().prop_map(|position_ms| PlayStart::Recorded { position_ms }),
    ];
    let reset = proptest::option::of((0..5u8).prop_map(|reset| PlayReset(reset.into())));
    (".{0,9}", start, any::<Option<u32>>(), reset).prop_map(|(name, start, duration_ms, reset)| {
        let mut play = Play::new(name).with_start(start);
        play.duration_ms = duration_ms;
        play.reset = reset;
        play
    })
}

fn publish() -> impl Strategy<Value = Publish> {
    let mode = prop_oneof![
        Just(PublishMode::Live),
        Just(PublishMode::Record),
        Just(PublishMode::Append),
        Just(PublishMode::AppendWithGap),
        "x[A-Za-z]{0,5}".prop_map(PublishMode::Other),
    ];
    (".{0,9}", mode).prop_map(|(name, mode)| Publish::new(name, mode))
}

fn connect() -> impl Strategy<Value = Command> {
    (object(), vec(value(), 0..3), any::<Option<u32>>()).prop_map(|(more, arguments, caps_ex)| {
        let mut info = ConnectInfo::new("live", "rtmp://h/live").with_flash_version("x");
        for (name, value) in more.iter() {
            info = info.with(name, value.clone());
        }
        let mut capabilities = Capabilities::new().with_video("av01", FourCcInfo::CAN_DECODE);
        capabilities.caps_ex = caps_ex.map(CapsEx);
        info = info.with_capabilities(&capabilities);
        info.arguments = arguments;
        assert_eq!(info.capabilities(), capabilities);
        Command::Connect(info)
    })
}

fn named() -> impl Strategy<Value = Command> {
    (".{0,12}", 0..6usize).prop_map(|(stream_name, which)| match which {
        0 => Command::ReleaseStream { stream_name },
        1 => Command::FcPublish { stream_name },
        2 => Command::FcUnpublish { stream_name },
        3 => Command::FcSubscribe { stream_name },
        4 => Command::FcUnsubscribe { stream_name },
        _ => Command::GetStreamLength { stream_name },
    })
}

fn with_status() -> impl Strategy<Value = Command> {
    (status(), 0..5usize).prop_map(|(status, which)| match which {
        0 => Command::OnStatus(status),
        1 => Command::OnFcPublish(status),
        2 => Command::OnFcUnpublish(status),
        3 => Command::OnFcSubscribe(status),
        _ => Command::OnFcUnsubscribe(status),
    })
}

fn command() -> impl Strategy<Value = Command> {
    let pause = (any::<bool>(), any::<u32>(), any::<bool>()).prop_map(|(paused, at, raw)| {
        let pause = Pause::new(paused, at);
        Command::Pause(if raw { pause.raw() } else { pause })
    });
    prop_oneof![
        connect(),
        named(),
        with_status(),
        pause,
        play().prop_map(Command::Play),
        publish().prop_map(Command::Publish),
        object().prop_map(|options| Command::Play2(Play2::new(options))),
        reply().prop_map(Command::Result),
        reply().prop_map(Command::Error),
        any::<u32>().prop_map(|stream_id| Command::DeleteStream { stream_id }),
        any::<u32>().prop_map(|position_ms| Command::Seek { position_ms }),
        any::<bool>().prop_map(Command::ReceiveAudio),
        any::<bool>().prop_map(Command::ReceiveVideo),
        proptest::sample::select(vec![
            Command::Close,
            Command::CreateStream,
            Command::CheckBandwidth,
            Command::CloseStream,
            Command::OnBandwidthDone,
        ]),
        ("x[a-z]{0,30}", value(), vec(value(), 0..3)).prop_map(|(name, object, arguments)| {
            let mut call = Call::new(name, 0.0).with_command_object(object);
            call.arguments = arguments;
            Command::Call(call)
        }),
    ]
}

fn data() -> impl Strategy<Value = Data> {
    prop_oneof![
        object().prop_map(|object| Data::Metadata(StreamMetadata::new(object))),
        text().prop_map(|name| Data::Clear { name }),
        any::<(bool, bool)>().prop_map(|(audio, video)| Data::SampleAccess { audio, video }),
        object().prop_map(|object| Data::Text(TextData::new(object))),
        object().prop_map(|object| Data::CuePoint(CuePoint::new(object))),
        status().prop_map(Data::Status),
        status().prop_map(Data::PlayStatus),
        ("x[a-z]{0,30}", vec(value(), 0..3)).prop_map(|(name, arguments)| {
            let name = name.into();
            Data::Other { name, arguments }
        }),
    ]
}

fn event() -> impl Strategy<Value = SharedObjectEvent> {
    use SharedObjectEvent as Event;
    let name = text;
    prop_oneof![
        proptest::sample::select(vec![
            Event::Use,
            Event::Release,
            Event::Clear,
            Event::UseSuccess
        ]),
        (name(), value()).prop_map(|(name, value)| Event::RequestChange { name, value }),
        vec((name(), value()), 0..3).prop_map(Event::Change),
        vec(name(), 0..3).prop_map(Event::Success),
        vec(name(), 0..3).prop_map(Event::Remove),
        vec(value(), 0..3).prop_map(Event::SendMessage),
        (name(), name()).prop_map(|(code, level)| Event::Status { code, level }),
        name().prop_map(|name| Event::RequestRemove { name }),
        (12..=255u8, vec(any::<u8>(), 0..9)).prop_map(|(kind, data)| {
            let data = data.into();
            Event::Other { kind, data }
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn commands_round_trip(command in command(), transaction_id in number()) {
        let message = CommandMessage::new(transaction_id, command);
        for message_type in COMMANDS {
            let payload = message.to_payload(message_type);
            let format_byte = usize::from(message_type == MessageType::COMMAND_AMF3);
            prop_assert_eq!(payload.len(), message.encoded_len() + format_byte);
            let read = CommandMessage::parse(message_type, &payload, &Limits::DEFAULT);
            prop_assert_eq!(read.as_ref(), Ok(&message));
        }
    }

    /// Cut anywhere: an error, or a command with fewer arguments, which is again one.
    #[test]
    fn cut_commands_are_errors_or_shorter_commands(command in command()) {
        let whole = command.clone().with_transaction(1).to_payload(MessageType::COMMAND_AMF0);
        for end in 0..whole.len() {
            let Ok(read) =
                CommandMessage::parse(MessageType::COMMAND_AMF0, &whole[..end], &Limits::DEFAULT)
            else {
                continue;
            };
            prop_assert_eq!(read.command.name(), command.name());
            let again = read.to_payload(MessageType::COMMAND_AMF0);
            let again = CommandMessage::parse(MessageType::COMMAND_AMF0, &again, &Limits::DEFAULT);
            prop_assert_eq!(again, Ok(read));
        }
    }

    #[test]
    fn data_messages_round_trip(data in data(), set in any::<bool>()) {
        let message = if set { DataMessage::set_data_frame(data) } else { DataMessage::new(data) };
        for message_type in [MessageType::DATA_AMF0, MessageType::DATA_AMF3] {
            let payload = message.to_payload(message_type);
            prop_assert_eq!(&DataMessage::parse(message_type, &payload, &Limits::DEFAULT), &message);
        }
    }

    #[test]
    fn any_bytes_pass_through_a_data_message(bytes in vec(any::<u8>(), 0..64)) {
        let payload = Bytes::from(bytes);
        for message_type in [MessageType::DATA_AMF0, MessageType::DATA_AMF3] {
            let message = DataMessage::parse(message_type, &payload, &Limits::DEFAULT);
            let written = message.to_payload(message_type);
            if let Data::Opaque(_) = message.data
                && (message_type == MessageType::DATA_AMF0 || payload.first() == Some(&0))
            {
                prop_assert_eq!(&written, &payload);
            }
            let again = DataMessage::parse(message_type, &written, &Limits::DEFAULT);
            prop_assert_eq!(again.to_payload(message_type), written);
        }
    }

    #[test]
    fn shared_objects_round_trip(
        name in text(),
        version in any::<u32>(),
        flags in any::<u64>(),
        events in vec(event(), 0..5),
    ) {
        let mut message = SharedObjectMessage::new(name, version, SharedObjectFlags(flags));
        message.events = events;
        for message_type in [MessageType::SHARED_OBJECT_AMF0, MessageType::SHARED_OBJECT_AMF3] {
            let payload = message.to_payload(message_type);
            let limits = SharedObjectLimits::default();
            let read = SharedObjectMessage::parse(message_type, &payload, &limits);
            prop_assert_eq!(read.as_ref(), Ok(&message));
        }
    }

    #[test]
    fn no_text_upsets_urls_and_paths(url in ".{0,60}", tail in "[a-z:/?@\\[\\]%&=0-9]{0,40}") {
        for url in [url.clone(), format!("rtmp://{tail}"), format!("rtmps://h/{tail}")] {
            let Ok(parsed) = RtmpUrl::parse(&url) else { continue };
            let again = RtmpUrl::parse(&parsed.tc_url()).unwrap();
            prop_assert_eq!((&again.host, again.port()), (&parsed.host, parsed.port()));
            for segments in 0..4 {
                let _ = parsed.clone().with_app_segments(segments);
            }
        }
        let split = StreamPath::split(&tail, &url);
        prop_assert!(!split.path().starts_with('/') || split.app.is_empty());
        prop_assert!(split.parameters().count() <= tail.len() + url.len());
    }
}
