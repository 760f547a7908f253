//! What made RTMP implementations in the field panic, stall or lose the framing, line by line.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod chunk_support;

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::MessageType;
use castline_rtmp_chunk::chunk::{
    ChunkReader, ChunkWriter, ExtTimestamp, Interrupted, MessageHeader, ReaderConfig,
    SharedMessage, TimestampBits,
};
use chunk_support::*;

fn config(ext_timestamp: ExtTimestamp) -> ReaderConfig {
    let mut config = ReaderConfig::default();
    config.ext_timestamp = ext_timestamp;
    config
}

#[test]
fn audio_between_the_halves_of_a_video() {
    let (video, audio) = (body(200, 1), body(90, 2));
    let wire = [
        &type0(6, 1000, (VIDEO, 200), 1)[..],
        &video[..128],
        &type0(4, 1003, (AUDIO, 90), 1),
        &audio,
        &type3(6, None),
        &video[128..],
    ]
    .concat();
    let expected = [
        message(4, AUDIO, (1, 1003), &audio),
        message(6, VIDEO, (1, 1000), &video),
    ];
    assert_eq!(read(&wire), expected);
}

#[test]
fn two_long_messages_chunk_by_chunk_in_turns() {
    let (video, audio) = (body(1000, 1), body(700, 2));
    let mut wire = [type0(6, 40, (VIDEO, 1000), 1), video[..128].to_vec()].concat();
    wire.extend([type0(70, 41, (AUDIO, 700), 1), audio[..128].to_vec()].concat());
    for at in (128..1000).step_by(128) {
        for (id, payload) in [(6, &video), (70, &audio)] {
            if at < payload.len() {
                wire.extend(type3(id, None));
                wire.extend(&payload[at..payload.len().min(at + 128)]);
            }
        }
    }
    let expected = [
        message(70, AUDIO, (1, 41), &audio),
        message(6, VIDEO, (1, 40), &video),
    ];
    assert_eq!(read(&wire), expected);
}

/// librtmp's ping, as SRS quotes it: type 1 as the first header of chunk stream 2.
const LIBRTMP_PING: [u8; 14] = [0x42, 0, 0, 0, 0, 0, 6, 4, 0, 6, 0, 0, 0x0D, 0x0F];

#[test]
fn fresh_chunk_stream_with_type_1() {
    let expected = [message(2, 4, (0, 0), &[0, 6, 0, 0, 0x0D, 0x0F])];
    assert_eq!(read(&LIBRTMP_PING), expected);
    let mut strict = ReaderConfig::default();
    strict.accept_fresh_type_1 = false;
    assert_eq!(read_error(strict, &LIBRTMP_PING).offset, 0);
}

#[test]
fn fresh_chunk_stream_with_type_2_or_3_is_an_error() {
    for wire in [type2(5, 0), type3(5, None)] {
        let wire = [control(3, &[0; 4]), wire].concat();
        let error = read_error(ReaderConfig::default(), &wire);
        assert_eq!(error.offset, 16, "{error}");
    }
}

/// A message of three chunks at `timestamp`, whose type 3 chunks have `extended`; then a short one.
fn extended(timestamp: u32, extended: Option<u32>) -> (Vec<u8>, [castline_rtmp_chunk::Message; 2]) {
    let (long, short) = (body(300, 3), body(10, 4));
    let wire = [
        &type0(6, timestamp, (VIDEO, 300), 1)[..],
        &long[..128],
        &type3(6, extended),
        &long[128..256],
        &type3(6, extended),
        &long[256..],
        &type1(6, 40, (VIDEO, 10)),
        &short,
    ]
    .concat();
    let expected = [
        message(6, VIDEO, (1, timestamp), &long),
        message(6, VIDEO, (1, timestamp.wrapping_add(40)), &short),
    ];
    (wire, expected)
}

#[test]
fn extended_timestamp_repeated_in_type_3() {
    for timestamp in [0xFF_FFFF, 0x0100_0000, 0x8000_0001, u32::MAX] {
        let (wire, expected) = extended(timestamp, Some(timestamp));
        assert_eq!(read(&wire), expected);
        assert_eq!(read_with(config(ExtTimestamp::Always), &wire).0, expected);
    }
}

#[test]
fn extended_timestamp_omitted_in_type_3() {
    for timestamp in [0xFF_FFFF, 0x0100_0000, 0x8000_0001, u32::MAX] {
        let (wire, expected) = extended(timestamp, None);
        assert_eq!(read(&wire), expected);
        assert_eq!(read_with(config(ExtTimestamp::Never), &wire).0, expected);
    }
}

#[test]
fn extended_timestamp_of_32_bits_repeated_in_31() {
    let (wire, expected) = extended(0x9000_0000, Some(0x1000_0000));
    assert_eq!(read(&wire), expected);
}

#[test]
fn extended_delta_and_the_time_repeated_in_its_place() {
    let (first, second) = (body(4, 1), body(200, 2));
    let (delta, time) = (0x0100_0000, 0x0100_0064);
    for repeated in [Some(delta), Some(time), None] {
        let wire = [
            &type0(6, 100, (VIDEO, 4), 1)[..],
            &first,
            &type1(6, delta, (VIDEO, 200)),
            &second[..128],
            &type3(6, repeated),
            &second[128..],
        ]
        .concat();
        let expected = [
            message(6, VIDEO, (1, 100), &first),
            message(6, VIDEO, (1, time), &second),
        ];
        assert_eq!(read(&wire), expected, "{repeated:?}");
    }
}

#[test]
fn extended_timestamp_omitted_and_less_than_four_bytes_left() {
    let long = body(130, 3);
    let wire = [
        &type0(6, 0x0100_0000, (VIDEO, 130), 1)[..],
        &long[..128],
        &type3(6, None),
        &long[128..],
    ]
    .concat();
    assert_eq!(
        read(&wire),
        [message(6, VIDEO, (1, 0x0100_0000), &long)],
        "without waiting"
    );
}

/// Found by a property: the last byte of all is like the first of the extended timestamp that is not there.
#[test]
fn extended_timestamp_omitted_and_the_last_byte_like_its_first() {
    let mut long = body(129 + 128, 3);
    long[256] = 0x73;
    let wire = [
        &type0(6, 0xF300_0000, (VIDEO, 257), 1)[..],
        &long[..128],
        &type3(6, None),
        &long[128..256],
        &type3(6, None),
        &long[256..],
    ]
    .concat();
    assert_ne!(long[128] & 0x7F, 0x73, "this one tells");
    assert_eq!(
        read(&wire),
        [message(6, VIDEO, (1, 0xF300_0000), &long)],
        "without waiting"
    );
}

#[test]
fn extended_timestamp_in_a_type_3_that_begins_a_message() {
    let delta = 0x0100_0000;
    for repeats in [true, false] {
        let extended = repeats.then_some(delta);
        let (first, long) = (body(4, 1), body(200, 2));
        let mut wire = [&type0(6, 100, (VIDEO, 4), 1)[..], &first].concat();
        wire.extend(type1(6, delta, (VIDEO, 200)));
        let mut expected = vec![message(6, VIDEO, (1, 100), &first)];
        for n in 1..=3 {
            if n > 1 {
                wire.extend(type3(6, extended));
            }
            wire.extend(&long[..128]);
            wire.extend(type3(6, extended));
            wire.extend(&long[128..]);
            expected.push(message(6, VIDEO, (1, 100 + n * delta), &long));
        }
        assert_eq!(read(&wire), expected, "repeats: {repeats}");
    }
}

#[test]
fn extended_timestamp_field_with_value_5_then_type_2() {
    let payload = body(20, 1);
    let mut wire = basic(0, 6);
    wire.extend([0xFF, 0xFF, 0xFF, 0, 0, 20, VIDEO, 1, 0, 0, 0, 0, 0, 0, 5]);
    wire.extend(&payload);
    wire.extend(type2(6, 40));
    wire.extend(&payload);
    let expected = [5, 45].map(|timestamp| message(6, VIDEO, (1, timestamp), &payload));
    assert_eq!(read(&wire), expected);
}

fn restarted(header: Vec<u8>, len: usize) -> Vec<u8> {
    let (long, short) = (body(300, 1), body(len, 2));
    [
        &type0(6, 1000, (VIDEO, 300), 1)[..],
        &long[..128],
        &header,
        &short,
    ]
    .concat()
}

#[test]
fn type_0_restart_in_mid_message() {
    let wire = restarted(type0(6, 2000, (VIDEO, 100), 1), 100);
    assert_eq!(read(&wire), [message(6, VIDEO, (1, 2000), &body(100, 2))]);
    let mut reader = ChunkReader::new(ReaderConfig::default());
    assert!(reader.decode(&mut wire[..].into()).unwrap().is_some());
    assert_eq!(
        (reader.discarded_messages(), reader.bytes_in_flight()),
        (1, 0)
    );
    let mut strict = ReaderConfig::default();
    strict.interrupted = Interrupted::Reject;
    assert_eq!(read_error(strict, &wire).offset, 140);
}

#[test]
fn type_1_shorter_restart_in_mid_message() {
    let wire = restarted(type1(6, 40, (VIDEO, 20)), 20);
    assert_eq!(read(&wire), [message(6, VIDEO, (1, 1040), &body(20, 2))]);
}

#[test]
fn type_2_restart_in_mid_message() {
    let mut wire = restarted(type2(6, 40), 300);
    for (at, position) in [(128, 140 + 4 + 128), (256, 140 + 4 + 128 + 1 + 128)] {
        assert!(at < 300);
        wire.insert(position, 0xC6);
    }
    assert_eq!(read(&wire), [message(6, VIDEO, (1, 1040), &body(300, 2))]);
}

#[test]
fn abort_then_a_new_message_on_that_chunk_stream() {
    let (lost, next) = (body(300, 1), body(20, 2));
    for header in [type0(6, 2000, (VIDEO, 20), 1), type1(6, 1000, (VIDEO, 20))] {
        let wire = [
            &type0(6, 1000, (VIDEO, 300), 1)[..],
            &lost[..128],
            &control(2, &[0, 0, 0, 6]),
            &header,
            &next,
        ]
        .concat();
        let expected = [
            message(2, 2, (0, 0), &[0, 0, 0, 6]),
            message(6, VIDEO, (1, 2000), &next),
        ];
        assert_eq!(read(&wire), expected);
    }
}

#[test]
fn abort_then_the_same_header_again_by_type_3() {
    let payload = body(200, 1);
    let wire = [
        &type0(6, 1000, (VIDEO, 200), 1)[..],
        &payload[..128],
        &control(2, &[0, 0, 0, 6]),
        &type3(6, None),
        &payload[..128],
        &type3(6, None),
        &payload[128..],
    ]
    .concat();
    let messages = read(&wire);
    assert_eq!(
        messages[1],
        message(6, VIDEO, (1, 2000), &payload),
        "§5.3.1.2.4"
    );
    let mut config = ReaderConfig::default();
    config.type_0_sets_delta = false;
    let (messages, _) = read_with(config, &wire);
    assert_eq!(messages[1], message(6, VIDEO, (1, 1000), &payload));
}

#[test]
fn abort_of_nothing() {
    let wire = [
        control(2, &[0, 0, 0, 9]),
        control(2, &[0xFF; 4]),
        control(3, &[0; 4]),
    ]
    .concat();
    assert_eq!(read(&wire).len(), 3);
}

#[test]
fn timestamp_wraps_by_type_2() {
    let payload = body(20, 1);
    let wire = [
        &type0(6, u32::MAX - 9, (VIDEO, 20), 1)[..],
        &payload,
        &type2(6, 40),
        &payload,
        &type3(6, None),
        &payload,
    ]
    .concat();
    let expected = [u32::MAX - 9, 30, 70].map(|time| message(6, VIDEO, (1, time), &payload));
    assert_eq!(read(&wire), expected);
    let mut narrow = ReaderConfig::default();
    narrow.timestamp_bits = TimestampBits::ThirtyOne;
    let expected = [0x7FFF_FFF6, 30, 70].map(|time| message(6, VIDEO, (1, time), &payload));
    assert_eq!(read_with(narrow, &wire).0, expected);
}

#[test]
fn type_3_repeats_the_delta_of_type_1_and_2() {
    let payload = body(8, 1);
    let wire = [
        &type0(6, 1000, (AUDIO, 8), 1)[..],
        &payload,
        &type1(6, 23, (AUDIO, 8)),
        &payload,
        &type3(6, None),
        &payload,
        &type2(6, 5),
        &payload,
        &type3(6, None),
        &payload,
    ]
    .concat();
    let times: Vec<u32> = read(&wire)
        .iter()
        .map(|message| message.timestamp)
        .collect();
    assert_eq!(times, [1000, 1023, 1046, 1051, 1056]);
}

#[test]
fn aggregate_is_a_message_like_others() {
    let payload = body(150, 1);
    let wire = [
        &type0(6, 7, (22, 150), 1)[..],
        &payload[..128],
        &type3(6, None),
        &payload[128..],
    ]
    .concat();
    assert_eq!(read(&wire), [message(6, 22, (1, 7), &payload)]);
}

#[test]
fn zero_length_message() {
    let wire = [type0(6, 7, (AUDIO, 0), 1), type3(6, None), type2(6, 3)].concat();
    let expected = [7, 14, 17].map(|time| message(6, AUDIO, (1, time), &[]));
    assert_eq!(read(&wire), expected);
}

#[test]
fn chunk_stream_ids_of_1_2_and_3_bytes() {
    let payload = body(300, 1);
    let ids = [2, 3, 63, 64, 319, 320, 1000, 65_599];
    let mut wire = Vec::new();
    for (at, end) in [(0, 128), (128, 256), (256, 300)] {
        for id in ids {
            match at {
                0 => wire.extend(type0(id, id, (VIDEO, 300), 1)),
                _ => wire.extend(type3(id, None)),
            }
            wire.extend(&payload[at..end]);
        }
    }
    let expected = ids.map(|id| message(id, VIDEO, (1, id), &payload));
    assert_eq!(read(&wire), expected);
}

#[test]
fn a_small_id_in_a_longer_form_is_the_same_chunk_stream() {
    let payload = body(200, 1);
    let mut wire = type0(100, 5, (VIDEO, 200), 1);
    wire.extend(&payload[..128]);
    wire.extend([0xC1, 36, 0]);
    wire.extend(&payload[128..]);
    assert_eq!(read(&wire), [message(100, VIDEO, (1, 5), &payload)]);
}

/// One message of `len` bytes on chunk stream 6, by hand.
fn cut(len: usize, chunk_size: usize) -> (Vec<u8>, Vec<u8>) {
    let payload = body(len, 5);
    let mut wire = type0(6, 1, (VIDEO, len as u32), 1);
    for (n, chunk) in payload.chunks(chunk_size).enumerate() {
        if n > 0 {
            wire.push(0xC6);
        }
        wire.extend(chunk);
    }
    (wire, payload)
}

fn set_chunk_size(size: u32) -> Vec<u8> {
    control(1, &size.to_be_bytes())
}

#[test]
fn one_megabyte_in_chunks_of_128_bytes() {
    let (wire, payload) = cut(1 << 20, 128);
    for pieces in [&[][..], &[1460], &[1]] {
        let (messages, error) = read_pieces(ReaderConfig::default(), &wire, pieces);
        assert_eq!((messages.len(), error), (1, None));
        assert!(messages[0].payload == payload);
    }
}

#[test]
fn sixteen_megabytes_in_chunks_of_1_byte() {
    let (chunks, payload) = cut(0xFF_FFFF, 1);
    let wire = [set_chunk_size(1), chunks].concat();
    let (messages, error) = read_pieces(ReaderConfig::default(), &wire, &[1460]);
    assert_eq!((messages.len(), error), (2, None));
    assert!(messages[1].payload == payload);
}

/// Time is linear in the bytes: sixteen times the message takes about sixteen times as long. The best of several runs
/// and a wide margin (quadratic would be 256) keep a busy machine from failing this.
#[test]
fn decoding_is_linear_at_chunk_size_1() {
    let run = |len: usize| {
        let (chunks, _) = cut(len, 1);
        let wire = [set_chunk_size(1), chunks].concat();
        let once = || {
            #[allow(clippy::disallowed_methods, reason = "it is about time")]
            let start = std::time::Instant::now();
            assert_eq!(read_pieces(ReaderConfig::default(), &wire, &[]).0.len(), 2);
            start.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    let (small, large) = (run(1 << 16), run(1 << 20));
    assert!(
        large < small * 64,
        "{small:?} for 64 KiB, {large:?} for 1 MiB"
    );
}

#[test]
fn chunk_sizes_from_1_to_31_bits_are_taken_and_capped() {
    for (sent, in_force) in [
        (1, 1),
        (127, 127),
        (0xFF_FFFF, 0xFF_FFFF),
        (0x100_0000, 0xFF_FFFF),
        (0x7FFF_FFFF, 0xFF_FFFF),
        (0x8000_0080, 128),
    ] {
        let mut reader = ChunkReader::new(ReaderConfig::default());
        let (chunks, _) = cut(1000, in_force as usize);
        let mut input: BytesMut = [set_chunk_size(sent), chunks].concat()[..].into();
        assert_eq!(
            reader.decode(&mut input).unwrap().unwrap().message_type,
            MessageType(1)
        );
        assert_eq!(reader.chunk_size(), in_force);
        let message = reader.decode(&mut input).unwrap().unwrap();
        assert_eq!(message.payload.len(), 1000);
    }
}

#[test]
fn chunk_size_0_is_an_error() {
    for sent in [0, 0x8000_0000] {
        let wire = [control(3, &[0; 4]), set_chunk_size(sent)].concat();
        let error = read_error(ReaderConfig::default(), &wire);
        assert_eq!(error.offset, 28, "{error}");
    }
}

#[test]
fn chunk_size_changes_between_the_chunks_of_a_message() {
    let payload = body(600, 1);
    let wire = [
        &type0(6, 1, (VIDEO, 600), 1)[..],
        &payload[..128],
        &set_chunk_size(300),
        &type3(6, None),
        &payload[128..428],
        &set_chunk_size(100),
        &type3(6, None),
        &payload[428..528],
        &type3(6, None),
        &payload[528..],
    ]
    .concat();
    let messages = read(&wire);
    assert_eq!(messages.len(), 3);
    assert_eq!(messages[2], message(6, VIDEO, (1, 1), &payload));
}

#[test]
fn one_chunk_is_a_slice_of_the_input() {
    let (wire, payload) = cut(5000, 5000);
    let wire = [set_chunk_size(5000), wire].concat();
    let mut input: BytesMut = wire[..].into();
    let start = input[wire.len() - 5000..].as_ptr();
    let mut reader = ChunkReader::new(ReaderConfig::default());
    reader.decode(&mut input).unwrap();
    let message = reader.decode(&mut input).unwrap().unwrap();
    assert_eq!(
        (message.payload.as_ptr(), &message.payload[..]),
        (start, &payload[..])
    );
}

/// OBS sends all of a stream on one chunk stream: types change at every message.
#[test]
fn audio_and_video_in_turns_on_one_chunk_stream() {
    let mut wire = type0(4, 0, (VIDEO, 50), 1);
    wire.extend(body(50, 0));
    let mut expected = vec![message(4, VIDEO, (1, 0), &body(50, 0))];
    for n in 1..20_u8 {
        let kind = if n % 2 == 0 { VIDEO } else { AUDIO };
        let len = 10 + u32::from(n) * 3;
        let payload = body(len as usize, n);
        wire.extend(type1(4, 10, (kind, len)));
        wire.extend(&payload);
        expected.push(message(4, kind, (1, u32::from(n) * 10), &payload));
    }
    assert_eq!(read(&wire), expected);
}

/// What we write must be what old receivers read too: nothing that they disagree about.
#[test]
fn our_extended_timestamps_are_absolute_and_repeated() {
    let payload = Bytes::from(body(300, 1));
    let header = |timestamp| MessageHeader::new(320, MessageType::VIDEO, 1, timestamp);
    let mut writer = ChunkWriter::new();
    let mut out = Vec::new();
    writer
        .write(&header(3), std::slice::from_ref(&payload), &mut out)
        .unwrap();
    out.clear();
    let late = 3 + 0xFF_FFFF;
    writer
        .write(&header(late), std::slice::from_ref(&payload), &mut out)
        .unwrap();
    let expected = [
        &type0(320, late, (VIDEO, 300), 1)[..],
        &payload[..128],
        &type3(320, Some(late)),
        &payload[128..256],
        &type3(320, Some(late)),
        &payload[256..],
    ]
    .concat();
    assert_eq!(out.concat(), expected);
    let shared = SharedMessage::new(&header(late), &[payload], 128).unwrap();
    assert_eq!(shared.segments().concat(), expected);
}
