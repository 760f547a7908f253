//! What arrived of one RTP stream: loss, order and jitter, and the report that tells the sender.

use std::time::{Duration, Instant};

use castline_core::NtpTime;
use castline_rtp_rtcp::{ExtendedSequence, RtpPacket, SequenceNumber, Ssrc, rtcp::ReportBlock};
use serde::Serialize;

/// So many packets back a packet is known to have come before, or to have been missing.
const WINDOW: i64 = 1024;
const WORDS: usize = WINDOW as usize / 64;

/// Packet counts, of one stream or of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct Counts {
    /// Packets, without those that came twice.
    pub(crate) packets: u64,
    /// Packets that never came.
    pub(crate) lost: u64,
    /// Packets that came again.
    pub(crate) duplicates: u64,
    /// Packets that came after a later one.
    pub(crate) reordered: u64,
    /// What is no RTP packet, or no RTCP packet.
    pub(crate) malformed: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, more: &Self) {
        let mine = [
            &mut self.packets,
            &mut self.lost,
            &mut self.duplicates,
            &mut self.reordered,
            &mut self.malformed,
        ];
        let theirs = [
            more.packets,
            more.lost,
            more.duplicates,
            more.reordered,
            more.malformed,
        ];
        for (sum, more) in mine.into_iter().zip(theirs) {
            *sum = sum.saturating_add(more);
        }
    }
}

/// The receiving end of one stream, across changes of its SSRC.
#[derive(Debug)]
pub(crate) struct Reception {
    clock_rate: u32,
    source: Option<Source>,
    /// Sources that are over.
    past: Counts,
}

/// One SSRC.
#[derive(Debug)]
struct Source {
    ssrc: Ssrc,
    sequence: ExtendedSequence,
    first: i64,
    /// Bit n of the ring is the packet whose position is n modulo [`WINDOW`].
    seen: [u64; WORDS],
    counts: Counts,
    /// At the report before: packets expected and received (RFC 3550 A.3).
    expected_before: i64,
    received_before: i64,
    jitter: Jitter,
    sender_report: Option<(NtpTime, Instant)>,
    /// Packets that the sender has sent in all, from the report of its BYE.
    sent: Option<u32>,
}

/// Interarrival jitter in 16ths of a timestamp tick (RFC 3550 A.8).
#[derive(Debug)]
struct Jitter {
    started: Instant,
    transit: u32,
    scaled: u32,
}

impl Reception {
    pub(crate) fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate,
            source: None,
            past: Counts::default(),
        }
    }

    /// Takes note of a packet; true when it is seen for the first time.
    pub(crate) fn handle_packet(&mut self, now: Instant, packet: &RtpPacket<'_>) -> bool {
        let is_same = self
            .source
            .as_ref()
            .is_some_and(|source| source.ssrc == packet.ssrc());
        if !is_same && let Some(over) = self.source.replace(Source::new(now, packet)) {
            self.past.add(&over.counts());
        }
        let rate = self.clock_rate;
        let Some(source) = &mut self.source else {
            return false;
        };
        source.jitter.handle_packet(now, packet.timestamp(), rate);
        source.handle_sequence(packet.sequence_number())
    }

    /// Takes note of something that is no packet.
    pub(crate) fn handle_malformed(&mut self) {
        self.past.malformed = self.past.malformed.saturating_add(1);
    }

    /// Takes note of an SR; `packets` when it is the last one.
    pub(crate) fn handle_sender_report(&mut self, now: Instant, ssrc: Ssrc, ntp: NtpTime) {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            source.sender_report = Some((ntp, now));
        }
    }

    /// The sender says in its BYE how many packets it has sent, so that the first and the last are
    /// missed too.
    pub(crate) fn handle_total(&mut self, ssrc: Ssrc, packets: u32) {
        if let Some(source) = self.source.as_mut().filter(|source| source.ssrc == ssrc) {
            source.sent = Some(packets);
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = self.past;
        if let Some(source) = &self.source {
            counts.add(&source.counts());
        }
        counts
    }

    /// The block for the next receiver report; `None` before the first packet.
    pub(crate) fn report(&mut self, now: Instant) -> Option<ReportBlock> {
        self.source.as_mut().map(|source| source.report(now))
    }
}

impl Source {
    fn new(now: Instant, packet: &RtpPacket<'_>) -> Self {
        let sequence = ExtendedSequence::new(packet.sequence_number());
        Self {
            ssrc: packet.ssrc(),
            first: sequence.highest(),
            sequence,
            seen: [0; WORDS],
            counts: Counts::default(),
            expected_before: 0,
            received_before: 0,
            jitter: Jitter {
                started: now,
                transit: 0u32.wrapping_sub(packet.timestamp()),
                scaled: 0,
            },
            sender_report: None,
            sent: None,
        }
    }

    fn handle_sequence(&mut self, number: SequenceNumber) -> bool {
        let before = self.sequence.highest();
        let position = self.sequence.extend(number);
        let is_first = self.counts.packets == 0;
        if position <= before && !is_first {
            return self.handle_late(before, position);
        }
        // The places between are the ring's again; more than all of them need not be cleared twice.
        for skipped in (before + 1..position).rev().take(WORDS * 64) {
            self.mark(skipped, false);
        }
        self.mark(position, true);
        self.counts.packets += 1;
        true
    }

    fn handle_late(&mut self, highest: i64, position: i64) -> bool {
        let is_known = highest - position < WINDOW;
        if is_known && position >= self.first && self.is_marked(position) {
            self.counts.duplicates += 1;
            return false;
        }
        // Beyond the window nobody knows; it is taken for one that was missing.
        self.first = self.first.min(position);
        if is_known {
            self.mark(position, true);
        }
        self.counts.packets += 1;
        self.counts.reordered += 1;
        true
    }

    fn mark(&mut self, position: i64, is_seen: bool) {
        let place = position.rem_euclid(WINDOW) as usize;
        if let Some(word) = self.seen.get_mut(place / 64) {
            let bit = 1 << (place % 64);
            *word = if is_seen { *word | bit } else { *word & !bit };
        }
    }

    fn is_marked(&self, position: i64) -> bool {
        let place = position.rem_euclid(WINDOW) as usize;
        self.seen
            .get(place / 64)
            .is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Packets between the first and the last that came, both included (RFC 3550 A.3).
    fn expected(&self) -> i64 {
        self.sequence.highest() - self.first + 1
    }

    fn received(&self) -> i64 {
        (self.counts.packets + self.counts.duplicates) as i64
    }

    fn counts(&self) -> Counts {
        let missing = u64::try_from(self.expected())
            .unwrap_or(0)
            .saturating_sub(self.counts.packets);
        // The count wraps at 2^32.
        let of_sender = self.sent.map_or(0, |sent| {
            sent.wrapping_sub(self.counts.packets as u32).cast_signed()
        });
        let lost = missing.max(u64::try_from(of_sender).unwrap_or(0));
        Counts {
            lost,
            ..self.counts
        }
    }

    fn report(&mut self, now: Instant) -> ReportBlock {
        let (expected, received) = (self.expected(), self.received());
        let expected_since = expected - std::mem::replace(&mut self.expected_before, expected);
        let received_since = received - std::mem::replace(&mut self.received_before, received);
        let lost_since = (expected_since - received_since).max(0);
        let fraction = (lost_since << 8).checked_div(expected_since).unwrap_or(0);
        let lost = (expected - received).clamp(i64::from(i32::MIN), i64::from(i32::MAX));
        let (last_sender_report, delay) = match self.sender_report {
            Some((ntp, heard)) => (
                ntp.middle(),
                in_65536ths(now.saturating_duration_since(heard)),
            ),
            None => (0, 0),
        };
        ReportBlock {
            ssrc: self.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            cumulative_lost: lost as i32,
            extended_highest_sequence: self.sequence.extended_highest_sequence(),
            jitter: self.jitter.scaled >> 4,
            last_sender_report,
            delay_since_last_sender_report: delay,
        }
    }
}

impl Jitter {
    fn handle_packet(&mut self, now: Instant, timestamp: u32, clock_rate: u32) {
        let elapsed = now.saturating_duration_since(self.started);
        let ticks = elapsed.as_nanos().saturating_mul(clock_rate.into()) / 1_000_000_000;
        let transit = (ticks as u32).wrapping_sub(timestamp);
        let change = transit
            .wrapping_sub(self.transit)
            .cast_signed()
            .unsigned_abs();
        self.transit = transit;
        let settled = self
            .scaled
            .saturating_sub(self.scaled.saturating_add(8) >> 4);
        self.scaled = settled.saturating_add(change);
    }
}

fn in_65536ths(span: Duration) -> u32 {
    u32::try_from(span.as_nanos().saturating_mul(65_536) / 1_000_000_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
