//! The demuxer through the public API: each way in which encoders differ, and time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

mod media_support;

use bytes::Bytes;
use castline_codec::{CodecParameters, MediaKind, TrackId};
use castline_rtmp_chunk::{
    ParseErrorKind, Tag, TagType,
    amf::amf0::{Object, Value},
    media::{DemuxEvent, Demuxer, DemuxerConfig},
    tag::{ChannelOrder, ColorInfo, FourCc, SoundFormat, TagCodec, VideoCodecId, VideoCommand},
};
use hex_literal::hex;
use media_support::*;
use proptest::prelude::*;

const AVC_HEADER: &[u8] = &hex!("17 00 000000");
const AVC_KEY: &[u8] = &hex!("17 01 000000");
const AVC_INTER: &[u8] = &hex!("27 01 000000");
const VIDEO: TrackId = TrackId(1);
const AUDIO: TrackId = TrackId(2);

fn avc_header() -> Tag {
    video(0, &[AVC_HEADER, AVCC])
}

#[test]
fn h264_and_aac_as_everybody_sends_them() {
    let demuxed = Demuxed::of(&[
        avc_header(),
        audio(0, &[&hex!("af 00"), ASC]),
        video(0, &[AVC_KEY, IDR]),
        audio(0, &hex!("af 01 21 1b").chunks(4).collect::<Vec<_>>()),
        video(40, &[&hex!("27 01 000050"), SLICE]),
    ]);
    let tracks = demuxed.tracks();
    assert_eq!(tracks.len(), 2);
    let (is_new, track) = &tracks[0];
    assert!(*is_new);
    assert_eq!((track.id, track.clock_rate.get()), (VIDEO, 90_000));
    assert_eq!(track.codec.dimensions(), Some((320, 240)));
    let (_, track) = &tracks[1];
    assert_eq!((track.id, track.clock_rate.get()), (AUDIO, 48_000));
    let frames = demuxed.frames();
    assert_eq!(frames.len(), 3);
    assert!(frames[0].keyframe && frames[0].data == IDR);
    assert_eq!((frames[1].track, frames[1].duration), (AUDIO, 1024));
    assert_eq!(frames[1].data[..], hex!("21 1b"));
    assert!(!frames[2].keyframe);
    assert_eq!((frames[2].dts, frames[2].pts), (40 * 90, 120 * 90));
}

#[test]
fn frames_are_slices_of_the_tag() {
    let mut demuxed = Demuxed::of(&[avc_header()]);
    let tag = video(0, &[AVC_KEY, IDR]);
    demuxed.push(&tag);
    assert_eq!(demuxed.frames()[0].data.as_ptr(), tag.payload[5..].as_ptr());
    let tag = audio(0, &[&hex!("af 00"), ASC]);
    demuxed.push(&tag);
    let tag = audio(0, &[&hex!("af 01 21 1b")]);
    demuxed.push(&tag);
    assert_eq!(demuxed.frames()[1].data.as_ptr(), tag.payload[2..].as_ptr());
}

#[test]
fn frames_before_the_sequence_header_are_counted() {
    let mut demuxed = Demuxed::of(&[
        video(0, &[AVC_INTER, SLICE]),
        audio(0, &[&hex!("af 01 21 1b")]),
        video(0, &[&hex!("91 61763031 12 00")]),
    ]);
    assert!(demuxed.events.is_empty());
    assert_eq!(demuxed.demuxer.counters().before_configuration, 3);
    demuxed.push(&avc_header());
    demuxed.push(&video(40, &[AVC_KEY, IDR]));
    assert_eq!(demuxed.frames().len(), 1);
}

#[test]
fn repeated_sequence_headers_are_no_event() {
    let mut demuxed = Demuxed::of(&[avc_header(), avc_header(), audio(0, &[&hex!("af 00"), ASC])]);
    demuxed.push(&audio(0, &[&hex!("af 00"), ASC]));
    assert_eq!(demuxed.tracks().len(), 2);
    // Junk behind the configuration may differ each time.
    for junk in [&hex!("56e500")[..], &hex!("0000"), &hex!("ff")] {
        demuxed.push(&audio(0, &[&hex!("af 00"), ASC, junk]));
    }
    assert_eq!(demuxed.tracks().len(), 2);
    demuxed.push(&video(0, &[AVC_HEADER, AVCC_FULL_HD]));
    demuxed.push(&audio(0, &[&hex!("af 00 1210")]));
    let tracks = demuxed.tracks();
    assert_eq!(tracks.len(), 4);
    assert_eq!(tracks[2].1.codec.dimensions(), Some((1920, 1080)));
    assert!(!tracks[2].0 && !tracks[3].0, "changed, not new");
    assert_eq!(tracks[3].1.clock_rate.get(), 44_100);
}

#[test]
fn aac_configurations_of_two_to_five_bytes_with_junk() {
    for (asc, rate) in [
        (&hex!("1190")[..], 48_000),
        (&hex!("1190 56e500"), 48_000),
        (&hex!("2b118800"), 48_000),
        (&hex!("1210 0000 ffff ffff"), 44_100),
    ] {
        let demuxed = Demuxed::of(&[
            audio(0, &[&hex!("af 00"), asc]),
            audio(0, &[&hex!("af 01 21")]),
        ]);
        assert_eq!(demuxed.tracks()[0].1.clock_rate.get(), rate);
        let samples = if asc[0] == 0x2b { 2048 } else { 1024 };
        assert_eq!(
            demuxed.frames()[0].duration,
            samples,
            "SBR doubles the samples"
        );
    }
    let mut demuxed = Demuxed::new();
    assert!(
        demuxed
            .demuxer
            .push(&audio(0, &[&hex!("af 00 11")]))
            .is_err()
    );
    demuxed.push(&audio(0, &[&hex!("af 00")]));
    assert_eq!(demuxed.demuxer.counters().empty, 1);
    assert_eq!(demuxed.demuxer.counters().malformed, 1);
}

#[test]
fn aac_with_adts_headers() {
    // A frame of 3 bytes behind 7 of ADTS: low complexity, 48 kHz, stereo.
    let adts = hex!("fff14c80015ffc 211b02");
    let demuxed = Demuxed::of(&[audio(0, &[&hex!("af 01"), &adts])]);
    assert_eq!(demuxed.tracks()[0].1.codec.sample_rate(), Some(48_000));
    assert_eq!(demuxed.frames()[0].data[..], hex!("211b02"));
    assert_eq!(demuxed.demuxer.counters().adts, 1);
}

#[test]
fn annex_b_inside_an_avc_tag() {
    let mut demuxed = Demuxed::of(&[avc_header()]);
    demuxed.push(&video(
        0,
        &[AVC_KEY, &hex!("00000001 09f0 000001 658884 00")],
    ));
    assert_eq!(
        demuxed.frames()[0].data[..],
        hex!("00000002 09f0 00000003 658884")
    );
    assert!(demuxed.frames()[0].keyframe);
    assert_eq!(demuxed.demuxer.counters().annex_b, 1);
    // A unit of one byte has a length that looks like a start code: it is none.
    let units = [&hex!("00000001 0a")[..], IDR].concat();
    demuxed.push(&video(40, &[AVC_KEY, &units]));
    assert_eq!(demuxed.frames()[1].data, units);
    assert_eq!(demuxed.demuxer.counters().annex_b, 1);
}

#[test]
fn annex_b_in_the_sequence_header_or_nowhere() {
    let sps = &AVCC[8..33];
    let pps = &AVCC[36..40];
    let code: &[u8] = &hex!("00000001");
    let sets = [code, sps, code, pps].concat();
    let demuxed = Demuxed::of(&[
        video(0, &[AVC_HEADER, &sets]),
        video(0, &[AVC_KEY, code, &IDR[4..]]),
    ]);
    assert_eq!(demuxed.tracks()[0].1.codec.dimensions(), Some((320, 240)));
    assert_eq!(demuxed.frames()[0].data, IDR);
    // Without any sequence header, the sets in front of a keyframe make the track.
    let demuxed = Demuxed::of(&[video(0, &[AVC_KEY, &sets, code, &IDR[4..]])]);
    assert_eq!(demuxed.tracks()[0].1.codec.dimensions(), Some((320, 240)));
    assert!(demuxed.frames()[0].keyframe);
}

#[test]
fn parameter_sets_in_band_change_the_track() {
    let mut demuxed = Demuxed::of(&[avc_header(), video(0, &[AVC_KEY, IDR])]);
    let sps = &AVCC_FULL_HD[8..33];
    let with_sets = [&hex!("00000019")[..], sps, IDR].concat();
    demuxed.push(&video(40, &[AVC_KEY, &with_sets]));
    demuxed.push(&video(80, &[AVC_KEY, &with_sets]));
    let tracks = demuxed.tracks();
    assert_eq!(tracks.len(), 2, "said once");
    assert_eq!(tracks[1].1.codec.dimensions(), Some((1920, 1080)));
    let last = demuxed.events.iter().rev().take(3).collect::<Vec<_>>();
    assert!(
        matches!(last[2], DemuxEvent::TrackChanged(_)),
        "before its frame"
    );
    assert_eq!(demuxed.frames().len(), 3);
}

#[test]
fn lengths_of_one_two_and_three_bytes() {
    for (minus_one, sample) in [
        (0xfc, &hex!("02 09f0 03 658884")[..]),
        (0xfd, &hex!("0002 09f0 0003 658884")),
        (0xfe, &hex!("000002 09f0 000003 658884")),
    ] {
        let mut record = AVCC.to_vec();
        record[4] = minus_one;
        let demuxed = Demuxed::of(&[
            video(0, &[AVC_HEADER, &record]),
            video(0, &[AVC_KEY, sample]),
        ]);
        assert_eq!(
            demuxed.frames()[0].data[..],
            hex!("00000002 09f0 00000003 658884")
        );
        assert!(demuxed.frames()[0].keyframe);
    }
}

#[test]
fn a_cut_picture_keeps_its_whole_units() {
    let mut demuxed = Demuxed::of(&[avc_header()]);
    demuxed.push(&video(0, &[AVC_KEY, IDR, &hex!("000000ff 41")]));
    assert_eq!(demuxed.frames()[0].data, IDR);
    assert_eq!(demuxed.demuxer.counters().cut, 1);
    for nonsense in [
        &hex!("000000ff 41")[..],
        &hex!("0000"),
        &hex!("00000000"),
        &hex!("00000002 ffff"),
    ] {
        assert!(
            demuxed
                .demuxer
                .push(&video(40, &[AVC_KEY, nonsense]))
                .is_err()
        );
    }
    demuxed.push(&video(80, &[AVC_KEY, IDR]));
    assert_eq!(demuxed.frames().len(), 2, "and it goes on");
}

#[test]
fn empty_tags_are_passed_over() {
    let mut demuxed = Demuxed::of(&[avc_header(), audio(0, &[&hex!("af 00"), ASC])]);
    demuxed.push(&video(0, &[AVC_KEY]));
    demuxed.push(&video(0, &[]));
    demuxed.push(&audio(0, &[]));
    demuxed.push(&audio(0, &[&hex!("af 01")]));
    demuxed.push(&video(0, &[AVC_HEADER]));
    assert_eq!(demuxed.demuxer.counters().empty, 5);
    assert!(demuxed.frames().is_empty());
}

#[test]
fn sequence_ends_and_commands() {
    let demuxed = Demuxed::of(&[
        video(0, &[&hex!("17 02 000000")]),
        avc_header(),
        video(0, &[&hex!("17 02 000000")]),
        video(0, &[&hex!("57 00")]),
        video(0, &[&hex!("d0 01")]),
    ]);
    let expected = [
        &DemuxEvent::EndOfSequence(VIDEO),
        &DemuxEvent::Command(VideoCommand::START_SEEK),
        &DemuxEvent::Command(VideoCommand::END_SEEK),
    ];
    assert_eq!(
        demuxed.others(),
        expected,
        "an end before the beginning is none"
    );
}

#[test]
fn hevc_in_all_forms() {
    let forms: [(&[u8], &[u8]); 3] = [
        (&hex!("1c 00 000000"), &hex!("1c 01 000050")),
        (&hex!("90 68766331"), &hex!("91 68766331 000050")),
        (&hex!("90 68766331"), &hex!("93 68766331")),
    ];
    for (header, frame) in forms {
        let demuxed = Demuxed::of(&[video(0, &[header, HVCC]), video(40, &[frame, HEVC_IDR])]);
        assert_eq!(demuxed.tracks()[0].1.codec.name(), "H.265");
        let frames = demuxed.frames();
        let composition = if frame[0] == 0x93 { 0 } else { 80 };
        assert_eq!(
            (frames[0].dts, frames[0].pts),
            (3600, 3600 + composition * 90)
        );
        assert!(frames[0].keyframe && frames[0].data == HEVC_IDR);
        assert_eq!(demuxed.demuxer.counters().composition_time_mended, 0);
    }
}

#[test]
fn early_obs_composition_times_are_mended() {
    let header: &[u8] = &hex!("90 68766331");
    // CodedFrames without a composition time, CodedFramesX with one, and one before the record.
    let demuxed = Demuxed::of(&[
        video(0, &[header, &hex!("000000"), HVCC]),
        video(0, &[&hex!("91 68766331"), HEVC_IDR]),
        video(40, &[&hex!("93 68766331 000028"), HEVC_IDR]),
    ]);
    let frames = demuxed.frames();
    assert_eq!(frames.len(), 2);
    assert!(
        frames
            .iter()
            .all(|frame| frame.data == HEVC_IDR && frame.keyframe)
    );
    assert_eq!((frames[0].pts, frames[1].pts), (0, 80 * 90));
    assert_eq!(demuxed.demuxer.counters().composition_time_mended, 3);
}

#[test]
fn av1_in_both_forms_and_without_its_header() {
    for (header, frame) in [
        (&hex!("90 61763031")[..], &hex!("91 61763031")[..]),
        (&hex!("1d 00 000000"), &hex!("1d 01 000000")),
    ] {
        let demuxed = Demuxed::of(&[video(0, &[header, AV1C]), video(40, &[frame, AV1_KEY])]);
        assert_eq!(demuxed.tracks().len(), 1);
        assert_eq!(demuxed.tracks()[0].1.codec.dimensions(), Some((320, 180)));
        assert!(demuxed.frames()[0].keyframe && demuxed.frames()[0].data == AV1_KEY);
    }
    // An av1C without a sequence header, and none at all: the keyframe tells.
    for first in [
        video(0, &[&hex!("90 61763031 81004c00")]),
        video(0, &[&hex!("95 61763031 80")]),
    ] {
        let demuxed = Demuxed::of(&[first, video(40, &[&hex!("91 61763031"), AV1_KEY])]);
        assert_eq!(demuxed.tracks().len(), 1);
        assert_eq!(demuxed.tracks()[0].1.codec.dimensions(), Some((320, 180)));
    }
}

#[test]
fn vp8_and_vp9_tell_their_size_with_the_first_keyframe() {
    let in_a_box = [&hex!("01000000")[..], VPCC].concat();
    for record in [VPCC, &in_a_box] {
        let demuxed = Demuxed::of(&[
            video(0, &[&hex!("90 76703039"), record]),
            video(0, &[&hex!("91 76703039"), VP9_KEY]),
            video(40, &[&hex!("90 76703039"), record]),
        ]);
        assert_eq!(demuxed.tracks().len(), 1, "one track, complete");
        let CodecParameters::Vp9(vp9) = &demuxed.tracks()[0].1.codec else {
            panic!("VP9");
        };
        assert_eq!((vp9.level, vp9.size.is_some()), (0x15, true));
        assert!(demuxed.frames()[0].keyframe);
    }
    for tags in [
        vec![
            video(0, &[&hex!("90 76703038"), VPCC]),
            video(0, &[&hex!("91 76703038"), VP8_KEY]),
        ],
        vec![video(0, &[&hex!("91 76703038"), VP8_KEY])],
    ] {
        let demuxed = Demuxed::of(&tags);
        assert_eq!(demuxed.tracks()[0].1.codec.dimensions(), Some((320, 180)));
        assert_eq!(demuxed.frames()[0].data, VP8_KEY);
    }
}

#[test]
fn mp3_without_any_header() {
    // MPEG-1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes.
    let frame = [&hex!("fffb9000")[..], &[0; 413]].concat();
    let demuxed = Demuxed::of(&[
        audio(0, &[&[0x2f], &frame]),
        audio(26, &[&[0x2f], &frame, &frame]),
    ]);
    assert_eq!(demuxed.tracks().len(), 1);
    assert_eq!(demuxed.tracks()[0].1.codec.name(), "MP3");
    let frames = demuxed.frames();
    let times: Vec<_> = frames
        .iter()
        .map(|frame| (frame.dts, frame.duration))
        .collect();
    assert_eq!(
        times,
        [(0, 1152), (1152, 1152), (2304, 1152)],
        "two frames in one tag are two"
    );
    assert!(frames.iter().all(|one| one.data == frame));
    let mut demuxed = Demuxed::new();
    assert!(
        demuxed
            .demuxer
            .push(&audio(0, &[&[0x2f], b"ID3\x04"]))
            .is_err()
    );
    // At 8 kHz there is a format of its own: the frame's header tells the rate all the same.
    let low = [&hex!("ffe318c4")[..], &[0; 68]].concat();
    demuxed.push(&audio(0, &[&[0xe2], &low]));
    assert_eq!(demuxed.tracks()[0].1.clock_rate.get(), 8000);
    let demuxed = Demuxed::of(&[audio(0, &[&hex!("91 2e6d7033"), &frame])]);
    assert_eq!(demuxed.tracks()[0].1.codec.name(), "MP3");
}

#[test]
fn g711_and_linear_audio() {
    for (first, name) in [(0x72, "G.711 A-law"), (0x82, "G.711 mu-law")] {
        let demuxed = Demuxed::of(&[audio(0, &[&[first], &[0xd5; 160]])]);
        let track = &demuxed.tracks()[0].1;
        assert_eq!((track.codec.name(), track.clock_rate.get()), (name, 8000));
        assert_eq!(track.codec.channels(), Some(1));
        assert_eq!(demuxed.frames()[0].duration, 160);
    }
    // Little-endian samples become big-endian ones; half a sample at the end is left out.
    for first in [0x0f, 0x3f] {
        let demuxed = Demuxed::of(&[audio(0, &[&[first], &hex!("0102 0304 05")])]);
        assert_eq!(demuxed.tracks()[0].1.codec.name(), "L16");
        assert_eq!(demuxed.tracks()[0].1.clock_rate.get(), 44_100);
        assert_eq!(demuxed.frames()[0].data[..], hex!("0201 0403"));
        assert_eq!(demuxed.frames()[0].duration, 1);
    }
}

#[test]
fn opus_ac3_and_eac3() {
    let packet = [0xfc, 1, 2, 3];
    let demuxed = Demuxed::of(&[
        audio(0, &[&hex!("90 4f707573"), OPUS_HEAD]),
        audio(20, &[&hex!("91 4f707573"), &packet]),
        audio(40, &[&hex!("92 4f707573")]),
    ]);
    assert_eq!(demuxed.tracks()[0].1.codec.name(), "Opus");
    let frames = demuxed.frames();
    assert_eq!((frames[0].dts, frames[0].duration), (960, 960));
    assert_eq!(demuxed.others(), [&DemuxEvent::EndOfSequence(AUDIO)]);
    // The form of before Enhanced RTMP, and a stream without its header.
    for tags in [
        vec![
            audio(0, &[&[0xdf], OPUS_HEAD]),
            audio(20, &[&[0xdf], &packet]),
        ],
        vec![audio(20, &[&hex!("91 4f707573"), &packet])],
    ] {
        let demuxed = Demuxed::of(&tags);
        assert_eq!(demuxed.tracks()[0].1.codec.channels(), Some(2));
        assert_eq!(demuxed.frames()[0].data[..], packet);
    }
    let ac3 = hex!("0b77b50b1e40ebf8 00");
    let demuxed = Demuxed::of(&[audio(0, &[&hex!("91 61632d33"), &ac3])]);
    assert_eq!(demuxed.tracks()[0].1.codec.name(), "AC-3");
    assert_eq!(demuxed.frames()[0].duration, 1536);
    let eac3 = hex!("0b77017f3487c000 00");
    let demuxed = Demuxed::of(&[audio(0, &[&hex!("91 65632d33"), &eac3])]);
    assert_eq!(demuxed.tracks()[0].1.codec.name(), "E-AC-3");
    // A frame of E-AC-3 of another size tells another bit rate, which is no change of the track; two in
    // one packet last twice as long.
    let larger = hex!("0b7701ff3487c000");
    let two = [
        &hex!("91 65632d33")[..],
        &larger,
        &[0; 1016],
        &larger,
        &[0; 1016],
    ]
    .concat();
    let demuxed = Demuxed::of(&[audio(0, &[&hex!("91 65632d33"), &eac3]), audio(35, &[&two])]);
    assert_eq!(demuxed.tracks().len(), 1);
    let frames = demuxed.frames();
    assert_eq!(frames[1].duration, 2 * frames[0].duration);
    let mut demuxed = Demuxed::new();
    assert!(
        demuxed
            .demuxer
            .push(&audio(0, &[&hex!("91 61632d33"), &eac3]))
            .is_err()
    );
}

#[test]
fn codecs_that_are_not_known_are_said_once() {
    let mut demuxed = Demuxed::of(&[
        video(0, &[&hex!("22 00 84")]),
        video(40, &[&hex!("22 00 84")]),
        video(80, &[&hex!("90 76766331 01")]),
        audio(0, &[&hex!("b6 11 22")]),
        audio(20, &[&hex!("b6 11 22")]),
        audio(20, &[&hex!("91 664c6143 fff8")]),
    ]);
    let codecs: Vec<_> = demuxed
        .others()
        .iter()
        .map(|event| match event {
            DemuxEvent::Opaque(opaque) => (opaque.track, opaque.kind, opaque.codec),
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = [
        (VIDEO, MediaKind::Video, TagCodec::Video(VideoCodecId::H263)),
        (VIDEO, MediaKind::Video, TagCodec::FourCc(FourCc::VVC1)),
        (AUDIO, MediaKind::Audio, TagCodec::Audio(SoundFormat::SPEEX)),
        (AUDIO, MediaKind::Audio, TagCodec::FourCc(FourCc::FLAC)),
    ];
    assert_eq!(codecs, expected);
    demuxed.push(&avc_header());
    assert_eq!(demuxed.tracks().len(), 1, "and then one that is");
}

#[test]
fn the_codec_changes_in_mid_stream() {
    let frame = [&hex!("fffb9000")[..], &[0; 413]].concat();
    let demuxed = Demuxed::of(&[
        audio(0, &[&hex!("af 00"), ASC]),
        audio(0, &[&hex!("af 01 21")]),
        audio(1000, &[&[0x2f], &frame]),
        avc_header(),
        video(0, &[AVC_KEY, IDR]),
        video(1000, &[&hex!("90 68766331"), HVCC]),
        video(1000, &[&hex!("93 68766331"), HEVC_IDR]),
    ]);
    let names: Vec<_> = demuxed
        .tracks()
        .iter()
        .map(|(new, track)| (*new, track.codec.name()))
        .collect();
    assert_eq!(
        names,
        [
            (true, "AAC"),
            (false, "MP3"),
            (true, "H.264"),
            (false, "H.265")
        ]
    );
    let times: Vec<_> = demuxed
        .frames()
        .iter()
        .map(|frame| (frame.track, frame.dts))
        .collect();
    assert_eq!(
        times,
        [(AUDIO, 0), (AUDIO, 44_100), (VIDEO, 0), (VIDEO, 90_000)],
        "each in its clock"
    );
}

#[test]
fn several_tracks_in_one_tag() {
    let header = [
        &hex!("96 20 61766331 00 000028")[..],
        AVCC,
        b"hvc1",
        &hex!("01 00007e"),
        HVCC,
    ]
    .concat();
    let frames = [
        &hex!("a6 21 61766331 00 00000a 000000")[..],
        IDR,
        &hex!("68766331 01 00000b 000000"),
        HEVC_IDR,
    ]
    .concat();
    let sound = [&hex!("95 00 6d703461 01")[..], ASC].concat();
    let size = u32::try_from(HVCC.len()).unwrap().to_be_bytes();
    let mut header = header;
    let at = header.len() - HVCC.len() - 3;
    header[at..at + 3].copy_from_slice(&size[1..]);
    let size = u32::try_from(AVCC.len()).unwrap().to_be_bytes();
    header[7..10].copy_from_slice(&size[1..]);
    let demuxed = Demuxed::of(&[
        video(0, &[&header]),
        video(40, &[&frames]),
        audio(0, &[&sound]),
    ]);
    let ids: Vec<_> = demuxed
        .tracks()
        .iter()
        .map(|(_, track)| (track.id, track.codec.name()))
        .collect();
    assert_eq!(
        ids,
        [
            (TrackId(1), "H.264"),
            (TrackId(3), "H.265"),
            (TrackId(4), "AAC")
        ]
    );
    let frames: Vec<_> = demuxed
        .frames()
        .iter()
        .map(|frame| (frame.track, frame.dts))
        .collect();
    assert_eq!(frames, [(TrackId(1), 3600), (TrackId(3), 3600)]);
    assert_eq!(Demuxer::video_track_id(1), TrackId(3));
    assert_eq!(Demuxer::audio_track_id(255), TrackId(512));
}

#[test]
fn tracks_and_waiting_events_are_limited() {
    let mut demuxer = Demuxer::new(DemuxerConfig::default());
    let push = |demuxer: &mut Demuxer, index: u8| {
        demuxer.push(&audio(0, &[&hex!("95 00 6d703461"), &[index], ASC]))
    };
    for index in 0..16 {
        push(&mut demuxer, index).unwrap();
    }
    let error = push(&mut demuxer, 16).unwrap_err();
    assert!(
        matches!(error.kind, ParseErrorKind::Limit { limit: 16, .. }),
        "{error}"
    );
    let command = video(0, &[&hex!("57 00")]);
    let refused =
        (0..10_000).find_map(|count| demuxer.push(&command).err().map(|error| (count, error)));
    let (count, error) = refused.unwrap();
    assert!(
        matches!(error.kind, ParseErrorKind::Limit { limit: 4096, .. }),
        "{error}"
    );
    assert_eq!(count, 4096 - 16);
    while demuxer.poll_event().is_some() {}
    demuxer.push(&command).unwrap();
}

#[test]
fn keyframes_by_bitstream_and_by_flag() {
    let key = |demuxed: &Demuxed| demuxed.frames().last().unwrap().keyframe;
    // The flag counts until the bitstream shows a keyframe of its own ...
    let mut demuxed = Demuxed::of(&[avc_header(), video(0, &[AVC_KEY, SLICE])]);
    assert!(key(&demuxed));
    demuxed.push(&video(40, &[AVC_INTER, IDR]));
    assert!(key(&demuxed), "an IDR picture is one whatever the tag says");
    // ... and then no more, for some encoders flag pictures that are none.
    demuxed.push(&video(80, &[AVC_KEY, SLICE]));
    assert!(!key(&demuxed));
    // Periodic intra refresh: a recovery point after some frames, with the flag.
    let recovery = [&hex!("00000005 06 06 01 34 80")[..], SLICE].concat();
    demuxed.push(&video(120, &[AVC_KEY, &recovery]));
    assert!(key(&demuxed));
    demuxed.push(&video(160, &[AVC_INTER, &recovery]));
    assert!(!key(&demuxed));
}

#[test]
fn scripts() {
    let mut metadata = Object::new();
    metadata.insert("videodatarate", 2500.0);
    metadata.insert("audiodatarate", 128.0);
    metadata.insert("duration", 2.5);
    let script = |values: &[Value]| {
        let mut body = Vec::new();
        for value in values {
            value.encode(&mut body);
        }
        tag(TagType::Script, 0, &[&body])
    };
    let name = Value::from("onMetaData");
    let object = Value::from(metadata.clone());
    let cue = [Value::from("onCuePoint"), Value::Null];
    let demuxed = Demuxed::of(&[
        script(&[name.clone(), object.clone()]),
        script(&[Value::from("@setDataFrame"), name, object]),
        script(&cue),
        // FFmpeg's timecode data and other junk: passed over.
        tag(TagType::Script, 0, &[&hex!("00 01 02 03")]),
        tag(TagType::Script, 0, &[&hex!("ff")]),
        avc_header(),
        audio(0, &[&hex!("af 00"), ASC]),
    ]);
    let expected = [
        &DemuxEvent::Metadata(metadata.clone()),
        &DemuxEvent::Metadata(metadata),
        &DemuxEvent::Script(cue.to_vec()),
    ];
    assert_eq!(demuxed.others(), expected);
    assert_eq!(demuxed.demuxer.counters().malformed, 2);
    let tracks = demuxed.tracks();
    assert_eq!(
        (tracks[0].1.bit_rate, tracks[0].1.duration),
        (Some(2_500_000), Some(225_000))
    );
    assert_eq!(
        (tracks[1].1.bit_rate, tracks[1].1.duration),
        (Some(128_000), Some(120_000))
    );
}

#[test]
fn color_info_and_channels() {
    let info = ColorInfo::new(10, 9, 16, 9);
    let demuxed = Demuxed::of(&[
        video(0, &[&hex!("d4 68766331"), &info.to_bytes()]),
        audio(0, &[&hex!("94 4f707573 01 06 0000003f")]),
    ]);
    let DemuxEvent::Multichannel(track, config) = demuxed.others()[1] else {
        panic!("channels");
    };
    assert_eq!(demuxed.others()[0], &DemuxEvent::ColorInfo(VIDEO, info));
    assert_eq!((*track, config.channel_count), (AUDIO, 6));
    assert_eq!(config.order, ChannelOrder::Native(0x3f));
}

fn times(tags: &[Tag]) -> Vec<(i64, i64)> {
    let frames = Demuxed::of(tags).frames();
    frames.iter().map(|frame| (frame.dts, frame.pts)).collect()
}

fn picture(timestamp: u32, composition_time_ms: i32) -> Tag {
    let [_, a, b, c] = composition_time_ms.to_be_bytes();
    video(timestamp, &[&[0x27, 1, a, b, c], SLICE])
}

#[test]
fn timestamps_wrap() {
    let near = u32::MAX - 39;
    let first = i64::from(near) * 90;
    let tags = [
        avc_header(),
        picture(near, 0),
        picture(0, 0),
        picture(40, 0),
    ];
    assert_eq!(
        times(&tags),
        [
            (first, first),
            (first + 3600, first + 3600),
            (first + 7200, first + 7200)
        ]
    );
}

#[test]
fn decoding_times_rise_and_small_steps_back_do_not_break_them() {
    let tags = [
        avc_header(),
        picture(1000, 0),
        picture(1000, 0),
        picture(990, 0),
        picture(1040, 0),
    ];
    assert_eq!(
        times(&tags),
        [
            (90_000, 90_000),
            (90_001, 90_001),
            (90_002, 90_002),
            (93_600, 93_600)
        ]
    );
}

#[test]
fn a_stream_that_begins_anew_goes_on() {
    let sound = |timestamp| audio(timestamp, &[&hex!("af 01 21")]);
    let demuxed = Demuxed::of(&[
        avc_header(),
        audio(0, &[&hex!("af 00"), ASC]),
        picture(60_000, 0),
        sound(60_010),
        picture(0, 0),
        sound(10),
        picture(40, 0),
    ]);
    let pictures: Vec<_> = demuxed
        .frames()
        .iter()
        .filter(|frame| frame.track == VIDEO)
        .map(|frame| frame.dts / 90)
        .collect();
    let sounds: Vec<_> = demuxed
        .frames()
        .iter()
        .filter(|frame| frame.track == AUDIO)
        .map(|frame| frame.dts / 48)
        .collect();
    assert_eq!(pictures, [60_000, 60_010, 60_050]);
    assert_eq!(
        sounds,
        [60_010, 60_020],
        "sound goes on in step with the pictures"
    );
    assert_eq!(demuxed.demuxer.counters().discontinuities, 1);
}

#[test]
fn negative_composition_times_move_decoding_times_back() {
    // Presentation 0, 120, 40, 80 ms, and no delay put before by the encoder.
    let tags = [
        avc_header(),
        picture(0, 0),
        picture(40, 80),
        picture(80, -40),
        picture(120, -40),
        picture(160, 80),
    ];
    let times = times(&tags);
    let expected_pts = [0, 120 * 90, 3600 + 1, 80 * 90, 240 * 90];
    for (index, (dts, pts)) in times.iter().enumerate() {
        assert!(dts <= pts);
        assert_eq!(
            *pts, expected_pts[index],
            "within one tick at the first one"
        );
    }
    assert!(times.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(times[4].0, 120 * 90, "40 ms back for good");
    // A composition time that cannot be is none.
    let odd = [
        avc_header(),
        picture(0, 0),
        picture(40, -0x80_0000),
        picture(80, 0),
    ];
    assert_eq!(self::times(&odd)[2], (7200, 7200));
}

#[test]
fn nanoseconds_are_added() {
    let demuxed = Demuxed::of(&[
        video(0, &[&hex!("90 61763031"), AV1C]),
        // 33 ms and 366,667 ns: 3003 ticks.
        video(33, &[&hex!("97 02 05984b 01 61763031"), AV1_KEY]),
        audio(0, &[&hex!("90 4f707573"), OPUS_HEAD]),
        audio(5, &[&hex!("97 02 07a120 01 4f707573 fc 01")]),
    ]);
    let times: Vec<_> = demuxed.frames().iter().map(|frame| frame.pts).collect();
    assert_eq!(times, [3003, 264]);
}

/// Audio frames of 1024 samples with their times as given.
fn sound_times(asc: &[u8], milliseconds: &[u32]) -> Vec<i64> {
    let mut tags = vec![audio(0, &[&hex!("af 00"), asc])];
    tags.extend(
        milliseconds
            .iter()
            .map(|time| audio(*time, &[&hex!("af 01 21")])),
    );
    Demuxed::of(&tags)
        .frames()
        .iter()
        .map(|frame| frame.dts)
        .collect()
}

#[test]
fn audio_counts_samples() {
    let rounded: Vec<_> = (0..100_000u32).map(|index| index * 10_240 / 441).collect();
    let times = sound_times(&hex!("1210"), &rounded);
    assert!(
        times
            .iter()
            .zip(0..)
            .all(|(time, index)| *time == index * 1024),
        "no jitter, no drift"
    );
    // Off by up to 3 ms still counts, 4 ms is a gap.
    assert_eq!(sound_times(ASC, &[0, 24, 45]), [0, 1024, 2048]);
    assert_eq!(sound_times(ASC, &[0, 26, 47]), [0, 1248, 2272]);
    // A step back of more than that re-anchors as well, but times rise.
    assert_eq!(sound_times(ASC, &[0, 21, 30, 51]), [0, 1024, 1440, 2464]);
    // Several frames of one capture buffer come with one time.
    assert_eq!(
        sound_times(ASC, &[100, 100, 100, 164]),
        [4800, 5824, 6848, 7872]
    );
}

fn any_tag() -> impl Strategy<Value = Tag> {
    let start = prop::sample::select(vec![
        [AVC_HEADER, AVCC].concat(),
        [&hex!("90 68766331")[..], HVCC].concat(),
        [&hex!("90 61763031")[..], AV1C].concat(),
        [AVC_KEY, IDR].concat(),
        [&hex!("91 68766331 000050")[..], HEVC_IDR].concat(),
        [&hex!("96 00 76703039 01")[..], VP9_KEY].concat(),
        [&hex!("af 00")[..], ASC].concat(),
        hex!("af 01 21 1b").to_vec(),
        [&hex!("90 4f707573")[..], OPUS_HEAD].concat(),
        hex!("97 02 07a120 01 4f707573 fc 01").to_vec(),
        hex!("2f fffb9000 0000").to_vec(),
        hex!("02 000a 6f6e4d65746144617461 03 000009").to_vec(),
    ]);
    let change = (any::<prop::sample::Index>(), any::<u8>(), any::<u8>());
    let changes = prop::collection::vec(change, 0..3);
    let kind = prop::sample::select(vec![TagType::Audio, TagType::Video, TagType::Script]);
    (start, changes, kind, any::<u32>(), 0usize..8).prop_map(
        |(mut body, changes, kind, time, cut)| {
            for (at, value, how) in changes {
                let at = at.index(body.len());
                match how % 4 {
                    0 => body[at] = value,
                    1 => body.insert(at, value),
                    2 => {
                        body.remove(at);
                    }
                    _ => {}
                }
                if body.is_empty() {
                    break;
                }
            }
            body.truncate(body.len().saturating_sub(cut.saturating_sub(4)));
            Tag::new(kind, time, Bytes::from(body))
        },
    )
}

proptest! {
    #[test]
    fn whatever_comes_frames_are_in_order(tags in prop::collection::vec(any_tag(), 0..60)) {
        let mut demuxed = Demuxed::new();
        for tag in &tags {
            let _ = demuxed.demuxer.push(tag);
            demuxed.poll();
        }
        let mut rates = std::collections::BTreeMap::new();
        let mut last = std::collections::BTreeMap::new();
        for event in &demuxed.events {
            match event {
                DemuxEvent::Track(track) => {
                    prop_assert_eq!(rates.insert(track.id, track.clock_rate), None);
                }
                DemuxEvent::TrackChanged(track) => {
                    let rate = rates.insert(track.id, track.clock_rate);
                    last.retain(|id, _| *id != track.id || rate == Some(track.clock_rate));
                }
                DemuxEvent::Frame(frame) => {
                    prop_assert!(rates.contains_key(&frame.track), "a track comes before its frames");
                    prop_assert!(frame.dts <= frame.pts);
                    prop_assert!(!frame.data.is_empty());
                    if let Some(before) = last.insert(frame.track, frame.dts) {
                        prop_assert!(before < frame.dts);
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn every_cut_of_real_tags_is_survived(at in 0usize..200) {
        let mut demuxed = Demuxed::new();
        for body in [
            [AVC_HEADER, AVCC].concat(),
            [AVC_KEY, IDR].concat(),
            [&hex!("90 68766331")[..], HVCC].concat(),
            [&hex!("a7 02 00007b 06 01 68766331 04 000028")[..], HEVC_IDR].concat(),
            [&hex!("91 61763031")[..], AV1_KEY].concat(),
        ] {
            let cut = &body[..at.min(body.len())];
            let _ = demuxed.demuxer.push(&video(0, &[cut]));
            let _ = demuxed.demuxer.push(&audio(0, &[cut]));
            demuxed.poll();
        }
    }
}
