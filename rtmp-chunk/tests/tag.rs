//! Tag headers through the public API: byte vectors, round trips, every cut.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::{ParseErrorKind, Tag, TagType, tag::*};
use hex_literal::hex;
use proptest::prelude::*;
use smallvec::smallvec;

fn video(body: &[u8]) -> (VideoTagHeader, Bytes) {
    let body = Bytes::copy_from_slice(body);
    let (header, rest) = VideoTagHeader::parse(&body).unwrap();
    assert_eq!(
        joined(&header.to_tag(0, rest.clone())),
        body,
        "byte for byte"
    );
    assert_eq!(header.encoded_len() + rest.len(), body.len());
    (header, rest)
}

fn audio(body: &[u8]) -> (AudioTagHeader, Bytes) {
    let body = Bytes::copy_from_slice(body);
    let (header, rest) = AudioTagHeader::parse(&body).unwrap();
    assert_eq!(
        joined(&header.to_tag(0, rest.clone())),
        body,
        "byte for byte"
    );
    assert_eq!(header.encoded_len() + rest.len(), body.len());
    (header, rest)
}

fn joined(tag: &Tag) -> Bytes {
    let mut body = BytesMut::from(&*tag.header);
    body.extend_from_slice(&tag.payload);
    body.freeze()
}

fn enhanced_video(body: &[u8]) -> (EnhancedVideoHeader, Bytes) {
    match video(body) {
        (VideoTagHeader::Enhanced(header), rest) => (header, rest),
        (VideoTagHeader::Legacy(header), _) => panic!("{header:?}"),
    }
}

fn enhanced_audio(body: &[u8]) -> (EnhancedAudioHeader, Bytes) {
    match audio(body) {
        (AudioTagHeader::Enhanced(header), rest) => (header, rest),
        (AudioTagHeader::Legacy(header), _) => panic!("{header:?}"),
    }
}

fn facts(tag_type: TagType, body: &[u8]) -> TagFacts {
    classify(&Tag::new(tag_type, 0, Bytes::copy_from_slice(body)))
}

#[test]
fn every_legacy_video_codec() {
    for codec in 0..=15u8 {
        let body = [0x20 | codec, 1, 0xff, 0xff, 0xd8, 0xaa];
        let (VideoTagHeader::Legacy(header), rest) = video(&body) else {
            panic!("codec {codec} is legacy");
        };
        assert_eq!(header.frame_type, FrameType::INTER);
        assert_eq!(header.codec, VideoCodecId(codec));
        if matches!(codec, 7 | 12 | 13 | 14) {
            let avc = header.avc.unwrap();
            assert_eq!(avc.packet_type, AvcPacketType::NALU);
            assert_eq!(avc.composition_time_ms, -40, "24 bits with sign");
            assert_eq!(rest[..], [0xaa]);
        } else {
            assert_eq!(header.avc, None);
            assert_eq!(rest.len(), 5);
        }
    }
}

#[test]
fn legacy_frame_types_and_commands() {
    for (body, frame_type, is_keyframe) in [
        (hex!("17 01 000000 65"), FrameType::KEY, true),
        (hex!("47 01 000000 65"), FrameType::GENERATED_KEY, true),
        (hex!("32 00 000000 65"), FrameType::DISPOSABLE_INTER, false),
    ] {
        assert_eq!(video(&body).0.frame_type(), frame_type);
        let facts = facts(TagType::Video, &body);
        assert_eq!((facts.is_frame, facts.is_keyframe), (true, is_keyframe));
        assert_eq!(
            facts.is_disposable,
            frame_type == FrameType::DISPOSABLE_INTER
        );
    }
    // A command in both forms that are seen: with and without what AVC has in its header.
    for body in [&hex!("57 00")[..], &hex!("57 00 000000 01"), &hex!("52 01")] {
        let (header, rest) = video(body);
        assert_eq!(header.frame_type(), FrameType::COMMAND);
        assert_eq!(rest.len(), 1);
        let facts = facts(TagType::Video, body);
        assert!(facts.is_command && !facts.is_frame && !facts.is_sequence_header);
    }
}

#[test]
fn every_legacy_sound_format() {
    for format in (0..=15u8).filter(|format| *format != 9) {
        let (AudioTagHeader::Legacy(header), rest) = audio(&[format << 4 | 0b1011, 1, 2]) else {
            panic!("format {format} is legacy");
        };
        assert_eq!(header.format, SoundFormat(format));
        assert_eq!(
            (header.rate, header.sixteen_bits, header.stereo),
            (2, true, true)
        );
        let aac = (format == 10).then_some(AacPacketType::RAW);
        assert_eq!(header.aac_packet_type, aac);
        assert_eq!(rest.len(), if format == 10 { 1 } else { 2 });
    }
}

#[test]
fn legacy_sound_rates() {
    let rate = |first: u8| match audio(&[first, 0]).0 {
        AudioTagHeader::Legacy(header) => (header.sample_rate(), header.channels()),
        AudioTagHeader::Enhanced(header) => panic!("{header:?}"),
    };
    assert_eq!(rate(0x22), (5_512, 1));
    assert_eq!(rate(0x27), (11_025, 2));
    assert_eq!(rate(0x2b), (22_050, 2));
    assert_eq!(rate(0x2e), (44_100, 1));
    assert_eq!(rate(0x4f), (16_000, 1), "Nellymoser 16 kHz is mono");
    assert_eq!(rate(0x5f), (8_000, 1), "Nellymoser 8 kHz is mono");
    assert_eq!(rate(0x7e), (8_000, 1), "G.711 ignores the rate bits");
    assert_eq!(rate(0x8f), (8_000, 2));
    assert_eq!(rate(0xbf), (16_000, 1), "Speex");
    assert_eq!(rate(0xef), (8_000, 2), "MP3 at 8 kHz");
    for (hertz, bits) in [
        (8_000, 0),
        (11_025, 1),
        (12_000, 1),
        (22_050, 2),
        (24_000, 2),
        (32_000, 3),
        (48_000, 3),
    ] {
        assert_eq!(
            LegacyAudioHeader::new(SoundFormat::MP3, hertz, true).rate,
            bits,
            "{hertz}"
        );
    }
}

#[test]
fn enhanced_version_1_packets() {
    let (header, rest) = enhanced_video(&hex!("90 68766331 01 02 03"));
    assert_eq!(
        header,
        EnhancedVideoHeader::new(
            FrameType::KEY,
            VideoPacketType::SEQUENCE_START,
            FourCc::HVC1
        )
    );
    assert_eq!(rest[..], [1, 2, 3]);

    let (header, rest) = enhanced_video(&hex!("a1 68766331 000028 aa"));
    assert_eq!(header.packet_type, VideoPacketType::CODED_FRAMES);
    let expected = VideoContent::Tracks {
        layout: TrackLayout::Single(FourCc::HVC1),
        composition_time_ms: 40,
    };
    assert_eq!(header.content, expected);
    assert_eq!(rest[..], [0xaa]);

    // No composition time in CodedFramesX, nor in codecs that do not reorder.
    assert_eq!(enhanced_video(&hex!("a3 68766331 000028 aa")).1.len(), 4);
    assert_eq!(enhanced_video(&hex!("91 61763031 000028 aa")).1.len(), 4);
    assert_eq!(enhanced_video(&hex!("91 76703039 000028 aa")).1.len(), 4);

    let (header, rest) = enhanced_video(&hex!("92 61766331"));
    assert_eq!(
        (header.packet_type, rest.len()),
        (VideoPacketType::SEQUENCE_END, 0)
    );
    let (header, _) = enhanced_video(&hex!("95 61763031 0102"));
    assert_eq!(header.packet_type, VideoPacketType::MPEG2_TS_SEQUENCE_START);
    let (header, _) = enhanced_video(&hex!("9f 61763031 0102"));
    assert_eq!(
        header.packet_type,
        VideoPacketType(15),
        "a type that is not defined is kept"
    );
}

#[test]
fn enhanced_commands_have_no_codec() {
    let (header, rest) = enhanced_video(&hex!("d0 01"));
    assert_eq!(
        header.content,
        VideoContent::Command(VideoCommand::END_SEEK)
    );
    assert!(rest.is_empty());
    assert_eq!(header, EnhancedVideoHeader::command(VideoCommand::END_SEEK));
    assert!(header.tracks(rest).is_none());
    // Tracks with the frame type of a command could not be told from one: written as inter pictures.
    let odd = EnhancedVideoHeader::new(
        FrameType::COMMAND,
        VideoPacketType::CODED_FRAMES,
        FourCc::AV01,
    );
    let tag = VideoTagHeader::Enhanced(odd).to_tag(0, Bytes::new());
    assert_eq!(tag.header[..], hex!("a1 61763031"));
    // The frame type means nothing in metadata.
    let (header, _) = enhanced_video(&hex!("d4 68766331 00"));
    assert_eq!(header.packet_type, VideoPacketType::METADATA);
}

#[test]
fn enhanced_audio_packets() {
    for (four_cc, name) in [
        (FourCc::OPUS, b"Opus"),
        (FourCc::FLAC, b"fLaC"),
        (FourCc::AC_3, b"ac-3"),
        (FourCc::EC_3, b"ec-3"),
        (FourCc::MP3, b".mp3"),
        (FourCc::MP4A, b"mp4a"),
    ] {
        for packet_type in [0, 1, 2, 4, 15] {
            let body = [&[0x90 | packet_type][..], name, &[7, 8]].concat();
            let (header, rest) = enhanced_audio(&body);
            assert_eq!(
                header,
                EnhancedAudioHeader::new(AudioPacketType(packet_type), four_cc)
            );
            assert_eq!(rest[..], [7, 8]);
        }
    }
}

#[test]
fn multitrack_of_one_track() {
    let (header, rest) = enhanced_video(&hex!("a6 01 68766331 03 fffff6 aabb"));
    let layout = TrackLayout::OneTrack {
        four_cc: FourCc::HVC1,
        track_index: 3,
    };
    let content = VideoContent::Tracks {
        layout,
        composition_time_ms: -10,
    };
    assert_eq!(
        (header.packet_type, header.content),
        (VideoPacketType::CODED_FRAMES, content)
    );
    let tracks: Vec<_> = header.tracks(rest).unwrap().map(Result::unwrap).collect();
    let data = Bytes::from_static(&hex!("aabb"));
    assert_eq!(
        tracks,
        [TrackData::new(3, FourCc::HVC1, data).with_composition_time_ms(-10)]
    );

    let (header, rest) = enhanced_audio(&hex!("95 00 6d703461 01 1190"));
    let tracks: Vec<_> = header.tracks(rest).map(Result::unwrap).collect();
    assert_eq!(
        tracks,
        [TrackData::new(
            1,
            FourCc::MP4A,
            Bytes::from_static(&hex!("1190"))
        )]
    );
}

#[test]
fn multitrack_of_many_tracks() {
    let body = hex!("96 11 61766331 00 000005 000028 aabb 01 000003 ffffff 02 000004 000000 cc");
    let (header, rest) = enhanced_video(&body);
    let tracks: Vec<_> = header.tracks(rest).unwrap().map(Result::unwrap).collect();
    let track = |index, time, data: &'static [u8]| {
        TrackData::new(index, FourCc::AVC1, Bytes::from_static(data)).with_composition_time_ms(time)
    };
    let expected = [
        track(0, 40, &hex!("aabb")),
        track(1, -1, b""),
        track(2, 0, &hex!("cc")),
    ];
    assert_eq!(tracks, expected);
    assert_eq!(joined(&header.to_tag(7, &tracks))[..], body);
}

#[test]
fn multitrack_of_many_codecs() {
    let body = hex!("96 21 61763031 00 000002 aabb 68766331 01 000004 000001 cc");
    let (header, rest) = enhanced_video(&body);
    let tracks: Vec<_> = header.tracks(rest).unwrap().map(Result::unwrap).collect();
    assert_eq!(
        tracks[0],
        TrackData::new(0, FourCc::AV01, Bytes::from_static(&hex!("aabb")))
    );
    let second = TrackData::new(1, FourCc::HVC1, Bytes::from_static(&hex!("cc")));
    assert_eq!(tracks[1], second.with_composition_time_ms(1));
    assert_eq!(joined(&header.to_tag(7, &tracks))[..], body);

    let body = hex!("95 21 4f707573 00 000002 aabb 6d703461 05 000001 cc");
    let (header, rest) = enhanced_audio(&body);
    let tracks: Vec<_> = header.tracks(rest).map(Result::unwrap).collect();
    assert_eq!(
        (tracks[0].four_cc, tracks[1].four_cc),
        (FourCc::OPUS, FourCc::MP4A)
    );
    assert_eq!((tracks[1].track_index, tracks.len()), (5, 2));
    assert_eq!(joined(&header.to_tag(7, &tracks))[..], body);
}

#[test]
fn multitrack_nonsense_is_refused() {
    let expected = |body: &'static [u8]| {
        let error = VideoTagHeader::parse(&Bytes::from_static(body)).unwrap_err();
        assert!(matches!(error.kind, ParseErrorKind::Expected(_)), "{error}");
        assert_eq!(error.offset, 1);
    };
    expected(&hex!("96 06 61766331 00"));
    expected(&hex!("96 07 61766331 00"));
    expected(&hex!("96 31 61766331 00"));
    // A size that lies is an error, and the end.
    let (header, rest) = enhanced_video(&hex!("96 11 61766331 00 0000ff 000028 aabb"));
    let mut tracks = header.tracks(rest).unwrap();
    assert!(tracks.next().unwrap().is_err());
    assert!(tracks.next().is_none());
    // So is a track without room for its composition time, and no track at all.
    for body in [
        &hex!("96 11 61766331 00 000002 0000")[..],
        &hex!("96 11 61766331"),
    ] {
        let (header, rest) = enhanced_video(body);
        assert!(header.tracks(rest).unwrap().next().unwrap().is_err());
    }
}

#[test]
fn tracks_per_tag_are_limited() {
    let track = |count: usize| {
        let one = hex!("00 000001 aa").to_vec();
        [hex!("96 11 76703039").to_vec(), one.repeat(count)].concat()
    };
    let read = |count| {
        let (header, rest) = enhanced_video(&track(count));
        header.tracks(rest).unwrap().collect::<Vec<_>>()
    };
    assert!(read(MAX_TRACKS_PER_TAG).iter().all(Result::is_ok));
    let over = read(MAX_TRACKS_PER_TAG + 5);
    assert_eq!(over.len(), MAX_TRACKS_PER_TAG + 1);
    let kind = over.last().unwrap().clone().unwrap_err().kind;
    assert!(
        matches!(kind, ParseErrorKind::Limit { limit: 64, .. }),
        "{kind}"
    );
}

#[test]
fn nanosecond_offsets() {
    let (header, rest) = enhanced_video(&hex!("a7 02 00007b 01 68766331 000028 aa"));
    assert_eq!(header.timestamp_offset_nanoseconds(), 123);
    assert_eq!(header.packet_type, VideoPacketType::CODED_FRAMES);
    assert_eq!(rest[..], [0xaa]);
    let made = EnhancedVideoHeader::new(
        FrameType::INTER,
        VideoPacketType::CODED_FRAMES,
        FourCc::HVC1,
    )
    .with_mod_ex(smallvec![ModEx::timestamp_offset(123)])
    .with_composition_time_ms(40);
    assert_eq!(made, header);
    let (header, rest) = enhanced_audio(&hex!("97 02 0f423f 01 4f707573 aa"));
    assert_eq!(
        (header.timestamp_offset_nanoseconds(), rest.len()),
        (999_999, 1)
    );
    let too_much = ModEx::timestamp_offset(u32::MAX);
    assert_eq!(too_much.timestamp_offset_nanoseconds(), Some(999_999));
}

#[test]
fn modifiers_chain_before_multitrack() {
    // One of 3 bytes, one unknown of 1 byte, and then a multitrack packet.
    let (header, rest) = enhanced_video(&hex!("97 02 000064 07 00 ee 56 01 61766331 02 000000 aa"));
    assert_eq!(header.mod_ex.len(), 2);
    assert_eq!(header.mod_ex[1].kind, ModExType(5));
    assert_eq!(header.mod_ex[1].timestamp_offset_nanoseconds(), None);
    assert_eq!(header.timestamp_offset_nanoseconds(), 100);
    let track = header.tracks(rest).unwrap().next().unwrap().unwrap();
    assert_eq!((track.track_index, &track.data[..]), (2, &[0xaa][..]));
    // A command may be modified, too.
    let (header, _) = enhanced_video(&hex!("d7 02 000064 00 01"));
    assert_eq!(
        header.content,
        VideoContent::Command(VideoCommand::END_SEEK)
    );
}

#[test]
fn modifiers_of_every_size() {
    for len in [1, 2, 254, 255, 256, 257, 65_535, 65_536] {
        let mod_ex = ModEx::new(ModExType(9), vec![7; len].into()).unwrap();
        let header = EnhancedAudioHeader::new(AudioPacketType::CODED_FRAMES, FourCc::OPUS)
            .with_mod_ex(smallvec![mod_ex]);
        let tag = AudioTagHeader::Enhanced(header.clone()).to_tag(0, Bytes::from_static(b"x"));
        let (back, rest) = enhanced_audio(&joined(&tag));
        assert_eq!((back, &rest[..]), (header, &b"x"[..]), "{len}");
    }
    assert_eq!(ModEx::new(ModExType(9), Bytes::new()), None);
    assert_eq!(ModEx::new(ModExType(9), vec![7; 65_537].into()), None);
    // A small size in 16 bits is written as it came.
    enhanced_audio(&hex!("97 ff 0002 000064 01 4f707573 aa"));
}

#[test]
fn modifiers_are_limited() {
    let chain = |count: usize| {
        let links = hex!("00 ee 07").repeat(count);
        [&[0x97][..], &links, &hex!("00 ee 01"), b"Opus"].concat()
    };
    enhanced_audio(&chain(MAX_MOD_EX - 1));
    let error = AudioTagHeader::parse(&chain(MAX_MOD_EX).into()).unwrap_err();
    assert!(
        matches!(error.kind, ParseErrorKind::Limit { limit: 8, .. }),
        "{error}"
    );
}

#[test]
fn every_cut_is_an_error_or_a_whole_header() {
    let bodies: [&[u8]; 6] = [
        &hex!("17 01 000028"),
        &hex!("a1 68766331 000028"),
        &hex!("a7 02 00007b 01 68766331 000028"),
        &hex!("97 ff 0002 000064 07 00 ee 56 01 61766331 02 000000"),
        &hex!("d7 02 000064 00 01"),
        &hex!("96 21"),
    ];
    for body in bodies {
        video(body);
        for len in 0..body.len() {
            let cut = Bytes::copy_from_slice(&body[..len]);
            let error = VideoTagHeader::parse(&cut).unwrap_err();
            assert!(
                matches!(error.kind, ParseErrorKind::Truncated { needed: 1.. }),
                "{error}"
            );
            assert_eq!(error.offset, len as u64, "the input ends there");
        }
    }
    for body in [&hex!("af 01")[..], &hex!("97 02 00007b 05 00 4f707573 09")] {
        audio(body);
        for len in 0..body.len() {
            assert!(AudioTagHeader::parse(&Bytes::copy_from_slice(&body[..len])).is_err());
        }
    }
}

#[test]
fn nothing_is_copied() {
    let body = Bytes::from(hex!("96 11 76703039 00 000002 aabb 01 000001 cc").to_vec());
    let (header, rest) = VideoTagHeader::parse(&body).unwrap();
    assert_eq!(rest.as_ptr(), body[6..].as_ptr());
    let VideoTagHeader::Enhanced(header) = header else {
        panic!("enhanced");
    };
    let tracks: Vec<_> = header.tracks(rest).unwrap().map(Result::unwrap).collect();
    assert_eq!(tracks[0].data.as_ptr(), body[10..].as_ptr());
    assert_eq!(tracks[1].data.as_ptr(), body[16..].as_ptr());
    // Of a tag in two pieces that part where the header ends, neither.
    let payload = Bytes::from(vec![1, 2, 3]);
    let header = Bytes::from_static(&hex!("17 01 000028"));
    let tag = Tag::new(TagType::Video, 0, payload.clone()).with_header(header);
    let (_, rest) = VideoTagHeader::of(&tag).unwrap();
    assert_eq!(rest.as_ptr(), payload.as_ptr());
}

#[test]
fn a_tag_split_anywhere_reads_the_same() {
    let body = Bytes::from_static(&hex!("a7 02 00007b 06 01 68766331 04 000028 aabbcc"));
    let whole = VideoTagHeader::parse(&body).unwrap();
    let whole_facts = facts(TagType::Video, &body);
    for at in 0..=body.len() {
        let tag = Tag::new(TagType::Video, 0, body.slice(at..)).with_header(body.slice(..at));
        assert_eq!(VideoTagHeader::of(&tag).unwrap(), whole, "split at {at}");
        assert_eq!(classify(&tag), whole_facts, "split at {at}");
    }
}

#[test]
fn classification_of_video() {
    let facts = |body: &[u8]| facts(TagType::Video, body);
    let header = facts(&hex!("17 00 000000 01"));
    assert!(header.is_sequence_header && !header.is_frame && !header.is_keyframe);
    assert_eq!(header.codec, Some(TagCodec::Video(VideoCodecId::AVC)));
    assert_eq!((header.track_index, header.is_multitrack), (Some(0), false));
    assert!(facts(&hex!("17 02 000000")).is_end);
    assert!(facts(&hex!("12 00")).is_keyframe);
    assert!(facts(&hex!("90 61763031")).is_sequence_header);
    assert!(facts(&hex!("95 61763031")).is_sequence_header);
    assert!(facts(&hex!("94 61763031")).is_metadata);
    assert!(facts(&hex!("92 61763031")).is_end);
    assert!(facts(&hex!("d1 00")).is_command);
    let key = facts(&hex!("93 68766331 65"));
    assert!(key.is_keyframe && key.is_frame);
    assert_eq!(key.codec, Some(TagCodec::FourCc(FourCc::HVC1)));
    let many = facts(&hex!("96 20 61763031"));
    assert!(many.is_sequence_header && many.is_multitrack);
    assert_eq!((many.codec, many.track_index), (None, None));
    let one = facts(&hex!("a6 01 61763031 07"));
    assert!(one.is_frame && !one.is_keyframe && one.is_multitrack);
    assert_eq!(one.track_index, Some(7));
    let bad = facts(&hex!("90 6176"));
    assert!(!bad.is_sequence_header && bad.codec.is_none());
    assert_eq!(facts(&[]).tag_type, TagType::Video);
}

#[test]
fn classification_of_sound_and_scripts() {
    let sound = |body: &[u8]| facts(TagType::Audio, body);
    assert!(sound(&hex!("af 00 1190")).is_sequence_header);
    let raw = sound(&hex!("af 01 21"));
    assert!(raw.is_frame && !raw.is_keyframe && !raw.is_sequence_header);
    assert!(!sound(&hex!("af 01")).is_frame, "empty");
    assert!(sound(&hex!("2f ff")).is_frame);
    assert!(sound(&hex!("90 4f707573")).is_sequence_header);
    assert!(sound(&hex!("91 4f707573")).is_frame);
    assert!(sound(&hex!("92 4f707573")).is_end);
    assert!(sound(&hex!("94 4f707573")).is_metadata);
    assert_eq!(sound(&hex!("95 00 4f707573 02")).track_index, Some(2));
    assert!(facts(TagType::Script, b"").is_metadata);
}

#[test]
fn multichannel_configurations() {
    let both_ways = |bytes: &[u8]| {
        let config = MultichannelConfig::parse(&Bytes::copy_from_slice(bytes)).unwrap();
        let mut out = Vec::new();
        config.encode(&mut out);
        assert_eq!(out, bytes);
        assert_eq!(config.encoded_len(), bytes.len());
        for len in 0..bytes.len() {
            assert!(MultichannelConfig::parse(&Bytes::copy_from_slice(&bytes[..len])).is_err());
        }
        config
    };
    assert_eq!(
        both_ways(&hex!("00 02")),
        MultichannelConfig::new(2, ChannelOrder::Unspecified)
    );
    assert_eq!(
        both_ways(&hex!("01 06 0000003f")).order,
        ChannelOrder::Native(0x3f)
    );
    let custom = both_ways(&hex!("02 03 00 01 fe"));
    assert_eq!(
        custom,
        MultichannelConfig::new(0, ChannelOrder::Custom(Bytes::from_static(&[0, 1, 254])))
    );
    assert_eq!(both_ways(&hex!("07 03")).order, ChannelOrder::Other(7));
}

#[test]
fn color_info_both_ways() {
    let hdr = ColorInfo::new(10, 9, 16, 9);
    let mut full = hdr;
    full.content_light_level = Some(ContentLightLevel::default());
    full.mastering_display = Some(MasteringDisplay::default());
    let mut display = MasteringDisplay::default();
    display.red = Some((0.708, 0.292));
    display.max_luminance = Some(1000.0);
    let mut mastered = hdr;
    mastered.mastering_display = Some(display);
    for info in [hdr, full, mastered, ColorInfo::default()] {
        assert_eq!(ColorInfo::parse(&info.to_bytes()), Ok(Some(info)));
    }
    // As OBS writes it: the name, then an object; what is not color info is passed over.
    assert_eq!(ColorInfo::parse(&hex!("02 0003 616263 05")), Ok(None));
    assert_eq!(ColorInfo::parse(b""), Ok(None));
    assert!(ColorInfo::parse(&[8; 10]).is_err());
    assert!(
        ColorInfo::parse(&[10, 0, 0, 0, 1].repeat(50)).is_err(),
        "nested too deep"
    );
}

fn four_cc() -> impl Strategy<Value = FourCc> {
    prop_oneof![
        prop::sample::select(vec![FourCc::AVC1, FourCc::HVC1, FourCc::AV01, FourCc::OPUS]),
        any::<[u8; 4]>().prop_map(FourCc),
    ]
}

fn layout() -> impl Strategy<Value = TrackLayout> {
    prop_oneof![
        four_cc().prop_map(TrackLayout::Single),
        (four_cc(), any::<u8>()).prop_map(|(four_cc, track_index)| TrackLayout::OneTrack {
            four_cc,
            track_index
        }),
        four_cc().prop_map(TrackLayout::ManyTracks),
        Just(TrackLayout::ManyTracksManyCodecs),
    ]
}

fn mod_ex() -> impl Strategy<Value = ModExChain> {
    let one = (0u8..16, prop::collection::vec(any::<u8>(), 1..300))
        .prop_map(|(kind, data)| ModEx::new(ModExType(kind), data.into()).unwrap());
    prop::collection::vec(one, 0..3).prop_map(ModExChain::from_vec)
}

fn packet_type(multitrack: u8) -> impl Strategy<Value = u8> {
    (0u8..16).prop_filter("what wraps others", move |kind| {
        *kind != 7 && *kind != multitrack
    })
}

fn timed_tracks() -> impl Strategy<Value = Vec<(u8, FourCc, i32, Vec<u8>)>> {
    let track = (
        any::<u8>(),
        four_cc(),
        -0x80_0000..0x80_0000,
        prop::collection::vec(any::<u8>(), 0..20),
    );
    prop::collection::vec(track, 1..6)
}

proptest! {
    #[test]
    fn enhanced_video_headers_round_trip(
        frame_type in 0u8..8,
        packet_type in packet_type(6),
        chain in mod_ex(),
        layout in layout(),
        time in -0x80_0000..0x80_0000,
        rest in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        prop_assume!(frame_type != 5 || packet_type == 4 && !layout.is_multitrack());
        let has_time = layout.four_cc().is_some_and(FourCc::has_composition_time)
            && layout.track_index().is_some() && packet_type == 1;
        let header = EnhancedVideoHeader::new(FrameType(frame_type), VideoPacketType(packet_type), FourCc::AV01)
            .with_layout(layout)
            .with_mod_ex(chain)
            .with_composition_time_ms(if has_time { time } else { 0 });
        let (back, after) = enhanced_video(&joined(
            &VideoTagHeader::Enhanced(header.clone()).to_tag(0, rest.clone().into()),
        ));
        prop_assert_eq!(back, header);
        prop_assert_eq!(&after[..], &rest[..]);
    }

    #[test]
    fn enhanced_audio_headers_round_trip(
        packet_type in packet_type(5),
        chain in mod_ex(),
        layout in layout(),
        rest in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let header = EnhancedAudioHeader::new(AudioPacketType(packet_type), FourCc::OPUS)
            .with_layout(layout)
            .with_mod_ex(chain);
        let tag = AudioTagHeader::Enhanced(header.clone()).to_tag(0, rest.clone().into());
        let (back, after) = enhanced_audio(&joined(&tag));
        prop_assert_eq!(back, header);
        prop_assert_eq!(&after[..], &rest[..]);
    }

    #[test]
    fn many_tracks_round_trip(
        tracks in timed_tracks(),
        packet_type in prop::sample::select(vec![0u8, 1, 3]),
        many_codecs in any::<bool>(),
    ) {
        let layout = if many_codecs {
            TrackLayout::ManyTracksManyCodecs
        } else {
            TrackLayout::ManyTracks(tracks[0].1)
        };
        let tracks: Vec<_> = tracks.iter().map(|(index, four_cc, time, data)| {
            let four_cc = if many_codecs { *four_cc } else { tracks[0].1 };
            let timed = packet_type == 1 && four_cc.has_composition_time();
            TrackData::new(*index, four_cc, data.clone().into())
                .with_composition_time_ms(if timed { *time } else { 0 })
        }).collect();
        let header = EnhancedVideoHeader::new(FrameType::KEY, VideoPacketType(packet_type), FourCc::AV01)
            .with_layout(layout);
        let (back, rest) = enhanced_video(&joined(&header.to_tag(0, &tracks)));
        let read: Vec<_> = back.tracks(rest).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(read, tracks);
    }

    #[test]
    fn what_parses_is_written_byte_for_byte(body in prop::collection::vec(any::<u8>(), 0..60), first in any::<u8>()) {
        let mut body = body;
        // Enhanced headers half of the time.
        body.insert(0, first);
        let body = Bytes::from(body);
        if let Ok((header, rest)) = VideoTagHeader::parse(&body) {
            prop_assert_eq!(&joined(&header.to_tag(0, rest.clone())), &body);
            if let VideoTagHeader::Enhanced(header) = header
                && let Some(tracks) = header.tracks(rest)
                && let Ok(tracks) = tracks.collect::<Result<Vec<_>, _>>()
            {
                prop_assert_eq!(&joined(&header.to_tag(0, &tracks)), &body);
            }
        }
        if let Ok((header, rest)) = AudioTagHeader::parse(&body) {
            prop_assert_eq!(&joined(&header.to_tag(0, rest.clone())), &body);
            if let AudioTagHeader::Enhanced(header) = header {
                let tracks: Result<Vec<_>, _> = header.tracks(rest).collect();
                if let Ok(tracks) = tracks {
                    prop_assert_eq!(&joined(&header.to_tag(0, &tracks)), &body);
                }
            }
        }
        for tag_type in [TagType::Audio, TagType::Video, TagType::Script] {
            let _ = classify(&Tag::new(tag_type, 0, body.clone()));
        }
        let _ = MultichannelConfig::parse(&body);
        let _ = ColorInfo::parse(&body);
    }

    #[test]
    fn legacy_headers_round_trip(
        frame_type in 0u8..8, codec in 0u8..16, packet_type in any::<u8>(), time in -0x80_0000..0x80_0000,
        format in 0u8..16, bits in 0u8..16,
    ) {
        prop_assume!(frame_type != 5 && format != 9);
        let mut header = LegacyVideoHeader::new(FrameType(frame_type), VideoCodecId(codec));
        if VideoCodecId(codec).has_avc_form() {
            header = header.with_avc(AvcPacketType(packet_type), time);
        }
        let (back, rest) = video(&joined(&VideoTagHeader::Legacy(header).to_tag(0, Bytes::new())));
        prop_assert_eq!(back, VideoTagHeader::Legacy(header));
        prop_assert!(rest.is_empty());
        audio(&[format << 4 | bits, packet_type]);
    }
}
