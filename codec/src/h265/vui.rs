use super::hrd::skip_hrd;
use crate::{
    BitReader, ColorDescription, ParseError,
    video_usability::{aspect_ratio, reduced_rate, video_signal},
};

/// What the video usability information says (H.265 Annex E).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Vui {
    pub(super) sample_aspect_ratio: Option<(u16, u16)>,
    pub(super) color: Option<ColorDescription>,
    pub(super) field_sequence: bool,
    pub(super) picture_rate: Option<(u32, u32)>,
    pub(super) min_spatial_segmentation_idc: u16,
}

impl Vui {
    /// Reads as far as the bits go; what came before a cut is right.
    pub(super) fn read(bits: &mut BitReader<'_>, max_sub_layers_minus1: u32) -> Self {
        let mut vui = Self::default();
        let _cut_short = vui.fill(bits, max_sub_layers_minus1);
        vui
    }

    fn fill(
        &mut self,
        bits: &mut BitReader<'_>,
        max_sub_layers_minus1: u32,
    ) -> Result<(), ParseError> {
        if bits.flag()? {
            self.sample_aspect_ratio = aspect_ratio(bits)?;
        }
        if bits.flag()? {
            let _overscan_appropriate = bits.flag()?;
        }
        if bits.flag()? {
            self.color = video_signal(bits)?;
        }
        if bits.flag()? {
            let _chroma_sample_location_top = bits.unsigned_golomb()?;
            let _chroma_sample_location_bottom = bits.unsigned_golomb()?;
        }
        let _neutral_chroma = bits.flag()?;
        self.field_sequence = bits.flag()?;
        let _frame_field_info_present = bits.flag()?;
        if bits.flag()? {
            for _default_display_window_side in 0..4 {
                bits.unsigned_golomb()?;
            }
        }
        if bits.flag()? {
            self.picture_rate = read_timing(bits)?;
            if bits.flag()? {
                skip_hrd(bits, max_sub_layers_minus1)?;
            }
        }
        if bits.flag()? {
            // tiles_fixed_structure, motion_vectors_over_pic_boundaries, restricted_ref_pic_lists
            bits.skip(3)?;
            let idc = bits.golomb_up_to(4095, "min_spatial_segmentation_idc below 4096")?;
            self.min_spatial_segmentation_idc = u16::try_from(idc).unwrap_or_default();
        }
        Ok(())
    }
}

/// Reads the timing fields that SPS and VPS share; pictures per second.
pub(super) fn read_timing(bits: &mut BitReader<'_>) -> Result<Option<(u32, u32)>, ParseError> {
    let units_in_tick = u64::from(bits.bits(32)?);
    let time_scale = u64::from(bits.bits(32)?);
    if bits.flag()? {
        let _num_ticks_poc_diff_one_minus1 = bits.unsigned_golomb()?;
    }
    Ok(reduced_rate(time_scale, units_in_tick))
}
