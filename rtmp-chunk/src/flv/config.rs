//! How FLV is read, what it may cost, and what was wrong with it.

/// The bounds of a [`Reader`](super::Reader). Every one is finite.
///
/// The reader holds no media itself: it leaves in the input what is not a whole tag yet, so that the input
/// never needs to be larger than `max_tag_bytes` and 30 bytes of framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest tag body in bytes. Default 16,777,215, the most that its 24 bits can say.
    /// A longer one is thrown away as it arrives and counted; it is an error with [`Recovery::Fail`].
    pub max_tag_bytes: u32,
    /// Longest file header (its DataOffset) in bytes, of which all but 9 are thrown away. Default 65,536.
    /// A longer one is an error.
    pub max_header_bytes: u32,
    /// Most bytes in a row that are skipped in search of the next tag. Default 16 MiB. More is an error.
    pub max_resync_bytes: u64,
    /// Longest body that is believed of the first tag behind garbage, since the whole tag is awaited before
    /// it is believed. Default 4 MiB. A longer one is skipped as garbage.
    pub max_resync_tag_bytes: u32,
}

impl Limits {
    /// The documented defaults, in a constant.
    pub const DEFAULT: Self = Self {
        max_tag_bytes: 0x00ff_ffff,
        max_header_bytes: 64 << 10,
        max_resync_bytes: 16 << 20,
        max_resync_tag_bytes: 4 << 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Where in a file the stream begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamStart {
    /// At the file header; anything else is an error, so that what is not FLV is noticed at once.
    #[default]
    FileHeader,
    /// At a file header, or anywhere else: then the first tag that can be made out is searched.
    Anywhere,
}

/// What is done where the framing is wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovery {
    /// Read on where the next tag can be made out, and count what was wrong (see [`Diagnostics`]).
    #[default]
    Resync,
    /// An error at the first byte that is not as it should be.
    Fail,
}

/// How a [`Reader`](super::Reader) reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderConfig {
    /// Where in a file the stream begins. By default at the file header.
    pub start: StreamStart,
    /// What is done where the framing is wrong. By default it is read over.
    pub recovery: Recovery,
    /// Gives encrypted tags (the filter bit, Annex F) like any other; [`Reader::tag_header`](super::Reader::tag_header)
    /// tells them apart. By default they are left out and counted, since nothing here can decrypt them and their
    /// bodies read as media would be noise.
    pub keep_encrypted: bool,
    /// What may be spent.
    pub limits: Limits,
}

impl ReaderConfig {
    /// With a stream that begins there.
    #[must_use]
    pub const fn with_start(mut self, start: StreamStart) -> Self {
        self.start = start;
        self
    }

    /// With this done where the framing is wrong.
    #[must_use]
    pub const fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = recovery;
        self
    }

    /// With these limits.
    #[must_use]
    pub const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With encrypted tags given like any other.
    #[must_use]
    pub const fn keeping_encrypted(mut self) -> Self {
        self.keep_encrypted = true;
        self
    }
}

/// What was wrong so far, and read over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostics {
    /// How often the framing was lost, and the next tag searched.
    pub resyncs: u64,
    /// How many bytes of garbage were skipped so far.
    pub skipped_bytes: u64,
    /// Where framing was lost last, from the start of the stream.
    pub last_resync_offset: Option<u64>,
    /// PreviousTagSize fields that were neither right nor zero.
    pub wrong_previous_tag_sizes: u64,
    /// PreviousTagSize fields that were zero behind a tag.
    pub zero_previous_tag_sizes: u64,
    /// PreviousTagSize fields that were not there at all.
    pub missing_previous_tag_sizes: u64,
    /// Tags of a type other than audio, video and script, left out.
    pub unknown_tags: u64,
    /// Tags longer than [`Limits::max_tag_bytes`], left out.
    pub oversized_tags: u64,
    /// Encrypted tags that were left out.
    pub encrypted_tags: u64,
    /// Tags whose stream id is not zero, given like any other.
    pub nonzero_stream_ids: u64,
    /// File headers behind the first: files that were put one behind the other.
    pub repeated_headers: u64,
    /// File headers whose DataOffset is below 9, read as 9.
    pub short_data_offsets: u64,
}

impl Diagnostics {
    pub(super) const NONE: Self = Self {
        resyncs: 0,
        skipped_bytes: 0,
        last_resync_offset: None,
        wrong_previous_tag_sizes: 0,
        zero_previous_tag_sizes: 0,
        missing_previous_tag_sizes: 0,
        unknown_tags: 0,
        oversized_tags: 0,
        encrypted_tags: 0,
        nonzero_stream_ids: 0,
        repeated_headers: 0,
        short_data_offsets: 0,
    };

    /// True when nothing was wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        *self == Self::NONE
    }
}
