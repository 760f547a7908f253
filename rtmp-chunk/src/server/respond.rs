//! The application's answers to requests, in the order that all clients accept.

use super::connection::Client;
use super::pending::{Connecting, Request};
use super::{RequestId, Role, ServerConnection};
use crate::amf::amf0::{Object, Value};
use crate::command::{Command, ConnectReply, Reply, Status, StatusCode};
use crate::control::{ControlMessage, LimitType, UserControl};
use crate::session::{SendError, StreamId};

impl ServerConnection {
    /// Grants `connect`, `publish` or `play`.
    ///
    /// Media of a publisher follows as events. What is sent to a player goes out behind the answer; a file is
    /// better announced by [`accept_recorded`](Self::accept_recorded).
    ///
    /// # Errors
    /// `UnknownRequest`, also when the connection has ended meanwhile.
    pub fn accept(&mut self, id: RequestId) -> Result<(), SendError> {
        match self.take_pending(id)? {
            Request::Connect(connecting) => self.accept_connect(connecting),
            Request::Publish { stream, name } => self.accept_publish(stream, name),
            Request::Play {
                stream,
                reset,
                name,
            } => {
                self.accept_play(stream, (&name, reset), false);
            }
        }
        Ok(())
    }

    /// Grants `play` of a file: the player may pause and seek.
    ///
    /// # Errors
    /// `UnknownRequest`; `WrongRequest` when it is no `play`.
    pub fn accept_recorded(&mut self, id: RequestId) -> Result<(), SendError> {
        let is_play = |pending: &super::pending::Pending| {
            pending.id != id || matches!(pending.request, Request::Play { .. })
        };
        if !self.pending.as_ref().is_none_or(is_play) {
            return Err(SendError::WrongRequest);
        }
        if let Request::Play {
            stream,
            reset,
            name,
        } = self.take_pending(id)?
        {
            self.accept_play(stream, (&name, reset), true);
        }
        Ok(())
    }

    /// Refuses `connect` (`NetConnection.Connect.Rejected`, …), `publish` (`NetStream.Publish.BadName`, …) or
    /// `play` (`NetStream.Play.StreamNotFound`, …), and says why. A client whose `connect` is refused is sent away.
    ///
    /// # Errors
    /// `UnknownRequest`.
    pub fn reject(
        &mut self,
        id: RequestId,
        code: StatusCode,
        description: impl Into<String>,
    ) -> Result<(), SendError> {
        self.reject_with(id, &Status::new(code, description))
    }

    /// Refuses with more than a code and a description: a redirection, for example.
    ///
    /// # Errors
    /// `UnknownRequest`.
    pub fn reject_with(&mut self, id: RequestId, status: &Status) -> Result<(), SendError> {
        match self.take_pending(id)? {
            Request::Connect(connecting) => {
                let reply = ConnectReply::success(0.0, &self.config.enhanced);
                let mut reply = Reply::from(&reply);
                reply.arguments = vec![status.to_object().into()];
                let answer = Command::Error(reply);
                self.push_reply(StreamId(0), connecting.transaction_id, answer);
                self.end();
            }
            Request::Publish { stream, .. } => self.push_status(stream, status),
            Request::Play { stream, .. } => {
                self.push_status(stream, status);
                self.end_stream(stream, super::ClosedBy::Replaced);
            }
        }
        Ok(())
    }

    /// Answers [`ServerEvent::StreamLength`](super::ServerEvent::StreamLength): in seconds, 0 for what is live.
    ///
    /// # Errors
    /// `UnknownRequest`, `WrongRequest`, `Closed`.
    pub fn reply_length(&mut self, id: RequestId, seconds: f64) -> Result<(), SendError> {
        let call = self.take_call(id, true)?;
        let reply = Command::Result(Reply::stream_length(seconds));
        self.push_reply(call.stream, call.transaction_id, reply);
        Ok(())
    }

    /// Answers [`ServerEvent::Call`](super::ServerEvent::Call) with a value.
    ///
    /// # Errors
    /// `UnknownRequest`, `WrongRequest`, `Closed`.
    pub fn result(&mut self, id: RequestId, value: impl Into<Value>) -> Result<(), SendError> {
        let call = self.take_call(id, false)?;
        let reply = Command::Result(Reply::value(value));
        self.push_reply(call.stream, call.transaction_id, reply);
        Ok(())
    }

    /// Answers [`ServerEvent::Call`](super::ServerEvent::Call) with an error, mostly
    /// `NetConnection.Call.Failed`.
    ///
    /// # Errors
    /// `UnknownRequest`, `WrongRequest`, `Closed`.
    pub fn error(
        &mut self,
        id: RequestId,
        code: StatusCode,
        description: impl Into<String>,
    ) -> Result<(), SendError> {
        let call = self.take_call(id, false)?;
        let status = Status::new(code, description);
        let reply = Command::Error(Reply::status(&status));
        self.push_reply(call.stream, call.transaction_id, reply);
        Ok(())
    }

    /// Windows and the chunk size go first: ffmpeg publishes in chunks of the size it has heard by then.
    fn accept_connect(&mut self, connecting: Connecting) {
        self.wire.announce_window();
        self.wire.push_control(&ControlMessage::SetPeerBandwidth {
            window: self.config.window_bytes,
            limit_type: LimitType::DYNAMIC,
        });
        self.wire.announce_chunk_size(self.config.chunk_size);
        let encoding = connecting.object_encoding;
        let ours = if connecting.capabilities.is_empty() {
            crate::command::Capabilities::new()
        } else {
            self.config.enhanced.clone()
        };
        let mut reply = ConnectReply::success(encoding, &ours);
        reply
            .properties
            .insert("fmsVer", self.config.fms_version.as_str());
        self.client = Some(Client {
            app: connecting.app,
            amf3: encoding >= 3.0,
            capabilities: connecting.capabilities,
        });
        // Pipelined clients number their calls; who sends 0 waits for an answer all the same.
        let transaction_id = match connecting.transaction_id {
            0.0 => 1.0,
            number => number,
        };
        let answer = Command::Result(Reply::from(&reply));
        self.push_reply(StreamId(0), transaction_id, answer);
        if self.config.send_bw_done {
            self.push_notification(StreamId(0), Command::OnBandwidthDone);
        }
        self.note_roles();
    }

    fn accept_publish(&mut self, stream: StreamId, name: String) {
        self.wire
            .push_user_control(UserControl::StreamBegin(stream.number()));
        let description = format!("{name} is now published.");
        let status = Status::new(StatusCode::NET_STREAM_PUBLISH_START, description);
        self.push_status(stream, &status);
        self.take_role(stream, Role::Publisher, name);
    }

    fn accept_play(&mut self, stream: StreamId, (name, reset): (&str, bool), is_recorded: bool) {
        if is_recorded {
            self.wire
                .push_user_control(UserControl::StreamIsRecorded(stream.number()));
        }
        self.wire
            .push_user_control(UserControl::StreamBegin(stream.number()));
        if reset {
            let description = format!("Playing and resetting {name}.");
            let status = Status::new(StatusCode::NET_STREAM_PLAY_RESET, description);
            self.push_status(stream, &status.with("details", name));
        }
        let description = format!("Started playing {name}.");
        let status = Status::new(StatusCode::NET_STREAM_PLAY_START, description);
        self.push_status(stream, &status.with("details", name));
        let access = ["|RtmpSampleAccess".into(), true.into(), true.into()];
        self.push_data(stream, &access);
        let start = Object::new().with("code", StatusCode::NET_STREAM_DATA_START.as_str());
        self.push_data(stream, &["onStatus".into(), start.into()]);
        self.take_role(stream, Role::Player, String::new());
    }

    fn take_role(&mut self, id: StreamId, role: Role, name: String) {
        if let Some(stream) = self.streams.get_mut(id) {
            stream.role = Some(role);
            stream.name = name;
        }
        self.note_roles();
    }
}
