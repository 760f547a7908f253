use core::num::NonZeroU32;

use crate::CodecParameters;

/// Names a track within its file or session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "an identifier is a number")]
pub struct TrackId(pub u32);

/// What a track is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MediaKind {
    /// Sound.
    Audio,
    /// Pictures.
    Video,
}

/// One stream of frames of one codec.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Track {
    /// Its name in frames.
    pub id: TrackId,
    /// The codec and what a decoder must know before the first frame.
    pub codec: CodecParameters,
    /// Ticks per second of the frames' times.
    pub clock_rate: NonZeroU32,
    /// In ticks of `clock_rate`, when known.
    pub duration: Option<u64>,
    /// In bits per second, when known.
    pub bit_rate: Option<u32>,
    /// ISO 639-2/T, such as `*b"eng"`.
    pub language: Option<[u8; 3]>,
}

impl Track {
    /// A track of unknown duration, bit rate and language.
    #[must_use]
    pub const fn new(id: TrackId, codec: CodecParameters, clock_rate: NonZeroU32) -> Self {
        Self {
            id,
            codec,
            clock_rate,
            duration: None,
            bit_rate: None,
            language: None,
        }
    }
}
