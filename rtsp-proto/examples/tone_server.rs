//! A whole RTSP server on one screen, without a runtime: a tone, interleaved, to any number of players.
//!
//! `cargo run -p castline-rtsp-proto --example tone_server`, then `ffplay rtsp://127.0.0.1:8555/tone`
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "an example"
)]

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use castline_core::Machine;
use castline_rtsp_proto::server::*;
use castline_rtsp_proto::{ChannelKind, SendError, StatusCode};

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=tone\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:trackID=0\r\n";

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:8555")?;
    println!("ffplay rtsp://127.0.0.1:8555/tone");
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || serve(stream));
    }
    Ok(())
}

fn serve(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_millis(5)))?;
    let mut server = ServerConnection::new(
        ServerConfig::default(),
        stream.peer_addr()?,
        seed(),
        Instant::now(),
    );
    let (mut input, mut block, mut playing) = (BytesMut::new(), [0; 4096], None);
    while !server.is_closed() {
        match stream.read(&mut block) {
            Ok(0) => server.handle_eof(Instant::now()),
            Ok(read) => input.extend_from_slice(block.get(..read).unwrap_or_default()),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        server.handle_input(Instant::now(), &mut input);
        while let Some(event) = server.poll_event().map_err(io::Error::other)? {
            answer(&mut server, event, &mut playing).map_err(io::Error::other)?;
        }
        if let Some((session, next, number)) = &mut playing {
            while *next <= Instant::now() {
                // A player that is too slow loses packets, and nobody else does.
                let _ = server.send(*session, 0, ChannelKind::Rtp, packet(*number));
                (*next, *number) = (*next + Duration::from_millis(20), number.wrapping_add(1));
            }
        }
        if server.poll_timeout().is_some_and(|at| at <= Instant::now()) {
            server.handle_timeout(Instant::now());
        }
        while let Some(segment) = server.poll_transmit() {
            stream.write_all(&segment)?;
        }
    }
    Ok(())
}

fn answer(
    server: &mut ServerConnection,
    event: ServerEvent,
    playing: &mut Option<(SessionId, Instant, u16)>,
) -> Result<(), SendError> {
    match event {
        ServerEvent::Describe { id, .. } => server.describe(id, Description::new(SDP)),
        ServerEvent::Setup { id, offers, .. } => {
            match offers.iter().find(|offer| offer.is_interleaved()) {
                Some(offer) => server.setup(id, SetupReply::new(0, *offer)).map(drop),
                None => server.reject(id, StatusCode::UNSUPPORTED_TRANSPORT, "TCP only"),
            }
        }
        ServerEvent::Play { id, session, .. } => {
            *playing = Some((session, Instant::now(), 0));
            server.play(id, PlayReply::new())
        }
        ServerEvent::Pause { id, .. } => {
            *playing = None;
            server.pause(id)
        }
        ServerEvent::Teardown { id, .. } => server.teardown(id),
        ServerEvent::SessionClosed { .. } => {
            *playing = None;
            Ok(())
        }
        ServerEvent::GetParameter { id, .. } | ServerEvent::SetParameter { id, .. } => {
            server.parameters(id, "")
        }
        ServerEvent::ForeignRequest { id, .. } => {
            server.reject(id, StatusCode::SESSION_NOT_FOUND, "")
        }
        _ => Ok(()),
    }
}

/// 256 bits that nobody guesses, by the keys that std takes from the operating system for its hash maps.
fn seed() -> [u8; 32] {
    let part = || RandomState::new().build_hasher().finish().to_be_bytes();
    [part(), part(), part(), part()]
        .concat()
        .try_into()
        .unwrap_or([0; 32])
}

/// 20 ms of a square wave of 400 Hz in G.711: RTP header (RFC 3550 §5.1) and payload.
fn packet(number: u16) -> [Bytes; 2] {
    let mut header = vec![0x80, 0];
    header.extend_from_slice(&number.to_be_bytes());
    header.extend_from_slice(&u32::from(number).wrapping_mul(160).to_be_bytes());
    header.extend_from_slice(b"tone");
    let wave: Vec<u8> = (0..160)
        .map(|sample| if sample % 20 < 10 { 0xa0 } else { 0x20 })
        .collect();
    [header.into(), wave.into()]
}
