//! Files by RTMP: MP4 and FLV, to the end, paused, and sought in.

use std::time::{Duration, Instant};

use castline_rtmp_chunk::{
    Tag, TagType,
    client::{ClientEvent, StreamEnd, StreamHandle},
    command::PlayStart,
    flv, tag,
};
use tokio::net::TcpStream;

use crate::{
    common::{DEMO, Folder, demo_samples},
    house::House,
    media::{self, GROUP, STEP_MS, assert_played, is_header, movie, picture_number},
    peer::{Peer, tag_of},
};

/// An FLV file of so many pictures, with sound.
pub(crate) fn flv_file(pictures: u32) -> Vec<u8> {
    let mut writer = flv::Writer::new(flv::Header::new(true, true));
    let mut file = writer.start().to_vec();
    for tag in media::headers().iter().chain(&movie(0..pictures)) {
        for segment in writer.tag(tag).unwrap() {
            file.extend_from_slice(&segment);
        }
    }
    file
}

fn house() -> House {
    let folder = Folder::new()
        .with("film.mp4", DEMO)
        .with("clip.flv", flv_file(GROUP * 3))
        .with("sub/long.flv", flv_file(GROUP * 60));
    House::serving(folder, "")
}

async fn vod(house: &House) -> Peer<TcpStream> {
    Peer::connect(house.rtmp, "vod").await
}

const fn at(position_ms: u32) -> PlayStart {
    PlayStart::Recorded { position_ms }
}

/// Tags to the end of a file, which has to be said by `onPlayStatus` and by Stop.
async fn to_complete(player: &mut Peer<TcpStream>, stream: StreamHandle) -> Vec<Tag> {
    let (mut tags, mut ends) = (Vec::new(), Vec::new());
    while !(ends.contains(&StreamEnd::Complete) && ends.contains(&StreamEnd::Stop)) {
        match player.next().await.expect("the connection ends") {
            ClientEvent::StreamEnded { how, .. } => ends.push(how),
            event => tags.extend(tag_of(&event, stream)),
        }
    }
    tags
}

/// Without headers.
fn frames(tags: &[Tag], kind: TagType) -> Vec<Tag> {
    let frames = tags
        .iter()
        .filter(|tag| tag.tag_type == kind && !is_header(tag));
    frames.cloned().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_flv_file_plays_to_its_end_in_its_time() {
    let mut house = house();
    // ffmpeg asks without the ending, others with it, old ones with a prefix.
    for name in ["clip.flv", "clip", "flv:clip"] {
        let mut player = vod(&house).await;
        let begin = Instant::now();
        let played = player.play_from(name, at(0)).await.unwrap();
        let tags = to_complete(&mut player, played).await;
        assert_played(&tags, &movie(0..GROUP * 3));
        // It is sent a second ahead.
        let took = begin.elapsed();
        assert!(took > Duration::from_millis(1_700), "{name}: {took:?}");
        drop(player);
    }
    house.log_line(&["played (RTMP)", "vod/clip.flv"]);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_mp4_file_plays_every_sample_as_it_is() {
    let mut house = house();
    // Whoever buffers all of it need not wait for it.
    let mut config = Peer::config();
    config.buffer_length = Duration::from_secs(10);
    let socket = TcpStream::connect(house.rtmp).await.unwrap();
    let mut player = Peer::over(socket, "vod", config).await.unwrap();
    let played = player.play_from("mp4:film.mp4", at(0)).await.unwrap();
    let tags = to_complete(&mut player, played).await;
    for (kind, track, skipped) in [(TagType::Video, "trak", 5), (TagType::Audio, "trak2", 2)] {
        let bodies: Vec<Vec<u8>> = frames(&tags, kind)
            .iter()
            .map(|tag| media::body(tag)[skipped..].to_vec())
            .collect();
        let samples: Vec<&[u8]> = demo_samples(track)
            .into_iter()
            .map(|span| &DEMO[span])
            .collect();
        assert_eq!(bodies.len(), samples.len(), "{kind:?}");
        assert!(bodies.iter().zip(samples).all(|(one, other)| one == other));
    }
    let times: Vec<u32> = tags.iter().map(|tag| tag.timestamp).collect();
    assert!(times.is_sorted());
    // It can be played again from where it stands.
    player.link.machine().seek(played, 9_500).unwrap();
    assert!(!to_complete(&mut player, played).await.is_empty());
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn playing_begins_where_it_is_asked_to() {
    let mut house = house();
    let mut player = vod(&house).await;
    let position_ms = STEP_MS * (GROUP + 5);
    let played = player.play_from("clip.flv", at(position_ms)).await.unwrap();
    let tags = to_complete(&mut player, played).await;
    assert_played(&tags, &movie(GROUP..GROUP * 3));
    let played = player.play_from("film.mp4", at(8_500)).await.unwrap();
    let tags = to_complete(&mut player, played).await;
    let pictures = frames(&tags, TagType::Video);
    assert!(tag::classify(&pictures[0]).is_keyframe);
    assert!(pictures[0].timestamp <= 8_500);
    assert!(tags[..3].iter().all(is_header), "headers come first");
    house.server.assert_sound();
}

async fn set_paused(player: &mut Peer<TcpStream>, stream: StreamHandle, wanted: bool) {
    player.link.machine().pause(stream, wanted, 0).unwrap();
    player
        .wait("answer to pause", |event| match event {
            ClientEvent::Paused { is_paused, .. } if *is_paused == wanted => Some(()),
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pause_is_silent_and_nothing_is_lost_by_it() {
    let mut house = house();
    let mut player = vod(&house).await;
    let played = player.play_from("clip.flv", at(0)).await.unwrap();
    let mut tags = player.tags(played, 20).await;
    set_paused(&mut player, played, true).await;
    // What came before the answer was sent before it.
    while let Some(event) = player.next_within(100).await {
        tags.extend(tag_of(&event, played));
    }
    assert_eq!(player.next_within(1_500).await, None, "nothing comes now");
    set_paused(&mut player, played, false).await;
    tags.extend(to_complete(&mut player, played).await);
    assert_played(&tags, &movie(0..GROUP * 3));
    house.server.assert_sound();
}

/// Tags after the answer to a seek.
async fn seek(player: &mut Peer<TcpStream>, stream: StreamHandle, ms: u32) {
    player.link.machine().seek(stream, ms).unwrap();
    // All that comes before the answer is from before.
    loop {
        match player.next().await.unwrap() {
            ClientEvent::Seeked { .. } => break,
            ClientEvent::Status { status, .. } if status.is_error() => panic!("{status:?}"),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seek_goes_on_at_a_key_frame_with_headers() {
    let mut house = house();
    let mut player = vod(&house).await;
    let played = player.play_from("sub/long.flv", at(0)).await.unwrap();
    player.tags_to(played, 3).await;
    for (ms, key) in [(30_500, 30), (2_000, 2), (59_990, 59), (0, 0)] {
        seek(&mut player, played, ms).await;
        let numbers = GROUP * key..GROUP * key + 4;
        let tags = player.tags_to(played, numbers.end - 1).await;
        let mut sent = movie(numbers);
        sent.pop();
        assert_played(&tags, &sent);
    }
    // While it is paused, too; then it waits.
    set_paused(&mut player, played, true).await;
    seek(&mut player, played, 10_000).await;
    while let Some(event) = player.next_within(200).await {
        assert_eq!(tag_of(&event, played), None, "it is paused");
    }
    set_paused(&mut player, played, false).await;
    let tags = player.tags_to(played, GROUP * 10).await;
    assert_played(&tags, &movie(GROUP * 10..GROUP * 10 + 1)[..1]);
    // Beyond the end it is complete, with the last group at the most.
    seek(&mut player, played, 4_000_000).await;
    let tags = to_complete(&mut player, played).await;
    assert!(frames(&tags, TagType::Video).len() <= GROUP as usize);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_a_file_is() {
    let mut house = house();
    let mut player = vod(&house).await;
    for (name, seconds) in [
        ("film.mp4", 10.24),
        ("clip.flv", 3.0),
        ("clip", 3.0),
        ("sub/long", 60.0),
        ("nothing.mp4", 0.0),
    ] {
        let length = player.length(name).await;
        assert!((length - seconds).abs() < 0.2, "{name}: {length}");
    }
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pictures_can_be_left_out() {
    let mut house = house();
    let mut player = vod(&house).await;
    let played = player.play_from("sub/long.flv", at(0)).await.unwrap();
    player.tags_to(played, 3).await;
    player.link.machine().receive_video(played, false).unwrap();
    seek(&mut player, played, 20_000).await;
    let tags = player.tags(played, 20).await;
    assert!(tags.iter().all(|tag| tag.tag_type != TagType::Video));
    assert_eq!(media::body(&tags[2]), media::body(&media::sound(500)));
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_or_outside_is_not_found() {
    let outside = Folder::new().with("film.mp4", DEMO);
    let outside_name = outside.path().file_name().unwrap().to_str().unwrap();
    let mut house = house();
    let mut player = vod(&house).await;
    let names = [
        "nothing.mp4".to_owned(),
        "server.toml".to_owned(),
        "sub".to_owned(),
        "..".to_owned(),
        format!("../{outside_name}/film.mp4"),
        format!("sub/../../{outside_name}/film.mp4"),
        format!("..\\{outside_name}\\film.mp4"),
        format!("%2e%2e/{outside_name}/film.mp4"),
        format!("mp4:../{outside_name}/film.mp4"),
        outside.join("film.mp4"),
        format!("/{}", outside.join("film.mp4")),
        "film.mp4\0.flv".to_owned(),
        "x".repeat(10_000),
    ];
    for name in names {
        let status = player.play_from(&name, at(0)).await.unwrap_err();
        assert_eq!(
            status.code.as_str(),
            "NetStream.Play.StreamNotFound",
            "{name}"
        );
        assert!(!status.description.contains("/tmp"), "{status:?}");
    }
    let played = player.play_from("film.mp4", at(0)).await.unwrap();
    player.tags(played, 3).await;
    house.server.assert_sound();
}
