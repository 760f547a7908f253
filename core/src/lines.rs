//! A small machine for this crate's own tests.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};

use crate::Machine;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    #[error("line over {MAX_LINE} bytes")]
    TooLong,
    #[error("nothing heard for a minute")]
    Idle,
}

pub(crate) const IDLE: Duration = Duration::from_secs(60);
pub(crate) const MAX_LINE: usize = 64;
pub(crate) const MAX_EVENTS: usize = 4;

/// Hears lines; says a length and a payload, each a segment. Says "bye" when a line is too long, "." at
/// every tick, and closes at the end of input.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) echo: bool,
    pub(crate) max_events: usize,
    pub(crate) max_queued: usize,
    pub(crate) tick: Option<(Duration, Instant)>,
    pub(crate) inputs: usize,
    events: VecDeque<Bytes>,
    out: VecDeque<Bytes>,
    queued: usize,
    fatal: Option<LineError>,
    idle_at: Option<Instant>,
    closed: bool,
}

impl Lines {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            echo: false,
            max_events: MAX_EVENTS,
            max_queued: usize::MAX,
            tick: None,
            inputs: 0,
            events: VecDeque::new(),
            out: VecDeque::new(),
            queued: 0,
            fatal: None,
            idle_at: Some(now + IDLE),
            closed: false,
        }
    }

    pub(crate) fn echoing(now: Instant) -> Self {
        Self {
            echo: true,
            ..Self::new(now)
        }
    }

    pub(crate) fn send(&mut self, payload: Bytes) {
        let len = payload.len() as u16;
        self.push(Bytes::copy_from_slice(&len.to_be_bytes()));
        self.push(Bytes::new());
        self.push(payload);
    }

    pub(crate) fn say(&mut self, text: &[u8]) {
        self.push(Bytes::copy_from_slice(text));
    }

    fn push(&mut self, segment: Bytes) {
        self.queued += segment.len();
        self.out.push_back(segment);
    }

    fn hear(&mut self, line: Bytes) {
        if self.echo {
            self.send(line.clone());
        }
        self.events.push_back(line);
    }
}

impl Machine for Lines {
    type Event = Bytes;
    type Error = LineError;

    fn handle_input(&mut self, now: Instant, input: &mut BytesMut) {
        self.inputs += 1;
        if self.fatal.is_some() {
            return input.clear();
        }
        self.idle_at = Some(now + IDLE);
        while self.wants_input() {
            match input.iter().position(|byte| *byte == b'\n') {
                Some(at) => {
                    let line = input.split_to(at + 1).freeze();
                    self.hear(line);
                }
                None if input.len() > MAX_LINE => {
                    self.fatal = Some(LineError::TooLong);
                    return self.say(b"bye");
                }
                None => return,
            }
        }
    }

    fn handle_eof(&mut self, _: Instant) {
        self.closed = true;
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.idle_at.is_some_and(|at| now >= at) {
            self.fatal = Some(LineError::Idle);
        }
        if let Some((every, at)) = &mut self.tick
            && now >= *at
        {
            *at = now + *every;
            self.say(b".");
        }
    }

    fn poll_event(&mut self) -> Result<Option<Bytes>, LineError> {
        match (self.events.pop_front(), &self.fatal) {
            (Some(event), _) => Ok(Some(event)),
            (None, Some(fatal)) => Err(fatal.clone()),
            (None, None) => Ok(None),
        }
    }

    fn poll_transmit(&mut self) -> Option<Bytes> {
        let segment = self.out.pop_front()?;
        self.queued -= segment.len();
        Some(segment)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        if self.closed || self.fatal.is_some() {
            return None;
        }
        let tick = self.tick.map(|(_, at)| at);
        self.idle_at.into_iter().chain(tick).min()
    }

    fn wants_input(&self) -> bool {
        self.events.len() < self.max_events && self.queued_bytes() < self.max_queued
    }

    fn queued_bytes(&self) -> usize {
        self.queued
    }

    fn is_closed(&self) -> bool {
        self.closed && self.events.is_empty()
    }
}
