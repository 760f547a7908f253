//! AMF0 of a typical `connect` command and of metadata: reading and writing, beside rml_amf0, scuffle-amf0 and amf.
#![allow(missing_docs, clippy::unwrap_used, reason = "benches")]

use std::hint::black_box;

use castline_rtmp_chunk::amf::{
    Limits,
    amf0::{self, BorrowedDecoder, EcmaArray, Object, Value},
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// What a publisher with the usual capabilities begins with: 3 values, 11 members.
fn connect() -> Vec<u8> {
    let object = Object::new()
        .with("app", "live")
        .with("type", "nonprivate")
        .with("flashVer", "FMLE/3.0 (compatible; Lavf60.16.100)")
        .with("swfUrl", "rtmp://media.example.org:1935/live")
        .with("tcUrl", "rtmp://media.example.org:1935/live")
        .with("fpad", false)
        .with("capabilities", 15)
        .with("audioCodecs", 4071)
        .with("videoCodecs", 252)
        .with("videoFunction", 1)
        .with("objectEncoding", 0);
    amf0::to_vec(&["connect".into(), 1.into(), object.into()])
}

/// What it says of its stream: 2 values, 12 entries.
fn metadata() -> Vec<u8> {
    let entries = Object::new()
        .with("duration", 0)
        .with("fileSize", 0)
        .with("width", 1920)
        .with("height", 1080)
        .with("videocodecid", 7)
        .with("videodatarate", 6000)
        .with("framerate", 60)
        .with("audiocodecid", 10)
        .with("audiodatarate", 160)
        .with("audiosamplerate", 48000)
        .with("stereo", true)
        .with("encoder", "obs-output module (libobs version 30.0.0)");
    amf0::to_vec(&["onMetaData".into(), EcmaArray::from(entries).into()])
}

fn decode(criterion: &mut Criterion) {
    for (name, bytes) in [("connect", connect()), ("metadata", metadata())] {
        let bytes = bytes.as_slice();
        let mut group = criterion.benchmark_group(format!("amf0 decode, {name}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function("castline owned", |bencher| {
            bencher.iter(|| Value::parse_all(black_box(bytes), &Limits::DEFAULT).unwrap());
        });
        group.bench_function("castline borrowed", |bencher| {
            bencher.iter(|| {
                let mut decoder = BorrowedDecoder::new(black_box(bytes), &Limits::DEFAULT);
                while let Some(value) = decoder.next_value().unwrap() {
                    for member in value.as_object().into_iter().flatten() {
                        black_box(member);
                    }
                    black_box(value);
                }
            });
        });
        group.bench_function("rml_amf0", |bencher| {
            bencher.iter(|| rml_amf0::deserialize(&mut black_box(bytes)).unwrap());
        });
        // It takes the end marker of an ECMA array for the next value, so that metadata is an error.
        if name == "connect" {
            group.bench_function("scuffle-amf0", |bencher| {
                bencher.iter(|| black_box(scuffle_values(black_box(bytes)).len()));
            });
        }
        group.bench_function("amf", |bencher| {
            bencher.iter(|| black_box(amf_values(black_box(bytes))));
        });
        group.finish();
    }
}

fn amf_values(mut bytes: &[u8]) -> Vec<amf::amf0::Value> {
    let mut values = Vec::with_capacity(4);
    while !bytes.is_empty() {
        values.push(amf::amf0::Value::read_from(&mut bytes).unwrap());
    }
    values
}

fn scuffle_values(bytes: &[u8]) -> Vec<scuffle_amf0::Amf0Value<'_>> {
    let mut decoder = scuffle_amf0::decoder::Amf0Decoder::from_slice(bytes);
    decoder.decode_all().unwrap()
}

fn encode(criterion: &mut Criterion) {
    for (name, bytes) in [("connect", connect()), ("metadata", metadata())] {
        let mut group = criterion.benchmark_group(format!("amf0 encode, {name}"));
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        let values = Value::parse_all(&bytes, &Limits::DEFAULT).unwrap();
        group.bench_function("castline", |bencher| {
            bencher.iter(|| amf0::to_vec(black_box(&values)));
        });
        let mut out = Vec::new();
        group.bench_function("castline, buffer used again", |bencher| {
            bencher.iter(|| {
                out.clear();
                amf0::encode_all(black_box(&values), &mut out);
                black_box(out.len())
            });
        });
        let values = rml_amf0::deserialize(&mut bytes.as_slice()).unwrap();
        group.bench_function("rml_amf0", |bencher| {
            bencher.iter(|| rml_amf0::serialize(black_box(&values)).unwrap());
        });
        if name == "connect" {
            let values = scuffle_values(&bytes);
            group.bench_function("scuffle-amf0", |bencher| {
                bencher.iter(|| {
                    let mut out = Vec::with_capacity(512);
                    let mut encoder = scuffle_amf0::encoder::Amf0Encoder::new(&mut out);
                    for value in black_box(&values) {
                        value.encode(&mut encoder).unwrap();
                    }
                    out
                });
            });
        }
        let values = amf_values(&bytes);
        group.bench_function("amf", |bencher| {
            bencher.iter(|| {
                let mut out = Vec::with_capacity(512);
                for value in black_box(&values) {
                    value.write_to(&mut out).unwrap();
                }
                out
            });
        });
        group.finish();
    }
}

criterion_group!(benches, decode, encode);
criterion_main!(benches);
