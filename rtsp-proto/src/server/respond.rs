//! The application's answers.

use super::pending::{Pending, PendingKind, PendingSetup, RequestContext};
use super::session::{Session, Track};
use super::transport::agreed_transport;
use super::{
    ClosedBy, Description, PlayReply, RequestId, Scope, ServerConnection, SessionId, SetupReply,
    TrackTransport,
};
use crate::headers::{
    AcceptRanges, ContentBase, MediaProperties, MediaProperty, Range, Scale, Speed, Transport,
};
use crate::session::{after, parent};
use crate::{Response, SendError, StatusCode, Version};

impl ServerConnection {
    /// Answers DESCRIBE with 200 and the description.
    ///
    /// # Errors
    /// When no such request waits, or it is not a DESCRIBE. The same goes for all answers.
    pub fn describe(&mut self, id: RequestId, description: Description) -> Result<(), SendError> {
        let context = self.waiting(id, |kind| matches!(kind, PendingKind::Describe))?;
        let base = description.content_base.unwrap_or_else(|| {
            let uri = &context.uri;
            if uri.ends_with('/') {
                uri.clone()
            } else {
                format!("{uri}/")
            }
        });
        let response = Response::new(StatusCode::OK)
            .typed(&ContentBase::new(base))
            .header("Content-Type", "application/sdp")
            .with_body(description.sdp);
        self.answer(id, &response)
    }

    /// Answers SETUP with 200: the track is set up, and the session with it when it is the first one. Returns
    /// the session.
    ///
    /// # Errors
    /// `NotOffered` when the reply's transport is none of the event's offers; `TrackTaken` when another track of
    /// the session has the number, or this one has another already. Then the request still waits. `UnknownSession`
    /// when the session ended with its connection meanwhile; the request has been answered 454.
    pub fn setup(&mut self, id: RequestId, reply: SetupReply) -> Result<SessionId, SendError> {
        let context = self.waiting(id, |kind| matches!(kind, PendingKind::Setup(_)))?;
        let Some(PendingKind::Setup(setup)) = self.pending.as_ref().map(|pending| &pending.kind)
        else {
            return Err(SendError::UnknownRequest);
        };
        let choice = setup
            .choices
            .iter()
            .find(|choice| choice.offer == reply.offer)
            .cloned();
        let choice = choice.ok_or(SendError::NotOffered)?;
        let session = context.session.and_then(|session| self.session(session));
        if context.session.is_some() && session.is_none() {
            // It ended with its connection while the application thought.
            self.answer(id, &Response::new(StatusCode::SESSION_NOT_FOUND))?;
            return Err(SendError::UnknownSession);
        }
        let taken = session.and_then(|session| session.track(reply.track));
        let is_other = setup.track.is_some_and(|number| number != reply.track);
        if is_other || taken.is_some_and(|track| track.path != setup.path) {
            return Err(SendError::TrackTaken);
        }
        let setup = PendingSetup::clone(setup);
        self.pending = None;
        let session = self.set_up(&context, setup, &reply);
        let context = RequestContext {
            session: Some(session),
            ..context
        };
        let response = setup_response(context.version, agreed_transport(&choice, &reply), &reply);
        self.reply(&context, &response);
        self.take_forwarded();
        Ok(session)
    }

    /// Answers PLAY with 200. What is sent afterwards goes out after this answer.
    ///
    /// # Errors
    /// See [`describe`](Self::describe).
    pub fn play(&mut self, id: RequestId, reply: PlayReply) -> Result<(), SendError> {
        let context = self.waiting(id, |kind| matches!(kind, PendingKind::Play(_)))?;
        let mut response = Response::new(StatusCode::OK);
        if let Some(range) = &reply.range {
            response = response.typed(range);
        } else if context.version == Version::V2_0 {
            response = response.header("Range", "npt=now-");
        }
        if let Some(scale) = reply.scale {
            response = response.typed(&Scale::new(scale));
        }
        if let Some(speed) = reply.speed {
            response = response.typed(&Speed::new(speed));
        }
        if let Some(style) = reply
            .seek_style
            .filter(|_| context.version == Version::V2_0)
        {
            response = response.typed(&style);
        }
        if let Some(info) = &reply.rtp_info {
            response = match context.version {
                // The syntax of 1.0 has no place for it, and clients that look for their URL in it find none.
                Version::V1_0 => response.typed(&info.without_ssrc()),
                Version::V2_0 => response.typed(info),
            };
        }
        self.answer(id, &response)
    }

    /// Answers PAUSE with 200. RTCP may go on.
    ///
    /// # Errors
    /// See [`describe`](Self::describe).
    pub fn pause(&mut self, id: RequestId) -> Result<(), SendError> {
        self.waiting(id, |kind| matches!(kind, PendingKind::Pause(_)))?;
        self.answer(id, &Response::new(StatusCode::OK))
    }

    /// Answers PAUSE with 200 and what is left to play, which RTSP/2.0 clients expect (RFC 7826 §13.6).
    ///
    /// # Errors
    /// See [`describe`](Self::describe).
    pub fn pause_at(&mut self, id: RequestId, range: &Range) -> Result<(), SendError> {
        self.waiting(id, |kind| matches!(kind, PendingKind::Pause(_)))?;
        self.answer(id, &Response::new(StatusCode::OK).typed(range))
    }

    /// Answers TEARDOWN with 200. The session ends, with its event, unless other tracks of it are left.
    ///
    /// # Errors
    /// See [`describe`](Self::describe).
    pub fn teardown(&mut self, id: RequestId) -> Result<(), SendError> {
        self.waiting(id, |kind| matches!(kind, PendingKind::Teardown(_)))?;
        self.answer(id, &Response::new(StatusCode::OK))
    }

    /// Answers GET_PARAMETER or SET_PARAMETER with 200 and `text/parameters`, which may be empty.
    ///
    /// # Errors
    /// See [`describe`](Self::describe).
    pub fn parameters(
        &mut self,
        id: RequestId,
        body: impl Into<bytes::Bytes>,
    ) -> Result<(), SendError> {
        self.waiting(id, |kind| matches!(kind, PendingKind::Parameters))?;
        let body = body.into();
        let mut response = Response::new(StatusCode::OK);
        if !body.is_empty() {
            response = response
                .header("Content-Type", "text/parameters")
                .with_body(body);
        }
        self.answer(id, &response)
    }

    /// Answers any request with this status; `reason` is told to the client in place of the standard phrase,
    /// unless it is empty.
    ///
    /// # Errors
    /// When no such request waits.
    pub fn reject(
        &mut self,
        id: RequestId,
        status: StatusCode,
        reason: &str,
    ) -> Result<(), SendError> {
        let mut response = Response::new(status);
        if !reason.is_empty() {
            response = response.with_reason_phrase(reason);
        }
        self.respond(id, &response)
    }

    /// Answers any request with headers and a body of your own. CSeq, Session, Server and the version are the
    /// machine's. A success means the same as by the verb: the session plays, pauses, ends.
    ///
    /// # Errors
    /// When no such request waits; `WrongMethod` for the success of a SETUP, which needs its verb.
    pub fn respond(&mut self, id: RequestId, response: &Response) -> Result<(), SendError> {
        let is_success = response.status().is_success();
        self.waiting(id, |kind| {
            !(is_success && matches!(kind, PendingKind::Setup(_)))
        })?;
        self.answer(id, response)
    }

    /// The request that waits, if it is this one and of a fitting kind.
    fn waiting(
        &self,
        id: RequestId,
        fits: impl Fn(&PendingKind) -> bool,
    ) -> Result<RequestContext, SendError> {
        let pending = self
            .pending
            .as_ref()
            .filter(|pending| pending.id == id)
            .ok_or(SendError::UnknownRequest)?;
        if !fits(&pending.kind) {
            return Err(SendError::WrongMethod {
                method: pending.context.method,
            });
        }
        Ok(pending.context.clone())
    }

    /// Sends the answer, and does what its success means.
    fn answer(&mut self, id: RequestId, response: &Response) -> Result<(), SendError> {
        let pending = self.pending.take_if(|pending| pending.id == id);
        let Pending { context, kind, .. } = pending.ok_or(SendError::UnknownRequest)?;
        self.reply(&context, response);
        if let Some(session) = context.session.filter(|_| response.status().is_success()) {
            match kind {
                PendingKind::Play(scope) => self.set_playing(session, scope, context.cseq),
                PendingKind::Pause(scope) => self.set_paused(session, scope),
                PendingKind::Teardown(scope) => self.tear_down(session, scope),
                PendingKind::Describe
                | PendingKind::Setup(_)
                | PendingKind::Parameters
                | PendingKind::Foreign => {}
            }
        }
        self.take_forwarded();
        Ok(())
    }

    fn set_playing(&mut self, session: SessionId, scope: Scope, cseq: Option<u32>) {
        if let Some(session) = self.session_mut(session) {
            session.set_playing(scope, true);
            session.play_cseq = cseq;
        }
    }

    fn set_paused(&mut self, session: SessionId, scope: Scope) {
        if let Some(session) = self.session_mut(session) {
            session.set_playing(scope, false);
        }
    }

    fn tear_down(&mut self, id: SessionId, scope: Scope) {
        if let (Scope::Track(number), Some(session)) = (scope, self.session_mut(id)) {
            session.tracks.retain(|track| track.number != number);
        }
        let ends = |session: &Session| {
            session.id == id && (scope == Scope::Aggregate || session.tracks.is_empty())
        };
        self.end_sessions(ClosedBy::Teardown, ends);
    }

    /// Adds the track, and the session when it is new.
    fn set_up(
        &mut self,
        context: &RequestContext,
        setup: PendingSetup,
        reply: &SetupReply,
    ) -> SessionId {
        let transport = TrackTransport {
            offer: reply.offer,
            server_ports: reply.server_ports,
            ssrc: reply.ssrc,
        };
        let track = Track {
            number: reply.track,
            path: setup.path,
            transport,
            is_playing: false,
        };
        if let Some(session) = context.session.and_then(|id| self.session_mut(id)) {
            session.tracks.retain(|old| old.number != reply.track);
            session.tracks.push(track);
            return session.id;
        }
        let uri = reply
            .presentation
            .clone()
            .unwrap_or_else(|| parent(&context.uri));
        let session = Session {
            id: SessionId::new(&mut self.random),
            version: context.version,
            uri,
            pipelined: context.pipelined,
            play_cseq: None,
            tracks: core::iter::once(track).collect(),
            deadline: after(self.now, self.config.session_timeout),
        };
        let id = session.id;
        self.sessions.push(session);
        id
    }
}

fn setup_response(version: Version, transport: Transport, reply: &SetupReply) -> Response {
    let mut response = Response::new(StatusCode::OK).typed(&transport);
    if version == Version::V1_0 {
        return match &reply.accept_ranges {
            Some(ranges) => response.typed(ranges),
            None => response,
        };
    }
    // These two must be there (RFC 7826 §18.5, §18.29), and clients are known that end without them.
    response = match &reply.accept_ranges {
        Some(ranges) => response.typed(ranges),
        None => response.typed(&AcceptRanges::new(["npt"])),
    };
    response = match &reply.media_properties {
        Some(properties) => response.typed(properties),
        None => response.typed(&MediaProperties::new([
            MediaProperty::NoSeeking,
            MediaProperty::Immutable,
            MediaProperty::Unlimited,
        ])),
    };
    match &reply.media_range {
        Some(range) => response.typed(range),
        None => response,
    }
}
