//! A client that does not read for a while.

use std::{collections::HashSet, time::Duration};

use socket2::{Domain, Socket, Type};

use crate::common::{
    Client, Folder, Rtp, Server, Watcher, access_units, assert_contiguous, nal_units, rtp_info,
    tall_movie,
};

/// 25 times a second: 20 Mbit/s, more than the system keeps for anybody in a few seconds.
const FRAME_BYTES: u32 = 100_000;

/// A client that takes little from the system before it has to read.
fn connect_with_a_small_buffer(server: &Server) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.connect(&server.address.into()).unwrap();
    Client::over(socket.into())
}

/// Waits for the log line of a client that does not read.
fn slow_line(server: &mut Server) -> String {
    server.wait_for(|server| {
        let logged = server.logged();
        logged
            .lines()
            .find(|line| line.contains("reads too slowly"))
            .map(str::to_owned)
    })
}

#[test]
fn a_client_that_does_not_read_loses_whole_frames_up_to_a_key_frame() {
    let folder = Folder::new()
        .with("tall.mp4", tall_movie(6, FRAME_BYTES))
        .with("film.mp4", crate::common::DEMO)
        .with("small.toml", "client_queue_kib = 256\n");
    let mut server = Server::start(&[
        folder.path().to_str().unwrap(),
        "--config",
        &folder.join("small.toml"),
    ]);
    let watcher = Watcher::start(server.address, &server.url("/vod/film.mp4"));
    let mut client = connect_with_a_small_buffer(&server);
    let peer = client.stream.local_addr().unwrap().to_string();
    let (_, response) = client.play(&server.url("/vod/tall.mp4"), None);
    let begin = rtp_info(&response)[0].2;
    let line = slow_line(&mut server);
    for part in [peer.as_str(), "client_queue_kib", "behind_ms", "key frame"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    std::thread::sleep(Duration::from_secs(1));
    let packets = client.packets_until_bye(&[1]);
    let video = Rtp::of(&packets, 0);
    assert_contiguous(&video);
    let mut skipped = HashSet::new();
    let mut next = 0;
    for unit in access_units(&video) {
        let number = unit[0].timestamp.wrapping_sub(begin) / 3600;
        let is_gap = number != next;
        next = number + 1;
        let slices: Vec<Vec<u8>> = nal_units(&unit)
            .into_iter()
            .filter(|unit| matches!(unit[0] & 0x1f, 1..=5))
            .collect();
        assert_eq!(slices.len(), 1, "frame {number}");
        assert_eq!(
            slices[0].len(),
            FRAME_BYTES as usize - 4,
            "frame {number} is whole"
        );
        assert!(
            slices[0][1..]
                .iter()
                .all(|byte| u32::from(*byte) == number % 251),
            "frame {number} is itself"
        );
        if is_gap {
            assert_eq!(
                slices[0][0] & 0x1f,
                5,
                "frame {number} follows a gap and is a key frame"
            );
            skipped.insert(number);
        }
    }
    assert!(!skipped.is_empty(), "frames are left out");
    assert_eq!(next, 150, "it plays to its end");
    watcher.finish();
    server.assert_sound();
}

#[cfg(unix)]
#[test]
fn a_client_that_does_not_read_does_not_hold_up_the_end() {
    let folder = Folder::new()
        .with("tall.mp4", tall_movie(6, FRAME_BYTES))
        .with("small.toml", "client_queue_kib = 256\n");
    let mut server = Server::start(&[
        folder.path().to_str().unwrap(),
        "--config",
        &folder.join("small.toml"),
    ]);
    let mut client = connect_with_a_small_buffer(&server);
    client.play(&server.url("/vod/tall.mp4"), None);
    slow_line(&mut server);
    server.signal("TERM");
    let (code, took) = server.wait_for_end();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "it took {took:?}");
}

#[test]
fn frames_larger_than_the_queue_reach_a_client_that_reads() {
    let folder = Folder::new()
        .with("tall.mp4", tall_movie(1, FRAME_BYTES))
        .with("small.toml", "client_queue_kib = 64\n");
    let server = Server::start(&[
        folder.path().to_str().unwrap(),
        "--config",
        &folder.join("small.toml"),
    ]);
    let mut client = Client::connect(server.address);
    client.play(&server.url("/vod/tall.mp4"), None);
    let packets = client.packets_until_bye(&[1]);
    assert!(
        !Rtp::of(&packets, 0).is_empty(),
        "the smallest queue that can be set plays large frames"
    );
}
