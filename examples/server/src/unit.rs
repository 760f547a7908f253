//! What flows to RTP players: frames that are cut into payloads already.

use std::time::Duration;

use castline_rtp_rtcp::payload::Payload;

/// One frame of one track as RTP payloads, made once for all viewers.
#[derive(Debug)]
pub(crate) struct Unit {
    /// The track, as an index into the source's tracks.
    pub(crate) track: usize,
    /// When it is sent: its decoding time on the source's time line.
    pub(crate) due: Duration,
    /// A viewer may begin here.
    pub(crate) keyframe: bool,
    /// Its payloads, in order; never none.
    pub(crate) payloads: Vec<Payload>,
}
