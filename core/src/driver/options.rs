use std::{io, time::Duration};

use bytes::{Bytes, BytesMut};

#[cfg(doc)]
use super::Connection;

/// Why [`Connection::next_event`] failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error<E: core::error::Error + 'static> {
    /// The stream failed. What the machine had heard before came out as events.
    #[error("stream: {0}")]
    Io(#[from] io::Error),
    /// The machine ended the session. Its farewell bytes have been written, unless the peer did not
    /// take them within [`ConnectionOptions::close_grace`].
    #[error(transparent)]
    Protocol(E),
    /// The machine took nothing of so much input: its own limits are above the connection's.
    #[error("{limit} bytes of input are waiting for the rest of their unit")]
    InputOverrun {
        /// [`ConnectionOptions::max_received_bytes`].
        limit: usize,
    },
}

/// Limits of one [`Connection`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectionOptions {
    /// How long a peer that does not read can hold back the end of the session: farewell bytes that
    /// are not written by then are given up. 5 seconds.
    pub close_grace: Duration,
    /// The longest incomplete unit that is kept for the machine; more is [`Error::InputOverrun`].
    /// 16 MiB, well above what machines allow; they answer longer messages in the protocol's words.
    pub max_received_bytes: usize,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            close_grace: Duration::from_secs(5),
            max_received_bytes: 16 * 1024 * 1024,
        }
    }
}

/// What a [`Connection`] was made of, for a protocol switch.
#[derive(Debug)]
#[non_exhaustive]
pub struct Parts<M, IO> {
    /// The machine.
    pub machine: M,
    /// The stream.
    pub io: IO,
    /// Input that was read and not taken by the machine.
    pub received: BytesMut,
    /// Output that was taken from the machine and not written; empty after [`Connection::flush`].
    pub unsent: Vec<Bytes>,
}
