use alloc::vec::Vec;

use bytes::Bytes;

use crate::ParseError;

/// Before this much of a message has arrived, memory is taken for what is there to be read, not for what was.
const FIRST_BYTES: usize = 64 * 1024;

/// The memory of all unfinished messages of one connection, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct InFlight {
    pub(super) bytes: usize,
    pub(super) limit: usize,
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
        if self.bytes.capacity().saturating_sub(self.bytes.len()) < piece.len() {
            self.grow(piece.len(), length, at_hand, in_flight)?;
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Doubles at most, so that memory follows what arrived and copying stays linear.
    #[cold]
    fn grow(
        &mut self,
        needed: usize,
        length: usize,
        at_hand: usize,
        in_flight: &mut InFlight,
    ) -> Result<(), ParseError> {
        let (len, old) = (self.bytes.len(), self.bytes.capacity());
        let wanted = len
            .saturating_add(needed)
            .max(old.saturating_mul(2))
            .max(at_hand.min(FIRST_BYTES))
            .min(length);
        let others = in_flight.bytes.saturating_sub(old);
        if others.saturating_add(wanted) > in_flight.limit {
            return Err(ParseError::limit(0, "bytes in flight", in_flight.limit));
        }
        self.bytes.reserve_exact(wanted.saturating_sub(len));
        in_flight.bytes = others.saturating_add(self.bytes.capacity());
        Ok(())
    }

    /// What was put together; nothing is left.
    pub(super) fn take(&mut self, in_flight: &mut InFlight) -> Bytes {
        let bytes = core::mem::take(&mut self.bytes);
        in_flight.bytes = in_flight.bytes.saturating_sub(bytes.capacity());
        Bytes::from(bytes)
    }

    pub(super) fn discard(&mut self, in_flight: &mut InFlight) {
        drop(self.take(in_flight));
    }
}
