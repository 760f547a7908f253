//! RTCP compounds: reading and writing, beside rtcp-types.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "benches"
)]

use std::hint::black_box;

use castline_core::NtpTime;
use castline_rtp_rtcp::Ssrc;
use castline_rtp_rtcp::rtcp::{Compound, CompoundBuilder, ReportBlock, RtcpPacket, SenderInfo};
use criterion::{Criterion, criterion_group, criterion_main};
use rtcp_types::RtcpPacketWriterExt as _;

const INFO: SenderInfo = SenderInfo {
    ntp: NtpTime(0x0102_0304_0506_0708),
    rtp_timestamp: 90_000,
    packet_count: 1_000,
    octet_count: 1_200_000,
};

const CNAME: &str = "camera-1@192.0.2.17";

/// SR with one report block, SDES with a CNAME.
fn compound() -> Vec<u8> {
    let blocks = [ReportBlock {
        ssrc: Ssrc(0x5566_7788),
        fraction_lost: 3,
        cumulative_lost: 17,
        extended_highest_sequence: 70_000,
        jitter: 100,
        last_sender_report: 0x0304_0506,
        delay_since_last_sender_report: 65_536,
    }];
    let mut data = Vec::new();
    let builder = CompoundBuilder::new(Ssrc(0x1122_3344), CNAME)
        .sender(INFO)
        .reports(&blocks);
    builder.encode(&mut data).unwrap();
    data
}

fn castline_reads(data: &[u8]) -> u64 {
    let mut sum = 0;
    for packet in Compound::parse(data).unwrap() {
        match packet.unwrap() {
            RtcpPacket::SenderReport(report) => {
                let info = &report.info;
                sum += u64::from(report.ssrc.0) ^ info.ntp.0;
                sum += u64::from(info.rtp_timestamp ^ info.packet_count ^ info.octet_count);
                for block in report.reports {
                    sum += u64::from(block.ssrc.0 ^ block.jitter ^ block.extended_highest_sequence);
                    sum += u64::from(block.fraction_lost);
                }
            }
            RtcpPacket::SourceDescription(description) => {
                for chunk in description.chunks {
                    sum += u64::from(chunk.ssrc.0);
                    for item in chunk.items {
                        sum += u64::from(item.kind.0) + item.value.len() as u64;
                    }
                }
            }
            _ => {}
        }
    }
    sum
}

fn rtcp_types_reads(data: &[u8]) -> u64 {
    let mut sum = 0;
    for packet in rtcp_types::Compound::parse(data).unwrap() {
        match packet.unwrap() {
            rtcp_types::Packet::Sr(report) => {
                sum += u64::from(report.ssrc()) ^ report.ntp_timestamp();
                sum += u64::from(
                    report.rtp_timestamp() ^ report.packet_count() ^ report.octet_count(),
                );
                for block in report.report_blocks() {
                    sum += u64::from(
                        block.ssrc()
                            ^ block.interarrival_jitter()
                            ^ block.extended_sequence_number(),
                    );
                    sum += u64::from(block.fraction_lost());
                }
            }
            rtcp_types::Packet::Sdes(description) => {
                for chunk in description.chunks() {
                    sum += u64::from(chunk.ssrc());
                    for item in chunk.items() {
                        sum += u64::from(item.type_()) + item.value().len() as u64;
                    }
                }
            }
            _ => {}
        }
    }
    sum
}

fn parse(c: &mut Criterion) {
    let data = compound();
    assert_eq!(
        castline_reads(&data),
        rtcp_types_reads(&data),
        "both read the same"
    );
    let mut group = c.benchmark_group("rtcp/parse and iterate SR + SDES");
    group.bench_function("castline", |b| b.iter(|| castline_reads(black_box(&data))));
    group.bench_function("rtcp-types", |b| {
        b.iter(|| rtcp_types_reads(black_box(&data)))
    });
    group.finish();
}

fn write(c: &mut Criterion) {
    let mut buffer = [0; 256];
    let mut group = c.benchmark_group("rtcp/write SR + SDES");
    group.bench_function("castline", |b| {
        b.iter(|| {
            let mut out = &mut buffer[..];
            let builder = CompoundBuilder::new(Ssrc(black_box(7)), CNAME).sender(black_box(INFO));
            builder.encode(&mut out).unwrap();
            black_box(out.len())
        });
    });
    group.bench_function("rtcp-types", |b| {
        b.iter(|| {
            let report = rtcp_types::SenderReport::builder(black_box(7))
                .ntp_timestamp(black_box(INFO.ntp.0))
                .rtp_timestamp(INFO.rtp_timestamp)
                .packet_count(INFO.packet_count)
                .octet_count(INFO.octet_count);
            let name = rtcp_types::SdesItem::builder(rtcp_types::SdesItem::CNAME, CNAME);
            let chunk = rtcp_types::SdesChunk::builder(7).add_item(name);
            let description = rtcp_types::Sdes::builder().add_chunk(chunk);
            let compound = rtcp_types::Compound::builder()
                .add_packet(report)
                .add_packet(description);
            compound.write_into(&mut buffer).unwrap()
        });
    });
    group.finish();
}

criterion_group!(benches, parse, write);
criterion_main!(benches);
