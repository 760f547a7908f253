//! Small files as encoders write them, against the packets that an independent demuxer lists: stream,
//! pts, dts, duration, size, position, flags.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod common;

use std::sync::Arc;

use bytes::Bytes;
use castline_codec::{CodecParameters, Frame, MediaKind};
use castline_mp4_hint::{
    FrameReader, FrameReaderConfig, Movie, MovieReader, ReaderConfig, UnsupportedReason,
};

struct Fixture {
    name: &'static str,
    file: Bytes,
    packets: &'static str,
}

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        [$(Fixture {
            name: $name,
            file: Bytes::from_static(include_bytes!(concat!("data/", $name))),
            packets: include_str!(concat!("data/", $name, ".packets")),
        }),*]
    };
}

fn all() -> Vec<Fixture> {
    fixtures![
        "moovend.mp4",
        "faststart.mp4",
        "frag.mp4",
        "frag_base_offset.mp4",
        "bframes.mp4",
        "bframes_frag.mp4",
        "bframes_ctts1.mp4",
        "bframes.mov",
        "hevc.mp4",
        "av1_opus.mp4",
        "vp9_ac3.mp4",
        "h264_mp3.mp4",
        "eac3.mp4",
        "aac.mov",
        "mp3.mov",
        "sowt.mov",
        "twos.mov",
        "ulaw.mov",
    ]
    .into()
}

fn fixture(name: &str) -> Fixture {
    all()
        .into_iter()
        .find(|fixture| fixture.name == name)
        .unwrap()
}

impl Fixture {
    fn movie(&self) -> Arc<Movie> {
        let movie = MovieReader::read_all(ReaderConfig::default(), &self.file);
        Arc::new(movie.unwrap_or_else(|error| panic!("{}: {error}", self.name)))
    }

    fn frame_reader(&self) -> FrameReader {
        let config = FrameReaderConfig::default();
        FrameReader::all_tracks(self.movie(), Some(self.file.len() as u64), config)
    }

    fn frames(&self) -> Vec<Frame> {
        common::frames(&mut self.frame_reader(), &self.file)
    }

    /// The listed packets of one stream.
    fn packets(&self, stream: usize) -> Vec<Packet> {
        let packets = self.packets.lines().map(Packet::parse);
        let packets = packets.filter(|packet| packet.stream == stream);
        // The other demuxer shows a fragmented track with negative composition offsets later, by the
        // least of them, and so out of step with its audio.
        let late = if self.name == "bframes_frag.mp4" && stream == 0 {
            512
        } else {
            0
        };
        let on_time = |packet: Packet| Packet {
            pts: packet.pts - late,
            dts: packet.dts - late,
            ..packet
        };
        packets.map(on_time).collect()
    }
}

#[derive(Debug, PartialEq)]
struct Packet {
    stream: usize,
    pts: i64,
    dts: i64,
    duration: u32,
    size: usize,
    position: u64,
    keyframe: bool,
}

impl Packet {
    fn parse(line: &str) -> Self {
        let fields: Vec<&str> = line.split(',').collect();
        Self {
            stream: fields[0].parse().unwrap(),
            pts: fields[1].parse().unwrap(),
            dts: fields[2].parse().unwrap(),
            duration: fields[3].parse().unwrap(),
            size: fields[4].parse().unwrap(),
            position: fields[5].parse().unwrap(),
            keyframe: fields[6].starts_with('K'),
        }
    }
}

fn is_pcm(codec: &CodecParameters) -> bool {
    matches!(
        codec,
        CodecParameters::Pcmu(_) | CodecParameters::Pcma(_) | CodecParameters::L16(_)
    )
}

#[test]
fn every_sample_is_where_and_when_another_demuxer_finds_it() {
    for fixture in all() {
        let movie = fixture.movie();
        assert!(
            movie.unsupported_tracks().is_empty() && !movie.is_truncated(),
            "{}",
            fixture.name
        );
        for (stream, track) in movie.tracks().iter().enumerate() {
            if is_pcm(&track.media.codec) {
                continue;
            }
            let samples = track.samples.cursor().map(|sample| Packet {
                stream,
                pts: sample.pts,
                dts: sample.dts,
                duration: sample.duration,
                size: sample.size as usize,
                position: sample.offset,
                keyframe: sample.keyframe,
            });
            let samples: Vec<Packet> = samples.collect();
            let mut packets = fixture.packets(stream);
            // The other demuxer guesses durations in fragments, and of the last packet, from the codec.
            let guessed = if movie.is_fragmented() {
                0
            } else {
                packets.len() - 1
            };
            for (packet, sample) in packets[guessed..].iter_mut().zip(&samples[guessed..]) {
                packet.duration = sample.duration;
            }
            assert_eq!(samples, packets, "{} {stream}", fixture.name);
        }
    }
}

#[test]
fn random_access_equals_the_walk() {
    for fixture in all() {
        for track in fixture.movie().tracks() {
            let samples: Vec<_> = track.samples.cursor().collect();
            assert_eq!(samples.len(), track.samples.len() as usize);
            for sample in &samples {
                assert_eq!(
                    track.samples.get(sample.index),
                    Some(*sample),
                    "{}",
                    fixture.name
                );
                let found = track.samples.sample_at_time(sample.dts).unwrap();
                assert_eq!(track.samples.get(found).unwrap().dts, sample.dts);
                let key = track.samples.keyframe_before(sample.pts).unwrap();
                let expected = samples
                    .iter()
                    .rfind(|key| key.keyframe && key.pts <= sample.pts);
                assert_eq!(key, expected.map_or(0, |key| key.index), "{}", fixture.name);
            }
            assert_eq!(track.samples.get(track.samples.len()), None);
        }
    }
}

#[test]
fn frames_are_the_samples_bytes_in_decoding_order() {
    for fixture in all() {
        let movie = fixture.movie();
        let frames = fixture.frames();
        let seconds = |frame: &Frame| {
            let rate = movie.track(frame.track).unwrap().media.clock_rate.get();
            frame.dts as f64 / f64::from(rate)
        };
        assert!(
            frames.is_sorted_by(|one, next| seconds(one) <= seconds(next)),
            "{}",
            fixture.name
        );
        for (stream, track) in movie.tracks().iter().enumerate() {
            let frames: Vec<&Frame> = frames
                .iter()
                .filter(|frame| frame.track == track.media.id)
                .collect();
            if is_pcm(&track.media.codec) {
                let bytes: usize = frames.iter().map(|frame| frame.data.len()).sum();
                let listed: usize = fixture
                    .packets(stream)
                    .iter()
                    .map(|packet| packet.size)
                    .sum();
                assert_eq!(bytes, listed, "{}", fixture.name);
                continue;
            }
            let packets = fixture.packets(stream);
            assert_eq!(frames.len(), packets.len(), "{}", fixture.name);
            for (frame, packet) in frames.iter().zip(&packets) {
                let start = packet.position as usize;
                assert_eq!(frame.data, &fixture.file[start..start + packet.size]);
                assert_eq!((frame.pts, frame.dts), (packet.pts, packet.dts));
                assert_eq!(frame.keyframe, packet.keyframe);
            }
        }
    }
}

#[test]
fn codecs_are_known() {
    let names = |name: &str| -> Vec<&'static str> {
        let movie = fixture(name).movie();
        movie
            .tracks()
            .iter()
            .map(|track| track.media.codec.name())
            .collect()
    };
    let kinds = |name: &str| {
        let movie = fixture(name).movie();
        movie
            .tracks()
            .iter()
            .map(|track| std::mem::discriminant(&track.media.codec))
            .collect::<Vec<_>>()
    };
    assert_eq!(names("faststart.mp4"), ["H.264", "AAC"]);
    assert_eq!(kinds("bframes.mov"), kinds("faststart.mp4"));
    assert_eq!(kinds("aac.mov"), kinds("faststart.mp4")[1..]);
    assert_eq!(kinds("mp3.mov"), kinds("h264_mp3.mp4")[1..]);
    let codec =
        |name: &str, track: usize| fixture(name).movie().tracks()[track].media.codec.clone();
    assert!(matches!(codec("hevc.mp4", 0), CodecParameters::H265(_)));
    assert!(matches!(codec("av1_opus.mp4", 0), CodecParameters::Av1(_)));
    assert!(matches!(codec("av1_opus.mp4", 1), CodecParameters::Opus(_)));
    assert!(matches!(codec("vp9_ac3.mp4", 0), CodecParameters::Vp9(_)));
    assert!(matches!(codec("vp9_ac3.mp4", 1), CodecParameters::Ac3(_)));
    assert!(matches!(
        codec("h264_mp3.mp4", 1),
        CodecParameters::MpegAudio(_)
    ));
    assert!(matches!(codec("eac3.mp4", 0), CodecParameters::Eac3(_)));
    assert!(matches!(codec("ulaw.mov", 0), CodecParameters::Pcmu(_)));
    assert!(matches!(codec("sowt.mov", 0), CodecParameters::L16(_)));
    assert!(matches!(codec("twos.mov", 0), CodecParameters::L16(_)));
}

#[test]
fn pcm_samples_are_grouped_and_swapped() {
    let ulaw = fixture("ulaw.mov").frames();
    assert!(ulaw.len() > 10 && ulaw[..10].iter().all(|frame| frame.data.len() == 160));
    assert_eq!((ulaw[1].pts, ulaw[1].duration), (160, 160));
    let (little, big) = (fixture("sowt.mov"), fixture("twos.mov"));
    let start = little.packets(0)[0].position as usize;
    let first = &little.frames()[0];
    assert_eq!(first.data.len(), 320);
    assert_eq!(
        first.data[..2],
        [little.file[start + 1], little.file[start]]
    );
    let start = big.packets(0)[0].position as usize;
    assert_eq!(big.frames()[0].data, &big.file[start..start + 640]);
}

#[test]
fn hint_tracks_are_listed_and_passed_over() {
    let file = Bytes::from_static(include_bytes!("data/hinted.mp4"));
    let movie = MovieReader::read_all(ReaderConfig::default(), &file).unwrap();
    assert_eq!(movie.tracks().len(), 2);
    assert!(!movie.unsupported_tracks().is_empty());
    for track in movie.unsupported_tracks() {
        assert_eq!(
            (track.reason.clone(), track.fourcc.0),
            (UnsupportedReason::Hint, *b"rtp ")
        );
    }
}

#[test]
fn only_what_is_needed_is_read() {
    let fixture = fixture("moovend.mp4");
    let mut file = fixture.file.to_vec();
    // A huge mdat in front: 64-bit, of which nothing is read.
    let huge = common::boxed_64(b"mdat", vec![0; 3 << 20]);
    file.splice(0..0, huge);
    let file = Bytes::from(file);
    let mut reader = MovieReader::new(ReaderConfig::default(), Some(file.len() as u64));
    let mut bytes = 0;
    while let Some(read) = reader.poll_read() {
        bytes += read.len;
        reader.handle_input(read.offset, common::range(&file, read.offset, read.len));
    }
    assert!(reader.is_complete());
    assert!(bytes < 16 << 10, "{bytes}");
}

#[test]
fn seeks_land_on_keyframes_of_the_video() {
    let fixture = fixture("faststart.mp4");
    let movie = fixture.movie();
    let video = movie
        .tracks()
        .iter()
        .find(|track| track.kind() == MediaKind::Video)
        .unwrap();
    let mut reader = fixture.frame_reader();
    let ms = std::time::Duration::from_millis;
    for (wanted, found) in [(0, 0), (199, 0), (200, 200), (399, 200), (99_000, 200)] {
        assert_eq!(reader.seek(ms(wanted)), ms(found));
        let frames = common::frames(&mut reader, &fixture.file);
        let first = frames
            .iter()
            .find(|frame| frame.track == video.media.id)
            .unwrap();
        assert!(first.keyframe);
        assert_eq!(first.pts, video.ticks(ms(found)));
        let audio = frames
            .iter()
            .find(|frame| frame.track != video.media.id)
            .unwrap();
        let expected = if found == 0 {
            -1024
        } else {
            44100 / 5 / 1024 * 1024
        };
        assert_eq!(audio.pts, expected, "the packet that plays at {found} ms");
    }
}

#[test]
fn a_range_ends_where_it_says() {
    let fixture = fixture("faststart.mp4");
    let mut reader = fixture.frame_reader();
    reader.set_end(Some(std::time::Duration::from_millis(120)));
    let frames = common::frames(&mut reader, &fixture.file);
    let video = fixture.movie().tracks()[0].media.id;
    assert_eq!(
        frames.iter().filter(|frame| frame.track == video).count(),
        3
    );
    let audio = frames.iter().filter(|frame| frame.track != video);
    assert_eq!(audio.map(|frame| frame.pts).max(), Some(5 * 1024));
    reader.set_end(None);
    reader.seek(std::time::Duration::ZERO);
    assert_eq!(
        common::frames(&mut reader, &fixture.file).len(),
        fixture.frames().len()
    );
}

#[test]
fn durations_and_rates() {
    for name in [
        "faststart.mp4",
        "frag.mp4",
        "bframes.mp4",
        "bframes_frag.mp4",
    ] {
        let movie = fixture(name).movie();
        let video = &movie.tracks()[0];
        let rate = video
            .frame_rate()
            .map(|(frames, seconds)| frames as f64 / seconds as f64);
        if movie.is_fragmented() {
            // The first fragment's first sample lasts longer.
            assert!(video.duration().unwrap().as_millis() < 424, "{name}");
        } else {
            assert_eq!(video.duration().unwrap().as_millis(), 400, "{name}");
            assert_eq!(rate, Some(25.0), "{name}");
        }
        let duration = movie.duration().unwrap().as_millis();
        assert!((400..440).contains(&duration), "{name} {duration}");
        assert!(video.media.bit_rate.unwrap() > 10_000, "{name}");
    }
}

#[test]
fn frames_keep_slices_of_what_was_read() {
    let fixture = fixture("faststart.mp4");
    let mut reader = fixture.frame_reader();
    let inside = fixture.file.as_ptr_range();
    let frames = common::frames(&mut reader, &fixture.file);
    assert!(
        frames
            .iter()
            .all(|frame| inside.contains(&frame.data.as_ptr())),
        "no copy"
    );
    assert_eq!(reader.buffered_bytes(), 0);
}
