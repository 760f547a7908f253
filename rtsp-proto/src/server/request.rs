//! A request on its way to the application: what is wrong with it is answered here.

use super::pending::{Origin, Pending, PendingKind, PendingSetup, Refusal, RequestContext};
use super::session::Session;
use super::{RequestId, Scope, ServerConnection, ServerEvent, SessionId};
use crate::headers::{
    PipelinedRequests, ProxyRequire, Range, RangeSpec, Require, Scale, Session as SessionHeader,
    Speed, Supported, TypedHeader,
};
use crate::session::path_of;
use crate::{Method, Request, Response, StatusCode, Tolerance, Version};

type Checked<T = ()> = Result<T, Refusal>;

impl ServerConnection {
    pub(super) fn handle_request(&mut self, request: &Request, origin: Origin) {
        self.stats.requests = self.stats.requests.saturating_add(1);
        let mut context = RequestContext {
            origin,
            method: request.method(),
            version: request.version(),
            cseq: request.cseq(),
            uri: request.uri().to_owned(),
            session: None,
            pipelined: None,
        };
        if let Err(refusal) = self.admit(&mut context, request) {
            self.refuse(&context, refusal);
        }
    }

    fn admit(&mut self, context: &mut RequestContext, request: &Request) -> Checked {
        if context.cseq.is_none() && !self.config.tolerate_missing_cseq {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "no CSeq"));
        }
        self.check_method(context.method)?;
        self.check_features(request)?;
        if let Some(foreign) = self.find_session(context, request)? {
            let request = request.clone();
            let event = |id| ServerEvent::ForeignRequest {
                id,
                session: foreign,
                request,
            };
            self.ask(context, PendingKind::Foreign, event);
            return Ok(());
        }
        self.dispatch(context, request)
    }

    fn check_method(&self, method: Method) -> Checked {
        if self.config.methods.contains(&method) && is_served(method) {
            return Ok(());
        }
        let (status, name) = if method.is_known() {
            (StatusCode::METHOD_NOT_ALLOWED, "Allow")
        } else {
            (StatusCode::NOT_IMPLEMENTED, "Public")
        };
        let header = Some((name, self.public_methods()));
        Err(Refusal {
            header,
            ..Refusal::new(status, format!("method {method}"))
        })
    }

    /// What of `Require` we do not understand ends the request (RFC 7826 §18.43).
    fn check_features(&self, request: &Request) -> Checked {
        let malformed = |_| Refusal::new(StatusCode::BAD_REQUEST, "malformed Require");
        let require = request.headers().typed::<Require>().map_err(malformed)?;
        let proxy = request
            .headers()
            .typed::<ProxyRequire>()
            .map_err(malformed)?;
        let tags = require
            .iter()
            .flat_map(Require::items)
            .chain(proxy.iter().flat_map(ProxyRequire::items));
        let is_unknown = |tag: &&str| !self.config.features.iter().any(|known| known == tag);
        let unknown: Vec<&str> = tags.map(String::as_str).filter(is_unknown).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let unknown = unknown.join(", ");
        let reason = format!("Require: {unknown}");
        let header = Some(("Unsupported", unknown));
        Err(Refusal {
            header,
            ..Refusal::new(StatusCode::OPTION_NOT_SUPPORTED, reason)
        })
    }

    /// Finds the session that the request is for, which keeps it alive. Returns one that is not ours.
    fn find_session(
        &mut self,
        context: &mut RequestContext,
        request: &Request,
    ) -> Checked<Option<SessionId>> {
        let not_found = || Refusal::new(StatusCode::SESSION_NOT_FOUND, "no such session");
        let header = request
            .headers()
            .typed::<SessionHeader>()
            .map_err(|_| not_found())?;
        let pipelined = request.headers().typed::<PipelinedRequests>();
        context.pipelined = pipelined.ok().flatten().map(PipelinedRequests::value);
        if let Some(header) = header {
            let id = SessionId::parse(&header.id).ok_or_else(not_found)?;
            if self.session(id).is_none() {
                let is_ours = context.origin != Origin::Wire;
                return if is_ours {
                    Err(not_found())
                } else {
                    Ok(Some(id))
                };
            }
            context.session = Some(id);
        } else if let Some(name) = context.pipelined {
            context.session = self
                .sessions
                .iter()
                .find(|one| one.pipelined == Some(name))
                .map(|one| one.id);
        } else if self.config.tolerance == Tolerance::Lenient && needs_session(context.method) {
            // Some clients leave Session out; with one session there is no doubt what they mean.
            context.session = match self.sessions.as_slice() {
                [only] => Some(only.id),
                _ => None,
            };
        }
        let (now, timeout) = (self.now, self.config.session_timeout);
        if let Some(session) = context.session.and_then(|id| self.session_mut(id)) {
            session.keep_alive(now, timeout);
        }
        Ok(None)
    }

    fn dispatch(&mut self, context: &RequestContext, request: &Request) -> Checked {
        match context.method {
            Method::OPTIONS => {
                self.answer_options(context, request);
                Ok(())
            }
            Method::DESCRIBE => self.ask_describe(context, request),
            Method::SETUP => self.ask_setup(context, request),
            Method::PLAY => self.ask_play(context, request),
            Method::PAUSE => {
                let (session, scope) = self.controlled(context)?;
                let request = request.clone();
                self.ask(context, PendingKind::Pause(scope), |id| {
                    ServerEvent::Pause {
                        id,
                        session,
                        scope,
                        request,
                    }
                });
                Ok(())
            }
            Method::TEARDOWN => {
                let (session, scope) = self.torn_down(context)?;
                let request = request.clone();
                self.ask(context, PendingKind::Teardown(scope), |id| {
                    ServerEvent::Teardown {
                        id,
                        session,
                        scope,
                        request,
                    }
                });
                Ok(())
            }
            _ => {
                self.ask_parameters(context, request);
                Ok(())
            }
        }
    }

    fn answer_options(&mut self, context: &RequestContext, request: &Request) {
        let mut response = Response::new(StatusCode::OK).header("Public", self.public_methods());
        // RFC 7826 §18.51: who tells what he knows is told the same.
        if request.headers().contains(Supported::NAME) {
            response = response.typed(&Supported::new(self.config.features.iter().cloned()));
        }
        self.reply(context, &response);
    }

    fn ask_describe(&mut self, context: &RequestContext, request: &Request) -> Checked {
        let mut accepted = request.headers().get_all("Accept").peekable();
        let is_wanted = accepted.peek().is_none()
            || accepted.any(|value| {
                let value = value.to_string_lossy().to_ascii_lowercase();
                ["application/sdp", "application/*", "*/*"]
                    .iter()
                    .any(|kind| value.contains(kind))
            });
        if !is_wanted {
            return Err(Refusal::new(
                StatusCode::NOT_ACCEPTABLE,
                "Accept is without application/sdp",
            ));
        }
        let (uri, request) = (context.uri.clone(), request.clone());
        self.ask(context, PendingKind::Describe, |id| ServerEvent::Describe {
            id,
            uri,
            request,
        });
        Ok(())
    }

    fn ask_setup(&mut self, context: &RequestContext, request: &Request) -> Checked {
        let path = path_of(&context.uri).into_owned();
        let session = context.session.and_then(|id| self.session(id));
        let track = session.and_then(|session| session.track_at(&path));
        if track.is_some_and(|track| track.is_playing) {
            let reason = "the track plays: its transport cannot change";
            return Err(Refusal::new(
                StatusCode::METHOD_NOT_VALID_IN_THIS_STATE,
                reason,
            ));
        }
        let limits = &self.config.limits;
        let is_full = match session {
            None => self.sessions.len() >= limits.max_sessions,
            Some(session) => track.is_none() && session.tracks.len() >= limits.max_tracks,
        };
        if is_full {
            return Err(Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "as many sessions or tracks as allowed",
            ));
        }
        let track = track.map(|track| track.number);
        let choices = self.choices(context, request, track)?;
        let offers = choices.iter().map(|choice| choice.offer).collect();
        let setup = Box::new(PendingSetup {
            path,
            track,
            choices,
        });
        let (session, uri, request) = (context.session, context.uri.clone(), request.clone());
        let event = |id| ServerEvent::Setup {
            id,
            session,
            track,
            uri,
            offers,
            request,
        };
        self.ask(context, PendingKind::Setup(setup), event);
        Ok(())
    }

    fn ask_play(&mut self, context: &RequestContext, request: &Request) -> Checked {
        let (session, scope) = self.controlled(context)?;
        let headers = request.headers();
        let range = headers.typed::<Range>();
        let invalid = |reason| Refusal::new(StatusCode::INVALID_RANGE, reason);
        let range = range.map_err(|error| invalid(error.to_string()))?;
        let malformed =
            |error: crate::HeaderError| Refusal::new(StatusCode::BAD_REQUEST, error.to_string());
        let scale = headers
            .typed::<Scale>()
            .map_err(malformed)?
            .map(Scale::value);
        let speed = headers
            .typed::<Speed>()
            .map_err(malformed)?
            .map(|speed| speed.lower);
        // Zero is no rate: RFC 7826 §18.46 and §18.50.
        if scale == Some(0.0) || speed == Some(0.0) {
            return Err(Refusal::new(StatusCode::BAD_REQUEST, "Scale or Speed of 0"));
        }
        let is_backwards = scale.is_some_and(|scale| scale < 0.0);
        if range
            .as_ref()
            .is_some_and(|range| !can_be_played(range, is_backwards))
        {
            return Err(invalid(
                "a range of an unknown unit, or that ends before it begins".to_owned(),
            ));
        }
        let request = request.clone();
        let event = |id| ServerEvent::Play {
            id,
            session,
            scope,
            range,
            scale,
            speed,
            request,
        };
        self.ask(context, PendingKind::Play(scope), event);
        Ok(())
    }

    fn ask_parameters(&mut self, context: &RequestContext, request: &Request) {
        if request.body().is_empty() {
            self.reply(context, &Response::new(StatusCode::OK));
            return;
        }
        let (session, request) = (context.session, request.clone());
        let is_get = context.method == Method::GET_PARAMETER;
        self.ask(context, PendingKind::Parameters, |id| match is_get {
            true => ServerEvent::GetParameter {
                id,
                session,
                request,
            },
            false => ServerEvent::SetParameter {
                id,
                session,
                request,
            },
        });
    }

    /// The session of a PLAY or PAUSE, and what of it.
    fn controlled(&self, context: &RequestContext) -> Checked<(SessionId, Scope)> {
        let (session, scope) = self.addressed(context)?;
        let allows_tracks = self.config.allow_track_control && context.version == Version::V1_0;
        if scope != Scope::Aggregate && !allows_tracks {
            let reason = "one track of several cannot be controlled alone";
            return Err(Refusal::new(
                StatusCode::ONLY_AGGREGATE_OPERATION_ALLOWED,
                reason,
            ));
        }
        Ok((session.id, scope))
    }

    fn torn_down(&self, context: &RequestContext) -> Checked<(SessionId, Scope)> {
        let (session, scope) = self.addressed(context)?;
        Ok((session.id, scope))
    }

    fn addressed(&self, context: &RequestContext) -> Checked<(&Session, Scope)> {
        let Some(session) = context.session.and_then(|id| self.session(id)) else {
            // RFC 2326 A.2: in state Init there is no PLAY and no PAUSE.
            let is_init = self.sessions.is_empty() && context.method != Method::TEARDOWN;
            return Err(if is_init && context.pipelined.is_none() {
                Refusal::new(
                    StatusCode::METHOD_NOT_VALID_IN_THIS_STATE,
                    "nothing is set up",
                )
            } else {
                Refusal::new(StatusCode::SESSION_NOT_FOUND, "no session is named")
            });
        };
        let scope = session.scope_of(&context.uri);
        let scope = scope
            .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "the URI is not of this session"))?;
        Ok((session, scope))
    }

    fn ask(
        &mut self,
        context: &RequestContext,
        kind: PendingKind,
        event: impl FnOnce(RequestId) -> ServerEvent,
    ) {
        let id = self.next_request_id();
        self.pending = Some(Pending {
            id,
            context: context.clone(),
            kind,
        });
        self.events.push_back(event(id));
    }

    fn public_methods(&self) -> String {
        let methods: Vec<_> = self
            .config
            .methods
            .iter()
            .filter(|method| is_served(**method))
            .collect();
        let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        names.join(", ")
    }
}

/// Whether the unit is known and the ends are in the order that the direction asks for (RFC 7826 §18.46).
fn can_be_played(range: &Range, is_backwards: bool) -> bool {
    let is_ordered = match (range.npt_start(), range.npt_end()) {
        (Some(start), Some(end)) => start == end || (start > end) == is_backwards,
        _ => true,
    };
    is_ordered && !matches!(range.spec, RangeSpec::Other { .. })
}

/// The methods that this machine knows what to do with.
fn is_served(method: Method) -> bool {
    matches!(
        method,
        Method::OPTIONS
            | Method::DESCRIBE
            | Method::SETUP
            | Method::PLAY
            | Method::PAUSE
            | Method::TEARDOWN
            | Method::GET_PARAMETER
            | Method::SET_PARAMETER
    )
}

fn needs_session(method: Method) -> bool {
    matches!(
        method,
        Method::PLAY
            | Method::PAUSE
            | Method::TEARDOWN
            | Method::GET_PARAMETER
            | Method::SET_PARAMETER
    )
}
