//! The machine: bytes and time in, events and bytes out.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;

use super::call::Call;
use super::{AgreedTransport, ClientConfig, ClientEvent, Failure};
use crate::session::{Output, after};
use crate::{
    ChannelKind, ConnectionError, Decoder, Incoming, InterleavedFrame, Method, ParseError,
    ParseErrorKind, Response, SendError,
};

/// Signs of life are given this often at least, so that a NAT on the way does not forget the connection either.
const MAX_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The client's end of one RTSP connection, with one session on it.
///
/// Verbs queue requests and may be called one after the other without waiting: what needs the session's name goes
/// out when SETUP has been answered. See the [module](super)'s page.
#[derive(Debug)]
pub struct ClientConnection {
    pub(super) config: Arc<ClientConfig>,
    pub(super) calls: VecDeque<Call>,
    pub(super) events: VecDeque<ClientEvent>,
    pub(super) output: Output,
    pub(super) phase: Phase,
    /// The time of the last `handle_*`.
    pub(super) now: Instant,
    pub(super) last_cseq: u32,
    pub(super) session: Option<Session>,
    pub(super) tracks: Vec<Track>,
    /// What PLAY without a track means.
    pub(super) presentation: Option<String>,
    /// The methods that the server said it has; empty when it said nothing.
    pub(super) public: Vec<Method>,
    /// The sign of life that nobody answered.
    pub(super) forgotten: Option<u32>,
    pub(super) stats: ClientStats,
    decoder: Decoder,
    unit_deadline: Option<Instant>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    Closed,
    Failed(ConnectionError),
}

#[derive(Debug)]
pub(super) struct Session {
    /// Empty where the server names none.
    pub(super) id: String,
    pub(super) timeout: Duration,
    pub(super) keep_alive_at: Instant,
}

#[derive(Debug)]
pub(super) struct Track {
    pub(super) number: u32,
    pub(super) uri: String,
    pub(super) transport: AgreedTransport,
}

/// Counters of what no event is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientStats {
    /// Interleaved packets on channels that no track has; they are dropped.
    pub unassigned_packets: u64,
    /// Answers to nothing that was asked.
    pub unexpected_responses: u64,
    /// Bytes between messages that were neither message nor packet.
    pub skipped_bytes: u64,
}

impl ClientConnection {
    /// A connection that was opened to the server of the URIs that will be asked for.
    #[must_use]
    pub fn new(config: impl Into<Arc<ClientConfig>>, now: Instant) -> Self {
        let config = config.into();
        Self {
            calls: VecDeque::new(),
            events: VecDeque::new(),
            output: Output::new(config.limits.max_queued_bytes),
            phase: Phase::Open,
            now,
            last_cseq: 0,
            session: None,
            tracks: Vec::new(),
            presentation: None,
            public: Vec::new(),
            forgotten: None,
            stats: ClientStats::default(),
            decoder: Decoder::with_limits(config.limits.message, config.tolerance),
            unit_deadline: None,
            config,
        }
    }

    /// The session's name, once a SETUP has been answered.
    #[must_use]
    pub fn session(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.id.as_str())
    }

    /// How the packets of a track travel, once its SETUP has been answered.
    #[must_use]
    pub fn transport(&self, track: u32) -> Option<AgreedTransport> {
        self.track(track).map(|track| track.transport)
    }

    /// Requests that wait for their answers, without signs of life.
    #[must_use]
    pub fn waiting_requests(&self) -> usize {
        self.calls
            .iter()
            .filter(|call| !call.is_keep_alive())
            .count()
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> ClientStats {
        ClientStats {
            skipped_bytes: self.decoder.skipped_bytes(),
            ..self.stats
        }
    }

    /// Queues one interleaved packet, such as a receiver report, made of `packet`'s segments.
    ///
    /// # Errors
    /// When there is no such interleaved track, the packet is over 65535 bytes, or the queue is full.
    pub fn send<I>(&mut self, track: u32, kind: ChannelKind, packet: I) -> Result<(), SendError>
    where
        I: IntoIterator<Item = Bytes>,
    {
        if self.phase != Phase::Open {
            return Err(SendError::Closed);
        }
        let track = self.track(track).ok_or(SendError::UnknownTrack)?;
        let AgreedTransport::Interleaved { rtp, rtcp } = track.transport else {
            return Err(SendError::NotInterleaved);
        };
        let channel = match kind {
            ChannelKind::Rtp => rtp,
            ChannelKind::Rtcp => rtcp,
        };
        self.output.push_packet(channel, packet)
    }

    /// Ends the connection without a word; [`teardown`](Self::teardown) before, for the session's sake.
    /// What is queued is still written.
    pub fn close(&mut self) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closed;
            self.unit_deadline = None;
        }
    }

    pub(super) fn track(&self, number: u32) -> Option<&Track> {
        self.tracks.iter().find(|track| track.number == number)
    }

    /// Puts off the next sign of life: the server has just been asked something.
    pub(super) fn note_sign_of_life(&mut self) {
        let now = self.now;
        if let Some(session) = &mut self.session {
            let interval = (session.timeout / 2).clamp(Duration::from_secs(1), MAX_KEEP_ALIVE);
            session.keep_alive_at = after(now, interval);
        }
    }

    fn handle_incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Response(response) => {
                self.unit_deadline = None;
                self.handle_response(&response);
            }
            Incoming::Interleaved(frame) => {
                self.unit_deadline = None;
                self.handle_packet(frame);
            }
            Incoming::Request(request) => {
                self.unit_deadline = None;
                self.handle_request(request);
            }
            Incoming::Skipped(_) => {}
        }
    }

    fn handle_packet(&mut self, frame: InterleavedFrame) {
        let channel = frame.channel;
        let flow = self.tracks.iter().find_map(|track| match track.transport {
            AgreedTransport::Interleaved { rtp, .. } if rtp == channel => {
                Some((track.number, ChannelKind::Rtp))
            }
            AgreedTransport::Interleaved { rtcp, .. } if rtcp == channel => {
                Some((track.number, ChannelKind::Rtcp))
            }
            AgreedTransport::Interleaved { .. } | AgreedTransport::Udp { .. } => None,
        });
        match flow {
            Some((track, kind)) => {
                self.events.push_back(ClientEvent::Data {
                    track,
                    kind,
                    data: frame.payload,
                });
            }
            None => self.stats.unassigned_packets = self.stats.unassigned_packets.saturating_add(1),
        }
    }

    fn handle_malformed(&mut self, error: ParseError) {
        self.unit_deadline = None;
        let is_packet = matches!(error.kind, ParseErrorKind::InterleavedTooLarge { .. });
        if error.is_fatal() {
            self.fail(ConnectionError::Framing(error));
        } else if let Some(status) = error.status() {
            let answer = Response::new(status);
            let answer = error.cseq().into_iter().fold(answer, |answer, cseq| {
                answer.typed(&crate::headers::CSeq::new(cseq))
            });
            self.output.push_message(answer.into_segments());
        } else if !is_packet {
            self.fail_oldest(Failure::Unreadable(error));
        }
    }

    fn fail(&mut self, error: ConnectionError) {
        self.unit_deadline = None;
        self.phase = Phase::Failed(error);
    }

    /// It is `now`: answers to what was sent since the last time have their deadlines from here.
    fn note_time(&mut self, now: Instant) {
        self.now = now;
        let deadline = after(now, self.config.response_timeout);
        for call in self.calls.iter_mut().filter(|call| call.is_sent()) {
            call.deadline.get_or_insert(deadline);
        }
    }

    /// Ends the connection, or forgets a sign of life, when an answer is too late.
    fn expire_calls(&mut self) {
        let now = self.now;
        let Some(late) = self.calls.iter().position(|call| {
            call.is_sent() && call.deadline.is_some_and(|deadline| deadline <= now)
        }) else {
            return;
        };
        let Some(call) = self.calls.get(late) else {
            return;
        };
        if call.is_keep_alive() {
            self.forgotten = Some(call.cseq.value());
            self.calls.remove(late);
            self.send_waiting();
        } else {
            let (method, after) = (call.method, self.config.response_timeout);
            self.fail(ConnectionError::ResponseTimeout { method, after });
        }
    }
}

impl Machine for ClientConnection {
    type Event = ClientEvent;
    type Error = ConnectionError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.note_time(now);
        while self.wants_input() {
            match self.decoder.decode(input) {
                Ok(Some(incoming)) => self.handle_incoming(incoming),
                Ok(None) => {
                    let has_begun = !input.is_empty() || !self.decoder.is_at_boundary();
                    let deadline = after(now, self.config.message_timeout);
                    self.unit_deadline = has_begun.then(|| self.unit_deadline.unwrap_or(deadline));
                    return;
                }
                Err(error) => self.handle_malformed(error),
            }
        }
    }

    /// An error when anything was still to come.
    fn handle_eof(&mut self, now: Instant) {
        self.now = now;
        if self.phase == Phase::Open {
            let is_over =
                self.calls.is_empty() && self.session.is_none() && self.unit_deadline.is_none();
            self.unit_deadline = None;
            self.phase = if is_over {
                Phase::Closed
            } else {
                Phase::Failed(ConnectionError::Lost)
            };
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.note_time(now);
        if self.phase != Phase::Open {
            return;
        }
        if self.unit_deadline.is_some_and(|deadline| deadline <= now) {
            if self.wants_input() {
                self.fail(ConnectionError::MessageTimeout {
                    after: self.config.message_timeout,
                });
                return;
            }
            // It is we who do not read.
            self.unit_deadline = Some(after(now, self.config.message_timeout));
        }
        self.expire_calls();
        let is_due = self
            .session
            .as_ref()
            .is_some_and(|session| session.keep_alive_at <= now);
        if is_due && self.phase == Phase::Open {
            self.keep_alive();
        }
    }

    fn poll_event(&mut self) -> Result<Option<ClientEvent>, ConnectionError> {
        match (self.events.pop_front(), &self.phase) {
            (Some(event), _) => Ok(Some(event)),
            (None, Phase::Failed(error)) => Err(error.clone()),
            (None, Phase::Open | Phase::Closed) => Ok(None),
        }
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        let segment = self.output.pop();
        if self.output.take_writable() && self.phase == Phase::Open {
            self.events.push_back(ClientEvent::Writable);
        }
        segment
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.phase != Phase::Open {
            return None;
        }
        let keep_alive = self.session.as_ref().map(|session| session.keep_alive_at);
        let calls = self
            .calls
            .iter()
            .filter(|call| call.is_sent())
            .map(|call| call.deadline.unwrap_or(self.now));
        calls.chain(keep_alive).chain(self.unit_deadline).min()
    }

    fn wants_input(&self) -> bool {
        let limits = &self.config.limits;
        self.phase == Phase::Open
            && self.events.len() < limits.max_queued_events
            && self.output.control_bytes() < limits.max_unread_bytes
    }

    fn queued_bytes(&self) -> usize {
        self.output.queued_bytes()
    }

    fn is_closed(&self) -> bool {
        self.phase != Phase::Open
    }
}
