use bytes::Buf;

use super::{
    AacPacketType, AudioPacketType, AudioTagHeader, AvcPacketType, FourCc, FrameType, SoundFormat,
    Tag, TagType, VideoCodecId, VideoContent, VideoPacketType, VideoTagHeader, source::Source,
};

/// What a relay must know of a tag to pass it on, keep it for late joiners, or leave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagFacts {
    /// Audio, video or script.
    pub tag_type: TagType,
    /// The codec; `None` of scripts, of layouts of many codecs, and of malformed tags.
    pub codec: Option<TagCodec>,
    /// A decoder configuration: a late joiner needs the last one of each track.
    pub is_sequence_header: bool,
    /// A picture that decoding can start with.
    pub is_keyframe: bool,
    /// Coded sound or pictures.
    pub is_frame: bool,
    /// The end of the sequence.
    pub is_end: bool,
    /// A late joiner needs the last one: a script tag, the metadata of a video track (`colorInfo`), the
    /// channels of an audio track.
    pub is_metadata: bool,
    /// A video command.
    pub is_command: bool,
    /// Nothing refers to the picture: it may be left out.
    pub is_disposable: bool,
    /// The track; 0 is the default one. `None` when the tag holds several.
    pub track_index: Option<u8>,
    /// A multitrack tag.
    pub is_multitrack: bool,
}

/// The codec of a tag, as the tag says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the three ways that tags have")]
pub enum TagCodec {
    /// Of a legacy video tag.
    Video(VideoCodecId),
    /// Of a legacy audio tag.
    Audio(SoundFormat),
    /// Of an Enhanced RTMP tag.
    FourCc(FourCc),
}

/// Looks at a tag's header alone. Never fails: what cannot be read has no facts but its type.
#[must_use]
pub fn classify(tag: &Tag) -> TagFacts {
    let mut facts = TagFacts {
        tag_type: tag.tag_type,
        codec: None,
        is_sequence_header: false,
        is_keyframe: false,
        is_frame: false,
        is_end: false,
        is_metadata: false,
        is_command: false,
        is_disposable: false,
        track_index: Some(0),
        is_multitrack: false,
    };
    let mut source = Source::new((&*tag.header).chain(&*tag.payload));
    match tag.tag_type {
        TagType::Script => facts.is_metadata = true,
        TagType::Video => {
            if let Ok(header) = VideoTagHeader::read(&mut source) {
                facts.video(&header);
            }
        }
        TagType::Audio => {
            if let Ok(header) = AudioTagHeader::read(&mut source) {
                facts.audio(&header, source.remaining());
            }
        }
    }
    facts
}

impl TagFacts {
    fn video(&mut self, header: &VideoTagHeader) {
        match header {
            VideoTagHeader::Legacy(header) => {
                self.codec = Some(TagCodec::Video(header.codec));
                match header.avc.map(|avc| avc.packet_type) {
                    _ if header.frame_type == FrameType::COMMAND => self.is_command = true,
                    Some(AvcPacketType::SEQUENCE_HEADER) => self.is_sequence_header = true,
                    Some(AvcPacketType::END_OF_SEQUENCE) => self.is_end = true,
                    Some(_) | None => self.picture(header.frame_type),
                }
            }
            VideoTagHeader::Enhanced(header) => {
                let VideoContent::Tracks { layout, .. } = header.content else {
                    self.is_command = true;
                    return;
                };
                self.codec = layout.four_cc().map(TagCodec::FourCc);
                self.track_index = layout.track_index();
                self.is_multitrack = layout.is_multitrack();
                match header.packet_type {
                    VideoPacketType::SEQUENCE_START | VideoPacketType::MPEG2_TS_SEQUENCE_START => {
                        self.is_sequence_header = true;
                    }
                    VideoPacketType::CODED_FRAMES | VideoPacketType::CODED_FRAMES_X => {
                        self.picture(header.frame_type);
                    }
                    VideoPacketType::SEQUENCE_END => self.is_end = true,
                    VideoPacketType::METADATA => self.is_metadata = true,
                    _ => {}
                }
            }
        }
    }

    fn picture(&mut self, frame_type: FrameType) {
        self.is_frame = true;
        self.is_keyframe = frame_type.is_keyframe();
        self.is_disposable = frame_type == FrameType::DISPOSABLE_INTER;
    }

    fn audio(&mut self, header: &AudioTagHeader, payload_len: usize) {
        match header {
            AudioTagHeader::Legacy(header) => {
                self.codec = Some(TagCodec::Audio(header.format));
                self.is_sequence_header =
                    header.aac_packet_type == Some(AacPacketType::SEQUENCE_HEADER);
                self.is_frame = !self.is_sequence_header && payload_len > 0;
            }
            AudioTagHeader::Enhanced(header) => {
                self.codec = header.layout.four_cc().map(TagCodec::FourCc);
                self.track_index = header.layout.track_index();
                self.is_multitrack = header.layout.is_multitrack();
                match header.packet_type {
                    AudioPacketType::SEQUENCE_START => self.is_sequence_header = true,
                    AudioPacketType::CODED_FRAMES => self.is_frame = true,
                    AudioPacketType::SEQUENCE_END => self.is_end = true,
                    AudioPacketType::MULTICHANNEL_CONFIG => self.is_metadata = true,
                    _ => {}
                }
            }
        }
    }
}
