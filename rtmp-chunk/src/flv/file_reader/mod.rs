//! A file that can be read anywhere, played from any time.

mod config;
mod open;
mod seek;
mod sequence;
mod window;

use alloc::{
    collections::{BTreeMap, VecDeque},
    vec::Vec,
};

use bytes::Bytes;
pub use config::FileReaderConfig;
use sequence::SequenceHeaders;
use window::Window;

use super::{
    Diagnostics, Header, Keyframe, KeyframeIndex, Metadata, TagHeader,
    framer::{Framer, Step},
};
use crate::{ParseError, Tag, TagType, tag::classify};

/// A range of the file that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a range")]
pub struct ReadRequest {
    /// Where it begins.
    pub offset: u64,
    /// How many bytes it has, at least 1.
    pub len: usize,
}

/// Gives the tags of a file from the start or from any keyframe on, reading no more of it than that takes.
///
/// Sans-IO: [`poll_read`](Self::poll_read) says which bytes are wanted, [`handle_input`](Self::handle_input) takes
/// them, [`poll_tag`](Self::poll_tag) gives tags. Their bodies are slices of the answers, uncopied, where an answer
/// has what was asked for; they are joined once where it came in pieces.
///
/// ```
/// # let file = bytes::Bytes::from_static(include_bytes!("../../../tests/data/indexed.flv"));
/// use castline_rtmp_chunk::flv::{FileReader, FileReaderConfig};
/// let mut reader = FileReader::new(FileReaderConfig::default(), Some(file.len() as u64));
/// reader.seek(2500);
/// let mut times = Vec::new();
/// while !reader.is_finished() {
///     while let Some(read) = reader.poll_read() {
///         let start = read.offset as usize; // A disk or an object store would do.
///         reader.handle_input(read.offset, file.slice(start..start + read.len));
///     }
///     while let Some(tag) = reader.poll_tag() {
///         times.push(tag.timestamp);
///     }
/// }
/// assert_eq!((reader.duration_ms(), times[0]), (Some(5080), 2000));
/// ```
#[derive(Debug)]
pub struct FileReader {
    config: FileReaderConfig,
    file_len: Option<u64>,
    framer: Framer,
    window: Window,
    mode: Mode,
    ready: VecDeque<Tag>,
    /// A seek that came before the file was open.
    wanted_time: Option<u32>,
    first_tag: Option<Keyframe>,
    metadata: Option<Metadata>,
    /// The index leads where it says.
    is_index_trusted: bool,
    measured_ms: Option<u64>,
    sequence_headers: SequenceHeaders,
    /// Keyframes that were passed.
    learned: BTreeMap<u32, u64>,
    has_audio: bool,
    has_video: bool,
    error: Option<ParseError>,
}

#[derive(Debug, Clone)]
enum Mode {
    /// Finding out what there is.
    Opening,
    /// Reading the end of the file from here on, or the header of its last tag, of such a size; the window of the
    /// file's head waits.
    Tail {
        start: u64,
        last: Option<u32>,
        head: Window,
    },
    Playing,
    /// At a keyframe of the index.
    Landing {
        time: u32,
        keyframe: Keyframe,
    },
    /// Walking from tag to tag in search of the last keyframe that is not after this time.
    Scanning {
        time: u32,
        best: Keyframe,
        is_whole: bool,
    },
    Finished,
}

/// So much of a tag's body tells what it is.
const SCANNED_BODY_BYTES: usize = 64;

impl FileReader {
    /// Reads a file of `file_len` bytes; without a length, the file's end is told by an empty answer.
    #[must_use]
    pub fn new(config: FileReaderConfig, file_len: Option<u64>) -> Self {
        let mut reader = Self {
            config,
            file_len,
            framer: Framer::new(config.reader),
            window: Window::default(),
            mode: Mode::Opening,
            ready: VecDeque::new(),
            wanted_time: None,
            first_tag: None,
            metadata: None,
            is_index_trusted: true,
            measured_ms: None,
            sequence_headers: SequenceHeaders::default(),
            learned: BTreeMap::new(),
            has_audio: false,
            has_video: false,
            error: None,
        };
        reader.advance();
        reader
    }

    /// The bytes that are wanted next; the same until they are given. `None` while there is a tag to poll, and
    /// at the end.
    #[must_use]
    pub fn poll_read(&self) -> Option<ReadRequest> {
        if self.is_finished() || !self.ready.is_empty() {
            return None;
        }
        let offset = self.window.end();
        let len = self.window.missing();
        (len > 0).then_some(ReadRequest { offset, len })
    }

    /// Takes bytes of the file that lie at `offset`. An answer may be shorter than asked; an empty one says that the
    /// file ends there. What does not continue what is wanted is dropped.
    pub fn handle_input(&mut self, offset: u64, bytes: Bytes) {
        if bytes.is_empty() {
            if offset <= self.window.end() && self.window.missing() > 0 {
                self.file_len = Some(self.window.end());
                self.window.close();
            }
        } else {
            self.window.push(offset, &bytes);
        }
        self.advance();
    }

    /// The next tag. After a seek the sequence headers come first, at the time of the tag behind them.
    pub fn poll_tag(&mut self) -> Option<Tag> {
        let tag = self.ready.pop_front()?;
        self.advance();
        Some(tag)
    }

    /// True when the file's head was read, so that it is known what it has.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self.mode, Mode::Opening | Mode::Tail { .. })
    }

    /// No tag comes any more, unless after a [`seek`](Self::seek).
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.ready.is_empty() && (matches!(self.mode, Mode::Finished) || self.error.is_some())
    }

    /// Why there are no more tags, if it is not the file's end. There is no way on from it.
    #[must_use]
    pub const fn error(&self) -> Option<&ParseError> {
        self.error.as_ref()
    }

    /// The file header, once it was read.
    #[must_use]
    pub const fn header(&self) -> Option<&Header> {
        self.framer.header()
    }

    /// The metadata, once it was read.
    #[must_use]
    pub const fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
    }

    /// How long the file plays: as its metadata says, else as its last tag does; `None` when neither does.
    #[must_use]
    pub fn duration_ms(&self) -> Option<u64> {
        let said = self.metadata.as_ref().and_then(Metadata::duration_ms);
        said.or(self.measured_ms)
    }

    /// There are audio tags, as far as the file was read.
    #[must_use]
    pub const fn has_audio(&self) -> bool {
        self.has_audio
    }

    /// There are video tags, as far as the file was read.
    #[must_use]
    pub const fn has_video(&self) -> bool {
        self.has_video
    }

    /// The file's own index, while it leads where it says.
    #[must_use]
    pub fn index(&self) -> Option<&KeyframeIndex> {
        let metadata = self.metadata.as_ref().filter(|_| self.is_index_trusted);
        metadata
            .map(|metadata| &metadata.index)
            .filter(|index| !index.is_empty())
    }

    /// The sequence headers that hold at the start of the file.
    #[must_use]
    pub fn sequence_headers(&self) -> Vec<Tag> {
        self.sequence_headers.at(0)
    }

    /// What was wrong so far, and read over.
    #[must_use]
    pub const fn diagnostics(&self) -> &Diagnostics {
        self.framer.diagnostics()
    }

    /// Goes on as far as the bytes reach, or to the next tag.
    fn advance(&mut self) {
        while self.ready.is_empty() && self.error.is_none() && self.window.missing() == 0 {
            if matches!(self.mode, Mode::Finished) {
                return;
            }
            if matches!(self.mode, Mode::Tail { .. }) {
                self.read_tail();
                continue;
            }
            let offset = self.framer.offset();
            let input = self.window.from(offset);
            let is_part = matches!(&self.mode, Mode::Scanning { is_whole, .. } if !is_whole);
            let body_bytes = if is_part {
                SCANNED_BODY_BYTES
            } else {
                usize::MAX
            };
            match self.framer.step(&input, body_bytes) {
                Ok(Step::Skip(_)) => {}
                Ok(Step::Wait(needed)) => self.want(offset, needed, input.len()),
                Ok(Step::Astray) => self.astray(),
                Ok(Step::Tag(header)) => self.take(offset, header, &input),
                Err(error) => self.error = Some(error),
            }
        }
    }

    /// Asks for what the next step needs, or ends where there is none.
    fn want(&mut self, offset: u64, needed: usize, held: usize) {
        let left = self
            .file_len
            .map_or(u64::MAX, |len| len.saturating_sub(offset));
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        if needed > left {
            if held < left {
                // The end decides, so that it must be there.
                self.window = Window::at(offset, left);
            } else if !self.framer.end_of_input(held > 0) {
                self.end_of_file();
            }
            return;
        }
        let at_once = if matches!(self.mode, Mode::Scanning { .. }) {
            self.config.scan_read_bytes
        } else {
            self.config.read_ahead_bytes
        };
        self.window = Window::at(offset, needed.max(at_once).min(left));
    }

    fn end_of_file(&mut self) {
        match &self.mode {
            Mode::Opening if self.framer.header().is_none() => {
                self.error = Some(ParseError::truncated(0, Header::BYTES));
            }
            Mode::Opening => self.opened(),
            Mode::Scanning { best, .. } => {
                let best = *best;
                self.play_from(best);
            }
            Mode::Landing { .. } => self.astray(),
            Mode::Tail { .. } | Mode::Playing | Mode::Finished => self.mode = Mode::Finished,
        }
    }

    /// A tag of the file, or as much of it as is looked at.
    fn take(&mut self, offset: u64, header: TagHeader, input: &Bytes) {
        let start = TagHeader::BYTES.min(input.len());
        let end = start
            .saturating_add(header.body_bytes as usize)
            .min(input.len());
        let tag = header.into_tag(input.slice(start..end));
        match &mut self.mode {
            Mode::Scanning { is_whole, .. } => {
                let is_part = tag.len() < header.body_bytes as usize;
                if is_part && !*is_whole && sequence::is_kept(&classify(&tag)) {
                    *is_whole = true;
                    return self.framer.move_to(offset);
                }
                *is_whole = false;
                self.note(&tag, offset);
                self.scan(&tag, offset);
            }
            Mode::Landing { .. } => self.land(tag, offset),
            Mode::Playing => {
                self.note(&tag, offset);
                self.ready.push_back(tag);
            }
            Mode::Opening => self.probe(&tag, offset),
            Mode::Tail { .. } | Mode::Finished => {}
        }
    }

    /// Remembers what later seeks need.
    fn note(&mut self, tag: &Tag, offset: u64) {
        match tag.tag_type {
            TagType::Audio => self.has_audio = true,
            TagType::Video => self.has_video = true,
            TagType::Script => return,
        }
        self.sequence_headers
            .note(tag, offset, self.config.max_sequence_headers);
        if classify(tag).is_keyframe && self.learned.len() < self.config.max_learned_keyframes {
            self.learned.entry(tag.timestamp).or_insert(offset);
        }
    }
}
