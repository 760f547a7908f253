//! How late packets are against the media clock.
//!
//! A packet's offset is its arrival minus its place on the media clock. The smallest offset seen so far
//! on the track is the path at its best, and what an offset is above it is the packet's lateness: delay
//! that a receiver must buffer for.
//!
//! Two things need care. Packets of one frame share a timestamp, and the frame is of use when the last
//! has come: so each packet counts as late as the last of its frame. And frames that are shown in another
//! order than they are sent (B frames) carry timestamps that jump: a sender paces by decoding times, which
//! RTP does not carry. The decoding times are the presentation times in ascending order, but for a constant,
//! so the k-th frame that arrives is held against the k-th smallest timestamp; a frame is settled when so
//! many have followed that no smaller timestamp can come.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::histogram::Histogram;

/// The most frames by which decoding order differs from presentation order (H.264 A.3.1, H.265 A.4.2).
const REORDER_FRAMES: usize = 16;

/// One track's frames against its clock.
#[derive(Debug)]
pub(crate) struct Lateness {
    clock_rate: u32,
    /// The beginning of this stretch of the time line: an instant, and the 32 bits of its timestamp.
    anchor: Option<(Instant, u32)>,
    /// The newest timestamp, as ticks from the anchor's.
    newest: i64,
    /// The smallest offset so far, in nanoseconds.
    best: Option<i64>,
    /// Frames that are not settled, in order of arrival.
    frames: VecDeque<Arrived>,
    /// Their timestamps in ascending order.
    timestamps: VecDeque<i64>,
}

/// Packets with one timestamp.
#[derive(Debug)]
struct Arrived {
    timestamp: i64,
    /// Of the last of its packets, since the anchor.
    arrival: Duration,
    packets: u64,
}

impl Lateness {
    pub(crate) fn new(clock_rate: u32) -> Self {
        Self {
            clock_rate: clock_rate.max(1),
            anchor: None,
            newest: 0,
            best: None,
            frames: VecDeque::with_capacity(REORDER_FRAMES + 1),
            timestamps: VecDeque::with_capacity(REORDER_FRAMES + 1),
        }
    }

    /// Takes note of a packet. Frames that are settled by it go into `histogram`.
    pub(crate) fn handle_packet(
        &mut self,
        now: Instant,
        timestamp: u32,
        histogram: &mut Histogram,
    ) {
        let (start, first) = *self.anchor.get_or_insert((now, timestamp));
        let arrival = now.saturating_duration_since(start);
        let newest = first.wrapping_add(self.newest as u32);
        let timestamp = self
            .newest
            .saturating_add(timestamp.wrapping_sub(newest).cast_signed().into());
        self.newest = timestamp;
        if let Some(frame) = self
            .frames
            .iter_mut()
            .rev()
            .find(|frame| frame.timestamp == timestamp)
        {
            frame.arrival = arrival;
            frame.packets = frame.packets.saturating_add(1);
            return;
        }
        self.frames.push_back(Arrived {
            timestamp,
            arrival,
            packets: 1,
        });
        let place = self.timestamps.partition_point(|other| *other < timestamp);
        self.timestamps.insert(place, timestamp);
        if self.frames.len() > REORDER_FRAMES {
            self.settle_one(histogram);
        }
    }

    /// The time line ends here: what comes next, after a seek, begins another.
    pub(crate) fn restart(&mut self, histogram: &mut Histogram) {
        while !self.frames.is_empty() {
            self.settle_one(histogram);
        }
        *self = Self::new(self.clock_rate);
    }

    fn settle_one(&mut self, histogram: &mut Histogram) {
        let (Some(frame), Some(timestamp)) = (self.frames.pop_front(), self.timestamps.pop_front())
        else {
            return;
        };
        let arrival = i64::try_from(frame.arrival.as_nanos()).unwrap_or(i64::MAX);
        let place = i128::from(timestamp) * 1_000_000_000 / i128::from(self.clock_rate);
        let offset = arrival.saturating_sub(i64::try_from(place).unwrap_or(i64::MAX));
        let best = self.best.map_or(offset, |best| best.min(offset));
        self.best = Some(best);
        let late = u64::try_from(offset.saturating_sub(best)).unwrap_or(0);
        histogram.record_times(Duration::from_nanos(late), frame.packets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 90_000;
    const FRAME: u32 = 3_600;

    fn start() -> Instant {
        crate::now()
    }

    /// Plays `(milliseconds of arrival, timestamp)` and tells what was recorded.
    fn lateness(packets: impl IntoIterator<Item = (u64, u32)>) -> Histogram {
        let (start, mut histogram) = (start(), Histogram::default());
        let mut lateness = Lateness::new(RATE);
        for (ms, timestamp) in packets {
            lateness.handle_packet(start + Duration::from_millis(ms), timestamp, &mut histogram);
        }
        lateness.restart(&mut histogram);
        assert!(lateness.frames.is_empty() && lateness.anchor.is_none());
        histogram
    }

    fn max_ms(histogram: &Histogram) -> u128 {
        histogram.quantile(1.0).unwrap().as_millis()
    }

    #[test]
    fn a_steady_stream_is_never_late_even_where_timestamps_wrap() {
        let first = u32::MAX - 10 * FRAME;
        let histogram =
            lateness((0..100).map(|n| (u64::from(n) * 40, first.wrapping_add(n * FRAME))));
        assert_eq!(max_ms(&histogram), 0);
    }

    #[test]
    fn one_late_frame_of_a_hundred() {
        let packets =
            (0..100).map(|n| (u64::from(n) * 40 + if n == 50 { 25 } else { 0 }, n * FRAME));
        let histogram = lateness(packets);
        assert_eq!(max_ms(&histogram), 25);
        assert_eq!(histogram.quantile(0.99).unwrap().as_millis(), 0);
    }

    #[test]
    fn the_first_packet_late_is_not_a_measure_for_the_others() {
        let packets = (0..50).map(|n| (u64::from(n) * 40 + if n == 0 { 30 } else { 0 }, n * FRAME));
        assert_eq!(max_ms(&lateness(packets)), 0, "those after it are the best");
        let packets = (0..50).map(|n| (u64::from(n) * 40 + if n > 0 { 30 } else { 0 }, n * FRAME));
        assert_eq!(max_ms(&lateness(packets)), 30);
    }

    #[test]
    fn a_burst_of_a_second_at_the_beginning_makes_nothing_late() {
        // A live stream's last second at once, then the stream itself.
        let packets = (0..100).map(|n: u32| (u64::from(n.saturating_sub(25)) * 40, n * FRAME));
        assert_eq!(max_ms(&lateness(packets)), 0);
    }

    #[test]
    fn every_packet_is_as_late_as_the_last_of_its_frame() {
        let packets = (0..50u32).flat_map(|n| {
            let late = if n == 20 { 12 } else { 0 };
            [0, 0, late].map(|late| (u64::from(n) * 40 + late, n * FRAME))
        });
        let histogram = lateness(packets);
        assert_eq!(max_ms(&histogram), 12);
        assert_eq!(histogram.quantile(147.0 / 150.0).unwrap().as_millis(), 0);
        assert_eq!(
            histogram.quantile(147.5 / 150.0).unwrap().as_millis(),
            12,
            "three of 150"
        );
    }

    /// Groups of `sizes` frames that are shown in order, each group's last sent first.
    fn reordered(sizes: &[u32]) -> Vec<u32> {
        let mut shown = 0;
        let mut sent = Vec::new();
        for size in sizes {
            sent.push(shown + size - 1);
            sent.extend(shown..shown + size - 1);
            shown += size;
        }
        sent
    }

    #[test]
    fn frames_shown_in_another_order_are_not_late() {
        let order = reordered(&[
            1, 3, 3, 1, 1, 4, 2, 16, 1, 4, 4, 4, 3, 1, 1, 1, 3, 3, 2, 2, 1, 4, 4,
        ]);
        let steady = |late: Option<usize>| {
            let packets = order.iter().enumerate().map(|(slot, shown)| {
                let extra = if late == Some(slot) { 15 } else { 0 };
                (slot as u64 * 40 + extra, shown * FRAME)
            });
            max_ms(&lateness(packets))
        };
        assert_eq!(steady(None), 0);
        for slot in 1..order.len() {
            assert_eq!(steady(Some(slot)), 15, "{slot}");
        }
    }

    #[test]
    fn a_seek_begins_anew() {
        let (start, mut histogram) = (start(), Histogram::default());
        let mut lateness = Lateness::new(RATE);
        for (round, base) in [(0, 7_000_000u32), (1, 12)] {
            for n in 0..50 {
                let now = start + Duration::from_millis(u64::from(round * 9_000 + n * 40));
                lateness.handle_packet(now, base + n * FRAME, &mut histogram);
            }
            lateness.restart(&mut histogram);
        }
        assert_eq!(max_ms(&histogram), 0);
    }
}
