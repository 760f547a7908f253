use bytes::Bytes;
use castline_rtp_rtcp::payload::{Av1Packetizer, PacketizeError, Packetizer};
use proptest::prelude::*;

use super::{
    blob,
    depacketize::av1::{leb128, reassemble},
    frame, max_payload_lens, packetize, settings,
};

const SEQUENCE_HEADER: [u8; 5] = [0x0a, 3, 1, 2, 3];

/// An OBU with size field, padded to `size_len` bytes; `header` has its flags.
fn obu(header: &[u8], payload: &[u8], size_len: usize) -> Vec<u8> {
    let mut obu = header.to_vec();
    obu[0] |= 2;
    let mut size = payload.len();
    let mut written = 0;
    while size >= 0x80 || written + 1 < size_len {
        obu.push(0x80 | u8::try_from(size & 0x7f).unwrap());
        size >>= 7;
        written += 1;
    }
    obu.push(u8::try_from(size).unwrap());
    obu.extend_from_slice(payload);
    obu
}

/// An OBU as it is in RTP.
fn bare(header: &[u8], payload: &[u8]) -> Vec<u8> {
    [header, payload].concat()
}

#[test]
fn a_key_frame_brings_the_sequence_header_and_n() {
    let config = Bytes::from_static(&SEQUENCE_HEADER);
    let mut packetizer = Av1Packetizer::new(&config, &settings(90_000, 100));
    let picture = [7; 300];
    let unit = [obu(&[0x10], &[], 1), obu(&[0x30], &picture, 2)].concat();
    let packets = packetize(
        &mut packetizer,
        &frame(0, unit.clone()).with_keyframe(true),
        100,
    );
    assert_eq!(
        reassemble(&packets),
        [bare(&[0x08], &[1, 2, 3]), bare(&[0x30], &picture)]
    );
    assert_eq!(
        packets[0].data[..3],
        [0x68, 4, 0x08],
        "Y, W=2, N; length 4; the sequence header"
    );
    assert_eq!(
        packets[0].data.len(),
        100,
        "filled with the picture's beginning"
    );
    assert_eq!(packets[1].data[0], 0xd0, "Z, Y, W=1");

    let packets = packetize(&mut packetizer, &frame(1, unit), 100);
    assert_eq!(packets[0].data[0], 0x50, "no N between key frames");
    let own = [&SEQUENCE_HEADER[..], &obu(&[0x30], &[9], 1)].concat();
    let packets = packetize(&mut packetizer, &frame(2, own).with_keyframe(true), 100);
    assert_eq!(packets[0].data, [0x28, 4, 0x08, 1, 2, 3, 0x30, 9]);
}

#[test]
fn layers_do_not_share_a_packet() {
    let mut packetizer = Av1Packetizer::new(&Bytes::new(), &settings(90_000, 100));
    let unit = [obu(&[0x34, 0x00], &[1], 1), obu(&[0x34, 0x08], &[2], 1)].concat();
    let packets = packetize(&mut packetizer, &frame(0, unit), 100);
    assert_eq!(packets.len(), 2);
    assert_eq!(reassemble(&packets), [[0x34, 0, 1], [0x34, 8, 2]]);
}

#[test]
fn the_last_obu_may_lack_its_size() {
    let mut packetizer = Av1Packetizer::new(&Bytes::new(), &settings(90_000, 100));
    let unit = [obu(&[0x10], &[], 1), vec![0x30, 1, 2, 3]].concat();
    let packets = packetize(&mut packetizer, &frame(0, unit), 100);
    assert_eq!(packets[0].data, [0x10, 0x30, 1, 2, 3]);
}

#[test]
fn malformed_units_are_refused() {
    let mut packetizer = Av1Packetizer::new(&Bytes::new(), &settings(90_000, 100));
    for data in [
        &[0x32, 5, 1][..],
        &[0x34],
        &[0x32, 0x80],
        &[0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0],
        &[0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
        &[0x32, 1, 9, 0x32],
    ] {
        let refused = packetizer.push(&frame(0, data));
        assert!(
            matches!(refused, Err(PacketizeError::Malformed { .. })),
            "{data:?}"
        );
        assert_eq!(packetizer.poll_packet(), None);
    }
    assert_eq!(
        packetizer.push(&frame(0, &[0x12, 0][..])),
        Err(PacketizeError::Empty)
    );
    assert_eq!(leb128(&[0xe5, 0x8e, 0x26]), (624_485, 3));
}

#[test]
fn the_pieces_between_obus_are_one_allocation() {
    let mut packetizer = Av1Packetizer::new(&Bytes::new(), &settings(90_000, 1400));
    let unit = [
        obu(&[0x30], &[1], 1),
        obu(&[0x20], &[2], 1),
        obu(&[0x20], &[3], 1),
    ]
    .concat();
    packetizer.push(&frame(0, unit)).unwrap();
    let payload = packetizer.poll_packet().unwrap();
    let slices = payload.slices();
    assert_eq!(payload.header(), [0x30, 2, 0x30]);
    assert_eq!(
        slices.iter().map(Bytes::len).collect::<Vec<_>>(),
        [1, 2, 1, 1, 1]
    );
    assert_eq!(slices[1].as_ptr().addr() + 2, slices[3].as_ptr().addr());
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    (1_u8..16, any::<bool>(), 0_u8..4).prop_map(|(kind, extended, layer)| {
        if extended {
            vec![kind << 3 | 4, layer << 3]
        } else {
            vec![kind << 3]
        }
    })
}

proptest! {
    #[test]
    fn reassembles(
        obus in prop::collection::vec((header(), blob(4_000), 1_usize..8), 1..8),
        max in max_payload_lens(),
    ) {
        let mut packetizer = Av1Packetizer::new(&Bytes::new(), &settings(1_000, max));
        let unit: Vec<u8> = obus.iter().flat_map(|(header, payload, size)| obu(header, payload, *size)).collect();
        let carried = obus.iter().filter(|(header, ..)| !matches!(header[0] >> 3, 2 | 8));
        let expected: Vec<_> = carried.map(|(header, payload, _)| bare(header, payload)).collect();
        match packetizer.push(&frame(40, unit)) {
            Err(_) => prop_assert!(expected.is_empty()),
            Ok(()) => {
                let packets = super::depacketize::drain(&mut packetizer, max);
                prop_assert_eq!(packets[0].timestamp, 3_600);
                prop_assert_eq!(reassemble(&packets), expected);
            }
        }
    }

    #[test]
    fn any_bytes(data in blob(3_000), max in 0_usize..70_000, keyframe: bool) {
        let config = Bytes::from_static(&SEQUENCE_HEADER);
        let mut packetizer = Av1Packetizer::new(&config, &settings(90_000, max));
        if packetizer.push(&frame(0, data).with_keyframe(keyframe)).is_ok() {
            reassemble(&super::depacketize::drain(&mut packetizer, max.max(64)));
        }
    }
}
