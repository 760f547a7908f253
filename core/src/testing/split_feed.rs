use core::fmt::Debug;
use std::time::Instant;

use bytes::BytesMut;

use crate::{Machine, Random};

/// How many ways of random splitting are tried.
const RANDOM_RUNS: u8 = 8;

/// What came out of a machine that was fed.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "tests take it apart")]
pub struct Fed<E, F> {
    /// Its events.
    pub events: Vec<E>,
    /// Its fatal error.
    pub error: Option<F>,
    /// All it wanted to write, joined.
    pub output: Vec<u8>,
    /// Input it left incomplete; nothing after an error, where the rest goes unheard.
    pub unread: Vec<u8>,
}

/// Feeds `input` to machines fresh from `new`: at once, byte by byte, and in random pieces. Gives what
/// came out.
///
/// Events and output are taken after every piece, all at the instant `now`.
///
/// # Panics
/// When not the same came out every time.
#[allow(clippy::panic, reason = "fails the test that calls it")]
pub fn split_feed<M>(
    now: Instant,
    input: &[u8],
    mut new: impl FnMut() -> M,
) -> Fed<M::Event, M::Error>
where
    M: Machine<Event: Debug + PartialEq, Error: PartialEq>,
{
    let whole = feed(now, input, new(), |left| left);
    let compare = |how: &str, split: &Fed<M::Event, M::Error>| {
        if *split != whole {
            panic!("fed {how} it gave\n{split:#?}\nand at once\n{whole:#?}");
        }
    };
    compare("byte by byte", &feed(now, input, new(), |_| 1));
    for seed in 0..RANDOM_RUNS {
        let mut random = Random::new([seed; 32]);
        // Short pieces in some runs, long ones in others.
        let max = 2usize.saturating_pow(u32::from(seed).saturating_add(1));
        let split = feed(now, input, new(), |_| {
            let len = (random.u32() as usize).checked_rem(max).unwrap_or(0);
            len.saturating_add(1)
        });
        compare(&format!("in random pieces up to {max} bytes"), &split);
    }
    whole
}

fn feed<M: Machine>(
    now: Instant,
    input: &[u8],
    mut machine: M,
    mut piece: impl FnMut(usize) -> usize,
) -> Fed<M::Event, M::Error> {
    let mut fed = Fed {
        events: Vec::new(),
        error: None,
        output: Vec::new(),
        unread: Vec::new(),
    };
    let mut buffer = BytesMut::new();
    let mut rest = input;
    while !rest.is_empty() && fed.error.is_none() {
        let len = piece(rest.len()).min(rest.len());
        let (next, later) = rest.split_at_checked(len).unwrap_or((rest, &[]));
        buffer.extend_from_slice(next);
        rest = later;
        offer(now, &mut machine, &mut buffer, &mut fed);
    }
    if fed.error.is_none() {
        fed.unread = buffer.to_vec();
    }
    fed
}

/// Offers the buffer until the machine takes no more of it.
fn offer<M: Machine>(
    now: Instant,
    machine: &mut M,
    buffer: &mut BytesMut,
    fed: &mut Fed<M::Event, M::Error>,
) {
    loop {
        if machine.wants_input() {
            machine.handle_input(now, buffer);
        }
        // What is left is incomplete, unless the machine holds back until these are taken.
        let is_held = !machine.wants_input();
        while fed.error.is_none() {
            match machine.poll_event() {
                Ok(Some(event)) => fed.events.push(event),
                Ok(None) => break,
                Err(error) => fed.error = Some(error),
            }
        }
        while let Some(segment) = machine.poll_transmit() {
            fed.output.extend_from_slice(&segment);
        }
        let goes_on = is_held && machine.wants_input();
        if !goes_on || buffer.is_empty() || fed.error.is_some() {
            return;
        }
    }
}
