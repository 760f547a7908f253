//! What the application asks the server for.

use bytes::Bytes;

use super::call::{Call, CallKind, SetupCall};
use super::connection::Phase;
use super::{
    AgreedTransport, ClientConnection, ClientEvent, Failure, PlayRequest, SetupRequest,
    WantedTransport,
};
use crate::headers::{
    AcceptRanges, CSeq, PortPair, Scale, Session as SessionHeader, Speed, Transport, TransportSpec,
    UserAgent,
};
use crate::session::parent;
use crate::{Method, Request, SendError, Version};

impl ClientConnection {
    /// OPTIONS: what can the server do? Signs of life are given in a method of its answer.
    ///
    /// # Errors
    /// All verbs fail when the connection is closed or too many requests wait, and those that act on a session when
    /// none is set up nor asked for. Each gives the CSeq that its answer will have.
    pub fn options(&mut self, uri: &str) -> Result<CSeq, SendError> {
        self.call(Request::new(Method::OPTIONS, uri), CallKind::Options)
    }

    /// DESCRIBE: answered by [`ClientEvent::Described`].
    ///
    /// # Errors
    /// See [`options`](Self::options).
    pub fn describe(&mut self, uri: &str) -> Result<CSeq, SendError> {
        let request = Request::new(Method::DESCRIBE, uri).header("Accept", "application/sdp");
        self.call(request, CallKind::Describe)
    }

    /// SETUP of one track: answered by [`ClientEvent::SetUp`]. A track that is set up already changes its transport.
    ///
    /// # Errors
    /// See [`options`](Self::options); `TooManyRequests` also when there are as many tracks as allowed.
    pub fn setup(&mut self, setup: SetupRequest) -> Result<CSeq, SendError> {
        if self.tracks.len() >= self.config.limits.max_tracks && self.track(setup.track).is_none() {
            return Err(SendError::TooManyRequests);
        }
        let channels = self
            .free_channels(setup.track)
            .ok_or(SendError::TooManyRequests)?;
        let spec = match setup.transport {
            WantedTransport::Interleaved => TransportSpec::interleaved(channels.0, channels.1),
            WantedTransport::Udp {
                rtp_port,
                rtcp_port,
            } => self.udp_spec(rtp_port, rtcp_port),
        };
        let mut request = Request::new(Method::SETUP, &setup.uri).typed(&Transport::from(spec));
        if self.config.version == Version::V2_0 {
            request = request.typed(&AcceptRanges::new(["npt", "smpte", "clock"]));
        }
        let kind = CallKind::Setup(SetupCall {
            track: setup.track,
            wanted: setup.transport,
            channels,
        });
        self.call(request, kind)
    }

    /// PLAY, or a seek when it is playing: answered by [`ClientEvent::Playing`].
    ///
    /// # Errors
    /// See [`options`](Self::options); `UnknownTrack` for one that is not set up.
    pub fn play(&mut self, play: PlayRequest) -> Result<CSeq, SendError> {
        let uri = match play.track {
            Some(track) => self
                .track(track)
                .map(|track| track.uri.clone())
                .ok_or(SendError::UnknownTrack)?,
            None => self.presentation_uri()?,
        };
        let mut request = Request::new(Method::PLAY, &uri);
        if let Some(range) = &play.range {
            request = request.typed(range);
        }
        if let Some(scale) = play.scale {
            request = request.typed(&Scale::new(scale));
        }
        if let Some(speed) = play.speed {
            let speed = match self.config.version {
                Version::V1_0 => Speed::new(speed),
                Version::V2_0 => Speed::range(speed, speed),
            };
            request = request.typed(&speed);
        }
        self.call(request, CallKind::Play)
    }

    /// PAUSE: answered by [`ClientEvent::Paused`]. [`PlayRequest::new`] goes on from there.
    ///
    /// # Errors
    /// See [`options`](Self::options).
    pub fn pause(&mut self) -> Result<CSeq, SendError> {
        let uri = self.presentation_uri()?;
        self.call(Request::new(Method::PAUSE, &uri), CallKind::Pause)
    }

    /// TEARDOWN of the whole session: answered by [`ClientEvent::TornDown`].
    ///
    /// # Errors
    /// See [`options`](Self::options).
    pub fn teardown(&mut self) -> Result<CSeq, SendError> {
        let uri = self.presentation_uri()?;
        self.call(Request::new(Method::TEARDOWN, &uri), CallKind::Teardown)
    }

    /// GET_PARAMETER with names of parameters as `text/parameters`: answered by [`ClientEvent::Parameters`].
    ///
    /// # Errors
    /// See [`options`](Self::options).
    pub fn get_parameter(&mut self, names: impl Into<Bytes>) -> Result<CSeq, SendError> {
        self.parameter(Method::GET_PARAMETER, names.into())
    }

    /// SET_PARAMETER with `name: value` lines as `text/parameters`: answered by [`ClientEvent::Parameters`].
    ///
    /// # Errors
    /// See [`options`](Self::options).
    pub fn set_parameter(&mut self, values: impl Into<Bytes>) -> Result<CSeq, SendError> {
        self.parameter(Method::SET_PARAMETER, values.into())
    }

    fn parameter(&mut self, method: Method, body: Bytes) -> Result<CSeq, SendError> {
        let uri = self.presentation_uri()?;
        let mut request = Request::new(method, &uri);
        if !body.is_empty() {
            request = request
                .header("Content-Type", "text/parameters")
                .with_body(body);
        }
        self.call(request, CallKind::Parameters)
    }

    /// The URI of everything that is set up: what the description called so, or the parent of the first track.
    fn presentation_uri(&self) -> Result<String, SendError> {
        let asked = self
            .calls
            .iter()
            .find(|call| call.method == Method::SETUP)
            .map(|call| &call.uri);
        let first = self
            .tracks
            .first()
            .map(|track| &track.uri)
            .or(asked)
            .ok_or(SendError::WrongState)?;
        Ok(self.presentation.clone().unwrap_or_else(|| parent(first)))
    }

    /// The lowest pair that no track has or asks for.
    fn free_channels(&self, track: u32) -> Option<(u8, u8)> {
        let asked = self
            .calls
            .iter()
            .filter_map(Call::setup)
            .filter(|setup| setup.track != track)
            .map(|setup| setup.channels);
        let had = self
            .tracks
            .iter()
            .filter(|other| other.number != track)
            .filter_map(|other| match other.transport {
                AgreedTransport::Interleaved { rtp, rtcp } => Some((rtp, rtcp)),
                AgreedTransport::Udp { .. } => None,
            });
        let mut used = [false; 256];
        for channel in asked.chain(had).flat_map(|(rtp, rtcp)| [rtp, rtcp]) {
            if let Some(used) = used.get_mut(usize::from(channel)) {
                *used = true;
            }
        }
        let is_free = |channel: u8| used.get(usize::from(channel)).is_some_and(|used| !used);
        (0..=254)
            .step_by(2)
            .map(|rtp: u8| (rtp, rtp | 1))
            .find(|(rtp, rtcp)| is_free(*rtp) && is_free(*rtcp))
    }

    fn udp_spec(&self, rtp_port: u16, rtcp_port: u16) -> TransportSpec {
        let mut spec = TransportSpec::udp(rtp_port, rtcp_port);
        if self.config.version == Version::V2_0 {
            spec.client_port = None::<PortPair>;
            spec.dest_addr = vec![format!(":{rtp_port}"), format!(":{rtcp_port}")];
        }
        spec
    }

    fn call(&mut self, request: Request, kind: CallKind) -> Result<CSeq, SendError> {
        if self.phase != Phase::Open {
            return Err(SendError::Closed);
        }
        if self.calls.len() >= self.config.limits.max_requests {
            return Err(SendError::TooManyRequests);
        }
        Ok(self.push_call(request, kind))
    }

    fn push_call(&mut self, request: Request, kind: CallKind) -> CSeq {
        self.last_cseq = self.last_cseq.wrapping_add(1);
        let cseq = CSeq::new(self.last_cseq);
        let (method, uri) = (request.method(), request.uri().to_owned());
        let request = Some(request);
        self.calls.push_back(Call {
            cseq,
            method,
            uri,
            kind,
            request,
            deadline: None,
        });
        self.send_waiting();
        cseq
    }

    /// Sends, in order, what does not wait for the session's name.
    pub(super) fn send_waiting(&mut self) {
        let mut names_session = false;
        for index in 0..self.calls.len() {
            let has_session = self.session.is_some();
            let Some(call) = self.calls.get_mut(index) else {
                return;
            };
            if call.is_sent() {
                names_session |= matches!(call.kind, CallKind::Setup(_));
                continue;
            }
            if call.needs_session() && !has_session {
                if names_session {
                    return;
                }
                if !matches!(call.kind, CallKind::Setup(_)) {
                    self.fail_unsent(index);
                    return self.send_waiting();
                }
            }
            names_session |= matches!(call.kind, CallKind::Setup(_));
            self.transmit(index);
        }
    }

    fn fail_unsent(&mut self, index: usize) {
        if let Some(Call { cseq, method, .. }) = self.calls.remove(index) {
            self.events.push_back(ClientEvent::Failed {
                cseq,
                method,
                failure: Failure::NoSession,
            });
        }
    }

    fn transmit(&mut self, index: usize) {
        let session = self
            .session
            .as_ref()
            .map(|session| session.id.clone())
            .filter(|id| !id.is_empty());
        let Some(call) = self.calls.get_mut(index) else {
            return;
        };
        let Some(request) = call.request.take() else {
            return;
        };
        // CSeq, User-Agent and Session go before what the verb has put in.
        let mut whole =
            Request::new(request.method(), request.uri()).with_version(self.config.version);
        whole = whole
            .typed(&call.cseq)
            .typed(&UserAgent::new(self.config.user_agent.as_str()));
        if let Some(id) = session.filter(|_| call.method != Method::DESCRIBE) {
            whole = whole.typed(&SessionHeader::new(id));
        }
        for (name, value) in &self.config.headers {
            whole = whole.header(name, value);
        }
        for (name, value) in request.headers().iter() {
            whole = whole.header(name, value.as_bytes());
        }
        if !request.body().is_empty() {
            whole = whole.with_body(request.body().clone());
        }
        self.output.push_message(whole.into_segments());
        self.note_sign_of_life();
    }

    /// Says that the session is still wanted: by GET_PARAMETER where the server has it, else by OPTIONS, which
    /// all have. Cameras are known that end the session on one or the other that they do not list.
    pub(super) fn keep_alive(&mut self) {
        // One that waits says the same.
        if self.calls.iter().any(Call::is_keep_alive)
            || self.calls.len() >= self.config.limits.max_requests
        {
            self.note_sign_of_life();
            return;
        }
        let has_get = self.public.contains(&Method::GET_PARAMETER);
        let method = if has_get {
            Method::GET_PARAMETER
        } else {
            Method::OPTIONS
        };
        let uri = self.presentation_uri().unwrap_or_else(|_| "*".to_owned());
        self.push_call(Request::new(method, &uri), CallKind::KeepAlive);
    }
}
