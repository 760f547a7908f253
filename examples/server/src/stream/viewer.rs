//! One viewer's place in a stream.

use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use castline_rtmp_chunk::Tag;

use super::{Epoch, Item, Stream};

/// A cursor into a [`Stream`].
#[derive(Debug)]
pub(crate) struct Viewer {
    stream: Arc<Stream>,
    id: u64,
    next: Option<u64>,
    /// The next item is not the one after the last: these headers go before it.
    begins: Option<Arc<Epoch>>,
    skipped: u64,
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
        }
    }

    pub(crate) const fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// The next item; `None` at the end of the stream.
    pub(crate) fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<Arc<Item>>> {
        let ring = self.stream.ring();
        if let Some(next) = self.next.filter(|next| *next < ring.first) {
            // The ring went over it: go on where a decoder can.
            self.skipped = self.skipped.saturating_add(ring.first.saturating_sub(next));
            self.next = None;
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
    pub(crate) fn opening(&mut self, item: &Item) -> Option<impl Iterator<Item = Tag> + use<>> {
        let epoch = self.begins.take()?;
        let opening: Vec<Tag> = epoch.opening(item.tag.timestamp).collect();
        Some(opening.into_iter())
    }

    /// Leaves out everything up to the newest entry, if that is further on: for a viewer that joins again.
    pub(crate) fn skip_to_entry(&mut self) {
        self.keep_up(Duration::ZERO);
    }

    /// Goes on with the newest entry when the next item is older than the newest one by more than `behind`.
    pub(crate) fn keep_up(&mut self, behind: Duration) {
        let ring = self.stream.ring();
        let (Some(next), Some(newest)) = (self.next, ring.items.back()) else {
            return;
        };
        let is_behind = ring
            .item(next)
            .is_some_and(|item| newest.due.saturating_sub(item.due) > behind);
        let entry = ring.entry(&self.stream.limits);
        if let Some(entry) = entry.filter(|entry| is_behind && entry.number > next) {
            self.skipped = self
                .skipped
                .saturating_add(entry.number.saturating_sub(next));
            self.next = Some(entry.number);
            self.begins = Some(Arc::clone(&entry.epoch));
        }
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
