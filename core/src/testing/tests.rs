use std::{net::Ipv4Addr, time::Duration};

use bytes::{Bytes, BytesMut};

use super::*;
use crate::{
    Datagram, Machine, Path, Random, Transmit,
    lines::{IDLE, LineError, Lines},
};

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn options(split: Split) -> LinkOptions {
    LinkOptions {
        split,
        ..LinkOptions::default()
    }
}

fn flip(at: u64) -> Fault {
    Fault {
        at,
        kind: FaultKind::Flip(0x20),
    }
}

/// `a` says lines, `b` hears them.
fn one_way(options: LinkOptions) -> Pair<Lines, Lines> {
    let now = start();
    Pair::with_links(
        now,
        Lines::new(now),
        Lines::new(now),
        [options, LinkOptions::default()],
    )
}

fn say(pair: &mut Pair<Lines, Lines>, text: &str) -> String {
    pair.a.say(text.as_bytes());
    pair.drive();
    heard(pair)
}

fn heard(pair: &mut Pair<Lines, Lines>) -> String {
    let events = pair.b_heard.take_events();
    events
        .iter()
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect()
}

#[test]
fn every_split_brings_the_same_lines_and_echoes() {
    for split in [
        Split::Whole,
        Split::Bytes(1),
        Split::Bytes(0),
        Split::Bytes(7),
        Split::Random(5),
    ] {
        let now = start();
        let mut pair = Pair::with_links(
            now,
            Lines::new(now),
            Lines::echoing(now),
            [options(split), options(split)],
        );
        for number in 0..100 {
            pair.a.say(format!("line {number}\n").as_bytes());
        }
        pair.drive();
        assert_eq!(pair.b_heard.events.len(), 100);
        assert_eq!(pair.b_heard.events[99], "line 99\n");
        // The echoes are length, line; the length's bytes stay at the front of what `a` hears as lines.
        assert_eq!(pair.a_heard.events.len(), 100);
        assert_eq!(pair.a_heard.events[99], "\0\x08line 99\n");
        assert_eq!(pair.now(), now, "no time passes on a perfect link");
    }
}

#[test]
fn one_byte_splits_are_one_byte_inputs() {
    let mut pair = one_way(options(Split::Bytes(1)));
    assert_eq!(say(&mut pair, "hello\n"), "hello\n");
    assert_eq!(pair.b.inputs, 6);
    let mut pair = one_way(options(Split::Whole));
    pair.a.say(b"hel");
    pair.a.say(b"lo\n");
    pair.drive();
    assert_eq!(pair.b.inputs, 1);
}

#[test]
fn latency_and_bandwidth_take_virtual_time() {
    let slow = LinkOptions {
        latency: millis(20),
        bytes_per_second: Some(1000),
        ..LinkOptions::default()
    };
    let mut pair = one_way(slow);
    let begin = pair.now();
    assert_eq!(say(&mut pair, "0123456789\n"), "0123456789\n");
    assert_eq!(pair.now() - begin, millis(31));
}

#[test]
fn timers_fire_when_waited_for_and_not_by_driving() {
    let mut pair = one_way(LinkOptions::default());
    let begin = pair.now();
    assert_eq!(say(&mut pair, "a\n"), "a\n");
    assert_eq!(pair.now(), begin);
    pair.advance(IDLE - millis(1));
    assert_eq!(pair.b_heard.error, None);
    assert_eq!(pair.now() - begin, IDLE - millis(1));
    assert!(pair.drive_until(|pair| pair.b_heard.error.is_some()));
    assert_eq!(pair.b_heard.error, Some(LineError::Idle));
    assert_eq!(pair.now() - begin, IDLE);
    assert!(!pair.drive_until(|pair| !pair.b_heard.events.is_empty()));
}

#[test]
fn ticks_during_an_advance_are_all_heard_in_their_time() {
    let mut pair = one_way(LinkOptions {
        latency: millis(5),
        ..LinkOptions::default()
    });
    pair.a.tick = Some((millis(10), pair.now() + millis(10)));
    pair.advance(millis(104));
    assert_eq!(
        pair.unread_bytes(),
        (0, 9),
        "the tenth tick is still on the way"
    );
    pair.advance(millis(1));
    assert_eq!(pair.unread_bytes(), (0, 10));
}

#[test]
fn driving_stops_at_the_condition() {
    let mut pair = one_way(options(Split::Bytes(1)));
    pair.a.say(b"a\nb\nc\n");
    assert!(pair.drive_until(|pair| pair.b_heard.events.len() == 2));
    assert_eq!(heard(&mut pair), "a\nb\n");
    pair.drive();
    assert_eq!(heard(&mut pair), "c\n");
}

#[test]
fn a_paused_application_closes_the_window() {
    let mut pair = one_way(LinkOptions {
        window_bytes: 100,
        ..LinkOptions::default()
    });
    pair.b_heard.is_paused = true;
    for _ in 0..1000 {
        pair.a.say(b"0123456789\n");
    }
    pair.drive();
    let held = pair.a_to_b.taken_bytes();
    assert!(held <= 2 * 111, "{held}");
    assert!(pair.a.queued_bytes() > 10_000);
    pair.b_heard.is_paused = false;
    pair.drive();
    assert_eq!(pair.b_heard.events.len(), 1000);
}

#[test]
fn faults_do_as_they_say() {
    let insert = FaultKind::Insert(Bytes::from_static(b"<>"));
    for (kind, text) in [
        (FaultKind::Flip(0x20), "abCd\n"),
        (insert, "ab<>cd\n"),
        (FaultKind::Drop(2), "ab\n"),
        (FaultKind::Stall(millis(9)), "abcd\n"),
    ] {
        for split in [Split::Whole, Split::Bytes(1)] {
            for whole in [true, false] {
                let faults = vec![Fault {
                    at: 2,
                    kind: kind.clone(),
                }];
                let mut pair = one_way(LinkOptions {
                    faults,
                    ..options(split)
                });
                let begin = pair.now();
                if !whole {
                    pair.a.say(b"a");
                    pair.a.say(b"bc");
                    assert_eq!(say(&mut pair, "d\n"), text);
                } else {
                    assert_eq!(say(&mut pair, "abcd\n"), text);
                }
                let stalled = matches!(kind, FaultKind::Stall(_));
                assert_eq!(
                    pair.now() - begin,
                    if stalled { millis(9) } else { millis(0) }
                );
            }
        }
    }
}

#[test]
fn several_faults_at_one_place_all_happen() {
    let insert = |text: &'static str| Fault {
        at: 1,
        kind: FaultKind::Insert(Bytes::from_static(text.as_bytes())),
    };
    let faults = vec![flip(2), insert("1"), insert("2"), flip(1)];
    let mut pair = one_way(LinkOptions {
        faults,
        ..LinkOptions::default()
    });
    assert_eq!(say(&mut pair, "abcd\n"), "a12BCd\n");
}

#[test]
fn a_cut_ends_both_ways_after_what_was_sent() {
    for at in [2, 4] {
        let faults = vec![Fault {
            at,
            kind: FaultKind::Cut,
        }];
        let mut pair = one_way(LinkOptions {
            faults,
            ..LinkOptions::default()
        });
        assert_eq!(say(&mut pair, "a\nb\n"), "a\nb\n"[..at as usize]);
        assert!(pair.a_to_b.is_cut() && pair.b_to_a.is_cut());
        assert!(pair.a.is_closed() && pair.b.is_closed());
        assert_eq!(say(&mut pair, "lost\n"), "");
    }
}

#[test]
fn an_error_ends_the_stream_after_the_farewell() {
    let mut pair = one_way(LinkOptions {
        latency: millis(1),
        ..LinkOptions::default()
    });
    pair.a.say(b"fine\n");
    assert_eq!(say(&mut pair, &"x".repeat(65)), "fine\n");
    assert_eq!(pair.b_heard.error, Some(LineError::TooLong));
    assert_eq!(pair.unread_bytes(), (3, 65), "bye");
    assert!(pair.a.is_closed());
}

#[test]
fn random_faults_are_the_same_for_the_same_seed() {
    let run = |seed: u8| {
        let faulty =
            options(Split::Random(9)).with_random_faults(&mut Random::new([seed; 32]), 20, 400);
        assert_eq!(faulty.faults.len(), 20);
        let mut pair = one_way(faulty);
        for number in 0..40 {
            pair.a.say(format!("line {number}\n").as_bytes());
        }
        pair.drive();
        (heard(&mut pair), pair.b_heard.error)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

fn datagram(number: u32) -> Transmit {
    let end = |port| (Ipv4Addr::LOCALHOST, port).into();
    let path = Path {
        local: end(1),
        remote: end(2),
    };
    Transmit::datagram(path, [Bytes::copy_from_slice(&number.to_be_bytes())])
}

/// Sends 1000 datagrams a millisecond apart; gives what comes out, and when.
fn through(options: DatagramLinkOptions) -> (Vec<(Duration, Datagram)>, DatagramLinkStats) {
    let begin = start();
    let mut link = DatagramLink::new(options);
    for number in 0..1000u32 {
        link.send(begin + millis(number.into()), &datagram(number));
    }
    let mut out = Vec::new();
    while let Some(at) = link.poll_timeout() {
        assert_eq!(link.poll_deliver(at - Duration::from_nanos(1)), None);
        out.push((at - begin, link.poll_deliver(at).unwrap()));
    }
    (out, link.stats())
}

fn number(datagram: &Datagram) -> u32 {
    u32::from_be_bytes(datagram.data[..].try_into().unwrap())
}

#[test]
fn a_perfect_datagram_link_keeps_order_and_time_and_turns_the_path() {
    let (out, stats) = through(DatagramLinkOptions {
        latency: millis(7),
        ..DatagramLinkOptions::default()
    });
    for (expected, (at, datagram)) in (0u32..).zip(&out) {
        assert_eq!(
            (number(datagram), *at),
            (expected, millis(u64::from(expected) + 7))
        );
        assert_eq!(
            (datagram.path.local.port(), datagram.path.remote.port()),
            (2, 1)
        );
    }
    assert_eq!((stats.sent, stats.delivered, stats.lost), (1000, 1000, 0));
}

#[test]
fn a_bad_datagram_link_does_all_it_says_at_about_its_rates() {
    let bad = DatagramLinkOptions {
        latency: millis(5),
        loss: 0.1,
        duplication: 0.1,
        reordering: 0.1,
        corruption: 0.1,
        ..DatagramLinkOptions::default()
    };
    let (out, stats) = through(bad.clone());
    assert_eq!((out.clone(), stats), through(bad.clone()), "seeded");
    let other = DatagramLinkOptions {
        seed: [1; 32],
        ..bad
    };
    assert_ne!(out, through(other).0);
    for count in [
        stats.lost,
        stats.duplicated,
        stats.reordered,
        stats.corrupted,
    ] {
        assert!((50..150).contains(&count), "{stats:?}");
    }
    assert_eq!(stats.delivered, 1000 - stats.lost + stats.duplicated);
    assert!(
        out.windows(2)
            .any(|two| number(&two[0].1) > number(&two[1].1))
    );
}

#[test]
fn each_impairment_alone() {
    let perfect = DatagramLinkOptions::default;
    let numbers = |options| {
        through(options)
            .0
            .iter()
            .map(|(_, datagram)| number(datagram))
            .collect::<Vec<_>>()
    };
    assert!(
        numbers(DatagramLinkOptions {
            loss: 1.0,
            ..perfect()
        })
        .is_empty()
    );
    let twice: Vec<u32> = (0..1000).flat_map(|number| [number, number]).collect();
    assert_eq!(
        numbers(DatagramLinkOptions {
            duplication: 1.0,
            ..perfect()
        }),
        twice
    );
    let corrupted = numbers(DatagramLinkOptions {
        corruption: 1.0,
        ..perfect()
    });
    assert!(
        (0..)
            .zip(corrupted)
            .all(|(sent, heard): (u32, u32)| sent != heard)
    );
    let jittered = numbers(DatagramLinkOptions {
        jitter: millis(20),
        ..perfect()
    });
    let mut sorted = jittered.clone();
    sorted.sort_unstable();
    assert!(jittered != sorted && sorted == (0..1000).collect::<Vec<_>>());
}

#[test]
fn a_transmit_of_several_datagrams_arrives_as_several() {
    let mut link = DatagramLink::new(DatagramLinkOptions::default());
    let now = start();
    let several = Transmit {
        segments: [Bytes::from_static(b"aab"), Bytes::from_static(b"bc")]
            .into_iter()
            .collect(),
        segment_size: Some(2),
        ..datagram(0)
    };
    link.send(now, &several);
    link.send(
        now,
        &Transmit {
            segments: [].into_iter().collect(),
            ..datagram(0)
        },
    );
    let heard: Vec<Bytes> = std::iter::from_fn(|| link.poll_deliver(now))
        .map(|datagram| datagram.data)
        .collect();
    assert_eq!(heard, ["aa", "bb", "c", ""]);
}

#[test]
fn a_machine_that_does_not_care_for_splits_passes() {
    let now = start();
    let fed = split_feed(now, b"one\ntwo\nthree\nfour\nfive\nsix\nrest", || {
        Lines::echoing(now)
    });
    assert_eq!(fed.events.len(), 6);
    assert_eq!(
        (&fed.output[..6], &fed.unread[..]),
        (&b"\0\x04one\n"[..], &b"rest"[..])
    );
    assert_eq!(fed.error, None);
    let long = [b"fine\n".to_vec(), vec![b'x'; 65]].concat();
    let fed = split_feed(now, &long, || Lines::new(now));
    assert_eq!((fed.events.len(), fed.error), (1, Some(LineError::TooLong)));
    assert_eq!(fed.output, b"bye");
}

/// Takes whatever there is for one event.
struct Careless(Vec<Bytes>);

impl Machine for Careless {
    type Event = Bytes;
    type Error = LineError;

    fn handle_input(&mut self, _: std::time::Instant, input: &mut BytesMut) {
        self.0.push(input.split().freeze());
    }
    fn handle_eof(&mut self, _: std::time::Instant) {}
    fn handle_timeout(&mut self, _: std::time::Instant) {}
    fn poll_event(&mut self) -> Result<Option<Bytes>, LineError> {
        Ok(self.0.pop())
    }
    fn poll_transmit(&mut self) -> Option<Bytes> {
        None
    }
    fn poll_timeout(&self) -> Option<std::time::Instant> {
        None
    }
    fn wants_input(&self) -> bool {
        true
    }
    fn queued_bytes(&self) -> usize {
        0
    }
    fn is_closed(&self) -> bool {
        false
    }
}

#[test]
#[should_panic(expected = "fed byte by byte it gave")]
fn a_machine_that_cares_for_splits_is_caught() {
    split_feed(start(), b"two words", || Careless(Vec::new()));
}
