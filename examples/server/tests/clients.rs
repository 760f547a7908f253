//! Players that people use, against the real binary. One that is not there is skipped, except where `CI=true`.

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

use common::{DEMO, Folder, Server, demo_samples};

/// The clip lasts 10 s; players wait a little at both ends.
const PATIENCE: Duration = Duration::from_secs(45);
/// What is compared: slices as they are, and audio as it is. Parameter sets may come in other places.
const SLICES: [&str; 2] = ["-bsf:v", "h264_mp4toannexb,filter_units=pass_types=1-5"];

/// True when a program can be run; otherwise says that its test is skipped.
fn is_there(program: &str, version: &str) -> bool {
    let run = Command::new(program)
        .arg(version)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = run.is_ok_and(|status| status.success());
    if !is_there {
        let is_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(
            !is_ci,
            "{program} is missing, and CI=true forbids to skip it"
        );
        println!("skipped: {program} is missing");
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
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self {
            child,
            output: vec![collect(stdout), collect(stderr)],
        }
    }

    /// Waits for its end: stdout, once it has ended well.
    fn finish(self) -> String {
        self.outcome().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits for its end: stdout, or what it complained of.
    fn outcome(mut self) -> Result<String, String> {
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
        if status.is_some_and(|status| status.success()) {
            Ok(output[0].clone())
        } else {
            Err(format!("{status:?}: {}", output[1]))
        }
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

/// The hashes of a stream's packets in ffmpeg's listing, in order.
fn hashes(listing: &str, stream: &str) -> Vec<String> {
    let rows = listing.lines().filter(|line| !line.starts_with('#'));
    let fields = rows.map(|row| row.split(',').map(str::trim).collect::<Vec<_>>());
    fields
        .filter(|fields| fields[0] == stream)
        .map(|fields| fields[5].to_owned())
        .collect()
}

/// Begins to list the packets of `input` with their hashes.
fn list(input: &[&str], filters: &[&str]) -> Running {
    let arguments = [
        &["-nostdin", "-hide_banner", "-v", "warning"],
        input,
        &["-map", "0:v", "-map", "0:a", "-c", "copy"],
        filters,
        &["-f", "framehash", "-hash", "md5", "-"],
    ]
    .concat();
    Running::start("ffmpeg", &arguments)
}

#[test]
fn ffmpeg_gets_every_packet_over_tcp_and_udp_and_seeks() {
    if !is_there("ffmpeg", "-version") {
        return;
    }
    let folder = Folder::new().with("a film.mp4", DEMO);
    let server = Server::start(&[folder.path().to_str().unwrap()]);
    let url = server.url("/vod/a%20film.mp4");
    let pulls: Vec<(&str, Running)> = ["tcp", "udp"]
        .map(|way| {
            let input = ["-rtsp_transport", way, "-timeout", "5000000", "-i", &url];
            (
                way,
                list(&input, &["-bsf:v", "filter_units=pass_types=1-5"]),
            )
        })
        .into();
    let from_the_middle = seek(&url);
    let held = list(&["-i", &folder.join("a film.mp4")], &SLICES).finish();
    assert_eq!(
        (hashes(&held, "0").len(), hashes(&held, "1").len()),
        (256, 480)
    );
    check_seek(from_the_middle, &hashes(&held, "0"));
    for (way, pull) in pulls {
        let got = pull.finish();
        for stream in ["0", "1"] {
            let (got, held) = (hashes(&got, stream), hashes(&held, stream));
            assert_eq!(got.len(), held.len(), "{way}: packets of stream {stream}");
            assert!(
                got == held,
                "{way}: the packets of stream {stream} are those of the file"
            );
        }
    }
    assert!(
        server.logged().contains("session ends"),
        "ffmpeg ends its sessions"
    );
}

/// Begins to pull from the middle.
fn seek(url: &str) -> Running {
    let input = [
        "-rtsp_transport",
        "tcp",
        "-timeout",
        "5000000",
        "-ss",
        "7.3",
        "-i",
        url,
    ];
    list(&input, &["-bsf:v", "filter_units=pass_types=1-5"])
}

fn check_seek(pull: Running, held: &[String]) {
    let got = hashes(&pull.finish(), "0");
    assert!(
        (70..=82).contains(&got.len()),
        "{} pictures from the key frame at 7 s on",
        got.len()
    );
    assert!(held.ends_with(&got), "they are the last of the file");
}

/// The NAL units of an Annex B stream, without its parameter sets, delimiters and messages.
fn slices(stream: &[u8]) -> Vec<Vec<u8>> {
    let starts: Vec<usize> = stream
        .windows(3)
        .enumerate()
        .filter(|(_, window)| *window == [0, 0, 1])
        .map(|(at, _)| at)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([stream.len()]);
    let units = starts.iter().zip(ends).map(|(start, end)| {
        let unit = &stream[start + 3..end];
        let len = unit
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1);
        unit[..len].to_vec()
    });
    units
        .filter(|unit| matches!(unit[0] & 0x1f, 1..=5))
        .collect()
}

#[test]
fn gstreamer_gets_every_packet_over_tcp_and_udp() {
    if !is_there("gst-launch-1.0", "--version") {
        return;
    }
    let folder = Folder::new();
    let server = Server::start(&[]);
    let url = server.url("/vod/demo.mp4");
    let start = |way: &str| {
        let (video, audio) = (
            folder.join(&format!("{way}.h264")),
            folder.join(&format!("{way}.aac")),
        );
        let pipeline = format!(
            "rtspsrc location={url} protocols={way} latency=1000 buffer-mode=none name=s \
                 s. ! application/x-rtp,media=video ! queue ! rtph264depay ! h264parse ! \
                 video/x-h264,stream-format=byte-stream,alignment=au ! filesink location={video} \
                 s. ! application/x-rtp,media=audio ! queue ! rtpmp4gdepay ! filesink location={audio}"
        );
        let words: Vec<&str> = ["-q"]
            .into_iter()
            .chain(pipeline.split_whitespace())
            .collect();
        Running::start("gst-launch-1.0", &words)
    };
    let pulls: Vec<(&str, Running)> = ["tcp", "udp"].map(|way| (way, start(way))).into();
    let samples = |track: &str| demo_samples(track).into_iter().map(|sample| &DEMO[sample]);
    let annex_b: Vec<u8> = samples("trak")
        .flat_map(|sample| {
            let (mut rest, mut all) = (sample, Vec::new());
            while let Some((len, after)) = rest.split_first_chunk() {
                let (unit, after) = after.split_at(u32::from_be_bytes(*len) as usize);
                all.extend_from_slice(&[&[0, 0, 1], unit].concat());
                rest = after;
            }
            all
        })
        .collect();
    let (held_video, held_audio) = (
        slices(&annex_b),
        samples("trak2").collect::<Vec<_>>().concat(),
    );
    for (way, pull) in pulls {
        // On a busy machine rtspsrc may interrupt its own farewell, and then calls the whole a failure.
        match pull.outcome() {
            Err(error) if error.contains("Could not write to resource") => {
                drop(start(way).finish())
            }
            outcome => drop(outcome.unwrap()),
        }
        let read = |kind: &str| std::fs::read(folder.join(&format!("{way}.{kind}"))).unwrap();
        let (video, audio) = (slices(&read("h264")), read("aac"));
        assert_eq!(video.len(), held_video.len(), "{way}: slices");
        assert!(
            video == held_video,
            "{way}: the slices are those of the file"
        );
        assert_eq!(audio.len(), held_audio.len(), "{way}: bytes of audio");
        assert!(audio == held_audio, "{way}: the audio is that of the file");
    }
}
