//! Tags off a stream that arrives in pieces.

use bytes::{Buf, Bytes, BytesMut};

use super::{
    Diagnostics, Header, ReaderConfig, TagHeader,
    framer::{Framer, Step},
};
use crate::{ParseError, Tag};

/// Reads tags off an FLV stream: an HTTP-FLV answer, a pipe, a file from its start to its end.
///
/// Feed it the read buffer: it takes whole tags off the front and leaves the rest. A tag's body is a slice of
/// that buffer, uncopied; what is kept for long should be copied out, or it keeps the buffer alive. The same
/// bytes give the same tags however they are split, in linear time.
///
/// What is wrong with the framing is read over and counted, unless the [`ReaderConfig`] says otherwise.
#[derive(Debug)]
pub struct Reader {
    framer: Framer,
    /// What of a [`Step::Skip`] has not arrived yet.
    to_skip: u64,
    tag: Option<(u64, TagHeader)>,
}

impl Reader {
    /// A reader at the start of its stream.
    #[must_use]
    pub const fn new(config: ReaderConfig) -> Self {
        Self {
            framer: Framer::new(config),
            to_skip: 0,
            tag: None,
        }
    }

    /// Takes the next tag off the front of `input`. `Ok(None)`: more bytes are needed.
    ///
    /// `input` must be the same buffer, only appended to, from call to call. All of a tag's body is in its
    /// `payload`.
    ///
    /// # Errors
    /// [`ParseError`] where it is not FLV, or beyond a limit; from then on every call gives it again.
    pub fn decode(&mut self, input: &mut BytesMut) -> Result<Option<Tag>, ParseError> {
        loop {
            if !self.skip(input) {
                return Ok(None);
            }
            let offset = self.framer.offset();
            match self.framer.step(input, usize::MAX)? {
                Step::Wait(_) | Step::Astray => return Ok(None),
                Step::Skip(bytes) => self.to_skip = bytes,
                Step::Tag(header) => {
                    self.tag = Some((offset, header));
                    input.advance(TagHeader::BYTES.min(input.len()));
                    return Ok(Some(header.into_tag(body(input, header))));
                }
            }
        }
    }

    /// Whether all that is to be skipped is skipped.
    fn skip(&mut self, input: &mut BytesMut) -> bool {
        let here =
            usize::try_from(self.to_skip).map_or(input.len(), |bytes| bytes.min(input.len()));
        input.advance(here);
        self.to_skip = self.to_skip.saturating_sub(here as u64);
        self.to_skip == 0
    }

    /// The file header, once it was read.
    #[must_use]
    pub const fn header(&self) -> Option<&Header> {
        self.framer.header()
    }

    /// The framing of the tag that was given last.
    #[must_use]
    pub fn tag_header(&self) -> Option<TagHeader> {
        self.tag.map(|(_, header)| header)
    }

    /// Where the tag that was given last begins, from the start of the stream.
    #[must_use]
    pub fn tag_offset(&self) -> Option<u64> {
        self.tag.map(|(offset, _)| offset)
    }

    /// How far the stream is read: the offset of the first byte of the input.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.framer.offset().saturating_sub(self.to_skip)
    }

    /// What was wrong so far, and read over.
    #[must_use]
    pub const fn diagnostics(&self) -> &Diagnostics {
        self.framer.diagnostics()
    }
}

fn body(input: &mut BytesMut, header: TagHeader) -> Bytes {
    let len = (header.body_bytes as usize).min(input.len());
    input.split_to(len).freeze()
}
