use bytes::Bytes;
use castline_rtp_rtcp::payload::{
    H264Packetizer, MAX_UNITS_PER_PACKET, PacketizationMode, PacketizeError, Packetizer,
};
use proptest::prelude::*;

use super::{
    blob, depacketize::h264::reassemble, frame, length_prefixed, max_payload_lens, packetize,
    settings,
};

fn sets() -> [Bytes; 2] {
    [
        Bytes::from_static(&[0x67, 1, 2, 3]),
        Bytes::from_static(&[0x68, 4]),
    ]
}

/// Not the types that RTP has for itself.
fn carried(units: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let carried = |unit: &&Vec<u8>| {
        unit.first()
            .is_some_and(|first| matches!(first & 31, 1..=23))
    };
    units.iter().filter(carried).cloned().collect()
}

#[test]
fn parameter_sets_stand_between_the_delimiter_and_a_key_frame() {
    let mut packetizer = H264Packetizer::with_parameter_sets(&sets(), &settings(90_000, 200));
    let units = [vec![0x09, 0xf0], vec![0x06, 5, 1, 0], vec![0x65; 500]];
    let key = frame(0, length_prefixed(&units)).with_keyframe(true);
    let packets = packetize(&mut packetizer, &key, 200);
    let types: Vec<u8> = reassemble(&packets)
        .iter()
        .map(|unit| unit[0] & 31)
        .collect();
    assert_eq!(types, [9, 7, 8, 6, 5]);
    assert_eq!(packets[0].data[0], 0x78, "STAP-A with the highest NRI");
    assert_eq!(packets.len(), 4, "one aggregation packet, three fragments");
    assert_eq!(
        packets[1].data.len(),
        200,
        "fragments are full but for the last"
    );

    let own = [sets()[0].to_vec(), sets()[1].to_vec(), vec![0x65; 9]];
    let key = frame(0, length_prefixed(&own)).with_keyframe(true);
    assert_eq!(
        reassemble(&packetize(&mut packetizer, &key, 200)),
        own,
        "not twice"
    );
    let delta = frame(0, length_prefixed(&[[0x41; 9]]));
    assert_eq!(
        reassemble(&packetize(&mut packetizer, &delta, 200)),
        [[0x41; 9]]
    );
}

#[test]
fn parameter_sets_may_stay_out_of_band() {
    let mut settings = settings(90_000, 200);
    settings.parameter_sets_in_band = false;
    let mut packetizer = H264Packetizer::with_parameter_sets(&sets(), &settings);
    let key = frame(0, length_prefixed(&[[0x65; 9]])).with_keyframe(true);
    assert_eq!(
        reassemble(&packetize(&mut packetizer, &key, 200)),
        [[0x65; 9]]
    );
}

#[test]
fn media_is_sliced_and_not_copied() {
    let data = Bytes::from(length_prefixed(&[
        vec![0x06, 1],
        vec![0x41; 40],
        vec![0x41; 500],
    ]));
    let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings(90_000, 100));
    packetizer.push(&frame(0, data.clone())).unwrap();
    let mut end = data.as_ptr().addr();
    while let Some(payload) = packetizer.poll_packet() {
        for slice in payload.slices() {
            let start = slice.as_ptr().addr();
            assert!(start >= end && start < data.as_ptr().addr() + data.len());
            end = start + slice.len();
        }
    }
    assert_eq!(end, data.as_ptr().addr() + data.len());
}

#[test]
fn mode_0_sends_each_unit_alone_and_refuses_a_longer_one() {
    let mut settings = settings(90_000, 100);
    settings.packetization_mode = PacketizationMode::SingleNal;
    let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings);
    let units = [vec![0x06, 1], vec![0x41; 100]];
    let packets = packetize(&mut packetizer, &frame(7, length_prefixed(&units)), 100);
    assert_eq!(packets.len(), 2);
    assert_eq!(reassemble(&packets), units);
    let long = [vec![0x06, 1], vec![0x41; 101]];
    let refused = packetizer.push(&frame(7, length_prefixed(&long)));
    assert_eq!(
        refused,
        Err(PacketizeError::UnitTooLong {
            offset: 10,
            len: 101,
            limit: 100
        })
    );
    assert_eq!(packetizer.poll_packet(), None);
}

#[test]
fn lying_lengths_are_refused_and_the_next_frame_is_sent() {
    let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings(90_000, 100));
    for (data, offset) in [
        (&[0, 0, 0, 9, 0x41][..], 0),
        (&[0, 0, 0, 1, 0x41, 0, 0, 0], 5),
        (&[0xff, 0xff, 0xff, 0xff, 0x41], 0),
    ] {
        let refused = packetizer.push(&frame(0, data));
        assert!(
            matches!(refused, Err(PacketizeError::Malformed { offset: at, .. }) if at == offset)
        );
        assert_eq!(packetizer.poll_packet(), None);
    }
    for empty in [&[][..], &[0, 0, 0, 0], &[0, 0, 0, 1, 24]] {
        assert_eq!(
            packetizer.push(&frame(0, empty)),
            Err(PacketizeError::Empty)
        );
    }
    assert_eq!(
        packetize(&mut packetizer, &frame(0, length_prefixed(&[[0x41]])), 100).len(),
        1
    );
}

#[test]
fn a_vectored_write_holds_an_aggregation_packet() {
    let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings(90_000, 1400));
    let units = vec![vec![0x41, 1]; 40];
    packetizer.push(&frame(0, length_prefixed(&units))).unwrap();
    let slices: Vec<usize> = core::iter::from_fn(|| packetizer.poll_packet())
        .map(|payload| payload.slices().len())
        .collect();
    assert_eq!(slices, [MAX_UNITS_PER_PACKET, MAX_UNITS_PER_PACKET, 8]);
}

proptest! {
    #[test]
    fn reassembles(
        units in prop::collection::vec(blob(5_000), 1..8),
        max in max_payload_lens(),
        keyframe: bool,
    ) {
        let mut packetizer = H264Packetizer::with_parameter_sets(&sets(), &settings(1_000, max));
        let frame = frame(40, length_prefixed(&units)).with_keyframe(keyframe);
        let mut expected = carried(&units);
        let Ok(()) = packetizer.push(&frame) else {
            prop_assert!(expected.is_empty());
            return Ok(());
        };
        if keyframe && !expected.iter().any(|unit| unit[0] & 31 == 7) {
            let at = usize::from(expected[0][0] & 31 == 9);
            expected.splice(at..at, sets().map(Vec::from));
        }
        let packets = super::depacketize::drain(&mut packetizer, max);
        prop_assert_eq!(packets[0].timestamp, 3_600);
        prop_assert_eq!(reassemble(&packets), expected);
    }

    #[test]
    fn any_bytes(data in blob(3_000), max in 0_usize..70_000) {
        let mut packetizer = H264Packetizer::with_parameter_sets(&sets(), &settings(90_000, max));
        if packetizer.push(&frame(0, data)).is_ok() {
            reassemble(&super::depacketize::drain(&mut packetizer, max.max(64)));
        }
    }
}
