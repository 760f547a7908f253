use bytes::Bytes;
use castline_codec::{CodecParameters, MediaKind, MpegAudioLayer};

use super::{Enhanced, MuxerConfig};
use crate::tag::{FourCc, LegacyAudioHeader, SoundFormat, VideoCodecId};

/// How a track's frames are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carriage {
    /// A legacy video tag in the form of AVC.
    LegacyVideo(VideoCodecId),
    /// A legacy audio tag: the header of its frames.
    LegacyAudio(LegacyAudioHeader),
    /// An Enhanced RTMP tag.
    Enhanced(FourCc),
}

impl Carriage {
    /// For the track with this number of its kind; `None` when there is no way within `config`.
    pub(super) fn choose(
        codec: &CodecParameters,
        track_index: u8,
        config: &MuxerConfig,
    ) -> Option<Self> {
        let enhanced = || four_cc(codec).map(Self::Enhanced);
        if track_index > 0 {
            let allowed = config.multitrack && config.enhanced != Enhanced::Never;
            return if allowed { enhanced() } else { None };
        }
        match config.enhanced {
            Enhanced::Always => enhanced().or_else(|| legacy(codec, config)),
            Enhanced::WhereNeeded => legacy(codec, config).or_else(enhanced),
            Enhanced::Never => legacy(codec, config),
        }
    }

    /// What `videocodecid` and `audiocodecid` say in `onMetaData`.
    pub(super) fn codec_number(self) -> f64 {
        match self {
            Self::LegacyVideo(codec) => f64::from(codec.0),
            Self::LegacyAudio(header) => f64::from(header.format.0),
            Self::Enhanced(four_cc) => f64::from(four_cc.as_u32()),
        }
    }
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "all other codecs, also those to come, have none"
)]
fn four_cc(codec: &CodecParameters) -> Option<FourCc> {
    Some(match codec {
        CodecParameters::H264(_) => FourCc::AVC1,
        CodecParameters::H265(_) => FourCc::HVC1,
        CodecParameters::Av1(_) => FourCc::AV01,
        CodecParameters::Vp8(_) => FourCc::VP08,
        CodecParameters::Vp9(_) => FourCc::VP09,
        CodecParameters::Aac(_) => FourCc::MP4A,
        CodecParameters::Opus(_) => FourCc::OPUS,
        CodecParameters::MpegAudio(audio) if audio.layer == MpegAudioLayer::Layer3 => FourCc::MP3,
        CodecParameters::Ac3(_) => FourCc::AC_3,
        CodecParameters::Eac3(_) => FourCc::EC_3,
        _ => return None,
    })
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "all other codecs, also those to come, have none"
)]
fn legacy(codec: &CodecParameters, config: &MuxerConfig) -> Option<Carriage> {
    let sound = |format, rate, channels| {
        Carriage::LegacyAudio(LegacyAudioHeader::new(format, rate, channels > 1))
    };
    Some(match codec {
        CodecParameters::H264(_) => Carriage::LegacyVideo(VideoCodecId::AVC),
        CodecParameters::H265(_) if config.legacy_hevc => Carriage::LegacyVideo(VideoCodecId::HEVC),
        CodecParameters::Aac(_) => {
            Carriage::LegacyAudio(LegacyAudioHeader::aac(crate::tag::AacPacketType::RAW))
        }
        CodecParameters::MpegAudio(audio) if audio.layer == MpegAudioLayer::Layer3 => {
            // Rates that FLV cannot tell are in the MP3 headers all the same, where decoders look.
            let format = if audio.sample_rate == 8000 {
                SoundFormat::MP3_8_KHZ
            } else {
                SoundFormat::MP3
            };
            sound(format, audio.sample_rate, audio.channels)
        }
        // FLV has G.711 at 8 kHz only.
        CodecParameters::Pcma(audio) if fits_g711(audio.sample_rate, audio.channels) => {
            sound(SoundFormat::G711_A_LAW, 8000, audio.channels)
        }
        CodecParameters::Pcmu(audio) if fits_g711(audio.sample_rate, audio.channels) => {
            sound(SoundFormat::G711_MU_LAW, 8000, audio.channels)
        }
        _ => return None,
    })
}

const fn fits_g711(sample_rate: u32, channels: u8) -> bool {
    sample_rate == 8000 && matches!(channels, 1 | 2)
}

/// What a sequence header holds; `None` of codecs that have none.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "all other codecs, also those to come, have none"
)]
pub(super) fn configuration(codec: &CodecParameters) -> Option<Bytes> {
    Some(match codec {
        CodecParameters::H264(parameters) => parameters.to_avcc(),
        CodecParameters::H265(parameters) => parameters.to_hvcc(),
        CodecParameters::Av1(parameters) => parameters.to_av1c(),
        // The record alone, without the version and flags that the MP4 box has in front.
        CodecParameters::Vp9(parameters) => parameters.to_vpcc().slice(4..),
        CodecParameters::Vp8(_) => VP8_CONFIGURATION,
        CodecParameters::Aac(parameters) => parameters.asc(),
        CodecParameters::Opus(parameters) => parameters.to_opus_head(),
        _ => return None,
    })
}

/// A `VPCodecConfigurationRecord`: profile 0, unknown level, 8 bits, 4:2:0, unspecified color.
const VP8_CONFIGURATION: Bytes = Bytes::from_static(&[0, 0, 0x82, 2, 2, 2, 0, 0]);

/// The codec's configuration stands in a sequence header, legacy or enhanced.
pub(super) const fn is_video(codec: &CodecParameters) -> bool {
    matches!(codec.kind(), MediaKind::Video)
}
