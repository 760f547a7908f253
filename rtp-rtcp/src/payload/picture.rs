//! What VP8 and VP9 have in common: a frame is cut anywhere, a descriptor before each part.

use bytes::Bytes;
use castline_codec::Frame;

use super::{
    PacketizeError, Payload, Settings,
    input::{Input, VIDEO_CLOCK_RATE},
    packet::Header,
};

/// The 15 bits of a long PictureID.
const PICTURE_ID_MASK: u16 = 0x7fff;

/// The rules in which the codecs differ.
pub(super) trait PictureFormat {
    /// The payload descriptor. Its length may depend on all but `last`.
    fn descriptor(&self, part: &Part) -> Header;
}

/// A part of a frame, or all of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    /// Counts frames in 15 bits.
    pub(super) picture_id: u16,
    pub(super) keyframe: bool,
    pub(super) first: bool,
    pub(super) last: bool,
}

impl Part {
    /// The PictureID with its M bit, in 15 bits always, so that its length never changes.
    pub(super) const fn long_picture_id(&self) -> [u8; 2] {
        (0x8000 | self.picture_id).to_be_bytes()
    }
}

#[derive(Debug)]
pub(super) struct PicturePacketizer<F> {
    format: F,
    input: Input,
    picture_id: u16,
    timestamp: i64,
    keyframe: bool,
    data: Bytes,
    sent: usize,
}

impl<F: PictureFormat> PicturePacketizer<F> {
    pub(super) fn new(format: F, settings: &Settings) -> Self {
        Self {
            format,
            input: Input::new(settings, VIDEO_CLOCK_RATE),
            picture_id: PICTURE_ID_MASK,
            timestamp: 0,
            keyframe: false,
            data: Bytes::new(),
            sent: 0,
        }
    }

    pub(super) fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        self.timestamp = self.input.admit(frame, !self.data.is_empty())?;
        self.picture_id = self.picture_id.wrapping_add(1) & PICTURE_ID_MASK;
        self.keyframe = frame.keyframe;
        self.data = frame.data.clone();
        self.sent = 0;
        Ok(())
    }

    pub(super) fn poll_packet(&mut self) -> Option<Payload> {
        let left = self.data.len().checked_sub(self.sent)?;
        if left == 0 {
            return None;
        }
        let mut part = Part {
            picture_id: self.picture_id,
            keyframe: self.keyframe,
            first: self.sent == 0,
            last: true,
        };
        let mut descriptor = self.format.descriptor(&part);
        let room = self.input.max_payload_len.saturating_sub(descriptor.len());
        let slice = if left <= room {
            let slice = self.data.slice(self.sent..);
            self.data = Bytes::new();
            self.sent = 0;
            slice
        } else {
            part.last = false;
            descriptor = self.format.descriptor(&part);
            let end = self.sent.checked_add(room)?;
            let slice = self.data.slice(self.sent..end);
            self.sent = end;
            slice
        };
        Some(Payload::single(
            part.last,
            self.timestamp,
            descriptor,
            slice,
        ))
    }
}
