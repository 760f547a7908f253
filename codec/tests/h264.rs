//! H.264 through the public API, on parameter sets that x264 and hand-made encoders wrote.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::Bytes;
use castline_codec::{
    CodecParameters, H264Parameters, LengthSize, MAX_PARAMETER_SET_BYTES, ParseError,
    annexb_to_length_prefixed,
    h264::{self, NalUnitType, RandomAccess, SequenceParameters},
};
use hex_literal::hex;
use proptest::prelude::*;

const BASE_320X240: &[u8] = &hex!(
    "0164000dffe100196764000dacd94141fb011000000300100000030320f14299600100"
    "0468ef8fcbfdf8f800"
);
const FULL_HD_NTSC: &[u8] = &hex!(
    "01640028ffe1001967640028acd940780227e5c04400000fa40003a9803c60c6580100"
    "0468ef8fcbfdf8f800"
);
const FULL_HD_INTERLACED: &[u8] = &hex!(
    "01640028ffe1001a67640028acd94078044fde0220000003002000000643e2c5b2c001"
    "000468fe8fcbfdf8f800"
);
const HIGH_422_10: &[u8] = &hex!(
    "017a001effe1001b677a001eb6cd940a02ff89c044000003000400000300c03c58b658"
    "01000468ef8fcbfefafa00"
);
const HIGH_444_10_CROPPED: &[u8] = &hex!(
    "01f4000dffe1001c67f4000d90d9b282a10f1f1f80880000030008000003018078a14c"
    "b001000668ef8f192190fffafa00"
);
const SCALING_LISTS_AND_HRD: &[u8] = &hex!(
    "0164001effe100246764001eacd940a03db01100000300010000030032604000f42400"
    "1e84e4c30078b16cb001000568efbcc030fdf8f800"
);
const MONOCHROME: &[u8] = &hex!(
    "0164000dffe100196764000df3650507ec05b2000003000200000300641e28532c0100"
    "0468ef8fcbfcf8f800"
);
const BASELINE_SLICES: &[u8] = &hex!(
    "0142c015ffe100166742c015da0507ec0440000003004000001903c58ba80100"
    "0468ce0fc8"
);
const WIDE_COLOR: &[u8] = &hex!(
    "0164001effe1001d6764001eacd940b4126c11b848904a000003000200000300641e2c"
    "5b2c01000668ebe3cb22c0fdf8f800"
);
const ALL: [&[u8]; 9] = [
    BASE_320X240,
    FULL_HD_NTSC,
    FULL_HD_INTERLACED,
    HIGH_422_10,
    HIGH_444_10_CROPPED,
    SCALING_LISTS_AND_HRD,
    MONOCHROME,
    BASELINE_SLICES,
    WIDE_COLOR,
];

fn parameters(avcc: &[u8]) -> H264Parameters {
    H264Parameters::from_avcc(avcc).unwrap().0
}

fn facts(avcc: &[u8]) -> SequenceParameters {
    parameters(avcc).sequence
}

#[test]
fn size_rate_reorder_and_codec_string() {
    let codec = |avcc| {
        let parameters = parameters(avcc);
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
        codec(BASE_320X240),
        expect((320, 240), (25, 1), 2, "avc1.64000D")
    );
    assert_eq!(
        codec(FULL_HD_NTSC),
        expect((1920, 1080), (30_000, 1001), 2, "avc1.640028")
    );
    assert_eq!(
        codec(FULL_HD_INTERLACED),
        expect((1920, 1080), (25, 1), 2, "avc1.640028")
    );
    assert_eq!(
        codec(HIGH_422_10),
        expect((640, 360), (24, 1), 2, "avc1.7A001E")
    );
    assert_eq!(
        codec(HIGH_444_10_CROPPED),
        expect((322, 242), (24, 1), 2, "avc1.F4000D")
    );
    assert_eq!(
        codec(SCALING_LISTS_AND_HRD),
        expect((640, 480), (25, 1), 2, "avc1.64001E")
    );
    assert_eq!(
        codec(MONOCHROME),
        expect((320, 240), (25, 1), 2, "avc1.64000D")
    );
    assert_eq!(
        codec(BASELINE_SLICES),
        expect((320, 240), (50, 1), 0, "avc1.42C015")
    );
}

#[test]
fn chroma_depth_interlace_color_and_aspect() {
    let formats = |avcc| {
        let facts = facts(avcc);
        (
            facts.chroma_format_idc,
            facts.bit_depth_luma,
            facts.bit_depth_chroma,
        )
    };
    assert_eq!(formats(BASE_320X240), (1, 8, 8));
    assert_eq!(formats(HIGH_422_10), (2, 10, 10));
    assert_eq!(formats(HIGH_444_10_CROPPED), (3, 10, 10));
    assert_eq!(formats(MONOCHROME), (0, 8, 8));
    assert!(facts(FULL_HD_INTERLACED).interlaced);
    assert!(!facts(FULL_HD_NTSC).interlaced);
    let wide = facts(WIDE_COLOR);
    assert_eq!((wide.width, wide.height), (720, 576));
    assert_eq!(wide.sample_aspect_ratio, Some((16, 11)));
    let color = wide.color.unwrap();
    assert_eq!((color.primaries, color.transfer, color.matrix), (9, 18, 9));
    assert!(color.full_range);
}

#[test]
fn records_round_trip_to_the_byte() {
    for avcc in ALL {
        let (parameters, size) = H264Parameters::from_avcc(avcc).unwrap();
        assert_eq!(size, LengthSize::Four);
        assert_eq!(parameters.to_avcc()[..], avcc[..]);
        assert_eq!(
            H264Parameters::from_avcc(&parameters.to_avcc()).unwrap().0,
            parameters
        );
    }
}

/// Quirk: High profile files whose `avcC` ends after the PPS.
#[test]
fn a_record_without_its_high_extension() {
    let cut = &BASE_320X240[..BASE_320X240.len() - 4];
    assert_eq!(parameters(cut), parameters(BASE_320X240));
}

/// Quirk: `avc3` files have a record without parameter sets.
#[test]
fn a_record_without_sets_tells_its_length_size() {
    let empty = hex!("01640028ffe000");
    assert!(matches!(
        H264Parameters::from_avcc(&empty),
        Err(ParseError::Unexpected { .. })
    ));
    assert_eq!(LengthSize::from_avcc(&empty), Ok(LengthSize::Four));
    assert_eq!(
        LengthSize::from_avcc(&hex!("01640028fde000")),
        Ok(LengthSize::Two)
    );
}

/// Quirk: `sprop-parameter-sets` in Annex B form, empty entries, a repetition.
#[test]
fn sets_as_cameras_put_them_into_sdp() {
    let clean = parameters(BASELINE_SLICES);
    let mut sps = vec![0, 0, 0, 1];
    sps.extend_from_slice(&clean.sps[0]);
    let mut pps = vec![0, 0, 1];
    pps.extend_from_slice(&clean.pps[0]);
    pps.push(0);
    let odd = H264Parameters::from_parameter_sets(
        [&sps[..], &[], &sps],
        [&pps[..], &[][..], &clean.pps[0]],
    );
    assert_eq!(odd.unwrap(), clean);
}

/// Found by fuzzing: a set behind two start codes was written back with one of them.
#[test]
fn a_set_behind_two_start_codes_and_units_of_another_type() {
    let clean = parameters(BASELINE_SLICES);
    let twice = [&[0, 0, 1, 0, 0, 0, 1][..], &clean.sps[0]].concat();
    let odd = H264Parameters::from_parameter_sets(
        [&hex!("09f0")[..], &twice],
        [&hex!("0605ff80")[..], &clean.sps[0], &clean.pps[0]],
    );
    assert_eq!(odd.unwrap(), clean);
}

/// Quirk: encoders that cut the VUI short. What comes before the cut counts.
#[test]
fn a_cut_vui_keeps_the_size() {
    let sps = parameters(FULL_HD_NTSC).sps[0].clone();
    let whole = facts(FULL_HD_NTSC);
    let cut = SequenceParameters::parse(&sps[..sps.len() - 4]).unwrap();
    assert_eq!((cut.width, cut.height), (1920, 1080));
    assert_eq!(cut.sample_aspect_ratio, whole.sample_aspect_ratio);
    assert_eq!(cut.frame_rate, whole.frame_rate);
    let cut_sooner = SequenceParameters::parse(&sps[..12]).unwrap();
    assert_eq!((cut_sooner.width, cut_sooner.height), (1920, 1080));
    assert_eq!(cut_sooner.frame_rate, None);
    // 1080p at level 4: 32768 / 8160 frames.
    assert_eq!(cut_sooner.max_num_reorder_frames, 4);
}

#[test]
fn sets_of_an_access_unit_keep_their_order() {
    let set = |id: &str| bare_sps(77, 13, id, "11");
    let (zero, one) = (set("1"), set("010"));
    let mut frame = Vec::new();
    for unit in [&zero[..], &one, &hex!("68c0"), &hex!("6860"), &hex!("65")] {
        frame.extend_from_slice(&u32::try_from(unit.len()).unwrap().to_be_bytes());
        frame.extend_from_slice(unit);
    }
    let mut parameters = H264Parameters::from_access_unit(&frame).unwrap().unwrap();
    assert_eq!(parameters.sps[..], [zero, one.clone()]);
    // pic_parameter_set_id 0 (1...) and 2 (011).
    assert_eq!(parameters.pps[..], [&hex!("68c0")[..], &hex!("6860")]);
    assert!(!parameters.update_from(&frame).unwrap().any());
    // A new form of PPS 2 takes its place.
    let changes = parameters.update_from(&hex!("00000002 6870")).unwrap();
    assert!(changes.pps && !changes.sps);
    assert_eq!(parameters.pps[..], [&hex!("68c0")[..], &hex!("6870")]);
    assert!(H264Parameters::from_access_unit(&frame[..frame.len() - 1]).is_err());
}

/// An SPS of 320x240 without VUI: `id` and `poc` are Exp-Golomb bits, and a profile without chroma
/// fields is wanted.
fn bare_sps(profile: u8, level: u8, id: &str, poc: &str) -> Vec<u8> {
    // log2_max_frame_num 0; POC type; one reference, no gaps; 20 x 15 macroblocks; frames only, direct
    // inference, no crop, no VUI, stop bit.
    let mut bits = format!("{id}1{poc}010 0 000010100 0001111 1 1 0 0 1").replace(' ', "");
    while bits.len() % 8 != 0 {
        bits.push('0');
    }
    let bytes = bits.as_bytes().chunks(8);
    let bytes =
        bytes.map(|byte| u8::from_str_radix(core::str::from_utf8(byte).unwrap(), 2).unwrap());
    [0x67, profile, 0, level].into_iter().chain(bytes).collect()
}

#[test]
fn reorder_without_vui_follows_profile_and_level() {
    let facts = |profile, level, poc| {
        SequenceParameters::parse(&bare_sps(profile, level, "1", poc)).unwrap()
    };
    // "11": type 0 and its log2_max_pic_order_cnt_lsb_minus4 of 0; "011": type 2.
    let main = facts(77, 13, "11");
    assert_eq!((main.width, main.height), (320, 240));
    assert_eq!(main.max_num_reorder_frames, 7);
    assert_eq!(facts(77, 10, "11").max_num_reorder_frames, 1);
    assert_eq!(facts(77, 51, "11").max_num_reorder_frames, 16);
    // Type 2: output order is decoding order. Baseline: no B slices.
    assert_eq!(facts(77, 13, "011").max_num_reorder_frames, 0);
    assert_eq!(facts(66, 13, "11").max_num_reorder_frames, 0);
}

#[test]
fn keyframes_by_idr_and_recovery_point() {
    let frame = |stream: &[u8]| annexb_to_length_prefixed(stream);
    let idr = frame(&hex!("00000001 09f0 00000001 6588 00000001 6502"));
    assert_eq!(h264::random_access(&idr), RandomAccess::Idr);
    assert!(h264::is_keyframe(&idr));
    let inter = frame(&hex!("00000001 419a2025"));
    assert_eq!(h264::random_access(&inter), RandomAccess::No);
    // x264 intra-refresh=1:keyint=20.
    let refresh = frame(&hex!("00000001 0606020b4480 00000001 419a2025"));
    let RandomAccess::RecoveryPoint(point) = h264::random_access(&refresh) else {
        panic!("a recovery point expected");
    };
    assert_eq!(point.recovery_frame_count, 21);
    assert!(point.exact_match && !point.broken_link);
    assert!(!h264::is_keyframe(&refresh));
    // Open GOP: recovery_frame_cnt 0 (ue "1"), exact_match 1; behind another SEI message.
    let open = frame(&hex!("00000001 0605 02abcd 0601 c0 80 00000001 419a2025"));
    assert!(h264::is_keyframe(&open));
    // The message counts for the picture it stands before, not for one after.
    let after = frame(&hex!("00000001 419a 00000001 060601c080"));
    assert!(!h264::is_keyframe(&after));
}

#[test]
fn changed_parameter_sets_are_reported_once() {
    let mut live = parameters(BASELINE_SLICES);
    let other = parameters(FULL_HD_NTSC);
    let mut frame = vec![0, 0, 0, 1];
    frame.extend_from_slice(&other.sps[0]);
    frame.extend_from_slice(&[0, 0, 0, 1]);
    frame.extend_from_slice(&other.pps[0]);
    frame.extend_from_slice(&hex!("00000001 6588"));
    let frame = annexb_to_length_prefixed(&frame);

    let changes = live.update_from(&frame).unwrap();
    assert!(changes.sps && changes.pps && !changes.vps);
    // The same id: replaced, not added.
    assert_eq!(live, other);
    assert_eq!(live.sequence.width, 1920);
    assert!(!live.update_from(&frame).unwrap().any());
    assert_eq!(
        H264Parameters::from_access_unit(&frame).unwrap(),
        Some(other)
    );
    let bare = annexb_to_length_prefixed(&hex!("00000001 6588"));
    assert_eq!(H264Parameters::from_access_unit(&bare), Ok(None));
}

#[test]
fn a_second_sps_of_another_id_is_kept_beside() {
    let mut live = parameters(BASE_320X240);
    let second = bare_sps(77, 13, "010", "11");
    let mut frame = u32::try_from(second.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(&second);
    assert!(live.update_from(&frame).unwrap().sps);
    assert_eq!(live.sps.len(), 2);
    assert_eq!(live.sps[0], second);
    assert_eq!((live.sequence.id, live.sequence.profile_idc), (1, 77));
    let (again, _) = H264Parameters::from_avcc(&live.to_avcc()).unwrap();
    assert_eq!(again.sps, live.sps);
}

#[test]
fn sets_are_copies_that_pin_nothing() {
    let record = Bytes::from(BASE_320X240.to_vec());
    let (parameters, _) = H264Parameters::from_avcc(&record).unwrap();
    let range = record.as_ptr_range();
    assert!(!range.contains(&parameters.sps[0].as_ptr()));
    assert!(!range.contains(&parameters.pps[0].as_ptr()));
    assert!(record.is_unique());
}

#[test]
fn limits_hold() {
    let sps = parameters(BASELINE_SLICES).sps[0].clone();
    let many: Vec<Vec<u8>> = (0..300_u32)
        .map(|number| [&[0x68], &number.to_be_bytes()[..], &[0x80]].concat())
        .collect();
    let result = H264Parameters::from_parameter_sets([&sps[..]], many.iter().map(Vec::as_slice));
    assert!(matches!(
        result,
        Err(ParseError::LimitExceeded { limit: 255, .. })
    ));
    let mut large = sps.to_vec();
    large.resize(MAX_PARAMETER_SET_BYTES + 1, 0x55);
    let result = H264Parameters::from_parameter_sets([&large[..]], []);
    assert!(matches!(result, Err(ParseError::LimitExceeded { .. })));
}

#[test]
fn hostile_sizes_are_refused() {
    // 65 zero bits where the width should be.
    let mut unit = hex!("6742c015 da").to_vec();
    unit.extend_from_slice(&[0; 40]);
    assert!(SequenceParameters::parse(&unit).is_err());
    assert!(SequenceParameters::parse(&[]).is_err());
    assert!(SequenceParameters::parse(&hex!("68ce0fc8")).is_err());
    assert!(H264Parameters::from_avcc(&hex!("02640028ffe1")).is_err());
}

#[test]
fn nal_unit_types() {
    assert_eq!(NalUnitType::of(&[0x67]), Some(NalUnitType::SPS));
    assert_eq!(NalUnitType::of(&[]), None);
    assert!(h264::is_parameter_set(&[0x68, 0]) && !h264::is_parameter_set(&[0x65, 0]));
    assert!(NalUnitType::IDR.is_slice() && !NalUnitType::SEI.is_slice());
}

#[test]
fn codec_parameters_of_h264() {
    let codec = CodecParameters::H264(parameters(FULL_HD_NTSC));
    assert_eq!(codec.dimensions(), Some((1920, 1080)));
    assert_eq!((codec.sample_rate(), codec.channels()), (None, None));
    assert!(codec.is_keyframe(&hex!("00000001 65")));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = H264Parameters::from_avcc(&bytes);
        let _ = h264::random_access(&bytes);
        let _ = H264Parameters::from_access_unit(&bytes);
        if let Some(first) = bytes.first_mut() {
            *first = 0x67;
        }
        let _ = SequenceParameters::parse(&bytes);
        let _ = H264Parameters::from_parameter_sets([&bytes[..]], [&bytes[..]]);
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
        if let Ok((parameters, _)) = H264Parameters::from_avcc(&record) {
            prop_assert!(parameters.sequence.width > 0 && parameters.sequence.height > 0);
            let again = H264Parameters::from_avcc(&parameters.to_avcc()).unwrap();
            prop_assert_eq!(again, (parameters, LengthSize::Four));
        }
    }
}
