//! How often each span of time was seen, in memory of a fixed size.

use std::time::Duration;

use serde::Serialize;

/// Each power of two is cut into so many buckets: a span is told to within 1/32 of itself.
const PARTS: usize = 32;
/// log2 of [`PARTS`].
const PART_BITS: u32 = 5;
/// Spans of 2^36 microseconds (19 hours) and more are told as that much.
const MAX_BITS: u32 = 36;
#[cfg(test)]
const BUCKETS: usize = PARTS * (MAX_BITS - PART_BITS + 1) as usize;

/// Spans of time in buckets whose width grows with the span; whole microseconds below 64 of them.
#[derive(Clone, Default)]
pub(crate) struct Histogram {
    /// As many buckets as the longest span needed so far: there are thousands of histograms.
    counts: Vec<u64>,
    total: u64,
    max_us: u64,
}

/// What a histogram is boiled down to, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Quantiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) max: f64,
}

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Histogram")
            .field("total", &self.total)
            .field("quantiles", &self.quantiles())
            .finish()
    }
}

impl Histogram {
    pub(crate) fn record(&mut self, span: Duration) {
        self.record_times(span, 1);
    }

    /// The same span, seen several times.
    pub(crate) fn record_times(&mut self, span: Duration, times: u64) {
        let us = u64::try_from(span.as_micros())
            .unwrap_or(u64::MAX)
            .min((1 << MAX_BITS) - 1);
        let bucket = bucket(us);
        if bucket >= self.counts.len() {
            self.counts.resize(bucket.saturating_add(1), 0);
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count = count.saturating_add(times);
        }
        self.total = self.total.saturating_add(times);
        if times > 0 {
            self.max_us = self.max_us.max(us);
        }
    }

    /// Takes in what another has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
        self.total = self.total.saturating_add(other.total);
        self.max_us = self.max_us.max(other.max_us);
    }

    /// The span that this share of all (0 to 1) does not exceed, rounded up to its bucket's end; `None`
    /// when nothing was seen.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        if self.total == 0 {
            return None;
        }
        let rank = ((self.total as f64 * share).ceil() as u64).clamp(1, self.total);
        let mut seen = 0u64;
        let found = self.counts.iter().position(|count| {
            seen = seen.saturating_add(*count);
            seen >= rank
        });
        let us = found.map_or(self.max_us, bucket_end).min(self.max_us);
        Some(Duration::from_micros(us))
    }

    /// The usual three; `None` when nothing was seen.
    pub(crate) fn quantiles(&self) -> Option<Quantiles> {
        let ms = |span: Duration| span.as_micros() as f64 / 1000.0;
        Some(Quantiles {
            p50: ms(self.quantile(0.5)?),
            p99: ms(self.quantile(0.99)?),
            max: ms(Duration::from_micros(self.max_us)),
        })
    }
}

fn bucket(us: u64) -> usize {
    let Some(shift) = us
        .checked_ilog2()
        .and_then(|top| top.checked_sub(PART_BITS))
    else {
        return us as usize;
    };
    // The five bits below the highest one choose among the parts.
    (shift as usize * PARTS).saturating_add((us >> shift) as usize)
}

/// The largest value of a bucket.
fn bucket_end(index: usize) -> u64 {
    let shift = (index / PARTS).saturating_sub(1);
    let part = (index - shift * PARTS) as u64;
    ((part + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn us(us: u64) -> Duration {
        Duration::from_micros(us)
    }

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut next = 0;
        for index in 0..BUCKETS {
            assert_eq!(bucket(next), index);
            assert_eq!(bucket(bucket_end(index)), index);
            next = bucket_end(index) + 1;
        }
        assert_eq!(next, 1 << MAX_BITS);
    }

    #[test]
    fn quantiles_of_a_line() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantiles(), None);
        (1..=1000).for_each(|ms| histogram.record(us(ms * 1000)));
        let found = histogram.quantiles().unwrap();
        assert!((500.0..=516.0).contains(&found.p50), "{found:?}");
        assert!((990.0..=1000.0).contains(&found.p99), "{found:?}");
        assert!((found.max - 1000.0).abs() < 1e-9);
    }

    #[test]
    fn one_in_a_hundred_is_the_p99_and_not_more() {
        let mut histogram = Histogram::default();
        histogram.record_times(us(10), 99);
        histogram.record(us(5_000_000));
        assert_eq!(histogram.quantile(0.99), Some(us(10)));
        assert_eq!(histogram.quantile(0.991), Some(us(5_000_000)));
        histogram.record_times(us(9_000_000), 0);
        assert_eq!(histogram.quantile(1.0), Some(us(5_000_000)), "none is none");
    }

    #[test]
    fn absurd_spans_are_told_as_the_longest() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::MAX);
        assert_eq!(histogram.quantile(0.5), Some(us((1 << MAX_BITS) - 1)));
    }

    proptest! {
        #[test]
        fn every_quantile_is_within_a_32nd_above(mut spans in prop::collection::vec(0u64..1 << 34, 1..200), share in 0.0..1.0f64) {
            let (mut one, mut other) = (Histogram::default(), Histogram::default());
            for (index, span) in spans.iter().enumerate() {
                if index % 2 == 0 { one.record(us(*span)) } else { other.record(us(*span)) }
            }
            one.merge(&other);
            spans.sort_unstable();
            let rank = ((spans.len() as f64 * share).ceil() as usize).clamp(1, spans.len());
            let exact = spans[rank - 1];
            let told = one.quantile(share).unwrap().as_micros() as u64;
            prop_assert!(told >= exact && told <= exact + exact / 32, "{} {}", told, exact);
        }
    }
}
