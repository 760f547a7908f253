//! Recording live streams into FLV files: by the settings, and by the API.

mod file;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use tokio::{sync::watch, task::JoinSet};
use tracing::warn;

use crate::{
    config::RecordSettings,
    shared::Shared,
    stream::{Stream, Viewer},
};

/// Recordings at the same time.
const MOST_RECORDINGS: usize = 256;

/// What is being recorded.
#[derive(Debug)]
pub(crate) struct Recordings {
    dir: PathBuf,
    active: Mutex<BTreeMap<String, Recording>>,
    tasks: Mutex<JoinSet<()>>,
}

#[derive(Debug)]
struct Recording {
    info: RecordingInfo,
    bytes: Arc<AtomicU64>,
    /// Dropping it ends the recording.
    _stop: watch::Sender<()>,
}

/// One recording.
#[derive(Debug, Clone)]
pub(crate) struct RecordingInfo {
    /// The stream's name.
    pub(crate) stream: String,
    pub(crate) path: PathBuf,
    pub(crate) since: SystemTime,
    /// Bytes of the file so far.
    pub(crate) bytes: u64,
}

/// Why nothing is recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RecordError {
    #[error("{0:?} is being recorded already")]
    Already(String),
    #[error("{0:?} is not being recorded")]
    NotRecorded(String),
    #[error("all {MOST_RECORDINGS} recordings are in use")]
    Full,
    #[error("cannot write to {0}: {1}")]
    Disk(PathBuf, String),
}

impl Recordings {
    pub(crate) fn new(settings: &RecordSettings) -> Self {
        Self {
            dir: settings.dir.clone(),
            active: Mutex::default(),
            tasks: Mutex::default(),
        }
    }

    /// Begins to record a stream, with the group of pictures that is at hand.
    pub(crate) async fn start(
        &self,
        shared: &Arc<Shared>,
        stream: &Arc<Stream>,
    ) -> Result<RecordingInfo, RecordError> {
        self.follow(shared, Viewer::new(Arc::clone(stream))).await
    }

    /// Begins to record where a viewer stands.
    async fn follow(
        &self,
        shared: &Arc<Shared>,
        viewer: Viewer,
    ) -> Result<RecordingInfo, RecordError> {
        let name = viewer.stream().name.clone();
        if self.active().contains_key(&name) {
            return Err(RecordError::Already(name));
        }
        let (dir, file_name) = (self.dir.clone(), name.clone());
        let created = tokio::task::spawn_blocking(move || file::create(&dir, &file_name)).await;
        let disk = |error: String| RecordError::Disk(self.dir.clone(), error);
        let created = created.map_err(|error| disk(error.to_string()))?;
        let (file, path) = created.map_err(|error| disk(error.to_string()))?;
        let (stop, stopped) = watch::channel(());
        let bytes = Arc::new(AtomicU64::new(0));
        let info = RecordingInfo {
            stream: name.clone(),
            path: path.clone(),
            since: file::now(),
            bytes: 0,
        };
        {
            let mut active = self.active();
            if active.contains_key(&name) || active.len() >= MOST_RECORDINGS {
                let _ = std::fs::remove_file(&path);
                let taken = active.contains_key(&name);
                return Err(if taken {
                    RecordError::Already(name)
                } else {
                    RecordError::Full
                });
            }
            let recording = Recording {
                info: info.clone(),
                bytes: Arc::clone(&bytes),
                _stop: stop,
            };
            active.insert(name, recording);
        }
        let shared = Arc::clone(shared);
        let task = async move {
            let name = viewer.stream().name.clone();
            file::record(&shared, viewer, (file, &path, bytes), stopped).await;
            shared.recordings.forget(&name, &path);
        };
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
        Ok(info)
    }

    /// Ends a recording; its file is closed soon after.
    pub(crate) fn stop(&self, name: &str) -> Result<RecordingInfo, RecordError> {
        let ended = self.active().remove(name);
        let ended = ended.ok_or_else(|| RecordError::NotRecorded(name.to_owned()))?;
        Ok(ended.now())
    }

    pub(crate) fn list(&self) -> Vec<RecordingInfo> {
        self.active().values().map(Recording::now).collect()
    }

    /// Waits until all files are closed.
    pub(crate) async fn finish(&self) {
        self.active().clear();
        let mut tasks =
            std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }

    fn forget(&self, name: &str, path: &Path) {
        let mut active = self.active();
        if active
            .get(name)
            .is_some_and(|known| known.info.path == path)
        {
            active.remove(name);
        }
    }

    fn active(&self) -> MutexGuard<'_, BTreeMap<String, Recording>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recording {
    fn now(&self) -> RecordingInfo {
        let mut info = self.info.clone();
        info.bytes = self.bytes.load(Ordering::Relaxed);
        info
    }
}

/// A file beyond the process' limit is an error like a full disk, and not the end of the server, which it is unless
/// somebody listens to the signal.
#[cfg(unix)]
fn survive_file_limits() {
    use tokio::signal::unix::{SignalKind, signal};
    /// SIGXFSZ; the same on all systems but those on MIPS.
    const FILE_TOO_LARGE: i32 = 25;
    if let Err(error) = signal(SignalKind::from_raw(FILE_TOO_LARGE)) {
        warn!(%error, "a recording beyond the limit of file sizes would end the server");
    }
}

#[cfg(not(unix))]
const fn survive_file_limits() {}

/// Records what the settings say, until the server ends.
pub(crate) async fn keep(shared: Arc<Shared>) {
    survive_file_limits();
    let mut changes = shared.streams.changes();
    let mut ending = shared.ending.clone();
    let mut known: Vec<Arc<Stream>> = Vec::new();
    loop {
        known.retain(|stream| !stream.is_ended());
        for stream in shared.streams.list() {
            if known.iter().any(|known| Arc::ptr_eq(known, &stream)) {
                continue;
            }
            let path = format!("live/{}", stream.name);
            if shared.config.record.covers(&path)
                && let viewer = Viewer::from_start(Arc::clone(&stream))
                && let Err(error) = shared.recordings.follow(&shared, viewer).await
            {
                warn!(stream = stream.name, %error, "cannot record");
            }
            known.push(stream);
        }
        tokio::select! {
            _ = ending.wait_for(|is_ending| *is_ending) => break,
            _ = changes.changed() => {}
        }
    }
    shared.recordings.finish().await;
}
