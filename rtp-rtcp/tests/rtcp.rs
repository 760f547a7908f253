#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

use std::time::Duration;

use castline_core::NtpTime;
use castline_rtp_rtcp::rtcp::{
    ApplicationDefined, Compound, CompoundBuilder, Goodbye, PacketType, ReceiverReport,
    ReportBlock, ReportBlocks, RtcpPacket, SdesChunk, SdesItem, SdesItemType, SenderInfo,
    SenderReport, SourceDescription, UnknownPacket, is_rtcp,
};
use castline_rtp_rtcp::{ParseError, SendError, Ssrc};
use hex_literal::hex;
use proptest::prelude::*;

const RR: [u8; 8] = hex!("80c90001 00000007");
const CNAME: [u8; 12] = hex!("81ca0002 00000007 01016100");

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn strict_error(parts: &[&[u8]]) -> ParseError {
    Compound::parse(&joined(parts)).unwrap_err()
}

fn block(cumulative_lost: i32) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(9),
        fraction_lost: 3,
        cumulative_lost,
        extended_highest_sequence: 0x0001_0002,
        jitter: 77,
        last_sender_report: 0x1234_5678,
        delay_since_last_sender_report: 65_536,
    }
}

const INFO: SenderInfo = SenderInfo {
    ntp: NtpTime(0x0102_0304_0506_0708),
    rtp_timestamp: 0x090a_0b0c,
    packet_count: 13,
    octet_count: 14,
};

#[test]
fn a_sender_report_to_the_byte() {
    let blocks = [block(-2)];
    let report = SenderReport {
        ssrc: Ssrc(7),
        info: INFO,
        reports: blocks[..].into(),
        extension: &[],
    };
    let mut data = Vec::new();
    report.encode(&mut data).unwrap();
    let expected = hex!(
        "81c8000c 00000007 01020304 05060708 090a0b0c 0000000d 0000000e"
        "00000009 03fffffe 00010002 0000004d 12345678 00010000"
    );
    assert_eq!(data, expected);
    assert_eq!(RtcpPacket::parse(&data), Ok(report.into()));
}

#[test]
fn cumulative_loss_is_signed() {
    // rtcp-types and rtc-rtcp read 16777214 for -2.
    for (lost, wire) in [
        (-2, -2),
        (0x7f_ffff, 0x7f_ffff),
        (i32::MAX, 0x7f_ffff),
        (i32::MIN, -0x80_0000),
    ] {
        let blocks = [block(lost)];
        let report = ReceiverReport {
            ssrc: Ssrc(7),
            reports: blocks[..].into(),
            extension: &[],
        };
        let mut data = Vec::new();
        report.encode(&mut data).unwrap();
        let RtcpPacket::ReceiverReport(read) = RtcpPacket::parse(&data).unwrap() else {
            panic!()
        };
        assert_eq!(read.reports.iter().next().unwrap().cumulative_lost, wire);
    }
}

#[test]
fn the_round_trip_of_the_standard() {
    // RFC 3550 section 6.4.1, figure 2: 6.125 s.
    let arrival = NtpTime(0xb44d_b710_8000_0000_u64);
    assert_eq!(arrival.middle(), 0xb710_8000);
    let mut report = block(0);
    report.last_sender_report = 0xb705_2000;
    report.delay_since_last_sender_report = 0x0005_4000;
    assert_eq!(
        report.round_trip(arrival),
        Some(Duration::from_millis(6_125))
    );
    report.delay_since_last_sender_report = 0x000b_6001;
    assert_eq!(
        report.round_trip(arrival),
        Some(Duration::ZERO),
        "a tick of rounding"
    );
    report.delay_since_last_sender_report = 0x00ff_0000;
    assert_eq!(
        report.round_trip(arrival),
        None,
        "the delay cannot be longer than the time since"
    );
    report.last_sender_report = 0;
    assert_eq!(report.round_trip(arrival), None, "no SR heard yet");
}

#[test]
fn strict_compounds_follow_a_2() {
    assert_eq!(
        Compound::parse(&joined(&[&RR, &CNAME])).unwrap().cname(),
        Some(&b"a"[..])
    );
    assert!(Compound::parse(&RR).is_ok());
    assert!(matches!(
        strict_error(&[]),
        ParseError::Truncated {
            offset: 0,
            needed: 4,
            ..
        }
    ));
    assert_eq!(strict_error(&[&CNAME, &RR]).offset(), 1, "SDES first");
    assert_eq!(
        strict_error(&[&hex!("a0c90002 00000007 00000004"), &CNAME]).offset(),
        0,
        "padded first"
    );
    let padded_middle = hex!("a0cb0001 00000004");
    assert_eq!(strict_error(&[&RR, &padded_middle, &CNAME]).offset(), 8);
    assert!(Compound::parse(&joined(&[&RR, &CNAME, &padded_middle])).is_ok());
    assert!(matches!(
        strict_error(&[&RR, &CNAME[..8]]),
        ParseError::Truncated {
            offset: 12,
            needed: 8,
            ..
        }
    ));
    assert!(matches!(
        strict_error(&[&RR, &[0x80, 0xca]]),
        ParseError::Truncated { offset: 8, .. }
    ));
    for bad_padding in [
        hex!("a0cb0001 00000000"),
        hex!("a0cb0001 00000003"),
        hex!("a0cb0001 00000008"),
    ] {
        assert_eq!(strict_error(&[&RR, &bad_padding]).offset(), 15);
    }
}

#[test]
fn the_version_of_every_packet_is_checked() {
    // rtcp-types looks at the first alone.
    let mut second = CNAME;
    second[0] = 0x41;
    let error = strict_error(&[&RR, &second]);
    assert_eq!(
        error,
        ParseError::Unexpected {
            offset: 8,
            expected: "RTCP version 2"
        }
    );
    let data = joined(&[&RR, &second]);
    let packets: Vec<_> = Compound::parse_lenient(&data)
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(packets[1], Err(error));
    assert_eq!(packets.len(), 2);
}

#[test]
fn a_bad_body_does_not_hide_the_next_packet() {
    let short_report = hex!("81c90001 00000007");
    for data in [
        joined(&[&short_report, &CNAME]),
        joined(&[&hex!("80c90000"), &CNAME]),
    ] {
        for compound in [
            Compound::parse(&data).unwrap(),
            Compound::parse_lenient(&data).unwrap(),
        ] {
            let packets: Vec<_> = compound.iter().collect();
            assert!(
                matches!(packets[0], Err(ParseError::Truncated { .. })),
                "{packets:?}"
            );
            assert!(matches!(packets[1], Ok(RtcpPacket::SourceDescription(_))));
            assert_eq!(compound.cname(), Some(&b"a"[..]));
        }
    }
}

#[test]
fn reduced_size_is_lenient_alone() {
    // RFC 5506: a lone feedback packet.
    let picture_loss = hex!("81ce0002 00000001 00000002");
    assert!(Compound::parse(&picture_loss).is_err());
    let packets: Vec<_> = Compound::parse_lenient(&picture_loss)
        .unwrap()
        .into_iter()
        .collect();
    let unknown = UnknownPacket {
        packet_type: PacketType::PAYLOAD_FEEDBACK,
        count: 1,
        body: &hex!("00000001 00000002"),
    };
    assert_eq!(packets, [Ok(unknown.into())]);
}

#[test]
fn hanwha_sdes_without_the_end_item() {
    let sdes = hex!("81ca0003 00000007 01 06 636162636162");
    let data = joined(&[&RR, &sdes]);
    let strict: Vec<_> = Compound::parse(&data).unwrap().into_iter().collect();
    assert!(matches!(
        strict[1],
        Err(ParseError::Truncated {
            offset: 24,
            needed: 1,
            ..
        })
    ));
    assert_eq!(
        Compound::parse_lenient(&data).unwrap().cname(),
        Some(&b"cabcab"[..])
    );
}

#[test]
fn lenient_takes_senseless_padding_and_short_ends() {
    let padded_first = hex!("a0c90002 00000007 00000004");
    let data = joined(&[&padded_first, &CNAME]);
    let packets: Vec<_> = Compound::parse_lenient(&data)
        .unwrap()
        .into_iter()
        .collect();
    let report = ReceiverReport {
        ssrc: Ssrc(7),
        reports: ReportBlocks::NONE,
        extension: &[],
    };
    assert_eq!(packets[0], Ok(report.into()));
    assert_eq!(packets.len(), 2);

    let senseless = joined(&[&hex!("a0c90001 00000007"), &CNAME]);
    let first = Compound::parse_lenient(&senseless).unwrap().iter().next();
    assert_eq!(
        first,
        Some(Ok(report.into())),
        "a count that does not fit is no padding"
    );

    let mut too_long = joined(&[&RR, &CNAME]);
    too_long[11] = 9;
    assert!(Compound::parse(&too_long).is_err());
    assert_eq!(
        Compound::parse_lenient(&too_long).unwrap().cname(),
        Some(&b"a"[..])
    );

    for bytes in [
        &b""[..],
        b"\x80",
        b"\x80\xc9\x00",
        b"\x00\xc9\x00\x00",
        b"\x80\x60\x00\x00",
    ] {
        assert!(Compound::parse_lenient(bytes).is_err());
    }
}

#[test]
fn goodbyes_with_a_reason_cut_short() {
    let data = joined(&[&RR, &hex!("81cb0002 00000007 09 676f6e")]);
    let strict: Vec<_> = Compound::parse(&data).unwrap().into_iter().collect();
    assert!(strict[1].is_err());
    let lenient: Vec<_> = Compound::parse_lenient(&data)
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(
        lenient[1],
        Ok(Goodbye::new(&[Ssrc(7)], Some(b"gon")).into())
    );
    let no_sources = hex!("82cb0001 00000007");
    assert!(RtcpPacket::parse(&no_sources).is_err());
}

#[test]
fn sdes_items_stay_inside_their_packet() {
    let overrun = hex!("81ca0002 00000007 01ff6100");
    let private = hex!("81ca0003 00000007 08 02 05 61 00 000000");
    let empty_private = hex!("81ca0002 00000007 08 00 00 00");
    for bytes in [&overrun[..], &private[..], &empty_private[..]] {
        assert!(RtcpPacket::parse(bytes).is_err(), "{bytes:x?}");
    }
    let lenient: Vec<_> = Compound::parse_lenient(&private)
        .unwrap()
        .into_iter()
        .collect();
    let Ok(RtcpPacket::SourceDescription(sdes)) = lenient[0] else {
        panic!("{lenient:?}")
    };
    let item = sdes
        .chunks
        .iter()
        .next()
        .unwrap()
        .items
        .iter()
        .next()
        .unwrap();
    assert_eq!(item, SdesItem::private(b"a", b""));
    let missing_chunk = hex!("82ca0002 00000007 01016100");
    assert!(RtcpPacket::parse(&missing_chunk).is_err());
    let behind = hex!("81ca0003 00000007 01016100 00000000");
    assert!(RtcpPacket::parse(&behind).is_err());
}

#[test]
fn unknown_packets_can_be_padded() {
    // rtcp-types panics on this.
    let packet = UnknownPacket {
        packet_type: PacketType::EXTENDED_REPORT,
        count: 0,
        body: &[1, 2, 3, 4],
    };
    let mut data = Vec::new();
    RtcpPacket::from(packet)
        .encode_padded(4, &mut data)
        .unwrap();
    assert_eq!(data, hex!("a0cf0002 01020304 00000004"));
    assert_eq!(RtcpPacket::parse(&data), Ok(packet.into()));
    assert!(
        RtcpPacket::from(packet)
            .encode_padded(3, &mut data)
            .is_err()
    );
    assert_eq!(data.len(), 12, "nothing is written on an error");
}

#[test]
fn more_than_31_blocks_continue_in_receiver_reports() {
    let blocks: Vec<_> = (0..70)
        .map(|n| ReportBlock {
            ssrc: Ssrc(n),
            ..block(0)
        })
        .collect();
    let builder = CompoundBuilder::new(Ssrc(7), "me")
        .sender(INFO)
        .reports(&blocks)
        .goodbye(Some("end"));
    let mut data = Vec::new();
    builder.encode(&mut data).unwrap();
    assert_eq!(data.len(), builder.encoded_len());
    let packets: Vec<_> = Compound::parse(&data)
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    let mut read = Vec::new();
    for packet in &packets[..3] {
        match packet {
            RtcpPacket::SenderReport(report) => read.extend(report.reports),
            RtcpPacket::ReceiverReport(report) => read.extend(report.reports),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(read, blocks);
    assert!(matches!(packets[3], RtcpPacket::SourceDescription(_)));
    assert_eq!(packets[4], Goodbye::new(&[Ssrc(7)], Some(b"end")).into());
    assert_eq!(packets.len(), 5);
}

#[test]
fn the_builder_keeps_the_order_and_pads_the_last() {
    let app = ApplicationDefined {
        subtype: 3,
        ssrc: Ssrc(7),
        name: *b"cast",
        data: &[0; 4],
    };
    let mut builder = CompoundBuilder::new(Ssrc(7), "me")
        .item(SdesItem::new(SdesItemType::TOOL, b"castline"))
        .padding(8);
    builder.push(app).unwrap();
    assert!(builder.push(Goodbye::new(&[], None)).is_err());
    let mut data = Vec::new();
    builder.encode(&mut data).unwrap();
    assert_eq!(data.len(), builder.encoded_len());
    let packets: Vec<_> = Compound::parse(&data)
        .unwrap()
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert!(matches!(packets[0], RtcpPacket::ReceiverReport(report) if report.reports.is_empty()));
    assert!(matches!(packets[1], RtcpPacket::SourceDescription(_)));
    assert_eq!(packets[2], app.into());
    assert_eq!(data[data.len() - 8..], [0, 0, 0, 0, 0, 0, 0, 8]);

    let long = "x".repeat(256);
    let mut nothing = Vec::new();
    let error = CompoundBuilder::new(Ssrc(7), &long)
        .encode(&mut nothing)
        .unwrap_err();
    assert_eq!(
        error,
        SendError::TooMany {
            what: "bytes of SDES item",
            actual: 256,
            maximum: 255
        }
    );
    assert!(nothing.is_empty());
}

#[test]
fn what_the_wire_cannot_count_is_refused() {
    let mut out = Vec::new();
    let blocks = vec![block(0); 32];
    let many = ReceiverReport {
        ssrc: Ssrc(1),
        reports: blocks[..].into(),
        extension: &[],
    };
    assert!(many.encode(&mut out).is_err());
    let odd = ReceiverReport {
        ssrc: Ssrc(1),
        reports: ReportBlocks::NONE,
        extension: &[1],
    };
    assert!(odd.encode(&mut out).is_err());
    assert!(Goodbye::new(&[Ssrc(1); 32], None).encode(&mut out).is_err());
    assert!(Goodbye::new(&[], Some(&[0; 256])).encode(&mut out).is_err());
    let app = ApplicationDefined {
        subtype: 32,
        ssrc: Ssrc(7),
        name: *b"cast",
        data: &[],
    };
    assert!(app.encode(&mut out).is_err());
    let huge = vec![0; 65_536 * 4];
    assert!(
        ApplicationDefined {
            subtype: 0,
            data: &huge,
            ..app
        }
        .encode(&mut out)
        .is_err()
    );
    let wrong = [
        SdesItem::new(SdesItemType(0), b"end"),
        SdesItem {
            kind: SdesItemType::NAME,
            prefix: b"p",
            value: b"v",
        },
        SdesItem::private(&[0; 200], &[0; 55]),
    ];
    for item in wrong {
        let items = [item];
        assert!(
            SourceDescription::new(&[SdesChunk::new(Ssrc(1), &items)])
                .encode(&mut out)
                .is_err()
        );
    }
    assert!(out.is_empty(), "nothing is written on an error");
}

#[test]
fn rtcp_is_told_from_rtp() {
    assert!(is_rtcp(&RR));
    assert!(!is_rtcp(&[0x80, 96, 0, 0]));
    assert!(
        !is_rtcp(&[0x80, 96 | 0x80, 0, 0]),
        "marker and dynamic type: 224"
    );
    assert!(!is_rtcp(&[0x80]));
}

fn any_block() -> impl Strategy<Value = ReportBlock> {
    (any::<[u32; 5]>(), any::<u8>(), -0x80_0000..0x80_0000).prop_map(
        |(words, fraction_lost, lost)| ReportBlock {
            ssrc: Ssrc(words[0]),
            fraction_lost,
            cumulative_lost: lost,
            extended_highest_sequence: words[1],
            jitter: words[2],
            last_sender_report: words[3],
            delay_since_last_sender_report: words[4],
        },
    )
}

fn any_words() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<[u8; 4]>(), 0..5).prop_map(|words| words.concat())
}

fn round_trips(packet: RtcpPacket<'_>, padding: u8) -> Result<(), TestCaseError> {
    let mut data = Vec::new();
    packet.encode_padded(padding, &mut data).unwrap();
    prop_assert_eq!(data.len(), packet.encoded_len() + usize::from(padding));
    prop_assert_eq!(RtcpPacket::parse(&data), Ok(packet));
    for len in 0..data.len() {
        prop_assert!(
            RtcpPacket::parse(&data[..len]).is_err(),
            "{} of {}",
            len,
            data.len()
        );
    }
    Ok(())
}

proptest! {
    #[test]
    fn reports_round_trip(
        blocks in prop::collection::vec(any_block(), 0..=31),
        (ssrc, ntp, rtp_timestamp, packet_count, octet_count) in any::<(u32, u64, u32, u32, u32)>(),
        extension in any_words(),
        padding in (0u8..63).prop_map(|words| words * 4),
    ) {
        let info = SenderInfo { ntp: NtpTime(ntp), rtp_timestamp, packet_count, octet_count };
        let (ssrc, reports, extension) = (Ssrc(ssrc), blocks[..].into(), &extension[..]);
        round_trips(SenderReport { ssrc, info, reports, extension }.into(), padding)?;
        round_trips(ReceiverReport { ssrc, reports, extension }.into(), padding)?;
    }

    #[test]
    fn descriptions_round_trip(
        chunks in prop::collection::vec(
            (any::<u32>(), prop::collection::vec((1u8..=255, "[a-z]{0,20}", "[a-z]{0,20}"), 0..5)),
            0..=31,
        ),
    ) {
        let items: Vec<Vec<SdesItem<'_>>> = chunks.iter().map(|(_, items)| {
            items.iter().map(|(kind, prefix, value)| match SdesItemType(*kind) {
                SdesItemType::PRIV => SdesItem::private(prefix.as_bytes(), value.as_bytes()),
                kind => SdesItem::new(kind, value.as_bytes()),
            }).collect()
        }).collect();
        let chunks: Vec<_> = chunks.iter().zip(&items)
            .map(|((ssrc, _), items)| SdesChunk::new(Ssrc(*ssrc), items)).collect();
        round_trips(SourceDescription::new(&chunks).into(), 0)?;
    }

    #[test]
    fn goodbyes_applications_and_unknowns_round_trip(
        sources in prop::collection::vec(any::<u32>().prop_map(Ssrc), 0..=31),
        reason in prop::option::of(prop::collection::vec(any::<u8>(), 0..=255)),
        (subtype, ssrc, name) in (0u8..32, any::<u32>(), any::<[u8; 4]>()),
        data in any_words(),
        packet_type in 205u8..=255,
    ) {
        round_trips(Goodbye::new(&sources, reason.as_deref()).into(), 0)?;
        let app = ApplicationDefined { subtype, ssrc: Ssrc(ssrc), name, data: &data };
        round_trips(app.into(), 4)?;
        let packet_type = PacketType(packet_type);
        round_trips(UnknownPacket { packet_type, count: subtype, body: &data }.into(), 8)?;
    }

    #[test]
    fn any_bytes_are_read_safely(mut data: Vec<u8>, types in prop::collection::vec(200u8..206, 8)) {
        // Packets of one to four words, with bodies of chance.
        let mut at = 0;
        for packet_type in types {
            if let Some(head) = data.get_mut(at..at + 4) {
                head[0] = 0x80 | (head[0] & 0x23);
                head[1] = packet_type;
                head[2] = 0;
                head[3] &= 0x03;
                at += 4 + usize::from(head[3]) * 4;
            }
        }
        for compound in [Compound::parse(&data), Compound::parse_lenient(&data)].into_iter().flatten() {
            let packets: Vec<_> = compound.iter().collect();
            prop_assert!(packets.len() <= data.len() / 4 + 1);
            for packet in packets.into_iter().flatten() {
                // Whatever was read can be written and is then the same, if it is whole words.
                let mut again = Vec::new();
                if packet.encode(&mut again).is_ok() {
                    let strict = RtcpPacket::parse(&again);
                    prop_assert_eq!(strict, Ok(packet));
                }
            }
        }
    }
}
