//! As much of RTP, RTCP and two payload formats as it takes to see what arrives.

use super::client::Response;

/// An RTP packet.
#[derive(Debug, Clone)]
pub(crate) struct Rtp {
    pub(crate) marker: bool,
    pub(crate) payload_type: u8,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) ssrc: u32,
    pub(crate) payload: Vec<u8>,
}

/// An RTCP packet of a compound one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    Sender {
        ssrc: u32,
        timestamp: u32,
        packets: u32,
    },
    Cname(String),
    Bye,
    Other(u8),
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

impl Rtp {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        assert_eq!(
            bytes[0], 0x80,
            "version 2, no padding, no extension, no CSRC"
        );
        Self {
            marker: bytes[1] >= 0x80,
            payload_type: bytes[1] & 0x7f,
            sequence: u16::from_be_bytes([bytes[2], bytes[3]]),
            timestamp: word(bytes, 4),
            ssrc: word(bytes, 8),
            payload: bytes[12..].to_vec(),
        }
    }

    /// The RTP packets of one channel.
    pub(crate) fn of(packets: &[(u8, Vec<u8>)], channel: u8) -> Vec<Self> {
        let own = packets.iter().filter(|(other, _)| *other == channel);
        own.map(|(_, packet)| Self::parse(packet)).collect()
    }
}

/// The packets of a compound one.
pub(crate) fn reports(mut bytes: &[u8]) -> Vec<Report> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        assert_eq!(bytes[0] >> 6, 2, "the version of RTCP");
        let len = 4 + 4 * usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        let (packet, rest) = bytes.split_at(len);
        all.push(match packet[1] {
            200 => Report::Sender {
                ssrc: word(packet, 4),
                timestamp: word(packet, 16),
                packets: word(packet, 20),
            },
            202 if packet.get(8) == Some(&1) => {
                let len = usize::from(packet[9]);
                Report::Cname(String::from_utf8(packet[10..10 + len].to_vec()).unwrap())
            }
            203 => Report::Bye,
            other => Report::Other(other),
        });
        bytes = rest;
    }
    all
}

/// Each number is one more than the one before.
pub(crate) fn assert_contiguous(packets: &[Rtp]) {
    for pair in packets.windows(2) {
        let (before, after) = (pair[0].sequence, pair[1].sequence);
        assert_eq!(after, before.wrapping_add(1), "sequence numbers have a gap");
    }
}

/// Packets of the same timestamp, together.
pub(crate) fn access_units(packets: &[Rtp]) -> Vec<Vec<Rtp>> {
    let same = |one: &Rtp, other: &Rtp| one.timestamp == other.timestamp;
    packets.chunk_by(same).map(<[Rtp]>::to_vec).collect()
}

/// The H.264 NAL units of whole access units (RFC 6184: single, STAP-A, FU-A).
pub(crate) fn nal_units(packets: &[Rtp]) -> Vec<Vec<u8>> {
    let (mut all, mut fragment): (Vec<Vec<u8>>, Option<Vec<u8>>) = (Vec::new(), None);
    for payload in packets.iter().map(|packet| packet.payload.as_slice()) {
        let kind = payload[0] & 0x1f;
        assert_eq!(
            fragment.is_some(),
            kind == 28 && payload[1] & 0x80 == 0,
            "fragments are in order"
        );
        match kind {
            24 => {
                let mut rest = &payload[1..];
                while let Some((len, after)) = rest.split_first_chunk() {
                    let (unit, after) = after.split_at(usize::from(u16::from_be_bytes(*len)));
                    all.push(unit.to_vec());
                    rest = after;
                }
            }
            28 => {
                let begun = fragment.take();
                let mut unit = begun.unwrap_or_else(|| vec![payload[0] & 0xe0 | payload[1] & 0x1f]);
                unit.extend_from_slice(&payload[2..]);
                match payload[1] & 0x40 {
                    0 => fragment = Some(unit),
                    _ => all.push(unit),
                }
            }
            1..=23 => all.push(payload.to_vec()),
            other => panic!("NAL unit type {other} in RTP"),
        }
    }
    assert!(fragment.is_none(), "the last fragment is there");
    all
}

/// URL, sequence number and timestamp of each track in RTP-Info.
pub(crate) fn rtp_info(response: &Response) -> Vec<(String, u16, u32)> {
    let info = response.header("RTP-Info").expect("no RTP-Info");
    info.split(',')
        .map(|entry| {
            let value = |name: &str| {
                let mut parameters = entry
                    .split(';')
                    .filter_map(|one| one.trim().split_once('='));
                parameters
                    .find(|(known, _)| *known == name)
                    .unwrap_or_else(|| panic!("no {name} in {entry}"))
                    .1
            };
            (
                value("url").to_owned(),
                value("seq").parse().unwrap(),
                value("rtptime").parse().unwrap(),
            )
        })
        .collect()
}
