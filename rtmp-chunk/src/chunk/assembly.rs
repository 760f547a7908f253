use alloc::vec::Vec;

use bytes::Bytes;

use crate::ParseError;

/// Memory for the first bytes of a message is taken for what is at hand to be read, at most this.
const FIRST_BYTES: usize = 16 * 1024;

/// The bytes of all unfinished messages of one connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    pub(super) bytes: usize,
    pub(super) limit: usize,
}

impl InFlight {
    /// How many there are with so many more; the error says at which of these the limit is passed.
    #[inline]
    pub(super) fn with(self, more: usize) -> Result<usize, ParseError> {
        let bytes = self.bytes.saturating_add(more);
        if bytes > self.limit {
            let fitting = self.limit.saturating_sub(self.bytes);
            return Err(ParseError::limit(fitting, "bytes in flight", self.limit));
        }
        Ok(bytes)
    }
}

/// A message whose chunks are arriving. Joined as they come, so each byte is copied once into its place.
#[derive(Debug, Clone, Default)]
pub(super) struct Assembly {
    bytes: Vec<u8>,
}

impl Assembly {
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds `piece` to a message of `length` bytes. `at_hand` is how much there is to be read now, for whatever
    /// chunk stream.
    #[inline]
    pub(super) fn push(
        &mut self,
        piece: &[u8],
        length: usize,
        at_hand: usize,
        in_flight: &mut InFlight,
    ) -> Result<(), ParseError> {
        in_flight.bytes = in_flight.with(piece.len())?;
        if self.bytes.capacity().saturating_sub(self.bytes.len()) < piece.len() {
            self.grow(piece.len(), length, at_hand);
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Doubles at most, so that memory follows what arrived and copying stays linear.
    #[cold]
    fn grow(&mut self, needed: usize, length: usize, at_hand: usize) {
        let (len, capacity) = (self.bytes.len(), self.bytes.capacity());
        let wanted = len
            .saturating_add(needed)
            .max(capacity.saturating_mul(2))
            .max(at_hand.min(FIRST_BYTES))
            .min(length);
        self.bytes.reserve_exact(wanted.saturating_sub(len));
    }

    /// What was put together; nothing is left.
    pub(super) fn take(&mut self, in_flight: &mut InFlight) -> Bytes {
        in_flight.bytes = in_flight.bytes.saturating_sub(self.bytes.len());
        Bytes::from(core::mem::take(&mut self.bytes))
    }

    pub(super) fn discard(&mut self, in_flight: &mut InFlight) {
        drop(self.take(in_flight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_follows_what_arrived() {
        let mut in_flight = InFlight {
            bytes: 0,
            limit: usize::MAX,
        };
        let mut assembly = Assembly::default();
        let length = 0xFF_FFFF;
        for arrived in 1..200_000 {
            assembly
                .push(&[7], length, 1 << 20, &mut in_flight)
                .unwrap();
            let allowed = FIRST_BYTES.max(2 * arrived);
            assert!(assembly.bytes.capacity() <= allowed, "{arrived}");
        }
        assert_eq!(assembly.take(&mut in_flight).len(), 199_999);
        assert_eq!((in_flight.bytes, assembly.bytes.capacity()), (0, 0));
    }

    #[test]
    fn the_last_growth_is_exact() {
        let mut in_flight = InFlight {
            bytes: 0,
            limit: usize::MAX,
        };
        let mut assembly = Assembly::default();
        for piece in [&[1; 4096][..], &[2; 4096], &[3; 1808]] {
            assembly
                .push(piece, 10_000, 10_000, &mut in_flight)
                .unwrap();
            assert_eq!(assembly.bytes.capacity(), 10_000);
        }
    }
}
