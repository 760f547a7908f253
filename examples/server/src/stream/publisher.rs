//! The writing end of a stream: tags or frames in, items out.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use castline_codec::{Frame, MediaKind, Track, rescale};
use castline_rtmp_chunk::{
    Tag, TagType,
    media::{DemuxEvent, Demuxer, Muxer, MuxerConfig},
    tag::{TagFacts, classify},
};
use smallvec::SmallVec;
use tracing::debug;

use super::{Epoch, Item, Stream, Streams, epoch::HeaderKey};

const MILLISECONDS: core::num::NonZeroU32 = core::num::NonZeroU32::new(1000).unwrap();
const NANOS: core::num::NonZeroU32 = core::num::NonZeroU32::new(1_000_000_000).unwrap();
/// Payloads of so few bytes are copied out of the buffer that they came in.
const MOST_COPIED_BYTES: usize = 4096;
/// A header or metadata of more bytes is not kept for viewers to come.
const MOST_HEADER_BYTES: usize = 256 * 1024;
/// How much of a stream is looked at for a track that its metadata does not promise.
const TRACKS_KNOWN_AFTER: Duration = Duration::from_secs(1);

/// Writes a stream; the stream ends with it.
#[derive(Debug)]
pub(crate) struct Publisher {
    stream: Arc<Stream>,
    streams: Streams,
    timing: Timing,
    epoch: Arc<Epoch>,
    demuxer: Demuxer,
    muxer: Option<Muxer>,
    malformed: u64,
    /// What the metadata says there is.
    promised: Option<Promised>,
}

/// Which tracks the metadata promises.
#[derive(Debug, Clone, Copy)]
struct Promised {
    video: bool,
    audio: bool,
}

/// The time line of a stream of tags: it begins with the first audio or video, and 32-bit time is unrolled.
#[derive(Debug, Default)]
pub(crate) struct Timing {
    /// The last timestamp, as it came and unrolled.
    last: Option<(u32, i64)>,
    /// The first timestamp of all.
    base: Option<i64>,
    due: Duration,
}

impl Timing {
    /// The place of a tag on the time line; `None` for what comes before it begins.
    pub(super) fn place(&mut self, tag: &Tag) -> Duration {
        let unrolled = self.unroll(tag.timestamp);
        if tag.tag_type == TagType::Script {
            // Metadata is often at 0 whatever the time is.
            return self.due;
        }
        self.last = Some((tag.timestamp, unrolled));
        let base = *self.base.get_or_insert(unrolled);
        let ms = u64::try_from(unrolled.saturating_sub(base)).unwrap_or(0);
        self.due = Duration::from_millis(ms);
        self.due
    }

    fn unroll(&self, timestamp: u32) -> i64 {
        match self.last {
            None => i64::from(timestamp),
            Some((last, unrolled)) => {
                let step = timestamp.wrapping_sub(last).cast_signed();
                unrolled.saturating_add(i64::from(step))
            }
        }
    }
}

impl Publisher {
    pub(super) fn new(stream: Arc<Stream>, streams: Streams, timing: Timing) -> Self {
        let epoch = stream.epoch();
        Self {
            stream,
            streams,
            timing,
            epoch,
            demuxer: Demuxer::default(),
            muxer: None,
            malformed: 0,
            promised: None,
        }
    }

    pub(crate) const fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    /// Tags that were left out since they could not be read.
    pub(crate) const fn malformed(&self) -> u64 {
        self.malformed
    }

    /// Writes what an RTMP publisher or an FLV file gives.
    pub(crate) fn tag(&mut self, mut tag: Tag) {
        if tag.payload.len() <= MOST_COPIED_BYTES {
            // A few bytes in the ring must not hold on to the whole buffer that they were read into.
            tag.payload = Bytes::copy_from_slice(&tag.payload);
        }
        if let Err(error) = self.demuxer.push(&tag) {
            self.malformed = self.malformed.saturating_add(1);
            debug!(stream = self.stream.name, %error, "a tag is left out");
            return;
        }
        let due = self.timing.place(&tag);
        let frames = self.demuxed();
        let facts = classify(&tag);
        // What is larger, or of more tracks than anybody has, is passed on, and not kept for those who join.
        let key = header_key(&facts, &tag);
        let key = key.filter(|key| tag.len() <= MOST_HEADER_BYTES && self.epoch.has_room(*key));
        if let Some(key) = key.filter(|key| !self.epoch.has(*key, &tag)) {
            self.epoch = Arc::new(self.epoch.with_header(key, tag.clone()));
        }
        let mut item = Item::new(due, tag, Arc::clone(&self.epoch));
        item.is_header = key.is_some();
        item.is_entry = self.is_entry(&facts, due);
        item.frames = frames;
        self.stream.push(item);
        self.look_for_tracks(due);
    }

    /// Begins with these tracks, whose frames are to follow.
    pub(crate) fn tracks(&mut self, tracks: &[Track]) {
        let muxer = Muxer::new(tracks, muxer_config());
        let mut epoch = Epoch::new(self.stream.limits.packet_bytes);
        for track in tracks {
            epoch = epoch.with_track(track.clone());
        }
        let headers: Vec<Tag> = std::iter::once(muxer.metadata_tag(0))
            .chain(muxer.sequence_headers(0))
            .collect();
        let keyed = headers
            .iter()
            .filter_map(|tag| Some((header_key(&classify(tag), tag)?, tag.clone())));
        for (key, tag) in keyed {
            epoch = epoch.with_header(key, tag);
        }
        self.epoch = Arc::new(epoch);
        for tag in headers {
            let mut item = Item::new(Duration::ZERO, tag, Arc::clone(&self.epoch));
            item.is_header = true;
            self.stream.push(item);
        }
        self.muxer = Some(muxer);
        self.stream.described.send_replace(true);
    }

    /// Writes the next frame of one of the tracks, on the stream's time line.
    pub(crate) fn frame(&mut self, frame: Frame) {
        let Some(muxer) = &mut self.muxer else { return };
        let mut tracks = self.epoch.tracks.iter();
        let Some(track) = tracks.find(|track| track.id == frame.track) else {
            return;
        };
        let nanos = rescale(frame.dts, track.clock_rate, NANOS);
        let due = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
        let is_video = track.codec.kind() == MediaKind::Video;
        match muxer.push(&frame) {
            Ok(tag) => {
                let mut item = Item::new(due, tag, Arc::clone(&self.epoch));
                item.is_entry = frame.keyframe && (is_video || !self.epoch.has_video());
                item.frames.push(frame);
                self.stream.push(item);
            }
            Err(error) => debug!(stream = self.stream.name, %error, "a frame is left out"),
        }
    }

    /// The frames in the tag that was pushed last, on the stream's time line; tracks that changed begin an epoch.
    fn demuxed(&mut self) -> SmallVec<[Frame; 1]> {
        let base = self.timing.base.unwrap_or(0);
        let mut frames = SmallVec::new();
        while let Some(event) = self.demuxer.poll_event() {
            #[allow(
                clippy::wildcard_enum_match_arm,
                reason = "what this server does not look into is relayed as it is"
            )]
            match event {
                DemuxEvent::Track(track) | DemuxEvent::TrackChanged(track) => {
                    self.epoch = Arc::new(self.epoch.with_track(track));
                }
                DemuxEvent::Frame(mut frame) => {
                    let mut tracks = self.epoch.tracks.iter();
                    if let Some(track) = tracks.find(|track| track.id == frame.track) {
                        let shift = rescale(base, MILLISECONDS, track.clock_rate);
                        frame.pts = frame.pts.saturating_sub(shift);
                        frame.dts = frame.dts.saturating_sub(shift);
                        frames.push(frame);
                    }
                }
                DemuxEvent::Metadata(metadata) => {
                    self.promised = Some(Promised {
                        video: metadata.get("videocodecid").is_some(),
                        audio: metadata.get("audiocodecid").is_some(),
                    });
                }
                _ => {}
            }
        }
        frames
    }

    fn is_entry(&self, facts: &TagFacts, due: Duration) -> bool {
        match facts.tag_type {
            TagType::Video => facts.is_keyframe && facts.track_index.unwrap_or(0) == 0,
            TagType::Audio => facts.is_frame && self.is_sound_only(due),
            TagType::Script => false,
        }
    }

    /// No pictures are there, and none are to be expected: a viewer need not wait for a key frame.
    fn is_sound_only(&self, due: Duration) -> bool {
        let may_come = match self.promised {
            Some(promised) => promised.video,
            None => due < TRACKS_KNOWN_AFTER,
        };
        !self.epoch.has_video() && !may_come
    }

    /// A stream can be described when its tracks are known: those that its metadata promises, or one of each kind, or those
    /// that came within a second.
    fn look_for_tracks(&self, due: Duration) {
        if *self.stream.described.borrow() {
            return;
        }
        let has = |kind| {
            let mut tracks = self.epoch.tracks.iter();
            tracks.any(|track| track.codec.kind() == kind)
        };
        let (video, audio) = (has(MediaKind::Video), has(MediaKind::Audio));
        let all_promised = self.promised.is_some_and(|promised| {
            (video || !promised.video) && (audio || !promised.audio) && (video || audio)
        });
        if all_promised || (video && audio) || (due >= TRACKS_KNOWN_AFTER && (video || audio)) {
            self.stream.described.send_replace(true);
        }
    }
}

/// How frames become tags: Enhanced RTMP where there is no other way.
pub(crate) fn muxer_config() -> MuxerConfig {
    MuxerConfig::default()
}

/// The header that a tag is, if it is one.
fn header_key(facts: &TagFacts, tag: &Tag) -> Option<HeaderKey> {
    // A tag with the headers of several tracks has a place of its own.
    let track = facts.track_index.unwrap_or(u8::MAX);
    match facts.tag_type {
        TagType::Script => is_metadata(tag).then_some(HeaderKey::Metadata),
        TagType::Video if facts.is_sequence_header => Some(HeaderKey::Video(track)),
        TagType::Video if facts.is_metadata => Some(HeaderKey::VideoMetadata(track)),
        TagType::Audio if facts.is_sequence_header => Some(HeaderKey::Audio(track)),
        TagType::Audio if facts.is_metadata => Some(HeaderKey::AudioChannels(track)),
        TagType::Video | TagType::Audio => None,
    }
}

/// Of the script tags, late joiners need this one.
fn is_metadata(tag: &Tag) -> bool {
    let mut body = tag.header.iter().chain(&tag.payload);
    ON_META_DATA
        .iter()
        .all(|byte| body.next().is_some_and(|other| other == byte))
}

/// The AMF0 string that metadata begins with.
const ON_META_DATA: &[u8] = b"\x02\x00\x0aonMetaData";

impl Drop for Publisher {
    fn drop(&mut self) {
        self.stream.end();
        self.stream.described.send_replace(true);
        self.streams.remove(&self.stream);
    }
}
