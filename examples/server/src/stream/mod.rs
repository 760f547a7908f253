//! A live stream: one source writes each tag or frame once into a ring, viewers follow with a cursor each.

mod epoch;
mod item;
mod publisher;
mod registry;
mod viewer;
mod waiters;

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use tokio::sync::{Notify, watch};

use self::waiters::Waiters;
pub(crate) use self::{
    epoch::Epoch,
    item::Item,
    publisher::{Publisher, Timing, muxer_config},
    registry::Streams,
    viewer::Viewer,
};
use crate::movie::{MovieError, Presentation};

/// From so many on, viewers are woken for several items together.
const MANY_VIEWERS: u64 = 16;

/// How much a stream keeps for viewers to come and for slow ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RingLimits {
    /// Bytes of media at the most.
    pub(crate) bytes: usize,
    /// Items at the most.
    pub(crate) items: usize,
    /// The longest stretch that a new viewer is given at once; an older key frame is not begun with.
    pub(crate) entry_age: Duration,
    /// The most bytes of an RTP packet.
    pub(crate) packet_bytes: usize,
    /// With many viewers, what comes within so long is sent to them together.
    pub(crate) merge: Duration,
}

/// Who publishes a stream, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// For people and the API: `rtmp`, `file`, `pull`.
    pub(crate) protocol: &'static str,
    pub(crate) peer: Option<SocketAddr>,
    /// What the source calls itself, or where it was pulled from.
    pub(crate) agent: String,
}

/// A live stream and the last few seconds of it.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) origin: Origin,
    /// The instant at which its time line is zero.
    pub(crate) started: Instant,
    pub(crate) started_at: SystemTime,
    pub(crate) limits: RingLimits,
    ring: Mutex<Ring>,
    waiters: Waiters,
    viewer_ids: AtomicU64,
    viewers: AtomicU64,
    received_bytes: AtomicU64,
    received_items: AtomicU64,
    /// Becomes true when it can be described.
    described: watch::Sender<bool>,
    /// Something was pushed that the viewers were not woken for yet.
    is_merging: AtomicBool,
    merging: Arc<Notify>,
    kicked: Notify,
    kick_reason: Mutex<Option<String>>,
}

#[derive(Debug)]
struct Ring {
    items: VecDeque<Arc<Item>>,
    /// The number of the item at the front; items are numbered from 0.
    first: u64,
    bytes: usize,
    /// Where a viewer may begin (the GOP cache begins there).
    entry: Option<Entry>,
    /// The first media of all, until there is an entry.
    first_media: Option<u64>,
    epoch: Arc<Epoch>,
    ended: bool,
}

/// A place to begin, and what has to be known there.
#[derive(Debug, Clone)]
struct Entry {
    number: u64,
    epoch: Arc<Epoch>,
}

impl Ring {
    fn end(&self) -> u64 {
        self.first.saturating_add(self.items.len() as u64)
    }

    fn item(&self, number: u64) -> Option<&Arc<Item>> {
        let index = number.checked_sub(self.first)?;
        self.items.get(usize::try_from(index).ok()?)
    }

    fn push(&mut self, item: Item, limits: &RingLimits) {
        let number = self.end();
        if !item.is_header && !item.is_script() && self.entry.is_none() {
            self.first_media.get_or_insert(number);
        }
        if item.is_entry {
            // The sound that came before the first key frame of all is part of the stream, too.
            let number = self.first_media.take().unwrap_or(number);
            let epoch = Arc::clone(&item.epoch);
            self.entry = Some(Entry { number, epoch });
        }
        self.epoch = Arc::clone(&item.epoch);
        self.bytes = self.bytes.saturating_add(item.len());
        self.items.push_back(Arc::new(item));
        while self.bytes > limits.bytes || self.items.len() > limits.items {
            let Some(old) = self.items.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(old.len());
            self.first = self.first.saturating_add(1);
        }
        let first = self.first;
        self.entry = self.entry.take().filter(|entry| entry.number >= first);
    }

    /// The entry, when it is further on than `next` and `next` is older than the newest item by more than `behind`.
    fn entry_beyond(&self, next: u64, behind: Duration, limits: &RingLimits) -> Option<&Entry> {
        let (newest, item) = (self.items.back()?, self.item(next)?);
        if newest.due.saturating_sub(item.due) <= behind {
            return None;
        }
        self.entry(limits).filter(|entry| entry.number > next)
    }

    /// Where a viewer that comes now begins: not with what is too old to be called live.
    fn entry(&self, limits: &RingLimits) -> Option<&Entry> {
        let newest = self.items.back()?.due;
        self.entry.as_ref().filter(|entry| {
            self.item(entry.number)
                .is_some_and(|item| newest.saturating_sub(item.due) <= limits.entry_age)
        })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Whoever merges finds that it is gone.
        self.merging.notify_one();
    }
}

impl Stream {
    fn new(name: &str, origin: Origin, limits: RingLimits, now: (Instant, SystemTime)) -> Self {
        Self {
            name: name.to_owned(),
            origin,
            started: now.0,
            started_at: now.1,
            limits,
            ring: Mutex::new(Ring {
                items: VecDeque::new(),
                first: 0,
                bytes: 0,
                entry: None,
                first_media: None,
                epoch: Arc::new(Epoch::new(limits.packet_bytes)),
                ended: false,
            }),
            waiters: Waiters::default(),
            viewer_ids: AtomicU64::new(0),
            viewers: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            received_items: AtomicU64::new(0),
            described: watch::Sender::new(false),
            is_merging: AtomicBool::new(false),
            merging: Arc::default(),
            kicked: Notify::new(),
            kick_reason: Mutex::new(None),
        }
    }

    fn push(&self, item: Item) {
        self.received_bytes
            .fetch_add(item.len() as u64, Ordering::Relaxed);
        self.received_items.fetch_add(1, Ordering::Relaxed);
        self.ring().push(item, &self.limits);
        if self.viewers() < MANY_VIEWERS || self.limits.merge.is_zero() {
            self.waiters.wake_all();
        } else if !self.is_merging.swap(true, Ordering::AcqRel) {
            // One wake and one write for all that comes meanwhile: most of what a viewer costs is that.
            self.merging.notify_one();
        }
    }

    /// Wakes the viewers for what was pushed since it was called first, until the stream ends.
    async fn merge(stream: Weak<Self>) {
        while let Some(merging) = stream.upgrade().map(|stream| Arc::clone(&stream.merging)) {
            merging.notified().await;
            let Some(window) = stream.upgrade().map(|stream| stream.limits.merge) else {
                return;
            };
            tokio::time::sleep(window).await;
            if let Some(stream) = stream.upgrade() {
                // Before the viewers look: what is pushed while they do begins the next window.
                stream.is_merging.store(false, Ordering::Release);
                stream.waiters.wake_all();
            }
        }
    }

    fn end(&self) {
        self.ring().ended = true;
        self.waiters.wake_all();
    }

    /// What holds at the stream's newest place.
    pub(crate) fn epoch(&self) -> Arc<Epoch> {
        Arc::clone(&self.ring().epoch)
    }

    /// How it is described, once enough of it has come to know its tracks, or `patience` is over.
    pub(crate) async fn presentation(
        &self,
        patience: Duration,
    ) -> Result<Arc<Presentation>, MovieError> {
        let mut described = self.described.subscribe();
        let known = described.wait_for(|is_described| *is_described);
        // A stream that is late with a track is described without it, one without any is not.
        let _ = tokio::time::timeout(patience, known).await;
        self.epoch().presentation()
    }

    /// In bit/s: what its source says of it, else what came so far.
    pub(crate) fn bit_rate(&self) -> u64 {
        let epoch = self.epoch();
        let rates = epoch.tracks.iter().filter_map(|track| track.bit_rate);
        let said: u64 = rates.map(u64::from).sum();
        if said > 0 {
            return said;
        }
        let newest = self.ring().items.back().map(|item| item.due);
        let bits = self.received().0.saturating_mul(8);
        let ms = newest.map_or(0, |due| u64::try_from(due.as_millis()).unwrap_or(u64::MAX));
        bits.saturating_mul(1000).checked_div(ms).unwrap_or(0)
    }

    /// Ends the publisher, who is told why.
    pub(crate) fn kick(&self, reason: &str) {
        *self
            .kick_reason
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
        self.kicked.notify_one();
    }

    /// Waits until somebody wants the publisher to end; the reason.
    pub(crate) async fn kicked(&self) -> String {
        self.kicked.notified().await;
        let mut reason = self
            .kick_reason
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        reason.take().unwrap_or_default()
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.ring().ended
    }

    /// Who watches now.
    pub(crate) fn viewers(&self) -> u64 {
        self.viewers.load(Ordering::Relaxed)
    }

    /// What came so far: bytes of media and tags.
    pub(crate) fn received(&self) -> (u64, u64) {
        (
            self.received_bytes.load(Ordering::Relaxed),
            self.received_items.load(Ordering::Relaxed),
        )
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
