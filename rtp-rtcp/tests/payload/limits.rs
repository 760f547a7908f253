use castline_codec::{CodecParameters, PcmParameters};
use castline_rtp_rtcp::payload::{
    AnyPacketizer, H264Packetizer, MAX_UNITS_PER_FRAME, OpusPacketizer, PacketizeError, Packetizer,
    packetizer,
};

use super::{depacketize, frame, length_prefixed, packetize, rate, settings};
use castline_rtp_rtcp::payload::Settings;

#[test]
fn a_frame_over_the_limit_is_refused() {
    let mut settings = settings(90_000, 100);
    settings.max_frame_len = 10;
    let mut packetizer = OpusPacketizer::new(&settings);
    let refused = packetizer.push(&frame(0, vec![0; 11]));
    assert_eq!(
        refused,
        Err(PacketizeError::FrameTooLong { len: 11, limit: 10 })
    );
    assert_eq!(
        packetize(&mut packetizer, &frame(0, vec![0; 10]), 100).len(),
        1
    );
    assert_eq!(
        Settings::new(rate(1)).max_frame_len,
        16 << 20,
        "finite unless set"
    );
}

#[test]
fn a_frame_of_too_many_units_is_refused() {
    let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings(90_000, 100));
    let most = vec![[0x41]; MAX_UNITS_PER_FRAME];
    let packets = packetize(&mut packetizer, &frame(0, length_prefixed(&most)), 100);
    assert_eq!(
        depacketize::h264::reassemble(&packets).len(),
        MAX_UNITS_PER_FRAME
    );
    let more = vec![[0x41]; MAX_UNITS_PER_FRAME + 1];
    let refused = packetizer.push(&frame(0, length_prefixed(&more)));
    assert_eq!(
        refused,
        Err(PacketizeError::TooManyUnits {
            limit: MAX_UNITS_PER_FRAME
        })
    );
}

#[test]
fn a_frame_while_packets_are_left_is_refused_and_changes_nothing() {
    let codec = CodecParameters::Pcma(PcmParameters::new(8_000, 1));
    let mut packetizer = packetizer(&codec, &settings(8_000, 100)).unwrap();
    assert!(matches!(packetizer, AnyPacketizer::Pcm(_)));
    packetizer.push(&frame(0, vec![1; 150])).unwrap();
    let first = packetizer.poll_packet().unwrap();
    assert_eq!(
        packetizer.push(&frame(9, vec![2; 150])),
        Err(PacketizeError::Pending)
    );
    let second = packetizer.poll_packet().unwrap();
    assert_eq!(
        (first.len(), second.len(), second.timestamp),
        (100, 50, 100)
    );
    assert_eq!(packetizer.poll_packet(), None);
}

#[test]
fn packet_lengths_are_kept_within_reason() {
    for (asked, used) in [(0, 64), (usize::MAX, 65_000)] {
        let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings(90_000, asked));
        let packets = packetize(
            &mut packetizer,
            &frame(0, length_prefixed(&[[0x41; 70_000]])),
            used,
        );
        assert_eq!(packets[0].data.len(), used);
    }
}

#[test]
fn packetizers_move_between_threads() {
    const fn assert_send<T: Send>() {}
    assert_send::<AnyPacketizer>();
}
