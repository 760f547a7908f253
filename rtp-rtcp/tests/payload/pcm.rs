use castline_codec::PcmParameters;
use castline_rtp_rtcp::payload::{PacketizeError, Packetizer, PcmPacketizer};
use proptest::prelude::*;

use super::{blob, frame, max_payload_lens, packetize, settings};

#[test]
fn a_sample_of_one_channel_alone_is_refused() {
    let parameters = PcmParameters::new(48_000, 2);
    let mut packetizer = PcmPacketizer::new(&parameters, 2, &settings(48_000, 100)).unwrap();
    let refused = packetizer.push(&frame(0, vec![0; 6]));
    assert!(matches!(
        refused,
        Err(PacketizeError::Malformed { offset: 4, .. })
    ));
    assert_eq!(packetizer.poll_packet(), None);
}

#[test]
fn shapes_that_fit_no_packet_are_refused() {
    for (sample_rate, channels) in [(0, 1), (8_000, 0), (8_000, 33)] {
        let parameters = PcmParameters::new(sample_rate, channels);
        assert!(PcmPacketizer::new(&parameters, 2, &settings(8_000, 100)).is_err());
    }
}

proptest! {
    #[test]
    fn cut_between_instants_with_exact_times(
        data in blob(9_000),
        channels in 1_u8..8,
        bytes_per_sample in 1_u8..3,
        max in max_payload_lens(),
    ) {
        let block = usize::from(channels * bytes_per_sample);
        let data = &data[..data.len() - data.len() % block];
        prop_assume!(!data.is_empty());
        let parameters = PcmParameters::new(16_000, channels);
        let mut packetizer = PcmPacketizer::new(&parameters, bytes_per_sample, &settings(1_000, max)).unwrap();
        let mut received = Vec::new();
        for packet in packetize(&mut packetizer, &frame(250, data.to_vec()), max) {
            prop_assert!(!packet.marker, "RFC 3551 section 4.1");
            prop_assert_eq!(packet.data.len() % block, 0);
            prop_assert_eq!(packet.timestamp, 4_000 + i64::try_from(received.len() / block).unwrap());
            received.extend(packet.data);
        }
        prop_assert_eq!(received, data);
    }
}
