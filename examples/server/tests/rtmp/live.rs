//! What is published by RTMP is played by RTMP, FLV and RTSP as it is.

use std::time::Instant;

use bytes::BytesMut;
use castline_rtmp_chunk::{
    client::{ClientEvent, StreamEnd},
    command::PlayStart,
    flv::{Reader, ReaderConfig},
};

use crate::{
    common::{Client, Http, Rtp, WebSocket, access_units, assert_contiguous, nal_units},
    house::{House, pause},
    media::{self, GROUP, assert_played, movie, picture, slice},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_is_played_byte_for_byte() {
    let mut house = House::new();
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let mut players = Vec::new();
    for _ in 0..3 {
        let mut player = house.peer().await;
        let played = player.play("cam").await.unwrap();
        players.push((player, played));
    }
    let sent = movie(0..60);
    publisher.send_all(stream, &sent).await;
    publisher.close_stream(stream).await;
    for (player, played) in &mut players {
        let (tags, how) = player.tags_to_end(*played).await;
        assert_played(&tags, &sent);
        assert_eq!(how, StreamEnd::UnpublishNotify);
        player.ended(*played, StreamEnd::Eof).await;
    }
    house.log_line(&[
        "publishes (RTMP)",
        "stream=\"cam\"",
        &publisher.own_address(),
    ]);
    house.log_line(&["published (RTMP)", "tags=123", "malformed=0"]);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_late_begins_with_the_last_key_frame() {
    let mut house = House::new();
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let sent = movie(0..GROUP * 2 + 10);
    publisher.send_all(stream, &sent).await;
    let mut player = house.peer().await;
    let begin = Instant::now();
    let played = player.play("cam").await.unwrap();
    let group = &sent[GROUP as usize * 4..];
    let tags = player.tags(played, 3 + group.len()).await;
    assert!(begin.elapsed().as_secs() < 3, "it comes at once");
    assert_played(&tags, group);
    // And goes on without a gap.
    let more = movie(GROUP * 2 + 10..GROUP * 3 + 5);
    publisher.send_all(stream, &more).await;
    let tags = player.tags(played, more.len()).await;
    assert_eq!(media::seen(&tags), media::seen(&more));
    house.server.assert_sound();
}

/// Reads FLV until the answer ends.
fn flv_to_end(mut piece: impl FnMut() -> Option<Vec<u8>>) -> Vec<castline_rtmp_chunk::Tag> {
    let mut reader = Reader::new(ReaderConfig::default());
    let (mut input, mut tags) = (BytesMut::new(), Vec::new());
    while let Some(bytes) = piece() {
        input.extend_from_slice(&bytes);
        while let Some(tag) = reader.decode(&mut input).unwrap() {
            tags.push(tag);
        }
    }
    assert!(input.len() <= 4, "the end is no cut");
    let header = reader.header().unwrap();
    assert!(header.has_audio && header.has_video);
    tags
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flv_players_get_the_same_and_a_clean_end() {
    let mut house = House::new();
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let sent = movie(0..40);
    publisher.send(stream, &sent[0]).await;
    let mut http = Http::connect(house.http);
    assert_eq!(http.begin("GET", "/live/cam.flv", &[]).status, 200);
    let mut socket = WebSocket::connect(house.http, "/live/cam.flv").unwrap();
    publisher.send_all(stream, &sent[1..]).await;
    // The publisher is gone without a word.
    drop(publisher);
    let by_http = flv_to_end(|| http.chunk());
    assert_played(&by_http, &sent);
    let by_socket = flv_to_end(|| {
        loop {
            match socket.frame()? {
                (2, payload) => return Some(payload),
                (8, _) => return None,
                _ => {}
            }
        }
    });
    assert_played(&by_socket, &sent);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rtsp_players_get_the_same_pictures() {
    let mut house = House::new();
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    publisher.send_all(stream, &movie(0..GROUP + 3)).await;
    let url = house.server.url("/live/cam");
    let mut client = Client::connect(house.server.address);
    let (tracks, _) = client.play(&url, None);
    assert_eq!(tracks.len(), 2);
    publisher
        .send_all(stream, &movie(GROUP + 3..GROUP * 2))
        .await;
    publisher.close_stream(stream).await;
    let video = tracks.iter().position(|track| track.kind == "video");
    let channel = video.unwrap() as u8 * 2;
    let packets = client.packets_until_bye(&[channel + 1]);
    let packets = Rtp::of(&packets, channel);
    assert_contiguous(&packets);
    let units = access_units(&packets);
    let slices: Vec<Vec<u8>> = units
        .iter()
        .flat_map(|unit| nal_units(unit))
        .filter(|unit| matches!(unit[0] & 0x1f, 1..=5))
        .collect();
    let expected: Vec<Vec<u8>> = (GROUP..GROUP * 2)
        .map(|number| slice(number, picture(number).len() - 9))
        .collect();
    assert_eq!(slices, expected);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_player_may_pause_and_choose() {
    let mut house = House::new();
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    publisher.send_all(stream, &movie(0..3)).await;
    player.tags_to(played, 2).await;
    player.link.machine().pause(played, true, 0).unwrap();
    player
        .wait("pause", |event| {
            matches!(
                event,
                ClientEvent::Paused {
                    is_paused: true,
                    ..
                }
            )
            .then_some(())
        })
        .await;
    while let Some(event) = player.next_within(200).await {
        // What was under way may still come.
        assert!(!matches!(event, ClientEvent::StreamRejected { .. }));
    }
    publisher.send_all(stream, &movie(3..GROUP + 2)).await;
    assert_eq!(player.next_within(300).await, None, "nothing comes now");
    player.link.machine().pause(played, false, 0).unwrap();
    let tags = player.tags_to(played, GROUP).await;
    let media: Vec<_> = tags.iter().filter(|tag| !media::is_header(tag)).collect();
    assert_eq!(
        media::picture_number(media[0]),
        Some(GROUP),
        "it goes on with the newest key frame"
    );
    player.tags_to(played, GROUP + 1).await;
    player.link.machine().receive_audio(played, false).unwrap();
    // The server has heard it once it has answered what was said after it.
    player.length("x").await;
    while player.next_within(200).await.is_some() {}
    publisher
        .send_all(stream, &movie(GROUP + 2..GROUP + 10))
        .await;
    let tags = player.tags_to(played, GROUP + 9).await;
    assert_eq!(tags.len(), 8, "pictures alone");
    player.link.machine().seek(played, 1000).unwrap();
    player.status("NetStream.Seek.Failed").await;
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_publishes_is_not_found() {
    let mut house = House::new();
    let mut player = house.peer().await;
    for start in [PlayStart::Live, PlayStart::LiveOrRecorded] {
        let status = player.play_from("nobody", start).await.unwrap_err();
        assert_eq!(status.code.as_str(), "NetStream.Play.StreamNotFound");
    }
    // The connection goes on.
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let played = player.play("cam").await.unwrap();
    publisher.send_all(stream, &movie(0..2)).await;
    player.tags_to(played, 1).await;
    house.log_line(&["play refused (RTMP)", "live/nobody", &player.own_address()]);
    house.server.assert_sound();
    pause(0).await;
}
