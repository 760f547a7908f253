//! What the server answers, and what it asks by itself.

use super::call::{Call, CallKind, SetupCall};
use super::connection::{Session, Track};
use super::transport::agreed;
use super::{ClientConnection, ClientEvent, Failure};
use crate::headers::{
    CSeq, ContentBase, ContentLocation, Location, Public, Range, RtpInfo, Scale,
    Session as SessionHeader, Speed, Transport, TypedHeader,
};
use crate::session::presentation_of;
use crate::{Method, Request, Response, StatusCode, Uri};

impl ClientConnection {
    pub(super) fn handle_response(&mut self, response: &Response) {
        let Some(index) = self.call_of(response.cseq()) else {
            self.stats.unexpected_responses = self.stats.unexpected_responses.saturating_add(1);
            return;
        };
        if response.status().is_informational() {
            let deadline = crate::session::after(self.now, self.config.response_timeout);
            if let Some(call) = self.calls.get_mut(index) {
                call.deadline = Some(deadline);
            }
            return;
        }
        if let Some(call) = self.calls.remove(index) {
            self.handle_answer(call, response);
        }
        self.send_waiting();
    }

    /// The request that is answered: by CSeq, else the oldest one, as some cameras leave CSeq out or write 0.
    fn call_of(&self, cseq: Option<u32>) -> Option<usize> {
        let sent = |call: &Call| call.is_sent();
        let known = cseq.and_then(|cseq| {
            self.calls
                .iter()
                .position(|call| sent(call) && call.cseq.value() == cseq)
        });
        if known.is_some() || self.config.tolerance == crate::Tolerance::Strict {
            return known;
        }
        // The late answer to a sign of life that was given up answers nothing else.
        let is_late = cseq.is_some() && cseq == self.forgotten;
        self.calls.iter().position(sent).filter(|_| !is_late)
    }

    fn handle_answer(&mut self, call: Call, response: &Response) {
        let status = response.status();
        if call.is_keep_alive() {
            return self.note_keep_alive(&call, response);
        }
        // Whatever the server thinks of it, the session is not used any more.
        if call.method == Method::TEARDOWN && !asks_for_more(status) {
            return self.forget_session(call.cseq);
        }
        let location = lenient::<Location>(response).filter(|_| status.is_redirection());
        if let Some(location) = location {
            let (cseq, location) = (Some(call.cseq), location.as_str().to_owned());
            self.events
                .push_back(ClientEvent::Redirected { cseq, location });
            return;
        }
        if !status.is_success() {
            if status == StatusCode::SESSION_NOT_FOUND {
                self.lose_session();
            }
            return self.fail_call(&call, Failure::Refused(response.clone()));
        }
        self.handle_success(call, response);
    }

    fn handle_success(&mut self, call: Call, response: &Response) {
        let cseq = call.cseq;
        let event = match call.kind {
            CallKind::Options => {
                let methods = self.note_public(response);
                ClientEvent::Options { cseq, methods }
            }
            CallKind::Describe => {
                let base = base_of(&call.uri, response);
                self.presentation = Some(presentation_of(&base, response.body()));
                ClientEvent::Described {
                    cseq,
                    sdp: response.body().clone(),
                    base,
                }
            }
            CallKind::Setup(setup) => return self.note_setup(&call, setup, response),
            CallKind::Play => ClientEvent::Playing {
                cseq,
                range: lenient::<Range>(response),
                rtp_info: lenient::<RtpInfo>(response),
                scale: lenient::<Scale>(response).map(Scale::value),
                speed: lenient::<Speed>(response).map(|speed| speed.lower),
            },
            CallKind::Pause => ClientEvent::Paused {
                cseq,
                range: lenient::<Range>(response),
            },
            CallKind::Parameters => ClientEvent::Parameters {
                cseq,
                body: response.body().clone(),
            },
            CallKind::Teardown => ClientEvent::TornDown { cseq },
            CallKind::KeepAlive => return,
        };
        self.events.push_back(event);
    }

    fn note_public(&mut self, response: &Response) -> Vec<Method> {
        if let Some(public) = lenient::<Public>(response) {
            self.public = public.items().to_vec();
        }
        self.public.clone()
    }

    fn note_setup(&mut self, call: &Call, setup: SetupCall, response: &Response) {
        let header = lenient::<Transport>(response);
        let Some(transport) = agreed(header.as_ref().map(Transport::first), setup) else {
            return self.fail_call(call, Failure::OtherTransport);
        };
        let ssrc = header
            .as_ref()
            .and_then(|header| header.first().ssrc.first().copied());
        let session = lenient::<SessionHeader>(response);
        let timeout = session
            .as_ref()
            .map_or(SessionHeader::DEFAULT_TIMEOUT, SessionHeader::timeout);
        // Some servers name the session anew with each SETUP: the last name counts.
        let id = match (session, &self.session) {
            (Some(session), _) => session.id,
            (None, Some(session)) => session.id.clone(),
            (None, None) => String::new(),
        };
        self.tracks.retain(|track| track.number != setup.track);
        self.tracks.push(Track {
            number: setup.track,
            uri: call.uri.clone(),
            transport,
        });
        self.session = Some(Session {
            id: id.clone(),
            timeout,
            keep_alive_at: self.now,
        });
        self.note_sign_of_life();
        let (cseq, track) = (call.cseq, setup.track);
        self.events.push_back(ClientEvent::SetUp {
            cseq,
            track,
            transport,
            ssrc,
            session: id,
            timeout,
        });
    }

    fn note_keep_alive(&mut self, call: &Call, response: &Response) {
        let status = response.status();
        if status == StatusCode::SESSION_NOT_FOUND {
            self.lose_session();
        } else if status.is_error() && call.method == Method::GET_PARAMETER {
            // It has the method and does not mean it: OPTIONS from now on.
            self.public
                .retain(|method| *method != Method::GET_PARAMETER);
        }
    }

    fn forget_session(&mut self, cseq: CSeq) {
        self.session = None;
        self.tracks.clear();
        self.events.push_back(ClientEvent::TornDown { cseq });
    }

    fn lose_session(&mut self) {
        if self.session.take().is_some() {
            self.tracks.clear();
            self.events.push_back(ClientEvent::SessionLost);
        }
    }

    fn fail_call(&mut self, call: &Call, failure: Failure) {
        let (cseq, method) = (call.cseq, call.method);
        self.events.push_back(ClientEvent::Failed {
            cseq,
            method,
            failure,
        });
    }

    /// An answer that could not be read, so that nobody knows to what: servers answer in order.
    pub(super) fn fail_oldest(&mut self, failure: Failure) {
        let oldest = self.calls.iter().position(Call::is_sent);
        if let Some(call) = oldest.and_then(|index| self.calls.remove(index)) {
            self.fail_call(&call, failure);
        }
        self.send_waiting();
    }

    pub(super) fn handle_request(&mut self, request: Request) {
        let status = match request.method() {
            Method::OPTIONS
            | Method::GET_PARAMETER
            | Method::SET_PARAMETER
            | Method::ANNOUNCE
            | Method::REDIRECT
            | Method::PLAY_NOTIFY
            | Method::TEARDOWN => StatusCode::OK,
            _ => StatusCode::NOT_IMPLEMENTED,
        };
        let mut answer = Response::new(status).with_version(request.version());
        if let Some(cseq) = request.cseq() {
            answer = answer.typed(&CSeq::new(cseq));
        }
        if let Ok(Some(session)) = request.headers().typed::<SessionHeader>() {
            answer = answer.typed(&SessionHeader::new(session.id));
        }
        if request.method() == Method::OPTIONS {
            let public = [
                Method::OPTIONS,
                Method::GET_PARAMETER,
                Method::SET_PARAMETER,
                Method::PLAY_NOTIFY,
            ];
            answer = answer.typed(&Public::new(public));
        }
        self.output.push_message(answer.into_segments());
        if request.method() == Method::REDIRECT {
            let location = request.headers().typed::<Location>().ok().flatten();
            let location = location
                .map(|location| location.as_str().to_owned())
                .unwrap_or_default();
            self.events.push_back(ClientEvent::Redirected {
                cseq: None,
                location,
            });
        }
        let ends = request.method() == Method::TEARDOWN;
        self.events
            .push_back(ClientEvent::ServerRequest { request, status });
        if ends {
            self.lose_session();
        }
    }
}

/// True when the same request may be sent again with something added.
fn asks_for_more(status: StatusCode) -> bool {
    status == StatusCode::UNAUTHORIZED || status == StatusCode::PROXY_AUTHENTICATION_REQUIRED
}

/// The header where it is there and can be read: a camera that writes nonsense into a hint still plays.
fn lenient<T: TypedHeader>(response: &Response) -> Option<T> {
    response.headers().typed::<T>().ok().flatten()
}

/// What `control` attributes are appended to (RFC 2326 C.1.1). A base without a scheme, as some cameras send, is
/// of no use.
fn base_of(uri: &str, response: &Response) -> String {
    let base = lenient::<ContentBase>(response).map(|base| base.as_str().to_owned());
    let location = || lenient::<ContentLocation>(response).map(|base| base.as_str().to_owned());
    let is_absolute = |base: &String| Uri::parse(base).is_ok_and(|base| base.is_rtsp());
    base.filter(is_absolute)
        .or_else(|| location().filter(is_absolute))
        .unwrap_or_else(|| uri.to_owned())
}
