//! What holds for a stretch of a stream: its tracks, their parameters, its metadata.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use castline_codec::{Frame, MediaKind, Track, TrackId};
use castline_rtmp_chunk::Tag;
use castline_rtp_rtcp::payload::{AnyPacketizer, Packetizer, Payload, Settings, packetizer};
use tracing::debug;

use crate::movie::{MovieError, Presentation};

/// RTP's header, which payloads leave room for.
const RTP_HEADER_BYTES: usize = 12;

/// Headers that are kept: those of 16 tracks, their colours and channels, and the metadata.
const MOST_HEADERS: usize = 33;

/// The tracks of a stream and what a decoder must know before their frames, between two changes.
#[derive(Debug)]
pub(crate) struct Epoch {
    pub(crate) tracks: Vec<Track>,
    /// The metadata and the sequence headers in force, each as it came: what a viewer gets first.
    headers: Vec<(HeaderKey, Tag)>,
    presentation: OnceLock<Result<Arc<Presentation>, MovieError>>,
    packetizers: OnceLock<Mutex<Vec<(TrackId, AnyPacketizer)>>>,
    packet_bytes: usize,
}

/// Which header a tag replaces: metadata, then video, then audio is the order in which they go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HeaderKey {
    Metadata,
    Video(u8),
    /// Colours and the like, which do not stand in for the sequence header.
    VideoMetadata(u8),
    Audio(u8),
    /// Which channel is which.
    AudioChannels(u8),
}

impl Epoch {
    /// Nothing is known yet.
    pub(crate) const fn new(packet_bytes: usize) -> Self {
        Self {
            tracks: Vec::new(),
            headers: Vec::new(),
            presentation: OnceLock::new(),
            packetizers: OnceLock::new(),
            packet_bytes,
        }
    }

    /// The same with a header put in or replaced.
    pub(crate) fn with_header(&self, key: HeaderKey, tag: Tag) -> Self {
        let mut headers = self.headers.clone();
        headers.retain(|(known, _)| *known != key);
        headers.push((key, tag));
        headers.sort_by_key(|(key, _)| *key);
        Self {
            tracks: self.tracks.clone(),
            headers,
            presentation: self.presentation.clone(),
            packetizers: OnceLock::new(),
            packet_bytes: self.packet_bytes,
        }
    }

    /// The same with a track put in or replaced.
    pub(crate) fn with_track(&self, track: Track) -> Self {
        let mut tracks = self.tracks.clone();
        match tracks.iter_mut().find(|known| known.id == track.id) {
            Some(known) => *known = track,
            None => tracks.push(track),
        }
        Self {
            tracks,
            headers: self.headers.clone(),
            presentation: OnceLock::new(),
            packetizers: OnceLock::new(),
            packet_bytes: self.packet_bytes,
        }
    }

    /// What a viewer that begins at `timestamp` gets first.
    pub(crate) fn opening(&self, timestamp: u32) -> impl Iterator<Item = Tag> {
        self.headers.iter().map(move |(_, tag)| {
            let mut tag = tag.clone();
            tag.timestamp = timestamp;
            tag
        })
    }

    /// Whether a header can be put in: it takes the place of another, or there are few yet.
    pub(crate) fn has_room(&self, key: HeaderKey) -> bool {
        self.headers.len() < MOST_HEADERS || self.headers.iter().any(|(known, _)| *known == key)
    }

    /// Whether a tag is in force already, so that repeating it changes nothing.
    pub(crate) fn has(&self, key: HeaderKey, tag: &Tag) -> bool {
        let mut known = self.headers.iter();
        known.any(|(other, old)| *other == key && same_body(old, tag))
    }

    /// Pictures, as far as is known.
    pub(crate) fn has_video(&self) -> bool {
        let of_track = |track: &Track| track.codec.kind() == MediaKind::Video;
        let of_header = |(key, _): &(HeaderKey, Tag)| matches!(key, HeaderKey::Video(_));
        self.tracks.iter().any(of_track) || self.headers.iter().any(of_header)
    }

    /// How it is described for RTSP.
    pub(crate) fn presentation(&self) -> Result<Arc<Presentation>, MovieError> {
        let made = self
            .presentation
            .get_or_init(|| Presentation::of_tracks(&self.tracks).map(Arc::new));
        made.clone()
    }

    /// A frame as RTP payloads, and its track's place in the presentation; `None` when it cannot be sent by RTP.
    pub(crate) fn payloads(&self, frame: &Frame) -> Option<(usize, Vec<Payload>)> {
        let presentation = self.presentation().ok()?;
        let tracks = presentation.tracks.iter();
        let index = tracks.clone().position(|track| track.id == frame.track)?;
        let packetizers = self
            .packetizers
            .get_or_init(|| Mutex::new(packetizers(&self.tracks, self.packet_bytes)));
        let mut packetizers = packetizers.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, packetizer) = packetizers
            .iter_mut()
            .find(|(track, _)| *track == frame.track)?;
        if let Err(error) = packetizer.push(frame) {
            debug!(track = frame.track.0, %error, "a frame has no RTP form");
            return None;
        }
        packetizer.flush();
        let mut payloads = Vec::new();
        while let Some(payload) = packetizer.poll_packet() {
            payloads.push(payload);
        }
        (!payloads.is_empty()).then_some((index, payloads))
    }
}

fn packetizers(tracks: &[Track], packet_bytes: usize) -> Vec<(TrackId, AnyPacketizer)> {
    let made = tracks.iter().filter_map(|track| {
        let mut settings = Settings::new(track.clock_rate);
        settings.max_payload_len = packet_bytes.saturating_sub(RTP_HEADER_BYTES);
        Some((track.id, packetizer(&track.codec, &settings).ok()?))
    });
    made.collect()
}

fn same_body(one: &Tag, other: &Tag) -> bool {
    one.tag_type == other.tag_type
        && one.len() == other.len()
        && one
            .header
            .iter()
            .chain(&one.payload)
            .eq(other.header.iter().chain(&other.payload))
}
