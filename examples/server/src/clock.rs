//! Which place of a source plays at which instant.

use std::time::{Duration, Instant};

/// A clock that runs along a source's time line, and can stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlayClock {
    /// This instant is this place on the time line.
    anchor: (Instant, Duration),
    /// The clock stands since then.
    paused_at: Option<Instant>,
}

impl PlayClock {
    pub(crate) const fn new(now: Instant, position: Duration) -> Self {
        Self {
            anchor: (now, position),
            paused_at: None,
        }
    }

    /// The place that plays at `now`.
    pub(crate) fn position(&self, now: Instant) -> Duration {
        let (instant, position) = self.anchor;
        let until = self.paused_at.unwrap_or(now);
        position.saturating_add(until.saturating_duration_since(instant))
    }

    /// When `place` is due.
    pub(crate) fn due(&self, place: Duration) -> Instant {
        let (instant, position) = self.anchor;
        match place.checked_sub(position) {
            Some(later) => instant.checked_add(later).unwrap_or(instant),
            None => instant,
        }
    }

    pub(crate) fn pause(&mut self, now: Instant) {
        self.paused_at.get_or_insert(now);
    }

    pub(crate) const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// Goes on where it paused.
    pub(crate) fn resume(&mut self, now: Instant) {
        let position = self.position(now);
        if self.paused_at.take().is_some() {
            self.anchor = (now, position);
        }
    }

    /// Goes on as if it had never paused: a live source did not.
    pub(crate) fn rejoin(&mut self) {
        self.paused_at = None;
    }
}
