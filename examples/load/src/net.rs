//! Connections of players that look at what they read and keep nothing of it.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, ReadBuf},
    net::TcpStream,
    time::Sleep,
};

/// How long a connection may take to open.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// What is read at a time.
const READ_BYTES: usize = 256 * 1024;

thread_local! {
    /// All players of a thread read into this: what a player does not finish, it remembers itself.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// Opens a connection to `address`.
pub(crate) async fn connect(address: SocketAddr) -> Result<TcpStream, String> {
    let stream = match tokio::time::timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
        Ok(stream) => stream.map_err(|error| format!("cannot connect to {address}: {error}"))?,
        Err(_) => {
            return Err(format!(
                "cannot connect to {address} within {CONNECT_TIMEOUT:?}"
            ));
        }
    };
    // Requests are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Why a task wakes.
#[derive(Debug)]
pub(crate) enum Wake<T> {
    /// Bytes came, and were handled.
    Read(T),
    /// The server has ended its side, or the connection failed.
    Ended(Option<io::Error>),
    /// It is time.
    Due,
}

/// Waits for bytes, or for the time to come; bytes are handled where they were read.
pub(crate) async fn read<T>(
    stream: &mut TcpStream,
    mut due: Pin<&mut Sleep>,
    mut handle: impl FnMut(&[u8]) -> T,
) -> Wake<T> {
    poll_fn(|cx| {
        if due.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Wake::Due);
        }
        poll_read(cx, stream, &mut handle)
    })
    .await
}

fn poll_read<T>(
    cx: &mut Context<'_>,
    stream: &mut TcpStream,
    handle: impl FnOnce(&[u8]) -> T,
) -> Poll<Wake<T>> {
    BUFFER.with_borrow_mut(|buffer| {
        let mut buffer = ReadBuf::new(buffer);
        let result = ready!(Pin::new(stream).poll_read(cx, &mut buffer));
        Poll::Ready(match result {
            Ok(()) if buffer.filled().is_empty() => Wake::Ended(None),
            Ok(()) => Wake::Read(handle(buffer.filled())),
            Err(error) => Wake::Ended(Some(error)),
        })
    })
}

/// Lets `due` come at another time.
pub(crate) fn reset(due: Pin<&mut Sleep>, at: Instant) {
    let at = tokio::time::Instant::from_std(at);
    if due.deadline() != at {
        due.reset(at);
    }
}

/// Later by `span`; the same where the clock has no such time.
pub(crate) fn after(now: Instant, span: Duration) -> Instant {
    now.checked_add(span).unwrap_or(now)
}
