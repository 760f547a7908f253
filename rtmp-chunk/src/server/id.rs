//! The names of requests that wait.

/// A request that waits for the application's answer. Never used twice on one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);
