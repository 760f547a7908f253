//! Requests: what the application asks for, and what is remembered until the answer.

use std::time::Instant;

use crate::headers::{CSeq, Range};
use crate::{Method, Request};

/// What SETUP asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetupRequest {
    /// The track's URI: [`join_control`](crate::join_control) of the description's base and the `control` attribute.
    pub uri: String,
    /// Your own number for the track, by which it is called from now on.
    pub track: u32,
    /// How its packets are to travel.
    pub transport: WantedTransport,
}

/// How packets are to travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WantedTransport {
    /// On this connection, on the next free channels.
    Interleaved,
    /// UDP to these ports of ours.
    #[non_exhaustive]
    Udp {
        /// Where RTP is received.
        rtp_port: u16,
        /// Where RTCP is received.
        rtcp_port: u16,
    },
}

impl SetupRequest {
    /// A track on this connection.
    #[must_use]
    pub fn interleaved(track: u32, uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            track,
            transport: WantedTransport::Interleaved,
        }
    }

    /// A track over UDP, to an even port and the next odd one.
    #[must_use]
    pub fn udp(track: u32, uri: impl Into<String>, rtp_port: u16, rtcp_port: u16) -> Self {
        Self {
            uri: uri.into(),
            track,
            transport: WantedTransport::Udp {
                rtp_port,
                rtcp_port,
            },
        }
    }
}

/// What PLAY asks for.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PlayRequest {
    /// From where to where; `None` to go on where it paused.
    pub range: Option<Range>,
    /// Frames of media time per frame of time.
    pub scale: Option<f64>,
    /// Times the normal bit rate.
    pub speed: Option<f64>,
    /// One track instead of all of them, by its number.
    pub track: Option<u32>,
}

impl PlayRequest {
    /// To go on.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// From where to where: a seek, when it is playing already.
    #[must_use]
    pub fn with_range(self, range: Range) -> Self {
        Self {
            range: Some(range),
            ..self
        }
    }

    /// Faster, slower or backwards.
    #[must_use]
    pub fn with_scale(self, scale: f64) -> Self {
        Self {
            scale: Some(scale),
            ..self
        }
    }

    /// Delivered faster or slower than it is played.
    #[must_use]
    pub fn with_speed(self, speed: f64) -> Self {
        Self {
            speed: Some(speed),
            ..self
        }
    }

    /// One track alone.
    #[must_use]
    pub fn with_track(self, track: u32) -> Self {
        Self {
            track: Some(track),
            ..self
        }
    }
}

/// A request whose answer is to come.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) cseq: CSeq,
    pub(super) method: Method,
    pub(super) uri: String,
    pub(super) kind: CallKind,
    /// Not sent yet; Session is added when it goes.
    pub(super) request: Option<Request>,
    /// When its answer is too late. Verbs are not told the time, so it counts from the next `handle_*` on.
    pub(super) deadline: Option<Instant>,
}

#[derive(Debug)]
pub(super) enum CallKind {
    Options,
    Describe,
    Setup(SetupCall),
    Play,
    Pause,
    Teardown,
    Parameters,
    KeepAlive,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct SetupCall {
    pub(super) track: u32,
    pub(super) wanted: WantedTransport,
    /// The channels that were asked for.
    pub(super) channels: (u8, u8),
}

impl Call {
    pub(super) fn is_sent(&self) -> bool {
        self.request.is_none()
    }

    /// True when it cannot go out before the session has a name.
    pub(super) fn needs_session(&self) -> bool {
        !matches!(self.kind, CallKind::Options | CallKind::Describe)
    }

    pub(super) fn setup(&self) -> Option<&SetupCall> {
        if let CallKind::Setup(setup) = &self.kind {
            Some(setup)
        } else {
            None
        }
    }

    pub(super) fn is_keep_alive(&self) -> bool {
        matches!(self.kind, CallKind::KeepAlive)
    }
}
