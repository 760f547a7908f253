use bytes::Bytes;
use castline_codec::Ac3Parameters;

use super::{
    Settings,
    frames::{Fragment, FrameDuration, FrameFormat, FramePacketizer, frame_packetizer},
    input::clock_rate,
    packet::{Header, header},
};

/// AC-3 in RTP (RFC 4184); the RTP clock is the sample rate.
#[derive(Debug)]
pub struct Ac3Packetizer(FramePacketizer<Rfc4184>);

impl Ac3Packetizer {
    /// For a track of this kind.
    #[must_use]
    pub fn new(parameters: &Ac3Parameters, settings: &Settings) -> Self {
        let sample_rate = clock_rate(parameters.sample_rate);
        let duration = FrameDuration {
            samples: SAMPLES_PER_FRAME,
            sample_rate,
        };
        Self(FramePacketizer::new(
            Rfc4184,
            settings,
            sample_rate,
            duration,
        ))
    }
}

frame_packetizer!(Ac3Packetizer);

#[derive(Debug)]
struct Rfc4184;

/// Six audio blocks of 256 samples (ATSC A/52).
const SAMPLES_PER_FRAME: u32 = 1536;
/// MBZ and FT, then NF.
const HEADER_LEN: usize = 2;

const COMPLETE_FRAMES: u8 = 0;
const INITIAL_FRAGMENT_WITH_FIVE_EIGHTHS: u8 = 1;
const INITIAL_FRAGMENT: u8 = 2;
const OTHER_FRAGMENT: u8 = 3;

impl FrameFormat for Rfc4184 {
    const MARKS_END: bool = true;

    /// NF counts the fragments of a frame in 8 bits.
    fn max_frame_len(&self, max_payload_len: usize) -> usize {
        let room = max_payload_len.saturating_sub(HEADER_LEN);
        room.saturating_mul(usize::from(u8::MAX))
    }

    fn header_len(&self, _: usize) -> usize {
        HEADER_LEN
    }

    fn whole_header(&self, frames: &[Bytes]) -> Header {
        let count = u8::try_from(frames.len()).unwrap_or(u8::MAX);
        header(&[COMPLETE_FRAMES, count])
    }

    /// RFC 4184 section 4.1.1.
    fn fragment_header(&self, fragment: &Fragment) -> Header {
        let decodable =
            fragment.range.end.saturating_mul(8) >= fragment.frame_len.saturating_mul(5);
        let frame_type = match (fragment.range.start, decodable) {
            (0, true) => INITIAL_FRAGMENT_WITH_FIVE_EIGHTHS,
            (0, false) => INITIAL_FRAGMENT,
            _ => OTHER_FRAGMENT,
        };
        let count = fragment.frame_len.div_ceil(fragment.room.max(1));
        header(&[frame_type, u8::try_from(count).unwrap_or(u8::MAX)])
    }
}
