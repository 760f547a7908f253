use alloc::vec::Vec;
use core::num::NonZeroU32;

use bytes::{Bytes, BytesMut};
use castline_codec::{Frame, Track, TrackId, rescale};
use smallvec::smallvec;

use super::{
    carriage::{Carriage, configuration, is_video},
    metadata,
};
use crate::{
    amf::amf0::{Object, Value},
    tag::{
        AacPacketType, AudioPacketType, AudioTagHeader, AvcPacketType, EnhancedAudioHeader,
        EnhancedVideoHeader, FourCc, FrameType, LegacyAudioHeader, LegacyVideoHeader, ModEx, Tag,
        TagType, TrackLayout, VideoCodecId, VideoPacketType, VideoTagHeader,
    },
};

const NANOSECONDS: i128 = 1_000_000_000;

/// When to use Enhanced RTMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Enhanced {
    /// For codecs that legacy tags do not have, and for tracks beyond the first of their kind.
    #[default]
    WhereNeeded,
    /// For every codec that has a FourCC.
    Always,
    /// Not at all: for peers that do not know it. Tracks that need it are not carried.
    Never,
}

/// How tracks are carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct MuxerConfig {
    /// When to use Enhanced RTMP.
    pub enhanced: Enhanced,
    /// Carry H.265 in legacy tags with the codec id 12, as was common before Enhanced RTMP.
    pub legacy_hevc: bool,
    /// Carry tracks beyond the first of their kind, in multitrack tags. Default true.
    pub multitrack: bool,
    /// Put the nanoseconds that a tag's milliseconds leave out into modifiers, in enhanced tags
    /// (`TimestampOffsetNano`). Times are then exact to the nanosecond.
    pub nanosecond_offsets: bool,
    /// This time of the tracks, in milliseconds, becomes timestamp 0.
    pub origin_ms: i64,
}

impl Default for MuxerConfig {
    fn default() -> Self {
        Self {
            enhanced: Enhanced::WhereNeeded,
            legacy_hevc: false,
            multitrack: true,
            nanosecond_offsets: false,
            origin_ms: 0,
        }
    }
}

/// A frame that cannot be carried. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MuxError {
    /// The muxer was not given this track.
    #[error("no track {0:?}")]
    UnknownTrack(TrackId),
    /// There is no tag for the track's codec, or none that the configuration allows.
    #[error("no tag for {codec} of track {track:?}")]
    Unsupported {
        /// The track.
        track: TrackId,
        /// The codec's name.
        codec: &'static str,
    },
}

/// Makes tags of frames.
///
/// The first video and the first audio track are the default ones, number 0 of their kind; the
/// others are numbered in their order. `push` copies nothing: a tag is some header bytes and the
/// frame's own data.
#[derive(Debug, Clone)]
pub struct Muxer {
    config: MuxerConfig,
    tracks: Vec<MuxedTrack>,
}

#[derive(Debug, Clone)]
pub(super) struct MuxedTrack {
    pub(super) track: Track,
    pub(super) track_index: u8,
    /// `None` when it cannot be carried.
    pub(super) carriage: Option<Carriage>,
}

impl MuxedTrack {
    pub(super) const fn is_video(&self) -> bool {
        is_video(&self.track.codec)
    }

    const fn layout(&self, four_cc: FourCc) -> TrackLayout {
        if self.track_index == 0 {
            TrackLayout::Single(four_cc)
        } else {
            TrackLayout::OneTrack {
                four_cc,
                track_index: self.track_index,
            }
        }
    }

    fn carriage(&self) -> Result<Carriage, MuxError> {
        self.carriage.ok_or_else(|| MuxError::Unsupported {
            track: self.track.id,
            codec: self.track.codec.name(),
        })
    }

    /// A tag that is no frame: configuration or end.
    fn sequence_tag(&self, timestamp: u32, kind: SequenceTag, data: Bytes) -> Option<Tag> {
        let tag = match self.carriage? {
            Carriage::LegacyVideo(codec) => {
                let packet_type = match kind {
                    SequenceTag::Start => AvcPacketType::SEQUENCE_HEADER,
                    SequenceTag::End => AvcPacketType::END_OF_SEQUENCE,
                };
                let header = LegacyVideoHeader::new(FrameType::KEY, codec).with_avc(packet_type, 0);
                VideoTagHeader::Legacy(header).to_tag(timestamp, data)
            }
            Carriage::LegacyAudio(header) => {
                // Of the legacy formats, AAC alone has a configuration, and none has an end.
                if header.aac_packet_type.is_none() || kind == SequenceTag::End {
                    return None;
                }
                let header = LegacyAudioHeader::aac(AacPacketType::SEQUENCE_HEADER);
                AudioTagHeader::Legacy(header).to_tag(timestamp, data)
            }
            Carriage::Enhanced(four_cc) if self.is_video() => {
                let packet_type = match kind {
                    SequenceTag::Start => VideoPacketType::SEQUENCE_START,
                    SequenceTag::End => VideoPacketType::SEQUENCE_END,
                };
                let header = EnhancedVideoHeader::new(FrameType::KEY, packet_type, four_cc)
                    .with_layout(self.layout(four_cc));
                VideoTagHeader::Enhanced(header).to_tag(timestamp, data)
            }
            Carriage::Enhanced(four_cc) => {
                let packet_type = match kind {
                    SequenceTag::Start => AudioPacketType::SEQUENCE_START,
                    SequenceTag::End => AudioPacketType::SEQUENCE_END,
                };
                let header = EnhancedAudioHeader::new(packet_type, four_cc)
                    .with_layout(self.layout(four_cc));
                AudioTagHeader::Enhanced(header).to_tag(timestamp, data)
            }
        };
        Some(tag)
    }

    fn sequence_header(&self, timestamp: u32) -> Option<Tag> {
        self.sequence_tag(
            timestamp,
            SequenceTag::Start,
            configuration(&self.track.codec)?,
        )
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SequenceTag {
    Start,
    End,
}

/// A frame's times in whole milliseconds, and the nanoseconds they leave out.
struct Times {
    timestamp: u32,
    composition_time_ms: i32,
    nanoseconds: u32,
}

impl Muxer {
    /// For these tracks, at most 256 of a kind; more are not carried.
    #[must_use]
    pub fn new(tracks: &[Track], config: MuxerConfig) -> Self {
        let mut next = (Some(0u8), Some(0u8));
        let mut muxed = Vec::with_capacity(tracks.len());
        for track in tracks {
            let counter = if is_video(&track.codec) {
                &mut next.0
            } else {
                &mut next.1
            };
            let carriage = counter.and_then(|index| Carriage::choose(&track.codec, index, &config));
            muxed.push(MuxedTrack {
                track: track.clone(),
                track_index: counter.unwrap_or(u8::MAX),
                carriage,
            });
            // A track that cannot be carried takes no number.
            if carriage.is_some() {
                *counter = counter.and_then(|index| index.checked_add(1));
            }
        }
        Self {
            config,
            tracks: muxed,
        }
    }

    /// Whether frames of this track can be carried.
    #[must_use]
    pub fn carries(&self, track: TrackId) -> bool {
        let known = self.tracks.iter().find(|muxed| muxed.track.id == track);
        known.is_some_and(|muxed| muxed.carriage.is_some())
    }

    /// What `onMetaData` says of the tracks.
    #[must_use]
    pub fn metadata(&self) -> Object {
        metadata::describe(&self.tracks)
    }

    /// The script tag `onMetaData`.
    #[must_use]
    pub fn metadata_tag(&self, timestamp: u32) -> Tag {
        let mut body = BytesMut::new();
        Value::from("onMetaData").encode(&mut body);
        metadata::as_ecma_array(self.metadata()).encode(&mut body);
        Tag::new(TagType::Script, timestamp, body.freeze())
    }

    /// The configuration of each track that has one: what a player must see before the first frame.
    #[must_use]
    pub fn sequence_headers(&self, timestamp: u32) -> Vec<Tag> {
        let headers = self
            .tracks
            .iter()
            .map(|track| track.sequence_header(timestamp));
        headers.flatten().collect()
    }

    /// The end of each sequence, where the format has one.
    #[must_use]
    pub fn sequence_ends(&self, timestamp: u32) -> Vec<Tag> {
        let end =
            |track: &MuxedTrack| track.sequence_tag(timestamp, SequenceTag::End, Bytes::new());
        self.tracks.iter().filter_map(end).collect()
    }

    /// Takes over a track whose codec parameters changed; and its new configuration, to be sent before
    /// its next frame, when it has one that differs.
    ///
    /// # Errors
    /// [`MuxError`] when the track is not known, or cannot be carried with its new codec.
    pub fn track_changed(
        &mut self,
        track: &Track,
        timestamp: u32,
    ) -> Result<Option<Tag>, MuxError> {
        let known = self
            .tracks
            .iter_mut()
            .find(|muxed| muxed.track.id == track.id);
        let muxed = known.ok_or(MuxError::UnknownTrack(track.id))?;
        let old = (muxed.carriage, configuration(&muxed.track.codec));
        let carriage = Carriage::choose(&track.codec, muxed.track_index, &self.config);
        if carriage.is_none() || is_video(&track.codec) != muxed.is_video() {
            return Err(MuxError::Unsupported {
                track: track.id,
                codec: track.codec.name(),
            });
        }
        muxed.carriage = carriage;
        muxed.track = track.clone();
        if old == (carriage, configuration(&track.codec)) {
            return Ok(None);
        }
        Ok(muxed.sequence_header(timestamp))
    }

    /// The tag's timestamp of a time of a track, in ticks of its clock.
    #[must_use]
    pub fn timestamp(&self, time: i64, clock_rate: NonZeroU32) -> u32 {
        wrap(self.milliseconds(time, clock_rate))
    }

    /// The tag of a frame: header bytes and the frame's data, which is not copied.
    ///
    /// The timestamp is the frame's decoding time to the nearest millisecond, and the composition time
    /// such that both make the presentation time to the nearest millisecond. Codecs that do not reorder
    /// have no composition time: the timestamp is that of the presentation.
    ///
    /// # Errors
    /// [`MuxError`] when the track is not known or cannot be carried.
    pub fn push(&self, frame: &Frame) -> Result<Tag, MuxError> {
        let known = self
            .tracks
            .iter()
            .find(|muxed| muxed.track.id == frame.track);
        let muxed = known.ok_or(MuxError::UnknownTrack(frame.track))?;
        Ok(match muxed.carriage()? {
            Carriage::LegacyVideo(codec) => self.legacy_picture(muxed, codec, frame),
            Carriage::LegacyAudio(header) => {
                let timestamp = self.timestamp(frame.pts, muxed.track.clock_rate);
                AudioTagHeader::Legacy(header).to_tag(timestamp, frame.data.clone())
            }
            Carriage::Enhanced(four_cc) if muxed.is_video() => {
                self.enhanced_picture(muxed, four_cc, frame)
            }
            Carriage::Enhanced(four_cc) => self.enhanced_sound(muxed, four_cc, frame),
        })
    }

    fn legacy_picture(&self, muxed: &MuxedTrack, codec: VideoCodecId, frame: &Frame) -> Tag {
        let times = self.rounded(frame, muxed.track.clock_rate, true);
        let header = LegacyVideoHeader::new(frame_type(frame), codec)
            .with_avc(AvcPacketType::NALU, times.composition_time_ms);
        let mut bytes = BytesMut::with_capacity(5);
        VideoTagHeader::Legacy(header).encode(&mut bytes);
        Tag::new(TagType::Video, times.timestamp, frame.data.clone()).with_header(bytes.freeze())
    }

    fn enhanced_picture(&self, muxed: &MuxedTrack, four_cc: FourCc, frame: &Frame) -> Tag {
        let times = self.times(
            frame,
            muxed.track.clock_rate,
            four_cc.has_composition_time(),
        );
        let implied = four_cc.has_composition_time() && times.composition_time_ms == 0;
        let packet_type = if implied {
            VideoPacketType::CODED_FRAMES_X
        } else {
            VideoPacketType::CODED_FRAMES
        };
        let mut header = EnhancedVideoHeader::new(frame_type(frame), packet_type, four_cc)
            .with_layout(muxed.layout(four_cc))
            .with_composition_time_ms(times.composition_time_ms);
        if times.nanoseconds > 0 {
            header = header.with_mod_ex(smallvec![ModEx::timestamp_offset(times.nanoseconds)]);
        }
        VideoTagHeader::Enhanced(header).to_tag(times.timestamp, frame.data.clone())
    }

    fn enhanced_sound(&self, muxed: &MuxedTrack, four_cc: FourCc, frame: &Frame) -> Tag {
        let times = self.times(frame, muxed.track.clock_rate, false);
        let mut header = EnhancedAudioHeader::new(AudioPacketType::CODED_FRAMES, four_cc)
            .with_layout(muxed.layout(four_cc));
        if times.nanoseconds > 0 {
            header = header.with_mod_ex(smallvec![ModEx::timestamp_offset(times.nanoseconds)]);
        }
        AudioTagHeader::Enhanced(header).to_tag(times.timestamp, frame.data.clone())
    }

    fn milliseconds(&self, time: i64, clock_rate: NonZeroU32) -> i64 {
        const MILLISECONDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(999);
        rescale(time, clock_rate, MILLISECONDS).saturating_sub(self.config.origin_ms)
    }

    /// The times of an enhanced tag, which can say nanoseconds.
    fn times(&self, frame: &Frame, clock_rate: NonZeroU32, reorders: bool) -> Times {
        if !self.config.nanosecond_offsets {
            return self.rounded(frame, clock_rate, reorders);
        }
        // The offset is never negative, so that all that is said in milliseconds is rounded down.
        let (pts_ms, nanoseconds) = floor(frame.pts, clock_rate);
        let dts_ms = if reorders {
            floor(frame.dts, clock_rate).0
        } else {
            pts_ms
        };
        Times {
            timestamp: wrap(dts_ms.saturating_sub(self.config.origin_ms)),
            composition_time_ms: composition_time(pts_ms, dts_ms),
            nanoseconds,
        }
    }

    fn rounded(&self, frame: &Frame, clock_rate: NonZeroU32, reorders: bool) -> Times {
        let pts_ms = self.milliseconds(frame.pts, clock_rate);
        let dts_ms = if reorders {
            self.milliseconds(frame.dts, clock_rate)
        } else {
            pts_ms
        };
        Times {
            timestamp: wrap(dts_ms),
            composition_time_ms: composition_time(pts_ms, dts_ms),
            nanoseconds: 0,
        }
    }
}

const fn frame_type(frame: &Frame) -> FrameType {
    if frame.keyframe {
        FrameType::KEY
    } else {
        FrameType::INTER
    }
}

/// Timestamps count modulo 2^32 (RTMP 1.0 §5.3.1).
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the wrap of RTMP's timestamps"
)]
const fn wrap(milliseconds: i64) -> u32 {
    milliseconds as u32
}

fn composition_time(pts_ms: i64, dts_ms: i64) -> i32 {
    let span = pts_ms.saturating_sub(dts_ms);
    i32::try_from(span.clamp(-0x80_0000, 0x7f_ffff)).unwrap_or_default()
}

/// Whole milliseconds, rounded down, and the nanoseconds over, to the nearest that is below a whole
/// millisecond.
fn floor(time: i64, clock_rate: NonZeroU32) -> (i64, u32) {
    let rate = i128::from(clock_rate.get());
    let scaled = i128::from(time) * NANOSECONDS;
    let nanoseconds = (scaled + rate / 2).div_euclid(rate);
    let milliseconds = nanoseconds.div_euclid(1_000_000);
    let over = nanoseconds.rem_euclid(1_000_000);
    let fits = milliseconds.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    (
        i64::try_from(fits).unwrap_or_default(),
        u32::try_from(over).unwrap_or_default(),
    )
}
