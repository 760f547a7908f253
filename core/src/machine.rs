use std::time::Instant;

use bytes::{Bytes, BytesMut};

/// A protocol session over one byte stream: a state machine without socket, clock or thread.
///
/// The order of calls is free: each `poll_*` may be called at any time and as often as wanted.
/// `driver::Connection` (feature `tokio`) drives any `Machine`.
pub trait Machine {
    /// What the application hears.
    type Event;
    /// Why the session ended. Clonable, because it is sticky.
    type Error: core::error::Error + Clone + 'static;

    /// Takes complete units off the front of `input`; what is left is incomplete, or waits until
    /// [`wants_input`](Self::wants_input) is true again.
    fn handle_input(&mut self, now: Instant, input: &mut BytesMut);

    /// The peer will send nothing more.
    fn handle_eof(&mut self, now: Instant);

    /// Time has passed: call it at the instant [`poll_timeout`](Self::poll_timeout) gave.
    fn handle_timeout(&mut self, now: Instant);

    /// The next thing heard from the peer, in order. A fatal error comes last and repeats.
    fn poll_event(&mut self) -> Result<Option<Self::Event>, Self::Error>;

    /// The next bytes to write, in order; shared payload comes as a segment of its own.
    fn poll_transmit(&mut self) -> Option<Bytes>;

    /// When to call [`handle_timeout`](Self::handle_timeout).
    fn poll_timeout(&self) -> Option<Instant>;

    /// False while undelivered events, or answers that the peer does not take, are at their limit: stop
    /// reading the socket. It becomes true again by [`poll_event`](Self::poll_event) or
    /// [`poll_transmit`](Self::poll_transmit).
    fn wants_input(&self) -> bool;

    /// Bytes that [`poll_transmit`](Self::poll_transmit) has not handed out yet.
    fn queued_bytes(&self) -> usize;

    /// Nothing more will happen once the remaining output is written.
    fn is_closed(&self) -> bool;
}
