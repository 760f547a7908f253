//! FLV files: seeking with an index and without, fixing, recording.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::amf::amf0::Object;
use castline_rtmp_chunk::flv::{
    FileReader, FileReaderConfig, Header, IndexBuilder, Metadata, Reader, ReaderConfig, Recorder,
    RecorderConfig, SharedTag, TagHeader, Writer,
};
use castline_rtmp_chunk::tag::classify;
use castline_rtmp_chunk::{Tag, TagType};
use proptest::prelude::*;

/// 5.12 s with a keyframe each second, by FFmpeg with `-flvflags add_keyframe_index`.
const INDEXED: &[u8] = include_bytes!("data/indexed.flv");
/// The first 2 s of it, without an index.
const PLAIN: &[u8] = include_bytes!("data/plain.flv");

fn tags(file: &[u8]) -> Vec<Tag> {
    let (mut reader, mut input) = (Reader::new(ReaderConfig::default()), BytesMut::from(file));
    core::iter::from_fn(|| reader.decode(&mut input).unwrap()).collect()
}

/// Reads until there is a tag or the end; each answer has at most `pace` bytes.
fn next(reader: &mut FileReader, file: &Bytes, pace: usize, read_bytes: &mut usize) -> Option<Tag> {
    loop {
        if let Some(tag) = reader.poll_tag() {
            return Some(tag);
        }
        let read = reader.poll_read()?;
        assert!(read.len > 0);
        let start = (read.offset as usize).min(file.len());
        let end = (start + read.len.min(pace)).min(file.len());
        *read_bytes += end - start;
        reader.handle_input(read.offset, file.slice(start..end));
    }
}

fn play(reader: &mut FileReader, file: &Bytes, pace: usize) -> Vec<Tag> {
    let mut read_bytes = 0;
    let tags = core::iter::from_fn(|| next(reader, file, pace, &mut read_bytes)).collect();
    assert!(reader.is_finished());
    tags
}

fn open(file: &Bytes) -> FileReader {
    FileReader::new(FileReaderConfig::default(), Some(file.len() as u64))
}

/// The tag's time behind the sequence headers after a seek, which must be there.
fn seek(reader: &mut FileReader, file: &Bytes, time: u32) -> u32 {
    reader.seek(time);
    let mut read_bytes = 0;
    let first: Vec<Tag> = (0..3)
        .map(|_| next(reader, file, usize::MAX, &mut read_bytes).unwrap())
        .collect();
    let facts: Vec<_> = first.iter().map(classify).collect();
    assert!(
        facts[0].is_sequence_header && facts[1].is_sequence_header,
        "{facts:?}"
    );
    assert!(
        facts[2].is_keyframe || facts[2].is_sequence_header,
        "{facts:?}"
    );
    assert_eq!(first[0].timestamp, first[2].timestamp);
    first[2].timestamp
}

#[test]
fn a_file_gives_its_tags_at_any_pace_and_with_or_without_a_length() {
    for file in [INDEXED, PLAIN] {
        let bytes = Bytes::copy_from_slice(file);
        for file_len in [Some(file.len() as u64), None] {
            for pace in [1, 16, 4096, usize::MAX] {
                for read_ahead_bytes in [1, 700, 1 << 20] {
                    let mut config = FileReaderConfig::default();
                    config.read_ahead_bytes = read_ahead_bytes;
                    let mut reader = FileReader::new(config, file_len);
                    assert_eq!(play(&mut reader, &bytes, pace), tags(file));
                    assert_eq!(reader.error(), None);
                }
            }
        }
    }
}

#[test]
fn bodies_are_slices_of_the_answers() {
    let file = Bytes::copy_from_slice(INDEXED);
    let range = file.as_ptr_range();
    let mut reader = open(&file);
    let played = play(&mut reader, &file, usize::MAX);
    assert!(
        played
            .iter()
            .all(|tag| tag.is_empty() || range.contains(&tag.payload.as_ptr()))
    );
}

#[test]
fn what_the_head_says_is_known_once_open() {
    let file = Bytes::copy_from_slice(INDEXED);
    let mut reader = open(&file);
    assert!(!reader.is_open());
    let read = reader.poll_read().unwrap();
    reader.handle_input(0, file.slice(..read.len));
    assert!(reader.is_open() && reader.has_audio() && reader.has_video());
    assert_eq!(reader.duration_ms(), Some(5080));
    assert_eq!(reader.sequence_headers().len(), 2);
    assert_eq!(reader.metadata().unwrap().number("width"), Some(160.0));
    let times: Vec<u32> = reader
        .index()
        .unwrap()
        .keyframes()
        .iter()
        .map(|keyframe| keyframe.timestamp)
        .collect();
    assert_eq!(times, [0, 1000, 2000, 3000, 4000]);
}

/// FFmpeg's `filepositions` are one byte behind where the tag begins.
#[test]
fn seeks_by_the_index_of_ffmpeg() {
    let file = Bytes::copy_from_slice(INDEXED);
    let mut reader = open(&file);
    for (time, found) in [
        (0, 0),
        (999, 0),
        (1000, 1000),
        (4500, 4000),
        (99_999, 4000),
        (2100, 2000),
    ] {
        assert_eq!(seek(&mut reader, &file, time), found, "{time}");
    }
    assert!(reader.index().is_some(), "it is still trusted");
    assert!(reader.diagnostics().is_clean());
}

#[test]
fn a_seek_by_the_index_reads_no_more_than_it_must() {
    let file = Bytes::copy_from_slice(INDEXED);
    let mut config = FileReaderConfig::default();
    config.read_ahead_bytes = 2048;
    let mut reader = FileReader::new(config, Some(file.len() as u64));
    let mut read_bytes = 0;
    next(&mut reader, &file, usize::MAX, &mut read_bytes).unwrap();
    reader.seek(4000);
    read_bytes = 0;
    let tag = next(&mut reader, &file, usize::MAX, &mut read_bytes).unwrap();
    assert_eq!(tag.timestamp, 4000);
    assert!(read_bytes < 6000, "{read_bytes}");
}

/// The same media without the index.
fn without_index(file: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new(Header::new(true, true));
    let mut out = writer.start().to_vec();
    for tag in tags(file)
        .iter()
        .filter(|tag| tag.tag_type != TagType::Script)
    {
        out.extend(writer.tag(tag).unwrap().iter().flatten());
    }
    out
}

#[test]
fn seeks_without_an_index_by_walking() {
    let file = Bytes::from(without_index(INDEXED));
    let mut reader = open(&file);
    for (time, found) in [
        (4500, 4000),
        (0, 0),
        (1999, 1000),
        (2000, 2000),
        (99_999, 4000),
        (3001, 3000),
    ] {
        assert_eq!(seek(&mut reader, &file, time), found, "{time}");
    }
    assert_eq!(reader.duration_ms(), Some(5049), "of the last tag");
}

#[test]
fn an_index_that_lies_is_given_up() {
    let mut metadata = Metadata::new(Object::new());
    for number in 0..5u32 {
        let position = 1000 + u64::from(number) * 3000;
        metadata.index.push(castline_rtmp_chunk::flv::Keyframe {
            timestamp: number * 1000,
            position,
        });
    }
    let mut file = Header::new(true, true).to_bytes().to_vec();
    file.extend(
        SharedTag::new(&metadata.to_tag())
            .unwrap()
            .segments()
            .iter()
            .flatten(),
    );
    file.extend_from_slice(&without_index(INDEXED)[13..]);
    let file = Bytes::from(file);
    let mut reader = open(&file);
    assert_eq!(seek(&mut reader, &file, 3500), 3000);
    assert!(reader.index().is_none());
    assert!(
        reader.diagnostics().is_clean(),
        "a wrong index is no garbage in the file"
    );
}

#[test]
fn a_seek_before_the_file_is_open_is_kept() {
    let file = Bytes::copy_from_slice(INDEXED);
    let mut reader = open(&file);
    assert_eq!(seek(&mut reader, &file, 3210), 3000);
}

#[test]
fn a_seek_behind_the_end_of_a_cut_file_plays_its_last_keyframe() {
    let file = Bytes::copy_from_slice(&INDEXED[..20_000]);
    let mut reader = open(&file);
    let last = seek(&mut reader, &file, 4900);
    assert!(last == 1000 || last == 2000, "{last}");
    assert!(play(&mut reader, &file, usize::MAX).len() > 5);
}

#[test]
fn sound_alone_is_sought_tag_by_tag() {
    let sound: Vec<Tag> = tags(INDEXED)
        .into_iter()
        .filter(|tag| tag.tag_type == TagType::Audio)
        .collect();
    let mut writer = Writer::new(Header::new(true, false));
    let mut file = writer.start().to_vec();
    for tag in &sound {
        file.extend(writer.tag(tag).unwrap().iter().flatten());
    }
    let file = Bytes::from(file);
    let mut reader = open(&file);
    reader.seek(2500);
    let played = play(&mut reader, &file, usize::MAX);
    assert!(classify(&played[0]).is_sequence_header);
    assert!(
        (2450..=2500).contains(&played[1].timestamp),
        "{}",
        played[1].timestamp
    );
}

#[test]
fn garbage_at_the_end_does_not_hide_the_last_tags() {
    // A place in the garbage claims a long tag, which the file's end refutes.
    let all = tags(PLAIN);
    let mut file = PLAIN.to_vec();
    file.extend_from_slice(&[8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xaf, 1]);
    let last = all.last().unwrap();
    file.extend(SharedTag::new(last).unwrap().segments().iter().flatten());
    let file = Bytes::from(file);
    let played = play(&mut open(&file), &file, usize::MAX);
    assert_eq!(played.last(), Some(last));
}

#[test]
fn what_is_not_flv_is_an_error() {
    for bytes in [&b"<html>"[..], b"", b"FLV\x01"] {
        let file = Bytes::copy_from_slice(bytes);
        let mut reader = open(&file);
        assert_eq!(play(&mut reader, &file, usize::MAX), []);
        assert!(reader.error().is_some());
        reader.seek(5);
        assert!(reader.is_finished());
    }
}

#[test]
fn a_file_without_tags_ends() {
    let file = Header::new(true, true).to_bytes();
    let mut reader = open(&file);
    assert_eq!(play(&mut reader, &file, usize::MAX), []);
    assert_eq!(reader.error(), None);
    assert!(reader.is_open());
}

fn fix(file: &[u8], max_keyframes: usize) -> Vec<u8> {
    let mut builder = IndexBuilder::new(max_keyframes);
    let tags = tags(file);
    tags.iter().for_each(|tag| builder.push(tag));
    let mut fixed = builder.finish().unwrap();
    let mut out = fixed.start().concat();
    for tag in &tags {
        out.extend(fixed.tag(tag).unwrap().iter().flatten().flatten());
    }
    assert_eq!(out.len() as u64, fixed.file_bytes());
    out
}

/// Every entry points at a keyframe with its time, and every number is true.
fn check_index(file: &[u8]) -> Metadata {
    let read = tags(file);
    let metadata = Metadata::parse(&read[0].payload, &Default::default())
        .unwrap()
        .unwrap();
    for keyframe in metadata.index.keyframes() {
        let at = keyframe.position as usize;
        let header = TagHeader::parse(&file[at..]).unwrap().unwrap();
        assert_eq!(
            (header.tag_type, header.timestamp),
            (TagType::Video, keyframe.timestamp)
        );
        let body = Bytes::copy_from_slice(&file[at + 11..at + 11 + header.body_bytes as usize]);
        assert!(classify(&Tag::new(TagType::Video, 0, body)).is_keyframe);
    }
    let number = |name| metadata.number(name).unwrap();
    assert_eq!(number("filesize"), file.len() as f64);
    let media: Vec<&Tag> = read
        .iter()
        .filter(|tag| tag.tag_type != TagType::Script)
        .collect();
    let data: usize = media.iter().map(|tag| tag.len() + 11).sum();
    assert_eq!(number("datasize"), data as f64);
    let last = media.iter().map(|tag| tag.timestamp).max().unwrap();
    assert_eq!(number("lasttimestamp"), f64::from(last) / 1000.0);
    assert_eq!(
        metadata.properties.get("hasAudio").unwrap().as_bool(),
        Some(true)
    );
    assert_eq!(
        metadata.properties.get("hasVideo").unwrap().as_bool(),
        Some(true)
    );
    let last_keyframe = media.iter().rfind(|tag| classify(tag).is_keyframe).unwrap();
    assert_eq!(
        number("lastkeyframetimestamp"),
        f64::from(last_keyframe.timestamp) / 1000.0
    );
    metadata
}

#[test]
fn a_fixed_file_has_a_true_index() {
    let fixed = fix(&without_index(INDEXED), 1000);
    let metadata = check_index(&fixed);
    assert_eq!(metadata.index.keyframes().len(), 5, "{:?}", metadata.index);
    assert_eq!(metadata.number("duration"), Some(5.095));
    assert_eq!(metadata.number("videocodecid"), Some(7.0));
    assert_eq!(metadata.number("audiocodecid"), Some(10.0));
    assert_eq!(metadata.number("framerate"), Some(25.0));
    let file = Bytes::from(fixed);
    assert_eq!(seek(&mut open(&file), &file, 3999), 3000);
}

#[test]
fn a_fixed_file_keeps_what_it_said_and_its_media() {
    let fixed = fix(INDEXED, 1000);
    let metadata = check_index(&fixed);
    assert_eq!(metadata.number("width"), Some(160.0));
    let media = |file| {
        tags(file)
            .into_iter()
            .filter(|tag| tag.tag_type != TagType::Script)
            .collect::<Vec<_>>()
    };
    assert_eq!(media(&fixed), media(INDEXED));
    assert_eq!(fix(&fixed, 1000), fixed, "nothing more to fix");
}

#[test]
fn garbage_is_gone_from_a_fixed_file() {
    let mut file = without_index(INDEXED);
    file[4] = 0;
    file.splice(13..13, [0xee; 777]);
    let fixed = fix(&file, 1000);
    check_index(&fixed);
    assert_eq!(fixed[4], 5);
}

#[test]
fn an_index_has_no_more_entries_than_it_may() {
    let metadata = check_index(&fix(INDEXED, 3));
    assert_eq!(metadata.index.keyframes().len(), 3);
}

fn record(tags: &[Tag], config: RecorderConfig) -> (Vec<u8>, Vec<u8>) {
    let (mut recorder, mut file) = (Recorder::new(config), Vec::new());
    assert!(recorder.patches().is_empty());
    for tag in tags {
        let mut segments = Vec::new();
        recorder.tag(tag, &mut segments).unwrap();
        file.extend(segments.iter().flatten());
        assert_eq!(recorder.position(), file.len() as u64);
    }
    let mut patched = file.clone();
    for patch in recorder.patches() {
        let start = patch.offset as usize;
        patched[start..start + patch.bytes.len()].copy_from_slice(&patch.bytes);
    }
    (file, patched)
}

#[test]
fn a_recording_has_a_true_index_once_it_is_patched() {
    let (file, patched) = record(&tags(INDEXED), RecorderConfig::default());
    let metadata = check_index(&patched);
    assert_eq!(metadata.index.keyframes().len(), 5);
    assert_eq!(
        (metadata.number("width"), metadata.number("duration")),
        (Some(160.0), Some(5.095))
    );
    let media = |file| tags(file).into_iter().skip(1).collect::<Vec<_>>();
    assert_eq!(media(&file), media(INDEXED), "and is sound before");
    assert_eq!(media(&patched), media(INDEXED));
    assert_eq!(patched[4], 5);
    let bytes = Bytes::from(patched);
    assert_eq!(seek(&mut open(&bytes), &bytes, 2500), 2000);
}

#[test]
fn the_room_of_a_recording_holds() {
    let mut config = RecorderConfig::default();
    config.max_keyframes = 2;
    let (_, patched) = record(&tags(INDEXED), config);
    assert!(check_index(&patched).index.keyframes().len() <= 2);
}

#[test]
fn a_tag_that_is_too_large_leaves_a_recording_as_it_was() {
    let mut recorder = Recorder::new(RecorderConfig::default());
    let mut out: Vec<Bytes> = Vec::new();
    let tag = Tag::new(TagType::Video, 0, vec![0; 1 << 24].into());
    assert!(recorder.tag(&tag, &mut out).is_err());
    assert!(out.is_empty() && recorder.position() == 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn damaged_files_play_and_seek_to_an_end(
        damage in prop::collection::vec((0..16_000usize, 0..60usize, prop::collection::vec(any::<u8>(), 0..60)), 0..8),
        seeks in prop::collection::vec(0..6000u32, 0..4),
        pace in prop_oneof![Just(37), Just(5000), Just(usize::MAX)],
        has_len: bool,
    ) {
        let mut file = INDEXED[..20_000].to_vec();
        for (at, len, bytes) in damage {
            file.splice(at..at + len, bytes);
        }
        let file = Bytes::from(file);
        let mut reader = FileReader::new(FileReaderConfig::default(), has_len.then_some(file.len() as u64));
        for time in seeks {
            reader.seek(time);
            let mut read_bytes = 0;
            for _ in 0..20 {
                next(&mut reader, &file, pace, &mut read_bytes);
            }
        }
        play(&mut reader, &file, pace);
    }
}
