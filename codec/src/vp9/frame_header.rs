use crate::{BitReader, ColorDescription, ParseError};

/// `CS_RGB` of the `color_space` codes.
const COLOR_SPACE_RGB: u8 = 7;

/// The uncompressed header of a frame, as far as streaming needs it (section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameHeader {
    /// Profile, 0 to 3.
    pub profile: u8,
    /// The frame only shows an earlier one again, which decoders keep in this slot.
    pub show_existing_frame: Option<u8>,
    /// The frame refers to no other.
    pub keyframe: bool,
    /// The frame is shown.
    pub shown: bool,
    /// `error_resilient_mode`.
    pub error_resilient: bool,
    /// What only keyframes say.
    pub facts: Option<KeyframeFacts>,
}

/// What a keyframe says of all frames up to the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyframeFacts {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// Chroma has half the width, half the height.
    pub subsampling: (bool, bool),
    /// The color space as code points of ITU-T H.273.
    pub color: ColorDescription,
}

impl FrameHeader {
    /// Reads the head of a frame; of the first frame when it is a superframe.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short, or a marker or sync code is wrong.
    pub fn parse(frame: &[u8]) -> Result<Self, ParseError> {
        let mut bits = BitReader::new(frame);
        if bits.bits(2)? != 2 {
            return Err(ParseError::unexpected(0, "frame_marker 2"));
        }
        let profile = bits.bits_u8(1)? | bits.bits_u8(1)? << 1;
        if profile == 3 && bits.flag()? {
            return Err(ParseError::unexpected(0, "a profile below 4"));
        }
        let mut header = Self {
            profile,
            show_existing_frame: None,
            keyframe: false,
            shown: true,
            error_resilient: false,
            facts: None,
        };
        if bits.flag()? {
            header.show_existing_frame = Some(bits.bits_u8(3)?);
            return Ok(header);
        }
        header.keyframe = !bits.flag()?;
        header.shown = bits.flag()?;
        header.error_resilient = bits.flag()?;
        if header.keyframe {
            header.facts = Some(KeyframeFacts::read(&mut bits, profile)?);
        }
        Ok(header)
    }
}

impl KeyframeFacts {
    fn read(bits: &mut BitReader<'_>, profile: u8) -> Result<Self, ParseError> {
        let offset = bits.offset();
        if bits.bits(24)? != 0x49_83_42 {
            return Err(ParseError::unexpected(offset, "the sync code 49 83 42"));
        }
        let bit_depth = match (profile >= 2, profile >= 2 && bits.flag()?) {
            (false, _) => 8,
            (true, false) => 10,
            (true, true) => 12,
        };
        let space = bits.bits_u8(3)?;
        let odd_profile = profile & 1 == 1;
        let (full_range, subsampling) = if space == COLOR_SPACE_RGB {
            if odd_profile {
                let _reserved_zero = bits.flag()?;
            }
            (true, (false, false))
        } else {
            let full_range = bits.flag()?;
            let mut subsampling = (true, true);
            if odd_profile {
                subsampling = (bits.flag()?, bits.flag()?);
                let _reserved_zero = bits.flag()?;
            }
            (full_range, subsampling)
        };
        Ok(Self {
            bit_depth,
            subsampling,
            color: color_of(space, full_range),
            width: bits.bits(16)? + 1,
            height: bits.bits(16)? + 1,
        })
    }
}

/// The `color_space` codes of VP9 as H.273 code points.
const fn color_of(space: u8, full_range: bool) -> ColorDescription {
    let (primaries, transfer, matrix) = match space {
        1 | 3 => (6, 6, 6),
        2 => (1, 1, 1),
        4 => (7, 7, 7),
        5 => (9, 14, 9),
        COLOR_SPACE_RGB => (1, 13, 0),
        _ => (2, 2, 2),
    };
    ColorDescription::new(primaries, transfer, matrix, full_range)
}

/// A receiver can start with this frame or superframe.
#[must_use]
pub fn is_keyframe(frame: &[u8]) -> bool {
    FrameHeader::parse(frame).is_ok_and(|header| header.keyframe)
}
