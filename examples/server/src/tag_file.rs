//! Files as FLV tags: FLV files as they are, MP4 files frame by frame.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use castline_codec::{Frame, Track, rescale};
use castline_mp4_hint::FrameReader;
use castline_rtmp_chunk::{Tag, media::Muxer};
use tokio::sync::mpsc;
use tracing::{debug, warn};

use crate::{
    config::Config,
    flv_file::{FlvReader, OpenFlv},
    movie::OpenMovie,
};

const NANOS: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();
/// Tags that are read ahead at the most.
const MOST_TAGS_AHEAD: usize = 512;
/// Tags a second that a file is taken to have: 25 pictures and 50 audio frames.
const TAGS_PER_SECOND: u64 = 75;

/// A file that is open, shared by all who play it.
#[derive(Debug, Clone)]
pub(crate) enum TagFile {
    Movie(Arc<OpenMovie>),
    Flv(Arc<OpenFlv>),
}

/// A tag and its place on the file's time line.
#[derive(Debug)]
pub(crate) struct TimedTag {
    pub(crate) due: Duration,
    pub(crate) tag: Tag,
}

impl TagFile {
    pub(crate) fn duration(&self) -> Option<Duration> {
        match self {
            Self::Movie(movie) => movie.movie.play_time(),
            Self::Flv(file) => file.duration(),
        }
    }

    /// In bit/s, of all tracks together.
    pub(crate) fn bit_rate(&self) -> u64 {
        match self {
            Self::Movie(movie) => movie.bit_rate(),
            Self::Flv(file) => file.bit_rate(),
        }
    }

    pub(crate) fn reader(&self) -> TagReader {
        match self {
            Self::Movie(movie) => TagReader::Movie(MovieTags::new(Arc::clone(movie))),
            Self::Flv(file) => TagReader::Flv(FlvReader::new(Arc::clone(file))),
        }
    }

    /// Begins to read at the key frame at or before `position`: first the headers, then the tags.
    pub(crate) fn start(&self, position: Duration, config: &Config) -> mpsc::Receiver<TimedTag> {
        let ahead = config.prefetch_ms.saturating_mul(TAGS_PER_SECOND) / 1000;
        let ahead = usize::try_from(ahead)
            .unwrap_or(MOST_TAGS_AHEAD)
            .clamp(1, MOST_TAGS_AHEAD);
        let (sender, receiver) = mpsc::channel(ahead);
        let mut reader = self.reader();
        tokio::spawn(async move {
            let due = reader.seek(position).await;
            let timestamp = milliseconds(due);
            for mut tag in reader.headers() {
                tag.timestamp = timestamp;
                if sender.send(TimedTag { due, tag }).await.is_err() {
                    return;
                }
            }
            while let Some(tag) = reader.next().await {
                if sender.send(tag).await.is_err() {
                    return;
                }
            }
        });
        receiver
    }
}

/// A place on the time line as a timestamp, which wraps.
#[allow(
    clippy::cast_possible_truncation,
    reason = "RTMP timestamps wrap at 32 bits"
)]
pub(crate) const fn milliseconds(place: Duration) -> u32 {
    place.as_millis() as u32
}

/// Reads a file's tags in decoding order.
#[derive(Debug)]
#[allow(
    clippy::large_enum_variant,
    reason = "one per player, on the heap of its task"
)]
pub(crate) enum TagReader {
    Movie(MovieTags),
    Flv(FlvReader),
}

impl TagReader {
    /// Metadata and sequence headers, with timestamp 0.
    pub(crate) fn headers(&self) -> Vec<Tag> {
        match self {
            Self::Movie(movie) => movie.headers(),
            Self::Flv(file) => file.headers(),
        }
    }

    /// Goes to the key frame at or before `position`; where that is.
    pub(crate) async fn seek(&mut self, position: Duration) -> Duration {
        match self {
            Self::Movie(movie) => movie.seek(position),
            Self::Flv(file) => file.seek(position).await,
        }
    }

    /// The next tag; `None` at the end, or when the file cannot be read any more.
    pub(crate) async fn next(&mut self) -> Option<TimedTag> {
        match self {
            Self::Movie(movie) => movie.next().await,
            Self::Flv(file) => file.next().await,
        }
    }
}

/// The frames of an MP4 file as tags.
#[derive(Debug)]
pub(crate) struct MovieTags {
    movie: Arc<OpenMovie>,
    frames: FrameReader,
    muxer: Muxer,
    tracks: Vec<Track>,
    /// What is added to a time of the file in nanoseconds, so that nothing is before 0.
    shift: i64,
}

impl MovieTags {
    fn new(movie: Arc<OpenMovie>) -> Self {
        let tracks = movie.movie.tracks().iter().map(|track| track.media.clone());
        let tracks: Vec<Track> = tracks.collect();
        let muxer = Muxer::new(&tracks, crate::stream::muxer_config());
        // Pictures that are shown in another order are decoded earlier than the first is shown.
        let decoded = movie.movie.tracks().iter().filter_map(|track| {
            let first = track.samples.cursor().next()?;
            Some(rescale(first.dts, track.media.clock_rate, NANOS))
        });
        let lead = i64::try_from(movie.movie.lead().as_nanos()).unwrap_or(i64::MAX);
        let shift = decoded.min().unwrap_or(0).saturating_neg().max(lead);
        let len = Some(movie.file.len());
        let frames = FrameReader::all_tracks(Arc::clone(&movie.movie), len, Default::default());
        Self {
            movie,
            frames,
            muxer,
            tracks,
            shift,
        }
    }

    fn headers(&self) -> Vec<Tag> {
        let metadata = self.muxer.metadata_tag(0);
        std::iter::once(metadata)
            .chain(self.muxer.sequence_headers(0))
            .collect()
    }

    fn seek(&mut self, position: Duration) -> Duration {
        let shift = Duration::from_nanos(u64::try_from(self.shift).unwrap_or(0));
        if position.is_zero() {
            // The beginning includes what lies before the file's zero.
            self.frames.seek(Duration::ZERO);
            return Duration::ZERO;
        }
        let found = self.frames.seek(position.saturating_sub(shift));
        found.saturating_add(shift)
    }

    async fn next(&mut self) -> Option<TimedTag> {
        loop {
            while let Some(frame) = self.frames.poll_frame() {
                if let Some(tag) = self.tag(frame) {
                    return Some(tag);
                }
            }
            while let Some(fault) = self.frames.poll_fault() {
                debug!(?fault, "a frame is left out");
            }
            let request = self.frames.poll_read()?;
            match self.movie.file.read_at(request.offset, request.len).await {
                Ok(bytes) => self.frames.handle_input(request.offset, bytes),
                Err(error) => {
                    warn!(%error, "the file cannot be read any more; check the disk");
                    return None;
                }
            }
        }
    }

    fn tag(&mut self, mut frame: Frame) -> Option<TimedTag> {
        let mut tracks = self.tracks.iter();
        let track = tracks.find(|track| track.id == frame.track)?;
        let ticks = rescale(self.shift, NANOS, track.clock_rate);
        frame.pts = frame.pts.saturating_add(ticks);
        frame.dts = frame.dts.saturating_add(ticks);
        let nanos = rescale(frame.dts, track.clock_rate, NANOS);
        let due = Duration::from_nanos(u64::try_from(nanos).unwrap_or(0));
        match self.muxer.push(&frame) {
            Ok(tag) => Some(TimedTag { due, tag }),
            Err(error) => {
                debug!(track = frame.track.0, %error, "a frame is left out");
                None
            }
        }
    }
}
