use alloc::{format, string::String};

use crate::{BitReader, ParseError};

/// The general part of `profile_tier_level()` (clause 7.3.3): 12 bytes that `hvcC` repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProfileTierLevel {
    /// `general_profile_space`, 0 to 3; 0 in every stream so far.
    pub profile_space: u8,
    /// `general_tier_flag`: the High tier.
    pub high_tier: bool,
    /// `general_profile_idc`: 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions.
    pub profile_idc: u8,
    /// `general_profile_compatibility_flag[0..32]`, flag 0 in the top bit.
    pub compatibility_flags: u32,
    /// The 48 bits of constraint flags, `general_progressive_source_flag` in the top bit.
    pub constraint_flags: [u8; 6],
    /// `general_level_idc`: thirty times the level.
    pub level_idc: u8,
}

impl ProfileTierLevel {
    /// Reads `profile_tier_level(1, max_sub_layers_minus1)`.
    pub(super) fn read(
        bits: &mut BitReader<'_>,
        max_sub_layers_minus1: u32,
    ) -> Result<Self, ParseError> {
        let general = Self::read_general(bits)?;
        let mut present = [(false, false); 8];
        for layer in present.iter_mut().take(max_sub_layers_minus1 as usize) {
            *layer = (bits.flag()?, bits.flag()?);
        }
        if max_sub_layers_minus1 > 0 {
            bits.skip(2 * 8_u32.saturating_sub(max_sub_layers_minus1))?;
        }
        for (profile, level) in present {
            bits.skip(u32::from(profile) * 88 + u32::from(level) * 8)?;
        }
        Ok(general)
    }

    /// Reads the 12 bytes of the general part.
    pub(super) fn read_general(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let mut general = Self {
            profile_space: bits.bits_u8(2)?,
            high_tier: bits.flag()?,
            profile_idc: bits.bits_u8(5)?,
            compatibility_flags: bits.bits(32)?,
            ..Self::default()
        };
        for byte in &mut general.constraint_flags {
            *byte = bits.bits_u8(8)?;
        }
        general.level_idc = bits.bits_u8(8)?;
        Ok(general)
    }

    /// The 12 bytes of the general part.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 12] {
        let head =
            self.profile_space << 6 | u8::from(self.high_tier) << 5 | self.profile_idc & 0x1f;
        let [a, b, c, d] = self.compatibility_flags.to_be_bytes();
        let [f, g, h, i, j, k] = self.constraint_flags;
        [head, a, b, c, d, f, g, h, i, j, k, self.level_idc]
    }

    /// The four parts of a codec string (ISO/IEC 14496-15 clause E.3): `1.6.L93.B0`.
    pub(super) fn codec_string(&self) -> String {
        let space = match self.profile_space {
            1 => "A",
            2 => "B",
            3 => "C",
            _ => "",
        };
        let tier = if self.high_tier { 'H' } else { 'L' };
        let mut string = format!(
            "{space}{}.{:X}.{tier}{}",
            self.profile_idc,
            self.compatibility_flags.reverse_bits(),
            self.level_idc
        );
        let used = self.constraint_flags.iter().rposition(|&byte| byte != 0);
        for byte in self
            .constraint_flags
            .iter()
            .take(used.map_or(0, |last| last + 1))
        {
            string.push_str(&format!(".{byte:X}"));
        }
        string
    }
}

/// Passes over `sub_layer_ordering_info`; the highest sub-layer's (buffering, reorder).
pub(super) fn read_ordering(
    bits: &mut BitReader<'_>,
    max_sub_layers_minus1: u32,
) -> Result<(u8, u8), ParseError> {
    let all_present = bits.flag()?;
    let mut highest = (0, 0);
    for _ in 0..=if all_present {
        max_sub_layers_minus1
    } else {
        0
    } {
        let buffering = 1 + bits.golomb_u8(15, "max_dec_pic_buffering_minus1 of at most 15")?;
        let reorder = bits.golomb_u8(15, "max_num_reorder_pics of at most 15")?;
        let _max_latency_increase = bits.unsigned_golomb()?;
        highest = (buffering, reorder);
    }
    Ok(highest)
}
