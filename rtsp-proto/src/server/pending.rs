//! What is known of a request while it waits.

use smallvec::SmallVec;

use super::{RequestId, Scope, SessionId, TransportOffer};
use crate::headers::Protocol;
use crate::{Method, StatusCode, Version};

/// Where a request came from, and so where its answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Wire,
    Forwarded { token: u64 },
}

impl Origin {
    pub(super) fn token(self) -> Option<u64> {
        match self {
            Self::Wire => None,
            Self::Forwarded { token } => Some(token),
        }
    }
}

/// What an answer needs to know of its request.
#[derive(Clone, Debug)]
pub(super) struct RequestContext {
    pub(super) origin: Origin,
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) cseq: Option<u32>,
    pub(super) uri: String,
    /// The session of this connection that it is for.
    pub(super) session: Option<SessionId>,
    /// The client's own name for the session (RFC 7826 §18.33).
    pub(super) pipelined: Option<u32>,
}

/// A request that waits for the application.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) id: RequestId,
    pub(super) context: RequestContext,
    pub(super) kind: PendingKind,
}

impl Pending {
    pub(super) fn is_setup(&self) -> bool {
        matches!(self.kind, PendingKind::Setup(_))
    }
}

#[derive(Debug)]
pub(super) enum PendingKind {
    Describe,
    Setup(Box<PendingSetup>),
    Play(Scope),
    Pause(Scope),
    Teardown(Scope),
    Parameters,
    /// For a session of another connection.
    Foreign,
}

#[derive(Clone, Debug)]
pub(super) struct PendingSetup {
    /// The path of the track's URI.
    pub(super) path: String,
    /// The track's number when it is set up already.
    pub(super) track: Option<u32>,
    pub(super) choices: SmallVec<[Choice; 2]>,
}

/// A transport that can be served, and how the client asked for it.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) offer: TransportOffer,
    pub(super) protocol: Protocol,
    /// By the addresses of 2.0 instead of the ports of 1.0.
    pub(super) is_by_address: bool,
}

/// Why the machine answers by itself, and what.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) reason: String,
    pub(super) header: Option<(&'static str, String)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self {
            status,
            reason: reason.into(),
            header: None,
        }
    }
}
