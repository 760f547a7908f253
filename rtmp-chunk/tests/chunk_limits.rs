//! Every limit of the chunk reader, and what memory it takes below them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod chunk_support;

use bytes::BytesMut;
use castline_rtmp_chunk::ParseErrorKind;
use castline_rtmp_chunk::chunk::{ChunkReader, Limits, ReaderConfig};
use chunk_support::*;

fn limited(change: impl FnOnce(&mut Limits)) -> ReaderConfig {
    let mut config = ReaderConfig::default();
    change(&mut config.limits);
    config
}

fn limit(what: &'static str, limit: u64) -> ParseErrorKind {
    ParseErrorKind::Limit { what, limit }
}

#[test]
fn a_message_longer_than_the_limit_is_refused_by_its_header() {
    let config = limited(|limits| limits.max_message_bytes = 1000);
    let fits = [type0(4, 0, (AUDIO, 128), 1), body(128, 1)].concat();
    let declared = [fits.clone(), type0(6, 0, (VIDEO, 1001), 1)].concat();
    let error = read_error(config, &declared);
    assert_eq!(
        (error.offset, error.kind),
        (140, limit("message bytes", 1000))
    );
    let by_delta = [fits, type1(4, 0, (VIDEO, 1001))].concat();
    assert_eq!(
        read_error(config, &by_delta).kind,
        limit("message bytes", 1000)
    );
}

#[test]
fn a_tighter_limit_holds_for_the_next_message_of_the_same_length() {
    let payload = body(100, 1);
    let mut reader = ChunkReader::new(ReaderConfig::default());
    let one = [type0(4, 0, (AUDIO, 100), 1), payload.clone()].concat();
    assert!(reader.decode(&mut one[..].into()).unwrap().is_some());
    let mut tight = Limits::default();
    tight.max_message_bytes = 99;
    reader.set_limits(tight);
    let again = [type3(4, None), payload].concat();
    let error = reader.decode(&mut again[..].into()).unwrap_err();
    assert_eq!(
        (error.offset, error.kind),
        (112, limit("message bytes", 99))
    );
}

#[test]
fn one_chunk_stream_too_many() {
    let config = limited(|limits| limits.max_chunk_streams = 3);
    let mut wire = Vec::new();
    for id in [2, 70, 65_599, 2, 70] {
        wire.extend(type0(id, 0, (AUDIO, 0), 1));
    }
    let (messages, error) = read_with(config, &wire);
    assert_eq!((messages.len(), error), (5, None));
    let start = wire.len() as u64;
    wire.extend(type0(5, 0, (AUDIO, 0), 1));
    let error = read_error(config, &wire);
    assert_eq!(
        (error.offset, error.kind),
        (start, limit("chunk streams", 3))
    );
}

#[test]
fn bytes_in_flight_are_bounded_over_all_chunk_streams() {
    let config = limited(|limits| limits.max_bytes_in_flight = 1000);
    let mut wire = Vec::new();
    for id in 3..11 {
        wire.extend(type0(id, 0, (VIDEO, 0xFF_FFFF), 1));
        wire.extend(body(128, 1));
    }
    let error = read_error(config, &wire);
    assert_eq!(error.kind, limit("bytes in flight", 1000));
    assert_eq!(
        error.offset,
        8 * 12 + 1000,
        "where the 1001st such byte stands"
    );
}

/// Found by fuzzing: a message in one chunk passed when all of it was there, and was refused in pieces.
#[test]
fn a_limit_does_not_depend_on_how_the_bytes_arrive() {
    let mut config = limited(|limits| limits.max_bytes_in_flight = 64);
    config.whole_chunk_bytes = 10;
    let wire = [type0(6, 5000, (VIDEO, 72), 1), body(72, 1)].concat();
    let error = read_error(config, &wire);
    assert_eq!(
        (error.offset, error.kind),
        (12 + 64, limit("bytes in flight", 64))
    );
    config.whole_chunk_bytes = 72;
    assert_eq!(
        read_with(config, &wire).0.len(),
        1,
        "what is waited for is not in flight"
    );
}

#[test]
fn complete_aborted_and_replaced_messages_are_in_flight_no_more() {
    let config = limited(|limits| limits.max_bytes_in_flight = 300);
    let mut reader = ChunkReader::new(config);
    let half = [type0(6, 0, (VIDEO, 256), 1), body(128, 1)].concat();
    for _ in 0..10 {
        let mut input: BytesMut = half[..].into();
        assert_eq!(reader.decode(&mut input), Ok(None));
        assert_eq!(reader.bytes_in_flight(), 128, "replaced");
    }
    for _ in 0..10 {
        let wire = [control(2, &[0, 0, 0, 6]), half.clone()].concat();
        let mut input: BytesMut = wire[..].into();
        assert!(reader.decode(&mut input).unwrap().is_some());
        assert_eq!(reader.bytes_in_flight(), 0, "aborted");
        assert_eq!(reader.decode(&mut input), Ok(None));
    }
    for _ in 0..10 {
        let rest = [type3(6, None), body(128, 2)].concat();
        assert!(reader.decode(&mut rest[..].into()).unwrap().is_some());
        assert_eq!(reader.bytes_in_flight(), 0, "complete");
        assert_eq!(reader.decode(&mut half[..].into()), Ok(None));
    }
}

#[test]
fn an_input_of_64_kilobytes_and_a_header_is_always_enough() {
    let payload = body(0xFF_FFFF, 1);
    let wire = [
        control(1, &[0x7F, 0xFF, 0xFF, 0xFF]),
        type0(6, u32::MAX, (VIDEO, 0xFF_FFFF), 1),
    ];
    let wire = [wire.concat(), payload.clone()].concat();
    let mut reader = ChunkReader::new(ReaderConfig::default());
    let (mut input, mut rest) = (BytesMut::new(), &wire[..]);
    let mut messages = Vec::new();
    loop {
        let room = (64 * 1024 + 18 - input.len()).min(rest.len());
        let (piece, after) = rest.split_at(room);
        input.extend_from_slice(piece);
        rest = after;
        match reader.decode(&mut input).unwrap() {
            Some(message) => messages.push(message),
            None if rest.is_empty() => break,
            None => assert!(
                input.len() < 64 * 1024 + 18,
                "it took some of a full buffer"
            ),
        }
    }
    assert_eq!(messages.len(), 2);
    assert!(messages[1].payload == payload);
}

#[test]
fn a_declared_message_takes_no_memory_before_it_arrives() {
    let mut wire = control(1, &[0, 0, 0, 1]);
    for id in 3..250 {
        wire.extend(type0(id, 0, (VIDEO, 0xFF_FFFF), 1));
        wire.push(7);
    }
    let mut reader = ChunkReader::new(ReaderConfig::default());
    let mut input: BytesMut = wire[..].into();
    while reader.decode(&mut input).unwrap().is_some() {}
    assert_eq!(reader.bytes_in_flight(), 247);
}

#[test]
fn headers_cut_anywhere_are_incomplete() {
    for header in [
        type0(65_599, u32::MAX, (VIDEO, 10), 7),
        type0(6, 3, (VIDEO, 10), 7),
    ] {
        for cut in 0..header.len() {
            let mut reader = ChunkReader::new(ReaderConfig::default());
            let mut input: BytesMut = header[..cut].into();
            assert_eq!(reader.decode(&mut input), Ok(None));
            assert_eq!(
                (input.len(), reader.received_bytes()),
                (cut, 0),
                "nothing was taken"
            );
        }
    }
}
