//! Deadlines.

use std::time::{Duration, Instant};

/// The instant so long after another; the latest there is when that cannot be said.
pub(crate) fn after(now: Instant, time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(365 * 24 * 3600);
    now.checked_add(time.min(FAR)).unwrap_or(now)
}
