//! What is found out before the first tag is given.

use super::{FileReader, Mode, TagHeader, Window};
use crate::{
    Tag, TagType,
    flv::{Keyframe, Metadata, metadata::whole_body},
};

/// PreviousTagSize.
const SIZE_BYTES: usize = 4;
/// How much of a file's end is read to know its last times, and how many tags are looked at.
const TAIL_BYTES: usize = 16 << 10;
const TAIL_TAGS: usize = 64;

impl FileReader {
    /// One of the first tags.
    pub(super) fn probe(&mut self, tag: &Tag, offset: u64) {
        let first = *self.first_tag.get_or_insert(Keyframe {
            timestamp: tag.timestamp,
            position: offset,
        });
        self.note(tag, offset);
        if tag.tag_type == TagType::Script && self.metadata.is_none() {
            // Broken metadata is as good as none: the tags say all that is needed.
            self.metadata = Metadata::parse(&whole_body(tag), &self.config.metadata)
                .ok()
                .flatten();
        }
        let (audio, video) = self.header().map_or((true, true), |header| {
            // Flags that deny everything are worth nothing.
            let is_useless = !header.has_audio && !header.has_video;
            (
                header.has_audio || is_useless,
                header.has_video || is_useless,
            )
        });
        let is_known = (self.has_audio || !audio) && (self.has_video || !video);
        if is_known || offset.saturating_sub(first.position) > self.config.max_probe_bytes {
            self.opened();
        }
    }

    /// The head is known. A duration that is not said is read off the last tag.
    pub(super) fn opened(&mut self) {
        let first = self.first_tag.map_or(0, |first| first.position);
        match self.file_len {
            Some(end)
                if self.duration_ms().is_none()
                    && end > first.saturating_add(SIZE_BYTES as u64) =>
            {
                let start = end.saturating_sub(TAIL_BYTES as u64).max(first);
                let len = usize::try_from(end.saturating_sub(start)).unwrap_or(TAIL_BYTES);
                let head = core::mem::replace(&mut self.window, Window::at(start, len));
                self.mode = Mode::Tail {
                    start,
                    last: None,
                    head,
                };
            }
            _ => self.begin(),
        }
    }

    /// The file's last bytes; then perhaps the header of a last tag that begins before them.
    pub(super) fn read_tail(&mut self) {
        let Mode::Tail { start, last, head } = &mut self.mode else {
            return;
        };
        let input = self.window.from(*start);
        let time = match last {
            Some(size) => TagHeader::parse(&input)
                .ok()
                .flatten()
                .filter(|header| header.previous_tag_size() == *size)
                .map(|header| header.timestamp),
            None => match walk_back(&input) {
                Tail::Time(time) => Some(time),
                Tail::BeginsBefore(size) => {
                    let end = start
                        .saturating_add(input.len() as u64)
                        .saturating_sub(SIZE_BYTES as u64);
                    if let Some(at) = end.checked_sub(u64::from(size)) {
                        (*start, *last) = (at, Some(size));
                        self.window = Window::at(at, TagHeader::BYTES);
                        return;
                    }
                    None
                }
                Tail::Nothing => None,
            },
        };
        self.window = core::mem::take(head);
        let first = self.first_tag.map_or(0, |first| first.timestamp);
        self.measured_ms = time
            .and_then(|time| time.checked_sub(first))
            .map(u64::from)
            .filter(|ms| *ms > 0);
        self.begin();
    }

    /// From the first tag, or where it was wanted.
    fn begin(&mut self) {
        match (self.wanted_time.take(), self.first_tag) {
            (_, None) => self.mode = Mode::Finished,
            (Some(time), Some(_)) => self.start_seek(time),
            (None, Some(first)) => {
                self.mode = Mode::Playing;
                self.framer.move_to(first.position);
            }
        }
    }
}

/// What the end of a file tells.
enum Tail {
    /// The latest time of the last tags.
    Time(u32),
    /// The last tag is so long, with its header, and begins before.
    BeginsBefore(u32),
    Nothing,
}

/// From one PreviousTagSize to the one before. The latest tag need not be the last one: sound may end before pictures, and
/// FFmpeg's last tag is an end of sequence at the time of the last picture.
fn walk_back(mut input: &[u8]) -> Tail {
    let mut latest = Tail::Nothing;
    for _ in 0..TAIL_TAGS {
        let Some((tags, &size)) = input.split_last_chunk::<SIZE_BYTES>() else {
            break;
        };
        let size = u32::from_be_bytes(size);
        let Some(start) = tags.len().checked_sub(size as usize) else {
            if matches!(latest, Tail::Nothing) {
                return Tail::BeginsBefore(size);
            }
            break;
        };
        let (before, tag) = tags.split_at_checked(start).unwrap_or_default();
        let Some(header) = TagHeader::parse(tag)
            .ok()
            .flatten()
            .filter(|header| header.previous_tag_size() == size)
        else {
            break;
        };
        latest = match latest {
            Tail::Time(time) => Tail::Time(time.max(header.timestamp)),
            Tail::BeginsBefore(_) | Tail::Nothing => Tail::Time(header.timestamp),
        };
        input = before;
    }
    latest
}
