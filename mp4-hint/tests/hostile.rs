//! Files that lie. Whatever they say: no panic, no endless loop, bounded memory and time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    missing_docs,
    reason = "test code; it measures time"
)]

mod common;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use castline_core::Random;
#[cfg(feature = "rtp")]
use castline_mp4_hint::RtpSourceConfig;
use castline_mp4_hint::{FrameReader, FrameReaderConfig, Movie, MovieReader, ReaderConfig};
use common::hostile;

/// 50 ms for the optimised build; the one for debugging is some ten times slower.
const MOST_TIME: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1000 } else { 50 });

/// How many frames of a file that never ends are looked at.
const MOST_FRAMES: usize = 20_000;

/// Opens the file, seeks about, and plays, with and without knowing its length, and sends it; gives the
/// longest time that one of these took.
fn survive(name: &str, file: &[u8]) -> Duration {
    let file = Bytes::copy_from_slice(file);
    let time = |act: &mut dyn FnMut()| {
        let begin = Instant::now();
        act();
        begin.elapsed()
    };
    let mut movie = None;
    let blind = time(&mut || movie = open_and_play(name, &file, None));
    let sighted = time(&mut || movie = open_and_play(name, &file, Some(file.len() as u64)));
    #[cfg(feature = "rtp")]
    let sighted = match &movie {
        Some(movie) => time(&mut || send(name, &file, movie)).max(sighted),
        None => sighted,
    };
    blind.max(sighted)
}

fn open_and_play(name: &str, file: &Bytes, file_len: Option<u64>) -> Option<Arc<Movie>> {
    let mut reader = MovieReader::new(ReaderConfig::default(), file_len);
    let mut reads = 0;
    while let Some(request) = reader.poll_read() {
        assert!(request.len > 0, "{name}");
        let answer = common::range(file, request.offset, request.len);
        reader.handle_input(request.offset, answer);
        reads += 1;
        assert!(reads <= file.len() + 16, "{name}: {reads} reads");
    }
    let Ok(movie) = reader.into_movie() else {
        return None;
    };
    for track in movie.tracks() {
        let samples = &track.samples;
        for index in [
            0,
            1,
            samples.len() / 2,
            samples.len().saturating_sub(1),
            u32::MAX,
        ] {
            let _ = samples.get(index);
            let _ = samples.keyframe_at_or_before(index);
        }
        for time in [i64::MIN, -1, 0, 1, 1 << 32, i64::MAX] {
            let _ = samples.sample_at_time(time);
            let _ = samples.keyframe_before(time);
        }
    }
    let _ = (
        movie.play_time(),
        format!("{:?}", movie.unsupported_tracks()),
    );
    let (movie, config) = (Arc::new(movie), FrameReaderConfig::default());
    play(
        name,
        file,
        FrameReader::all_tracks(Arc::clone(&movie), file_len, config),
    );
    Some(movie)
}

/// Describes the movie and cuts it into packets.
#[cfg(feature = "rtp")]
fn send(name: &str, file: &Bytes, movie: &Arc<Movie>) {
    let origin = castline_sdp::Origin::new(1, 1);
    let mode = castline_rtp_rtcp::payload::PacketizationMode::default();
    castline_mp4_hint::sdp(movie, &origin, mode)
        .build()
        .unwrap();
    let mut source = common::rtp::source(file, movie, &RtpSourceConfig::default());
    for npt in [Duration::ZERO, Duration::MAX, movie.lead()] {
        source.set_end(Some(movie.play_time().unwrap_or_default()));
        assert!(source.seek(npt) <= npt, "{name}");
        let mut packets = 0;
        while !source.is_finished() && packets < MOST_FRAMES {
            while let Some(request) = source.poll_read() {
                let answer = common::range(file, request.offset, request.len);
                source.handle_input(request.offset, answer);
            }
            while packets < MOST_FRAMES && source.poll_packet().is_some() {
                packets += 1;
            }
        }
    }
}

fn play(name: &str, file: &Bytes, mut reader: FrameReader) {
    for seconds in [0, 1, u64::MAX] {
        let _ = reader.seek(Duration::from_secs(seconds));
        let mut frames = 0;
        while !reader.is_finished() && frames < MOST_FRAMES {
            let mut reads = 0;
            while let Some(request) = reader.poll_read() {
                assert!(request.len <= 16 << 20, "{name}: a read of {}", request.len);
                let answer = common::range(file, request.offset, request.len);
                reader.handle_input(request.offset, answer);
                reads += 1;
                assert!(reads < 2000, "{name}");
            }
            while reader.poll_frame().is_some() && frames < MOST_FRAMES {
                frames += 1;
            }
            assert!(reader.buffered_bytes() <= 64 << 20, "{name}");
        }
    }
}

/// The machine may be busy with something else: the best of three counts.
fn check(name: &str, file: &[u8]) {
    let mut times = (0..3).map(|_| survive(name, file));
    assert!(
        times.any(|time| time <= MOST_TIME),
        "{name} takes more than {MOST_TIME:?}"
    );
}

const FIXTURES: [&[u8]; 9] = [
    include_bytes!("data/moovend.mp4"),
    include_bytes!("data/faststart.mp4"),
    include_bytes!("data/frag.mp4"),
    include_bytes!("data/frag_base_offset.mp4"),
    include_bytes!("data/bframes_ctts1.mp4"),
    include_bytes!("data/hinted.mp4"),
    include_bytes!("data/bframes.mov"),
    include_bytes!("data/av1_opus.mp4"),
    include_bytes!("data/sowt.mov"),
];

#[test]
fn cut_at_every_length() {
    for file in FIXTURES {
        for len in (0..file.len()).step_by(if cfg!(debug_assertions) { 23 } else { 1 }) {
            check("cut", &file[..len]);
        }
    }
}

#[test]
fn words_replaced_by_extremes() {
    const EXTREMES: [u32; 12] = [
        0,
        1,
        2,
        7,
        8,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff8,
        u32::MAX,
        0xffff,
        1 << 24,
        1 << 16,
    ];
    let mut random = Random::new([7; 32]);
    let rounds = if cfg!(debug_assertions) { 100 } else { 5000 };
    for file in FIXTURES {
        for round in 0..rounds {
            let mut file = file.to_vec();
            for _ in 0..=round % 4 {
                let at = random.u32() as usize % (file.len() - 4);
                let value = EXTREMES[random.u32() as usize % EXTREMES.len()];
                file[at..at + 4].copy_from_slice(&value.to_be_bytes());
            }
            check("extremes", &file);
        }
    }
}

#[test]
fn each_size_field_lies() {
    for file in FIXTURES {
        let names = file
            .windows(4)
            .enumerate()
            .skip(4)
            .filter(|(_, name)| name.iter().all(u8::is_ascii_alphanumeric));
        for (at, _) in names {
            for lie in [0u32, 1, 4, 9, 0x7fff_ffff, u32::MAX] {
                let mut file = file.to_vec();
                file[at - 4..at].copy_from_slice(&lie.to_be_bytes());
                check("size", &file);
            }
        }
    }
}

#[test]
fn built_to_hurt() {
    for (name, file) in hostile::cases() {
        check(name, &file);
    }
}
