//! What the server's and the client's session machines have in common.

mod error;
mod output;
mod path;
mod time;

pub use error::{ConnectionError, SendError};

pub(crate) use output::Output;
pub(crate) use path::{parent, path_of, presentation_of};
pub(crate) use time::after;

/// Which of the two packet flows of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "RTP has these two flows")]
pub enum ChannelKind {
    /// Media packets.
    Rtp,
    /// Reports.
    Rtcp,
}
