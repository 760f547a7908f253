//! Ends that the server brings about.

use super::connection::Phase;
use super::pending::Origin;
use super::session::Session;
use super::{ClosedBy, ServerConnection, SessionId};
use crate::headers::{Range, RtpInfo};
use crate::{Method, Request, Response, SendError, StatusCode, Version};

/// Why the server ends a session, as RTSP/2.0 clients are told (RFC 7826 §18.52).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// Somebody wants it so: the server stops, or the client is not welcome any more.
    ServerAdmin,
    /// The session was idle for too long.
    SessionTimeout,
    /// Something is broken.
    InternalError,
}

impl CloseReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ServerAdmin => "Server-Admin",
            Self::SessionTimeout => "Session-Timeout",
            Self::InternalError => "Internal-Error",
        }
    }
}

impl ServerConnection {
    /// Ends all sessions and the connection. A request that still waits is answered 503, RTSP/2.0 sessions get a
    /// TEARDOWN; RTSP/1.0 has no word for it, and the end of the stream says it. Write what
    /// `poll_transmit` still has, then close the stream.
    pub fn close(&mut self, reason: CloseReason) {
        if matches!(self.phase, Phase::Closed | Phase::Failed(_)) {
            return;
        }
        if let Some(pending) = self
            .pending
            .take_if(|pending| pending.context.origin == Origin::Wire)
        {
            self.reply(
                &pending.context,
                &Response::new(StatusCode::SERVICE_UNAVAILABLE),
            );
        }
        self.drop_requests(StatusCode::SERVICE_UNAVAILABLE);
        let sessions: Vec<SessionId> = self.sessions().collect();
        for session in sessions {
            self.say_teardown(session, reason);
        }
        self.end_sessions(ClosedBy::Application, |_| true);
        self.phase = Phase::Closed;
    }

    /// Ends one session; the connection stays. Send BYE before. A RTSP/2.0 client gets a TEARDOWN, a RTSP/1.0
    /// client hears 454 when it asks again.
    ///
    /// # Errors
    /// `UnknownSession`; `WrongState` while a request of the session waits: answer it before.
    pub fn close_session(
        &mut self,
        session: SessionId,
        reason: CloseReason,
    ) -> Result<(), SendError> {
        self.session(session).ok_or(SendError::UnknownSession)?;
        if self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.context.session == Some(session))
        {
            return Err(SendError::WrongState);
        }
        self.say_teardown(session, reason);
        self.end_sessions(ClosedBy::Application, |one| one.id == session);
        Ok(())
    }

    /// The presentation has been played to its end. A RTSP/2.0 client gets a PLAY_NOTIFY (RFC 7826 §13.5.1), of
    /// which `range` and `rtp_info` are what has been played; a RTSP/1.0 client learns it from RTCP BYE.
    /// No track plays any more. When none played, nothing is sent.
    ///
    /// # Errors
    /// `UnknownSession`.
    pub fn end_of_stream(
        &mut self,
        session: SessionId,
        range: &Range,
        rtp_info: Option<&RtpInfo>,
    ) -> Result<(), SendError> {
        let known = self.session_mut(session).ok_or(SendError::UnknownSession)?;
        // Once for each PLAY: who says it again and again fills no queue with it.
        let was_playing = known.tracks.iter().any(|track| track.is_playing);
        known.set_playing(super::Scope::Aggregate, false);
        let (uri, play_cseq, version) = (known.uri.clone(), known.play_cseq, known.version);
        if !was_playing || version == Version::V1_0 || self.phase != Phase::Open {
            return Ok(());
        }
        let mut request =
            Request::new(Method::PLAY_NOTIFY, &uri).header("Notify-Reason", "end-of-stream");
        if let Some(cseq) = play_cseq {
            request = request.header(
                "Request-Status",
                format!("cseq={cseq} status=200 reason=\"OK\""),
            );
        }
        request = request.typed(range);
        if let Some(info) = rtp_info {
            request = request.typed(info);
        }
        self.push_request(request, session);
        Ok(())
    }

    fn say_teardown(&mut self, id: SessionId, reason: CloseReason) {
        let is_told = |session: &&Session| session.version == Version::V2_0;
        let Some(session) = self
            .session(id)
            .filter(is_told)
            .filter(|_| self.phase == Phase::Open)
        else {
            return;
        };
        let request = Request::new(Method::TEARDOWN, &session.uri)
            .header("Terminate-Reason", reason.as_str());
        self.push_request(request, id);
    }
}
