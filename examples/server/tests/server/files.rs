//! Files with odd names, files that are none of a client's business, and files that lie.

use std::time::Duration;

use crate::common::{Client, DEMO, Folder, Rtp, Server, Watcher, boxes, find_box, spoilt};

#[test]
fn names_with_spaces_percents_and_foreign_letters_play() {
    let folder = Folder::new()
        .with("plain.mp4", DEMO)
        .with("a film.mp4", DEMO)
        .with("100% real?.mp4", DEMO)
        .with("größe 電影#1.mp4", DEMO)
        .with("sub/deeper dir/x.MP4", DEMO)
        .with("notes.txt", "no film");
    let mut server = Server::start(&[folder.path().to_str().unwrap()]);
    let paths = [
        "/vod/plain.mp4",
        "/vod/a%20film.mp4",
        "/vod/100%25%20real%3f.mp4",
        "/vod/gr%C3%B6%C3%9Fe%20%E9%9B%BB%E5%BD%B1%231.mp4",
        "/vod/sub/deeper%20dir/x.MP4",
        "/vod/%70lain.mp4",
    ];
    for path in paths {
        let mut client = Client::connect(server.address);
        client.play(&server.url(path), Some("npt=0-"));
        let packets: Vec<_> = std::iter::repeat_with(|| client.packet())
            .take(20)
            .collect();
        assert!(!Rtp::of(&packets, 0).is_empty(), "{path}");
        let url = server.url(path);
        assert_eq!(client.request("PAUSE", &url, &[]).status, 200, "{path}");
        assert_eq!(client.request("TEARDOWN", &url, &[]).status, 200, "{path}");
    }
    // What the greeting names is there.
    let printed =
        server.wait_for(|server| Some(server.printed()).filter(|all| all.contains("Ctrl-C")));
    let urls: Vec<&str> = printed
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("rtsp://"))
        .collect();
    assert_eq!(urls.len(), 5, "{printed}");
    for url in urls {
        Client::connect(server.address).describe(url);
    }
    let mut client = Client::connect(server.address);
    for missing in ["/vod/notes.txt", "/vod/sub", "/vod/demo.mp4", "/live/demo"] {
        assert_eq!(
            client.request("DESCRIBE", &server.url(missing), &[]).status,
            404,
            "{missing}"
        );
    }
}

#[test]
fn malformed_percent_signs_are_refused() {
    let folder = Folder::new().with("film.mp4", DEMO);
    let server = Server::start(&[folder.path().to_str().unwrap()]);
    let mut client = Client::connect(server.address);
    for malformed in ["/vod/%zz.mp4", "/vod/film.mp4%00.mp4", "/vod/film.mp4%"] {
        let url = server.url(malformed);
        let status = client.request("DESCRIBE", &url, &[]).status;
        assert!(matches!(status, 400 | 404), "{malformed}: {status}");
    }
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_folder_is_reached() {
    let folder = Folder::new()
        .with("secret.mp4", DEMO)
        .with("media/sub/film.mp4", DEMO)
        .with("media-2/other.mp4", DEMO);
    let link = |from: &str, to: &str| {
        std::os::unix::fs::symlink(folder.path().join(from), folder.path().join(to)).unwrap()
    };
    link("secret.mp4", "media/link.mp4");
    link("", "media/up");
    link("media-2", "media/beside");
    link("media/sub/film.mp4", "media/inside.mp4");
    let mut server = Server::start(&[&folder.join("media")]);
    let mut client = Client::connect(server.address);
    let absolute = folder.join("secret.mp4");
    let encoded = absolute.replace('/', "%2f");
    let paths = [
        "/vod/../secret.mp4",
        "/vod/sub/../../secret.mp4",
        "/vod/%2e%2e/secret.mp4",
        "/vod/%2E%2E%2Fsecret.mp4",
        "/vod/..%2fsecret.mp4",
        "/vod/sub%2f..%2f..%2fsecret.mp4",
        "/vod/%252e%252e/secret.mp4",
        "/vod/..%5csecret.mp4",
        "/vod/....//secret.mp4",
        "/vod/sub/film.mp4/../../../secret.mp4",
        "/vod/../media-2/other.mp4",
        "/vod/link.mp4",
        "/vod/up/secret.mp4",
        "/vod/beside/other.mp4",
        "/vod//etc/passwd",
        "/../secret.mp4",
        "/live/../vod/../secret.mp4",
    ]
    .map(str::to_owned);
    for path in paths.into_iter().chain([
        format!("/vod/{absolute}"),
        format!("/vod/{encoded}"),
        format!("/vod{absolute}"),
    ]) {
        let url = server.url(&path);
        assert_eq!(client.request("DESCRIBE", &url, &[]).status, 404, "{path}");
        let transport = [("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1")];
        let status = client
            .request("SETUP", &format!("{url}/trackID=1"), &transport)
            .status;
        assert_eq!(status, 404, "SETUP {path}");
    }
    client.describe(&server.url("/vod/inside.mp4"));
    client.describe(&server.url("/vod/sub/film.mp4"));
    server.assert_sound();
}

/// The demo with a box put in at the end of its `moov`, the chunk offsets moved with it.
fn with_box_in_moov(content: &[u8]) -> Vec<u8> {
    let moov = find_box(DEMO, "moov");
    let mut data = DEMO.to_vec();
    let len = u32::try_from(moov.len() + content.len()).unwrap();
    data[moov.start..moov.start + 4].copy_from_slice(&len.to_be_bytes());
    for track in ["trak", "trak2"] {
        let stco = find_box(DEMO, &format!("moov/{track}/mdia/minf/stbl/stco"));
        for at in (stco.start + 16..stco.end).step_by(4) {
            let offset = u32::from_be_bytes(data[at..at + 4].try_into().unwrap());
            data[at..at + 4].copy_from_slice(&(offset + content.len() as u32).to_be_bytes());
        }
    }
    data.splice(moov.end..moov.end, content.iter().copied());
    data
}

/// `depth` boxes, each in the one before, in the place of the `moov`.
fn nested(kind: &[u8; 4], depth: u32) -> Vec<u8> {
    let mut moov = Vec::new();
    for level in 0..depth {
        moov.extend_from_slice(&((depth - level) * 8).to_be_bytes());
        moov.extend_from_slice(kind);
    }
    let all = [&(moov.len() as u32 + 8).to_be_bytes()[..], b"moov", &moov].concat();
    [&DEMO[find_box(DEMO, "ftyp")], &all].concat()
}

/// How a spoilt file may be answered.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    /// It plays all the same.
    Plays,
    /// 415.
    Refused,
    /// One or the other.
    Either,
}

type Spoilt = (&'static str, Vec<u8>, Fate);

/// Files that are cut off, or no MP4 at all.
fn broken_files() -> Vec<Spoilt> {
    use Fate::{Either, Plays, Refused};
    let moov = find_box(DEMO, "moov");
    vec![
        ("empty", Vec::new(), Refused),
        ("seven bytes", DEMO[..7].to_vec(), Refused),
        ("in ftyp", DEMO[..20].to_vec(), Refused),
        ("in moov", DEMO[..3000].to_vec(), Either),
        ("after moov", DEMO[..moov.end].to_vec(), Either),
        ("in mdat", DEMO[..DEMO.len() / 2].to_vec(), Plays),
        ("text", b"This is no film.\n".repeat(1000), Refused),
        ("zeros", vec![0; 100_000], Refused),
        ("ones", vec![0xff; 100_000], Refused),
        ("nested-trak", nested(b"trak", 20_000), Refused),
        ("nested-udta", nested(b"udta", 20_000), Refused),
        ("nested-moov", nested(b"moov", 20_000), Refused),
    ]
}

/// Files whose boxes have odd sizes, and headers that say nothing.
fn files_with_odd_boxes() -> Vec<Spoilt> {
    use Fate::{Either, Plays};
    let most = u32::MAX.to_be_bytes();
    vec![
        (
            "udta-terminator",
            with_box_in_moov(b"\0\0\0\x0cudta\0\0\0\0"),
            Plays,
        ),
        (
            "udta-terminator-after",
            with_box_in_moov(b"\0\0\0\x18udta\0\0\0\x0c\xa9namabcd\0\0\0\0"),
            Plays,
        ),
        ("mdat-to-the-end", spoilt("mdat", 0, &[0; 4]), Plays),
        ("moov-to-the-end", spoilt("moov", 0, &[0; 4]), Either),
        ("trak-to-the-end", spoilt("moov/trak", 0, &[0; 4]), Either),
        (
            "stbl-to-the-end",
            spoilt("moov/trak/mdia/minf/stbl", 0, &[0; 4]),
            Either,
        ),
        (
            "box-of-four-bytes",
            spoilt("moov/trak/mdia", 0, &[0, 0, 0, 4]),
            Either,
        ),
        (
            "box-beyond-its-parent",
            spoilt("moov/trak/mdia", 0, &most),
            Either,
        ),
        (
            "no-mvhd-timescale",
            spoilt("moov/mvhd", 20, &[0; 4]),
            Either,
        ),
        (
            "no-mdhd-timescale",
            spoilt("moov/trak/mdia/mdhd", 20, &[0; 4]),
            Either,
        ),
    ]
}

/// Files whose tables lie.
fn files_with_lying_tables() -> Vec<Spoilt> {
    use Fate::{Either, Plays};
    let stbl = |name: &str| format!("moov/trak/mdia/minf/stbl/{name}");
    let most = u32::MAX.to_be_bytes();
    let mut files = Vec::new();
    for (name, table) in [
        ("stts", 12),
        ("stsz", 16),
        ("stsc", 12),
        ("stco", 12),
        ("stss", 12),
        ("stsd", 12),
    ] {
        files.push(("count", spoilt(&stbl(name), table, &most), Either));
        files.push(("count-0", spoilt(&stbl(name), table, &[0; 4]), Either));
    }
    for (what, table, offset, bytes) in [
        ("stts-run", "stts", 16, most),
        ("stts-delta", "stts", 20, most),
        ("stts-delta-0", "stts", 20, [0; 4]),
        ("stsc-first-0", "stsc", 16, [0; 4]),
        ("stsc-samples", "stsc", 20, most),
        ("stsz-constant", "stsz", 12, most),
        ("stsz-size", "stsz", 20, most),
        ("stco-beyond", "stco", 16, most),
        ("stco-head", "stco", 16, [0; 4]),
        ("stsd-size", "stsd", 16, most),
    ] {
        files.push((what, spoilt(&stbl(table), offset, &bytes), Either));
    }
    let offsets = find_box(DEMO, &stbl("stco"));
    let mut overlapping = DEMO.to_vec();
    let first = DEMO[offsets.start + 16..offsets.start + 20].to_vec();
    overlapping[offsets.start + 16..offsets.end]
        .chunks_mut(4)
        .for_each(|offset| offset.copy_from_slice(&first));
    files.push(("overlapping-chunks", overlapping, Plays));
    files
}

#[test]
fn spoilt_files_play_or_are_refused_by_type_and_nobody_else_feels_it() {
    let files = [
        broken_files(),
        files_with_odd_boxes(),
        files_with_lying_tables(),
    ]
    .concat();
    let name = |number: usize, what: &str| format!("{number}-{}.mp4", what.replace(' ', "-"));
    let folder = files.iter().enumerate().fold(
        Folder::new().with("sound.mp4", DEMO),
        |folder, (number, (what, data, _))| folder.with(&name(number, what), data),
    );
    let mut server = Server::start(&[folder.path().to_str().unwrap()]);
    let watcher = Watcher::start(server.address, &server.url("/vod/sound.mp4"));
    // Each is mostly a wait for what comes: several at a time.
    std::thread::scope(|scope| {
        for turn in 0..TURNS {
            let (server, files) = (&server, &files);
            scope.spawn(move || {
                let numbered = files.iter().enumerate().skip(turn).step_by(TURNS);
                for (number, (what, _, fate)) in numbered {
                    check_fate(server, &name(number, what), *fate);
                }
            });
        }
    });
    watcher.finish();
    server.assert_sound();
}

/// How many spoilt files are tried at the same time.
const TURNS: usize = 4;

fn check_fate(server: &Server, name: &str, fate: Fate) {
    let url = server.url(&format!("/vod/{name}"));
    let mut client = Client::connect(server.address);
    let status = client.request("DESCRIBE", &url, &[]).status;
    let expected: &[u16] = match fate {
        Fate::Plays => &[200],
        Fate::Refused => &[415],
        Fate::Either => &[200, 415],
    };
    assert!(expected.contains(&status), "{name}: {status}");
    if status == 200 {
        let packets = play_what_there_is(&mut client, &url, name);
        assert!(packets > 0 || fate == Fate::Either, "{name} plays");
    }
}

/// Plays and seeks; how many RTP packets came.
fn play_what_there_is(client: &mut Client, url: &str, name: &str) -> usize {
    let (_, tracks) = client.describe(url);
    for (track, channel) in tracks.iter().zip((0..).step_by(2)) {
        client.set_up(&track.control, channel);
    }
    let mut packets = 0;
    for range in ["npt=0-", "npt=4-", "npt=10-"] {
        let status = client.play_again(url, Some(range)).status;
        assert!(
            matches!(status, 200 | 415 | 457),
            "{name}, {range}: {status}"
        );
        packets += client
            .packets_for(Duration::from_millis(60))
            .iter()
            .filter(|(channel, _)| channel % 2 == 0)
            .count();
    }
    assert_eq!(client.request("TEARDOWN", url, &[]).status, 200, "{name}");
    packets
}

#[test]
fn the_demo_is_taken_apart_as_these_tests_need_it() {
    let names: Vec<[u8; 4]> = boxes(DEMO, 0..DEMO.len())
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(
        names,
        [*b"ftyp", *b"moov", *b"free", *b"mdat"],
        "the moov stands before the mdat"
    );
    let sizes = crate::common::demo_samples("trak");
    assert_eq!(
        (sizes.len(), crate::common::demo_samples("trak2").len()),
        (256, 480)
    );
}
