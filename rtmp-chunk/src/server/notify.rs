//! What the server tells its clients, and the media it sends them.

use bytes::BytesMut;

use super::connection::Life;
use super::{ClosedBy, Role, ServerConnection};
use crate::amf::Text;
use crate::amf::amf0::{Object, Value};
use crate::chunk::SharedMessage;
use crate::command::{Call, CapsEx, Command, Status, StatusCode};
use crate::control::UserControl;
use crate::session::{SendError, StreamId, outgoing};
use crate::{Tag, TagType};

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// Somebody wants this client gone.
    Kicked,
    /// The server stops.
    Shutdown,
    /// The client was idle for longer than the application allows.
    Idle,
}

impl CloseReason {
    fn status(self) -> Status {
        match self {
            Self::Kicked => Status::new(StatusCode::NET_CONNECTION_CONNECT_CLOSED, "closed"),
            Self::Shutdown => Status::new(
                StatusCode::NET_CONNECTION_CONNECT_APP_SHUTDOWN,
                "the server is shutting down",
            ),
            Self::Idle => Status::new(StatusCode::NET_CONNECTION_CONNECT_IDLE_TIME_OUT, "idle"),
        }
    }
}

impl ServerConnection {
    /// Queues audio, video or data for a player; nothing of it is copied.
    ///
    /// # Errors
    /// `QueueFull` when the client does not read fast enough; the event `Writable` tells when to go on.
    /// `UnknownStream`, `WrongState` when the stream is not played; `Closed`.
    pub fn send_tag(&mut self, stream: StreamId, tag: &Tag) -> Result<(), SendError> {
        self.check_playing(stream)?;
        let (header, payload) = outgoing(stream, tag);
        self.wire.push_media(&header, &payload)
    }

    /// Queues a message that was chunked once for all players, on the stream that it was made for.
    ///
    /// # Errors
    /// Those of [`send_tag`](Self::send_tag); `SharedStream` when it was made for another stream, `ChunkSize` when
    /// for another chunk size: [`send_tag`](Self::send_tag) does it then.
    pub fn send_shared(
        &mut self,
        stream: StreamId,
        message: &SharedMessage,
    ) -> Result<(), SendError> {
        self.check_playing(stream)?;
        let actual = message.header().stream_id;
        if actual != stream.number() {
            let expected = stream.number();
            return Err(SendError::SharedStream { expected, actual });
        }
        self.wire.push_shared(message)
    }

    /// Queues a data message for a player, at time 0: a name and what follows it.
    ///
    /// # Errors
    /// Those of [`send_tag`](Self::send_tag).
    pub fn send_data(&mut self, stream: StreamId, values: &[Value]) -> Result<(), SendError> {
        let length = values.iter().map(Value::encoded_len).sum();
        let mut body = BytesMut::with_capacity(length);
        for value in values {
            value.encode(&mut body);
        }
        self.send_tag(stream, &Tag::new(TagType::Script, 0, body.freeze()))
    }

    /// Says anything about a stream; on stream 0 ([`StreamId::CONNECTION`]) about the connection.
    ///
    /// # Errors
    /// `UnknownStream`, `Closed`.
    pub fn status(&mut self, stream: StreamId, status: &Status) -> Result<(), SendError> {
        self.check_stream(stream)?;
        self.push_status(stream, status);
        Ok(())
    }

    /// Calls a procedure of the client, without an answer.
    ///
    /// # Errors
    /// `Closed`.
    pub fn notify(
        &mut self,
        name: impl Into<Text>,
        arguments: Vec<Value>,
    ) -> Result<(), SendError> {
        self.check_stream(StreamId::CONNECTION)?;
        let mut call = Call::new(name, 0.0);
        call.arguments = arguments;
        self.push_notification(StreamId::CONNECTION, Command::Call(call));
        Ok(())
    }

    /// `StreamBegin`: there is data again.
    ///
    /// # Errors
    /// Those of [`status`](Self::status).
    pub fn stream_begin(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.user_control(stream, UserControl::StreamBegin(stream.number()))
    }

    /// `StreamEOF`: there is no more data.
    ///
    /// # Errors
    /// Those of [`status`](Self::status).
    pub fn stream_eof(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.user_control(stream, UserControl::StreamEof(stream.number()))
    }

    /// `StreamDry`: there is no data at present.
    ///
    /// # Errors
    /// Those of [`status`](Self::status).
    pub fn stream_dry(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.user_control(stream, UserControl::StreamDry(stream.number()))
    }

    /// The player is paused: nothing more is sent before it goes on.
    ///
    /// # Errors
    /// Those of [`send_tag`](Self::send_tag), but for the queue.
    pub fn notify_paused(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.stream_eof(stream)?;
        self.play_status(stream, StatusCode::NET_STREAM_PAUSE_NOTIFY, "Paused.")
    }

    /// The player goes on.
    ///
    /// # Errors
    /// Those of [`notify_paused`](Self::notify_paused).
    pub fn notify_resumed(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.stream_begin(stream)?;
        self.play_status(stream, StatusCode::NET_STREAM_UNPAUSE_NOTIFY, "Unpaused.")
    }

    /// What is sent from now on is from elsewhere, as the player asked for.
    ///
    /// # Errors
    /// Those of [`notify_paused`](Self::notify_paused).
    pub fn notify_seek(&mut self, stream: StreamId, position_ms: u32) -> Result<(), SendError> {
        self.check_playing(stream)?;
        self.stream_eof(stream)?;
        let description = format!("Seeking {position_ms} ms.");
        let status = Status::new(StatusCode::NET_STREAM_SEEK_NOTIFY, description);
        self.push_status(stream, &status);
        self.stream_begin(stream)?;
        self.play_status(
            stream,
            StatusCode::NET_STREAM_PLAY_START,
            "Started playing.",
        )
    }

    /// The player may not go there, or nowhere at all.
    ///
    /// # Errors
    /// Those of [`notify_paused`](Self::notify_paused).
    pub fn refuse_seek(&mut self, stream: StreamId, reason: &str) -> Result<(), SendError> {
        self.play_status(stream, StatusCode::NET_STREAM_SEEK_FAILED, reason)
    }

    /// The publisher of a live stream is there (again).
    ///
    /// # Errors
    /// Those of [`notify_paused`](Self::notify_paused).
    pub fn notify_published(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.play_status(
            stream,
            StatusCode::NET_STREAM_PLAY_PUBLISH_NOTIFY,
            "Published.",
        )?;
        self.stream_begin(stream)
    }

    /// The publisher of a live stream is gone. Most players leave at this; the stream stays open for others.
    ///
    /// # Errors
    /// Those of [`notify_paused`](Self::notify_paused).
    pub fn notify_unpublished(&mut self, stream: StreamId) -> Result<(), SendError> {
        self.play_status(
            stream,
            StatusCode::NET_STREAM_PLAY_UNPUBLISH_NOTIFY,
            "Unpublished.",
        )?;
        self.stream_eof(stream)
    }

    /// A file has been played to its end, or as much of it as was asked for. The stream stays open: the player may
    /// seek back.
    ///
    /// # Errors
    /// Those of [`notify_paused`](Self::notify_paused).
    pub fn notify_complete(
        &mut self,
        stream: StreamId,
        played_seconds: f64,
    ) -> Result<(), SendError> {
        self.check_playing(stream)?;
        self.stream_eof(stream)?;
        let complete = Object::new()
            .with("level", "status")
            .with("code", StatusCode::NET_STREAM_PLAY_COMPLETE.as_str())
            .with("duration", played_seconds)
            .with("bytes", 0.0);
        self.push_data(stream, &["onPlayStatus".into(), complete.into()]);
        self.play_status(stream, StatusCode::NET_STREAM_PLAY_STOP, "Stopped playing.")
    }

    /// Ends what a stream was for, and says so. The client may use the stream anew.
    ///
    /// # Errors
    /// `UnknownStream`, `Closed`; `WrongState` when it is neither published nor played.
    pub fn close_stream(&mut self, stream: StreamId, status: &Status) -> Result<(), SendError> {
        self.check_stream(stream)?;
        let role = self.streams.role(stream).ok_or(SendError::WrongState)?;
        self.push_status(stream, status);
        if role == Role::Player {
            self.stream_eof(stream)?;
        }
        self.end_stream(stream, ClosedBy::Application);
        self.is_fresh = true;
        Ok(())
    }

    /// Asks the client to connect again, to `tc_url` or to the same place (Enhanced RTMP v2). False when the client
    /// does not know how, and nothing was sent.
    ///
    /// # Errors
    /// `Closed`.
    pub fn reconnect_request(
        &mut self,
        tc_url: Option<&str>,
        description: &str,
    ) -> Result<bool, SendError> {
        self.check_stream(StreamId::CONNECTION)?;
        let client = self.client.as_ref();
        let knows = client.is_some_and(|client| client.capabilities.supports(CapsEx::RECONNECT));
        if knows {
            let status = Status::reconnect_request(tc_url, description);
            self.push_status(StreamId::CONNECTION, &status);
        }
        Ok(knows)
    }

    /// Asks a Flash player to prove which SWF file it runs in; the event `SwfVerified` brings the proof.
    ///
    /// # Errors
    /// `Closed`.
    pub fn request_swf_verification(&mut self) -> Result<(), SendError> {
        self.user_control(StreamId::CONNECTION, UserControl::SwfVerificationRequest)
    }

    /// Ends the connection, and says why. Write what `poll_transmit` still has, then close the stream.
    pub fn close(&mut self, reason: CloseReason) {
        if self.life != Life::Open {
            return;
        }
        if self.client.is_some() {
            self.push_status(StreamId::CONNECTION, &reason.status());
        }
        self.end();
    }

    /// Nothing more is read, and nothing more said.
    pub(super) fn end(&mut self) {
        self.end_all(ClosedBy::Application);
        self.life = Life::Closed;
    }

    fn play_status(
        &mut self,
        stream: StreamId,
        code: StatusCode,
        description: &str,
    ) -> Result<(), SendError> {
        self.check_playing(stream)?;
        self.push_status(stream, &Status::new(code, description));
        Ok(())
    }

    fn user_control(&mut self, stream: StreamId, event: UserControl) -> Result<(), SendError> {
        self.check_stream(stream)?;
        self.wire.push_user_control(event);
        Ok(())
    }

    fn check_stream(&self, stream: StreamId) -> Result<(), SendError> {
        if self.life != Life::Open {
            return Err(SendError::Closed);
        }
        if self.client.is_none() {
            return Err(SendError::WrongState);
        }
        if stream == StreamId::CONNECTION || self.streams.get(stream).is_some() {
            Ok(())
        } else {
            Err(SendError::UnknownStream)
        }
    }

    fn check_playing(&self, stream: StreamId) -> Result<(), SendError> {
        self.check_stream(stream)?;
        match self.streams.role(stream) {
            Some(Role::Player) => Ok(()),
            Some(Role::Publisher) | None => Err(SendError::WrongState),
        }
    }
}
