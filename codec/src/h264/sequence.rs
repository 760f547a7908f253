use super::{NalUnitType, vui::Vui};
use crate::{BitReader, ColorDescription, ParseError};

/// Pictures wider or higher than this many macroblocks are refused; level 6.2 ends at 1055.
const MAX_MACROBLOCKS_ACROSS: u32 = 4096;

/// The facts of an H.264 sequence parameter set (clause 7.3.2.1.1) that streaming needs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceParameters {
    /// `seq_parameter_set_id`, 0 to 31.
    pub id: u8,
    /// `profile_idc`: 66 Baseline, 77 Main, 100 High.
    pub profile_idc: u8,
    /// The byte with `constraint_set0_flag` on top.
    pub constraint_flags: u8,
    /// `level_idc`: ten times the level, except level 1b.
    pub level_idc: u8,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// Bits per luma sample, 8 to 14.
    pub bit_depth_luma: u8,
    /// Bits per chroma sample, 8 to 14.
    pub bit_depth_chroma: u8,
    /// Shown width in luma samples, after cropping.
    pub width: u32,
    /// Shown height in luma samples of a frame, after cropping.
    pub height: u32,
    /// Coded pictures may be fields or macroblock-adaptive frames (`frame_mbs_only_flag` is 0).
    pub interlaced: bool,
    /// Width to height of one sample, when said.
    pub sample_aspect_ratio: Option<(u16, u16)>,
    /// What the VUI says of color.
    pub color: Option<ColorDescription>,
    /// Frames per second as numerator and denominator in lowest terms, when the VUI says it.
    pub frame_rate: Option<(u32, u32)>,
    /// `fixed_frame_rate_flag`: frames are shown at exactly `frame_rate`.
    pub fixed_frame_rate: bool,
    /// `max_num_ref_frames`.
    pub max_num_ref_frames: u8,
    /// How many frames may come before a frame in decoding order and after it in output order: from
    /// the VUI, or derived from profile, level and picture order count type.
    pub max_num_reorder_frames: u8,
    /// Frames the decoder must be able to hold: from the VUI, or the level's `MaxDpbFrames`.
    pub max_dec_frame_buffering: u8,
}

/// The fields before the picture size.
struct Head {
    id: u8,
    profile_idc: u8,
    constraint_flags: u8,
    level_idc: u8,
    chroma: Chroma,
    picture_order_type: u8,
    max_num_ref_frames: u8,
}

struct Chroma {
    format_idc: u8,
    separate_planes: bool,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
}

struct Size {
    width: u32,
    height: u32,
    macroblocks: u32,
    interlaced: bool,
}

impl SequenceParameters {
    /// Reads an SPS NAL unit, with its header byte and without a start code.
    ///
    /// A VUI that is cut short counts as far as it goes.
    ///
    /// # Errors
    /// [`ParseError`] when it is not an SPS, ends before the picture size, or holds a value out of
    /// range.
    pub fn parse(unit: &[u8]) -> Result<Self, ParseError> {
        if NalUnitType::of(unit) != Some(NalUnitType::SPS) {
            return Err(ParseError::unexpected(0, "a sequence parameter set"));
        }
        let mut bits = BitReader::nal(unit);
        bits.skip(8)?;
        let head = Head::read(&mut bits)?;
        let size = Size::read(&mut bits, &head.chroma)?;
        let vui = match bits.flag() {
            Ok(true) => Vui::read(&mut bits),
            Ok(false) | Err(_) => Vui::default(),
        };
        Ok(Self::from_parts(&head, &size, &vui))
    }

    fn from_parts(head: &Head, size: &Size, vui: &Vui) -> Self {
        let buffering = vui
            .max_dec_frame_buffering
            .unwrap_or_else(|| head.max_dpb_frames(size.macroblocks));
        Self {
            id: head.id,
            profile_idc: head.profile_idc,
            constraint_flags: head.constraint_flags,
            level_idc: head.level_idc,
            chroma_format_idc: head.chroma.format_idc,
            bit_depth_luma: head.chroma.bit_depth_luma,
            bit_depth_chroma: head.chroma.bit_depth_chroma,
            width: size.width,
            height: size.height,
            interlaced: size.interlaced,
            sample_aspect_ratio: vui.sample_aspect_ratio,
            color: vui.color,
            frame_rate: vui.frame_rate,
            fixed_frame_rate: vui.fixed_frame_rate,
            max_num_ref_frames: head.max_num_ref_frames,
            max_num_reorder_frames: vui
                .max_num_reorder_frames
                .unwrap_or_else(|| head.derived_reorder(buffering)),
            max_dec_frame_buffering: buffering,
        }
    }

    /// The three bytes that SDP's `profile-level-id` and the codec string show (RFC 6184 section 8.1).
    #[must_use]
    pub const fn profile_level_id(&self) -> [u8; 3] {
        [self.profile_idc, self.constraint_flags, self.level_idc]
    }
}

/// The id of an SPS NAL unit, without reading the rest.
pub(super) fn sps_id(unit: &[u8]) -> Result<u32, ParseError> {
    let mut bits = BitReader::nal(unit);
    bits.skip(32)?;
    bits.golomb_up_to(31, "seq_parameter_set_id of at most 31")
}

impl Head {
    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let profile_idc = bits.bits_u8(8)?;
        let constraint_flags = bits.bits_u8(8)?;
        let level_idc = bits.bits_u8(8)?;
        let id = bits.golomb_u8(31, "seq_parameter_set_id of at most 31")?;
        let chroma = if has_chroma_fields(profile_idc) {
            Chroma::read(bits)?
        } else {
            Chroma::YUV_420
        };
        bits.golomb_up_to(12, "log2_max_frame_num_minus4 of at most 12")?;
        let picture_order_type = read_picture_order(bits)?;
        let max_num_ref_frames = bits.golomb_u8(16, "max_num_ref_frames of at most 16")?;
        let _gaps_in_frame_num_allowed = bits.flag()?;
        Ok(Self {
            id,
            profile_idc,
            constraint_flags,
            level_idc,
            chroma,
            picture_order_type,
            max_num_ref_frames,
        })
    }

    const fn constraint_set3(&self) -> bool {
        self.constraint_flags & 0x10 != 0
    }

    /// `max_num_reorder_frames` when the VUI does not say (clause E.2.1).
    const fn derived_reorder(&self, max_dpb_frames: u8) -> u8 {
        let intra_only =
            matches!(self.profile_idc, 44 | 86 | 100 | 110 | 122 | 244) && self.constraint_set3();
        // Type 2 fixes output order to decoding order (clause 8.2.1.3); Baseline has no B slices, and no
        // encoder is known that reorders P frames.
        if intra_only || self.picture_order_type == 2 || self.profile_idc == 66 {
            0
        } else {
            max_dpb_frames
        }
    }

    /// `MaxDpbFrames` (clause A.3.1): `MaxDpbMbs` of Table A-1 over the picture's macroblocks.
    fn max_dpb_frames(&self, macroblocks: u32) -> u8 {
        let max_dpb_macroblocks: u32 = match self.level_idc {
            9 | 10 => 396,
            11 if self.constraint_set3() && matches!(self.profile_idc, 66 | 77 | 88) => 396,
            11 => 900,
            12 | 13 | 20 => 2_376,
            21 => 4_752,
            22 | 30 => 8_100,
            31 => 18_000,
            32 => 20_480,
            40 | 41 => 32_768,
            42 => 34_816,
            50 => 110_400,
            51 | 52 => 184_320,
            60..=62 => 696_320,
            _ => u32::MAX,
        };
        let frames = max_dpb_macroblocks / macroblocks.max(1);
        frames.min(16).to_be_bytes()[3]
    }
}

/// The profiles whose SPS has the chroma and bit depth fields.
const fn has_chroma_fields(profile_idc: u8) -> bool {
    matches!(
        profile_idc,
        44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244
    )
}

impl Chroma {
    const YUV_420: Self = Self {
        format_idc: 1,
        separate_planes: false,
        bit_depth_luma: 8,
        bit_depth_chroma: 8,
    };

    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let format_idc = bits.golomb_u8(3, "chroma_format_idc of at most 3")?;
        let separate_planes = format_idc == 3 && bits.flag()?;
        let bit_depth_luma = 8 + bits.golomb_u8(6, "bit_depth_luma_minus8 of at most 6")?;
        let bit_depth_chroma = 8 + bits.golomb_u8(6, "bit_depth_chroma_minus8 of at most 6")?;
        let _qpprime_y_zero_transform_bypass = bits.flag()?;
        if bits.flag()? {
            for list in 0..if format_idc == 3 { 12 } else { 8 } {
                if bits.flag()? {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Ok(Self {
            format_idc,
            separate_planes,
            bit_depth_luma,
            bit_depth_chroma,
        })
    }

    /// Luma samples per chroma sample across and down; `ChromaArrayType` 0 counts as 1, 1.
    const fn subsampling(&self) -> (u32, u32) {
        match self.format_idc {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        }
    }
}

/// Passes over `scaling_list()` (clause 7.3.2.1.1.1).
fn skip_scaling_list(bits: &mut BitReader<'_>, size: u32) -> Result<(), ParseError> {
    let mut last: i32 = 8;
    for _ in 0..size {
        let delta = bits.signed_golomb()?;
        let next = last.wrapping_add(delta).rem_euclid(256);
        if next == 0 {
            return Ok(());
        }
        last = next;
    }
    Ok(())
}

/// Reads `pic_order_cnt_type` and passes over what belongs to it.
fn read_picture_order(bits: &mut BitReader<'_>) -> Result<u8, ParseError> {
    let kind = bits.golomb_u8(2, "pic_order_cnt_type of at most 2")?;
    match kind {
        0 => {
            bits.golomb_up_to(12, "log2_max_pic_order_cnt_lsb_minus4 of at most 12")?;
        }
        1 => {
            let _delta_always_zero = bits.flag()?;
            let _offset_for_non_ref = bits.signed_golomb()?;
            let _offset_for_top_to_bottom = bits.signed_golomb()?;
            let cycle =
                bits.golomb_up_to(255, "num_ref_frames_in_pic_order_cnt_cycle below 256")?;
            for _ in 0..cycle {
                bits.signed_golomb()?;
            }
        }
        _ => {}
    }
    Ok(kind)
}

impl Size {
    fn read(bits: &mut BitReader<'_>, chroma: &Chroma) -> Result<Self, ParseError> {
        const SENSIBLE: &str = "a picture of at most 4096 macroblocks across and down";
        let across = 1 + bits.golomb_up_to(MAX_MACROBLOCKS_ACROSS - 1, SENSIBLE)?;
        let map_units = 1 + bits.golomb_up_to(MAX_MACROBLOCKS_ACROSS - 1, SENSIBLE)?;
        let interlaced = !bits.flag()?;
        let fields = if interlaced { 2 } else { 1 };
        let down = map_units * fields;
        if interlaced {
            let _mb_adaptive_frame_field = bits.flag()?;
        }
        let _direct_8x8_inference = bits.flag()?;
        let (mut width, mut height) = (across * 16, down * 16);
        if bits.flag()? {
            let offset = bits.offset();
            let (unit_x, unit_y) = chroma.crop_unit();
            let mut crop = |unit: u32| -> Result<u32, ParseError> {
                Ok(bits.unsigned_golomb()?.saturating_mul(unit))
            };
            let across = crop(unit_x)?.saturating_add(crop(unit_x)?);
            let down = crop(unit_y * fields)?.saturating_add(crop(unit_y * fields)?);
            width = width.saturating_sub(across);
            height = height.saturating_sub(down);
            if width == 0 || height == 0 {
                return Err(ParseError::unexpected(offset, "a crop within the picture"));
            }
        }
        Ok(Self {
            width,
            height,
            macroblocks: across * down,
            interlaced,
        })
    }
}

impl Chroma {
    /// `CropUnitX`, and `CropUnitY` of a frame (equations 7-19 to 7-22).
    const fn crop_unit(&self) -> (u32, u32) {
        if self.separate_planes {
            (1, 1)
        } else {
            self.subsampling()
        }
    }
}
