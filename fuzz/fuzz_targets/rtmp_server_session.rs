//! A server machine between a hostile client and an application that answers anything at any time.
//!
//! The input is a script: each byte says what happens next, most of which takes more bytes. The client sends sound
//! and unsound messages, whole and in part, and raw bytes; the application answers, sends, and is slow.
#![no_main]

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_rtmp_chunk::amf::amf0::{Object, Value};
use castline_rtmp_chunk::chunk::{
    ChunkReader, ChunkWriter, MessageHeader, ReaderConfig, SharedMessage,
};
use castline_rtmp_chunk::command::{Call, Status, StatusCode};
use castline_rtmp_chunk::server::*;
use castline_rtmp_chunk::{MessageType, Tag, TagType};
use libfuzzer_sys::fuzz_target;

const MAX_QUEUED: usize = 4096;
const MAX_UNREAD: usize = 4096;
const MAX_EVENTS: usize = 8;
const MAX_AGGREGATE: usize = 16;
const NAMES: [&str; 24] = [
    "connect",
    "createStream",
    "publish",
    "play",
    "deleteStream",
    "closeStream",
    "FCPublish",
    "FCUnpublish",
    "releaseStream",
    "FCSubscribe",
    "getStreamLength",
    "pause",
    "seek",
    "receiveAudio",
    "receiveVideo",
    "play2",
    "_checkbw",
    "close",
    "_result",
    "onStatus",
    "what",
    "pauseRaw",
    "FCUnsubscribe",
    "_error",
];

struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

struct World {
    server: ServerConnection,
    writer: ChunkWriter,
    now: Instant,
    input: BytesMut,
    waiting: Vec<ServerEvent>,
    streams: Vec<StreamId>,
    living: Vec<(StreamId, Role)>,
    output: BytesMut,
    is_over: bool,
}

impl World {
    fn new(first: u8) -> Self {
        let mut config = ServerConfig::default();
        config.limits.max_queued_bytes = MAX_QUEUED;
        config.limits.max_unread_reply_bytes = MAX_UNREAD;
        config.limits.max_queued_events = MAX_EVENTS;
        config.limits.max_aggregate_messages = MAX_AGGREGATE;
        config.limits.max_streams = 4;
        config.limits.max_open_calls = 4;
        config.chunk_size = if first & 1 != 0 { 128 } else { 65_536 };
        if first & 2 != 0 {
            config.acknowledgements = Acknowledgements::Required;
            config.window_bytes = 1000;
        }
        let now = castline_core::testing::start();
        Self {
            server: ServerConnection::new(config, [1; 32], now),
            writer: ChunkWriter::new(),
            now,
            input: BytesMut::new(),
            waiting: Vec::new(),
            streams: Vec::new(),
            living: Vec::new(),
            output: BytesMut::new(),
            is_over: false,
        }
    }

    fn feed(&mut self) {
        let (wanted, before) = (self.server.wants_input(), self.input.len());
        self.server.handle_input(self.now, &mut self.input);
        assert!(
            wanted || self.input.len() == before,
            "took input that it did not want"
        );
        self.hear();
    }

    fn hear(&mut self) {
        let mut count = 0;
        loop {
            match self.server.poll_event() {
                Ok(Some(event)) => self.note(event),
                Ok(None) => break,
                Err(error) => {
                    assert!(self.server.is_closed() && !self.server.wants_input());
                    assert_eq!(self.server.poll_event(), Err(error));
                    assert!(self.living.is_empty(), "streams that nobody closed");
                    self.is_over = true;
                    break;
                }
            }
            count += 1;
            assert!(
                count <= MAX_EVENTS + MAX_AGGREGATE + 8,
                "events without bound"
            );
        }
    }

    fn note(&mut self, event: ServerEvent) {
        match &event {
            ServerEvent::Publish(publish) => self.streams.push(publish.stream),
            ServerEvent::Play(play) => self.streams.push(play.stream),
            ServerEvent::StreamClosed { stream, role, .. } => {
                let at = self
                    .living
                    .iter()
                    .position(|living| *living == (*stream, *role));
                self.living
                    .remove(at.expect("a stream that was never open was closed"));
            }
            ServerEvent::Tag { stream, .. } | ServerEvent::Data { stream, .. } => {
                assert!(self.living.contains(&(*stream, Role::Publisher)));
            }
            ServerEvent::Pause { stream, .. } | ServerEvent::Seek { stream, .. } => {
                assert!(self.living.contains(&(*stream, Role::Player)));
            }
            _ => {}
        }
        if matches!(
            event,
            ServerEvent::Connect(_)
                | ServerEvent::Publish(_)
                | ServerEvent::Play(_)
                | ServerEvent::Call { .. }
                | ServerEvent::StreamLength { .. }
        ) {
            self.waiting.push(event);
        }
    }

    fn live(&mut self, stream: StreamId, role: Role) {
        if !self.living.contains(&(stream, role)) {
            self.living.push((stream, role));
        }
        assert_eq!(self.server.role(stream), Some(role));
    }

    /// What the application answers: mostly yes.
    fn answer(&mut self, how: u8) {
        let Some(event) = self.waiting.pop() else {
            return;
        };
        let is_refused = how == 0;
        let code = StatusCode::NET_STREAM_FAILED;
        match event {
            ServerEvent::Connect(connect) if is_refused => {
                let _ = self.server.reject(connect.id, code, "no");
            }
            ServerEvent::Connect(connect) => {
                let _ = self.server.accept(connect.id);
            }
            ServerEvent::Publish(publish) if is_refused => {
                let _ = self.server.reject(publish.id, code, "no");
            }
            ServerEvent::Publish(publish) => {
                assert!(self.server.accept_recorded(publish.id).is_err());
                if self.server.accept(publish.id).is_ok() {
                    self.live(publish.stream, Role::Publisher);
                }
            }
            ServerEvent::Play(play) if is_refused => {
                let _ = self.server.reject(play.id, code, "no");
            }
            ServerEvent::Play(play) => {
                if self.server.accept_recorded(play.id).is_ok() {
                    self.live(play.stream, Role::Player);
                }
            }
            ServerEvent::Call { id: Some(id), .. } => {
                let _ = self.server.result(id, 1.0);
                assert!(self.server.result(id, 1.0).is_err());
            }
            ServerEvent::StreamLength { id, .. } => {
                let _ = self.server.reply_length(id, 2.0);
            }
            _ => {}
        }
        self.hear();
        self.feed();
    }

    fn message(&mut self, header: &MessageHeader, payload: &[u8], cut: usize) {
        let mut out = Vec::new();
        let payload = Bytes::copy_from_slice(payload);
        if self.writer.write(header, &[payload], &mut out).is_ok() {
            let bytes = out.concat();
            let kept = bytes.len().saturating_sub(cut);
            self.input.extend_from_slice(&bytes[..kept]);
        }
        self.feed();
    }

    fn command(&mut self, script: &mut Script<'_>) {
        let name = NAMES[usize::from(script.byte()) % NAMES.len()];
        let mut call = Call::new(name, f64::from(script.byte() % 8));
        if name == "connect" {
            let object = Object::new().with("app", "live/?a=b").with("capsEx", 1.0);
            call = call
                .with_command_object(object.with("objectEncoding", f64::from(script.byte() % 4)));
        }
        for _ in 0..script.byte() % 4 {
            let value = match script.byte() % 6 {
                0 => Value::Null,
                1 => f64::from(script.byte()).into(),
                2 => (script.byte() & 1 != 0).into(),
                3 => Value::from(Object::new().with("streamName", "x")),
                _ => String::from_utf8_lossy(script.bytes(3)).into_owned().into(),
            };
            call = call.with(value);
        }
        let stream = u32::from(script.byte() % 6);
        let message_type = match script.byte() % 4 {
            0 => MessageType::COMMAND_AMF3,
            _ => MessageType::COMMAND_AMF0,
        };
        let header = MessageHeader::new(3, message_type, stream, 0);
        self.message(&header, &call.to_payload(message_type), 0);
    }

    fn client(&mut self, what: u8, script: &mut Script<'_>) {
        match what {
            0 => {
                let count = usize::from(script.byte());
                self.input.extend_from_slice(script.bytes(count));
                self.feed();
            }
            1 => {
                self.input.extend_from_slice(&[3; 1537]);
                self.input.extend_from_slice(&[0; 1536]);
                self.feed();
            }
            2..=4 => self.command(script),
            5 | 6 => {
                let message_type = MessageType(script.byte() % 24);
                let csid = 2 + u32::from(script.byte());
                let stream = u32::from(script.byte() % 6);
                let time = u32::from(script.byte()) << (script.byte() % 32);
                let cut = usize::from(script.byte() / 200);
                let count = usize::from(script.byte());
                let payload = script
                    .bytes(count)
                    .repeat(1 + usize::from(script.byte() / 64));
                self.message(
                    &MessageHeader::new(csid, message_type, stream, time),
                    &payload,
                    cut,
                );
            }
            _ => {
                let size = 1 + u32::from(script.byte()) * 16;
                let mut out = Vec::new();
                self.writer.announce_chunk_size(size, &mut out);
                self.input.extend_from_slice(&out.concat());
                self.feed();
            }
        }
    }

    fn happen(&mut self, what: u8, script: &mut Script<'_>) {
        match what {
            0..=3 => self.answer(script.byte() % 8),
            4 => {
                self.now += Duration::from_secs(u64::from(script.byte()));
                for _ in 0..16 {
                    if self.server.poll_timeout().is_some_and(|at| at <= self.now) {
                        self.server.handle_timeout(self.now);
                    }
                }
                assert!(
                    self.server.poll_timeout().is_none_or(|at| at > self.now),
                    "a timer that never ends"
                );
                self.hear();
            }
            5 => self.drain(),
            6 => self.send(script),
            7 => self.say(script),
            8 if script.byte() > 250 => {
                self.server.handle_eof(self.now);
                assert!(self.server.is_closed() && !self.server.wants_input());
                self.hear();
            }
            9 if script.byte() > 250 => {
                self.server.close(CloseReason::Kicked);
                assert!(self.server.is_closed());
                self.hear();
            }
            _ => {}
        }
    }

    fn send(&mut self, script: &mut Script<'_>) {
        let length = usize::from(script.byte()) * 10;
        let time = u32::from(script.byte()) << (script.byte() % 32);
        for index in 0..self.living.len() {
            let (stream, role) = self.living[index];
            let body = Bytes::from(vec![7; length]);
            let tag = Tag::new(TagType::Video, time, body.clone())
                .with_header(Bytes::from_static(b"\x27\x01"));
            let sent = self.server.send_tag(stream, &tag);
            assert!(role == Role::Player || sent.is_err());
            let header = MessageHeader::new(6, MessageType::VIDEO, 1, time);
            let shared = SharedMessage::new(&header, &[body], 128).expect("it is short");
            let _ = self.server.send_shared(stream, &shared);
        }
    }

    fn say(&mut self, script: &mut Script<'_>) {
        let Some(stream) = self.streams.last().copied() else {
            return;
        };
        let server = &mut self.server;
        let _ = match script.byte() % 10 {
            0 => server.notify_paused(stream),
            1 => server.notify_resumed(stream),
            2 => server.notify_seek(stream, 5),
            3 => server.refuse_seek(stream, "no"),
            4 => server.notify_complete(stream, 1.0),
            5 => server.notify_unpublished(stream),
            6 => server.close_stream(stream, &Status::new(StatusCode::NET_STREAM_FAILED, "x")),
            7 => server.reconnect_request(Some("rtmp://a/b"), "x").map(drop),
            8 => server.notify("hello", vec![Value::Null]),
            _ => server.send_data(stream, &["onTextData".into()]),
        };
        self.hear();
        // The application says no more than is read.
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(segment) = self.server.poll_transmit() {
            assert!(!segment.is_empty());
            self.output.extend_from_slice(&segment);
        }
        self.hear();
        self.feed();
    }

    /// All that went out is RTMP, byte for byte.
    fn finish(mut self) {
        self.hear();
        if !self.server.is_closed() {
            self.server.close(CloseReason::Shutdown);
        }
        self.hear();
        self.drain();
        assert_eq!(self.server.queued_bytes(), 0);
        assert!(self.living.is_empty());
        let handshake = self.output.len().min(1 + 2 * 1536);
        let mut output = self.output.split_off(handshake);
        let mut reader = ChunkReader::new(ReaderConfig::default());
        while reader.decode(&mut output).expect("sound output").is_some() {}
        assert!(output.is_empty());
    }
}

fuzz_target!(|data: &[u8]| {
    let mut script = Script(data);
    let mut world = World::new(script.byte());
    while !script.0.is_empty() && !world.is_over {
        let what = script.byte();
        if what & 1 == 0 {
            world.client((what >> 1) % 8, &mut script);
        } else {
            world.happen((what >> 1) % 10, &mut script);
        }
        let bound = 8 * MAX_QUEUED + 4 * MAX_UNREAD + 64 * 1024;
        assert!(world.server.queued_bytes() < bound);
    }
    world.finish();
});
