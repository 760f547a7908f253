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
/// A cursor over datagrams: the transmit, and how many of its bytes are done with.
#[derive(Debug, Clone)]
pub(super) struct Batches<'a> {
    rest: &'a [Transmit],
    offset: usize,
}

impl<'a> Batches<'a> {
    /// What follows the first `done` datagrams of `transmits`.
    pub(super) fn new(transmits: &'a [Transmit], mut done: usize) -> Self {
        let mut rest = transmits;
        while let Some((first, others)) = rest.split_first() {
            let datagrams = first.datagrams();
            if done < datagrams {
                let offset = done.saturating_mul(first.segment_size.unwrap_or(0));
                return Self { rest, offset };
            }
            done -= datagrams;
            rest = others;
        }
        Self { rest, offset: 0 }
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
        following.skip(first_len);
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
        let transmit = self.rest.first()?;
        let left = transmit.len().saturating_sub(self.offset);
        let len = match transmit.segment_size {
            Some(size) if size > 0 => left.min(size),
            Some(_) | None => left,
        };
        Some((transmit.path, len))
    }

    fn skip(&mut self, len: usize) {
        let Some((first, others)) = self.rest.split_first() else {
            return;
        };
        self.offset = self.offset.saturating_add(len);
        if self.offset >= first.len() {
            *self = Self {
                rest: others,
                offset: 0,
            };
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
        self.skip(len);
    }

    /// The slices of the next `len` bytes, none of them empty.
    fn parts(&self, len: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let segments: &'a [Bytes] = self.rest.first().map_or(&[], |first| &first.segments);
        let (mut skip, mut left) = (self.offset, len);
        segments.iter().filter_map(move |segment| {
            let start = skip.min(segment.len());
            skip -= start;
            let rest = segment.get(start..)?;
            let part = rest.get(..left.min(rest.len()))?;
            left -= part.len();
            (!part.is_empty()).then_some(part)
        })
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
