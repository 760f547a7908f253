use alloc::{string::String, vec::Vec};
use core::num::NonZeroU32;

use bytes::Bytes;
use castline_codec::{
    AacParameters, Av1Parameters, CodecParameters, H264Parameters, H265Parameters, OpusParameters,
    ParseError, PcmParameters, Vp8Parameters, Vp9Parameters,
};
use castline_sdp::{Fmtp, Media, OpusFmtp, RtpMap};

use super::Encoding;
use crate::PayloadType;

/// Why a media section describes nothing that can be received.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MediaSectionError {
    /// The `m=` line lists no payload type.
    #[error("the media section lists no RTP payload type")]
    NoPayloadType,
    /// A dynamic payload type has no rtpmap line.
    #[error("payload type {0} has no rtpmap")]
    NoRtpMap(u8),
    /// No payload format of this name is known.
    #[error("no payload format is known by the name {0:?}")]
    UnknownEncoding(String),
    /// The clock rate is 0 or missing, and the encoding has no usual one.
    #[error("payload type {0} has no clock rate")]
    NoClockRate(u8),
    /// What the decoder must know is missing or cannot be read, and is not in the stream either.
    #[error("the codec's configuration: {0}")]
    Configuration(#[from] ParseError),
}

/// One payload type of a media section, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaFormat {
    /// As it is in the packets.
    pub payload_type: PayloadType,
    /// How the packets are to be read.
    pub encoding: Encoding,
    /// Ticks per second of the RTP timestamp.
    pub clock_rate: NonZeroU32,
    /// What a decoder must know before the first frame; `None` when the stream will tell: H.264
    /// and H.265 without (readable) parameter sets, MPEG audio and AC-3 always.
    pub codec: Option<CodecParameters>,
}

impl MediaFormat {
    /// The first payload type of the section that is understood.
    ///
    /// # Errors
    /// None is; the error is that of the first.
    pub fn of(media: &Media<'_>) -> Result<Self, MediaSectionError> {
        let mut first_error = None;
        for payload_type in media.payload_types() {
            match Self::of_payload_type(media, PayloadType(payload_type)) {
                Ok(format) => return Ok(format),
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or(MediaSectionError::NoPayloadType))
    }

    /// This payload type of the section, by its rtpmap or static assignment, and its fmtp.
    ///
    /// # Errors
    /// See [`MediaSectionError`].
    pub fn of_payload_type(
        media: &Media<'_>,
        PayloadType(payload_type): PayloadType,
    ) -> Result<Self, MediaSectionError> {
        let map = media
            .rtpmap(payload_type)
            .ok_or(MediaSectionError::NoRtpMap(payload_type))?;
        let encoding = Encoding::from_name(map.encoding)
            .ok_or_else(|| MediaSectionError::UnknownEncoding(map.encoding.into()))?;
        let clock_rate =
            NonZeroU32::new(map.clock_rate).ok_or(MediaSectionError::NoClockRate(payload_type))?;
        let fmtp = media.fmtp(payload_type).unwrap_or(Fmtp {
            format: "",
            parameters: "",
        });
        Ok(Self {
            payload_type: PayloadType(payload_type),
            encoding,
            clock_rate,
            codec: codec(encoding, &map, &fmtp)?,
        })
    }
}

fn codec(
    encoding: Encoding,
    map: &RtpMap<'_>,
    fmtp: &Fmtp<'_>,
) -> Result<Option<CodecParameters>, ParseError> {
    let pcm = PcmParameters::new(map.clock_rate, map.channels.unwrap_or(1));
    Ok(Some(match encoding {
        Encoding::H264 => return Ok(h264(fmtp).map(CodecParameters::H264)),
        Encoding::H265 => return Ok(h265(fmtp).map(CodecParameters::H265)),
        Encoding::Mpa | Encoding::Ac3 => return Ok(None),
        Encoding::Av1 => CodecParameters::Av1(av1(fmtp)?),
        Encoding::Vp8 => CodecParameters::Vp8(Vp8Parameters::new(0, 0)),
        Encoding::Vp9 => CodecParameters::Vp9(Vp9Parameters::new(fmtp.vp9().profile_id)),
        Encoding::Mpeg4Generic => {
            CodecParameters::Aac(AacParameters::from_asc(&fmtp.aac().config)?)
        }
        Encoding::Opus => CodecParameters::Opus(opus(fmtp)),
        Encoding::MultiOpus => CodecParameters::Opus(multi_opus(map, &fmtp.opus())?),
        Encoding::Pcmu => CodecParameters::Pcmu(pcm),
        Encoding::Pcma => CodecParameters::Pcma(pcm),
        Encoding::L16 => CodecParameters::L16(pcm),
    }))
}

/// Parameter sets that cannot be read are left to the stream, which has them in band then.
fn h264(fmtp: &Fmtp<'_>) -> Option<H264Parameters> {
    let sets = fmtp.h264().sprop_parameter_sets;
    let of_type = |kind: u8| {
        let is_kind = move |set: &&Bytes| set.first().is_some_and(|first| first & 0x1f == kind);
        sets.iter().filter(is_kind).map(Bytes::as_ref)
    };
    H264Parameters::from_parameter_sets(of_type(7), of_type(8)).ok()
}

fn h265(fmtp: &Fmtp<'_>) -> Option<H265Parameters> {
    let fmtp = fmtp.h265();
    let [vps, sps, pps] = [&fmtp.sprop_vps, &fmtp.sprop_sps, &fmtp.sprop_pps]
        .map(|sets| sets.iter().map(Bytes::as_ref));
    H265Parameters::from_parameter_sets(vps, sps, pps).ok()
}

/// An `av1C` without OBUs: the sequence header is in the stream.
fn av1(fmtp: &Fmtp<'_>) -> Result<Av1Parameters, ParseError> {
    const MARKER_AND_VERSION: u8 = 0x81;
    /// Level 3.1, what absence means.
    const DEFAULT_LEVEL_IDX: u8 = 5;
    let fmtp = fmtp.av1();
    let level_idx = fmtp.level_idx.unwrap_or(DEFAULT_LEVEL_IDX);
    let profile_and_level = ((fmtp.profile & 0x07) << 5) | (level_idx & 0x1f);
    let tier = (fmtp.tier & 1) << 7;
    let chroma_4_2_0 = if fmtp.profile == 0 { 0x0c } else { 0 };
    Av1Parameters::from_av1c(&[
        MARKER_AND_VERSION,
        profile_and_level,
        tier | chroma_4_2_0,
        0,
    ])
}

/// Two channels unless the sender rules them out: a decoder of two plays both.
fn opus(fmtp: &Fmtp<'_>) -> OpusParameters {
    let mono = fmtp.value("sprop-stereo") == Some("0");
    OpusParameters::new(if mono { 1 } else { 2 })
}

/// A `dOps` box of mapping family 1, which checks streams and mapping.
fn multi_opus(map: &RtpMap<'_>, fmtp: &OpusFmtp) -> Result<OpusParameters, ParseError> {
    let channels = map.channels.unwrap_or_default();
    let mut dops = Vec::from([0, channels]);
    dops.extend_from_slice(&USUAL_PRE_SKIP.to_be_bytes());
    dops.extend_from_slice(&map.clock_rate.to_be_bytes());
    dops.extend_from_slice(&[0, 0, 1]);
    dops.push(fmtp.num_streams.unwrap_or_default());
    dops.push(fmtp.coupled_streams.unwrap_or_default());
    let mapping = fmtp.channel_mapping.split(',');
    dops.extend(mapping.filter_map(|channel| channel.trim().parse::<u8>().ok()));
    OpusParameters::from_dops(&dops)
}

/// 6.5 ms at 48 kHz: what encoders have when nobody says (RFC 7845 section 4.2 recommends 80 ms
/// of pre-roll after a seek, not this).
const USUAL_PRE_SKIP: u16 = 312;
