use crate::Deviation;

/// Why a description, a line or an attribute value could not be read.
///
/// Offsets count bytes from the start of what was given to the call that failed: the whole
/// description for [`SessionDescription::parse`](crate::SessionDescription::parse), the value alone
/// for a typed attribute's own `parse`.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseError {
    /// One of the [`Limits`](crate::Limits) was reached; nothing was kept.
    #[error("line {line}: more {what} than the limit of {maximum}")]
    LimitExceeded {
        /// The line that went over (1-based), 0 for the description as a whole.
        line: u32,
        /// What there was too much of.
        what: &'static str,
        /// The limit in force.
        maximum: usize,
    },
    /// Strict mode met something RFC 8866 does not allow and lenient mode would have repaired.
    #[error("line {line}, byte {offset}: {}", .deviation.what())]
    Deviation {
        /// The line (1-based), 0 for the description as a whole.
        line: u32,
        /// Where, in bytes.
        offset: usize,
        /// What is wrong.
        deviation: Deviation,
    },
    /// A value that neither mode can read.
    #[error("line {line}, byte {offset}: expected {expected}")]
    Expected {
        /// The line (1-based), 0 when a value was parsed on its own.
        line: u32,
        /// Where, in bytes.
        offset: usize,
        /// What should have stood there.
        expected: &'static str,
    },
    /// Not one line has the form `<letter>=<value>`.
    #[error("no line of a session description found")]
    NotSdp,
}

/// Why a builder could not make a description.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A value holds CR, LF or NUL, which would begin a line of its own.
    #[error("the value of a {kind}= line holds a line break or a NUL byte")]
    LineBreak {
        /// The letter of the line.
        kind: char,
    },
    /// What was built is not valid under RFC 8866.
    #[error(transparent)]
    Invalid(#[from] ParseError),
}
