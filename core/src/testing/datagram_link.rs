use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};

use crate::{Datagram, Path, Random, Transmit};

/// What a [`DatagramLink`] is like. The default is a perfect wire without delay. Probabilities are from
/// 0 to 1, each for every datagram by itself.
#[derive(Debug, Clone, PartialEq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "tests update it from its default"
)]
pub struct DatagramLinkOptions {
    /// From sending to arriving.
    pub latency: Duration,
    /// A random extra latency below this; it reorders when it exceeds the spacing of datagrams.
    pub jitter: Duration,
    /// How likely a datagram is lost.
    pub loss: f64,
    /// How likely it comes twice.
    pub duplication: f64,
    /// How likely it is held back by [`reordering_delay`](Self::reordering_delay).
    pub reordering: f64,
    /// See [`reordering`](Self::reordering).
    pub reordering_delay: Duration,
    /// How likely one of its bytes is changed.
    pub corruption: f64,
    /// Of all the chances.
    pub seed: [u8; 32],
}

impl Default for DatagramLinkOptions {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            jitter: Duration::ZERO,
            loss: 0.0,
            duplication: 0.0,
            reordering: 0.0,
            reordering_delay: Duration::from_millis(30),
            corruption: 0.0,
            seed: [0; 32],
        }
    }
}

/// What a [`DatagramLink`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_structs, reason = "tests compare it")]
pub struct DatagramLinkStats {
    /// Datagrams put in.
    pub sent: u64,
    /// Of these, lost.
    pub lost: u64,
    /// Of these, delivered twice.
    pub duplicated: u64,
    /// Held back.
    pub reordered: u64,
    /// Changed.
    pub corrupted: u64,
    /// Datagrams that came out.
    pub delivered: u64,
}

/// One direction of a datagram flow.
#[derive(Debug)]
pub struct DatagramLink {
    options: DatagramLinkOptions,
    random: Random,
    on_the_way: BTreeMap<(Instant, u64), Datagram>,
    order: u64,
    stats: DatagramLinkStats,
}

impl DatagramLink {
    /// An empty link.
    #[must_use]
    pub fn new(options: DatagramLinkOptions) -> Self {
        Self {
            random: Random::new(options.seed),
            options,
            on_the_way: BTreeMap::new(),
            order: 0,
            stats: DatagramLinkStats::default(),
        }
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> DatagramLinkStats {
        self.stats
    }

    /// Puts each datagram of `transmit` on the way; they arrive with the ends of the path exchanged.
    pub fn send(&mut self, now: Instant, transmit: &Transmit) {
        let mut joined = BytesMut::with_capacity(transmit.len());
        transmit
            .segments
            .iter()
            .for_each(|segment| joined.extend_from_slice(segment));
        let mut rest = joined.freeze();
        let size = transmit
            .segment_size
            .filter(|size| *size > 0)
            .unwrap_or(rest.len());
        for _ in 0..transmit.datagrams() {
            let data = rest.split_to(size.min(rest.len()));
            let path = Path {
                local: transmit.path.remote,
                remote: transmit.path.local,
            };
            self.send_datagram(now, Datagram { path, data });
        }
    }

    /// Puts one datagram on the way, as the receiver shall see it.
    pub fn send_datagram(&mut self, now: Instant, mut datagram: Datagram) {
        self.stats.sent = self.stats.sent.saturating_add(1);
        // Every chance is drawn for every datagram, so that one option does not shift another's luck.
        let [loss, duplication, reordering, corruption] = [(); 4].map(|()| self.random.unit());
        let place = self.random.u64();
        if loss < self.options.loss {
            self.stats.lost = self.stats.lost.saturating_add(1);
            return;
        }
        if corruption < self.options.corruption && !datagram.data.is_empty() {
            self.stats.corrupted = self.stats.corrupted.saturating_add(1);
            datagram.data = corrupt(&datagram.data, place);
        }
        let mut delay = self.options.latency;
        if reordering < self.options.reordering {
            self.stats.reordered = self.stats.reordered.saturating_add(1);
            delay = delay.saturating_add(self.options.reordering_delay);
        }
        if duplication < self.options.duplication {
            self.stats.duplicated = self.stats.duplicated.saturating_add(1);
            self.enqueue(now, delay, datagram.clone());
        }
        self.enqueue(now, delay, datagram);
    }

    /// A datagram that has arrived by `now`.
    pub fn poll_deliver(&mut self, now: Instant) -> Option<Datagram> {
        let first = self.on_the_way.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        self.stats.delivered = self.stats.delivered.saturating_add(1);
        Some(first.remove())
    }

    /// When the next datagram arrives.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.on_the_way.first_key_value().map(|((at, _), _)| *at)
    }

    fn enqueue(&mut self, now: Instant, delay: Duration, datagram: Datagram) {
        let jitter = self.options.jitter.mul_f64(self.random.unit());
        let at = now.checked_add(delay.saturating_add(jitter)).unwrap_or(now);
        self.order = self.order.saturating_add(1);
        self.on_the_way.insert((at, self.order), datagram);
    }
}

/// Changes one byte, picked by `place`, to another value.
fn corrupt(data: &Bytes, place: u64) -> Bytes {
    let mut changed = data.to_vec();
    let [mask, ..] = place.to_be_bytes();
    let at = place.checked_rem(changed.len() as u64).unwrap_or(0);
    if let Some(byte) = usize::try_from(at).ok().and_then(|at| changed.get_mut(at)) {
        *byte ^= mask.max(1);
    }
    changed.into()
}
