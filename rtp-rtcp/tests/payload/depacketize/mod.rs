//! Small receivers, written from the RFCs alone: they turn the payloads of one access unit back
//! into what was packetized, and assert each rule that a receiver relies on. The fuzz target
//! `packetizer` uses them too.

pub mod aac;
pub mod ac3;
pub mod av1;
pub mod h264;
pub mod h265;
pub mod mpeg_audio;
pub mod vp8;
pub mod vp9;

use castline_rtp_rtcp::payload::{Packetizer, Payload};

/// A payload as it is on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    pub marker: bool,
    pub timestamp: i64,
    pub data: Vec<u8>,
}

impl Packet {
    pub fn of(payload: &Payload) -> Self {
        let mut data = Vec::new();
        payload.write_to(&mut data);
        assert_eq!(data.len(), payload.len());
        assert!(payload.segments().all(|segment| !segment.is_empty()));
        Self {
            marker: payload.marker,
            timestamp: payload.timestamp,
            data,
        }
    }
}

/// All packets that are ready, each of which fits.
pub fn drain(packetizer: &mut impl Packetizer, max_payload_len: usize) -> Vec<Packet> {
    let mut packets = Vec::new();
    while let Some(payload) = packetizer.poll_packet() {
        assert!(!payload.is_empty());
        assert!(
            payload.len() <= max_payload_len,
            "{} > {max_payload_len}",
            payload.len()
        );
        packets.push(Packet::of(&payload));
    }
    packets
}

/// One timestamp, and the marker on the last packet only: what all video formats ask for.
pub fn assert_one_access_unit(packets: &[Packet]) {
    for (index, packet) in packets.iter().enumerate() {
        assert_eq!(packet.marker, index + 1 == packets.len());
        assert_eq!(packet.timestamp, packets[0].timestamp);
    }
}
