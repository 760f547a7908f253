//! Fixed-size big-endian entries, read where they lie in the `moov`.

use bytes::Bytes;

/// How many entries lie between two checkpoints of an index.
pub(crate) const CHECKPOINT: usize = 64;

/// `N`-byte entries in place.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries<const N: usize>(Bytes);

impl<const N: usize> Entries<N> {
    /// The whole entries of `bytes`.
    pub(crate) const fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    #[inline]
    pub(crate) fn all(&self) -> &[[u8; N]] {
        self.0.as_chunks().0
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.all().len()
    }

    /// The entries from `first` on; none when there are none.
    #[inline]
    pub(crate) fn from(&self, first: usize) -> &[[u8; N]] {
        self.all().get(first..).unwrap_or_default()
    }
}

impl Entries<4> {
    #[inline]
    pub(crate) fn value(&self, index: usize) -> Option<u32> {
        self.all()
            .get(index)
            .map(|entry| u32::from_be_bytes(*entry))
    }
}

impl Entries<8> {
    #[inline]
    pub(crate) fn pair(&self, index: usize) -> Option<(u32, u32)> {
        self.all().get(index).map(pair)
    }
}

/// The two halves of an entry of two `u32`.
#[inline]
pub(crate) const fn pair(entry: &[u8; 8]) -> (u32, u32) {
    let value = u64::from_be_bytes(*entry);
    ((value >> 32) as u32, value as u32)
}

/// The last checkpoint at or before what `is_before` accepts, and the number of its first entry.
pub(crate) fn checkpoint<T: Copy>(
    checkpoints: &[T],
    is_before: impl Fn(&T) -> bool,
) -> Option<(usize, T)> {
    let block = checkpoints.partition_point(is_before).checked_sub(1)?;
    let start = checkpoints.get(block)?;
    Some((block.saturating_mul(CHECKPOINT), *start))
}
