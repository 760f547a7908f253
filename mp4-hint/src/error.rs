//! What can be wrong with a file, and where.

use castline_core::EndOfInput;

use crate::FourCc;

/// The file's structure is not what ISO/IEC 14496-12 or QTFF say.
///
/// Offsets count from the start of the file.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A box, or the file, ends inside a field.
    #[error("at byte {offset}: the input ends, {needed} more bytes are needed")]
    EndOfInput {
        /// Where the read began.
        offset: u64,
        /// How many bytes it wanted from there.
        needed: u64,
    },
    /// A field holds what it may not.
    #[error("at byte {offset}: expected {expected}")]
    Malformed {
        /// Where the field, or the box that holds it, begins.
        offset: u64,
        /// What should have been there.
        expected: &'static str,
    },
    /// A box that must be there is not.
    #[error("at byte {offset}: no '{missing}' box in here")]
    Missing {
        /// Where the box that should hold it begins; the file's end for a box of the file itself.
        offset: u64,
        /// The box that was looked for.
        missing: FourCc,
    },
    /// Something is larger than the configuration allows.
    #[error("at byte {offset}: {what} is {value}, over the limit of {limit}")]
    OverLimit {
        /// Where it stands.
        offset: u64,
        /// What was measured.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The limit it exceeds.
        limit: u64,
    },
    /// A codec's configuration record is broken.
    #[error("at byte {offset}: codec configuration: {source}")]
    Codec {
        /// Where the record begins.
        offset: u64,
        /// What the codec's parser said; its offset counts from the record's start.
        source: castline_codec::ParseError,
    },
}

impl ParseError {
    pub(crate) const fn malformed(offset: usize, expected: &'static str) -> Self {
        Self::Malformed {
            offset: offset as u64,
            expected,
        }
    }

    /// The same error of a structure that lies at `base` of the file.
    pub(crate) fn based_at(mut self, base: u64) -> Self {
        let (Self::EndOfInput { offset, .. }
        | Self::Malformed { offset, .. }
        | Self::Missing { offset, .. }
        | Self::OverLimit { offset, .. }
        | Self::Codec { offset, .. }) = &mut self;
        *offset = offset.saturating_add(base);
        self
    }
}

impl From<EndOfInput> for ParseError {
    fn from(end: EndOfInput) -> Self {
        Self::EndOfInput {
            offset: end.offset as u64,
            needed: end.needed as u64,
        }
    }
}
