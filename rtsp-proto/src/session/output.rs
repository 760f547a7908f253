//! What waits to be written: replies and requests, which always fit, and media, which is bounded.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

use crate::{InterleavedHeader, SendError};

/// Bytes that are taken for interleaved headers at once.
const ARENA_BYTES: usize = 4096;
/// A first segment up to this long (an RTP header, its extensions and a fragment header) is copied behind its
/// interleaved header: one piece of the write instead of two.
const MERGE_BYTES: usize = 64;

#[derive(Debug)]
struct Segment {
    data: Bytes,
    is_media: bool,
}

/// An ordered queue of segments, each written as it is.
#[derive(Debug)]
pub(crate) struct Output {
    segments: VecDeque<Segment>,
    control_bytes: usize,
    media_bytes: usize,
    max_media_bytes: usize,
    arena: BytesMut,
    /// Media was refused since the queue was last below half its limit.
    is_blocked: bool,
}

impl Output {
    pub(crate) fn new(max_media_bytes: usize) -> Self {
        Self {
            segments: VecDeque::new(),
            control_bytes: 0,
            media_bytes: 0,
            max_media_bytes,
            arena: BytesMut::new(),
            is_blocked: false,
        }
    }

    /// Queues a message. Never refused: who reads no replies is no longer listened to instead.
    pub(crate) fn push_message(&mut self, (head, body): (Bytes, Bytes)) {
        for data in [head, body].into_iter().filter(|data| !data.is_empty()) {
            self.control_bytes = self.control_bytes.saturating_add(data.len());
            self.segments.push_back(Segment {
                data,
                is_media: false,
            });
        }
    }

    /// Queues one interleaved packet that is made of `packet`'s segments.
    pub(crate) fn push_packet<I>(&mut self, channel: u8, packet: I) -> Result<(), SendError>
    where
        I: IntoIterator<Item = Bytes>,
    {
        let before = self.segments.len();
        let mut packet = packet.into_iter();
        let first = packet.next().unwrap_or_default();
        let mut length = first.len();
        // The header goes first but is known last: its place is held by an empty segment.
        self.push_media(Bytes::new());
        self.push_media(first);
        for data in packet.filter(|data| !data.is_empty()) {
            length = length.saturating_add(data.len());
            self.push_media(data);
        }
        if let Err(refused) = self.admit(length) {
            self.segments.truncate(before);
            return Err(refused);
        }
        let header = InterleavedHeader {
            channel,
            length: u16::try_from(length).unwrap_or(u16::MAX),
        };
        self.complete(before, header);
        self.media_bytes = self
            .media_bytes
            .saturating_add(length)
            .saturating_add(InterleavedHeader::BYTES);
        Ok(())
    }

    fn push_media(&mut self, data: Bytes) {
        self.segments.push_back(Segment {
            data,
            is_media: true,
        });
    }

    fn admit(&mut self, length: usize) -> Result<(), SendError> {
        if length > usize::from(u16::MAX) {
            return Err(SendError::TooLong { length });
        }
        let after = self
            .media_bytes
            .saturating_add(length)
            .saturating_add(InterleavedHeader::BYTES);
        if after > self.max_media_bytes {
            self.is_blocked = true;
            return Err(SendError::QueueFull {
                queued_bytes: self.media_bytes,
            });
        }
        Ok(())
    }

    /// Fills the header's place, and a short first segment with it.
    fn complete(&mut self, place: usize, header: InterleavedHeader) {
        if self.arena.capacity() < InterleavedHeader::BYTES.saturating_add(MERGE_BYTES) {
            self.arena.reserve(ARENA_BYTES);
        }
        self.arena.put_slice(&header.to_bytes());
        let after = place.saturating_add(1);
        let short = self
            .segments
            .get_mut(after)
            .filter(|first| first.data.len() <= MERGE_BYTES);
        if let Some(first) = short {
            self.arena.put_slice(&first.data);
            first.data = self.arena.split().freeze();
            self.segments.remove(place);
        } else if let Some(segment) = self.segments.get_mut(place) {
            segment.data = self.arena.split().freeze();
        }
    }

    /// The next segment to write.
    pub(crate) fn pop(&mut self) -> Option<Bytes> {
        let Segment { data, is_media } = self.segments.pop_front()?;
        let count = if is_media {
            &mut self.media_bytes
        } else {
            &mut self.control_bytes
        };
        *count = count.saturating_sub(data.len());
        Some(data)
    }

    /// True once after media was refused and half the queue has been written.
    pub(crate) fn take_writable(&mut self) -> bool {
        let is_writable = self.is_blocked && self.media_bytes <= self.max_media_bytes / 2;
        if is_writable {
            self.is_blocked = false;
        }
        is_writable
    }

    pub(crate) fn queued_bytes(&self) -> usize {
        self.control_bytes.saturating_add(self.media_bytes)
    }

    /// Bytes of messages alone.
    pub(crate) fn control_bytes(&self) -> usize {
        self.control_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(output: &mut Output) -> Vec<Bytes> {
        core::iter::from_fn(|| output.pop()).collect()
    }

    #[test]
    fn a_short_header_is_merged_and_the_payload_is_shared() {
        let mut output = Output::new(10_000);
        let payload = Bytes::from(vec![7; 1000]);
        output
            .push_packet(2, [Bytes::from_static(b"RTP-HEADER"), payload.clone()])
            .unwrap();
        assert_eq!(output.queued_bytes(), 1014);
        let segments = drain(&mut output);
        assert_eq!(&segments[0][..], b"$\x02\x03\xf2RTP-HEADER");
        assert_eq!(segments[1].as_ptr(), payload.as_ptr());
        assert_eq!((segments.len(), output.queued_bytes()), (2, 0));
    }

    #[test]
    fn a_long_first_segment_is_not_copied() {
        let mut output = Output::new(10_000);
        let packet = Bytes::from(vec![7; 1000]);
        output.push_packet(0, [packet.clone()]).unwrap();
        let segments = drain(&mut output);
        assert_eq!(&segments[0][..], b"$\0\x03\xe8");
        assert_eq!(segments[1].as_ptr(), packet.as_ptr());
    }

    #[test]
    fn media_is_bounded_messages_are_not_and_writable_comes_once() {
        let mut output = Output::new(100);
        let packet = || [Bytes::from(vec![1; 46])];
        output.push_packet(0, packet()).unwrap();
        output.push_packet(0, packet()).unwrap();
        assert_eq!(
            output.push_packet(0, packet()),
            Err(SendError::QueueFull { queued_bytes: 100 })
        );
        output.push_message((Bytes::from_static(b"head"), Bytes::from_static(b"body")));
        assert_eq!((output.queued_bytes(), output.control_bytes()), (108, 8));
        assert!(!output.take_writable());
        output.pop();
        assert!(output.take_writable());
        assert!(!output.take_writable());
        assert_eq!(drain(&mut output).concat().len(), 58);
    }

    #[test]
    fn a_refused_packet_leaves_nothing_behind() {
        let mut output = Output::new(1_000_000);
        let long = [Bytes::from(vec![0; 40_000]), Bytes::from(vec![0; 40_000])];
        assert_eq!(
            output.push_packet(0, long),
            Err(SendError::TooLong { length: 80_000 })
        );
        assert_eq!((output.queued_bytes(), output.pop()), (0, None));
        output.push_packet(0, []).unwrap();
        assert_eq!(drain(&mut output).concat(), b"$\0\0\0");
    }

    #[test]
    fn headers_share_one_allocation() {
        let mut output = Output::new(1_000_000);
        for _ in 0..10 {
            output
                .push_packet(0, [Bytes::from_static(&[9; 12])])
                .unwrap();
        }
        let segments = drain(&mut output);
        let places: Vec<_> = segments.iter().map(|data| data.as_ptr() as usize).collect();
        assert!(places.windows(2).all(|two| two[1] == two[0] + 16));
    }
}
