//! Which samples are keyframes (`stss`), in place.

use alloc::vec::Vec;

use bytes::Bytes;

use super::entries::Entries;

/// The keyframes of a progressive track.
#[derive(Debug, Clone)]
pub(crate) enum SyncSamples {
    /// No `stss`: every sample is one.
    All,
    /// Sample numbers (from 1), increasing.
    Some(Entries<4>),
}

impl SyncSamples {
    /// Takes a table that need not be in order.
    pub(crate) fn new(entries: Bytes) -> Self {
        let table = Entries::<4>::new(entries);
        if table.all().is_sorted_by(|one, next| one < next) {
            return Self::Some(table);
        }
        let mut sorted: Vec<[u8; 4]> = table.all().to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        Self::Some(Entries::new(sorted.into_flattened().into()))
    }

    /// Big-endian numbers order as their bytes do.
    fn at_or_before(table: &Entries<4>, index: u32) -> usize {
        let number = index.saturating_add(1).to_be_bytes();
        table.all().partition_point(|entry| *entry <= number)
    }

    /// The last keyframe at or before sample `index`.
    pub(crate) fn before(&self, index: u32) -> Option<u32> {
        match self {
            Self::All => Some(index),
            Self::Some(table) => {
                let position = Self::at_or_before(table, index).checked_sub(1)?;
                table.value(position)?.checked_sub(1)
            }
        }
    }

    /// The place in the table of the first keyframe at or after sample `index`.
    pub(crate) fn position(&self, index: u32) -> usize {
        match self {
            Self::All => 0,
            Self::Some(table) => {
                let number = index.saturating_add(1).to_be_bytes();
                table.all().partition_point(|entry| *entry < number)
            }
        }
    }

    /// Whether sample `index` is a keyframe; `position` is moved past it. Samples must come in order.
    #[inline]
    pub(crate) fn take(&self, position: &mut usize, index: u32) -> bool {
        match self {
            Self::All => true,
            Self::Some(table) => {
                let is_next = table.value(*position) == index.checked_add(1);
                if is_next {
                    *position = position.saturating_add(1);
                }
                is_next
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsorted_tables_are_sorted() {
        let bytes: Vec<u8> = [7u32, 1, 4, 4]
            .iter()
            .flat_map(|n| n.to_be_bytes())
            .collect();
        let sync = SyncSamples::new(bytes.into());
        assert_eq!(sync.before(0), Some(0));
        assert_eq!(
            (sync.before(2), sync.before(3), sync.before(99)),
            (Some(0), Some(3), Some(6))
        );
        let mut position = sync.position(1);
        let keys: Vec<u32> = (1..9)
            .filter(|index| sync.take(&mut position, *index))
            .collect();
        assert_eq!(keys, [3, 6]);
    }

    #[test]
    fn none_at_all_and_number_zero() {
        assert_eq!(SyncSamples::new(Bytes::new()).before(9), None);
        assert_eq!(
            SyncSamples::new(Bytes::from_static(&[0; 4])).before(9),
            None
        );
        assert_eq!(SyncSamples::All.before(9), Some(9));
    }
}
