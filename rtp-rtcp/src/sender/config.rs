use std::num::NonZeroU32;
use std::string::String;
use std::time::Duration;

use bytes::Bytes;
use castline_core::ClockAnchor;

use crate::{MinimumInterval, ParseError, PayloadType, SequenceNumber, Ssrc, rtcp::PacketType};

/// What a [`Sender`](super::Sender) is told at the start.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SenderConfig {
    /// The payload type of the stream.
    pub payload_type: PayloadType,
    /// RTP timestamp ticks per second, as `a=rtpmap` tells it.
    pub clock_rate: NonZeroU32,
    /// The canonical name, at most 255 bytes: the same for all streams of one presentation, so that
    /// players synchronise them (RFC 3550 section 6.5.1; RFC 7022 says how to choose one).
    pub cname: String,
    /// Ties instants to wall-clock time; one for all streams of a presentation.
    pub clock: ClockAnchor,
    /// The bandwidth of the session, of which RTCP may use 5 %. 1 Mbit/s by default.
    pub bandwidth_bits_per_second: u32,
    /// The shortest time between reports.
    pub minimum_interval: MinimumInterval,
    /// Random from the seed unless set here.
    pub ssrc: Option<Ssrc>,
    /// Random from the seed unless set here.
    pub first_sequence_number: Option<SequenceNumber>,
    /// The RTP timestamp of media tick 0; random from the seed unless set here.
    pub timestamp_offset: Option<u32>,
    /// What peers can make it keep.
    pub limits: SenderLimits,
}

impl SenderConfig {
    /// A config with the defaults.
    #[must_use]
    pub fn new(
        payload_type: PayloadType,
        clock_rate: NonZeroU32,
        cname: impl Into<String>,
        clock: ClockAnchor,
    ) -> Self {
        Self {
            payload_type,
            clock_rate,
            cname: cname.into(),
            clock,
            bandwidth_bits_per_second: 1_000_000,
            minimum_interval: MinimumInterval::default(),
            ssrc: None,
            first_sequence_number: None,
            timestamp_offset: None,
            limits: SenderLimits::default(),
        }
    }
}

/// What the receivers can make a sender keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SenderLimits {
    /// Receivers remembered (1,024). Reports of further ones are still heard; they do not count as members,
    /// and their CNAMEs are not told.
    pub receivers: usize,
    /// Events that wait to be polled (64). At the limit the oldest is dropped and counted.
    pub events: usize,
    /// Bytes of a packet of another kind kept for [`SenderEvent::Other`] (1,500). A longer one is dropped
    /// and counted.
    pub other_packet_bytes: usize,
}

impl Default for SenderLimits {
    fn default() -> Self {
        Self {
            receivers: 1_024,
            events: 64,
            other_packet_bytes: 1_500,
        }
    }
}

/// How RTP timestamps go on when the media position jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Continuity {
    /// As if nothing had happened: the new position continues the line of wall-clock time, and never goes
    /// back. RFC 2326 appendix B and RFC 7826 appendix C ask for this, since a receiver's jitter buffer
    /// knows nothing of positions.
    Continuous,
    /// Every media position keeps the timestamp it had at the first PLAY, so timestamps jump with the
    /// position, back as well as forth. For receivers that compute positions from timestamps without
    /// reading RTP-Info.
    Jump,
}

/// What one receiver says of the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceptionReport {
    /// Who says it.
    pub receiver: Ssrc,
    /// Lost since the report before, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative when duplicates outnumber losses.
    pub cumulative_lost: i32,
    /// Cycles in the upper half, the highest sequence number received in the lower.
    pub extended_highest_sequence: u32,
    /// Interarrival jitter in ticks of the stream's clock rate.
    pub jitter: u32,
    /// The same as time.
    pub jitter_time: Duration,
    /// From here to the receiver and back, when the receiver has had an SR.
    pub round_trip: Option<Duration>,
}

/// What the receivers tell.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SenderEvent {
    /// How the stream arrives.
    Report(ReceptionReport),
    /// A receiver's canonical name, when it is new or changes.
    Description {
        /// Whose.
        ssrc: Ssrc,
        /// The name, at most 255 bytes, by the standard UTF-8.
        cname: Bytes,
    },
    /// A receiver leaves.
    Goodbye {
        /// Who.
        ssrc: Ssrc,
        /// Why, at most 255 bytes, by the standard UTF-8.
        reason: Option<Bytes>,
    },
    /// APP, feedback, XR and unknown packets.
    Other {
        /// Which.
        packet_type: PacketType,
        /// The packet without padding; [`RtcpPacket::parse`](crate::rtcp::RtcpPacket::parse) reads it.
        packet: Bytes,
    },
    /// A peer sends with our SSRC (RFC 3550 section 8.2): a collision, or our own packets looped back.
    /// Nothing is changed; a server may end the stream with BYE and set it up anew.
    SsrcCollision,
    /// A datagram or packet that is malformed, and was skipped.
    Rejected(ParseError),
}

/// What a sender has sent and heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SenderStats {
    /// RTP packets sent.
    pub packets: u64,
    /// Payload bytes sent in them.
    pub octets: u64,
    /// RTCP datagrams sent.
    pub reports_sent: u64,
    /// RTCP datagrams heard.
    pub datagrams_heard: u64,
    /// Malformed datagrams and packets among them.
    pub rejected: u64,
    /// Events lost because nobody polled, and packets too long to be kept.
    pub dropped_events: u64,
    /// Receivers known now.
    pub receivers: usize,
    /// The last report heard.
    pub last_report: Option<ReceptionReport>,
}
