//! One viewer's place in a stream.

use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use castline_rtmp_chunk::Tag;

use super::{Epoch, Item, Stream};

/// How far behind a slow viewer may fall before it goes on with the newest entry.
const MOST_BEHIND: Duration = Duration::from_secs(8);
/// How often it is told that a viewer is slow, at the most.
const SLOW_LOG_INTERVAL: Duration = Duration::from_secs(10);

/// A cursor into a [`Stream`].
#[derive(Debug)]
pub(crate) struct Viewer {
    stream: Arc<Stream>,
    id: u64,
    next: Option<u64>,
    /// The next item is not the one after the last: these headers go before it.
    begins: Option<Arc<Epoch>>,
    skipped: u64,
    told_slow: Option<Instant>,
}

impl Viewer {
    /// Begins at the newest key frame, or at the next one to come.
    pub(crate) fn new(stream: Arc<Stream>) -> Self {
        let id = stream.viewer_ids.fetch_add(1, Ordering::Relaxed);
        stream.viewers.fetch_add(1, Ordering::Relaxed);
        Self {
            stream,
            id,
            next: None,
            begins: None,
            skipped: 0,
            told_slow: None,
        }
    }

    /// Begins with all there was, headers as they came; where that is over already, as [`Self::new`] does.
    pub(crate) fn from_start(stream: Arc<Stream>) -> Self {
        let mut viewer = Self::new(stream);
        viewer.next = Some(0);
        viewer
    }

    pub(crate) const fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// The next item; `None` at the end of the stream.
    pub(crate) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<Arc<Item>>> {
        let ring = self.stream.ring();
        if let Some(next) = self.next {
            if next < ring.first {
                // The ring went over it: go on where a decoder can.
                self.skipped = self.skipped.saturating_add(ring.first.saturating_sub(next));
                self.next = None;
            } else if let Some(entry) = ring.entry_beyond(next, MOST_BEHIND, &self.stream.limits) {
                self.skipped = self
                    .skipped
                    .saturating_add(entry.number.saturating_sub(next));
                self.next = Some(entry.number);
                self.begins = Some(Arc::clone(&entry.epoch));
            }
        }
        let number = self.next.or_else(|| {
            let entry = ring.entry(&self.stream.limits)?;
            self.begins = Some(Arc::clone(&entry.epoch));
            Some(entry.number)
        });
        if let Some((number, item)) = number.and_then(|number| Some((number, ring.item(number)?))) {
            self.next = Some(number.saturating_add(1));
            return Poll::Ready(Some(Arc::clone(item)));
        }
        if ring.ended {
            return Poll::Ready(None);
        }
        // Registered while the ring is locked, so that no publication is missed.
        self.stream.waiters.wait(self.id, cx.waker());
        Poll::Pending
    }

    /// As [`Self::poll_next`].
    pub(crate) async fn next(&mut self) -> Option<Arc<Item>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// What goes before `item`, which [`Self::poll_next`] gave: headers where the viewer begins, or begins again after
    /// items were left out. A viewer that follows gets them as items.
    pub(crate) fn opening(&mut self, item: &Item) -> Option<Vec<Tag>> {
        let epoch = self.begins.take()?;
        Some(epoch.opening(item.tag.timestamp).collect())
    }

    /// Leaves out everything up to the newest entry: for a viewer that joins again.
    pub(crate) fn skip_to_entry(&mut self) {
        let ring = self.stream.ring();
        let Some(next) = self.next else { return };
        if let Some(entry) = ring.entry_beyond(next, Duration::ZERO, &self.stream.limits) {
            self.next = Some(entry.number);
            self.begins = Some(Arc::clone(&entry.epoch));
        }
    }

    /// How many items were left out because the viewer is too slow, when it is time to say so again.
    pub(crate) fn take_slow(&mut self, now: Instant) -> Option<u64> {
        let is_told = self
            .told_slow
            .is_some_and(|told| now.saturating_duration_since(told) < SLOW_LOG_INTERVAL);
        if self.skipped == 0 || is_told {
            return None;
        }
        self.told_slow = Some(now);
        Some(self.take_skipped())
    }

    /// Counts an item that its player could not take.
    pub(crate) const fn leave_out(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }

    /// How many items this viewer lost since the last call because it was too slow.
    pub(crate) fn take_skipped(&mut self) -> u64 {
        std::mem::take(&mut self.skipped)
    }

    /// The place on the time line where this viewer will begin; `None` when nothing is there yet.
    pub(crate) fn entry_position(&self) -> Option<Duration> {
        let ring = self.stream.ring();
        ring.entry(&self.stream.limits)
            .and_then(|entry| ring.item(entry.number))
            .map(|item| item.due)
    }

    /// Where the stream's time line is zero.
    pub(crate) fn started(&self) -> Instant {
        self.stream.started
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.stream.viewers.fetch_sub(1, Ordering::Relaxed);
        self.stream.waiters.forget(self.id);
    }
}
