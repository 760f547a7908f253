use core::time::Duration;

/// Seconds from 1 January 1900 to 1 January 1970 (RFC 868).
const UNIX_EPOCH_IN_NTP: u64 = 2_208_988_800;

/// A 64-bit NTP timestamp: seconds since 1900 in the upper half, the fraction in the lower
/// (RFC 3550 section 4). It wraps in 2036, as on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[allow(clippy::exhaustive_structs, reason = "the 64 bits of the wire")]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// From the time since the Unix epoch.
    #[must_use]
    pub const fn from_unix(since_epoch: Duration) -> Self {
        let seconds = since_epoch.as_secs().wrapping_add(UNIX_EPOCH_IN_NTP);
        let fraction = ((since_epoch.subsec_nanos() as u64) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }

    /// Since the Unix epoch, for a time in NTP era 0 (before February 2036) after 1970; zero before.
    #[must_use]
    pub const fn to_unix(self) -> Duration {
        let nanos = ((self.0 & 0xffff_ffff) * 1_000_000_000) >> 32;
        Duration::new(
            (self.0 >> 32).saturating_sub(UNIX_EPOCH_IN_NTP),
            nanos as u32,
        )
    }

    /// The middle 32 bits, as RTCP reports carry them ("LSR", RFC 3550 section 6.4.1).
    #[must_use]
    pub const fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }

    /// This time plus a span, wrapping with the era.
    #[must_use]
    pub const fn wrapping_add(self, span: Duration) -> Self {
        let fraction = ((span.subsec_nanos() as u64) << 32) / 1_000_000_000;
        Self(
            self.0
                .wrapping_add(span.as_secs() << 32)
                .wrapping_add(fraction),
        )
    }

    /// This time minus a span, wrapping with the era.
    #[must_use]
    pub const fn wrapping_sub(self, span: Duration) -> Self {
        let fraction = ((span.subsec_nanos() as u64) << 32) / 1_000_000_000;
        Self(
            self.0
                .wrapping_sub(span.as_secs() << 32)
                .wrapping_sub(fraction),
        )
    }
}

#[cfg(feature = "std")]
pub use anchor::ClockAnchor;

#[cfg(feature = "std")]
mod anchor {
    use std::time::{Instant, SystemTime, UNIX_EPOCH};

    use super::NtpTime;

    /// Ties one [`Instant`] to wall-clock time, so that machines can tell NTP time without a clock.
    ///
    /// ```
    /// # use castline_core::{ClockAnchor, NtpTime};
    /// # use std::time::{Duration, Instant};
    /// let started = Instant::now();
    /// let anchor = ClockAnchor::new(started, NtpTime::from_unix(Duration::from_secs(1_000)));
    /// let later = anchor.ntp_at(started + Duration::from_millis(1_500));
    /// assert_eq!(later.to_unix(), Duration::from_millis(1_001_500));
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct ClockAnchor {
        instant: Instant,
        ntp: NtpTime,
    }

    impl ClockAnchor {
        /// `instant` was the wall-clock time `ntp`.
        #[must_use]
        pub const fn new(instant: Instant, ntp: NtpTime) -> Self {
            Self { instant, ntp }
        }

        /// `instant` was the wall-clock time `wall`; a time before 1970 counts as 1970.
        #[must_use]
        pub fn from_system(instant: Instant, wall: SystemTime) -> Self {
            let unix = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
            Self::new(instant, NtpTime::from_unix(unix))
        }

        /// The wall-clock time at `instant`, before or after the anchor.
        #[must_use]
        pub fn ntp_at(&self, instant: Instant) -> NtpTime {
            match instant.checked_duration_since(self.instant) {
                Some(after) => self.ntp.wrapping_add(after),
                None => self
                    .ntp
                    .wrapping_sub(self.instant.saturating_duration_since(instant)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unix_and_back_to_the_nanosecond_below_a_quarter() {
        for unix in [
            Duration::ZERO,
            Duration::new(1_795_000_000, 999_999_999),
            Duration::new(1, 1),
        ] {
            let back = NtpTime::from_unix(unix).to_unix();
            assert!(unix - back <= Duration::from_nanos(1), "{unix:?} {back:?}");
        }
        assert_eq!(
            NtpTime::from_unix(Duration::ZERO).0 >> 32,
            UNIX_EPOCH_IN_NTP
        );
    }

    #[test]
    fn middle_bits() {
        assert_eq!(NtpTime(0x1234_5678_9abc_def0).middle(), 0x5678_9abc);
    }

    #[cfg(feature = "std")]
    #[test]
    #[allow(clippy::disallowed_methods, reason = "any instant will do")]
    fn an_anchor_tells_times_on_both_sides() {
        let at = std::time::Instant::now() + Duration::from_secs(100);
        let anchor = ClockAnchor::new(at, NtpTime(50 << 32));
        assert_eq!(
            anchor.ntp_at(at + Duration::from_secs(2)),
            NtpTime(52 << 32)
        );
        assert_eq!(
            anchor.ntp_at(at - Duration::from_secs(2)),
            NtpTime(48 << 32)
        );
    }
}
