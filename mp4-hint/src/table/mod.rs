//! The samples of a track, found in the file's own tables.
//!
//! Nothing is expanded: the `moov` stays as it was read, and a checkpoint every 64 entries makes every
//! sample reachable in a bounded number of steps.

pub(crate) mod chunk;
mod cursor;
pub(crate) mod entries;
pub(crate) mod fragment;
pub(crate) mod size;
pub(crate) mod sync;
pub(crate) mod time;

pub(crate) use cursor::CursorState;
pub use cursor::SampleCursor;

use chunk::Chunks;
use fragment::{FragmentRuns, TrackRun};
use size::Sizes;
use sync::SyncSamples;
use time::{CompositionOffsets, DecodingTimes};

/// How many keyframes are looked at when composition offsets hide which one is the right one.
const KEYFRAME_STEPS: usize = 64;

/// Where one sample lies in the file and when it is shown.
///
/// Times are ticks of the track's clock on the file's timeline: the edit list is applied, so that equal
/// times of two tracks belong together. They are negative for what comes before the file's zero (AAC
/// priming, or the decoding times of reordered video).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// Its number in the track, from 0, in decoding order.
    pub index: u32,
    /// Where it begins in the file. Not checked against the file's length.
    pub offset: u64,
    /// Its size in bytes. Not checked against the file's length.
    pub size: u32,
    /// When it is decoded: never after `pts`.
    pub dts: i64,
    /// When it is presented.
    pub pts: i64,
    /// How long it lasts, in ticks.
    pub duration: u32,
    /// Whether decoding can begin here.
    pub keyframe: bool,
}

/// The samples of one track: those of the `moov`, then those of its fragments.
#[derive(Debug, Clone)]
pub struct SampleTable {
    pub(crate) progressive: Progressive,
    pub(crate) fragments: FragmentRuns,
    /// Added to media times to get times of the movie.
    shift: i64,
    /// Added to decoding times: the same, less what negative composition offsets (`ctts` version 1) take,
    /// so that nothing is decoded after it is shown.
    decoding_shift: i64,
}

/// The tables of an `stbl`.
#[derive(Debug, Clone)]
pub(crate) struct Progressive {
    pub(crate) count: u32,
    pub(crate) times: DecodingTimes,
    pub(crate) compositions: CompositionOffsets,
    pub(crate) sizes: Sizes,
    pub(crate) chunks: Chunks,
    pub(crate) sync: SyncSamples,
}

impl Progressive {
    /// Counts the samples: no more than have a size and a chunk.
    pub(crate) fn counted(mut self) -> Self {
        let held = u32::try_from(self.chunks.capacity()).unwrap_or(u32::MAX);
        self.count = self.sizes.count().min(held);
        self
    }

    fn end_time(&self) -> i64 {
        self.times.at(u64::from(self.count)).time
    }
}

impl SampleTable {
    pub(crate) fn new(progressive: Progressive, shift: i64) -> Self {
        let mut fragments = FragmentRuns::default();
        fragments.set_time(progressive.end_time());
        let decoding_shift = shift.saturating_add(i64::from(progressive.compositions.least()));
        Self {
            progressive,
            fragments,
            shift,
            decoding_shift,
        }
    }

    /// How many samples there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.progressive
            .count
            .saturating_add(self.fragments.count())
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is added to a time of the media (`stts`, `ctts`, `tfdt`) to get a time of the file: the edit
    /// list, reduced to its leading empty edits and the first real one.
    #[must_use]
    pub const fn time_shift(&self) -> i64 {
        self.shift
    }

    /// Sample `index`, in a bounded number of steps.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Sample> {
        self.cursor_at(index).next()
    }

    pub(crate) const fn decoding_shift(&self) -> i64 {
        self.decoding_shift
    }

    /// A walk over all samples, in decoding order.
    #[must_use]
    pub fn cursor(&self) -> SampleCursor<'_> {
        self.cursor_at(0)
    }

    /// A walk from sample `index` on.
    #[must_use]
    pub fn cursor_at(&self, index: u32) -> SampleCursor<'_> {
        SampleCursor::new(self, index)
    }

    /// The last sample that is decoded at or before `time`, a time of the file in ticks; the first one when
    /// all are later. `None` when the track is empty.
    #[must_use]
    pub fn sample_at_time(&self, time: i64) -> Option<u32> {
        let last = self.len().checked_sub(1)?;
        let time = time.saturating_sub(self.decoding_shift);
        let in_fragments = self
            .fragments
            .first_time()
            .is_some_and(|first| first <= time)
            || self.progressive.count == 0;
        let found = if in_fragments {
            self.fragments.sample_at(time).unwrap_or(0)
        } else {
            let last = self.progressive.count.saturating_sub(1);
            u32::try_from(self.progressive.times.sample_at(time)).map_or(last, |at| at.min(last))
        };
        Some(found.min(last))
    }

    /// The last keyframe at or before sample `index`.
    #[must_use]
    pub fn keyframe_at_or_before(&self, index: u32) -> Option<u32> {
        let index = index.min(self.len().checked_sub(1)?);
        if let Some(last) = self.progressive.count.checked_sub(1) {
            let in_fragments = index > last;
            let found = in_fragments
                .then(|| self.fragments.key_before(index))
                .flatten();
            return found.or_else(|| self.progressive.sync.before(index.min(last)));
        }
        self.fragments.key_before(index)
    }

    /// The last keyframe that is presented at or before `time`, a time of the file in ticks.
    #[must_use]
    pub fn keyframe_before(&self, time: i64) -> Option<u32> {
        let latest = self.sample_at_time(time)?;
        let mut key = self.keyframe_at_or_before(latest)?;
        for _ in 0..KEYFRAME_STEPS {
            if self.get(key).is_some_and(|sample| sample.pts <= time) {
                return Some(key);
            }
            key = self.keyframe_at_or_before(key.checked_sub(1)?)?;
        }
        Some(key)
    }

    /// The time of the file at which the last sample's presentation ends, taking the first sample's composition
    /// offset for the reordering delay.
    #[must_use]
    pub fn end_time(&self) -> i64 {
        let first = self.get(0);
        let delay = first.map_or(0, |first| first.pts.saturating_sub(first.dts));
        self.decoding_end().saturating_add(delay)
    }

    fn decoding_end(&self) -> i64 {
        self.fragments
            .end_time()
            .saturating_add(self.decoding_shift)
    }

    /// How many bytes all samples take together.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        let progressive = self.progressive.sizes.sum_before(self.progressive.count);
        progressive.saturating_add(self.fragments.sample_bytes())
    }

    /// How many ticks lie between the first sample's decoding and the last one's end.
    #[must_use]
    pub fn media_duration(&self) -> u64 {
        let first = self.get(0).map_or(0, |sample| sample.dts);
        let end = self.decoding_end().saturating_sub(first);
        u64::try_from(end).unwrap_or(0)
    }

    /// How many bytes are kept beside the `moov` itself.
    #[must_use]
    pub fn index_bytes(&self) -> usize {
        let tables = &self.progressive;
        tables
            .times
            .resident_bytes()
            .saturating_add(tables.compositions.resident_bytes())
            .saturating_add(tables.sizes.resident_bytes())
            .saturating_add(tables.chunks.resident_bytes())
            .saturating_add(self.fragments.resident_bytes())
    }

    /// Appends a fragment's run, at decoding time `time` if that is said.
    pub(crate) fn append(&mut self, time: Option<i64>, run: TrackRun) -> Option<u64> {
        if let Some(time) = time {
            self.fragments.set_time(time);
        }
        let end = self.fragments.append(self.progressive.count, run);
        let least = self.fragments.least_composition();
        let least = self.progressive.compositions.least().min(least);
        self.decoding_shift = self.shift.saturating_add(i64::from(least));
        end
    }
}
