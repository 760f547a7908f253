use bytes::Bytes;

use super::ProgramConfig;
use crate::{
    ParseError,
    bits::{BitReader, BitWriter},
};

/// Sampling frequencies by index 0 to 12 (Table 1.18).
const SAMPLING_FREQUENCIES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
];
/// The index that says: 24 bits give the frequency.
const ESCAPE_FREQUENCY: u32 = 15;
/// `syncExtensionType` of SBR (clause 1.6.6.1).
const SYNC_SBR: u32 = 0x2b7;
/// `syncExtensionType` of PS.
const SYNC_PS: u32 = 0x548;

/// `audioObjectType` (Table 1.17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an open registry")]
pub struct AudioObjectType(pub u8);

impl AudioObjectType {
    /// AAC Main.
    pub const AAC_MAIN: Self = Self(1);
    /// AAC low complexity.
    pub const AAC_LC: Self = Self(2);
    /// AAC scalable sampling rate.
    pub const AAC_SSR: Self = Self(3);
    /// AAC long term prediction.
    pub const AAC_LTP: Self = Self(4);
    /// Spectral band replication: HE-AAC.
    pub const SBR: Self = Self(5);
    /// AAC scalable.
    pub const AAC_SCALABLE: Self = Self(6);
    /// TwinVQ.
    pub const TWIN_VQ: Self = Self(7);
    /// Error resilient AAC low complexity.
    pub const ER_AAC_LC: Self = Self(17);
    /// Error resilient AAC low delay.
    pub const ER_AAC_LD: Self = Self(23);
    /// Parametric stereo: HE-AAC version 2.
    pub const PS: Self = Self(29);
    /// Enhanced low delay AAC.
    pub const ER_AAC_ELD: Self = Self(39);
    /// Unified speech and audio coding: xHE-AAC.
    pub const USAC: Self = Self(42);

    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        Ok(Self(match bits.bits_u8(5)? {
            31 => 32 + bits.bits_u8(6)?,
            kind => kind,
        }))
    }

    fn write(self, bits: &mut BitWriter) {
        match self.0.checked_sub(32) {
            Some(escaped) => {
                bits.put(31, 5);
                bits.put(u32::from(escaped), 6);
            }
            None => bits.put(u32::from(self.0), 5),
        }
    }

    /// The types whose configuration is a `GASpecificConfig`.
    pub(super) const fn is_general_audio(self) -> bool {
        matches!(self.0, 1..=4 | 6 | 7 | 17 | 19..=23)
    }

    const fn is_error_resilient(self) -> bool {
        matches!(self.0, 17 | 19..=27 | 39)
    }
}

/// How a configuration says that spectral band replication is used (clause 1.6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the standard has two explicit ways"
)]
pub enum SbrSignalling {
    /// The outer object type is SBR or PS: old decoders do not play it.
    Hierarchical,
    /// An extension behind the configuration: old decoders play the core.
    BackwardCompatible,
}

/// Explicitly signalled spectral band replication. Without it, a stream may still use it (implicit
/// signalling), and only decoding tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SbrExtension {
    /// Output samples per second: twice those of the core, or the same.
    pub sampling_frequency: u32,
    /// `psPresentFlag`: the mono core is played in stereo.
    pub parametric_stereo: bool,
    /// The way it is said.
    pub signalling: SbrSignalling,
}

/// An `AudioSpecificConfig` (clause 1.6.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioSpecificConfig {
    /// What the core is: [`AAC_LC`](AudioObjectType::AAC_LC) also under HE-AAC.
    pub object_type: AudioObjectType,
    /// Samples per second of the core.
    pub sampling_frequency: u32,
    /// 1 to 14, or 0: see `program`.
    pub channel_configuration: u8,
    /// Samples per channel in a raw frame of the core: 1024 or 960; 512 or 480 with low delay.
    pub samples_per_frame: u16,
    /// Spectral band replication, when the configuration says so.
    pub sbr: Option<SbrExtension>,
    /// The speaker layout when `channel_configuration` is 0.
    pub program: Option<ProgramConfig>,
    /// `coreCoderDelay`, in scalable streams.
    pub core_coder_delay: Option<u16>,
}

impl AudioSpecificConfig {
    /// AAC low complexity of 1024 samples per frame.
    #[must_use]
    pub const fn aac_lc(sampling_frequency: u32, channel_configuration: u8) -> Self {
        Self {
            object_type: AudioObjectType::AAC_LC,
            sampling_frequency,
            channel_configuration,
            samples_per_frame: 1024,
            sbr: None,
            program: None,
            core_coder_delay: None,
        }
    }

    /// Reads a configuration. What follows it is ignored.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short or a value is reserved.
    pub fn parse(config: &[u8]) -> Result<Self, ParseError> {
        let mut bits = BitReader::new(config);
        let mut object_type = AudioObjectType::read(&mut bits)?;
        let sampling_frequency = read_frequency(&mut bits)?;
        let channel_configuration = bits.bits_u8(4)?;
        let mut parsed = Self::aac_lc(sampling_frequency, channel_configuration);
        if matches!(object_type, AudioObjectType::SBR | AudioObjectType::PS) {
            parsed.sbr = Some(SbrExtension {
                sampling_frequency: read_frequency(&mut bits)?,
                parametric_stereo: object_type == AudioObjectType::PS,
                signalling: SbrSignalling::Hierarchical,
            });
            object_type = AudioObjectType::read(&mut bits)?;
            if object_type.0 == 22 {
                // extensionChannelConfiguration
                bits.skip(4)?;
            }
        }
        parsed.object_type = object_type;
        if object_type.is_general_audio() {
            parsed.read_general_audio(&mut bits)?;
            if object_type.is_error_resilient() {
                // epConfig 2 and 3 bring more, but nothing that is wanted here.
                let _cut_short = bits.skip(2);
            }
            if parsed.sbr.is_none() {
                // Garbage behind a configuration is common; only a whole extension counts.
                parsed.sbr = read_sync_extension(&mut bits).unwrap_or_default();
            }
        } else if object_type == AudioObjectType::ER_AAC_ELD {
            parsed.samples_per_frame = if bits.flag()? { 480 } else { 512 };
        }
        Ok(parsed)
    }

    /// Reads `GASpecificConfig` (clause 4.4.1).
    fn read_general_audio(&mut self, bits: &mut BitReader<'_>) -> Result<(), ParseError> {
        let short_frames = bits.flag()?;
        self.samples_per_frame = samples(self.object_type, short_frames);
        if bits.flag()? {
            self.core_coder_delay = Some(bits.bits_u16(14)?);
        }
        let extension = bits.flag()?;
        if self.channel_configuration == 0 {
            self.program = Some(ProgramConfig::read(bits)?);
        }
        if matches!(self.object_type.0, 6 | 20) {
            // layerNr
            bits.skip(3)?;
        }
        if extension {
            match self.object_type.0 {
                22 => bits.skip(5 + 11)?,
                17 | 19 | 20 | 23 => bits.skip(3)?,
                _ => {}
            }
            // extensionFlag3
            bits.skip(1)?;
        }
        Ok(())
    }

    /// The configuration as bytes; `None` for an object type other than Main, LC, SSR and LTP, whose
    /// configuration has parts that are not kept here ([`AacParameters`](super::AacParameters) keeps
    /// the bytes of all).
    #[must_use]
    pub fn to_bytes(&self) -> Option<Bytes> {
        if !matches!(self.object_type.0, 1..=4) {
            return None;
        }
        let mut bits = BitWriter::default();
        match self.sbr {
            Some(sbr) if sbr.signalling == SbrSignalling::Hierarchical => {
                let outer = if sbr.parametric_stereo {
                    AudioObjectType::PS
                } else {
                    AudioObjectType::SBR
                };
                self.write_head(&mut bits, outer);
                write_frequency(&mut bits, sbr.sampling_frequency);
                self.object_type.write(&mut bits);
            }
            Some(_) | None => self.write_head(&mut bits, self.object_type),
        }
        bits.put(u32::from(self.samples_per_frame == 960), 1);
        bits.put(u32::from(self.core_coder_delay.is_some()), 1);
        if let Some(delay) = self.core_coder_delay {
            bits.put(u32::from(delay), 14);
        }
        bits.put(0, 1);
        if self.channel_configuration == 0 {
            self.program.clone().unwrap_or_default().write(&mut bits);
        }
        if let Some(sbr) = self.sbr
            && sbr.signalling == SbrSignalling::BackwardCompatible
        {
            write_sync_extension(&mut bits, sbr);
        }
        Some(bits.into_bytes().into())
    }

    fn write_head(&self, bits: &mut BitWriter, object_type: AudioObjectType) {
        object_type.write(bits);
        write_frequency(bits, self.sampling_frequency);
        bits.put(u32::from(self.channel_configuration), 4);
    }

    /// Channels of the core; 0 when a configuration of 0 comes without a program.
    #[must_use]
    pub fn core_channels(&self) -> u8 {
        match self.channel_configuration {
            0 => self.program.as_ref().map_or(0, ProgramConfig::channels),
            7 | 12 | 14 => 8,
            11 => 7,
            13 => 24,
            count => count,
        }
    }

    /// Channels that come out of a decoder: two where parametric stereo is signalled.
    #[must_use]
    pub fn channels(&self) -> u8 {
        match self.sbr {
            Some(sbr) if sbr.parametric_stereo && self.core_channels() == 1 => 2,
            _ => self.core_channels(),
        }
    }

    /// Samples per second that come out of a decoder: those of the SBR extension where it is signalled.
    #[must_use]
    pub fn output_frequency(&self) -> u32 {
        self.sbr
            .map_or(self.sampling_frequency, |sbr| sbr.sampling_frequency)
    }
}

/// Samples per channel in a raw frame, by type and `frameLengthFlag`.
const fn samples(object_type: AudioObjectType, short: bool) -> u16 {
    match (object_type, short) {
        (AudioObjectType::ER_AAC_LD, false) => 512,
        (AudioObjectType::ER_AAC_LD, true) => 480,
        (AudioObjectType::AAC_SSR, _) | (_, false) => 1024,
        (_, true) => 960,
    }
}

/// The frequency of an index, where the standard gives one.
pub(super) fn frequency_of(index: u8) -> Option<u32> {
    SAMPLING_FREQUENCIES.get(usize::from(index)).copied()
}

/// The index of a frequency, where the standard gives one.
pub(super) fn index_of(frequency: u32) -> Option<u8> {
    let index = SAMPLING_FREQUENCIES
        .iter()
        .position(|&known| known == frequency);
    index.and_then(|index| u8::try_from(index).ok())
}

fn read_frequency(bits: &mut BitReader<'_>) -> Result<u32, ParseError> {
    let offset = bits.offset();
    let index = bits.bits(4)?;
    if index == ESCAPE_FREQUENCY {
        return bits.bits(24);
    }
    frequency_of(index.to_be_bytes()[3]).ok_or(ParseError::Unexpected {
        offset,
        expected: "a samplingFrequencyIndex that is not reserved",
    })
}

fn write_frequency(bits: &mut BitWriter, frequency: u32) {
    match index_of(frequency) {
        Some(index) => bits.put(u32::from(index), 4),
        None => {
            bits.put(ESCAPE_FREQUENCY, 4);
            bits.put(frequency, 24);
        }
    }
}

/// The backward compatible extension behind a configuration, when it says that SBR is there.
fn read_sync_extension(bits: &mut BitReader<'_>) -> Result<Option<SbrExtension>, ParseError> {
    if bits.remaining_bits() < 16 || bits.bits(11)? != SYNC_SBR {
        return Ok(None);
    }
    if AudioObjectType::read(bits)? != AudioObjectType::SBR || !bits.flag()? {
        return Ok(None);
    }
    let sampling_frequency = read_frequency(bits)?;
    let parametric_stereo =
        bits.remaining_bits() >= 12 && bits.bits(11)? == SYNC_PS && bits.flag()?;
    Ok(Some(SbrExtension {
        sampling_frequency,
        parametric_stereo,
        signalling: SbrSignalling::BackwardCompatible,
    }))
}

fn write_sync_extension(bits: &mut BitWriter, sbr: SbrExtension) {
    bits.put(SYNC_SBR, 11);
    AudioObjectType::SBR.write(bits);
    bits.put(1, 1);
    write_frequency(bits, sbr.sampling_frequency);
    if sbr.parametric_stereo {
        bits.put(SYNC_PS, 11);
        bits.put(1, 1);
    }
}
