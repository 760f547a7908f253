use core::time::Duration;

/// The shortest time between two reports (RFC 3550 section 6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum MinimumInterval {
    /// 5 seconds, which every session may use.
    #[default]
    FiveSeconds,
    /// 360 divided by the session bandwidth in kbit/s, in seconds; never more than 5. Allowed to active
    /// senders, and to everybody in unicast sessions.
    Reduced,
}

impl MinimumInterval {
    /// The time itself, for a session of this bandwidth.
    #[must_use]
    pub fn duration(self, bandwidth_bits_per_second: u32) -> Duration {
        const FIVE_SECONDS: Duration = Duration::from_secs(5);
        match self {
            Self::FiveSeconds => FIVE_SECONDS,
            Self::Reduced => {
                let millis = 360_000_000 / u64::from(bandwidth_bits_per_second.max(1));
                Duration::from_millis(millis).min(FIVE_SECONDS)
            }
        }
    }
}

/// The time between two RTCP reports of one participant, from what it knows of the session (RFC 3550
/// sections 6.3.1 and A.7).
///
/// ```
/// use castline_rtp_rtcp::ReportInterval;
/// use std::time::Duration;
/// // A unicast stream of 1 Mbit/s: two members, one of whom sends; the minimum rules.
/// let interval = ReportInterval::new(1_000_000, 2, 1);
/// assert_eq!(interval.deterministic(), Duration::from_secs(5));
/// assert!(interval.randomised(0.0) >= Duration::from_millis(2_052));
/// assert!(interval.randomised(0.999) <= Duration::from_millis(6_157));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct ReportInterval {
    /// All of the session's bandwidth; 5 % of it is RTCP's.
    pub bandwidth_bits_per_second: u32,
    /// Participants, this one included.
    pub members: usize,
    /// Those of them who send RTP.
    pub senders: usize,
    /// This participant sends RTP.
    pub we_sent: bool,
    /// The average RTCP datagram, with 28 bytes of UDP and IP headers.
    pub average_size_bytes: f64,
    /// The shortest interval.
    pub minimum: MinimumInterval,
    /// Nothing was reported yet: half the minimum.
    pub initial: bool,
}

impl ReportInterval {
    /// For a sender that has reported before, with datagrams of 128 bytes and the usual minimum.
    #[must_use]
    pub const fn new(bandwidth_bits_per_second: u32, members: usize, senders: usize) -> Self {
        Self {
            bandwidth_bits_per_second,
            members,
            senders,
            we_sent: true,
            average_size_bytes: 128.0,
            minimum: MinimumInterval::FiveSeconds,
            initial: false,
        }
    }

    /// "Td": the interval before it is randomised; at most an hour.
    #[must_use]
    pub fn deterministic(&self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(3_600);
        let mut minimum = self.minimum.duration(self.bandwidth_bits_per_second);
        if self.initial {
            minimum /= 2;
        }
        let (share, sharers) = self.share();
        let bytes_per_second =
            f64::from(self.bandwidth_bits_per_second.max(1)) * 0.05 / 8.0 * share;
        let seconds = self.average_size_bytes.max(0.0) * sharers as f64 / bytes_per_second;
        let interval = Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST);
        interval.clamp(minimum, LONGEST)
    }

    /// "T": the interval to wait, for a random number in [0, 1): between 0.5 and 1.5 times Td, divided by
    /// e - 3/2 to make up for reconsideration.
    #[must_use]
    pub fn randomised(&self, unit: f64) -> Duration {
        const COMPENSATION: f64 = core::f64::consts::E - 1.5;
        let factor = (unit.clamp(0.0, 1.0) + 0.5) / COMPENSATION;
        self.deterministic().mul_f64(factor)
    }

    /// The share of the RTCP bandwidth, and how many share it: while senders are few (a quarter of the
    /// members at most), a quarter is theirs.
    fn share(&self) -> (f64, usize) {
        if self.senders.saturating_mul(4) > self.members {
            (1.0, self.members)
        } else if self.we_sent {
            (0.25, self.senders)
        } else {
            (0.75, self.members.saturating_sub(self.senders))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reduced_minimum_is_360_over_kbits() {
        let reduced = MinimumInterval::Reduced;
        assert_eq!(reduced.duration(1_000_000), Duration::from_millis(360));
        assert_eq!(reduced.duration(72_000), Duration::from_secs(5));
        assert_eq!(
            reduced.duration(8_000),
            Duration::from_secs(5),
            "never above the usual"
        );
        assert_eq!(reduced.duration(0), Duration::from_secs(5));
    }

    #[test]
    fn many_members_share_the_bandwidth() {
        // 1 Mbit/s: RTCP has 6,250 bytes/s, senders a quarter of it while they are few.
        let interval = ReportInterval::new(1_000_000, 1_000, 100);
        let expected = 128.0 * 100.0 / (6_250.0 * 0.25);
        assert!((interval.deterministic().as_secs_f64() - expected).abs() < 1e-6);
        let receiver = ReportInterval {
            we_sent: false,
            ..interval
        };
        let expected = 128.0 * 900.0 / (6_250.0 * 0.75);
        assert!((receiver.deterministic().as_secs_f64() - expected).abs() < 1e-6);
        let all_send = ReportInterval {
            senders: 1_000,
            ..interval
        };
        let expected = 128.0 * 1_000.0 / 6_250.0;
        assert!((all_send.deterministic().as_secs_f64() - expected).abs() < 1e-6);
    }

    #[test]
    fn absurd_sessions_have_finite_intervals() {
        let mut interval = ReportInterval::new(0, usize::MAX, 0);
        assert_eq!(
            interval.deterministic(),
            Duration::from_secs(5),
            "no sender shares nothing"
        );
        interval.senders = usize::MAX;
        assert_eq!(interval.deterministic(), Duration::from_secs(3_600));
        interval.average_size_bytes = f64::NAN;
        assert!(interval.randomised(f64::NAN.max(0.3)) <= Duration::from_secs(2 * 3_600));
    }

    #[test]
    fn the_first_interval_is_half() {
        let first = ReportInterval {
            initial: true,
            ..ReportInterval::new(1_000_000, 2, 1)
        };
        assert_eq!(first.deterministic(), Duration::from_millis(2_500));
    }
}
