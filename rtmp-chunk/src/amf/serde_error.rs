use alloc::{
    format,
    string::{String, ToString},
};
use core::fmt::Display;

use crate::ParseError;

/// Why AMF and a type do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerdeError {
    /// The bytes are no AMF, or beyond the limits.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// The value is not what the type wants, or cannot be written.
    #[error("{}{message}", if path.is_empty() { String::new() } else { format!("{path}: ") })]
    Mismatch {
        /// Where: the names of the members and the places of the items that lead there, with dots.
        path: String,
        /// What was there, and what was wanted.
        message: String,
    },
}

impl SerdeError {
    /// The same error of something that lies inside, under that name or at that place.
    #[must_use]
    pub(crate) fn inside(self, name: impl Display) -> Self {
        match self {
            Self::Parse(_) => self,
            Self::Mismatch { path, message } => Self::Mismatch {
                path: if path.is_empty() {
                    name.to_string()
                } else {
                    format!("{name}.{path}")
                },
                message,
            },
        }
    }

    pub(crate) fn mismatch(message: impl Display) -> Self {
        Self::Mismatch {
            path: String::new(),
            message: message.to_string(),
        }
    }
}

impl serde::de::Error for SerdeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::mismatch(message)
    }
}

impl serde::ser::Error for SerdeError {
    fn custom<T: Display>(message: T) -> Self {
        Self::mismatch(message)
    }
}

/// A number as an integer, where that loses nothing.
pub(crate) fn exact_integer(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation, reason = "looked at below")]
    let integer = number as i64;
    #[allow(clippy::cast_precision_loss, reason = "that is what is looked for")]
    let same = (integer as f64).to_bits() == number.to_bits();
    (same && (-EXACT..=EXACT).contains(&number)).then_some(integer)
}
