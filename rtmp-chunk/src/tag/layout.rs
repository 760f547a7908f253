use bytes::{Buf, BufMut, Bytes};

use super::{
    FourCc,
    source::{Source, u24_bytes},
};
use crate::ParseError;

/// More tracks than this in one tag are refused: the track id has 8 bits, and this many are never seen.
pub const MAX_TRACKS_PER_TAG: usize = 64;

/// Which tracks an Enhanced RTMP packet is for, and how their data follow (`AvMultitrackType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the three multitrack types, and none"
)]
pub enum TrackLayout {
    /// No multitrack packet: the default track, number 0.
    Single(FourCc),
    /// One track by number.
    OneTrack {
        /// Its codec.
        four_cc: FourCc,
        /// Its number; the default track is 0.
        track_index: u8,
    },
    /// Several tracks of one codec, each with its number and size.
    ManyTracks(FourCc),
    /// Several tracks, each with its codec, number and size.
    ManyTracksManyCodecs,
}

impl TrackLayout {
    const ONE_TRACK: u8 = 0;
    const MANY_TRACKS: u8 = 1;
    const MANY_TRACKS_MANY_CODECS: u8 = 2;

    /// The codec, where there is one for the whole packet.
    #[must_use]
    pub const fn four_cc(&self) -> Option<FourCc> {
        match self {
            Self::Single(four_cc) | Self::OneTrack { four_cc, .. } | Self::ManyTracks(four_cc) => {
                Some(*four_cc)
            }
            Self::ManyTracksManyCodecs => None,
        }
    }

    /// The track, where the packet is for one only.
    #[must_use]
    pub const fn track_index(&self) -> Option<u8> {
        match self {
            Self::Single(_) => Some(0),
            Self::OneTrack { track_index, .. } => Some(*track_index),
            Self::ManyTracks(_) | Self::ManyTracksManyCodecs => None,
        }
    }

    /// The packet is a multitrack one.
    #[must_use]
    pub const fn is_multitrack(&self) -> bool {
        !matches!(self, Self::Single(_))
    }

    /// Reads what follows `packet_type`; and the packet type that it wraps, when it is `multitrack`.
    pub(crate) fn read<B: Buf>(
        source: &mut Source<B>,
        packet_type: u8,
        multitrack: u8,
    ) -> Result<(Self, u8), ParseError> {
        if packet_type != multitrack {
            return Ok((Self::Single(FourCc(source.array()?)), packet_type));
        }
        let at = source.offset();
        let byte = source.u8()?;
        let wrapped = byte & 0xf;
        if wrapped == multitrack || wrapped == super::mod_ex::MOD_EX_PACKET_TYPE {
            return Err(ParseError::expected(
                at,
                "a packet type that is neither multitrack nor ModEx",
            ));
        }
        let layout = match byte >> 4 {
            Self::ONE_TRACK => Self::OneTrack {
                four_cc: FourCc(source.array()?),
                track_index: source.u8()?,
            },
            Self::MANY_TRACKS => Self::ManyTracks(FourCc(source.array()?)),
            Self::MANY_TRACKS_MANY_CODECS => Self::ManyTracksManyCodecs,
            _ => return Err(ParseError::expected(at, "a multitrack type of at most 2")),
        };
        Ok((layout, wrapped))
    }

    /// The packet type that stands outside.
    pub(crate) const fn outer_packet_type(&self, packet_type: u8, multitrack: u8) -> u8 {
        if self.is_multitrack() {
            multitrack
        } else {
            packet_type
        }
    }

    pub(crate) const fn encoded_len(&self) -> usize {
        match self {
            Self::Single(_) => 4,
            Self::OneTrack { .. } => 6,
            Self::ManyTracks(_) => 5,
            Self::ManyTracksManyCodecs => 1,
        }
    }

    pub(crate) fn write(&self, packet_type: u8, out: &mut impl BufMut) {
        let packet_type = packet_type & 0xf;
        match self {
            Self::Single(four_cc) => out.put_slice(&four_cc.0),
            Self::OneTrack {
                four_cc,
                track_index,
            } => {
                out.put_u8(Self::ONE_TRACK << 4 | packet_type);
                out.put_slice(&four_cc.0);
                out.put_u8(*track_index);
            }
            Self::ManyTracks(four_cc) => {
                out.put_u8(Self::MANY_TRACKS << 4 | packet_type);
                out.put_slice(&four_cc.0);
            }
            Self::ManyTracksManyCodecs => {
                out.put_u8(Self::MANY_TRACKS_MANY_CODECS << 4 | packet_type)
            }
        }
    }
}

/// The data of one track in an Enhanced RTMP packet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrackData {
    /// Its number; the default track is 0.
    pub track_index: u8,
    /// Its codec.
    pub four_cc: FourCc,
    /// Pictures alone: when to show it, in milliseconds after the tag's time. 0 where the packet has
    /// no place for it.
    pub composition_time_ms: i32,
    /// What the packet type says: a configuration, a coded frame, …
    pub data: Bytes,
}

impl TrackData {
    /// With a composition time of 0.
    #[must_use]
    pub const fn new(track_index: u8, four_cc: FourCc, data: Bytes) -> Self {
        Self {
            track_index,
            four_cc,
            composition_time_ms: 0,
            data,
        }
    }

    /// With a composition time.
    #[must_use]
    pub const fn with_composition_time_ms(mut self, composition_time_ms: i32) -> Self {
        self.composition_time_ms = composition_time_ms;
        self
    }
}

/// The tracks of one packet, in their order: slices of what was read. An error ends the iteration.
#[derive(Debug, Clone)]
pub struct Tracks {
    layout: TrackLayout,
    /// `CODED_FRAMES` of video: a composition time stands where the codec has one.
    timed: bool,
    /// Of the packet's header, for the layouts of one track.
    composition_time_ms: i32,
    rest: Option<Bytes>,
    count: usize,
    /// Where `rest` begins in the packet's body.
    offset: usize,
}

impl Tracks {
    pub(crate) const fn new(
        layout: TrackLayout,
        timed: bool,
        composition_time_ms: i32,
        rest: Bytes,
    ) -> Self {
        Self {
            layout,
            timed,
            composition_time_ms,
            rest: Some(rest),
            count: 0,
            offset: 0,
        }
    }

    fn read(&mut self, rest: Bytes) -> Result<TrackData, ParseError> {
        let four_cc = match self.layout {
            TrackLayout::Single(four_cc) => {
                let data = TrackData::new(0, four_cc, rest);
                return Ok(data.with_composition_time_ms(self.composition_time_ms));
            }
            TrackLayout::OneTrack {
                four_cc,
                track_index,
            } => {
                let data = TrackData::new(track_index, four_cc, rest);
                return Ok(data.with_composition_time_ms(self.composition_time_ms));
            }
            TrackLayout::ManyTracks(four_cc) => Some(four_cc),
            TrackLayout::ManyTracksManyCodecs => None,
        };
        if self.count >= MAX_TRACKS_PER_TAG {
            return Err(ParseError::limit(
                self.offset,
                "tracks in one tag",
                MAX_TRACKS_PER_TAG,
            ));
        }
        self.count = self.count.saturating_add(1);
        let mut source = Source::new(rest);
        let (track, consumed) = self
            .read_sized(&mut source, four_cc)
            .map_err(|error| error.moved(self.offset as u64))?;
        self.offset = self.offset.saturating_add(consumed);
        self.rest = (source.remaining() > 0).then(|| source.rest());
        Ok(track)
    }

    fn read_sized(
        &self,
        source: &mut Source<Bytes>,
        four_cc: Option<FourCc>,
    ) -> Result<(TrackData, usize), ParseError> {
        let four_cc = match four_cc {
            Some(four_cc) => four_cc,
            None => FourCc(source.array()?),
        };
        let track_index = source.u8()?;
        let size = source.u24()? as usize;
        let at = source.offset();
        let mut body = Source::new(source.bytes(size)?);
        let mut composition_time_ms = 0;
        if self.timed && four_cc.has_composition_time() {
            composition_time_ms = body.i24().map_err(|error| error.moved(at as u64))?;
        }
        let track = TrackData::new(track_index, four_cc, body.rest());
        Ok((
            track.with_composition_time_ms(composition_time_ms),
            source.offset(),
        ))
    }
}

impl Iterator for Tracks {
    type Item = Result<TrackData, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        if rest.is_empty() && self.count > 0 {
            return None;
        }
        Some(self.read(rest))
    }
}

impl core::iter::FusedIterator for Tracks {}

/// Bytes of one track in a layout of many.
pub(crate) fn sized_len(layout: TrackLayout, timed: bool, track: &TrackData) -> usize {
    let head = if layout == TrackLayout::ManyTracksManyCodecs {
        8
    } else {
        4
    };
    let time = if timed && track.four_cc.has_composition_time() {
        3
    } else {
        0
    };
    track.data.len().saturating_add(head + time)
}

/// Writes one track of a layout of many. Data of 16 MiB and more cannot be written: nothing is then.
pub(crate) fn write_sized(
    layout: TrackLayout,
    timed: bool,
    track: &TrackData,
    out: &mut impl BufMut,
) {
    let timed = timed && track.four_cc.has_composition_time();
    let size = track.data.len().saturating_add(if timed { 3 } else { 0 });
    let Some(size) = u32::try_from(size).ok().filter(|size| *size <= 0xff_ffff) else {
        return;
    };
    if layout == TrackLayout::ManyTracksManyCodecs {
        out.put_slice(&track.four_cc.0);
    }
    out.put_u8(track.track_index);
    out.put_slice(&u24_bytes(size));
    if timed {
        out.put_slice(&super::source::i24_bytes(track.composition_time_ms));
    }
    out.put_slice(&track.data);
}
