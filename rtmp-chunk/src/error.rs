use castline_core::EndOfInput;

/// What is wrong with bytes from a peer or a file, and where.
///
/// "Not all there yet" is never an error where more can come: that is `Ok(None)`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {offset}: {kind}")]
#[non_exhaustive]
pub struct ParseError {
    /// Where it stands, from the start of the parsed input (of the stream, for stream readers).
    pub offset: u64,
    /// What was wrong, and what would have been right.
    pub kind: ParseErrorKind,
}

/// What was wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The input ends before what it promises.
    #[error("the input ends, {needed} more bytes belong here")]
    Truncated {
        /// How many bytes are missing at least.
        needed: usize,
    },
    /// A value that the format does not allow.
    #[error("expected {0}")]
    Expected(&'static str),
    /// More of something than the limit in force allows; nothing was taken for it.
    #[error("{what} beyond the limit of {limit}")]
    Limit {
        /// What is counted: the limit's name in words.
        what: &'static str,
        /// The limit in force.
        limit: u64,
    },
}

#[allow(dead_code, reason = "the crate's modules share these")]
impl ParseError {
    #[cold]
    pub(crate) fn expected(offset: usize, expected: &'static str) -> Self {
        Self {
            offset: offset as u64,
            kind: ParseErrorKind::Expected(expected),
        }
    }

    #[cold]
    pub(crate) fn truncated(offset: usize, needed: usize) -> Self {
        Self {
            offset: offset as u64,
            kind: ParseErrorKind::Truncated { needed },
        }
    }

    #[cold]
    pub(crate) fn limit(offset: usize, what: &'static str, limit: usize) -> Self {
        Self {
            offset: offset as u64,
            kind: ParseErrorKind::Limit {
                what,
                limit: limit as u64,
            },
        }
    }

    /// The same error of a part that lies `start` bytes into something larger.
    #[must_use]
    pub(crate) fn moved(mut self, start: u64) -> Self {
        self.offset = self.offset.saturating_add(start);
        self
    }
}

impl From<EndOfInput> for ParseError {
    fn from(end: EndOfInput) -> Self {
        Self::truncated(end.offset, end.needed)
    }
}
