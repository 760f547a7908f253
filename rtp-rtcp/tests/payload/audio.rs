use core::num::NonZeroU8;

use castline_codec::{AacParameters, Ac3Parameters, MpegAudioLayer, MpegAudioParameters};
use castline_rtp_rtcp::payload::{
    AacPacketizer, Ac3Packetizer, MpegAudioPacketizer, OpusPacketizer, PacketizeError, Packetizer,
    Settings,
};
use proptest::prelude::*;

use super::{
    blob,
    depacketize::{Packet, aac, ac3, drain, mpeg_audio},
    frame, max_payload_lens, packetize, settings,
};

/// AAC LC, 48 kHz, stereo.
fn aac_parameters() -> AacParameters {
    AacParameters::from_asc(&[0x11, 0x90]).unwrap()
}

fn mp3_parameters() -> MpegAudioParameters {
    MpegAudioParameters::new(MpegAudioLayer::Layer3, 44_100, 2)
}

fn ac3_parameters() -> Ac3Parameters {
    // 48 kHz, bsid 8, acmod 2.
    Ac3Parameters::from_dac3(&[0x10, 0x11, 0xc0]).unwrap()
}

fn sharing(clock_rate: u32, max_payload_len: usize, frames: u8) -> Settings {
    let mut settings = settings(clock_rate, max_payload_len);
    settings.max_frames_per_packet = NonZeroU8::new(frames).unwrap();
    settings
}

/// Pushes all frames, then flushes.
fn send(packetizer: &mut impl Packetizer, frames: &[(i64, Vec<u8>)], max: usize) -> Vec<Packet> {
    let mut packets = Vec::new();
    for (pts, data) in frames {
        packets.extend(packetize(packetizer, &frame(*pts, data.clone()), max));
    }
    packetizer.flush();
    packets.extend(drain(packetizer, max));
    packets
}

#[test]
fn an_access_unit_alone_waits_for_nothing() {
    let mut packetizer = AacPacketizer::new(&aac_parameters(), &settings(48_000, 100));
    let packets = packetize(&mut packetizer, &frame(1024, vec![9; 5]), 100);
    assert_eq!(packets.len(), 1);
    assert_eq!(packets[0].data, [0, 16, 0, 5 << 3, 9, 9, 9, 9, 9]);
    assert_eq!((packets[0].timestamp, packets[0].marker), (1024, true));
}

#[test]
fn access_units_share_a_packet_while_they_follow_one_another() {
    let mut packetizer = AacPacketizer::new(&aac_parameters(), &sharing(1_000, 100, 4));
    // 1024 samples are 21.33 ms: a clock of milliseconds is off by less than a tick.
    let times = [0, 21, 43, 64, 85, 107, 200, 221];
    let frames: Vec<_> = times.map(|pts| (pts, vec![1; 10])).into();
    let packets = send(&mut packetizer, &frames, 100);
    let counts: Vec<u8> = packets.iter().map(|packet| packet.data[1] / 16).collect();
    assert_eq!(counts, [4, 2, 2], "a gap begins a packet");
    let received = aac::reassemble(&packets, 1024);
    for ((pts, _), (timestamp, _)) in frames.iter().zip(&received) {
        assert!(
            (pts * 48 - timestamp).abs() <= 48,
            "{pts} ms became {timestamp}"
        );
    }
}

#[test]
fn flush_lets_out_what_waits() {
    let mut packetizer = AacPacketizer::new(&aac_parameters(), &sharing(48_000, 100, 4));
    assert_eq!(packetize(&mut packetizer, &frame(0, vec![1; 10]), 100), []);
    packetizer.flush();
    packetizer.flush();
    assert_eq!(drain(&mut packetizer, 100).len(), 1);
    packetizer.flush();
    assert_eq!(drain(&mut packetizer, 100), []);
}

#[test]
fn what_the_formats_cannot_describe_is_refused() {
    fn refused(packetizer: &mut impl Packetizer, len: usize, limit: usize) {
        let error = PacketizeError::UnitTooLong {
            offset: 0,
            len,
            limit,
        };
        assert_eq!(packetizer.push(&frame(0, vec![0; len])), Err(error));
        assert_eq!(packetizer.poll_packet(), None);
        packetizer.push(&frame(0, vec![0; limit])).unwrap();
    }
    refused(
        &mut AacPacketizer::new(&aac_parameters(), &settings(48_000, 100)),
        8_192,
        8_191,
    );
    refused(&mut OpusPacketizer::new(&settings(48_000, 100)), 101, 100);
    refused(
        &mut MpegAudioPacketizer::new(&mp3_parameters(), &settings(44_100, 100)),
        65_536,
        65_535,
    );
    refused(
        &mut Ac3Packetizer::new(&ac3_parameters(), &settings(48_000, 100)),
        24_991,
        24_990,
    );
}

#[test]
fn opus_is_the_payload() {
    let mut packetizer = OpusPacketizer::new(&sharing(1_000, 100, 4));
    let packets = packetize(&mut packetizer, &frame(20, vec![0xfc, 1, 2]), 100);
    assert_eq!(
        packets,
        [Packet {
            marker: false,
            timestamp: 960,
            data: vec![0xfc, 1, 2]
        }]
    );
}

/// Frames that follow one another but for gaps.
fn frames(samples: i64) -> impl Strategy<Value = Vec<(i64, Vec<u8>)>> {
    prop::collection::vec((blob(8_000), prop::bool::weighted(0.1)), 1..12).prop_map(move |frames| {
        let mut pts = 0;
        let mut timed = Vec::new();
        for (mut data, gap) in frames {
            pts += if gap { 5_000 } else { samples };
            data.push(7);
            timed.push((pts, data));
        }
        timed
    })
}

proptest! {
    #[test]
    fn aac_reassembles(frames in frames(1024), max in max_payload_lens(), shared in 1_u8..40) {
        let mut packetizer = AacPacketizer::new(&aac_parameters(), &sharing(48_000, max, shared));
        let packets = send(&mut packetizer, &frames, max);
        prop_assert_eq!(aac::reassemble(&packets, 1024), frames);
    }

    #[test]
    fn mpeg_audio_reassembles(frames in frames(1152), max in max_payload_lens(), shared in 1_u8..40) {
        let mut packetizer = MpegAudioPacketizer::new(&mp3_parameters(), &sharing(44_100, max, shared));
        let packets = send(&mut packetizer, &frames, max);
        let first = (frames[0].0 * 90_000 + 22_050).div_euclid(44_100);
        prop_assert_eq!(packets[0].timestamp, first, "90 kHz whatever the sample rate");
        let stream: Vec<u8> = frames.iter().flat_map(|(_, data)| data.clone()).collect();
        prop_assert_eq!(mpeg_audio::reassemble(&packets), stream);
    }

    #[test]
    fn ac3_reassembles(frames in frames(1536), max in max_payload_lens(), shared in 1_u8..40) {
        let mut packetizer = Ac3Packetizer::new(&ac3_parameters(), &sharing(48_000, max, shared));
        let packets = send(&mut packetizer, &frames, max);
        let stream: Vec<u8> = frames.iter().flat_map(|(_, data)| data.clone()).collect();
        prop_assert_eq!(ac3::reassemble(&packets), (frames.len(), stream));
    }
}
