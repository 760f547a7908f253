//! RTP and RTCP without sockets or clocks: packets as views over the bytes they arrived in, headers
//! written beside payloads that are never copied, RTCP with the compound rules, and the sender's state.
//!
//! ```
//! use castline_rtp_rtcp::{PayloadType, RtpHeader, RtpPacket, SequenceNumber, Ssrc};
//!
//! let header = RtpHeader::new(PayloadType(96), SequenceNumber(1), 90_000, Ssrc(7)).with_marker(true);
//! let mut datagram = Vec::with_capacity(header.encoded_len() + 5);
//! header.encode_packet(b"hello", &mut datagram);
//!
//! let packet = RtpPacket::parse(&datagram)?;
//! assert!(packet.marker());
//! assert_eq!((packet.sequence_number(), packet.timestamp()), (SequenceNumber(1), 90_000));
//! assert_eq!(packet.payload(), b"hello");
//! # Ok::<(), castline_rtp_rtcp::ParseError>(())
//! ```
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod error;
mod extension;
mod header;
mod interval;
pub mod media_section;
mod packet;
mod packet_buf;
mod packet_mut;
pub mod payload;
pub mod rtcp;
mod sequence;

#[cfg(feature = "std")]
mod sender;

pub use error::{ParseError, SendError};
pub use extension::{
    Element, ElementForm, Elements, ExtensionBuilder, ExtensionProfile, HeaderExtension,
};
pub use header::{PayloadType, RtpHeader, Ssrc};
pub use interval::{MinimumInterval, ReportInterval};
pub use packet::RtpPacket;
pub use packet_buf::RtpPacketBuf;
pub use packet_mut::RtpPacketMut;
pub use sequence::{ExtendedSequence, SequenceNumber};

#[cfg(feature = "std")]
pub use sender::{
    Continuity, ReceptionReport, Sender, SenderConfig, SenderEvent, SenderLimits, SenderStats,
};
