use super::{DEFAULT_CHUNK_SIZE, MAX_CHUNK_SIZE, MAX_MESSAGE_BYTES};

/// What a [`ChunkReader`](super::ChunkReader) accepts. The defaults read what deployed peers send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderConfig {
    /// Whether type 3 chunks repeat the extended timestamp. Default [`ExtTimestamp::Auto`].
    pub ext_timestamp: ExtTimestamp,
    /// What a header of type 0, 1 or 2 in the middle of a message means. Default [`Interrupted::Discard`].
    pub interrupted: Interrupted,
    /// How wide the peer's clock is. Default [`TimestampBits::ThirtyTwo`].
    pub timestamp_bits: TimestampBits,
    /// Whether the first header on a chunk stream may be of type 1, as librtmp's ping is. It then belongs to
    /// message stream 0 and its delta counts from 0. Default true.
    pub accept_fresh_type_1: bool,
    /// Whether a message whose header is of type 3 right after one of type 0 takes that one's timestamp as its
    /// delta, as §5.3.1.2.4 says (true, the default), or has the same timestamp, as nginx-rtmp means it.
    pub type_0_sets_delta: bool,
    /// The chunk size in force at first, in bytes. Default 128.
    pub chunk_size: u32,
    /// A message in one chunk of at most so many bytes is waited for in the input, so that it can be sliced off
    /// uncopied; a longer one is taken over as it arrives unless it is there already. An input buffer of this and
    /// 18 bytes always suffices. Default 64 KiB.
    pub whole_chunk_bytes: u32,
    /// How much a peer may make the reader hold.
    pub limits: Limits,
}

impl Default for ReaderConfig {
    fn default() -> Self {
        Self {
            ext_timestamp: ExtTimestamp::Auto,
            interrupted: Interrupted::Discard,
            timestamp_bits: TimestampBits::ThirtyTwo,
            accept_fresh_type_1: true,
            type_0_sets_delta: true,
            chunk_size: DEFAULT_CHUNK_SIZE,
            whole_chunk_bytes: 64 * 1024,
            limits: Limits::DEFAULT,
        }
    }
}

impl ReaderConfig {
    pub(super) fn first_chunk_size(&self) -> u32 {
        self.chunk_size.clamp(1, MAX_CHUNK_SIZE)
    }
}

/// Whether type 3 chunks repeat the extended timestamp of their chunk stream (RTMP 1.0 §5.3.1.3).
///
/// The specification and Flash do, old librtmp and some encoders do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtTimestamp {
    /// Look, and wait for the bytes if need be: in the chunks that continue a message it is there when the four bytes are the value of the message's
    /// header or the message's time, in 31 bits. At the start of a message it is there, unless this peer was last
    /// seen to leave it out and the four bytes are another value.
    #[default]
    Auto,
    /// It is there.
    Always,
    /// It is not there.
    Never,
}

/// What a header of type 0, 1 or 2 in the middle of a message means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Interrupted {
    /// A new message begins, and the unfinished one is dropped.
    #[default]
    Discard,
    /// The peer is broken: an error.
    Reject,
}

/// How wide the peer's clock is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimestampBits {
    /// Times wrap at 2^32, as §5.3.1.2.1 has it.
    #[default]
    ThirtyTwo,
    /// Times wrap at 2^31 and the top bit is noise, as in Flash's signed arithmetic.
    ThirtyOne,
}

impl TimestampBits {
    pub(super) const fn mask(self) -> u32 {
        match self {
            Self::ThirtyTwo => u32::MAX,
            Self::ThirtyOne => 0x7FFF_FFFF,
        }
    }
}

/// The bounds of one [`ChunkReader`](super::ChunkReader). What goes beyond one is a
/// [`ParseErrorKind::Limit`](crate::ParseErrorKind::Limit), and the connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest message in bytes, by the length that its header declares. Default 0xFFFFFF, the most that the
    /// length field can say.
    pub max_message_bytes: u32,
    /// The most chunk streams that a connection may use. Default 256.
    pub max_chunk_streams: usize,
    /// The most bytes that have arrived of all messages of a connection that are not complete. Default 32 MiB.
    /// The memory for them is at most twice that and 16 KiB per chunk stream; it is taken as they arrive, never for
    /// what a header declares.
    pub max_bytes_in_flight: usize,
}

impl Limits {
    /// The documented defaults, in a constant.
    pub const DEFAULT: Self = Self {
        max_message_bytes: MAX_MESSAGE_BYTES,
        max_chunk_streams: 256,
        max_bytes_in_flight: 32 * 1024 * 1024,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
