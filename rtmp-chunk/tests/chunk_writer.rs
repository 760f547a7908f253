//! The writer's choice of headers, and messages that viewers share.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

mod chunk_support;

use bytes::Bytes;
use castline_rtmp_chunk::MessageType;
use castline_rtmp_chunk::chunk::{
    ChunkWriter, MAX_CHUNK_SIZE, MessageHeader, ReaderConfig, SharedMessage, WriteError,
};
use chunk_support::*;

const fn video(timestamp: u32) -> MessageHeader {
    MessageHeader::new(6, MessageType::VIDEO, 1, timestamp)
}

fn bytes(len: usize) -> [Bytes; 1] {
    [body(len, 9).into()]
}

/// What stands before the payload of one message.
fn head(writer: &mut ChunkWriter, header: &MessageHeader, len: usize) -> Vec<u8> {
    let mut out = Vec::new();
    writer.write(header, &bytes(len), &mut out).unwrap();
    out[0].to_vec()
}

#[test]
fn the_smallest_header_each_time() {
    let mut writer = ChunkWriter::new();
    let mut head = |header, len| head(&mut writer, &header, len);
    assert_eq!(
        head(video(1000), 10),
        type0(6, 1000, (VIDEO, 10), 1),
        "the first"
    );
    assert_eq!(
        head(video(1000), 10),
        type2(6, 0),
        "after type 0, receivers differ on type 3"
    );
    assert_eq!(head(video(1040), 10), type2(6, 40));
    assert_eq!(head(video(1080), 10), type3(6, None));
    assert_eq!(
        head(video(1120), 11),
        type1(6, 40, (VIDEO, 11)),
        "another length"
    );
    assert_eq!(head(video(1160), 11), type3(6, None), "the delta of type 1");
    assert_eq!(
        head(video(1150), 11),
        type0(6, 1150, (VIDEO, 11), 1),
        "backwards"
    );
    let mut audio = video(1170);
    audio.message_type = MessageType::AUDIO;
    assert_eq!(head(audio, 11), type1(6, 20, (AUDIO, 11)), "another type");
    audio.stream_id = 2;
    assert_eq!(
        head(audio, 11),
        type0(6, 1170, (AUDIO, 11), 2),
        "another message stream"
    );
}

#[test]
fn type_3_after_type_0_at_time_0_alone() {
    let mut writer = ChunkWriter::new();
    assert_eq!(
        head(&mut writer, &video(0), 10),
        type0(6, 0, (VIDEO, 10), 1)
    );
    assert_eq!(head(&mut writer, &video(0), 10), type3(6, None));
}

#[test]
fn type_0_where_a_delta_would_be_extended_or_wrap() {
    let mut writer = ChunkWriter::new();
    for (timestamp, expected) in [
        (5, type0(6, 5, (VIDEO, 10), 1)),
        (5 + 0xFF_FFFE, type2(6, 0xFF_FFFE)),
        (5 + 0x1FF_FFFD, type0(6, 5 + 0x1FF_FFFD, (VIDEO, 10), 1)),
        (u32::MAX - 5, type0(6, u32::MAX - 5, (VIDEO, 10), 1)),
        (u32::MAX, type2(6, 5)),
        (4, type0(6, 4, (VIDEO, 10), 1)),
    ] {
        assert_eq!(head(&mut writer, &video(timestamp), 10), expected);
    }
}

#[test]
fn payload_parts_become_slices_across_chunk_boundaries() {
    let parts = [body(5, 1), Vec::new(), body(200, 2), body(100, 3)].map(Bytes::from);
    let mut out = Vec::new();
    ChunkWriter::new()
        .write(&video(7), &parts, &mut out)
        .unwrap();
    let whole = parts.concat();
    let lengths: Vec<usize> = out.iter().map(Bytes::len).collect();
    assert_eq!(lengths, [12, 5, 123, 1, 77, 51, 1, 49]);
    assert_eq!(out[2].as_ptr(), parts[2].as_ptr(), "not copied");
    assert_eq!(out[7].as_ptr(), parts[3][51..].as_ptr(), "not copied");
    assert_eq!(read(&out.concat()), [message(6, VIDEO, (1, 7), &whole)]);
}

#[test]
fn many_small_chunks_are_one_segment() {
    let mut out = Vec::new();
    let mut writer = ChunkWriter::new();
    writer.write(&video(7), &bytes(1 << 20), &mut out).unwrap();
    assert_eq!(out.len(), 1);
    assert_eq!(
        read(&out.concat()),
        [message(6, VIDEO, (1, 7), &body(1 << 20, 9))]
    );
    out.clear();
    writer.set_chunk_size(4096);
    writer.write(&video(8), &bytes(1 << 20), &mut out).unwrap();
    assert_eq!(out.len(), 512, "larger ones stay slices");
}

#[test]
fn announcing_a_chunk_size_says_it_and_then_uses_it() {
    let mut out = Vec::new();
    let mut writer = ChunkWriter::new();
    writer.announce_chunk_size(65_536, &mut out);
    assert_eq!(out.concat(), control(1, &[0, 1, 0, 0]));
    writer.write(&video(1), &bytes(50_000), &mut out).unwrap();
    assert_eq!((out.len(), writer.chunk_size()), (4, 65_536));
    let messages = read(&out.concat());
    assert_eq!(messages[1], message(6, VIDEO, (1, 1), &body(50_000, 9)));
    for (asked, used) in [(0, 1), (u32::MAX, MAX_CHUNK_SIZE)] {
        let (mut writer, mut out) = (ChunkWriter::new(), Vec::new());
        writer.announce_chunk_size(asked, &mut out);
        assert!(out.concat().ends_with(&used.to_be_bytes()));
        assert_eq!(writer.chunk_size(), used);
    }
}

#[test]
fn what_cannot_be_written_is_not() {
    let mut writer = ChunkWriter::new();
    let mut out = Vec::new();
    for id in [0, 1, 65_600] {
        let header = MessageHeader::new(id, MessageType::VIDEO, 1, 0);
        let error = WriteError::ChunkStreamId(id);
        assert_eq!(
            writer.write(&header, &bytes(3), &mut out),
            Err(error.clone())
        );
        assert_eq!(
            SharedMessage::new(&header, &bytes(3), 128).unwrap_err(),
            error
        );
    }
    let half = Bytes::from(vec![0; 0x80_0000]);
    let error = WriteError::PayloadTooLong { len: 0x100_0000 };
    assert_eq!(
        writer.write(&video(0), &[half.clone(), half.clone()], &mut out),
        Err(error.clone())
    );
    assert_eq!(
        SharedMessage::new(&video(0), &[half.clone(), half], 128).unwrap_err(),
        error
    );
    assert!(out.is_empty());
    assert_eq!(
        head(&mut writer, &video(0), 3),
        type0(6, 0, (VIDEO, 3), 1),
        "nothing was noted"
    );
}

#[test]
fn shared_messages_are_the_same_bytes_for_all_and_copied_for_none() {
    let payload = bytes(10_000);
    let shared = SharedMessage::new(&video(0x0200_0000), &payload, 4096).unwrap();
    assert_eq!((shared.chunk_size(), shared.payload_len()), (4096, 10_000));
    let mut first = ChunkWriter::new();
    let mut second = ChunkWriter::new();
    let mut all = Vec::new();
    for writer in [&mut first, &mut second] {
        writer.set_chunk_size(4096);
        let mut out = Vec::new();
        writer.write_shared(&shared, &mut out).unwrap();
        assert_eq!(out.iter().map(Bytes::len).sum::<usize>(), shared.len());
        assert_eq!(out[1].as_ptr(), payload[0].as_ptr());
        assert_eq!(out[5].as_ptr(), payload[0][8192..].as_ptr());
        all.push(out.concat());
    }
    assert_eq!(all[0], all[1]);
    let wire = [control(1, &[0, 0, 16, 0]), all.swap_remove(0)].concat();
    assert_eq!(
        read(&wire)[1],
        message(6, VIDEO, (1, 0x0200_0000), &payload[0])
    );
}

#[test]
fn headers_after_a_shared_message_build_on_it() {
    let mut writer = ChunkWriter::new();
    let mut out = Vec::new();
    writer.write(&video(100), &bytes(10), &mut out).unwrap();
    let shared = SharedMessage::new(&video(140), &bytes(20), 128).unwrap();
    writer.write_shared(&shared, &mut out).unwrap();
    out.clear();
    assert_eq!(head(&mut writer, &video(180), 20), type2(6, 40));
    writer.write_shared(&shared, &mut out).unwrap();
    let shared = SharedMessage::new(&video(140), &bytes(20), 128).unwrap();
    writer.write_shared(&shared, &mut out).unwrap();
    assert_eq!(out.concat().len(), 64, "type 0 each time");
}

#[test]
fn a_shared_message_goes_where_its_chunks_are_right() {
    let mut writer = ChunkWriter::new();
    let mut out = Vec::new();
    let long = SharedMessage::new(&video(0), &bytes(129), 4096).unwrap();
    let error = WriteError::ChunkSize {
        message: 4096,
        connection: 128,
    };
    assert_eq!(writer.write_shared(&long, &mut out), Err(error));
    assert!(out.is_empty());
    let short = SharedMessage::new(&video(0), &bytes(128), 4096).unwrap();
    assert_eq!(
        writer.write_shared(&short, &mut out),
        Ok(()),
        "one chunk at either size"
    );
}

#[test]
fn shared_messages_of_many_chunks_are_one_segment() {
    for (len, segments) in [(8 * 128, 16), (8 * 128 + 1, 1), (0, 1), (128, 2)] {
        let shared = SharedMessage::new(&video(3), &bytes(len), 128).unwrap();
        assert_eq!(shared.segments().len(), segments, "{len}");
        let (messages, _) = read_with(ReaderConfig::default(), &shared.segments().concat());
        assert_eq!(messages, [message(6, VIDEO, (1, 3), &body(len, 9))]);
    }
}

#[test]
fn a_joined_shared_message_has_the_same_bytes() {
    let header = MessageHeader::new(6, MessageType::VIDEO, 1, 0x0100_0000);
    let payload = [Bytes::from_static(&[0x27, 1]), Bytes::from(vec![9; 300])];
    for chunk_size in [1, 100, 128, 4096] {
        let one = SharedMessage::joined(&header, &payload, chunk_size).unwrap();
        let several = SharedMessage::new(&header, &payload, chunk_size).unwrap();
        assert_eq!(one.segments().len(), 1);
        assert_eq!(one.segments()[0][..], several.segments().concat());
        assert_eq!((one.len(), one.chunk_size()), (several.len(), chunk_size));
    }
}
