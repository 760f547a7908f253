//! Aggregate messages, split and built.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod chunk_support;

use bytes::Bytes;
use castline_rtmp_chunk::chunk::{WriteError, aggregate};
use castline_rtmp_chunk::{Message, ParseError, ParseErrorKind};
use chunk_support::*;

/// One message in an aggregate without its back pointer.
fn sub(kind: u8, timestamp: u32, payload: &[u8]) -> Vec<u8> {
    let time = timestamp.to_be_bytes();
    let len = &(payload.len() as u32).to_be_bytes()[1..];
    [&[kind], len, &time[1..], &time[..1], &[9, 9, 9], payload].concat()
}

fn back_pointer(len: usize) -> Vec<u8> {
    (len as u32).to_be_bytes().to_vec()
}

fn split(payload: &[u8]) -> Vec<Result<Message, ParseError>> {
    aggregate::split(&message(6, 22, (1, 5000), payload), 100).collect()
}

fn messages(payload: &[u8]) -> Vec<Message> {
    split(payload).into_iter().map(Result::unwrap).collect()
}

fn expected() -> [Message; 3] {
    [
        message(6, AUDIO, (1, 5000), &body(30, 1)),
        message(6, VIDEO, (1, 5010), &body(300, 2)),
        message(6, AUDIO, (1, 5023), &body(31, 3)),
    ]
}

/// The three with what `pointer` makes of each length behind it.
fn aggregate_with(pointer: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
    let mut all = Vec::new();
    for (timestamp, message) in [100, 110, 123].into_iter().zip(expected()) {
        all.extend(sub(message.message_type.0, timestamp, &message.payload));
        all.extend(pointer(message.payload.len()));
    }
    all
}

#[test]
fn times_are_moved_by_what_the_first_differs() {
    assert_eq!(
        messages(&aggregate_with(|len| back_pointer(len + 11))),
        expected()
    );
}

#[test]
fn times_move_across_the_wrap() {
    let payload = [
        sub(AUDIO, u32::MAX - 9, &[1]),
        back_pointer(12),
        sub(AUDIO, 20, &[2]),
        back_pointer(12),
    ];
    let times: Vec<u32> = messages(&payload.concat())
        .iter()
        .map(|m| m.timestamp)
        .collect();
    assert_eq!(times, [5000, 5030]);
}

#[test]
fn back_pointers_without_the_header_wrong_or_missing() {
    assert_eq!(
        messages(&aggregate_with(back_pointer)),
        expected(),
        "without the header"
    );
    assert_eq!(
        messages(&aggregate_with(|_| vec![0; 4])),
        expected(),
        "zero"
    );
    assert_eq!(
        messages(&aggregate_with(|_| vec![0xFF; 4])),
        expected(),
        "nonsense"
    );
    assert_eq!(
        messages(&aggregate_with(|_| Vec::new())),
        expected(),
        "missing"
    );
    let mut payload = aggregate_with(|len| back_pointer(len + 11));
    for _ in 0..4 {
        payload.pop();
        assert_eq!(messages(&payload), expected(), "the last one cut");
    }
}

#[test]
fn sub_messages_are_slices() {
    let whole = message(6, 22, (1, 0), &aggregate_with(|len| back_pointer(len + 11)));
    let first = aggregate::split(&whole, 1).next().unwrap().unwrap();
    assert_eq!(first.payload.as_ptr(), whole.payload[11..].as_ptr());
}

#[test]
fn an_empty_aggregate_has_no_messages() {
    assert_eq!(split(&[]), []);
}

#[test]
fn cut_messages_are_an_error_after_the_whole_ones() {
    let payload = aggregate_with(|len| back_pointer(len + 11));
    let second = 30 + 15;
    for cut in [second + 5, second + 11, second + 200] {
        let found = split(&payload[..cut]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].as_ref(), Ok(&expected()[0]));
        let error = found[1].as_ref().unwrap_err();
        assert!(
            matches!(error.kind, ParseErrorKind::Truncated { .. }),
            "{error}"
        );
        assert!(error.offset >= second as u64);
    }
}

#[test]
fn an_aggregate_in_an_aggregate_is_an_error() {
    let inner = aggregate_with(|len| back_pointer(len + 11));
    let payload = [sub(AUDIO, 0, &[1]), back_pointer(12), sub(22, 0, &inner)].concat();
    let found = split(&payload);
    assert_eq!(found[1].as_ref().unwrap_err().offset, 16);
    assert_eq!(found.len(), 2);
}

#[test]
fn more_messages_than_allowed_are_an_error() {
    let payload = [sub(AUDIO, 0, &[]), back_pointer(11)].concat().repeat(101);
    let found = split(&payload);
    assert_eq!(found.len(), 101);
    let kind = ParseErrorKind::Limit {
        what: "messages in an aggregate",
        limit: 100,
    };
    let error = found[100].as_ref().unwrap_err();
    assert_eq!((error.offset, &error.kind), (1500, &kind));
    let exactly = &payload[..1500];
    assert!(split(exactly).iter().all(Result::is_ok));
}

#[test]
fn built_ones_are_split_into_the_same() {
    let sent = expected();
    let (header, segments) = aggregate::build(&sent).unwrap();
    assert_eq!(
        (header.message_type.0, header.timestamp, header.stream_id),
        (22, 5000, 1)
    );
    assert_eq!(segments[1].as_ptr(), sent[0].payload.as_ptr(), "not copied");
    let payload = Bytes::from(segments.concat());
    assert_eq!(payload.len(), 361 + 3 * 15);
    assert_eq!(&payload[payload.len() - 4..], back_pointer(31 + 11));
    let built = Message::new(6, header.message_type, payload).at(1, header.timestamp);
    let found: Vec<_> = aggregate::split(&built, 3).map(Result::unwrap).collect();
    assert_eq!(found, sent);
}

#[test]
fn what_does_not_fit_is_not_built() {
    assert_eq!(aggregate::build(&[]), Err(WriteError::Aggregate));
    let nested = [message(6, 22, (1, 0), &[])];
    assert_eq!(aggregate::build(&nested), Err(WriteError::Aggregate));
    let half = message(6, VIDEO, (1, 0), &vec![0; 0x80_0000]);
    assert!(matches!(
        aggregate::build(&[half.clone(), half]),
        Err(WriteError::PayloadTooLong { .. })
    ));
}
