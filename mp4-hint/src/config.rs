//! What a reader may spend.

use core::time::Duration;

/// The bounds of a [`MovieReader`](crate::MovieReader). Every one is finite.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest `moov` read; a larger one is [`ParseError::OverLimit`](crate::ParseError). 128 MiB.
    pub moov_bytes: usize,
    /// The largest `moof` read; a larger one ends the file there. 16 MiB.
    pub moof_bytes: usize,
    /// What the index of all fragments may take; beyond it the rest of the file is left out
    /// (see [`Movie::is_truncated`](crate::Movie::is_truncated)). 64 MiB.
    pub fragment_index_bytes: usize,
    /// How many boxes of the file itself are walked over; beyond it the rest is left out. 2,097,152.
    pub file_boxes: u32,
    /// How many tracks there may be; more is [`ParseError::OverLimit`](crate::ParseError). 128.
    pub tracks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            moov_bytes: 128 << 20,
            moof_bytes: 16 << 20,
            fragment_index_bytes: 64 << 20,
            file_boxes: 1 << 21,
            tracks: 128,
        }
    }
}

/// How a [`MovieReader`](crate::MovieReader) reads.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderConfig {
    /// How many bytes are asked for where a box is expected: enough for the header, `ftyp` or a whole
    /// small `moof`. 4,096; at least 16.
    pub header_read_bytes: usize,
    /// What may be spent on one file.
    pub limits: Limits,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            header_read_bytes: 4096,
            limits: Limits::default(),
        }
    }
}

/// How a [`FrameReader`](crate::FrameReader) reads ahead, and what it refuses.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameReaderConfig {
    /// How many bytes of samples are asked for, or held, ahead of the frame that is polled next.
    /// One sample larger than this is still read, alone. 256 KiB.
    pub read_ahead_bytes: usize,
    /// The largest hole between two samples that one read still covers. 4 KiB.
    pub gap_bytes: usize,
    /// The largest sample; a larger one is skipped and reported as a
    /// [`SampleFault`](crate::SampleFault). 16 MiB.
    pub sample_bytes: usize,
    /// How many samples of a track may be unusable in a row before the track ends. 10,000.
    pub unusable_samples: u32,
    /// How much PCM audio, whose samples are a few bytes each, makes one frame. 20 ms.
    pub pcm_frame: Duration,
}

impl Default for FrameReaderConfig {
    fn default() -> Self {
        Self {
            read_ahead_bytes: 256 << 10,
            gap_bytes: 4 << 10,
            sample_bytes: 16 << 20,
            unusable_samples: 10_000,
            pcm_frame: Duration::from_millis(20),
        }
    }
}
