use alloc::{string::ToString, vec, vec::Vec};

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::ParseError;

#[test]
fn h264_of_a_camera() {
    let fmtp = Fmtp::parse_lenient(
        "96 packetization-mode=1; profile-level-id=4D0029;;  sprop-parameter-sets=Z00AKQ==,aO48gA==; x=y",
    )
    .unwrap();
    assert_eq!(fmtp.format, "96");
    assert_eq!(fmtp.value("PROFILE-LEVEL-ID"), Some("4D0029"));
    assert_eq!(fmtp.parameters().last(), Some(("x", Some("y"))));
    let h264 = fmtp.h264();
    assert_eq!(
        (h264.packetization_mode, h264.profile_level_id),
        (1, Some([0x4d, 0, 0x29]))
    );
    assert_eq!(
        h264.to_string(),
        "profile-level-id=4d0029;packetization-mode=1;sprop-parameter-sets=Z00AKQ==,aO48gA=="
    );
}

#[test]
fn the_first_of_two_values_counts() {
    assert_eq!(H264Fmtp::parse_lenient("max-br=1;max-br=2").max_br, Some(1));
    assert_eq!(
        Fmtp {
            format: "96",
            parameters: "a=1;a=2"
        }
        .value("a"),
        Some("1")
    );
}

#[test]
fn unreadable_values_are_absent_or_errors() {
    for parameters in [
        "profile-level-id=4D00",
        "profile-level-id=zz0029",
        "packetization-mode=x",
        "max-br=",
    ] {
        assert_eq!(
            H264Fmtp::parse_lenient(parameters),
            H264Fmtp::default(),
            "{parameters}"
        );
        let error = H264Fmtp::parse(parameters).unwrap_err();
        assert!(
            matches!(
                error,
                ParseError::Deviation {
                    deviation: Deviation::ParameterUnreadable,
                    ..
                }
            ),
            "{parameters}"
        );
    }
    assert_eq!(
        AacFmtp::parse_lenient("config=\"1408\"").config.as_ref(),
        [0x14, 0x08]
    );
    assert!(OpusFmtp::parse("stereo=2").is_err());
}

/// Found by fuzzing: one start code taken off left another.
#[test]
fn start_codes_in_a_row() {
    let h264 = H264Fmtp::parse_lenient("sprop-parameter-sets=AAABAAABaO48gA==");
    assert_eq!(
        h264.sprop_parameter_sets,
        [Bytes::from_static(&[0x68, 0xee, 0x3c, 0x80])]
    );
    assert_eq!(H264Fmtp::parse_lenient(&h264.to_string()), h264);
}

#[test]
fn annex_b_with_several_units_in_one_element() {
    // 00000001 67 4d 00 29, 00000001 68 ee 3c 80, 000001 06 05.
    let h264 = H264Fmtp::parse_lenient("sprop-parameter-sets=AAAAAWdNACkAAAABaO48gAAAAQYF");
    let units: Vec<&[u8]> = h264
        .sprop_parameter_sets
        .iter()
        .map(|unit| &**unit)
        .collect();
    assert_eq!(
        units,
        [
            &[0x67, 0x4d, 0, 0x29][..],
            &[0x68, 0xee, 0x3c, 0x80],
            &[6, 5]
        ]
    );
    assert_eq!(H264Fmtp::parse(&h264.to_string()), Ok(h264));
}

#[test]
fn aac_without_index_length() {
    let fmtp = Fmtp {
        format: "97",
        parameters: "mode=AAC-hbr; config=1190; SizeLength=13",
    };
    let aac = fmtp.aac();
    assert_eq!(
        (aac.size_length, aac.index_length, aac.index_delta_length),
        (13, 0, 0)
    );
    assert_eq!(aac.config.as_ref(), [0x11, 0x90]);
}

#[test]
fn aac_high_bit_rate_as_players_expect_it() {
    assert_eq!(
        AacFmtp::high_bit_rate(Bytes::from_static(&[0x12, 0x10])).to_string(),
        "streamtype=5;profile-level-id=1;mode=AAC-hbr;config=1210;sizelength=13;indexlength=3;indexdeltalength=3"
    );
}

#[test]
fn the_other_codecs() {
    let fmtp = |parameters| Fmtp {
        format: "96",
        parameters,
    };
    let h265 = fmtp("profile-id=1;sprop-vps=QAE=;sprop-sps=QgE=;sprop-pps=RAE=;interop-constraints=B00000000000").h265();
    assert_eq!(h265.sprop_sps, [Bytes::from_static(&[0x42, 1])]);
    assert_eq!(h265.interop_constraints, Some([0xb0, 0, 0, 0, 0, 0]));
    let latm = fmtp("profile-level-id=1;cpresent=0;config=40002410").latm();
    assert_eq!((latm.cpresent, latm.config.len()), (Some(false), 4));
    let opus = fmtp("minptime=10;useinbandfec=1;sprop-stereo=1").opus();
    assert!(opus.use_in_band_fec && opus.sprop_stereo && !opus.stereo);
    assert_eq!(
        fmtp("profile=1;level-idx=8;tier=1").av1().level_idx,
        Some(8)
    );
    assert_eq!(fmtp("max-fs=12288;max-fr=60").vp8().max_fr, Some(60));
    assert_eq!(fmtp("profile-id=2").vp9().profile_id, 2);
}

fn units() -> impl Strategy<Value = Vec<Bytes>> {
    // A NAL unit never begins with a start code.
    let unit = prop::collection::vec(any::<u8>(), 1..12).prop_map(|mut unit| {
        unit.insert(0, 0x67);
        Bytes::from(unit)
    });
    prop::collection::vec(unit, 0..4)
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..8).prop_map(Bytes::from)
}

proptest! {
    #[test]
    fn h264_round_trip(
        profile_level_id: Option<[u8; 3]>,
        packetization_mode in 0_u8..3,
        sprop_parameter_sets in units(),
        level_asymmetry_allowed: bool,
        max_recv_level: Option<[u8; 2]>,
        max_mbps: Option<u32>,
        in_band_parameter_sets: Option<bool>,
    ) {
        let fmtp = H264Fmtp {
            profile_level_id, packetization_mode, sprop_parameter_sets, level_asymmetry_allowed,
            max_recv_level, max_mbps, in_band_parameter_sets, ..H264Fmtp::default()
        };
        prop_assert_eq!(H264Fmtp::parse(&fmtp.to_string()), Ok(fmtp));
    }

    #[test]
    fn h265_round_trip(
        profile_id: Option<u8>,
        tier_flag: bool,
        interop_constraints: Option<[u8; 6]>,
        profile_compatibility_indicator: Option<[u8; 4]>,
        sets in (units(), units(), units()),
        max_lsr: Option<u64>,
        sprop_max_don_diff: u32,
    ) {
        let (sprop_vps, sprop_sps, sprop_pps) = sets;
        let fmtp = H265Fmtp {
            profile_id, tier_flag, interop_constraints, profile_compatibility_indicator,
            sprop_vps, sprop_sps, sprop_pps, max_lsr, sprop_max_don_diff, ..H265Fmtp::default()
        };
        prop_assert_eq!(H265Fmtp::parse(&fmtp.to_string()), Ok(fmtp));
    }

    #[test]
    fn audio_round_trips(
        config in bytes(),
        mode in "[A-Za-z-]{0,8}",
        numbers: (u8, u8, u8, Option<u32>),
        flags: (bool, bool, Option<bool>),
    ) {
        let (size_length, index_length, index_delta_length, profile_level_id) = numbers;
        let (random_access_indication, stereo, cpresent) = flags;
        let aac = AacFmtp {
            config: config.clone(), mode: mode.clone(), size_length, index_length, index_delta_length,
            profile_level_id, random_access_indication, ..AacFmtp::default()
        };
        prop_assert_eq!(AacFmtp::parse(&aac.to_string()), Ok(aac));
        let latm = LatmFmtp { profile_level_id, cpresent, config, ..LatmFmtp::default() };
        prop_assert_eq!(LatmFmtp::parse(&latm.to_string()), Ok(latm));
        let opus = OpusFmtp { stereo, max_ptime: profile_level_id, channel_mapping: mode, ..OpusFmtp::default() };
        prop_assert_eq!(OpusFmtp::parse(&opus.to_string()), Ok(opus));
    }

    #[test]
    fn video_round_trips(profile in 0_u8..4, level_idx: Option<u8>, tier: u8, max_fr: Option<u32>, max_fs: Option<u32>) {
        let av1 = Av1Fmtp { profile, level_idx, tier };
        prop_assert_eq!(Av1Fmtp::parse(&av1.to_string()), Ok(av1));
        let vp8 = Vp8Fmtp { max_fr, max_fs };
        prop_assert_eq!(Vp8Fmtp::parse(&vp8.to_string()), Ok(vp8));
        let vp9 = Vp9Fmtp { profile_id: profile, max_fr, max_fs };
        prop_assert_eq!(Vp9Fmtp::parse(&vp9.to_string()), Ok(vp9));
    }

    #[test]
    fn anything_is_read_leniently(parameters in ".{0,60}") {
        let _ = H264Fmtp::parse_lenient(&parameters);
        let sets = alloc::format!("sprop-parameter-sets={parameters};config={parameters}");
        let read = H264Fmtp::parse_lenient(&sets);
        prop_assert_eq!(H264Fmtp::parse_lenient(&read.to_string()), read);
        let _ = (AacFmtp::parse_lenient(&sets), vec![LatmFmtp::parse_lenient(&sets)]);
    }
}
