//! FLV files: what is known of them, and their tags in order.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use castline_rtmp_chunk::{
    Tag, TagType,
    flv::{FileReader, FileReaderConfig},
    tag::classify,
};
use tracing::{debug, info, warn};

use crate::{
    library::{FileKey, Library, MediaFile},
    movie::MovieError,
    tag_file::TimedTag,
};

/// An FLV file that is open, shared by all who play it.
#[derive(Debug)]
pub(crate) struct OpenFlv {
    file: MediaFile,
    duration: Option<Duration>,
    /// Metadata and sequence headers, with timestamp 0.
    headers: Vec<Tag>,
}

impl OpenFlv {
    pub(crate) const fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// In bit/s, all of the file.
    pub(crate) fn bit_rate(&self) -> u64 {
        let ms = self.duration.map_or(0, |duration| duration.as_millis());
        let bits = u128::from(self.file.len()).saturating_mul(8_000);
        u64::try_from(bits.checked_div(ms).unwrap_or(0)).unwrap_or(u64::MAX)
    }
}

/// Files that are in use, each opened once.
#[derive(Debug)]
pub(crate) struct FlvCache {
    library: Library,
    open: Mutex<HashMap<FileKey, Weak<OpenFlv>>>,
}

impl FlvCache {
    pub(crate) fn new(library: Library) -> Self {
        Self {
            library,
            open: Mutex::default(),
        }
    }

    /// Opens what `/vod/<path>` names.
    pub(crate) async fn open(&self, path: &str) -> Result<Arc<OpenFlv>, MovieError> {
        let (library, owned) = (self.library.clone(), path.to_owned());
        let file = tokio::task::spawn_blocking(move || library.open_flv(&owned)).await;
        let file = file.map_err(|error| MovieError::Unreadable(error.to_string()))??;
        if let Some(known) = self.known(file.key()) {
            return Ok(known);
        }
        let opened = Arc::new(survey(path, file).await?);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, file| file.strong_count() > 0);
        open.insert(opened.file.key().clone(), Arc::downgrade(&opened));
        Ok(opened)
    }

    fn known(&self, key: &FileKey) -> Option<Arc<OpenFlv>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(key)?.upgrade()
    }
}

/// Reads a file's head: metadata, sequence headers, how long it is.
async fn survey(path: &str, file: MediaFile) -> Result<OpenFlv, MovieError> {
    let mut source = Source::new(&file);
    let mut metadata = None;
    // What comes first says what there is; the first coded frame ends the search.
    while let Some(tag) = source.next(&file).await {
        let is_header = source.reader.is_open() && tag.tag_type == TagType::Script;
        if !is_header {
            break;
        }
        metadata.get_or_insert(tag);
    }
    if let Some(error) = source.reader.error() {
        return Err(MovieError::Unplayable(format!(
            "the file is no FLV that can be played: {error}"
        )));
    }
    let duration = source.reader.duration_ms().map(Duration::from_millis);
    let mut headers: Vec<Tag> = metadata.into_iter().collect();
    headers.extend(source.reader.sequence_headers());
    headers.iter_mut().for_each(|tag| tag.timestamp = 0);
    debug!(path, headers = headers.len(), ?duration, "opened");
    Ok(OpenFlv {
        file,
        duration,
        headers,
    })
}

/// Reads a file's tags in their order.
#[derive(Debug)]
pub(crate) struct FlvReader {
    open: Arc<OpenFlv>,
    source: Source,
    /// Found by a seek, and the first to be given.
    first: Option<Tag>,
    /// No coded frame was given yet: headers that come now are those that go first anyway.
    is_opening: bool,
}

impl FlvReader {
    pub(crate) fn new(open: Arc<OpenFlv>) -> Self {
        Self {
            source: Source::new(&open.file),
            open,
            first: None,
            is_opening: true,
        }
    }

    pub(crate) fn headers(&self) -> Vec<Tag> {
        self.open.headers.clone()
    }

    /// Goes to the key frame at or before `position`; where that is.
    pub(crate) async fn seek(&mut self, position: Duration) -> Duration {
        let ms = u32::try_from(position.as_millis()).unwrap_or(u32::MAX);
        self.source = Source::new(&self.open.file);
        if ms > 0 {
            self.source.reader.seek(ms);
        }
        self.is_opening = true;
        self.first = self.read().await;
        let found = self.first.as_ref().map_or(0, |tag| tag.timestamp);
        Duration::from_millis(found.into())
    }

    /// The next tag; `None` at the end, or when the file cannot be read any more.
    pub(crate) async fn next(&mut self) -> Option<TimedTag> {
        let tag = match self.first.take() {
            Some(tag) => tag,
            None => self.read().await?,
        };
        let due = Duration::from_millis(tag.timestamp.into());
        Some(TimedTag { due, tag })
    }

    /// Reads on, over the headers that are known at the beginning.
    async fn read(&mut self) -> Option<Tag> {
        loop {
            let tag = self.source.next(&self.open.file).await?;
            let is_known = |known: &Tag| {
                known.tag_type == tag.tag_type
                    && known.header == tag.header
                    && known.payload == tag.payload
            };
            if !(self.is_opening && self.open.headers.iter().any(is_known)) {
                self.is_opening &= !classify(&tag).is_frame;
                return Some(tag);
            }
        }
    }
}

#[derive(Debug)]
struct Source {
    reader: FileReader,
    told: bool,
}

impl Source {
    fn new(file: &MediaFile) -> Self {
        Self {
            reader: FileReader::new(FileReaderConfig::default(), Some(file.len())),
            told: false,
        }
    }

    async fn next(&mut self, file: &MediaFile) -> Option<Tag> {
        loop {
            if let Some(tag) = self.reader.poll_tag() {
                return Some(tag);
            }
            let Some(request) = self.reader.poll_read() else {
                self.tell();
                return None;
            };
            match file.read_at(request.offset, request.len).await {
                Ok(bytes) => self.reader.handle_input(request.offset, bytes),
                Err(error) => {
                    warn!(%error, "the file cannot be read any more; check the disk");
                    return None;
                }
            }
        }
    }

    fn tell(&mut self) {
        if let Some(error) = self.reader.error().filter(|_| !self.told) {
            info!(%error, "an FLV file is damaged: playing ends here");
            self.told = true;
        }
    }
}
