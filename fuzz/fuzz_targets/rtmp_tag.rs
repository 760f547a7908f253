//! Any tags: headers read and written byte for byte, tags split anywhere classified alike, a demuxer that
//! keeps its word on times, and its frames through a muxer again.
#![no_main]

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::media::{DemuxEvent, Demuxer, DemuxerConfig, Muxer, MuxerConfig};
use castline_rtmp_chunk::tag::{
    AudioTagHeader, ColorInfo, MultichannelConfig, VideoTagHeader, classify,
};
use castline_rtmp_chunk::{Tag, TagType};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let tags = tags(data);
    let mut demuxer = Demuxer::new(DemuxerConfig::default());
    let mut muxer = Muxer::new(&[], MuxerConfig::default());
    let mut tracks = BTreeMap::new();
    let mut last = BTreeMap::new();
    for tag in &tags {
        headers(tag);
        let _ = demuxer.push(tag);
        while let Some(event) = demuxer.poll_event() {
            match event {
                DemuxEvent::Track(track) | DemuxEvent::TrackChanged(track) => {
                    let known = tracks.insert(track.id, track.clone());
                    if known.is_none_or(|known| known.clock_rate != track.clock_rate) {
                        last.remove(&track.id);
                    }
                    let all: Vec<_> = tracks.values().cloned().collect();
                    muxer = Muxer::new(&all, MuxerConfig::default());
                    let _ = muxer.metadata_tag(0);
                    for header in muxer.sequence_headers(0) {
                        headers(&header);
                    }
                }
                DemuxEvent::Frame(frame) => {
                    assert!(!frame.data.is_empty() && frame.dts <= frame.pts);
                    let before = last.insert(frame.track, frame.dts);
                    assert!(before.is_none_or(|before| before < frame.dts));
                    if let Ok(tag) = muxer.push(&frame) {
                        assert_eq!(tag.payload, frame.data);
                        assert!(classify(&tag).is_frame);
                        headers(&tag);
                    }
                }
                _ => {}
            }
        }
    }
});

/// Each: its type and how its body is split, 4 bytes of time, 2 of length, the body.
fn tags(mut data: &[u8]) -> Vec<Tag> {
    let mut tags = Vec::new();
    while let Some(([kind, a, b, c, d, high, low], rest)) = data.split_first_chunk() {
        let len = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (body, rest) = rest.split_at(len);
        data = rest;
        let tag_type = match kind % 3 {
            0 => TagType::Audio,
            1 => TagType::Video,
            _ => TagType::Script,
        };
        let body = Bytes::copy_from_slice(body);
        let at = usize::from(kind / 3).min(len);
        let tag = Tag::new(
            tag_type,
            u32::from_be_bytes([*a, *b, *c, *d]),
            body.slice(at..),
        );
        tags.push(tag.with_header(body.slice(..at)));
    }
    tags
}

fn joined(tag: &Tag) -> Bytes {
    let mut body = BytesMut::from(&*tag.header);
    body.extend_from_slice(&tag.payload);
    body.freeze()
}

fn headers(tag: &Tag) {
    let body = joined(tag);
    assert_eq!(
        classify(tag),
        classify(&Tag::new(tag.tag_type, tag.timestamp, body.clone()))
    );
    let video = VideoTagHeader::of(tag);
    assert_eq!(video, VideoTagHeader::parse(&body));
    if let Ok((header, rest)) = video {
        assert_eq!(joined(&header.to_tag(0, rest.clone())), body);
        assert_eq!(header.encoded_len() + rest.len(), body.len());
        if let VideoTagHeader::Enhanced(header) = header
            && let Some(tracks) = header.tracks(rest)
            && let Ok(tracks) = tracks.collect::<Result<Vec<_>, _>>()
        {
            assert_eq!(joined(&header.to_tag(0, &tracks)), body);
        }
    }
    let audio = AudioTagHeader::of(tag);
    assert_eq!(audio, AudioTagHeader::parse(&body));
    if let Ok((header, rest)) = audio {
        assert_eq!(joined(&header.to_tag(0, rest.clone())), body);
        if let AudioTagHeader::Enhanced(header) = header
            && let Ok(tracks) = header.tracks(rest).collect::<Result<Vec<_>, _>>()
        {
            assert_eq!(joined(&header.to_tag(0, &tracks)), body);
        }
    }
    if let Ok(config) = MultichannelConfig::parse(&body) {
        let mut out = Vec::new();
        config.encode(&mut out);
        assert!(body.starts_with(&out));
    }
    let _ = ColorInfo::parse(&body);
}
