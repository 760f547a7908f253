use alloc::{format, string::String, vec::Vec};
use core::num::NonZeroU32;

use castline_codec::{Track, TrackId};

use super::{payload_type, rtp_clock_rate};
use crate::{
    PayloadType,
    payload::{Settings, packetizer},
};

/// Payload types that have no fixed meaning (RFC 3551 section 6).
const DYNAMIC: core::ops::RangeInclusive<u8> = 96..=127;

/// How a track is sent over RTP.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpTrack {
    /// The track.
    pub track: TrackId,
    /// The codec's static payload type, else a dynamic one of the track's own.
    pub payload_type: PayloadType,
    /// Ticks per second of the RTP timestamps.
    pub clock_rate: NonZeroU32,
    /// Its `a=control`: `trackID=` and the track's id.
    pub control: String,
}

/// Those of the tracks that have an RTP payload format, in their order, each with a payload type.
#[must_use]
pub fn rtp_tracks<'a>(tracks: impl IntoIterator<Item = &'a Track>) -> Vec<RtpTrack> {
    let sendable = tracks.into_iter().filter_map(|track| {
        let clock_rate = rtp_clock_rate(&track.codec)?;
        packetizer(&track.codec, &Settings::new(track.clock_rate)).ok()?;
        Some((track, clock_rate))
    });
    sendable
        // More than 32 tracks share payload types, which they may: each has a session of its own.
        .zip(DYNAMIC.cycle())
        .map(|((track, clock_rate), dynamic)| RtpTrack {
            track: track.id,
            payload_type: payload_type(&track.codec, PayloadType(dynamic)),
            clock_rate,
            control: format!("trackID={}", track.id.0),
        })
        .collect()
}
