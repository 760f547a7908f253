//! The FLV stream reader: splits, quirks, garbage, limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::flv::{
    Diagnostics, Header, Limits, Reader, ReaderConfig, Recovery, StreamStart, TagHeader, Writer,
};
use castline_rtmp_chunk::{ParseError, ParseErrorKind, Tag, TagType};
use proptest::prelude::*;

const PLAIN: &[u8] = include_bytes!("data/plain.flv");

fn read_in_pieces(
    config: ReaderConfig,
    file: &[u8],
    piece: usize,
) -> (Vec<Tag>, Diagnostics, Option<ParseError>) {
    let (mut reader, mut input, mut tags) = (Reader::new(config), BytesMut::new(), Vec::new());
    for part in file.chunks(piece.max(1)) {
        input.extend_from_slice(part);
        loop {
            match reader.decode(&mut input) {
                Ok(Some(tag)) => tags.push(tag),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.decode(&mut input), Err(error.clone()), "errors stay");
                    return (tags, *reader.diagnostics(), Some(error));
                }
            }
        }
    }
    (tags, *reader.diagnostics(), None)
}

/// Reads at once, and asserts that splits make no difference.
fn read(config: ReaderConfig, file: &[u8]) -> (Vec<Tag>, Diagnostics, Option<ParseError>) {
    let at_once = read_in_pieces(config, file, file.len());
    for piece in [1, 2, 7, 64, 1000] {
        let in_pieces = read_in_pieces(config, file, piece);
        assert_eq!(in_pieces.0.len(), at_once.0.len(), "{piece}");
        assert_eq!(in_pieces, at_once, "{piece}");
    }
    at_once
}

fn tolerant(file: &[u8]) -> (Vec<Tag>, Diagnostics) {
    let (tags, diagnostics, error) = read(ReaderConfig::default(), file);
    assert_eq!(error, None);
    (tags, diagnostics)
}

fn strict(file: &[u8]) -> Option<ParseError> {
    let config = ReaderConfig::default().with_recovery(Recovery::Fail);
    read(config, file).2
}

fn video(time: u32, len: usize) -> Tag {
    let mut body = vec![0x5a; len];
    body[..5].copy_from_slice(&[0x27, 1, 0, 0, 0]);
    Tag::new(TagType::Video, time, body.into())
}

fn write(tags: &[Tag]) -> Vec<u8> {
    let mut writer = Writer::new(Header::new(true, true));
    let mut file = writer.start().to_vec();
    for tag in tags {
        file.extend(writer.tag(tag).unwrap().iter().flatten());
    }
    assert_eq!(file.len() as u64, writer.position());
    file
}

/// Ten tags, and where each one's header begins.
fn ten() -> (Vec<Tag>, Vec<u8>, Vec<usize>) {
    let tags: Vec<Tag> = (0..10)
        .map(|number| video(number * 40, 50 + number as usize))
        .collect();
    let mut starts = vec![13];
    for tag in &tags {
        starts.push(starts.last().unwrap() + tag.len() + 15);
    }
    let file = write(&tags);
    (tags, file, starts)
}

#[test]
fn a_file_of_ffmpeg_is_read_and_written_byte_for_byte() {
    let (tags, diagnostics) = tolerant(PLAIN);
    assert!(diagnostics.is_clean(), "{diagnostics:?}");
    assert!(tags.len() > 80, "{}", tags.len());
    assert_eq!(write(&tags), PLAIN);
    assert_eq!(strict(PLAIN), None);
}

#[test]
fn bodies_are_slices_of_the_input() {
    let (_, file, starts) = ten();
    let mut input = BytesMut::from(&file[..]);
    let place = input.as_ptr().wrapping_add(starts[0] + 11);
    let mut reader = Reader::new(ReaderConfig::default());
    let tag = reader.decode(&mut input).unwrap().unwrap();
    assert_eq!(tag.payload.as_ptr(), place);
    assert_eq!(reader.tag_offset(), Some(13));
    assert_eq!(reader.tag_header(), Some(TagHeader::of(&tag).unwrap()));
    assert_eq!(reader.offset(), starts[1] as u64 - 4);
}

#[test]
fn a_tag_is_given_before_its_previous_tag_size_arrives() {
    let (tags, file, starts) = ten();
    let (read, _) = tolerant(&file[..starts[3] - 4]);
    assert_eq!(read, tags[..3]);
}

#[test]
fn previous_tag_sizes_may_be_zero_wrong_or_missing() {
    let (tags, file, starts) = ten();
    let (mut zero, mut wrong, mut missing) = (file.clone(), file.clone(), file);
    for start in starts[1..10].iter().rev() {
        zero[start - 4..*start].fill(0);
        wrong[start - 4..*start].copy_from_slice(&[0, 0, 0x12, 0x34]);
        missing.drain(start - 4..*start);
    }
    let (read, diagnostics) = tolerant(&zero);
    assert_eq!(
        (read, diagnostics.zero_previous_tag_sizes),
        (tags.clone(), 9)
    );
    let (read, diagnostics) = tolerant(&wrong);
    assert_eq!(
        (read, diagnostics.wrong_previous_tag_sizes),
        (tags.clone(), 9)
    );
    let (read, diagnostics) = tolerant(&missing);
    assert_eq!((read, diagnostics.missing_previous_tag_sizes), (tags, 9));
    for file in [zero, wrong, missing] {
        assert_eq!(strict(&file).unwrap().offset, starts[1] as u64 - 4);
    }
}

#[test]
fn a_missing_first_previous_tag_size_is_read_over() {
    let (tags, mut file, _) = ten();
    file.drain(9..13);
    assert_eq!(tolerant(&file).0, tags);
}

#[test]
fn wrong_flags_do_no_harm() {
    let (tags, mut file, _) = ten();
    file[4] = 0;
    let (read, diagnostics) = tolerant(&file);
    assert_eq!(read, tags);
    assert!(diagnostics.is_clean());
}

#[test]
fn a_longer_header_is_skipped_and_a_shorter_one_is_nine_bytes() {
    let (tags, file, _) = ten();
    let mut longer = file.clone();
    longer[8] = 200;
    longer.splice(9..9, [7; 191]);
    assert_eq!(tolerant(&longer).0, tags);
    let mut shorter = file;
    shorter[8] = 0;
    let (read, diagnostics) = tolerant(&shorter);
    assert_eq!((read, diagnostics.short_data_offsets), (tags, 1));
    assert!(strict(&shorter).is_some());
}

#[test]
fn the_limit_of_the_header_holds() {
    let (_, mut file, _) = ten();
    file[5..9].copy_from_slice(&[0xff; 4]);
    let (tags, _, error) = read(ReaderConfig::default(), &file);
    let kind = ParseErrorKind::Limit {
        what: "a DataOffset",
        limit: 65_536,
    };
    assert_eq!((tags.len(), error.unwrap().kind), (0, kind));
}

#[test]
fn what_is_not_flv_is_refused_at_once() {
    let (_, _, error) = read(ReaderConfig::default(), b"<html>404");
    assert_eq!(error.unwrap().offset, 0);
}

#[test]
fn a_stream_joined_anywhere_is_read_from_its_next_tag() {
    let (tags, file, starts) = ten();
    let config = ReaderConfig::default().with_start(StreamStart::Anywhere);
    assert_eq!(read(config, &file).0, tags, "from the start");
    for (cut, first) in [
        (starts[0], 0),
        (starts[0] + 1, 1),
        (starts[4] + 30, 5),
        (starts[5] - 4, 5),
    ] {
        let (read, diagnostics, error) = read(config, &file[cut..]);
        assert_eq!((read, error), (tags[first..].to_vec(), None), "{cut}");
        assert_eq!(diagnostics.skipped_bytes, (starts[first] - cut) as u64);
        assert_eq!(diagnostics.resyncs, 0, "nothing was lost");
    }
}

#[test]
fn garbage_between_tags_is_skipped_and_counted() {
    let (tags, mut file, starts) = ten();
    let garbage: Vec<u8> = (0..5000u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    file.splice(starts[5]..starts[5], garbage);
    let (read, diagnostics) = tolerant(&file);
    assert_eq!(read, tags);
    assert_eq!((diagnostics.resyncs, diagnostics.skipped_bytes), (1, 5004));
    assert_eq!(diagnostics.last_resync_offset, Some(starts[5] as u64 - 4));
    assert_eq!(strict(&file).unwrap().offset, starts[5] as u64);
}

#[test]
fn a_hole_costs_the_tags_it_is_in() {
    let (tags, mut file, starts) = ten();
    file.drain(starts[3] + 20..starts[4] + 20);
    let (read, diagnostics) = tolerant(&file);
    // The tag that the hole is in swallows the rest of the next one.
    assert_eq!(read.len(), 9);
    assert_eq!(read[..3], tags[..3]);
    assert_eq!(read[4..], tags[5..]);
    assert!(diagnostics.resyncs <= 1);
}

#[test]
fn resync_does_not_need_right_previous_tag_sizes() {
    let (tags, mut file, starts) = ten();
    for start in &starts[1..10] {
        file[start - 4..*start].fill(0);
    }
    file.splice(starts[2]..starts[2], [9, 0, 0, 40, 18, 8, 9, 0xff, 0xff]);
    assert_eq!(tolerant(&file).0, tags);
}

#[test]
fn files_one_behind_the_other_are_one_stream() {
    let (tags, file, _) = ten();
    let (read, diagnostics) = tolerant(&[&file[..], &file[..]].concat());
    assert_eq!(read, [&tags[..], &tags[..]].concat());
    assert_eq!(diagnostics.repeated_headers, 1);
}

#[test]
fn the_search_for_the_next_tag_has_an_end() {
    let (_, mut file, _) = ten();
    file.extend_from_slice(&[0xee; 3000]);
    let mut limits = Limits::default();
    limits.max_resync_bytes = 1000;
    let (tags, _, error) = read(ReaderConfig::default().with_limits(limits), &file);
    assert_eq!(tags.len(), 10);
    let kind = ParseErrorKind::Limit {
        what: "the search for the next tag",
        limit: 1000,
    };
    assert_eq!(error.unwrap().kind, kind);
}

#[test]
fn tags_of_other_types_are_left_out() {
    let (tags, mut file, starts) = ten();
    file[starts[4]] = 15;
    let (read, diagnostics) = tolerant(&file);
    assert_eq!(read, [&tags[..4], &tags[5..]].concat());
    assert_eq!((diagnostics.unknown_tags, diagnostics.resyncs), (1, 0));
    assert_eq!(strict(&file).unwrap().offset, starts[4] as u64);
}

#[test]
fn tags_beyond_the_limit_are_left_out_as_they_arrive() {
    let (tags, file, _) = ten();
    let mut limits = Limits::default();
    limits.max_tag_bytes = 55;
    let config = ReaderConfig::default().with_limits(limits);
    let (read_tags, diagnostics, _) = read(config, &file);
    assert_eq!(
        (read_tags, diagnostics.oversized_tags),
        (tags[..6].to_vec(), 4)
    );
    let (_, _, error) = read(config.with_recovery(Recovery::Fail), &file);
    assert!(matches!(
        error.unwrap().kind,
        ParseErrorKind::Limit { limit: 55, .. }
    ));
    // Byte by byte, nothing of such a tag is left in the input.
    let (mut reader, mut input) = (Reader::new(config), BytesMut::new());
    for byte in file {
        input.extend_from_slice(&[byte]);
        while reader.decode(&mut input).unwrap().is_some() {}
        assert!(input.len() <= 55 + 30);
    }
}

#[test]
fn encrypted_tags_are_left_out_or_kept() {
    let (tags, mut file, starts) = ten();
    file[starts[2]] |= 0x20;
    let (read_tags, diagnostics) = tolerant(&file);
    assert_eq!(read_tags, [&tags[..2], &tags[3..]].concat());
    assert_eq!(diagnostics.encrypted_tags, 1);
    assert!(strict(&file).is_some());
    let config = ReaderConfig::default().keeping_encrypted();
    assert_eq!(read(config, &file).0, tags);
    let (mut reader, mut input, mut encrypted) =
        (Reader::new(config), BytesMut::from(&file[..]), Vec::new());
    while reader.decode(&mut input).unwrap().is_some() {
        encrypted.push(reader.tag_header().unwrap().is_encrypted);
    }
    assert_eq!(encrypted.iter().position(|is| *is), Some(2));
}

#[test]
fn stream_ids_other_than_zero_are_counted() {
    let (tags, mut file, starts) = ten();
    for start in &starts[..10] {
        file[start + 10] = 1;
    }
    let (read, diagnostics) = tolerant(&file);
    assert_eq!((read, diagnostics.nonzero_stream_ids), (tags, 10));
    assert_eq!(strict(&file).unwrap().offset, 13);
}

#[test]
fn empty_tags_are_tags() {
    let tags = [Tag::new(TagType::Audio, 5, Bytes::new()), video(6, 9)];
    assert_eq!(tolerant(&write(&tags)).0, tags);
}

#[test]
fn a_megabyte_of_candidates_is_searched_in_linear_time() {
    // Every fourth byte looks like a tag of 64 kB that is refuted only behind its end.
    let mut file = Header::new(true, true).to_bytes().to_vec();
    file.extend_from_slice(b"garbage");
    let fake = [8, 0x0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0xaf];
    while file.len() < 4 << 20 {
        file.extend_from_slice(&fake);
    }
    let (tags, diagnostics, error) = read_in_pieces(ReaderConfig::default(), &file, 1000);
    assert_eq!((tags.len(), error), (0, None));
    assert!(diagnostics.skipped_bytes > 3 << 20, "{diagnostics:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damage_reads_the_same_in_pieces(
        damage in prop::collection::vec((13..4000usize, 0..40usize, prop::collection::vec(any::<u8>(), 0..40)), 0..6),
        piece in 1..300usize,
    ) {
        let mut file = PLAIN[..6000].to_vec();
        for (at, len, bytes) in damage {
            file.splice(at..at + len, bytes);
        }
        let at_once = read_in_pieces(ReaderConfig::default(), &file, file.len());
        prop_assert_eq!(read_in_pieces(ReaderConfig::default(), &file, piece), at_once);
    }

    #[test]
    fn what_is_written_is_read(
        bodies in prop::collection::vec((0..3usize, any::<u32>(), prop::collection::vec(any::<u8>(), 0..200), 0..20usize), 0..20),
        piece in 1..100usize,
    ) {
        let tags: Vec<Tag> = bodies.into_iter().map(|(kind, time, body, split)| {
            let body = Bytes::from(body);
            let split = split.min(body.len());
            let tag_type = [TagType::Audio, TagType::Video, TagType::Script][kind];
            Tag::new(tag_type, time, body.slice(split..)).with_header(body.slice(..split))
        }).collect();
        let (read, diagnostics, error) = read_in_pieces(ReaderConfig::default(), &write(&tags), piece);
        prop_assert!(error.is_none() && diagnostics.is_clean());
        prop_assert_eq!(read.len(), tags.len());
        for (read, tag) in read.iter().zip(&tags) {
            prop_assert_eq!((read.tag_type, read.timestamp), (tag.tag_type, tag.timestamp));
            prop_assert_eq!(&read.payload[..], &[&tag.header[..], &tag.payload[..]].concat()[..]);
        }
    }
}
