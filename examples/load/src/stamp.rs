//! Marks in pictures that tell when they were sent.
//!
//! A publisher of this process puts an SEI message (H.264 D.1.6, user data unregistered) in front of each picture; every
//! server passes it on with the picture, whatever it makes of timestamps, and players read it: how long the picture took,
//! and whether one is missing. The numbers are written seven bits to a byte under a set high bit, so that nothing in them
//! can look like a start code.

use std::time::{Duration, Instant};

use castline_core::Random;

use crate::{now, record::Record};

/// So many bytes of a tag's body are enough to find the stamp in it.
pub(crate) const HEAD_BYTES: usize = 64;

/// The message's UUID.
const UUID: [u8; 16] = *b"castline-load/01";
const RUN_DIGITS: usize = 5;
const NUMBER_DIGITS: usize = 5;
const TIME_DIGITS: usize = 8;
const BODY_BYTES: usize = UUID.len() + RUN_DIGITS + NUMBER_DIGITS + TIME_DIGITS;
/// NAL unit type 6, payload type 5, its size, the body, and the stop bit.
const UNIT_BYTES: usize = 3 + BODY_BYTES + 1;
/// Where the UUID may begin in a tag's body: behind the tag's header of 5 to 12 bytes, the unit's length and its head.
const UUID_OFFSETS: std::ops::Range<usize> = 12..20;

/// The clock that publishers and players of this process have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StampClock {
    epoch: Instant,
    /// Tells the stamps of this process from those of others.
    run: u64,
}

/// What a stamp says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Counts the pictures of a stream.
    pub(crate) number: u64,
    pub(crate) sent_at: Instant,
}

impl StampClock {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            epoch: now(),
            run: u64::from(random.u32()),
        }
    }

    /// The stamp as a NAL unit behind its length in four bytes, as FLV has it.
    pub(crate) fn encode(&self, stamp: Stamp) -> Vec<u8> {
        let mut out = Vec::with_capacity(4 + UNIT_BYTES);
        out.extend_from_slice(&(UNIT_BYTES as u32).to_be_bytes());
        out.extend_from_slice(&[6, 5, BODY_BYTES as u8]);
        out.extend_from_slice(&UUID);
        let since = stamp.sent_at.saturating_duration_since(self.epoch);
        push_digits(&mut out, self.run, RUN_DIGITS);
        push_digits(&mut out, stamp.number, NUMBER_DIGITS);
        push_digits(&mut out, since.as_micros() as u64, TIME_DIGITS);
        out.push(0x80);
        out
    }

    /// The stamp in the first bytes of a tag's body; `None` when it has none, or another process's.
    pub(crate) fn find(&self, head: &[u8]) -> Option<Stamp> {
        let body = UUID_OFFSETS.into_iter().find_map(|offset| {
            let rest = head.get(offset..)?;
            rest.strip_prefix(&UUID)
        })?;
        let (run, rest) = digits(body, RUN_DIGITS)?;
        let (number, rest) = digits(rest, NUMBER_DIGITS)?;
        let (micros, _) = digits(rest, TIME_DIGITS)?;
        let sent_at = self.epoch.checked_add(Duration::from_micros(micros))?;
        (run == self.run).then_some(Stamp { number, sent_at })
    }
}

fn push_digits(out: &mut Vec<u8>, value: u64, count: usize) {
    let digit = |place: usize| 0x80 | ((value >> (7 * place)) & 0x7F) as u8;
    out.extend((0..count).rev().map(digit));
}

fn digits(input: &[u8], count: usize) -> Option<(u64, &[u8])> {
    let (digits, rest) = input.split_at_checked(count)?;
    let value = digits.iter().try_fold(0u64, |value, digit| {
        (*digit >= 0x80).then_some((value << 7) | u64::from(digit & 0x7F))
    });
    Some((value?, rest))
}

/// What one player makes of the tags of its stream.
#[derive(Debug)]
pub(crate) struct Meter {
    clock: StampClock,
    /// Since when it wants media: what was sent before is what the server had kept for those who come later.
    asked_at: Instant,
    last_number: Option<u64>,
}

impl Meter {
    pub(crate) fn new(clock: StampClock) -> Self {
        Self {
            clock,
            asked_at: now(),
            last_number: None,
        }
    }

    /// Media is asked for, from now on or from the start again.
    pub(crate) fn ask(&mut self, now: Instant) {
        self.asked_at = now;
        self.last_number = None;
    }

    /// A tag of sound or pictures has come; of its body, the first bytes.
    pub(crate) fn note_tag(&mut self, now: Instant, tag: &ReceivedTag<'_>, record: &mut Record) {
        record.note_media(now, tag.bytes as usize);
        record.counts.packets = record.counts.packets.saturating_add(1);
        if !tag.is_video {
            return;
        }
        let Some(stamp) = self.clock.find(tag.head) else {
            return;
        };
        self.note_number(stamp.number, record);
        if stamp.sent_at < self.asked_at {
            record.catch_up = record.catch_up.saturating_add(1);
        } else {
            let delay = now.saturating_duration_since(stamp.sent_at);
            record.delay.record(delay);
        }
    }

    /// Pictures that a server leaves out for a slow player are lost, as packets are.
    fn note_number(&mut self, number: u64, record: &mut Record) {
        let counts = &mut record.counts;
        match self.last_number {
            Some(last) if number == last => counts.duplicates = counts.duplicates.saturating_add(1),
            Some(last) if number < last => counts.reordered = counts.reordered.saturating_add(1),
            Some(last) => counts.lost = counts.lost.saturating_add(number - last - 1),
            None => {}
        }
        self.last_number = self.last_number.max(Some(number));
    }
}

/// A tag of sound or pictures as a player sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReceivedTag<'a> {
    pub(crate) is_video: bool,
    /// The length of its body.
    pub(crate) bytes: u32,
    /// The first bytes of its body, [`HEAD_BYTES`] of them at the most.
    pub(crate) head: &'a [u8],
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clock() -> StampClock {
        StampClock::new(&mut Random::new([7; 32]))
    }

    /// As it stands in a legacy and in an enhanced tag.
    fn bodies(clock: &StampClock, stamp: Stamp) -> [Vec<u8>; 2] {
        let unit = clock.encode(stamp);
        [
            [&[0x17, 1, 0, 0, 0], &unit[..], &[0, 0, 0, 1, 0x65]].concat(),
            [b"\x91avc1\0\0\0", &unit[..], &[0, 0, 0, 1, 0x65]].concat(),
        ]
    }

    fn picture(head: &[u8]) -> ReceivedTag<'_> {
        ReceivedTag {
            is_video: true,
            bytes: 1000,
            head,
        }
    }

    proptest! {
        #[test]
        fn what_is_stamped_is_found(number in 0u64..1 << 35, micros in 0u64..1 << 50) {
            let clock = clock();
            let sent_at = clock.epoch + Duration::from_micros(micros);
            let stamp = Stamp { number, sent_at };
            for body in bodies(&clock, stamp) {
                prop_assert!(body.len() >= 5 + UNIT_BYTES);
                let head = body.get(..HEAD_BYTES).unwrap_or(&body);
                prop_assert_eq!(clock.find(head), Some(stamp));
            }
        }

        #[test]
        fn nothing_in_it_looks_like_a_start_code(number in 0u64..1 << 35, micros in 0u64..1 << 50) {
            let clock = clock();
            let sent_at = clock.epoch + Duration::from_micros(micros);
            let unit = clock.encode(Stamp { number, sent_at });
            prop_assert!(unit[4..].windows(2).all(|pair| pair != [0, 0]));
        }

        #[test]
        fn any_bytes_will_do(head in prop::collection::vec(any::<u8>(), 0..HEAD_BYTES)) {
            prop_assert_eq!(clock().find(&head), None);
        }
    }

    #[test]
    fn another_process_s_stamps_are_not_ours() {
        let (ours, theirs) = (clock(), StampClock::new(&mut Random::new([8; 32])));
        let stamp = Stamp {
            number: 1,
            sent_at: theirs.epoch,
        };
        let [body, _] = bodies(&theirs, stamp);
        assert_eq!(ours.find(&body), None);
        assert!(theirs.find(&body).is_some());
    }

    #[test]
    fn a_delay_counts_from_the_sending_and_what_was_kept_does_not() {
        let clock = clock();
        let at = |ms| clock.epoch + Duration::from_millis(ms);
        let mut record = Record::new("rtmp", clock.epoch);
        let mut meter = Meter::new(clock);
        meter.ask(at(100));
        for (number, sent, came) in [
            (3, 50, 110),
            (4, 100, 120),
            (5, 140, 150),
            (8, 260, 265),
            (8, 260, 270),
        ] {
            let [body, _] = bodies(
                &clock,
                Stamp {
                    number,
                    sent_at: at(sent),
                },
            );
            meter.note_tag(at(came), &picture(&body), &mut record);
        }
        meter.note_tag(
            at(300),
            &ReceivedTag {
                is_video: false,
                ..picture(&[0xAF, 1])
            },
            &mut record,
        );
        assert_eq!(record.catch_up, 1, "the one that was sent before");
        let delay = record.delay.quantiles().unwrap();
        assert!(
            (delay.max - 20.0).abs() < 1e-9 && (delay.p50 - 10.0).abs() < 0.4,
            "{delay:?}"
        );
        assert_eq!((record.counts.packets, record.media_bytes), (6, 6000));
        assert_eq!((record.counts.lost, record.counts.duplicates), (2, 1));
    }
}
