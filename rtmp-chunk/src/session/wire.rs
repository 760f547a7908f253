//! From bytes to messages and back, with everything that both ends do alike: the handshake, protocol control,
//! acknowledgements, pings.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};

use super::{
    Acknowledgements, Beginning, ConnectionError, Handshaken, Output, Phase, SendError, StreamId,
    after,
};
use crate::chunk::{
    ChunkReader, ChunkWriter, MessageHeader, ReaderConfig, SharedMessage, WriteError,
};
use crate::control::{ControlMessage, ReceiveWindow, SendWindow, SwfVerification, UserControl};
use crate::handshake::{Cipher, Outcome};
use crate::{Message, ParseError};

/// The settings of a [`Wire`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct WireOptions {
    pub(crate) chunks: ReaderConfig,
    pub(crate) max_queued_bytes: usize,
    pub(crate) window_bytes: u32,
    pub(crate) acknowledgements: Acknowledgements,
    pub(crate) handshake_timeout: Duration,
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
}

/// What the machine above has to know of.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The handshake is done.
    Ready,
    /// A message that is no protocol control.
    Message(Message),
    /// How much the peer buffers.
    BufferLength {
        stream: StreamId,
        length_ms: u32,
    },
    /// What a server tells of a stream.
    Stream {
        stream: StreamId,
        event: StreamEvent,
    },
    SwfVerified(SwfVerification),
}

/// User control events of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamEvent {
    Begin,
    Eof,
    Dry,
    Recorded,
}

/// Counts of bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) received: u64,
    pub(crate) sent: u64,
    pub(crate) acknowledged: u64,
}

#[derive(Debug)]
pub(crate) struct Wire {
    options: WireOptions,
    beginning: Beginning,
    reader: ChunkReader,
    writer: ChunkWriter,
    output: Output,
    incoming: Option<Cipher>,
    outgoing: Option<Cipher>,
    /// How much at the front of the input has been deciphered already.
    deciphered: usize,
    receive_window: ReceiveWindow,
    send_window: SendWindow,
    counted: Counted,
    handshaken: Option<Handshaken>,
    born: Instant,
    /// When the peer last said anything.
    heard_at: Instant,
    is_pinging: bool,
    /// When the ping that is not answered was sent.
    pinged_at: Option<Instant>,
}

impl Wire {
    pub(crate) fn new(beginning: Beginning, options: WireOptions, now: Instant) -> Self {
        Self {
            beginning,
            reader: ChunkReader::new(options.chunks),
            writer: ChunkWriter::new(),
            output: Output::new(options.max_queued_bytes),
            incoming: None,
            outgoing: None,
            deciphered: 0,
            receive_window: ReceiveWindow::new(),
            send_window: SendWindow::new(options.window_bytes),
            counted: Counted::default(),
            handshaken: None,
            born: now,
            heard_at: now,
            is_pinging: false,
            pinged_at: None,
            options,
        }
    }

    /// True once the handshake is done.
    pub(crate) const fn is_ready(&self) -> bool {
        self.beginning.is_over()
    }

    pub(crate) const fn handshaken(&self) -> Option<Handshaken> {
        self.handshaken
    }

    pub(crate) fn chunk_size(&self) -> u32 {
        self.writer.chunk_size()
    }

    pub(crate) fn counted(&self) -> Counted {
        self.counted
    }

    /// The next thing heard, when all of it is there.
    pub(crate) fn decode(
        &mut self,
        now: Instant,
        phase: Phase,
        input: &mut BytesMut,
    ) -> Result<Option<Heard>, ConnectionError> {
        if !input.is_empty() {
            self.heard_at = now;
            self.pinged_at = None;
        }
        self.decipher(input);
        loop {
            let before = input.len();
            let heard = self.take(phase, input);
            let taken = before.saturating_sub(input.len());
            self.deciphered = self.deciphered.saturating_sub(taken);
            self.note_received(taken);
            match heard? {
                Taken::Nothing => return Ok(None),
                Taken::Control => {}
                Taken::Begun(outcome) => {
                    self.begin(*outcome, input);
                    return Ok(Some(Heard::Ready));
                }
                Taken::Heard(heard) => return Ok(Some(heard)),
            }
        }
    }

    fn take(&mut self, phase: Phase, input: &mut BytesMut) -> Result<Taken, ConnectionError> {
        if !self.beginning.is_over() {
            let outcome = self.beginning.handle_input(input)?;
            return Ok(outcome.map_or(Taken::Nothing, |outcome| Taken::Begun(Box::new(outcome))));
        }
        let message = self
            .reader
            .decode(input)
            .map_err(|error| ConnectionError::Chunk { error, phase })?;
        let Some(message) = message else {
            return Ok(Taken::Nothing);
        };
        let control = ControlMessage::parse(&message);
        match control.map_err(|error| unsound(&message, error, phase))? {
            Some(control) => Ok(self.handle_control(control)),
            None => Ok(Taken::Heard(Heard::Message(message))),
        }
    }

    fn begin(&mut self, outcome: Outcome, input: &mut BytesMut) {
        self.handshaken = Some(Handshaken::of(&outcome));
        if let Some(ciphers) = outcome.ciphers {
            self.incoming = Some(ciphers.incoming);
            self.outgoing = Some(ciphers.outgoing);
        }
        self.deciphered = 0;
        self.decipher(input);
    }

    /// Deciphers what was added to the input since the last time, in place: what is not taken stays deciphered
    /// where it is.
    fn decipher(&mut self, input: &mut BytesMut) {
        if let Some(cipher) = &mut self.incoming {
            if let Some(fresh) = input.get_mut(self.deciphered..) {
                cipher.apply(fresh);
            }
            self.deciphered = input.len();
        }
    }

    fn note_received(&mut self, bytes: usize) {
        self.counted.received = self.counted.received.saturating_add(bytes as u64);
        if let Some(number) = self.receive_window.receive(bytes) {
            self.push_control(&ControlMessage::Acknowledgement(number));
        }
    }

    fn handle_control(&mut self, control: ControlMessage) -> Taken {
        match control {
            ControlMessage::Acknowledgement(number) => {
                self.send_window.acknowledge(number);
                let unacknowledged = self.send_window.unacknowledged_bytes();
                self.counted.acknowledged = self.counted.sent.saturating_sub(unacknowledged);
            }
            ControlMessage::WindowAcknowledgementSize(window) => {
                self.receive_window.set_window(window);
            }
            ControlMessage::SetPeerBandwidth { window, limit_type } => {
                if let Some(window) = self.send_window.set_peer_bandwidth(window, limit_type) {
                    self.push_control(&ControlMessage::WindowAcknowledgementSize(window));
                }
            }
            ControlMessage::UserControl(event) => return self.handle_user_control(&event),
            // The reader has followed these.
            ControlMessage::SetChunkSize(_) | ControlMessage::Abort { .. } => {}
        }
        Taken::Control
    }

    fn handle_user_control(&mut self, event: &UserControl) -> Taken {
        if let Some(answer) = event.answer() {
            self.push_user_control(answer);
        }
        let stream = |stream: u32, event| {
            Taken::Heard(Heard::Stream {
                stream: StreamId(stream),
                event,
            })
        };
        match *event {
            UserControl::StreamBegin(number) => stream(number, StreamEvent::Begin),
            UserControl::StreamEof(number) => stream(number, StreamEvent::Eof),
            UserControl::StreamDry(number) => stream(number, StreamEvent::Dry),
            UserControl::StreamIsRecorded(number) => stream(number, StreamEvent::Recorded),
            UserControl::SetBufferLength {
                stream_id,
                buffer_length_ms,
            } => Taken::Heard(Heard::BufferLength {
                stream: StreamId(stream_id),
                length_ms: buffer_length_ms,
            }),
            UserControl::SwfVerificationResponse(verification) => {
                Taken::Heard(Heard::SwfVerified(verification))
            }
            // A response was noted as a sign of life; the rest changes nothing.
            UserControl::PingRequest(_)
            | UserControl::PingResponse(_)
            | UserControl::SwfVerificationRequest
            | UserControl::BufferEmpty(_)
            | UserControl::BufferReady(_)
            | UserControl::Other { .. } => Taken::Control,
        }
    }

    /// Announces the chunk size and cuts by it from then on.
    pub(crate) fn announce_chunk_size(&mut self, chunk_size: u32) {
        self.writer
            .announce_chunk_size(chunk_size, &mut self.output.control());
    }

    /// Asks the peer to acknowledge each window.
    pub(crate) fn announce_window(&mut self) {
        let window = self.options.window_bytes;
        self.push_control(&ControlMessage::WindowAcknowledgementSize(window));
    }

    pub(crate) fn push_control(&mut self, control: &ControlMessage) {
        self.push_message(&control.to_message());
    }

    pub(crate) fn push_user_control(&mut self, event: UserControl) {
        self.push_control(&ControlMessage::UserControl(event));
    }

    /// Queues an answer. Never refused but for one that no message can hold: who reads no answers is no longer
    /// listened to instead.
    pub(crate) fn push_message(&mut self, message: &Message) {
        // An answer over 16 MiB can only be the application's own value in it.
        let _ = self
            .writer
            .write_message(message, &mut self.output.control());
    }

    /// Queues media, in pieces that are not copied.
    pub(crate) fn push_media(
        &mut self,
        header: &MessageHeader,
        payload: &[Bytes],
    ) -> Result<(), SendError> {
        let length = payload
            .iter()
            .fold(0_usize, |sum, part| sum.saturating_add(part.len()));
        self.output.admit(length)?;
        self.writer
            .write(header, payload, &mut self.output.media())
            .map_err(refused)
    }

    /// Queues a message that was chunked for everybody.
    pub(crate) fn push_shared(&mut self, message: &SharedMessage) -> Result<(), SendError> {
        let expected = self.writer.chunk_size();
        if !message.fits(expected) {
            return Err(SendError::ChunkSize {
                expected,
                actual: message.chunk_size(),
            });
        }
        self.output.admit(message.len())?;
        self.writer
            .write_shared(message, &mut self.output.media())
            .map_err(refused)
    }

    /// The next segment to write. With `may_wait` it keeps to the window, where that is required.
    pub(crate) fn pop(&mut self, may_wait: bool) -> Option<Bytes> {
        let segment = match self.beginning.pop() {
            Some(packet) => packet,
            None if !self.beginning.is_over() || (may_wait && self.must_wait()) => return None,
            None => {
                let segment = self.output.pop()?;
                self.encipher(segment)
            }
        };
        self.counted.sent = self.counted.sent.saturating_add(segment.len() as u64);
        self.send_window.send(segment.len());
        Some(segment)
    }

    fn must_wait(&self) -> bool {
        let two_windows = u64::from(self.send_window.window()).saturating_mul(2);
        self.options.acknowledgements == Acknowledgements::Required
            && self.counted.acknowledged > 0
            && two_windows > 0
            && self.send_window.unacknowledged_bytes() > two_windows
    }

    fn encipher(&mut self, segment: Bytes) -> Bytes {
        match &mut self.outgoing {
            Some(cipher) => {
                let mut segment = BytesMut::from(&segment[..]);
                cipher.apply(&mut segment);
                segment.freeze()
            }
            None => segment,
        }
    }

    /// True once after media was refused and there is room again.
    pub(crate) const fn take_writable(&mut self) -> bool {
        self.output.take_writable()
    }

    pub(crate) fn queued_bytes(&self) -> usize {
        self.output
            .queued_bytes()
            .saturating_add(self.beginning.queued_bytes())
    }

    /// Bytes of answers alone.
    pub(crate) const fn control_bytes(&self) -> usize {
        self.output.control_bytes()
    }

    /// Whether a silent peer is pinged.
    pub(crate) const fn set_pinging(&mut self, now: Instant, is_pinging: bool) {
        if self.is_pinging != is_pinging {
            self.is_pinging = is_pinging;
            self.heard_at = now;
            self.pinged_at = None;
        }
    }

    /// It is not the peer's fault that nothing was heard of it.
    pub(crate) const fn excuse(&mut self, now: Instant) {
        self.heard_at = now;
        self.pinged_at = None;
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        if !self.beginning.is_over() {
            return Some(after(self.born, self.options.handshake_timeout));
        }
        self.is_pinging.then(|| match self.pinged_at {
            Some(at) => after(at, self.options.ping_timeout),
            None => after(self.heard_at, self.options.ping_interval),
        })
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Result<(), ConnectionError> {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return Ok(());
        }
        if !self.beginning.is_over() {
            let after = self.options.handshake_timeout;
            return Err(ConnectionError::HandshakeTimeout { after });
        }
        if self.pinged_at.is_some() {
            let after = self.options.ping_timeout;
            return Err(ConnectionError::PingTimeout { after });
        }
        self.pinged_at = Some(now);
        let age = now.saturating_duration_since(self.born).as_millis();
        // The time wraps as all of RTMP's do.
        #[allow(clippy::cast_possible_truncation, reason = "wraps")]
        self.push_user_control(UserControl::PingRequest(age as u32));
        Ok(())
    }
}

enum Taken {
    Nothing,
    Control,
    Begun(Box<Outcome>),
    Heard(Heard),
}

fn unsound(message: &Message, error: ParseError, phase: Phase) -> ConnectionError {
    ConnectionError::Message {
        message_type: message.message_type.0,
        error,
        phase,
    }
}

/// Chunk streams are our own, chunk sizes were looked at, and aggregates are not made here.
fn refused(error: WriteError) -> SendError {
    match error {
        WriteError::PayloadTooLong { len } => SendError::TooLong { length: len },
        WriteError::ChunkSize {
            message,
            connection,
        } => SendError::ChunkSize {
            expected: connection,
            actual: message,
        },
        WriteError::ChunkStreamId(_) | WriteError::Aggregate => SendError::WrongState,
    }
}
