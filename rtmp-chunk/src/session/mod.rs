//! What the server's and the client's session machines have in common.

mod enhanced;
mod error;
mod events;
mod handshake;
mod limits;
mod media;
mod output;
mod stream_id;
mod wire;

use std::time::{Duration, Instant};

pub use enhanced::all_codecs;
pub use error::{ConnectionError, Phase, SendError};
pub use handshake::Handshaken;
pub use limits::{Acknowledgements, Limits};
pub use media::share;
pub use stream_id::StreamId;

pub(crate) use events::Events;
pub(crate) use handshake::Beginning;
pub(crate) use media::{Media, metadata_prefix, outgoing, split};
pub(crate) use output::Output;
pub(crate) use wire::{Heard, StreamEvent, Wire, WireOptions};

/// The chunk streams of this crate's machines; any others would do, but identical ones make identical bytes.
pub(crate) mod chunk_stream {
    /// Commands of the connection.
    pub(crate) const COMMAND: u32 = 3;
    /// Sound.
    pub(crate) const AUDIO: u32 = 4;
    /// Commands and data of a stream.
    pub(crate) const DATA: u32 = 5;
    /// Pictures.
    pub(crate) const VIDEO: u32 = 6;
}

/// `now` and a span that may come from a configuration of any size.
pub(crate) fn after(now: Instant, span: Duration) -> Instant {
    // A span that no clock holds is for ever: a century will do.
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    now.checked_add(span)
        .or_else(|| now.checked_add(CENTURY))
        .unwrap_or(now)
}
