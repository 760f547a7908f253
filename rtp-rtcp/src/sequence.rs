/// A 16-bit RTP sequence number, compared modulo 2^16 (RFC 3550 section 5.1).
///
/// It has no `Ord`: a circle has no smallest point. Use [`is_newer_than`](Self::is_newer_than), or
/// [`ExtendedSequence`] for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_structs, reason = "the 16 bits of the wire")]
pub struct SequenceNumber(pub u16);

impl SequenceNumber {
    /// The number `count` packets later.
    #[must_use]
    #[inline]
    pub const fn wrapping_add(self, count: u16) -> Self {
        Self(self.0.wrapping_add(count))
    }

    /// How many packets after `earlier` this one is, the short way round: negative when it is before.
    ///
    /// ```
    /// use castline_rtp_rtcp::SequenceNumber;
    /// assert_eq!(SequenceNumber(2).distance_from(SequenceNumber(65_535)), 3);
    /// assert_eq!(SequenceNumber(65_535).distance_from(SequenceNumber(2)), -3);
    /// ```
    #[must_use]
    #[inline]
    pub const fn distance_from(self, earlier: Self) -> i16 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }

    /// True when this number comes after `other`, at most half the circle away.
    #[must_use]
    #[inline]
    pub const fn is_newer_than(self, other: Self) -> bool {
        self.distance_from(other) > 0
    }
}

/// Puts 16-bit sequence numbers on a line by counting roll-overs (RFC 3550 section 6.4.1, "cycles").
///
/// A number is taken to lie within half the circle (32,768) of the highest seen.
///
/// ```
/// use castline_rtp_rtcp::{ExtendedSequence, SequenceNumber};
/// let mut sequence = ExtendedSequence::new(SequenceNumber(65_534));
/// assert_eq!(sequence.extend(SequenceNumber(1)), 65_537);
/// assert_eq!(sequence.extend(SequenceNumber(65_535)), 65_535, "late, of the cycle before");
/// assert_eq!(sequence.highest(), 65_537);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExtendedSequence {
    highest: i64,
}

impl ExtendedSequence {
    /// The first number seen; it is in cycle 0.
    #[must_use]
    pub const fn new(first: SequenceNumber) -> Self {
        Self {
            highest: first.0 as i64,
        }
    }

    /// The line position of `number`; negative when it comes before the wrap that precedes the first.
    /// A newer number becomes the [`highest`](Self::highest).
    pub const fn extend(&mut self, number: SequenceNumber) -> i64 {
        let position = self.peek(number);
        if position > self.highest {
            self.highest = position;
        }
        position
    }

    /// Like [`extend`](Self::extend), without taking note of it.
    #[must_use]
    pub const fn peek(&self, number: SequenceNumber) -> i64 {
        let newest = SequenceNumber((self.highest & 0xffff) as u16);
        self.highest
            .saturating_add(number.distance_from(newest) as i64)
    }

    /// The highest position so far.
    #[must_use]
    pub const fn highest(&self) -> i64 {
        self.highest
    }

    /// The highest position as a receiver report carries it: 16 bits of cycles, 16 of sequence.
    #[must_use]
    pub const fn extended_highest_sequence(&self) -> u32 {
        (self.highest & 0xffff_ffff) as u32
    }

    /// How often the numbers have wrapped: the roll-over counter of SRTP (RFC 3711).
    #[must_use]
    pub const fn roll_over_count(&self) -> u32 {
        ((self.highest >> 16) & 0xffff_ffff) as u32
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn compares_round_the_circle() {
        let (before, after) = (SequenceNumber(65_535), SequenceNumber(0));
        assert!(after.is_newer_than(before));
        assert!(!before.is_newer_than(after));
        assert!(!after.is_newer_than(after));
        assert_eq!(before.wrapping_add(1), after);
    }

    #[test]
    fn before_the_first_is_negative() {
        let mut sequence = ExtendedSequence::new(SequenceNumber(0));
        assert_eq!(sequence.extend(SequenceNumber(65_535)), -1);
        assert_eq!(sequence.highest(), 0);
        assert_eq!(sequence.roll_over_count(), 0);
    }

    proptest! {
        #[test]
        fn follows_any_line_whose_steps_are_short(first: u16, steps: Vec<i16>) {
            let mut line = i64::from(first);
            let mut highest = line;
            let mut sequence = ExtendedSequence::new(SequenceNumber(first));
            for step in steps {
                line = highest + i64::from(step.max(-32_767));
                prop_assert_eq!(sequence.extend(SequenceNumber((line & 0xffff) as u16)), line);
                highest = highest.max(line);
                prop_assert_eq!(sequence.highest(), highest);
                prop_assert_eq!(sequence.extended_highest_sequence(), (highest & 0xffff_ffff) as u32);
            }
            let _ = line;
        }
    }
}
