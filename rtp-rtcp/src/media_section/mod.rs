//! SDP media sections from [`CodecParameters`], and back.
//!
//! ```
//! use castline_codec::{CodecParameters, OpusParameters};
//! use castline_rtp_rtcp::{PayloadType, media_section::{MediaFormat, media_section}};
//! use castline_rtp_rtcp::payload::PacketizationMode;
//! use castline_sdp::{Connection, Origin, SessionDescription};
//!
//! let codec = CodecParameters::Opus(OpusParameters::new(2));
//! let section = media_section(&codec, PayloadType(97), PacketizationMode::default())?;
//! let session = SessionDescription::builder(&Origin::new(1, 1))
//!     .connection(&Connection::unicast("0.0.0.0"))
//!     .media(section)
//!     .build()?;
//! assert!(session.to_string().contains("a=rtpmap:97 opus/48000/2\r\n"));
//!
//! let section = session.media().next().unwrap();
//! assert_eq!(MediaFormat::of(&section)?.codec, Some(codec));
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod encoding;
mod read;
mod tracks;
mod write;

pub(crate) use encoding::aac_clock_rate;
pub use encoding::{Encoding, encoding_name, payload_type, rtp_clock_rate};
pub use read::{MediaFormat, MediaSectionError};
pub use tracks::{RtpTrack, rtp_tracks};
pub use write::media_section;

#[cfg(doc)]
use castline_codec::CodecParameters;
