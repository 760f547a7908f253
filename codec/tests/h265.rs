//! H.265 through the public API, on parameter sets that x265 wrote.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use castline_codec::{
    CodecParameters, H265Parameters, LengthSize, ParseError, annexb_to_length_prefixed,
    h265::{self, NalUnitType, SequenceParameters, VideoParameters},
};
use hex_literal::hex;
use proptest::prelude::*;

// As x265 wrote them, without its SEI array of build options.
const MAIN_320X240: &[u8] = &hex!(
    "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003"
    "000003003c959409a10001002a42010101600000030090000003000003003ca00a080f16595952930bc05a02"
    "0000030002000003003210a2000100064401c073c189"
);
const MAIN10_FULL_HD: &[u8] = &hex!(
    "01022000000090000000000078f000fcfdfafa00000f03a00001001840010c01ffff02200000030090000003"
    "0000030078959409a10001002b420101022000000300900000030000030078a003c0801107cad965654a4c2f"
    "01680800001f480003a98040a2000100064401c073c189"
);
const REXT_422_10_CROPPED: &[u8] = &hex!(
    "0104080000009d08000000003cf000fcfefafa00000f03a00001001740010c01ffff0408000003009d080000"
    "0300003c959409a10001002c4201010408000003009d0800000300003cb00a880407111ed965654a4c2f0168"
    "08000003000800000300c040a2000100064401c073c189"
);
const REXT_444: &[u8] = &hex!(
    "0104080000009e08000000005af000fcfff8f800000f03a00001001740010c01ffff0408000003009e080000"
    "0300005a959809a10001002b4201010408000003009e0800000300005a9000a0402e3e272cacc94985e02d01"
    "0000030001000003003c08a2000100084401c07318301090"
);
const HRD_AND_FIELDS: &[u8] = &hex!(
    "0101600000004000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030040000003"
    "000003003c959409a10001003442010101600000030040000003000003003ca00a080f16595952930bc05a1a"
    "00000300020000030032c0292cbc001e848003d091a2000100064401c073c189"
);
const ALL: [&[u8]; 5] = [
    MAIN_320X240,
    MAIN10_FULL_HD,
    REXT_422_10_CROPPED,
    REXT_444,
    HRD_AND_FIELDS,
];

fn parameters(hvcc: &[u8]) -> H265Parameters {
    H265Parameters::from_hvcc(hvcc).unwrap().0
}

#[test]
fn size_rate_reorder_and_codec_string() {
    let codec = |hvcc| {
        let parameters = parameters(hvcc);
        let facts = parameters.sequence.clone();
        (
            (facts.width, facts.height),
            facts.frame_rate.unwrap(),
            facts.max_num_reorder_frames,
            parameters.codec_string(),
        )
    };
    let expect = |size, rate, reorder, string: &str| (size, rate, reorder, string.to_owned());
    assert_eq!(
        codec(MAIN_320X240),
        expect((320, 240), (25, 1), 2, "hvc1.1.6.L60.90")
    );
    assert_eq!(
        codec(MAIN10_FULL_HD),
        expect((1920, 1080), (30_000, 1001), 2, "hvc1.2.4.L120.90")
    );
    assert_eq!(
        codec(REXT_422_10_CROPPED),
        expect((322, 242), (24, 1), 2, "hvc1.4.10.L60.9D.8")
    );
    assert_eq!(
        codec(REXT_444),
        expect((640, 360), (60, 1), 2, "hvc1.4.10.L90.9E.8")
    );
}

#[test]
fn chroma_depth_and_fields() {
    let formats = |hvcc| {
        let facts = parameters(hvcc).sequence;
        (
            facts.chroma_format_idc,
            facts.bit_depth_luma,
            facts.bit_depth_chroma,
        )
    };
    assert_eq!(formats(MAIN_320X240), (1, 8, 8));
    assert_eq!(formats(MAIN10_FULL_HD), (1, 10, 10));
    assert_eq!(formats(REXT_422_10_CROPPED), (2, 10, 10));
    assert_eq!(formats(REXT_444), (3, 8, 8));
    let fields = parameters(HRD_AND_FIELDS).sequence;
    assert!(fields.field_sequence);
    assert!(!parameters(MAIN_320X240).sequence.field_sequence);
    assert_eq!(fields.sub_layers, 1);
}

#[test]
fn the_usual_codec_string() {
    // ISO/IEC 14496-15 clause E.3: Main, level 3.1, progressive, non-packed, frames only.
    let mut parameters = parameters(MAIN_320X240);
    parameters.sequence.profile.constraint_flags = [0xb0, 0, 0, 0, 0, 0];
    parameters.sequence.profile.level_idc = 93;
    assert_eq!(parameters.codec_string(), "hvc1.1.6.L93.B0");
    parameters.sequence.profile.profile_space = 1;
    parameters.sequence.profile.high_tier = true;
    parameters.sequence.profile.constraint_flags = [0; 6];
    assert_eq!(parameters.codec_string(), "hvc1.A1.6.H93");
}

#[test]
fn records_round_trip_to_the_byte() {
    for hvcc in ALL {
        let (parameters, size) = H265Parameters::from_hvcc(hvcc).unwrap();
        assert_eq!(size, LengthSize::Four);
        assert_eq!(parameters.to_hvcc()[..], hvcc[..]);
        assert_eq!(
            H265Parameters::from_hvcc(&parameters.to_hvcc()).unwrap().0,
            parameters
        );
    }
}

#[test]
fn sei_and_unknown_arrays() {
    let mut record = MAIN_320X240.to_vec();
    record[22] += 3;
    // A prefix SEI, a suffix SEI, and an array of reserved type 47.
    record.extend_from_slice(&hex!(
        "27 0001 0004 4e018180 28 0001 0003 500180 2f 0001 0002 5e01"
    ));
    let parameters = parameters(&record);
    assert_eq!(parameters.sei.len(), 2);
    assert_eq!(
        H265Parameters::from_hvcc(&parameters.to_hvcc()).unwrap().0,
        parameters
    );
}

#[test]
fn many_units_are_refused_and_empty_ones_cost_nothing() {
    let head = &MAIN_320X240[..22];
    let mut record = head.to_vec();
    record.extend_from_slice(&hex!("01 a1 ffff"));
    let mut empty = record.clone();
    empty.resize(empty.len() + 0xffff * 2, 0);
    assert!(matches!(
        H265Parameters::from_hvcc(&empty),
        Err(ParseError::Unexpected { .. })
    ));
    record.extend([0, 1, 0x42].repeat(0xffff));
    assert!(matches!(
        H265Parameters::from_hvcc(&record),
        Err(ParseError::LimitExceeded { limit: 256, .. })
    ));
}

/// Quirk: `hev1` files have a record without parameter sets.
#[test]
fn a_record_without_sets_tells_its_length_size() {
    let mut empty = MAIN_320X240[..22].to_vec();
    empty.push(0);
    assert!(H265Parameters::from_hvcc(&empty).is_err());
    assert_eq!(LengthSize::from_hvcc(&empty), Ok(LengthSize::Four));
}

#[test]
fn the_vps_tells_the_rate_when_the_sps_does_not() {
    let full = parameters(MAIN_320X240);
    let video = VideoParameters::parse(&full.vps[0]).unwrap();
    assert_eq!((video.id, video.sub_layers, video.frame_rate), (0, 1, None));
    assert_eq!(video.profile, full.sequence.profile);

    // x265's VPS with its last byte (timing flag 0, extension 0, stop bit) replaced by timing: flag 1,
    // 1001 ticks at 30000, no POC.
    // ...09 = 0000 1|001: vps_num_layer_sets 0 (1), timing 0, extension 0, stop 1.
    let vps = &full.vps[0];
    let (last, head) = vps.split_last().unwrap();
    assert_eq!(*last, 0x09);
    let mut timed = head.to_vec();
    let mut padded = format!("00001{}{:032b}{:032b}0010", 1, 1001, 30_000);
    while padded.len() % 8 != 0 {
        padded.push('0');
    }
    for byte in padded.as_bytes().chunks(8) {
        timed.push(u8::from_str_radix(core::str::from_utf8(byte).unwrap(), 2).unwrap());
    }
    // Emulation prevention for the zeros inside.
    let mut escaped = Vec::new();
    let mut zeros = 0;
    for (index, &byte) in timed.iter().enumerate() {
        let old = index < head.len();
        if !old && zeros >= 2 && byte <= 3 {
            escaped.push(3);
            zeros = 0;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        escaped.push(byte);
    }
    let video = VideoParameters::parse(&escaped).unwrap();
    assert_eq!(video.frame_rate, Some((30_000, 1001)));
}

#[test]
fn irap_pictures_are_keyframes() {
    let frame = |stream: &[u8]| annexb_to_length_prefixed(stream);
    assert!(h265::is_keyframe(&frame(&hex!(
        "00000001 4601 00000001 2801ac74"
    ))));
    assert!(h265::is_keyframe(&frame(&hex!("00000001 2a01ac74")))); // CRA
    assert!(h265::is_keyframe(&frame(&hex!("00000001 2001ac74")))); // BLA
    assert!(!h265::is_keyframe(&frame(&hex!("00000001 0201d021"))));
    assert!(!h265::is_keyframe(&frame(&hex!("00000001 4201"))));
    assert!(!h265::is_keyframe(&[]));
    assert_eq!(NalUnitType::of(&hex!("4201")), Some(NalUnitType::SPS));
    assert!(h265::is_parameter_set(&hex!("4001")) && !h265::is_parameter_set(&hex!("2801")));
}

#[test]
fn changed_parameter_sets_are_reported_once() {
    let mut live = parameters(MAIN_320X240);
    let other = parameters(MAIN10_FULL_HD);
    let mut stream = Vec::new();
    for set in [&other.vps[0], &other.sps[0], &other.pps[0]] {
        stream.extend_from_slice(&[0, 0, 0, 1]);
        stream.extend_from_slice(set);
    }
    let frame = annexb_to_length_prefixed(&stream);
    let changes = live.update_from(&frame).unwrap();
    // The PPS of both is the same.
    assert!(changes.vps && changes.sps && !changes.pps);
    assert_eq!(live, other);
    assert!(!live.update_from(&frame).unwrap().any());
    assert_eq!(
        H265Parameters::from_access_unit(&frame).unwrap(),
        Some(other)
    );

    // A layer above the base layer: nuh_layer_id 1.
    stream[5] |= 8;
    let layered = annexb_to_length_prefixed(&stream[..8]);
    assert!(!live.update_from(&layered).unwrap().any());
}

#[test]
fn codec_parameters_of_h265() {
    let codec = CodecParameters::H265(parameters(MAIN10_FULL_HD));
    assert_eq!(codec.dimensions(), Some((1920, 1080)));
    assert_eq!(codec.name(), "H.265");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 2..300)) {
        let _ = H265Parameters::from_hvcc(&bytes);
        let _ = h265::is_keyframe(&bytes);
        let _ = H265Parameters::from_access_unit(&bytes);
        (bytes[0], bytes[1]) = (0x42, 1);
        let _ = SequenceParameters::parse(&bytes);
        (bytes[0], bytes[1]) = (0x40, 1);
        let _ = VideoParameters::parse(&bytes);
    }

    #[test]
    fn damaged_records_never_panic_and_good_ones_round_trip(
        which in 0..ALL.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut record = ALL[which].to_vec();
        for (index, value) in flips {
            let at = index.index(record.len());
            record[at] = value;
        }
        if let Ok((parameters, _)) = H265Parameters::from_hvcc(&record) {
            prop_assert!(parameters.sequence.width > 0 && parameters.sequence.height > 0);
            let again = H265Parameters::from_hvcc(&parameters.to_hvcc()).unwrap();
            prop_assert_eq!(again, (parameters, LengthSize::Four));
        }
    }
}
