//! castline sdp
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
mod parser;
mod reporter;
mod scan;
mod session;
#[cfg(test)]
mod tests;
mod time;
mod typed;

pub use address::{Address, Connection, Origin};
pub use attribute::{Attribute, Attributes, TypedAttribute};
pub use bandwidth::{Bandwidth, EncryptionKey};
pub use builder::{MediaBuilder, SessionBuilder};
pub use diagnostic::{Deviation, Diagnostic};
pub use error::{BuildError, ParseError};
pub use fmtp::{AacFmtp, Av1Fmtp, Fmtp, H264Fmtp, H265Fmtp, LatmFmtp, OpusFmtp, Vp8Fmtp, Vp9Fmtp};
pub use limits::Limits;
pub use line::{Line, Lines};
pub use media::Media;
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
