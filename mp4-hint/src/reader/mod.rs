//! Finds the movie in a file, reading as little of it as can be.

mod in_band;
mod window;

use bytes::Bytes;
use window::Window;

use crate::{
    Brands, FourCc, Movie, ParseError, ReaderConfig,
    boxes::{
        BoxHeader, Extent,
        fragment::{self, MovieExtends},
        moov,
    },
};

/// How much is asked for at a time of a box that reaches to an end which is not known.
const UNKNOWN_END_READ_BYTES: usize = 1 << 20;

/// A range of the file that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a range")]
pub struct ReadRequest {
    /// Where it begins.
    pub offset: u64,
    /// How many bytes it has, at least 1.
    pub len: usize,
}

/// Reads the structure of a file: the `moov`, wherever it is, and the index of all fragments.
///
/// Sans-IO: [`poll_read`](Self::poll_read) says which bytes are wanted,
/// [`handle_input`](Self::handle_input) takes them, until nothing is wanted any more. An answer may be
/// shorter than asked, or longer; an empty one says that the file ends there.
///
/// Media data is never read, but for the first sample of an `avc3` or `hev1` track.
#[derive(Debug)]
pub struct MovieReader {
    config: ReaderConfig,
    file_len: Option<u64>,
    window: Window,
    /// How many bytes the next step needs.
    needed: usize,
    step: Step,
    boxes: u32,
    brands: Brands,
    movie: Option<Movie>,
    extends: Option<MovieExtends>,
    fragment_bytes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The head of a box of the file, at this offset.
    Head(u64),
    /// A whole box whose payload is read.
    Body(Body),
    /// The first sample of the pending track.
    InBand,
    Done,
    Failed(ParseError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Body {
    kind: FourCc,
    offset: u64,
    header_len: usize,
    /// How many bytes of it are read, header included.
    len: usize,
    to_end: bool,
    /// Where the next box begins.
    next: u64,
}

/// What a step came to.
enum Progress {
    Next(Step),
    /// Nothing before this many bytes are there.
    Needs(usize),
}

impl MovieReader {
    /// Reads a file of `file_len` bytes; without a length, the file's end is told by an empty answer.
    #[must_use]
    pub fn new(config: ReaderConfig, file_len: Option<u64>) -> Self {
        let mut reader = Self {
            config,
            file_len,
            window: Window::default(),
            needed: 8,
            step: Step::Head(0),
            boxes: 0,
            brands: Brands::default(),
            movie: None,
            extends: None,
            fragment_bytes: 0,
        };
        reader.advance();
        reader
    }

    /// Reads a file that is in memory.
    ///
    /// # Errors
    /// As [`into_movie`](Self::into_movie).
    pub fn read_all(config: ReaderConfig, file: &Bytes) -> Result<Movie, ParseError> {
        let mut reader = Self::new(config, Some(file.len() as u64));
        while let Some(request) = reader.poll_read() {
            let start = usize::try_from(request.offset).map_or(file.len(), |at| at.min(file.len()));
            let end = start.saturating_add(request.len).min(file.len());
            reader.handle_input(request.offset, file.slice(start..end));
        }
        reader.into_movie()
    }

    /// The bytes that are wanted next; the same until they are given. `None` when the movie is complete,
    /// or will never be.
    #[must_use]
    pub fn poll_read(&self) -> Option<ReadRequest> {
        let wanted = match self.step {
            Step::Done | Step::Failed(_) => return None,
            Step::Head(_) => self.needed.max(self.config.header_read_bytes.max(16)),
            Step::Body(Body { to_end: true, .. }) if self.file_len.is_none() => {
                let held = self.window.bytes().len();
                self.needed.min(held.saturating_add(UNKNOWN_END_READ_BYTES))
            }
            Step::Body(_) | Step::InBand => self.needed,
        };
        let offset = self.window.end();
        let left = self
            .file_len
            .map_or(u64::MAX, |len| len.saturating_sub(offset));
        let len = wanted.saturating_sub(self.window.bytes().len()).max(1);
        let len = len.min(usize::try_from(left).unwrap_or(usize::MAX));
        Some(ReadRequest { offset, len })
    }

    /// Takes bytes of the file that lie at `offset`. What does not continue what is wanted is dropped.
    pub fn handle_input(&mut self, offset: u64, bytes: Bytes) {
        if bytes.is_empty() {
            if offset <= self.window.end() {
                self.file_len = Some(self.window.end());
                self.advance();
            }
        } else if self.window.push(offset, bytes) && self.window.bytes().len() >= self.needed {
            self.advance();
        }
    }

    /// The movie as far as it is known: from the moment its header was read. The tables of a fragmented
    /// file grow until [`is_complete`](Self::is_complete).
    #[must_use]
    pub const fn movie(&self) -> Option<&Movie> {
        self.movie.as_ref()
    }

    /// Nothing more will be read, and there is a movie.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.step == Step::Done
    }

    /// Why there is no movie.
    #[must_use]
    pub const fn error(&self) -> Option<&ParseError> {
        match &self.step {
            Step::Failed(error) => Some(error),
            Step::Head(_) | Step::Body(_) | Step::InBand | Step::Done => None,
        }
    }

    /// The movie.
    ///
    /// # Errors
    /// [`ParseError`] when the file holds none; [`ParseError::EndOfInput`] when it was not read to its
    /// end and nothing playable is known yet.
    pub fn into_movie(mut self) -> Result<Movie, ParseError> {
        if let Step::Failed(error) = self.step {
            return Err(error);
        }
        let end = ParseError::EndOfInput {
            offset: self.window.end(),
            needed: self.needed as u64,
        };
        let mut movie = self.movie.take().ok_or(end)?;
        movie.truncated |= self.step != Step::Done;
        movie.settle();
        Ok(movie)
    }

    /// Steps on as far as the bytes reach.
    fn advance(&mut self) {
        loop {
            let progress = match &self.step {
                Step::Head(offset) => self.read_head(*offset),
                Step::Body(body) => self.read_body(*body),
                Step::InBand => self.read_in_band(),
                Step::Done | Step::Failed(_) => return,
            };
            match progress {
                Ok(Progress::Next(step)) => self.step = step,
                Ok(Progress::Needs(needed)) => {
                    self.needed = needed.max(1);
                    return;
                }
                Err(error) => self.step = Step::Failed(error),
            }
            if let Step::Head(offset) = self.step {
                self.window.move_to(offset);
            }
        }
    }

    /// Whether the file has fewer than `len` bytes at `offset`.
    fn ends_before(&self, offset: u64, len: usize) -> bool {
        let end = offset.checked_add(len as u64);
        end.is_none_or(|end| self.file_len.is_some_and(|file_len| file_len < end))
    }

    fn read_head(&mut self, offset: u64) -> Result<Progress, ParseError> {
        let Some(header) = BoxHeader::parse(self.window.bytes()).or_else(|error| {
            // What follows the movie is not needed, so that garbage there does no harm.
            if self.movie.is_some() {
                Ok(None)
            } else {
                Err(error.based_at(offset))
            }
        })?
        else {
            let is_garbage = self.window.bytes().len() >= 16;
            let needed = self.window.bytes().len().saturating_add(1).max(8);
            return Ok(if is_garbage || self.ends_before(offset, needed) {
                Progress::Next(self.end_of_file(offset, is_garbage)?)
            } else {
                Progress::Needs(needed.next_multiple_of(8))
            });
        };
        self.boxes = self.boxes.saturating_add(1);
        if self.boxes > self.config.limits.file_boxes {
            return Ok(Progress::Next(self.end_of_file(offset, true)?));
        }
        let is_read = match header.kind {
            FourCc::MOOV => self.movie.is_none(),
            FourCc::MOOF => self.movie.is_some(),
            FourCc::FTYP => self.movie.is_none() && self.brands == Brands::default(),
            _ => false,
        };
        let next = match (is_read, header.extent) {
            (true, _) => match self.body(offset, header) {
                Ok(body) => self.begin(body),
                Err(_) if self.movie.is_some() => self.end_of_file(offset, true)?,
                Err(error) => return Err(error),
            },
            (false, Extent::Bytes(size)) => Step::Head(offset.saturating_add(size)),
            (false, Extent::ToEnd) => self.end_of_file(offset, false)?,
        };
        Ok(Progress::Next(next))
    }

    /// How much of a box is read, if it may be.
    fn body(&self, offset: u64, header: BoxHeader) -> Result<Body, ParseError> {
        const FTYP_BYTES: u64 = 1024;
        let (limit, what) = match header.kind {
            FourCc::MOOV => (self.config.limits.moov_bytes, "the size of the moov box"),
            _ => (self.config.limits.moof_bytes, "the size of a moof box"),
        };
        let size = match header.extent {
            Extent::Bytes(size) if header.kind == FourCc::FTYP => size.min(FTYP_BYTES),
            Extent::Bytes(size) => size,
            Extent::ToEnd => match self.file_len {
                Some(file_len) => file_len.saturating_sub(offset),
                None => limit as u64,
            },
        };
        match usize::try_from(size) {
            Ok(len) if len <= limit => Ok(Body {
                kind: header.kind,
                offset,
                header_len: header.header_len,
                len,
                to_end: header.extent == Extent::ToEnd,
                next: match header.extent {
                    Extent::Bytes(size) => offset.saturating_add(size),
                    Extent::ToEnd => u64::MAX,
                },
            }),
            _ => Err(ParseError::OverLimit {
                offset,
                what,
                value: size,
                limit: limit as u64,
            }),
        }
    }

    /// A box that is not held yet is asked for as a whole: one read, which is then not copied.
    fn begin(&mut self, body: Body) -> Step {
        if self.window.bytes().len() < body.len {
            self.window = Window::at(body.offset);
        }
        Step::Body(body)
    }

    fn read_body(&mut self, mut body: Body) -> Result<Progress, ParseError> {
        if self.ends_before(body.offset, body.len) {
            if body.to_end {
                body.len = self.window.bytes().len();
            } else if body.kind == FourCc::MOOF {
                return Ok(Progress::Next(self.end_of_file(body.offset, true)?));
            } else {
                let end = self.file_len.unwrap_or(body.offset);
                let needed = body
                    .offset
                    .saturating_add(body.len as u64)
                    .saturating_sub(end);
                return Err(ParseError::EndOfInput {
                    offset: end,
                    needed,
                });
            }
        }
        let Some(whole) = self.window.front(body.len) else {
            return Ok(Progress::Needs(body.len));
        };
        let payload = compact(
            whole.slice(body.header_len.min(whole.len())..),
            self.window.bytes().len(),
        );
        let next = match body.kind {
            FourCc::FTYP => {
                self.brands = moov::brands(&payload);
                Step::Head(body.next)
            }
            FourCc::MOOV => self.movie_header(&payload, body)?,
            _ if self.index(&payload, body.offset) => Step::Head(body.next),
            _ => self.end_of_file(body.offset, true)?,
        };
        Ok(Progress::Next(next))
    }

    fn movie_header(&mut self, payload: &Bytes, body: Body) -> Result<Step, ParseError> {
        let brands = core::mem::take(&mut self.brands);
        let (movie, extends) = moov::parse(payload, brands, self.config.limits.tracks)
            .map_err(|error| error.based_at(body.offset.saturating_add(body.header_len as u64)))?;
        self.movie = Some(movie);
        self.extends = extends;
        Ok(if self.extends.is_some() {
            Step::Head(body.next)
        } else {
            self.after_index()
        })
    }

    /// Puts a fragment into the tables. Whether that could be done, within the limit.
    fn index(&mut self, moof: &Bytes, offset: u64) -> bool {
        let (Some(movie), Some(extends)) = (&mut self.movie, &self.extends) else {
            return true;
        };
        self.fragment_bytes = self.fragment_bytes.saturating_add(moof.len());
        if self.fragment_bytes > self.config.limits.fragment_index_bytes {
            return false;
        }
        // Offsets within the box's payload are as good as the reader's own: nobody is told of them.
        let is_indexed = fragment::index(movie, extends, moof, offset).is_ok();
        is_indexed && movie.index_bytes() <= self.config.limits.fragment_index_bytes
    }

    /// The file ends, or the rest of it is of no use.
    fn end_of_file(&mut self, offset: u64, is_truncated: bool) -> Result<Step, ParseError> {
        let Some(movie) = &mut self.movie else {
            return Err(ParseError::Missing {
                offset: self.file_len.unwrap_or(offset),
                missing: FourCc::MOOV,
            });
        };
        // A box that claims to go on behind the file's end was cut off.
        let is_cut = self.file_len.is_some_and(|file_len| offset > file_len);
        movie.truncated |= is_truncated || is_cut;
        Ok(self.after_index())
    }

    fn after_index(&mut self) -> Step {
        let Some(movie) = &mut self.movie else {
            return Step::Done;
        };
        movie.settle();
        self.next_in_band()
    }
}

/// A slice that does not pin a buffer more than twice its size.
fn compact(slice: Bytes, buffer_len: usize) -> Bytes {
    if slice.len().saturating_mul(2) < buffer_len {
        Bytes::copy_from_slice(&slice)
    } else {
        slice
    }
}
