//! AV1, VP8 and VP9 through the public API, on streams of SVT-AV1, libaom and libvpx.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use castline_codec::{
    Av1Parameters, CodecParameters, ColorDescription, MAX_PARAMETER_SET_BYTES, ParseError,
    Vp8Parameters, Vp9Parameters,
    av1::{self, ObuType, obus},
    vp8, vp9,
};
use hex_literal::hex;
use proptest::prelude::*;

const SVT_640X360: &[u8] = &hex!("81010c000a0b0000000cc4ff6700be0010");
const AOM_10_BIT: &[u8] = &hex!("81004c000a0b000000043cfeccdaf94040");
const AOM_444: &[u8] = &hex!("812000000a0a200000043cfeccdaf902");
const AOM_PQ: &[u8] = &hex!("81004c000a0e000000043cffbcdaf95091009040");
const AV1_RECORDS: [&[u8]; 4] = [SVT_640X360, AOM_10_BIT, AOM_444, AOM_PQ];

/// The first temporal unit of the 10-bit stream: delimiter, sequence header, and a frame of
/// which only the head is here, with its size put right.
const AV1_KEY_UNIT: &[u8] = &hex!("1200 0a0b000000043cfeccdaf94040 32 04 1400a0c8");

const VPCC_8: &[u8] = &hex!("010000000015820202020000");
const VPCC_422_10: &[u8] = &hex!("01000000030ba40202020000");

const VP9_KEY: &[u8] = &hex!("824983420027f016760438241c184a10");
const VP9_KEY_422_10: &[u8] = &hex!("b124c1a102009f8059b021c120e0c2c0");
const VP8_KEY: &[u8] = &hex!("f062009d012a4001b40000470885858885848802");

#[test]
fn av1_records() {
    let facts = |record| {
        let parameters = Av1Parameters::from_av1c(record).unwrap();
        assert_eq!(parameters.to_av1c()[..], record[..]);
        let sequence = parameters.sequence.unwrap();
        (
            (sequence.width, sequence.height),
            sequence.bit_depth,
            parameters.codec_string(),
        )
    };
    assert_eq!(
        facts(SVT_640X360),
        ((640, 360), 8, "av01.0.01M.08".to_owned())
    );
    assert_eq!(
        facts(AOM_10_BIT),
        ((320, 180), 10, "av01.0.00M.10".to_owned())
    );
    assert_eq!(
        facts(AOM_444),
        ((320, 180), 8, "av01.1.00M.08.0.000.02.02.02.0".to_owned())
    );
    assert_eq!(
        facts(AOM_PQ),
        ((320, 240), 10, "av01.0.00M.10.0.110.09.16.09.0".to_owned())
    );
}

#[test]
fn av1_configuration_agrees_with_the_sequence_header() {
    for record in AV1_RECORDS {
        let parameters = Av1Parameters::from_av1c(record).unwrap();
        let header = obus(&parameters.config_obus).next().unwrap().unwrap();
        assert_eq!(header.kind, ObuType::SEQUENCE_HEADER);
        assert_eq!(
            Av1Parameters::from_sequence_header(header.payload).unwrap(),
            parameters
        );
    }
}

#[test]
fn av1_temporal_units() {
    let kinds: Vec<_> = obus(AV1_KEY_UNIT).map(|obu| obu.unwrap().kind).collect();
    assert_eq!(
        kinds,
        [
            ObuType::TEMPORAL_DELIMITER,
            ObuType::SEQUENCE_HEADER,
            ObuType::FRAME
        ]
    );
    let whole: Vec<u8> = obus(AV1_KEY_UNIT)
        .flat_map(|obu| obu.unwrap().data.to_vec())
        .collect();
    assert_eq!(whole, AV1_KEY_UNIT);
    assert!(av1::is_keyframe(AV1_KEY_UNIT));
    // An inter frame: show_existing_frame 0, frame_type 1, show_frame 1.
    assert!(!av1::is_keyframe(&hex!("1200 32 02 3000")));
    // A key frame that is not shown, and one shown again.
    assert!(!av1::is_keyframe(&hex!("1200 32 02 0000")));
    assert!(!av1::is_keyframe(&hex!("1200 1a 01 80")));

    let mut parameters = Av1Parameters::from_av1c(SVT_640X360).unwrap();
    assert!(parameters.update_from(AV1_KEY_UNIT).unwrap());
    assert_eq!(parameters, Av1Parameters::from_av1c(AOM_10_BIT).unwrap());
    assert!(!parameters.update_from(AV1_KEY_UNIT).unwrap());
    assert!(!parameters.update_from(&hex!("1200")).unwrap());
    assert_eq!(
        Av1Parameters::from_temporal_unit(AV1_KEY_UNIT).unwrap(),
        Some(parameters)
    );
}

#[test]
fn obus_without_size_with_extension_and_broken() {
    // Type 6 with size 5, of which two bytes are there: one error, and the end.
    let broken = hex!("1200 32 05 aabb");
    let items: Vec<_> = obus(&broken).collect();
    assert_eq!(items.len(), 2);
    assert_eq!(
        items[1],
        Err(ParseError::Truncated {
            offset: 4,
            needed: 5
        })
    );
    // Type 6, extension, no size: to the end.
    let open = hex!("34 48 aabb");
    let frame = obus(&open).next().unwrap().unwrap();
    assert!(!frame.has_size);
    assert_eq!(frame.payload, hex!("aabb"));
    let extension = frame.extension.unwrap();
    assert_eq!((extension.temporal_id, extension.spatial_id), (2, 1));
    assert!(
        obus(&hex!("92 00")).next().unwrap().is_err(),
        "forbidden bit"
    );
    let endless = hex!("12 ffffffffffffffff 01");
    assert!(matches!(
        obus(&endless).next().unwrap(),
        Err(ParseError::Unexpected { .. })
    ));
    assert!(
        obus(&hex!("12 8080808010")).next().unwrap().is_err(),
        "33 bits"
    );
    let padded = hex!("12 818000 aa");
    assert_eq!(obus(&padded).next().unwrap().unwrap().payload, [0xaa]);
}

#[test]
fn an_av1_record_without_a_sequence_header() {
    let parameters = Av1Parameters::from_av1c(&SVT_640X360[..4]).unwrap();
    assert_eq!(parameters.sequence, None);
    assert_eq!(parameters.codec_string(), "av01.0.01M.08");
    assert_eq!(CodecParameters::Av1(parameters).dimensions(), None);
    let mut large = SVT_640X360[..4].to_vec();
    large.resize(MAX_PARAMETER_SET_BYTES + 5, 0);
    assert!(matches!(
        Av1Parameters::from_av1c(&large),
        Err(ParseError::LimitExceeded { .. })
    ));
}

#[test]
fn the_example_of_the_av1_binding() {
    let mut parameters = Av1Parameters::from_av1c(&SVT_640X360[..4]).unwrap();
    parameters.configuration.level_idx = 4;
    assert_eq!(parameters.codec_string(), "av01.0.04M.08");
}

#[test]
fn vp9_records() {
    for record in [VPCC_8, VPCC_422_10] {
        assert_eq!(
            Vp9Parameters::from_vpcc(record).unwrap().to_vpcc()[..],
            record[..]
        );
    }
    let plain = Vp9Parameters::from_vpcc(VPCC_8).unwrap();
    assert_eq!((plain.profile, plain.level, plain.bit_depth), (0, 21, 8));
    assert_eq!(plain.codec_string(), "vp09.00.21.08");
    let wide = Vp9Parameters::from_vpcc(VPCC_422_10).unwrap();
    assert_eq!(
        (wide.profile, wide.bit_depth, wide.chroma_subsampling),
        (3, 10, 2)
    );
    assert_eq!(wide.codec_string(), "vp09.03.11.10.02.02.02.02.00");
    assert_eq!(Vp9Parameters::new(0).codec_string(), "vp09.00.10.08");
}

#[test]
fn vp9_keyframes() {
    let header = vp9::FrameHeader::parse(VP9_KEY).unwrap();
    assert!(header.keyframe && header.shown && vp9::is_keyframe(VP9_KEY));
    let parameters = Vp9Parameters::from_keyframe(VP9_KEY).unwrap();
    assert_eq!(parameters.size, Some((640, 360)));
    assert_eq!(
        (parameters.profile, parameters.level, parameters.bit_depth),
        (0, 21, 8)
    );
    let wide = Vp9Parameters::from_keyframe(VP9_KEY_422_10).unwrap();
    assert_eq!(wide.size, Some((320, 180)));
    assert_eq!(
        (wide.profile, wide.bit_depth, wide.chroma_subsampling),
        (3, 10, 2)
    );
    // show_existing_frame of slot 3; an inter frame.
    let again = vp9::FrameHeader::parse(&[0b1000_1011]).unwrap();
    assert_eq!(
        (again.show_existing_frame, again.keyframe),
        (Some(3), false)
    );
    assert!(!vp9::is_keyframe(&[0b1000_0110, 0]));
    assert!(vp9::FrameHeader::parse(&hex!("82498343")).is_err());
}

#[test]
fn vp8_keyframes() {
    assert!(vp8::is_keyframe(VP8_KEY));
    let header = vp8::FrameHeader::parse(VP8_KEY).unwrap();
    assert!(header.shown);
    assert_eq!(header.version, 0);
    assert_eq!(header.size, Some((320, 180)));
    assert_eq!(
        Vp8Parameters::from_keyframe(VP8_KEY).unwrap(),
        Vp8Parameters::new(320, 180)
    );
    assert!(!vp8::is_keyframe(&hex!("110000")));
    assert!(Vp8Parameters::from_keyframe(&hex!("110000")).is_err());
    assert!(vp8::FrameHeader::parse(&hex!("f06200 9d012b 4001b400")).is_err());
    let unknown = CodecParameters::Vp8(Vp8Parameters::default());
    assert_eq!(
        (unknown.dimensions(), unknown.codec_string()),
        (None, "vp8".to_owned())
    );
}

#[test]
fn sizes_change_in_band() {
    let mut vp8 = CodecParameters::Vp8(Vp8Parameters::default());
    assert!(!vp8.update_from(&hex!("110000")).unwrap());
    assert!(vp8.update_from(VP8_KEY).unwrap());
    assert!(!vp8.update_from(VP8_KEY).unwrap());
    assert_eq!(vp8.dimensions(), Some((320, 180)));
    assert!(vp8.update_from(&[]).is_err());

    let from_file = Vp9Parameters::from_vpcc(&hex!("01000000 0028 82 010101 0000")).unwrap();
    let mut vp9 = CodecParameters::Vp9(from_file);
    assert!(vp9.update_from(VP9_KEY).unwrap());
    assert!(!vp9.update_from(VP9_KEY).unwrap());
    assert!(!vp9.update_from(&[0b1000_0110, 0]).unwrap());
    assert_eq!(vp9.dimensions(), Some((640, 360)));
    assert_eq!(vp9.codec_string(), "vp09.00.40.08");
    assert!(vp9.update_from(VP9_KEY_422_10).unwrap());
    assert_eq!(vp9.dimensions(), Some((320, 180)));

    let mut g711 = CodecParameters::Pcmu(castline_codec::PcmParameters::new(8000, 1));
    assert!(!g711.update_from(VP8_KEY).unwrap());
}

prop_compose! {
    fn vp9_parameters()(
        profile in 0u8..4, level in any::<u8>(), bit_depth in 0u8..16, chroma in 0u8..8,
        color in any::<(u8, u8, u8, bool)>(),
    ) -> Vp9Parameters {
        let mut parameters = Vp9Parameters::new(profile);
        parameters.level = level;
        parameters.bit_depth = bit_depth;
        parameters.chroma_subsampling = chroma;
        parameters.color = ColorDescription::new(color.0, color.1, color.2, color.3);
        parameters
    }
}

proptest! {
    #[test]
    fn vpcc_round_trips(parameters in vp9_parameters()) {
        prop_assert_eq!(Vp9Parameters::from_vpcc(&parameters.to_vpcc()).unwrap(), parameters);
    }

    #[test]
    fn damaged_av1_records_never_panic_and_good_ones_round_trip(
        which in 0..AV1_RECORDS.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut record = AV1_RECORDS[which].to_vec();
        for (index, value) in flips {
            let at = index.index(record.len());
            record[at] = value;
        }
        if let Ok(parameters) = Av1Parameters::from_av1c(&record) {
            let again = Av1Parameters::from_av1c(&parameters.to_av1c()).unwrap();
            prop_assert_eq!(again, parameters);
        }
    }

    #[test]
    fn leb128_round_trips(value in any::<u32>()) {
        let mut unit = vec![0x7a];
        av1::write_leb128(value, &mut unit);
        let result = obus(&unit).next().unwrap();
        match value {
            0 => prop_assert!(result.unwrap().payload.is_empty()),
            _ => prop_assert_eq!(
                result.unwrap_err(),
                ParseError::Truncated { offset: unit.len(), needed: value as usize }
            ),
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let _ = Av1Parameters::from_av1c(&bytes);
        let _ = Av1Parameters::from_sequence_header(&bytes);
        let _ = Av1Parameters::from_temporal_unit(&bytes);
        let _ = av1::is_keyframe(&bytes);
        let _ = Vp9Parameters::from_vpcc(&bytes);
        let _ = Vp9Parameters::from_keyframe(&bytes);
        let _ = Vp8Parameters::from_keyframe(&bytes);
    }

    #[test]
    fn obus_cover_the_unit_without_gaps(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut at = 0;
        for obu in obus(&bytes).map_while(Result::ok) {
            prop_assert_eq!(obu.data, &bytes[at..at + obu.data.len()]);
            prop_assert!(obu.data.len() > obu.payload.len());
            at += obu.data.len();
        }
    }
}
