use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::Ssrc;

/// The participants heard of, up to a limit.
#[derive(Debug, Clone)]
pub(super) struct Receivers {
    known: BTreeMap<Ssrc, Receiver>,
    limit: usize,
    /// When [`expire`](Self::expire) last looked.
    checked: Option<Instant>,
}

#[derive(Debug, Clone)]
struct Receiver {
    heard: Instant,
    sends: bool,
    cname: Bytes,
}

impl Receivers {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            known: BTreeMap::new(),
            limit,
            checked: None,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn senders(&self) -> usize {
        self.known
            .values()
            .filter(|receiver| receiver.sends)
            .count()
    }

    /// `ssrc` has spoken.
    pub(super) fn hear(&mut self, now: Instant, ssrc: Ssrc, sends: bool) {
        if let Some(receiver) = self.known.get_mut(&ssrc) {
            receiver.heard = now;
            receiver.sends |= sends;
        } else if self.known.len() < self.limit {
            self.known.insert(
                ssrc,
                Receiver {
                    heard: now,
                    sends,
                    cname: Bytes::new(),
                },
            );
        }
    }

    /// Takes note of a name: a copy of it when it is news.
    pub(super) fn describe(&mut self, ssrc: Ssrc, cname: &[u8]) -> Option<Bytes> {
        let receiver = self.known.get_mut(&ssrc)?;
        if receiver.cname == cname {
            return None;
        }
        receiver.cname = Bytes::copy_from_slice(cname);
        Some(receiver.cname.clone())
    }

    pub(super) fn remove(&mut self, ssrc: Ssrc) {
        self.known.remove(&ssrc);
    }

    /// Forgets who was silent for 5 intervals (RFC 3550 section 6.3.5); looks once in an interval.
    pub(super) fn expire(&mut self, now: Instant, interval: Duration) {
        let since_check = self
            .checked
            .map(|checked| now.saturating_duration_since(checked));
        if since_check.is_some_and(|passed| passed < interval) {
            return;
        }
        self.checked = Some(now);
        let longest = interval.saturating_mul(5);
        self.known
            .retain(|_, receiver| now.saturating_duration_since(receiver.heard) <= longest);
    }
}
