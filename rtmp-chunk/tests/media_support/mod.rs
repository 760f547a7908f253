//! Real parameter sets and small frames, shared by the tests of muxer and demuxer.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "shared: each test file uses some"
)]

use bytes::{Bytes, BytesMut};
use castline_codec::{Frame, Track};
use castline_rtmp_chunk::{
    Tag, TagType,
    media::{DemuxEvent, Demuxer, DemuxerConfig},
};
use hex_literal::hex;

/// x264, High, 320x240, lengths of 4 bytes.
pub const AVCC: &[u8] = &hex!(
    "0164000dffe100196764000dacd94141fb011000000300100000030320f14299600100"
    "0468ef8fcbfdf8f800"
);
/// The same, full HD.
pub const AVCC_FULL_HD: &[u8] = &hex!(
    "01640028ffe1001967640028acd940780227e5c04400000fa40003a9803c60c6580100"
    "0468ef8fcbfdf8f800"
);
/// x265, Main, 320x240.
pub const HVCC: &[u8] = &hex!(
    "0101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003"
    "000003003c959409a10001002a42010101600000030090000003000003003ca00a080f16595952930bc05a02"
    "0000030002000003003210a2000100064401c073c189"
);
/// libaom, 10 bits, 320x180.
pub const AV1C: &[u8] = &hex!("81004c000a0b000000043cfeccdaf94040");
pub const AV1_KEY: &[u8] = &hex!("1200 0a0b000000043cfeccdaf94040 32 04 1400a0c8");
pub const VPCC: &[u8] = &hex!("00 15 82 02 02 02 0000");
pub const VP9_KEY: &[u8] = &hex!("824983420027f016760438241c184a10");
pub const VP8_KEY: &[u8] = &hex!("f062009d012a4001b40000470885858885848802");
pub const OPUS_HEAD: &[u8] = &hex!("4f70757348656164 01 02 3801 80bb0000 0000 00");
/// AAC low complexity, 48 kHz, stereo.
pub const ASC: &[u8] = &hex!("1190");

/// An IDR slice and a slice that refers to others, in canonical form.
pub const IDR: &[u8] = &hex!("00000003 658884");
pub const SLICE: &[u8] = &hex!("00000003 419a02");
pub const HEVC_IDR: &[u8] = &hex!("00000004 26010203");

pub fn tag(tag_type: TagType, timestamp: u32, parts: &[&[u8]]) -> Tag {
    Tag::new(tag_type, timestamp, Bytes::from(parts.concat()))
}

pub fn video(timestamp: u32, parts: &[&[u8]]) -> Tag {
    tag(TagType::Video, timestamp, parts)
}

pub fn audio(timestamp: u32, parts: &[&[u8]]) -> Tag {
    tag(TagType::Audio, timestamp, parts)
}

pub fn joined(tag: &Tag) -> Bytes {
    let mut body = BytesMut::from(&*tag.header);
    body.extend_from_slice(&tag.payload);
    body.freeze()
}

/// As it comes from a peer: in one piece.
pub fn received(tag: &Tag) -> Tag {
    Tag::new(tag.tag_type, tag.timestamp, joined(tag))
}

/// A demuxer and all that it gave out.
pub struct Demuxed {
    pub demuxer: Demuxer,
    pub events: Vec<DemuxEvent>,
}

impl Demuxed {
    pub fn new() -> Self {
        Self {
            demuxer: Demuxer::new(DemuxerConfig::default()),
            events: Vec::new(),
        }
    }

    pub fn of(tags: &[Tag]) -> Self {
        let mut demuxed = Self::new();
        for tag in tags {
            demuxed.push(tag);
        }
        demuxed
    }

    pub fn push(&mut self, tag: &Tag) {
        self.demuxer.push(tag).unwrap();
        self.poll();
    }

    pub fn poll(&mut self) {
        while let Some(event) = self.demuxer.poll_event() {
            self.events.push(event);
        }
    }

    pub fn frames(&self) -> Vec<Frame> {
        let frames = self.events.iter().filter_map(|event| match event {
            DemuxEvent::Frame(frame) => Some(frame.clone()),
            _ => None,
        });
        frames.collect()
    }

    /// The tracks said, and whether each was new.
    pub fn tracks(&self) -> Vec<(bool, Track)> {
        let tracks = self.events.iter().filter_map(|event| match event {
            DemuxEvent::Track(track) => Some((true, track.clone())),
            DemuxEvent::TrackChanged(track) => Some((false, track.clone())),
            _ => None,
        });
        tracks.collect()
    }

    /// The events that are neither tracks nor frames.
    pub fn others(&self) -> Vec<&DemuxEvent> {
        let is_other = |event: &&DemuxEvent| {
            !matches!(
                event,
                DemuxEvent::Track(_) | DemuxEvent::TrackChanged(_) | DemuxEvent::Frame(_)
            )
        };
        self.events.iter().filter(is_other).collect()
    }
}
