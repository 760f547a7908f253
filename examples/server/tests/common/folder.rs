//! A folder of files to serve, sound ones and spoilt ones, all made of the demo's bytes.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

/// The clip that the server has in it.
pub(crate) const DEMO: &[u8] = include_bytes!("../../media/demo.mp4");

/// A folder that goes when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "castline-it-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path.canonicalize().unwrap())
    }

    /// Writes a file, with the folders above it.
    pub(crate) fn with(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn word(data: &[u8], at: usize) -> usize {
    u32::from_be_bytes(data[at..at + 4].try_into().unwrap()) as usize
}

/// The boxes in `span`: type and where each is, its header included.
pub(crate) fn boxes(data: &[u8], span: Range<usize>) -> Vec<([u8; 4], Range<usize>)> {
    let (mut at, mut all) = (span.start, Vec::new());
    while at + 8 <= span.end {
        let end = at + word(data, at);
        all.push((data[at + 4..at + 8].try_into().unwrap(), at..end));
        at = end;
    }
    all
}

/// Where the box is that `path` names, like `moov/trak/mdia`; `trak2` is the second one.
pub(crate) fn find_box(data: &[u8], path: &str) -> Range<usize> {
    let mut span = 0..data.len();
    for (depth, name) in path.split('/').enumerate() {
        let inside = if depth == 0 {
            span
        } else {
            span.start + 8..span.end
        };
        let (name, turn) = match name.strip_suffix('2') {
            Some(name) if name.len() == 4 => (name, 1),
            _ => (name, 0),
        };
        let mut found = boxes(data, inside)
            .into_iter()
            .filter(|(kind, _)| kind == name.as_bytes());
        span = found.nth(turn).unwrap_or_else(|| panic!("no {path}")).1;
    }
    span
}

/// Where each sample of a track (`trak` or `trak2`) of the demo is.
pub(crate) fn demo_samples(track: &str) -> Vec<Range<usize>> {
    let table = |name: &str| {
        let span = find_box(DEMO, &format!("moov/{track}/mdia/minf/stbl/{name}"));
        &DEMO[span.start + 12..span.end]
    };
    let (sizes, chunks, runs) = (table("stsz"), table("stco"), table("stsc"));
    let run = |at: usize| (word(runs, 4 + 12 * at), word(runs, 8 + 12 * at));
    let (mut all, mut at) = (Vec::new(), 0);
    for chunk in 0..word(chunks, 0) {
        if at + 1 < word(runs, 0) && run(at + 1).0 == chunk + 1 {
            at += 1;
        }
        let mut offset = word(chunks, 4 + 4 * chunk);
        for _ in 0..run(at).1 {
            let size = word(sizes, 8 + 4 * all.len());
            all.push(offset..offset + size);
            offset += size;
        }
    }
    all
}

/// The demo with `bytes` written over it, `offset` bytes behind the beginning of a box.
pub(crate) fn spoilt(path: &str, offset: usize, bytes: &[u8]) -> Vec<u8> {
    let (mut data, at) = (DEMO.to_vec(), find_box(DEMO, path).start + offset);
    data[at..at + bytes.len()].copy_from_slice(bytes);
    data
}

fn make_box(kind: &[u8; 4], content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let len = u32::try_from(content.len() + 8).unwrap();
    [&len.to_be_bytes()[..], kind, &content].concat()
}

fn words(values: &[u32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}

/// A video of `seconds` with 25 frames a second of `frame_bytes` each, every 25th of them a key frame. No decoder would
/// show anything, but what arrives can be told from what was sent: a frame is full of its number.
pub(crate) fn tall_movie(seconds: u32, frame_bytes: u32) -> Vec<u8> {
    let frames = seconds * 25;
    let span = |name: &str| &DEMO[find_box(DEMO, name)];
    let stbl = |name: &str| span(&format!("moov/trak/mdia/minf/stbl/{name}"));
    let keys: Vec<u32> = (1..=frames).step_by(25).collect();
    let file_type = span("ftyp");
    let make = |first_byte: u32| {
        let sizes = vec![frame_bytes; frames as usize];
        let offsets: Vec<u32> = (0..frames)
            .map(|frame| first_byte + frame * frame_bytes)
            .collect();
        let tables = make_box(
            b"stbl",
            &[
                stbl("stsd"),
                &make_box(b"stts", &[&words(&[0, 1, frames, 3600])]),
                &make_box(b"stss", &[&words(&[0, keys.len() as u32]), &words(&keys)]),
                &make_box(b"stsc", &[&words(&[0, 1, 1, 1, 1])]),
                &make_box(b"stsz", &[&words(&[0, 0, frames]), &words(&sizes)]),
                &make_box(b"stco", &[&words(&[0, frames]), &words(&offsets)]),
            ],
        );
        let inner = |name: &str| span(&format!("moov/trak/mdia/{name}"));
        let mdhd = make_box(
            b"mdhd",
            &[&words(&[0, 0, 0, 90_000, frames * 3600, 0x55c4_0000])],
        );
        let minf = make_box(b"minf", &[inner("minf/vmhd"), inner("minf/dinf"), &tables]);
        let mdia = make_box(b"mdia", &[&mdhd, inner("hdlr"), &minf]);
        let trak = make_box(b"trak", &[span("moov/trak/tkhd"), &mdia]);
        make_box(b"moov", &[span("moov/mvhd"), &trak])
    };
    let head = file_type.len() + make(0).len() + 8;
    let mut media = Vec::new();
    for frame in 0..frames {
        let kind: u8 = if frame % 25 == 0 { 0x65 } else { 0x41 };
        media.extend_from_slice(&(frame_bytes - 4).to_be_bytes());
        media.push(kind);
        media.extend(std::iter::repeat_n(
            (frame % 251) as u8,
            frame_bytes as usize - 5,
        ));
    }
    [file_type, &make(head as u32), &make_box(b"mdat", &[&media])].concat()
}
