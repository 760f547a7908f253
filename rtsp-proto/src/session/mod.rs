//! What the server's and the client's session machines have in common.

mod error;
mod output;
mod path;

pub use error::{ConnectionError, SendError};

pub(crate) use output::Output;
pub(crate) use path::path_of;

/// Which of the two packet flows of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "RTP has these two flows")]
pub enum ChannelKind {
    /// Media packets.
    Rtp,
    /// Reports.
    Rtcp,
}
