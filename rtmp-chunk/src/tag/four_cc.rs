use core::fmt;

/// A codec by four characters, as Enhanced RTMP names it. An open registry: unknown values are kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an open registry")]
pub struct FourCc(pub [u8; 4]);

impl FourCc {
    /// H.264 / AVC.
    pub const AVC1: Self = Self(*b"avc1");
    /// H.265 / HEVC.
    pub const HVC1: Self = Self(*b"hvc1");
    /// H.266 / VVC.
    pub const VVC1: Self = Self(*b"vvc1");
    /// AV1.
    pub const AV01: Self = Self(*b"av01");
    /// VP8.
    pub const VP08: Self = Self(*b"vp08");
    /// VP9.
    pub const VP09: Self = Self(*b"vp09");
    /// Opus.
    pub const OPUS: Self = Self(*b"Opus");
    /// FLAC.
    pub const FLAC: Self = Self(*b"fLaC");
    /// AC-3.
    pub const AC_3: Self = Self(*b"ac-3");
    /// Enhanced AC-3.
    pub const EC_3: Self = Self(*b"ec-3");
    /// MP3.
    pub const MP3: Self = Self(*b".mp3");
    /// AAC.
    pub const MP4A: Self = Self(*b"mp4a");

    /// As one number, big-endian: what `videocodecid` and `audiocodecid` hold in `onMetaData`.
    #[must_use]
    pub const fn as_u32(self) -> u32 {
        u32::from_be_bytes(self.0)
    }

    /// From the number in `onMetaData`.
    #[must_use]
    pub const fn from_u32(number: u32) -> Self {
        Self(number.to_be_bytes())
    }

    /// Its coded pictures may be shown in another order than they are decoded, and their
    /// `CodedFrames` packets begin with a composition time.
    #[must_use]
    pub const fn has_composition_time(self) -> bool {
        matches!(&self.0, b"avc1" | b"hvc1" | b"vvc1")
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FourCc({self})")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;

    use super::*;

    #[test]
    fn numbers_and_names() {
        assert_eq!(FourCc::HVC1.as_u32(), 0x6876_6331);
        assert_eq!(FourCc::from_u32(0x2e6d_7033), FourCc::MP3);
        assert_eq!(
            format!("{} {:?}", FourCc::AC_3, FourCc([0, b'a', 0xff, b'"'])),
            r#"ac-3 FourCc(\x00a\xff\")"#
        );
    }

    #[test]
    fn only_the_codecs_that_reorder_have_composition_times() {
        let with = [FourCc::AVC1, FourCc::HVC1, FourCc::VVC1];
        let without = [
            FourCc::AV01,
            FourCc::VP08,
            FourCc::VP09,
            FourCc::OPUS,
            FourCc([0; 4]),
        ];
        assert!(with.iter().all(|four_cc| four_cc.has_composition_time()));
        assert!(!without.iter().any(|four_cc| four_cc.has_composition_time()));
    }
}
