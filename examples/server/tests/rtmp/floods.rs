//! Very many at once.

use std::time::{Duration, Instant};

use castline_rtmp_chunk::client::StreamEnd;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    house::House,
    media::{GROUP, large_picture, movie},
    peer::{PATIENCE, Peer, soon},
};

const HALF_OPEN: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_half_open_handshakes() {
    // Both ends of all are in files of two processes.
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let mut house = House::with("max_connections = 5000\n");
    let bystanders = house.bystanders().await;
    let before = house.memory_kib();
    // A client that speaks TLS here says less than a handshake, too.
    let mut hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec();
    hello.resize(517, 0x5a);
    let mut sockets = Vec::new();
    for number in 0..HALF_OPEN {
        let connected = soon("a connection", TcpStream::connect(house.rtmp)).await;
        let mut socket = connected.unwrap();
        match number % 4 {
            0 => {}
            1 => socket.write_all(&hello).await.unwrap(),
            2 => socket.write_all(&[3]).await.unwrap(),
            _ => socket.write_all(&[3; 768]).await.unwrap(),
        }
        sockets.push(socket);
    }
    // Somebody who comes now is let in as ever.
    let begin = Instant::now();
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    publisher.send_all(stream, &movie(0..2)).await;
    player.tags_to(played, 1).await;
    let took = begin.elapsed();
    assert!(took < Duration::from_secs(5), "it took {took:?}");
    let each = house.memory_kib().saturating_sub(before) / HALF_OPEN as u64;
    assert!(each < 64, "each half-open connection holds {each} KiB");
    // Each is sent away in time, and the log says so.
    let begin = Instant::now();
    for socket in &mut sockets {
        let mut rest = Vec::new();
        let _ = soon("the server to hang up", socket.read_to_end(&mut rest)).await;
    }
    assert!(begin.elapsed() < PATIENCE);
    house.server.wait_for(|server| {
        let logged = server.logged();
        let told = logged.matches("the RTMP connection is given up").count();
        let late = logged
            .matches("the handshake was not complete after 10s")
            .count();
        // Those that speak TLS may be known for what they are before.
        (told == HALF_OPEN && late >= HALF_OPEN * 3 / 4).then_some(())
    });
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_are_allowed_are_refused_and_named() {
    let mut house = House::with("max_connections = 4\n");
    let bystanders = house.bystanders().await;
    let (one, two) = (house.peer().await, house.peer().await);
    for _ in 0..20 {
        let mut socket = TcpStream::connect(house.rtmp).await.unwrap();
        let mut said = Vec::new();
        let _ = soon("the server to hang up", socket.read_to_end(&mut said)).await;
        let address = socket.local_addr().unwrap().to_string();
        house.log_line(&["refused", &address, "--max-connections"]);
    }
    drop((one, two));
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_come_and_go_by_the_hundred() {
    let mut house = House::new();
    let bystanders = house.bystanders().await;
    for round in 0..50 {
        let mut peer = house.peer().await;
        for number in 0..4 {
            let name = format!("s{}", (round + number) % 7);
            let stream = peer.publish_headers(&name).await;
            let played = peer.play(&name).await.unwrap();
            peer.send_all(stream, &movie(0..1)).await;
            peer.tags_to(played, 0).await;
            peer.close_stream(played).await;
            peer.close_stream(stream).await;
        }
        peer.length("x").await;
    }
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn players_that_stay_do_not_keep_what_is_over() {
    const STREAMS: u64 = 12;
    let mut house = House::new();
    let before = house.memory_kib();
    let mut players = Vec::new();
    for number in 0..STREAMS {
        let name = format!("s{number}");
        let mut publisher = house.peer().await;
        let stream = publisher.publish_headers(&name).await;
        let mut player = house.peer().await;
        let played = player.play(&name).await.unwrap();
        // 8 MB, which the stream keeps as long as it lasts.
        for number in 0..GROUP {
            let picture = large_picture(number, 320_000);
            publisher.send(stream, &picture).await;
            player.tags_to(played, number).await;
        }
        publisher.close_stream(stream).await;
        player.ended(played, StreamEnd::UnpublishNotify).await;
        players.push(player);
    }
    let held = house.memory_kib().saturating_sub(before);
    assert!(held < STREAMS * 8_000 / 2, "{held} KiB are held");
    // They are still there, and can play something else.
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("next").await;
    publisher.send_all(stream, &movie(0..2)).await;
    for player in &mut players {
        let played = player.play("next").await.unwrap();
        player.tags_to(played, 1).await;
    }
    house.server.assert_sound();
}
