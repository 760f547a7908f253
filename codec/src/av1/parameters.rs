use alloc::{format, string::String};

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use super::{ObuType, SequenceHeader, obus, write_leb128};
use crate::{ColorDescription, MAX_PARAMETER_SET_BYTES, ParseError};

/// The four bytes at the head of `av1C`, which repeat facts of the sequence header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Configuration {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub profile: u8,
    /// `seq_level_idx_0`: level X.Y is (X - 2) * 4 + Y.
    pub level_idx: u8,
    /// `seq_tier_0`: the High tier.
    pub high_tier: bool,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// No chroma.
    pub monochrome: bool,
    /// Chroma has half the width, half the height.
    pub subsampling: (bool, bool),
    /// `chroma_sample_position`: 0 unknown, 1 vertical, 2 colocated.
    pub chroma_sample_position: u8,
    /// `initial_presentation_delay_minus_one`, when present.
    pub initial_presentation_delay_minus_one: Option<u8>,
}

/// What an AV1 decoder wants to know beforehand. The OBUs are a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Av1Parameters {
    /// The head of `av1C`.
    pub configuration: Configuration,
    /// `configOBUs`: the sequence header OBU, and metadata OBUs that hold for the whole track. Empty when
    /// a file leaves it to the stream.
    pub config_obus: Bytes,
    /// What the sequence header in `config_obus` says.
    pub sequence: Option<SequenceHeader>,
}

impl Configuration {
    const fn of(sequence: &SequenceHeader) -> Self {
        Self {
            profile: sequence.profile,
            level_idx: sequence.level_idx,
            high_tier: sequence.high_tier,
            bit_depth: sequence.bit_depth,
            monochrome: sequence.monochrome,
            subsampling: sequence.subsampling,
            chroma_sample_position: sequence.chroma_sample_position,
            initial_presentation_delay_minus_one: None,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        let [marker, profile, flags, delay] = reader.array()?;
        if marker != 0x81 {
            return Err(ParseError::unexpected(0, "marker 1 and version 1"));
        }
        Ok(Self {
            profile: profile >> 5,
            level_idx: profile & 0x1f,
            high_tier: flags & 0x80 != 0,
            bit_depth: match flags >> 5 & 3 {
                0 | 1 => 8,
                2 => 10,
                _ => 12,
            },
            monochrome: flags & 0x10 != 0,
            subsampling: (flags & 8 != 0, flags & 4 != 0),
            chroma_sample_position: flags & 3,
            initial_presentation_delay_minus_one: (delay & 0x10 != 0).then_some(delay & 0xf),
        })
    }

    fn write(&self, out: &mut BytesMut) {
        out.put_u8(0x81);
        out.put_u8(self.profile << 5 | self.level_idx & 0x1f);
        let depth = u8::from(self.bit_depth > 8) << 6 | u8::from(self.bit_depth > 10) << 5;
        let (across, down) = self.subsampling;
        let chroma = u8::from(across) << 3 | u8::from(down) << 2 | self.chroma_sample_position & 3;
        let mono = u8::from(self.monochrome) << 4;
        out.put_u8(u8::from(self.high_tier) << 7 | depth | mono | chroma);
        let delay = self.initial_presentation_delay_minus_one;
        out.put_u8(delay.map_or(0, |delay| 0x10 | delay & 0xf));
    }
}

impl Av1Parameters {
    /// From an `AV1CodecConfigurationRecord`, the content of an `av1C` box.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short, its OBUs are malformed or larger than
    /// [`MAX_PARAMETER_SET_BYTES`].
    pub fn from_av1c(record: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(record);
        let configuration = Configuration::read(&mut reader)?;
        let config_obus = reader.rest();
        if config_obus.len() > MAX_PARAMETER_SET_BYTES {
            return Err(ParseError::LimitExceeded {
                offset: reader.offset(),
                what: "bytes of configOBUs",
                limit: MAX_PARAMETER_SET_BYTES,
            });
        }
        Ok(Self {
            configuration,
            config_obus: Bytes::copy_from_slice(config_obus),
            sequence: find_sequence(config_obus)?.map(|(sequence, _)| sequence),
        })
    }

    /// From the payload of a sequence header OBU.
    ///
    /// # Errors
    /// As [`SequenceHeader::parse`].
    pub fn from_sequence_header(payload: &[u8]) -> Result<Self, ParseError> {
        let sequence = SequenceHeader::parse(payload)?;
        if payload.len() > MAX_PARAMETER_SET_BYTES {
            return Err(ParseError::LimitExceeded {
                offset: 0,
                what: "bytes in a sequence header",
                limit: MAX_PARAMETER_SET_BYTES,
            });
        }
        let mut config_obus = BytesMut::with_capacity(payload.len().saturating_add(4));
        config_obus.put_u8(ObuType::SEQUENCE_HEADER.0 << 3 | 2);
        write_leb128(
            u32::try_from(payload.len()).unwrap_or_default(),
            &mut config_obus,
        );
        config_obus.put_slice(payload);
        Ok(Self {
            configuration: Configuration::of(&sequence),
            config_obus: config_obus.freeze(),
            sequence: Some(sequence),
        })
    }

    /// From the sequence header inside a temporal unit; `None` when there is none.
    ///
    /// # Errors
    /// [`ParseError`] when an OBU is malformed.
    pub fn from_temporal_unit(data: &[u8]) -> Result<Option<Self>, ParseError> {
        match find_sequence(data)? {
            Some((_, payload)) => Self::from_sequence_header(payload).map(Some),
            None => Ok(None),
        }
    }

    /// Takes over the sequence header inside a temporal unit and says whether it brought news. Metadata
    /// OBUs of the old configuration are dropped with it.
    ///
    /// # Errors
    /// [`ParseError`] when an OBU is malformed.
    pub fn update_from(&mut self, data: &[u8]) -> Result<bool, ParseError> {
        let Some((_, payload)) = find_sequence(data)? else {
            return Ok(false);
        };
        if let Some((_, known)) = find_sequence(&self.config_obus)?
            && known == payload
        {
            return Ok(false);
        }
        *self = Self::from_sequence_header(payload)?;
        Ok(true)
    }

    /// The `AV1CodecConfigurationRecord`.
    #[must_use]
    pub fn to_av1c(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(self.config_obus.len() + 4);
        self.configuration.write(&mut out);
        out.put_slice(&self.config_obus);
        out.freeze()
    }

    /// As the ISO BMFF binding spells it: `av01.0.04M.08`, longer only when chroma or color is not the
    /// usual one.
    #[must_use]
    pub fn codec_string(&self) -> String {
        let facts = &self.configuration;
        let short = format!(
            "av01.{}.{:02}{}.{:02}",
            facts.profile,
            facts.level_idx,
            if facts.high_tier { 'H' } else { 'M' },
            facts.bit_depth
        );
        let color = self
            .sequence
            .map_or(ColorDescription::UNSPECIFIED, |sequence| sequence.color);
        let usual_chroma = !facts.monochrome && facts.subsampling == (true, true);
        if usual_chroma && color.is_usual() {
            return short;
        }
        let (across, down) = facts.subsampling;
        let position = if across && down {
            facts.chroma_sample_position
        } else {
            0
        };
        format!(
            "{short}.{}.{}{}{position}.{:02}.{:02}.{:02}.{}",
            u8::from(facts.monochrome),
            u8::from(across),
            u8::from(down),
            color.primaries,
            color.transfer,
            color.matrix,
            u8::from(color.full_range)
        )
    }
}

/// The first sequence header and its payload.
fn find_sequence(data: &[u8]) -> Result<Option<(SequenceHeader, &[u8])>, ParseError> {
    for obu in obus(data) {
        let obu = obu?;
        if obu.kind == ObuType::SEQUENCE_HEADER {
            return Ok(Some((SequenceHeader::parse(obu.payload)?, obu.payload)));
        }
    }
    Ok(None)
}
