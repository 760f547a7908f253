//! What the application hears from a client session machine.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::headers::{CSeq, Range, RtpInfo};
use crate::{ChannelKind, Method, ParseError, Request, Response, StatusCode};

/// What the server did. Each answer says by `cseq` which request it answers.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ClientEvent {
    /// OPTIONS was answered.
    #[non_exhaustive]
    Options {
        /// The request's.
        cseq: CSeq,
        /// What the server can do.
        methods: Vec<Method>,
    },
    /// DESCRIBE was answered.
    #[non_exhaustive]
    Described {
        /// The request's.
        cseq: CSeq,
        /// The description, as it came.
        sdp: Bytes,
        /// What its `control` attributes are appended to, by [`join_control`](crate::join_control).
        base: String,
    },
    /// SETUP was answered.
    #[non_exhaustive]
    SetUp {
        /// The request's.
        cseq: CSeq,
        /// The application's number for the track.
        track: u32,
        /// How its packets travel.
        transport: AgreedTransport,
        /// The source that its packets will have, where the server told it. Many tell a wrong one.
        ssrc: Option<u32>,
        /// The session, empty where the server names none.
        session: String,
        /// How long the session lives without a sign of life; the machine gives these by itself.
        timeout: Duration,
    },
    /// PLAY was answered. Packets may have come before.
    #[non_exhaustive]
    Playing {
        /// The request's.
        cseq: CSeq,
        /// What is played.
        range: Option<Range>,
        /// Where each stream begins: a hint, as cameras make it up.
        rtp_info: Option<RtpInfo>,
        /// The scale that is played.
        scale: Option<f64>,
        /// The speed that is played.
        speed: Option<f64>,
    },
    /// PAUSE was answered.
    #[non_exhaustive]
    Paused {
        /// The request's.
        cseq: CSeq,
        /// Where.
        range: Option<Range>,
    },
    /// TEARDOWN was answered, with whatever status: the session is over.
    #[non_exhaustive]
    TornDown {
        /// The request's.
        cseq: CSeq,
    },
    /// GET_PARAMETER or SET_PARAMETER was answered.
    #[non_exhaustive]
    Parameters {
        /// The request's.
        cseq: CSeq,
        /// What the server says.
        body: Bytes,
    },
    /// A request was not granted.
    #[non_exhaustive]
    Failed {
        /// The request's.
        cseq: CSeq,
        /// The request's.
        method: Method,
        /// Why.
        failure: Failure,
    },
    /// What was asked for is elsewhere.
    #[non_exhaustive]
    Redirected {
        /// Of the request that was answered 3xx; `None` for a REDIRECT of the server.
        cseq: Option<CSeq>,
        /// Where.
        location: String,
    },
    /// An interleaved packet.
    #[non_exhaustive]
    Data {
        /// The application's number for the track.
        track: u32,
        /// RTP or RTCP.
        kind: ChannelKind,
        /// The packet: a slice of the read buffer.
        data: Bytes,
    },
    /// The server asked something, and the machine has answered.
    #[non_exhaustive]
    ServerRequest {
        /// As it came.
        request: Request,
        /// What was answered.
        status: StatusCode,
    },
    /// The server ended the session, or knows it no more.
    SessionLost,
    /// There is room again after [`SendError::QueueFull`](crate::SendError::QueueFull).
    Writable,
}

/// Why a request was not granted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// The server says no; its answer may ask for credentials.
    Refused(Response),
    /// It was never sent: the SETUP before it failed, so that there is no session.
    NoSession,
    /// The server agreed on a transport that was not asked for.
    OtherTransport,
    /// The answer could not be read.
    Unreadable(ParseError),
}

impl Failure {
    /// The status, where the server sent one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused(response) => Some(response.status()),
            Self::NoSession | Self::OtherTransport | Self::Unreadable(_) => None,
        }
    }
}

/// How the packets of a track travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AgreedTransport {
    /// On this connection.
    Interleaved {
        /// The channel of RTP.
        rtp: u8,
        /// The channel of RTCP.
        rtcp: u8,
    },
    /// UDP to our own ports.
    Udp {
        /// The server's ports for RTP and RTCP, where it told them.
        server_ports: Option<(u16, u16)>,
        /// Where RTP comes from, where it is not the server's own address.
        source: Option<IpAddr>,
    },
}
