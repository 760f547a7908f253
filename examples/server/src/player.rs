//! What a session plays from, and when the next unit is due.

use std::{
    collections::VecDeque,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use crate::{clock::PlayClock, movie::Presentation, stream::Viewer, unit::Unit};

/// Units of one source on their way to one client, on the clock.
#[derive(Debug)]
pub(crate) struct Player {
    feed: Feed,
    next: Option<Arc<Unit>>,
    clock: PlayClock,
    is_fresh: bool,
    ended: bool,
}

#[derive(Debug)]
enum Feed {
    /// A file, read ahead by a task of its own.
    File(mpsc::Receiver<Unit>),
    /// A live stream.
    Live(LiveFeed),
}

/// A live stream as units, for a client that was told of its tracks.
#[derive(Debug)]
pub(crate) struct LiveFeed {
    viewer: Viewer,
    told: Arc<Presentation>,
    /// The units of the item that was begun.
    units: VecDeque<Arc<Unit>>,
}

impl LiveFeed {
    pub(crate) const fn new(viewer: Viewer, told: Arc<Presentation>) -> Self {
        Self {
            viewer,
            told,
            units: VecDeque::new(),
        }
    }

    pub(crate) fn started(&self) -> Instant {
        self.viewer.started()
    }

    pub(crate) fn entry_position(&self) -> Option<Duration> {
        self.viewer.entry_position()
    }

    fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<Arc<Unit>>> {
        loop {
            if let Some(unit) = self.units.pop_front() {
                return Poll::Ready(Some(unit));
            }
            let Some(item) = ready!(self.viewer.poll_next(cx)) else {
                return Poll::Ready(None);
            };
            if item.frames.is_empty() {
                continue;
            }
            // Other codecs than the client was told of cannot be sent to it: it may ask anew.
            let now = item.epoch.presentation();
            if !now.is_ok_and(|now| Arc::ptr_eq(&now, &self.told) || self.told.continues_as(&now)) {
                return Poll::Ready(None);
            }
            self.units.extend(item.rtp().iter().cloned());
        }
    }
}

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Next {
    /// Send this now.
    Unit(Arc<Unit>),
    /// Nothing before this instant.
    At(Instant),
    /// Nothing until the source has more.
    Waiting,
    /// Nothing any more.
    End,
}

impl Player {
    /// Plays what a reading task sends, the unit at `position` being due at `now`.
    pub(crate) fn file(units: mpsc::Receiver<Unit>, now: Instant, position: Duration) -> Self {
        Self {
            feed: Feed::File(units),
            next: None,
            clock: PlayClock::new(now, position),
            is_fresh: true,
            ended: false,
        }
    }

    /// Plays a live stream on the stream's own clock: what it has is due at once.
    pub(crate) fn live(feed: LiveFeed) -> Self {
        let clock = PlayClock::new(feed.started(), Duration::ZERO);
        Self {
            feed: Feed::Live(feed),
            next: None,
            clock,
            is_fresh: true,
            ended: false,
        }
    }

    /// The place on the source's time line that plays at `now`.
    pub(crate) fn position(&self, now: Instant) -> Duration {
        self.clock.position(now)
    }

    /// Nothing was sent yet.
    pub(crate) const fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    pub(crate) fn pause(&mut self, now: Instant) {
        self.clock.pause(now);
    }

    /// Goes on where it paused.
    pub(crate) fn resume(&mut self, now: Instant) {
        match self.feed {
            Feed::File(_) => self.clock.resume(now),
            Feed::Live(_) => self.clock.rejoin(),
        }
    }

    /// Units that a live stream's ring went over before they were sent.
    pub(crate) fn take_skipped(&mut self) -> u64 {
        match &mut self.feed {
            Feed::File(_) => 0,
            Feed::Live(feed) => feed.viewer.take_skipped(),
        }
    }

    /// What to do at `now`; the task is woken when the source has more.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>, now: Instant) -> Next {
        if self.clock.is_paused() {
            return Next::Waiting;
        }
        if self.next.is_none() && !self.ended {
            match self.poll_feed(cx) {
                Poll::Ready(Some(unit)) => self.next = Some(unit),
                Poll::Ready(None) => self.ended = true,
                Poll::Pending => return Next::Waiting,
            }
        }
        let Some(unit) = self.next.take() else {
            return Next::End;
        };
        let due = match self.feed {
            Feed::File(_) => self.clock.due(unit.due),
            Feed::Live(_) => now,
        };
        if due <= now {
            self.is_fresh = false;
            return Next::Unit(unit);
        }
        self.next = Some(unit);
        Next::At(due)
    }

    fn poll_feed(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arc<Unit>>> {
        match &mut self.feed {
            Feed::File(units) => units.poll_recv(cx).map(|unit| unit.map(Arc::new)),
            Feed::Live(feed) => feed.poll_next(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn unit(due_ms: u64) -> Unit {
        Unit {
            track: 0,
            due: Duration::from_millis(due_ms),
            keyframe: true,
            payloads: Vec::new(),
        }
    }

    fn due(next: Next) -> Option<u128> {
        match next {
            Next::Unit(unit) => Some(unit.due.as_millis()),
            Next::At(_) | Next::Waiting | Next::End => None,
        }
    }

    #[test]
    fn units_come_at_their_time_and_a_pause_moves_them() {
        let (units, received) = mpsc::channel(8);
        for ms in [1_000, 1_040, 1_080] {
            units.try_send(unit(ms)).unwrap();
        }
        drop(units);
        let start = crate::client::now();
        let after = |ms| start + Duration::from_millis(ms);
        let mut player = Player::file(received, start, Duration::from_secs(1));
        let mut cx = Context::from_waker(Waker::noop());
        assert!(player.is_fresh());
        assert_eq!(due(player.poll_next(&mut cx, start)), Some(1_000));
        assert!(!player.is_fresh());
        assert!(matches!(player.poll_next(&mut cx, start), Next::At(at) if at == after(40)));
        player.pause(after(20));
        assert!(matches!(
            player.poll_next(&mut cx, after(500)),
            Next::Waiting
        ));
        assert_eq!(player.position(after(500)), Duration::from_millis(1_020));
        player.resume(after(500));
        assert!(matches!(player.poll_next(&mut cx, after(500)), Next::At(at) if at == after(520)));
        assert_eq!(due(player.poll_next(&mut cx, after(520))), Some(1_040));
        assert_eq!(due(player.poll_next(&mut cx, after(560))), Some(1_080));
        assert!(matches!(player.poll_next(&mut cx, after(560)), Next::End));
    }
}
