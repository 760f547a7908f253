//! How a file is read, and what that may cost.

use crate::{amf, flv::ReaderConfig};

/// How a [`FileReader`](super::FileReader) reads. Every bound is finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileReaderConfig {
    /// How tags are made out; its `start` should stay at the file header.
    pub reader: ReaderConfig,
    /// How many bytes are asked for at a time. Default 256 KiB. A longer tag is asked for as a whole. What is held
    /// at a time is the larger of the two.
    pub read_ahead_bytes: usize,
    /// How many bytes are asked for at a time where keyframes are searched in a file that has no index. Default 16 KiB.
    pub scan_read_bytes: usize,
    /// How many bytes behind the first tag may be read before the file counts as opened, in the search for the first
    /// tags of each kind. Default 1 MiB.
    pub max_probe_bytes: u64,
    /// How many keyframes are remembered of a file that has no index. Default 65,536, at about 24 bytes each;
    /// what lies behind the last of them is searched each time.
    pub max_learned_keyframes: usize,
    /// How many sequence headers are remembered, of at most 64 KiB each. Default 64. Later changes of parameters
    /// are then not known after a seek.
    pub max_sequence_headers: usize,
    /// What metadata may have. Without the index, which does not count.
    pub metadata: amf::Limits,
}

impl Default for FileReaderConfig {
    fn default() -> Self {
        Self {
            reader: ReaderConfig::default(),
            read_ahead_bytes: 256 << 10,
            scan_read_bytes: 16 << 10,
            max_probe_bytes: 1 << 20,
            max_learned_keyframes: 65_536,
            max_sequence_headers: 64,
            metadata: amf::Limits::DEFAULT,
        }
    }
}
