//! A file that is written once from the start to the end, and patched at its head when it is done.

use alloc::vec::Vec;

use bytes::{Bytes, BytesMut};

use super::{
    Header, Metadata, SharedTag, TagHeader, TagTooLarge, metadata::whole_body, survey::Survey,
};
use crate::{
    Tag, TagType,
    amf::{Limits, amf0::Object},
};

/// Where the type flags are in a file.
const FLAGS_OFFSET: u64 = 4;

/// Bytes that replace others of the same number, somewhere in what was written already.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "where and what")]
pub struct Patch {
    /// Where they begin in the file.
    pub offset: u64,
    /// What is to stand there.
    pub bytes: Bytes,
}

/// How a [`Recorder`] records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecorderConfig {
    /// For how many keyframes there is room in the index, 18 bytes each; at least 2, at most 65,536. Default 2,048. In longer recordings every second
    /// keyframe is dropped from the index, then every second again, and so forth.
    pub max_keyframes: usize,
    /// Longest metadata of the publisher's that is kept in the file's, in bytes. Default 64 KiB. Of longer one nothing is kept.
    pub max_metadata_bytes: usize,
}

impl Default for RecorderConfig {
    fn default() -> Self {
        Self {
            max_keyframes: 2048,
            max_metadata_bytes: 64 << 10,
        }
    }
}

/// Records tags into a file whose head holds room for an index from the beginning, so that the end of the
/// recording costs two small writes, whatever its length.
///
/// The file is sound at any time; without the patches it lacks its duration and index.
///
/// ```
/// use bytes::Bytes;
/// use castline_rtmp_chunk::{Tag, TagType, flv::{Recorder, RecorderConfig}};
/// let mut recorder = Recorder::new(RecorderConfig::default());
/// let mut file = Vec::new();
/// for time in [0, 40, 80] {
///     let mut segments = Vec::new();
///     let tag = Tag::new(TagType::Video, time, Bytes::from_static(&[0x17, 1, 0, 0, 0, 9]));
///     recorder.tag(&tag, &mut segments)?;
///     file.extend(segments.iter().flatten());
/// }
/// for patch in recorder.patches() {
///     let start = patch.offset as usize;
///     file[start..start + patch.bytes.len()].copy_from_slice(&patch.bytes);
/// }
/// # Ok::<(), castline_rtmp_chunk::flv::TagTooLarge>(())
/// ```
#[derive(Debug, Clone)]
pub struct Recorder {
    config: RecorderConfig,
    survey: Survey,
    properties: Object,
    /// How long the metadata's body is, once it is written.
    metadata_bytes: Option<usize>,
    position: u64,
}

impl Recorder {
    /// A recorder of a file that is still empty.
    #[must_use]
    pub fn new(config: RecorderConfig) -> Self {
        let max_keyframes = config
            .max_keyframes
            .clamp(2, super::KeyframeIndex::DEFAULT_MAX_KEYFRAMES);
        Self {
            config: RecorderConfig {
                max_keyframes,
                ..config
            },
            survey: Survey::new(max_keyframes),
            properties: Object::new(),
            metadata_bytes: None,
            position: 0,
        }
    }

    /// Takes the next tag, and gives what is to be written at the end of the file, uncopied.
    ///
    /// Metadata before the first media is taken into the file's own, other script tags before it are left out;
    /// nothing is written before there is media.
    ///
    /// # Errors
    /// [`TagTooLarge`] when it cannot be in a FLV file. Nothing is written of it.
    pub fn tag(&mut self, tag: &Tag, out: &mut impl Extend<Bytes>) -> Result<(), TagTooLarge> {
        if self.metadata_bytes.is_none() {
            if tag.tag_type == TagType::Script {
                self.take_metadata(tag);
                return Ok(());
            }
            // Refused before anything of the file's head is written.
            TagHeader::of(tag)?;
            self.start(tag, out)?;
        }
        let shared = SharedTag::new(tag)?;
        self.survey.push(tag, self.position);
        self.write(shared, out);
        Ok(())
    }

    fn take_metadata(&mut self, tag: &Tag) {
        if tag.len() > self.config.max_metadata_bytes {
            return;
        }
        if let Ok(Some(metadata)) = Metadata::parse(&whole_body(tag), &Limits::DEFAULT) {
            self.properties = metadata.properties;
        }
    }

    fn start(&mut self, first: &Tag, out: &mut impl Extend<Bytes>) -> Result<(), TagTooLarge> {
        let header = Header::new(
            first.tag_type == TagType::Audio,
            first.tag_type == TagType::Video,
        );
        let metadata = self.metadata(0);
        self.metadata_bytes = Some(metadata.len());
        let start = header.to_bytes();
        self.position = start.len() as u64;
        out.extend([start]);
        self.write(SharedTag::new(&metadata)?, out);
        Ok(())
    }

    fn write(&mut self, shared: SharedTag, out: &mut impl Extend<Bytes>) {
        self.position = self.position.saturating_add(shared.framed_bytes() as u64);
        out.extend(shared.into_segments());
    }

    /// What is at the head of a file of so many bytes.
    fn metadata(&self, file_bytes: u64) -> Tag {
        let mut properties = self.properties.clone();
        self.survey.describe(&mut properties, file_bytes, 0);
        let index = self.survey.index.clone();
        let room = self
            .config
            .max_keyframes
            .saturating_sub(index.keyframes().len());
        Metadata { properties, index }.tag_with_room(room)
    }

    /// How many bytes the file has so far.
    #[must_use]
    pub const fn position(&self) -> u64 {
        self.position
    }

    /// What is to be written over the head of the file: its flags, its metadata, its index. At the end, or now and
    /// then, so that a crash loses no more than was recorded since. Empty when nothing was written yet.
    #[must_use]
    pub fn patches(&self) -> Vec<Patch> {
        let metadata = self.metadata(self.position);
        // The same length, since values do not change it: a patch of another would destroy the file.
        if self.metadata_bytes != Some(metadata.len()) {
            return Vec::new();
        }
        let header = Header::new(self.survey.has_audio(), self.survey.has_video());
        let flags = BytesMut::from(&[header.flags()][..]).freeze();
        let body = (header.to_bytes().len() as u64).saturating_add(TagHeader::BYTES as u64);
        Vec::from([
            Patch {
                offset: FLAGS_OFFSET,
                bytes: flags,
            },
            Patch {
                offset: body,
                bytes: metadata.payload,
            },
        ])
    }
}
