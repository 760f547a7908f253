//! Some samples in decoding order, and the reads that cover them.

use alloc::{collections::VecDeque, vec::Vec};

use bytes::{Bytes, BytesMut};

use crate::{ReadRequest, table::Sample};

/// A sample that is to be read.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    /// Its track's place in the movie.
    pub(super) track: usize,
    pub(super) sample: Sample,
    /// Its read's place in the batch.
    read: usize,
}

impl Planned {
    pub(super) const fn new(track: usize, sample: Sample) -> Self {
        Self {
            track,
            sample,
            read: 0,
        }
    }

    fn end(&self) -> u64 {
        self.sample
            .offset
            .saturating_add(u64::from(self.sample.size))
    }
}

/// Samples and the reads that cover them.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    samples: VecDeque<Planned>,
    /// In the order in which they are needed.
    reads: Vec<Read>,
}

/// One stretch of the file.
#[derive(Debug, Clone)]
struct Read {
    offset: u64,
    len: usize,
    got: Got,
    /// How many samples it still serves.
    users: usize,
}

#[derive(Debug, Clone)]
enum Got {
    /// A slice of one answer.
    Whole(Bytes),
    /// Short answers, joined.
    Part(BytesMut),
}

impl Batch {
    /// Joins the samples' stretches where at most `gap` bytes lie between, up to `most` bytes.
    pub(super) fn new(mut samples: VecDeque<Planned>, gap: u64, most: u64) -> Self {
        let mut by_offset: Vec<(u64, u64, usize)> = samples
            .iter()
            .enumerate()
            .map(|(number, planned)| (planned.sample.offset, planned.end(), number))
            .collect();
        by_offset.sort_unstable();
        // Start, end, and the first sample that needs it.
        let mut stretches: Vec<(u64, u64, usize)> = Vec::new();
        let mut members = Vec::with_capacity(by_offset.len());
        for (start, end, number) in by_offset {
            match stretches.last_mut() {
                Some((first, last, user))
                    if start <= last.saturating_add(gap)
                        && end.saturating_sub(*first) <= most.max(last.saturating_sub(*first)) =>
                {
                    *last = end.max(*last);
                    *user = number.min(*user);
                }
                _ => stretches.push((start, end, number)),
            }
            members.push((number, stretches.len().saturating_sub(1)));
        }
        let mut order: Vec<usize> = (0..stretches.len()).collect();
        order.sort_unstable_by_key(|stretch| stretches.get(*stretch).map(|(_, _, user)| *user));
        let mut rank = alloc::vec![0; stretches.len()];
        let mut reads = Vec::with_capacity(stretches.len());
        for stretch in order {
            if let (Some((start, end, _)), Some(rank)) =
                (stretches.get(stretch), rank.get_mut(stretch))
            {
                *rank = reads.len();
                reads.push(Read::new(*start, *end));
            }
        }
        for (number, stretch) in members {
            let read = rank.get(stretch).copied().unwrap_or(usize::MAX);
            if let (Some(planned), Some(read_of)) = (samples.get_mut(number), reads.get_mut(read)) {
                planned.read = read;
                read_of.users = read_of.users.saturating_add(1);
            }
        }
        Self { samples, reads }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    pub(super) fn front(&self) -> Option<&Planned> {
        self.samples.front()
    }

    pub(super) fn bytes(&self) -> usize {
        self.reads
            .iter()
            .map(|read| read.len)
            .fold(0, usize::saturating_add)
    }

    pub(super) fn wanted(&self) -> Option<ReadRequest> {
        self.reads.iter().find_map(Read::wanted)
    }

    pub(super) fn fill(&mut self, offset: u64, answer: &Bytes) {
        for read in &mut self.reads {
            read.fill(offset, answer);
        }
    }

    /// The file has no bytes from `offset` on.
    pub(super) fn end_at(&mut self, offset: u64) {
        for read in &mut self.reads {
            let left = usize::try_from(offset.saturating_sub(read.offset)).unwrap_or(usize::MAX);
            read.len = read.len.min(left);
            read.settle();
        }
    }

    /// The next sample when its bytes are there, or when they will never be.
    pub(super) fn take(&mut self) -> Option<(Planned, Option<Bytes>)> {
        let planned = self.samples.front()?;
        let read = self.reads.get_mut(planned.read)?;
        let start = usize::try_from(planned.sample.offset.checked_sub(read.offset)?).ok()?;
        let end = start.checked_add(usize::try_from(planned.sample.size).ok()?)?;
        let data = match &read.got {
            Got::Whole(bytes) if end <= bytes.len() => Some(bytes.slice(start..end)),
            _ if end > read.len => None,
            Got::Whole(_) | Got::Part(_) => return None,
        };
        read.users = read.users.saturating_sub(1);
        if read.users == 0 {
            // The frames alone keep the answer now.
            read.got = Got::Whole(Bytes::new());
            read.len = 0;
        }
        self.samples.pop_front().map(|planned| (planned, data))
    }
}

impl Read {
    fn new(start: u64, end: u64) -> Self {
        Self {
            offset: start,
            len: usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX),
            got: Got::Whole(Bytes::new()),
            users: 0,
        }
    }

    fn held(&self) -> usize {
        match &self.got {
            Got::Whole(bytes) => bytes.len(),
            Got::Part(bytes) => bytes.len(),
        }
    }

    fn wanted(&self) -> Option<ReadRequest> {
        let held = self.held();
        let len = self.len.checked_sub(held).filter(|len| *len > 0)?;
        Some(ReadRequest {
            offset: self.offset.saturating_add(held as u64),
            len,
        })
    }

    fn fill(&mut self, offset: u64, answer: &Bytes) {
        let Some(wanted) = self.wanted() else { return };
        let start = wanted
            .offset
            .checked_sub(offset)
            .and_then(|at| usize::try_from(at).ok());
        let Some(start) = start.filter(|start| *start < answer.len()) else {
            return;
        };
        let end = start.saturating_add(wanted.len).min(answer.len());
        let news = answer.slice(start..end);
        match &mut self.got {
            Got::Part(bytes) => bytes.extend_from_slice(&news),
            Got::Whole(bytes) if bytes.is_empty() => self.got = Got::Whole(news),
            Got::Whole(bytes) => {
                let mut joined = BytesMut::from(&**bytes);
                joined.extend_from_slice(&news);
                self.got = Got::Part(joined);
            }
        }
        self.settle();
    }

    /// Nothing more will come: what was joined can be shared.
    fn settle(&mut self) {
        if self.held() >= self.len
            && let Got::Part(bytes) = &mut self.got
        {
            self.got = Got::Whole(core::mem::take(bytes).freeze());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(samples: &[(u64, u32)], gap: u64, most: u64) -> Batch {
        let planned = samples.iter().enumerate().map(|(index, (offset, size))| {
            let sample = Sample {
                index: index as u32,
                offset: *offset,
                size: *size,
                dts: 0,
                pts: 0,
                duration: 0,
                keyframe: true,
            };
            Planned::new(0, sample)
        });
        Batch::new(planned.collect(), gap, most)
    }

    fn reads(batch: &Batch) -> Vec<(u64, usize)> {
        batch
            .reads
            .iter()
            .map(|read| (read.offset, read.len))
            .collect()
    }

    #[test]
    fn neighbours_share_a_read_and_distant_ones_do_not() {
        let joined = batch(&[(1000, 50), (100, 10), (110, 20), (1060, 5)], 10, 1000);
        assert_eq!(
            reads(&joined),
            [(1000, 65), (100, 30)],
            "the first needed comes first"
        );
        assert_eq!(
            reads(&batch(&[(0, 10), (21, 1)], 10, 100)),
            [(0, 10), (21, 1)]
        );
        assert_eq!(
            reads(&batch(&[(0, 60), (60, 60)], 0, 100)),
            [(0, 60), (60, 60)]
        );
        assert_eq!(
            reads(&batch(&[(0, 600), (10, 60)], 0, 100)),
            [(0, 600)],
            "overlapping"
        );
        assert_eq!(reads(&batch(&[(u64::MAX, 9)], 9, 9)).len(), 1);
    }

    #[test]
    fn samples_are_slices_of_the_answer() {
        let mut batch = batch(&[(100, 2), (102, 3)], 0, 100);
        assert!(batch.take().is_none());
        let answer = Bytes::from_static(b"..abcde..");
        batch.fill(98, &answer);
        let (_, first) = batch.take().unwrap();
        assert_eq!(first.unwrap().as_ptr(), answer[2..].as_ptr());
        assert_eq!(batch.take().unwrap().1.unwrap(), &b"cde"[..]);
        assert!(batch.is_empty() && batch.wanted().is_none());
    }

    #[test]
    fn short_answers_are_joined_and_the_end_of_the_file_cuts() {
        let mut batch = batch(&[(0, 4), (4, 4)], 0, 100);
        batch.fill(0, &Bytes::from_static(b"ab"));
        assert_eq!(batch.wanted(), Some(ReadRequest { offset: 2, len: 6 }));
        batch.fill(9, &Bytes::from_static(b"stranger"));
        batch.fill(1, &Bytes::from_static(b"bcdef"));
        batch.end_at(6);
        assert_eq!(batch.wanted(), None);
        assert_eq!(batch.take().unwrap().1.unwrap(), &b"abcd"[..]);
        assert_eq!(batch.take().unwrap().1, None);
    }
}
