//! A peer's hand, written apart from the crate: chunks as RTMP 1.0 §5.3 draws them.
#![allow(dead_code, reason = "each test uses its part")]

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::chunk::{ChunkReader, ReaderConfig};
use castline_rtmp_chunk::{Message, MessageType, ParseError};

pub(crate) const AUDIO: u8 = 8;
pub(crate) const VIDEO: u8 = 9;

/// The basic header in the shortest form.
pub(crate) fn basic(format: u8, id: u32) -> Vec<u8> {
    let top = format << 6;
    match id {
        2..64 => vec![top | id as u8],
        64..320 => vec![top, (id - 64) as u8],
        _ => vec![top | 1, ((id - 64) & 0xFF) as u8, ((id - 64) >> 8) as u8],
    }
}

fn time(field: u32) -> (Vec<u8>, Vec<u8>) {
    if field < 0xFF_FFFF {
        (field.to_be_bytes()[1..].to_vec(), Vec::new())
    } else {
        (vec![0xFF; 3], field.to_be_bytes().to_vec())
    }
}

pub(crate) fn type0(id: u32, timestamp: u32, (kind, len): (u8, u32), stream: u32) -> Vec<u8> {
    let (field, extended) = time(timestamp);
    let len = &len.to_be_bytes()[1..];
    [
        &basic(0, id),
        &field[..],
        len,
        &[kind],
        &stream.to_le_bytes(),
        &extended,
    ]
    .concat()
}

pub(crate) fn type1(id: u32, delta: u32, (kind, len): (u8, u32)) -> Vec<u8> {
    let (field, extended) = time(delta);
    [
        &basic(1, id),
        &field[..],
        &len.to_be_bytes()[1..],
        &[kind],
        &extended,
    ]
    .concat()
}

pub(crate) fn type2(id: u32, delta: u32) -> Vec<u8> {
    let (field, extended) = time(delta);
    [basic(2, id), field, extended].concat()
}

pub(crate) fn type3(id: u32, extended: Option<u32>) -> Vec<u8> {
    let extended = extended.map_or(Vec::new(), |value| value.to_be_bytes().to_vec());
    [basic(3, id), extended].concat()
}

/// A control message in one chunk on chunk stream 2.
pub(crate) fn control(kind: u8, payload: &[u8]) -> Vec<u8> {
    [
        type0(2, 0, (kind, payload.len() as u32), 0),
        payload.to_vec(),
    ]
    .concat()
}

/// Bytes that differ from place to place.
pub(crate) fn body(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|i| (i * 31 + i / 251) as u8 ^ seed).collect()
}

pub(crate) fn message(
    id: u32,
    kind: u8,
    (stream, timestamp): (u32, u32),
    payload: &[u8],
) -> Message {
    Message::new(id, MessageType(kind), Bytes::copy_from_slice(payload)).at(stream, timestamp)
}

pub(crate) type Outcome = (Vec<Message>, Option<ParseError>);

/// Everything in `wire`, which arrives in pieces of the given lengths, over and over.
pub(crate) fn read_pieces(config: ReaderConfig, wire: &[u8], pieces: &[usize]) -> Outcome {
    let mut reader = ChunkReader::new(config);
    let (mut input, mut messages) = (BytesMut::new(), Vec::new());
    let (mut rest, mut pieces) = (wire, pieces.iter().cycle());
    while !rest.is_empty() {
        let len = pieces
            .next()
            .map_or(rest.len(), |&len| len.clamp(1, rest.len()));
        let (piece, after) = rest.split_at(len);
        input.extend_from_slice(piece);
        rest = after;
        loop {
            match reader.decode(&mut input) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(reader.decode(&mut input), Err(error.clone()), "it stays");
                    return (messages, Some(error));
                }
            }
        }
    }
    assert_eq!(reader.received_bytes(), (wire.len() - input.len()) as u64);
    (messages, None)
}

/// The same at once, byte by byte and in odd pieces; all must agree.
pub(crate) fn read_with(config: ReaderConfig, wire: &[u8]) -> Outcome {
    let whole = read_pieces(config, wire, &[]);
    for pieces in [&[1][..], &[3, 1, 12], &[7], &[129, 2]] {
        assert_eq!(
            read_pieces(config, wire, pieces),
            whole,
            "in pieces of {pieces:?}"
        );
    }
    whole
}

pub(crate) fn read(wire: &[u8]) -> Vec<Message> {
    let (messages, error) = read_with(ReaderConfig::default(), wire);
    assert_eq!(error, None, "after {messages:?}");
    messages
}

pub(crate) fn read_error(config: ReaderConfig, wire: &[u8]) -> ParseError {
    let (messages, error) = read_with(config, wire);
    error.unwrap_or_else(|| panic!("no error but {messages:?}"))
}
