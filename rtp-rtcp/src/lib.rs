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
//!
//! [`RtpPacketBuf`] keeps the buffer, so that its payload is a slice of it; [`RtpPacketMut`] rewrites a
//! packet where it lies; [`rtcp`] has the reports; `Sender` (feature `std`) has the numbers, timestamps
//! and timers of a stream that is sent.
//!
//! # What is implemented
//! RTP and RTCP (RFC 3550)
//! - [x] 5.1 header, CSRCs, padding; 5.3.1 header extension, any profile
//! - [x] 6.1 compound packets: order, CNAME, more than 31 report blocks; A.2 validity
//! - [x] 6.2, 6.3, A.7 report interval: bandwidth shares, randomisation, reduced minimum, timer
//!   reconsideration and its reverse, members that time out
//! - [x] 6.4 SR and RR, signed cumulative loss, round trip; 6.5 SDES, every item; 6.6 BYE; 6.7 APP
//! - [x] 8.2 SSRC collisions of a sender: told, not resolved
//! - [ ] 6.3.7 back-off of a BYE among more than 50 members
//! - [ ] 7 translators and mixers; A.1, A.3, A.8 the receiving side
//!
//! Beside it
//! - [x] RFC 8285 one-byte and two-byte extension elements, read and written
//! - [x] RFC 5506 reduced-size RTCP, read (leniently) and written packet by packet
//! - [x] RFC 5761 section 4: RTCP told from RTP on one port
//! - [x] RFC 2326 appendix B, RFC 7826 appendix C: timestamps across pauses and seeks
//! - [ ] RFC 4585 feedback, RFC 3611 XR: kept as unknown packets
//!
//! Payload formats, the sending side ([`payload`]), and their media sections ([`media_section`])
//! - [x] RFC 6184 H.264: single NAL units, STAP-A, FU-A; modes 0 and 1
//! - [x] RFC 7798 H.265: single NAL units, AP, FU, without DONL
//! - [x] AV1 RTP 1.0.0; RFC 7741 VP8; RFC 9628 VP9 of one layer, non-flexible mode
//! - [x] RFC 3640 AAC-hbr, several access units or fragments; RFC 7587 Opus
//! - [x] RFC 2250 MPEG audio; RFC 4184 AC-3; RFC 3551 PCMU, PCMA, L16
//! - [ ] RFC 4598 E-AC-3, RFC 6416 LATM, RFC 6184 mode 2; the receiving side of all
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
