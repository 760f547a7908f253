//! VP8 (RFC 6386).

use castline_core::Reader;

use crate::ParseError;

/// What is known of a VP8 track before its first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Vp8Parameters {
    /// Width in pixels; 0 when not known yet.
    pub width: u16,
    /// Height in pixels; 0 when not known yet.
    pub height: u16,
}

impl Vp8Parameters {
    /// With a size in pixels; zeros when it is not known.
    #[must_use]
    pub const fn new(width: u16, height: u16) -> Self {
        Self { width, height }
    }

    /// From a keyframe.
    ///
    /// # Errors
    /// As [`FrameHeader::parse`], and when the frame is not a keyframe.
    pub fn from_keyframe(frame: &[u8]) -> Result<Self, ParseError> {
        match FrameHeader::parse(frame)?.size {
            Some((width, height)) => Ok(Self::new(width, height)),
            None => Err(ParseError::unexpected(0, "a keyframe")),
        }
    }
}

impl Vp8Parameters {
    /// Takes over the size that a keyframe says, and says whether it changed.
    ///
    /// # Errors
    /// As [`FrameHeader::parse`].
    pub fn update_from(&mut self, frame: &[u8]) -> Result<bool, ParseError> {
        let old = *self;
        if let Some((width, height)) = FrameHeader::parse(frame)?.size {
            *self = Self::new(width, height);
        }
        Ok(*self != old)
    }
}

/// The uncompressed head of a frame (section 9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FrameHeader {
    /// The frame refers to no other.
    pub keyframe: bool,
    /// Bitstream version, 0 to 3 (4 to 7 are reserved).
    pub version: u8,
    /// The frame is shown.
    pub shown: bool,
    /// Length of the first partition in bytes.
    pub first_partition_bytes: u32,
    /// Width and height in pixels, without the upscaling hints: on keyframes.
    pub size: Option<(u16, u16)>,
}

impl FrameHeader {
    /// Reads 3 bytes, or 10 of a keyframe.
    ///
    /// # Errors
    /// [`ParseError`] when the frame is shorter, or a keyframe has no start code.
    pub fn parse(frame: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(frame);
        let [a, b, c] = reader.array()?;
        let tag = u32::from_le_bytes([a, b, c, 0]);
        let keyframe = tag & 1 == 0;
        let mut size = None;
        if keyframe {
            if reader.array()? != [0x9d, 0x01, 0x2a] {
                return Err(ParseError::unexpected(3, "the start code 9d 01 2a"));
            }
            let (width, height) = (reader.array()?, reader.array()?);
            // The two bits on top are upscaling hints.
            size = Some((
                u16::from_le_bytes(width) & 0x3fff,
                u16::from_le_bytes(height) & 0x3fff,
            ));
        }
        Ok(Self {
            keyframe,
            version: (tag >> 1 & 7).to_be_bytes()[3],
            shown: tag >> 4 & 1 == 1,
            first_partition_bytes: tag >> 5,
            size,
        })
    }
}

/// A receiver can start with this frame.
#[must_use]
pub fn is_keyframe(frame: &[u8]) -> bool {
    FrameHeader::parse(frame).is_ok_and(|header| header.keyframe)
}
