//! What the server takes on at the same time: connections, sessions, bandwidth.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The three limits and what is in use of each.
#[derive(Debug)]
pub(crate) struct Admission {
    connections: Gauge,
    sessions: Gauge,
    /// In bit/s.
    bandwidth: Gauge,
}

/// Why something was not taken on; `Display` is what the client and the log are told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("all {0} connections are in use (--max-connections)")]
    Connections(u64),
    #[error("all {0} sessions are in use (--max-sessions)")]
    Sessions(u64),
    #[error(
        "the stream's {wanted} kbit/s do not fit: {used} of {most} kbit/s are in use (--max-bandwidth)"
    )]
    Bandwidth { wanted: u64, used: u64, most: u64 },
}

/// A share of a limit; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Share {
    amount: u64,
    used: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Gauge {
    used: Arc<AtomicU64>,
    most: u64,
}

impl Gauge {
    fn new(most: u64) -> Self {
        Self {
            used: Arc::default(),
            most,
        }
    }

    fn take(&self, amount: u64) -> Option<Share> {
        self.used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| {
                used.checked_add(amount).filter(|used| *used <= self.most)
            })
            .ok()
            .map(|_| Share {
                amount,
                used: Arc::clone(&self.used),
            })
    }

    fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.used.fetch_sub(self.amount, Ordering::AcqRel);
    }
}

impl Admission {
    pub(crate) fn new(connections: usize, sessions: usize, megabits: u64) -> Self {
        Self {
            connections: Gauge::new(connections as u64),
            sessions: Gauge::new(sessions as u64),
            bandwidth: Gauge::new(megabits.saturating_mul(1_000_000)),
        }
    }

    pub(crate) fn connection(&self) -> Result<Share, Full> {
        self.connections
            .take(1)
            .ok_or(Full::Connections(self.connections.most))
    }

    pub(crate) fn session(&self) -> Result<Share, Full> {
        self.sessions
            .take(1)
            .ok_or(Full::Sessions(self.sessions.most))
    }

    /// A share of the bandwidth, in bit/s.
    pub(crate) fn bandwidth(&self, bit_rate: u64) -> Result<Share, Full> {
        self.bandwidth
            .take(bit_rate)
            .ok_or_else(|| Full::Bandwidth {
                wanted: bit_rate.div_ceil(1000),
                used: self.bandwidth.used() / 1000,
                most: self.bandwidth.most / 1000,
            })
    }

    /// Sessions in use, for the log.
    pub(crate) fn sessions_in_use(&self) -> u64 {
        self.sessions.used()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_comes_back_when_dropped() {
        let admission = Admission::new(1, 2, 1);
        let connection = admission.connection().unwrap();
        assert_eq!(admission.connection().unwrap_err(), Full::Connections(1));
        drop(connection);
        admission.connection().unwrap();
        let sessions = (admission.session().unwrap(), admission.session().unwrap());
        assert_eq!(admission.session().unwrap_err(), Full::Sessions(2));
        assert_eq!(admission.sessions_in_use(), 2);
        drop(sessions);
        assert_eq!(admission.sessions_in_use(), 0);
    }

    #[test]
    fn bandwidth_is_refused_with_its_numbers() {
        let admission = Admission::new(1, 1, 1);
        let _most = admission.bandwidth(700_000).unwrap();
        let full = admission.bandwidth(300_001).unwrap_err();
        assert_eq!(
            full,
            Full::Bandwidth {
                wanted: 301,
                used: 700,
                most: 1000
            }
        );
        assert!(
            admission.bandwidth(u64::MAX).is_err(),
            "no overflow lets it in"
        );
        admission.bandwidth(300_000).unwrap();
    }
}
