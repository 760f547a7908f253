//! Which chunk a sample is in, and where chunks lie (`stsc`, `stco`, `co64`), in place.

use alloc::{boxed::Box, vec::Vec};

use bytes::Bytes;

use super::{
    entries::{CHECKPOINT, Entries, checkpoint},
    size::Sizes,
};

/// The file offsets of chunks.
#[derive(Debug, Clone)]
pub(crate) enum ChunkOffsets {
    Short(Entries<4>),
    Long(Entries<8>),
}

impl ChunkOffsets {
    fn len(&self) -> usize {
        match self {
            Self::Short(offsets) => offsets.len(),
            Self::Long(offsets) => offsets.len(),
        }
    }

    #[inline]
    fn offset(&self, chunk: usize) -> Option<u64> {
        match self {
            Self::Short(offsets) => offsets.value(chunk).map(u64::from),
            Self::Long(offsets) => offsets
                .all()
                .get(chunk)
                .map(|entry| u64::from_be_bytes(*entry)),
        }
    }
}

/// `stsc` and the chunk offsets.
#[derive(Debug, Clone)]
pub(crate) struct Chunks {
    /// First chunk (from 1), samples per chunk, sample description.
    runs: Entries<12>,
    offsets: ChunkOffsets,
    /// The first sample of every [`CHECKPOINT`]th run.
    checkpoints: Box<[u64]>,
    /// How many samples all chunks hold.
    capacity: u64,
}

/// A run of chunks that hold the same number of samples each.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    first_chunk: usize,
    end_chunk: usize,
    samples_per_chunk: u32,
}

impl Run {
    const fn samples(&self) -> u64 {
        let chunks = self.end_chunk.saturating_sub(self.first_chunk) as u64;
        chunks.saturating_mul(self.samples_per_chunk as u64)
    }
}

/// Where a sample lies.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ChunkPosition {
    next_run: usize,
    run: Run,
    chunk: usize,
    /// How many samples of the chunk come after this one.
    left: u32,
    pub(crate) offset: u64,
}

impl Chunks {
    /// `None` when the first chunks of the runs do not increase.
    pub(crate) fn new(runs: Bytes, offsets: ChunkOffsets) -> Option<Self> {
        let mut chunks = Self {
            runs: Entries::new(runs),
            offsets,
            checkpoints: Box::default(),
            capacity: 0,
        };
        let count = chunks.runs.len();
        let mut checkpoints = Vec::with_capacity(count.div_ceil(CHECKPOINT));
        let mut previous = 0;
        for index in 0..count {
            if index.is_multiple_of(CHECKPOINT) {
                checkpoints.push(chunks.capacity);
            }
            let run = chunks.run(index)?;
            if index > 0 && run.first_chunk <= previous {
                return None;
            }
            previous = run.first_chunk;
            chunks.capacity = chunks.capacity.saturating_add(run.samples());
        }
        chunks.checkpoints = checkpoints.into();
        Some(chunks)
    }

    pub(crate) const fn capacity(&self) -> u64 {
        self.capacity
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        size_of_val(&*self.checkpoints)
    }

    fn run(&self, index: usize) -> Option<Run> {
        let (first, samples_per_chunk) = self.runs.all().get(index).map(chunk_run)?;
        let next = self.runs.all().get(index.saturating_add(1)).map(chunk_run);
        let first_chunk = if index == 0 {
            0
        } else {
            first.saturating_sub(1) as usize
        };
        let end = next.map_or(usize::MAX, |(first, _)| first.saturating_sub(1) as usize);
        Some(Run {
            first_chunk,
            end_chunk: end.min(self.offsets.len()),
            samples_per_chunk,
        })
    }

    /// The position of sample `index`, whose sizes are `sizes`.
    pub(crate) fn at(&self, index: u32, sizes: &Sizes) -> Option<ChunkPosition> {
        let wanted = u64::from(index);
        let (mut number, mut first) = checkpoint(&self.checkpoints, |first| *first <= wanted)?;
        let (run, within) = loop {
            let run = self.run(number)?;
            number = number.saturating_add(1);
            let within = wanted.saturating_sub(first);
            if within < run.samples() {
                break (run, within);
            }
            first = first.saturating_add(run.samples());
        };
        let per_chunk = u64::from(run.samples_per_chunk);
        let in_chunk = within.checked_rem(per_chunk)?;
        let chunk = usize::try_from(within.checked_div(per_chunk)?).ok()?;
        let chunk = run.first_chunk.checked_add(chunk)?;
        let first_of_chunk = u32::try_from(wanted.checked_sub(in_chunk)?).ok()?;
        let before = sizes.sum_between(first_of_chunk, index);
        Some(ChunkPosition {
            next_run: number,
            run,
            chunk,
            left: u32::try_from(per_chunk.checked_sub(in_chunk)?.checked_sub(1)?).ok()?,
            offset: self.offsets.offset(chunk)?.saturating_add(before),
        })
    }

    /// Moves `count` samples of together `size` bytes on: at most [`ChunkPosition::chunk_left`].
    /// Whether there is a sample.
    #[inline]
    pub(crate) fn advance(&self, position: &mut ChunkPosition, count: u32, size: u64) -> bool {
        if let Some(left) = position.left.checked_sub(count) {
            position.left = left;
            position.offset = position.offset.saturating_add(size);
            return true;
        }
        self.next_chunk(position).is_some()
    }

    fn next_chunk(&self, position: &mut ChunkPosition) -> Option<()> {
        position.chunk = position.chunk.checked_add(1)?;
        while position.chunk >= position.run.end_chunk || position.run.samples_per_chunk == 0 {
            position.run = self.run(position.next_run)?;
            position.next_run = position.next_run.checked_add(1)?;
            position.chunk = position.run.first_chunk;
        }
        position.left = position.run.samples_per_chunk.checked_sub(1)?;
        position.offset = self.offsets.offset(position.chunk)?;
        Some(())
    }
}

impl ChunkPosition {
    /// How many samples, this one included, follow each other in the chunk.
    #[inline]
    pub(crate) const fn chunk_left(&self) -> u64 {
        (self.left as u64).saturating_add(1)
    }
}

const fn chunk_run(entry: &[u8; 12]) -> (u32, u32) {
    let [a, b, c, d, e, f, g, h, ..] = *entry;
    (
        u32::from_be_bytes([a, b, c, d]),
        u32::from_be_bytes([e, f, g, h]),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(values: &[u32]) -> Bytes {
        values
            .iter()
            .flat_map(|value| value.to_be_bytes())
            .collect()
    }

    fn chunks(runs: &[[u32; 3]], offsets: &[u32]) -> Option<Chunks> {
        let offsets = ChunkOffsets::Short(Entries::new(words(offsets)));
        Chunks::new(words(runs.as_flattened()), offsets)
    }

    #[test]
    fn both_ways_to_an_offset_agree() {
        let chunks = chunks(
            &[[1, 2, 1], [3, 0, 1], [4, 3, 1]],
            &[100, 200, 300, 400, 500],
        )
        .unwrap();
        assert_eq!(chunks.capacity(), 10);
        let sizes = Sizes::table(32, words(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), 10).unwrap();
        let expected = [100, 101, 200, 203, 400, 405, 411, 500, 508, 517];
        let mut position = chunks.at(0, &sizes).unwrap();
        for (index, offset) in expected.into_iter().enumerate() {
            let index = index as u32;
            assert_eq!(chunks.at(index, &sizes).unwrap().offset, offset);
            assert_eq!(position.offset, offset);
            let more = chunks.advance(&mut position, 1, u64::from(sizes.size(index)));
            assert_eq!(more, index < 9);
        }
        assert!(chunks.at(10, &sizes).is_none());
    }

    #[test]
    fn runs_must_increase_and_are_cut_to_the_chunks() {
        assert!(chunks(&[[1, 1, 1], [1, 1, 1]], &[0]).is_none());
        assert!(chunks(&[[1, 1, 1], [5, 1, 1], [3, 1, 1]], &[0]).is_none());
        let beyond = chunks(&[[1, 1, 1], [900, u32::MAX, 1]], &[0, 1]).unwrap();
        assert_eq!(beyond.capacity(), 2);
        assert_eq!(chunks(&[[0, 4, 1]], &[7]).unwrap().capacity(), 4);
    }
}
