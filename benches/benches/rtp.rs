//! RTP packets: reading and writing, beside rtp-types.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "benches"
)]

use std::hint::black_box;

use castline_rtp_rtcp::{
    ElementForm, ExtensionBuilder, ExtensionProfile, PayloadType, RtpHeader, RtpPacket,
    SequenceNumber, Ssrc,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const PAYLOAD: [u8; 1_200] = [0x5a; 1_200];

fn header() -> RtpHeader<'static> {
    RtpHeader::new(
        PayloadType(96),
        SequenceNumber(1_234),
        90_000,
        Ssrc(0x1122_3344),
    )
    .with_marker(true)
}

/// Three elements, as WebRTC sends them: audio level, absolute time, transport sequence number.
fn extension() -> ExtensionBuilder {
    let mut builder = ExtensionBuilder::new(ElementForm::OneByte);
    builder.push(1, &[0x90]).unwrap();
    builder.push(2, &[1, 2, 3]).unwrap();
    builder.push(3, &[0, 7]).unwrap();
    builder
}

fn packet(header: &RtpHeader<'_>) -> Vec<u8> {
    let mut data = Vec::new();
    header.encode_packet(&PAYLOAD, &mut data);
    data
}

fn parse(c: &mut Criterion) {
    let data = packet(&header());
    let mut group = c.benchmark_group("rtp/parse and 6 fields, 1212 B");
    group.throughput(Throughput::Bytes(data.len() as u64));
    group.bench_function("castline", |b| {
        b.iter(|| {
            let packet = RtpPacket::parse(black_box(&data)).unwrap();
            black_box((
                packet.marker(),
                packet.payload_type().0,
                packet.sequence_number().0,
                packet.timestamp(),
                packet.ssrc().0,
                packet.payload(),
            ));
        });
    });
    group.bench_function("rtp-types", |b| {
        b.iter(|| {
            let packet = rtp_types::RtpPacket::parse(black_box(&data)).unwrap();
            black_box((
                packet.marker_bit(),
                packet.payload_type(),
                packet.sequence_number(),
                packet.timestamp(),
                packet.ssrc(),
                packet.payload(),
            ));
        });
    });
    group.finish();
}

fn parse_with_extensions(c: &mut Criterion) {
    let builder = extension();
    let data = packet(&header().with_extension(builder.extension()));
    let mut group = c.benchmark_group("rtp/parse with 3 header extensions");
    group.bench_function("castline, elements iterated", |b| {
        b.iter(|| {
            let packet = RtpPacket::parse(black_box(&data)).unwrap();
            let mut sum = 0;
            for element in packet.elements() {
                let element = element.unwrap();
                sum += usize::from(element.id) + element.data.len();
            }
            black_box((sum, packet.payload(), packet.timestamp()));
        });
    });
    // It has no RFC 8285: the raw extension is all it gives.
    group.bench_function("rtp-types, raw extension alone", |b| {
        b.iter(|| {
            let packet = rtp_types::RtpPacket::parse(black_box(&data)).unwrap();
            black_box(packet.extension());
            black_box((packet.payload(), packet.timestamp()));
        });
    });
    group.finish();
}

fn write(c: &mut Criterion) {
    let mut group = c.benchmark_group("rtp/write 1200 B");
    group.throughput(Throughput::Bytes(1_212));
    let mut buffer = [0; 1_500];
    group.bench_function("castline", |b| {
        b.iter(|| {
            let header = RtpHeader::new(
                PayloadType(black_box(96)),
                SequenceNumber(black_box(1_234)),
                black_box(90_000),
                Ssrc(black_box(0x1122_3344)),
            )
            .with_marker(true);
            let mut out = &mut buffer[..];
            header.encode_packet(black_box(&PAYLOAD), &mut out);
            black_box(out.len())
        });
    });
    group.bench_function("castline, header beside the payload", |b| {
        b.iter(|| {
            let header = RtpHeader::new(
                PayloadType(black_box(96)),
                SequenceNumber(black_box(1_234)),
                black_box(90_000),
                Ssrc(black_box(0x1122_3344)),
            )
            .with_marker(true);
            let mut out = &mut buffer[..];
            header.encode(&mut out);
            black_box(out.len())
        });
    });
    group.bench_function("rtp-types", |b| {
        b.iter(|| {
            rtp_types::RtpPacketBuilder::<&[u8], &[u8]>::new()
                .payload_type(black_box(96))
                .sequence_number(black_box(1_234))
                .timestamp(black_box(90_000))
                .ssrc(black_box(0x1122_3344))
                .marker_bit(true)
                .payload(black_box(&PAYLOAD[..]))
                .write_into(&mut buffer)
                .unwrap()
        });
    });
    group.finish();
}

fn write_with_extensions(c: &mut Criterion) {
    let builder = extension();
    let raw = builder.extension().data().to_vec();
    let mut buffer = [0; 1_500];
    let mut group = c.benchmark_group("rtp/write 1200 B with 3 header extensions");
    group.bench_function("castline", |b| {
        b.iter(|| {
            let header = header().with_extension(black_box(&builder).extension());
            let mut out = &mut buffer[..];
            header.encode_packet(black_box(&PAYLOAD), &mut out);
            black_box(out.len())
        });
    });
    group.bench_function("rtp-types", |b| {
        b.iter(|| {
            rtp_types::RtpPacketBuilder::<&[u8], &[u8]>::new()
                .payload_type(black_box(96))
                .sequence_number(1_234)
                .timestamp(90_000)
                .ssrc(0x1122_3344)
                .marker_bit(true)
                .extension(ExtensionProfile::ONE_BYTE.0, black_box(&raw[..]))
                .payload(black_box(&PAYLOAD[..]))
                .write_into(&mut buffer)
                .unwrap()
        });
    });
    group.finish();
}

criterion_group!(
    benches,
    parse,
    parse_with_extensions,
    write,
    write_with_extensions
);
criterion_main!(benches);
