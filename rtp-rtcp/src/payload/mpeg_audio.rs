use core::num::NonZeroU32;

use bytes::Bytes;
use castline_codec::MpegAudioParameters;

use super::{
    Settings,
    frames::{Fragment, FrameDuration, FrameFormat, FramePacketizer, frame_packetizer},
    input::VIDEO_CLOCK_RATE,
    packet::{Header, header},
};

/// MPEG-1 and MPEG-2 audio, layers I to III, in RTP (RFC 2250 section 3.5): payload type 14, a
/// clock of 90 kHz whatever the sample rate.
#[derive(Debug)]
pub struct MpegAudioPacketizer(FramePacketizer<Rfc2250>);

impl MpegAudioPacketizer {
    /// For a track of this kind.
    #[must_use]
    pub fn new(parameters: &MpegAudioParameters, settings: &Settings) -> Self {
        let duration = FrameDuration {
            samples: parameters.samples_per_frame(),
            sample_rate: NonZeroU32::new(parameters.sample_rate).unwrap_or(VIDEO_CLOCK_RATE),
        };
        Self(FramePacketizer::new(
            Rfc2250,
            settings,
            VIDEO_CLOCK_RATE,
            duration,
        ))
    }
}

frame_packetizer!(MpegAudioPacketizer);

#[derive(Debug)]
struct Rfc2250;

/// MBZ and Frag_offset.
const HEADER_LEN: usize = 4;

impl FrameFormat for Rfc2250 {
    const MARKS_END: bool = false;

    fn max_frame_len(&self, _: usize) -> usize {
        usize::from(u16::MAX)
    }

    fn header_len(&self, _: usize) -> usize {
        HEADER_LEN
    }

    fn whole_header(&self, _: &[Bytes]) -> Header {
        header(&[0; HEADER_LEN])
    }

    fn fragment_header(&self, fragment: &Fragment) -> Header {
        let offset = u16::try_from(fragment.range.start).unwrap_or(u16::MAX);
        let [high, low] = offset.to_be_bytes();
        header(&[0, 0, high, low])
    }
}
