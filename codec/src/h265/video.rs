use super::{
    NalUnitType, ProfileTierLevel, profile::read_ordering, sequence::read_max_sub_layers,
    vui::read_timing,
};
use crate::{BitReader, ParseError};

/// The facts of an H.265 video parameter set (clause 7.3.2.1) that streaming needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VideoParameters {
    /// `vps_video_parameter_set_id`, 0 to 15.
    pub id: u8,
    /// Temporal sub-layers, 1 to 7.
    pub sub_layers: u8,
    /// `vps_temporal_id_nesting_flag`.
    pub temporal_id_nesting: bool,
    /// Profile, tier and level.
    pub profile: ProfileTierLevel,
    /// Pictures per second as numerator and denominator in lowest terms, when said.
    pub frame_rate: Option<(u32, u32)>,
}

impl VideoParameters {
    /// Reads a VPS NAL unit, with its header and without a start code. The timing counts when it can be
    /// reached.
    ///
    /// # Errors
    /// [`ParseError`] when it is not a VPS, ends before the level, or holds a value out of range.
    pub fn parse(unit: &[u8]) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != Some(NalUnitType::VPS) {
            return Err(ParseError::unexpected(0, "a video parameter set"));
        }
        let mut bits = BitReader::nal(unit);
        bits.skip(16)?;
        let id = bits.bits_u8(4)?;
        // vps_base_layer_internal_flag, _available_flag, vps_max_layers_minus1
        bits.skip(2 + 6)?;
        let max_sub_layers_minus1 = read_max_sub_layers(&mut bits)?;
        let temporal_id_nesting = bits.flag()?;
        // vps_reserved_0xffff_16bits
        bits.skip(16)?;
        let profile = ProfileTierLevel::read(&mut bits, u32::from(max_sub_layers_minus1))?;
        Ok(Self {
            id,
            sub_layers: max_sub_layers_minus1 + 1,
            temporal_id_nesting,
            profile,
            frame_rate: read_rate(&mut bits, u32::from(max_sub_layers_minus1)).unwrap_or(None),
        })
    }
}

/// The picture rate, past the sub-layer ordering and the layer sets.
fn read_rate(
    bits: &mut BitReader<'_>,
    max_sub_layers_minus1: u32,
) -> Result<Option<(u32, u32)>, ParseError> {
    read_ordering(bits, max_sub_layers_minus1)?;
    let max_layer_id = bits.bits(6)?;
    let layer_sets = bits.golomb_up_to(1023, "vps_num_layer_sets_minus1 below 1024")?;
    for _ in 0..layer_sets {
        bits.skip(max_layer_id + 1)?;
    }
    if bits.flag()? {
        read_timing(bits)
    } else {
        Ok(None)
    }
}
