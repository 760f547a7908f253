//! Opus (RFC 6716; Ogg mapping RFC 7845; ISO BMFF encapsulation v0.8.1).

use core::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;
use smallvec::SmallVec;

use crate::ParseError;

/// Opus timestamps always count at this rate (RFC 7587 section 4.1).
pub const CLOCK_RATE: u32 = 48_000;

/// The longest packet: 120 ms (RFC 6716 section 3.2.5, R5).
const MAX_PACKET_SAMPLES: u32 = 5760;

const OGG_MAGIC: [u8; 8] = *b"OpusHead";

/// What an Opus decoder must know: the identification header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpusParameters {
    /// Output channels, at least 1.
    pub channels: u8,
    /// Samples at 48 kHz to drop at the start.
    pub pre_skip: u16,
    /// The rate before encoding, informative; 0 when not known.
    pub input_sample_rate: u32,
    /// Gain in dB, in steps of 1/256.
    pub output_gain: i16,
    /// How channels are coded: 0 one mono or stereo stream, 1 Vorbis order, 2 and 3 ambisonics, 255
    /// without meaning.
    pub mapping_family: u8,
    /// Streams in a packet; 1 in family 0.
    pub streams: u8,
    /// How many of the streams are stereo.
    pub coupled_streams: u8,
    /// For each output channel the coded channel; empty in family 0.
    pub mapping: SmallVec<[u8; 8]>,
}

impl OpusParameters {
    /// Mono or stereo (family 0) with the usual pre-skip of 312 samples (6.5 ms).
    #[must_use]
    pub fn new(channels: u8) -> Self {
        Self {
            channels: channels.clamp(1, 2),
            pre_skip: 312,
            input_sample_rate: CLOCK_RATE,
            output_gain: 0,
            mapping_family: 0,
            streams: 1,
            coupled_streams: u8::from(channels > 1),
            mapping: SmallVec::new(),
        }
    }

    /// From the content of an MP4 `dOps` box.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short, of another version than 0, or contradicts itself.
    pub fn from_dops(content: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(content);
        if reader.u8()? != 0 {
            return Err(ParseError::unexpected(0, "dOps version 0"));
        }
        let channels = reader.u8()?;
        let numbers = (reader.u16()?, reader.u32()?, reader.i16()?);
        Self::read_mapping(&mut reader, channels, numbers)
    }

    /// From the identification header of an Ogg stream, which begins with `OpusHead`.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short, has another magic, a version of 16 or more (RFC 7845
    /// section 5.1), or contradicts itself.
    pub fn from_opus_head(packet: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(packet);
        if reader.array()? != OGG_MAGIC {
            return Err(ParseError::unexpected(0, "OpusHead"));
        }
        if reader.u8()? >= 16 {
            return Err(ParseError::unexpected(8, "a version below 16"));
        }
        let channels = reader.u8()?;
        let numbers = (
            u16::from_le_bytes(reader.array()?),
            u32::from_le_bytes(reader.array()?),
            i16::from_le_bytes(reader.array()?),
        );
        Self::read_mapping(&mut reader, channels, numbers)
    }

    /// The mapping that both forms end with (RFC 7845 section 5.1.1).
    fn read_mapping(
        reader: &mut Reader<'_>,
        channels: u8,
        (pre_skip, input_sample_rate, output_gain): (u16, u32, i16),
    ) -> Result<Self, ParseError> {
        let at = reader.offset();
        let mapping_family = reader.u8()?;
        let mut parameters = Self {
            channels,
            pre_skip,
            input_sample_rate,
            output_gain,
            mapping_family,
            streams: 1,
            coupled_streams: u8::from(channels == 2),
            mapping: SmallVec::new(),
        };
        if mapping_family == 0 {
            if !matches!(channels, 1 | 2) {
                return Err(ParseError::unexpected(
                    at,
                    "one or two channels in mapping family 0",
                ));
            }
            return Ok(parameters);
        }
        if channels == 0 {
            return Err(ParseError::unexpected(at, "at least one channel"));
        }
        parameters.streams = reader.u8()?;
        parameters.coupled_streams = reader.u8()?;
        if parameters.streams == 0 || parameters.coupled_streams > parameters.streams {
            return Err(ParseError::unexpected(
                at,
                "at least as many streams as coupled ones",
            ));
        }
        parameters.mapping = SmallVec::from_slice(reader.take(usize::from(channels))?);
        Ok(parameters)
    }

    /// The content of an MP4 `dOps` box.
    #[must_use]
    pub fn to_dops(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(13 + self.mapping.len());
        out.put_u8(0);
        out.put_u8(self.channels);
        out.put_u16(self.pre_skip);
        out.put_u32(self.input_sample_rate);
        out.put_i16(self.output_gain);
        self.put_mapping(&mut out);
        out.freeze()
    }

    /// The identification header of an Ogg stream.
    #[must_use]
    pub fn to_opus_head(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(21 + self.mapping.len());
        out.put_slice(&OGG_MAGIC);
        out.put_u8(1);
        out.put_u8(self.channels);
        out.put_u16_le(self.pre_skip);
        out.put_u32_le(self.input_sample_rate);
        out.put_i16_le(self.output_gain);
        self.put_mapping(&mut out);
        out.freeze()
    }

    fn put_mapping(&self, out: &mut BytesMut) {
        out.put_u8(self.mapping_family);
        if self.mapping_family != 0 {
            out.put_u8(self.streams);
            out.put_u8(self.coupled_streams);
            out.put_slice(&self.mapping);
        }
    }
}

/// How long a packet lasts, in samples at 48 kHz, from its table-of-contents byte and frame count
/// (RFC 6716 sections 3.1 and 3.2).
///
/// # Errors
/// [`ParseError`] when the packet is empty, lacks its frame count, or lasts over 120 ms.
pub fn packet_samples(packet: &[u8]) -> Result<u32, ParseError> {
    let mut reader = Reader::new(packet);
    let contents = reader.u8()?;
    let frames = match contents & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(reader.u8()? & 0x3f),
    };
    let samples = frames * frame_samples(contents >> 3);
    if samples == 0 || samples > MAX_PACKET_SAMPLES {
        return Err(ParseError::unexpected(0, "a packet of 2.5 to 120 ms"));
    }
    Ok(samples)
}

/// [`packet_samples`] as a span of time.
///
/// # Errors
/// As [`packet_samples`].
pub fn packet_duration(packet: &[u8]) -> Result<Duration, ParseError> {
    let samples = u64::from(packet_samples(packet)?);
    Ok(Duration::from_nanos(
        samples * 1_000_000_000 / u64::from(CLOCK_RATE),
    ))
}

/// Samples of one frame by configuration number (RFC 6716 Table 2).
const fn frame_samples(configuration: u8) -> u32 {
    match (configuration, configuration & 3) {
        (0..=11, 0) => 480,
        (0..=11, 1) => 960,
        (0..=11, 2) => 1920,
        (0..=11, _) => 2880,
        (12..=15, low) => 480 << (low & 1),
        (_, low) => 120 << low,
    }
}
