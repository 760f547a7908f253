//! Decoding times (`stts`) and composition offsets (`ctts`), run-length coded in place.

use alloc::{boxed::Box, vec::Vec};

use bytes::Bytes;

use super::entries::{CHECKPOINT, Entries, checkpoint, pair};

/// `stts`: runs of samples with one duration.
///
/// A table that covers fewer samples than there are goes on with its last duration.
#[derive(Debug, Clone)]
pub(crate) struct DecodingTimes {
    runs: Entries<8>,
    /// The first sample and its decoding time, of every [`CHECKPOINT`]th run.
    checkpoints: Box<[(u64, i64)]>,
}

/// Where a sample stands among the runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TimePosition {
    /// The run after the one that the sample is in.
    next_run: usize,
    /// How many samples of the run come after this one.
    left: u64,
    pub(crate) time: i64,
    pub(crate) delta: u32,
}

impl DecodingTimes {
    pub(crate) fn new(entries: Bytes) -> Self {
        let runs = Entries::new(entries);
        let mut checkpoints = Vec::with_capacity(runs.len().div_ceil(CHECKPOINT));
        let (mut sample, mut time) = (0u64, 0i64);
        for block in runs.all().chunks(CHECKPOINT) {
            checkpoints.push((sample, time));
            for (count, delta) in block.iter().map(pair) {
                sample = sample.saturating_add(u64::from(count));
                time = after(time, u64::from(count), delta);
            }
        }
        Self {
            runs,
            checkpoints: checkpoints.into(),
        }
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        size_of_val(&*self.checkpoints)
    }

    /// The position of sample `index`.
    pub(crate) fn at(&self, index: u64) -> TimePosition {
        let start = checkpoint(&self.checkpoints, |(first, _)| *first <= index);
        let (mut run, (mut first, mut time)) = start.unwrap_or_default();
        let mut delta = 0;
        for (count, run_delta) in self.runs.from(run).iter().map(pair) {
            run = run.saturating_add(1);
            delta = run_delta;
            let within = index.saturating_sub(first);
            if within < u64::from(count) {
                return TimePosition {
                    next_run: run,
                    left: u64::from(count).saturating_sub(within).saturating_sub(1),
                    time: after(time, within, delta),
                    delta,
                };
            }
            first = first.saturating_add(u64::from(count));
            time = after(time, u64::from(count), delta);
        }
        TimePosition {
            next_run: run,
            left: u64::MAX,
            time: after(time, index.saturating_sub(first), delta),
            delta,
        }
    }

    /// Moves `count` samples on: at most [`TimePosition::run_left`].
    #[inline]
    pub(crate) fn advance(&self, position: &mut TimePosition, count: u32) {
        position.time = after(position.time, u64::from(count), position.delta);
        if let Some(left) = position.left.checked_sub(u64::from(count)) {
            position.left = left;
            return;
        }
        while let Some((count, delta)) = self.runs.pair(position.next_run) {
            position.next_run = position.next_run.saturating_add(1);
            position.delta = delta;
            if let Some(left) = u64::from(count).checked_sub(1) {
                position.left = left;
                return;
            }
        }
        position.left = u64::MAX;
    }

    /// The last sample whose decoding time is at or before `time`; the first one when none is.
    pub(crate) fn sample_at(&self, time: i64) -> u64 {
        let start = checkpoint(&self.checkpoints, |(_, start)| *start <= time);
        let Some((run, (mut first, mut start))) = start else {
            return 0;
        };
        let mut last = 0;
        for (count, delta) in self.runs.from(run).iter().map(pair) {
            if start > time {
                return first.saturating_sub(1);
            }
            last = delta;
            let end = after(start, u64::from(count), delta);
            if end > time {
                return first.saturating_add(steps(time, start, delta));
            }
            first = first.saturating_add(u64::from(count));
            start = end;
        }
        first.saturating_add(steps(time, start, last))
    }
}

impl TimePosition {
    /// How many samples, this one included, have this duration and follow each other.
    #[inline]
    pub(crate) const fn run_left(&self) -> u64 {
        self.left.saturating_add(1)
    }
}

fn after(time: i64, count: u64, delta: u32) -> i64 {
    let passed = count.saturating_mul(delta as u64);
    time.saturating_add_unsigned(passed).min(1 << 60)
}

fn steps(time: i64, start: i64, delta: u32) -> u64 {
    let passed = time.saturating_sub(start).max(0).unsigned_abs();
    passed.checked_div(u64::from(delta)).unwrap_or(0)
}

/// `ctts`: runs of samples with one composition offset.
///
/// Offsets are signed in both versions: version 0 files with negative ones are common, and an offset
/// of 2^31 ticks is not.
#[derive(Debug, Clone, Default)]
pub(crate) struct CompositionOffsets {
    runs: Entries<8>,
    /// The first sample of every [`CHECKPOINT`]th run.
    checkpoints: Box<[u64]>,
    /// The least offset, if that is negative.
    least: i32,
}

/// Where a sample stands among the runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct OffsetPosition {
    next_run: usize,
    left: u64,
    pub(crate) offset: i32,
}

impl CompositionOffsets {
    pub(crate) fn new(entries: Bytes) -> Self {
        let runs = Entries::new(entries);
        let mut checkpoints = Vec::with_capacity(runs.len().div_ceil(CHECKPOINT));
        let (mut sample, mut least) = (0u64, 0);
        for block in runs.all().chunks(CHECKPOINT) {
            checkpoints.push(sample);
            for (count, offset) in block.iter().map(pair) {
                sample = sample.saturating_add(u64::from(count));
                least = least.min(offset.cast_signed());
            }
        }
        Self {
            runs,
            checkpoints: checkpoints.into(),
            least,
        }
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        size_of_val(&*self.checkpoints)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.len() == 0
    }

    pub(crate) const fn least(&self) -> i32 {
        self.least
    }

    pub(crate) fn at(&self, index: u64) -> OffsetPosition {
        let start = checkpoint(&self.checkpoints, |first| *first <= index);
        let (mut run, mut first) = start.unwrap_or_default();
        for (count, offset) in self.runs.from(run).iter().map(pair) {
            run = run.saturating_add(1);
            let within = index.saturating_sub(first);
            if within < u64::from(count) {
                return OffsetPosition {
                    next_run: run,
                    left: u64::from(count).saturating_sub(within).saturating_sub(1),
                    offset: offset.cast_signed(),
                };
            }
            first = first.saturating_add(u64::from(count));
        }
        OffsetPosition {
            next_run: run,
            left: u64::MAX,
            offset: 0,
        }
    }

    /// Moves to the next sample.
    #[inline]
    pub(crate) fn advance(&self, position: &mut OffsetPosition) {
        if let Some(left) = position.left.checked_sub(1) {
            position.left = left;
            return;
        }
        while let Some((count, offset)) = self.runs.pair(position.next_run) {
            position.next_run = position.next_run.saturating_add(1);
            if let Some(left) = u64::from(count).checked_sub(1) {
                position.left = left;
                position.offset = offset.cast_signed();
                return;
            }
        }
        position.left = u64::MAX;
        position.offset = 0;
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    fn runs(entries: &[(u32, u32)]) -> Bytes {
        let pair = |&(a, b): &(u32, u32)| [a.to_be_bytes(), b.to_be_bytes()].concat();
        entries.iter().flat_map(pair).collect::<Vec<u8>>().into()
    }

    #[test]
    fn short_tables_go_on_and_empty_ones_stay_at_zero() {
        let times = DecodingTimes::new(runs(&[(2, 10), (0, 99), (1, 5)]));
        let at = |index| (times.at(index).time, times.at(index).delta);
        assert_eq!([at(0), at(1), at(2)], [(0, 10), (10, 10), (20, 5)]);
        assert_eq!([at(3), at(5)], [(25, 5), (35, 5)]);
        assert_eq!(times.sample_at(31), 4);
        let none = DecodingTimes::new(Bytes::new());
        assert_eq!((none.at(9).time, none.sample_at(9)), (0, 0));
        let offsets = CompositionOffsets::new(runs(&[(1, 7)]));
        assert_eq!((offsets.at(0).offset, offsets.at(1).offset), (7, 0));
    }

    #[test]
    fn absurd_sums_saturate() {
        let times = DecodingTimes::new(runs(&[(u32::MAX, u32::MAX); 3]));
        assert_eq!(times.at(u64::MAX).time, 1 << 60);
        assert!(times.sample_at(i64::MAX) > 0);
    }

    proptest! {
        #[test]
        fn every_way_to_a_sample_agrees(entries in prop::collection::vec((0u32..4, 0u32..5), 0..300)) {
            let times = DecodingTimes::new(runs(&entries));
            let offsets = CompositionOffsets::new(runs(&entries));
            let expanded: Vec<u32> =
                entries.iter().flat_map(|&(count, value)| vec![value; count as usize]).collect();
            let (mut time, mut offset) = (times.at(0), offsets.at(0));
            let mut expected = 0;
            for (index, value) in expanded.iter().enumerate() {
                let direct = times.at(index as u64);
                prop_assert_eq!((direct.time, direct.delta), (expected, *value));
                prop_assert_eq!((time.time, time.delta), (expected, *value));
                prop_assert_eq!(offsets.at(index as u64).offset, *value as i32);
                prop_assert_eq!(offset.offset, *value as i32);
                let found = times.sample_at(expected);
                prop_assert!(found >= index as u64 && times.at(found).time == expected);
                expected += i64::from(*value);
                times.advance(&mut time, 1);
                offsets.advance(&mut offset);
            }
        }
    }
}
