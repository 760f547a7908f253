use bytes::Bytes;
use castline_codec::{Frame, H265Parameters};

use super::{
    PacketizeError, Packetizer, Payload, Settings,
    nal::{NalFormat, NalPacketizer, UnitClass},
    packet::{Header, header},
};

/// Aggregation packet, RFC 7798 section 4.4.2.
const AP: u8 = 48;
/// Fragmentation unit, RFC 7798 section 4.4.3.
const FU: u8 = 49;
/// F and the upper bit of LayerId stand around the type in the first octet of the header.
const TYPE_MASK: u8 = 0x7e;
const FORBIDDEN_ZERO_BIT: u8 = 0x80;
const START_BIT: u8 = 0x80;
const END_BIT: u8 = 0x40;

/// H.265 in RTP (RFC 7798): single NAL unit packets, aggregation packets and fragmentation units,
/// in a single stream without DONL fields (`sprop-max-don-diff=0`).
///
/// Frames are access units of 4-byte length-prefixed NAL units. Units of the types 48 to 63,
/// which H.265 leaves unspecified and RTP has taken for itself, are not sent.
#[derive(Debug)]
pub struct H265Packetizer(NalPacketizer<Rfc7798>);

impl H265Packetizer {
    /// For a track with these parameter sets.
    #[must_use]
    pub fn new(parameters: &H265Parameters, settings: &Settings) -> Self {
        let sets = parameters.vps.iter().chain(&parameters.sps);
        Self::with_parameter_sets(sets.chain(&parameters.pps), settings)
    }

    /// For a track whose parameter sets (without length prefix or start code) are known by other
    /// means; none when they are always in band.
    #[must_use]
    pub fn with_parameter_sets<'a>(
        parameter_sets: impl IntoIterator<Item = &'a Bytes>,
        settings: &Settings,
    ) -> Self {
        Self(NalPacketizer::new(settings, parameter_sets.into_iter()))
    }
}

impl Packetizer for H265Packetizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        self.0.push(frame)
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        self.0.poll_packet()
    }
}

#[derive(Debug)]
struct Rfc7798;

const fn octets(unit: &[u8]) -> [u8; 2] {
    match unit.first_chunk::<2>() {
        Some(octets) => *octets,
        None => [0; 2],
    }
}

impl NalFormat for Rfc7798 {
    const HEADER_LEN: usize = 2;
    const FRAGMENT_HEADER_LEN: usize = 3;

    fn class(unit: &[u8]) -> UnitClass {
        let Some([first, _]) = unit.first_chunk::<2>() else {
            return UnitClass::Malformed;
        };
        match (first & TYPE_MASK) >> 1 {
            48.. => UnitClass::NotCarried,
            35 => UnitClass::Delimiter,
            33 => UnitClass::SequenceParameterSet,
            32 | 34 => UnitClass::OtherParameterSet,
            _ => UnitClass::Other,
        }
    }

    /// RFC 7798 section 4.4.2: F is set when any unit has it, LayerId and TID are the lowest.
    fn aggregation_header<'a>(units: impl Iterator<Item = &'a [u8]>) -> Header {
        let (mut forbidden, mut layer_id, mut temporal_id) = (0, 0x3f, 0x07);
        for [first, second] in units.map(octets) {
            forbidden |= first & FORBIDDEN_ZERO_BIT;
            layer_id = layer_id.min(((first & 1) << 5) | (second >> 3));
            temporal_id = temporal_id.min(second & 0x07);
        }
        header(&[
            forbidden | (AP << 1) | (layer_id >> 5),
            (layer_id << 3) | temporal_id,
        ])
    }

    fn fragment_header(unit: &[u8], first: bool, last: bool) -> Header {
        let [octet, layer_and_temporal_id] = octets(unit);
        let start = if first { START_BIT } else { 0 };
        let end = if last { END_BIT } else { 0 };
        header(&[
            (octet & !TYPE_MASK) | (FU << 1),
            layer_and_temporal_id,
            start | end | ((octet & TYPE_MASK) >> 1),
        ])
    }
}
