//! Files as session descriptions and as RTP payloads.
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

use castline_codec::{TrackId, nal_units};
use castline_mp4_hint::{
    FrameReader, FrameReaderConfig, MediaPacket, RtpFault, RtpSourceConfig, rtp_tracks, sdp,
};
use castline_rtp_rtcp::payload::PacketizationMode;
use castline_sdp::{Origin, SessionDescription};
use common::rtp::{open, packets, source};

/// The 1024 samples of AAC priming that the fixtures begin with, at 44.1 kHz, in ticks of 90 kHz.
const LEAD_90_KHZ: i64 = 2090;

fn payload_bytes(packet: &MediaPacket) -> Vec<u8> {
    packet.payload.segments().flatten().copied().collect()
}

/// The NAL units of H.264 packets (RFC 6184): single, STAP-A, FU-A.
fn h264_units(packets: &[&MediaPacket]) -> Vec<Vec<u8>> {
    let mut units: Vec<Vec<u8>> = Vec::new();
    for packet in packets {
        let bytes = payload_bytes(packet);
        match bytes[0] & 31 {
            24 => {
                let mut rest = &bytes[1..];
                while !rest.is_empty() {
                    let len = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
                    units.push(rest[2..2 + len].to_vec());
                    rest = &rest[2 + len..];
                }
            }
            28 => {
                if bytes[1] & 0x80 != 0 {
                    units.push(vec![bytes[0] & 0xe0 | bytes[1] & 31]);
                }
                units.last_mut().unwrap().extend(&bytes[2..]);
            }
            _ => units.push(bytes),
        }
    }
    units
}

#[test]
fn a_description_for_describe() {
    let (_, movie) = open(include_bytes!("data/faststart.mp4").as_slice());
    let origin = Origin::new(1, 1);
    let built = sdp(&movie, &origin, PacketizationMode::NonInterleaved)
        .name("film")
        .build()
        .unwrap();
    let text = built.to_string();
    for line in [
        "c=IN IP4 0.0.0.0",
        "a=control:*",
        "m=video 0 RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        "a=control:trackID=1",
        "a=framerate:25",
        "m=audio 0 RTP/AVP 97",
        "a=rtpmap:97 mpeg4-generic/44100/1",
        "a=control:trackID=2",
        "s=film",
    ] {
        let found = text.lines().any(|found| found.eq_ignore_ascii_case(line));
        assert!(found, "{line} is not in\n{text}");
    }
    assert!(text.contains("a=range:npt=0.000-0.424"), "{text}");
    assert!(text.contains("b=AS:"), "{text}");
    SessionDescription::parse(text.as_bytes()).unwrap();
}

#[test]
fn every_fixture_is_described_and_sent() {
    for file in [
        &include_bytes!("data/moovend.mp4")[..],
        include_bytes!("data/frag.mp4"),
        include_bytes!("data/hinted.mp4"),
        include_bytes!("data/bframes.mov"),
        include_bytes!("data/hevc.mp4"),
        include_bytes!("data/av1_opus.mp4"),
        include_bytes!("data/vp9_ac3.mp4"),
        include_bytes!("data/h264_mp3.mp4"),
        include_bytes!("data/sowt.mov"),
        include_bytes!("data/ulaw.mov"),
    ] {
        let (file, movie) = open(file);
        let tracks = rtp_tracks(&movie);
        assert_eq!(tracks.len(), movie.tracks().len());
        let origin = Origin::new(1, 1);
        let built = sdp(&movie, &origin, PacketizationMode::NonInterleaved)
            .build()
            .unwrap();
        assert_eq!(built.media().count(), tracks.len());
        let mut source = source(&file, &movie, &RtpSourceConfig::default());
        let packets = packets(&mut source, &file);
        assert_eq!(source.poll_fault(), None);
        for track in &tracks {
            let mut reader = FrameReader::new(
                Arc::clone(&movie),
                &[track.track],
                None,
                FrameReaderConfig::default(),
            );
            let frames = common::frames(&mut reader, &file);
            let begun = packets
                .iter()
                .filter(|packet| packet.begins_frame && packet.track == track.track);
            assert_eq!(begun.count(), frames.len());
        }
    }
}

#[test]
fn h264_arrives_as_it_was_in_the_file() {
    for max_payload_len in [None, Some(100)] {
        let (file, movie) = open(include_bytes!("data/bframes.mp4").as_slice());
        let mut config = RtpSourceConfig::default();
        config.max_payload_len = max_payload_len;
        config.parameter_sets_out_of_band = true;
        let mut source = source(&file, &movie, &config);
        let packets = packets(&mut source, &file);
        let video = movie.tracks()[0].media.id;
        let of_video: Vec<&MediaPacket> = packets
            .iter()
            .filter(|packet| packet.track == video)
            .collect();
        assert!(
            of_video
                .iter()
                .all(|packet| packet.payload.len() <= max_payload_len.unwrap_or(1400))
        );
        let mut reader = FrameReader::new(
            Arc::clone(&movie),
            &[video],
            None,
            FrameReaderConfig::default(),
        );
        let frames = common::frames(&mut reader, &file);
        let units: Vec<Vec<u8>> = frames
            .iter()
            .flat_map(|frame| {
                nal_units(&frame.data)
                    .map(|unit| unit.unwrap().to_vec())
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(h264_units(&of_video), units);
        let stamps: Vec<i64> = of_video
            .iter()
            .filter(|packet| packet.begins_frame)
            .map(|packet| packet.payload.timestamp)
            .collect();
        let expected: Vec<i64> = frames
            .iter()
            .map(|frame| frame.pts * 90_000 / 12_800 + LEAD_90_KHZ)
            .collect();
        assert_eq!(stamps, expected);
    }
}

#[test]
fn times_map_both_ways_and_packets_are_due_in_order() {
    let (file, movie) = open(include_bytes!("data/faststart.mp4").as_slice());
    let mut source = source(&file, &movie, &RtpSourceConfig::default());
    let (video, audio) = (movie.tracks()[0].media.id, movie.tracks()[1].media.id);
    let start = source.seek(Duration::from_millis(250));
    assert_eq!(start, Duration::from_millis(200) + movie.lead());
    assert_eq!(source.rtp_time(video, start), Some(18_000 + LEAD_90_KHZ));
    assert_eq!(source.rtp_time(audio, start), Some(8820 + 1024));
    assert_eq!(source.npt(audio, 8820 + 1024), Some(start));
    assert_eq!(source.npt(video, 18_000), Some(Duration::from_millis(200)));
    assert_eq!(source.npt(audio, -1024), Some(Duration::ZERO));
    assert_eq!(source.npt(TrackId(99), 0), None);
    assert_eq!(source.rtp_time(TrackId(99), start), None);
    let next = source.next_due().unwrap();
    let packets = packets(&mut source, &file);
    assert_eq!(packets[0].due, next);
    assert!(packets.iter().map(|packet| packet.due).is_sorted());
    let first = packets.iter().find(|packet| packet.track == video).unwrap();
    let expected = (18_000 + LEAD_90_KHZ, true);
    assert_eq!((first.payload.timestamp, first.is_keyframe), expected);
    let first = packets.iter().find(|packet| packet.track == audio).unwrap();
    assert!((8820..=8820 + 1024).contains(&first.payload.timestamp));
}

#[test]
fn a_seek_in_the_middle_of_a_frame_forgets_it() {
    let (file, movie) = open(include_bytes!("data/faststart.mp4").as_slice());
    let mut config = RtpSourceConfig::default();
    config.max_payload_len = Some(64);
    let mut source = source(&file, &movie, &config);
    let whole = packets(&mut source, &file);
    source.seek(Duration::ZERO);
    while let Some(read) = source.poll_read() {
        source.handle_input(read.offset, common::range(&file, read.offset, read.len));
    }
    for expected in &whole[..7] {
        assert_eq!(source.poll_packet().as_ref(), Some(expected));
    }
    source.seek(Duration::ZERO);
    assert_eq!(packets(&mut source, &file), whole);
}

#[test]
fn frames_that_cannot_be_sent_are_faults() {
    let (file, movie) = open(include_bytes!("data/faststart.mp4").as_slice());
    let mut config = RtpSourceConfig::default();
    config.max_payload_len = Some(100);
    config.packetization_mode = PacketizationMode::SingleNal;
    let mut source = source(&file, &movie, &config);
    let sent = packets(&mut source, &file).len();
    assert!(sent > 10);
    assert!(matches!(
        source.poll_fault(),
        Some(RtpFault::Frame { pts: 0, .. })
    ));
}
