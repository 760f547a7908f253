use bytes::Bytes;
use castline_codec::AacParameters;

use super::{
    Settings,
    frames::{Fragment, FrameDuration, FrameFormat, FramePacketizer, frame_packetizer},
    packet::{Header, extend},
};
use crate::media_section::aac_clock_rate;

/// AAC in RTP (RFC 3640, mode AAC-hbr): access units behind 16-bit AU-headers (13 bits of size,
/// 3 of index), several to a packet or one over several packets.
///
/// The RTP clock is the sample rate of the AudioSpecificConfig. For HE-AAC that is the rate of
/// the AAC core, not of the output: GStreamer, live555 and gortsplib do the same, so an access
/// unit is 1024 ticks for each of them, and FFmpeg takes any clock.
#[derive(Debug)]
pub struct AacPacketizer(FramePacketizer<AacHbr>);

impl AacPacketizer {
    /// For a track with this AudioSpecificConfig.
    #[must_use]
    pub fn new(parameters: &AacParameters, settings: &Settings) -> Self {
        let sample_rate = aac_clock_rate(parameters);
        let duration = FrameDuration {
            samples: u32::from(parameters.config.samples_per_frame),
            sample_rate,
        };
        Self(FramePacketizer::new(
            AacHbr,
            settings,
            sample_rate,
            duration,
        ))
    }
}

frame_packetizer!(AacPacketizer);

#[derive(Debug)]
struct AacHbr;

/// AU-headers-length, RFC 3640 section 3.2.1.
const HEADERS_LENGTH_LEN: usize = 2;
/// One AU-header: sizelength=13, indexlength=3 (section 3.3.6).
const AU_HEADER_LEN: usize = 2;
const MAX_AU_LEN: usize = (1 << 13) - 1;

impl AacHbr {
    /// AU-headers with an AU-Index (for the first) or AU-Index-delta (for the rest) of 0: the
    /// access units follow one another.
    fn header(lens: impl ExactSizeIterator<Item = usize>) -> Header {
        let mut header = Header::new_const();
        let bits = lens.len().saturating_mul(AU_HEADER_LEN).saturating_mul(8);
        extend(&mut header, &short(bits));
        for len in lens {
            extend(&mut header, &short(len.min(MAX_AU_LEN) << 3));
        }
        header
    }
}

fn short(value: usize) -> [u8; 2] {
    u16::try_from(value).unwrap_or(u16::MAX).to_be_bytes()
}

impl FrameFormat for AacHbr {
    const MARKS_END: bool = true;

    fn max_frame_len(&self, _: usize) -> usize {
        MAX_AU_LEN
    }

    fn header_len(&self, frames: usize) -> usize {
        frames
            .saturating_mul(AU_HEADER_LEN)
            .saturating_add(HEADERS_LENGTH_LEN)
    }

    fn whole_header(&self, frames: &[Bytes]) -> Header {
        Self::header(frames.iter().map(Bytes::len))
    }

    /// RFC 3640 section 3.2.3: the size is that of the whole access unit in each fragment.
    fn fragment_header(&self, fragment: &Fragment) -> Header {
        Self::header(core::iter::once(fragment.frame_len))
    }
}
