//! Sample sizes (`stsz`, `stz2`), in place, with running sums.

use alloc::{boxed::Box, vec::Vec};

use bytes::Bytes;

use super::entries::{CHECKPOINT, Entries};

/// The sizes of all samples.
#[derive(Debug, Clone)]
pub(crate) struct Sizes {
    form: Form,
    count: u32,
    /// The sum of all sizes before every [`CHECKPOINT`]th sample.
    checkpoints: Box<[u64]>,
}

#[derive(Debug, Clone)]
enum Form {
    Constant(u32),
    Wide(Entries<4>),
    /// `stz2` with 16, 8 or 4 bits.
    Words(Entries<2>),
    Octets(Bytes),
    Nibbles(Bytes),
}

impl Sizes {
    pub(crate) fn constant(size: u32, count: u32) -> Self {
        Self {
            form: Form::Constant(size),
            count,
            checkpoints: Box::default(),
        }
    }

    /// `count` sizes of `bits` bits; `None` for a width that does not exist.
    pub(crate) fn table(bits: u8, entries: Bytes, count: u32) -> Option<Self> {
        let held = entries
            .len()
            .saturating_mul(8)
            .checked_div(usize::from(bits))?;
        let count = count.min(u32::try_from(held).unwrap_or(u32::MAX));
        let form = match bits {
            32 => Form::Wide(Entries::new(entries)),
            16 => Form::Words(Entries::new(entries)),
            8 => Form::Octets(entries),
            4 => Form::Nibbles(entries),
            _ => return None,
        };
        let mut sizes = Self {
            form,
            count,
            checkpoints: Box::default(),
        };
        sizes.checkpoints = sizes.sums();
        Some(sizes)
    }

    fn sums(&self) -> Box<[u64]> {
        let mut sums = Vec::with_capacity(self.count as usize / CHECKPOINT + 1);
        let mut sum = 0u64;
        if let Form::Wide(sizes) = &self.form {
            for block in sizes.all().chunks(CHECKPOINT) {
                sums.push(sum);
                let block = block
                    .iter()
                    .map(|size| u64::from(u32::from_be_bytes(*size)));
                sum = sum.saturating_add(block.sum());
            }
        } else {
            for index in 0..self.count {
                if (index as usize).is_multiple_of(CHECKPOINT) {
                    sums.push(sum);
                }
                sum = sum.saturating_add(u64::from(self.size(index)));
            }
        }
        // What is before the end, where the end is a checkpoint itself.
        if (self.count as usize).is_multiple_of(CHECKPOINT) {
            sums.push(sum);
        }
        sums.into()
    }

    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// The size of every sample, when they are all the same by declaration.
    pub(crate) const fn constant_size(&self) -> Option<u32> {
        match self.form {
            Form::Constant(size) => Some(size),
            Form::Wide(_) | Form::Words(_) | Form::Octets(_) | Form::Nibbles(_) => None,
        }
    }

    /// The size of sample `index`; 0 past the end.
    #[inline]
    pub(crate) fn size(&self, index: u32) -> u32 {
        let at = index as usize;
        match &self.form {
            Form::Constant(size) => *size,
            Form::Wide(sizes) => sizes.value(at).unwrap_or(0),
            Form::Words(sizes) => sizes
                .all()
                .get(at)
                .map_or(0, |size| u32::from(u16::from_be_bytes(*size))),
            Form::Octets(sizes) => sizes.get(at).map_or(0, |size| u32::from(*size)),
            Form::Nibbles(sizes) => sizes.get(at / 2).map_or(0, |two| {
                u32::from(if at.is_multiple_of(2) {
                    two >> 4
                } else {
                    two & 0x0f
                })
            }),
        }
    }

    /// The sizes of all samples before `index`, together.
    pub(crate) fn sum_before(&self, index: u32) -> u64 {
        if let Form::Constant(size) = self.form {
            return u64::from(size).saturating_mul(u64::from(index));
        }
        let block = index as usize / CHECKPOINT;
        let first = block.saturating_mul(CHECKPOINT);
        let sum = self.checkpoints.get(block).copied().unwrap_or(0);
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        (first..index).fold(sum, |sum, index| {
            sum.saturating_add(u64::from(self.size(index)))
        })
    }

    /// The sizes of the samples from `first` to before `index`, together.
    pub(crate) fn sum_between(&self, first: u32, index: u32) -> u64 {
        let count = index.saturating_sub(first);
        if count as usize <= CHECKPOINT && self.constant_size().is_none() {
            return (first..index).fold(0, |sum, index| {
                sum.saturating_add(u64::from(self.size(index)))
            });
        }
        self.sum_before(index)
            .saturating_sub(self.sum_before(first))
    }

    pub(crate) fn resident_bytes(&self) -> usize {
        size_of_val(&*self.checkpoints)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width() {
        let nibbles = Sizes::table(4, Bytes::from_static(&[0x12, 0x30]), 3).unwrap();
        assert_eq!([0, 1, 2].map(|index| nibbles.size(index)), [1, 2, 3]);
        let octets = Sizes::table(8, Bytes::from_static(&[1, 200]), 2).unwrap();
        assert_eq!((octets.size(1), octets.sum_before(2)), (200, 201));
        let words = Sizes::table(16, Bytes::from_static(&[1, 0, 2, 0]), 2).unwrap();
        assert_eq!((words.size(0), words.sum_before(1)), (256, 256));
        assert!(Sizes::table(12, Bytes::from_static(&[0; 24]), 2).is_none());
        assert!(Sizes::table(0, Bytes::new(), 2).is_none());
    }

    #[test]
    fn a_count_is_cut_to_the_bytes_there_are() {
        let wide = Sizes::table(32, Bytes::from_static(&[0, 0, 0, 9, 0, 0]), u32::MAX).unwrap();
        assert_eq!((wide.count(), wide.size(0), wide.size(1)), (1, 9, 0));
        assert_eq!(
            Sizes::constant(u32::MAX, u32::MAX).sum_before(u32::MAX),
            0xffff_fffe_0000_0001
        );
    }

    #[test]
    fn a_sum_of_all_at_every_count() {
        for (count, bits) in (0..200u32).flat_map(|count| [(count, 32u8), (count, 16), (count, 8)])
        {
            let entry = |index: u32| index.to_be_bytes()[4 - usize::from(bits) / 8..].to_vec();
            let bytes: Vec<u8> = (0..count).flat_map(entry).collect();
            let sizes = Sizes::table(bits, bytes.into(), count).unwrap();
            assert_eq!(sizes.sum_before(count), (0..u64::from(count)).sum());
        }
    }

    #[test]
    fn sums_cross_checkpoints() {
        let bytes: Vec<u8> = (0..1000u32).flat_map(u32::to_be_bytes).collect();
        let sizes = Sizes::table(32, bytes.into(), 1000).unwrap();
        for index in [0, 1, 63, 64, 65, 640, 999] {
            assert_eq!(sizes.sum_before(index), (0..u64::from(index)).sum());
            for first in [0, index / 2, index.saturating_sub(3), index] {
                let sum = (u64::from(first)..u64::from(index)).sum();
                assert_eq!(sizes.sum_between(first, index), sum);
            }
        }
    }
}
