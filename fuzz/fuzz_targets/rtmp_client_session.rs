//! A client machine between a hostile server and an application that calls any verb at any time.
//!
//! The input is a script: each byte says what happens next, most of which takes more bytes.
#![no_main]

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_rtmp_chunk::amf::amf0::{Object, Value};
use castline_rtmp_chunk::chunk::{ChunkReader, ChunkWriter, MessageHeader, ReaderConfig};
use castline_rtmp_chunk::client::*;
use castline_rtmp_chunk::command::{Call, ConnectInfo, Play, Play2, Publish, PublishMode};
use castline_rtmp_chunk::{MessageType, Tag, TagType};
use libfuzzer_sys::fuzz_target;

const MAX_EVENTS: usize = 8;
const MAX_AGGREGATE: usize = 16;
const MAX_QUEUED: usize = 4096;
const MAX_UNREAD: usize = 4096;
const CODES: [&str; 14] = [
    "NetConnection.Connect.Success",
    "NetConnection.Connect.Rejected",
    "NetConnection.Connect.ReconnectRequest",
    "NetConnection.Connect.Closed",
    "NetStream.Publish.Start",
    "NetStream.Publish.BadName",
    "NetStream.Play.Start",
    "NetStream.Play.Reset",
    "NetStream.Play.Stop",
    "NetStream.Play.UnpublishNotify",
    "NetStream.Play.StreamNotFound",
    "NetStream.Seek.Notify",
    "NetStream.Pause.Notify",
    "NetStream.Play.PublishNotify",
];
const NAMES: [&str; 8] = [
    "_result",
    "_error",
    "onStatus",
    "onBWDone",
    "_onbwcheck",
    "close",
    "hello",
    "onFCPublish",
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
    client: ClientConnection,
    writer: ChunkWriter,
    now: Instant,
    input: BytesMut,
    output: BytesMut,
    streams: Vec<StreamHandle>,
    started: Vec<StreamHandle>,
    is_over: bool,
}

impl World {
    fn new(first: u8) -> Self {
        let mut config = ClientConfig::default();
        config.limits.max_queued_events = MAX_EVENTS;
        config.limits.max_aggregate_messages = MAX_AGGREGATE;
        config.limits.max_queued_bytes = MAX_QUEUED;
        config.limits.max_unread_reply_bytes = MAX_UNREAD;
        config.limits.max_streams = 4;
        config.limits.max_open_calls = 6;
        config.chunk_size = if first & 1 != 0 { 128 } else { 65_536 };
        config.send_fc_subscribe = first & 2 != 0;
        let now = castline_core::testing::start();
        Self {
            client: ClientConnection::new(config, [1; 32], now),
            writer: ChunkWriter::new(),
            now,
            input: BytesMut::new(),
            output: BytesMut::new(),
            streams: Vec::new(),
            started: Vec::new(),
            is_over: false,
        }
    }

    fn feed(&mut self) {
        let (wanted, before) = (self.client.wants_input(), self.input.len());
        self.client.handle_input(self.now, &mut self.input);
        assert!(
            wanted || self.input.len() == before,
            "took input that it did not want"
        );
        self.hear();
    }

    fn hear(&mut self) {
        let mut count = 0;
        loop {
            match self.client.poll_event() {
                Ok(Some(event)) => self.note(event),
                Ok(None) => break,
                Err(error) => {
                    assert!(self.client.is_closed() && !self.client.wants_input());
                    assert_eq!(self.client.poll_event(), Err(error));
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

    fn note(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::PublishStarted { stream, .. }
            | ClientEvent::PlayStarted { stream, .. } => {
                assert!(self.streams.contains(&stream) && !self.started.contains(&stream));
                self.started.push(stream);
            }
            ClientEvent::StreamRejected { stream, .. } => {
                assert!(self.streams.contains(&stream) && !self.started.contains(&stream));
                assert_eq!(self.client.stream_id(stream), None);
            }
            ClientEvent::Tag { stream, .. } | ClientEvent::Data { stream, .. } => {
                assert!(self.streams.contains(&stream))
            }
            _ => {}
        }
    }

    fn message(&mut self, header: &MessageHeader, payload: &[u8]) {
        let mut out = Vec::new();
        let payload = Bytes::copy_from_slice(payload);
        if self.writer.write(header, &[payload], &mut out).is_ok() {
            self.input.extend_from_slice(&out.concat());
        }
        self.feed();
    }

    fn command(&mut self, script: &mut Script<'_>) {
        let name = NAMES[usize::from(script.byte()) % NAMES.len()];
        let mut call = Call::new(name, f64::from(script.byte() % 16));
        let code = CODES[usize::from(script.byte()) % CODES.len()];
        let level = if script.byte() & 1 == 0 {
            "status"
        } else {
            "error"
        };
        let value = match script.byte() % 4 {
            0 => Value::Null,
            1 => f64::from(script.byte() % 6).into(),
            _ => Object::new().with("level", level).with("code", code).into(),
        };
        call = call.with(value);
        let stream = u32::from(script.byte() % 6);
        let header = MessageHeader::new(3, MessageType::COMMAND_AMF0, stream, 0);
        self.message(&header, &call.to_payload(MessageType::COMMAND_AMF0));
    }

    fn server(&mut self, what: u8, script: &mut Script<'_>) {
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
            2..=5 => self.command(script),
            _ => {
                let message_type = MessageType(script.byte() % 24);
                let csid = 2 + u32::from(script.byte());
                let stream = u32::from(script.byte() % 6);
                let time = u32::from(script.byte()) << (script.byte() % 32);
                let count = usize::from(script.byte());
                let payload = script
                    .bytes(count)
                    .repeat(1 + usize::from(script.byte() / 64));
                self.message(
                    &MessageHeader::new(csid, message_type, stream, time),
                    &payload,
                );
            }
        }
    }

    fn ask(&mut self, what: u8, script: &mut Script<'_>) {
        let client = &mut self.client;
        let stream = self.streams.get(usize::from(script.byte() % 4)).copied();
        match (what, stream) {
            (0, _) => {
                let _ = client.connect(&ConnectInfo::new("live", "rtmp://h/live"));
            }
            (1, _) => self
                .streams
                .extend(client.publish(Publish::new("x", PublishMode::Live))),
            (2, _) => self.streams.extend(client.play(Play::new("x"))),
            (3, Some(stream)) => {
                let tag = Tag::new(
                    TagType::Script,
                    5,
                    Bytes::from_static(b"\x02\0\x0aonMetaData\x05"),
                );
                let _ = client.send_tag(stream, &tag);
            }
            (4, Some(stream)) => {
                let _ = client.pause(stream, true, 5);
                let _ = client.seek(stream, 9);
                let _ = client.play2(stream, Play2::new(Object::new()));
            }
            (5, Some(stream)) => {
                let _ = client.close_stream(stream);
            }
            (6, _) => {
                let _ = client.call("what", vec![Value::Null]);
                let _ = client.stream_length("x");
            }
            (7, _) if script.byte() > 250 => {
                client.close();
                assert!(client.is_closed());
            }
            (8, _) if script.byte() > 250 => {
                client.handle_eof(self.now);
                assert!(client.is_closed());
            }
            (9, _) => {
                self.now += Duration::from_secs(u64::from(script.byte()));
                for _ in 0..16 {
                    if self.client.poll_timeout().is_some_and(|at| at <= self.now) {
                        self.client.handle_timeout(self.now);
                    }
                }
                assert!(
                    self.client.poll_timeout().is_none_or(|at| at > self.now),
                    "a timer that never ends"
                );
            }
            _ => self.drain(),
        }
        self.hear();
    }

    fn drain(&mut self) {
        while let Some(segment) = self.client.poll_transmit() {
            assert!(!segment.is_empty());
            self.output.extend_from_slice(&segment);
        }
        self.hear();
        self.feed();
    }

    /// All that went out is RTMP, byte for byte.
    fn finish(mut self) {
        self.hear();
        let is_ready = self.client.handshake().is_some();
        self.client.close();
        self.drain();
        assert!(!is_ready || self.client.queued_bytes() == 0);
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
            world.server((what >> 1) % 8, &mut script);
        } else {
            world.ask((what >> 1) % 11, &mut script);
        }
        // The application of this script may say more than is read.
        if world.client.queued_bytes() > 16 * MAX_QUEUED {
            world.drain();
        }
    }
    world.finish();
});
