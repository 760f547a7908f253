use std::time::{Duration, Instant};

use bytes::BytesMut;

use super::{Delivery, Link, LinkOptions};
use crate::Machine;

/// More rounds than any honest exchange takes: two machines that answer each other for ever.
const MAX_ROUNDS: usize = 10_000_000;

/// Timers of one machine that come due at one instant.
const MAX_TIMERS: usize = 1000;

/// What one side's application heard.
#[allow(clippy::exhaustive_structs, reason = "tests take it apart")]
pub struct Heard<M: Machine> {
    /// The events, in order; take them as the test goes.
    pub events: Vec<M::Event>,
    /// Why the session ended, if by an error.
    pub error: Option<M::Error>,
    /// While true the application asks for no events, as one that is busy.
    pub is_paused: bool,
}

impl<M: Machine> Heard<M> {
    /// The events so far; later ones begin anew.
    pub fn take_events(&mut self) -> Vec<M::Event> {
        std::mem::take(&mut self.events)
    }
}

/// Two machines, the stream between them, and a virtual clock.
///
/// A machine that is closed, or ended by an error, ends its stream once its output is taken, as an
/// application does; the other hears the end after the last byte.
#[non_exhaustive]
pub struct Pair<A: Machine, B: Machine> {
    /// One machine.
    pub a: A,
    /// The other.
    pub b: B,
    /// What `a`'s application heard.
    pub a_heard: Heard<A>,
    /// What `b`'s application heard.
    pub b_heard: Heard<B>,
    /// From `a` to `b`.
    pub a_to_b: Link,
    /// From `b` to `a`.
    pub b_to_a: Link,
    a_input: Input,
    b_input: Input,
    now: Instant,
}

impl<A: Machine, B: Machine> Pair<A, B> {
    /// Over perfect links.
    pub fn new(now: Instant, a: A, b: B) -> Self {
        Self::with_links(now, a, b, [LinkOptions::default(), LinkOptions::default()])
    }

    /// Over a link from `a` to `b` and one back.
    pub fn with_links(now: Instant, a: A, b: B, [a_to_b, b_to_a]: [LinkOptions; 2]) -> Self {
        Self {
            a,
            b,
            a_heard: silence(),
            b_heard: silence(),
            a_to_b: Link::new(a_to_b),
            b_to_a: Link::new(b_to_a),
            a_input: Input::default(),
            b_input: Input::default(),
            now,
        }
    }

    /// The virtual time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Input that `a` and `b` left in their buffers.
    pub fn unread_bytes(&self) -> (usize, usize) {
        (self.a_input.bytes.len(), self.b_input.bytes.len())
    }

    /// Lets every byte, timer and event that is due now move once; false when none was.
    pub fn step(&mut self) -> bool {
        let now = self.now;
        let mut a = Side {
            machine: &mut self.a,
            heard: &mut self.a_heard,
            input: &mut self.a_input,
        };
        let a_moved = a.step(now, &mut self.b_to_a, &mut self.a_to_b);
        let mut b = Side {
            machine: &mut self.b,
            heard: &mut self.b_heard,
            input: &mut self.b_input,
        };
        let b_moved = b.step(now, &mut self.a_to_b, &mut self.b_to_a);
        if self.a_to_b.is_cut() != self.b_to_a.is_cut() {
            self.a_to_b.cut(now);
            self.b_to_a.cut(now);
        }
        a_moved || b_moved
    }

    /// Until nothing is on the way. Time passes as the links need it; a machine's timer fires when it
    /// comes due meanwhile, and is not waited for.
    pub fn drive(&mut self) {
        self.run(|_, link_at, _| link_at);
    }

    /// Until `condition` holds, waiting for links and timers, for at most an hour of virtual time. False
    /// when it never did.
    #[must_use = "false when the condition never held"]
    pub fn drive_until(&mut self, mut condition: impl FnMut(&Self) -> bool) -> bool {
        let Some(end) = self.now.checked_add(Duration::from_secs(3600)) else {
            return false;
        };
        let mut holds = false;
        self.run(|pair, link_at, timer_at| {
            holds = holds || condition(pair);
            let next = link_at.into_iter().chain(timer_at).min();
            next.filter(|at| !holds && *at <= end)
        });
        holds || condition(self)
    }

    /// Lets `span` pass, with all that happens in it.
    pub fn advance(&mut self, span: Duration) {
        let Some(end) = self.now.checked_add(span) else {
            return;
        };
        self.run(|_, link_at, timer_at| {
            let next = link_at.into_iter().chain(timer_at).min();
            next.filter(|at| *at <= end)
        });
        self.now = end;
    }

    /// Steps; when nothing moves, goes to the instant that `next` picks from those of the links and of
    /// the timers, until it picks none.
    #[allow(clippy::panic, reason = "fails the test that drives it")]
    fn run(
        &mut self,
        mut next: impl FnMut(&Self, Option<Instant>, Option<Instant>) -> Option<Instant>,
    ) {
        for _ in 0..MAX_ROUNDS {
            if self.step() {
                // A condition is looked at after every step, and ends the run at once.
                let now = Some(self.now);
                if next(self, now, now).is_none() {
                    return;
                }
                continue;
            }
            let later = |at: &Instant| *at > self.now;
            let links = [self.a_to_b.poll_timeout(), self.b_to_a.poll_timeout()];
            let timers = [
                live_timeout(&self.a, &self.a_heard),
                live_timeout(&self.b, &self.b_heard),
            ];
            let link_at = links.into_iter().flatten().filter(later).min();
            let timer_at = timers.into_iter().flatten().filter(later).min();
            let Some(at) = next(self, link_at, timer_at) else {
                return;
            };
            // A timer that comes due before the instant waited for fires in its turn.
            self.now = timer_at.map_or(at, |timer| timer.min(at));
        }
        panic!("the machines never went quiet");
    }
}

fn silence<M: Machine>() -> Heard<M> {
    Heard {
        events: Vec::new(),
        error: None,
        is_paused: false,
    }
}

fn live_timeout<M: Machine>(machine: &M, heard: &Heard<M>) -> Option<Instant> {
    let is_over = heard.error.is_some() || machine.is_closed();
    machine.poll_timeout().filter(|_| !is_over)
}

/// Bytes that a machine has not taken.
#[derive(Default)]
struct Input {
    bytes: BytesMut,
    /// It stopped because it wanted no more, not because they are incomplete.
    is_fresh: bool,
}

struct Side<'a, M: Machine> {
    machine: &'a mut M,
    heard: &'a mut Heard<M>,
    input: &'a mut Input,
}

impl<M: Machine> Side<'_, M> {
    fn step(&mut self, now: Instant, incoming: &mut Link, outgoing: &mut Link) -> bool {
        let fired = self.fire(now);
        let received = self.receive(now, incoming);
        let heard = self.hear();
        let sent = self.send(now, outgoing);
        fired || received || heard || sent
    }

    fn is_over(&self) -> bool {
        self.heard.error.is_some() || self.machine.is_closed()
    }

    fn fire(&mut self, now: Instant) -> bool {
        let is_due =
            |side: &Self| live_timeout(side.machine, side.heard).is_some_and(|at| at <= now);
        for fired in 0..MAX_TIMERS {
            if !is_due(self) {
                return fired > 0;
            }
            self.machine.handle_timeout(now);
        }
        // A machine that leaves its timer in the past must not hold time.
        false
    }

    fn receive(&mut self, now: Instant, incoming: &mut Link) -> bool {
        if self.is_over() {
            // Nobody reads it any more.
            return incoming.poll_deliver(now).is_some();
        }
        if !self.machine.wants_input() {
            return false;
        }
        if self.input.is_fresh {
            self.feed(now);
            return true;
        }
        match incoming.poll_deliver(now) {
            Some(Delivery::Bytes(bytes)) => {
                self.input.bytes.extend_from_slice(&bytes);
                self.feed(now);
            }
            Some(Delivery::End) => self.machine.handle_eof(now),
            None => return false,
        }
        true
    }

    fn feed(&mut self, now: Instant) {
        self.machine.handle_input(now, &mut self.input.bytes);
        let is_held = !self.machine.wants_input();
        self.input.is_fresh = is_held && !self.input.bytes.is_empty();
    }

    fn hear(&mut self) -> bool {
        let before = self.heard.events.len();
        while !self.heard.is_paused && self.heard.error.is_none() {
            match self.machine.poll_event() {
                Ok(Some(event)) => self.heard.events.push(event),
                Ok(None) => break,
                Err(error) => {
                    self.heard.error = Some(error);
                    return true;
                }
            }
        }
        self.heard.events.len() > before
    }

    fn send(&mut self, now: Instant, outgoing: &mut Link) -> bool {
        let mut sent = false;
        while outgoing.wants_bytes() {
            let Some(segment) = self.machine.poll_transmit() else {
                if self.is_over() {
                    outgoing.end(now);
                    sent = true;
                }
                break;
            };
            outgoing.send(now, segment);
            sent = true;
        }
        sent
    }
}
