//! A peer made by hand, and applications for both machines.
#![allow(
    dead_code,
    clippy::wildcard_enum_match_arm,
    unreachable_pub,
    reason = "each test file uses its part"
)]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_core::testing::start;
use castline_rtmp_chunk::amf::Limits;
use castline_rtmp_chunk::amf::amf0::{Object, Value};
use castline_rtmp_chunk::chunk::{ChunkReader, ChunkWriter, MessageHeader, ReaderConfig};
use castline_rtmp_chunk::command::{Call, Command, CommandMessage};
use castline_rtmp_chunk::control::ControlMessage;
use castline_rtmp_chunk::server::{ServerConfig, ServerConnection, ServerEvent};
use castline_rtmp_chunk::session::ConnectionError;
use castline_rtmp_chunk::{Message, MessageType, Tag, TagType};

pub const SEED: [u8; 32] = [7; 32];

pub fn audio(timestamp: u32, body: impl Into<Bytes>) -> Tag {
    Tag::new(TagType::Audio, timestamp, body.into())
}

pub fn video(timestamp: u32, body: impl Into<Bytes>) -> Tag {
    Tag::new(TagType::Video, timestamp, body.into())
}

/// `onMetaData` with a width.
pub fn metadata() -> Tag {
    let mut body = BytesMut::new();
    Value::from("onMetaData").encode(&mut body);
    Value::from(Object::new().with("width", 640.0)).encode(&mut body);
    Tag::new(TagType::Script, 0, body.freeze())
}

/// The bytes of a client, made by hand.
pub struct Raw {
    pub bytes: BytesMut,
    writer: ChunkWriter,
}

impl Default for Raw {
    fn default() -> Self {
        Self::new()
    }
}

impl Raw {
    /// C0, C1 and C2 of a simple handshake: nobody insists on a right C2.
    pub fn new() -> Self {
        let mut bytes = BytesMut::from(&[3u8][..]);
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&[0x55; 1528 + 1536]);
        Self {
            bytes,
            writer: ChunkWriter::new(),
        }
    }

    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub fn chunk_size(mut self, size: u32) -> Self {
        let mut out = Vec::new();
        self.writer.announce_chunk_size(size, &mut out);
        self.raw(&out.concat())
    }

    pub fn control(self, control: ControlMessage) -> Self {
        let message = control.to_message();
        self.message(&message)
    }

    pub fn message(mut self, message: &Message) -> Self {
        let mut out = Vec::new();
        self.writer.write_message(message, &mut out).unwrap();
        self.raw(&out.concat())
    }

    pub fn media(mut self, csid: u32, tag: &Tag) -> Self {
        let header = MessageHeader::new(csid, MessageType(tag.tag_type as u8), 1, tag.timestamp);
        let mut out = Vec::new();
        self.writer
            .write(
                &header,
                &[tag.header.clone(), tag.payload.clone()],
                &mut out,
            )
            .unwrap();
        self.raw(&out.concat())
    }

    /// A command on chunk stream 3.
    pub fn call(self, stream: u32, call: Call) -> Self {
        self.call_on(3, stream, call)
    }

    pub fn call_on(self, csid: u32, stream: u32, call: Call) -> Self {
        let message = call.to_message(csid, stream);
        self.message(&message)
    }

    /// `connect` to an application.
    pub fn connect(self, app: &str) -> Self {
        let object = Object::new()
            .with("app", app)
            .with("type", "nonprivate")
            .with("tcUrl", format!("rtmp://127.0.0.1/{app}"));
        self.call(0, Call::new("connect", 1.0).with_command_object(object))
    }

    pub fn create_stream(self, transaction: f64) -> Self {
        self.call(0, Call::new("createStream", transaction))
    }

    pub fn publish(self, name: &str) -> Self {
        self.call(1, Call::new("publish", 5.0).with(name).with("live"))
    }

    pub fn play(self, name: &str) -> Self {
        self.call(1, Call::new("play", 0.0).with(name))
    }

    /// What was said since the last time.
    pub fn take(&mut self) -> BytesMut {
        self.bytes.split()
    }
}

/// A server machine with an application that answers as it is told, and what comes out.
pub struct Server {
    pub machine: ServerConnection,
    pub now: Instant,
    pub input: BytesMut,
    pub events: VecDeque<ServerEvent>,
    pub error: Option<ConnectionError>,
    output: BytesMut,
    handshake_left: usize,
    reader: ChunkReader,
}

impl Server {
    pub fn new(config: ServerConfig) -> Self {
        let now = start();
        let mut reader = ReaderConfig::default();
        reader.chunk_size = 128;
        Self {
            machine: ServerConnection::new(config, SEED, now),
            now,
            input: BytesMut::new(),
            events: VecDeque::new(),
            error: None,
            output: BytesMut::new(),
            handshake_left: 1 + 2 * 1536,
            reader: ChunkReader::new(reader),
        }
    }

    /// With a client that has connected, created stream 1 and published `cam`; what was said is dropped.
    pub fn publishing(config: ServerConfig) -> (Self, Raw) {
        let mut server = Self::new(config);
        let mut raw = Raw::new().connect("live").create_stream(2.0).publish("cam");
        server.feed_accepting(&raw.take());
        server.messages();
        server.events.clear();
        (server, raw)
    }

    /// With a client that plays `cam`; what was said is dropped.
    pub fn playing(config: ServerConfig) -> (Self, Raw) {
        let mut server = Self::new(config);
        let mut raw = Raw::new().connect("live").create_stream(2.0).play("cam");
        server.feed_accepting(&raw.take());
        server.messages();
        server.events.clear();
        (server, raw)
    }

    /// Feeds, and takes the events; requests wait.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        self.go_on();
    }

    pub fn go_on(&mut self) {
        self.machine.handle_input(self.now, &mut self.input);
        self.hear();
    }

    pub fn hear(&mut self) {
        while self.error.is_none() {
            match self.machine.poll_event() {
                Ok(Some(event)) => self.events.push_back(event),
                Ok(None) => break,
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// Feeds, and grants everything.
    pub fn feed_accepting(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        loop {
            let (before, count) = (self.input.len(), self.events.len());
            self.go_on();
            for event in self.events.iter().skip(count) {
                accept(&mut self.machine, event);
            }
            if self.input.len() == before && self.events.len() == count {
                return;
            }
        }
    }

    pub fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.machine.handle_timeout(self.now);
            self.hear();
        }
        self.now = end;
    }

    /// What was sent since the last time.
    pub fn messages(&mut self) -> Vec<Message> {
        while let Some(segment) = self.machine.poll_transmit() {
            assert!(!segment.is_empty());
            self.output.extend_from_slice(&segment);
        }
        let handshake = self.handshake_left.min(self.output.len());
        self.handshake_left -= handshake;
        let _ = self.output.split_to(handshake);
        let mut messages = Vec::new();
        while let Some(message) = self.reader.decode(&mut self.output).unwrap() {
            messages.push(message);
        }
        assert!(self.output.is_empty());
        messages
    }

    /// The same in words: `name` or `name code`, with `@stream` where it is not 0.
    pub fn said(&mut self) -> Vec<String> {
        self.messages().iter().map(in_words).collect()
    }
}

/// Grants a request.
pub fn accept(machine: &mut ServerConnection, event: &ServerEvent) {
    match event {
        ServerEvent::Connect(request) => machine.accept(request.id).unwrap(),
        ServerEvent::Publish(request) => machine.accept(request.id).unwrap(),
        ServerEvent::Play(request) => machine.accept(request.id).unwrap(),
        _ => {}
    }
}

pub fn commands(messages: &[Message]) -> Vec<CommandMessage> {
    messages.iter().filter_map(command_of).collect()
}

fn command_of(message: &Message) -> Option<CommandMessage> {
    let types = [MessageType::COMMAND_AMF0, MessageType::COMMAND_AMF3];
    types.contains(&message.message_type).then(|| {
        CommandMessage::parse(message.message_type, &message.payload, &Limits::DEFAULT).unwrap()
    })
}

pub fn in_words(message: &Message) -> String {
    let words = if let Some(control) = ControlMessage::parse(message).unwrap() {
        return format!("{control:?}");
    } else if let Some(command) = command_of(message) {
        let call = command.to_call();
        let code = match &command.command {
            Command::OnStatus(status) | Command::OnFcPublish(status) => {
                Some(status.code.to_string())
            }
            Command::Result(reply) | Command::Error(reply) => reply
                .as_status()
                .map(|status| status.code.to_string())
                .or_else(|| reply.as_number().map(|number| number.to_string())),
            _ => None,
        };
        match code {
            Some(code) => format!("{} {code}", call.name),
            None => call.name.to_string(),
        }
    } else if message.message_type == MessageType::DATA_AMF0 {
        let values = Value::parse_all(&message.payload, &Limits::DEFAULT).unwrap();
        format!("data {}", values[0].as_str().unwrap())
    } else {
        format!("type {} at {}", message.message_type.0, message.timestamp)
    };
    match message.stream_id {
        0 => words,
        stream => format!("{words} @{stream}"),
    }
}
