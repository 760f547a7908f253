use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;
use smallvec::SmallVec;

use super::{
    H265Parameters, NalUnitType,
    parameters::{PPS, SEI, SPS, VPS},
};
use crate::{LengthSize, ParameterSets, ParseError, parameter_sets::SetKind};

/// More units of one type are refused: each costs memory before repetitions are found.
const MAX_UNITS_PER_ARRAY: usize = 256;

type Units<'a> = SmallVec<[&'a [u8]; 4]>;

/// The arrays of a record, borrowed.
#[derive(Default)]
struct Arrays<'a> {
    vps: Units<'a>,
    sps: Units<'a>,
    pps: Units<'a>,
    sei: Units<'a>,
}

impl H265Parameters {
    /// From an `HEVCDecoderConfigurationRecord`, the content of an `hvcC` box
    /// (ISO/IEC 14496-15 clause 8.3.3.1), with the length size of the samples. Arrays of unknown types
    /// are passed over; a version of 0, which old writers put, is read as 1.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short or holds no readable SPS; then
    /// [`LengthSize::from_hvcc`] and [`from_access_unit`](Self::from_access_unit) help.
    pub fn from_hvcc(record: &[u8]) -> Result<(Self, LengthSize), ParseError> {
        let mut reader = Reader::new(record);
        if reader.u8()? > 1 {
            return Err(ParseError::unexpected(0, "configurationVersion 1"));
        }
        // The facts are in the SPS, which decoders go by.
        reader.skip(20)?;
        let length_size = LengthSize::from_minus_one(reader.u8()?);
        let arrays = Arrays::read(&mut reader)?;
        let mut parameters = Self::from_parameter_sets(arrays.vps, arrays.sps, arrays.pps)?;
        SEI.extend(&mut parameters.sei, arrays.sei)?;
        Ok((parameters, length_size))
    }

    /// The `HEVCDecoderConfigurationRecord` for samples in canonical form (4-byte lengths), in the form
    /// for `hvc1`: the arrays are complete.
    #[must_use]
    pub fn to_hvcc(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(256);
        let facts = &self.sequence;
        out.put_u8(1);
        out.put_slice(&facts.profile.to_bytes());
        out.put_u16(0xf000 | facts.min_spatial_segmentation_idc & 0xfff);
        // parallelismType 0: unknown.
        out.put_u8(0xfc);
        out.put_u8(0xfc | facts.chroma_format_idc & 3);
        out.put_u8(0xf8 | facts.bit_depth_luma.saturating_sub(8) & 7);
        out.put_u8(0xf8 | facts.bit_depth_chroma.saturating_sub(8) & 7);
        // avgFrameRate 0: unspecified.
        out.put_u16(0);
        out.put_u8((facts.sub_layers & 7) << 3 | u8::from(facts.temporal_id_nesting) << 2 | 3);
        let (prefix, suffix): (ParameterSets, ParameterSets) = self
            .sei
            .iter()
            .cloned()
            .partition(|unit| NalUnitType::of(unit) != Some(NalUnitType::SUFFIX_SEI));
        let arrays = [
            (NalUnitType::VPS, &self.vps, VPS),
            (NalUnitType::SPS, &self.sps, SPS),
            (NalUnitType::PPS, &self.pps, PPS),
            (NalUnitType::PREFIX_SEI, &prefix, SEI),
            (NalUnitType::SUFFIX_SEI, &suffix, SEI),
        ];
        let present = arrays.iter().filter(|(_, sets, _)| !sets.is_empty());
        out.put_u8(u8::try_from(present.clone().count()).unwrap_or_default());
        for (kind, sets, limits) in present {
            write_array(&mut out, *kind, sets, *limits);
        }
        out.freeze()
    }
}

impl<'a> Arrays<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let mut arrays = Self::default();
        let count = reader.u8()?;
        for _ in 0..count {
            let kind = NalUnitType(reader.u8()? & 0x3f);
            let units = reader.u16()?;
            for _ in 0..units {
                let length = usize::from(reader.u16()?);
                let unit = reader.take(length)?;
                let offset = reader.offset();
                match arrays.of(kind) {
                    Some(array) if array.len() >= MAX_UNITS_PER_ARRAY => {
                        return Err(ParseError::LimitExceeded {
                            offset,
                            what: "units in an array",
                            limit: MAX_UNITS_PER_ARRAY,
                        });
                    }
                    Some(array) if !unit.is_empty() => array.push(unit),
                    _ => {}
                }
            }
        }
        Ok(arrays)
    }

    const fn of(&mut self, kind: NalUnitType) -> Option<&mut Units<'a>> {
        match kind {
            NalUnitType::VPS => Some(&mut self.vps),
            NalUnitType::SPS => Some(&mut self.sps),
            NalUnitType::PPS => Some(&mut self.pps),
            NalUnitType::PREFIX_SEI | NalUnitType::SUFFIX_SEI => Some(&mut self.sei),
            _ => None,
        }
    }
}

fn write_array(out: &mut BytesMut, kind: NalUnitType, sets: &ParameterSets, limits: SetKind) {
    // array_completeness: all sets of the kind are here, as hvc1 demands; SEI may also be in band.
    let complete = matches!(kind, NalUnitType::VPS | NalUnitType::SPS | NalUnitType::PPS);
    out.put_u8(u8::from(complete) << 7 | kind.0 & 0x3f);
    let count = sets.len().min(limits.limit);
    out.put_u16(u16::try_from(count).unwrap_or_default());
    for set in sets.iter().take(count) {
        let length = u16::try_from(set.len()).unwrap_or(u16::MAX);
        out.put_u16(length);
        out.put_slice(set.get(..usize::from(length)).unwrap_or_default());
    }
}
