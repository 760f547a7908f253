use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes};

/// Segments of one vectored write.
pub(super) const MAX_SEGMENTS: usize = 64;
/// No further segment is taken from the machine once this much waits: what is here can no longer be
/// dropped by a machine whose peer is slow.
const ENOUGH_BYTES: usize = 256 * 1024;

/// Output taken from the machine and not written yet.
#[derive(Debug, Default)]
pub(super) struct SendQueue {
    segments: VecDeque<Bytes>,
    bytes: usize,
}

impl SendQueue {
    /// Takes segments until there is enough for one write; empty ones are passed over.
    pub(super) fn fill(&mut self, mut next: impl FnMut() -> Option<Bytes>) {
        while self.segments.len() < MAX_SEGMENTS && self.bytes < ENOUGH_BYTES {
            let Some(segment) = next() else { return };
            if !segment.is_empty() {
                self.bytes = self.bytes.saturating_add(segment.len());
                self.segments.push_back(segment);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The queued segments, in order, for one vectored write.
    pub(super) fn slices<'s, 'a>(
        &'a self,
        slices: &'s mut [IoSlice<'a>; MAX_SEGMENTS],
    ) -> &'s [IoSlice<'a>] {
        let mut used = 0;
        for (slice, segment) in slices.iter_mut().zip(&self.segments) {
            *slice = IoSlice::new(segment);
            used += 1;
        }
        slices.get(..used).unwrap_or_default()
    }

    /// `written` bytes have left; a claim beyond what is queued empties the queue.
    pub(super) fn advance(&mut self, mut written: usize) {
        self.bytes = self.bytes.saturating_sub(written);
        while let Some(front) = self.segments.front_mut() {
            if written < front.len() {
                front.advance(written);
                return;
            }
            written -= front.len();
            self.segments.pop_front();
        }
    }

    pub(super) fn clear(&mut self) {
        self.segments.clear();
        self.bytes = 0;
    }

    pub(super) fn into_segments(self) -> Vec<Bytes> {
        self.segments.into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(segments: &[Vec<u8>]) -> (SendQueue, Vec<Bytes>) {
        let mut source: VecDeque<Bytes> = segments.iter().cloned().map(Bytes::from).collect();
        let mut queue = SendQueue::default();
        queue.fill(|| source.pop_front());
        (queue, source.into())
    }

    #[test]
    fn takes_at_most_64_segments_and_enough_bytes() {
        let (queue, rest) = filled(&vec![vec![1]; 100]);
        assert_eq!((queue.segments.len(), rest.len()), (MAX_SEGMENTS, 36));
        let (queue, rest) = filled(&vec![vec![1; 100 * 1024]; 10]);
        assert_eq!((queue.segments.len(), rest.len()), (3, 7));
    }

    #[test]
    fn empty_segments_are_passed_over() {
        let (queue, rest) = filled(&[vec![], vec![1], vec![], vec![], vec![2, 3], vec![]]);
        assert_eq!((queue.segments.len(), queue.bytes(), rest.len()), (2, 3, 0));
        assert!(filled(&[vec![], vec![]]).0.is_empty());
    }

    proptest! {
        #[test]
        fn any_partial_writes_give_the_same_bytes(
            segments in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..60),
            writes in prop::collection::vec(1usize..20, 0..400),
        ) {
            let (mut queue, _) = filled(&segments);
            let mut written = Vec::new();
            for len in writes.into_iter().chain(std::iter::repeat(7)) {
                if queue.is_empty() { break }
                let mut slices = [IoSlice::new(&[]); MAX_SEGMENTS];
                let all: Vec<u8> = queue.slices(&mut slices).iter().flat_map(|s| s.to_vec()).collect();
                prop_assert_eq!(all.len(), queue.bytes());
                let len = len.min(all.len());
                written.extend_from_slice(&all[..len]);
                queue.advance(len);
            }
            prop_assert_eq!(written, segments.concat());
            prop_assert_eq!(queue.bytes(), 0);
        }
    }
}
