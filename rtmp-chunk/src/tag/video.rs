use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{
    AvcPacketType, FourCc, FrameType, ModExChain, Tag, TagType, TrackData, TrackLayout, Tracks,
    VideoCodecId, VideoCommand, VideoPacketType,
    layout::{sized_len, write_sized},
    mod_ex::{chain_len, chain_nanoseconds, read_chain, write_chain},
    source::{Source, i24_bytes},
};
use crate::ParseError;

const EX_HEADER: u8 = 0x80;
const MULTITRACK: u8 = 6;

/// The bytes in front of the coded data of a video tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "one bit tells the two apart")]
pub enum VideoTagHeader {
    /// As FLV always had it.
    Legacy(LegacyVideoHeader),
    /// As Enhanced RTMP has it.
    Enhanced(EnhancedVideoHeader),
}

/// A legacy header: one byte, and 4 more of AVC and the codecs that took over its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegacyVideoHeader {
    /// The kind of picture, in 4 bits (the top one is 0, or the header would be an enhanced one).
    pub frame_type: FrameType,
    /// The codec, in 4 bits.
    pub codec: VideoCodecId,
    /// Of AVC and its like; `None` of others, and of a [command](FrameType::COMMAND) that leaves it
    /// out.
    pub avc: Option<AvcPacket>,
}

/// What AVC has in its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the two fields of the format")]
pub struct AvcPacket {
    /// What follows.
    pub packet_type: AvcPacketType,
    /// When to show the picture, in milliseconds after the tag's time: 24 bits with sign.
    pub composition_time_ms: i32,
}

/// A header of Enhanced RTMP v1 or v2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnhancedVideoHeader {
    /// The kind of picture, in 3 bits. [`COMMAND`](FrameType::COMMAND) goes with a command only, or
    /// with metadata of the default track: with other tracks, it is written as an inter picture.
    pub frame_type: FrameType,
    /// The modifiers, outermost first; mostly none.
    pub mod_ex: ModExChain,
    /// What the packet holds.
    pub packet_type: VideoPacketType,
    /// For which tracks, or a command in their place.
    pub content: VideoContent,
}

/// What an enhanced header is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "a command has no tracks, all else has"
)]
pub enum VideoContent {
    /// A command: the frame type is [`COMMAND`](FrameType::COMMAND), the packet type not
    /// [`METADATA`](VideoPacketType::METADATA).
    Command(VideoCommand),
    /// Data of tracks.
    Tracks {
        /// Which ones.
        layout: TrackLayout,
        /// When to show the picture, in milliseconds after the tag's time; written only in a layout of
        /// one track, where packet type and codec have a place for it.
        composition_time_ms: i32,
    },
}

impl VideoTagHeader {
    /// Reads the header at the front of a tag's body; and what follows it, a slice of the same buffer.
    ///
    /// # Errors
    /// [`ParseError`] when the body ends within the header, a multitrack header contradicts itself, or
    /// there are more modifiers than [`MAX_MOD_EX`](super::MAX_MOD_EX).
    pub fn parse(body: &Bytes) -> Result<(Self, Bytes), ParseError> {
        let mut source = Source::new(body.clone());
        let header = Self::read(&mut source)?;
        Ok((header, source.rest()))
    }

    /// As [`parse`](Self::parse), of a tag whose body may be in two pieces. What follows the header is
    /// copied only when it lies in both.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn of(tag: &Tag) -> Result<(Self, Bytes), ParseError> {
        let mut source = Source::new(tag.header.clone().chain(tag.payload.clone()));
        let header = Self::read(&mut source)?;
        Ok((header, source.rest()))
    }

    pub(crate) fn read<B: Buf>(source: &mut Source<B>) -> Result<Self, ParseError> {
        let first = source.u8()?;
        if first & EX_HEADER != 0 {
            return EnhancedVideoHeader::read(first, source).map(Self::Enhanced);
        }
        LegacyVideoHeader::read(first, source).map(Self::Legacy)
    }

    /// The kind of picture.
    #[must_use]
    pub const fn frame_type(&self) -> FrameType {
        match self {
            Self::Legacy(header) => header.frame_type,
            Self::Enhanced(header) => header.frame_type,
        }
    }

    /// The header's length in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Legacy(header) => header.encoded_len(),
            Self::Enhanced(header) => header.encoded_len(),
        }
    }

    /// Writes the header.
    pub fn encode(&self, out: &mut impl BufMut) {
        match self {
            Self::Legacy(header) => header.encode(out),
            Self::Enhanced(header) => header.encode(out),
        }
    }

    /// The tag of this header before a payload, which is not copied.
    #[must_use]
    pub fn to_tag(&self, timestamp: u32, payload: Bytes) -> Tag {
        let mut header = BytesMut::with_capacity(self.encoded_len());
        self.encode(&mut header);
        Tag::new(TagType::Video, timestamp, payload).with_header(header.freeze())
    }
}

impl LegacyVideoHeader {
    /// For a codec other than AVC: one byte.
    #[must_use]
    pub const fn new(frame_type: FrameType, codec: VideoCodecId) -> Self {
        Self {
            frame_type,
            codec,
            avc: None,
        }
    }

    /// For AVC and the codecs that took over its form.
    #[must_use]
    pub const fn with_avc(mut self, packet_type: AvcPacketType, composition_time_ms: i32) -> Self {
        self.avc = Some(AvcPacket {
            packet_type,
            composition_time_ms,
        });
        self
    }

    fn read<B: Buf>(first: u8, source: &mut Source<B>) -> Result<Self, ParseError> {
        let header = Self::new(FrameType(first >> 4), VideoCodecId(first & 0xf));
        // A command is one byte behind the header; some writers leave out what AVC has in between.
        let short_command = header.frame_type == FrameType::COMMAND && source.remaining() < 4;
        if !header.codec.has_avc_form() || short_command {
            return Ok(header);
        }
        let packet_type = AvcPacketType(source.u8()?);
        Ok(header.with_avc(packet_type, source.i24()?))
    }

    const fn encoded_len(&self) -> usize {
        if self.avc.is_some() { 5 } else { 1 }
    }

    fn encode(&self, out: &mut impl BufMut) {
        out.put_u8((self.frame_type.0 & 7) << 4 | self.codec.0 & 0xf);
        if let Some(avc) = self.avc {
            out.put_u8(avc.packet_type.0);
            out.put_slice(&i24_bytes(avc.composition_time_ms));
        }
    }
}

impl EnhancedVideoHeader {
    /// For one default track, without modifiers.
    #[must_use]
    pub fn new(frame_type: FrameType, packet_type: VideoPacketType, four_cc: FourCc) -> Self {
        Self {
            frame_type,
            mod_ex: ModExChain::new(),
            packet_type,
            content: VideoContent::Tracks {
                layout: TrackLayout::Single(four_cc),
                composition_time_ms: 0,
            },
        }
    }

    /// A command without tracks.
    #[must_use]
    pub fn command(command: VideoCommand) -> Self {
        Self {
            frame_type: FrameType::COMMAND,
            mod_ex: ModExChain::new(),
            packet_type: VideoPacketType::SEQUENCE_START,
            content: VideoContent::Command(command),
        }
    }

    /// For other tracks.
    #[must_use]
    pub fn with_layout(mut self, layout: TrackLayout) -> Self {
        let composition_time_ms = self.composition_time_ms();
        self.content = VideoContent::Tracks {
            layout,
            composition_time_ms,
        };
        self
    }

    /// With a composition time; see [`VideoContent::Tracks`] for where it is written.
    #[must_use]
    pub const fn with_composition_time_ms(mut self, milliseconds: i32) -> Self {
        if let VideoContent::Tracks {
            composition_time_ms,
            ..
        } = &mut self.content
        {
            *composition_time_ms = milliseconds;
        }
        self
    }

    /// With modifiers.
    #[must_use]
    pub fn with_mod_ex(mut self, mod_ex: ModExChain) -> Self {
        self.mod_ex = mod_ex;
        self
    }

    /// Nanoseconds that the modifiers add to the tag's time.
    #[must_use]
    pub fn timestamp_offset_nanoseconds(&self) -> u32 {
        chain_nanoseconds(&self.mod_ex)
    }

    const fn composition_time_ms(&self) -> i32 {
        match self.content {
            VideoContent::Tracks {
                composition_time_ms,
                ..
            } => composition_time_ms,
            VideoContent::Command(_) => 0,
        }
    }

    /// The tracks in what follows the header; none of a command.
    #[must_use]
    pub fn tracks(&self, rest: Bytes) -> Option<Tracks> {
        match self.content {
            VideoContent::Tracks {
                layout,
                composition_time_ms,
            } => Some(Tracks::new(
                layout,
                self.is_timed(),
                composition_time_ms,
                rest,
            )),
            VideoContent::Command(_) => None,
        }
    }

    /// A tag of several tracks, their data joined. Meant for the layouts of many tracks; in the others,
    /// the data of all would follow each other.
    #[must_use]
    pub fn to_tag(&self, timestamp: u32, tracks: &[TrackData]) -> Tag {
        let VideoContent::Tracks { layout, .. } = self.content else {
            return VideoTagHeader::Enhanced(self.clone()).to_tag(timestamp, Bytes::new());
        };
        if layout.track_index().is_some() {
            let data = tracks
                .first()
                .map(|track| track.data.clone())
                .unwrap_or_default();
            return VideoTagHeader::Enhanced(self.clone()).to_tag(timestamp, data);
        }
        let timed = self.is_timed();
        let len = tracks.iter().map(|track| sized_len(layout, timed, track));
        let mut payload = BytesMut::with_capacity(len.fold(0, usize::saturating_add));
        for track in tracks {
            write_sized(layout, timed, track, &mut payload);
        }
        VideoTagHeader::Enhanced(self.clone()).to_tag(timestamp, payload.freeze())
    }

    fn is_timed(&self) -> bool {
        self.packet_type == VideoPacketType::CODED_FRAMES
    }

    /// The header itself has a composition time.
    fn has_composition_time(&self) -> bool {
        let VideoContent::Tracks { layout, .. } = self.content else {
            return false;
        };
        let codec = layout.four_cc().is_some_and(FourCc::has_composition_time);
        self.is_timed() && codec && layout.track_index().is_some()
    }

    fn read<B: Buf>(first: u8, source: &mut Source<B>) -> Result<Self, ParseError> {
        let frame_type = FrameType(first >> 4 & 7);
        let (mod_ex, packet_type) = read_chain(source, first & 0xf)?;
        if frame_type == FrameType::COMMAND
            && VideoPacketType(packet_type) != VideoPacketType::METADATA
        {
            return Ok(Self {
                frame_type,
                mod_ex,
                packet_type: VideoPacketType(packet_type),
                content: VideoContent::Command(VideoCommand(source.u8()?)),
            });
        }
        let (layout, packet_type) = TrackLayout::read(source, packet_type, MULTITRACK)?;
        let mut header = Self {
            frame_type,
            mod_ex,
            packet_type: VideoPacketType(packet_type),
            content: VideoContent::Tracks {
                layout,
                composition_time_ms: 0,
            },
        };
        if header.has_composition_time() {
            header = header.with_composition_time_ms(source.i24()?);
        }
        Ok(header)
    }

    /// The frame type alone tells a command, except before metadata.
    fn encoded_frame_type(&self) -> FrameType {
        let is_metadata = self.packet_type == VideoPacketType::METADATA;
        match self.content {
            VideoContent::Command(_) => FrameType::COMMAND,
            VideoContent::Tracks { layout, .. }
                if self.frame_type == FrameType::COMMAND
                    && (!is_metadata || layout.is_multitrack()) =>
            {
                FrameType::INTER
            }
            VideoContent::Tracks { .. } => self.frame_type,
        }
    }

    fn encoded_len(&self) -> usize {
        let content = match self.content {
            VideoContent::Command(_) => 1,
            VideoContent::Tracks { layout, .. } => layout.encoded_len(),
        };
        let time = if self.has_composition_time() { 3 } else { 0 };
        chain_len(&self.mod_ex).saturating_add(1 + content + time)
    }

    fn encode(&self, out: &mut impl BufMut) {
        let packet_type = self.packet_type.0;
        let upper = EX_HEADER | (self.encoded_frame_type().0 & 7) << 4;
        match self.content {
            VideoContent::Command(command) => {
                write_chain(upper, &self.mod_ex, packet_type, out);
                out.put_u8(command.0);
            }
            VideoContent::Tracks {
                layout,
                composition_time_ms,
            } => {
                let outer = layout.outer_packet_type(packet_type, MULTITRACK);
                write_chain(upper, &self.mod_ex, outer, out);
                layout.write(packet_type, out);
                if self.has_composition_time() {
                    out.put_slice(&i24_bytes(composition_time_ms));
                }
            }
        }
    }
}
