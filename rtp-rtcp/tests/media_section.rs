//! Media sections: written, read again by the strict parser, and read from what cameras write.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use castline_codec::{
    AacParameters, Ac3Parameters, Av1Parameters, CodecParameters, Eac3Parameters, H264Parameters,
    H265Parameters, MpegAudioLayer, MpegAudioParameters, OpusParameters, PcmParameters,
    Vp8Parameters, Vp9Parameters,
};
use castline_rtp_rtcp::{
    PayloadType,
    media_section::{
        Encoding, MediaFormat, MediaSectionError, encoding_name, media_section, payload_type,
        rtp_clock_rate,
    },
    payload::{PacketizationMode, Settings, Unsupported, packetizer},
};
use castline_sdp::{Connection, Origin, SessionDescription};
use hex_literal::hex;
use proptest::prelude::*;

const SPS: [u8; 25] = hex!("67 64000dacd94141fb011000000300100000030320f1429960");
const PPS: [u8; 6] = hex!("68 ebe3cb22c0");
const HEVC_VPS: [u8; 24] = hex!("40010c01ffff01600000030090000003000003003c959809");
const HEVC_SPS: [u8; 42] =
    hex!("420101016000000300900000030000 03003ca00a080f165959a4932bc05a020000030002000003003210");
const HEVC_PPS: [u8; 7] = hex!("4401c172b46240");

fn h264() -> CodecParameters {
    CodecParameters::H264(H264Parameters::from_parameter_sets([&SPS[..]], [&PPS[..]]).unwrap())
}

fn h265() -> CodecParameters {
    let sets =
        H265Parameters::from_parameter_sets([&HEVC_VPS[..]], [&HEVC_SPS[..]], [&HEVC_PPS[..]]);
    CodecParameters::H265(sets.unwrap())
}

fn aac(config: &[u8]) -> CodecParameters {
    CodecParameters::Aac(AacParameters::from_asc(config).unwrap())
}

/// 5.1 in mapping family 1.
fn surround_opus() -> CodecParameters {
    let dops = hex!("00 06 0138 0000bb80 0000 01 04 02 000401020305");
    CodecParameters::Opus(OpusParameters::from_dops(&dops).unwrap())
}

/// The lines of the section, read by the strict parser on the way.
fn written(codec: &CodecParameters) -> String {
    let section = media_section(codec, PayloadType(96), PacketizationMode::NonInterleaved).unwrap();
    let session = SessionDescription::builder(&Origin::new(1, 1))
        .connection(&Connection::unicast("0.0.0.0"))
        .media(section)
        .build()
        .unwrap();
    let text = session.to_string();
    text[text.find("m=").unwrap()..].replace("\r\n", "\n")
}

fn read(section: &str) -> Result<MediaFormat, MediaSectionError> {
    let text = format!("v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns= \r\nt=0 0\r\n{section}");
    let (session, _) = SessionDescription::parse_lenient(text.as_bytes()).unwrap();
    let media = session.media().next().expect("a media section");
    MediaFormat::of(&media)
}

#[test]
fn video_sections() {
    assert_eq!(
        written(&h264()),
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\n\
         a=fmtp:96 profile-level-id=64000d;packetization-mode=1;\
         sprop-parameter-sets=Z2QADazZQUH7ARAAAAMAEAAAAwMg8UKZYA==,aOvjyyLA\n"
    );
    assert_eq!(
        written(&h265()),
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H265/90000\n\
         a=fmtp:96 profile-id=1;level-id=60;sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwA8lZgJ;\
         sprop-sps=QgEBAWAAAAMAkAAAAwAAAwA8oAoIDxZZWaSTK8BaAgAAAwACAAADADIQ;\
         sprop-pps=RAHBcrRiQA==\n"
    );
    let av1 = Av1Parameters::from_av1c(&hex!("81 08 8c 00")).unwrap();
    assert_eq!(
        written(&CodecParameters::Av1(av1)),
        "m=video 0 RTP/AVP 96\na=rtpmap:96 AV1/90000\na=fmtp:96 level-idx=8;tier=1\n"
    );
    assert_eq!(
        written(&CodecParameters::Vp9(Vp9Parameters::new(2))),
        "m=video 0 RTP/AVP 96\na=rtpmap:96 VP9/90000\na=fmtp:96 profile-id=2\n"
    );
    assert_eq!(
        written(&CodecParameters::Vp8(Vp8Parameters::new(640, 360))),
        "m=video 0 RTP/AVP 96\na=rtpmap:96 VP8/90000\n"
    );
}

#[test]
fn single_nal_mode_is_said() {
    let section = media_section(&h264(), PayloadType(96), PacketizationMode::SingleNal).unwrap();
    let session = SessionDescription::builder(&Origin::new(1, 1))
        .connection(&Connection::unicast("0.0.0.0"))
        .media(section)
        .build()
        .unwrap();
    let media = session.media().next().unwrap();
    assert_eq!(media.fmtp(96).unwrap().h264().packetization_mode, 0);
}

#[test]
fn audio_sections() {
    assert_eq!(
        written(&aac(&[0x11, 0x90])),
        "m=audio 0 RTP/AVP 96\na=rtpmap:96 mpeg4-generic/48000/2\n\
         a=fmtp:96 streamtype=5;profile-level-id=1;mode=AAC-hbr;config=1190;\
         sizelength=13;indexlength=3;indexdeltalength=3\n"
    );
    let opus = |channels| written(&CodecParameters::Opus(OpusParameters::new(channels)));
    assert_eq!(
        opus(2),
        "m=audio 0 RTP/AVP 96\na=rtpmap:96 opus/48000/2\na=fmtp:96 sprop-stereo=1\n"
    );
    assert!(opus(1).ends_with("a=rtpmap:96 opus/48000/2\na=fmtp:96 sprop-stereo=0\n"));
    assert!(written(&surround_opus()).ends_with(
        "a=rtpmap:96 multiopus/48000/6\n\
         a=fmtp:96 num_streams=4;coupled_streams=2;channel_mapping=0,4,1,2,3,5\n"
    ));
    let mp3 = MpegAudioParameters::new(MpegAudioLayer::Layer3, 44_100, 2);
    assert_eq!(
        written(&CodecParameters::MpegAudio(mp3)),
        "m=audio 0 RTP/AVP 14\n"
    );
    let ac3 = Ac3Parameters::from_dac3(&hex!("10 11 c0")).unwrap();
    assert!(written(&CodecParameters::Ac3(ac3)).ends_with("a=rtpmap:96 AC3/48000/2\n"));
}

#[test]
fn static_payload_types_where_they_fit() {
    use CodecParameters as C;
    let pcm = PcmParameters::new;
    for (codec, line, map) in [
        (C::Pcmu(pcm(8_000, 1)), "AVP 0\n", "0 PCMU/8000\n"),
        (C::Pcma(pcm(8_000, 1)), "AVP 8\n", "8 PCMA/8000\n"),
        (C::Pcma(pcm(16_000, 2)), "AVP 96\n", "96 PCMA/16000/2\n"),
        (C::L16(pcm(44_100, 2)), "AVP 10\n", "10 L16/44100/2\n"),
        (C::L16(pcm(44_100, 1)), "AVP 11\n", "11 L16/44100/1\n"),
        (C::L16(pcm(48_000, 2)), "AVP 96\n", "96 L16/48000/2\n"),
    ] {
        let section = written(&codec);
        assert!(
            section.contains(line) && section.ends_with(map),
            "{section}"
        );
        let format = read(&section).unwrap();
        assert_eq!(format.payload_type, payload_type(&codec, PayloadType(96)));
        assert_eq!(format.codec, Some(codec));
    }
}

#[test]
fn he_aac_counts_in_the_clock_of_its_core() {
    // Explicit SBR: 24 kHz core, 48 kHz out.
    let codec = aac(&hex!("2b 11 88 00"));
    assert_eq!(codec.sample_rate(), Some(48_000));
    assert_eq!(rtp_clock_rate(&codec).unwrap().get(), 24_000);
    let section = written(&codec);
    assert!(section.contains("mpeg4-generic/24000/2") && section.contains("config=2b118800"));
    assert_eq!(read(&section).unwrap().codec, Some(codec));
}

#[test]
fn what_is_written_is_read() {
    let complete = [
        h264(),
        h265(),
        aac(&[0x11, 0x90]),
        aac(&[0x12, 0x08]),
        CodecParameters::Opus(OpusParameters::new(1)),
        CodecParameters::Opus(OpusParameters::new(2)),
        surround_opus(),
        CodecParameters::Vp8(Vp8Parameters::new(0, 0)),
        CodecParameters::Vp9(Vp9Parameters::new(0)),
        CodecParameters::Av1(Av1Parameters::from_av1c(&hex!("81 05 0c 00")).unwrap()),
    ];
    for codec in complete {
        let format = read(&written(&codec)).unwrap();
        assert_eq!(format.encoding.name(), encoding_name(&codec).unwrap());
        assert_eq!(format.clock_rate, rtp_clock_rate(&codec).unwrap());
        assert_eq!(
            Encoding::from_name(&format.encoding.name().to_uppercase()),
            Some(format.encoding)
        );
        assert_eq!(format.codec.as_ref(), Some(&codec));
        assert!(packetizer(&codec, &Settings::new(format.clock_rate)).is_ok());
    }
}

#[test]
fn codecs_without_a_format_are_unsupported() {
    let eac3 = Eac3Parameters::from_dec3(&hex!("0600 20 0f 00")).unwrap();
    let codec = CodecParameters::Eac3(eac3);
    assert_eq!(
        (encoding_name(&codec), rtp_clock_rate(&codec)),
        (None, None)
    );
    let settings = Settings::new(1.try_into().unwrap());
    assert_eq!(
        packetizer(&codec, &settings).unwrap_err(),
        Unsupported::Codec("E-AC-3")
    );
    let section = media_section(&codec, PayloadType(96), PacketizationMode::default());
    assert_eq!(section.unwrap_err(), Unsupported::Codec("E-AC-3"));
    let no_rate = CodecParameters::L16(PcmParameters::new(0, 2));
    assert!(media_section(&no_rate, PayloadType(96), PacketizationMode::default()).is_err());
}

/// Reference section 6: invalid, Annex B, empty, trailing comma, absent.
#[test]
fn parameter_sets_as_cameras_write_them() {
    let section = |sprop: &str| {
        read(&format!(
            "m=video 0 RTP/AVP 35\na=rtpmap:35 H264/90000\na=fmtp:35 packetization-mode=1{sprop}\n"
        ))
        .unwrap()
    };
    let good = "Z2QADazZQUH7ARAAAAMAEAAAAwMg8UKZYA==,aOvjyyLA";
    let annex_b = "AAAAAWdkAA2s2UFB+wEQAAADABAAAAMDIPFCmWA=,AAAAAWjr48siwA==";
    for tolerated in [
        good.to_owned(),
        format!("{good},"),
        format!(",{good}"),
        format!("!!!!,{good}"),
        annex_b.to_owned(),
        good.replace('=', ""),
    ] {
        let format = section(&format!(";sprop-parameter-sets={tolerated}"));
        assert_eq!(format.codec, Some(h264()), "{tolerated}");
    }
    for in_stream in [
        "",
        ";sprop-parameter-sets=",
        ";sprop-parameter-sets=,",
        ";sprop-parameter-sets=Z2Q,aOvjyyLA",
    ] {
        let format = section(in_stream);
        assert_eq!(
            (format.encoding, format.codec),
            (Encoding::H264, None),
            "{in_stream}"
        );
    }
}

#[test]
fn sections_as_cameras_write_them() {
    let codec = |section: &str| read(section).unwrap().codec;
    // A static payload type without rtpmap; an fmtp with its payload type only (Ubiquiti).
    let pcmu = Some(CodecParameters::Pcmu(PcmParameters::new(8_000, 1)));
    assert_eq!(codec("m=audio 0 RTP/AVP 0\na=fmtp:0\n"), pcmu);
    let l16 = Some(CodecParameters::L16(PcmParameters::new(44_100, 2)));
    assert_eq!(codec("m=audio 0 RTP/AVP 10\n"), l16, "44100 and not 441000");
    // Without indexlength, and in other case.
    let section = "m=audio 0 RTP/AVP 97\na=rtpmap:97 MPEG4-GENERIC/48000/2 \n\
        a=fmtp:97 streamtype=5; mode=AAC-hbr; config=1190; SizeLength=13;\n";
    assert_eq!(codec(section), Some(aac(&[0x11, 0x90])));
    // A payload type twice, an unknown one first.
    let section = "m=video 0 RTP/AVP 50 96 96\na=rtpmap:50 vnd.x/90000\na=rtpmap:96 h264/90000\n";
    assert_eq!(read(section).unwrap().payload_type, PayloadType(96));
    // The clock rate of a known encoding is 0 (FFmpeg reads it so, too).
    assert_eq!(
        read("m=video 0 RTP/AVP 96\na=rtpmap:96 H264/0\n")
            .unwrap()
            .clock_rate
            .get(),
        90_000
    );
    // Nothing about stereo: a decoder of two channels plays both.
    let opus = Some(CodecParameters::Opus(OpusParameters::new(2)));
    assert_eq!(
        codec("m=audio 0 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n"),
        opus
    );
    // The stream will tell.
    assert_eq!(codec("m=audio 0 RTP/AVP 14\n"), None);
}

#[test]
fn errors_say_what_is_missing() {
    use MediaSectionError as E;
    let error = |section: &str| read(section).unwrap_err();
    assert_eq!(error("m=video 0 RTP/AVP\n"), E::NoPayloadType);
    assert_eq!(error("m=video 0 RTP/AVP 96\n"), E::NoRtpMap(96));
    let unknown = "m=video 0 RTP/AVP 96\na=rtpmap:96 theora/90000\n";
    assert_eq!(error(unknown), E::UnknownEncoding("theora".to_owned()));
    let clock = "m=audio 0 RTP/AVP 96\na=rtpmap:96 L16/0/2\n";
    assert_eq!(error(clock), E::NoClockRate(96));
    let config =
        "m=audio 0 RTP/AVP 96\na=rtpmap:96 mpeg4-generic/48000/2\na=fmtp:96 mode=AAC-hbr\n";
    assert!(matches!(error(config), E::Configuration(_)));
    let streams = "m=audio 0 RTP/AVP 96\na=rtpmap:96 multiopus/48000/6\na=fmtp:96 num_streams=9\n";
    assert!(matches!(error(streams), E::Configuration(_)));
}

proptest! {
    #[test]
    fn any_parameters_never_panic(
        encoding in 0_usize..10,
        clock in any::<u32>(),
        channels in any::<u8>(),
        parameters in "[a-zA-Z0-9=;,/ +-]{0,80}",
    ) {
        let names = ["H264", "H265", "AV1", "VP9", "mpeg4-generic", "opus", "multiopus", "L16", "AC3", "PCMA"];
        let name = names[encoding];
        let section = format!("m=audio 0 RTP/AVP 96\na=rtpmap:96 {name}/{clock}/{channels}\na=fmtp:96 {parameters}\n");
        if let Ok(MediaFormat { codec: Some(codec), .. }) = read(&section) {
            let _ = media_section(&codec, PayloadType(96), PacketizationMode::default());
        }
    }

    #[test]
    fn any_configuration_survives(config in prop::collection::vec(any::<u8>(), 2..40)) {
        let Ok(parameters) = AacParameters::from_asc(&config) else { return Ok(()) };
        let codec = CodecParameters::Aac(parameters);
        prop_assume!(rtp_clock_rate(&codec).is_some());
        prop_assert_eq!(read(&written(&codec)).unwrap().codec, Some(codec));
    }

    #[test]
    fn any_pcm_survives(sample_rate in 1_u32.., channels in 1_u8..) {
        for codec in [CodecParameters::L16, CodecParameters::Pcmu, CodecParameters::Pcma] {
            let codec = codec(PcmParameters::new(sample_rate, channels));
            prop_assert_eq!(read(&written(&codec)).unwrap().codec, Some(codec));
        }
    }
}
