#![cfg(feature = "std")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    missing_docs,
    reason = "test code"
)]

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use castline_core::{ClockAnchor, NtpTime};
use castline_rtp_rtcp::rtcp::{
    ApplicationDefined, Compound, CompoundBuilder, PacketType, ReportBlock, RtcpPacket, SenderInfo,
};
use castline_rtp_rtcp::{
    Continuity, MinimumInterval, PayloadType, RtpPacket, SendError, Sender, SenderConfig,
    SenderEvent, SequenceNumber, Ssrc,
};
use proptest::prelude::*;

const NTP: NtpTime = NtpTime(3_900_000_000 << 32);

fn config(start: Instant) -> SenderConfig {
    let clock = ClockAnchor::new(start, NTP);
    SenderConfig::new(
        PayloadType(96),
        NonZeroU32::new(90_000).unwrap(),
        "film@test",
        clock,
    )
}

fn sender(start: Instant) -> Sender {
    Sender::new(config(start), [7; 32]).unwrap()
}

/// The sender info of a datagram, which must be a proper compound with our CNAME.
fn info(datagram: &[u8]) -> SenderInfo {
    let compound = Compound::parse(datagram).unwrap();
    assert_eq!(compound.cname(), Some(&b"film@test"[..]));
    match compound.iter().next() {
        Some(Ok(RtcpPacket::SenderReport(report))) => report.info,
        other => panic!("{other:?}"),
    }
}

/// Drives the timer for a span; the instants and contents of the reports.
fn reports(sender: &mut Sender, until: Instant) -> Vec<(Instant, SenderInfo)> {
    let mut all = Vec::new();
    while let Some(next) = sender.poll_timeout().filter(|next| *next <= until) {
        sender.handle_timeout(next);
        while let Some(datagram) = sender.poll_rtcp() {
            all.push((next, info(&datagram)));
        }
    }
    all
}

fn receiver_report(from: u32, blocks: &[ReportBlock]) -> Vec<u8> {
    let mut data = Vec::new();
    let cname = format!("player{from}");
    CompoundBuilder::new(Ssrc(from), &cname)
        .reports(blocks)
        .encode(&mut data)
        .unwrap();
    data
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_first_packet_brings_a_report_at_once() {
    let start = Instant::now();
    let mut sender = sender(start);
    assert_eq!(
        (sender.poll_timeout(), sender.poll_rtcp()),
        (None, None),
        "silent before it sends"
    );
    let timestamp = sender.rtp_time(0);
    let number = sender.next_sequence_number();
    let mut packet = sender.header(start, timestamp, true, 5).to_vec();
    packet.extend(b"media");
    let packet = RtpPacket::parse(&packet).unwrap();
    assert_eq!(
        (packet.marker(), packet.payload_type()),
        (true, PayloadType(96))
    );
    assert_eq!(
        (packet.sequence_number(), packet.timestamp()),
        (number, timestamp)
    );
    assert_eq!(
        (packet.ssrc(), packet.payload()),
        (sender.ssrc(), &b"media"[..])
    );

    let datagram = sender.poll_rtcp().unwrap();
    let expected = SenderInfo {
        ntp: NTP,
        rtp_timestamp: timestamp,
        packet_count: 1,
        octet_count: 5,
    };
    assert_eq!(info(&datagram), expected);
    assert_eq!(sender.poll_rtcp(), None);
    assert_eq!(sender.stats().reports_sent, 1);
}

#[test]
fn reports_lie_on_a_line_however_unevenly_packets_leave() {
    let start = Instant::now();
    let mut sender = sender(start);
    let first = sender.rtp_time(0);
    for frame in 0..50_u64 {
        let late = Duration::from_millis(40 * frame + [0, 25, 3][frame as usize % 3]);
        let _ = sender.header(
            start + late,
            sender.rtp_time(3_600 * frame as i64),
            true,
            100,
        );
    }
    let _ = sender.poll_rtcp();
    let reports = reports(&mut sender, start + seconds(100));
    assert!(reports.len() >= 15, "{}", reports.len());
    for (at, info) in reports {
        let passed = at - start;
        let ticks = (passed.as_nanos() * 90_000 / 1_000_000_000) as u32;
        assert_eq!(info.rtp_timestamp.wrapping_sub(first), ticks);
        assert_eq!(info.ntp, NTP.wrapping_add(passed));
        assert_eq!((info.packet_count, info.octet_count), (50, 5_000));
    }
}

#[test]
fn intervals_are_randomised_round_the_standard_s() {
    for (minimum, td) in [
        (MinimumInterval::FiveSeconds, 5.0),
        (MinimumInterval::Reduced, 0.36),
    ] {
        let start = Instant::now();
        let mut config = config(start);
        config.minimum_interval = minimum;
        let mut sender = Sender::new(config, [1; 32]).unwrap();
        let _ = sender.header(start, 0, true, 1);
        let at: Vec<_> = reports(&mut sender, start + Duration::from_secs_f64(td * 300.0))
            .iter()
            .map(|(at, _)| *at)
            .collect();
        let gaps: Vec<f64> = at
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).as_secs_f64())
            .collect();
        let (shortest, longest) = (td * 0.5 / 1.218_28 - 1e-3, td * 1.5 / 1.218_28 + 1e-3);
        assert!(
            gaps.iter().all(|gap| (shortest..longest).contains(gap)),
            "{gaps:?}"
        );
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        // Reconsideration lengthens what the division by e - 1.5 has shortened: the mean is Td.
        assert!((mean / td - 1.0).abs() < 0.1, "{mean} of {td}");
        assert!(
            gaps.iter().any(|gap| (gap - mean).abs() > td * 0.1),
            "randomised"
        );
    }
}

#[test]
fn an_early_timer_does_nothing() {
    let start = Instant::now();
    let mut sender = sender(start);
    let _ = sender.header(start, 0, true, 1);
    let _ = sender.poll_rtcp();
    let next = sender.poll_timeout().unwrap();
    sender.handle_timeout(next - Duration::from_millis(1));
    assert_eq!(
        (sender.poll_rtcp(), sender.poll_timeout()),
        (None, Some(next))
    );
}

#[test]
fn a_report_nobody_took_is_replaced() {
    let start = Instant::now();
    let mut sender = sender(start);
    let _ = sender.header(start, 0, true, 1);
    while let Some(next) = sender
        .poll_timeout()
        .filter(|next| *next < start + seconds(60))
    {
        sender.handle_timeout(next);
    }
    let late = info(&sender.poll_rtcp().unwrap());
    assert!(late.ntp > NTP.wrapping_add(seconds(50)));
    assert_eq!(sender.poll_rtcp(), None);
}

#[test]
fn reports_go_on_in_a_pause_and_time_moves_on_after_it() {
    let start = Instant::now();
    let mut sender = sender(start);
    let before = sender.reanchor(start, 900_000, Continuity::Continuous);
    let _ = sender.header(start, before, true, 1);
    let _ = sender.poll_rtcp();
    sender.pause(start + seconds(10));
    sender.pause(start + seconds(11));
    assert!(sender.is_paused());
    assert!(reports(&mut sender, start + seconds(40)).len() >= 3);
    sender.resume(start + seconds(40));
    assert!(!sender.is_paused());
    // Position 20 s was due at 10 s; the pause of 30 s comes on top.
    let after = sender.rtp_time(20 * 90_000);
    assert_eq!(after.wrapping_sub(before), 40 * 90_000);
    let _ = sender.header(start + seconds(40), after, true, 1);
    let (at, info) = reports(&mut sender, start + seconds(60))[0];
    let ticks = ((at - start).as_nanos() * 90_000 / 1_000_000_000) as u32;
    assert_eq!(
        info.rtp_timestamp.wrapping_sub(before),
        ticks,
        "the line has no step"
    );
    sender.resume(start + seconds(70));
    assert_eq!(
        sender.rtp_time(20 * 90_000),
        after,
        "a resume without a pause is nothing"
    );
}

#[test]
fn a_continuous_seek_goes_on_in_time() {
    let start = Instant::now();
    let mut sender = sender(start);
    let first = sender.reanchor(start, 0, Continuity::Continuous);
    let _ = sender.header(start, first, true, 1);
    let _ = sender.header(start + seconds(1), sender.rtp_time(90_000), true, 1);
    while sender.poll_rtcp().is_some() {}
    let numbers = sender.next_sequence_number();
    // Back to 0, 5 s later: the timestamp is that of 5 s.
    let now = start + seconds(5);
    let again = sender.reanchor(now, 0, Continuity::Continuous);
    assert_eq!(again.wrapping_sub(first), 450_000);
    assert_eq!(sender.rtp_time(9_000), again.wrapping_add(9_000));
    assert_eq!(
        sender.next_sequence_number(),
        numbers,
        "sequence numbers know nothing of seeks"
    );
    let _ = sender.header(now, again, true, 1);
    let report = info(&sender.poll_rtcp().unwrap());
    assert_eq!(
        (report.rtp_timestamp, report.ntp),
        (again, NTP.wrapping_add(seconds(5)))
    );
}

#[test]
fn a_continuous_seek_never_goes_back() {
    let start = Instant::now();
    let mut sender = sender(start);
    let first = sender.reanchor(start, 0, Continuity::Continuous);
    // Sent ahead of time, out of order (B frames) and across the wrap of nothing in particular.
    let ahead = sender.rtp_time(90_000);
    for timestamp in [first, ahead, sender.rtp_time(45_000)] {
        let _ = sender.header(start, timestamp, true, 1);
    }
    let again = sender.reanchor(
        start + Duration::from_millis(100),
        0,
        Continuity::Continuous,
    );
    assert_eq!(again, ahead.wrapping_add(1));
}

#[test]
fn a_jump_keeps_every_position_s_timestamp() {
    let start = Instant::now();
    let mut sender = sender(start);
    let first = sender.reanchor(start, 0, Continuity::Jump);
    let _ = sender.header(start, first, true, 1);
    let _ = sender.poll_rtcp();
    let far = sender.reanchor(start + seconds(1), 900_000, Continuity::Jump);
    assert_eq!(far.wrapping_sub(first), 900_000);
    let _ = sender.header(start + seconds(1), far, true, 1);
    assert_eq!(info(&sender.poll_rtcp().unwrap()).rtp_timestamp, far);
    assert_eq!(
        sender.reanchor(start + seconds(2), 0, Continuity::Jump),
        first
    );
}

#[test]
fn a_live_source_may_set_the_reference() {
    let start = Instant::now();
    let mut sender = sender(start);
    sender.set_reference(1_000, start + seconds(1));
    let _ = sender.header(start, 5, true, 1);
    let early = info(&sender.poll_rtcp().unwrap());
    assert_eq!(
        early.rtp_timestamp,
        1_000_u32.wrapping_sub(90_000),
        "before the reference, too"
    );
}

#[test]
fn goodbye_ends_the_reports_and_a_seek_back_begins_them_again() {
    let start = Instant::now();
    let mut sender = sender(start);
    sender.goodbye(start, None).unwrap();
    assert_eq!(sender.poll_rtcp(), None, "who sent nothing says nothing");
    let _ = sender.header(start, 0, true, 3);
    assert!(sender.goodbye(start, Some(&"x".repeat(256))).is_err());
    assert!(sender.poll_timeout().is_some(), "nothing changed");
    sender
        .goodbye(start + seconds(1), Some("end of file"))
        .unwrap();
    let datagram = sender.poll_rtcp().unwrap();
    assert_eq!(info(&datagram).packet_count, 1);
    let last = Compound::parse(&datagram)
        .unwrap()
        .into_iter()
        .last()
        .unwrap()
        .unwrap();
    let RtcpPacket::Goodbye(goodbye) = last else {
        panic!("{last:?}")
    };
    assert_eq!(goodbye.reason, Some(&b"end of file"[..]));
    assert_eq!(goodbye.sources.iter().collect::<Vec<_>>(), [sender.ssrc()]);
    assert_eq!((sender.poll_rtcp(), sender.poll_timeout()), (None, None));
    sender.handle_timeout(start + seconds(60));
    assert_eq!(sender.poll_rtcp(), None);

    let again = sender.reanchor(start + seconds(60), 0, Continuity::Continuous);
    let _ = sender.header(start + seconds(60), again, true, 3);
    assert_eq!(info(&sender.poll_rtcp().unwrap()).packet_count, 2);
    assert!(sender.poll_timeout().is_some());
}

#[test]
fn reception_reports_are_told() {
    let start = Instant::now();
    let mut sender = sender(start);
    let _ = sender.header(start, 0, true, 1);
    let sent = info(&sender.poll_rtcp().unwrap()).ntp;
    let block = ReportBlock {
        ssrc: sender.ssrc(),
        fraction_lost: 64,
        cumulative_lost: -2,
        extended_highest_sequence: 70_000,
        jitter: 900,
        last_sender_report: sent.middle(),
        delay_since_last_sender_report: 65_536,
    };
    // Tapo: a block on somebody unknown comes along.
    let stranger = ReportBlock {
        ssrc: Ssrc(1),
        ..block
    };
    sender.handle_rtcp(
        start + Duration::from_millis(1_250),
        &receiver_report(5, &[stranger, block]),
    );
    let Some(SenderEvent::Report(report)) = sender.poll_event() else {
        panic!()
    };
    assert_eq!(
        (
            report.receiver,
            report.fraction_lost,
            report.cumulative_lost
        ),
        (Ssrc(5), 64, -2)
    );
    assert_eq!(
        (report.jitter, report.jitter_time),
        (900, Duration::from_millis(10))
    );
    assert_eq!(report.round_trip, Some(Duration::from_millis(250)));
    assert_eq!(report.extended_highest_sequence, 70_000);
    let described = SenderEvent::Description {
        ssrc: Ssrc(5),
        cname: "player5".into(),
    };
    assert_eq!(sender.poll_event(), Some(described));
    assert_eq!(sender.poll_event(), None);
    assert_eq!(sender.stats().last_report, Some(report));
    assert_eq!(sender.stats().receivers, 1);

    // The name is told once; a round trip longer than the stream's life is a lie.
    let lie = ReportBlock {
        last_sender_report: 1,
        delay_since_last_sender_report: 0,
        ..block
    };
    sender.handle_rtcp(start + seconds(2), &receiver_report(5, &[lie]));
    let Some(SenderEvent::Report(report)) = sender.poll_event() else {
        panic!()
    };
    assert_eq!(report.round_trip, None);
    assert_eq!(sender.poll_event(), None);
}

#[test]
fn goodbyes_other_packets_collisions_and_rubbish_are_told() {
    let start = Instant::now();
    let mut sender = sender(start);
    let mut data = Vec::new();
    let mut builder = CompoundBuilder::new(Ssrc(5), "player5").goodbye(Some("bored"));
    let app = ApplicationDefined {
        subtype: 1,
        ssrc: Ssrc(5),
        name: *b"test",
        data: &[1, 2, 3, 4],
    };
    builder.push(app).unwrap();
    builder.encode(&mut data).unwrap();
    sender.handle_rtcp(start, &data);
    assert!(matches!(
        sender.poll_event(),
        Some(SenderEvent::Description { ssrc: Ssrc(5), .. })
    ));
    let Some(SenderEvent::Other {
        packet_type,
        packet,
    }) = sender.poll_event()
    else {
        panic!()
    };
    assert_eq!(packet_type, PacketType::APPLICATION_DEFINED);
    assert_eq!(RtcpPacket::parse(&packet), Ok(app.into()));
    let bored = SenderEvent::Goodbye {
        ssrc: Ssrc(5),
        reason: Some("bored".into()),
    };
    assert_eq!(sender.poll_event(), Some(bored));
    assert_eq!(sender.stats().receivers, 0);

    let ours = sender.ssrc().0;
    sender.handle_rtcp(start, &receiver_report(ours, &[]));
    assert_eq!(sender.poll_event(), Some(SenderEvent::SsrcCollision));
    assert_eq!((sender.poll_event(), sender.stats().receivers), (None, 0));

    sender.handle_rtcp(start, b"GET / HTTP/1.1");
    assert!(matches!(
        sender.poll_event(),
        Some(SenderEvent::Rejected(_))
    ));
    assert_eq!(
        (sender.stats().rejected, sender.stats().datagrams_heard),
        (1, 3)
    );
}

#[test]
fn what_peers_can_make_it_keep_is_limited() {
    let start = Instant::now();
    let mut config = config(start);
    config.limits.receivers = 3;
    config.limits.events = 4;
    config.limits.other_packet_bytes = 16;
    let mut sender = Sender::new(config, [0; 32]).unwrap();
    for from in 0..100 {
        sender.handle_rtcp(start, &receiver_report(from, &[]));
    }
    assert_eq!(sender.stats().receivers, 3);
    let mut bad = receiver_report(1, &[]);
    bad[0] = 0;
    for _ in 0..100 {
        sender.handle_rtcp(start, &bad);
    }
    let mut heard = 0;
    while let Some(event) = sender.poll_event() {
        assert!(
            matches!(event, SenderEvent::Rejected(_)),
            "the oldest went first"
        );
        heard += 1;
    }
    assert_eq!(heard, 4);
    assert_eq!(sender.stats().dropped_events, 3 + 100 - 4);
    let mut large = Vec::new();
    let data = [0; 8];
    ApplicationDefined {
        subtype: 0,
        ssrc: Ssrc(1),
        name: *b"long",
        data: &data,
    }
    .encode(&mut large)
    .unwrap();
    sender.handle_rtcp(start, &large);
    assert_eq!(
        (sender.poll_event(), sender.stats().dropped_events),
        (None, 100)
    );
}

#[test]
fn silent_receivers_are_forgotten_after_five_intervals() {
    let start = Instant::now();
    let mut sender = sender(start);
    let _ = sender.header(start, 0, true, 1);
    sender.handle_rtcp(start, &receiver_report(5, &[]));
    let _ = reports(&mut sender, start + seconds(20));
    assert_eq!(sender.stats().receivers, 1);
    let _ = reports(&mut sender, start + seconds(45));
    assert_eq!(sender.stats().receivers, 0);
}

#[test]
fn the_timer_follows_the_number_of_members() {
    let start = Instant::now();
    let mut config = config(start);
    config.bandwidth_bits_per_second = 64_000;
    let mut sender = Sender::new(config, [3; 32]).unwrap();
    let crowd: Vec<_> = (0..1_000).map(|from| receiver_report(from, &[])).collect();
    // As one of 1,000 the sender still has a quarter of the bandwidth for itself.
    crowd
        .iter()
        .for_each(|report| sender.handle_rtcp(start, report));
    let _ = sender.header(start, 0, true, 1);
    let planned = sender.poll_timeout().unwrap();
    let mut goodbye = Vec::new();
    CompoundBuilder::new(Ssrc(0), "x")
        .goodbye(None)
        .encode(&mut goodbye)
        .unwrap();
    for from in 0_u32..900 {
        let at = goodbye.len() - 4;
        goodbye[at..].copy_from_slice(&from.to_be_bytes());
        sender.handle_rtcp(start, &goodbye[at - 4..]);
    }
    let sooner = sender.poll_timeout().unwrap();
    let ratio = (sooner - start).as_secs_f64() / (planned - start).as_secs_f64();
    assert!(
        (ratio - 101.0 / 1_001.0).abs() < 0.01,
        "reverse reconsideration: {ratio}"
    );
}

#[test]
fn the_seed_decides_all_and_numbers_wrap() {
    let start = Instant::now();
    let (a, b, c) = (
        sender(start),
        sender(start),
        Sender::new(config(start), [8; 32]).unwrap(),
    );
    assert_eq!(
        (a.ssrc(), a.next_sequence_number(), a.rtp_time(0)),
        (b.ssrc(), b.next_sequence_number(), b.rtp_time(0))
    );
    assert_ne!((a.ssrc(), a.rtp_time(0)), (c.ssrc(), c.rtp_time(0)));
    for byte in 0..64 {
        let sender = Sender::new(config(start), [byte; 32]).unwrap();
        assert!(sender.next_sequence_number().0 < 0x8000);
    }

    let mut config = config(start);
    config.ssrc = Some(Ssrc(42));
    config.first_sequence_number = Some(SequenceNumber(u16::MAX));
    config.timestamp_offset = Some(u32::MAX);
    let mut sender = Sender::new(config, [0; 32]).unwrap();
    let timestamp = sender.rtp_time(2);
    let _ = sender.header(start, u32::MAX, false, 0);
    let header = sender.rtp_header(start, timestamp, false, 0);
    assert_eq!(
        (header.ssrc, header.sequence_number, header.timestamp),
        (Ssrc(42), SequenceNumber(0), 1)
    );
    assert_eq!(sender.rtp_time(-1), u32::MAX - 1);
    sender.set_payload_type(PayloadType(97));
    assert_eq!(sender.header(start, 0, true, 0)[1], 0x80 | 97);
}

#[test]
fn a_cname_must_fit_and_be() {
    let start = Instant::now();
    for cname in [String::new(), "x".repeat(256)] {
        let mut config = config(start);
        config.cname = cname;
        let error = Sender::new(config, [0; 32]).unwrap_err();
        assert!(matches!(
            error,
            SendError::TooMany { .. } | SendError::Unencodable { .. }
        ));
    }
}

#[test]
fn a_sender_can_move_between_threads() {
    fn is_send<T: Send + Sync>() {}
    is_send::<Sender>();
}

proptest! {
    #[test]
    fn any_datagrams_at_any_time_are_survived(
        steps in prop::collection::vec((0u64..20_000, 0u8..6, prop::collection::vec(any::<u8>(), 0..80)), 0..60),
    ) {
        let start = Instant::now();
        let mut now = start + seconds(1_000);
        let mut sender = sender(start);
        for (millis, action, mut data) in steps {
            match action {
                0 => now += Duration::from_millis(millis),
                // Clocks of callers have gone back before.
                1 => now -= Duration::from_millis(millis / 2),
                2 => { let _ = sender.header(now, millis as u32, true, data.len()); }
                3 => { let _ = sender.reanchor(now, millis as i64, Continuity::Continuous); }
                4 => if data.len() % 2 == 0 { sender.pause(now) } else { sender.resume(now) },
                _ => {
                    if let Some(head) = data.first_chunk_mut::<2>() {
                        *head = [0x80 | (head[0] & 0x3f), 200 + head[1] % 6];
                    }
                    sender.handle_rtcp(now, &data);
                }
            }
            sender.handle_timeout(now);
            if let Some(datagram) = sender.poll_rtcp() {
                let _ = info(&datagram);
            }
            prop_assert!(sender.stats().receivers <= 1_024);
            if let Some(next) = sender.poll_timeout() {
                prop_assert!(next <= start + seconds(5_000), "a timer is never out of reach");
            }
        }
        let mut events = 0;
        while sender.poll_event().is_some() { events += 1; }
        prop_assert!(events <= 64);
    }
}
