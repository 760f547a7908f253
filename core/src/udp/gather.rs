use bytes::Bytes;

use crate::{Path, Transmit};

/// The largest payload that fits one IPv4 packet, which bounds a GSO batch too.
pub(super) const MAX_BATCH_BYTES: usize = 65_535 - 20 - 8;

/// What one send call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Batch<'a> {
    pub(super) path: Path,
    pub(super) contents: &'a [u8],
    /// The size of each datagram but the last.
    pub(super) segment_size: usize,
    pub(super) datagrams: usize,
}

/// Cuts transmits into the batches of single send calls.
///
/// A cursor over the bytes: the transmit, its segments that are not done with, and how much of the first
/// of these is.
#[derive(Debug, Clone)]
pub(super) struct Batches<'a> {
    current: Option<&'a Transmit>,
    following: &'a [Transmit],
    segments: &'a [Bytes],
    offset: usize,
    /// Bytes of the current transmit that are not done with.
    left: usize,
}

impl<'a> Batches<'a> {
    /// What follows the first `done` datagrams of `transmits`.
    pub(super) fn new(transmits: &'a [Transmit], mut done: usize) -> Self {
        let mut batches = Self {
            current: None,
            following: transmits,
            segments: &[],
            offset: 0,
            left: 0,
        };
        batches.enter_next();
        while let Some(current) = batches.current {
            let datagrams = current.datagrams();
            if done < datagrams {
                batches.skip(done.saturating_mul(current.segment_size.unwrap_or(0)));
                break;
            }
            done -= datagrams;
            batches.enter_next();
        }
        batches
    }

    fn enter_next(&mut self) {
        let (first, following) = match self.following.split_first() {
            Some((first, following)) => (Some(first), following),
            None => (None, self.following),
        };
        self.current = first;
        self.following = following;
        self.segments = first.map_or(&[], |first| &first.segments);
        self.offset = 0;
        self.left = first.map_or(0, Transmit::len);
    }

    /// The next datagrams of one path and size, at most `max_datagrams` of them; joined in `scratch`
    /// unless they are a single slice already.
    pub(super) fn next_batch<'s>(
        &mut self,
        max_datagrams: usize,
        scratch: &'s mut Vec<u8>,
    ) -> Option<Batch<'s>>
    where
        'a: 's,
    {
        let (path, first_len) = self.peek()?;
        let single = self.single_slice(first_len);
        let mut following = self.clone();
        following.finish(first_len);
        let is_alone = max_datagrams <= 1
            || first_len == 0
            || following
                .peek()
                .is_none_or(|next| next.0 != path || next.1 > first_len || next.1 == 0);
        if let (true, Some(contents)) = (is_alone, single) {
            *self = following;
            return Some(Batch {
                path,
                contents,
                segment_size: first_len,
                datagrams: 1,
            });
        }
        scratch.clear();
        let mut datagrams: usize = 0;
        while let Some((next_path, len)) = self.peek() {
            let fits = scratch.len().saturating_add(len) <= MAX_BATCH_BYTES;
            let joins = next_path == path && len <= first_len && len > 0 && fits;
            if datagrams > 0 && (!joins || datagrams >= max_datagrams) {
                break;
            }
            self.copy(len, scratch);
            datagrams = datagrams.saturating_add(1);
            if len < first_len {
                break;
            }
        }
        Some(Batch {
            path,
            contents: scratch,
            segment_size: first_len,
            datagrams,
        })
    }

    /// The path and the length of the next datagram.
    fn peek(&self) -> Option<(Path, usize)> {
        let current = self.current?;
        let len = match current.segment_size {
            Some(size) if size > 0 => self.left.min(size),
            Some(_) | None => self.left,
        };
        Some((current.path, len))
    }

    /// Passes over a datagram of `len` bytes.
    fn finish(&mut self, len: usize) {
        self.skip(len);
        if self.left == 0 {
            self.enter_next();
        }
    }

    fn skip(&mut self, len: usize) {
        self.left = self.left.saturating_sub(len);
        self.offset = self.offset.saturating_add(len);
        while let Some((first, others)) = self.segments.split_first() {
            if self.offset < first.len() {
                break;
            }
            self.offset -= first.len();
            self.segments = others;
        }
    }

    /// The next `len` bytes, when they lie in one slice.
    fn single_slice(&self, len: usize) -> Option<&'a [u8]> {
        let mut parts = self.parts(len);
        match (parts.next(), parts.next()) {
            (None, None) => Some(&[]),
            (Some(only), None) => Some(only),
            (_, Some(_)) => None,
        }
    }

    fn copy(&mut self, len: usize, into: &mut Vec<u8>) {
        self.parts(len)
            .for_each(|part| into.extend_from_slice(part));
        self.finish(len);
    }

    /// The slices of the next `len` bytes, none of them empty.
    fn parts(&self, len: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let (mut skip, mut left) = (self.offset, len);
        let slices = self.segments.iter().map_while(move |segment| {
            if left == 0 {
                return None;
            }
            let rest = segment.get(std::mem::take(&mut skip)..)?;
            let part = rest.get(..left.min(rest.len()))?;
            left -= part.len();
            Some(part)
        });
        slices.filter(|part| !part.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(port: u16) -> Path {
        let end = ([127, 0, 0, 1], port).into();
        Path {
            local: end,
            remote: end,
        }
    }

    fn transmit(port: u16, segments: &[&[u8]], segment_size: Option<usize>) -> Transmit {
        let segments = segments
            .iter()
            .map(|segment| Bytes::copy_from_slice(segment));
        Transmit {
            segment_size,
            ..Transmit::datagram(path(port), segments)
        }
    }

    fn cut(transmits: &[Transmit], max: usize, done: usize) -> Vec<(u16, Vec<Vec<u8>>)> {
        let mut scratch = Vec::new();
        let mut batches = Batches::new(transmits, done);
        let mut cut = Vec::new();
        while let Some(batch) = batches.next_batch(max, &mut scratch) {
            assert!(batch.datagrams <= max.max(1) && batch.contents.len() <= MAX_BATCH_BYTES);
            let datagrams: Vec<_> = match batch.contents {
                [] => vec![vec![]],
                contents => contents
                    .chunks(batch.segment_size)
                    .map(<[u8]>::to_vec)
                    .collect(),
            };
            assert_eq!(datagrams.len(), batch.datagrams);
            cut.push((batch.path.remote.port(), datagrams));
        }
        cut
    }

    #[test]
    fn equal_sizes_of_one_path_go_together_and_the_last_may_be_shorter() {
        let transmits = [
            transmit(1, &[b"he", b"ader"], None),
            transmit(1, &[b"secon", b"d"], None),
            transmit(1, &[b"tail"], None),
            transmit(1, &[b"tail"], None),
            transmit(1, &[b"longer"], None),
            transmit(2, &[b"longer"], None),
            transmit(2, &[b"aaaabbbb", b"cc"], Some(4)),
        ];
        let sizes: Vec<(u16, Vec<usize>)> = cut(&transmits, 64, 0)
            .into_iter()
            .map(|(port, batch)| (port, batch.iter().map(Vec::len).collect()))
            .collect();
        let expected: Vec<(u16, Vec<usize>)> = vec![
            (1, vec![6, 6, 4]),
            (1, vec![4]),
            (1, vec![6]),
            (2, vec![6, 4]),
            (2, vec![4, 2]),
        ];
        assert_eq!(sizes, expected);
    }

    #[test]
    fn a_single_slice_that_goes_alone_is_not_copied() {
        let transmits = [transmit(1, &[b"", b"alone"], None)];
        let mut scratch = Vec::new();
        let batch = Batches::new(&transmits, 0)
            .next_batch(64, &mut scratch)
            .unwrap();
        assert_eq!(batch.contents.as_ptr(), transmits[0].segments[1].as_ptr());
        assert_eq!(scratch.capacity(), 0);
    }

    #[test]
    fn a_long_transmit_of_many_segments_is_cut_in_linear_time() {
        let segments: Vec<Vec<u8>> = (0..400_000).map(|number| vec![number as u8; 3]).collect();
        let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
        let long = [transmit(1, &segments, Some(4))];
        let mut scratch = Vec::new();
        let mut batches = Batches::new(&long, 0);
        let mut datagrams = 0;
        // 300 000 datagrams; with a walk from the front for each this would take minutes.
        while let Some(batch) = batches.next_batch(64, &mut scratch) {
            datagrams += batch.datagrams;
        }
        assert_eq!(datagrams, 300_000);
    }

    proptest! {
        #[test]
        fn any_batching_gives_the_same_datagrams_in_order(
            plan in prop::collection::vec((1u16..3, prop::collection::vec(0usize..9, 0..5), 0usize..6), 0..20),
            max in 1usize..10,
            done in 0usize..30,
        ) {
            let mut byte = 0u8;
            let transmits: Vec<Transmit> = plan.iter().map(|(port, lens, size)| {
                let segments: Vec<Vec<u8>> = lens.iter().map(|len| (0..*len).map(|_| { byte = byte.wrapping_add(1); byte }).collect()).collect();
                let segments: Vec<&[u8]> = segments.iter().map(Vec::as_slice).collect();
                transmit(*port, &segments, (*size > 0).then_some(*size))
            }).collect();
            let expected: Vec<(u16, Vec<u8>)> = transmits.iter().flat_map(|transmit| {
                let bytes: Vec<u8> = transmit.segments.iter().flat_map(|segment| segment.to_vec()).collect();
                let port = transmit.path.remote.port();
                match (bytes.is_empty(), transmit.segment_size) {
                    (false, Some(size)) => bytes.chunks(size).map(|chunk| (port, chunk.to_vec())).collect(),
                    _ => vec![(port, bytes)],
                }
            }).collect();
            prop_assert_eq!(expected.len(), transmits.iter().map(Transmit::datagrams).sum::<usize>());
            let sent: Vec<(u16, Vec<u8>)> = cut(&transmits, max, done).into_iter()
                .flat_map(|(port, batch)| batch.into_iter().map(move |datagram| (port, datagram))).collect();
            prop_assert_eq!(&sent[..], &expected[done.min(expected.len())..]);
        }
    }
}
