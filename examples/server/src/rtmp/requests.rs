//! What a client asks for: connect, publish, play and the rest.

use castline_core::driver::Connection;
use castline_rtmp_chunk::{
    Tag,
    command::{StatusCode, StreamPath},
    server::{
        ConnectRequest, PlayRequest, PublishRequest, RequestId, ServerConnection, ServerEvent,
    },
    session::StreamId,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::{debug, info, warn};

use super::{Active, Client, Rtmp, file::FilePlayer, live::LivePlayer, publication::Publication};
use crate::{
    client::now,
    hooks::{HookCall, Occasion},
    source::{Place, TagSource, with_ending},
    stream::{Origin, Viewer},
};

/// Why a request is not granted: the code, and words for the client and the log.
struct Refusal(StatusCode, String);

impl Refusal {
    fn new(code: StatusCode, reason: impl ToString) -> Self {
        Self(code, reason.to_string())
    }
}

impl Client {
    pub(super) async fn handle_event<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtmp<IO>,
        event: ServerEvent,
    ) {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "the rest needs no answer and is looked at apart"
        )]
        match event {
            ServerEvent::Connect(request) => self.connect(connection, request).await,
            ServerEvent::Publish(request) => self.publish(connection, request).await,
            ServerEvent::Play(request) => self.play(connection, request).await,
            ServerEvent::Tag { stream, tag, .. } | ServerEvent::Data { stream, tag, .. } => {
                self.tag(stream, tag);
            }
            ServerEvent::StreamClosed { stream, reason, .. } => self.end(stream, reason),
            ServerEvent::StreamLength { id, path, .. } => {
                self.length(connection, id, &path).await;
            }
            ServerEvent::Refused {
                command, reason, ..
            } => {
                info!(peer = %self.peer, command, reason, "refused (RTMP)");
            }
            ServerEvent::Pause {
                stream, is_paused, ..
            } => self.pause(connection.machine(), stream, is_paused),
            ServerEvent::Seek {
                stream,
                position_ms,
                ..
            } => self.seek(connection.machine(), stream, position_ms),
            event => self.adjust(event),
        }
    }

    /// What needs no answer.
    fn adjust(&mut self, event: ServerEvent) {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "what else clients say does not concern this server"
        )]
        match event {
            ServerEvent::ReceiveAudio {
                stream, is_wanted, ..
            } => match self.streams.get_mut(&stream) {
                Some(Active::Live(player)) => player.want_audio(is_wanted),
                Some(Active::File(player)) => player.want_audio(is_wanted),
                Some(Active::Publishing(_)) | None => {}
            },
            ServerEvent::ReceiveVideo {
                stream, is_wanted, ..
            } => match self.streams.get_mut(&stream) {
                Some(Active::Live(player)) => player.want_video(is_wanted),
                Some(Active::File(player)) => player.want_video(is_wanted),
                Some(Active::Publishing(_)) | None => {}
            },
            ServerEvent::BufferLength {
                stream, length_ms, ..
            } => {
                if let Some(Active::File(player)) = self.streams.get_mut(&stream) {
                    player.set_buffer(length_ms);
                }
            }
            event => debug!(peer = %self.peer, ?event, "passed over (RTMP)"),
        }
    }

    fn tag(&mut self, stream: StreamId, tag: Tag) {
        if let Some(Active::Publishing(publication)) = self.streams.get_mut(&stream) {
            publication.tag(tag);
        }
    }

    async fn connect<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtmp<IO>,
        request: ConnectRequest,
    ) {
        self.info = Some(request.info);
        let call = self.call(Occasion::Connect, &request.path.path(), &request.path);
        let verdict = connection
            .drive_while(self.shared.gate.connect(&call))
            .await;
        let machine = connection.machine();
        // Only a connection that ended meanwhile refuses the answer.
        let _ = match verdict {
            Err(denied) => {
                info!(peer = %self.peer, app = request.path.app, reason = %denied, "connect refused (RTMP)");
                let code = StatusCode::NET_CONNECTION_CONNECT_REJECTED;
                machine.reject(request.id, code, denied.to_string())
            }
            Ok(()) => machine.accept(request.id),
        };
    }

    async fn publish<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtmp<IO>,
        request: PublishRequest,
    ) {
        let begun = self.begin_publishing(connection, &request).await;
        let machine = connection.machine();
        match begun {
            Ok(publication) => {
                if machine.accept(request.id).is_ok() {
                    self.streams
                        .insert(request.stream, Active::Publishing(publication));
                }
            }
            Err(Refusal(code, reason)) => {
                warn!(peer = %self.peer, path = request.path.path(), reason, "publish refused (RTMP)");
                let _ = machine.reject(request.id, code, &reason);
            }
        }
    }

    async fn begin_publishing<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        connection: &mut Connection<ServerConnection, IO>,
        request: &PublishRequest,
    ) -> Result<Publication, Refusal> {
        let bad = |reason: &str| Refusal::new(StatusCode::NET_STREAM_PUBLISH_BAD_NAME, reason);
        let path = request.path.path();
        let Some(Place::Live(name)) = Place::parse(&path) else {
            return Err(bad("publish to /live/NAME"));
        };
        if !crate::config::is_plain_name(name) {
            return Err(bad("a stream's name is letters, digits, . _ - and no more"));
        }
        let shared = &self.shared;
        let call = self.call(Occasion::Publish, &path, &request.path);
        let guest = connection.drive_while(shared.gate.admit(call)).await;
        let denied = |denied| Refusal::new(StatusCode::NET_STREAM_PUBLISH_DENIED, denied);
        let guest = guest.map_err(denied)?;
        let agent = self
            .info
            .as_ref()
            .map(|info| info.flash_version().unwrap_or_default().to_owned());
        let origin = Origin {
            protocol: "rtmp",
            peer: Some(self.peer),
            agent: agent.unwrap_or_default(),
        };
        let take_over = shared.config.publish.take_over;
        let publisher = shared
            .streams
            .publish(guest.name(), origin, take_over)
            .map_err(|busy| bad(&busy.to_string()))?;
        Ok(Publication::new(publisher, self.peer, guest))
    }

    async fn play<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtmp<IO>,
        request: PlayRequest,
    ) {
        let begun = self.begin_playing(connection, &request).await;
        let machine = connection.machine();
        match begun {
            Ok(active) => {
                let accepted = match &active {
                    Active::File(_) => machine.accept_recorded(request.id),
                    Active::Live(_) | Active::Publishing(_) => machine.accept(request.id),
                };
                if accepted.is_ok() {
                    self.streams.insert(request.stream, active);
                }
            }
            Err(Refusal(code, reason)) => {
                info!(peer = %self.peer, path = request.path.path(), reason, "play refused (RTMP)");
                let _ = machine.reject(request.id, code, &reason);
            }
        }
    }

    async fn begin_playing<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        connection: &mut Connection<ServerConnection, IO>,
        request: &PlayRequest,
    ) -> Result<Active, Refusal> {
        let failed = |reason: &dyn ToString| {
            Refusal::new(StatusCode::NET_STREAM_PLAY_FAILED, reason.to_string())
        };
        let shared = &self.shared;
        let path = with_ending(request.path.path());
        let call = self.call(Occasion::Play, &path, &request.path);
        let app = call.app.clone();
        let guest = connection.drive_while(shared.gate.admit(call)).await;
        let guest = guest.map_err(|denied| failed(&denied))?;
        let path = with_ending(format!("{app}/{}", guest.name()));
        let missing = |reason: &dyn ToString| {
            Refusal::new(
                StatusCode::NET_STREAM_PLAY_STREAM_NOT_FOUND,
                reason.to_string(),
            )
        };
        let source = connection.drive_while(shared.find_tags(&path)).await;
        let source = source.map_err(|error| missing(&error))?;
        let shares = (
            shared.admission.session().map_err(|full| failed(&full))?,
            shared
                .admission
                .bandwidth(source.bit_rate())
                .map_err(|full| failed(&full))?,
        );
        let (id, now) = (request.stream, now());
        Ok(match source {
            TagSource::Live(stream) => {
                let viewer = (id, Viewer::new(stream));
                Active::Live(LivePlayer::new(viewer, self.peer, now, guest, shares))
            }
            TagSource::File(file) => {
                let player = FilePlayer::new(
                    (id, &path),
                    file,
                    request,
                    (self.peer, &shared.config),
                    shares,
                );
                Active::File(player.with_guest(guest))
            }
        })
    }

    /// What the hooks are told of this client and `<app>/<name>`.
    fn call(&self, occasion: Occasion, path: &str, asked: &StreamPath) -> HookCall {
        let path = path.split_once('/').unwrap_or((path, ""));
        let mut call = HookCall::new(occasion, self.peer, path);
        call.client_id = self.peer.to_string();
        let queries = [&asked.app_query, &asked.stream_query];
        let queries: Vec<&str> = queries.into_iter().flatten().map(String::as_str).collect();
        call.args = queries.join("&");
        if let Some(info) = &self.info {
            info.tc_url()
                .unwrap_or_default()
                .clone_into(&mut call.tc_url);
            info.page_url()
                .unwrap_or_default()
                .clone_into(&mut call.page_url);
        }
        call
    }

    async fn length<IO: AsyncRead + AsyncWrite + Unpin>(
        &self,
        connection: &mut Rtmp<IO>,
        id: RequestId,
        asked: &StreamPath,
    ) {
        let path = with_ending(asked.path());
        let call = self.call(Occasion::Play, &path, asked);
        let found = match self.shared.gate.may(&call) {
            Ok(()) => connection
                .drive_while(self.shared.find_tags(&path))
                .await
                .ok(),
            Err(_) => None,
        };
        let duration = found.and_then(|source| source.duration());
        let seconds = duration.map_or(0.0, |duration| duration.as_secs_f64());
        let _ = connection.machine().reply_length(id, seconds);
    }

    fn pause(&mut self, machine: &mut ServerConnection, stream: StreamId, is_paused: bool) {
        match self.streams.get_mut(&stream) {
            Some(Active::Live(player)) => player.pause(is_paused),
            Some(Active::File(player)) => player.pause(is_paused),
            Some(Active::Publishing(_)) | None => return,
        }
        let _ = if is_paused {
            machine.notify_paused(stream)
        } else {
            machine.notify_resumed(stream)
        };
    }

    fn seek(&mut self, machine: &mut ServerConnection, stream: StreamId, position_ms: u32) {
        let _ = match self.streams.get_mut(&stream) {
            Some(Active::File(player)) => {
                player.seek(position_ms, &self.shared.config);
                machine.notify_seek(stream, position_ms)
            }
            Some(Active::Live(_)) => {
                machine.refuse_seek(stream, "a live stream cannot be sought in")
            }
            Some(Active::Publishing(_)) | None => return,
        };
    }
}
