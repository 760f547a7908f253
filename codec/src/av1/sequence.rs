use crate::{BitReader, ColorDescription, ParseError, video_usability::reduced_rate};

/// `seq_level_idx` above which a tier bit follows.
const LAST_LEVEL_WITHOUT_TIER: u8 = 7;

/// The facts of a sequence header OBU (section 5.5) that streaming needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SequenceHeader {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub profile: u8,
    /// `still_picture`.
    pub still_picture: bool,
    /// `reduced_still_picture_header`.
    pub reduced_still_picture: bool,
    /// `seq_level_idx` of the first operating point: level X.Y is (X - 2) * 4 + Y.
    pub level_idx: u8,
    /// `seq_tier` of the first operating point: the High tier.
    pub high_tier: bool,
    /// `initial_display_delay_minus_1` of the first operating point.
    pub initial_display_delay_minus_1: Option<u8>,
    /// Largest width in pixels.
    pub width: u32,
    /// Largest height in pixels.
    pub height: u32,
    /// Frames per second as numerator and denominator in lowest terms, when pictures come at equal
    /// distances.
    pub frame_rate: Option<(u32, u32)>,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// No chroma.
    pub monochrome: bool,
    /// Chroma has half the width, half the height.
    pub subsampling: (bool, bool),
    /// `chroma_sample_position`: 0 unknown, 1 vertical, 2 colocated.
    pub chroma_sample_position: u8,
    /// Color as code points of ITU-T H.273.
    pub color: ColorDescription,
}

#[derive(Default)]
struct OperatingPoint {
    level_idx: u8,
    high_tier: bool,
    initial_display_delay_minus_1: Option<u8>,
}

#[derive(Default)]
struct Timing {
    frame_rate: Option<(u32, u32)>,
    /// `buffer_delay_length`, when operating points may have decoder parameters.
    delay_bits: Option<u32>,
}

struct Color {
    bit_depth: u8,
    monochrome: bool,
    subsampling: (bool, bool),
    chroma_sample_position: u8,
    description: ColorDescription,
}

impl SequenceHeader {
    /// Reads the payload of a sequence header OBU.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short or a value is reserved.
    pub fn parse(payload: &[u8]) -> Result<Self, ParseError> {
        let mut bits = BitReader::new(payload);
        let profile = bits.bits_u8(3)?;
        if profile > 2 {
            return Err(ParseError::unexpected(0, "seq_profile of at most 2"));
        }
        let still_picture = bits.flag()?;
        let reduced_still_picture = bits.flag()?;
        let mut frame_rate = None;
        let point = if reduced_still_picture {
            OperatingPoint {
                level_idx: bits.bits_u8(5)?,
                ..OperatingPoint::default()
            }
        } else {
            let timing = read_timing(&mut bits)?;
            frame_rate = timing.frame_rate;
            read_operating_points(&mut bits, timing.delay_bits)?
        };
        let (width, height) = read_size(&mut bits)?;
        skip_tools(&mut bits, reduced_still_picture)?;
        let color = Color::read(&mut bits, profile)?;
        Ok(Self {
            profile,
            still_picture,
            reduced_still_picture,
            level_idx: point.level_idx,
            high_tier: point.high_tier,
            initial_display_delay_minus_1: point.initial_display_delay_minus_1,
            width,
            height,
            frame_rate,
            bit_depth: color.bit_depth,
            monochrome: color.monochrome,
            subsampling: color.subsampling,
            chroma_sample_position: color.chroma_sample_position,
            color: color.description,
        })
    }
}

/// `timing_info` and `decoder_model_info`.
fn read_timing(bits: &mut BitReader<'_>) -> Result<Timing, ParseError> {
    if !bits.flag()? {
        return Ok(Timing::default());
    }
    let units_in_display_tick = u64::from(bits.bits(32)?);
    let time_scale = u64::from(bits.bits(32)?);
    let mut frame_rate = None;
    if bits.flag()? {
        let ticks_per_picture = u64::from(bits.unsigned_golomb()?) + 1;
        frame_rate = reduced_rate(time_scale, units_in_display_tick * ticks_per_picture);
    }
    let decoder_model_present = bits.flag()?;
    if !decoder_model_present {
        return Ok(Timing {
            frame_rate,
            delay_bits: None,
        });
    }
    let buffer_delay_length = bits.bits(5)? + 1;
    bits.skip(32 + 5 + 5)?;
    Ok(Timing {
        frame_rate,
        delay_bits: Some(buffer_delay_length),
    })
}

/// The first operating point, past all of them.
fn read_operating_points(
    bits: &mut BitReader<'_>,
    delay_bits: Option<u32>,
) -> Result<OperatingPoint, ParseError> {
    let display_delay_present = bits.flag()?;
    let count = bits.bits(5)? + 1;
    let mut first = None;
    for _ in 0..count {
        // operating_point_idc
        bits.skip(12)?;
        let mut point = OperatingPoint {
            level_idx: bits.bits_u8(5)?,
            ..OperatingPoint::default()
        };
        point.high_tier = point.level_idx > LAST_LEVEL_WITHOUT_TIER && bits.flag()?;
        if let Some(delay_bits) = delay_bits
            && bits.flag()?
        {
            // decoder_buffer_delay, encoder_buffer_delay, low_delay_mode_flag
            bits.skip(delay_bits * 2 + 1)?;
        }
        if display_delay_present && bits.flag()? {
            point.initial_display_delay_minus_1 = Some(bits.bits_u8(4)?);
        }
        first.get_or_insert(point);
    }
    Ok(first.unwrap_or_default())
}

fn read_size(bits: &mut BitReader<'_>) -> Result<(u32, u32), ParseError> {
    let (width_bits, height_bits) = (bits.bits(4)? + 1, bits.bits(4)? + 1);
    Ok((bits.bits(width_bits)? + 1, bits.bits(height_bits)? + 1))
}

/// Passes over the frame ids and coding tools up to the color configuration.
fn skip_tools(bits: &mut BitReader<'_>, reduced: bool) -> Result<(), ParseError> {
    if !reduced {
        let frame_ids_present = bits.flag()?;
        if frame_ids_present {
            bits.skip(4 + 3)?;
        }
    }
    // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
    bits.skip(3)?;
    if !reduced {
        // enable_interintra_compound, _masked_compound, _warped_motion, _dual_filter
        bits.skip(4)?;
        let order_hint = bits.flag()?;
        if order_hint {
            // enable_jnt_comp, enable_ref_frame_mvs
            bits.skip(2)?;
        }
        let choose_screen_content_tools = bits.flag()?;
        let screen_content_tools = choose_screen_content_tools || bits.flag()?;
        if screen_content_tools {
            let choose_integer_mv = bits.flag()?;
            if !choose_integer_mv {
                let _force_integer_mv = bits.flag()?;
            }
        }
        if order_hint {
            // order_hint_bits_minus_1
            bits.skip(3)?;
        }
    }
    // enable_superres, enable_cdef, enable_restoration
    bits.skip(3)?;
    Ok(())
}

impl Color {
    /// Reads `color_config()` (section 5.5.2).
    fn read(bits: &mut BitReader<'_>, profile: u8) -> Result<Self, ParseError> {
        let high_bit_depth = bits.flag()?;
        let bit_depth = match (
            high_bit_depth,
            profile == 2 && high_bit_depth && bits.flag()?,
        ) {
            (_, true) => 12,
            (true, false) => 10,
            (false, false) => 8,
        };
        let monochrome = profile != 1 && bits.flag()?;
        let mut description = ColorDescription::UNSPECIFIED;
        if bits.flag()? {
            description.primaries = bits.bits_u8(8)?;
            description.transfer = bits.bits_u8(8)?;
            description.matrix = bits.bits_u8(8)?;
        }
        let mut color = Self {
            bit_depth,
            monochrome,
            subsampling: (true, true),
            chroma_sample_position: 0,
            description,
        };
        let srgb = (
            description.primaries,
            description.transfer,
            description.matrix,
        ) == (1, 13, 0);
        if monochrome {
            color.description.full_range = bits.flag()?;
        } else if srgb {
            color.description.full_range = true;
            color.subsampling = (false, false);
        } else {
            color.description.full_range = bits.flag()?;
            color.read_subsampling(bits, profile)?;
        }
        Ok(color)
    }

    fn read_subsampling(
        &mut self,
        bits: &mut BitReader<'_>,
        profile: u8,
    ) -> Result<(), ParseError> {
        self.subsampling = match profile {
            0 => (true, true),
            1 => (false, false),
            _ if self.bit_depth == 12 => {
                let across = bits.flag()?;
                (across, across && bits.flag()?)
            }
            _ => (true, false),
        };
        if self.subsampling == (true, true) {
            self.chroma_sample_position = bits.bits_u8(2)?;
        }
        Ok(())
    }
}
