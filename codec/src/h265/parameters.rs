use alloc::{format, string::String};

use super::{NalUnitType, SequenceParameters, VideoParameters, sequence::sps_id};
use crate::{
    BitReader, ParameterSetChanges, ParameterSets, ParseError, nal_units, parameter_sets::SetKind,
};

pub(super) const VPS: SetKind = SetKind {
    name: "video parameter sets",
    is_kind: |unit| NalUnitType::of(unit) == Some(NalUnitType::VPS),
    limit: 16,
    id: |unit| {
        let mut bits = BitReader::nal(unit);
        bits.skip(16)?;
        bits.bits(4)
    },
};

pub(super) const SPS: SetKind = SetKind {
    name: "sequence parameter sets",
    is_kind: |unit| NalUnitType::of(unit) == Some(NalUnitType::SPS),
    limit: 16,
    id: sps_id,
};

pub(super) const PPS: SetKind = SetKind {
    name: "picture parameter sets",
    is_kind: |unit| NalUnitType::of(unit) == Some(NalUnitType::PPS),
    limit: 64,
    id: |unit| {
        let mut bits = BitReader::nal(unit);
        bits.skip(16)?;
        bits.golomb_up_to(63, "pps_pic_parameter_set_id of at most 63")
    },
};

/// SEI messages have no id: each different one is kept.
pub(super) const SEI: SetKind = SetKind {
    name: "SEI messages in a configuration",
    is_kind: |unit| {
        let kind = NalUnitType::of(unit);
        kind == Some(NalUnitType::PREFIX_SEI) || kind == Some(NalUnitType::SUFFIX_SEI)
    },
    limit: 16,
    id: |_| Err(ParseError::unexpected(0, "a unit with an id")),
};

/// What an H.265 decoder must know before the first frame. The sets are copies.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct H265Parameters {
    /// Video parameter sets as NAL units, at most 16.
    pub vps: ParameterSets,
    /// Sequence parameter sets as NAL units; at least one, at most 16.
    pub sps: ParameterSets,
    /// Picture parameter sets as NAL units, at most 64.
    pub pps: ParameterSets,
    /// SEI NAL units that hold for the whole track, at most 16.
    pub sei: ParameterSets,
    /// What the first SPS says; the frame rate comes from the first VPS when the SPS has none.
    pub sequence: SequenceParameters,
}

impl H265Parameters {
    /// From NAL units, in the order they are to be listed. Start codes in front, zeros behind, empty
    /// units, repetitions and units of another type are tolerated, as SDP and byte streams have them; so is a missing VPS.
    ///
    /// # Errors
    /// [`ParseError`] when there is no SPS, the first one cannot be read, or there are too many.
    pub fn from_parameter_sets<'a>(
        vps: impl IntoIterator<Item = &'a [u8]>,
        sps: impl IntoIterator<Item = &'a [u8]>,
        pps: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, ParseError> {
        let mut sps_sets = ParameterSets::new();
        SPS.extend(&mut sps_sets, sps)?;
        let Some(first) = sps_sets.first() else {
            return Err(ParseError::unexpected(0, "a sequence parameter set"));
        };
        let sequence = SequenceParameters::parse(first)?;
        let mut parameters = Self {
            vps: ParameterSets::new(),
            sps: sps_sets,
            pps: ParameterSets::new(),
            sei: ParameterSets::new(),
            sequence,
        };
        VPS.extend(&mut parameters.vps, vps)?;
        PPS.extend(&mut parameters.pps, pps)?;
        parameters.fill_frame_rate();
        Ok(parameters)
    }

    fn fill_frame_rate(&mut self) {
        if self.sequence.frame_rate.is_none()
            && let Some(Ok(video)) = self.vps.first().map(|set| VideoParameters::parse(set))
        {
            self.sequence.frame_rate = video.frame_rate;
        }
    }

    /// From the parameter sets inside an access unit in canonical form; `None` when it has no SPS.
    ///
    /// # Errors
    /// [`ParseError`] when a length lies or a set cannot be read.
    pub fn from_access_unit(data: &[u8]) -> Result<Option<Self>, ParseError> {
        for unit in nal_units(data) {
            unit?;
        }
        if units_of(data, NalUnitType::SPS).next().is_none() {
            return Ok(None);
        }
        let [vps, sps, pps] =
            [NalUnitType::VPS, NalUnitType::SPS, NalUnitType::PPS].map(|kind| units_of(data, kind));
        Self::from_parameter_sets(vps, sps, pps).map(Some)
    }

    /// Takes over the parameter sets inside an access unit in canonical form and says which kinds
    /// brought news. A set with a known id replaces the old one. A new SPS goes to the front, and
    /// `sequence` describes it. Sets of layers above the base layer are passed over.
    ///
    /// # Errors
    /// [`ParseError`] when a length lies, a set cannot be read or there are too many; sets before that
    /// one have been taken over.
    pub fn update_from(&mut self, data: &[u8]) -> Result<ParameterSetChanges, ParseError> {
        let mut changes = ParameterSetChanges::default();
        for unit in nal_units(data) {
            let unit = unit?;
            if !is_base_layer(unit) {
                continue;
            }
            match NalUnitType::of(unit) {
                Some(NalUnitType::VPS) => changes.vps |= VPS.insert(&mut self.vps, unit)?,
                Some(NalUnitType::SPS) => changes.sps |= self.update_sps(unit)?,
                Some(NalUnitType::PPS) => changes.pps |= PPS.insert(&mut self.pps, unit)?,
                _ => {}
            }
        }
        if changes.vps || changes.sps {
            self.fill_frame_rate();
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

    /// RFC 6381 as ISO/IEC 14496-15 clause E.3 spells it: `hvc1.1.6.L93.B0`.
    #[must_use]
    pub fn codec_string(&self) -> String {
        format!("hvc1.{}", self.sequence.profile.codec_string())
    }
}

/// The units of one type of the base layer in an access unit.
fn units_of(data: &[u8], kind: NalUnitType) -> impl Iterator<Item = &[u8]> {
    let units = nal_units(data).map_while(Result::ok);
    units.filter(move |unit| NalUnitType::of(unit) == Some(kind) && is_base_layer(unit))
}

/// `nuh_layer_id` is 0.
fn is_base_layer(unit: &[u8]) -> bool {
    matches!(unit, [first, second, ..] if first & 1 == 0 && second & 0xf8 == 0)
}
