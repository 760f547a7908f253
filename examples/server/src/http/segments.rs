//! Bytes in pieces that are sent together: one chunk of an answer.

use std::io::IoSlice;

use bytes::{Buf, Bytes};
use smallvec::SmallVec;

/// Pieces, in order; never joined, and shared with everybody who sends the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Segments {
    pieces: SmallVec<[Bytes; 4]>,
    /// The first piece that is not sent yet.
    at: usize,
    /// Of all pieces that are not sent yet.
    left: usize,
}

impl Segments {
    pub(crate) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.left = self.left.saturating_add(piece.len());
            self.pieces.push(piece);
        }
    }

    /// How many pieces there are, sent or not.
    pub(crate) fn count(&self) -> usize {
        self.pieces.len()
    }
}

impl From<Bytes> for Segments {
    fn from(piece: Bytes) -> Self {
        let mut segments = Self::default();
        segments.push(piece);
        segments
    }
}

impl Extend<Bytes> for Segments {
    fn extend<T: IntoIterator<Item = Bytes>>(&mut self, pieces: T) {
        pieces.into_iter().for_each(|piece| self.push(piece));
    }
}

impl Buf for Segments {
    fn remaining(&self) -> usize {
        self.left
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.get(self.at).map_or(&[], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, dst: &mut [IoSlice<'a>]) -> usize {
        let pieces = self.pieces.get(self.at..).unwrap_or_default();
        let filled = dst.iter_mut().zip(pieces);
        filled
            .map(|(slice, piece)| *slice = IoSlice::new(piece))
            .count()
    }

    fn advance(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count);
        let mut count = count;
        while let Some(piece) = self.pieces.get_mut(self.at) {
            if count < piece.len() {
                piece.advance(count);
                return;
            }
            count = count.saturating_sub(piece.len());
            // What is sent is let go at once.
            *piece = Bytes::new();
            self.at = self.at.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_sent_in_order_at_any_pace() {
        for step in 1..12 {
            let mut segments = Segments::from(Bytes::from_static(b"abc"));
            segments.extend([&b""[..], b"d", b"efghij"].map(Bytes::from_static));
            assert_eq!((segments.remaining(), segments.count()), (10, 3));
            let mut slices = [IoSlice::new(&[]); 8];
            assert_eq!(segments.chunks_vectored(&mut slices), 3);
            assert_eq!(&slices[2][..], b"efghij");
            let mut sent = Vec::new();
            while segments.has_remaining() {
                let count = segments.chunk().len().min(step);
                sent.extend_from_slice(&segments.chunk()[..count]);
                segments.advance(count);
            }
            assert_eq!(sent, b"abcdefghij");
            // Over several pieces at once, as writev does.
            let mut segments = Segments::from(Bytes::from_static(b"abc"));
            segments.extend([&b"d"[..], b"efghij"].map(Bytes::from_static));
            let mut rest = Vec::new();
            segments.advance(step.min(10));
            while segments.has_remaining() {
                let count = segments.chunk().len();
                rest.extend_from_slice(segments.chunk());
                segments.advance(count);
            }
            assert_eq!(rest, b"abcdefghij"[step.min(10)..]);
        }
    }
}
