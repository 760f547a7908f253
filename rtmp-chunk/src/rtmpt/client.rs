use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::{Buf as _, Bytes};

use super::{
    ClientLimits, Command, PollingInterval, SendError, TunnelError, command::is_session_name,
    outgoing::Outgoing,
};

/// How a [`Client`] behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// The bounds.
    pub limits: ClientLimits,
    /// Whether `/fcs/ident2` is asked first, as Flash Player does. Off by default; the answer changes nothing.
    pub identify: bool,
    /// The length of one unit of [`PollingInterval`]. 16 ms by default: from 16 ms while data flows to 528 ms.
    pub interval_unit: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            limits: ClientLimits::default(),
            identify: false,
            interval_unit: Duration::from_millis(16),
        }
    }
}

/// A POST to be made, of type [`CONTENT_TYPE`](super::CONTENT_TYPE).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Its path.
    pub path: String,
    /// Its body, in pieces; never empty.
    pub body: Vec<Bytes>,
}

/// A client's end of a tunnel, above any HTTP library: one request at a time.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    state: State,
    session: String,
    sequence: u32,
    outgoing: Outgoing,
    received: VecDeque<Bytes>,
    /// What was asked and not answered yet.
    in_flight: Option<Request>,
    /// It failed: it is to be made again.
    again: bool,
    failures: u32,
    interval: PollingInterval,
    polls_at: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Identify,
    Open,
    Running,
    /// All that is queued goes out first.
    Closing,
    /// `/close` is in flight.
    Farewell,
    Closed,
    Failed(TunnelError),
}

impl Client {
    /// A tunnel that opens with the first request.
    #[must_use]
    pub fn new(config: ClientConfig) -> Self {
        Self {
            config,
            state: if config.identify {
                State::Identify
            } else {
                State::Open
            },
            session: String::new(),
            sequence: 1,
            outgoing: Outgoing::default(),
            received: VecDeque::new(),
            in_flight: None,
            again: false,
            failures: 0,
            interval: PollingInterval::SHORTEST,
            polls_at: None,
        }
    }

    /// Queues bytes for the server.
    ///
    /// # Errors
    ///
    /// [`SendError`]; nothing is queued then.
    pub fn send(&mut self, bytes: Bytes) -> Result<(), SendError> {
        match self.state {
            State::Identify | State::Open | State::Running => self
                .outgoing
                .push(bytes, self.config.limits.max_queued_bytes),
            State::Closing | State::Farewell | State::Closed | State::Failed(_) => {
                Err(SendError::Closed)
            }
        }
    }

    /// The next request, if one is due: none while another is not answered, nor while there is something to be taken
    /// with [`poll_received`](Self::poll_received).
    pub fn poll_request(&mut self, now: Instant) -> Option<Request> {
        if self.again {
            self.again = false;
            return self.in_flight.clone();
        }
        if self.in_flight.is_some() || !self.received.is_empty() {
            return None;
        }
        self.in_flight = self.next_request(now);
        self.in_flight.clone()
    }

    /// Takes the answer to the request. Without one in flight, it has no effect.
    pub fn handle_answer(&mut self, now: Instant, status: u16, body: Bytes) {
        if self.in_flight.take().is_none() {
            return;
        }
        (self.again, self.failures) = (false, 0);
        if let Err(error) = self.advance(status, body) {
            self.state = State::Failed(error);
        }
        let wait = self
            .config
            .interval_unit
            .saturating_mul(u32::from(self.interval.0));
        self.polls_at = now.checked_add(wait);
    }

    /// The request got no answer: it is made again, with the same sequence number.
    pub fn handle_failure(&mut self) {
        if self.in_flight.is_none() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        self.again = self.failures <= self.config.limits.max_retries;
        if !self.again {
            self.in_flight = None;
            self.state = State::Failed(TunnelError::Unreachable(self.failures));
        }
    }

    /// Bytes from the server, in order.
    ///
    /// # Errors
    ///
    /// Why the tunnel ended, when all bytes are taken; the same again on each later call.
    pub fn poll_received(&mut self) -> Result<Option<Bytes>, TunnelError> {
        if let Some(bytes) = self.received.pop_front() {
            return Ok(Some(bytes));
        }
        match &self.state {
            State::Failed(error) => Err(error.clone()),
            State::Identify
            | State::Open
            | State::Running
            | State::Closing
            | State::Farewell
            | State::Closed => Ok(None),
        }
    }

    /// When the server is to be asked again, if nothing is sent before.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let waits = self.state == State::Running && self.in_flight.is_none();
        self.polls_at.filter(|_| waits)
    }

    /// Ends the tunnel when what is queued is sent.
    pub fn close(&mut self) {
        match self.state {
            State::Identify => (self.state, self.in_flight) = (State::Closed, None),
            State::Open if self.in_flight.is_none() => self.state = State::Closed,
            State::Open | State::Running => self.state = State::Closing,
            State::Closing | State::Farewell | State::Closed | State::Failed(_) => {}
        }
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed | State::Failed(_))
    }

    /// How many bytes wait to be sent.
    #[must_use]
    pub fn queued_bytes(&self) -> usize {
        self.outgoing.len()
    }

    fn next_request(&mut self, now: Instant) -> Option<Request> {
        let due = self.polls_at.is_none_or(|at| at <= now);
        match self.state {
            State::Identify => Some(request(Command::Identify, Vec::new())),
            State::Open => Some(request(Command::Open, Vec::new())),
            State::Running | State::Closing if !self.outgoing.is_empty() => Some(self.sending()),
            State::Running if due => {
                let (session, sequence) = (&self.session, self.sequence);
                Some(request(Command::Idle { session, sequence }, Vec::new()))
            }
            State::Closing => {
                self.state = State::Farewell;
                let (session, sequence) = (&self.session, self.sequence);
                Some(request(Command::Close { session, sequence }, Vec::new()))
            }
            State::Running | State::Farewell | State::Closed | State::Failed(_) => None,
        }
    }

    fn sending(&mut self) -> Request {
        let mut body = Vec::new();
        self.outgoing
            .take(self.config.limits.max_request_bytes.max(1), &mut body);
        let (session, sequence) = (&self.session, self.sequence);
        request(Command::Send { session, sequence }, body)
    }

    fn advance(&mut self, status: u16, body: Bytes) -> Result<(), TunnelError> {
        let limit = self.config.limits.max_answer_bytes;
        if body.len() > limit {
            return Err(TunnelError::AnswerTooLong { limit });
        }
        match self.state {
            // Mostly 404, and no server has more to say.
            State::Identify => self.state = State::Open,
            State::Open => self.opened(status, &body)?,
            State::Closing if self.session.is_empty() => {
                let opening = self.opened(status, &body);
                self.state = State::Closing;
                opening?;
            }
            State::Running | State::Closing => self.answered(status, body)?,
            State::Farewell => self.state = State::Closed,
            State::Closed | State::Failed(_) => {}
        }
        self.sequence = self.sequence.wrapping_add(1);
        Ok(())
    }

    fn opened(&mut self, status: u16, body: &[u8]) -> Result<(), TunnelError> {
        if status != 200 {
            return Err(TunnelError::Refused(status));
        }
        let name = core::str::from_utf8(body).unwrap_or_default().trim();
        if !is_session_name(name) {
            return Err(TunnelError::SessionName);
        }
        self.session = name.to_owned();
        self.state = State::Running;
        Ok(())
    }

    fn answered(&mut self, status: u16, mut body: Bytes) -> Result<(), TunnelError> {
        if status != 200 {
            return Err(TunnelError::Ended(status));
        }
        if let Some(&interval) = body.first() {
            self.interval = PollingInterval(interval);
            body.advance(1);
        }
        if !body.is_empty() {
            self.received.push_back(body);
        }
        Ok(())
    }
}

/// A body of nothing would be taken for no body by some proxies: a zero byte stands in for it.
fn request(command: Command<'_>, mut body: Vec<Bytes>) -> Request {
    if body.is_empty() {
        body.push(Bytes::from_static(&[0]));
    }
    Request {
        path: command.to_string(),
        body,
    }
}
