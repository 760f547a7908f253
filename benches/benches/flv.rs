//! FLV: a file in memory taken apart into tags, beside scuffle-flv; the same from a stream in reads of 16 KiB; and tags
//! written.
//!
//! scuffle-flv also reads the first bytes of each body; `castline_classified` does, `castline` does not.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a bench stops at what it did not expect"
)]

use std::hint::black_box;
use std::io::Cursor;

use bytes::{Bytes, BytesMut};
use castline_rtmp_chunk::flv::{Header, Reader, ReaderConfig, SharedTag, Writer};
use castline_rtmp_chunk::tag::classify;
use castline_rtmp_chunk::{Tag, TagType};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use scuffle_flv::file::FlvFile;

const FIXTURE: &[u8] = include_bytes!("../../rtmp-chunk/tests/data/plain.flv");

fn tags_of(file: &[u8]) -> Vec<Tag> {
    let (mut reader, mut input) = (Reader::new(ReaderConfig::default()), BytesMut::from(file));
    std::iter::from_fn(|| reader.decode(&mut input).unwrap()).collect()
}

/// An hour's worth of tags of the fixture's, its pictures filled up to 10 kB as at 2 Mbit/s: 20 MB.
fn file() -> Bytes {
    let media: Vec<Tag> = { tags_of(FIXTURE).into_iter() }
        .filter(|tag| tag.tag_type != TagType::Script)
        .map(|tag| match tag.tag_type {
            TagType::Video if tag.len() > 60 => {
                let mut body = tag.payload.to_vec();
                body.resize(10_000, 0x5a);
                Tag::new(tag.tag_type, tag.timestamp, body.into())
            }
            TagType::Audio | TagType::Video | TagType::Script => tag,
        })
        .collect();
    let mut writer = Writer::new(Header::new(true, true));
    let mut file = writer.start().to_vec();
    while file.len() < 20_000_000 {
        for tag in &media {
            file.extend(writer.tag(tag).unwrap().iter().flatten());
        }
    }
    file.into()
}

fn demux(criterion: &mut Criterion) {
    let file = file();
    let count = tags_of(&file).len();
    let scuffle = FlvFile::demux(&mut Cursor::new(file.clone())).unwrap();
    assert_eq!(scuffle.tags.len(), count, "both find the same tags");

    let mut group = criterion.benchmark_group("flv_demux");
    group.throughput(Throughput::Bytes(file.len() as u64));
    let buffer = || BytesMut::from(&file[..]);
    group.bench_function("castline", |bencher| {
        bencher.iter_batched_ref(
            buffer,
            |input| read(input, |tag| drop(black_box(tag))),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("castline_classified", |bencher| {
        let each = |tag: Tag| drop(black_box((classify(&tag), tag)));
        bencher.iter_batched_ref(buffer, |input| read(input, each), BatchSize::PerIteration);
    });
    group.bench_function("scuffle_flv", |bencher| {
        let input = || Cursor::new(Bytes::from(file.to_vec()));
        bencher.iter_batched_ref(
            input,
            |input| FlvFile::demux(input).unwrap(),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("castline_reads_of_16_kib", |bencher| {
        bencher.iter(|| {
            let (mut reader, mut input) = (Reader::new(ReaderConfig::default()), BytesMut::new());
            for part in file.chunks(16 << 10) {
                input.extend_from_slice(part);
                while let Some(tag) = reader.decode(&mut input).unwrap() {
                    drop(black_box(tag));
                }
            }
        });
    });
    group.finish();
}

fn read(input: &mut BytesMut, each: impl Fn(Tag)) {
    let mut reader = Reader::new(ReaderConfig::default());
    while let Some(tag) = reader.decode(input).unwrap() {
        each(tag);
    }
}

fn write(criterion: &mut Criterion) {
    let header = Bytes::from_static(&[0x27, 1, 0, 0, 0]);
    let tag = Tag::new(TagType::Video, 40, vec![0x5a; 10_000].into()).with_header(header);
    let mut group = criterion.benchmark_group("flv_write_10_kB");
    group.bench_function("castline_frame_once", |bencher| {
        bencher.iter(|| SharedTag::new(black_box(&tag)).unwrap());
    });
    let shared = SharedTag::new(&tag).unwrap();
    group.bench_function("castline_one_more_viewer", |bencher| {
        bencher.iter(|| black_box(&shared).segments().clone());
    });
    group.finish();
}

criterion_group!(benches, demux, write);
criterion_main!(benches);
