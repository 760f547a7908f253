//! Clients that break the rules while others publish and play, who must not notice.

use std::time::{Duration, Instant};

use castline_rtmp_chunk::{
    Tag,
    client::{ClientEvent, StreamEnd},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    house::{House, pause},
    media::{self, GROUP, assert_played, body, large_picture, movie, picture_number},
    peer::{Peer, soon},
};

/// A publisher who goes on by hand: its socket, its address, and the number of its stream.
async fn by_hand(house: &House, name: &str) -> (TcpStream, String, u32) {
    let mut peer = house.peer().await;
    let stream = peer.publish_headers(name).await;
    peer.send_all(stream, &movie(0..1)).await;
    // What the server still has to say is read, or its end would be a reset.
    while peer.next_within(100).await.is_some() {}
    let id = peer.link.machine().stream_id(stream).unwrap().number();
    let address = peer.own_address();
    (peer.link.into_parts().io, address, id)
}

/// The header of a message of pictures in a chunk with everything said (fmt 0).
fn message_header(chunk_stream: u8, length: u32, stream: u32) -> Vec<u8> {
    let mut header = vec![chunk_stream, 0, 0, 80];
    header.extend(&length.to_be_bytes()[1..]);
    header.push(9);
    header.extend(stream.to_le_bytes());
    header
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_that_stops_reading_skips_to_a_key_frame() {
    const BYTES: usize = 100_000;
    let settings = "client_queue_kib = 256\n[cache]\nbytes = 4194304\n";
    let mut house = House::with(settings);
    let bystanders = house.bystanders().await;
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("fat").await;
    publisher.send(stream, &large_picture(0, BYTES)).await;
    let mut stuck = Peer::connect_small(house.rtmp, "live").await;
    let played = stuck.play("fat").await.unwrap();
    stuck.tags_to(played, 0).await;
    let before = house.memory_kib();
    for number in 1..GROUP * 16 {
        publisher.send(stream, &large_picture(number, BYTES)).await;
    }
    let held = house.memory_kib().saturating_sub(before);
    assert!(held < 32 * 1024, "40 MB make the server hold {held} KiB");
    // It reads again.
    publisher
        .send(stream, &large_picture(GROUP * 16, BYTES))
        .await;
    let tags = stuck.tags_to(played, GROUP * 16).await;
    let mut next = 1;
    let mut gaps = 0;
    for (index, tag) in tags.iter().enumerate() {
        let Some(number) = picture_number(tag) else {
            continue;
        };
        assert!(body(tag) == body(&large_picture(number, BYTES)), "{number}");
        if number != next {
            gaps += 1;
            assert_eq!(number % GROUP, 0, "what follows a gap is a key frame");
            let opening = &tags[index - 3..index];
            assert!(opening.iter().all(media::is_header), "with its headers");
        }
        next = number + 1;
    }
    assert!(gaps > 0, "nothing was left out: {next}");
    let line = house.log_line(&["a slow RTMP player", &stuck.own_address()]);
    assert!(line.contains("stream=\"fat\""), "{line}");
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_of_16_mb_messages_at_chunk_size_1() {
    const LENGTH: u32 = 0xff_ffff;
    let mut house = House::new();
    let bystanders = house.bystanders().await;
    let (mut socket, address, stream) = by_hand(&house, "heavy").await;
    let mut bytes = vec![2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 1];
    bytes.extend(message_header(7, LENGTH, stream));
    let mut message = vec![0x27, 1, 0, 0, 0];
    message.extend((LENGTH - 9).to_be_bytes());
    message.resize(LENGTH as usize, 0x41);
    for (index, byte) in message.iter().enumerate() {
        if index > 0 {
            bytes.push(0xc7);
        }
        bytes.push(*byte);
    }
    let before = house.memory_kib();
    let (mut most, mut sent) = (0, 0);
    let deadline = Instant::now() + Duration::from_secs(4);
    // One message after the other, as long as there is time, and the last one is never whole.
    while Instant::now() < deadline {
        let end = (sent + 1024 * 1024).min(bytes.len() - 1);
        let wrote = tokio::time::timeout_at(deadline.into(), socket.write(&bytes[sent..end])).await;
        let Ok(wrote) = wrote else { break };
        sent += wrote.unwrap();
        most = most.max(house.memory_kib().saturating_sub(before));
        if sent == bytes.len() - 1 {
            break;
        }
    }
    assert!(sent > 1024 * 1024, "the server took {sent} bytes only");
    assert!(most < 64 * 1024, "it held {most} KiB");
    drop(socket);
    house.log_line(&["given up", &address, "publishing heavy"]);
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_publisher_that_dies_in_the_middle_of_a_message() {
    let mut house = House::new();
    let bystanders = house.bystanders().await;
    for is_reset in [false, true] {
        let (mut socket, address, stream) = by_hand(&house, "dying").await;
        let mut player = house.peer().await;
        let played = player.play("dying").await.unwrap();
        player.tags_to(played, 0).await;
        let mut half = message_header(6, 1000, stream);
        half.extend([0x17; 500]);
        socket.write_all(&half).await.unwrap();
        if is_reset {
            socket.set_zero_linger().unwrap();
        }
        drop(socket);
        let (tags, how) = player.tags_to_end(played).await;
        assert_eq!(how, StreamEnd::UnpublishNotify);
        let sounds = tags.iter().filter(|tag| picture_number(tag).is_none());
        assert_eq!(sounds.count(), tags.len(), "half a message is nothing");
        let mut next = house.peer().await;
        let stream = next.publish("dying").await.unwrap();
        next.close_stream(stream).await;
        player.ended(played, StreamEnd::Eof).await;
        house.log_line(&["published (RTMP)", "stream=\"dying\"", &address]);
        drop(next);
        pause(50).await;
    }
    bystanders.finish().await;
    house.server.assert_sound();
}

/// Says something that is no RTMP, and waits until the server has had enough.
async fn say(house: &House, what: &[u8]) -> String {
    let mut socket = TcpStream::connect(house.rtmp).await.unwrap();
    let address = socket.local_addr().unwrap().to_string();
    // The server may be gone before all is said.
    let _ = socket.write_all(what).await;
    let mut answer = Vec::new();
    let _ = soon("the server to hang up", socket.read_to_end(&mut answer)).await;
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_rtmp_is_sent_away_and_named() {
    let mut house = House::new();
    let bystanders = house.bystanders().await;
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let behind_a_handshake = [&[3][..], &noise].concat();
    let request = b"GET /live/cam.flv HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    let (one, two, three, four) = tokio::join!(
        say(&house, &noise),
        say(&house, &behind_a_handshake),
        say(&house, request),
        say(
            &house,
            b"OPTIONS rtsp://127.0.0.1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
        ),
    );
    for address in [one, two, three, four] {
        house.log_line(&["the RTMP connection is given up", &address]);
    }
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_publisher_is_dropped_and_named() {
    let mut house = House::with("[publish]\nidle_timeout_s = 3\n");
    let bystanders = house.bystanders().await;
    let mut silent = house.peer().await;
    silent.publish("silent").await.unwrap();
    let mut halting = house.peer().await;
    let stream = halting.publish_headers("halting").await;
    halting.send_all(stream, &movie(0..2)).await;
    let mut player = house.peer().await;
    let played = player.play("halting").await.unwrap();
    let (tags, how) = player.tags_to_end(played).await;
    assert_played(&tags, &movie(0..2));
    assert_eq!(how, StreamEnd::UnpublishNotify);
    for (peer, name) in [(&mut silent, "silent"), (&mut halting, "halting")] {
        peer.until_closed().await;
        let doing = format!("publishing {name}");
        let line = house.log_line(&["given up", &peer.own_address(), &doing]);
        assert!(line.contains("sent nothing for 3s"), "{line}");
    }
    let mut next = house.peer().await;
    next.publish("silent").await.unwrap();
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_that_is_cut_off_is_named_and_no_matter() {
    let mut house = House::new();
    let bystanders = house.bystanders().await;
    for _ in 0..10 {
        let mut player = house.peer().await;
        let played = player.play("bystander").await.unwrap();
        player.tags(played, 10).await;
        let address = player.own_address();
        player.link.io().set_zero_linger().unwrap();
        drop(player);
        house.log_line(&["played (RTMP)", &address]);
    }
    bystanders.finish().await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_is_nonsense_is_left_out_and_counted() {
    let mut house = House::new();
    let bystanders = house.bystanders().await;
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("odd").await;
    let mut player = house.peer().await;
    let played = player.play("odd").await.unwrap();
    publisher.send_all(stream, &movie(0..5)).await;
    use castline_rtmp_chunk::TagType::{Audio, Script, Video};
    let odd: [(castline_rtmp_chunk::TagType, &[u8]); 8] = [
        (Video, b""),
        (Audio, b""),
        (Script, b""),
        (Script, b"\0\0\0\x01"),
        (Video, &[0x17, 0, 0, 0, 0, 1]),
        (Video, &[0x97, b'h', b'v', b'c']),
        (Audio, &[0xaf, 0]),
        (Script, &[0x0a; 100_000]),
    ];
    for (kind, bytes) in odd {
        let tag = Tag::new(kind, 300, bytes.to_vec().into());
        publisher.send(stream, &tag).await;
    }
    publisher.send_all(stream, &movie(10..15)).await;
    let tags = player.tags_to(played, 14).await;
    let pictures: Vec<u32> = tags
        .iter()
        .filter(|tag| tag.len() > 100)
        .filter_map(picture_number)
        .collect();
    assert_eq!(pictures, [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]);
    publisher.close_stream(stream).await;
    let line = house.log_line(&["published (RTMP)", "stream=\"odd\""]);
    assert!(!line.contains("malformed=0"), "{line}");
    bystanders.finish().await;
    house.server.assert_sound();
}
