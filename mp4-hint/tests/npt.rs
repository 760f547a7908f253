//! Normal play time: NPT 0 is the movie's first presentation, wherever the file has its zero.
#![cfg(feature = "rtp")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod common;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use castline_codec::TrackId;
use castline_mp4_hint::{FrameReader, FrameReaderConfig, Movie, RtpSource, RtpSourceConfig, sdp};
use castline_rtp_rtcp::payload::PacketizationMode;
use castline_sdp::Origin;
use common::{
    TrackSpec, boxed, ftyp, moov,
    rtp::{open, packets, source},
    table,
};

const FASTSTART: &[u8] = include_bytes!("data/faststart.mp4");
const OPUS: &[u8] = include_bytes!("data/av1_opus.mp4");
const NO_LEAD: &[u8] = include_bytes!("data/frag.mp4");
/// No picture; MP3, whose encoder delay is 1105 samples.
const SOUND_ONLY: &[u8] = include_bytes!("data/mp3.mov");

fn all(file: &'static [u8]) -> (Bytes, Arc<Movie>, RtpSource) {
    let (file, movie) = open(file);
    let source = source(&file, &movie, &RtpSourceConfig::default());
    (file, movie, source)
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn range_line(movie: &Movie) -> String {
    let origin = Origin::new(1, 1);
    let built = sdp(movie, &origin, PacketizationMode::NonInterleaved).build();
    let text = built.unwrap().to_string();
    let line = text.lines().find(|line| line.starts_with("a=range"));
    line.unwrap().to_owned()
}

/// The least RTP timestamp of each track, in the movie's order.
fn first_timestamps(source: &mut RtpSource, file: &Bytes) -> Vec<Option<i64>> {
    let packets = packets(source, file);
    let tracks = source.frames().movie().tracks();
    let least = |id: TrackId| {
        let of_track = packets.iter().filter(|packet| packet.track == id);
        of_track.map(|packet| packet.payload.timestamp).min()
    };
    tracks.iter().map(|track| least(track.media.id)).collect()
}

/// A file of audio tracks with four frames of 8 bytes each: timescale, frame duration, edit list.
fn file_of(tracks: &[(u32, u32, &[&[u32]])]) -> Vec<u8> {
    let mdat = boxed(b"mdat", [7; 32]);
    let start = u32::try_from(ftyp().len()).unwrap() + 8;
    let offsets: Vec<u32> = (0..4).map(|number| start + number * 8).collect();
    let traks: Vec<Vec<u8>> = (1u32..)
        .zip(tracks)
        .map(|(id, (timescale, duration, edits))| {
            let mut spec = TrackSpec::audio(id, 8, &offsets);
            spec.timescale = *timescale;
            spec.stts = table(b"stts", 0, &[&[4, *duration]]);
            spec.edts = boxed(b"edts", table(b"elst", 0, edits));
            spec.trak()
        })
        .collect();
    [ftyp(), mdat, moov(&traks)].concat()
}

/// An edit list that begins at this media time.
const fn from(media_time: u32) -> [u32; 3] {
    [1000, media_time, 0x1_0000]
}

#[test]
fn the_lead_is_what_lies_before_the_zero_of_the_file() {
    for (file, ticks, rate) in [
        (FASTSTART, 1024, 44_100),
        (OPUS, 312, 48_000),
        (SOUND_ONLY, 1105, 44_100),
        (NO_LEAD, 0, 1),
    ] {
        let (_, movie, _) = all(file);
        let nanos = (ticks * 1_000_000_000 + rate / 2) / rate;
        assert_eq!(movie.lead(), Duration::from_nanos(nanos));
        let play_time = movie.duration().unwrap() + movie.lead();
        assert_eq!(movie.play_time(), Some(play_time));
    }
}

#[test]
fn the_range_of_the_description_is_the_play_time() {
    for (file, line) in [
        // 400 ms, and 23.2 ms of AAC priming; rounded up to milliseconds.
        (FASTSTART, "a=range:npt=0.000-0.424"),
        // Opus: 6.5 ms of pre-skip before the zero.
        (OPUS, "a=range:npt=0.000-0.407"),
        (NO_LEAD, "a=range:npt=0.000-0.424"),
    ] {
        let (_, movie, _) = all(file);
        assert_eq!(range_line(&movie), line, "{:?}", movie.play_time());
    }
    let (_, empty) = open(file_of(&[]));
    assert_eq!((empty.lead(), empty.play_time()), (Duration::ZERO, None));
    assert_eq!(range_line(&empty), "a=range:npt=0.000-");
}

#[test]
fn sound_and_picture_begin_as_far_apart_as_in_the_file() {
    for (file, expected) in [(FASTSTART, [2090, 0]), (OPUS, [585, 0]), (NO_LEAD, [0, 0])] {
        let (file, _, mut source) = all(file);
        let expected: Vec<_> = expected.map(Some).into();
        assert_eq!(source.next_due(), Some(Duration::ZERO));
        assert_eq!(first_timestamps(&mut source, &file), expected);
        assert_eq!(source.seek(Duration::ZERO), Duration::ZERO);
        assert_eq!(source.next_due(), Some(Duration::ZERO));
        assert_eq!(
            first_timestamps(&mut source, &file),
            expected,
            "a seek to 0 is the beginning"
        );
    }
}

#[test]
fn a_coarse_track_clock_does_not_round_the_lead() {
    // 2.5 ms before zero; 25 ticks per second could not tell.
    let (file, movie) = open(file_of(&[(8000, 160, &[&from(20)]), (25, 1, &[&from(0)])]));
    assert_eq!(movie.lead(), Duration::from_micros(2500));
    let mut source = source(&file, &movie, &RtpSourceConfig::default());
    let sent = packets(&mut source, &file);
    let coarse = |packet: &&castline_mp4_hint::MediaPacket| packet.track == TrackId(2);
    let times: Vec<_> = sent
        .iter()
        .filter(coarse)
        .map(|packet| (packet.payload.timestamp, packet.due))
        .collect();
    let expected = (0..4).map(|number| {
        let due = Duration::from_micros(2500 + 40_000 * number);
        (225 + 3600 * i64::try_from(number).unwrap(), due)
    });
    assert_eq!(times, expected.collect::<Vec<_>>());
}

#[test]
fn a_seek_gives_where_the_keyframe_is() {
    let (file, movie, mut source) = all(FASTSTART);
    let (video, audio) = (movie.tracks()[0].media.id, movie.tracks()[1].media.id);
    let lead = movie.lead();
    let keyframe = ms(200) + lead;
    let just_before = keyframe.checked_sub(Duration::from_micros(100)).unwrap();
    for (wanted, found) in [
        (Duration::ZERO, Duration::ZERO),
        (ms(10), Duration::ZERO), // In the priming.
        (lead, Duration::ZERO),
        (just_before, Duration::ZERO),
        (keyframe, keyframe),
        (ms(9000), keyframe),
        (Duration::MAX, keyframe),
    ] {
        assert_eq!(source.seek(wanted), found, "{wanted:?}");
        assert!(source.next_due().unwrap() <= found);
        let sent = packets(&mut source, &file);
        let first = sent.iter().find(|packet| packet.track == video).unwrap();
        assert!(first.is_keyframe);
        let at = source.npt(video, first.payload.timestamp).unwrap();
        assert!(at.abs_diff(found.max(lead)) < Duration::from_micros(6));
        // The packet of sound that plays at the position.
        let first = sent.iter().find(|packet| packet.track == audio).unwrap();
        let at = source.npt(audio, first.payload.timestamp).unwrap();
        assert!(at <= found && found - at < Duration::from_micros(23_220));
    }
}

#[test]
fn a_seek_in_sound_alone_finds_the_packet_that_plays() {
    let (file, movie, mut source) = all(SOUND_ONLY);
    let id = movie.tracks()[0].media.id;
    for (wanted, packets_before) in [(0, 0), (1, 0), (26, 0), (27, 1), (53, 2), (100, 3)] {
        let found = source.seek(ms(wanted));
        // Packets are 1152 samples, 2351.02 ticks of 90 kHz, each.
        let expected = packets_before * 2351;
        let rtp_time = source.rtp_time(id, found).unwrap();
        assert!((rtp_time - expected).abs() <= 1, "{wanted}: {rtp_time}");
        let first = first_timestamps(&mut source, &file)[0].unwrap();
        assert!((first - rtp_time).abs() <= 1, "{wanted}: {first}");
    }
    assert_eq!(source.seek(ms(60_000)), ms(60_000), "nothing plays there");
    assert!(packets(&mut source, &file).is_empty());
    assert_eq!(source.next_due(), None);
}

#[test]
fn a_track_that_leads_and_begins_late_takes_nothing_from_the_others() {
    let late: &[u32] = &[40, u32::MAX, 0x1_0000];
    let leader: &[&[u32]] = &[late, &from(0)];
    let (file, movie) = open(file_of(&[(8000, 160, leader), (8000, 160, &[&from(0)])]));
    let mut source = source(&file, &movie, &RtpSourceConfig::default());
    for (wanted, found, first) in [
        (0, 0, [3600, 0]),
        (20, 20, [3600, 1800]),
        (39, 39, [3600, 1800]),
        (50, 40, [3600, 3600]),
        (60, 60, [5400, 5400]),
    ] {
        assert_eq!(source.seek(ms(wanted)), ms(found));
        let expected: Vec<_> = first.map(Some).into();
        assert_eq!(first_timestamps(&mut source, &file), expected, "{wanted}");
    }
}

#[test]
fn an_end_counts_from_the_first_presentation_too() {
    let (file, movie, mut source) = all(FASTSTART);
    let audio = movie.tracks()[1].media.id;
    let mut count = |end: Duration| {
        source.set_end(Some(end));
        source.seek(Duration::ZERO);
        let sent = packets(&mut source, &file);
        assert!(sent.iter().all(|packet| packet.due < end));
        sent.iter().filter(|packet| packet.track == audio).count()
    };
    assert_eq!(count(Duration::ZERO), 0);
    assert_eq!(count(ms(10)), 1, "in the priming");
    assert_eq!(count(movie.lead()), 1);
    assert_eq!(count(movie.lead() + ms(1)), 2);
    source.set_end(None);
    source.seek(Duration::ZERO);
    let sent = packets(&mut source, &file);
    let sent = sent.iter().filter(|packet| packet.track == audio);
    assert_eq!(sent.count(), movie.tracks()[1].samples.len() as usize);
}

#[test]
fn frames_keep_the_times_of_the_file() {
    let (file, movie, _) = all(FASTSTART);
    let mut frames = FrameReader::all_tracks(movie, None, FrameReaderConfig::default());
    assert_eq!(frames.next_dts().unwrap().1, -1024);
    for (wanted, found, first) in [(0, 0, -1024), (199, 0, -1024), (200, 200, 8192)] {
        assert_eq!(frames.seek(ms(wanted)), ms(found));
        let sound = common::frames(&mut frames, &file);
        let sound = sound.iter().find(|frame| frame.track == TrackId(2));
        assert_eq!(sound.unwrap().pts, first);
    }
}

#[test]
fn pictures_before_the_first_keyframe_are_after_npt_0() {
    // Decoded first is a picture of tick 0; the two behind it are presented before it.
    let base: &[u32] = &from(2);
    let mut spec = TrackSpec::audio(1, 8, &[32, 40, 48, 56]);
    spec.timescale = 25;
    spec.stts = table(b"stts", 0, &[&[4, 1]]);
    spec.tables
        .push(table(b"ctts", 0, &[&[1, 2], &[2, 0], &[1, 1]]));
    spec.edts = boxed(b"edts", table(b"elst", 0, &[base]));
    let file = [ftyp(), boxed(b"mdat", [7; 40]), moov(&[spec.trak()])].concat();
    let (file, movie) = open(file);
    let times: Vec<i64> = movie.tracks()[0]
        .samples
        .cursor()
        .map(|sample| sample.pts)
        .collect();
    assert_eq!(times, [0, -1, 0, 2]);
    assert_eq!(movie.lead(), ms(40));
    let mut source = source(&file, &movie, &RtpSourceConfig::default());
    assert_eq!(first_timestamps(&mut source, &file), [Some(0)]);
}

#[test]
fn edit_lists_of_ages_hurt_nothing() {
    for (timescale, media_time) in [(1, 0x7fff_ffff), (u32::MAX, 0x7fff_ffff), (1, 1)] {
        let far = [u32::MAX, u32::MAX, 0x1_0000];
        let tracks: [(u32, u32, &[&[u32]]); 2] = [
            (timescale, u32::MAX, &[&from(media_time)]),
            (u32::MAX, u32::MAX, &[&far, &far, &from(0)]),
        ];
        let (file, movie) = open(file_of(&tracks));
        let mut source = source(&file, &movie, &RtpSourceConfig::default());
        for npt in [Duration::ZERO, ms(1), movie.lead(), Duration::MAX] {
            source.set_end(Some(Duration::MAX));
            assert!(source.seek(npt) <= npt);
            let sent = packets(&mut source, &file);
            assert!(sent.iter().all(|packet| packet.payload.timestamp >= 0));
        }
        assert!(range_line(&movie).starts_with("a=range:npt=0.000-"));
    }
}

#[test]
fn mpeg_audio_has_its_static_type_and_no_rtpmap() {
    let (_, movie) = open(&include_bytes!("data/h264_mp3.mp4")[..]);
    let origin = Origin::new(1, 1);
    let built = sdp(&movie, &origin, PacketizationMode::NonInterleaved)
        .build()
        .unwrap();
    let text = built.to_string();
    assert!(text.contains("m=audio 0 RTP/AVP 14\r\n"), "{text}");
    assert!(!text.contains("rtpmap:14"), "{text}");
    assert!(text.contains("a=rtpmap:96 H264/90000"), "{text}");
    assert!(text.contains("a=control:trackID=2"), "{text}");
}
