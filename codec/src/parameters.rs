use alloc::string::{String, ToString};

use crate::{
    MediaKind, ParseError,
    aac::AacParameters,
    ac3::{Ac3Parameters, Eac3Parameters},
    av1::Av1Parameters,
    h264::H264Parameters,
    h265::H265Parameters,
    mpeg_audio::{MpegAudioLayer, MpegAudioParameters},
    opus::{self, OpusParameters},
    pcm::PcmParameters,
    vp8::Vp8Parameters,
    vp9::Vp9Parameters,
};

/// The codec of a track and what a decoder must know before the first frame.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecParameters {
    /// H.264 / AVC.
    H264(H264Parameters),
    /// H.265 / HEVC.
    H265(H265Parameters),
    /// AV1.
    Av1(Av1Parameters),
    /// VP8.
    Vp8(Vp8Parameters),
    /// VP9.
    Vp9(Vp9Parameters),
    /// AAC in all its profiles.
    Aac(AacParameters),
    /// Opus.
    Opus(OpusParameters),
    /// MP3, MP2, MP1.
    MpegAudio(MpegAudioParameters),
    /// AC-3.
    Ac3(Ac3Parameters),
    /// Enhanced AC-3.
    Eac3(Eac3Parameters),
    /// G.711 with the mu law.
    Pcmu(PcmParameters),
    /// G.711 with the A law.
    Pcma(PcmParameters),
    /// Linear audio of 16 bits, big-endian.
    L16(PcmParameters),
}

impl CodecParameters {
    /// What the codec is for.
    #[must_use]
    pub const fn kind(&self) -> MediaKind {
        match self {
            Self::H264(_) | Self::H265(_) | Self::Av1(_) | Self::Vp8(_) | Self::Vp9(_) => {
                MediaKind::Video
            }
            Self::Aac(_)
            | Self::Opus(_)
            | Self::MpegAudio(_)
            | Self::Ac3(_)
            | Self::Eac3(_)
            | Self::Pcmu(_)
            | Self::Pcma(_)
            | Self::L16(_) => MediaKind::Audio,
        }
    }

    /// The codec's name for people.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::H264(_) => "H.264",
            Self::H265(_) => "H.265",
            Self::Av1(_) => "AV1",
            Self::Vp8(_) => "VP8",
            Self::Vp9(_) => "VP9",
            Self::Aac(_) => "AAC",
            Self::Opus(_) => "Opus",
            Self::MpegAudio(parameters) => match parameters.layer {
                MpegAudioLayer::Layer1 => "MP1",
                MpegAudioLayer::Layer2 => "MP2",
                MpegAudioLayer::Layer3 => "MP3",
            },
            Self::Ac3(_) => "AC-3",
            Self::Eac3(_) => "E-AC-3",
            Self::Pcmu(_) => "G.711 mu-law",
            Self::Pcma(_) => "G.711 A-law",
            Self::L16(_) => "L16",
        }
    }

    /// The `codecs` value of RFC 6381, as HTML and HLS use it. VP8, G.711 and L16 have none in the
    /// RFC: they get `vp8` and the QuickTime names `ulaw`, `alaw` and `twos`.
    #[must_use]
    pub fn codec_string(&self) -> String {
        match self {
            Self::H264(parameters) => parameters.codec_string(),
            Self::H265(parameters) => parameters.codec_string(),
            Self::Av1(parameters) => parameters.codec_string(),
            Self::Vp9(parameters) => parameters.codec_string(),
            Self::Aac(parameters) => parameters.codec_string(),
            Self::MpegAudio(parameters) => parameters.codec_string().to_string(),
            Self::Vp8(_) => "vp8".to_string(),
            Self::Opus(_) => "opus".to_string(),
            Self::Ac3(_) => "ac-3".to_string(),
            Self::Eac3(_) => "ec-3".to_string(),
            Self::Pcmu(_) => "ulaw".to_string(),
            Self::Pcma(_) => "alaw".to_string(),
            Self::L16(_) => "twos".to_string(),
        }
    }

    /// Samples per second that a decoder gives out; `None` of video.
    #[must_use]
    pub fn sample_rate(&self) -> Option<u32> {
        match self {
            Self::Aac(parameters) => Some(parameters.config.output_frequency()),
            Self::Opus(_) => Some(opus::CLOCK_RATE),
            Self::MpegAudio(parameters) => Some(parameters.sample_rate),
            Self::Ac3(parameters) => Some(parameters.sample_rate),
            Self::Eac3(parameters) => Some(parameters.sample_rate),
            Self::Pcmu(parameters) | Self::Pcma(parameters) | Self::L16(parameters) => {
                Some(parameters.sample_rate)
            }
            Self::H264(_) | Self::H265(_) | Self::Av1(_) | Self::Vp8(_) | Self::Vp9(_) => None,
        }
    }

    /// Channels that a decoder gives out; `None` of video, and when not known.
    #[must_use]
    pub fn channels(&self) -> Option<u8> {
        let channels = match self {
            Self::Aac(parameters) => parameters.config.channels(),
            Self::Opus(parameters) => parameters.channels,
            Self::MpegAudio(parameters) => parameters.channels,
            Self::Ac3(parameters) => parameters.channels,
            Self::Eac3(parameters) => parameters.channels,
            Self::Pcmu(parameters) | Self::Pcma(parameters) | Self::L16(parameters) => {
                parameters.channels
            }
            Self::H264(_) | Self::H265(_) | Self::Av1(_) | Self::Vp8(_) | Self::Vp9(_) => 0,
        };
        (channels > 0).then_some(channels)
    }

    /// Width and height in pixels; `None` of audio, and when not known.
    #[must_use]
    pub fn dimensions(&self) -> Option<(u32, u32)> {
        match self {
            Self::H264(parameters) => Some((parameters.sequence.width, parameters.sequence.height)),
            Self::H265(parameters) => Some((parameters.sequence.width, parameters.sequence.height)),
            Self::Av1(parameters) => parameters
                .sequence
                .map(|sequence| (sequence.width, sequence.height)),
            Self::Vp8(parameters) => (parameters.width > 0 && parameters.height > 0)
                .then_some((u32::from(parameters.width), u32::from(parameters.height))),
            Self::Vp9(parameters) => parameters.size,
            Self::Aac(_)
            | Self::Opus(_)
            | Self::MpegAudio(_)
            | Self::Ac3(_)
            | Self::Eac3(_)
            | Self::Pcmu(_)
            | Self::Pcma(_)
            | Self::L16(_) => None,
        }
    }

    /// Takes over what a frame (canonical form) says of the track, and says whether that changed
    /// anything: parameter sets of H.264 and H.265, sequence headers of AV1, sizes of VP8 and VP9. The
    /// other codecs never change here.
    ///
    /// # Errors
    /// [`ParseError`] when the frame is malformed.
    pub fn update_from(&mut self, data: &[u8]) -> Result<bool, ParseError> {
        match self {
            Self::H264(parameters) => parameters.update_from(data).map(|changes| changes.any()),
            Self::H265(parameters) => parameters.update_from(data).map(|changes| changes.any()),
            Self::Av1(parameters) => parameters.update_from(data),
            Self::Vp8(parameters) => parameters.update_from(data),
            Self::Vp9(parameters) => parameters.update_from(data),
            Self::Aac(_)
            | Self::Opus(_)
            | Self::MpegAudio(_)
            | Self::Ac3(_)
            | Self::Eac3(_)
            | Self::Pcmu(_)
            | Self::Pcma(_)
            | Self::L16(_) => Ok(false),
        }
    }

    /// A receiver can start with this frame (canonical form). Every audio frame is one.
    #[must_use]
    pub fn is_keyframe(&self, data: &[u8]) -> bool {
        match self {
            Self::H264(_) => crate::h264::is_keyframe(data),
            Self::H265(_) => crate::h265::is_keyframe(data),
            Self::Av1(_) => crate::av1::is_keyframe(data),
            Self::Vp8(_) => crate::vp8::is_keyframe(data),
            Self::Vp9(_) => crate::vp9::is_keyframe(data),
            Self::Aac(_)
            | Self::Opus(_)
            | Self::MpegAudio(_)
            | Self::Ac3(_)
            | Self::Eac3(_)
            | Self::Pcmu(_)
            | Self::Pcma(_)
            | Self::L16(_) => true,
        }
    }
}
