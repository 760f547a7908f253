//! A live stream: one source writes each unit once into a ring, viewers follow with a cursor each.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use crate::{
    movie::Presentation,
    unit::{Unit, Waiters},
};

/// How much a ring holds at the most, in bytes of media.
const RING_BYTES: usize = 16 * 1024 * 1024;
/// How many units a ring holds at the most.
const RING_UNITS: usize = 8 * 1024;

/// A live stream and the last few seconds of it.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Its tracks and their description.
    pub(crate) presentation: Arc<Presentation>,
    /// The instant at which its time line is zero.
    pub(crate) started: Instant,
    ring: Mutex<Ring>,
    waiters: Waiters,
    viewers: AtomicU64,
}

#[derive(Debug, Default)]
struct Ring {
    units: VecDeque<Arc<Unit>>,
    /// The number of the unit at the front; units are numbered from 0.
    first: u64,
    bytes: usize,
    /// The newest unit with which a viewer may begin (the GOP cache begins there).
    entry: Option<u64>,
    ended: bool,
}

impl Ring {
    fn end(&self) -> u64 {
        self.first.saturating_add(self.units.len() as u64)
    }

    fn unit(&self, number: u64) -> Option<&Arc<Unit>> {
        let index = number.checked_sub(self.first)?;
        self.units.get(usize::try_from(index).ok()?)
    }

    fn push(&mut self, unit: Unit, is_entry: bool) {
        if is_entry {
            self.entry = Some(self.end());
        }
        self.bytes = self.bytes.saturating_add(unit.len());
        self.units.push_back(Arc::new(unit));
        while self.bytes > RING_BYTES || self.units.len() > RING_UNITS {
            let Some(old) = self.units.pop_front() else {
                break;
            };
            self.bytes = self.bytes.saturating_sub(old.len());
            self.first = self.first.saturating_add(1);
        }
        self.entry = self.entry.filter(|entry| *entry >= self.first);
    }
}

impl Stream {
    /// A stream with nothing in it yet.
    pub(crate) fn new(presentation: Arc<Presentation>, started: Instant) -> Self {
        Self {
            presentation,
            started,
            ring: Mutex::default(),
            waiters: Waiters::default(),
            viewers: AtomicU64::new(0),
        }
    }

    /// Writes the next unit for all viewers.
    pub(crate) fn publish(&self, unit: Unit) {
        let is_video = self.presentation.is_video(unit.track);
        let is_entry = unit.keyframe && (is_video || !self.presentation.has_video());
        self.ring().push(unit, is_entry);
        self.waiters.wake_all();
    }

    /// Nothing will be published any more.
    pub(crate) fn end(&self) {
        self.ring().ended = true;
        self.waiters.wake_all();
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One viewer's place in a [`Stream`].
#[derive(Debug)]
pub(crate) struct Viewer {
    stream: Arc<Stream>,
    id: u64,
    next: Option<u64>,
    skipped: u64,
}

impl Viewer {
    /// Begins at the newest key frame, or at the next one to come.
    pub(crate) fn new(stream: Arc<Stream>) -> Self {
        let id = stream.viewers.fetch_add(1, Ordering::Relaxed);
        Self {
            stream,
            id,
            next: None,
            skipped: 0,
        }
    }

    /// The next unit; `None` at the end of the stream.
    pub(crate) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<Arc<Unit>>> {
        let ring = self.stream.ring();
        if let Some(next) = self.next.filter(|next| *next < ring.first) {
            // The ring went over it: go on where a decoder can.
            self.skipped = self.skipped.saturating_add(ring.first.saturating_sub(next));
            self.next = None;
        }
        let number = self.next.or(ring.entry);
        if let Some((number, unit)) = number.and_then(|number| Some((number, ring.unit(number)?))) {
            self.next = Some(number.saturating_add(1));
            return Poll::Ready(Some(Arc::clone(unit)));
        }
        if ring.ended {
            return Poll::Ready(None);
        }
        // Registered while the ring is locked, so that no publication is missed.
        self.stream.waiters.wait(self.id, cx.waker());
        Poll::Pending
    }

    /// How many units this viewer lost since the last call because it was too slow.
    pub(crate) fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    /// The place on the time line where this viewer will begin; `None` when nothing is there yet.
    pub(crate) fn entry_position(&self) -> Option<Duration> {
        let ring = self.stream.ring();
        ring.entry
            .and_then(|entry| ring.unit(entry))
            .map(|unit| unit.due)
    }

    /// Where the stream's time line is zero.
    pub(crate) fn started(&self) -> Instant {
        self.stream.started
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.stream.waiters.forget(self.id);
    }
}
