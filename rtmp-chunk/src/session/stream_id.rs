//! The name of a message stream.

/// A message stream of one connection (RTMP 1.0 §5.1.2): what is published or played has one of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub(crate) u32);

impl StreamId {
    /// No stream, but the connection itself.
    pub const CONNECTION: Self = Self(0);

    /// What a server's machine gives a client's first `createStream`: nearly all players are on it, so that a
    /// message made for it can be shared by them.
    pub const FIRST: Self = Self(1);

    /// The number in the chunk headers; what a shared message must be made for.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl core::fmt::Display for StreamId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}
