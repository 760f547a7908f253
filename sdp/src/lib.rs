//! SDP (RFC 8866): parsing and writing session descriptions, for RTSP, RTP, SIP and WebRTC.
//!
//! One pass over the text notes where each line stands; values are `&str` views of it, read when
//! they are asked for. An owned description is the same type with a copy of the text.
//!
//! ```
//! use castline_sdp::{H264Fmtp, MediaBuilder, Origin, RtpMap, SessionDescription};
//!
//! // What devices send: each deviation from the RFC is read in a documented way, and reported.
//! let text = b"v=0\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000 \na=control:trackID=1\n";
//! let (session, diagnostics) = SessionDescription::parse_lenient(text)?;
//! for media in session.media() {
//!     let map = media.rtpmap(96).map(|map| (map.encoding, map.clock_rate));
//!     assert_eq!(map, Some(("H264", 90_000)));
//!     assert_eq!(media.control(), Some("trackID=1"));
//! }
//! assert!(diagnostics.iter().any(|found| found.line == 3));
//!
//! // What we send is built, and strict.
//! let h264 = H264Fmtp { packetization_mode: 1, ..H264Fmtp::default() };
//! let video = MediaBuilder::new("video", "RTP/AVP")
//!     .rtpmap(&RtpMap::new(96, "H264", 90_000))
//!     .fmtp(96, &h264);
//! let built = SessionDescription::builder(&Origin::new(1, 1))
//!     .connection(&castline_sdp::Connection::unicast("0.0.0.0"))
//!     .media(video)
//!     .build()?;
//! assert_eq!(SessionDescription::parse(built.to_string().as_bytes())?, built);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is implemented
//!
//! - `[x]` RFC 8866 section 5: every line type in order, `v o s i u e p c b t r z k a m`; unknown
//!   attributes are kept, unknown line types are kept in lenient mode (section 5 has strict mode refuse them)
//! - `[x]` RFC 8866 section 6: rtpmap, fmtp, ptime, maxptime, framerate, the four directions;
//!   `[ ]` cat, keywds, tool, orient, type, charset, sdplang, lang and quality are plain attributes
//! - `[ ]` RFC 8866 section 4.5: character sets other than UTF-8 (`a=charset`) are not converted
//! - `[x]` fmtp: H.264 (RFC 6184), H.265 (RFC 7798), mpeg4-generic (RFC 3640), MP4A-LATM (RFC 6416),
//!   Opus (RFC 7587), AV1 (v1.0.0), VP8 (RFC 7741), VP9 (RFC 9628); others by name and value
//! - `[x]` RTSP: control, range (RFC 2326 appendix C), joining of control URLs; framesize, x-dimensions
//! - `[x]` rtcp (RFC 3605), rtcp-fb (RFC 4585), rtcp-mux (RFC 5761), extmap (RFC 8285), ssrc and
//!   ssrc-group (RFC 5576), source-filter (RFC 4570), mid and group (RFC 5888)
//! - `[x]` key-mgmt (RFC 4567), crypto (RFC 4568), fingerprint (RFC 8122), setup (RFC 4145)
//! - `[x]` ICE (RFC 8839, RFC 8840), msid (RFC 8830), rid (RFC 8851), simulcast (RFC 8853)
//! - `[ ]` the offer/answer state machine (RFC 3264)
#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

mod address;
mod attribute;
mod bandwidth;
mod builder;
pub mod control;
mod diagnostic;
mod error;
pub mod fmtp;
mod limits;
mod line;
mod media;
mod order;
mod origin;
mod parser;
mod reporter;
mod scan;
mod session;
#[cfg(test)]
mod tests;
mod time;
mod typed;

pub use address::{Address, Connection};
pub use attribute::{Attribute, Attributes, TypedAttribute};
pub use bandwidth::{Bandwidth, EncryptionKey};
pub use builder::{MediaBuilder, SessionBuilder};
pub use diagnostic::{Deviation, Diagnostic};
pub use error::{BuildError, ParseError};
pub use fmtp::{AacFmtp, Av1Fmtp, Fmtp, H264Fmtp, H265Fmtp, LatmFmtp, OpusFmtp, Vp8Fmtp, Vp9Fmtp};
pub use limits::Limits;
pub use line::{Line, Lines};
pub use media::Media;
pub use origin::Origin;
pub use reporter::Reporter;
pub use session::{OwnedSessionDescription, SessionDescription};
pub use time::{Repeat, Time, TimeDescription, ZoneAdjustment};
pub use typed::{
    Candidate, Control, Crypto, Decimal, Dimensions, Direction, EndOfCandidates, ExtensionMap,
    FilterMode, Fingerprint, FrameRate, FrameSize, Group, IceLite, IceOptions, IcePassword,
    IceUsernameFragment, KeyManagement, MaxPacketTime, Mid, Msid, NptTime, PacketTime, Parameters,
    Range, Restriction, Rid, RidDirection, Rtcp, RtcpFeedback, RtcpMux, RtpMap, Setup, Simulcast,
    SimulcastStream, SourceFilter, Ssrc, SsrcGroup,
};
