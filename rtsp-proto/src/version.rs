//! The protocol version.

use core::fmt;

/// The version in a start line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a third version would be another protocol"
)]
pub enum Version {
    /// RTSP/1.0, RFC 2326.
    #[default]
    V1_0,
    /// RTSP/2.0, RFC 7826.
    V2_0,
}

impl Version {
    /// The version as it stands in a start line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "RTSP/1.0",
            Self::V2_0 => "RTSP/2.0",
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
