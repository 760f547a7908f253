//! What the application answers.

use bytes::Bytes;

use super::TransportOffer;
use crate::headers::{AcceptRanges, MediaProperties, MediaRange, Range, RtpInfo, SeekStyle};

/// The answer to DESCRIBE.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// The session description.
    pub sdp: Bytes,
    /// What relative `control` attributes are appended to. `None`: the request URI with a slash at its end.
    pub content_base: Option<String>,
}

impl Description {
    /// A description.
    #[must_use]
    pub fn new(sdp: impl Into<Bytes>) -> Self {
        Self {
            sdp: sdp.into(),
            content_base: None,
        }
    }

    /// With another base.
    #[must_use]
    pub fn with_content_base(self, content_base: impl Into<String>) -> Self {
        Self {
            content_base: Some(content_base.into()),
            ..self
        }
    }
}

/// The answer to SETUP.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SetupReply {
    /// Your own number for the track, by which it is called from now on; for one that is set up already, the one
    /// that the event says.
    pub track: u32,
    /// The one of the offers that is taken.
    pub offer: TransportOffer,
    /// Our own ports for RTP and RTCP. UDP needs them; they mean nothing to interleaved transports.
    pub server_ports: Option<(u16, u16)>,
    /// The source of our RTP.
    pub ssrc: Option<u32>,
    /// The URI of the whole presentation. `None`: that of the track without its last segment.
    pub presentation: Option<String>,
    /// The units of time that PLAY may use. `None`: `npt` in 2.0, which must have one, and nothing in 1.0.
    pub accept_ranges: Option<AcceptRanges>,
    /// What can be done with the media (2.0 only). `None`: that nothing can be sought; a file says `RandomAccess`.
    pub media_properties: Option<MediaProperties>,
    /// How much of it there is (2.0 only).
    pub media_range: Option<MediaRange>,
}

impl SetupReply {
    /// Takes an offer for the track of this number.
    #[must_use]
    pub fn new(track: u32, offer: TransportOffer) -> Self {
        Self {
            track,
            offer,
            server_ports: None,
            ssrc: None,
            presentation: None,
            accept_ranges: None,
            media_properties: None,
            media_range: None,
        }
    }

    /// With our own ports for RTP and RTCP.
    #[must_use]
    pub fn with_server_ports(self, rtp: u16, rtcp: u16) -> Self {
        Self {
            server_ports: Some((rtp, rtcp)),
            ..self
        }
    }

    /// With the source of our RTP.
    #[must_use]
    pub fn with_ssrc(self, ssrc: u32) -> Self {
        Self {
            ssrc: Some(ssrc),
            ..self
        }
    }
}

/// The answer to PLAY.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PlayReply {
    /// What will really be played. 2.0 must have one: `npt=now-` goes out where there is none.
    pub range: Option<Range>,
    /// The first sequence number and timestamp of each track.
    pub rtp_info: Option<RtpInfo>,
    /// The scale that is played, where one was asked for.
    pub scale: Option<f64>,
    /// The speed that is played, where one was asked for.
    pub speed: Option<f64>,
    /// How the start was chosen (2.0).
    pub seek_style: Option<SeekStyle>,
}

impl PlayReply {
    /// An answer with nothing but "yes".
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With the range that will be played.
    #[must_use]
    pub fn with_range(self, range: Range) -> Self {
        Self {
            range: Some(range),
            ..self
        }
    }

    /// With the first sequence numbers and timestamps.
    #[must_use]
    pub fn with_rtp_info(self, rtp_info: RtpInfo) -> Self {
        Self {
            rtp_info: Some(rtp_info),
            ..self
        }
    }

    /// With the scale that is played.
    #[must_use]
    pub fn with_scale(self, scale: f64) -> Self {
        Self {
            scale: Some(scale),
            ..self
        }
    }

    /// With the speed that is played.
    #[must_use]
    pub fn with_speed(self, speed: f64) -> Self {
        Self {
            speed: Some(speed),
            ..self
        }
    }
}
