//! Attributes with a grammar of their own, one file per family.

pub(crate) mod check;
mod decimal;
mod direction;
mod extmap;
mod group;
mod ice;
mod parameters;
mod picture;
mod range;
mod rtcp;
mod rtpmap;
mod security;
mod source_filter;
mod ssrc;
mod stream;
#[cfg(test)]
mod tests;
mod word;

pub use decimal::{Decimal, FrameRate, MaxPacketTime, PacketTime};
pub use direction::Direction;
pub use extmap::ExtensionMap;
pub use group::{Group, Msid};
pub use ice::{Candidate, IceOptions};
pub use parameters::Parameters;
pub use picture::{Dimensions, FrameSize};
pub use range::{NptTime, Range};
pub use rtcp::{Rtcp, RtcpFeedback};
pub use rtpmap::RtpMap;
pub use security::{Crypto, Fingerprint, KeyManagement, Setup};
pub use source_filter::{FilterMode, SourceFilter};
pub use ssrc::{Ssrc, SsrcGroup};
pub use stream::{Restriction, Rid, RidDirection, Simulcast, SimulcastStream};
pub use word::{Control, EndOfCandidates, IceLite, IcePassword, IceUsernameFragment, Mid, RtcpMux};
