//! Exact conversion between clock rates: integers and 128-bit products, one rounding, no float.

use core::{num::NonZeroU32, time::Duration};

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// `value * numerator / denominator`, to the nearest integer, halves towards positive infinity.
const fn scale(value: i128, numerator: i128, denominator: i128) -> i128 {
    // |value| < 2^95 and |numerator| < 2^32 at every caller, so the product fits.
    value
        .saturating_mul(numerator)
        .saturating_add(denominator / 2)
        .div_euclid(denominator)
}

/// A timestamp of a clock of `from` ticks per second, in ticks of a clock of `to`: rounded to nearest,
/// halves up; saturating at the ends of `i64`.
///
/// ```
/// # use core::num::NonZeroU32;
/// # use castline_codec::rescale;
/// let (video, milliseconds) = (NonZeroU32::new(90_000).unwrap(), NonZeroU32::new(1000).unwrap());
/// assert_eq!(rescale(3003, video, milliseconds), 33);
/// assert_eq!(rescale(-3003, video, milliseconds), -33);
/// ```
#[must_use]
pub const fn rescale(value: i64, from: NonZeroU32, to: NonZeroU32) -> i64 {
    let scaled = scale(value as i128, to.get() as i128, from.get() as i128);
    if scaled > i64::MAX as i128 {
        i64::MAX
    } else if scaled < i64::MIN as i128 {
        i64::MIN
    } else {
        #[allow(clippy::cast_possible_truncation, reason = "range checked above")]
        let fits = scaled as i64;
        fits
    }
}

/// Ticks as a span of time, to the nearest nanosecond.
#[must_use]
pub fn ticks_to_duration(ticks: u64, clock_rate: NonZeroU32) -> Duration {
    let nanos = scale(
        i128::from(ticks),
        NANOS_PER_SECOND,
        i128::from(clock_rate.get()),
    );
    let seconds = u64::try_from(nanos / NANOS_PER_SECOND).unwrap_or(u64::MAX);
    let subsecond = u32::try_from(nanos % NANOS_PER_SECOND).unwrap_or_default();
    Duration::new(seconds, subsecond)
}

/// A span of time in ticks, to the nearest tick, saturating.
///
/// Gives back what [`ticks_to_duration`] was given for every rate below 500 MHz.
#[must_use]
pub fn duration_to_ticks(span: Duration, clock_rate: NonZeroU32) -> u64 {
    let nanos = i128::try_from(span.as_nanos()).unwrap_or(i128::MAX);
    let ticks = scale(nanos, i128::from(clock_rate.get()), NANOS_PER_SECOND);
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(ticks: u32) -> NonZeroU32 {
        NonZeroU32::new(ticks).unwrap()
    }

    #[test]
    fn nearest_halves_up_both_signs() {
        assert_eq!(rescale(1, rate(2), rate(1)), 1);
        assert_eq!(rescale(-1, rate(2), rate(1)), 0);
        assert_eq!(rescale(-3, rate(4), rate(1)), -1);
        assert_eq!(rescale(1001, rate(30_000), rate(90_000)), 3003);
    }

    #[test]
    fn saturates() {
        assert_eq!(rescale(i64::MAX, rate(1), rate(u32::MAX)), i64::MAX);
        assert_eq!(rescale(i64::MIN, rate(1), rate(u32::MAX)), i64::MIN);
        let longest = ticks_to_duration(u64::MAX, rate(1));
        assert_eq!(longest, Duration::from_secs(u64::MAX));
        assert_eq!(duration_to_ticks(Duration::MAX, rate(u32::MAX)), u64::MAX);
    }

    proptest! {
        #[test]
        fn ticks_survive_as_durations(ticks in any::<u64>(), hertz in 1u32..500_000_000) {
            prop_assert_eq!(duration_to_ticks(ticks_to_duration(ticks, rate(hertz)), rate(hertz)), ticks);
        }

        #[test]
        fn a_finer_clock_and_back(value in -(1i64 << 40)..(1i64 << 40), hertz in 1u32..1_000_000, times in 1u32..1000) {
            let finer = rate(hertz * times);
            prop_assert_eq!(rescale(rescale(value, rate(hertz), finer), finer, rate(hertz)), value);
        }

        #[test]
        fn never_panics(value in any::<i64>(), from in 1u32.., to in 1u32..) {
            let _ = rescale(value, rate(from), rate(to));
        }
    }
}
