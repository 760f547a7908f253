use core::num::NonZeroU32;

use castline_codec::{AacParameters, CodecParameters, MediaKind};

use crate::PayloadType;

/// 90 kHz: the RTP clock of all video and of MPEG audio.
const NINETY_KILOHERTZ: u32 = 90_000;
/// RFC 7587 section 4.1.
const OPUS_CLOCK_RATE: u32 = 48_000;

/// A payload format that can be described: the encoding name of its rtpmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// RFC 6184.
    H264,
    /// RFC 7798.
    H265,
    /// RTP Payload Format For AV1.
    Av1,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
    /// RFC 3640.
    Mpeg4Generic,
    /// RFC 7587.
    Opus,
    /// Opus of more than two channels, as WebRTC and GStreamer describe it.
    MultiOpus,
    /// RFC 2250.
    Mpa,
    /// RFC 4184.
    Ac3,
    /// G.711 mu-law, RFC 3551.
    Pcmu,
    /// G.711 A-law, RFC 3551.
    Pcma,
    /// Linear 16-bit audio, RFC 3551.
    L16,
}

impl Encoding {
    const ALL: [Self; 13] = [
        Self::H264,
        Self::H265,
        Self::Av1,
        Self::Vp8,
        Self::Vp9,
        Self::Mpeg4Generic,
        Self::Opus,
        Self::MultiOpus,
        Self::Mpa,
        Self::Ac3,
        Self::Pcmu,
        Self::Pcma,
        Self::L16,
    ];

    /// The format that carries the codec, if one of these does.
    #[must_use]
    pub fn of(codec: &CodecParameters) -> Option<Self> {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "CodecParameters grows; what has no format here has no encoding name"
        )]
        Some(match codec {
            CodecParameters::H264(_) => Self::H264,
            CodecParameters::H265(_) => Self::H265,
            CodecParameters::Av1(_) => Self::Av1,
            CodecParameters::Vp8(_) => Self::Vp8,
            CodecParameters::Vp9(_) => Self::Vp9,
            CodecParameters::Aac(_) => Self::Mpeg4Generic,
            CodecParameters::Opus(parameters) if parameters.channels > 2 => Self::MultiOpus,
            CodecParameters::Opus(_) => Self::Opus,
            CodecParameters::MpegAudio(_) => Self::Mpa,
            CodecParameters::Ac3(_) => Self::Ac3,
            CodecParameters::Pcmu(_) => Self::Pcmu,
            CodecParameters::Pcma(_) => Self::Pcma,
            CodecParameters::L16(_) => Self::L16,
            _ => return None,
        })
    }

    /// The format with this name, whatever the case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }

    /// The name in the case of its registration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "H264",
            Self::H265 => "H265",
            Self::Av1 => "AV1",
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::Mpeg4Generic => "mpeg4-generic",
            Self::Opus => "opus",
            Self::MultiOpus => "multiopus",
            Self::Mpa => "MPA",
            Self::Ac3 => "AC3",
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::L16 => "L16",
        }
    }

    /// The media type of the `m=` line.
    #[must_use]
    pub const fn kind(self) -> MediaKind {
        match self {
            Self::H264 | Self::H265 | Self::Av1 | Self::Vp8 | Self::Vp9 => MediaKind::Video,
            Self::Mpeg4Generic
            | Self::Opus
            | Self::MultiOpus
            | Self::Mpa
            | Self::Ac3
            | Self::Pcmu
            | Self::Pcma
            | Self::L16 => MediaKind::Audio,
        }
    }
}

/// The encoding name of the codec's payload format; `None` when there is no format for it.
#[must_use]
pub fn encoding_name(codec: &CodecParameters) -> Option<&'static str> {
    Encoding::of(codec).map(Encoding::name)
}

/// Ticks per second of the codec's RTP timestamps; `None` when there is no format for it, or its
/// parameters have no sample rate.
///
/// HE-AAC: the rate of the AAC core, so that an access unit is 1024 ticks for receivers that
/// count them (GStreamer, live555 and gortsplib describe it so; FFmpeg writes the output rate,
/// and reads either).
#[must_use]
pub fn rtp_clock_rate(codec: &CodecParameters) -> Option<NonZeroU32> {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "CodecParameters grows; what has no format here has no clock"
    )]
    NonZeroU32::new(match codec {
        CodecParameters::H264(_)
        | CodecParameters::H265(_)
        | CodecParameters::Av1(_)
        | CodecParameters::Vp8(_)
        | CodecParameters::Vp9(_)
        | CodecParameters::MpegAudio(_) => NINETY_KILOHERTZ,
        CodecParameters::Opus(_) => OPUS_CLOCK_RATE,
        CodecParameters::Aac(parameters) => parameters.config.sampling_frequency,
        CodecParameters::Ac3(parameters) => parameters.sample_rate,
        CodecParameters::Pcmu(parameters)
        | CodecParameters::Pcma(parameters)
        | CodecParameters::L16(parameters) => parameters.sample_rate,
        _ => 0,
    })
}

/// As [`rtp_clock_rate`]; 1 where a configuration says 0, which has no rate to keep.
pub(crate) fn aac_clock_rate(parameters: &AacParameters) -> NonZeroU32 {
    NonZeroU32::new(parameters.config.sampling_frequency).unwrap_or(NonZeroU32::MIN)
}

/// The static payload type of RFC 3551 section 6 when the codec has one with just these
/// parameters, else `dynamic`.
#[must_use]
pub fn payload_type(codec: &CodecParameters, dynamic: PayloadType) -> PayloadType {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "few codecs have a static payload type"
    )]
    match codec {
        CodecParameters::MpegAudio(_) => PayloadType::MPA,
        CodecParameters::Pcmu(pcm) if (pcm.sample_rate, pcm.channels) == (8_000, 1) => {
            PayloadType::PCMU
        }
        CodecParameters::Pcma(pcm) if (pcm.sample_rate, pcm.channels) == (8_000, 1) => {
            PayloadType::PCMA
        }
        CodecParameters::L16(pcm) if (pcm.sample_rate, pcm.channels) == (44_100, 2) => {
            PayloadType::L16_STEREO
        }
        CodecParameters::L16(pcm) if (pcm.sample_rate, pcm.channels) == (44_100, 1) => {
            PayloadType::L16_MONO
        }
        _ => dynamic,
    }
}
