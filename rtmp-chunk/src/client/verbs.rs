//! What the application asks the server for, and the media it sends.

use bytes::Bytes;
use smallvec::SmallVec;

use super::connection::{Connecting, Life};
use super::stream::{CallKind, ClientStream, OpenCall, Progress, Purpose};
use super::{CallId, ClientConnection, StreamHandle};
use crate::amf::Text;
use crate::amf::amf0::Value;
use crate::chunk::SharedMessage;
use crate::command::{Call, Command, CommandMessage, ConnectInfo, Pause, Play, Play2, Publish};
use crate::control::UserControl;
use crate::session::{Phase, SendError, StreamId, after, chunk_stream, metadata_prefix, outgoing};
use crate::{Message, MessageType, Tag};

impl ClientConnection {
    /// `connect`, answered by the event `Connected` or `ConnectRejected`.
    ///
    /// # Errors
    /// `WrongState` when it was said before; `Closed`.
    pub fn connect(&mut self, info: &ConnectInfo) -> Result<(), SendError> {
        self.check_open()?;
        if self.connecting != Connecting::NotYet {
            return Err(SendError::WrongState);
        }
        self.amf3 = info.object_encoding() >= 3.0;
        let is_ready = self.wire.is_ready();
        let deadline = is_ready.then(|| after(self.now, self.config.response_timeout));
        self.connecting = Connecting::Asked(deadline);
        self.wire.announce_chunk_size(self.config.chunk_size);
        let transaction = self.open_call(CallKind::Connect)?;
        let message = Command::Connect(info.clone()).with_transaction(transaction);
        let message = message.to_message(chunk_stream::COMMAND, 0);
        self.wire.push_message(&message);
        Ok(())
    }

    /// Publishes a stream, as soon as `connect` is granted: answered by `PublishStarted` or `StreamRejected`.
    ///
    /// # Errors
    /// `WrongState` before [`connect`](Self::connect); `Limit` when too many streams are open; `Closed`.
    pub fn publish(&mut self, publish: Publish) -> Result<StreamHandle, SendError> {
        self.open_stream(Purpose::Publish(publish))
    }

    /// Plays a stream, as soon as `connect` is granted: answered by `PlayStarted` or `StreamRejected`.
    ///
    /// # Errors
    /// Those of [`publish`](Self::publish).
    pub fn play(&mut self, play: Play) -> Result<StreamHandle, SendError> {
        self.open_stream(Purpose::Play(play))
    }

    /// Queues audio, video or data of a published stream; nothing of it is copied. Metadata (`onMetaData`) goes out
    /// behind `@setDataFrame`, as servers want it.
    ///
    /// # Errors
    /// `QueueFull` when the server does not read fast enough; the event `Writable` tells when to go on.
    /// `UnknownStream`; `WrongState` before `PublishStarted`; `Closed`.
    pub fn send_tag(&mut self, stream: StreamHandle, tag: &Tag) -> Result<(), SendError> {
        let id = self.check_publishing(stream)?;
        let (header, [first, rest]) = outgoing(id, tag);
        let mut payload: SmallVec<[Bytes; 3]> = SmallVec::new();
        payload.extend(metadata_prefix(tag));
        payload.extend([first, rest]);
        self.wire.push_media(&header, &payload)
    }

    /// Queues a message that was chunked once for several servers, on the stream that it was made for.
    ///
    /// # Errors
    /// Those of [`send_tag`](Self::send_tag); `SharedStream` when it was made for another stream, `ChunkSize` when
    /// for another chunk size: [`send_tag`](Self::send_tag) does it then.
    pub fn send_shared(
        &mut self,
        stream: StreamHandle,
        message: &SharedMessage,
    ) -> Result<(), SendError> {
        let id = self.check_publishing(stream)?;
        let actual = message.header().stream_id;
        if actual != id.number() {
            let expected = id.number();
            return Err(SendError::SharedStream { expected, actual });
        }
        self.wire.push_shared(message)
    }

    /// Pauses a played stream, or goes on: answered by `Paused`.
    ///
    /// # Errors
    /// `UnknownStream`; `WrongState` when it is not played yet; `Closed`.
    pub fn pause(
        &mut self,
        stream: StreamHandle,
        is_paused: bool,
        position_ms: u32,
    ) -> Result<(), SendError> {
        let pause = Pause::new(is_paused, position_ms);
        self.say(stream, Command::Pause(pause))
    }

    /// Goes elsewhere in a played stream: answered by `Seeked`, or a `Status` that says why not.
    ///
    /// # Errors
    /// Those of [`pause`](Self::pause).
    pub fn seek(&mut self, stream: StreamHandle, position_ms: u32) -> Result<(), SendError> {
        self.say(stream, Command::Seek { position_ms })
    }

    /// Whether sound is wanted.
    ///
    /// # Errors
    /// Those of [`pause`](Self::pause).
    pub fn receive_audio(
        &mut self,
        stream: StreamHandle,
        is_wanted: bool,
    ) -> Result<(), SendError> {
        self.say(stream, Command::ReceiveAudio(is_wanted))
    }

    /// Whether pictures are wanted.
    ///
    /// # Errors
    /// Those of [`pause`](Self::pause).
    pub fn receive_video(
        &mut self,
        stream: StreamHandle,
        is_wanted: bool,
    ) -> Result<(), SendError> {
        self.say(stream, Command::ReceiveVideo(is_wanted))
    }

    /// Changes to another stream of the same content: answered by `Status`.
    ///
    /// # Errors
    /// Those of [`pause`](Self::pause).
    pub fn play2(&mut self, stream: StreamHandle, play2: Play2) -> Result<(), SendError> {
        self.say(stream, Command::Play2(play2))
    }

    /// How long is a recorded stream? Answered by `CallAnswered`, in seconds.
    ///
    /// # Errors
    /// Those of [`call`](Self::call).
    pub fn stream_length(&mut self, stream_name: impl Into<String>) -> Result<CallId, SendError> {
        let stream_name = stream_name.into();
        self.push_call(|_| Command::GetStreamLength { stream_name })
    }

    /// Calls any procedure of the server: answered by `CallAnswered`, where the server does.
    ///
    /// # Errors
    /// `WrongState` before `Connected`; `Limit` when too many calls wait for answers; `Closed`.
    pub fn call(
        &mut self,
        name: impl Into<Text>,
        arguments: Vec<Value>,
    ) -> Result<CallId, SendError> {
        let name = name.into();
        self.push_call(|transaction| {
            let mut call = Call::new(name, transaction);
            call.arguments = arguments;
            Command::Call(call)
        })
    }

    /// Ends a stream, in every state. What was queued before still goes out.
    ///
    /// # Errors
    /// `UnknownStream`, `Closed`.
    pub fn close_stream(&mut self, stream: StreamHandle) -> Result<(), SendError> {
        self.check_open()?;
        let known = self.stream_mut(stream).ok_or(SendError::UnknownStream)?;
        match known.progress {
            Progress::Waiting => self.streams.retain(|other| other.handle != stream),
            Progress::Creating => known.progress = Progress::Abandoned,
            Progress::Abandoned => return Err(SendError::UnknownStream),
            Progress::Starting | Progress::Started => self.delete(stream),
        }
        self.note_streams();
        Ok(())
    }

    /// Ends all streams and the connection. Write what `poll_transmit` still has, then close the stream.
    pub fn close(&mut self) {
        if self.life != Life::Open {
            return;
        }
        let open: Vec<StreamHandle> = self.streams.iter().map(|stream| stream.handle).collect();
        for stream in open {
            // Those that have no number yet need no farewell.
            let _ = self.close_stream(stream);
        }
        self.forget();
        self.life = Life::Closed;
    }

    fn open_stream(&mut self, purpose: Purpose) -> Result<StreamHandle, SendError> {
        self.check_open()?;
        if self.connecting == Connecting::NotYet {
            return Err(SendError::WrongState);
        }
        let limit = self.config.limits.max_streams;
        if self.streams.len() >= limit {
            return Err(SendError::Limit {
                what: "streams",
                limit,
            });
        }
        self.last_handle = self.last_handle.wrapping_add(1);
        let handle = StreamHandle(self.last_handle);
        self.streams.push(ClientStream {
            handle,
            purpose,
            progress: Progress::Waiting,
            id: StreamId::CONNECTION,
            deadline: None,
        });
        if self.connecting == Connecting::Done {
            self.create(handle);
        }
        Ok(handle)
    }

    /// Asks for a stream, and tells what it will be, in the order of encoders that have been around for long.
    pub(super) fn create(&mut self, handle: StreamHandle) {
        let deadline = after(self.now, self.config.response_timeout);
        let Some(stream) = self.stream_mut(handle) else {
            return;
        };
        stream.progress = Progress::Creating;
        stream.deadline = Some(deadline);
        match stream.purpose.clone() {
            Purpose::Publish(publish) if self.config.send_fc_commands => {
                let stream_name = publish.stream_name.clone();
                self.push_courtesy(Command::ReleaseStream { stream_name });
                let stream_name = publish.stream_name;
                self.push_courtesy(Command::FcPublish { stream_name });
            }
            Purpose::Play(play) if self.config.send_fc_subscribe => {
                let stream_name = play.stream_name;
                self.push_courtesy(Command::FcSubscribe { stream_name });
            }
            Purpose::Publish(_) | Purpose::Play(_) => {}
        }
        // Streams are bounded, and so are the calls that make them.
        let transaction = self.next_transaction(CallKind::CreateStream(handle));
        let command = Command::CreateStream.with_transaction(transaction);
        self.push_command(StreamId::CONNECTION, &command);
        self.note_streams();
    }

    /// The stream has its number: says what it is for.
    pub(super) fn start(&mut self, handle: StreamHandle) {
        let Some(stream) = self.stream(handle) else {
            return;
        };
        let id = stream.id;
        match stream.purpose.clone() {
            Purpose::Publish(publish) => {
                let transaction = self.next_transaction(CallKind::Courtesy);
                let command = Command::Publish(publish).with_transaction(transaction);
                self.push_command(id, &command);
            }
            Purpose::Play(play) => {
                let transaction = self.next_transaction(CallKind::Courtesy);
                let command = Command::Play(play).with_transaction(transaction);
                self.push_command(id, &command);
                let length = self.config.buffer_length.as_millis();
                self.wire.push_user_control(UserControl::SetBufferLength {
                    stream_id: id.number(),
                    buffer_length_ms: u32::try_from(length).unwrap_or(u32::MAX),
                });
            }
        }
    }

    /// The farewell to a stream that has a number.
    pub(super) fn delete(&mut self, handle: StreamHandle) {
        let at = self
            .streams
            .iter()
            .position(|stream| stream.handle == handle);
        let Some(stream) = at.map(|at| self.streams.remove(at)) else {
            return;
        };
        if let Purpose::Publish(publish) = stream.purpose
            && self.config.send_fc_commands
        {
            let stream_name = publish.stream_name;
            self.push_courtesy(Command::FcUnpublish { stream_name });
        }
        let stream_id = stream.id.number();
        self.push_courtesy(Command::DeleteStream { stream_id });
        self.note_streams();
    }

    /// Players ping a silent server.
    pub(super) fn note_streams(&mut self) {
        let is_playing = self.phase() == Phase::Playing;
        self.wire.set_pinging(self.now, is_playing);
    }

    fn say(&mut self, stream: StreamHandle, command: Command) -> Result<(), SendError> {
        self.check_open()?;
        let known = self.stream(stream).ok_or(SendError::UnknownStream)?;
        let id = known.id;
        if known.progress != Progress::Started || !known.purpose.is_play() {
            return Err(SendError::WrongState);
        }
        self.push_command(id, &command.notification());
        Ok(())
    }

    fn push_call(&mut self, command: impl FnOnce(f64) -> Command) -> Result<CallId, SendError> {
        self.check_open()?;
        if self.connecting != Connecting::Done {
            return Err(SendError::WrongState);
        }
        let id = CallId(self.last_transaction.wrapping_add(1));
        let transaction = self.open_call(CallKind::Application(id))?;
        let command = command(f64::from(transaction)).with_transaction(transaction);
        self.push_command(StreamId::CONNECTION, &command);
        Ok(id)
    }

    fn open_call(&mut self, kind: CallKind) -> Result<u32, SendError> {
        let limit = self.config.limits.max_open_calls;
        let waiting = self
            .calls
            .iter()
            .filter(|call| call.kind != CallKind::Courtesy);
        if waiting.count() >= limit {
            return Err(SendError::Limit {
                what: "calls",
                limit,
            });
        }
        Ok(self.next_transaction(kind))
    }

    /// A command whose answer changes nothing: servers may leave it out.
    pub(super) fn push_courtesy(&mut self, command: Command) {
        let transaction = self.next_transaction(CallKind::Courtesy);
        let command = command.with_transaction(transaction);
        self.push_command(StreamId::CONNECTION, &command);
    }

    /// Remembers what a number was used for. Of courtesies only the last are remembered.
    fn next_transaction(&mut self, kind: CallKind) -> u32 {
        self.last_transaction = self.last_transaction.wrapping_add(1).max(1);
        let transaction = self.last_transaction;
        let is_courtesy = |call: &OpenCall| call.kind == CallKind::Courtesy;
        if self.calls.len() >= self.config.limits.max_open_calls
            && let Some(oldest) = self.calls.iter().position(is_courtesy)
        {
            self.calls.remove(oldest);
        }
        self.calls.push_back(OpenCall { transaction, kind });
        transaction
    }

    pub(super) fn push_command(&mut self, stream: StreamId, command: &CommandMessage) {
        let chunk_stream_id = match stream.number() {
            0 => chunk_stream::COMMAND,
            _ => chunk_stream::DATA,
        };
        let message_type = if self.amf3 {
            MessageType::COMMAND_AMF3
        } else {
            MessageType::COMMAND_AMF0
        };
        let payload = command.to_payload(message_type);
        let message = Message::new(chunk_stream_id, message_type, payload);
        self.wire.push_message(&message.at(stream.number(), 0));
    }

    fn check_open(&self) -> Result<(), SendError> {
        if self.life == Life::Open {
            Ok(())
        } else {
            Err(SendError::Closed)
        }
    }

    fn check_publishing(&self, stream: StreamHandle) -> Result<StreamId, SendError> {
        self.check_open()?;
        let known = self.stream(stream).ok_or(SendError::UnknownStream)?;
        if known.progress == Progress::Started && !known.purpose.is_play() {
            Ok(known.id)
        } else {
            Err(SendError::WrongState)
        }
    }
}
