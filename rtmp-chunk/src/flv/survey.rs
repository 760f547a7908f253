//! What is noted of every tag of a file, to say it in the metadata at the end.

use super::{
    TagHeader,
    index::{Keyframe, KeyframeIndex},
    metadata::{number, seconds},
};
use crate::{
    Tag, TagType,
    amf::amf0::Object,
    tag::{TagCodec, TagFacts, classify},
};

/// A last frame is taken to be as long as the one before it, unless that was longer than this.
const MAX_LAST_FRAME_MS: u32 = 10_000;

#[derive(Debug, Clone, Default)]
pub(super) struct Survey {
    pub(super) index: KeyframeIndex,
    first_timestamp: Option<u32>,
    audio: Kept,
    video: Kept,
    last_keyframe: Option<Keyframe>,
    media_bytes: u64,
}

/// Of all tags of one type.
#[derive(Debug, Clone, Default)]
struct Kept {
    is_there: bool,
    codec_id: Option<f64>,
    bytes: u64,
    frames: u64,
    first: Option<u32>,
    last: u32,
    step: u32,
}

impl Survey {
    pub(super) fn new(max_keyframes: usize) -> Self {
        Self {
            index: KeyframeIndex::new(max_keyframes),
            ..Self::default()
        }
    }

    /// A tag whose header lies at `position`.
    pub(super) fn push(&mut self, tag: &Tag, position: u64) {
        let facts = classify(tag);
        let kept = match tag.tag_type {
            TagType::Audio => &mut self.audio,
            TagType::Video => &mut self.video,
            TagType::Script => return,
        };
        self.first_timestamp.get_or_insert(tag.timestamp);
        kept.push(tag, &facts);
        let framed = (tag.len() as u64).saturating_add(TagHeader::BYTES as u64);
        self.media_bytes = self.media_bytes.saturating_add(framed);
        if facts.is_keyframe {
            let keyframe = Keyframe {
                timestamp: tag.timestamp,
                position,
            };
            self.index.push(keyframe);
            self.last_keyframe = Some(keyframe);
        }
    }

    pub(super) const fn has_audio(&self) -> bool {
        self.audio.is_there
    }

    pub(super) const fn has_video(&self) -> bool {
        self.video.is_there
    }

    pub(super) const fn has_media(&self) -> bool {
        self.has_audio() || self.has_video()
    }

    fn last_timestamp(&self) -> u32 {
        self.audio.last.max(self.video.last)
    }

    fn duration_ms(&self) -> u64 {
        let end = self.audio.end().max(self.video.end());
        end.saturating_sub(u64::from(self.first_timestamp.unwrap_or(0)))
    }

    /// Sets what is known of the file, `shift` bytes later than the positions that were pushed. What is set does
    /// not depend on what is known, only its values do, so that the object always takes the same room.
    pub(super) fn describe(&self, properties: &mut Object, file_bytes: u64, shift: u64) {
        let last_keyframe = self.last_keyframe.unwrap_or(Keyframe {
            timestamp: 0,
            position: 0,
        });
        let location = last_keyframe.position.saturating_add(shift);
        for (name, value) in [
            ("duration", seconds(self.duration_ms())),
            ("filesize", number(file_bytes)),
            ("lasttimestamp", seconds(u64::from(self.last_timestamp()))),
            (
                "lastkeyframetimestamp",
                seconds(u64::from(last_keyframe.timestamp)),
            ),
            ("lastkeyframelocation", number(location)),
            ("datasize", number(self.media_bytes)),
            ("audiosize", number(self.audio.bytes)),
            ("videosize", number(self.video.bytes)),
        ] {
            properties.insert(name, value);
        }
        for (name, value) in [
            ("hasMetadata", true),
            ("hasAudio", self.has_audio()),
            ("hasVideo", self.has_video()),
            ("hasKeyframes", self.last_keyframe.is_some()),
            ("canSeekToEnd", self.ends_with_keyframe()),
        ] {
            properties.insert(name, value);
        }
    }

    /// Sets what is nowhere said yet: the codecs, and how many pictures there are in a second.
    pub(super) fn complete(&self, properties: &mut Object) {
        for (name, value) in [
            ("audiocodecid", self.audio.codec_id),
            ("videocodecid", self.video.codec_id),
            ("framerate", self.video.rate()),
        ] {
            if let (Some(value), false) = (value, properties.contains(name)) {
                properties.insert(name, value);
            }
        }
    }

    fn ends_with_keyframe(&self) -> bool {
        self.last_keyframe
            .is_some_and(|keyframe| keyframe.timestamp == self.video.last)
    }
}

impl Kept {
    fn push(&mut self, tag: &Tag, facts: &TagFacts) {
        self.is_there = true;
        self.codec_id = self.codec_id.or_else(|| facts.codec.map(codec_id));
        let framed = (tag.len() as u64).saturating_add(TagHeader::BYTES as u64);
        self.bytes = self.bytes.saturating_add(framed);
        if !facts.is_frame {
            return;
        }
        self.frames = self.frames.saturating_add(1);
        self.first.get_or_insert(tag.timestamp);
        if tag.timestamp > self.last {
            self.step = tag.timestamp.saturating_sub(self.last);
            self.last = tag.timestamp;
        }
    }

    fn end(&self) -> u64 {
        let is_usual = self.frames > 1 && self.step <= MAX_LAST_FRAME_MS;
        u64::from(self.last).saturating_add(if is_usual { u64::from(self.step) } else { 0 })
    }

    fn rate(&self) -> Option<f64> {
        let ms = self.last.checked_sub(self.first?).filter(|ms| *ms > 0)?;
        Some(number(self.frames.saturating_sub(1)) * 1000.0 / f64::from(ms))
    }
}

/// As metadata has it: the number of a legacy codec, or a FourCC as a number (Enhanced RTMP v2, "onMetaData").
fn codec_id(codec: TagCodec) -> f64 {
    match codec {
        TagCodec::Video(codec) => f64::from(codec.0),
        TagCodec::Audio(format) => f64::from(format.0),
        TagCodec::FourCc(four_cc) => f64::from(four_cc.as_u32()),
    }
}
