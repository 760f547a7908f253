use alloc::{format, string::String};

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use super::FrameHeader;
use crate::{ColorDescription, ParseError};

/// The level of the smallest picture areas up: luma samples (Annex A) and ten times the level.
const LEVEL_AREAS: [(u64, u8); 9] = [
    (36_864, 10),
    (73_728, 11),
    (122_880, 20),
    (245_760, 21),
    (552_960, 30),
    (983_040, 31),
    (2_228_224, 40),
    (8_912_896, 50),
    (35_651_584, 60),
];

/// What a VP9 decoder wants to know beforehand: the `VPCodecConfigurationRecord`, and the size once a
/// keyframe told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vp9Parameters {
    /// Profile, 0 to 3.
    pub profile: u8,
    /// Ten times the level; 0 when not known.
    pub level: u8,
    /// 8, 10 or 12.
    pub bit_depth: u8,
    /// 0 and 1 are 4:2:0, 2 is 4:2:2, 3 is 4:4:4.
    pub chroma_subsampling: u8,
    /// Color as code points of ITU-T H.273.
    pub color: ColorDescription,
    /// Width and height in pixels, when known.
    pub size: Option<(u32, u32)>,
}

impl Vp9Parameters {
    /// A profile with what it implies: 4:2:0, unspecified color, unknown level.
    #[must_use]
    pub const fn new(profile: u8) -> Self {
        Self {
            profile,
            level: 0,
            bit_depth: if profile >= 2 { 10 } else { 8 },
            chroma_subsampling: if profile & 1 == 1 { 3 } else { 1 },
            color: ColorDescription::UNSPECIFIED,
            size: None,
        }
    }

    /// From the content of a `vpcC` box, which begins with the box's version and flags. Version 0, of the
    /// first drafts, had other fields: only its profile, level and bit depth are taken.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short.
    pub fn from_vpcc(content: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(content);
        let version = reader.u8()?;
        reader.skip(3)?;
        let mut parameters = Self::new(reader.u8()?);
        parameters.level = reader.u8()?;
        let packed = reader.u8()?;
        parameters.bit_depth = packed >> 4;
        if version > 0 {
            parameters.chroma_subsampling = packed >> 1 & 7;
            let [primaries, transfer, matrix] = reader.array()?;
            parameters.color = ColorDescription::new(primaries, transfer, matrix, packed & 1 == 1);
        }
        Ok(parameters)
    }

    /// The content of a `vpcC` box, with version 1 and flags.
    #[must_use]
    pub fn to_vpcc(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(12);
        out.put_u32(1 << 24);
        out.put_u8(self.profile);
        out.put_u8(self.level);
        let range = u8::from(self.color.full_range);
        out.put_u8(self.bit_depth << 4 | (self.chroma_subsampling & 7) << 1 | range);
        out.put_slice(&[self.color.primaries, self.color.transfer, self.color.matrix]);
        // codecInitializationDataSize is 0 for VP9.
        out.put_u16(0);
        out.freeze()
    }

    /// From a keyframe; the level is the lowest that allows the picture's area.
    ///
    /// # Errors
    /// As [`FrameHeader::parse`], and when the frame is not a keyframe.
    pub fn from_keyframe(frame: &[u8]) -> Result<Self, ParseError> {
        let header = FrameHeader::parse(frame)?;
        let Some(facts) = header.facts else {
            return Err(ParseError::unexpected(0, "a keyframe"));
        };
        let area = u64::from(facts.width) * u64::from(facts.height);
        let level = LEVEL_AREAS.iter().find(|(largest, _)| area <= *largest);
        Ok(Self {
            profile: header.profile,
            level: level.map_or(0, |&(_, level)| level),
            bit_depth: facts.bit_depth,
            chroma_subsampling: match facts.subsampling {
                (true, true) => 1,
                (true, false) => 2,
                (false, false) => 3,
                // 4:4:0 has no code of its own before the reserved ones.
                (false, true) => 4,
            },
            color: facts.color,
            size: Some((facts.width, facts.height)),
        })
    }

    /// Takes over the size and format that a keyframe says, and says whether they changed. A known level
    /// and color stay when the keyframe has the same size and format.
    ///
    /// # Errors
    /// As [`FrameHeader::parse`].
    pub fn update_from(&mut self, frame: &[u8]) -> Result<bool, ParseError> {
        if !FrameHeader::parse(frame)?.keyframe {
            return Ok(false);
        }
        let new = Self::from_keyframe(frame)?;
        let size_is_new = self.size.is_none_or(|size| Some(size) != new.size);
        if self.profile == new.profile && self.bit_depth == new.bit_depth {
            let first_size = self.size.is_none();
            self.size = new.size;
            if size_is_new && !first_size {
                self.level = new.level;
            }
            return Ok(size_is_new);
        }
        *self = new;
        Ok(true)
    }

    /// As the ISO BMFF binding spells it: `vp09.00.10.08`, longer only when chroma or color is not the
    /// usual one. An unknown level counts as 1.0.
    #[must_use]
    pub fn codec_string(&self) -> String {
        let Self {
            profile,
            bit_depth,
            chroma_subsampling: chroma,
            color,
            ..
        } = self;
        let level = if self.level == 0 { 10 } else { self.level };
        let short = format!("vp09.{profile:02}.{level:02}.{bit_depth:02}");
        if *chroma <= 1 && color.is_usual() {
            return short;
        }
        format!(
            "{short}.{chroma:02}.{:02}.{:02}.{:02}.{:02}",
            color.primaries,
            color.transfer,
            color.matrix,
            u8::from(color.full_range)
        )
    }
}
