//! The machine: bytes and time in, events and bytes out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use castline_core::Machine;

use super::stream::{ClientStream, OpenCall, Progress};
use super::{ClientConfig, ClientEvent, StreamEnd, StreamHandle};
use crate::handshake::ClientHandshake;
use crate::session::{
    Beginning, ConnectionError, Events, Handshaken, Heard, Media, Phase, StreamEvent, StreamId,
    Wire, WireOptions, after, split,
};
use crate::{Message, MessageType};

/// The client's end of one RTMP connection: publisher, player, or both; see the [module](super)'s page.
#[derive(Debug)]
pub struct ClientConnection {
    pub(super) config: Arc<ClientConfig>,
    pub(super) wire: Wire,
    pub(super) streams: Vec<ClientStream>,
    pub(super) calls: VecDeque<OpenCall>,
    pub(super) events: Events<ClientEvent>,
    pub(super) life: Life,
    pub(super) connecting: Connecting,
    /// The time of the last `handle_*`.
    pub(super) now: Instant,
    pub(super) last_transaction: u32,
    pub(super) last_handle: u32,
    pub(super) amf3: bool,
    stats: ClientStats,
}

/// Whether it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Open,
    Closed,
    Failed(ConnectionError),
}

/// How far `connect` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connecting {
    NotYet,
    /// Sent, or to be sent behind the handshake; when it must have been answered.
    Asked(Option<Instant>),
    Done,
}

/// Counters of what no event is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientStats {
    /// Messages read, without protocol control.
    pub messages: u64,
    /// Messages of types that nobody knows, on streams that are not open, or that could not be read; they are
    /// dropped.
    pub ignored_messages: u64,
    /// Bytes taken from the server, those of the handshake included.
    pub received_bytes: u64,
    /// Bytes handed out to be sent, those of the handshake included.
    pub sent_bytes: u64,
    /// The last that the server acknowledged, as a count of all bytes; 0 when it never did.
    pub acknowledged_bytes: u64,
}

impl ClientConnection {
    /// A connection that was made. The handshake begins at once; [`connect`](Self::connect) may be called at once,
    /// too.
    ///
    /// `seed` must be random: the handshake's packets come from it.
    #[must_use]
    pub fn new(config: impl Into<Arc<ClientConfig>>, seed: [u8; 32], now: Instant) -> Self {
        let config = config.into();
        let beginning = Beginning::client(ClientHandshake::new(config.handshake, seed, 0));
        let options = WireOptions {
            chunks: config.chunks,
            max_queued_bytes: config.limits.max_queued_bytes,
            window_bytes: config.window_bytes,
            acknowledgements: config.acknowledgements,
            handshake_timeout: config.handshake_timeout,
            ping_interval: config.ping_interval,
            ping_timeout: config.ping_timeout,
        };
        Self {
            wire: Wire::new(beginning, options, now),
            streams: Vec::new(),
            calls: VecDeque::new(),
            events: Events::new(),
            life: Life::Open,
            connecting: Connecting::NotYet,
            now,
            last_transaction: 0,
            last_handle: 0,
            amf3: false,
            stats: ClientStats::default(),
            config,
        }
    }

    /// How far the connection has come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        let is_open = |play: bool| {
            self.streams
                .iter()
                .any(|stream| stream.purpose.is_play() == play)
        };
        if !self.wire.is_ready() {
            Phase::Handshake
        } else if self.connecting != Connecting::Done {
            Phase::Connect
        } else if is_open(false) {
            Phase::Publishing
        } else if is_open(true) {
            Phase::Playing
        } else {
            Phase::Idle
        }
    }

    /// The message stream that the server gave a stream; `None` before.
    #[must_use]
    pub fn stream_id(&self, stream: StreamHandle) -> Option<StreamId> {
        let stream = self.stream(stream)?;
        Some(stream.id).filter(|id| *id != StreamId::CONNECTION)
    }

    /// How the handshake went, once it is done.
    #[must_use]
    pub fn handshake(&self) -> Option<Handshaken> {
        self.wire.handshaken()
    }

    /// The chunk size that is sent with, which shared messages must be made for.
    #[must_use]
    pub fn chunk_size(&self) -> u32 {
        self.wire.chunk_size()
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> ClientStats {
        let bytes = self.wire.counted();
        ClientStats {
            received_bytes: bytes.received,
            sent_bytes: bytes.sent,
            acknowledged_bytes: bytes.acknowledged,
            ..self.stats
        }
    }

    pub(super) fn stream(&self, handle: StreamHandle) -> Option<&ClientStream> {
        self.streams.iter().find(|stream| stream.handle == handle)
    }

    pub(super) fn stream_mut(&mut self, handle: StreamHandle) -> Option<&mut ClientStream> {
        self.streams
            .iter_mut()
            .find(|stream| stream.handle == handle)
    }

    /// The stream that a message of this number belongs to; where there is only one, whatever the number, as some
    /// servers number everything 0.
    pub(super) fn heard_on(&self, number: u32) -> Option<StreamHandle> {
        let mut open = self
            .streams
            .iter()
            .filter(|stream| stream.id != StreamId::CONNECTION);
        let by_number = open.clone().find(|stream| stream.id.0 == number);
        let only = match (open.next(), open.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) | (None, _) => None,
        };
        by_number.or(only).map(|stream| stream.handle)
    }

    fn handle_heard(&mut self, heard: Heard) -> Result<(), ConnectionError> {
        match heard {
            Heard::Ready => {
                if let Connecting::Asked(deadline) = &mut self.connecting {
                    *deadline = Some(after(self.now, self.config.response_timeout));
                }
            }
            Heard::Stream { stream, event } => self.handle_stream_event(stream, event),
            // What clients tell their servers.
            Heard::BufferLength { .. } | Heard::SwfVerified(_) => {}
            Heard::Message(message) => {
                self.stats.messages = self.stats.messages.saturating_add(1);
                return self.handle_message(message);
            }
        }
        Ok(())
    }

    fn handle_stream_event(&mut self, id: StreamId, event: StreamEvent) {
        let stream = self.streams.iter().find(|stream| stream.id == id);
        let Some(stream) = stream.filter(|_| id != StreamId::CONNECTION) else {
            return;
        };
        let stream = stream.handle;
        match event {
            StreamEvent::Eof => self.events.push(ClientEvent::StreamEnded {
                stream,
                how: StreamEnd::Eof,
            }),
            StreamEvent::Recorded => self.events.push(ClientEvent::Recorded { stream }),
            // What follows says the same.
            StreamEvent::Begin | StreamEvent::Dry => {}
        }
    }

    fn handle_message(&mut self, message: Message) -> Result<(), ConnectionError> {
        match message.message_type {
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => {
                return self.handle_command(&message);
            }
            MessageType::SHARED_OBJECT_AMF0 | MessageType::SHARED_OBJECT_AMF3 => {
                let bytes = message.payload.len();
                let event = ClientEvent::SharedObject { message };
                self.events.push_weighed(event, bytes);
            }
            MessageType::AUDIO
            | MessageType::VIDEO
            | MessageType::DATA_AMF0
            | MessageType::DATA_AMF3
            | MessageType::AGGREGATE => self.handle_media(message),
            _ => self.ignore(),
        }
        Ok(())
    }

    fn handle_media(&mut self, message: Message) {
        let playing = self.heard_on(message.stream_id);
        let playing = playing.filter(|handle| {
            let stream = self.stream(*handle);
            stream.is_some_and(|stream| stream.purpose.is_play())
        });
        let Some(stream) = playing else {
            return self.ignore();
        };
        let (media, is_whole) = split(message, &self.config.limits);
        if !is_whole {
            self.ignore();
        }
        for media in media {
            let bytes = media.len();
            let event = match media {
                Media::Tag(tag) => ClientEvent::Tag { stream, tag },
                Media::Data(tag) if self.is_complete(&tag) => ClientEvent::StreamEnded {
                    stream,
                    how: StreamEnd::Complete,
                },
                Media::Data(tag) => ClientEvent::Data { stream, tag },
            };
            self.events.push_weighed(event, bytes);
        }
    }

    pub(super) const fn ignore(&mut self) {
        self.stats.ignored_messages = self.stats.ignored_messages.saturating_add(1);
    }

    /// Ends everything; the error comes after the events.
    fn fail(&mut self, error: ConnectionError) {
        self.forget();
        self.life = Life::Failed(error);
    }

    pub(super) fn forget(&mut self) {
        self.streams.clear();
        self.calls.clear();
    }

    fn is_held(&self) -> bool {
        !self.events.has_room(&self.config.limits)
    }

    /// The earliest deadline of an answer, and what it would answer.
    fn deadline(&self) -> Option<(Instant, &'static str)> {
        let connecting = match self.connecting {
            Connecting::Asked(deadline) => deadline.map(|at| (at, "connect")),
            Connecting::NotYet | Connecting::Done => None,
        };
        let streams = self.streams.iter().filter_map(|stream| {
            let command = match stream.progress {
                Progress::Creating | Progress::Abandoned => "createStream",
                Progress::Waiting | Progress::Starting | Progress::Started => {
                    stream.purpose.command()
                }
            };
            Some((stream.deadline?, command))
        });
        connecting.into_iter().chain(streams).min()
    }

    /// It is we who do not read.
    fn excuse(&mut self) {
        let later = after(self.now, self.config.response_timeout);
        self.wire.excuse(self.now);
        if let Connecting::Asked(Some(deadline)) = &mut self.connecting {
            *deadline = later;
        }
        for stream in &mut self.streams {
            if let Some(deadline) = &mut stream.deadline {
                *deadline = later;
            }
        }
    }
}

impl Machine for ClientConnection {
    type Event = ClientEvent;
    type Error = ConnectionError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.now = now;
        while self.wants_input() {
            let heard = self.wire.decode(now, self.phase(), input);
            match heard.and_then(|heard| heard.map(|heard| self.handle_heard(heard)).transpose()) {
                Ok(Some(())) => {}
                Ok(None) => return,
                Err(error) => self.fail(error),
            }
        }
    }

    /// In order while no stream is open; otherwise the server is `Lost`.
    fn handle_eof(&mut self, now: Instant) {
        self.now = now;
        if self.life != Life::Open {
            return;
        }
        let phase = self.phase();
        self.forget();
        self.life = match phase {
            Phase::Idle => Life::Closed,
            Phase::Handshake | Phase::Connect | Phase::Publishing | Phase::Playing => {
                Life::Failed(ConnectionError::Lost { phase })
            }
        };
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        if self.life != Life::Open {
            return;
        }
        if self.is_held() {
            return self.excuse();
        }
        if let Err(error) = self.wire.handle_timeout(now) {
            return self.fail(error);
        }
        if let Some((_, command)) = self.deadline().filter(|(at, _)| *at <= now) {
            let after = self.config.response_timeout;
            self.fail(ConnectionError::ResponseTimeout { command, after });
        }
    }

    fn poll_event(&mut self) -> Result<Option<ClientEvent>, ConnectionError> {
        match (self.events.pop(), &self.life) {
            (Some(event), _) => Ok(Some(event)),
            (None, Life::Failed(error)) => Err(error.clone()),
            (None, Life::Open | Life::Closed) => Ok(None),
        }
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        let segment = self.wire.pop(self.life == Life::Open);
        if self.wire.take_writable() && self.life == Life::Open {
            self.events.push(ClientEvent::Writable);
        }
        segment
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.life != Life::Open {
            return None;
        }
        let deadline = self.deadline().map(|(at, _)| at);
        deadline.into_iter().chain(self.wire.poll_timeout()).min()
    }

    fn wants_input(&self) -> bool {
        let limits = &self.config.limits;
        self.life == Life::Open
            && self.events.has_room(limits)
            && self.wire.control_bytes() < limits.max_unread_reply_bytes
    }

    fn queued_bytes(&self) -> usize {
        self.wire.queued_bytes()
    }

    fn is_closed(&self) -> bool {
        self.life != Life::Open
    }
}
