//! RTCP (RFC 3550 section 6): one type per packet, the same to read and to write, and the compound that
//! carries them.
//!
//! ```
//! use castline_core::NtpTime;
//! use castline_rtp_rtcp::Ssrc;
//! use castline_rtp_rtcp::rtcp::{Compound, CompoundBuilder, RtcpPacket, SenderInfo};
//!
//! let info = SenderInfo { ntp: NtpTime(1 << 32), rtp_timestamp: 90_000, packet_count: 2, octet_count: 2_400 };
//! let mut datagram = Vec::new();
//! CompoundBuilder::new(Ssrc(7), "camera@example").sender(info).encode(&mut datagram)?;
//!
//! for packet in Compound::parse(&datagram)? {
//!     match packet? {
//!         RtcpPacket::SenderReport(report) => assert_eq!(report.info, info),
//!         RtcpPacket::SourceDescription(sdes) => assert_eq!(sdes.cname(), Some(&b"camera@example"[..])),
//!         other => panic!("{other:?}"),
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod application;
mod builder;
mod compound;
mod goodbye;
mod report;
mod source_description;
mod unit;

pub use application::{ApplicationDefined, UnknownPacket};
pub use builder::CompoundBuilder;
pub use compound::{Compound, CompoundIter};
pub use goodbye::{Goodbye, Sources};
pub use report::{
    ReceiverReport, ReportBlock, ReportBlocks, ReportBlocksIter, SenderInfo, SenderReport,
};
pub use source_description::{
    SdesChunk, SdesChunks, SdesChunksIter, SdesItem, SdesItemType, SdesItems, SdesItemsIter,
    SourceDescription,
};

use bytes::BufMut;

use crate::{ParseError, SendError};
use unit::{Rules, Unit};

/// The most report blocks, chunks or sources that one packet's 5-bit count can tell.
pub const MAX_COUNT: usize = 31;

/// An RTCP packet type (RFC 3550 section 12.1 and its registry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "the 8 bits of the wire")]
pub struct PacketType(pub u8);

impl PacketType {
    /// SR.
    pub const SENDER_REPORT: Self = Self(200);
    /// RR.
    pub const RECEIVER_REPORT: Self = Self(201);
    /// SDES.
    pub const SOURCE_DESCRIPTION: Self = Self(202);
    /// BYE.
    pub const GOODBYE: Self = Self(203);
    /// APP.
    pub const APPLICATION_DEFINED: Self = Self(204);
    /// Transport-layer feedback (RFC 4585).
    pub const TRANSPORT_FEEDBACK: Self = Self(205);
    /// Payload-specific feedback (RFC 4585).
    pub const PAYLOAD_FEEDBACK: Self = Self(206);
    /// XR (RFC 3611).
    pub const EXTENDED_REPORT: Self = Self(207);
}

/// True when a packet on a port shared by RTP and RTCP is RTCP (RFC 5761 section 4).
#[must_use]
pub const fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [_, 192..=223, ..])
}

/// One packet of a compound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RtcpPacket<'a> {
    /// SR: what a sender has sent and when, and what it has received.
    SenderReport(SenderReport<'a>),
    /// RR: what a receiver has received.
    ReceiverReport(ReceiverReport<'a>),
    /// SDES: who the sources are.
    SourceDescription(SourceDescription<'a>),
    /// BYE: sources leave.
    Goodbye(Goodbye<'a>),
    /// APP: an application's own.
    ApplicationDefined(ApplicationDefined<'a>),
    /// Any other packet type, kept as it came.
    Unknown(UnknownPacket<'a>),
}

impl<'a> RtcpPacket<'a> {
    /// Reads exactly one packet, as a reduced-size datagram may hold (RFC 5506).
    ///
    /// # Errors
    /// [`ParseError`] when the packet is malformed or is not all of `data`.
    pub fn parse(data: &'a [u8]) -> Result<Self, ParseError> {
        let (unit, rest) = Unit::split(data, 0, Rules::Strict)?;
        if !rest.is_empty() {
            let end = data.len().saturating_sub(rest.len());
            return Err(ParseError::unexpected(end, "the end of the RTCP packet"));
        }
        Self::from_unit(&unit, Rules::Strict)
    }

    #[inline]
    fn from_unit(unit: &Unit<'a>, rules: Rules) -> Result<Self, ParseError> {
        Ok(match unit.packet_type {
            PacketType::SENDER_REPORT => Self::SenderReport(SenderReport::from_unit(unit)?),
            PacketType::RECEIVER_REPORT => Self::ReceiverReport(ReceiverReport::from_unit(unit)?),
            PacketType::SOURCE_DESCRIPTION => {
                Self::SourceDescription(SourceDescription::from_unit(unit, rules)?)
            }
            PacketType::GOODBYE => Self::Goodbye(Goodbye::from_unit(unit, rules)?),
            PacketType::APPLICATION_DEFINED => {
                Self::ApplicationDefined(ApplicationDefined::from_unit(unit)?)
            }
            _ => Self::Unknown(UnknownPacket::from_unit(unit)),
        })
    }

    /// Which packet this is.
    #[must_use]
    pub const fn packet_type(&self) -> PacketType {
        match self {
            Self::SenderReport(_) => PacketType::SENDER_REPORT,
            Self::ReceiverReport(_) => PacketType::RECEIVER_REPORT,
            Self::SourceDescription(_) => PacketType::SOURCE_DESCRIPTION,
            Self::Goodbye(_) => PacketType::GOODBYE,
            Self::ApplicationDefined(_) => PacketType::APPLICATION_DEFINED,
            Self::Unknown(packet) => packet.packet_type,
        }
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::SenderReport(packet) => packet.encoded_len(),
            Self::ReceiverReport(packet) => packet.encoded_len(),
            Self::SourceDescription(packet) => packet.encoded_len(),
            Self::Goodbye(packet) => packet.encoded_len(),
            Self::ApplicationDefined(packet) => packet.encoded_len(),
            Self::Unknown(packet) => packet.encoded_len(),
        }
    }

    /// Writes the packet.
    ///
    /// # Errors
    /// [`SendError`] when it does not fit the wire's counts; nothing is written then.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), SendError> {
        self.encode_padded(0, out)
    }

    /// Writes the packet with `padding` bytes behind it, which only the last of a compound may have.
    ///
    /// # Errors
    /// [`SendError`] when it does not fit the wire's counts, or `padding` is no multiple of 4.
    pub fn encode_padded(&self, padding: u8, out: &mut impl BufMut) -> Result<(), SendError> {
        self.check(padding)?;
        self.put(padding, out);
        Ok(())
    }

    fn check(&self, padding: u8) -> Result<(), SendError> {
        if !padding.is_multiple_of(4) {
            return Err(SendError::Unencodable {
                expected: "RTCP padding of whole 32-bit words",
            });
        }
        match self {
            Self::SenderReport(packet) => packet.check()?,
            Self::ReceiverReport(packet) => packet.check()?,
            Self::SourceDescription(packet) => packet.check()?,
            Self::Goodbye(packet) => packet.check()?,
            Self::ApplicationDefined(packet) => packet.check()?,
            Self::Unknown(packet) => packet.check()?,
        }
        let len = self.encoded_len().saturating_add(usize::from(padding));
        SendError::check("bytes of RTCP packet", len, 65_536 * 4)
    }

    /// Writes what [`check`](Self::check) has passed.
    fn put(&self, padding: u8, out: &mut impl BufMut) {
        let count = match self {
            Self::SenderReport(packet) => packet.reports.len(),
            Self::ReceiverReport(packet) => packet.reports.len(),
            Self::SourceDescription(packet) => packet.chunks.len(),
            Self::Goodbye(packet) => packet.sources.len(),
            Self::ApplicationDefined(packet) => usize::from(packet.subtype),
            Self::Unknown(packet) => usize::from(packet.count),
        };
        unit::put_header(
            self.packet_type(),
            count,
            (self.encoded_len(), padding),
            out,
        );
        match self {
            Self::SenderReport(packet) => packet.put_body(out),
            Self::ReceiverReport(packet) => packet.put_body(out),
            Self::SourceDescription(packet) => packet.put_body(out),
            Self::Goodbye(packet) => packet.put_body(out),
            Self::ApplicationDefined(packet) => packet.put_body(out),
            Self::Unknown(packet) => out.put_slice(packet.body),
        }
        if let Some(zeros) = padding.checked_sub(1) {
            out.put_bytes(0, usize::from(zeros));
            out.put_u8(padding);
        }
    }
}

/// Gives each packet type its own `encode`, by way of the enum.
macro_rules! encode_as {
    ($($kind:ident)*) => {$(
        impl $kind<'_> {
            /// Writes the packet.
            ///
            /// # Errors
            /// [`SendError`] when it does not fit the wire's counts; nothing is written then.
            pub fn encode(&self, out: &mut impl BufMut) -> Result<(), SendError> {
                RtcpPacket::from(*self).encode(out)
            }
        }

        impl<'a> From<$kind<'a>> for RtcpPacket<'a> {
            fn from(packet: $kind<'a>) -> Self {
                Self::$kind(packet)
            }
        }
    )*};
}

encode_as!(SenderReport ReceiverReport SourceDescription Goodbye ApplicationDefined);

impl<'a> From<UnknownPacket<'a>> for RtcpPacket<'a> {
    fn from(packet: UnknownPacket<'a>) -> Self {
        Self::Unknown(packet)
    }
}
