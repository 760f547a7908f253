//! castline-codec: parameter sets and byte streams.
#![allow(missing_docs, clippy::unwrap_used, reason = "benches")]

use std::hint::black_box;

use bytes::Bytes;
use castline_codec::{
    H264Parameters, H265Parameters, aac, annexb_to_length_prefixed, annexb_units, nal_units,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// x264, 1920x1080, cropped, 30000/1001.
const AVCC: &str =
    "01640028ffe1001967640028acd940780227e5c04400000fa40003a9803c60c65801000468ef8fcbfdf8f800";
/// x265, Main 10, 1920x1080.
const HVCC: &str = "01022000000090000000000078f000fcfdfafa00000f03a00001001840010c01ffff022000000300900000030000030078959409a10001002b420101022000000300900000030000030078a003c0801107cad965654a4c2f01680800001f480003a98040a2000100064401c073c189";

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text
        .chars()
        .map(|digit| digit.to_digit(16).unwrap())
        .collect();
    let bytes = digits
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, digit| byte * 16 + digit));
    bytes.map(|byte| u8::try_from(byte).unwrap()).collect()
}

fn parameter_sets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("codec/parameter_sets");
    let avcc = unhex(AVCC);
    let (h264, _) = H264Parameters::from_avcc(&avcc).unwrap();
    let sps = h264.sps.first().unwrap().clone();
    group.bench_function("h264_sps_parse", |bencher| {
        bencher.iter(|| castline_codec::h264::SequenceParameters::parse(black_box(&sps)));
    });
    group.bench_function("avcc_parse", |bencher| {
        bencher.iter(|| H264Parameters::from_avcc(black_box(&avcc)));
    });
    let hvcc = unhex(HVCC);
    let (h265, _) = H265Parameters::from_hvcc(&hvcc).unwrap();
    let sps = h265.sps.first().unwrap().clone();
    group.bench_function("h265_sps_parse", |bencher| {
        bencher.iter(|| castline_codec::h265::SequenceParameters::parse(black_box(&sps)));
    });
    group.finish();
}

/// A frame of eight slices of 16 KiB without start codes inside.
fn frame() -> Vec<u8> {
    let mut stream = Vec::new();
    for slice in 0..8_u8 {
        stream.extend_from_slice(&[0, 0, 0, 1, 0x65]);
        stream.extend((0..16_384_u32).map(|at| (at * 31 % 251).to_be_bytes()[3] | 1 | slice));
    }
    stream
}

fn byte_streams(criterion: &mut Criterion) {
    let stream = frame();
    let canonical = annexb_to_length_prefixed(&stream);
    let mut group = criterion.benchmark_group("codec/byte_stream");
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.bench_function("annexb_split", |bencher| {
        bencher.iter(|| annexb_units(black_box(&stream)).count());
    });
    group.bench_function("annexb_to_length_prefixed", |bencher| {
        bencher.iter(|| annexb_to_length_prefixed(black_box(&stream)));
    });
    group.bench_function("nal_units", |bencher| {
        bencher.iter(|| nal_units(black_box(&canonical)).count());
    });
    group.finish();
}

fn adts(criterion: &mut Criterion) {
    let config = aac::AudioSpecificConfig::aac_lc(48_000, 2);
    let header = aac::AdtsHeader::of(&config, 400).unwrap().encode();
    let frame: Vec<u8> = header.into_iter().chain([0x21; 400]).collect();
    let stream = Bytes::from(frame.repeat(64));
    let mut group = criterion.benchmark_group("codec/adts");
    group.throughput(Throughput::Elements(64));
    group.bench_function("frames", |bencher| {
        bencher.iter(|| aac::adts_frames(black_box(&stream)).count());
    });
    group.finish();
}

criterion_group!(benches, parameter_sets, byte_streams, adts);
criterion_main!(benches);
