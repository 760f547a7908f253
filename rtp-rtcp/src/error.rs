use castline_core::EndOfInput;

/// The bytes are not what the format says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// A datagram, packet or item ends before what it promises.
    #[error("byte {offset}: ends where {needed} bytes of {expected} belong")]
    Truncated {
        /// Where the missing thing begins, from the start of the parsed input.
        offset: usize,
        /// How long it should be.
        needed: usize,
        /// What it is.
        expected: &'static str,
    },
    /// A value that the format does not allow.
    #[error("byte {offset}: expected {expected}")]
    Unexpected {
        /// Where it stands, from the start of the parsed input.
        offset: usize,
        /// What belongs there.
        expected: &'static str,
    },
}

impl ParseError {
    /// `needed` bytes of `expected` do not fit at `offset`.
    #[cold]
    pub(crate) const fn truncated(offset: usize, needed: usize, expected: &'static str) -> Self {
        Self::Truncated {
            offset,
            needed,
            expected,
        }
    }

    /// Something else than `expected` stands at `offset`.
    #[cold]
    pub(crate) const fn unexpected(offset: usize, expected: &'static str) -> Self {
        Self::Unexpected { offset, expected }
    }

    /// The offset that the error speaks of, from the start of the parsed input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        match self {
            Self::Truncated { offset, .. } | Self::Unexpected { offset, .. } => *offset,
        }
    }
}

impl From<EndOfInput> for ParseError {
    fn from(end: EndOfInput) -> Self {
        Self::truncated(end.offset, end.needed, "input")
    }
}

/// What you asked for cannot be sent; nothing was written and nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// More of something than the wire can count.
    #[error("{what}: {actual} do not fit, at most {maximum} do")]
    TooMany {
        /// What there is too much of, with its unit.
        what: &'static str,
        /// How many or how long.
        actual: usize,
        /// The most that fits.
        maximum: usize,
    },
    /// A value that the wire cannot carry there.
    #[error("expected {expected}")]
    Unencodable {
        /// What would be right.
        expected: &'static str,
    },
}

impl SendError {
    /// Checks `actual` against `maximum`.
    pub(crate) const fn check(
        what: &'static str,
        actual: usize,
        maximum: usize,
    ) -> Result<(), Self> {
        if actual > maximum {
            return Err(Self::TooMany {
                what,
                actual,
                maximum,
            });
        }
        Ok(())
    }
}
