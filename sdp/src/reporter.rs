use alloc::vec::Vec;

use crate::{Deviation, Diagnostic, ParseError};

/// Where a parser says what it met: strict mode turns the first deviation into an error, lenient
/// mode notes it and goes on. One parser serves both, so the two cannot drift apart.
#[derive(Debug)]
pub struct Reporter {
    strict: bool,
    /// Address of the text that offsets are counted from; never read through.
    base: usize,
    pub(crate) line: u32,
    room: usize,
    found: Vec<Diagnostic>,
}

impl Reporter {
    /// Deviations are errors.
    #[must_use]
    pub fn strict(text: &str) -> Self {
        Self {
            strict: true,
            ..Self::collecting(text, 0)
        }
    }

    /// Deviations are read as [`Deviation::read_as`] says, and forgotten.
    #[must_use]
    pub fn lenient(text: &str) -> Self {
        Self::collecting(text, 0)
    }

    /// Deviations are read as [`Deviation::read_as`] says, and the first `maximum` kept.
    #[must_use]
    pub fn collecting(text: &str, maximum: usize) -> Self {
        Self {
            strict: false,
            base: text.as_ptr() as usize,
            line: 0,
            room: maximum,
            found: Vec::new(),
        }
    }

    /// Notes a deviation; `at` is the part of the text that it concerns.
    ///
    /// # Errors
    /// In strict mode, always.
    #[cold]
    pub fn deviation(&mut self, at: &str, deviation: Deviation) -> Result<(), ParseError> {
        let line = self.line;
        if self.strict {
            return Err(ParseError::Deviation {
                line,
                offset: self.offset_of(at),
                deviation,
            });
        }
        if self.found.len() < self.room {
            self.found.push(Diagnostic {
                line,
                what: deviation,
            });
        }
        Ok(())
    }

    /// The error for a value that cannot be read in any mode.
    #[cold]
    #[must_use]
    pub fn expected(&self, at: &str, expected: &'static str) -> ParseError {
        ParseError::Expected {
            line: self.line,
            offset: self.offset_of(at),
            expected,
        }
    }

    /// What was noted so far, in the order of the text.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.found
    }

    pub(crate) fn is_strict(&self) -> bool {
        self.strict
    }

    /// Position of `part`, a slice of the text given at the start, in bytes.
    pub(crate) fn offset_of(&self, part: &str) -> usize {
        (part.as_ptr() as usize).saturating_sub(self.base)
    }
}
