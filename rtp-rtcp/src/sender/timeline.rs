use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use super::Continuity;

/// Which RTP timestamp belongs to which media position, and to which instant.
#[derive(Debug, Clone)]
pub(super) struct Timeline {
    clock_rate: NonZeroU32,
    /// The RTP timestamp of media tick 0.
    offset: u32,
    /// One point of the line of wall-clock time.
    reference: Option<(u32, Instant)>,
    /// The furthest timestamp sent.
    newest: Option<u32>,
    paused_at: Option<Instant>,
}

impl Timeline {
    pub(super) const fn new(clock_rate: NonZeroU32, offset: u32) -> Self {
        Self {
            clock_rate,
            offset,
            reference: None,
            newest: None,
            paused_at: None,
        }
    }

    #[inline]
    pub(super) const fn rtp_time(&self, media_ticks: i64) -> u32 {
        // Both live on the circle of 2^32: cutting off the rest is the arithmetic that is wanted.
        self.offset.wrapping_add(media_ticks as u32)
    }

    /// The RTP time at an instant, on the line through the reference.
    pub(super) fn at(&self, instant: Instant) -> Option<u32> {
        let (timestamp, reference) = self.reference?;
        Some(match instant.checked_duration_since(reference) {
            Some(after) => timestamp.wrapping_add(self.ticks(after)),
            None => {
                timestamp.wrapping_sub(self.ticks(reference.saturating_duration_since(instant)))
            }
        })
    }

    #[inline]
    pub(super) fn sent(&mut self, now: Instant, timestamp: u32) {
        if self.reference.is_none() {
            self.reference = Some((timestamp, now));
        }
        if self.newest.is_none_or(|newest| is_after(timestamp, newest)) {
            self.newest = Some(timestamp);
        }
    }

    pub(super) const fn set_reference(&mut self, timestamp: u32, at: Instant) {
        self.reference = Some((timestamp, at));
    }

    pub(super) fn reanchor(
        &mut self,
        now: Instant,
        media_ticks: i64,
        continuity: Continuity,
    ) -> u32 {
        self.paused_at = None;
        let target = match (continuity, self.at(now)) {
            (Continuity::Continuous, Some(line)) => {
                let earliest = self.newest.map_or(line, |newest| newest.wrapping_add(1));
                if is_after(earliest, line) {
                    earliest
                } else {
                    line
                }
            }
            (Continuity::Continuous, None) | (Continuity::Jump, _) => {
                self.newest = None;
                self.rtp_time(media_ticks)
            }
        };
        self.offset = target.wrapping_sub(media_ticks as u32);
        self.reference = Some((target, now));
        target
    }

    pub(super) fn pause(&mut self, now: Instant) {
        self.paused_at.get_or_insert(now);
    }

    /// The line goes on during a pause, so what follows it moves on by the pause's length.
    pub(super) fn resume(&mut self, now: Instant) {
        if let Some(paused_at) = self.paused_at.take() {
            let pause = self.ticks(now.saturating_duration_since(paused_at));
            self.offset = self.offset.wrapping_add(pause);
        }
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused_at.is_some()
    }

    /// A span in ticks, modulo 2^32.
    fn ticks(&self, span: Duration) -> u32 {
        let rate = u64::from(self.clock_rate.get());
        let whole = span.as_secs().wrapping_mul(rate);
        // Below 2^32 x 10^9, which 64 bits hold.
        let part = u64::from(span.subsec_nanos()).wrapping_mul(rate) / 1_000_000_000;
        whole.wrapping_add(part) as u32
    }

    /// Ticks as time.
    pub(super) fn duration(&self, ticks: u32) -> Duration {
        let nanos = u64::from(ticks).saturating_mul(1_000_000_000);
        Duration::from_nanos(nanos / u64::from(self.clock_rate.get()))
    }
}

/// True when `later` is after `earlier`, the short way round.
#[inline]
const fn is_after(later: u32, earlier: u32) -> bool {
    later.wrapping_sub(earlier).cast_signed() > 0
}
