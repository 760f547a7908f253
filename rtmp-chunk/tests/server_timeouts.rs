//! Every timeout of the server, by its name and at its time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod session_support;

use std::time::Duration;

use castline_core::Machine;
use castline_rtmp_chunk::command::{Call, Status, StatusCode};
use castline_rtmp_chunk::control::{ControlMessage, UserControl};
use castline_rtmp_chunk::server::*;
use castline_rtmp_chunk::session::{ConnectionError, StreamId};
use session_support::*;

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// Waits for one less than the time, then for the rest.
fn expires(server: &mut Server, after: u64, error: &ConnectionError) {
    server.wait(seconds(after - 1));
    assert_eq!(server.error, None, "{error} came too early");
    server.wait(seconds(1));
    assert_eq!(server.error.as_ref(), Some(error));
    assert!(server.machine.is_closed() && !server.machine.wants_input());
    assert_eq!(server.machine.poll_timeout(), None);
    assert_eq!(server.machine.poll_event(), Err(error.clone()), "sticky");
}

#[test]
fn the_handshake_also_when_it_trickles() {
    let after = seconds(10);
    let mut server = Server::new(ServerConfig::default());
    for _ in 0..9 {
        server.wait(seconds(1));
        server.feed(&[3]);
    }
    expires(&mut server, 1, &ConnectionError::HandshakeTimeout { after });
}

#[test]
fn connect() {
    let after = seconds(10);
    let mut server = Server::new(ServerConfig::default());
    server.wait(seconds(5));
    server.feed(&Raw::new().take());
    server.wait(seconds(5));
    server.feed(&Raw::new().take()[..0]);
    expires(&mut server, 5, &ConnectionError::ConnectTimeout { after });
    assert!(server.messages().is_empty(), "strangers get no farewell");
}

#[test]
fn neither_publish_nor_play() {
    let after = seconds(30);
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new().connect("live");
    server.feed_accepting(&raw.take());
    server.said();
    server.wait(seconds(20));
    server.feed(&raw.call(0, Call::new("_checkbw", 9.0)).take());
    server.said();
    expires(&mut server, 30, &ConnectionError::CommandTimeout { after });
    assert_eq!(
        server.said(),
        ["onStatus NetConnection.Connect.IdleTimeOut"]
    );
}

#[test]
fn an_idle_publisher_and_one_that_trickles_a_message() {
    let after = seconds(30);
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    server.wait(seconds(20));
    let mut raw = raw.media(4, &audio(0, &b"\xaf"[..]));
    server.feed(&raw.take());
    server.wait(seconds(20));
    let mut raw = raw
        .chunk_size(65_536)
        .media(6, &video(0, vec![0x27; 60_000]));
    for byte in &raw.take()[..9] {
        server.feed(&[*byte]);
        server.wait(seconds(1));
    }
    expires(&mut server, 1, &ConnectionError::PublisherTimeout { after });
    assert!(server.events.iter().any(|event| matches!(
        event,
        ServerEvent::StreamClosed {
            reason: ClosedBy::ConnectionLost,
            ..
        }
    )));
}

#[test]
fn a_player_that_answers_no_ping() {
    let after = seconds(30);
    let (mut server, raw) = Server::playing(ServerConfig::default());
    server.wait(seconds(31));
    let said = server.said();
    let [ping] = &said[..] else {
        panic!("{said:?}")
    };
    let number: u32 = ping
        .trim_start_matches("UserControl(PingRequest(")
        .trim_end_matches("))")
        .parse()
        .unwrap();
    let pong = ControlMessage::UserControl(UserControl::PingResponse(number));
    server.feed(&raw.control(pong).take());
    server.wait(seconds(31));
    assert_eq!(server.said().len(), 1);
    expires(&mut server, 29, &ConnectionError::PingTimeout { after });
}

#[test]
fn a_closed_stream_is_idle_again() {
    let after = seconds(30);
    let (mut server, raw) = Server::publishing(ServerConfig::default());
    server.wait(seconds(20));
    server.feed(&raw.call(1, Call::new("closeStream", 0.0)).take());
    expires(&mut server, 30, &ConnectionError::CommandTimeout { after });
}

#[test]
fn the_application_takes_its_time_not_the_client() {
    let mut server = Server::new(ServerConfig::default());
    let mut raw = Raw::new().connect("live").create_stream(2.0).publish("cam");
    server.feed(&raw.take());
    server.wait(seconds(500));
    assert_eq!(server.error, None);
    server.feed_accepting(&[]);
    let ServerEvent::Connect(connect) = server.events.pop_front().unwrap() else {
        panic!()
    };
    server.machine.accept(connect.id).unwrap();
    server.go_on();
    let ServerEvent::Publish(publish) = server.events.pop_front().unwrap() else {
        panic!()
    };
    server.wait(seconds(29));
    server.machine.accept(publish.id).unwrap();
    // The publisher's time begins with the answer, though it was given between two ticks; it sends nothing at all.
    let after = seconds(30);
    expires(
        &mut server,
        30,
        &ConnectionError::PublisherTimeout { after },
    );
}

#[test]
fn a_stream_that_is_closed_between_two_ticks_is_idle_from_then_on() {
    let (mut server, _) = Server::publishing(ServerConfig::default());
    server.wait(seconds(29));
    let status = Status::new(StatusCode::NET_STREAM_UNPUBLISH_SUCCESS, "enough");
    server
        .machine
        .close_stream(StreamId::FIRST, &status)
        .unwrap();
    let after = seconds(30);
    expires(&mut server, 30, &ConnectionError::CommandTimeout { after });
}

#[test]
fn the_times_are_settings() {
    let mut config = ServerConfig::default();
    config.publisher_timeout = seconds(5);
    let (mut server, _) = Server::publishing(config);
    let after = seconds(5);
    expires(&mut server, 5, &ConnectionError::PublisherTimeout { after });
    let mut config = ServerConfig::default();
    config.publisher_timeout = Duration::MAX;
    let (mut server, _) = Server::publishing(config);
    server.wait(seconds(100_000));
    assert_eq!(server.error, None);
}
