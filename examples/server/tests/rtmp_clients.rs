//! Publishers and players of RTMP that people use, against the real binary. One that is not there is skipped, except
//! where `CI=true`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    dead_code,
    unused_imports,
    missing_docs,
    reason = "test code; what the tests share is not all used by each"
)]

mod common;

use std::{
    io::Read,
    process::{Child, Command, Stdio},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use common::{DEMO, Folder, Server, demo_samples, free_port};

/// The clip lasts 10 s; players wait a little at both ends.
const PATIENCE: Duration = Duration::from_secs(60);

/// True when a program can be run; otherwise says that its test is skipped.
fn is_there(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = run.is_ok_and(|status| status.success());
    if !is_there {
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !is_ci,
            "{program} {arguments:?} is missing, and CI=true forbids to skip it"
        );
        println!("skipped: {program} {arguments:?} is missing");
    }
    is_there
}

/// A program that is killed when its test ends before it. Its output is read all along, so that it never waits.
struct Running {
    child: Child,
    output: Vec<JoinHandle<String>>,
}

impl Running {
    fn start(program: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self {
            child,
            output: vec![collect(stdout), collect(stderr)],
        }
    }

    /// Waits for its end: stdout, once it has ended well.
    fn finish(mut self) -> String {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(50));
        }
        let status = self.child.try_wait().unwrap();
        let _ = self.child.kill();
        let output = std::mem::take(&mut self.output)
            .into_iter()
            .map(|text| text.join().unwrap());
        let output: Vec<String> = output.collect();
        assert!(
            status.is_some_and(|status| status.success()),
            "{status:?}: {}",
            output[1]
        );
        output[0].clone()
    }
}

fn collect(mut stream: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        stream.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server with these settings, and its RTMP and HTTP ports.
fn server(settings: &str) -> (Server, u16, u16, Folder) {
    let folder = Folder::new()
        .with("film.mp4", DEMO)
        .with("server.toml", settings);
    let (rtmp, http) = (free_port(), free_port());
    let server = Server::start(&[
        folder.path().to_str().unwrap(),
        "--config",
        &folder.join("server.toml"),
        "--rtmp-port",
        &rtmp.to_string(),
        "--http-port",
        &http.to_string(),
    ]);
    (server, rtmp, http, folder)
}

/// Begins to list the packets of `input` with their hashes.
fn list(input: &str) -> Running {
    let arguments = ["-nostdin", "-hide_banner", "-v", "warning", "-i", input]
        .into_iter()
        .chain(["-map", "0:v", "-map", "0:a", "-c", "copy"])
        .chain(["-f", "framehash", "-hash", "md5", "-"]);
    Running::start("ffmpeg", &arguments.collect::<Vec<_>>())
}

/// The hashes of a stream's packets in ffmpeg's listing, in order.
fn hashes(listing: &str, stream: &str) -> Vec<String> {
    let rows = listing.lines().filter(|line| !line.starts_with('#'));
    let fields = rows.map(|row| row.split(',').map(str::trim).collect::<Vec<_>>());
    fields
        .filter(|fields| fields[0] == stream)
        .map(|fields| fields[5].to_owned())
        .collect()
}

/// Pictures and sound of the file itself.
fn held(folder: &Folder) -> [Vec<String>; 2] {
    let listing = list(&folder.join("film.mp4")).finish();
    ["0", "1"].map(|stream| hashes(&listing, stream))
}

#[test]
fn what_ffmpeg_publishes_ffmpeg_plays_as_it_is() {
    if !is_there("ffmpeg", &["-version"]) {
        return;
    }
    let (mut server, rtmp, http, folder) = server("");
    let target = format!("rtmp://127.0.0.1:{rtmp}/live/cam");
    let film = folder.join("film.mp4");
    let arguments = ["-nostdin", "-v", "warning", "-re", "-i", &film]
        .into_iter()
        .chain(["-c", "copy", "-f", "flv", &target]);
    let publisher = Running::start("ffmpeg", &arguments.collect::<Vec<_>>());
    server.wait_for(|server| server.logged().contains("publishes (RTMP)").then_some(()));
    let over_http = format!("http://127.0.0.1:{http}/live/cam.flv");
    let players = [&target, &over_http].map(|url| (url, list(url)));
    let held = held(&folder);
    publisher.finish();
    for (url, player) in players {
        let listing = player.finish();
        for (stream, held) in ["0", "1"].into_iter().zip(&held) {
            let got = hashes(&listing, stream);
            assert!(got.len() > held.len() / 2, "{url}: {} packets", got.len());
            assert!(held.ends_with(&got), "{url}: stream {stream} as it was");
        }
    }
    let logged = server.logged();
    assert!(logged.contains("malformed=0"), "{logged}");
    server.assert_sound();
}

#[test]
fn ffmpeg_plays_a_file_as_it_is() {
    if !is_there("ffmpeg", &["-version"]) {
        return;
    }
    let (mut server, rtmp, _, folder) = server("");
    let player = list(&format!("rtmp://127.0.0.1:{rtmp}/vod/film.mp4"));
    let held = held(&folder);
    let listing = player.finish();
    for (stream, held) in ["0", "1"].into_iter().zip(&held) {
        let got = hashes(&listing, stream);
        assert_eq!(got.len(), held.len(), "packets of stream {stream}");
        assert!(got == *held, "the packets of stream {stream}");
    }
    server.assert_sound();
}

/// The arguments of a pipeline.
fn pipeline(text: &str) -> Running {
    let words: Vec<&str> = ["-q"].into_iter().chain(text.split_whitespace()).collect();
    Running::start("gst-launch-1.0", &words)
}

#[test]
fn what_gstreamer_publishes_is_recorded_as_it_is() {
    if !is_there("gst-inspect-1.0", &["rtmp2sink"]) || !is_there("ffmpeg", &["-version"]) {
        return;
    }
    let out = Folder::new();
    let dir = out.join("rec");
    let (mut server, rtmp, _, folder) =
        server(&format!("[record]\nenabled = true\ndir = {dir:?}\n"));
    let film = folder.join("film.mp4");
    pipeline(&format!(
        "filesrc location={film} ! qtdemux name=d \
         d.video_0 ! queue ! h264parse ! flvmux streamable=true name=m ! \
         rtmp2sink location=rtmp://127.0.0.1:{rtmp}/live/cam \
         d.audio_0 ! queue ! aacparse ! m."
    ))
    .finish();
    server.wait_for(|server| server.logged().contains("was recorded").then_some(()));
    let entry = std::fs::read_dir(&dir).unwrap().next().unwrap().unwrap();
    let listing = list(entry.path().to_str().unwrap()).finish();
    for (stream, held) in ["0", "1"].into_iter().zip(&held(&folder)) {
        let got = hashes(&listing, stream);
        assert_eq!(got.len(), held.len(), "packets of stream {stream}");
        assert!(got == *held, "the packets of stream {stream}");
    }
    server.assert_sound();
}

#[test]
fn gstreamer_plays_a_file_as_it_is() {
    if !is_there("gst-inspect-1.0", &["rtmp2src"]) {
        return;
    }
    let (mut server, rtmp, _, folder) = server("");
    let (video, audio) = (folder.join("got.h264"), folder.join("got.aac"));
    pipeline(&format!(
        "rtmp2src location=rtmp://127.0.0.1:{rtmp}/vod/film.mp4 ! flvdemux name=d \
         d.video ! queue ! filesink location={video} \
         d.audio ! queue ! filesink location={audio}"
    ))
    .finish();
    // What flvdemux gives out is what was in the tags: samples as they are in the file.
    for (path, track) in [(video, "trak"), (audio, "trak2")] {
        let samples: Vec<&[u8]> = demo_samples(track)
            .into_iter()
            .map(|sample| &DEMO[sample])
            .collect();
        let got = std::fs::read(path).unwrap();
        let held = samples.concat();
        // rtmp2src drops the message before the one that says that the file is over.
        let last = samples[samples.len() - 1].len();
        assert!(held.len() - got.len() <= last, "{track}: {}", got.len());
        assert!(held.starts_with(&got), "{track} as it was");
    }
    server.assert_sound();
}
