//! How much a peer may make the decoder hold, and how forgiving it is.

/// The bounds of one [`Decoder`](crate::Decoder) or one borrowed parse.
///
/// Every field is finite by default. A limit is checked before the bytes it bounds are kept, so the most
/// memory a peer can tie up in one direction of one connection is `max_head_bytes` plus the larger of
/// `max_body_bytes` and `max_interleaved_bytes + 4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest line of a head in bytes, without its line end. Default 8192.
    /// A longer request line is answered 414, a longer header line 431; the connection goes on.
    pub max_line_bytes: usize,
    /// Longest head (start line, headers and the empty line) in bytes. Default 32768, at most `u32::MAX`.
    /// A longer head loses the framing: fatal, 431.
    pub max_head_bytes: usize,
    /// Most header lines of one head. Default 128. One more is answered 431; the connection goes on.
    pub max_headers: usize,
    /// Longest message body in bytes. Default 1 MiB. A longer one is answered 413 and thrown away as it arrives.
    pub max_body_bytes: usize,
    /// Longest body that is thrown away after a 413 in bytes. Default 16 MiB. A longer one is fatal.
    pub max_discarded_body_bytes: u64,
    /// Longest interleaved payload in bytes. Default 65535, the most its 16-bit length can say.
    /// A longer one is reported and thrown away; the connection goes on.
    pub max_interleaved_bytes: usize,
    /// Most bytes between two units that are skipped in search of the next one. Default 65536, more is fatal.
    /// Without effect in [`Tolerance::Strict`], where the first such byte is fatal.
    pub max_garbage_bytes: u64,
}

impl Limits {
    /// The documented defaults, in a constant.
    pub const DEFAULT: Self = Self {
        max_line_bytes: 8 * 1024,
        max_head_bytes: 32 * 1024,
        max_headers: 128,
        max_body_bytes: 1024 * 1024,
        max_discarded_body_bytes: 16 * 1024 * 1024,
        max_interleaved_bytes: 65_535,
        max_garbage_bytes: 64 * 1024,
    };

    /// The head limit that is in force: spans into a head are 32 bits wide.
    pub(crate) fn head_bytes(&self) -> usize {
        self.max_head_bytes.min(u32::MAX as usize)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// What the decoder does with input that the RFCs do not allow but that deployed devices send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tolerance {
    /// Read what can only be meant one way. This is the default. Accepted on top of the grammar:
    /// bare LF as line end, spaces before the colon of a header, several spaces in a start line,
    /// unescaped spaces inside a request URI, a lower-case `rtsp/1.0`, and garbage between units, which is
    /// skipped up to the next `$`, `RTSP/` or known method and reported as
    /// [`Incoming::Skipped`](crate::Incoming::Skipped).
    #[default]
    Lenient,
    /// Refuse all of these: 400 inside a head that was delimited, fatal between units.
    Strict,
}

impl Tolerance {
    pub(crate) fn is_strict(self) -> bool {
        self == Self::Strict
    }
}
