//! Open files: their tables, their description, and who shares them.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use castline_codec::{CodecParameters, MediaKind, TrackId};
use castline_mp4_hint::{Movie, MovieReader, ReaderConfig};
use castline_rtp_rtcp::{
    PayloadType,
    payload::{Payload, access_unit_delimiter, timestamp_primers},
};
use tracing::{debug, info};

use crate::library::{FileKey, Library, LibraryError, MediaFile};

/// Why a file cannot be played; `Display` is what the client is told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MovieError {
    #[error("there is no such file or stream")]
    NotFound,
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Unplayable(String),
}

impl From<LibraryError> for MovieError {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::NotFound => Self::NotFound,
            LibraryError::Unreadable(_) => Self::Unreadable(error.to_string()),
        }
    }
}

/// A file that is open, shared by all who play it.
#[derive(Debug)]
pub(crate) struct OpenMovie {
    pub(crate) file: MediaFile,
    pub(crate) movie: Arc<Movie>,
    pub(crate) presentation: Arc<Presentation>,
}

impl OpenMovie {
    /// In bit/s, of all tracks together.
    pub(crate) fn bit_rate(&self) -> u64 {
        let tracks = self.movie.tracks().iter();
        let rates = tracks.filter_map(|track| track.media.bit_rate);
        rates.map(u64::from).sum()
    }
}

/// What a source's tracks are and how they are described.
#[derive(Debug)]
pub(crate) struct Presentation {
    pub(crate) sdp: Bytes,
    pub(crate) tracks: Vec<PresentationTrack>,
    pub(crate) duration: Option<Duration>,
    /// Of all tracks together, in bit/s.
    pub(crate) bit_rate: u64,
}

/// One track of a source.
#[derive(Debug, Clone)]
pub(crate) struct PresentationTrack {
    /// Its number in control URLs.
    pub(crate) number: u32,
    pub(crate) kind: MediaKind,
    /// The codec's name.
    pub(crate) codec: &'static str,
    /// Its name among the source's tracks.
    pub(crate) id: TrackId,
    pub(crate) payload_type: PayloadType,
    /// Of the RTP timestamps.
    pub(crate) clock_rate: NonZeroU32,
    /// What goes first to clients that need it.
    pub(crate) openings: Openings,
}

/// Packets without a picture for clients that do not get the beginning of a track right by themselves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Openings {
    pub(crate) libavformat: Vec<Payload>,
    pub(crate) gstreamer: Vec<Payload>,
    /// A video track that libavformat parses, and that has no primer.
    is_aligned: bool,
    /// Frames are shown in another order than they are sent.
    pub(crate) is_reordered: bool,
}

impl Openings {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the other codecs do not reorder, or need nothing"
    )]
    pub(crate) fn of(codec: &CodecParameters) -> Self {
        Self {
            libavformat: timestamp_primers(codec, 0).collect(),
            gstreamer: access_unit_delimiter(codec, 0).into_iter().collect(),
            is_reordered: match codec {
                CodecParameters::H264(h264) => h264.sequence.max_num_reorder_frames > 0,
                CodecParameters::H265(_) => true,
                _ => false,
            },
            is_aligned: matches!(
                codec,
                CodecParameters::Av1(_) | CodecParameters::Vp8(_) | CodecParameters::Vp9(_)
            ),
        }
    }

    /// True when the first picture has to be where the range begins, since the client takes it to be there whatever its
    /// timestamp: some milliseconds of priming (AAC, Opus) are then heard late, instead of a first frame that is off.
    pub(crate) fn is_aligned_for(&self, agent: &str) -> bool {
        self.is_aligned && agent.contains("Lavf")
    }

    /// What a client that calls itself `agent` needs.
    pub(crate) fn for_agent(&self, agent: &str) -> &[Payload] {
        if agent.contains("Lavf") {
            &self.libavformat
        } else if agent.contains("GStreamer") {
            &self.gstreamer
        } else {
            &[]
        }
    }
}

impl Presentation {
    pub(crate) fn is_video(&self, track: usize) -> bool {
        self.tracks
            .get(track)
            .is_some_and(|track| track.kind == MediaKind::Video)
    }

    /// Whether a client that was told of this can go on with the other: the same tracks, sent alike.
    pub(crate) fn continues_as(&self, other: &Self) -> bool {
        let shape = |track: &PresentationTrack| {
            (track.id, track.codec, track.payload_type, track.clock_rate)
        };
        other.tracks.len() >= self.tracks.len()
            && self
                .tracks
                .iter()
                .zip(&other.tracks)
                .all(|(ours, theirs)| shape(ours) == shape(theirs))
    }
}

/// Files that are in use, each opened once: their tables live as long as somebody plays them.
#[derive(Debug)]
pub(crate) struct MovieCache {
    library: Library,
    open: Mutex<HashMap<FileKey, Weak<OpenMovie>>>,
}

impl MovieCache {
    pub(crate) fn new(library: Library) -> Self {
        Self {
            library,
            open: Mutex::default(),
        }
    }

    /// Opens what `/vod/<path>` names.
    pub(crate) async fn open(&self, path: &str) -> Result<Arc<OpenMovie>, MovieError> {
        let (library, owned) = (self.library.clone(), path.to_owned());
        let file = tokio::task::spawn_blocking(move || library.open(&owned)).await;
        let file = file.map_err(|error| MovieError::Unreadable(error.to_string()))??;
        if let Some(movie) = self.known(file.key()) {
            return Ok(movie);
        }
        let movie = Arc::new(open(path, file).await?);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, movie| movie.strong_count() > 0);
        open.insert(movie.file.key().clone(), Arc::downgrade(&movie));
        Ok(movie)
    }

    fn known(&self, key: &FileKey) -> Option<Arc<OpenMovie>> {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)?
            .upgrade()
    }
}

/// Reads a file's tables.
pub(crate) async fn open(path: &str, file: MediaFile) -> Result<OpenMovie, MovieError> {
    let mut reader = MovieReader::new(ReaderConfig::default(), Some(file.len()));
    while let Some(request) = reader.poll_read() {
        let bytes = file.read_at(request.offset, request.len).await;
        let bytes = bytes
            .map_err(|error| MovieError::Unreadable(format!("the file cannot be read: {error}")))?;
        reader.handle_input(request.offset, bytes);
    }
    let unplayable =
        |error| MovieError::Unplayable(format!("the file is no MP4 that can be played: {error}"));
    let movie = reader.into_movie().map_err(unplayable)?;
    for track in movie.unsupported_tracks() {
        info!(path, track = track.id, fourcc = %track.fourcc, reason = ?track.reason, "a track is left out");
    }
    if movie.is_truncated() {
        info!(
            path,
            "the file is cut off or damaged: what was found is played"
        );
    }
    let presentation = Presentation::of(&movie)?;
    debug!(path, tracks = presentation.tracks.len(), duration = ?presentation.duration, "opened");
    Ok(OpenMovie {
        file,
        movie: Arc::new(movie),
        presentation: Arc::new(presentation),
    })
}
