//! What flows through a stream: one tag, the frames in it, and its wire forms, each made at most once.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use castline_codec::Frame;
use castline_rtmp_chunk::{
    Tag, TagType,
    chunk::SharedMessage,
    flv::SharedTag,
    session::{self, StreamId},
};
use smallvec::SmallVec;

use super::epoch::Epoch;
use crate::unit::Unit;

/// A tag of so few bytes is copied into one segment for all viewers: further segments would cost each of them more.
const MAX_BYTES_JOINED: usize = 4096;

/// One tag of a live stream.
#[derive(Debug)]
pub(crate) struct Item {
    /// When it is decoded, on the stream's time line.
    pub(crate) due: Duration,
    /// A viewer may begin here.
    pub(crate) is_entry: bool,
    /// Metadata or a sequence header.
    pub(crate) is_header: bool,
    /// As it came, or as it was made of a frame.
    pub(crate) tag: Tag,
    /// The frames in it, on the stream's time line; none in what this server cannot look into.
    pub(crate) frames: SmallVec<[Frame; 1]>,
    /// What holds for it.
    pub(crate) epoch: Arc<Epoch>,
    flv: OnceLock<Option<SharedTag>>,
    rtmp: OnceLock<Option<SharedMessage>>,
    rtp: OnceLock<SmallVec<[Arc<Unit>; 1]>>,
}

impl Item {
    pub(crate) const fn new(due: Duration, tag: Tag, epoch: Arc<Epoch>) -> Self {
        Self {
            due,
            is_entry: false,
            is_header: false,
            tag,
            frames: SmallVec::new_const(),
            epoch,
            flv: OnceLock::new(),
            rtmp: OnceLock::new(),
            rtp: OnceLock::new(),
        }
    }

    /// The bytes of media it pins.
    pub(crate) const fn len(&self) -> usize {
        self.tag.len()
    }

    /// As an FLV tag with its PreviousTagSize; `None` when it is too large for FLV.
    pub(crate) fn flv(&self) -> Option<&SharedTag> {
        let made = self.flv.get_or_init(|| {
            let shared = if self.tag.len() <= MAX_BYTES_JOINED {
                SharedTag::joined(&self.tag)
            } else {
                SharedTag::new(&self.tag)
            };
            shared.ok()
        });
        made.as_ref()
    }

    /// As an RTMP message on [`StreamId::FIRST`] in chunks of this size, which is the same for all.
    pub(crate) fn rtmp(&self, chunk_size: u32) -> Option<&SharedMessage> {
        let made = self
            .rtmp
            .get_or_init(|| session::share(&self.tag, StreamId::FIRST, chunk_size).ok());
        made.as_ref()
    }

    /// As RTP payloads, one unit a frame.
    pub(crate) fn rtp(&self) -> &[Arc<Unit>] {
        self.rtp.get_or_init(|| {
            let units = self.frames.iter().filter_map(|frame| {
                let (track, payloads) = self.epoch.payloads(frame)?;
                Some(Arc::new(Unit {
                    track,
                    due: self.due,
                    keyframe: frame.keyframe,
                    payloads,
                }))
            });
            units.collect()
        })
    }

    pub(crate) const fn is_script(&self) -> bool {
        matches!(self.tag.tag_type, TagType::Script)
    }
}
