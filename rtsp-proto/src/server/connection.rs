//! The machine: bytes and time in, events and bytes out.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use castline_core::{Machine, Random};
use smallvec::SmallVec;

use super::pending::{Origin, Pending};
use super::session::Session;
use super::{ClosedBy, RequestId, ServerConfig, ServerEvent, SessionId, TrackTransport};
use crate::session::{Output, after};
use crate::{
    ChannelKind, ConnectionError, Decoder, Incoming, InterleavedFrame, ParseError, Request,
    Response, SendError, StatusCode,
};

/// The server's end of one RTSP connection, and the sessions that were set up on it.
///
/// It knows nothing of media: the application describes, plays and sends packets; see the
/// [module](super)'s page for how they speak with each other.
///
/// Requests are handled one after the other. While one waits for the application's answer, which may take as
/// long as it wants, [`wants_input`](Machine::wants_input) is false and nothing further is read.
#[derive(Debug)]
pub struct ServerConnection {
    pub(super) config: Arc<ServerConfig>,
    pub(super) peer: SocketAddr,
    pub(super) random: Random,
    pub(super) sessions: Vec<Session>,
    pub(super) pending: Option<Pending>,
    pub(super) forwarded: VecDeque<(u64, Request)>,
    pub(super) events: VecDeque<ServerEvent>,
    pub(super) output: Output,
    pub(super) phase: Phase,
    /// The time of the last `handle_*`.
    pub(super) now: Instant,
    pub(super) last_request: u64,
    /// CSeq of our own requests.
    pub(super) last_cseq: u32,
    pub(super) stats: ServerStats,
    decoder: Decoder,
    /// When the unit that has begun must be complete.
    unit_deadline: Option<Instant>,
    idle_deadline: Instant,
}

/// How far the connection has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Open,
    /// The peer sends no more; sessions over UDP go on.
    InputEnded,
    Closed,
    Failed(ConnectionError),
}

/// Counters of what no event is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerStats {
    /// Requests read.
    pub requests: u64,
    /// Requests that the machine refused.
    pub rejected_requests: u64,
    /// Interleaved packets on channels that no track has; they are dropped.
    pub unassigned_packets: u64,
    /// Bytes between messages that were neither message nor packet.
    pub skipped_bytes: u64,
}

impl ServerConnection {
    /// A connection that was accepted from `peer`. Nothing is ever sent to another address.
    ///
    /// `seed` must be random and secret: session ids come from it.
    #[must_use]
    pub fn new(
        config: impl Into<Arc<ServerConfig>>,
        peer: SocketAddr,
        seed: [u8; 32],
        now: Instant,
    ) -> Self {
        let config = config.into();
        Self {
            peer,
            random: Random::new(seed),
            sessions: Vec::new(),
            pending: None,
            forwarded: VecDeque::new(),
            events: VecDeque::new(),
            output: Output::new(config.limits.max_queued_bytes),
            phase: Phase::Open,
            now,
            last_request: 0,
            last_cseq: 0,
            stats: ServerStats::default(),
            decoder: Decoder::with_limits(config.limits.message, config.tolerance),
            unit_deadline: None,
            idle_deadline: after(now, config.idle_timeout),
            config,
        }
    }

    /// The address that everything goes to.
    #[must_use]
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) fn peer_ip(&self) -> IpAddr {
        self.peer.ip().to_canonical()
    }

    /// The sessions that live on this connection.
    pub fn sessions(&self) -> impl Iterator<Item = SessionId> + '_ {
        self.sessions.iter().map(|session| session.id)
    }

    /// The numbers of a session's tracks, in the order of their SETUPs; none for an unknown session.
    pub fn session_tracks(&self, session: SessionId) -> impl Iterator<Item = u32> + '_ {
        let tracks = self
            .session(session)
            .map(|session| session.tracks.as_slice());
        tracks.unwrap_or_default().iter().map(|track| track.number)
    }

    /// How the packets of a track travel.
    #[must_use]
    pub fn transport(&self, session: SessionId, track: u32) -> Option<&TrackTransport> {
        self.session(session)?
            .track(track)
            .map(|track| &track.transport)
    }

    /// True while a track plays, by the requests that were answered.
    #[must_use]
    pub fn is_playing(&self, session: SessionId, track: u32) -> bool {
        self.session(session)
            .and_then(|session| session.track(track))
            .is_some_and(|track| track.is_playing)
    }

    /// What was counted so far.
    #[must_use]
    pub fn stats(&self) -> ServerStats {
        ServerStats {
            skipped_bytes: self.decoder.skipped_bytes(),
            ..self.stats
        }
    }

    /// Queues one interleaved packet that is made of `packet`'s segments, which are not copied (but for a first
    /// one of up to 64 bytes). It goes out after everything that was queued before.
    ///
    /// # Errors
    /// `QueueFull` when the client does not read fast enough; [`ServerEvent::Writable`] tells when to go on.
    /// Otherwise when there is no such interleaved track, or the packet is over 65535 bytes.
    pub fn send<I>(
        &mut self,
        session: SessionId,
        track: u32,
        kind: ChannelKind,
        packet: I,
    ) -> Result<(), SendError>
    where
        I: IntoIterator<Item = Bytes>,
    {
        let session = self.session(session).ok_or(SendError::UnknownSession)?;
        let track = session.track(track).ok_or(SendError::UnknownTrack)?;
        let channel = track
            .transport
            .offer
            .channel(kind)
            .ok_or(SendError::NotInterleaved)?;
        if self.phase != Phase::Open {
            return Err(SendError::Closed);
        }
        self.output.push_packet(channel, packet)
    }

    /// The session is alive: RTCP of it came over UDP. (Everything on the connection is seen by the machine.)
    pub fn keep_alive(&mut self, now: Instant, session: SessionId) {
        self.now = now;
        let timeout = self.config.session_timeout;
        if let Some(session) = self.session_mut(session) {
            session.keep_alive(now, timeout);
        }
    }

    /// A request for one of our sessions that came over another connection. Its answer comes out as
    /// [`ServerEvent::ForwardedReply`] with this `token`, when it is its turn.
    ///
    /// UDP transports of such a request mean this connection's peer; interleaved ones are refused, as this
    /// machine cannot send on the other connection.
    pub fn handle_forwarded(&mut self, now: Instant, token: u64, request: Request) {
        self.now = now;
        if self.forwarded.len() >= self.config.limits.max_forwarded_requests {
            self.push_forwarded_reply(token, Response::new(StatusCode::SERVICE_UNAVAILABLE));
            return;
        }
        self.forwarded.push_back((token, request));
        self.take_forwarded();
    }

    /// Handles what other connections sent, until a request waits for the application.
    pub(super) fn take_forwarded(&mut self) {
        while self.pending.is_none() {
            let Some((token, request)) = self.forwarded.pop_front() else {
                return;
            };
            self.handle_request(&request, Origin::Forwarded { token });
        }
    }

    pub(super) fn push_forwarded_reply(&mut self, token: u64, response: Response) {
        self.events
            .push_back(ServerEvent::ForwardedReply { token, response });
    }

    pub(super) fn session(&self, id: SessionId) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }

    pub(super) fn session_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    pub(super) fn next_request_id(&mut self) -> RequestId {
        self.last_request = self.last_request.wrapping_add(1);
        RequestId(self.last_request)
    }

    fn handle_incoming(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Request(request) => {
                self.unit_deadline = None;
                self.idle_deadline = after(self.now, self.config.idle_timeout);
                self.handle_request(&request, Origin::Wire);
            }
            Incoming::Interleaved(frame) => {
                self.unit_deadline = None;
                self.handle_packet(frame);
            }
            // Answers to our own requests change nothing; garbage is counted by the decoder.
            Incoming::Response(_) => self.unit_deadline = None,
            Incoming::Skipped(_) => {}
        }
    }

    fn handle_packet(&mut self, frame: InterleavedFrame) {
        let channel = frame.channel;
        let flow = self
            .sessions
            .iter_mut()
            .find_map(|session| session.flow_of(channel).map(|flow| (session, flow)));
        let Some((session, (track, kind))) = flow else {
            self.stats.unassigned_packets = self.stats.unassigned_packets.saturating_add(1);
            return;
        };
        if kind == ChannelKind::Rtcp {
            session.keep_alive(self.now, self.config.session_timeout);
        }
        let session = session.id;
        self.events.push_back(ServerEvent::Data {
            session,
            track,
            kind,
            data: frame.payload,
        });
    }

    fn handle_malformed(&mut self, error: ParseError) {
        self.unit_deadline = None;
        if let Some(status) = error.status() {
            self.refuse_unread(status, error.cseq(), error.to_string());
        }
        if error.is_fatal() {
            self.fail(ConnectionError::Framing(error));
        }
    }

    /// Ends everything; the error comes after the events.
    fn fail(&mut self, error: ConnectionError) {
        self.end_sessions(ClosedBy::ConnectionLost, |_| true);
        self.drop_requests(StatusCode::SERVICE_UNAVAILABLE);
        self.unit_deadline = None;
        self.phase = Phase::Failed(error);
    }

    /// Forgets requests that nobody can answer any more; other connections hear of theirs.
    pub(super) fn drop_requests(&mut self, status: StatusCode) {
        let pending = self.pending.take();
        let waiting = pending.and_then(|pending| pending.context.origin.token());
        let queued = core::mem::take(&mut self.forwarded);
        for token in waiting
            .into_iter()
            .chain(queued.into_iter().map(|(token, _)| token))
        {
            self.push_forwarded_reply(token, Response::new(status));
        }
    }

    /// Removes sessions, each with its event.
    pub(super) fn end_sessions(&mut self, why: ClosedBy, ends: impl Fn(&Session) -> bool) {
        let ended: SmallVec<[SessionId; 8]> = self
            .sessions
            .iter()
            .filter(|session| ends(session))
            .map(|session| session.id)
            .collect();
        self.sessions.retain(|session| !ended.contains(&session.id));
        self.events.extend(
            ended
                .into_iter()
                .map(|session| ServerEvent::SessionClosed { session, why }),
        );
        if self.sessions.is_empty() {
            self.idle_deadline = after(self.now, self.config.idle_timeout);
        }
    }

    fn expire_sessions(&mut self) {
        let now = self.now;
        let waiting = self
            .pending
            .as_ref()
            .and_then(|pending| pending.context.session);
        let timeout = self.config.session_timeout;
        // The application takes its time, not the client.
        if let Some(session) = waiting.and_then(|id| self.session_mut(id)) {
            session.keep_alive(now, timeout);
        }
        if self.sessions.iter().any(|session| session.deadline <= now) {
            self.end_sessions(ClosedBy::Expired, |session| session.deadline <= now);
        }
    }

    fn is_idle(&self) -> bool {
        self.phase == Phase::Open && self.sessions.is_empty()
    }
}

impl Machine for ServerConnection {
    type Event = ServerEvent;
    type Error = ConnectionError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.now = now;
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

    /// Sessions with an interleaved track end; those over UDP go on until TEARDOWN (by
    /// [`handle_forwarded`](Self::handle_forwarded)) or their timeout.
    fn handle_eof(&mut self, now: Instant) {
        self.now = now;
        if self.phase != Phase::Open {
            return;
        }
        self.phase = Phase::InputEnded;
        self.unit_deadline = None;
        // Nobody would use what a SETUP makes now.
        self.pending
            .take_if(|pending| pending.is_setup() && pending.context.origin == Origin::Wire);
        self.end_sessions(ClosedBy::ConnectionLost, Session::is_interleaved);
        self.take_forwarded();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        self.expire_sessions();
        if self.unit_deadline.is_some_and(|deadline| deadline <= now) {
            if self.wants_input() {
                let after = self.config.message_timeout;
                let reason = format!("a message was not complete after {after:?}");
                self.refuse_unread(StatusCode::REQUEST_TIMEOUT, None, reason);
                self.fail(ConnectionError::MessageTimeout { after });
            } else {
                // It is we who do not read.
                self.unit_deadline = Some(after(now, self.config.message_timeout));
            }
        }
        if self.is_idle() && self.idle_deadline <= now {
            if self.pending.is_some() {
                self.idle_deadline = after(now, self.config.idle_timeout);
            } else {
                self.fail(ConnectionError::IdleTimeout {
                    after: self.config.idle_timeout,
                });
            }
        }
    }

    fn poll_event(&mut self) -> Result<Option<ServerEvent>, ConnectionError> {
        match (self.events.pop_front(), &self.phase) {
            (Some(event), _) => Ok(Some(event)),
            (None, Phase::Failed(error)) => Err(error.clone()),
            (None, Phase::Open | Phase::InputEnded | Phase::Closed) => Ok(None),
        }
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        let segment = self.output.pop();
        if self.output.take_writable() && self.phase == Phase::Open {
            self.events.push_back(ServerEvent::Writable);
        }
        segment
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let idle = self.is_idle().then_some(self.idle_deadline);
        let sessions = self.sessions.iter().map(|session| session.deadline);
        sessions.chain(self.unit_deadline).chain(idle).min()
    }

    fn wants_input(&self) -> bool {
        let limits = &self.config.limits;
        self.phase == Phase::Open
            && self.pending.is_none()
            && self.events.len() < limits.max_queued_events
            && self.output.control_bytes() < limits.max_unread_reply_bytes
    }

    fn queued_bytes(&self) -> usize {
        self.output.queued_bytes()
    }

    fn is_closed(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::InputEnded => {
                self.sessions.is_empty() && self.pending.is_none() && self.forwarded.is_empty()
            }
            Phase::Closed | Phase::Failed(_) => true,
        }
    }
}
