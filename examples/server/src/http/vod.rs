//! Files over HTTP: FLV files as they are, and MP4 files as FLV.

use std::{io, ops::Range, sync::Arc, time::Duration};

use castline_codec::{MediaKind, Track};
use castline_rtmp_chunk::{Tag, flv, media::Muxer};
use tracing::debug;

use super::{media::Held, outbound::Step, segments::Segments};
use crate::{
    library::MediaFile,
    movie::OpenMovie,
    stream::muxer_config,
    tag_file::{TagFile, TagReader, milliseconds},
};

/// How much of a file is read at a time.
const BLOCK_BYTES: usize = 64 * 1024;
/// How many pieces of a movie are sent together at the most.
const MOST_PIECES: usize = 96;

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
    tags: TagReader,
    writer: flv::Writer,
    /// Where it begins, until it has begun.
    start: Option<Duration>,
    _held: Held,
}

impl Remuxed {
    /// `None` when nothing of the movie can be in FLV. Begins at the key frame at or before `start`.
    pub(super) fn new(movie: Arc<OpenMovie>, start: Duration, held: Held) -> Option<Self> {
        let tracks = movie.movie.tracks().iter().map(|track| track.media.clone());
        let tracks: Vec<Track> = tracks.collect();
        let muxer = Muxer::new(&tracks, muxer_config());
        let has = |kind| {
            let mut tracks = tracks.iter();
            tracks.any(|track| track.codec.kind() == kind && muxer.carries(track.id))
        };
        let (has_audio, has_video) = (has(MediaKind::Audio), has(MediaKind::Video));
        (has_audio || has_video).then(|| Self {
            tags: TagFile::Movie(movie).reader(),
            writer: flv::Writer::new(flv::Header::new(has_audio, has_video)),
            start: Some(start),
            _held: held,
        })
    }

    /// What is before the first frame.
    async fn begin(&mut self, start: Duration) -> Segments {
        let timestamp = milliseconds(self.tags.seek(start).await);
        let mut segments = Segments::from(self.writer.start());
        for mut tag in self.tags.headers() {
            tag.timestamp = timestamp;
            self.add(&tag, &mut segments);
        }
        segments
    }

    fn add(&mut self, tag: &Tag, segments: &mut Segments) {
        match self.writer.tag(tag) {
            Ok(pieces) => segments.extend(pieces),
            Err(error) => debug!(%error, "a frame is left out"),
        }
    }
}

impl Step for Remuxed {
    async fn next(&mut self) -> io::Result<Option<Segments>> {
        if let Some(start) = self.start.take() {
            return Ok(Some(self.begin(start).await));
        }
        let mut segments = Segments::default();
        while segments.count() < MOST_PIECES {
            let Some(timed) = self.tags.next().await else {
                break;
            };
            self.add(&timed.tag, &mut segments);
        }
        Ok((segments.count() > 0).then_some(segments))
    }
}
