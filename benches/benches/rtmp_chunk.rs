//! RTMP chunks: reading, writing and one more viewer, beside rml_rtmp, shiguredo_rtmp and scuffle-rtmp.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    reason = "a bench stops at what it did not expect"
)]

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::MessageType;
use castline_rtmp_chunk::chunk::{
    ChunkReader, ChunkWriter, MessageHeader, ReaderConfig, SharedMessage,
};
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main,
    measurement::WallTime,
};
use rml_rtmp::chunk_io::{ChunkDeserializer, ChunkSerializer};
use rml_rtmp::messages::MessagePayload;
use rml_rtmp::time::RtmpTimestamp;
use scuffle_rtmp::chunk::Chunk;
use scuffle_rtmp::chunk::reader::ChunkReader as ScuffleReader;
use scuffle_rtmp::chunk::writer::ChunkWriter as ScuffleWriter;
use shiguredo_rtmp::tests as shiguredo;

/// So many messages of a length, in chunks of a size.
#[derive(Clone, Copy)]
struct Load {
    name: &'static str,
    messages: u32,
    len: usize,
    chunk_size: u32,
    /// shiguredo_rtmp takes quadratic time here: minutes.
    is_long: bool,
}

const LOADS: [Load; 3] = [
    Load {
        name: "10_kb_at_4096",
        messages: 100,
        len: 10_000,
        chunk_size: 4096,
        is_long: false,
    },
    Load {
        name: "10_kb_at_65536",
        messages: 100,
        len: 10_000,
        chunk_size: 65_536,
        is_long: false,
    },
    Load {
        name: "1_mb_at_128",
        messages: 4,
        len: 1_000_000,
        chunk_size: 128,
        is_long: true,
    },
];

impl Load {
    /// Full headers each time, as all can read them.
    fn wire(&self) -> Vec<u8> {
        let payload = [Bytes::from(vec![0x17; self.len])];
        let messages = (0..self.messages).flat_map(|n| {
            let shared = SharedMessage::new(&header(n * 40), &payload, self.chunk_size).unwrap();
            shared.segments().concat()
        });
        messages.collect()
    }

    fn bytes(&self) -> u64 {
        u64::from(self.messages) * self.len as u64
    }
}

const fn header(timestamp: u32) -> MessageHeader {
    MessageHeader::new(6, MessageType::VIDEO, 1, timestamp)
}

fn castline_read(load: Load, input: &mut BytesMut) -> usize {
    let mut config = ReaderConfig::default();
    config.chunk_size = load.chunk_size;
    let mut reader = ChunkReader::new(config);
    let mut bytes = 0;
    while let Some(message) = reader.decode(input).unwrap() {
        bytes += black_box(message).payload.len();
    }
    bytes
}

fn rml_read(load: Load, wire: &[u8]) -> usize {
    let mut reader = ChunkDeserializer::new();
    reader.set_max_chunk_size(load.chunk_size as usize).unwrap();
    let (mut bytes, mut input) = (0, wire);
    while let Some(message) = reader.get_next_message(input).unwrap() {
        bytes += black_box(message).data.len();
        input = &[];
    }
    bytes
}

fn shiguredo_read(load: Load, mut wire: &[u8]) -> usize {
    let mut reader = shiguredo::RtmpChunkDecoder::default();
    reader.set_chunk_size(shiguredo::RtmpChunkSize::saturating_new(
        load.chunk_size as usize,
    ));
    let mut bytes = 0;
    while !wire.is_empty() {
        let (read, message) = reader.decode(wire).unwrap();
        bytes += message.map_or(0, |message| black_box(message).payload.len());
        wire = wire.split_at(read).1;
    }
    bytes
}

fn scuffle_read(load: Load, input: &mut BytesMut) -> usize {
    let mut reader = ScuffleReader::default();
    assert!(reader.update_max_chunk_size(load.chunk_size as usize));
    let mut bytes = 0;
    while let Some(message) = reader.read_chunk(input).unwrap() {
        bytes += black_box(message).payload.len();
    }
    bytes
}

/// Each is given the bytes where a socket read left them: those that read from a `BytesMut` in one, the others in a
/// slice.
fn read(criterion: &mut Criterion) {
    for load in LOADS {
        let wire = load.wire();
        let input = || BytesMut::from(wire.as_slice());
        let expected = load.bytes() as usize;
        let mut group = criterion.benchmark_group(format!("rtmp_chunk_read/{}", load.name));
        group.throughput(Throughput::Bytes(wire.len() as u64));
        assert_eq!(castline_read(load, &mut input()), expected);
        group.bench_function("castline", |bencher| {
            let read = |input: &mut BytesMut| castline_read(load, input);
            bencher.iter_batched_ref(input, read, BatchSize::LargeInput);
        });
        group.bench_function("castline_copied_in", |bencher| {
            bencher.iter(|| castline_read(load, &mut BytesMut::from(black_box(&wire[..]))));
        });
        assert_eq!(rml_read(load, &wire), expected);
        group.bench_function("rml_rtmp", |bencher| {
            bencher.iter(|| rml_read(load, black_box(&wire)));
        });
        assert_eq!(scuffle_read(load, &mut input()), expected);
        group.bench_function("scuffle_rtmp", |bencher| {
            let read = |input: &mut BytesMut| scuffle_read(load, input);
            bencher.iter_batched_ref(input, read, BatchSize::LargeInput);
        });
        if !load.is_long {
            assert_eq!(shiguredo_read(load, &wire), expected);
            group.bench_function("shiguredo_rtmp", |bencher| {
                bencher.iter(|| shiguredo_read(load, black_box(&wire)));
            });
        }
        group.finish();
    }
}

fn castline_writer(load: Load) -> ChunkWriter {
    let mut writer = ChunkWriter::new();
    writer.set_chunk_size(load.chunk_size);
    writer
}

/// One message more, 40 ms after the last: segments, or with the bytes of all of it in one buffer, as the others
/// write it.
fn write(criterion: &mut Criterion) {
    for load in LOADS {
        let payload = [Bytes::from(vec![0x17; load.len])];
        let mut group = criterion.benchmark_group(format!("rtmp_chunk_write/{}", load.name));
        group.throughput(Throughput::Bytes(load.len as u64));
        group.bench_function("castline", |bencher| {
            let (mut writer, mut timestamp) = (castline_writer(load), 0);
            let mut out = Vec::with_capacity(64);
            bencher.iter(|| {
                out.clear();
                timestamp += 40;
                writer
                    .write(&header(timestamp), black_box(&payload), &mut out)
                    .unwrap();
                out.len()
            });
        });
        group.bench_function("rml_rtmp", |bencher| {
            let (mut writer, mut timestamp) = (ChunkSerializer::new(), 0);
            let zero = RtmpTimestamp::new(0);
            writer.set_max_chunk_size(load.chunk_size, zero).unwrap();
            bencher.iter(|| {
                timestamp += 40;
                let message = MessagePayload {
                    timestamp: RtmpTimestamp::new(timestamp),
                    type_id: 9,
                    message_stream_id: 1,
                    data: black_box(payload[0].clone()),
                };
                writer.serialize(&message, false, true).unwrap().bytes.len()
            });
        });
        group.bench_function("scuffle_rtmp", |bencher| {
            let (mut writer, mut timestamp) = (ScuffleWriter::default(), 0);
            writer.set_chunk_size(load.chunk_size as usize);
            bencher.iter(|| {
                timestamp += 40;
                let mut out = Vec::new();
                let message = Chunk::new(6, timestamp, 9.into(), 1, black_box(payload[0].clone()));
                writer.write_chunk(&mut out, message).unwrap();
                out.len()
            });
        });
        shiguredo_write(&mut group, load, &payload[0]);
        group.finish();
    }
}

fn shiguredo_write(group: &mut BenchmarkGroup<'_, WallTime>, load: Load, payload: &Bytes) {
    group.bench_function("shiguredo_rtmp", |bencher| {
        let mut writer = shiguredo::RtmpChunkEncoder::default();
        let size = load.chunk_size as usize;
        writer.set_chunk_size(shiguredo::RtmpChunkSize::saturating_new(size));
        let mut message = shiguredo::RtmpChunk {
            chunk_stream_id: shiguredo::RtmpChunkStreamId::new(6).unwrap(),
            message_stream_id: shiguredo::RtmpMessageStreamId::new(1),
            message_type: shiguredo::RtmpMessageType::from_type_id(9).unwrap(),
            timestamp: shiguredo::RtmpTimestamp::ZERO,
            payload: payload.to_vec(),
        };
        let mut timestamp = 0;
        bencher.iter(|| {
            timestamp += 40;
            message.timestamp = shiguredo::RtmpTimestamp::from_millis(timestamp);
            let mut out = Vec::new();
            writer.encode(&mut out, black_box(&message));
            out.len()
        });
    });
}

/// A message that is chunked already, to one more viewer: no byte of it is copied.
fn share(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rtmp_chunk_one_more_viewer");
    for chunk_size in [4096, 65_536] {
        let payload = [Bytes::from(vec![0x17; 10_000])];
        let shared = SharedMessage::new(&header(40), &payload, chunk_size).unwrap();
        let mut writer = ChunkWriter::new();
        writer.set_chunk_size(chunk_size);
        group.bench_function(format!("10_kb_at_{chunk_size}"), |bencher| {
            let mut out = Vec::with_capacity(16);
            bencher.iter(|| {
                out.clear();
                writer.write_shared(black_box(&shared), &mut out).unwrap();
                out.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, read, write, share);
criterion_main!(benches);
