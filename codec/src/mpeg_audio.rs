//! MPEG-1 and MPEG-2 audio, layers I to III: MP3, MP2 (ISO/IEC 11172-3 and 13818-3).

use crate::ParseError;

/// The generation of the standard, which fixes the sample rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a two-bit field, its fourth value reserved"
)]
pub enum MpegAudioVersion {
    /// ISO/IEC 11172-3: 32, 44.1 and 48 kHz.
    Mpeg1,
    /// ISO/IEC 13818-3: 16, 22.05 and 24 kHz.
    Mpeg2,
    /// An extension outside the standard: 8, 11.025 and 12 kHz.
    Mpeg25,
}

/// The coding layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a two-bit field, its fourth value reserved"
)]
pub enum MpegAudioLayer {
    /// Layer I.
    Layer1,
    /// Layer II: MP2.
    Layer2,
    /// Layer III: MP3.
    Layer3,
}

/// What is known of an MPEG audio track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MpegAudioParameters {
    /// The generation of the standard.
    pub version: MpegAudioVersion,
    /// The coding layer.
    pub layer: MpegAudioLayer,
    /// Samples per second.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u8,
}

impl MpegAudioParameters {
    /// From what a container says.
    #[must_use]
    pub const fn new(layer: MpegAudioLayer, sample_rate: u32, channels: u8) -> Self {
        Self {
            version: match sample_rate {
                0..16_000 => MpegAudioVersion::Mpeg25,
                16_000..32_000 => MpegAudioVersion::Mpeg2,
                _ => MpegAudioVersion::Mpeg1,
            },
            layer,
            sample_rate,
            channels,
        }
    }

    /// RFC 6381 by the object types of MPEG-4: `mp4a.6B` for MPEG-1, `mp4a.69` for MPEG-2.
    #[must_use]
    pub const fn codec_string(&self) -> &'static str {
        match self.version {
            MpegAudioVersion::Mpeg1 => "mp4a.6B",
            MpegAudioVersion::Mpeg2 | MpegAudioVersion::Mpeg25 => "mp4a.69",
        }
    }

    /// Samples per channel of one frame.
    #[must_use]
    pub const fn samples_per_frame(&self) -> u32 {
        samples_per_frame(self.version, self.layer)
    }
}

/// The four bytes in front of each frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MpegAudioHeader {
    /// The generation of the standard.
    pub version: MpegAudioVersion,
    /// The coding layer.
    pub layer: MpegAudioLayer,
    /// In bits per second; `None` in the free format.
    pub bit_rate: Option<u32>,
    /// Samples per second.
    pub sample_rate: u32,
    /// 1 or 2.
    pub channels: u8,
    /// The frame has one slot more.
    pub padding: bool,
    /// A CRC of 16 bits follows the header.
    pub crc_follows: bool,
}

/// kbit/s by `bitrate_index` 1 to 14.
type BitRates = [u16; 14];
const MPEG1_LAYER1: BitRates = [
    32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448,
];
const MPEG1_LAYER2: BitRates = [
    32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384,
];
const MPEG1_LAYER3: BitRates = [
    32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
];
const MPEG2_LAYER1: BitRates = [
    32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256,
];
const MPEG2_LAYER23: BitRates = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

const fn samples_per_frame(version: MpegAudioVersion, layer: MpegAudioLayer) -> u32 {
    match (layer, version) {
        (MpegAudioLayer::Layer1, _) => 384,
        (MpegAudioLayer::Layer2, _) | (MpegAudioLayer::Layer3, MpegAudioVersion::Mpeg1) => 1152,
        (MpegAudioLayer::Layer3, MpegAudioVersion::Mpeg2 | MpegAudioVersion::Mpeg25) => 576,
    }
}

impl MpegAudioHeader {
    /// The header's size; a frame's length includes it.
    pub const LEN: usize = 4;

    /// Reads a frame header.
    ///
    /// # Errors
    /// [`ParseError::Unexpected`] when the sync word is not there or a field has a reserved value.
    pub fn parse(header: [u8; 4]) -> Result<Self, ParseError> {
        let [sync, kind, rates, mode] = header;
        if sync != 0xff || kind & 0xe0 != 0xe0 {
            return Err(ParseError::unexpected(0, "the sync word of MPEG audio"));
        }
        let version = match kind >> 3 & 3 {
            0 => MpegAudioVersion::Mpeg25,
            2 => MpegAudioVersion::Mpeg2,
            3 => MpegAudioVersion::Mpeg1,
            _ => return Err(ParseError::unexpected(1, "an MPEG audio version")),
        };
        let layer = match kind >> 1 & 3 {
            1 => MpegAudioLayer::Layer3,
            2 => MpegAudioLayer::Layer2,
            3 => MpegAudioLayer::Layer1,
            _ => return Err(ParseError::unexpected(1, "an MPEG audio layer")),
        };
        Ok(Self {
            version,
            layer,
            bit_rate: bit_rate(version, layer, rates >> 4)?,
            sample_rate: sample_rate(version, rates >> 2 & 3)?,
            channels: if mode >> 6 == 3 { 1 } else { 2 },
            padding: rates & 2 != 0,
            crc_follows: kind & 1 == 0,
        })
    }

    /// The header at the front of `data`; `None` when fewer than 4 bytes are there.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_prefix(data: &[u8]) -> Result<Option<Self>, ParseError> {
        match data.first_chunk() {
            Some(header) => Self::parse(*header).map(Some),
            None => Ok(None),
        }
    }

    /// Bytes of the frame with its header; `None` in the free format, where only the next sync word
    /// tells.
    #[must_use]
    pub const fn frame_len(&self) -> Option<usize> {
        let Some(bit_rate) = self.bit_rate else {
            return None;
        };
        let padding = self.padding as u32;
        let len = match self.layer {
            MpegAudioLayer::Layer1 => (12 * bit_rate / self.sample_rate + padding) * 4,
            MpegAudioLayer::Layer2 | MpegAudioLayer::Layer3 => {
                self.samples_per_frame() / 8 * bit_rate / self.sample_rate + padding
            }
        };
        Some(len as usize)
    }

    /// Samples per channel of the frame.
    #[must_use]
    pub const fn samples_per_frame(&self) -> u32 {
        samples_per_frame(self.version, self.layer)
    }

    /// What the header says of the whole track.
    #[must_use]
    pub const fn parameters(&self) -> MpegAudioParameters {
        MpegAudioParameters {
            version: self.version,
            layer: self.layer,
            sample_rate: self.sample_rate,
            channels: self.channels,
        }
    }
}

fn bit_rate(
    version: MpegAudioVersion,
    layer: MpegAudioLayer,
    index: u8,
) -> Result<Option<u32>, ParseError> {
    let table = match (version, layer) {
        (MpegAudioVersion::Mpeg1, MpegAudioLayer::Layer1) => MPEG1_LAYER1,
        (MpegAudioVersion::Mpeg1, MpegAudioLayer::Layer2) => MPEG1_LAYER2,
        (MpegAudioVersion::Mpeg1, MpegAudioLayer::Layer3) => MPEG1_LAYER3,
        (_, MpegAudioLayer::Layer1) => MPEG2_LAYER1,
        (_, MpegAudioLayer::Layer2 | MpegAudioLayer::Layer3) => MPEG2_LAYER23,
    };
    let Some(index) = usize::from(index).checked_sub(1) else {
        return Ok(None);
    };
    match table.get(index) {
        Some(&kilobits) => Ok(Some(u32::from(kilobits) * 1000)),
        None => Err(ParseError::unexpected(2, "a bitrate_index below 15")),
    }
}

fn sample_rate(version: MpegAudioVersion, index: u8) -> Result<u32, ParseError> {
    let mpeg1 = match index {
        0 => 44_100,
        1 => 48_000,
        2 => 32_000,
        _ => return Err(ParseError::unexpected(2, "a sampling_frequency below 3")),
    };
    Ok(match version {
        MpegAudioVersion::Mpeg1 => mpeg1,
        MpegAudioVersion::Mpeg2 => mpeg1 / 2,
        MpegAudioVersion::Mpeg25 => mpeg1 / 4,
    })
}
