//! From the wrapping milliseconds of tags to ticks of tracks.

use core::num::NonZeroU32;

const NANOSECONDS: i128 = 1_000_000_000;
const NANOSECONDS_PER_MILLISECOND: i128 = 1_000_000;

/// Video tracks count at this rate.
pub const VIDEO_CLOCK_RATE: NonZeroU32 = NonZeroU32::MIN.saturating_add(89_999);
const TICKS_PER_MILLISECOND: i64 = 90;

/// Composition times further below 0 than this are taken for 0: no encoder reorders over 5 seconds.
const LOWEST_COMPOSITION_TIME_MS: i32 = -5_000;

/// Milliseconds and nanoseconds in ticks, to the nearest.
fn ticks(milliseconds: i64, nanoseconds: u32, clock_rate: NonZeroU32) -> i64 {
    let time = i128::from(milliseconds) * NANOSECONDS_PER_MILLISECOND + i128::from(nanoseconds);
    let scaled = time * i128::from(clock_rate.get()) + NANOSECONDS / 2;
    let ticks = scaled.div_euclid(NANOSECONDS);
    i64::try_from(ticks.clamp(i128::from(i64::MIN), i128::from(i64::MAX))).unwrap_or_default()
}

/// The time of all tracks of one stream: 32 bits of milliseconds, unrolled.
#[derive(Debug, Clone, Default)]
pub(super) struct Timeline {
    /// The last timestamp and what it stands for.
    last: Option<(u32, i64)>,
    /// The latest time so far.
    latest: i64,
    discontinuities: u64,
}

impl Timeline {
    /// A timestamp of a track whose last time was `track_last`, in milliseconds that do not wrap.
    /// Small steps back are steps back; a track that goes back by more than `tolerated_ms` began anew,
    /// and all tracks go on from the latest time.
    pub(super) fn unroll(
        &mut self,
        timestamp: u32,
        track_last: Option<i64>,
        tolerated_ms: u32,
    ) -> i64 {
        let mut time = match self.last {
            None => i64::from(timestamp),
            #[allow(
                clippy::cast_possible_wrap,
                reason = "the difference modulo 2^32, with its sign"
            )]
            Some((last, time)) => {
                let step = timestamp.wrapping_sub(last) as i32;
                time.saturating_add(i64::from(step))
            }
        };
        let went_back =
            track_last.is_some_and(|last| last.saturating_sub(time) > i64::from(tolerated_ms));
        if went_back {
            time = self.latest;
            self.discontinuities = self.discontinuities.saturating_add(1);
        }
        self.last = Some((timestamp, time));
        self.latest = self.latest.max(time);
        time
    }

    pub(super) const fn discontinuities(&self) -> u64 {
        self.discontinuities
    }
}

/// The clock of a video track.
#[derive(Debug, Clone, Default)]
pub(super) struct VideoClock {
    pub(super) last_ms: Option<i64>,
    last_dts: Option<i64>,
    /// How much decoding times are moved back, for encoders whose composition times fall below 0.
    shift: i64,
}

impl VideoClock {
    /// Presentation and decoding time. The decoding time rises with each picture and is never after the
    /// presentation; where a composition time is negative, decoding times move back for good.
    pub(super) fn stamp(
        &mut self,
        time_ms: i64,
        nanoseconds: u32,
        composition_time_ms: i32,
    ) -> (i64, i64) {
        self.last_ms = Some(time_ms);
        let composition_time_ms = if composition_time_ms < LOWEST_COMPOSITION_TIME_MS {
            0
        } else {
            composition_time_ms
        };
        let offset = i64::from(composition_time_ms).saturating_mul(TICKS_PER_MILLISECOND);
        self.shift = self.shift.max(offset.saturating_neg());
        let time = ticks(time_ms, nanoseconds, VIDEO_CLOCK_RATE);
        let mut dts = time.saturating_sub(self.shift);
        if let Some(last) = self.last_dts {
            dts = dts.max(last.saturating_add(1));
        }
        self.last_dts = Some(dts);
        (time.saturating_add(offset).max(dts), dts)
    }
}

/// The clock of an audio track: RTMP rounds to milliseconds, the count of samples does not.
#[derive(Debug, Clone)]
pub(super) struct AudioClock {
    clock_rate: NonZeroU32,
    tolerance: i64,
    pub(super) last_ms: Option<i64>,
    last: Option<i64>,
    /// Where the last frame ended, when its length is known.
    next: Option<i64>,
}

impl AudioClock {
    pub(super) fn new(clock_rate: NonZeroU32, tolerance_ms: u32) -> Self {
        Self {
            clock_rate,
            tolerance: ticks(i64::from(tolerance_ms), 0, clock_rate),
            last_ms: None,
            last: None,
            next: None,
        }
    }

    /// The same time at another rate.
    pub(super) fn with_rate(&self, clock_rate: NonZeroU32, tolerance_ms: u32) -> Self {
        let rescaled = |time| castline_codec::rescale(time, self.clock_rate, clock_rate);
        Self {
            last_ms: self.last_ms,
            last: self.last.map(rescaled),
            ..Self::new(clock_rate, tolerance_ms)
        }
    }

    pub(super) const fn clock_rate(&self) -> NonZeroU32 {
        self.clock_rate
    }

    /// The time of a frame of so many samples (0 when not known). Within the tolerance the frame follows
    /// the last one without a gap; beyond, its own time counts. A frame whose time is not after that of
    /// the last one follows it, as several frames of one capture buffer do.
    pub(super) fn stamp(&mut self, time_ms: i64, nanoseconds: u32, samples: u32) -> i64 {
        let own = ticks(time_ms, nanoseconds, self.clock_rate);
        self.last_ms = Some(time_ms);
        self.advance(own, nanoseconds == 0, samples)
    }

    /// The time of a frame that follows the last one in the same tag.
    pub(super) fn stamp_next(&mut self, samples: u32) -> i64 {
        let next = self
            .next
            .or_else(|| self.last.map(|last| last.saturating_add(1)));
        self.advance(next.unwrap_or_default(), true, samples)
    }

    fn advance(&mut self, own: i64, is_rounded: bool, samples: u32) -> i64 {
        let tolerance = if is_rounded { self.tolerance } else { 1 };
        let mut time = own;
        if let Some(next) = self.next {
            let behind = self.last.is_some_and(|last| own <= last);
            if behind || next.abs_diff(own) <= tolerance.unsigned_abs() {
                time = next;
            }
        }
        if let Some(last) = self.last {
            time = time.max(last.saturating_add(1));
        }
        self.last = Some(time);
        self.next = (samples > 0).then(|| time.saturating_add(i64::from(samples)));
        time
    }
}
