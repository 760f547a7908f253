use super::{
    PacketType, RtcpPacket,
    unit::{Rules, Unit},
};
use crate::ParseError;

/// An RTCP datagram over the bytes it arrived in: several packets, one behind the other.
///
/// [`parse`](Self::parse) has checked how the packets are framed; what each holds is checked when the
/// iterator comes to it, so a bad packet does not hide the good ones.
#[derive(Debug, Clone, Copy)]
pub struct Compound<'a> {
    data: &'a [u8],
    rules: Rules,
}

impl<'a> Compound<'a> {
    /// Reads a datagram by the rules of RFC 3550 section A.2: each packet has version 2 and a length that
    /// fits, the first is an SR or RR without padding, padding stands on the last alone.
    ///
    /// # Errors
    /// [`ParseError`] where the datagram departs from these rules.
    #[inline]
    pub fn parse(data: &'a [u8]) -> Result<Self, ParseError> {
        let (first, mut rest) = Unit::split(data, 0, Rules::Strict)?;
        if !matches!(
            first.packet_type,
            PacketType::SENDER_REPORT | PacketType::RECEIVER_REPORT
        ) {
            return Err(ParseError::unexpected(
                1,
                "SR or RR as the first RTCP packet",
            ));
        }
        if first.padded {
            return Err(ParseError::unexpected(
                0,
                "no padding on the first RTCP packet",
            ));
        }
        while !rest.is_empty() {
            let offset = data.len().saturating_sub(rest.len());
            let (unit, behind) = Unit::split(rest, offset, Rules::Strict)?;
            if unit.padded && !behind.is_empty() {
                return Err(ParseError::unexpected(
                    offset,
                    "padding on the last packet alone",
                ));
            }
            rest = behind;
        }
        Ok(Self {
            data,
            rules: Rules::Strict,
        })
    }

    /// Reads a datagram as the field writes them: reduced-size (RFC 5506: any packet may come first, and
    /// alone), a last packet shorter than its length says, padding anywhere or with a senseless count
    /// (which then stays in the body), SDES without the END item (Hanwha cameras), a BYE cut short.
    ///
    /// # Errors
    /// [`ParseError`] when the datagram does not begin with an RTCP header of version 2 and a packet type
    /// of RTCP (RFC 5761 section 4: 192 to 223).
    #[inline]
    pub fn parse_lenient(data: &'a [u8]) -> Result<Self, ParseError> {
        Unit::split(data, 0, Rules::Lenient)?;
        if !super::is_rtcp(data) {
            return Err(ParseError::unexpected(1, "an RTCP packet type"));
        }
        Ok(Self {
            data,
            rules: Rules::Lenient,
        })
    }

    /// The packets in order. A packet with a bad body is an error and the next one follows; broken framing
    /// (possible in lenient mode alone) is an error and the end.
    #[inline]
    #[must_use]
    pub const fn iter(&self) -> CompoundIter<'a> {
        CompoundIter {
            rest: self.data,
            offset: 0,
            rules: self.rules,
        }
    }

    /// The first CNAME, which RFC 3550 section 6.1 wants in every compound (reduced-size ones excepted).
    #[must_use]
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.iter().flatten().find_map(|packet| match packet {
            RtcpPacket::SourceDescription(description) => description.cname(),
            RtcpPacket::SenderReport(_)
            | RtcpPacket::ReceiverReport(_)
            | RtcpPacket::Goodbye(_)
            | RtcpPacket::ApplicationDefined(_)
            | RtcpPacket::Unknown(_) => None,
        })
    }
}

impl<'a> IntoIterator for Compound<'a> {
    type Item = Result<RtcpPacket<'a>, ParseError>;
    type IntoIter = CompoundIter<'a>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &Compound<'a> {
    type Item = Result<RtcpPacket<'a>, ParseError>;
    type IntoIter = CompoundIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Iterates the packets of a compound.
#[derive(Debug, Clone)]
pub struct CompoundIter<'a> {
    rest: &'a [u8],
    offset: usize,
    rules: Rules,
}

impl<'a> Iterator for CompoundIter<'a> {
    type Item = Result<RtcpPacket<'a>, ParseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        match Unit::split(self.rest, self.offset, self.rules) {
            Ok((unit, rest)) => {
                self.offset += self.rest.len() - rest.len();
                self.rest = rest;
                Some(RtcpPacket::from_unit(&unit, self.rules))
            }
            Err(error) => {
                self.rest = &[];
                Some(Err(error))
            }
        }
    }
}

impl core::iter::FusedIterator for CompoundIter<'_> {}
