//! Recordings by the settings.

use std::{fs, path::PathBuf, process::Command};

use bytes::BytesMut;
use castline_rtmp_chunk::{Tag, TagType, amf, flv};

use crate::{
    common::Folder,
    house::{House, pause},
    media::{self, GROUP, assert_played, body, is_header, large_picture, movie, seen},
};

/// The recordings in a folder, by name.
fn files(folder: &Folder) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.path().join("rec")) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn settings(folder: &Folder, more: &str) -> String {
    format!(
        "[record]\nenabled = true\ndir = {:?}\n{more}",
        folder.join("rec")
    )
}

/// The tags of a file, and where each begins.
fn read(file: &[u8]) -> Vec<(u64, Tag)> {
    let mut reader = flv::Reader::new(flv::ReaderConfig::default());
    let mut input = BytesMut::from(file);
    let mut tags = Vec::new();
    while let Some(tag) = reader.decode(&mut input).unwrap() {
        tags.push((reader.tag_offset().unwrap(), tag));
    }
    assert!(input.len() <= 4, "the file ends with a tag");
    let header = reader.header().unwrap();
    assert!(header.has_audio && header.has_video);
    tags
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_is_a_sound_file_with_an_index() {
    let out = Folder::new();
    let more = "streams = [\"live/rec*\"]\n";
    let mut house = House::with(&settings(&out, more));
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("recorded").await;
    let other = publisher.publish_headers("other").await;
    publisher.send_all(other, &movie(0..3)).await;
    // The publisher's clock does not begin at 0.
    let sent = movie(GROUP..GROUP * 5);
    publisher.send_all(stream, &sent).await;
    publisher.close_stream(stream).await;
    house.log_line(&["was recorded", "recorded"]);
    let files = files(&out);
    assert_eq!(files.len(), 1, "{files:?}");
    let name = files[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("recorded-2") && name.ends_with("Z.flv"));
    let file = fs::read(&files[0]).unwrap();
    let tags = read(&file);
    let metadata = &tags[0].1;
    let limits = amf::Limits::default();
    let metadata = flv::Metadata::parse(&body(metadata), &limits);
    let metadata = metadata.unwrap().unwrap();
    let seconds = f64::from(GROUP * 4) * 0.04;
    let duration = metadata.number("duration").unwrap();
    assert!((duration - seconds).abs() < 0.1, "{duration}");
    assert_eq!(metadata.number("width"), Some(320.0));
    let index = metadata.index.keyframes();
    assert_eq!(index.len(), 4);
    for keyframe in index {
        let (_, tag) = tags
            .iter()
            .find(|(offset, _)| *offset == keyframe.position)
            .expect("the index says where tags begin");
        assert_eq!(tag.timestamp, keyframe.timestamp);
        assert_eq!(body(tag)[0], 0x17, "it is a key frame");
    }
    let mut expected = sent.clone();
    for tag in &mut expected {
        tag.timestamp -= GROUP * media::STEP_MS;
    }
    let media: Vec<Tag> = tags
        .iter()
        .map(|(_, tag)| tag.clone())
        .filter(|tag| !is_header(tag))
        .collect();
    assert!(seen(&media) == seen(&expected), "all media as it was sent");
    let headers = tags.iter().filter(|(_, tag)| is_header(tag)).count();
    assert_eq!(headers, 3);
    house.server.assert_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_to_is_told_and_no_matter() {
    // A file where the folder's parent should be: nobody, root included, can make a folder there.
    let out = Folder::new().with("file", "not a folder");
    let settings = format!(
        "[record]\nenabled = true\ndir = {:?}\n",
        out.join("file/rec")
    );
    let mut house = House::with(&settings);
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    publisher.send_all(stream, &movie(0..10)).await;
    assert_played(&player.tags(played, 23).await, &movie(0..10));
    house.log_line(&["cannot record", "stream=\"cam\"", "file/rec"]);
    house.server.assert_sound();
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_cuts_the_recording_and_nothing_else() {
    const MOST: usize = 1_000_000;
    let out = Folder::new();
    let mut house = House::with(&settings(&out, ""));
    // As far as the process can tell, no file can grow any more then.
    let limited = Command::new("prlimit")
        .args(["--pid", &house.server.id().to_string()])
        .arg(format!("--fsize={MOST}"))
        .status();
    assert!(limited.unwrap().success());
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    let sent: Vec<Tag> = (0..GROUP * 2)
        .map(|number| large_picture(number, 50_000))
        .collect();
    for tag in &sent {
        publisher.send(stream, tag).await;
        pause(2).await;
    }
    let line = house.log_line(&["a recording is cut off", "stream=\"cam\""]);
    assert!(line.contains("check the disk"), "{line}");
    // The stream goes on.
    publisher
        .send(stream, &large_picture(GROUP * 2, 50_000))
        .await;
    let tags = player.tags_to(played, GROUP * 2).await;
    let pictures = tags.iter().filter(|tag| !is_header(tag)).count();
    assert_eq!(pictures, GROUP as usize * 2 + 1);
    // What was written is of use.
    let files = files(&out);
    assert_eq!(files.len(), 1);
    let file = fs::read(&files[0]).unwrap();
    assert!(file.len() <= MOST && file.len() > 40_000);
    let mut reader = flv::Reader::new(flv::ReaderConfig::default());
    let mut input = BytesMut::from(&file[..]);
    let mut count = 0;
    while let Some(tag) = reader.decode(&mut input).unwrap() {
        count += usize::from(tag.tag_type == TagType::Video);
    }
    assert!(count > 1, "{count} pictures");
    house.server.assert_sound();
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_server_closes_the_files() {
    let out = Folder::new();
    let mut house = House::with(&settings(&out, ""));
    let mut publisher = house.peer().await;
    let stream = publisher.publish_headers("cam").await;
    let sent = movie(0..GROUP * 2);
    publisher.send_all(stream, &sent).await;
    let mut player = house.peer().await;
    let played = player.play("cam").await.unwrap();
    player.tags_to(played, GROUP * 2 - 1).await;
    house.server.signal("TERM");
    let closed = tokio::spawn(async move {
        publisher.until_closed().await;
        player.until_closed().await;
    });
    let (code, took) = house.server.wait_for_end();
    assert_eq!(code, Some(0));
    assert!(took.as_secs() < 5, "it took {took:?}");
    closed.await.unwrap();
    let files = files(&out);
    assert_eq!(files.len(), 1);
    let tags = read(&fs::read(&files[0]).unwrap());
    let metadata = flv::Metadata::parse(&body(&tags[0].1), &amf::Limits::default());
    let metadata = metadata.unwrap().unwrap();
    assert!(metadata.duration_ms().unwrap() > 1_900);
    assert_eq!(metadata.index.keyframes().len(), 2);
    assert_eq!(tags.len(), 3 + sent.len());
}
