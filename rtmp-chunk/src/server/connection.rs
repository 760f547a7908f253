//! The machine: bytes and time in, events and bytes out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;

use super::pending::{OpenCall, Pending};
use super::stream::Streams;
use super::{ClosedBy, RequestId, Role, ServerConfig, ServerEvent};
use crate::command::{Capabilities, Status, StatusCode};
use crate::handshake::ServerHandshake;
use crate::session::{
    Beginning, ConnectionError, Events, Handshaken, Heard, Phase, StreamId, Wire, WireOptions,
    after,
};
use crate::{Message, MessageType};

/// The server's end of one RTMP connection.
///
/// It knows nothing of media but where it goes: the application says who may publish and play what, takes the
/// tags of publishers from events, and sends tags to players; see the [module](super)'s page.
///
/// Commands are handled one after the other. While `connect`, `publish` or `play` waits for the application's
/// answer, which may take as long as it wants, [`wants_input`](Machine::wants_input) is false and nothing further
/// is read: clients that do not wait for answers lose nothing.
#[derive(Debug)]
pub struct ServerConnection {
    pub(super) config: Arc<ServerConfig>,
    pub(super) wire: Wire,
    pub(super) streams: Streams,
    pub(super) pending: Option<Pending>,
    pub(super) calls: VecDeque<OpenCall>,
    pub(super) events: Events<ServerEvent>,
    pub(super) life: Life,
    /// Who is connected, once `connect` was granted.
    pub(super) client: Option<Client>,
    /// The time of the last `handle_*`.
    pub(super) now: Instant,
    pub(super) last_request: u64,
    pub(super) stats: ServerStats,
    /// When the client last did what its phase is for.
    pub(super) active_at: Instant,
    /// The phase began since the last `handle_*`, by a call that has no clock; the next one is when it began.
    pub(super) is_fresh: bool,
}

/// What is known of a connected client.
#[derive(Debug)]
pub(super) struct Client {
    /// As it was sent.
    pub(super) app: String,
    pub(super) amf3: bool,
    pub(super) capabilities: Capabilities,
}

/// Whether it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Open,
    Closed,
    Failed(ConnectionError),
}

/// Counters of what no event is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// Messages read, without protocol control.
    pub messages: u64,
    /// Media on streams that nobody publishes; it is dropped.
    pub unassigned_messages: u64,
    /// Messages of types that nobody knows, or that could not be read; they are dropped.
    pub ignored_messages: u64,
    /// Bytes taken from the client, those of the handshake included.
    pub received_bytes: u64,
    /// Bytes handed out to be sent, those of the handshake included.
    pub sent_bytes: u64,
    /// The last that the client acknowledged, as a count of all bytes; 0 when it never did.
    pub acknowledged_bytes: u64,
}

impl ServerConnection {
    /// A connection that was accepted.
    ///
    /// `seed` must be random: the handshake's packets come from it.
    #[must_use]
    pub fn new(config: impl Into<Arc<ServerConfig>>, seed: [u8; 32], now: Instant) -> Self {
        let config = config.into();
        let beginning = Beginning::server(ServerHandshake::new(config.handshake, seed, 0));
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
            streams: Streams::new(config.limits.max_streams),
            pending: None,
            calls: VecDeque::new(),
            events: Events::new(),
            life: Life::Open,
            client: None,
            now,
            last_request: 0,
            stats: ServerStats::default(),
            active_at: now,
            is_fresh: false,
            config,
        }
    }

    /// How far the connection has come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        if !self.wire.is_ready() {
            Phase::Handshake
        } else if self.client.is_none() {
            Phase::Connect
        } else if self.streams.has(Role::Publisher) {
            Phase::Publishing
        } else if self.streams.has(Role::Player) {
            Phase::Playing
        } else {
            Phase::Idle
        }
    }

    /// What a stream is for; `None` when it is not open, or neither published nor played.
    #[must_use]
    pub fn role(&self, stream: StreamId) -> Option<Role> {
        self.streams.role(stream)
    }

    /// What the client declared of Enhanced RTMP; empty before `connect` was granted.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let client = self.client.as_ref();
        client.map_or_else(Capabilities::new, |client| client.capabilities.clone())
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
    pub fn stats(&self) -> ServerStats {
        let bytes = self.wire.counted();
        ServerStats {
            received_bytes: bytes.received,
            sent_bytes: bytes.sent,
            acknowledged_bytes: bytes.acknowledged,
            ..self.stats
        }
    }

    pub(super) fn next_request_id(&mut self) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        RequestId(self.last_request)
    }

    fn handle_heard(&mut self, heard: Heard) -> Result<(), ConnectionError> {
        match heard {
            Heard::Ready => self.active_at = self.now,
            Heard::BufferLength { stream, length_ms } => {
                if self.streams.get(stream).is_some() {
                    self.events
                        .push(ServerEvent::BufferLength { stream, length_ms });
                }
            }
            Heard::SwfVerified(verification) => {
                self.events.push(ServerEvent::SwfVerified { verification });
            }
            // What servers tell their clients.
            Heard::Stream { .. } => {}
            Heard::Message(message) => {
                self.stats.messages = self.stats.messages.saturating_add(1);
                return self.handle_message(message);
            }
        }
        Ok(())
    }

    fn handle_message(&mut self, message: Message) -> Result<(), ConnectionError> {
        match message.message_type {
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => self.handle_command(&message),
            MessageType::SHARED_OBJECT_AMF0 | MessageType::SHARED_OBJECT_AMF3 => {
                let bytes = message.payload.len();
                let event = ServerEvent::SharedObject { message };
                self.events.push_weighed(event, bytes);
                Ok(())
            }
            MessageType::AUDIO
            | MessageType::VIDEO
            | MessageType::DATA_AMF0
            | MessageType::DATA_AMF3
            | MessageType::AGGREGATE => {
                self.handle_media(message);
                Ok(())
            }
            _ => {
                self.stats.ignored_messages = self.stats.ignored_messages.saturating_add(1);
                Ok(())
            }
        }
    }

    /// Ends everything; the error comes after the events.
    pub(super) fn fail(&mut self, error: ConnectionError) {
        if self.client.is_some() {
            let status = Status::new(farewell_code(&error), error.to_string());
            self.push_status(StreamId(0), &status);
        }
        self.end_all(ClosedBy::ConnectionLost);
        self.life = Life::Failed(error);
    }

    /// Forgets all streams, each with its event, and whatever waits.
    pub(super) fn end_all(&mut self, reason: ClosedBy) {
        let active: Vec<StreamId> = self.streams.active().collect();
        for stream in active {
            self.end_stream(stream, reason);
        }
        self.pending = None;
        self.calls.clear();
    }

    /// The stream is neither published nor played any more.
    pub(super) fn end_stream(&mut self, stream: StreamId, reason: ClosedBy) {
        if let Some(role) = self.streams.end(stream) {
            self.events.push(ServerEvent::StreamClosed {
                stream,
                role,
                reason,
            });
        }
        self.note_roles();
    }

    /// Streams have begun or ended: another phase has other timeouts.
    pub(super) fn note_roles(&mut self) {
        self.active_at = self.now;
        let pings = self.phase() == Phase::Playing;
        self.wire.set_pinging(self.now, pings);
    }

    /// How long the client may do nothing in this phase. The handshake and players are watched by the wire.
    fn patience(&self) -> Option<Duration> {
        match self.phase() {
            Phase::Handshake | Phase::Playing => None,
            Phase::Connect => Some(self.config.connect_timeout),
            Phase::Idle => Some(self.config.command_timeout),
            Phase::Publishing => Some(self.config.publisher_timeout),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        Some(after(self.active_at, self.patience()?))
    }

    /// True while it is the application that lets the client wait.
    fn is_held(&self) -> bool {
        self.pending.is_some() || !self.events.has_room(&self.config.limits)
    }

    fn set_now(&mut self, now: Instant) {
        self.now = now;
        if core::mem::take(&mut self.is_fresh) {
            self.active_at = now;
        }
    }

    fn expire(&mut self) {
        let after = self.patience().unwrap_or_default();
        self.fail(match self.phase() {
            Phase::Publishing => ConnectionError::PublisherTimeout { after },
            Phase::Idle => ConnectionError::CommandTimeout { after },
            Phase::Handshake | Phase::Connect | Phase::Playing => {
                ConnectionError::ConnectTimeout { after }
            }
        });
    }
}

fn farewell_code(error: &ConnectionError) -> StatusCode {
    match error {
        ConnectionError::ConnectTimeout { .. }
        | ConnectionError::CommandTimeout { .. }
        | ConnectionError::PublisherTimeout { .. }
        | ConnectionError::PingTimeout { .. } => StatusCode::NET_CONNECTION_CONNECT_IDLE_TIME_OUT,
        ConnectionError::Handshake(_)
        | ConnectionError::HandshakeTimeout { .. }
        | ConnectionError::Chunk { .. }
        | ConnectionError::Message { .. }
        | ConnectionError::ResponseTimeout { .. }
        | ConnectionError::Lost { .. } => StatusCode::NET_CONNECTION_CONNECT_CLOSED,
    }
}

impl Machine for ServerConnection {
    type Event = ServerEvent;
    type Error = ConnectionError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.set_now(now);
        while self.wants_input() {
            let heard = self.wire.decode(now, self.phase(), input);
            match heard.and_then(|heard| heard.map(|heard| self.handle_heard(heard)).transpose()) {
                Ok(Some(())) => {}
                Ok(None) => return,
                Err(error) => self.fail(error),
            }
        }
    }

    /// In order once nothing is published or played; players and publishers that just go are `Lost`.
    fn handle_eof(&mut self, now: Instant) {
        self.now = now;
        if self.life != Life::Open {
            return;
        }
        let phase = self.phase();
        self.end_all(ClosedBy::ConnectionLost);
        self.life = match phase {
            Phase::Idle => Life::Closed,
            Phase::Handshake | Phase::Connect | Phase::Publishing | Phase::Playing => {
                Life::Failed(ConnectionError::Lost { phase })
            }
        };
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.set_now(now);
        if self.life != Life::Open {
            return;
        }
        if self.is_held() {
            // It is we who do not read.
            self.wire.excuse(now);
            if self.deadline().is_some_and(|deadline| deadline <= now) {
                self.active_at = now;
            }
            return;
        }
        if let Err(error) = self.wire.handle_timeout(now) {
            self.fail(error);
        } else if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.expire();
        }
    }

    fn poll_event(&mut self) -> Result<Option<ServerEvent>, ConnectionError> {
        let event = self.events.pop();
        match (event, &self.life) {
            (Some(event), _) => Ok(Some(event)),
            (None, Life::Failed(error)) => Err(error.clone()),
            (None, Life::Open | Life::Closed) => Ok(None),
        }
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        let segment = self.wire.pop(self.life == Life::Open);
        if self.wire.take_writable() && self.life == Life::Open {
            self.events.push(ServerEvent::Writable);
        }
        segment
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.life != Life::Open {
            return None;
        }
        // What a call without a clock began is timed from the next `handle_*` on: that is to be now.
        if self.is_fresh {
            return Some(self.now);
        }
        self.deadline()
            .into_iter()
            .chain(self.wire.poll_timeout())
            .min()
    }

    fn wants_input(&self) -> bool {
        let limits = &self.config.limits;
        self.life == Life::Open
            && self.pending.is_none()
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
