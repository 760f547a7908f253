use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};

use crate::Random;

/// How a [`Link`] cuts what it delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Split {
    /// All that has arrived, at once.
    #[default]
    Whole,
    /// So many bytes at a time.
    Bytes(usize),
    /// From 1 to so many bytes at a time.
    Random(usize),
}

/// Something that goes wrong with a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "where and what")]
pub struct Fault {
    /// At which byte of what is sent, counted from 0.
    pub at: u64,
    /// What happens there.
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultKind {
    /// The byte is XORed with this.
    Flip(u8),
    /// These bytes come before it.
    Insert(Bytes),
    /// So many bytes are missing.
    Drop(u64),
    /// The byte and all after it come so much later.
    Stall(Duration),
    /// The connection breaks before it, both ways.
    Cut,
}

/// What a [`Link`] is like. The default is a perfect wire without delay.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "tests update it from its default"
)]
pub struct LinkOptions {
    /// From sending to arriving.
    pub latency: Duration,
    /// How fast bytes leave; `None` for at once.
    pub bytes_per_second: Option<u64>,
    /// No more is taken from the sender while this much is on the way: the receiver's window.
    pub window_bytes: usize,
    /// How arrivals are cut.
    pub split: Split,
    /// What goes wrong, in any order.
    pub faults: Vec<Fault>,
    /// Of the random splits.
    pub seed: [u8; 32],
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            bytes_per_second: None,
            window_bytes: 64 * 1024,
            split: Split::Whole,
            faults: Vec::new(),
            seed: [0; 32],
        }
    }
}

impl LinkOptions {
    /// With `count` random flips, insertions and drops among the first `within` bytes.
    #[must_use]
    pub fn with_random_faults(mut self, random: &mut Random, count: usize, within: u64) -> Self {
        for _ in 0..count {
            let at = random.u64().checked_rem(within).unwrap_or(0);
            let [kind, len, value, _] = random.u32().to_be_bytes();
            let kind = match kind % 3 {
                0 => FaultKind::Flip(value.max(1)),
                1 => FaultKind::Insert(vec![value; usize::from(len % 16) | 1].into()),
                _ => FaultKind::Drop(u64::from(len % 16) | 1),
            };
            self.faults.push(Fault { at, kind });
        }
        self
    }
}

/// What comes out of a [`Link`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a stream is bytes and an end")]
pub enum Delivery {
    /// The next bytes.
    Bytes(Bytes),
    /// Nothing more will come; told once.
    End,
}

/// One direction of a byte stream.
#[derive(Debug)]
pub struct Link {
    options: LinkOptions,
    faults: VecDeque<Fault>,
    random: Random,
    on_the_way: VecDeque<(Instant, Bytes)>,
    bytes_on_the_way: usize,
    taken: u64,
    to_drop: u64,
    free_at: Option<Instant>,
    ends_at: Option<Instant>,
    is_cut: bool,
    told_end: bool,
}

impl Link {
    /// An empty link.
    #[must_use]
    pub fn new(options: LinkOptions) -> Self {
        let mut faults = options.faults.clone();
        faults.sort_by_key(|fault| fault.at);
        Self {
            faults: faults.into(),
            random: Random::new(options.seed),
            options,
            on_the_way: VecDeque::new(),
            bytes_on_the_way: 0,
            taken: 0,
            to_drop: 0,
            free_at: None,
            ends_at: None,
            is_cut: false,
            told_end: false,
        }
    }

    /// True while the window has room and the stream has not ended.
    #[must_use]
    pub fn wants_bytes(&self) -> bool {
        self.ends_at.is_none() && self.bytes_on_the_way < self.options.window_bytes
    }

    /// True once the connection broke.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Bytes taken from the sender so far, those that went lost included.
    #[must_use]
    pub fn taken_bytes(&self) -> u64 {
        self.taken
    }

    /// Puts bytes on the way; after the end they vanish.
    pub fn send(&mut self, now: Instant, mut bytes: Bytes) {
        while !bytes.is_empty() && self.ends_at.is_none() {
            let until_fault = self
                .faults
                .front()
                .map_or(u64::MAX, |fault| fault.at.saturating_sub(self.taken));
            if until_fault == 0 {
                self.go_wrong(now, &mut bytes);
                continue;
            }
            let len = usize::try_from(until_fault).map_or(bytes.len(), |len| len.min(bytes.len()));
            let part = bytes.split_to(len);
            self.pass(now, part);
        }
        let is_cut_here = self
            .faults
            .front()
            .is_some_and(|fault| fault.kind == FaultKind::Cut && fault.at <= self.taken);
        if is_cut_here {
            self.cut(now);
        }
    }

    /// The sender sends no more.
    pub fn end(&mut self, now: Instant) {
        let at = self.arrival(now, 0);
        self.ends_at.get_or_insert(at);
    }

    /// The connection breaks now; what is on the way still arrives.
    pub fn cut(&mut self, now: Instant) {
        self.is_cut = true;
        self.end(now);
    }

    /// What has arrived by `now`, cut as the options say.
    pub fn poll_deliver(&mut self, now: Instant) -> Option<Delivery> {
        if self.on_the_way.front().is_some_and(|(at, _)| *at <= now) {
            let mut arrived: usize = 0;
            let most = self.split_len();
            for (_, bytes) in self.on_the_way.iter().take_while(|(at, _)| *at <= now) {
                arrived = arrived.saturating_add(bytes.len());
                if arrived >= most {
                    break;
                }
            }
            return Some(Delivery::Bytes(self.take(most.min(arrived))));
        }
        let is_over = self.on_the_way.is_empty() && self.ends_at.is_some_and(|at| at <= now);
        if is_over && !self.told_end {
            self.told_end = true;
            return Some(Delivery::End);
        }
        None
    }

    /// When the next bytes, or the end, arrive.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.on_the_way.front() {
            Some((at, _)) => Some(*at),
            None => self.ends_at.filter(|_| !self.told_end),
        }
    }

    fn go_wrong(&mut self, now: Instant, bytes: &mut Bytes) {
        let Some(fault) = self.faults.pop_front() else {
            return;
        };
        match fault.kind {
            FaultKind::Flip(mask) => {
                let flipped: Vec<u8> = bytes.split_to(1).iter().map(|byte| byte ^ mask).collect();
                self.pass(now, flipped.into());
            }
            FaultKind::Insert(inserted) => self.enqueue(now, inserted),
            FaultKind::Drop(len) => self.to_drop = self.to_drop.saturating_add(len),
            FaultKind::Stall(span) => {
                let free_at = self.free_at.map_or(now, |at| at.max(now));
                self.free_at = free_at.checked_add(span);
            }
            FaultKind::Cut => self.cut(now),
        }
    }

    fn pass(&mut self, now: Instant, mut bytes: Bytes) {
        self.taken = self.taken.saturating_add(bytes.len() as u64);
        let dropped = self.to_drop.min(bytes.len() as u64);
        self.to_drop = self.to_drop.saturating_sub(dropped);
        let kept = bytes.split_off(usize::try_from(dropped).unwrap_or(bytes.len()));
        self.enqueue(now, kept);
    }

    fn enqueue(&mut self, now: Instant, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let at = self.arrival(now, bytes.len());
        self.bytes_on_the_way = self.bytes_on_the_way.saturating_add(bytes.len());
        self.on_the_way.push_back((at, bytes));
    }

    fn arrival(&mut self, now: Instant, len: usize) -> Instant {
        let begins = self.free_at.map_or(now, |at| at.max(now));
        let nanos = (len as u64).saturating_mul(1_000_000_000);
        let busy = self
            .options
            .bytes_per_second
            .and_then(|rate| nanos.checked_div(rate));
        let left = begins
            .checked_add(Duration::from_nanos(busy.unwrap_or(0)))
            .unwrap_or(begins);
        self.free_at = Some(left);
        left.checked_add(self.options.latency).unwrap_or(left)
    }

    fn split_len(&mut self) -> usize {
        match self.options.split {
            Split::Whole => usize::MAX,
            Split::Bytes(len) => len.max(1),
            Split::Random(max) => {
                let len = (self.random.u32() as usize).checked_rem(max).unwrap_or(0);
                len.saturating_add(1)
            }
        }
    }

    fn take(&mut self, len: usize) -> Bytes {
        self.bytes_on_the_way = self.bytes_on_the_way.saturating_sub(len);
        let mut joined = BytesMut::with_capacity(len);
        while let Some((_, front)) = self.on_the_way.front_mut() {
            let part = front.split_to(front.len().min(len.saturating_sub(joined.len())));
            if front.is_empty() {
                self.on_the_way.pop_front();
            }
            if joined.is_empty() && part.len() == len {
                return part;
            }
            joined.extend_from_slice(&part);
            if joined.len() >= len {
                break;
            }
        }
        joined.freeze()
    }
}
