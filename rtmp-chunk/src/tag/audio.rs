use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{
    AacPacketType, AudioPacketType, FourCc, ModExChain, SoundFormat, Tag, TagType, TrackData,
    TrackLayout, Tracks,
    layout::{sized_len, write_sized},
    mod_ex::{chain_len, chain_nanoseconds, read_chain, write_chain},
    source::Source,
};
use crate::ParseError;

const MULTITRACK: u8 = 5;

/// The bytes in front of the coded data of an audio tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the sound format 9 tells the two apart"
)]
pub enum AudioTagHeader {
    /// As FLV always had it.
    Legacy(LegacyAudioHeader),
    /// As Enhanced RTMP has it.
    Enhanced(EnhancedAudioHeader),
}

/// A legacy header: one byte, and one more of AAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LegacyAudioHeader {
    /// The codec, in 4 bits; not [`EX_HEADER`](SoundFormat::EX_HEADER).
    pub format: SoundFormat,
    /// 5.5, 11, 22 or 44.1 kHz, in 2 bits; means nothing in AAC, Speex, G.711 and Nellymoser of a
    /// fixed rate.
    pub rate: u8,
    /// Samples have 16 bits; means something in linear PCM alone.
    pub sixteen_bits: bool,
    /// Two channels; means nothing in AAC, Speex and Nellymoser of a fixed rate.
    pub stereo: bool,
    /// Of AAC alone.
    pub aac_packet_type: Option<AacPacketType>,
}

/// A header of Enhanced RTMP v2.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnhancedAudioHeader {
    /// The modifiers, outermost first; mostly none.
    pub mod_ex: ModExChain,
    /// What the packet holds.
    pub packet_type: AudioPacketType,
    /// For which tracks.
    pub layout: TrackLayout,
}

impl AudioTagHeader {
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
        if SoundFormat(first >> 4) == SoundFormat::EX_HEADER {
            return EnhancedAudioHeader::read(first, source).map(Self::Enhanced);
        }
        let mut header = LegacyAudioHeader {
            format: SoundFormat(first >> 4),
            rate: first >> 2 & 3,
            sixteen_bits: first & 2 != 0,
            stereo: first & 1 != 0,
            aac_packet_type: None,
        };
        if header.format == SoundFormat::AAC {
            header.aac_packet_type = Some(AacPacketType(source.u8()?));
        }
        Ok(Self::Legacy(header))
    }

    /// The header's length in bytes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        match self {
            Self::Legacy(header) => 1 + usize::from(header.aac_packet_type.is_some()),
            Self::Enhanced(header) => {
                chain_len(&header.mod_ex).saturating_add(1 + header.layout.encoded_len())
            }
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
        Tag::new(TagType::Audio, timestamp, payload).with_header(header.freeze())
    }
}

impl LegacyAudioHeader {
    /// With the nearest of the four rates that the header can tell.
    #[must_use]
    pub const fn new(format: SoundFormat, sample_rate: u32, stereo: bool) -> Self {
        Self {
            format,
            rate: match sample_rate {
                0..=8_268 => 0,
                8_269..=16_537 => 1,
                16_538..=31_999 => 2,
                _ => 3,
            },
            sixteen_bits: true,
            stereo,
            aac_packet_type: None,
        }
    }

    /// For AAC: rate and channels have one value always, the configuration tells.
    #[must_use]
    pub const fn aac(packet_type: AacPacketType) -> Self {
        Self {
            format: SoundFormat::AAC,
            rate: 3,
            sixteen_bits: true,
            stereo: true,
            aac_packet_type: Some(packet_type),
        }
    }

    /// Samples per second: those that the format implies, or else those of the rate bits. Of AAC and
    /// Opus, only the configuration tells.
    #[must_use]
    pub const fn sample_rate(&self) -> u32 {
        match self.format {
            SoundFormat::NELLYMOSER_16_KHZ | SoundFormat::SPEEX => 16_000,
            SoundFormat::NELLYMOSER_8_KHZ
            | SoundFormat::G711_A_LAW
            | SoundFormat::G711_MU_LAW
            | SoundFormat::MP3_8_KHZ => 8_000,
            _ => match self.rate & 3 {
                0 => 5_512,
                1 => 11_025,
                2 => 22_050,
                _ => 44_100,
            },
        }
    }

    /// Channels: one where the format implies it, or else those of the channel bit.
    #[must_use]
    pub const fn channels(&self) -> u8 {
        match self.format {
            SoundFormat::NELLYMOSER_16_KHZ | SoundFormat::NELLYMOSER_8_KHZ | SoundFormat::SPEEX => {
                1
            }
            _ => 1 + self.stereo as u8,
        }
    }

    fn encode(&self, out: &mut impl BufMut) {
        let bits = (self.rate & 3) << 2 | u8::from(self.sixteen_bits) << 1 | u8::from(self.stereo);
        out.put_u8(self.format.0 << 4 | bits);
        if let Some(packet_type) = self.aac_packet_type {
            out.put_u8(packet_type.0);
        }
    }
}

impl EnhancedAudioHeader {
    /// For one default track, without modifiers.
    #[must_use]
    pub fn new(packet_type: AudioPacketType, four_cc: FourCc) -> Self {
        Self {
            mod_ex: ModExChain::new(),
            packet_type,
            layout: TrackLayout::Single(four_cc),
        }
    }

    /// For other tracks.
    #[must_use]
    pub const fn with_layout(mut self, layout: TrackLayout) -> Self {
        self.layout = layout;
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

    /// The tracks in what follows the header.
    #[must_use]
    pub const fn tracks(&self, rest: Bytes) -> Tracks {
        Tracks::new(self.layout, false, 0, rest)
    }

    /// A tag of several tracks, their data joined. In the layouts of one track, the first is taken, and
    /// not copied.
    #[must_use]
    pub fn to_tag(&self, timestamp: u32, tracks: &[TrackData]) -> Tag {
        let header = AudioTagHeader::Enhanced(self.clone());
        if self.layout.track_index().is_some() {
            let data = tracks
                .first()
                .map(|track| track.data.clone())
                .unwrap_or_default();
            return header.to_tag(timestamp, data);
        }
        let len = tracks
            .iter()
            .map(|track| sized_len(self.layout, false, track));
        let mut payload = BytesMut::with_capacity(len.fold(0, usize::saturating_add));
        for track in tracks {
            write_sized(self.layout, false, track, &mut payload);
        }
        header.to_tag(timestamp, payload.freeze())
    }

    fn read<B: Buf>(first: u8, source: &mut Source<B>) -> Result<Self, ParseError> {
        let (mod_ex, packet_type) = read_chain(source, first & 0xf)?;
        let (layout, packet_type) = TrackLayout::read(source, packet_type, MULTITRACK)?;
        Ok(Self {
            mod_ex,
            packet_type: AudioPacketType(packet_type),
            layout,
        })
    }

    fn encode(&self, out: &mut impl BufMut) {
        let packet_type = self.packet_type.0;
        let outer = self.layout.outer_packet_type(packet_type, MULTITRACK);
        write_chain(SoundFormat::EX_HEADER.0 << 4, &self.mod_ex, outer, out);
        self.layout.write(packet_type, out);
    }
}
