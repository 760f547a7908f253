use bytes::BufMut;

use super::{PacketType, unit::Unit};
use crate::{ParseError, SendError, Ssrc};

/// APP (RFC 3550 section 6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct ApplicationDefined<'a> {
    /// The application's own 5 bits.
    pub subtype: u8,
    /// The sender.
    pub ssrc: Ssrc,
    /// Four ASCII characters that name the application.
    pub name: [u8; 4],
    /// Its data, in whole words.
    pub data: &'a [u8],
}

impl<'a> ApplicationDefined<'a> {
    pub(super) fn from_unit(unit: &Unit<'a>) -> Result<Self, ParseError> {
        let (fixed, data) = unit.split_fixed::<8>("the SSRC and name of an APP packet")?;
        let [s0, s1, s2, s3, name @ ..] = *fixed;
        let ssrc = Ssrc(u32::from_be_bytes([s0, s1, s2, s3]));
        Ok(Self {
            subtype: unit.count,
            ssrc,
            name,
            data,
        })
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        12 + self.data.len()
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        check_count_and_words(self.subtype, self.data)
    }

    pub(super) fn put_body(&self, out: &mut impl BufMut) {
        out.put_u32(self.ssrc.0);
        out.put_slice(&self.name);
        out.put_slice(self.data);
    }
}

/// A packet of a type that this crate does not read, kept without its padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct UnknownPacket<'a> {
    /// Which packet it is.
    pub packet_type: PacketType,
    /// The 5 bits behind the padding bit; feedback keeps its format there.
    pub count: u8,
    /// Everything behind the 4 header bytes, in whole words.
    pub body: &'a [u8],
}

impl<'a> UnknownPacket<'a> {
    pub(super) const fn from_unit(unit: &Unit<'a>) -> Self {
        Self {
            packet_type: unit.packet_type,
            count: unit.count,
            body: unit.body,
        }
    }

    /// Bytes that encoding writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        4 + self.body.len()
    }

    /// Writes the packet.
    ///
    /// # Errors
    /// [`SendError`] when it does not fit the wire's counts; nothing is written then.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), SendError> {
        super::RtcpPacket::Unknown(*self).encode(out)
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        check_count_and_words(self.count, self.body)
    }
}

fn check_count_and_words(count: u8, data: &[u8]) -> Result<(), SendError> {
    SendError::check(
        "RTCP count or subtype",
        usize::from(count),
        super::MAX_COUNT,
    )?;
    if data.len().is_multiple_of(4) {
        return Ok(());
    }
    Err(SendError::Unencodable {
        expected: "RTCP data of whole 32-bit words",
    })
}
