use std::time::{Duration, Instant};

/// The RTCP timer (RFC 3550 sections 6.3 and A.7): `tp`, `tn` and `pmembers` of the standard.
#[derive(Debug, Clone)]
pub(super) struct Schedule {
    previous: Option<Instant>,
    next: Option<Instant>,
    previous_members: usize,
    average_size_bytes: f64,
}

impl Schedule {
    pub(super) const fn new() -> Self {
        Self {
            previous: None,
            next: None,
            previous_members: 1,
            average_size_bytes: 128.0,
        }
    }

    pub(super) const fn next(&self) -> Option<Instant> {
        self.next
    }

    pub(super) const fn average_size_bytes(&self) -> f64 {
        self.average_size_bytes
    }

    pub(super) const fn is_initial(&self) -> bool {
        self.previous.is_none()
    }

    /// Counts a datagram sent or heard into the average, with 28 bytes of UDP and IPv4 headers. One that
    /// is longer than a link carries counts as 1,500 bytes, lest a peer stretch our interval with it.
    pub(super) fn count_datagram(&mut self, len: usize) {
        let size = (len.min(1_472) + 28) as f64;
        self.average_size_bytes += (size - self.average_size_bytes) / 16.0;
    }

    /// A report was sent; the next is due after `interval`.
    pub(super) fn sent(&mut self, now: Instant, interval: Duration, members: usize) {
        self.previous = Some(now);
        self.next = now.checked_add(interval);
        self.previous_members = members;
    }

    /// The timer has expired: true when a report is due by the interval of today's members, too; else the
    /// timer is set anew ("timer reconsideration", section 6.3.6).
    pub(super) fn is_due(&mut self, now: Instant, interval: Duration, members: usize) -> bool {
        let due = self.previous.unwrap_or(now).checked_add(interval);
        if due.is_some_and(|due| due <= now) {
            return true;
        }
        self.next = due;
        self.previous_members = members;
        false
    }

    /// Members have left: the timer shrinks with them ("reverse reconsideration", section 6.3.4).
    pub(super) fn members_left(&mut self, now: Instant, members: usize) {
        if members >= self.previous_members {
            return;
        }
        let ratio = members as f64 / self.previous_members as f64;
        if let Some(next) = self.next {
            let wait = next.saturating_duration_since(now).mul_f64(ratio);
            self.next = now.checked_add(wait);
        }
        if let Some(previous) = self.previous {
            let passed = now.saturating_duration_since(previous).mul_f64(ratio);
            self.previous = now.checked_sub(passed);
        }
        self.previous_members = members;
    }

    /// No more reports until the next [`sent`](Self::sent).
    pub(super) const fn stop(&mut self) {
        self.next = None;
    }
}
