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

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    /// A stream of the clip's tracks: 0 is video, 1 is audio.
    async fn stream() -> Arc<Stream> {
        let movie = crate::movie::open("demo", crate::library::MediaFile::demo())
            .await
            .unwrap();
        Arc::new(Stream::new(
            Arc::clone(&movie.presentation),
            crate::client::now(),
        ))
    }

    async fn units() -> Vec<Unit> {
        let movie = crate::movie::open("demo", crate::library::MediaFile::demo())
            .await
            .unwrap();
        let mut reader = crate::vod::UnitReader::new(Arc::new(movie), &[0, 1], 1400).unwrap();
        reader.seek((Duration::ZERO, None));
        let mut units = Vec::new();
        while let Some(unit) = reader.next().await {
            units.push(unit);
        }
        units
    }

    fn next(viewer: &mut Viewer) -> Poll<Option<Arc<Unit>>> {
        viewer.poll_next(&Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn a_viewer_joins_at_the_newest_key_frame_and_follows() {
        let stream = stream().await;
        let mut early = Viewer::new(Arc::clone(&stream));
        assert!(next(&mut early).is_pending());
        let units = units().await;
        let entries: Vec<Duration> = units
            .iter()
            .filter(|unit| unit.track == 0 && unit.keyframe)
            .map(|unit| unit.due)
            .collect();
        assert!(entries.len() > 5);
        let count = units.len();
        for unit in units {
            stream.publish(unit);
        }
        let mut late = Viewer::new(Arc::clone(&stream));
        assert_eq!(late.entry_position(), entries.last().copied());
        let Poll::Ready(Some(first)) = next(&mut late) else {
            panic!("there is a key frame")
        };
        assert!(first.keyframe && first.track == 0);
        assert_eq!(Some(first.due), entries.last().copied());
        let mut followed = 1;
        while let Poll::Ready(Some(unit)) = next(&mut late) {
            assert!(unit.due >= first.due);
            followed += 1;
        }
        assert!(followed > 10 && followed < count);
        stream.end();
        assert!(matches!(next(&mut late), Poll::Ready(None)));
    }

    #[tokio::test]
    async fn what_the_ring_goes_over_is_skipped_to_a_key_frame_and_counted() {
        let stream = stream().await;
        let mut slow = Viewer::new(Arc::clone(&stream));
        let mut published = 0u64;
        while published < RING_UNITS as u64 * 2 {
            for unit in units().await {
                stream.publish(unit);
                published += 1;
            }
            if slow.next.is_none() {
                assert!(matches!(next(&mut slow), Poll::Ready(Some(_))));
            }
        }
        assert!(stream.ring().units.len() <= RING_UNITS && stream.ring().bytes <= RING_BYTES);
        let Poll::Ready(Some(unit)) = next(&mut slow) else {
            panic!("there is more")
        };
        assert!(unit.keyframe && unit.track == 0);
        let skipped = slow.take_skipped();
        assert!(skipped > 0 && skipped < published, "{skipped}");
        assert_eq!(slow.take_skipped(), 0);
    }
}
