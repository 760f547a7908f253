//! Command messages, data messages, shared objects, and the texts in them (URLs, paths, authentication) read from
//! anything; what is read is written, and what is written is read as the same.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use castline_rtmp_chunk::MessageType;
use castline_rtmp_chunk::amf::Limits;
use castline_rtmp_chunk::command::auth::{AuthMode, AuthRejection, Authenticator, ClientAuth, Verdict};
use castline_rtmp_chunk::command::{Command, CommandMessage, RtmpUrl, StreamPath};
use castline_rtmp_chunk::data::{Data, DataMessage, SharedObjectLimits, SharedObjectMessage, frame};
use libfuzzer_sys::fuzz_target;

fn command(message_type: MessageType, data: &[u8], limits: &Limits) {
    let Ok(message) = CommandMessage::parse(message_type, data, limits) else { return };
    let payload = message.to_payload(message_type);
    assert_eq!(payload.len(), message.encoded_len() + usize::from(message_type == MessageType::COMMAND_AMF3));
    let again = CommandMessage::parse(message_type, &payload, &Limits::DEFAULT).expect("what was written");
    // NaN is not equal to itself: compare what is written.
    assert_eq!(again.to_payload(message_type), payload);
    match &message.command {
        Command::Connect(info) => {
            let _ = (info.app(), info.tc_url(), info.capabilities(), info.object_encoding(), info.fpad());
            paths(info.app(), info.tc_url().unwrap_or_default());
        }
        Command::Publish(publish) => paths("live", &publish.stream_name),
        Command::Play(play) => paths(&play.stream_name, &play.stream_name),
        Command::Play2(play) => paths(play.stream_name(), play.old_stream_name().unwrap_or_default()),
        Command::Result(reply) | Command::Error(reply) => {
            let _ = (reply.as_stream_id(), reply.as_number());
            if let Some(connect) = reply.as_connect() {
                let _ = (connect.capabilities(), connect.fms_version(), connect.status.as_reconnect_request());
                client_auth(&connect.status.description);
            }
        }
        _ => {}
    }
}

fn paths(app: &str, name: &str) {
    let split = StreamPath::split(app, name);
    let _ = (split.path(), split.parameter("key"), split.parameters().count());
    for text in [app, name] {
        let Ok(url) = RtmpUrl::parse(text) else { continue };
        let again = RtmpUrl::parse(&url.tc_url()).expect("a tcUrl");
        assert_eq!((again.host, again.port), (url.host.clone(), url.port.filter(|port| *port != url.scheme.default_port())));
        let _ = url.with_app_segments(2);
    }
    for mode in [AuthMode::Adobe, AuthMode::Llnw] {
        let mut server = Authenticator::new(mode, [1; 32]);
        let verdict = server.check(Duration::from_secs(9), app, |_| Some("secret".into()));
        if let Verdict::Rejected(rejection) = verdict {
            client_auth(&rejection.to_string());
        }
    }
}

fn client_auth(description: &str) {
    let _ = AuthRejection::parse(description);
    let mut client = ClientAuth::new("ann", "secret", [2; 32]);
    while client.answer("live", description).is_ok() {}
}

fn data_message(message_type: MessageType, payload: &Bytes, limits: &Limits) {
    let message = DataMessage::parse(message_type, payload, limits);
    let written = message.to_payload(message_type);
    let again = DataMessage::parse(message_type, &written, &Limits::DEFAULT);
    if let Data::Metadata(metadata) = &message.data {
        let _ = (metadata.video_codec(), metadata.audio_codec(), metadata.audio_channels(), metadata.video_track(1));
    }
    if !matches!(message.data, Data::Opaque(_)) {
        assert_eq!(again.to_payload(message_type), written);
        // Publishing is putting one prefix on, whatever it is.
        let script = frame::to_script(message_type, payload);
        let published = Bytes::from(frame::to_publish(&script).concat());
        let _ = frame::to_script(MessageType::DATA_AMF0, &published);
    }
    let _ = frame::name(message_type, payload);
}

fn shared_object(message_type: MessageType, data: &[u8], limits: &SharedObjectLimits) {
    if let Ok(message) = SharedObjectMessage::parse(message_type, data, limits) {
        let payload = message.to_payload(message_type);
        let again = SharedObjectMessage::parse(message_type, &payload, &SharedObjectLimits::default());
        assert_eq!(again.expect("what was written").to_payload(message_type), payload);
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, data)) = data.split_first() else { return };
    let mut limits = Limits::DEFAULT;
    let mut shared = SharedObjectLimits::default();
    if first & 0x80 != 0 {
        limits = limits.with_max_depth(3).with_max_nodes(16).with_max_bytes(64);
        shared.max_events = 3;
        shared.values = limits;
    }
    let payload = Bytes::copy_from_slice(data);
    match first & 0x07 {
        0 => command(MessageType::COMMAND_AMF0, data, &limits),
        1 => command(MessageType::COMMAND_AMF3, data, &limits),
        2 => data_message(MessageType::DATA_AMF0, &payload, &limits),
        3 => data_message(MessageType::DATA_AMF3, &payload, &limits),
        4 => shared_object(MessageType::SHARED_OBJECT_AMF0, data, &shared),
        5 => shared_object(MessageType::SHARED_OBJECT_AMF3, data, &shared),
        _ => {
            if let Ok(text) = std::str::from_utf8(data) {
                let (app, name) = text.split_once('\n').unwrap_or((text, ""));
                paths(app, name);
                client_auth(text);
            }
        }
    }
});
