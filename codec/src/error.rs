use castline_core::EndOfInput;

/// What is wrong with the bytes of a bitstream, and where.
///
/// Offsets count from the start of the slice that was given to the failing call. Inside a NAL unit,
/// which hides emulation-prevention bytes, they may be off by the few bytes read ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// The structure says that more must follow, but the input ends.
    #[error("input ends at byte {offset}, {needed} more needed")]
    Truncated {
        /// Where the failing read began.
        offset: usize,
        /// How many bytes it wanted from there, at least.
        needed: usize,
    },
    /// A value that the format does not allow.
    #[error("expected {expected} at byte {offset}")]
    Unexpected {
        /// Where the value lies.
        offset: usize,
        /// What would have been right.
        expected: &'static str,
    },
    /// More of something than this crate keeps (see the limits in the crate's documentation).
    #[error("more than {limit} {what} at byte {offset}")]
    LimitExceeded {
        /// Where the limit was met.
        offset: usize,
        /// What is counted.
        what: &'static str,
        /// How many are allowed.
        limit: usize,
    },
}

impl ParseError {
    pub(crate) const fn unexpected(offset: usize, expected: &'static str) -> Self {
        Self::Unexpected { offset, expected }
    }

    /// The byte offset that the error points at.
    #[must_use]
    pub const fn offset(&self) -> usize {
        match self {
            Self::Truncated { offset, .. }
            | Self::Unexpected { offset, .. }
            | Self::LimitExceeded { offset, .. } => *offset,
        }
    }
}

impl From<EndOfInput> for ParseError {
    fn from(end: EndOfInput) -> Self {
        Self::Truncated {
            offset: end.offset,
            needed: end.needed,
        }
    }
}
