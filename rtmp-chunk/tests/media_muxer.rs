//! The muxer through the public API: what it writes, and that the demuxer reads the same.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod media_support;

use core::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use castline_codec::{
    AacParameters, Ac3Parameters, Av1Parameters, CodecParameters, Eac3Parameters, Frame,
    H264Parameters, H265Parameters, MediaKind, MpegAudioLayer, MpegAudioParameters, OpusParameters,
    PcmParameters, Track, TrackId, Vp8Parameters, Vp9Parameters,
};
use castline_mp4_hint::{FrameReader, MovieReader};
use castline_rtmp_chunk::{
    Tag, TagType,
    amf::{Limits, amf0::Value},
    media::{DemuxEvent, Enhanced, MuxError, Muxer, MuxerConfig},
    tag::classify,
};
use hex_literal::hex;
use media_support::*;
use proptest::prelude::*;

fn rate(hertz: u32) -> NonZeroU32 {
    NonZeroU32::new(hertz).unwrap()
}

fn track(id: u32, codec: CodecParameters, clock_rate: u32) -> Track {
    Track::new(TrackId(id), codec, rate(clock_rate))
}

fn h264() -> CodecParameters {
    CodecParameters::H264(H264Parameters::from_avcc(AVCC).unwrap().0)
}

fn h265() -> CodecParameters {
    CodecParameters::H265(H265Parameters::from_hvcc(HVCC).unwrap().0)
}

fn aac() -> CodecParameters {
    CodecParameters::Aac(AacParameters::from_asc(ASC).unwrap())
}

fn av1() -> CodecParameters {
    CodecParameters::Av1(Av1Parameters::from_av1c(AV1C).unwrap())
}

fn mp3(sample_rate: u32) -> CodecParameters {
    CodecParameters::MpegAudio(MpegAudioParameters::new(
        MpegAudioLayer::Layer3,
        sample_rate,
        2,
    ))
}

fn config(change: impl FnOnce(&mut MuxerConfig)) -> MuxerConfig {
    let mut config = MuxerConfig::default();
    change(&mut config);
    config
}

/// The body of the tag of one keyframe at 1 s whose data are `aa`.
fn one(codec: CodecParameters, config: MuxerConfig) -> Bytes {
    let muxer = Muxer::new(&[track(1, codec, 1000)], config);
    let frame = Frame::new(TrackId(1), 1000, Bytes::from_static(&[0xaa])).with_keyframe(true);
    let tag = muxer.push(&frame).unwrap();
    assert_eq!(tag.timestamp, 1000);
    joined(&tag)
}

fn header(codec: CodecParameters, config: MuxerConfig) -> Option<Bytes> {
    Muxer::new(&[track(1, codec, 1000)], config)
        .sequence_headers(0)
        .first()
        .map(joined)
}

#[test]
fn each_codec_has_its_tag() {
    let plain = MuxerConfig::default();
    let legacy_hevc = config(|config| config.legacy_hevc = true);
    let always = config(|config| config.enhanced = Enhanced::Always);
    let vp9 = || CodecParameters::Vp9(Vp9Parameters::from_keyframe(VP9_KEY).unwrap());
    let vp8 = || CodecParameters::Vp8(Vp8Parameters::new(320, 180));
    let opus = || CodecParameters::Opus(OpusParameters::new(2));
    let ac3 = Ac3Parameters::from_dac3(&hex!("103de0")).unwrap();
    let eac3 = Eac3Parameters::from_sync_frame(&hex!("0b77017f3487c000 00")).unwrap();
    let pcm = |channels| PcmParameters::new(8000, channels);
    for (codec, config, body) in [
        (h264(), plain, &hex!("17 01 000000 aa")[..]),
        (h264(), always, &hex!("93 61766331 aa")),
        (h265(), plain, &hex!("93 68766331 aa")),
        (h265(), legacy_hevc, &hex!("1c 01 000000 aa")),
        (av1(), plain, &hex!("91 61763031 aa")),
        (vp9(), plain, &hex!("91 76703039 aa")),
        (vp8(), plain, &hex!("91 76703038 aa")),
        (aac(), plain, &hex!("af 01 aa")),
        (aac(), always, &hex!("91 6d703461 aa")),
        (opus(), plain, &hex!("91 4f707573 aa")),
        (CodecParameters::Ac3(ac3), plain, &hex!("91 61632d33 aa")),
        (CodecParameters::Eac3(eac3), plain, &hex!("91 65632d33 aa")),
        (mp3(44_100), plain, &hex!("2f aa")),
        (mp3(48_000), plain, &hex!("2f aa")),
        (mp3(22_050), plain, &hex!("2b aa")),
        (mp3(8_000), plain, &hex!("e3 aa")),
        (mp3(44_100), always, &hex!("91 2e6d7033 aa")),
        (CodecParameters::Pcma(pcm(1)), plain, &hex!("72 aa")),
        (CodecParameters::Pcmu(pcm(2)), always, &hex!("83 aa")),
    ] {
        let name = codec.name();
        assert_eq!(one(codec, config), body, "{name}");
    }
}

#[test]
fn each_codec_has_its_sequence_header() {
    let plain = MuxerConfig::default();
    let legacy_hevc = config(|config| config.legacy_hevc = true);
    let vp9 = CodecParameters::Vp9(Vp9Parameters::new(0));
    let opus = OpusParameters::new(2);
    let opus_head = opus.to_opus_head();
    for (codec, config, head, record) in [
        (h264(), plain, &hex!("17 00 000000")[..], AVCC),
        (h265(), plain, &hex!("90 68766331"), HVCC),
        (h265(), legacy_hevc, &hex!("1c 00 000000"), HVCC),
        (av1(), plain, &hex!("90 61763031"), AV1C),
        (
            vp9,
            plain,
            &hex!("90 76703039"),
            &hex!("00 00 82 02 02 02 0000"),
        ),
        (aac(), plain, &hex!("af 00"), ASC),
        (
            CodecParameters::Opus(opus),
            plain,
            &hex!("90 4f707573"),
            &opus_head,
        ),
    ] {
        let name = codec.name();
        let body = header(codec, config).unwrap();
        assert_eq!(&body[..head.len()], head, "{name}");
        assert_eq!(&body[head.len()..], record, "{name}");
    }
    assert_eq!(header(mp3(44_100), plain), None);
    let ac3 = Ac3Parameters::from_dac3(&hex!("103de0")).unwrap();
    assert_eq!(header(CodecParameters::Ac3(ac3), plain), None);
}

#[test]
fn sequence_ends() {
    let muxer = Muxer::new(
        &[
            track(1, h264(), 90_000),
            track(2, aac(), 48_000),
            track(3, av1(), 90_000),
        ],
        MuxerConfig::default(),
    );
    let ends: Vec<_> = muxer.sequence_ends(40).iter().map(joined).collect();
    assert_eq!(
        ends,
        [&hex!("17 02 000000")[..], &hex!("96 02 61763031 01")]
    );
}

#[test]
fn nothing_is_copied() {
    let data = Bytes::from(vec![1, 2, 3]);
    for codec in [h264(), h265(), aac()] {
        for enhanced in [Enhanced::WhereNeeded, Enhanced::Always] {
            let config = config(|config| config.enhanced = enhanced);
            let muxer = Muxer::new(&[track(1, codec.clone(), 1000)], config);
            let tag = muxer
                .push(&Frame::new(TrackId(1), 0, data.clone()))
                .unwrap();
            assert_eq!(tag.payload.as_ptr(), data.as_ptr());
            assert!(!tag.header.is_empty());
        }
    }
}

#[test]
fn what_cannot_be_carried_is_refused() {
    let never = config(|config| config.enhanced = Enhanced::Never);
    let pcm = CodecParameters::Pcmu(PcmParameters::new(16_000, 1));
    let l16 = CodecParameters::L16(PcmParameters::new(44_100, 2));
    let mp2 =
        CodecParameters::MpegAudio(MpegAudioParameters::new(MpegAudioLayer::Layer2, 48_000, 2));
    for (codec, config) in [
        (h265(), never),
        (pcm, MuxerConfig::default()),
        (l16, never),
        (mp2, MuxerConfig::default()),
    ] {
        let (id, name) = (TrackId(1), codec.name());
        let muxer = Muxer::new(&[track(1, codec, 1000)], config);
        assert!(!muxer.carries(id));
        let frame = Frame::new(id, 0, Bytes::from_static(b"x"));
        assert_eq!(
            muxer.push(&frame),
            Err(MuxError::Unsupported {
                track: id,
                codec: name
            })
        );
        assert!(muxer.sequence_headers(0).is_empty());
        let unknown = Frame::new(TrackId(9), 0, Bytes::new());
        assert_eq!(
            muxer.push(&unknown),
            Err(MuxError::UnknownTrack(TrackId(9)))
        );
    }
    // One that cannot be carried leaves its number to the next of its kind.
    let tracks = [track(1, h265(), 1000), track(2, h264(), 1000)];
    let muxer = Muxer::new(&tracks, never);
    assert!(!muxer.carries(TrackId(1)) && muxer.carries(TrackId(2)));
    let tag = muxer
        .push(&Frame::new(TrackId(2), 0, Bytes::from_static(b"x")))
        .unwrap();
    assert_eq!(joined(&tag)[..], hex!("27 01 000000 78"));
}

#[test]
fn tracks_beyond_the_first_are_multitrack() {
    let tracks = [
        track(1, h264(), 90_000),
        track(2, aac(), 48_000),
        track(3, aac(), 48_000),
        track(4, h264(), 90_000),
    ];
    let muxer = Muxer::new(&tracks, MuxerConfig::default());
    let frame = |id| Frame::new(TrackId(id), 0, Bytes::from_static(&[0xaa]));
    let body = |id| joined(&muxer.push(&frame(id)).unwrap());
    assert_eq!(body(2)[..], hex!("af 01 aa"));
    assert_eq!(body(3)[..], hex!("95 01 6d703461 01 aa"));
    assert_eq!(body(4)[..], hex!("a6 03 61766331 01 aa"));
    let late = muxer.push(&frame(4).with_dts(-3600)).unwrap();
    assert_eq!(joined(&late)[..], hex!("a6 01 61766331 01 000028 aa"));
    let headers = muxer.sequence_headers(0);
    let indices: Vec<_> = headers
        .iter()
        .map(|tag| classify(tag).track_index)
        .collect();
    assert_eq!(indices, [Some(0), Some(0), Some(1), Some(1)]);
    let metadata = muxer.metadata();
    let other = metadata
        .get("audioTrackIdInfoMap")
        .unwrap()
        .as_object()
        .unwrap()
        .get("1")
        .unwrap();
    let number = other
        .as_object()
        .unwrap()
        .get("audiocodecid")
        .unwrap()
        .as_f64();
    assert_eq!(number, Some(f64::from(0x6d70_3461)));
    assert!(metadata.contains("videoTrackIdInfoMap"));
    let single = Muxer::new(&tracks, config(|config| config.multitrack = false));
    assert!(
        single.carries(TrackId(2)) && !single.carries(TrackId(3)) && !single.carries(TrackId(4))
    );
}

#[test]
fn metadata() {
    let mut video = track(1, h264(), 90_000);
    video.duration = Some(225_000);
    video.bit_rate = Some(2_500_000);
    let muxer = Muxer::new(&[video, track(2, aac(), 48_000)], MuxerConfig::default());
    let tag = muxer.metadata_tag(0);
    assert_eq!(tag.tag_type, TagType::Script);
    let values = Value::parse_all(&tag.payload, &Limits::default()).unwrap();
    assert_eq!(values[0].as_str(), Some("onMetaData"));
    assert!(matches!(values[1], Value::EcmaArray(_)));
    let object = values[1].as_object().unwrap();
    for (name, value) in [
        ("duration", 2.5),
        ("width", 320.0),
        ("height", 240.0),
        ("framerate", 25.0),
        ("videocodecid", 7.0),
        ("videodatarate", 2500.0),
        ("audiocodecid", 10.0),
        ("audiosamplerate", 48_000.0),
        ("audiosamplesize", 16.0),
        ("audiochannels", 2.0),
    ] {
        assert_eq!(
            object.get(name).and_then(Value::as_f64),
            Some(value),
            "{name}"
        );
    }
    assert_eq!(object.get("stereo").and_then(Value::as_bool), Some(true));
    assert!(
        object
            .get("encoder")
            .unwrap()
            .as_str()
            .unwrap()
            .starts_with("castline ")
    );
    // Nothing is said of what is not known.
    assert!(!object.contains("audiodatarate"));
    let hevc = Muxer::new(&[track(1, h265(), 90_000)], MuxerConfig::default()).metadata();
    let number = hevc.get("videocodecid").and_then(Value::as_f64);
    assert_eq!(number, Some(f64::from(0x6876_6331)));
    assert!(!hevc.contains("audiocodecid"));
}

#[test]
fn a_changed_track_has_a_new_sequence_header() {
    let mut muxer = Muxer::new(&[track(1, h264(), 90_000)], MuxerConfig::default());
    assert_eq!(
        muxer.track_changed(&track(1, h264(), 90_000), 5),
        Ok(None),
        "the same"
    );
    let full_hd = CodecParameters::H264(H264Parameters::from_avcc(AVCC_FULL_HD).unwrap().0);
    let tag = muxer
        .track_changed(&track(1, full_hd, 90_000), 5)
        .unwrap()
        .unwrap();
    assert_eq!(
        joined(&tag),
        [&hex!("17 00 000000")[..], AVCC_FULL_HD].concat()
    );
    assert_eq!(tag.timestamp, 5);
    let tag = muxer
        .track_changed(&track(1, h265(), 90_000), 5)
        .unwrap()
        .unwrap();
    assert_eq!(joined(&tag), [&hex!("90 68766331")[..], HVCC].concat());
    let unknown = muxer.track_changed(&track(7, h264(), 90_000), 5);
    assert_eq!(unknown, Err(MuxError::UnknownTrack(TrackId(7))));
    assert!(
        muxer.track_changed(&track(1, aac(), 48_000), 5).is_err(),
        "of another kind"
    );
}

#[test]
fn timestamps_wrap_and_count_from_the_origin() {
    let late = config(|config| config.origin_ms = 10_000);
    let muxer = Muxer::new(&[track(1, h264(), 90_000)], late);
    let at = |milliseconds: i64| {
        let frame = Frame::new(TrackId(1), milliseconds * 90, Bytes::from_static(b"x"));
        muxer.push(&frame).unwrap().timestamp
    };
    assert_eq!(at(10_040), 40);
    assert_eq!(at(9_999), u32::MAX);
    assert_eq!(at(10_000 + (1 << 32) + 7), 7);
    assert_eq!(muxer.timestamp(10_040 * 90, rate(90_000)), 40);
    // A composition time that 24 bits cannot hold is the largest one.
    let frame = Frame::new(TrackId(1), i64::MAX, Bytes::new()).with_dts(900_000);
    assert_eq!(muxer.push(&frame).unwrap().header[..], hex!("27 01 7fffff"));
}

macro_rules! movies {
    ($($name:literal)*) => {
        [$(($name, include_bytes!(concat!("../../mp4-hint/tests/data/", $name)) as &[u8])),*]
    };
}

fn demo() -> (Vec<Track>, Vec<Frame>) {
    movie(include_bytes!("../../examples/server/media/demo.mp4"))
}

fn movie(file: &'static [u8]) -> (Vec<Track>, Vec<Frame>) {
    let file = Bytes::from_static(file);
    let slice = |offset: u64, len: usize| {
        let start = usize::try_from(offset).unwrap();
        file.slice(start..start + len)
    };
    let mut reader = MovieReader::new(Default::default(), Some(file.len() as u64));
    while let Some(read) = reader.poll_read() {
        reader.handle_input(read.offset, slice(read.offset, read.len));
    }
    let movie = Arc::new(reader.into_movie().unwrap());
    let tracks = movie
        .tracks()
        .iter()
        .map(|track| track.media.clone())
        .collect();
    let mut reader = FrameReader::all_tracks(movie, Some(file.len() as u64), Default::default());
    let mut frames = Vec::new();
    while !reader.is_finished() {
        while let Some(read) = reader.poll_read() {
            reader.handle_input(read.offset, slice(read.offset, read.len));
        }
        while let Some(frame) = reader.poll_frame() {
            frames.push(frame);
        }
    }
    (tracks, frames)
}

#[test]
fn real_movies_come_back() {
    let files =
        movies!("av1_opus.mp4" "bframes.mp4" "eac3.mp4" "h264_mp3.mp4" "hevc.mp4" "vp9_ac3.mp4");
    let mut reordered = 0;
    for (name, file) in files {
        let (tracks, frames) = movie(file);
        reordered += frames.iter().filter(|frame| frame.pts != frame.dts).count();
        come_back(name, &tracks, &frames);
    }
    assert!(reordered > 10);
    let (tracks, frames) = demo();
    assert!(frames.len() > 100 && tracks.len() == 2);
    come_back("demo.mp4", &tracks, &frames);
}

fn come_back(name: &str, tracks: &[Track], frames: &[Frame]) {
    for enhanced in [Enhanced::WhereNeeded, Enhanced::Always] {
        for nanosecond_offsets in [false, true] {
            let config = config(|config| {
                config.enhanced = enhanced;
                config.nanosecond_offsets = nanosecond_offsets;
                // Edit lists make decoding times before 0.
                config.origin_ms = -1000;
            });
            let exact = nanosecond_offsets && enhanced == Enhanced::Always;
            comes_back(name, &Muxer::new(tracks, config), (tracks, frames), exact);
        }
    }
}

fn comes_back(name: &str, muxer: &Muxer, (tracks, frames): (&[Track], &[Frame]), exact: bool) {
    let mut demuxed = Demuxed::of(&[received(&muxer.metadata_tag(0))]);
    for tag in muxer.sequence_headers(0) {
        demuxed.push(&received(&tag));
    }
    for frame in frames {
        demuxed.push(&received(&muxer.push(frame).unwrap()));
    }
    assert_eq!(demuxed.tracks().len(), tracks.len(), "{name}");
    for sent in tracks {
        let kind = sent.codec.kind();
        let read = demuxed
            .tracks()
            .into_iter()
            .find(|(_, track)| track.codec.kind() == kind);
        let read = read.unwrap().1;
        assert_eq!(
            read.codec.codec_string(),
            sent.codec.codec_string(),
            "{name}"
        );
        assert_eq!(read.codec.dimensions(), sent.codec.dimensions(), "{name}");
        let before: Vec<_> = frames
            .iter()
            .filter(|frame| frame.track == sent.id)
            .collect();
        let after = demuxed.frames();
        let after: Vec<_> = after
            .iter()
            .filter(|frame| frame.track == read.id)
            .collect();
        assert_eq!(before.len(), after.len(), "{name}");
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before.data, after.data, "{name}");
            assert_eq!(before.keyframe, after.keyframe, "{name}");
            let seconds =
                |time: i64, track: &Track| time as f64 / f64::from(track.clock_rate.get());
            let error = (seconds(before.pts, sent) + 1.0 - seconds(after.pts, &read)).abs();
            // Half a tick where nanoseconds tell, half a millisecond elsewhere.
            let most = if exact { 0.000_023 } else { 0.000_525 };
            assert!(error < most, "{name}: {error} s off");
            let error = (seconds(before.dts, sent) + 1.0 - seconds(after.dts, &read)).abs();
            assert!(error < 0.001_1, "{name}: {error} s off");
        }
    }
}

#[test]
fn audio_of_a_real_movie_keeps_its_samples() {
    let (tracks, frames) = demo();
    let muxer = Muxer::new(&tracks, MuxerConfig::default());
    let sound = tracks
        .iter()
        .find(|track| track.codec.kind() == MediaKind::Audio)
        .unwrap();
    let mut demuxed = Demuxed::new();
    for tag in muxer.sequence_headers(0) {
        demuxed.push(&tag);
    }
    for frame in frames.iter().filter(|frame| frame.track == sound.id) {
        demuxed.push(&muxer.push(frame).unwrap());
    }
    let times: Vec<_> = demuxed.frames().iter().map(|frame| frame.dts).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 1024));
}

fn any_codec() -> impl Strategy<Value = (CodecParameters, Bytes)> {
    prop::sample::select(vec![
        (h264(), Bytes::from_static(IDR)),
        (h265(), Bytes::from_static(HEVC_IDR)),
        (av1(), Bytes::from_static(AV1_KEY)),
        (
            CodecParameters::Vp8(Vp8Parameters::new(320, 180)),
            Bytes::from_static(VP8_KEY),
        ),
        (
            CodecParameters::Vp9(Vp9Parameters::from_keyframe(VP9_KEY).unwrap()),
            Bytes::from_static(VP9_KEY),
        ),
    ])
}

proptest! {
    #[test]
    fn presentation_is_right_to_half_a_millisecond(
        (codec, data) in any_codec(),
        enhanced in any::<bool>(),
        nanosecond_offsets in any::<bool>(),
        clock_rate in prop::sample::select(vec![1000u32, 12_800, 15_360, 30_000, 90_000, 1_000_000]),
        first in 0i64..10_000_000,
        steps in prop::collection::vec((1i64..100, 0i64..20), 1..30),
    ) {
        let config = config(|config| {
            config.enhanced = if enhanced { Enhanced::Always } else { Enhanced::WhereNeeded };
            config.nanosecond_offsets = nanosecond_offsets;
        });
        let reorders = matches!(codec.name(), "H.264" | "H.265");
        let track = track(5, codec.clone(), clock_rate);
        let muxer = Muxer::new(&[track], config);
        let mut demuxed = Demuxed::new();
        for tag in muxer.sequence_headers(0) {
            demuxed.push(&received(&tag));
        }
        // Steps of 2 to 200 ms, composition times of 0 to 40 ms.
        let unit = i64::from(clock_rate) / 500;
        let mut dts = first;
        let mut sent = Vec::new();
        for (step, reorder) in steps {
            dts += step * unit;
            let pts = dts + if reorders { reorder * unit } else { 0 };
            let frame = Frame::new(TrackId(5), pts, data.clone()).with_dts(dts).with_keyframe(true);
            let tag = muxer.push(&frame).unwrap();
            prop_assert!(classify(&tag).is_keyframe && classify(&tag).is_frame);
            demuxed.push(&received(&tag));
            sent.push(frame);
        }
        prop_assert_eq!(&demuxed.tracks()[0].1.codec, &codec);
        let read = demuxed.frames();
        prop_assert_eq!(read.len(), sent.len());
        for (sent, read) in sent.iter().zip(&read) {
            prop_assert_eq!(&sent.data, &read.data);
            // In 1/(90000 * clock rate) of a second: 45 ticks are half a millisecond, and rounding to
            // ticks may add half of one.
            let difference = i128::from(read.pts) * i128::from(clock_rate) - i128::from(sent.pts) * 90_000;
            prop_assert!(difference.abs() * 2 <= 91 * i128::from(clock_rate), "{} {}", sent.pts, read.pts);
        }
    }

    #[test]
    fn nanoseconds_make_any_time_exact(
        clock_rate in prop::sample::select(vec![44_100u32, 48_000, 30_000, 90_000, 1_000_000]),
        time in 0i64..1_000_000_000_000,
    ) {
        let config = config(|config| {
            config.enhanced = Enhanced::Always;
            config.nanosecond_offsets = true;
        });
        let muxer = Muxer::new(&[track(1, av1(), clock_rate)], config);
        let frame = Frame::new(TrackId(1), time, Bytes::from_static(AV1_KEY));
        let tag = muxer.push(&frame).unwrap();
        let nanoseconds = match castline_rtmp_chunk::tag::VideoTagHeader::of(&tag).unwrap().0 {
            castline_rtmp_chunk::tag::VideoTagHeader::Enhanced(header) => header.timestamp_offset_nanoseconds(),
            castline_rtmp_chunk::tag::VideoTagHeader::Legacy(_) => 0,
        };
        prop_assert!(nanoseconds < 1_000_000);
        let exact = i128::from(time) * 1_000_000_000;
        let said = i128::from(tag.timestamp) * 1_000_000 + i128::from(nanoseconds);
        let whole = exact.div_euclid(i128::from(clock_rate)) / 1_000_000 / (1 << 32) * (1 << 32) * 1_000_000;
        let difference = (said + whole) * i128::from(clock_rate) - exact;
        prop_assert!(difference.abs() * 2 <= i128::from(clock_rate), "{difference}");
    }

    #[test]
    fn no_time_panics(pts in any::<i64>(), dts in any::<i64>(), clock_rate in 1u32.., origin in any::<i64>(), nanos in any::<bool>()) {
        let config = config(|config| {
            config.origin_ms = origin;
            config.nanosecond_offsets = nanos;
            config.enhanced = Enhanced::Always;
        });
        let tracks = [track(1, h264(), clock_rate), track(2, aac(), clock_rate)];
        let muxer = Muxer::new(&tracks, config);
        for id in [1, 2] {
            let frame = Frame::new(TrackId(id), pts, Bytes::new()).with_dts(dts);
            let _ = muxer.push(&frame);
        }
    }
}

#[test]
fn a_tag_in_two_pieces_and_in_one_demux_alike() {
    let muxer = Muxer::new(&[track(1, h265(), 90_000)], MuxerConfig::default());
    let frame = Frame::new(TrackId(1), 7200, Bytes::from_static(HEVC_IDR)).with_dts(3600);
    let tags: Vec<Tag> = muxer
        .sequence_headers(0)
        .into_iter()
        .chain(muxer.push(&frame).ok())
        .collect();
    let whole: Vec<_> = tags.iter().map(received).collect();
    let events: Vec<DemuxEvent> = Demuxed::of(&tags).events;
    assert_eq!(events, Demuxed::of(&whole).events);
    assert_eq!(events.len(), 2);
}
