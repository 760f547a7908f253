//! Files over HTTP: FLV files as they are, and MP4 files as FLV.

use std::{io, ops::Range, sync::Arc, time::Duration};

use castline_codec::{Frame, MediaKind, Track};
use castline_mp4_hint::{FrameReader, FrameReaderConfig, Movie};
use castline_rtmp_chunk::{
    flv,
    media::{Muxer, MuxerConfig},
};
use tracing::debug;

use super::{outbound::Step, segments::Segments};
use crate::{admission::Share, gate::Guest, library::MediaFile};

/// How much of a file is read at a time.
const BLOCK_BYTES: usize = 64 * 1024;
/// How much of a movie is read at a time; a larger frame is read alone.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// How many pieces are sent together at the most.
const MOST_PIECES: usize = 96;

/// What is held while something is sent.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) _guest: Guest,
    pub(super) _session: Share,
}

/// A file, or a part of it, as it is.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) file: MediaFile,
    pub(super) left: Range<u64>,
    pub(super) _held: Held,
}

impl Step for Plain {
    async fn next(&mut self) -> io::Result<Option<Segments>> {
        let left = self.left.end.saturating_sub(self.left.start);
        if left == 0 {
            return Ok(None);
        }
        let len = usize::try_from(left)
            .unwrap_or(BLOCK_BYTES)
            .min(BLOCK_BYTES);
        let block = self.file.read_at(self.left.start, len).await?;
        if block.is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was sent",
            ));
        }
        self.left.start = self.left.start.saturating_add(block.len() as u64);
        Ok(Some(Segments::from(block)))
    }
}

/// A movie as FLV, as fast as it is taken.
#[derive(Debug)]
pub(super) struct Remuxed {
    file: MediaFile,
    frames: FrameReader,
    muxer: Muxer,
    writer: flv::Writer,
    place: Place,
    /// The timestamp of the latest tag.
    latest_ms: u32,
    _held: Held,
}

/// What is sent next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Beginning,
    Frames,
    Over,
}

impl Remuxed {
    /// `None` when nothing of the movie can be in FLV. Begins at the key frame at or before `start`.
    pub(super) fn new(
        file: MediaFile,
        movie: &Arc<Movie>,
        start: Duration,
        held: Held,
    ) -> Option<Self> {
        let mut config = MuxerConfig::default();
        // Players that know FLV of old take no more than one track of a kind.
        config.multitrack = false;
        let lead_ms = i64::try_from(movie.lead().as_millis()).unwrap_or(0);
        config.origin_ms = lead_ms.saturating_neg();
        let tracks = movie.tracks().iter().map(|track| track.media.clone());
        let all: Vec<Track> = tracks.collect();
        let chooser = Muxer::new(&all, config);
        let chosen: Vec<Track> = first_of_each_kind(&all, &chooser);
        let ids: Vec<_> = chosen.iter().map(|track| track.id).collect();
        let has = |kind| chosen.iter().any(|track| track.codec.kind() == kind);
        let header = flv::Header::new(has(MediaKind::Audio), has(MediaKind::Video));
        let mut reading = FrameReaderConfig::default();
        reading.read_ahead_bytes = READ_AHEAD_BYTES;
        let mut frames = FrameReader::new(Arc::clone(movie), &ids, Some(file.len()), reading);
        if !start.is_zero() {
            // Times in URLs count from the first thing that is presented.
            frames.seek(start.saturating_sub(movie.lead()));
        }
        (!chosen.is_empty()).then(|| Self {
            file,
            frames,
            muxer: Muxer::new(&chosen, config),
            writer: flv::Writer::new(header),
            place: Place::Beginning,
            latest_ms: 0,
            _held: held,
        })
    }

    /// What is before the first frame.
    fn beginning(&mut self) -> Segments {
        let mut segments = Segments::from(self.writer.start());
        let metadata = self.muxer.metadata_tag(0);
        let tags = std::iter::once(metadata).chain(self.muxer.sequence_headers(0));
        for tag in tags {
            segments.extend(self.writer.tag(&tag).into_iter().flatten());
        }
        segments
    }

    fn end(&mut self) -> Segments {
        let mut segments = Segments::default();
        for tag in self.muxer.sequence_ends(self.latest_ms) {
            segments.extend(self.writer.tag(&tag).into_iter().flatten());
        }
        segments
    }

    fn add(&mut self, frame: &Frame, segments: &mut Segments) {
        let tag = match self.muxer.push(frame) {
            Ok(tag) => tag,
            Err(error) => return debug!(%error, "a frame is left out"),
        };
        self.latest_ms = tag.timestamp;
        match self.writer.tag(&tag) {
            Ok(pieces) => segments.extend(pieces),
            Err(error) => debug!(%error, "a frame is left out"),
        }
    }

    async fn frames(&mut self) -> io::Result<Segments> {
        let mut segments = Segments::default();
        loop {
            while segments.count() < MOST_PIECES {
                let Some(frame) = self.frames.poll_frame() else {
                    break;
                };
                self.add(&frame, &mut segments);
            }
            while let Some(fault) = self.frames.poll_fault() {
                debug!(?fault, "a frame is left out");
            }
            if segments.count() > 0 || self.frames.is_finished() {
                return Ok(segments);
            }
            let Some(request) = self.frames.poll_read() else {
                return Ok(segments);
            };
            let bytes = self.file.read_at(request.offset, request.len).await?;
            self.frames.handle_input(request.offset, bytes);
        }
    }
}

impl Step for Remuxed {
    async fn next(&mut self) -> io::Result<Option<Segments>> {
        match self.place {
            Place::Beginning => {
                self.place = Place::Frames;
                Ok(Some(self.beginning()))
            }
            Place::Frames => {
                let segments = self.frames().await?;
                if segments.count() > 0 {
                    return Ok(Some(segments));
                }
                self.place = Place::Over;
                let end = self.end();
                Ok((end.count() > 0).then_some(end))
            }
            Place::Over => Ok(None),
        }
    }
}

/// The first video and the first audio track that can be carried.
fn first_of_each_kind(tracks: &[Track], muxer: &Muxer) -> Vec<Track> {
    let kinds = [MediaKind::Video, MediaKind::Audio];
    let first = |kind: &MediaKind| {
        tracks
            .iter()
            .find(|track| track.codec.kind() == *kind && muxer.carries(track.id))
    };
    kinds.iter().filter_map(first).cloned().collect()
}
