use castline_rtp_rtcp::payload::{Vp8Packetizer, Vp9Packetizer};
use proptest::prelude::*;

use super::{
    blob,
    depacketize::{vp8, vp9},
    frame, max_payload_lens, packetize, settings,
};

#[test]
fn vp9_key_frames_tell_the_size() {
    let mut packetizer = Vp9Packetizer::new(Some((1280, 720)), &settings(90_000, 100));
    let key = packetize(
        &mut packetizer,
        &frame(0, vec![1; 300]).with_keyframe(true),
        100,
    );
    let picture = vp9::reassemble(&key);
    assert_eq!(picture.dimensions, Some((1280, 720)));
    assert!(!picture.inter_predicted);
    let next = vp9::reassemble(&packetize(&mut packetizer, &frame(0, vec![1; 3]), 100));
    assert_eq!(
        (next.dimensions, next.picture_id),
        (None, picture.picture_id + 1)
    );
    assert!(next.inter_predicted);
}

#[test]
fn picture_ids_wrap_at_15_bits_and_count_sent_frames_only() {
    let mut packetizer = Vp8Packetizer::new(&settings(90_000, 100));
    for expected in (0..0x8000).chain([0, 1]) {
        let packets = packetize(&mut packetizer, &frame(0, vec![5]), 100);
        assert_eq!(vp8::reassemble(&packets), (expected, vec![5]));
    }
    use castline_rtp_rtcp::payload::Packetizer as _;
    assert!(packetizer.push(&frame(0, Vec::new())).is_err());
    let packets = packetize(&mut packetizer, &frame(0, vec![5]), 100);
    assert_eq!(vp8::reassemble(&packets).0, 2);
}

proptest! {
    #[test]
    fn reassembles(data in blob(20_000), max in max_payload_lens(), keyframe: bool, sized: bool) {
        prop_assume!(!data.is_empty());
        let frame = frame(40, data.clone()).with_keyframe(keyframe);
        let mut packetizer = Vp8Packetizer::new(&settings(1_000, max));
        let packets = packetize(&mut packetizer, &frame, max);
        prop_assert_eq!(packets[0].timestamp, 3_600);
        prop_assert_eq!(vp8::reassemble(&packets), (0, data.clone()));

        let dimensions = sized.then_some((640, 360));
        let mut packetizer = Vp9Packetizer::new(dimensions, &settings(1_000, max));
        let packets = packetize(&mut packetizer, &frame, max);
        prop_assert_eq!(packets[0].timestamp, 3_600);
        let dimensions = keyframe.then_some((640, 360)).filter(|_| sized);
        let expected = vp9::Picture { picture_id: 0, inter_predicted: !keyframe, dimensions, frame: data };
        prop_assert_eq!(vp9::reassemble(&packets), expected);
    }
}
