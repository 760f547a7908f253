//! The samples of movie fragments: `trun` entries, read where they lie in the kept `moof`.

use alloc::vec::Vec;

use bytes::Bytes;

use super::Sample;

/// How many entries one [`Run`] covers at most, which bounds the walk to any sample.
const RUN_ENTRIES: u32 = 256;

/// `sample_is_non_sync_sample` of the sample flags (ISO/IEC 14496-12, 8.8.3.1).
const NON_SYNC: u32 = 0x0001_0000;

/// Which fields the entries of a `trun` have; its flags shifted to the low bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fields(pub(crate) u8);

impl Fields {
    const DURATION: u8 = 1;
    const SIZE: u8 = 2;
    const FLAGS: u8 = 4;
    const COMPOSITION: u8 = 8;

    pub(crate) const fn of_flags(flags: u32) -> Self {
        Self(((flags >> 8) & 0x0f) as u8)
    }

    pub(crate) const fn entry_len(self) -> usize {
        self.0.count_ones().saturating_mul(4) as usize
    }

    const fn has(self, field: u8) -> bool {
        self.0 & field != 0
    }
}

/// What holds for a sample whose entry does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Defaults {
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
}

/// One `trun`, as it is put into the index.
#[derive(Debug, Clone)]
pub(crate) struct TrackRun {
    pub(crate) count: u32,
    pub(crate) offset: u64,
    pub(crate) fields: Fields,
    pub(crate) defaults: Defaults,
    pub(crate) first_flags: Option<u32>,
    pub(crate) entries: Bytes,
}

impl TrackRun {
    #[inline]
    fn entry(&self, within: u32) -> Entry {
        let mut entry = Entry {
            duration: self.defaults.duration,
            size: self.defaults.size,
            flags: self.defaults.flags,
            composition: 0,
        };
        let start = (within as usize).saturating_mul(self.fields.entry_len());
        let bytes = self.entries.get(start..).unwrap_or_default();
        let mut fields = bytes.as_chunks().0.iter();
        let mut next = |field| {
            let value = if self.fields.has(field) {
                fields.next()
            } else {
                None
            };
            value.map(|bytes| u32::from_be_bytes(*bytes))
        };
        entry.duration = next(Fields::DURATION).unwrap_or(entry.duration);
        entry.size = next(Fields::SIZE).unwrap_or(entry.size);
        entry.flags = next(Fields::FLAGS).unwrap_or(entry.flags);
        entry.composition = next(Fields::COMPOSITION).map_or(0, u32::cast_signed);
        if within == 0 {
            entry.flags = self.first_flags.unwrap_or(entry.flags);
        }
        entry
    }

    /// The file offset behind the data.
    pub(crate) fn end(&self) -> u64 {
        let bytes = if self.fields.has(Fields::SIZE) {
            let sizes = (0..self.count).map(|within| u64::from(self.entry(within).size));
            sizes.fold(0, u64::saturating_add)
        } else {
            u64::from(self.defaults.size).saturating_mul(u64::from(self.count))
        };
        self.offset.saturating_add(bytes)
    }
}

/// A stretch of samples whose entries follow each other.
#[derive(Debug, Clone)]
struct Run {
    first_sample: u32,
    time: i64,
    /// The last keyframe before this run.
    key_before: Option<u32>,
    run: TrackRun,
}

/// All samples of a track's fragments.
#[derive(Debug, Clone, Default)]
pub(crate) struct FragmentRuns {
    runs: Vec<Run>,
    count: u32,
    end_time: i64,
    last_key: Option<u32>,
    least_composition: i32,
    entry_bytes: usize,
    sample_bytes: u64,
}

/// Where a sample stands among the runs.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FragmentPosition {
    run: usize,
    within: u32,
    time: i64,
    offset: u64,
}

struct Entry {
    duration: u32,
    size: u32,
    flags: u32,
    composition: i32,
}

impl Run {
    #[inline]
    fn entry(&self, within: u32) -> Entry {
        self.run.entry(within)
    }

    /// Neither sizes nor durations differ, so that places are computed, not walked to.
    const fn is_uniform(&self) -> bool {
        self.run.fields.entry_len() == 0
    }

    fn position(&self, number: usize, within: u32) -> FragmentPosition {
        let mut position = FragmentPosition {
            run: number,
            within,
            time: self.time,
            offset: self.run.offset,
        };
        if self.is_uniform() {
            position.skip(&self.run.defaults, within);
        } else {
            for index in 0..within {
                let entry = self.entry(index);
                position.time = later(position.time, entry.duration, 1);
                position.offset = position.offset.saturating_add(u64::from(entry.size));
            }
        }
        position
    }

    fn last_key(&self) -> Option<u32> {
        self.key_at_or_before(self.run.count.saturating_sub(1))
    }

    fn key_at_or_before(&self, within: u32) -> Option<u32> {
        let is_key = |within: &u32| self.entry(*within).flags & NON_SYNC == 0;
        let found = if self.is_uniform() {
            // All alike, but for the first.
            [within, 0].into_iter().find(is_key)
        } else {
            (0..=within).rev().find(is_key)
        };
        found
            .map(|within| self.first_sample.saturating_add(within))
            .or(self.key_before)
    }
}

impl FragmentPosition {
    fn skip(&mut self, each: &Defaults, count: u32) {
        self.time = later(self.time, each.duration, count);
        let bytes = u64::from(each.size).saturating_mul(u64::from(count));
        self.offset = self.offset.saturating_add(bytes);
    }
}

fn later(time: i64, duration: u32, count: u32) -> i64 {
    let passed = u64::from(duration).saturating_mul(u64::from(count));
    time.saturating_add_unsigned(passed).min(1 << 60)
}

impl FragmentRuns {
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// The decoding time that follows the last sample.
    pub(crate) const fn end_time(&self) -> i64 {
        self.end_time
    }

    pub(crate) const fn least_composition(&self) -> i32 {
        self.least_composition
    }

    pub(crate) fn first_time(&self) -> Option<i64> {
        self.runs.first().map(|run| run.time)
    }

    pub(crate) const fn sample_bytes(&self) -> u64 {
        self.sample_bytes
    }

    pub(crate) const fn resident_bytes(&self) -> usize {
        self.runs
            .len()
            .saturating_mul(size_of::<Run>())
            .saturating_add(self.entry_bytes)
    }

    pub(crate) const fn set_time(&mut self, time: i64) {
        self.end_time = time;
    }

    /// Appends a run; gives the file offset behind its data. `None` when the samples cannot be counted.
    pub(crate) fn append(&mut self, first_sample: u32, run: TrackRun) -> Option<u64> {
        first_sample
            .checked_add(self.count)?
            .checked_add(run.count)?;
        let entry_len = run.fields.entry_len();
        self.entry_bytes = self.entry_bytes.saturating_add(run.entries.len());
        let (mut done, mut offset) = (0u32, run.offset);
        while done < run.count {
            let left = run.count.saturating_sub(done);
            let count = if entry_len == 0 {
                left
            } else {
                left.min(RUN_ENTRIES)
            };
            let start = (done as usize).saturating_mul(entry_len);
            let end = start.saturating_add((count as usize).saturating_mul(entry_len));
            run.entries.get(start..end)?;
            let part = TrackRun {
                count,
                offset,
                first_flags: run.first_flags.filter(|_| done == 0),
                entries: run.entries.slice(start..end),
                ..run
            };
            offset = self.append_part(first_sample, part);
            done = done.saturating_add(count);
        }
        Some(offset)
    }

    fn append_part(&mut self, first_sample: u32, run: TrackRun) -> u64 {
        let run = Run {
            first_sample: first_sample.saturating_add(self.count),
            time: self.end_time,
            key_before: self.last_key,
            run,
        };
        let end = run.position(0, run.run.count);
        let bytes = end.offset.saturating_sub(run.run.offset);
        self.sample_bytes = self.sample_bytes.saturating_add(bytes);
        self.count = self.count.saturating_add(run.run.count);
        self.end_time = end.time;
        self.last_key = run.last_key();
        if run.run.fields.has(Fields::COMPOSITION) {
            let offsets = (0..run.run.count).map(|within| run.entry(within).composition);
            self.least_composition = offsets.fold(self.least_composition, i32::min);
        }
        self.runs.push(run);
        end.offset
    }

    /// The position of sample `index` of the track.
    pub(crate) fn at(&self, index: u32) -> Option<FragmentPosition> {
        let next = self.runs.partition_point(|run| run.first_sample <= index);
        let number = next.checked_sub(1)?;
        let run = self.runs.get(number)?;
        let within = index.checked_sub(run.first_sample)?;
        (within < run.run.count).then(|| run.position(number, within))
    }

    /// The sample at `position`, joined with up to `most - 1` that are alike by declaration; `position`
    /// moves behind it.
    #[inline]
    pub(crate) fn take(&self, position: &mut FragmentPosition, most: u32) -> Option<Sample> {
        let mut run = self.runs.get(position.run)?;
        if position.within >= run.run.count {
            position.run = position.run.checked_add(1)?;
            run = self.runs.get(position.run)?;
            position.within = 0;
            position.time = run.time;
            position.offset = run.run.offset;
        }
        let entry = run.entry(position.within);
        let left = run.run.count.saturating_sub(position.within);
        let count = if run.is_uniform() {
            left.min(most).max(1)
        } else {
            1
        };
        let sample = Sample {
            index: run.first_sample.saturating_add(position.within),
            offset: position.offset,
            size: entry.size.saturating_mul(count),
            dts: position.time,
            pts: position.time.saturating_add(i64::from(entry.composition)),
            duration: entry.duration.saturating_mul(count),
            keyframe: entry.flags & NON_SYNC == 0,
        };
        position.within = position.within.saturating_add(count);
        let each = Defaults {
            duration: entry.duration,
            size: entry.size,
            flags: entry.flags,
        };
        position.skip(&each, count);
        Some(sample)
    }

    /// The last sample whose decoding time is at or before `time`.
    pub(crate) fn sample_at(&self, time: i64) -> Option<u32> {
        let next = self.runs.partition_point(|run| run.time <= time);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let last = run.run.count.saturating_sub(1);
        let passed = time.saturating_sub(run.time).max(0).unsigned_abs();
        let within = if run.is_uniform() {
            let steps = passed.checked_div(u64::from(run.run.defaults.duration));
            steps.map_or(0, |steps| u32::try_from(steps).unwrap_or(u32::MAX))
        } else {
            let mut end = run.time;
            let ends = (0..last).take_while(|within| {
                end = later(end, run.entry(*within).duration, 1);
                end <= time
            });
            u32::try_from(ends.count()).unwrap_or(u32::MAX)
        };
        Some(run.first_sample.saturating_add(within.min(last)))
    }

    /// The last keyframe at or before sample `index`.
    pub(crate) fn key_before(&self, index: u32) -> Option<u32> {
        let next = self.runs.partition_point(|run| run.first_sample <= index);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let within = index.saturating_sub(run.first_sample);
        run.key_at_or_before(within.min(run.run.count.saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests;
