//! Machines driven against each other in memory: no socket, no thread, no waiting.
//!
//! - [`Pair`] is two machines, a [`Link`] each way, and a virtual clock.
//! - [`LinkOptions`] give a link its latency, bandwidth, [`Split`]s and [`Fault`]s.
//! - [`DatagramLink`] loses, repeats, reorders and corrupts datagrams.
//! - [`split_feed`] asserts that it does not matter how a stream is cut.
//!
//! Everything is seeded: the same test always sees the same run.
//!
//! ```
//! # use castline_core::{Machine, testing::{LinkOptions, Pair, Split, start}};
//! # use std::time::Duration;
//! # fn test<A: Machine, B: Machine>(a: A, b: B) {
//! let now = start();
//! let slow = LinkOptions { latency: Duration::from_millis(20), split: Split::Bytes(1), ..LinkOptions::default() };
//! let mut pair = Pair::with_links(now, a, b, [slow.clone(), slow]);
//! pair.drive();
//! assert!(pair.a_heard.error.is_none());
//! # }
//! ```

mod datagram_link;
mod link;
mod pair;
mod split_feed;

#[cfg(test)]
mod tests;

pub use datagram_link::{DatagramLink, DatagramLinkOptions, DatagramLinkStats};
pub use link::{Delivery, Fault, FaultKind, Link, LinkOptions, Split};
pub use pair::{Heard, Pair};
pub use split_feed::{Fed, split_feed};

/// An instant for the virtual clock to begin at. It has room before it, for machines that look back.
#[must_use]
#[allow(
    clippy::disallowed_methods,
    reason = "the one reading that a virtual clock starts from"
)]
pub fn start() -> std::time::Instant {
    let now = std::time::Instant::now();
    now.checked_add(std::time::Duration::from_secs(3600))
        .unwrap_or(now)
}
