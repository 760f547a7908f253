//! Audio, video and script tags: what FLV files hold and RTMP messages 8, 9 and 18 carry.
//!
//! [`VideoTagHeader`] and [`AudioTagHeader`] are the bytes in front of the coded data, legacy (FLV 10.1)
//! and Enhanced RTMP v1 and v2; [`classify`] tells a relay what it must know of a tag without more work.
//!
//! # Limits
//! [`MAX_MOD_EX`] modifiers before one packet; [`MAX_TRACKS_PER_TAG`] tracks in one tag.

mod audio;
mod classify;
mod color_info;
mod four_cc;
mod layout;
mod mod_ex;
mod multichannel;
mod registry;
pub(crate) mod source;
mod video;

pub use audio::{AudioTagHeader, EnhancedAudioHeader, LegacyAudioHeader};
pub use classify::{TagCodec, TagFacts, classify};
pub use color_info::{ColorInfo, ContentLightLevel, MasteringDisplay};
pub use four_cc::FourCc;
pub use layout::{MAX_TRACKS_PER_TAG, TrackData, TrackLayout, Tracks};
pub use mod_ex::{MAX_MOD_EX, ModEx, ModExChain};
pub use multichannel::{ChannelOrder, MultichannelConfig};
pub use registry::{
    AacPacketType, AudioPacketType, AvcPacketType, FrameType, ModExType, SoundFormat, VideoCodecId,
    VideoCommand, VideoPacketType,
};
pub use video::{AvcPacket, EnhancedVideoHeader, LegacyVideoHeader, VideoContent, VideoTagHeader};

use bytes::Bytes;

/// What a tag holds. The numbers are those of FLV and of RTMP messages alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "FLV has these three")]
#[repr(u8)]
pub enum TagType {
    /// Sound.
    Audio = 8,
    /// Pictures.
    Video = 9,
    /// AMF0 values: a name, then mostly one object.
    Script = 18,
}

/// One audio, video or script tag without its FLV or RTMP framing.
///
/// The body is `header` and then `payload`: two parts, so that a coded frame is never copied to put a few
/// bytes before it. What was read from a peer or a file has its whole body in `payload`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tag {
    /// What it holds.
    pub tag_type: TagType,
    /// Decoding time in milliseconds; wraps.
    pub timestamp: u32,
    /// The first bytes of the body; may be empty.
    pub header: Bytes,
    /// The rest of the body.
    pub payload: Bytes,
}

impl Tag {
    /// A tag whose body is one piece.
    #[must_use]
    pub const fn new(tag_type: TagType, timestamp: u32, body: Bytes) -> Self {
        Self {
            tag_type,
            timestamp,
            header: Bytes::new(),
            payload: body,
        }
    }

    /// With bytes before the payload.
    #[must_use]
    pub fn with_header(mut self, header: Bytes) -> Self {
        self.header = header;
        self
    }

    /// The length of the body in bytes.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.header.len().saturating_add(self.payload.len())
    }

    /// True when the body is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.header.is_empty() && self.payload.is_empty()
    }
}
