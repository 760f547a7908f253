//! The sequence headers of a file, so that a player gets them first after a seek.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::{
    Tag, TagType,
    flv::metadata::whole_body,
    tag::{TagFacts, classify},
};

/// What stands for the decoder's configuration from one place of the file on.
#[derive(Debug, Clone)]
struct Entry {
    position: u64,
    of: Of,
    tag: Tag,
}

/// What it is the configuration of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Of {
    tag_type: TagType,
    track_index: Option<u8>,
    is_metadata: bool,
}

/// In the order of their positions.
#[derive(Debug, Clone, Default)]
pub(super) struct SequenceHeaders {
    entries: Vec<Entry>,
}

/// Longer ones are not kept.
const MAX_BYTES: usize = 64 << 10;

pub(super) fn is_kept(facts: &TagFacts) -> bool {
    facts.is_sequence_header || (facts.is_metadata && facts.tag_type != TagType::Script)
}

impl SequenceHeaders {
    /// Keeps a copy of a tag, if it is one of these, up to `most` of them.
    pub(super) fn note(&mut self, tag: &Tag, position: u64, most: usize) {
        let facts = classify(tag);
        if !is_kept(&facts) || tag.len() > MAX_BYTES || self.entries.len() >= most {
            return;
        }
        let of = Of {
            tag_type: tag.tag_type,
            track_index: facts.track_index,
            is_metadata: facts.is_metadata,
        };
        let at = self
            .entries
            .partition_point(|entry| entry.position < position);
        let (before, behind) = self.entries.split_at(at);
        let body = whole_body(tag);
        let is_repeated = before
            .iter()
            .rfind(|entry| entry.of == of)
            .is_some_and(|entry| entry.tag.payload == body);
        if is_repeated
            || behind
                .first()
                .is_some_and(|entry| entry.position == position)
        {
            return;
        }
        // Copied, since it is kept for as long as the file is open.
        let tag = Tag::new(tag.tag_type, tag.timestamp, Bytes::copy_from_slice(&body));
        self.entries.insert(at, Entry { position, of, tag });
    }

    /// What holds for a tag at `position`: the last of each track before it; the first where none is before it.
    pub(super) fn at(&self, position: u64) -> Vec<Tag> {
        let mut chosen: Vec<&Entry> = Vec::new();
        for entry in &self.entries {
            match chosen.iter_mut().find(|known| known.of == entry.of) {
                Some(known) if entry.position <= position => *known = entry,
                Some(_) => {}
                None => chosen.push(entry),
            }
        }
        chosen.into_iter().map(|entry| entry.tag.clone()).collect()
    }
}
