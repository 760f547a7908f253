use super::{
    Sample, SampleTable, chunk::ChunkPosition, fragment::FragmentPosition, time::OffsetPosition,
    time::TimePosition,
};

/// A walk over the samples of one track, in decoding order.
#[derive(Debug, Clone)]
pub struct SampleCursor<'a> {
    table: &'a SampleTable,
    state: CursorState,
}

impl<'a> SampleCursor<'a> {
    pub(crate) fn new(table: &'a SampleTable, index: u32) -> Self {
        Self {
            table,
            state: CursorState::at(table, index),
        }
    }
}

impl Iterator for SampleCursor<'_> {
    type Item = Sample;

    #[inline]
    fn next(&mut self) -> Option<Sample> {
        self.state.next(self.table)
    }
}

/// The place of a walk, apart from the table it walks over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CursorState {
    Progressive(ProgressivePosition),
    Fragments(FragmentPosition),
    End,
}

/// The place of a walk in the tables of an `stbl`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProgressivePosition {
    index: u32,
    time: TimePosition,
    composition: OffsetPosition,
    chunk: ChunkPosition,
    sync: usize,
}

impl CursorState {
    pub(crate) fn at(table: &SampleTable, index: u32) -> Self {
        let tables = &table.progressive;
        if index >= tables.count {
            let fragment = table.fragments.at(index);
            return fragment.map_or(Self::End, Self::Fragments);
        }
        let Some(chunk) = tables.chunks.at(index, &tables.sizes) else {
            return Self::End;
        };
        Self::Progressive(ProgressivePosition {
            index,
            time: tables.times.at(u64::from(index)),
            composition: tables.compositions.at(u64::from(index)),
            chunk,
            sync: tables.sync.position(index),
        })
    }

    #[inline]
    pub(crate) fn next(&mut self, table: &SampleTable) -> Option<Sample> {
        self.next_run(table, 1)
    }

    /// The next sample, joined with up to `most - 1` that follow it without a gap and are declared to be
    /// alike in size and duration: the samples of PCM audio are a few bytes each.
    #[inline]
    pub(crate) fn next_run(&mut self, table: &SampleTable, most: u32) -> Option<Sample> {
        let sample = match self {
            Self::Progressive(position) => {
                let (sample, more) = position.take(table, most);
                if !more {
                    *self = Self::at(table, table.progressive.count);
                }
                sample
            }
            Self::Fragments(position) => table.fragments.take(position, most)?,
            Self::End => return None,
        };
        Some(Sample {
            dts: sample.dts.saturating_add(table.decoding_shift()),
            pts: sample.pts.saturating_add(table.time_shift()),
            ..sample
        })
    }
}

impl ProgressivePosition {
    /// The sample here, and whether there is a next one, which this becomes.
    #[inline]
    fn take(&mut self, table: &SampleTable, most: u32) -> (Sample, bool) {
        let tables = &table.progressive;
        let count = if most > 1 { self.alike(table, most) } else { 1 };
        let bytes = u64::from(tables.sizes.size(self.index)).saturating_mul(u64::from(count));
        let sample = Sample {
            index: self.index,
            offset: self.chunk.offset,
            size: u32::try_from(bytes).unwrap_or(u32::MAX),
            dts: self.time.time,
            pts: self
                .time
                .time
                .saturating_add(i64::from(self.composition.offset)),
            duration: self.time.delta.saturating_mul(count),
            keyframe: tables.sync.take(&mut self.sync, self.index),
        };
        self.index = self.index.saturating_add(count);
        let more =
            self.index < tables.count && tables.chunks.advance(&mut self.chunk, count, bytes);
        tables.times.advance(&mut self.time, count);
        tables.compositions.advance(&mut self.composition);
        (sample, more)
    }

    fn alike(&self, table: &SampleTable, most: u32) -> u32 {
        let tables = &table.progressive;
        if tables.sizes.constant_size().is_none() || !tables.compositions.is_empty() {
            return 1;
        }
        let run = self.chunk.chunk_left().min(self.time.run_left());
        let left = tables.count.saturating_sub(self.index);
        u32::try_from(run)
            .unwrap_or(u32::MAX)
            .min(most)
            .min(left)
            .max(1)
    }
}
