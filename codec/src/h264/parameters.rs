use alloc::{format, string::String};

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use super::{NalUnitType, SequenceParameters, sequence::sps_id};
use crate::{
    BitReader, LengthSize, ParameterSetChanges, ParameterSets, ParseError, nal_units,
    parameter_sets::SetKind,
};

const SPS: SetKind = SetKind {
    name: "sequence parameter sets",
    is_kind: |unit| NalUnitType::of(unit) == Some(NalUnitType::SPS),
    // Five bits count them in avcC.
    limit: 31,
    id: sps_id,
};

const PPS: SetKind = SetKind {
    name: "picture parameter sets",
    is_kind: |unit| NalUnitType::of(unit) == Some(NalUnitType::PPS),
    // Eight bits count them in avcC.
    limit: 255,
    id: pps_id,
};

const SPS_EXTENSION: SetKind = SetKind {
    name: "sequence parameter set extensions",
    is_kind: |unit| NalUnitType::of(unit) == Some(NalUnitType::SPS_EXTENSION),
    limit: 31,
    id: sps_extension_id,
};

fn pps_id(unit: &[u8]) -> Result<u32, ParseError> {
    let mut bits = BitReader::nal(unit);
    bits.skip(8)?;
    bits.golomb_up_to(255, "pic_parameter_set_id of at most 255")
}

fn sps_extension_id(unit: &[u8]) -> Result<u32, ParseError> {
    let mut bits = BitReader::nal(unit);
    bits.skip(8)?;
    bits.golomb_up_to(31, "seq_parameter_set_id of at most 31")
}

/// What an H.264 decoder must know before the first frame. The sets are copies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct H264Parameters {
    /// Sequence parameter sets as NAL units; at least one, at most 31.
    pub sps: ParameterSets,
    /// Picture parameter sets as NAL units, at most 255.
    pub pps: ParameterSets,
    /// Sequence parameter set extensions as NAL units, at most 31; nearly always empty.
    pub sps_extensions: ParameterSets,
    /// What the first SPS says.
    pub sequence: SequenceParameters,
}

impl H264Parameters {
    /// From NAL units, in the order they are to be listed. Start codes in front, zeros behind, empty
    /// units, repetitions and units of another type are tolerated, as SDP and byte streams have them.
    ///
    /// # Errors
    /// [`ParseError`] when there is no SPS, the first one cannot be read, or there are too many.
    pub fn from_parameter_sets<'a>(
        sps: impl IntoIterator<Item = &'a [u8]>,
        pps: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, ParseError> {
        let mut sps_sets = ParameterSets::new();
        SPS.extend(&mut sps_sets, sps)?;
        let Some(first) = sps_sets.first() else {
            return Err(ParseError::unexpected(0, "a sequence parameter set"));
        };
        let sequence = SequenceParameters::parse(first)?;
        let mut pps_sets = ParameterSets::new();
        PPS.extend(&mut pps_sets, pps)?;
        Ok(Self {
            sps: sps_sets,
            pps: pps_sets,
            sps_extensions: ParameterSets::new(),
            sequence,
        })
    }

    /// From the parameter sets inside an access unit in canonical form; `None` when it has no SPS.
    ///
    /// # Errors
    /// [`ParseError`] when a length lies or a set cannot be read.
    pub fn from_access_unit(data: &[u8]) -> Result<Option<Self>, ParseError> {
        let mut any_sps = false;
        for unit in nal_units(data) {
            any_sps |= NalUnitType::of(unit?) == Some(NalUnitType::SPS);
        }
        if !any_sps {
            return Ok(None);
        }
        let sps = units_of(data, NalUnitType::SPS);
        let mut parameters = Self::from_parameter_sets(sps, units_of(data, NalUnitType::PPS))?;
        let extensions = units_of(data, NalUnitType::SPS_EXTENSION);
        SPS_EXTENSION.extend(&mut parameters.sps_extensions, extensions)?;
        Ok(Some(parameters))
    }

    /// From an `AVCDecoderConfigurationRecord`, the content of an `avcC` box
    /// (ISO/IEC 14496-15 clause 5.3.3.1), with the length size of the samples. The extension of the
    /// High profiles may be missing, as in many files.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short or holds no readable SPS; then
    /// [`LengthSize::from_avcc`] and [`from_access_unit`](Self::from_access_unit) help.
    pub fn from_avcc(record: &[u8]) -> Result<(Self, LengthSize), ParseError> {
        let mut reader = Reader::new(record);
        if reader.u8()? != 1 {
            return Err(ParseError::unexpected(0, "configurationVersion 1"));
        }
        // Profile, compatibility and level: the SPS has them too.
        reader.skip(3)?;
        let length_size = LengthSize::from_minus_one(reader.u8()?);
        let sps_count = reader.u8()? & 0x1f;
        let sps = read_sets(&mut reader, sps_count)?;
        let pps_count = reader.u8()?;
        let pps = read_sets(&mut reader, pps_count)?;
        let mut parameters = Self::from_parameter_sets(sps, pps)?;
        if parameters.has_avcc_extension() && reader.remaining() >= 4 {
            reader.skip(3)?;
            let count = reader.u8()? & 0x1f;
            // Anything may lie here in files without the extension: it counts when it reads well.
            if let Ok(extensions) = read_sets(&mut reader, count) {
                SPS_EXTENSION.extend(&mut parameters.sps_extensions, extensions)?;
            }
        }
        Ok((parameters, length_size))
    }

    /// All profiles but Baseline, Main and Extended tell chroma format and bit depths in `avcC`.
    const fn has_avcc_extension(&self) -> bool {
        !matches!(self.sequence.profile_idc, 66 | 77 | 88)
    }

    /// The `AVCDecoderConfigurationRecord` for samples in canonical form (4-byte lengths).
    #[must_use]
    pub fn to_avcc(&self) -> Bytes {
        let sets = self.sps.iter().chain(&self.pps).chain(&self.sps_extensions);
        let mut out = BytesMut::with_capacity(sets.map(|set| set.len() + 2).sum::<usize>() + 11);
        out.put_u8(1);
        out.put_slice(&self.profile_level_id());
        out.put_u8(0xfc | 3);
        out.put_u8(0xe0 | count(&self.sps, SPS));
        write_sets(&mut out, &self.sps, SPS);
        out.put_u8(count(&self.pps, PPS));
        write_sets(&mut out, &self.pps, PPS);
        if self.has_avcc_extension() {
            out.put_u8(0xfc | self.sequence.chroma_format_idc & 3);
            out.put_u8(0xf8 | self.sequence.bit_depth_luma.saturating_sub(8) & 7);
            out.put_u8(0xf8 | self.sequence.bit_depth_chroma.saturating_sub(8) & 7);
            out.put_u8(count(&self.sps_extensions, SPS_EXTENSION));
            write_sets(&mut out, &self.sps_extensions, SPS_EXTENSION);
        }
        out.freeze()
    }

    /// Takes over the parameter sets inside an access unit in canonical form and says which kinds
    /// brought news. A set with a known id replaces the old one. A new SPS goes to the front, and
    /// `sequence` describes it.
    ///
    /// # Errors
    /// [`ParseError`] when a length lies, a set cannot be read or there are too many; sets before that
    /// one have been taken over.
    pub fn update_from(&mut self, data: &[u8]) -> Result<ParameterSetChanges, ParseError> {
        let mut changes = ParameterSetChanges::default();
        for unit in nal_units(data) {
            let unit = unit?;
            match NalUnitType::of(unit) {
                Some(NalUnitType::SPS) => changes.sps |= self.update_sps(unit)?,
                Some(NalUnitType::PPS) => changes.pps |= PPS.insert(&mut self.pps, unit)?,
                Some(NalUnitType::SPS_EXTENSION) => {
                    changes.sps |= SPS_EXTENSION.insert(&mut self.sps_extensions, unit)?;
                }
                _ => {}
            }
        }
        Ok(changes)
    }

    fn update_sps(&mut self, unit: &[u8]) -> Result<bool, ParseError> {
        if self.sps.iter().any(|known| known == unit) {
            return Ok(false);
        }
        let sequence = SequenceParameters::parse(unit)?;
        let changed = SPS.insert_first(&mut self.sps, unit)?;
        if changed {
            self.sequence = sequence;
        }
        Ok(changed)
    }

    /// Profile, constraint flags and level, as SDP's `profile-level-id` has them.
    #[must_use]
    pub const fn profile_level_id(&self) -> [u8; 3] {
        self.sequence.profile_level_id()
    }

    /// RFC 6381: `avc1.64001F`.
    #[must_use]
    pub fn codec_string(&self) -> String {
        let [profile, constraints, level] = self.profile_level_id();
        format!("avc1.{profile:02X}{constraints:02X}{level:02X}")
    }
}

/// The units of one type in an access unit.
fn units_of(data: &[u8], kind: NalUnitType) -> impl Iterator<Item = &[u8]> {
    let units = nal_units(data).map_while(Result::ok);
    units.filter(move |unit| NalUnitType::of(unit) == Some(kind))
}

/// `count` sets with 16-bit lengths, borrowed.
fn read_sets<'a>(
    reader: &mut Reader<'a>,
    count: u8,
) -> Result<smallvec::SmallVec<[&'a [u8]; 4]>, ParseError> {
    let mut sets = smallvec::SmallVec::new();
    for _ in 0..count {
        let length = usize::from(reader.u16()?);
        sets.push(reader.take(length)?);
    }
    Ok(sets)
}

/// The fields are public: whoever added more sets than fit gets the first ones written.
fn count(sets: &ParameterSets, kind: SetKind) -> u8 {
    u8::try_from(sets.len().min(kind.limit)).unwrap_or(u8::MAX)
}

fn write_sets(out: &mut BytesMut, sets: &ParameterSets, kind: SetKind) {
    for set in sets.iter().take(kind.limit) {
        let length = u16::try_from(set.len()).unwrap_or(u16::MAX);
        out.put_u16(length);
        out.put_slice(set.get(..usize::from(length)).unwrap_or_default());
    }
}
