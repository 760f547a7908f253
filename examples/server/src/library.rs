//! The files that may be served, and how their bytes are read.

use std::{
    fs::File,
    io,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;

/// The embedded clip, made by `media/make_demo.sh`.
static DEMO: &[u8] = include_bytes!("../media/demo.mp4");

/// The name of the embedded clip below `/vod/`.
pub(crate) const DEMO_NAME: &str = "demo.mp4";

/// What `/vod/` holds: the MP4 and FLV files below one folder, or the embedded clip.
#[derive(Debug, Clone)]
pub(crate) struct Library {
    root: Option<PathBuf>,
}

/// Why a path names nothing that can be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LibraryError {
    /// No such file, or a place that is not to be told from none.
    #[error("there is no such file")]
    NotFound,
    /// The system refused.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

impl Library {
    /// Serves the MP4 and FLV files below `root`, or the embedded clip.
    pub(crate) fn new(root: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            root: root.map(Path::canonicalize).transpose()?,
        })
    }

    /// Opens what `/vod/<path>` names; `path` has no percent signs any more. It blocks.
    ///
    /// Whatever the path says, links included, nothing outside the folder is opened, and nothing that is not a
    /// regular file with the name of an MP4 or QuickTime file.
    pub(crate) fn open(&self, path: &str) -> Result<MediaFile, LibraryError> {
        if self.root.is_none() && path == DEMO_NAME {
            return Ok(MediaFile::demo());
        }
        self.open_named(path, is_media_name)
    }

    /// The same for FLV files.
    pub(crate) fn open_flv(&self, path: &str) -> Result<MediaFile, LibraryError> {
        self.open_named(path, is_flv_name)
    }

    fn open_named(
        &self,
        path: &str,
        is_known: fn(&Path) -> bool,
    ) -> Result<MediaFile, LibraryError> {
        let root = self.root.as_ref().ok_or(LibraryError::NotFound)?;
        let relative = Path::new(path);
        let plain = relative
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        // Rights go by the path as it is: a file has one, without the detours that the system knows.
        let has_detours = path.split('/').any(|part| matches!(part, "" | "."));
        if !plain || has_detours || path.contains(['\0', '\\']) || !is_known(relative) {
            return Err(LibraryError::NotFound);
        }
        let real = root
            .join(relative)
            .canonicalize()
            .map_err(|error| LibraryError::from(&error))?;
        if !real.starts_with(root) || !is_known(&real) {
            return Err(LibraryError::NotFound);
        }
        MediaFile::open(real)
    }

    /// Every file there is, as paths below `/vod/`, sorted; at the most `most` of them. It blocks.
    pub(crate) fn list(&self, most: usize) -> Vec<String> {
        let Some(root) = &self.root else {
            return vec![DEMO_NAME.to_owned()];
        };
        let mut found = Vec::new();
        let mut folders = vec![root.clone()];
        while let (Some(folder), true) = (folders.pop(), found.len() < most) {
            let Ok(entries) = std::fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = entry.path();
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => folders.push(path),
                    Ok(kind) if kind.is_file() && is_served(&path) => {
                        let relative = path.strip_prefix(root).unwrap_or(&path);
                        found.push(relative.to_string_lossy().replace('\\', "/"));
                    }
                    _ => {}
                }
            }
        }
        found.sort();
        found.truncate(most);
        found
    }
}

/// True of what can be the name of a file here; others have none of the endings.
pub(crate) fn is_file_name(path: &str) -> bool {
    is_served(Path::new(path))
}

fn is_served(path: &Path) -> bool {
    is_media_name(path) || is_flv_name(path)
}

fn is_media_name(path: &Path) -> bool {
    let known = ["mp4", "m4v", "m4a", "mov", "3gp", "3g2"];
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        known
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension))
    })
}

/// True of the names of FLV files, which have no packets for RTSP.
pub(crate) fn is_flv_name(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("flv"))
}

impl From<&io::Error> for LibraryError {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the system has many reasons, and they say it themselves"
    )]
    fn from(error: &io::Error) -> Self {
        // A path through a file, or a name too long for the system, names nothing either.
        match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename => Self::NotFound,
            kind => Self::Unreadable(kind.to_string()),
        }
    }
}

/// Identifies one state of one file: a file that was written again is another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct FileKey {
    path: PathBuf,
    len: u64,
    modified: Option<std::time::SystemTime>,
}

/// An open file, or the embedded clip; cheap to clone, read at any position.
#[derive(Debug, Clone)]
pub(crate) struct MediaFile {
    key: FileKey,
    content: Content,
}

#[derive(Debug, Clone)]
enum Content {
    Disk(Arc<File>),
    Memory(Bytes),
}

impl MediaFile {
    /// The embedded clip.
    pub(crate) fn demo() -> Self {
        let len = DEMO.len() as u64;
        let key = FileKey {
            path: PathBuf::from(DEMO_NAME),
            len,
            modified: None,
        };
        Self {
            key,
            content: Content::Memory(Bytes::from_static(DEMO)),
        }
    }

    fn open(path: PathBuf) -> Result<Self, LibraryError> {
        let file = File::open(&path).map_err(|error| LibraryError::from(&error))?;
        let metadata = file
            .metadata()
            .map_err(|error| LibraryError::from(&error))?;
        if !metadata.is_file() {
            return Err(LibraryError::NotFound);
        }
        let key = FileKey {
            path,
            len: metadata.len(),
            modified: metadata.modified().ok(),
        };
        Ok(Self {
            key,
            content: Content::Disk(Arc::new(file)),
        })
    }

    pub(crate) const fn key(&self) -> &FileKey {
        &self.key
    }

    pub(crate) const fn len(&self) -> u64 {
        self.key.len
    }

    /// Names this state of the file, for caches (RFC 9110 §8.8.3).
    pub(crate) fn entity_tag(&self) -> String {
        let modified = self
            .key
            .modified
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified = modified.map_or(0, |since| since.as_nanos());
        format!("\"{:x}-{modified:x}\"", self.key.len)
    }

    /// Up to `len` bytes from `offset`; fewer at the end of the file. The disk is read off the async workers.
    pub(crate) async fn read_at(&self, offset: u64, len: usize) -> io::Result<Bytes> {
        match &self.content {
            Content::Memory(bytes) => {
                let start = usize::try_from(offset)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                let end = start.saturating_add(len).min(bytes.len());
                Ok(bytes.slice(start..end))
            }
            Content::Disk(file) => {
                let file = Arc::clone(file);
                let left = self.key.len.saturating_sub(offset);
                let len = len.min(usize::try_from(left).unwrap_or(usize::MAX));
                tokio::task::spawn_blocking(move || read_exactly(&file, offset, len)).await?
            }
        }
    }
}

fn read_exactly(file: &File, offset: u64, len: usize) -> io::Result<Bytes> {
    let mut buffer = vec![0; len];
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match read_once(file, rest, offset.saturating_add(filled as u64)) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(Bytes::from(buffer))
}

#[cfg(unix)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_once(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("castline-{name}-{}", std::process::id()));
            std::fs::create_dir_all(path.join("media/sub dir")).unwrap();
            std::fs::write(path.join("secret.mp4"), b"secret").unwrap();
            std::fs::write(path.join("media/a.mp4"), b"content").unwrap();
            std::fs::write(path.join("media/notes.txt"), b"text").unwrap();
            std::fs::write(path.join("media/clip.Flv"), b"tags").unwrap();
            std::fs::write(path.join("media/sub dir/b ü.MP4"), b"other").unwrap();
            Self(path)
        }

        fn library(&self) -> Library {
            Library::new(Some(&self.0.join("media"))).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[tokio::test]
    async fn files_and_sub_folders_are_found_and_read() {
        let folder = Folder::new("found");
        let library = folder.library();
        assert_eq!(library.list(10), ["a.mp4", "clip.Flv", "sub dir/b ü.MP4"]);
        let file = library.open("sub dir/b ü.MP4").unwrap();
        assert_eq!(file.read_at(1, 3).await.unwrap(), "the");
        assert_eq!(file.read_at(3, 100).await.unwrap(), "er");
        assert_eq!(file.read_at(99, 1 << 40).await.unwrap(), "");
    }

    #[test]
    fn nothing_outside_is_reached() {
        let folder = Folder::new("outside");
        let library = folder.library();
        for path in [
            "../secret.mp4",
            "sub dir/../../secret.mp4",
            "/etc/passwd",
            "",
            ".",
            "..",
            "sub dir",
            "notes.txt",
            "a.mp4/x.mp4",
            "a.mp4\0",
            "missing.mp4",
            "./a.mp4",
            "a.mp4/",
            "a.mp4/.",
            "sub dir//b.mp4",
            "sub dir/./b.mp4",
        ] {
            assert_eq!(
                library.open(path).unwrap_err(),
                LibraryError::NotFound,
                "{path:?}"
            );
        }
        let long = format!("{}.mp4", "x".repeat(5000));
        assert_eq!(library.open(&long).unwrap_err(), LibraryError::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn links_do_not_lead_out() {
        let folder = Folder::new("links");
        let media = folder.0.join("media");
        std::os::unix::fs::symlink(folder.0.join("secret.mp4"), media.join("link.mp4")).unwrap();
        std::os::unix::fs::symlink(&folder.0, media.join("up")).unwrap();
        std::os::unix::fs::symlink(media.join("notes.txt"), media.join("notes.mp4")).unwrap();
        std::os::unix::fs::symlink(media.join("a.mp4"), media.join("inside.mp4")).unwrap();
        let library = folder.library();
        for path in ["link.mp4", "up/secret.mp4", "notes.mp4"] {
            assert_eq!(
                library.open(path).unwrap_err(),
                LibraryError::NotFound,
                "{path}"
            );
        }
        assert_eq!(library.open("inside.mp4").unwrap().len(), 7);
        assert_eq!(
            library.list(10),
            ["a.mp4", "clip.Flv", "sub dir/b ü.MP4"],
            "links are not listed"
        );
    }

    #[tokio::test]
    async fn without_a_folder_there_is_the_clip() {
        let library = Library::new(None).unwrap();
        assert_eq!(library.list(9), [DEMO_NAME]);
        let demo = library.open(DEMO_NAME).unwrap();
        assert!(demo.len() < 400_000, "the clip stays small");
        assert_eq!(&demo.read_at(4, 4).await.unwrap()[..], b"ftyp");
        assert_eq!(
            library.open("other.mp4").unwrap_err(),
            LibraryError::NotFound
        );
    }
}
