//! Packetizing H.264, in nanoseconds per packet (the throughput is in packets).
//!
//! `cargo bench -p castline-benches --bench payload`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench"
)]

use core::num::NonZeroU32;
use std::hint::black_box;

use bytes::Bytes;
use castline_codec::{Frame, TrackId};
use castline_rtp_rtcp::payload::{H264Packetizer, Packetizer, Settings};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// An access unit of one unit of this type and length.
fn access_unit(nal_header: u8, len: usize) -> Frame {
    let mut data = u32::try_from(len).unwrap().to_be_bytes().to_vec();
    data.resize(len + 4, 0x5a);
    data[4] = nal_header;
    Frame::new(TrackId(1), 3_000, Bytes::from(data))
}

/// Takes all packets of a frame; each is looked at, none is kept.
fn packets(packetizer: &mut H264Packetizer, frame: &Frame) -> u64 {
    packetizer.push(black_box(frame)).unwrap();
    let mut count = 0;
    while let Some(payload) = packetizer.poll_packet() {
        black_box(&payload);
        count += 1;
    }
    count
}

fn h264(c: &mut Criterion) {
    let mut group = c.benchmark_group("h264_packetize");
    let settings = Settings::new(NonZeroU32::new(90_000).unwrap());
    for (name, frame) in [
        (
            "fu_a_30_kb_idr",
            access_unit(0x65, 30_000).with_keyframe(true),
        ),
        (
            "fu_a_1_mb_idr",
            access_unit(0x65, 1_000_000).with_keyframe(true),
        ),
        ("single_nal_900_b", access_unit(0x41, 900)),
    ] {
        let mut packetizer = H264Packetizer::with_parameter_sets(&[], &settings);
        let count = packets(&mut packetizer, &frame);
        group.throughput(Throughput::Elements(count));
        group.bench_function(name, |b| b.iter(|| packets(&mut packetizer, &frame)));
    }
    group.finish();
}

criterion_group!(benches, h264);
criterion_main!(benches);
