//! One recording: from a stream's ring to a file.

use std::{
    fs::{File, OpenOptions},
    io::{self, IoSlice, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use castline_rtmp_chunk::{
    Tag,
    flv::{Patch, Recorder, RecorderConfig},
};
use tokio::sync::watch;
use tracing::{info, warn};

use crate::{
    hooks::{HookCall, Occasion},
    shared::Shared,
    stream::Viewer,
};

/// So many bytes are written at once.
const BATCH_BYTES: usize = 256 * 1024;
/// What came is written so often at the least.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);
/// The head of the file, its length and index, is brought up to date so often: a crash loses no more.
const PATCH_INTERVAL: Duration = Duration::from_secs(10);
/// Files of one stream and one second.
const MOST_SAME_NAMES: u32 = 1000;

pub(super) fn now() -> SystemTime {
    #[allow(
        clippy::disallowed_methods,
        reason = "the server is what reads the clock"
    )]
    SystemTime::now()
}

/// Makes `<dir>/<name>-<time>.flv`; a file that is there is never written to. It blocks.
pub(super) fn create(dir: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    std::fs::create_dir_all(dir)?;
    let time = jiff::Timestamp::try_from(now()).map_err(io::Error::other)?;
    let time = time.strftime("%Y%m%dT%H%M%SZ");
    for number in 1..MOST_SAME_NAMES {
        let path = dir.join(match number {
            1 => format!("{name}-{time}.flv"),
            number => format!("{name}-{time}-{number}.flv"),
        });
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// What is to be written.
#[derive(Debug, Default)]
struct Batch {
    segments: Vec<Bytes>,
    bytes: usize,
    patches: Vec<Patch>,
}

impl Extend<Bytes> for Batch {
    fn extend<T: IntoIterator<Item = Bytes>>(&mut self, segments: T) {
        for segment in segments {
            self.bytes = self.bytes.saturating_add(segment.len());
            self.segments.push(segment);
        }
    }
}

impl Batch {
    fn write(self, file: &mut File, position: u64) -> io::Result<()> {
        file.seek(SeekFrom::Start(position))?;
        let mut slices: Vec<IoSlice<'_>> = self
            .segments
            .iter()
            .map(|part| IoSlice::new(part))
            .collect();
        let mut left = slices.as_mut_slice();
        while !left.is_empty() {
            let written = match file.write_vectored(left) {
                Ok(0) if left.iter().all(|slice| slice.is_empty()) => break,
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            IoSlice::advance_slices(&mut left, written);
        }
        for patch in &self.patches {
            file.seek(SeekFrom::Start(patch.offset))?;
            file.write_all(&patch.bytes)?;
        }
        Ok(())
    }
}

struct Writing {
    recorder: Recorder,
    file: Option<File>,
    /// Where the next batch begins.
    position: u64,
    /// What the first tag's time is.
    base: Option<u32>,
    batch: Batch,
    bytes: Arc<AtomicU64>,
}

impl Writing {
    /// Media counts from 0, whatever the publisher counts from.
    fn tag(&mut self, mut tag: Tag, is_header: bool) {
        // Headers are often at 0 whatever the time is.
        let first = (!is_header).then_some(tag.timestamp);
        self.base = self.base.or(first);
        let base = self.base.unwrap_or(tag.timestamp);
        let since = tag.timestamp.wrapping_sub(base);
        // What is a little older than the first stands at the beginning.
        tag.timestamp = if since.cast_signed() < 0 { 0 } else { since };
        if let Err(error) = self.recorder.tag(&tag, &mut self.batch) {
            warn!(%error, "a tag is left out of a recording");
        }
    }

    async fn write(&mut self) -> io::Result<()> {
        let (batch, position) = (std::mem::take(&mut self.batch), self.position);
        self.position = self.position.saturating_add(batch.bytes as u64);
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let written = tokio::task::spawn_blocking(move || {
            let result = batch.write(&mut file, position);
            (file, result)
        });
        let (file, result) = written.await.map_err(io::Error::other)?;
        self.file = Some(file);
        self.bytes.store(self.position, Ordering::Relaxed);
        result
    }
}

/// Records until the stream ends, the recording is stopped, or the disk fails.
pub(super) async fn record(
    shared: &Shared,
    viewer: Viewer,
    (file, path, bytes): (File, &Path, Arc<AtomicU64>),
    stopped: watch::Receiver<()>,
) {
    let stream = Arc::clone(viewer.stream());
    info!(stream = stream.name, path = %path.display(), "is recorded");
    let mut writing = Writing {
        recorder: Recorder::new(RecorderConfig::default()),
        file: Some(file),
        position: 0,
        base: None,
        batch: Batch::default(),
        bytes,
    };
    let outcome = follow(&mut writing, viewer, stopped).await;
    if outcome.is_err() {
        // What was not written is lost; the head is still worth a try.
        writing.batch = Batch::default();
    }
    writing.batch.patches = writing.recorder.patches();
    let closed = writing.write().await;
    let bytes = writing.position;
    match outcome.and(closed) {
        Ok(()) => info!(stream = stream.name, path = %path.display(), bytes, "was recorded"),
        Err(error) => {
            warn!(stream = stream.name, path = %path.display(), bytes, %error, "a recording is cut off; check the disk");
        }
    }
    if bytes == 0 {
        // Nothing came: an empty file is of no use to anybody.
        let _ = tokio::fs::remove_file(path).await;
        return;
    }
    let peer = stream.origin.peer;
    let peer = peer.unwrap_or_else(|| ([127, 0, 0, 1], 0).into());
    let mut call = HookCall::new(Occasion::RecordDone, peer, ("live", &stream.name));
    call.file = Some(path.display().to_string());
    shared.gate.tell(call);
}

async fn follow(
    writing: &mut Writing,
    mut viewer: Viewer,
    mut stopped: watch::Receiver<()>,
) -> io::Result<()> {
    let stream = Arc::clone(viewer.stream());
    let mut write = tokio::time::interval(WRITE_INTERVAL);
    let mut patch = tokio::time::interval(PATCH_INTERVAL);
    patch.reset();
    loop {
        tokio::select! {
            item = viewer.next() => {
                let Some(item) = item else { return Ok(()) };
                for tag in viewer.opening(&item).into_iter().flatten() {
                    writing.tag(tag, true);
                }
                writing.tag(item.tag.clone(), item.is_header || item.is_script());
                let skipped = viewer.take_skipped();
                if skipped > 0 {
                    warn!(stream = stream.name, skipped, "the disk is too slow: a recording has a gap");
                }
                if writing.batch.bytes >= BATCH_BYTES {
                    writing.write().await?;
                }
            }
            _ = write.tick() => writing.write().await?,
            _ = patch.tick() => writing.batch.patches = writing.recorder.patches(),
            _ = stopped.changed() => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_recording_has_a_file_of_its_own() {
        let dir = std::env::temp_dir().join(format!("castline-record-{}", std::process::id()));
        let paths = [(); 3].map(|()| create(&dir, "cam").unwrap().1);
        for (index, path) in paths.iter().enumerate() {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(
                name.starts_with("cam-2") && name.ends_with(".flv"),
                "{name}"
            );
            assert!(!paths[..index].contains(path));
        }
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_batch_goes_where_it_belongs_and_patches_over_it() {
        let path = std::env::temp_dir().join(format!("castline-batch-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        let mut batch = Batch::default();
        batch.extend([b"0123".as_slice(), b"", b"456789"].map(Bytes::from_static));
        assert_eq!(batch.bytes, 10);
        batch.write(&mut file, 0).unwrap();
        let mut batch = Batch::default();
        batch.extend([Bytes::from_static(b"ab")]);
        batch.patches.push(Patch {
            offset: 1,
            bytes: Bytes::from_static(b"xy"),
        });
        batch.write(&mut file, 10).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"0xy3456789ab");
        std::fs::remove_file(path).unwrap();
    }
}
