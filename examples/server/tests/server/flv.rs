//! Files as FLV over HTTP.

use std::{io::Read, net::SocketAddr, time::Duration};

use bytes::BytesMut;
use castline_rtmp_chunk::{Tag, TagType, flv, tag};

use crate::common::{Answer, DEMO, Folder, Http, Server, demo_samples, fetch, spoilt, tall_movie};

/// The tags of a whole FLV file, and its header.
pub(crate) fn tags(file: &[u8]) -> (flv::Header, Vec<Tag>) {
    let mut reader = flv::Reader::new(flv::ReaderConfig::default());
    let mut input = BytesMut::from(file);
    let mut tags = Vec::new();
    while let Some(tag) = reader.decode(&mut input).unwrap() {
        tags.push(tag);
    }
    assert_eq!(input.len(), 4, "the size of the last tag is left");
    (*reader.header().unwrap(), tags)
}

fn fetch_flv(http: SocketAddr, path: &str) -> Answer {
    let answer = fetch(http, "GET", path);
    assert_eq!(
        answer.status,
        200,
        "{path}: {}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(answer.header("content-type"), Some("video/x-flv"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    answer
}

fn frames(tags: &[Tag], kind: TagType) -> Vec<&Tag> {
    tags.iter()
        .filter(|one| one.tag_type == kind && !tag::classify(one).is_sequence_header)
        .collect()
}

#[test]
fn a_movie_is_sent_as_flv_with_all_its_frames() {
    let (mut server, http) = Server::start_with_http(&[]);
    let answer = fetch_flv(http, "/vod/demo.mp4.flv");
    assert!(answer.is_chunked());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let (header, tags) = tags(&answer.body);
    assert!(header.has_audio && header.has_video);
    assert_eq!(tags[0].tag_type, TagType::Script);
    let headers: Vec<_> = tags[1..3]
        .iter()
        .map(|one| (one.tag_type, tag::classify(one).is_sequence_header))
        .collect();
    assert_eq!(headers, [(TagType::Video, true), (TagType::Audio, true)]);
    let video = frames(&tags, TagType::Video);
    let samples = demo_samples("trak");
    assert_eq!(video.len(), samples.len(), "every picture");
    for (one, sample) in video.iter().zip(&samples) {
        assert!(
            one.payload.ends_with(&DEMO[sample.clone()]),
            "a picture is as it was"
        );
    }
    let times: Vec<u32> = tags.iter().map(|one| one.timestamp).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!((9_500..=10_500).contains(times.last().unwrap()));
    assert!(tag::classify(video[0]).is_keyframe);

    let late = fetch_flv(http, "/vod/demo.mp4.flv?start=5");
    let (_, tags) = self::tags(&late.body);
    let video = frames(&tags, TagType::Video);
    assert!(tag::classify(video[0]).is_keyframe);
    assert!(
        (1_000..=5_100).contains(&video[0].timestamp),
        "{}",
        video[0].timestamp
    );
    server.assert_sound();
}

#[test]
fn an_flv_file_is_sent_as_it_is_and_in_parts() {
    let (maker, http) = Server::start_with_http(&[]);
    let file = fetch_flv(http, "/vod/demo.mp4.flv").body;
    drop(maker);
    let folder = Folder::new()
        .with("sub dir/clip.flv", &file)
        .with("clip.mp4.flv", &file)
        .with("clip.mp4", DEMO);
    let (mut server, http) = Server::start_with_http(&[folder.path().to_str().unwrap()]);
    let mut client = Http::connect(http);
    let whole = client.request("GET", "/vod/sub%20dir/clip.flv", &[]);
    assert_eq!((whole.status, whole.body == file), (200, true));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let len = file.len();
    let length = len.to_string();
    assert_eq!(whole.header("content-length"), Some(length.as_str()));
    let head = client.request("HEAD", "/vod/sub%20dir/clip.flv", &[]);
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some(length.as_str()))
    );
    let tag = whole.header("etag").unwrap().to_owned();
    let part = [("Range", "bytes=100-199"), ("If-Range", tag.as_str())];
    let part = client.request("GET", "/vod/sub%20dir/clip.flv", &part);
    assert_eq!((part.status, &part.body[..]), (206, &file[100..200]));
    assert_eq!(
        part.header("content-range"),
        Some(format!("bytes 100-199/{len}").as_str())
    );
    let end = client.request("GET", "/vod/sub%20dir/clip.flv", &[("Range", "bytes=-7")]);
    assert_eq!((end.status, &end.body[..]), (206, &file[len - 7..]));
    let stale = [("Range", "bytes=100-199"), ("If-Range", "\"other\"")];
    let stale = client.request("GET", "/vod/sub%20dir/clip.flv", &stale);
    assert_eq!((stale.status, stale.body.len()), (200, len));
    let beyond = client.request(
        "GET",
        "/vod/sub%20dir/clip.flv",
        &[("Range", "bytes=99999999-")],
    );
    assert_eq!(
        (beyond.status, beyond.header("content-range")),
        (416, Some(format!("bytes */{len}").as_str()))
    );
    // A file that has the name itself goes first.
    let same = client.request("GET", "/vod/clip.mp4.flv", &[]);
    assert_eq!(same.header("content-length"), Some(length.as_str()));
    server.assert_sound();
}

#[test]
fn what_cannot_be_sent_is_told() {
    let folder = Folder::new()
        .with("secret.flv", "FLV\u{1}")
        .with("media/text.mp4", "this is no movie")
        .with("media/a.mp4", DEMO)
        .with("media/notes.txt", "no");
    let media = folder.join("media");
    let (mut server, http) = Server::start_with_http(&[&media]);
    let table = [
        ("/vod/missing.mp4.flv", 404),
        ("/vod/../secret.flv", 404),
        ("/vod/%2e%2e/secret.flv", 404),
        ("/vod/notes.txt.flv", 404),
        ("/vod/a.mp4", 404),
        ("/vod/a.mp4/.flv", 404),
        ("/vod/.flv", 404),
        ("/vod/%00.flv", 404),
        ("/vod/text.mp4.flv", 500),
        ("/vod/a.mp4.flv?start=soon", 400),
        ("/vod/a.mp4.flv?start=-1", 400),
        ("/vod/a.mp4.flv?start=1e300", 400),
        ("/vod/a.mp4.flv?start=99999", 200),
    ];
    for (path, status) in table {
        let answer = fetch(http, "GET", path);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        if status != 200 {
            assert!(!answer.body.is_empty(), "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        }
    }
    assert_eq!(fetch(http, "POST", "/vod/a.mp4.flv").status, 404);
    for (path, offset, bytes) in [
        ("moov/trak/mdia/minf/stbl/stsz", 12, [0xff; 4]),
        ("moov/trak/mdia/minf/stbl/stco", 16, [0xff; 4]),
        ("moov/trak/mdia/minf/stbl/stsc", 20, [0xff; 4]),
        ("moov/trak/mdia/minf/stbl/stsd", 12, [0; 4]),
    ] {
        std::fs::write(
            folder.join("media/spoilt.mp4"),
            spoilt(path, offset, &bytes),
        )
        .unwrap();
        let mut client = Http::connect(http);
        let answer = client.begin("GET", "/vod/spoilt.mp4.flv", &[("Connection", "close")]);
        assert!(
            matches!(answer.status, 200 | 500 | 415),
            "{path}: {answer:?}"
        );
        let mut rest = Vec::new();
        client.reader.read_to_end(&mut rest).unwrap();
    }
    server.assert_sound();
}

#[test]
fn rights_are_those_of_the_file_in_any_form() {
    let folder = Folder::new().with(
        "server.toml",
        "[play.keys]\n\"vod/demo.mp4\" = \"ticket\"\n",
    );
    let (mut server, http) = Server::start_with_http(&["--config", &folder.join("server.toml")]);
    let none = fetch(http, "GET", "/vod/demo.mp4.flv");
    assert_eq!(none.status, 403);
    assert!(none.text().contains("?key=KEY"), "{none:?}");
    assert_eq!(
        fetch(http, "GET", "/vod/demo.mp4.flv?key=wrong").status,
        403
    );
    assert_eq!(
        fetch(http, "GET", "/vod/demo.mp4.flv?key=ticket").status,
        200
    );
    server.assert_sound();
}

#[test]
fn who_does_not_read_holds_nothing_up() {
    let folder = Folder::new().with("film.mp4", tall_movie(40, 20_000));
    let (mut server, http) = Server::start_with_http(&[folder.path().to_str().unwrap()]);
    let mut stuck: Vec<Http> = (0..20).map(|_| Http::connect(http)).collect();
    for client in &mut stuck {
        assert_eq!(client.begin("GET", "/vod/film.mp4.flv", &[]).status, 200);
    }
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(fetch(http, "GET", "/healthz").status, 200);
    let whole = fetch_flv(http, "/vod/film.mp4.flv");
    assert!(whole.body.len() > 40 * 25 * 20_000, "{}", whole.body.len());
    server.assert_sound();
}
