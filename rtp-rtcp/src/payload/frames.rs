//! What the audio formats have in common: whole frames, alone or several in a packet, and
//! fragments of a frame that is longer than a packet.

use core::{num::NonZeroU32, ops::Range};

use arrayvec::ArrayVec;
use bytes::Bytes;
use castline_codec::{Frame, rescale};

use super::{
    MAX_FRAMES_PER_PACKET, PacketizeError, Payload, Settings,
    input::Input,
    packet::{Header, Slices},
};

/// The rules in which the formats differ.
pub(super) trait FrameFormat {
    /// A longer frame cannot be described by the format, given packets of `max_payload_len`.
    fn max_frame_len(&self, max_payload_len: usize) -> usize;
    /// Bytes of the payload header of a packet of `frames` frames, or of a fragment (1).
    fn header_len(&self, frames: usize) -> usize;
    /// The payload header of a packet of whole frames.
    fn whole_header(&self, frames: &[Bytes]) -> Header;
    /// The payload header of a fragment.
    fn fragment_header(&self, fragment: &Fragment) -> Header;
    /// Does the marker bit end a frame? In formats that use it for talk spurts only, it is never
    /// set (RFC 3551 section 4.1: without silence suppression).
    const MARKS_END: bool;
}

/// A part of a frame.
#[derive(Debug)]
pub(super) struct Fragment {
    /// Which bytes of the frame.
    pub(super) range: Range<usize>,
    /// Bytes of the frame.
    pub(super) frame_len: usize,
    /// Bytes of frame in each fragment but the last.
    pub(super) room: usize,
}

/// How long a frame is, for the times of the frames behind the first in a packet: a receiver
/// counts them from the first one's timestamp.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameDuration {
    pub(super) samples: u32,
    pub(super) sample_rate: NonZeroU32,
}

/// Whole frames of one packet.
#[derive(Debug)]
struct Group {
    timestamp: i64,
    frames: ArrayVec<Bytes, MAX_FRAMES_PER_PACKET>,
    len: usize,
}

/// A frame on its way out in fragments.
#[derive(Debug)]
struct Fragmented {
    timestamp: i64,
    data: Bytes,
    sent: usize,
}

/// The packetizer of all these formats.
#[derive(Debug)]
pub(super) struct FramePacketizer<F> {
    format: F,
    input: Input,
    duration: FrameDuration,
    max_frames: usize,
    /// Packets that are complete: at most the group that a frame did not join, and that frame.
    complete: ArrayVec<Group, 2>,
    /// What waits for more frames.
    open: Option<Group>,
    fragmented: Option<Fragmented>,
}

impl<F: FrameFormat> FramePacketizer<F> {
    pub(super) fn new(
        format: F,
        settings: &Settings,
        rtp_rate: NonZeroU32,
        duration: FrameDuration,
    ) -> Self {
        let max_frames = usize::from(settings.max_frames_per_packet.get());
        Self {
            format,
            input: Input::new(settings, rtp_rate),
            duration,
            max_frames: max_frames.min(MAX_FRAMES_PER_PACKET),
            complete: ArrayVec::new(),
            open: None,
            fragmented: None,
        }
    }

    pub(super) fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        let pending = !self.complete.is_empty() || self.fragmented.is_some();
        let timestamp = self.input.admit(frame, pending)?;
        let data = frame.data.clone();
        let limit = self.format.max_frame_len(self.input.max_payload_len);
        if data.len() > limit {
            return Err(PacketizeError::UnitTooLong {
                offset: 0,
                len: data.len(),
                limit,
            });
        }
        if data.len().saturating_add(self.format.header_len(1)) > self.input.max_payload_len {
            self.flush();
            self.fragmented = Some(Fragmented {
                timestamp,
                data,
                sent: 0,
            });
        } else {
            self.join(timestamp, data);
        }
        Ok(())
    }

    /// Adds a frame to the open group, or to a new one.
    fn join(&mut self, timestamp: i64, data: Bytes) {
        if !self.fits(timestamp, &data) {
            self.flush();
        }
        let group = self.open.get_or_insert_with(|| Group {
            timestamp,
            frames: ArrayVec::new(),
            len: 0,
        });
        group.len = group.len.saturating_add(data.len());
        let added = group.frames.try_push(data).is_ok();
        debug_assert!(added, "a full group is not open");
        if group.frames.len() >= self.max_frames {
            self.flush();
        }
    }

    /// May the frame share the packet of the open group: is there room, and is it where a
    /// receiver will put it?
    fn fits(&self, timestamp: i64, data: &Bytes) -> bool {
        let Some(group) = &self.open else {
            return true;
        };
        let count = group.frames.len();
        let header_len = self.format.header_len(count.saturating_add(1));
        let len = group.len.saturating_add(data.len());
        let samples = i64::from(self.duration.samples)
            .saturating_mul(i64::try_from(count).unwrap_or(i64::MAX));
        let elapsed = rescale(samples, self.duration.sample_rate, self.input.rtp_rate());
        let expected = group.timestamp.saturating_add(elapsed);
        let off = expected.saturating_sub(timestamp).saturating_abs();
        len.saturating_add(header_len) <= self.input.max_payload_len && off <= self.input.tick()
    }

    pub(super) fn flush(&mut self) {
        if let Some(group) = self.open.take() {
            let room = self.complete.try_push(group).is_ok();
            debug_assert!(room, "one frame completes two groups at most");
        }
    }

    pub(super) fn poll_packet(&mut self) -> Option<Payload> {
        if let Some(group) = self.complete.pop_at(0) {
            let header = self.format.whole_header(&group.frames);
            let slices: Slices = group.frames.into_iter().collect();
            return Some(Payload::new(F::MARKS_END, group.timestamp, header, slices));
        }
        let fragmented = self.fragmented.as_mut()?;
        let room = self
            .input
            .max_payload_len
            .saturating_sub(self.format.header_len(1));
        let frame_len = fragmented.data.len();
        let end = fragmented.sent.saturating_add(room).min(frame_len);
        let fragment = Fragment {
            range: fragmented.sent..end,
            frame_len,
            room,
        };
        let header = self.format.fragment_header(&fragment);
        let slice = fragmented.data.slice(fragment.range);
        let (last, timestamp) = (end == frame_len, fragmented.timestamp);
        fragmented.sent = end;
        if last {
            self.fragmented = None;
        }
        Some(Payload::single(
            F::MARKS_END && last,
            timestamp,
            header,
            slice,
        ))
    }
}

/// Makes a public packetizer of a [`FramePacketizer`].
macro_rules! frame_packetizer {
    ($name:ident) => {
        impl super::Packetizer for $name {
            fn push(&mut self, frame: &castline_codec::Frame) -> Result<(), super::PacketizeError> {
                self.0.push(frame)
            }

            fn poll_packet(&mut self) -> Option<super::Payload> {
                self.0.poll_packet()
            }

            fn flush(&mut self) {
                self.0.flush();
            }
        }
    };
}
pub(super) use frame_packetizer;
