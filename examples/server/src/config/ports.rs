//! A range of UDP ports.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A range of UDP ports, both ends included, written `30000-39999`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct PortSpan {
    pub(crate) first: u16,
    pub(crate) last: u16,
}

impl FromStr for PortSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not a range of ports: write it like 30000-39999, with room for a pair"
            )
        };
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let (first, last) = (
            first.trim().parse().map_err(|_| wrong())?,
            last.trim().parse().map_err(|_| wrong())?,
        );
        let even: u16 = u16::checked_next_multiple_of(first, 2).ok_or_else(wrong)?;
        if first == 0 || even >= last {
            return Err(wrong());
        }
        Ok(Self { first, last })
    }
}

impl TryFrom<String> for PortSpan {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PortSpan> for String {
    fn from(span: PortSpan) -> Self {
        span.to_string()
    }
}

impl fmt::Display for PortSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}
