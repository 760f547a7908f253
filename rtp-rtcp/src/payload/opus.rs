use bytes::Bytes;

use super::{
    Settings,
    frames::{Fragment, FrameDuration, FrameFormat, FramePacketizer, frame_packetizer},
    input::clock_rate,
    packet::Header,
};

/// Opus in RTP (RFC 7587): each codec packet is a payload, in a clock of 48 kHz.
///
/// The format has no fragments: a codec packet that is longer than a payload is refused with
/// [`UnitTooLong`](super::PacketizeError::UnitTooLong).
#[derive(Debug)]
pub struct OpusPacketizer(FramePacketizer<Rfc7587>);

impl OpusPacketizer {
    /// For any Opus track.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let sample_rate = clock_rate(48_000);
        let duration = FrameDuration {
            samples: 960,
            sample_rate,
        };
        let mut settings = settings.clone();
        settings.max_frames_per_packet = core::num::NonZeroU8::MIN;
        Self(FramePacketizer::new(
            Rfc7587,
            &settings,
            sample_rate,
            duration,
        ))
    }
}

frame_packetizer!(OpusPacketizer);

#[derive(Debug)]
struct Rfc7587;

impl FrameFormat for Rfc7587 {
    const MARKS_END: bool = false;

    fn max_frame_len(&self, max_payload_len: usize) -> usize {
        max_payload_len
    }

    fn header_len(&self, _: usize) -> usize {
        0
    }

    fn whole_header(&self, _: &[Bytes]) -> Header {
        Header::new_const()
    }

    fn fragment_header(&self, _: &Fragment) -> Header {
        Header::new_const()
    }
}
