mod audio;
mod event;
mod nal;
mod video;

use alloc::{collections::VecDeque, vec::Vec};

use bytes::{Buf, Bytes};
use castline_codec::{Track, TrackId};

pub use self::event::{DemuxEvent, DemuxerCounters, OpaqueTrack};
use self::{audio::AudioTrack, event::count, video::VideoTrack};
use super::{clock::Timeline, metadata::Hints};
use crate::{
    ParseError,
    amf::{Limits, amf0::Value},
    tag::{
        AudioTagHeader, FrameType, Tag, TagCodec, TagType, VideoCommand, VideoContent,
        VideoTagHeader,
    },
};

/// Events that may wait to be polled before the next tag is refused. One tag makes far fewer.
const MAX_WAITING_EVENTS: usize = 4096;

/// How tags are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DemuxerConfig {
    /// Tracks of each kind; a tag of one more is an error. Default 16.
    pub max_tracks: usize,
    /// How far the time of an audio frame may lie from the end of the last one and still count as
    /// that, in milliseconds. RTMP rounds to 1 ms, and some encoders do so twice. Default 3.
    pub audio_tolerance_ms: u32,
    /// A track whose time goes back by more than this began anew: times go on from where they were.
    /// Default 1000 ms.
    pub backward_tolerance_ms: u32,
    /// For script tags; those beyond are passed over.
    pub script: Limits,
}

impl Default for DemuxerConfig {
    fn default() -> Self {
        Self {
            max_tracks: 16,
            audio_tolerance_ms: 3,
            backward_tolerance_ms: 1000,
            script: Limits::default(),
        }
    }
}

/// Makes tracks and frames of tags.
///
/// It never holds more than a few events and the tracks' parameters, whatever comes.
#[derive(Debug, Default)]
pub struct Demuxer {
    video: Vec<(u8, VideoTrack)>,
    audio: Vec<(u8, AudioTrack)>,
    shared: Shared,
}

/// What all tracks share.
#[derive(Debug, Default)]
struct Shared {
    config: DemuxerConfig,
    timeline: Timeline,
    hints: Hints,
    counters: DemuxerCounters,
    events: VecDeque<DemuxEvent>,
}

impl Shared {
    fn unroll(&mut self, timestamp: u32, track_last: Option<i64>) -> i64 {
        let tolerated = self.config.backward_tolerance_ms;
        let time = self.timeline.unroll(timestamp, track_last, tolerated);
        self.counters.discontinuities = self.timeline.discontinuities();
        time
    }

    /// Says a track when it is new or changed; `announced` is what was said last.
    fn announce(&mut self, announced: &mut Option<Track>, mut track: Track) {
        let is_default = matches!(track.id.0, 1 | 2);
        if is_default {
            self.hints.fill(&mut track);
        }
        let event = match announced {
            Some(known) if *known == track => return,
            Some(_) => DemuxEvent::TrackChanged(track.clone()),
            None => DemuxEvent::Track(track.clone()),
        };
        *announced = Some(track);
        self.events.push_back(event);
    }

    fn command(&mut self, command: Option<u8>) {
        let command = command.map(|number| DemuxEvent::Command(VideoCommand(number)));
        self.events.extend(command);
    }
}

/// One packet of one track, whatever header it came with.
struct Packet {
    codec: TagCodec,
    kind: PacketKind,
    timestamp: u32,
    nanoseconds: u32,
    data: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PacketKind {
    Configuration,
    Frame,
    End,
    /// `colorInfo` of video, the channels of audio.
    Metadata,
    /// A configuration in the form of MPEG-2 TS, or a type that is not defined.
    Other,
}

/// The track with this number, added when it is new.
fn find_or_add<T>(
    tracks: &mut Vec<(u8, T)>,
    track_index: u8,
    max_tracks: usize,
    make: impl FnOnce(u8) -> T,
) -> Result<&mut T, ParseError> {
    let at = match tracks.iter().position(|(index, _)| *index == track_index) {
        Some(at) => at,
        None if tracks.len() >= max_tracks => {
            return Err(ParseError::limit(0, "tracks of one kind", max_tracks));
        }
        None => {
            tracks.push((track_index, make(track_index)));
            tracks.len().saturating_sub(1)
        }
    };
    let found = tracks.get_mut(at).map(|(_, track)| track);
    found.ok_or_else(|| ParseError::limit(0, "tracks of one kind", max_tracks))
}

impl Demuxer {
    /// With nothing known yet.
    #[must_use]
    pub fn new(config: DemuxerConfig) -> Self {
        Self {
            video: Vec::new(),
            audio: Vec::new(),
            shared: Shared {
                config,
                ..Shared::default()
            },
        }
    }

    /// The id of a video track by its number in tags: 1, 3, 5, …
    #[must_use]
    pub const fn video_track_id(track_index: u8) -> TrackId {
        TrackId(track_index as u32 * 2 + 1)
    }

    /// The id of an audio track by its number in tags: 2, 4, 6, …
    #[must_use]
    pub const fn audio_track_id(track_index: u8) -> TrackId {
        TrackId(track_index as u32 * 2 + 2)
    }

    /// What was passed over or mended.
    #[must_use]
    pub const fn counters(&self) -> DemuxerCounters {
        self.shared.counters
    }

    /// What came out, in order. To be called after each tag until it gives `None`.
    pub fn poll_event(&mut self) -> Option<DemuxEvent> {
        self.shared.events.pop_front()
    }

    /// Takes a tag.
    ///
    /// # Errors
    /// [`ParseError`] when the tag, or one track's part of it, is malformed or beyond a limit: that is
    /// dropped, and the demuxer goes on with the next tag as if it had not been there. Also when over
    /// 4096 events wait to be polled.
    pub fn push(&mut self, tag: &Tag) -> Result<(), ParseError> {
        let waiting = self.shared.events.len();
        if waiting >= MAX_WAITING_EVENTS {
            return Err(ParseError::limit(0, "waiting events", MAX_WAITING_EVENTS));
        }
        if tag.is_empty() {
            count(&mut self.shared.counters.empty);
            return Ok(());
        }
        let result = match tag.tag_type {
            TagType::Script => {
                self.push_script(tag);
                return Ok(());
            }
            TagType::Video => self.push_video(tag),
            TagType::Audio => self.push_audio(tag),
        };
        result.inspect_err(|_| count(&mut self.shared.counters.malformed))
    }

    fn push_video(&mut self, tag: &Tag) -> Result<(), ParseError> {
        let (header, rest) = VideoTagHeader::of(tag)?;
        let Self { video, shared, .. } = self;
        let max_tracks = shared.config.max_tracks;
        match header {
            VideoTagHeader::Legacy(header) if header.frame_type == FrameType::COMMAND => {
                shared.command(rest.first().copied());
                Ok(())
            }
            VideoTagHeader::Legacy(header) => {
                let (packet, picture) = video::of_legacy(header, tag.timestamp, rest);
                let track = find_or_add(video, 0, max_tracks, VideoTrack::new)?;
                track.take(packet, picture, shared)
            }
            VideoTagHeader::Enhanced(header) => {
                if let VideoContent::Command(command) = header.content {
                    shared.command(Some(command.0));
                    return Ok(());
                }
                let timed = video::with_time(&header, tag, &rest);
                let mut result = Ok(());
                for data in header.tracks(rest).into_iter().flatten() {
                    let data = data?;
                    let index = data.track_index;
                    let (packet, mut picture) = video::of_enhanced(&header, tag.timestamp, data);
                    picture.with_time.clone_from(&timed);
                    let taken = find_or_add(video, index, max_tracks, VideoTrack::new)
                        .and_then(|track| track.take(packet, picture, shared));
                    result = result.and(taken);
                }
                result
            }
        }
    }

    fn push_audio(&mut self, tag: &Tag) -> Result<(), ParseError> {
        let (header, rest) = AudioTagHeader::of(tag)?;
        let Self { audio, shared, .. } = self;
        let max_tracks = shared.config.max_tracks;
        match header {
            AudioTagHeader::Legacy(header) => {
                let packet = audio::of_legacy(header, tag.timestamp, rest);
                let track = find_or_add(audio, 0, max_tracks, AudioTrack::new)?;
                track.take(packet, Some(header), shared)
            }
            AudioTagHeader::Enhanced(header) => {
                let mut result = Ok(());
                for data in header.tracks(rest) {
                    let data = data?;
                    let index = data.track_index;
                    let packet = audio::of_enhanced(&header, tag.timestamp, data);
                    let taken = find_or_add(audio, index, max_tracks, AudioTrack::new)
                        .and_then(|track| track.take(packet, None, shared));
                    result = result.and(taken);
                }
                result
            }
        }
    }

    /// Scripts never fail: ffmpeg sends some of 4 bytes that are no AMF, and a stream does not depend
    /// on any.
    fn push_script(&mut self, tag: &Tag) {
        let body = (&*tag.header).chain(&*tag.payload).copy_to_bytes(tag.len());
        let Ok(mut values) = Value::parse_all(&body, &self.shared.config.script) else {
            count(&mut self.shared.counters.malformed);
            return;
        };
        // What RTMP publishers put before what is to be relayed.
        let wrapped = values.first().and_then(Value::as_str) == Some("@setDataFrame");
        if wrapped {
            values.remove(0);
        }
        let is_metadata = values.first().and_then(Value::as_str) == Some("onMetaData");
        let object = values
            .get(1)
            .and_then(Value::as_object)
            .filter(|_| is_metadata);
        let event = match object {
            Some(object) => {
                self.shared.hints = Hints::of(object);
                DemuxEvent::Metadata(object.clone())
            }
            None => DemuxEvent::Script(values),
        };
        self.shared.events.push_back(event);
    }
}
