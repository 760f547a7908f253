//! What servers say that a client has to understand.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod session_support;

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_core::testing::start;
use castline_rtmp_chunk::amf::amf0::{Object, Value};
use castline_rtmp_chunk::chunk::{ChunkReader, ReaderConfig};
use castline_rtmp_chunk::client::*;
use castline_rtmp_chunk::command::*;
use castline_rtmp_chunk::control::{ControlMessage, UserControl};
use castline_rtmp_chunk::session::{ConnectionError, Phase, SendError};
use castline_rtmp_chunk::{Message, MessageType};
use session_support::*;

/// A client machine with a server made by hand.
struct Client {
    machine: ClientConnection,
    now: Instant,
    input: BytesMut,
    events: Vec<ClientEvent>,
    error: Option<ConnectionError>,
    output: BytesMut,
    handshake_left: usize,
    reader: ChunkReader,
}

impl Client {
    fn new(config: ClientConfig) -> Self {
        let now = start();
        let mut machine = ClientConnection::new(config, SEED, now);
        let info = ConnectInfo::new("live", "rtmp://127.0.0.1/live");
        machine.connect(&info).unwrap();
        Self {
            machine,
            now,
            input: BytesMut::new(),
            events: Vec::new(),
            error: None,
            output: BytesMut::new(),
            handshake_left: 1 + 2 * 1536,
            reader: ChunkReader::new(ReaderConfig::default()),
        }
    }

    fn feed(&mut self, mut raw: Raw) -> Raw {
        self.input.extend_from_slice(&raw.take());
        self.machine.handle_input(self.now, &mut self.input);
        self.hear();
        raw
    }

    fn hear(&mut self) {
        while self.error.is_none() {
            match self.machine.poll_event() {
                Ok(Some(event)) => self.events.push(event),
                Ok(None) => break,
                Err(error) => self.error = Some(error),
            }
        }
    }

    fn wait(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end) {
            self.now = at.max(self.now);
            self.machine.handle_timeout(self.now);
            self.hear();
        }
        self.now = end;
    }

    fn said(&mut self) -> Vec<String> {
        while let Some(segment) = self.machine.poll_transmit() {
            self.output.extend_from_slice(&segment);
        }
        let handshake = self.handshake_left.min(self.output.len());
        self.handshake_left -= handshake;
        let _ = self.output.split_to(handshake);
        let decode = || self.reader.decode(&mut self.output).unwrap();
        let messages: Vec<Message> = core::iter::from_fn(decode).collect();
        messages.iter().map(in_words).collect()
    }
}

fn answer(transaction: f64, reply: Reply) -> Call {
    Command::Result(reply).to_call(transaction)
}

fn connected() -> Call {
    let status = Status::new(StatusCode::NET_CONNECTION_CONNECT_SUCCESS, "");
    answer(1.0, Reply::status(&status))
}

fn status(code: StatusCode) -> Call {
    Command::OnStatus(Status::new(code, "")).to_call(0.0)
}

/// A client that publishes, and the server it does it to.
fn publishing() -> (Client, Raw, StreamHandle) {
    let mut client = Client::new(ClientConfig::default());
    let publish = Publish::new("cam", PublishMode::Live);
    let stream = client.machine.publish(publish).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    let raw = client.feed(raw.call(0, answer(4.0, Reply::stream_id(1))));
    let start = status(StatusCode::NET_STREAM_PUBLISH_START);
    let raw = client.feed(raw.call(1, start));
    client.said();
    assert!(matches!(
        client.events[..],
        [
            ClientEvent::Connected { .. },
            ClientEvent::PublishStarted { .. }
        ]
    ));
    client.events.clear();
    (client, raw, stream)
}

/// A client that plays stream 1.
fn playing() -> (Client, Raw, StreamHandle) {
    let mut client = Client::new(ClientConfig::default());
    let stream = client.machine.play(Play::new("cam")).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    let raw = client.feed(raw.call(0, answer(2.0, Reply::stream_id(1))));
    let raw = client.feed(raw.call(1, status(StatusCode::NET_STREAM_PLAY_START)));
    client.said();
    client.events.clear();
    (client, raw, stream)
}

#[test]
fn a_publisher_says_what_encoders_say_in_their_order() {
    let mut client = Client::new(ClientConfig::default());
    assert!(client.said().is_empty(), "the handshake goes first");
    let publish = Publish::new("cam", PublishMode::Live);
    client.machine.publish(publish).unwrap();
    let raw = client.feed(Raw::new());
    assert_eq!(client.said(), ["SetChunkSize(16384)", "connect"]);
    let raw = client.feed(raw.call(0, connected()));
    assert_eq!(
        client.said(),
        [
            "WindowAcknowledgementSize(2500000)",
            "releaseStream",
            "FCPublish",
            "createStream"
        ]
    );
    let raw = client.feed(
        raw.call(0, Command::OnBandwidthDone.to_call(0.0))
            .call(0, answer(4.0, Reply::stream_id(1))),
    );
    assert_eq!(client.said(), ["_checkbw", "publish @1"]);
    client.feed(raw.call(1, status(StatusCode::NET_STREAM_PUBLISH_START)));
    client.machine.close();
    assert_eq!(client.said(), ["FCUnpublish", "deleteStream"]);
    assert!(client.machine.is_closed());
}

#[test]
fn a_player_tells_its_buffer() {
    let mut config = ClientConfig::default();
    config.send_fc_subscribe = true;
    let mut client = Client::new(config);
    client.machine.play(Play::new("cam")).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    client.feed(raw.call(0, answer(3.0, Reply::stream_id(5))));
    assert_eq!(
        client.said()[3..],
        [
            "FCSubscribe",
            "createStream",
            "play @5",
            "UserControl(SetBufferLength { stream_id: 5, buffer_length_ms: 3000 })"
        ]
    );
}

#[test]
fn servers_that_number_connect_otherwise_and_streams_not_at_all() {
    let mut client = Client::new(ClientConfig::default());
    let stream = client.machine.play(Play::new("cam")).unwrap();
    let mut connected = connected();
    connected.transaction_id = 7.0;
    let raw = client.feed(Raw::new().call(0, connected));
    let raw = client.feed(raw.call(0, answer(2.0, Reply::stream_id(1))));
    let raw = client.feed(raw.call(0, status(StatusCode::NET_STREAM_PLAY_START)));
    let mut tag = Message::new(4, MessageType::AUDIO, Bytes::from_static(b"\xaf\x01"));
    tag.timestamp = 9;
    client.feed(raw.message(&tag));
    assert!(
        matches!(&client.events[1], ClientEvent::PlayStarted { stream: on, .. } if *on == stream)
    );
    assert!(matches!(&client.events[2], ClientEvent::Tag { tag, .. } if tag.timestamp == 9));
}

#[test]
fn refusals_by_error_by_status_and_without_a_stream() {
    let mut client = Client::new(ClientConfig::default());
    let refusal = Status::new(StatusCode::NET_CONNECTION_CONNECT_INVALID_APP, "no");
    let call = Command::Error(Reply::status(&refusal)).to_call(1.0);
    client.feed(Raw::new().call(0, call));
    assert!(
        matches!(&client.events[..], [ClientEvent::ConnectRejected { status, .. }] if *status == refusal)
    );
    assert!(client.machine.is_closed() && client.error.is_none());
    // As a status instead of an answer.
    let mut client = Client::new(ClientConfig::default());
    client.feed(Raw::new().call(0, status(StatusCode::NET_CONNECTION_CONNECT_REJECTED)));
    assert!(matches!(
        client.events[..],
        [ClientEvent::ConnectRejected { .. }]
    ));
    // createStream answered with no number.
    let mut client = Client::new(ClientConfig::default());
    let stream = client.machine.play(Play::new("x")).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    client.feed(raw.call(0, answer(2.0, Reply::empty())));
    assert!(
        matches!(&client.events[1], ClientEvent::StreamRejected { stream: on, .. } if *on == stream)
    );
    assert_eq!(client.machine.phase(), Phase::Idle);
}

#[test]
fn a_status_of_level_error_after_the_start_is_no_refusal_of_it() {
    let (mut client, raw, stream) = playing();
    client.feed(raw.call(1, status(StatusCode::NET_STREAM_SEEK_FAILED)));
    assert!(
        matches!(&client.events[..], [ClientEvent::Status { stream: Some(on), .. }] if *on == stream)
    );
    assert!(client.machine.pause(stream, true, 0).is_ok());
}

#[test]
fn the_ends_of_a_stream() {
    let (mut client, raw, _) = playing();
    let mut payload = BytesMut::new();
    Value::from("onPlayStatus").encode(&mut payload);
    let code = StatusCode::NET_STREAM_PLAY_COMPLETE;
    Value::from(Object::new().with("code", code.as_str())).encode(&mut payload);
    let complete = Message::new(5, MessageType::DATA_AMF0, payload.freeze()).at(1, 0);
    client.feed(
        raw.control(ControlMessage::UserControl(UserControl::StreamEof(1)))
            .control(ControlMessage::UserControl(UserControl::StreamEof(9)))
            .message(&complete)
            .call(1, status(StatusCode::NET_STREAM_PLAY_STOP))
            .call(1, status(StatusCode::NET_STREAM_PLAY_UNPUBLISH_NOTIFY)),
    );
    let ends: Vec<StreamEnd> = client
        .events
        .iter()
        .map(|event| match event {
            ClientEvent::StreamEnded { how, .. } => *how,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        ends,
        [
            StreamEnd::Eof,
            StreamEnd::Complete,
            StreamEnd::Stop,
            StreamEnd::UnpublishNotify
        ]
    );
}

#[test]
fn pings_and_bandwidth_checks_are_answered() {
    let (mut client, raw, _) = publishing();
    let check = Call::new("_onbwcheck", 12.0);
    let unknown = Call::new("what", 13.0);
    client.feed(
        raw.control(ControlMessage::UserControl(UserControl::PingRequest(5)))
            .control(ControlMessage::UserControl(UserControl::BufferEmpty(1)))
            .call(0, check)
            .call(0, unknown),
    );
    assert_eq!(
        client.said(),
        [
            "UserControl(PingResponse(5))",
            "_result",
            "_error NetConnection.Call.Failed"
        ]
    );
    assert!(matches!(&client.events[..], [ClientEvent::Called { name, .. }] if name == "what"));
}

#[test]
fn metadata_goes_out_behind_set_data_frame() {
    let (mut client, _, stream) = publishing();
    client.machine.send_tag(stream, &metadata()).unwrap();
    assert_eq!(client.said(), ["data @setDataFrame @1"]);
}

#[test]
fn a_stream_closed_before_it_is_there_is_deleted_when_it_comes() {
    let mut client = Client::new(ClientConfig::default());
    let stream = client.machine.play(Play::new("x")).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    client.machine.close_stream(stream).unwrap();
    assert_eq!(
        client.machine.close_stream(stream),
        Err(SendError::UnknownStream)
    );
    client.said();
    client.feed(raw.call(0, answer(2.0, Reply::stream_id(3))));
    assert_eq!(client.said(), ["deleteStream"]);
    assert_eq!(
        (client.events.len(), client.machine.phase()),
        (1, Phase::Idle)
    );
}

#[test]
fn servers_that_do_not_answer() {
    let after = Duration::from_secs(10);
    let expect = |client: &mut Client, command| {
        client.wait(Duration::from_secs(9));
        assert_eq!(client.error, None);
        client.wait(Duration::from_secs(1));
        let error = ConnectionError::ResponseTimeout { command, after };
        assert_eq!(client.error, Some(error));
    };
    let mut client = Client::new(ClientConfig::default());
    client.wait(Duration::from_secs(10));
    assert_eq!(
        client.error,
        Some(ConnectionError::HandshakeTimeout { after })
    );
    let mut client = Client::new(ClientConfig::default());
    client.wait(Duration::from_secs(5));
    client.feed(Raw::new());
    expect(&mut client, "connect");
    let mut client = Client::new(ClientConfig::default());
    client.machine.play(Play::new("x")).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    expect(&mut client, "createStream");
    drop(raw);
    let mut client = Client::new(ClientConfig::default());
    client.machine.play(Play::new("x")).unwrap();
    let raw = client.feed(Raw::new().call(0, connected()));
    client.feed(raw.call(0, answer(2.0, Reply::stream_id(3))));
    expect(&mut client, "play");
    // A player asks a silent server whether it is there.
    let (mut client, _, _) = playing();
    client.wait(Duration::from_secs(60));
    let after = Duration::from_secs(30);
    assert_eq!(client.error, Some(ConnectionError::PingTimeout { after }));
    // A publisher hears nothing for long, and that is well.
    let (mut client, _, _) = publishing();
    client.wait(Duration::from_secs(6000));
    assert_eq!(client.error, None);
}

#[test]
fn what_cannot_be_done_is_said_at_once() {
    let now = start();
    let mut machine = ClientConnection::new(ClientConfig::default(), SEED, now);
    assert_eq!(machine.play(Play::new("x")), Err(SendError::WrongState));
    let info = ConnectInfo::new("live", "rtmp://h/live");
    machine.connect(&info).unwrap();
    assert_eq!(machine.connect(&info), Err(SendError::WrongState));
    assert_eq!(machine.call("x", vec![]), Err(SendError::WrongState));
    for _ in 0..16 {
        machine.play(Play::new("x")).unwrap();
    }
    assert_eq!(
        machine.play(Play::new("x")),
        Err(SendError::Limit {
            what: "streams",
            limit: 16
        })
    );
    let (mut client, _, _) = publishing();
    for _ in 0..64 {
        client.machine.call("x", vec![]).unwrap();
    }
    assert!(matches!(
        client.machine.call("x", vec![]),
        Err(SendError::Limit { .. })
    ));
}
