use std::{
    collections::{BTreeSet, HashMap},
    time::Instant,
};

use bytes::Bytes;
use castline_core::Random;

use super::{
    Answer, Command, SendError, ServerLimits,
    session::{Session, SessionId, Turn},
};

/// The sessions of all RTMPT clients of a server, above any HTTP library.
///
/// Give each POST to [`handle_request`](Self::handle_request). Where it is [`Handled::Received`], let the session's RTMP
/// connection read the bytes, [`queue`](Self::queue) what it has to send, and send [`answer`](Self::answer).
#[derive(Debug)]
pub struct Server {
    limits: ServerLimits,
    random: Random,
    sessions: HashMap<SessionId, Session>,
    /// The same sessions, by when they expire.
    expiries: BTreeSet<(Instant, SessionId)>,
}

/// What a request comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Handled {
    /// Send this; nothing else happened.
    Answer(Answer),
    /// Send this; a session has begun.
    Opened {
        /// Its name.
        session: SessionId,
        /// To be sent.
        answer: Answer,
    },
    /// Bytes of a session, none where the client only asks. To be answered with [`Server::answer`].
    Received {
        /// Whose they are.
        session: SessionId,
        /// The body, uncopied.
        bytes: Bytes,
    },
    /// Send this; the client has ended the session.
    Closed {
        /// Which one.
        session: SessionId,
        /// To be sent.
        answer: Answer,
    },
}

impl Server {
    /// `seed` feeds the names of the sessions and must not repeat.
    #[must_use]
    pub fn new(limits: ServerLimits, seed: [u8; 32]) -> Self {
        Self {
            limits,
            random: Random::new(seed),
            sessions: HashMap::new(),
            expiries: BTreeSet::new(),
        }
    }

    /// Takes the target and the body of a POST.
    pub fn handle_request(&mut self, now: Instant, target: &str, body: Bytes) -> Handled {
        let Ok(command) = Command::parse(target) else {
            return Handled::Answer(Answer::empty(404));
        };
        if body.len() > self.limits.max_request_bytes {
            return Handled::Answer(Answer::empty(413));
        }
        match command {
            Command::Identify => Handled::Answer(Answer::empty(404)),
            Command::Open => self.open(now),
            Command::Send { session, sequence } => self.receive(now, (session, sequence), body),
            Command::Idle { session, sequence } => {
                self.receive(now, (session, sequence), Bytes::new())
            }
            Command::Close { session, .. } => self.closed(session),
        }
    }

    /// Queues bytes for a client; they go with the answers to its next requests.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing is queued then.
    pub fn queue(&mut self, session: SessionId, bytes: Bytes) -> Result<(), SendError> {
        let session = self.sessions.get_mut(&session).ok_or(SendError::Closed)?;
        session.queue(bytes, &self.limits)
    }

    /// The answer to what was [`Handled::Received`], with what is queued by now.
    pub fn answer(&mut self, session: SessionId) -> Answer {
        let Some(found) = self.sessions.get_mut(&session) else {
            return Answer::empty(404);
        };
        let answer = found.answer(&self.limits);
        if found.is_finished() {
            self.remove(session);
        }
        answer
    }

    /// Ends a session from this side: what is queued goes out still, then requests are answered 404.
    pub fn close(&mut self, session: SessionId) {
        if let Some(found) = self.sessions.get_mut(&session) {
            found.closing = true;
            if found.is_finished() {
                self.remove(session);
            }
        }
    }

    /// How many bytes wait for this client; none for a session that is gone.
    #[must_use]
    pub fn queued_bytes(&self, session: SessionId) -> usize {
        self.sessions.get(&session).map_or(0, Session::queued_bytes)
    }

    /// How many sessions there are.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// When [`poll_expired`](Self::poll_expired) is to be called at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// A session whose client has not asked for too long; it is gone now. Call until `None`.
    pub fn poll_expired(&mut self, now: Instant) -> Option<SessionId> {
        let (_, session) = self
            .expiries
            .first()
            .copied()
            .filter(|(at, _)| *at <= now)?;
        self.remove(session);
        Some(session)
    }

    fn open(&mut self, now: Instant) -> Handled {
        if self.sessions.len() >= self.limits.max_sessions {
            return Handled::Answer(Answer::empty(503));
        }
        let session = SessionId::random(&mut self.random);
        let expires_at = self.expiry(now);
        self.sessions.insert(session, Session::new(expires_at));
        self.expiries.insert((expires_at, session));
        let answer = Answer::ok(Bytes::from(format!("{session}\n")));
        Handled::Opened { session, answer }
    }

    fn receive(&mut self, now: Instant, (name, sequence): (&str, u32), bytes: Bytes) -> Handled {
        let expires_at = self.expiry(now);
        let found = SessionId::parse(name).and_then(|id| Some((id, self.sessions.get_mut(&id)?)));
        let Some((id, session)) = found else {
            return Handled::Answer(Answer::empty(404));
        };
        let turn = session.turn(sequence, &self.limits);
        if turn == Turn::Wrong {
            return Handled::Answer(Answer::empty(400));
        }
        self.expiries.remove(&(session.expires_at, id));
        session.expires_at = expires_at;
        self.expiries.insert((expires_at, id));
        match turn {
            Turn::Repeated => Handled::Answer(session.repeat()),
            Turn::Next | Turn::Wrong => Handled::Received { session: id, bytes },
        }
    }

    /// Whatever its sequence number: there is nothing to be lost any more.
    fn closed(&mut self, name: &str) -> Handled {
        match SessionId::parse(name).filter(|id| self.sessions.contains_key(id)) {
            None => Handled::Answer(Answer::empty(404)),
            Some(session) => {
                self.remove(session);
                let answer = Answer::ok(Bytes::from_static(&[0]));
                Handled::Closed { session, answer }
            }
        }
    }

    fn remove(&mut self, id: SessionId) {
        if let Some(session) = self.sessions.remove(&id) {
            self.expiries.remove(&(session.expires_at, id));
        }
    }

    fn expiry(&self, now: Instant) -> Instant {
        now.checked_add(self.limits.idle_expiry).unwrap_or(now)
    }
}
