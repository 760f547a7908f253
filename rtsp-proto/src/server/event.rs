//! What the application hears from a server session machine.

use std::net::SocketAddr;

use bytes::Bytes;
use smallvec::SmallVec;

use super::{RequestId, SessionId};
use crate::headers::Range;
use crate::{ChannelKind, Method, Request, Response, StatusCode};

/// What the peer did. Those with an `id` wait for an answer, and nothing further is read until it is given.
///
/// Every request event has the whole `request`, for headers that the machine does not read (User-Agent,
/// Authorization, Blocksize and the like). It is a slice of the read buffer: do not keep it for long.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ServerEvent {
    /// DESCRIBE: answer with [`describe`](super::ServerConnection::describe).
    #[non_exhaustive]
    Describe {
        /// For the answer.
        id: RequestId,
        /// What is to be described.
        uri: String,
        /// As it came.
        request: Request,
    },
    /// SETUP: answer with [`setup`](super::ServerConnection::setup).
    #[non_exhaustive]
    Setup {
        /// For the answer.
        id: RequestId,
        /// The session that the track joins; `None` for a new one.
        session: Option<SessionId>,
        /// The number of the track when it is set up already: its transport is to change.
        track: Option<u32>,
        /// The URI of the track, as its SDP section's `control` told it.
        uri: String,
        /// What can be served of the transports that the client asks for, in its order. Never empty.
        offers: SmallVec<[TransportOffer; 4]>,
        /// As it came.
        request: Request,
    },
    /// PLAY: answer with [`play`](super::ServerConnection::play). Also comes while playing: a seek.
    #[non_exhaustive]
    Play {
        /// For the answer.
        id: RequestId,
        /// The session.
        session: SessionId,
        /// All of its tracks, or one.
        scope: Scope,
        /// From where to where; `None` to go on, or from the start.
        range: Option<Range>,
        /// Frames of media time per frame of time; negative for backwards. Finite and not 0.
        scale: Option<f64>,
        /// Times the normal bit rate. Finite and positive; of a range (2.0) its lower end.
        speed: Option<f64>,
        /// As it came.
        request: Request,
    },
    /// PAUSE: answer with [`pause`](super::ServerConnection::pause). Also comes when nothing plays.
    #[non_exhaustive]
    Pause {
        /// For the answer.
        id: RequestId,
        /// The session.
        session: SessionId,
        /// All of its tracks, or one.
        scope: Scope,
        /// As it came.
        request: Request,
    },
    /// TEARDOWN: send BYE, then answer with [`teardown`](super::ServerConnection::teardown).
    #[non_exhaustive]
    Teardown {
        /// For the answer.
        id: RequestId,
        /// The session.
        session: SessionId,
        /// All of its tracks, which ends the session, or one of several.
        scope: Scope,
        /// As it came.
        request: Request,
    },
    /// GET_PARAMETER with a body: answer with [`parameters`](super::ServerConnection::parameters). One without
    /// is a sign of life, and answered already.
    #[non_exhaustive]
    GetParameter {
        /// For the answer.
        id: RequestId,
        /// The session, where one was named.
        session: Option<SessionId>,
        /// As it came.
        request: Request,
    },
    /// SET_PARAMETER with a body: answer with [`parameters`](super::ServerConnection::parameters).
    #[non_exhaustive]
    SetParameter {
        /// For the answer.
        id: RequestId,
        /// The session, where one was named.
        session: Option<SessionId>,
        /// As it came.
        request: Request,
    },
    /// A request for a session of another connection. When the application knows the session's owner it gives it
    /// the request by [`handle_forwarded`](super::ServerConnection::handle_forwarded) and answers here with what
    /// comes back by [`respond`](super::ServerConnection::respond); otherwise it rejects with 454.
    #[non_exhaustive]
    ForeignRequest {
        /// For the answer.
        id: RequestId,
        /// The session of another connection, or of none.
        session: SessionId,
        /// As it came.
        request: Request,
    },
    /// The answer to a request that came by `handle_forwarded`.
    #[non_exhaustive]
    ForwardedReply {
        /// What was given with the request.
        token: u64,
        /// For the other connection's `respond`.
        response: Response,
    },
    /// An interleaved packet.
    #[non_exhaustive]
    Data {
        /// The session.
        session: SessionId,
        /// The number that the application gave the track.
        track: u32,
        /// RTP or RTCP.
        kind: ChannelKind,
        /// The packet: a slice of the read buffer.
        data: Bytes,
    },
    /// The machine refused a request by itself.
    #[non_exhaustive]
    Rejected {
        /// The method, where it could be read.
        method: Option<Method>,
        /// What was answered.
        status: StatusCode,
        /// Why, for a log.
        reason: String,
    },
    /// The session is over. Its ports and media can be given up.
    #[non_exhaustive]
    SessionClosed {
        /// The session.
        session: SessionId,
        /// How it ended.
        why: ClosedBy,
    },
    /// There is room again after [`SendError::QueueFull`](crate::SendError::QueueFull).
    Writable,
}

/// What a request acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "RFC 2326 §1.3 knows these two kinds of control"
)]
pub enum Scope {
    /// All tracks of the session.
    Aggregate,
    /// The track of this number.
    Track(u32),
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClosedBy {
    /// The client's TEARDOWN.
    Teardown,
    /// Nobody asked anything of it for `session_timeout`.
    Expired,
    /// Its connection ended, and its packets with it; or the peer broke the protocol.
    ConnectionLost,
    /// The application called [`close`](super::ServerConnection::close) or
    /// [`close_session`](super::ServerConnection::close_session).
    Application,
}

/// A transport that the client asks for and that is safe to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportOffer {
    /// On this connection. The channels are free: those asked for, or others where these are taken.
    Interleaved {
        /// The channel of RTP.
        rtp: u8,
        /// The channel of RTCP.
        rtcp: u8,
    },
    /// UDP to the peer's own address, whatever the request says.
    Udp {
        /// Where RTP is to go.
        rtp: SocketAddr,
        /// Where RTCP is to go.
        rtcp: SocketAddr,
    },
}

impl TransportOffer {
    /// True for RTP on the RTSP connection.
    #[must_use]
    pub const fn is_interleaved(&self) -> bool {
        matches!(self, Self::Interleaved { .. })
    }
}
