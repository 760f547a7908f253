use bytes::Bytes;
use castline_rtp_rtcp::payload::{H265Packetizer, PacketizeError, Packetizer};
use proptest::prelude::*;

use super::{
    blob, depacketize::h265::reassemble, frame, length_prefixed, max_payload_lens, packetize,
    settings,
};

fn sets() -> [Bytes; 3] {
    [
        Bytes::from_static(&[0x40, 1, 2]),
        Bytes::from_static(&[0x42, 1, 3]),
        Bytes::from_static(&[0x44, 1, 4]),
    ]
}

fn kind(unit: &[u8]) -> u8 {
    (unit[0] >> 1) & 63
}

#[test]
fn parameter_sets_stand_between_the_delimiter_and_a_key_frame() {
    let mut packetizer = H265Packetizer::with_parameter_sets(&sets(), &settings(90_000, 200));
    let units = [vec![0x46, 1, 0x50], [vec![0x26, 1], vec![7; 500]].concat()];
    let key = frame(0, length_prefixed(&units)).with_keyframe(true);
    let packets = packetize(&mut packetizer, &key, 200);
    let types: Vec<u8> = reassemble(&packets).iter().map(|unit| kind(unit)).collect();
    assert_eq!(types, [35, 32, 33, 34, 19]);
    assert_eq!(
        packets[0].data[..2],
        [0x60, 0x01],
        "AP, lowest layer and temporal ids"
    );
}

#[test]
fn a_unit_without_a_whole_header_is_refused() {
    let mut packetizer = H265Packetizer::with_parameter_sets(&[], &settings(90_000, 200));
    let refused = packetizer.push(&frame(0, length_prefixed(&[vec![2, 1, 5], vec![2]])));
    assert!(matches!(
        refused,
        Err(PacketizeError::Malformed { offset: 11, .. })
    ));
    assert_eq!(packetizer.poll_packet(), None);
}

proptest! {
    #[test]
    fn reassembles(
        units in prop::collection::vec(blob(5_000), 1..8),
        max in max_payload_lens(),
        keyframe: bool,
    ) {
        let mut packetizer = H265Packetizer::with_parameter_sets(&sets(), &settings(1_000, max));
        let frame = frame(40, length_prefixed(&units)).with_keyframe(keyframe);
        let mut expected: Vec<_> = units.iter().filter(|unit| !unit.is_empty()).cloned().collect();
        let malformed = expected.iter().any(|unit| unit.len() == 1);
        expected.retain(|unit| kind(unit) < 48);
        let Ok(()) = packetizer.push(&frame) else {
            prop_assert!(malformed || expected.is_empty());
            return Ok(());
        };
        if keyframe && !expected.iter().any(|unit| kind(unit) == 33) {
            let at = usize::from(kind(&expected[0]) == 35);
            expected.splice(at..at, sets().map(Vec::from));
        }
        let packets = super::depacketize::drain(&mut packetizer, max);
        prop_assert_eq!(packets[0].timestamp, 3_600);
        prop_assert_eq!(reassemble(&packets), expected);
    }

    #[test]
    fn any_bytes(data in blob(3_000), max in 0_usize..70_000) {
        let mut packetizer = H265Packetizer::with_parameter_sets(&sets(), &settings(90_000, max));
        if packetizer.push(&frame(0, data)).is_ok() {
            reassemble(&super::depacketize::drain(&mut packetizer, max.max(64)));
        }
    }
}
