//! A file rewritten with metadata that is true, and a keyframe index.

use alloc::vec::Vec;

use bytes::Bytes;

use super::{
    Header, KeyframeIndex, Metadata, SharedTag, TagTooLarge,
    metadata::{is_metadata_tag, whole_body},
    survey::Survey,
};
use crate::{
    Tag,
    amf::{Limits, amf0::Object},
};

/// Looks at all tags of a file in order, and then knows its metadata.
///
/// A file is fixed in two passes over its tags: one into [`push`](Self::push), one through
/// [`Fixed::tag`]. What the tags come from ([`Reader`](super::Reader) or other) does not matter, as long as they are the same.
///
/// ```
/// use bytes::BytesMut;
/// use castline_rtmp_chunk::flv::{IndexBuilder, Reader, ReaderConfig};
///
/// # let file = include_bytes!("../../tests/data/plain.flv");
/// let mut builder = IndexBuilder::default();
/// let (mut reader, mut input) = (Reader::new(ReaderConfig::default()), BytesMut::from(&file[..]));
/// while let Some(tag) = reader.decode(&mut input)? {
///     builder.push(&tag);
/// }
/// let mut fixed = builder.finish()?;
/// let mut out = fixed.start();
/// let (mut reader, mut input) = (Reader::new(ReaderConfig::default()), BytesMut::from(&file[..]));
/// while let Some(tag) = reader.decode(&mut input)? {
///     out.extend(fixed.tag(&tag)?.into_iter().flatten());
/// }
/// assert_eq!(fixed.metadata().index.keyframes().len(), 3);
/// let len: usize = out.iter().map(|segment| segment.len()).sum();
/// assert_eq!(len as u64, fixed.file_bytes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct IndexBuilder {
    survey: Survey,
    properties: Object,
    limits: Limits,
    /// Of all tags that are kept.
    bytes: u64,
}

impl IndexBuilder {
    /// A builder of an index of at most so many entries, see [`KeyframeIndex`].
    #[must_use]
    pub fn new(max_keyframes: usize) -> Self {
        Self {
            survey: Survey::new(max_keyframes),
            properties: Object::new(),
            limits: Limits::DEFAULT,
            bytes: 0,
        }
    }

    /// Takes the next tag. The properties of the last metadata before the first media are kept, if it can be read;
    /// what the tags say of themselves is worth more.
    pub fn push(&mut self, tag: &Tag) {
        if is_replaced(tag, self.survey.has_media()) {
            if let Ok(Some(metadata)) = Metadata::parse(&whole_body(tag), &self.limits) {
                self.properties = metadata.properties;
            }
            return;
        }
        self.survey.push(tag, self.bytes);
        let framed = super::TagHeader::of(tag).map_or(0, |header| header.framed_bytes());
        self.bytes = self.bytes.saturating_add(framed);
    }

    /// The file as it is to be written.
    ///
    /// # Errors
    /// [`TagTooLarge`] when the metadata that was there and the index do not fit into one tag.
    pub fn finish(mut self) -> Result<Fixed, TagTooLarge> {
        self.survey.complete(&mut self.properties);
        self.survey.describe(&mut self.properties, 0, 0);
        let mut metadata = Metadata {
            properties: self.properties,
            index: core::mem::take(&mut self.survey.index),
        };
        let header = Header::new(self.survey.has_audio(), self.survey.has_video());
        // Values do not change the length, so that it is known where everything will lie.
        let start = framed_bytes(header, &metadata)?;
        let file_bytes = start.saturating_add(self.bytes);
        metadata.index.shift(start);
        self.survey
            .describe(&mut metadata.properties, file_bytes, start);
        Ok(Fixed {
            header,
            metadata,
            file_bytes,
            has_media: false,
        })
    }
}

impl Default for IndexBuilder {
    fn default() -> Self {
        Self::new(KeyframeIndex::DEFAULT_MAX_KEYFRAMES)
    }
}

/// A file with its new beginning.
#[derive(Debug, Clone)]
pub struct Fixed {
    header: Header,
    metadata: Metadata,
    file_bytes: u64,
    has_media: bool,
}

impl Fixed {
    /// What stands before the tags: file header with true flags, metadata with true numbers.
    #[must_use]
    pub fn start(&self) -> Vec<Bytes> {
        let mut start = Vec::from([self.header.to_bytes()]);
        start.extend(
            SharedTag::new(&self.metadata.to_tag())
                .into_iter()
                .flat_map(SharedTag::into_segments),
        );
        start
    }

    /// A tag of the file, in the same order as they went into the builder. `None` of the metadata that is replaced.
    ///
    /// # Errors
    /// [`TagTooLarge`]: never of a tag that was read from FLV.
    pub fn tag(&mut self, tag: &Tag) -> Result<Option<[Bytes; 3]>, TagTooLarge> {
        if is_replaced(tag, self.has_media) {
            return Ok(None);
        }
        self.has_media |= tag.tag_type != crate::TagType::Script;
        SharedTag::new(tag).map(|shared| Some(shared.into_segments()))
    }

    /// The new metadata and index.
    #[must_use]
    pub const fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// How long the file will be.
    #[must_use]
    pub const fn file_bytes(&self) -> u64 {
        self.file_bytes
    }
}

/// Metadata at the head of the file is. What comes between the frames belongs where it is.
fn is_replaced(tag: &Tag, has_media: bool) -> bool {
    !has_media && is_metadata_tag(tag)
}

fn framed_bytes(header: Header, metadata: &Metadata) -> Result<u64, TagTooLarge> {
    let tag = SharedTag::new(&metadata.to_tag())?;
    Ok((header.to_bytes().len() as u64).saturating_add(tag.framed_bytes() as u64))
}
