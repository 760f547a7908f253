use super::{
    NalUnitType, ProfileTierLevel,
    profile::read_ordering,
    reference_pictures::{skip_long_term, skip_scaling_lists, skip_short_term_sets},
    vui::Vui,
};
use crate::{BitReader, ColorDescription, ParseError};

/// Pictures wider or higher than this many luma samples are refused; level 6.2 ends at 16888.
const MAX_LUMA_SAMPLES_ACROSS: u32 = 65_535;

/// The facts of an H.265 sequence parameter set (clause 7.3.2.2.1) that streaming needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceParameters {
    /// `sps_seq_parameter_set_id`, 0 to 15.
    pub id: u8,
    /// The id of the VPS it refers to, 0 to 15.
    pub video_parameter_set_id: u8,
    /// Profile, tier and level.
    pub profile: ProfileTierLevel,
    /// Temporal sub-layers, 1 to 7.
    pub sub_layers: u8,
    /// `sps_temporal_id_nesting_flag`.
    pub temporal_id_nesting: bool,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// Bits per luma sample, 8 to 16.
    pub bit_depth_luma: u8,
    /// Bits per chroma sample, 8 to 16.
    pub bit_depth_chroma: u8,
    /// Shown width in luma samples, after the conformance window.
    pub width: u32,
    /// Shown height in luma samples of one picture, after the conformance window. A picture is a
    /// field when `field_sequence` is set.
    pub height: u32,
    /// Each picture is one field of an interlaced frame (`field_seq_flag`).
    pub field_sequence: bool,
    /// Width to height of one sample, when said.
    pub sample_aspect_ratio: Option<(u16, u16)>,
    /// What the VUI says of color.
    pub color: Option<ColorDescription>,
    /// Pictures per second as numerator and denominator in lowest terms, when the VUI says it.
    pub frame_rate: Option<(u32, u32)>,
    /// `sps_max_num_reorder_pics` of the highest sub-layer: how many pictures may come before a
    /// picture in decoding order and after it in output order.
    pub max_num_reorder_frames: u8,
    /// `sps_max_dec_pic_buffering_minus1` + 1 of the highest sub-layer.
    pub max_dec_frame_buffering: u8,
    /// `min_spatial_segmentation_idc` of the VUI; 0 when not said.
    pub min_spatial_segmentation_idc: u16,
}

impl SequenceParameters {
    /// Reads an SPS NAL unit of the base layer, with its header and without a start code.
    ///
    /// # Errors
    /// [`ParseError`] when it is not an SPS, ends too early, or holds a value out of range. A VUI
    /// that is cut short counts as far as it goes.
    pub fn parse(unit: &[u8]) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != Some(NalUnitType::SPS) {
            return Err(ParseError::unexpected(0, "a sequence parameter set"));
        }
        let mut bits = BitReader::nal(unit);
        bits.skip(16)?;
        let mut sequence = Self::read_head(&mut bits)?;
        let max_sub_layers_minus1 = u32::from(sequence.sub_layers) - 1;
        let picture_order_bits =
            4 + bits.golomb_up_to(12, "log2_max_pic_order_cnt_lsb_minus4 of at most 12")?;
        let ordering = read_ordering(&mut bits, max_sub_layers_minus1)?;
        (
            sequence.max_dec_frame_buffering,
            sequence.max_num_reorder_frames,
        ) = ordering;
        skip_coding_tools(&mut bits)?;
        skip_short_term_sets(&mut bits)?;
        skip_long_term(&mut bits, picture_order_bits)?;
        // sps_temporal_mvp_enabled, strong_intra_smoothing_enabled
        bits.skip(2)?;
        if matches!(bits.flag(), Ok(true)) {
            sequence.apply(&Vui::read(&mut bits, max_sub_layers_minus1));
        }
        Ok(sequence)
    }

    /// The fields up to the bit depths; the rest as if nothing were said.
    fn read_head(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let video_parameter_set_id = bits.bits_u8(4)?;
        let max_sub_layers_minus1 = read_max_sub_layers(bits)?;
        let temporal_id_nesting = bits.flag()?;
        let profile = ProfileTierLevel::read(bits, u32::from(max_sub_layers_minus1))?;
        let id = bits.golomb_u8(15, "sps_seq_parameter_set_id of at most 15")?;
        let chroma_format_idc = bits.golomb_u8(3, "chroma_format_idc of at most 3")?;
        let separate_planes = chroma_format_idc == 3 && bits.flag()?;
        let (width, height) = read_size(bits, crop_unit(chroma_format_idc, separate_planes))?;
        let bit_depth_luma = 8 + bits.golomb_u8(8, "bit_depth_luma_minus8 of at most 8")?;
        let bit_depth_chroma = 8 + bits.golomb_u8(8, "bit_depth_chroma_minus8 of at most 8")?;
        Ok(Self {
            id,
            video_parameter_set_id,
            profile,
            sub_layers: max_sub_layers_minus1 + 1,
            temporal_id_nesting,
            chroma_format_idc,
            bit_depth_luma,
            bit_depth_chroma,
            width,
            height,
            field_sequence: false,
            sample_aspect_ratio: None,
            color: None,
            frame_rate: None,
            max_num_reorder_frames: 0,
            max_dec_frame_buffering: 1,
            min_spatial_segmentation_idc: 0,
        })
    }

    const fn apply(&mut self, vui: &Vui) {
        self.field_sequence = vui.field_sequence;
        self.sample_aspect_ratio = vui.sample_aspect_ratio;
        self.color = vui.color;
        self.frame_rate = vui.picture_rate;
        self.min_spatial_segmentation_idc = vui.min_spatial_segmentation_idc;
    }
}

/// `max_sub_layers_minus1`; 7 is reserved, and means an extension layer in the SPS of Annex F.
pub(super) fn read_max_sub_layers(bits: &mut BitReader<'_>) -> Result<u8, ParseError> {
    let offset = bits.offset();
    match bits.bits_u8(3)? {
        7 => Err(ParseError::unexpected(
            offset,
            "at most 7 temporal sub-layers",
        )),
        value => Ok(value),
    }
}

/// The id of an SPS NAL unit.
pub(super) fn sps_id(unit: &[u8]) -> Result<u32, ParseError> {
    let mut bits = BitReader::nal(unit);
    bits.skip(16 + 4)?;
    let max_sub_layers_minus1 = read_max_sub_layers(&mut bits)?;
    bits.skip(1)?;
    ProfileTierLevel::read(&mut bits, u32::from(max_sub_layers_minus1))?;
    bits.golomb_up_to(15, "sps_seq_parameter_set_id of at most 15")
}

/// `SubWidthC` and `SubHeightC` (Table 6-1).
const fn crop_unit(chroma_format_idc: u8, separate_planes: bool) -> (u32, u32) {
    match chroma_format_idc {
        1 => (2, 2),
        2 => (2, 1),
        3 if separate_planes => (1, 1),
        _ => (1, 1),
    }
}

fn read_size(
    bits: &mut BitReader<'_>,
    (unit_x, unit_y): (u32, u32),
) -> Result<(u32, u32), ParseError> {
    const SENSIBLE: &str = "a picture of at most 65535 luma samples across and down";
    let mut width = bits.golomb_up_to(MAX_LUMA_SAMPLES_ACROSS, SENSIBLE)?;
    let mut height = bits.golomb_up_to(MAX_LUMA_SAMPLES_ACROSS, SENSIBLE)?;
    let offset = bits.offset();
    if bits.flag()? {
        let mut crop = |unit: u32| -> Result<u32, ParseError> {
            Ok(bits.unsigned_golomb()?.saturating_mul(unit))
        };
        width = width.saturating_sub(crop(unit_x)?.saturating_add(crop(unit_x)?));
        height = height.saturating_sub(crop(unit_y)?.saturating_add(crop(unit_y)?));
    }
    if width == 0 || height == 0 {
        return Err(ParseError::unexpected(
            offset,
            "a window within the picture",
        ));
    }
    Ok((width, height))
}

/// Passes over the block sizes, scaling lists and PCM fields.
fn skip_coding_tools(bits: &mut BitReader<'_>) -> Result<(), ParseError> {
    for _block_size_or_depth in 0..6 {
        bits.unsigned_golomb()?;
    }
    let scaling_lists_enabled = bits.flag()?;
    if scaling_lists_enabled && bits.flag()? {
        skip_scaling_lists(bits)?;
    }
    // amp_enabled, sample_adaptive_offset_enabled
    bits.skip(2)?;
    let pcm_enabled = bits.flag()?;
    if pcm_enabled {
        // pcm_sample_bit_depth_luma_minus1 and _chroma_minus1
        bits.skip(8)?;
        let _log2_min_size = bits.unsigned_golomb()?;
        let _log2_size_difference = bits.unsigned_golomb()?;
        let _loop_filter_disabled = bits.flag()?;
    }
    Ok(())
}
