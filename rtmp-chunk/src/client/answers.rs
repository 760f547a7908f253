//! What the server answers and says.

use super::connection::{Connecting, Life};
use super::stream::{CallKind, Progress, Purpose};
use super::{ClientConnection, ClientEvent, StreamEnd, StreamHandle};
use crate::amf::amf0::Value;
use crate::command::{Call, Command, CommandMessage, Reply, Status, StatusCode};
use crate::session::{ConnectionError, StreamId, after};
use crate::{Message, Tag};

/// The name of the data message that tells of the end of a file.
const ON_PLAY_STATUS: &[u8] = b"\x02\0\x0conPlayStatus";

impl ClientConnection {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "what servers do not say is answered as what nobody knows"
    )]
    pub(super) fn handle_command(&mut self, message: &Message) -> Result<(), ConnectionError> {
        let limits = &self.config.limits.amf;
        let heard = CommandMessage::parse(message.message_type, &message.payload, limits);
        let heard = match heard {
            Ok(heard) => heard,
            Err(error) if self.connecting == Connecting::Done => {
                self.events.push(ClientEvent::Unreadable { error });
                return Ok(());
            }
            Err(error) => {
                return Err(ConnectionError::Message {
                    message_type: message.message_type.0,
                    error,
                    phase: self.phase(),
                });
            }
        };
        let transaction_id = heard.transaction_id;
        match heard.command {
            Command::Result(reply) => self.handle_reply(transaction_id, true, reply),
            Command::Error(reply) => self.handle_reply(transaction_id, false, reply),
            Command::OnStatus(status) => self.handle_status(message.stream_id, status),
            Command::OnBandwidthDone => self.push_courtesy(Command::CheckBandwidth),
            Command::Close => self.life = Life::Closed,
            // Encoders pay no heed to these; the status says the same.
            Command::OnFcPublish(_)
            | Command::OnFcUnpublish(_)
            | Command::OnFcSubscribe(_)
            | Command::OnFcUnsubscribe(_) => {}
            other => self.handle_call(other.to_call(transaction_id)),
        }
        Ok(())
    }

    fn handle_reply(&mut self, transaction_id: f64, is_result: bool, reply: Reply) {
        let is_this =
            |call: &super::stream::OpenCall| f64::from(call.transaction) == transaction_id;
        let kind = match self.calls.iter().position(is_this) {
            Some(at) => self.calls.remove(at).map(|call| call.kind),
            // There are servers that answer `connect` by another number than 1.
            None if self.awaits_connect() => Some(CallKind::Connect),
            None => None,
        };
        match kind {
            Some(CallKind::Connect) => self.handle_connected(is_result, &reply),
            Some(CallKind::CreateStream(stream)) => {
                self.handle_created(stream, is_result, &reply);
            }
            Some(CallKind::Application(id)) => self.events.push(ClientEvent::CallAnswered {
                id,
                is_result,
                reply,
            }),
            Some(CallKind::Courtesy) => {}
            None => self.ignore(),
        }
    }

    const fn awaits_connect(&self) -> bool {
        matches!(self.connecting, Connecting::Asked(_))
    }

    fn handle_connected(&mut self, is_result: bool, reply: &Reply) {
        let failed = || Status::new(StatusCode::NET_CONNECTION_CONNECT_FAILED, "");
        if !self.awaits_connect() {
            return self.ignore();
        }
        let granted = reply
            .as_connect()
            .filter(|connect| is_result && !connect.status.is_error());
        let Some(connect) = granted else {
            let status = reply.as_status().unwrap_or_else(failed);
            return self.reject_connect(status);
        };
        self.connecting = Connecting::Done;
        self.calls.retain(|call| call.kind != CallKind::Connect);
        self.amf3 = self.amf3 && connect.object_encoding() >= 3.0;
        self.wire.announce_window();
        self.events.push(ClientEvent::Connected { reply: connect });
        let waiting: Vec<StreamHandle> = self.streams.iter().map(|stream| stream.handle).collect();
        for stream in waiting {
            self.create(stream);
        }
    }

    fn reject_connect(&mut self, status: Status) {
        self.forget();
        self.events.push(ClientEvent::ConnectRejected { status });
        self.life = Life::Closed;
    }

    fn handle_created(&mut self, handle: StreamHandle, is_result: bool, reply: &Reply) {
        let id = reply.as_stream_id().filter(|_| is_result).map(StreamId);
        let now = self.now;
        let timeout = self.config.response_timeout;
        let Some(stream) = self.stream_mut(handle) else {
            return;
        };
        let is_abandoned = stream.progress == Progress::Abandoned;
        let Some(id) = id else {
            let failed = || Status::new(StatusCode::NET_STREAM_FAILED, "no stream was created");
            let status = reply.as_status().unwrap_or_else(failed);
            return self.reject_stream(handle, status, !is_abandoned);
        };
        stream.id = id;
        stream.progress = Progress::Starting;
        stream.deadline = Some(after(now, timeout));
        if is_abandoned {
            self.delete(handle);
        } else {
            self.start(handle);
        }
    }

    fn reject_stream(&mut self, stream: StreamHandle, status: Status, is_told: bool) {
        self.streams.retain(|other| other.handle != stream);
        if is_told {
            self.events
                .push(ClientEvent::StreamRejected { stream, status });
        }
        self.note_streams();
    }

    fn handle_status(&mut self, number: u32, status: Status) {
        if let Some(wanted) = status.as_reconnect_request() {
            let event = ClientEvent::ReconnectRequested {
                tc_url: wanted.tc_url.map(str::to_owned),
                description: wanted.description.to_owned(),
            };
            return self.events.push(event);
        }
        let is_connection = status.code.as_str().starts_with("NetConnection.");
        if is_connection && status.is_error() && self.awaits_connect() {
            return self.reject_connect(status);
        }
        let stream = self.heard_on(number).filter(|_| !is_connection);
        match stream {
            Some(stream) => self.handle_stream_status(stream, status),
            None => self.events.push(ClientEvent::Status {
                stream: None,
                status,
            }),
        }
    }

    fn handle_stream_status(&mut self, handle: StreamHandle, status: Status) {
        let Some(stream) = self.stream_mut(handle) else {
            return;
        };
        let id = stream.id;
        let is_starting = stream.progress == Progress::Starting;
        if is_starting && status.is_error() {
            return self.reject_stream(handle, status, true);
        }
        let starts = match stream.purpose {
            Purpose::Publish(_) => StatusCode::NET_STREAM_PUBLISH_START,
            Purpose::Play(_) => StatusCode::NET_STREAM_PLAY_START,
        };
        if is_starting && status.code == starts {
            stream.progress = Progress::Started;
            stream.deadline = None;
            let is_play = stream.purpose.is_play();
            let stream = handle;
            self.events.push(if is_play {
                ClientEvent::PlayStarted { stream, id, status }
            } else {
                ClientEvent::PublishStarted { stream, id, status }
            });
            return;
        }
        let event = told(handle, status);
        self.events.push(event);
    }

    /// A call of the server: bandwidth checks want an answer, the rest is for the application.
    fn handle_call(&mut self, call: Call) {
        let is_check = ["_onbwcheck", "onBWCheck"].contains(&call.name.as_str());
        if call.transaction_id != 0.0 {
            let reply = if is_check {
                Command::Result(Reply::empty())
            } else {
                let code = StatusCode::NET_CONNECTION_CALL_FAILED;
                Command::Error(Reply::status(&Status::new(code, "no such method")))
            };
            let answer = reply.with_transaction(call.transaction_id);
            self.push_command(StreamId::CONNECTION, &answer);
        }
        if is_check {
            return;
        }
        let mut arguments = vec![call.command_object];
        arguments.extend(call.arguments);
        self.events.push(ClientEvent::Called {
            name: call.name.to_string(),
            arguments,
        });
    }

    /// `onPlayStatus` with `NetStream.Play.Complete`.
    pub(super) fn is_complete(&self, tag: &Tag) -> bool {
        if !tag.payload.starts_with(ON_PLAY_STATUS) {
            return false;
        }
        let values = Value::parse_all(&tag.payload, &self.config.limits.amf).unwrap_or_default();
        let status = values.iter().find_map(Status::from_value);
        status.is_some_and(|status| status.code == StatusCode::NET_STREAM_PLAY_COMPLETE)
    }
}

/// What a status says of a stream, in words of its own where there are such.
fn told(stream: StreamHandle, status: Status) -> ClientEvent {
    let ended = |how| ClientEvent::StreamEnded { stream, how };
    let paused = |is_paused| ClientEvent::Paused { stream, is_paused };
    let code = &status.code;
    if *code == StatusCode::NET_STREAM_PLAY_STOP {
        ended(StreamEnd::Stop)
    } else if *code == StatusCode::NET_STREAM_PLAY_COMPLETE {
        ended(StreamEnd::Complete)
    } else if *code == StatusCode::NET_STREAM_PLAY_UNPUBLISH_NOTIFY {
        ended(StreamEnd::UnpublishNotify)
    } else if *code == StatusCode::NET_STREAM_PLAY_PUBLISH_NOTIFY {
        ClientEvent::PublishNotify { stream }
    } else if *code == StatusCode::NET_STREAM_PAUSE_NOTIFY {
        paused(true)
    } else if *code == StatusCode::NET_STREAM_UNPAUSE_NOTIFY {
        paused(false)
    } else if *code == StatusCode::NET_STREAM_SEEK_NOTIFY {
        ClientEvent::Seeked { stream }
    } else {
        let stream = Some(stream);
        ClientEvent::Status { stream, status }
    }
}
