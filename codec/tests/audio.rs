//! The audio codecs through the public API, on streams of FFmpeg, LAME and libopus.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::time::Duration;

use bytes::Bytes;
use castline_codec::{
    AacParameters, Ac3Parameters, CodecParameters, Eac3Parameters, MpegAudioHeader, MpegAudioLayer,
    MpegAudioParameters, MpegAudioVersion, OpusParameters, ParseError, PcmParameters,
    aac::{
        AdtsHeader, AudioObjectType, AudioSpecificConfig, ChannelElement, ProgramConfig,
        SbrSignalling, adts_frames,
    },
    ac3::{StreamType, SyncFrame},
    opus,
};
use hex_literal::hex;
use proptest::prelude::*;

// With FFmpeg's "SBR is not there" extension 56e500 behind.
const LC_48000_STEREO: &[u8] = &hex!("119056e500");
const LC_44100_MONO: &[u8] = &hex!("120856e500");
const LC_5_1: &[u8] = &hex!("11b056e500");
const LC_2_1_PROGRAM: &[u8] = &hex!("118004c4010020000d4c61766335392e33372e31303056e500");
/// HE-AAC: core 24 kHz stereo, output 48 kHz; hierarchical and backward compatible.
const HE_AAC: &[u8] = &hex!("2b118800");
const HE_AAC_COMPATIBLE: &[u8] = &hex!("131056e598");
/// HE-AAC version 2: core 24 kHz mono; hierarchical and backward compatible.
const HE_AAC_V2: &[u8] = &hex!("eb098800");
const HE_AAC_V2_COMPATIBLE: &[u8] = &hex!("130856e59d4880");

fn aac(config: &[u8]) -> AacParameters {
    AacParameters::from_asc(config).unwrap()
}

#[test]
fn aac_configurations() {
    let facts = |config| {
        let parameters = aac(config);
        let codec = parameters.codec_string();
        assert_eq!(parameters.asc()[..], config[..]);
        let config = parameters.config;
        (
            config.sampling_frequency,
            config.output_frequency(),
            config.channels(),
            codec,
        )
    };
    let expect = |core, output, channels, codec: &str| (core, output, channels, codec.to_owned());
    assert_eq!(
        facts(LC_48000_STEREO),
        expect(48_000, 48_000, 2, "mp4a.40.2")
    );
    assert_eq!(facts(LC_44100_MONO), expect(44_100, 44_100, 1, "mp4a.40.2"));
    assert_eq!(facts(LC_5_1), expect(48_000, 48_000, 6, "mp4a.40.2"));
    assert_eq!(
        facts(LC_2_1_PROGRAM),
        expect(48_000, 48_000, 3, "mp4a.40.2")
    );
    assert_eq!(facts(HE_AAC), expect(24_000, 48_000, 2, "mp4a.40.5"));
    assert_eq!(
        facts(HE_AAC_COMPATIBLE),
        expect(24_000, 48_000, 2, "mp4a.40.5")
    );
    assert_eq!(facts(HE_AAC_V2), expect(24_000, 48_000, 2, "mp4a.40.29"));
    assert_eq!(
        facts(HE_AAC_V2_COMPATIBLE),
        expect(24_000, 48_000, 2, "mp4a.40.29")
    );
}

#[test]
fn he_aac_signalling() {
    let signalling = |config| aac(config).config.sbr.map(|sbr| sbr.signalling);
    assert_eq!(signalling(HE_AAC), Some(SbrSignalling::Hierarchical));
    assert_eq!(
        signalling(HE_AAC_COMPATIBLE),
        Some(SbrSignalling::BackwardCompatible)
    );
    assert_eq!(signalling(LC_48000_STEREO), None);
    // Implicit: nothing is said.
    assert_eq!(signalling(&hex!("1310")), None);
    assert_eq!(aac(HE_AAC_V2).config.core_channels(), 1);
    for config in [HE_AAC, HE_AAC_COMPATIBLE, HE_AAC_V2, HE_AAC_V2_COMPATIBLE] {
        assert_eq!(aac(config).config.object_type, AudioObjectType::AAC_LC);
        assert_eq!(aac(config).config.to_bytes().unwrap()[..], config[..]);
    }
}

#[test]
fn explicit_frequencies_low_delay_and_garbage_behind() {
    // 15: 24 bits of frequency, here 12345 Hz.
    let odd = AudioSpecificConfig::aac_lc(12_345, 2);
    assert_eq!(
        AudioSpecificConfig::parse(&odd.to_bytes().unwrap()),
        Ok(odd)
    );
    // frameLengthFlag: 960 samples.
    let short = AudioSpecificConfig::parse(&hex!("1194")).unwrap();
    assert_eq!(short.samples_per_frame, 960);
    // ER AAC LD (23): 10111 0011 0001 1 -> 480.
    let low_delay = AudioSpecificConfig::parse(&hex!("b98c00")).unwrap();
    assert_eq!(low_delay.object_type, AudioObjectType::ER_AAC_LD);
    assert_eq!(low_delay.samples_per_frame, 480);
    assert_eq!(low_delay.to_bytes(), None);
    // ER AAC ELD (39): 11111 000111 0011 0010 0 -> 512.
    let enhanced = AudioSpecificConfig::parse(&hex!("f8e64000")).unwrap();
    assert_eq!(enhanced.object_type, AudioObjectType::ER_AAC_ELD);
    assert_eq!((enhanced.samples_per_frame, enhanced.channels()), (512, 2));
    // Bytes behind that are no extension.
    let plain = aac(&hex!("1190")).config;
    assert_eq!(aac(&hex!("1190 ffff ffff")).config, plain);
    assert_eq!(aac(&hex!("1190 56e5")).config, plain);
    // Reserved frequency index 13, and too short.
    assert!(AudioSpecificConfig::parse(&hex!("1690")).is_err());
    assert!(AudioSpecificConfig::parse(&hex!("11")).is_err());
    assert!(matches!(
        AacParameters::from_asc(&[0x11; 1025]),
        Err(ParseError::LimitExceeded { limit: 1024, .. })
    ));
}

#[test]
fn program_configuration_counts_channels() {
    let program = aac(LC_2_1_PROGRAM).config.program.unwrap();
    assert_eq!(program.channels(), 3);
    assert_eq!((program.front.len(), program.lfe.len()), (1, 1));
    assert!(program.front[0].pair);
}

#[test]
fn adts_of_ffmpeg() {
    let head = hex!("fff14d802fdffc de0200");
    let header = AdtsHeader::parse(&head).unwrap().unwrap();
    assert_eq!(header.object_type, AudioObjectType::AAC_LC);
    assert_eq!(
        (header.sampling_frequency, header.channel_configuration),
        (48_000, 6)
    );
    assert_eq!(
        (header.frame_len, header.blocks, header.crc_follows),
        (382, 1, false)
    );
    assert_eq!(header.encode()[..], head[..7]);
    let mut frame = head.to_vec();
    frame.resize(382, 0);
    let parameters = AacParameters::from_adts(&frame).unwrap();
    assert_eq!(parameters.asc()[..], hex!("11b0"));
    assert_eq!(AdtsHeader::parse(&head[..6]), Ok(None));
    assert!(
        AdtsHeader::parse(&hex!("fff14d8000001f fc")).is_err(),
        "shorter than its header"
    );
}

#[test]
fn adts_with_a_program_configuration() {
    // The element of LC_2_1_PROGRAM as the first one of the raw block: id 101 and its 4.5 bytes, aligned
    // to the raw block.
    let mut config = aac(LC_2_1_PROGRAM).config;
    config.sbr = None;
    let header = AdtsHeader::of(&config, 20).unwrap();
    let mut frame = header.encode().to_vec();
    // 101 | 0000 01 0011 0001 0000 0000 01 000 0000 0 0 0 | 1 0000 | 0000, aligned, no comment.
    let bits = "101 0000 01 0011 0001 0000 0000 01 000 0000 0 0 0 1 0000 0000".replace(' ', "");
    let padded = format!("{bits:0<48}");
    for byte in padded.as_bytes().chunks(8) {
        frame.push(u8::from_str_radix(core::str::from_utf8(byte).unwrap(), 2).unwrap());
    }
    frame.push(0);
    frame.resize(27, 0);
    let parameters = AacParameters::from_adts(&frame).unwrap();
    assert_eq!(parameters.config, config);
    assert_eq!(aac(&parameters.asc()).config, config);
    frame[7] = 0;
    assert!(AacParameters::from_adts(&frame).is_err());
}

fn adts_stream(payloads: &[&[u8]]) -> Vec<u8> {
    let config = AudioSpecificConfig::aac_lc(44_100, 2);
    let mut stream = Vec::new();
    for payload in payloads {
        stream.extend_from_slice(&AdtsHeader::of(&config, payload.len()).unwrap().encode());
        stream.extend_from_slice(payload);
    }
    stream
}

#[test]
fn adts_frames_share_the_buffer_and_leave_a_cut_one() {
    let mut stream = adts_stream(&[b"one", b"four"]);
    let whole = stream.len();
    stream.extend_from_slice(&adts_stream(&[b"cut"])[..8]);
    let stream = Bytes::from(stream);
    let mut frames = adts_frames(&stream);
    let first = frames.next().unwrap().unwrap();
    assert_eq!(first.payload, &b"one"[..]);
    assert_eq!(first.payload.as_ptr(), stream.slice(7..).as_ptr());
    assert_eq!(frames.next().unwrap().unwrap().payload, &b"four"[..]);
    assert_eq!(frames.next(), None);
    assert_eq!(frames.consumed(), whole);
}

/// Quirk: an ADTS stream that does not begin at a frame.
#[test]
fn adts_frames_find_the_sync_word_again() {
    let mut stream = b"\xff\x00junk".to_vec();
    stream.extend_from_slice(&adts_stream(&[b"one"]));
    stream.extend_from_slice(b"\xff\xf9");
    let stream = Bytes::from(stream);
    let items: Vec<_> = adts_frames(&stream).collect();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0].as_ref().unwrap_err().offset(), 0);
    assert_eq!(items[1].as_ref().unwrap().payload, &b"one"[..]);
}

#[test]
fn a_false_sync_word_is_not_taken() {
    // A header by chance, whose frame ends where no other header is.
    let mut stream = hex!("00 fff1508001fffc 11 22 33 44 55 66 77 88 99").to_vec();
    stream.extend_from_slice(&adts_stream(&[b"one", b"two"]));
    let stream = Bytes::from(stream);
    let items: Vec<_> = adts_frames(&stream).collect();
    assert_eq!(items.len(), 3);
    assert!(items[0].is_err());
    assert_eq!(items[1].as_ref().unwrap().payload, &b"one"[..]);
}

#[test]
fn a_megabyte_of_sync_bytes_is_linear() {
    let stream = Bytes::from(vec![0xff; 1 << 20]);
    assert!(adts_frames(&stream).count() <= 2);
}

#[test]
fn adts_with_crc_and_several_blocks() {
    let mut header = AdtsHeader::of(&AudioSpecificConfig::aac_lc(48_000, 2), 10).unwrap();
    header.crc_follows = true;
    assert_eq!(header.header_len(), 9);
    header.blocks = 3;
    assert_eq!((header.header_len(), header.samples()), (13, 3072));
    assert_eq!(AdtsHeader::parse(&header.encode()).unwrap(), Some(header));
}

#[test]
fn what_adts_cannot_say() {
    let lc = AudioSpecificConfig::aac_lc;
    assert!(AdtsHeader::of(&lc(48_000, 2), 8184).is_some());
    assert!(AdtsHeader::of(&lc(48_000, 2), 8185).is_none());
    assert!(AdtsHeader::of(&lc(12_345, 2), 10).is_none());
    assert!(AdtsHeader::of(&lc(48_000, 11), 10).is_none());
    let low_delay = AudioSpecificConfig::parse(&hex!("b98c00")).unwrap();
    assert!(AdtsHeader::of(&low_delay, 10).is_none());
}

#[test]
fn opus_headers() {
    let dops = hex!("000201380000bb80000000");
    let stereo = OpusParameters::from_dops(&dops).unwrap();
    assert_eq!(
        (stereo.channels, stereo.pre_skip, stereo.streams),
        (2, 312, 1)
    );
    assert_eq!(stereo.to_dops()[..], dops);
    assert_eq!(stereo, OpusParameters::new(2));
    let head = hex!("4f70757348656164 01 02 3801 80bb0000 0000 00");
    assert_eq!(OpusParameters::from_opus_head(&head).unwrap(), stereo);
    assert_eq!(stereo.to_opus_head()[..], head);
    let surround = hex!("000601380000bb800000010402000401020305");
    let surround = OpusParameters::from_dops(&surround).unwrap();
    assert_eq!(
        (
            surround.channels,
            surround.streams,
            surround.coupled_streams
        ),
        (6, 4, 2)
    );
    assert_eq!(surround.mapping[..], [0, 4, 1, 2, 3, 5]);
    assert_eq!(
        OpusParameters::from_opus_head(&surround.to_opus_head()).unwrap(),
        surround
    );
    assert!(OpusParameters::from_dops(&hex!("000301380000bb80000000")).is_err());
    assert!(OpusParameters::from_dops(&hex!("000601380000bb8000000104020004")).is_err());
    assert!(OpusParameters::from_dops(&hex!("000601380000bb80000001000000010203 0405")).is_err());
    assert!(OpusParameters::from_opus_head(&hex!("4f70757348656164 10 02")).is_err());
}

#[test]
fn opus_packet_durations() {
    let samples = |packet: &[u8]| opus::packet_samples(packet).unwrap();
    // SILK 10, 20, 40, 60 ms; hybrid 10, 20; CELT 2.5, 5, 10, 20.
    for (configuration, expected) in [
        (0, 480),
        (1, 960),
        (2, 1920),
        (3, 2880),
        (12, 480),
        (13, 960),
        (16, 120),
        (17, 240),
        (18, 480),
        (31, 960),
    ] {
        assert_eq!(
            samples(&[configuration << 3]),
            expected,
            "configuration {configuration}"
        );
    }
    assert_eq!(samples(&[31 << 3 | 1]), 1920);
    assert_eq!(samples(&[31 << 3 | 3, 6]), 5760);
    assert!(opus::packet_samples(&[31 << 3 | 3, 7]).is_err(), "140 ms");
    assert!(opus::packet_samples(&[3, 0]).is_err());
    assert!(opus::packet_samples(&[]).is_err());
    assert_eq!(
        opus::packet_duration(&[16 << 3]),
        Ok(Duration::from_micros(2500))
    );
}

#[test]
fn mpeg_audio_headers() {
    let header = |bytes| MpegAudioHeader::parse(bytes).unwrap();
    let mp3 = header(hex!("fffb9000"));
    assert_eq!(
        (mp3.version, mp3.layer),
        (MpegAudioVersion::Mpeg1, MpegAudioLayer::Layer3)
    );
    assert_eq!(
        (mp3.bit_rate, mp3.sample_rate, mp3.channels),
        (Some(128_000), 44_100, 2)
    );
    assert_eq!(
        (mp3.frame_len(), mp3.samples_per_frame()),
        (Some(417), 1152)
    );
    let low = header(hex!("fff370c0"));
    assert_eq!(
        (low.version, low.channels, low.sample_rate),
        (MpegAudioVersion::Mpeg2, 1, 22_050)
    );
    assert_eq!((low.frame_len(), low.samples_per_frame()), (Some(182), 576));
    assert_eq!(low.parameters().codec_string(), "mp4a.69");
    let mp2 = header(hex!("fffde404"));
    assert_eq!(
        (mp2.layer, mp2.frame_len()),
        (MpegAudioLayer::Layer2, Some(1152))
    );
    assert_eq!(CodecParameters::MpegAudio(mp2.parameters()).name(), "MP2");
    assert_eq!(header(hex!("fffb0000")).frame_len(), None, "free format");
    // Layer I at 384 kbit/s and 44.1 kHz with padding: (12 * 384000 / 44100 + 1) * 4.
    assert_eq!(header(hex!("ffffc200")).frame_len(), Some(420));
    for bad in [
        hex!("fffbf000"),
        hex!("fffb9c00"),
        hex!("ffeb9000"),
        hex!("fff99000"),
        hex!("49443304"),
    ] {
        assert!(MpegAudioHeader::parse(bad).is_err(), "{bad:02x?}");
    }
    assert_eq!(MpegAudioHeader::parse_prefix(&[0xff]), Ok(None));
    let container = MpegAudioParameters::new(MpegAudioLayer::Layer3, 44_100, 2);
    assert_eq!(container, mp3.parameters());
    assert_eq!(container.codec_string(), "mp4a.6B");
}

#[test]
fn ac3_boxes_and_frames() {
    let surround = Ac3Parameters::from_dac3(&hex!("103de0")).unwrap();
    assert_eq!(
        (surround.sample_rate, surround.channels, surround.bit_rate),
        (48_000, 6, 448_000)
    );
    assert_eq!(surround.to_dac3()[..], hex!("103de0"));
    let frame = SyncFrame::parse(&hex!("0b77b50b1e40ebf8"))
        .unwrap()
        .unwrap();
    assert_eq!((frame.len, frame.samples, frame.channels), (1792, 1536, 6));
    assert_eq!(
        Ac3Parameters::from_sync_frame(&hex!("0b77b50b1e40ebf8")).unwrap(),
        surround
    );
    // 44.1 kHz: 834 and 836 bytes by turns.
    let long = SyncFrame::parse(&hex!("0b77c2ea544043e1"))
        .unwrap()
        .unwrap();
    let short = SyncFrame::parse(&hex!("0b77c2ea554043e1"))
        .unwrap()
        .unwrap();
    assert_eq!((long.len, short.len), (834, 836));
    assert_eq!(
        (long.sample_rate, long.channels, long.bit_rate),
        (44_100, 2, 192_000)
    );
    assert!(SyncFrame::parse(&hex!("0b78b50b1e40ebf8")).is_err());
    assert!(
        SyncFrame::parse(&hex!("0b77b50bde40ebf8")).is_err(),
        "fscod 3"
    );
    assert_eq!(SyncFrame::parse(&hex!("0b77")), Ok(None));
}

#[test]
fn enhanced_ac3_boxes_and_frames() {
    let dec3 = hex!("0e00200f00");
    let surround = Eac3Parameters::from_dec3(&dec3).unwrap();
    assert_eq!(
        (surround.sample_rate, surround.channels, surround.bit_rate),
        (48_000, 6, 448_000)
    );
    assert_eq!(surround.to_dec3()[..], dec3);
    let head = hex!("0b77017f3487c000");
    let frame = SyncFrame::parse(&head).unwrap().unwrap();
    assert_eq!(
        (frame.len, frame.samples, frame.bit_rate),
        (768, 1536, 192_000)
    );
    assert_eq!(frame.stream_type, Some(StreamType::Independent));
    let stereo = Eac3Parameters::from_sync_frame(&head).unwrap();
    assert_eq!((stereo.channels, stereo.sample_rate), (2, 48_000));
    assert!(Ac3Parameters::from_sync_frame(&head).is_err());
    // A dependent substream with Lrs/Rrs (bit 1) makes 7.1; objects of complexity 16 behind.
    let atmos = hex!("0e00 200f 02 02 0110");
    let atmos = Eac3Parameters::from_dec3(&atmos).unwrap();
    assert_eq!((atmos.channels, atmos.object_complexity), (8, Some(16)));
    assert_eq!(Eac3Parameters::from_dec3(&atmos.to_dec3()).unwrap(), atmos);
}

#[test]
fn codec_parameters_of_audio() {
    let g711 = PcmParameters::new(8000, 1);
    for (codec, string) in [
        (CodecParameters::Pcmu(g711), "ulaw"),
        (CodecParameters::Pcma(g711), "alaw"),
        (CodecParameters::L16(g711), "twos"),
    ] {
        assert_eq!(codec.codec_string(), string);
        assert_eq!(
            (codec.sample_rate(), codec.channels()),
            (Some(8000), Some(1))
        );
        assert_eq!(codec.dimensions(), None);
    }
    let aac = CodecParameters::Aac(aac(HE_AAC_V2));
    assert_eq!((aac.sample_rate(), aac.channels()), (Some(48_000), Some(2)));
    let opus = CodecParameters::Opus(OpusParameters::new(2));
    assert_eq!(
        (opus.sample_rate(), opus.codec_string()),
        (Some(48_000), "opus".to_owned())
    );
}

fn elements() -> impl Strategy<Value = Vec<(bool, u8)>> {
    proptest::collection::vec((any::<bool>(), 0u8..16), 0..15)
}

proptest! {
    #[test]
    fn configurations_round_trip(
        object_type in 1u8..5,
        frequency in prop_oneof![Just(44_100u32), Just(48_000), 1u32..0xff_ffff],
        channels in 1u8..16,
        sbr in proptest::option::of((any::<bool>(), any::<bool>())),
        delay in proptest::option::of(0u16..0x3fff),
    ) {
        // Built from bytes, as the structs cannot be built field by field from outside.
        let mut config = AudioSpecificConfig::aac_lc(frequency, channels);
        config.object_type = AudioObjectType(object_type);
        config.core_coder_delay = delay;
        if let Some((parametric_stereo, compatible)) = sbr {
            let mut extension = aac(HE_AAC).config.sbr.unwrap();
            extension.parametric_stereo = parametric_stereo;
            if compatible {
                extension.signalling = SbrSignalling::BackwardCompatible;
            }
            config.sbr = Some(extension);
        }
        let bytes = config.to_bytes().unwrap();
        prop_assert_eq!(AudioSpecificConfig::parse(&bytes).unwrap(), config);
    }

    #[test]
    fn programs_round_trip(front in elements(), side in elements(), back in elements(),
                           lfe in proptest::collection::vec(0u8..16, 0..4), stereo in proptest::option::of(0u8..16)) {
        let template = aac(LC_2_1_PROGRAM).config.program.unwrap().front[0];
        let build = |list: Vec<(bool, u8)>| list.into_iter().map(|(pair, tag)| {
            let mut element: ChannelElement = template;
            (element.pair, element.tag) = (pair, tag);
            element
        }).collect();
        let mut program = ProgramConfig::default();
        program.front = build(front);
        program.side = build(side);
        program.back = build(back);
        program.lfe = lfe.into_iter().collect();
        program.stereo_mixdown = stereo;
        program.matrix_mixdown = stereo.map(|tag| (tag & 3, true));
        let mut config = AudioSpecificConfig::aac_lc(48_000, 0);
        config.program = Some(program);
        let bytes = config.to_bytes().unwrap();
        prop_assert_eq!(AudioSpecificConfig::parse(&bytes).unwrap(), config);
    }

    #[test]
    fn adts_headers_round_trip(
        frequency in 0usize..13, channels in 0u8..8, payload in 0usize..8185, mpeg2 in any::<bool>(),
        object_type in 1u8..5, fullness in 0u16..0x800, blocks in 1u8..5,
    ) {
        let frequencies = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
        let mut config = AudioSpecificConfig::aac_lc(frequencies[frequency], channels);
        config.object_type = AudioObjectType(object_type);
        let mut header = AdtsHeader::of(&config, payload).unwrap();
        header.mpeg2 = mpeg2;
        header.buffer_fullness = fullness;
        header.blocks = blocks;
        prop_assert_eq!(AdtsHeader::parse(&header.encode()).unwrap(), Some(header));
    }

    #[test]
    fn an_adts_stream_split_anywhere_gives_the_same_frames(
        payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..6),
        cuts in proptest::collection::vec(1usize..20, 1..60),
    ) {
        let slices: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let stream = adts_stream(&slices);
        let mut kept = Vec::new();
        let mut found = Vec::new();
        let mut at = 0;
        let mut cut = cuts.iter().cycle();
        while at < stream.len() {
            let end = (at + cut.next().unwrap()).min(stream.len());
            kept.extend_from_slice(&stream[at..end]);
            at = end;
            let buffer = Bytes::from(kept.clone());
            let mut frames = adts_frames(&buffer);
            for frame in frames.by_ref() {
                found.push(frame.unwrap().payload.to_vec());
            }
            kept.drain(..frames.consumed());
        }
        prop_assert_eq!(found, payloads);
        prop_assert!(kept.is_empty());
    }

    #[test]
    fn opus_headers_round_trip(
        channels in 1u8.., family in any::<u8>(), pre_skip in any::<u16>(), rate in any::<u32>(), gain in any::<i16>(),
        (streams, coupled) in (1u8..).prop_flat_map(|streams| (Just(streams), 0..=streams)),
    ) {
        let mut parameters = OpusParameters::new(if family == 0 { channels.min(2) } else { channels });
        parameters.pre_skip = pre_skip;
        parameters.input_sample_rate = rate;
        parameters.output_gain = gain;
        if family != 0 {
            parameters.channels = channels;
            parameters.mapping_family = family;
            (parameters.streams, parameters.coupled_streams) = (streams, coupled);
            parameters.mapping = (0..channels).collect();
        }
        prop_assert_eq!(&OpusParameters::from_dops(&parameters.to_dops()).unwrap(), &parameters);
        prop_assert_eq!(&OpusParameters::from_opus_head(&parameters.to_opus_head()).unwrap(), &parameters);
    }

    #[test]
    fn ac3_boxes_round_trip(bytes in any::<[u8; 5]>(), more in proptest::collection::vec(any::<u8>(), 0..30)) {
        if let Ok(parameters) = Ac3Parameters::from_dac3(&bytes) {
            prop_assert_eq!(Ac3Parameters::from_dac3(&parameters.to_dac3()).unwrap(), parameters);
        }
        let content = [&bytes[..], &more].concat();
        if let Ok(parameters) = Eac3Parameters::from_dec3(&content) {
            prop_assert_eq!(Eac3Parameters::from_dec3(&parameters.to_dec3()).unwrap(), parameters);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = AacParameters::from_asc(&bytes);
        let _ = AacParameters::from_adts(&bytes);
        let _ = OpusParameters::from_dops(&bytes);
        let _ = OpusParameters::from_opus_head(&bytes);
        let _ = opus::packet_samples(&bytes);
        if let Ok(Some(header)) = MpegAudioHeader::parse_prefix(&bytes) {
            let _ = header.frame_len();
        }
        let _ = Ac3Parameters::from_sync_frame(&bytes);
        let _ = Eac3Parameters::from_sync_frame(&bytes);
        let shared = Bytes::from(bytes);
        prop_assert!(adts_frames(&shared).count() <= shared.len() + 1);
    }

    #[test]
    fn every_mpeg_audio_header_has_a_sane_length(bytes in any::<[u8; 4]>()) {
        let mut bytes = bytes;
        bytes[0] = 0xff;
        bytes[1] |= 0xe0;
        if let Ok(header) = MpegAudioHeader::parse(bytes)
            && let Some(len) = header.frame_len()
        {
            prop_assert!((MpegAudioHeader::LEN..=4608).contains(&len), "{len} {header:?}");
        }
    }
}
