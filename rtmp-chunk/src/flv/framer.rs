//! Where one tag ends and the next begins. It looks at input and says what to take; it holds no bytes.

use super::{
    Diagnostics, ReaderConfig, Recovery, StreamStart,
    header::Header,
    resync::{self, Found},
    tag_header::TagHeader,
};
use crate::ParseError;

/// PreviousTagSize.
const SIZE_BYTES: usize = 4;
/// How far before the place that an index says reading begins.
const LANDING_MARGIN: usize = 1;

/// What to do with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Drop so many bytes off its front, as far as they are there, and step again.
    Skip(u64),
    /// Take a tag off its front: 11 bytes of header, then the body.
    Tag(TagHeader),
    /// Step again when the input has at least so many bytes.
    Wait(usize),
    /// There is no tag where an index says, after [`Framer::land`].
    Astray,
}

#[derive(Debug, Clone)]
enum State {
    /// Nothing is read yet, and it may begin anywhere.
    Anywhere,
    /// At a file header.
    FileHeader,
    /// At a PreviousTagSize, which should be this.
    Boundary(u32),
    /// At what an index says is a tag header.
    Landing,
    /// At a tag header that is believed.
    Tag,
    /// In garbage, of which so many bytes are skipped.
    Resync(u64),
    /// For good.
    Failed(ParseError),
}

#[derive(Debug, Clone)]
pub(super) struct Framer {
    config: ReaderConfig,
    state: State,
    header: Option<Header>,
    /// That of the first tag.
    stream_id: Option<u32>,
    diagnostics: Diagnostics,
    /// Of the first byte of the input.
    offset: u64,
}

impl Framer {
    pub(super) const fn new(config: ReaderConfig) -> Self {
        let state = match config.start {
            StreamStart::FileHeader => State::FileHeader,
            StreamStart::Anywhere => State::Anywhere,
        };
        Self {
            config,
            state,
            header: None,
            stream_id: None,
            diagnostics: Diagnostics::NONE,
            offset: 0,
        }
    }

    pub(super) const fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    pub(super) const fn diagnostics(&self) -> &Diagnostics {
        &self.diagnostics
    }

    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Goes on at a tag that was seen at this offset.
    pub(super) fn move_to(&mut self, offset: u64) {
        self.go_on(offset, State::Tag);
    }

    /// Goes on where an index says that a tag begins.
    pub(super) fn land(&mut self, offset: u64) {
        self.go_on(offset.saturating_sub(LANDING_MARGIN as u64), State::Landing);
    }

    /// The input that a step waits for will never come: where a tag is being searched, the place that was to be
    /// judged by it holds none, and the search goes on behind. Whether it does.
    pub(super) fn end_of_input(&mut self, has_input: bool) -> bool {
        let State::Resync(skipped) = &mut self.state else {
            return false;
        };
        if has_input {
            *skipped = skipped.saturating_add(1);
            self.offset = self.offset.saturating_add(1);
            self.diagnostics.skipped_bytes = self.diagnostics.skipped_bytes.saturating_add(1);
        }
        has_input
    }

    fn go_on(&mut self, offset: u64, state: State) {
        self.offset = offset;
        if !matches!(self.state, State::Failed(_)) {
            self.state = state;
        }
    }

    /// Says what to do with the input, which must be what is left of the one before, and more.
    ///
    /// A tag is given when so many bytes of its body are there, or all of them.
    pub(super) fn step(&mut self, input: &[u8], body_bytes: usize) -> Result<Step, ParseError> {
        loop {
            let step = match &self.state {
                State::Failed(error) => return Err(error.clone()),
                State::Anywhere => self.anywhere(input),
                State::FileHeader => self.file_header(input),
                State::Boundary(expected) => self.boundary(input, *expected),
                State::Landing => self.landing(input),
                State::Tag => self.tag(input, body_bytes),
                State::Resync(skipped) => self.resync(input, *skipped),
            };
            match step {
                Ok(Step::Skip(0)) => {}
                Ok(step) => {
                    self.count(&step);
                    return Ok(step);
                }
                Err(error) => {
                    self.state = State::Failed(error.clone());
                    return Err(error);
                }
            }
        }
    }

    fn count(&mut self, step: &Step) {
        let taken = match step {
            Step::Skip(bytes) => *bytes,
            Step::Tag(header) => u64::from(header.previous_tag_size()),
            Step::Wait(_) | Step::Astray => 0,
        };
        self.offset = self.offset.saturating_add(taken);
    }

    fn anywhere(&mut self, input: &[u8]) -> Result<Step, ParseError> {
        let Some(first) = input.get(..Header::SIGNATURE.len()) else {
            return Ok(Step::Wait(Header::SIGNATURE.len()));
        };
        self.state = if first == Header::SIGNATURE {
            State::FileHeader
        } else {
            State::Resync(0)
        };
        Ok(Step::Skip(0))
    }

    fn file_header(&mut self, input: &[u8]) -> Result<Step, ParseError> {
        let parsed = Header::parse(input).map_err(|error| error.moved(self.offset))?;
        let Some(header) = parsed else {
            return Ok(Step::Wait(Header::BYTES));
        };
        let limit = self.config.limits.max_header_bytes;
        if header.data_offset > limit {
            return Err(ParseError::limit(5, "a DataOffset", limit as usize).moved(self.offset));
        }
        let shortest = Header::BYTES as u32;
        if header.data_offset < shortest {
            self.odd(5, "a DataOffset of at least 9")?
                .short_data_offsets += 1;
        }
        if self.header.is_some() {
            self.diagnostics.repeated_headers += 1;
        } else {
            self.header = Some(header);
        }
        self.state = State::Boundary(0);
        Ok(Step::Skip(u64::from(header.data_offset.max(shortest))))
    }

    /// Between two tags. PreviousTagSize is trusted where it is right; where it is not, the next header must
    /// have nothing odd about it, behind a wrong PreviousTagSize or in its place.
    fn boundary(&mut self, input: &[u8], expected: u32) -> Result<Step, ParseError> {
        const NEEDED: usize = SIZE_BYTES + TagHeader::BYTES;
        let Some((size, behind)) = input
            .split_first_chunk::<SIZE_BYTES>()
            .filter(|_| input.len() >= NEEDED)
        else {
            return Ok(Step::Wait(NEEDED));
        };
        let size = u32::from_be_bytes(*size);
        if size == expected && !behind.starts_with(Header::SIGNATURE) {
            return self.after_right_size(behind);
        }
        if resync::sound(behind).is_some_and(|header| self.fits(&header)) {
            let diagnostics = self.odd(0, "the size of the tag before")?;
            match size {
                0 => diagnostics.zero_previous_tag_sizes += 1,
                _ => diagnostics.wrong_previous_tag_sizes += 1,
            }
            self.state = State::Tag;
            return Ok(Step::Skip(SIZE_BYTES as u64));
        }
        if resync::sound(input).is_some_and(|header| self.fits(&header)) {
            self.odd(0, "the size of the tag before")?
                .missing_previous_tag_sizes += 1;
            self.state = State::Tag;
            return Ok(Step::Skip(0));
        }
        self.lose(0, "a tag, and its size behind it")
    }

    /// Behind a right PreviousTagSize more is believed than elsewhere, but garbage may begin here too.
    fn after_right_size(&mut self, behind: &[u8]) -> Result<Step, ParseError> {
        let (first, body_bytes, stream_id) = match *behind {
            [first, a, b, c, _, _, _, _, d, e, f, ..] => (
                first,
                u32::from_be_bytes([0, a, b, c]),
                u32::from_be_bytes([0, d, e, f]),
            ),
            _ => return Ok(Step::Wait(SIZE_BYTES + TagHeader::BYTES)),
        };
        // A file may have another stream id than 0, but only one.
        let usual = *self.stream_id.get_or_insert(stream_id);
        let is_odd = first & 0xc0 != 0 || (stream_id != 0 && stream_id != usual);
        let is_known = TagHeader::parse(behind).is_ok();
        let limit = self.config.limits.max_tag_bytes;
        if is_odd || (!is_known && body_bytes > limit) {
            return self.lose(SIZE_BYTES, "a tag of type 8, 9 or 18");
        }
        if stream_id != 0 {
            self.odd(SIZE_BYTES, "stream 0")?.nonzero_stream_ids += 1;
        }
        if is_known && body_bytes <= limit {
            self.state = State::Tag;
            return Ok(Step::Skip(SIZE_BYTES as u64));
        }
        if !is_known {
            self.odd(SIZE_BYTES, "a tag of type 8, 9 or 18")?
                .unknown_tags += 1;
        } else if self.config.recovery == Recovery::Fail {
            let error = ParseError::limit(SIZE_BYTES, "the size of a tag", limit as usize);
            return Err(error.moved(self.offset));
        } else {
            self.diagnostics.oversized_tags += 1;
        }
        let tag_bytes = body_bytes.saturating_add(TagHeader::BYTES as u32);
        self.state = State::Boundary(tag_bytes);
        Ok(Step::Skip(
            u64::from(tag_bytes).saturating_add(SIZE_BYTES as u64),
        ))
    }

    /// An index says where a tag's header begins. That of FFmpeg is one too high, others mean the
    /// PreviousTagSize before it: the input begins [`LANDING_MARGIN`] before the place.
    fn landing(&mut self, input: &[u8]) -> Result<Step, ParseError> {
        const PLACES: [usize; 3] = [
            LANDING_MARGIN,
            LANDING_MARGIN - 1,
            LANDING_MARGIN + SIZE_BYTES,
        ];
        const NEEDED: usize = LANDING_MARGIN + SIZE_BYTES + TagHeader::BYTES;
        if input.len() < NEEDED {
            return Ok(Step::Wait(NEEDED));
        }
        for place in PLACES {
            let header = resync::sound(input.get(place..).unwrap_or_default());
            if header.is_some_and(|header| self.fits(&header)) {
                self.state = State::Tag;
                return Ok(Step::Skip(place as u64));
            }
        }
        Ok(Step::Astray)
    }

    fn tag(&mut self, input: &[u8], body_bytes: usize) -> Result<Step, ParseError> {
        let parsed = TagHeader::parse(input).map_err(|error| error.moved(self.offset))?;
        let Some(header) = parsed else {
            return Ok(Step::Wait(TagHeader::BYTES));
        };
        if header.is_encrypted && !self.config.keep_encrypted {
            self.odd(0, "a tag that is not encrypted")?.encrypted_tags += 1;
            self.state = State::Boundary(header.previous_tag_size());
            return Ok(Step::Skip(u64::from(header.previous_tag_size())));
        }
        let body_bytes = body_bytes.min(header.body_bytes as usize);
        let needed = TagHeader::BYTES.saturating_add(body_bytes);
        if input.len() < needed {
            return Ok(Step::Wait(needed));
        }
        self.state = State::Boundary(header.previous_tag_size());
        Ok(Step::Tag(header))
    }

    fn resync(&mut self, input: &[u8], skipped: u64) -> Result<Step, ParseError> {
        let (garbage, next, needed) = match resync::find(input, &self.config.limits) {
            Found::Tag(garbage) => (garbage as u64, Some(State::Tag), 0),
            Found::FileHeader(garbage) => (garbage as u64, Some(State::FileHeader), 0),
            Found::Nothing { garbage, needed } => (garbage as u64, None, needed),
        };
        // Counted up to the limit and no further, so that the same is said however the input is split.
        let left = self.config.limits.max_resync_bytes.saturating_sub(skipped);
        if garbage > left {
            self.diagnostics.skipped_bytes = self.diagnostics.skipped_bytes.saturating_add(left);
            let limit = usize::try_from(self.config.limits.max_resync_bytes).unwrap_or(usize::MAX);
            let error = ParseError::limit(0, "the search for the next tag", limit);
            return Err(error.moved(self.offset.saturating_add(left)));
        }
        let skipped = skipped.saturating_add(garbage);
        self.diagnostics.skipped_bytes = self.diagnostics.skipped_bytes.saturating_add(garbage);
        match next {
            Some(state) => self.state = state,
            None => {
                self.state = State::Resync(skipped);
                if garbage == 0 {
                    return Ok(Step::Wait(needed));
                }
            }
        }
        Ok(Step::Skip(garbage))
    }

    fn fits(&self, header: &TagHeader) -> bool {
        header.body_bytes <= self.config.limits.max_tag_bytes
    }

    /// Something is odd at so many bytes into the input: to be counted, or an error.
    fn odd(&mut self, at: usize, expected: &'static str) -> Result<&mut Diagnostics, ParseError> {
        match self.config.recovery {
            Recovery::Resync => Ok(&mut self.diagnostics),
            Recovery::Fail => Err(ParseError::expected(at, expected).moved(self.offset)),
        }
    }

    /// The framing is lost.
    fn lose(&mut self, at: usize, expected: &'static str) -> Result<Step, ParseError> {
        let offset = self.offset;
        let diagnostics = self.odd(at, expected)?;
        diagnostics.resyncs += 1;
        diagnostics.last_resync_offset = Some(offset);
        self.state = State::Resync(0);
        Ok(Step::Skip(0))
    }
}
