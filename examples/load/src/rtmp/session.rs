//! One player's life: handshake, connect, createStream, play, and deleteStream in the end.

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::{
    Message, MessageType,
    amf::Limits,
    chunk::ChunkWriter,
    command::{Command, CommandMessage, ConnectInfo, Play, Reply, Status, StatusCode},
    control::{ControlMessage, ReceiveWindow, UserControl},
    handshake::{ClientHandshake, ClientHandshakeConfig, Offer},
};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{
    Plan, RtmpPlayer,
    chunks::{Arrival, ChunkScanner},
};
use crate::{
    net::{self, Wake, after},
    now,
    player::Fault,
    record::Record,
    stamp::{Meter, ReceivedTag},
};

/// How long the server may take for each answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// So long the server is told that we buffer.
const BUFFER_MS: u32 = 100;
/// The chunk stream of commands (RTMP 1.0 leaves it open; all use 3).
const COMMANDS: u32 = 3;
const CONNECT: f64 = 1.0;
const CREATE_STREAM: f64 = 2.0;

/// How far a player has come.
#[derive(Debug)]
enum Phase {
    Greeting(Box<Greeting>),
    Connecting,
    Creating,
    /// `play` was sent.
    Starting,
    Playing,
}

/// What is needed before the first chunk alone.
#[derive(Debug)]
struct Greeting {
    handshake: ClientHandshake,
    input: BytesMut,
}

impl Phase {
    const fn name(&self) -> &'static str {
        match self {
            Self::Greeting(_) => "the handshake",
            Self::Connecting => "connect",
            Self::Creating => "createStream",
            Self::Starting => "play",
            Self::Playing => "playing",
        }
    }
}

/// One connection.
pub(super) struct Session<'a> {
    record: &'a mut Record,
    scanner: ChunkScanner,
    talk: Talk,
}

/// All of a session but what cuts messages out of the bytes.
struct Talk {
    plan: Arc<Plan>,
    phase: Phase,
    meter: Meter,
    writer: ChunkWriter,
    window: ReceiveWindow,
    stream_id: u32,
    played_since: Option<Instant>,
    /// When the phase must be over, or all.
    due: Instant,
    /// What is to be written.
    out: Vec<Bytes>,
}

impl<'a> Session<'a> {
    pub(super) fn new(player: RtmpPlayer, record: &'a mut Record) -> Self {
        let RtmpPlayer { plan, seed } = player;
        let mut config = ClientHandshakeConfig::default();
        // Digests cost time and prove nothing here.
        config.offer = Offer::Simple;
        let mut handshake = ClientHandshake::new(config, seed, 0);
        let out = std::iter::from_fn(|| handshake.poll_transmit()).collect();
        let greeting = Greeting {
            handshake,
            input: BytesMut::new(),
        };
        let talk = Talk {
            meter: Meter::new(plan.clock),
            plan,
            phase: Phase::Greeting(Box::new(greeting)),
            writer: ChunkWriter::new(),
            window: ReceiveWindow::new(),
            stream_id: 0,
            played_since: None,
            due: after(now(), ANSWER_TIMEOUT),
            out,
        };
        Self {
            record,
            scanner: ChunkScanner::new(),
            talk,
        }
    }

    /// Lives it.
    pub(super) async fn run(mut self, mut stream: TcpStream) -> Result<(), Fault> {
        let result = self.live(&mut stream).await;
        self.record.note_rest(now());
        if self.talk.stream_id > 0 {
            let stream_id = self.talk.stream_id;
            self.talk
                .say(0, Command::DeleteStream { stream_id }.notification());
            let _ = self.talk.write(&mut stream).await;
        }
        let _ = stream.shutdown().await;
        result
    }

    async fn live(&mut self, stream: &mut TcpStream) -> Result<(), Fault> {
        let mut due = pin!(tokio::time::sleep_until(self.talk.due.into()));
        loop {
            if let Err(error) = self.talk.write(stream).await {
                return Err(self.talk.fault(&format!("the connection failed: {error}")));
            }
            net::reset(due.as_mut(), self.talk.due);
            match net::read(stream, due.as_mut(), |input| self.handle(input)).await {
                Wake::Read(handled) => handled?,
                Wake::Due if self.talk.played_since.is_some() => return Ok(()),
                Wake::Due => {
                    let phase = self.talk.phase.name();
                    return Err(self
                        .talk
                        .fault(&format!("no answer within {ANSWER_TIMEOUT:?} to {phase}")));
                }
                Wake::Ended(error) => {
                    let why = error.map_or_else(String::new, |error| format!(": {error}"));
                    return Err(self
                        .talk
                        .fault(&format!("the server ended the connection{why}")));
                }
            }
        }
    }

    fn handle(&mut self, input: &[u8]) -> Result<(), Fault> {
        let rest = self.talk.greet(input)?;
        let input = rest.as_deref().unwrap_or(input);
        if matches!(self.talk.phase, Phase::Greeting(_)) {
            return Ok(());
        }
        if let Some(number) = self.talk.window.receive(input.len()) {
            self.talk.control(&ControlMessage::Acknowledgement(number));
        }
        let now = now();
        let (talk, record) = (&mut self.talk, &mut *self.record);
        let mut result = Ok(());
        let scanned = self.scanner.feed(input, &mut |arrival| {
            if result.is_ok() {
                result = talk.hear(now, &arrival, record);
            }
        });
        result?;
        scanned.map_err(|error| self.talk.fault(&error))
    }
}

impl Talk {
    /// Takes the handshake's part of the input; gives what comes behind it, once.
    fn greet(&mut self, input: &[u8]) -> Result<Option<Bytes>, Fault> {
        let Phase::Greeting(greeting) = &mut self.phase else {
            return Ok(None);
        };
        greeting.input.extend_from_slice(input);
        let outcome = greeting.handshake.handle_input(&mut greeting.input);
        self.out
            .extend(std::iter::from_fn(|| greeting.handshake.poll_transmit()));
        let rest = greeting.input.split().freeze();
        match outcome {
            Ok(Some(_)) => {
                self.enter(Phase::Connecting);
                let url = &self.plan.url;
                let info = ConnectInfo::new(url.app.as_str(), url.tc_url())
                    .with_flash_version("LNX 9,0,124,2")
                    .with_fpad(false)
                    .with_audio_codecs(4071.0)
                    .with_video_codecs(252.0);
                self.say(0, Command::Connect(info).with_transaction(CONNECT));
                Ok(Some(rest))
            }
            Ok(None) => {
                greeting.input = BytesMut::from(&rest[..]);
                Ok(None)
            }
            Err(error) => Err(self.fault(&error.to_string())),
        }
    }

    fn hear(
        &mut self,
        now: Instant,
        arrival: &Arrival<'_>,
        record: &mut Record,
    ) -> Result<(), Fault> {
        match arrival.message_type {
            kind @ (MessageType::AUDIO | MessageType::VIDEO) => {
                let is_video = kind == MessageType::VIDEO;
                let tag = ReceivedTag {
                    is_video,
                    bytes: arrival.bytes,
                    head: arrival.head,
                };
                self.meter.note_tag(now, &tag, record);
                Ok(())
            }
            MessageType::AGGREGATE => {
                Err(self.fault("the server sends aggregates, which castline-load does not read"))
            }
            MessageType::COMMAND_AMF0 | MessageType::COMMAND_AMF3 => {
                self.hear_command(now, arrival, record)
            }
            MessageType::DATA_AMF0 | MessageType::DATA_AMF3 => Ok(()),
            _ => {
                self.hear_control(arrival);
                Ok(())
            }
        }
    }

    fn hear_control(&mut self, arrival: &Arrival<'_>) {
        let payload = Bytes::copy_from_slice(arrival.head);
        let message = Message::new(2, arrival.message_type, payload);
        match ControlMessage::parse(&message) {
            Ok(Some(ControlMessage::WindowAcknowledgementSize(window))) => {
                self.window.set_window(window)
            }
            Ok(Some(ControlMessage::UserControl(event))) => {
                if let Some(answer) = event.answer() {
                    self.control(&ControlMessage::UserControl(answer));
                }
            }
            _ => {}
        }
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "a player need not understand all that a server may say"
    )]
    fn hear_command(
        &mut self,
        now: Instant,
        arrival: &Arrival<'_>,
        record: &mut Record,
    ) -> Result<(), Fault> {
        let body = Bytes::copy_from_slice(arrival.head);
        let heard = CommandMessage::parse(arrival.message_type, &body, &Limits::default())
            .map_err(|error| self.fault(&format!("a command cannot be read: {error}")))?;
        match heard.command {
            Command::Result(reply) => self.hear_result(now, heard.transaction_id, &reply, record),
            Command::Error(reply) => {
                let name = match heard.transaction_id {
                    CONNECT => "connect",
                    CREATE_STREAM => "createStream",
                    _ => return Ok(()),
                };
                let why = reply
                    .as_status()
                    .map_or_else(String::new, |status| words(&status));
                Err(self.fault(&format!("{name} was refused: {why}")))
            }
            Command::OnStatus(status) => self.hear_status(now, &status, record),
            Command::Close => Err(self.fault("the server closed the connection")),
            _ => Ok(()),
        }
    }

    fn hear_result(
        &mut self,
        now: Instant,
        number: f64,
        reply: &Reply,
        record: &mut Record,
    ) -> Result<(), Fault> {
        if number == CONNECT && matches!(self.phase, Phase::Connecting) {
            self.control(&ControlMessage::WindowAcknowledgementSize(2_500_000));
            self.say(0, Command::CreateStream.with_transaction(CREATE_STREAM));
            self.enter(Phase::Creating);
        } else if number == CREATE_STREAM && matches!(self.phase, Phase::Creating) {
            let id = reply.as_stream_id();
            self.stream_id =
                id.ok_or_else(|| self.fault("createStream was answered by no number"))?;
            record.note_set_up(now);
            self.enter(Phase::Starting);
            self.play(now);
        }
        Ok(())
    }

    fn play(&mut self, now: Instant) {
        let stream_id = self.stream_id;
        self.control(&ControlMessage::UserControl(UserControl::SetBufferLength {
            stream_id,
            buffer_length_ms: BUFFER_MS,
        }));
        let play = Play::new(self.plan.url.stream_name.as_str());
        self.say(stream_id, Command::Play(play).notification());
        self.meter.ask(now);
        self.phase = Phase::Starting;
    }

    fn hear_status(
        &mut self,
        now: Instant,
        status: &Status,
        record: &mut Record,
    ) -> Result<(), Fault> {
        let code = &status.code;
        let is_over = [
            StatusCode::NET_STREAM_PLAY_STOP,
            StatusCode::NET_STREAM_PLAY_COMPLETE,
            StatusCode::NET_STREAM_PLAY_UNPUBLISH_NOTIFY,
        ];
        if matches!(self.phase, Phase::Starting) && *code == StatusCode::NET_STREAM_PLAY_START {
            self.phase = Phase::Playing;
            if self.played_since.is_none() {
                self.due = after(now, self.plan.duration);
                self.played_since = Some(now);
            }
            record.note_playing(now);
        } else if status.is_error() {
            return Err(self.fault(&words(status)));
        } else if matches!(self.phase, Phase::Playing) && is_over.contains(code) {
            record.note_end_of_stream();
            if !self.plan.repeats {
                let since = self.played_since.unwrap_or(now);
                let played = now.saturating_duration_since(since).as_secs_f64();
                return Err(self.fault(&format!(
                    "the stream ended after {played:.1} s: {}",
                    words(status)
                )));
            }
            self.play(now);
        }
        Ok(())
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.due = after(now(), ANSWER_TIMEOUT);
    }

    fn say(&mut self, stream_id: u32, command: CommandMessage) {
        let message = command.to_message(COMMANDS, stream_id);
        // Only a name of 16 MB would be refused, and URLs are shorter.
        let _ = self.writer.write_message(&message, &mut self.out);
    }

    fn control(&mut self, control: &ControlMessage) {
        let _ = self
            .writer
            .write_message(&control.to_message(), &mut self.out);
    }

    async fn write(&mut self, stream: &mut TcpStream) -> std::io::Result<()> {
        if self.out.is_empty() {
            return Ok(());
        }
        let out = std::mem::take(&mut self.out).concat();
        stream.write_all(&out).await
    }

    /// What went wrong, at this point of the life.
    fn fault(&self, why: &str) -> Fault {
        if self.played_since.is_some() {
            Fault::Cut(why.to_owned())
        } else {
            Fault::Failed(format!("{}: {why}", self.phase.name()))
        }
    }
}

fn words(status: &Status) -> String {
    let code = status.code.as_str();
    if status.description.is_empty() {
        code.to_owned()
    } else {
        format!("{code}: {}", status.description)
    }
}
