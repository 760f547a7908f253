//! Seeking: by the file's index, by what was passed before, or by walking from tag to tag.

use super::{FileReader, Mode, Window};
use crate::{Tag, TagType, flv::Keyframe, tag::classify};

/// How far from the place and the time of the index a tag may be.
const INDEX_PLACES: core::ops::RangeInclusive<i128> = -1..=4;
const INDEX_TOLERANCE_MS: u32 = 1000;
/// How much earlier than sound with the same time a picture may stand in a file.
const INTERLEAVING_MS: u32 = 2000;

impl FileReader {
    /// Plays on from the last keyframe that is not after this time in milliseconds, as tags count it; from the start
    /// where there is none. Without pictures, from the sound at this time.
    ///
    /// What was not polled yet is gone. Without effect after an [`error`](Self::error).
    pub fn seek(&mut self, time_ms: u32) {
        if self.error.is_some() {
            return;
        }
        if !self.is_open() {
            self.wanted_time = Some(time_ms);
            return;
        }
        self.ready.clear();
        if self.window.missing() > 0 {
            self.window = Window::default();
        }
        if self.first_tag.is_some() {
            self.start_seek(time_ms);
        }
        self.advance();
    }

    pub(super) fn start_seek(&mut self, time: u32) {
        match self.index().and_then(|index| index.seek(time)) {
            Some(keyframe) => {
                self.framer.land(keyframe.position);
                self.mode = Mode::Landing { time, keyframe };
            }
            None => self.start_scan(time),
        }
    }

    fn start_scan(&mut self, time: u32) {
        let known = self.learned.range(..=time).next_back();
        let known = known.map(|(&timestamp, &position)| Keyframe {
            timestamp,
            position,
        });
        let Some(best) = known.or(self.first_tag) else {
            self.mode = Mode::Finished;
            return;
        };
        self.framer.move_to(best.position);
        self.mode = Mode::Scanning {
            time,
            best,
            is_whole: false,
        };
    }

    /// The index leads nowhere: it is that of another file, or of this one before it was cut.
    pub(super) fn astray(&mut self) {
        self.is_index_trusted = false;
        if let Mode::Landing { time, .. } = self.mode {
            self.start_scan(time);
        }
    }

    /// The tag where the index led.
    pub(super) fn land(&mut self, tag: Tag, offset: u64) {
        let Mode::Landing { keyframe, .. } = self.mode else {
            return;
        };
        let facts = classify(&tag);
        let is_there = INDEX_PLACES
            .contains(&(i128::from(offset).saturating_sub(i128::from(keyframe.position))));
        let is_then = tag.timestamp.abs_diff(keyframe.timestamp) <= INDEX_TOLERANCE_MS;
        let is_start = facts.is_keyframe || facts.is_sequence_header || !self.has_video;
        if !(is_there && is_then && is_start) {
            return self.astray();
        }
        self.note(&tag, offset);
        self.mode = Mode::Playing;
        self.queue_sequence_headers(offset, tag.timestamp);
        self.ready.push_back(tag);
    }

    /// One tag on the way.
    pub(super) fn scan(&mut self, tag: &Tag, offset: u64) {
        let has_video = self.has_video;
        let Mode::Scanning { time, best, .. } = &mut self.mode else {
            return;
        };
        let is_start = match tag.tag_type {
            TagType::Video => classify(tag).is_keyframe,
            TagType::Audio => !has_video,
            TagType::Script => false,
        };
        if is_start && tag.timestamp <= *time {
            *best = Keyframe {
                timestamp: tag.timestamp,
                position: offset,
            };
        }
        let slack = if (tag.tag_type == TagType::Video) == has_video {
            0
        } else {
            INTERLEAVING_MS
        };
        let is_past = tag.tag_type != TagType::Script && tag.timestamp > time.saturating_add(slack);
        if is_past {
            let best = *best;
            self.play_from(best);
        }
    }

    pub(super) fn play_from(&mut self, keyframe: Keyframe) {
        self.framer.move_to(keyframe.position);
        self.mode = Mode::Playing;
        self.queue_sequence_headers(keyframe.position, keyframe.timestamp);
    }

    fn queue_sequence_headers(&mut self, position: u64, timestamp: u32) {
        let headers = self
            .sequence_headers
            .at(position)
            .into_iter()
            .map(|mut tag| {
                tag.timestamp = timestamp;
                tag
            });
        self.ready.extend(headers);
    }
}
