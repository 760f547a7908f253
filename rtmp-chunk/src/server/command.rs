//! Commands of the client: answered, or made into events.

use super::connection::Life;
use super::pending::{Connecting, Request};
use super::{
    ClosedBy, ConnectRequest, PlayRequest, PublishRequest, Role, ServerConnection, ServerEvent,
};
use crate::amf::amf0::Value;
use crate::command::{
    Call, Command, CommandMessage, ConnectInfo, Play, Publish, Reply, Status, StatusCode,
    StreamPath,
};
use crate::session::{ConnectionError, Media, StreamId, split};
use crate::{Message, MessageType, ParseError};

impl ServerConnection {
    pub(super) fn handle_command(&mut self, message: &Message) -> Result<(), ConnectionError> {
        let limits = &self.config.limits.amf;
        let heard = match CommandMessage::parse(message.message_type, &message.payload, limits) {
            Ok(heard) => heard,
            Err(error) => return self.handle_unreadable(message.message_type, error),
        };
        let stream = StreamId(message.stream_id);
        let transaction_id = heard.transaction_id;
        match (&self.client, heard.command) {
            (None, Command::Connect(info)) => self.handle_connect(transaction_id, info),
            (None, command) => self.refuse(
                (stream, transaction_id),
                command.name(),
                "not connected yet",
            ),
            (Some(_), command) => {
                self.note_command();
                self.handle_connected(stream, transaction_id, command);
            }
        }
        Ok(())
    }

    /// Strangers are not listened to; of others one command is lost.
    fn handle_unreadable(
        &mut self,
        message_type: MessageType,
        error: ParseError,
    ) -> Result<(), ConnectionError> {
        if self.client.is_none() {
            return Err(ConnectionError::Message {
                message_type: message_type.0,
                error,
                phase: self.phase(),
            });
        }
        self.events.push(ServerEvent::Refused {
            command: String::new(),
            reason: error.to_string(),
        });
        Ok(())
    }

    /// A sign of life of who neither publishes nor plays.
    fn note_command(&mut self) {
        if self.streams.active().next().is_none() {
            self.active_at = self.now;
        }
    }

    fn handle_connect(&mut self, transaction_id: f64, info: ConnectInfo) {
        let path = StreamPath::split(info.app(), "");
        let id = self.wait_for(Request::Connect(Connecting {
            transaction_id,
            app: info.app().to_owned(),
            object_encoding: info.object_encoding(),
            capabilities: info.capabilities(),
        }));
        self.events
            .push(ServerEvent::Connect(ConnectRequest { id, path, info }));
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the rest concerns streams that play"
    )]
    fn handle_connected(&mut self, stream: StreamId, transaction_id: f64, command: Command) {
        match command {
            Command::CreateStream => self.handle_create_stream(transaction_id),
            Command::Publish(publish) => self.handle_publish(stream, transaction_id, publish),
            Command::Play(play) => self.handle_play(stream, transaction_id, play),
            Command::CloseStream => self.close_by_client(stream, ClosedBy::CloseStream),
            Command::DeleteStream { stream_id } => {
                self.close_by_client(StreamId(stream_id), ClosedBy::DeleteStream);
            }
            Command::Close => {
                self.end_all(ClosedBy::ConnectionLost);
                self.life = Life::Closed;
            }
            Command::ReleaseStream { .. } | Command::CheckBandwidth => {
                self.push_result(transaction_id, Reply::empty());
            }
            Command::FcPublish { stream_name } => {
                self.push_result(transaction_id, Reply::empty());
                let code = StatusCode::NET_STREAM_PUBLISH_START;
                let status = Status::new(code, stream_name);
                self.push_notification(StreamId(0), Command::OnFcPublish(status));
            }
            Command::FcSubscribe { stream_name } => {
                self.push_result(transaction_id, Reply::empty());
                let status = Status::new(StatusCode::NET_STREAM_PLAY_START, stream_name);
                self.push_notification(StreamId(0), Command::OnFcSubscribe(status));
            }
            Command::FcUnpublish { stream_name } => {
                self.handle_unpublish(transaction_id, stream_name)
            }
            Command::FcUnsubscribe { stream_name } => {
                self.push_result(transaction_id, Reply::empty());
                let status = Status::new(StatusCode::NET_STREAM_PLAY_STOP, stream_name);
                self.push_notification(StreamId(0), Command::OnFcUnsubscribe(status));
            }
            Command::GetStreamLength { stream_name } => {
                let id = self.open_call(transaction_id, stream, true);
                let path = self.stream_path(&stream_name);
                self.events.push(ServerEvent::StreamLength { id, path });
            }
            other => self.handle_playing(stream, transaction_id, other),
        }
    }

    /// What players say of a stream that plays, and everything else.
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the rest makes no sense here, whatever it is"
    )]
    fn handle_playing(&mut self, stream: StreamId, transaction_id: f64, command: Command) {
        let is_playing = self.streams.role(stream) == Some(Role::Player);
        match command {
            Command::Pause(pause) if is_playing => {
                // `pauseRaw` comes beside `pause`.
                if !pause.raw {
                    self.events.push(ServerEvent::Pause {
                        stream,
                        is_paused: pause.paused,
                        position_ms: pause.position_ms,
                    });
                }
            }
            Command::Seek { position_ms } if is_playing => {
                self.events.push(ServerEvent::Seek {
                    stream,
                    position_ms,
                });
            }
            Command::ReceiveAudio(is_wanted) if is_playing => {
                self.answer_receive(stream, is_wanted);
                self.events
                    .push(ServerEvent::ReceiveAudio { stream, is_wanted });
            }
            Command::ReceiveVideo(is_wanted) if is_playing => {
                self.answer_receive(stream, is_wanted);
                self.events
                    .push(ServerEvent::ReceiveVideo { stream, is_wanted });
            }
            Command::Play2(play2) if is_playing => {
                self.events.push(ServerEvent::Play2 { stream, play2 });
            }
            Command::Call(call) => self.handle_call(stream, call),
            // Clients have nothing to answer: what they call an answer, or say as a server would, changes nothing.
            Command::Result(_) | Command::Error(_) | Command::OnStatus(_) => {}
            Command::Connect(_) => {
                self.refuse((stream, transaction_id), "connect", "connected already")
            }
            // Before `play`, or after it ended: Flash says it again when it comes.
            Command::ReceiveAudio(_) | Command::ReceiveVideo(_) => {}
            other => self.refuse(
                (stream, transaction_id),
                other.name(),
                "nothing is played on this stream",
            ),
        }
    }

    /// Who wants sound or pictures again is told that they come (RTMP 1.0 §7.2.2.4, §7.2.2.5).
    fn answer_receive(&mut self, stream: StreamId, is_wanted: bool) {
        if is_wanted {
            for code in [
                StatusCode::NET_STREAM_SEEK_NOTIFY,
                StatusCode::NET_STREAM_PLAY_START,
            ] {
                self.push_status(stream, &Status::new(code, ""));
            }
        }
    }

    fn handle_create_stream(&mut self, transaction_id: f64) {
        match self.streams.create() {
            Some(stream) => self.push_result(transaction_id, Reply::stream_id(stream.number())),
            None => self.refuse(
                (StreamId(0), transaction_id),
                "createStream",
                "too many streams",
            ),
        }
    }

    fn handle_publish(&mut self, stream: StreamId, transaction_id: f64, publish: Publish) {
        let is_publishing = self.streams.role(stream) == Some(Role::Publisher);
        let Some(stream) = self
            .streams
            .get_or_add(stream.number())
            .filter(|_| !is_publishing)
        else {
            let code = StatusCode::NET_STREAM_PUBLISH_BAD_NAME;
            return self.refuse_stream(
                stream,
                ("publish", "no such stream, or it is in use"),
                code,
            );
        };
        let _ = transaction_id;
        if self.streams.role(stream).is_some() {
            self.end_stream(stream, ClosedBy::Replaced);
        }
        let path = self.stream_path(&publish.stream_name);
        let id = self.wait_for(Request::Publish {
            stream,
            name: publish.stream_name,
        });
        self.events.push(ServerEvent::Publish(PublishRequest {
            id,
            stream,
            path,
            mode: publish.mode,
        }));
    }

    fn handle_play(&mut self, stream: StreamId, transaction_id: f64, play: Play) {
        let _ = transaction_id;
        let Some(stream) = self.streams.get_or_add(stream.number()) else {
            let code = StatusCode::NET_STREAM_PLAY_FAILED;
            return self.refuse_stream(stream, ("play", "no such stream"), code);
        };
        if self.streams.role(stream) == Some(Role::Publisher) {
            self.end_stream(stream, ClosedBy::Replaced);
        }
        let path = self.stream_path(&play.stream_name);
        let reset = play.resets();
        let (start, duration_ms) = (play.start, play.duration_ms);
        let id = self.wait_for(Request::Play {
            stream,
            name: play.stream_name,
            reset,
        });
        self.events.push(ServerEvent::Play(PlayRequest {
            id,
            stream,
            path,
            start,
            duration_ms,
            reset,
        }));
    }

    fn handle_unpublish(&mut self, transaction_id: f64, stream_name: String) {
        self.push_result(transaction_id, Reply::empty());
        let code = StatusCode::NET_STREAM_UNPUBLISH_SUCCESS;
        let ended = self.streams.published(&stream_name);
        let status = Status::new(code, stream_name);
        self.push_notification(StreamId(0), Command::OnFcUnpublish(status));
        if let Some(stream) = ended {
            self.close_by_client(stream, ClosedBy::Unpublish);
        }
    }

    fn close_by_client(&mut self, stream: StreamId, reason: ClosedBy) {
        if self.streams.role(stream) == Some(Role::Publisher) {
            let code = StatusCode::NET_STREAM_UNPUBLISH_SUCCESS;
            self.push_status(stream, &Status::new(code, "Stream is now unpublished."));
        }
        self.end_stream(stream, reason);
        if reason == ClosedBy::DeleteStream {
            self.streams.remove(stream);
        }
    }

    fn handle_call(&mut self, stream: StreamId, call: Call) {
        // GStreamer names the stream that it deletes; it has said FCUnpublish before.
        if call.name.as_str() == "deleteStream" {
            let name = call.argument(0).and_then(Value::as_str);
            if let Some(stream) = name.and_then(|name| self.streams.published(name)) {
                self.close_by_client(stream, ClosedBy::DeleteStream);
            }
            return;
        }
        let wants_answer = call.transaction_id != 0.0;
        let id = wants_answer.then(|| self.open_call(call.transaction_id, stream, false));
        let mut arguments = vec![call.command_object];
        arguments.extend(call.arguments);
        self.events.push(ServerEvent::Call {
            id,
            stream,
            name: call.name.to_string(),
            arguments,
        });
    }

    /// Answers by itself, and tells.
    fn refuse(&mut self, (stream, transaction_id): (StreamId, f64), command: &str, reason: &str) {
        self.push_call_failed(stream, transaction_id, reason);
        self.events.push(ServerEvent::Refused {
            command: command.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn refuse_stream(
        &mut self,
        stream: StreamId,
        (command, reason): (&str, &str),
        code: StatusCode,
    ) {
        self.push_status(stream, &Status::new(code, reason));
        self.events.push(ServerEvent::Refused {
            command: command.to_owned(),
            reason: reason.to_owned(),
        });
    }

    fn stream_path(&self, stream_name: &str) -> StreamPath {
        let app = self.client.as_ref().map_or("", |client| &client.app);
        StreamPath::split(app, stream_name)
    }

    /// Media of a publisher becomes events.
    pub(super) fn handle_media(&mut self, message: Message) {
        let Some(stream) = self.streams.publisher(message.stream_id) else {
            self.stats.unassigned_messages = self.stats.unassigned_messages.saturating_add(1);
            return;
        };
        self.active_at = self.now;
        let (media, is_whole) = split(message, &self.config.limits);
        if !is_whole {
            self.stats.ignored_messages = self.stats.ignored_messages.saturating_add(1);
        }
        for media in media {
            let bytes = media.len();
            let event = match media {
                Media::Tag(tag) => ServerEvent::Tag { stream, tag },
                Media::Data(tag) => ServerEvent::Data { stream, tag },
            };
            self.events.push_weighed(event, bytes);
        }
    }
}
