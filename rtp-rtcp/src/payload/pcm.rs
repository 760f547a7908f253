use core::num::NonZeroU32;

use bytes::Bytes;
use castline_codec::{Frame, PcmParameters};

use super::{
    MIN_PAYLOAD_LEN, PacketizeError, Packetizer, Payload, Settings, Unsupported, input::Input,
    packet::Header,
};

/// Uncompressed and companded audio in RTP: PCMU, PCMA and L16 (RFC 3551 sections 4.5.14 and
/// 4.5.11). There is no payload header; a frame is any number of samples, all channels of one
/// instant together, and is cut between instants.
///
/// L16 samples are big-endian in a frame, as they are on the wire.
#[derive(Debug)]
pub struct PcmPacketizer {
    input: Input,
    /// Bytes of one instant: a sample of each channel.
    block_len: usize,
    timestamp: i64,
    data: Bytes,
    sent: usize,
}

impl PcmPacketizer {
    /// For a track of samples of `bytes_per_sample` bytes: 1 for PCMU and PCMA, 2 for L16.
    ///
    /// # Errors
    /// No sample rate or channels, or so many channels that one instant may not fit in a packet.
    pub fn new(
        parameters: &PcmParameters,
        bytes_per_sample: u8,
        settings: &Settings,
    ) -> Result<Self, Unsupported> {
        let sample_rate = NonZeroU32::new(parameters.sample_rate)
            .ok_or(Unsupported::shape("PCM", "a sample rate"))?;
        let block_len = usize::from(parameters.channels) * usize::from(bytes_per_sample);
        if block_len == 0 || block_len > MIN_PAYLOAD_LEN {
            return Err(Unsupported::shape("PCM", "1 to 32 channels"));
        }
        Ok(Self {
            input: Input::new(settings, sample_rate),
            block_len,
            timestamp: 0,
            data: Bytes::new(),
            sent: 0,
        })
    }

    fn blocks(&self, len: usize) -> usize {
        len.checked_div(self.block_len).unwrap_or_default()
    }
}

impl Packetizer for PcmPacketizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        let timestamp = self.input.admit(frame, !self.data.is_empty())?;
        let whole = self.blocks(frame.data.len()).saturating_mul(self.block_len);
        if whole != frame.data.len() {
            return Err(PacketizeError::Malformed {
                offset: whole,
                expected: "a sample of each channel",
            });
        }
        self.timestamp = timestamp;
        self.data = frame.data.clone();
        self.sent = 0;
        Ok(())
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        if self.data.is_empty() {
            return None;
        }
        let room = self
            .blocks(self.input.max_payload_len)
            .saturating_mul(self.block_len);
        let elapsed = i64::try_from(self.blocks(self.sent)).unwrap_or(i64::MAX);
        let timestamp = self.timestamp.saturating_add(elapsed);
        let end = self.sent.saturating_add(room);
        let slice = if end >= self.data.len() {
            let slice = self.data.slice(self.sent..);
            self.data = Bytes::new();
            slice
        } else {
            let slice = self.data.slice(self.sent..end);
            self.sent = end;
            slice
        };
        Some(Payload::single(
            false,
            timestamp,
            Header::new_const(),
            slice,
        ))
    }
}
