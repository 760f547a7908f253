use std::{fmt, time::Instant};

use bytes::Bytes;
use castline_core::Random;

use super::{Answer, PollingInterval, SendError, ServerLimits, outgoing::Outgoing};

/// The name of a server's session: 128 random bits, which nobody can guess who has not opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(u128);

impl SessionId {
    pub(super) fn random(random: &mut Random) -> Self {
        Self(u128::from(random.u64()) << 64 | u128::from(random.u64()))
    }

    pub(super) fn parse(name: &str) -> Option<Self> {
        let hexadecimal = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        u128::from_str_radix(name, 16)
            .ok()
            .filter(|_| hexadecimal)
            .map(Self)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What a sequence number means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Next,
    /// The same request once more: its answer got lost.
    Repeated,
    /// Too far ahead, or long answered.
    Wrong,
}

/// One client behind a [`Server`](super::Server).
#[derive(Debug)]
pub(super) struct Session {
    pub(super) expires_at: Instant,
    outgoing: Outgoing,
    last_sequence: Option<u32>,
    /// `None` while the last request is not answered.
    last_answer: Option<Answer>,
    interval: PollingInterval,
    empty_answers: u32,
    pub(super) closing: bool,
}

impl Session {
    pub(super) fn new(expires_at: Instant) -> Self {
        Self {
            expires_at,
            outgoing: Outgoing::default(),
            last_sequence: None,
            last_answer: None,
            interval: PollingInterval::SHORTEST,
            empty_answers: 0,
            closing: false,
        }
    }

    /// Clients begin with 0 or go on from the 1 of `/open/1`: the first number is taken as it is.
    pub(super) fn turn(&mut self, sequence: u32, limits: &ServerLimits) -> Turn {
        let ahead = self
            .last_sequence
            .map_or(1, |last| sequence.wrapping_sub(last));
        match ahead.checked_sub(1) {
            None => Turn::Repeated,
            Some(gap) if gap <= limits.max_sequence_gap => {
                self.last_sequence = Some(sequence);
                self.last_answer = None;
                Turn::Next
            }
            Some(_) => Turn::Wrong,
        }
    }

    /// The last answer again; 409 while there is none yet.
    pub(super) fn repeat(&self) -> Answer {
        self.last_answer.clone().unwrap_or(Answer::empty(409))
    }

    pub(super) fn queue(&mut self, bytes: Bytes, limits: &ServerLimits) -> Result<(), SendError> {
        if self.closing {
            return Err(SendError::Closed);
        }
        self.outgoing.push(bytes, limits.max_queued_bytes)
    }

    pub(super) fn queued_bytes(&self) -> usize {
        self.outgoing.len()
    }

    pub(super) fn is_finished(&self) -> bool {
        self.closing && self.outgoing.is_empty()
    }

    pub(super) fn answer(&mut self, limits: &ServerLimits) -> Answer {
        self.grow(limits.answers_per_interval);
        let mut answer = Answer::ok(Bytes::copy_from_slice(&[self.interval.0]));
        let room = limits.max_answer_bytes.saturating_sub(1).max(1);
        self.outgoing.take(room, &mut answer.body);
        self.last_answer = Some(answer.clone());
        answer
    }

    fn grow(&mut self, answers_per_interval: u32) {
        if !self.outgoing.is_empty() {
            (self.interval, self.empty_answers) = (PollingInterval::SHORTEST, 0);
            return;
        }
        self.empty_answers = self.empty_answers.saturating_add(1);
        if self.empty_answers > answers_per_interval {
            (self.interval, self.empty_answers) = (self.interval.longer(), 1);
        }
    }
}
