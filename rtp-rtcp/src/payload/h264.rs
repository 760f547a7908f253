use bytes::Bytes;
use castline_codec::{Frame, H264Parameters};

use super::{
    PacketizeError, Packetizer, Payload, Settings,
    nal::{NalFormat, NalPacketizer, UnitClass},
    packet::{Header, header},
};

/// STAP-A, RFC 6184 section 5.7.1.
const STAP_A: u8 = 24;
/// FU-A, RFC 6184 section 5.8.
const FU_A: u8 = 28;
const TYPE_MASK: u8 = 0x1f;
const FORBIDDEN_ZERO_BIT: u8 = 0x80;
const NAL_REF_IDC_MASK: u8 = 0x60;
const START_BIT: u8 = 0x80;
const END_BIT: u8 = 0x40;

/// H.264 in RTP (RFC 6184): single NAL unit packets, STAP-A and FU-A, packetization modes 0 and 1.
///
/// Frames are access units of 4-byte length-prefixed NAL units. Units of the types 0 and 24 to
/// 31, which H.264 leaves unspecified and RTP has taken for itself, are not sent.
#[derive(Debug)]
pub struct H264Packetizer(NalPacketizer<Rfc6184>);

impl H264Packetizer {
    /// For a track with these parameter sets.
    #[must_use]
    pub fn new(parameters: &H264Parameters, settings: &Settings) -> Self {
        let sets = parameters.sps.iter().chain(&parameters.sps_extensions);
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

impl Packetizer for H264Packetizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        self.0.push(frame)
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        self.0.poll_packet()
    }
}

#[derive(Debug)]
struct Rfc6184;

impl NalFormat for Rfc6184 {
    const HEADER_LEN: usize = 1;
    const FRAGMENT_HEADER_LEN: usize = 2;

    fn class(unit: &[u8]) -> UnitClass {
        match unit.first().map(|first| first & TYPE_MASK) {
            None => UnitClass::Malformed,
            Some(0 | 24..) => UnitClass::NotCarried,
            Some(9) => UnitClass::Delimiter,
            Some(7) => UnitClass::SequenceParameterSet,
            Some(8 | 13 | 15) => UnitClass::OtherParameterSet,
            Some(_) => UnitClass::Other,
        }
    }

    /// RFC 6184 section 5.7: F is set when any unit has it, NRI is the highest.
    fn aggregation_header<'a>(units: impl Iterator<Item = &'a [u8]>) -> Header {
        let (mut forbidden, mut nal_ref_idc) = (0, 0);
        for first in units.filter_map(|unit| unit.first()) {
            forbidden |= first & FORBIDDEN_ZERO_BIT;
            nal_ref_idc = nal_ref_idc.max(first & NAL_REF_IDC_MASK);
        }
        header(&[forbidden | nal_ref_idc | STAP_A])
    }

    fn fragment_header(unit: &[u8], first: bool, last: bool) -> Header {
        let octet = unit.first().copied().unwrap_or_default();
        let start = if first { START_BIT } else { 0 };
        let end = if last { END_BIT } else { 0 };
        header(&[
            (octet & !TYPE_MASK) | FU_A,
            start | end | (octet & TYPE_MASK),
        ])
    }
}
