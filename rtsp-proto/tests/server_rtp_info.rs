//! RTP-Info in the words of the request's version.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    clippy::disallowed_methods,
    reason = "test code"
)]

use std::time::Instant;

use bytes::BytesMut;
use castline_core::Machine;
use castline_rtsp_proto::headers::{RtpInfo, RtpInfoEntry};
use castline_rtsp_proto::server::*;

fn answer_to_play(version: &str) -> String {
    let now = Instant::now();
    let peer = ([127, 0, 0, 1], 40_000).into();
    let mut server = ServerConnection::new(ServerConfig::default(), peer, [5; 32], now);
    let ask = |request: String, server: &mut ServerConnection| {
        server.handle_input(now, &mut BytesMut::from(request.as_bytes()));
        match server.poll_event().unwrap().unwrap() {
            ServerEvent::Setup { id, offers, .. } => {
                let session = server.setup(id, SetupReply::new(1, offers[0])).unwrap();
                while server.poll_transmit().is_some() {}
                session.to_string()
            }
            ServerEvent::Play { id, .. } => {
                let entry = RtpInfoEntry::new("rtsp://h/f/1", Some(7), Some(9)).with_ssrc(0xabcd);
                let reply = PlayReply::new().with_rtp_info(RtpInfo::new([entry]));
                server.play(id, reply).unwrap();
                let out: Vec<_> = std::iter::from_fn(|| server.poll_transmit()).collect();
                String::from_utf8(out.concat()).unwrap()
            }
            other => panic!("{other:?}"),
        }
    };
    let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";
    let setup = format!("SETUP rtsp://h/f/1 {version}\r\nCSeq: 1\r\n{transport}\r\n\r\n");
    let session = ask(setup.replace("\\\\r\\\\n", "\r\n"), &mut server);
    let range = "Range: npt=0-";
    let play =
        format!("PLAY rtsp://h/f {version}\r\nCSeq: 2\r\nSession: {session}\r\n{range}\r\n\r\n");
    ask(play, &mut server)
}

#[test]
fn version_1_has_no_ssrc() {
    let answer = answer_to_play("RTSP/1.0");
    assert!(
        answer.contains("\r\nRTP-Info: url=rtsp://h/f/1;seq=7;rtptime=9\r\n"),
        "{answer}"
    );
}

#[test]
fn version_2_has_one() {
    let answer = answer_to_play("RTSP/2.0");
    let info = "\r\nRTP-Info: url=\"rtsp://h/f/1\" ssrc=0000ABCD:seq=7;rtptime=9\r\n";
    assert!(answer.contains(info), "{answer}");
}
