//! The one driver that binds any [`Machine`] to any tokio stream.
//!
//! No task, no channel, no lock: [`Connection`] is a plain value that the application polls.
//!
//! ```
//! # use castline_core::{Machine, driver::{Connection, Error}};
//! # use tokio::{io::{AsyncRead, AsyncWrite}, sync::mpsc::Receiver};
//! # async fn serve<M, IO>(machine: M, stream: IO, mut frames: Receiver<Vec<u8>>) -> Result<(), Error<M::Error>>
//! # where M: Machine, IO: AsyncRead + AsyncWrite + Unpin {
//! let mut connection = Connection::new(machine, stream);
//! loop {
//!     tokio::select! {
//!         event = connection.next_event() => match event? {
//!             Some(event) => { /* answer it through connection.machine() */ }
//!             None => break,
//!         },
//!         frame = frames.recv() => { /* connection.machine().send(frame) */ }
//!     }
//! }
//! connection.close().await?;
//! # Ok(()) }
//! ```
//!
//! # What one connection holds
//!
//! - Input: one block of 2 to 64 KiB, sized by how much the peer sends. It grows beyond that only while
//!   the machine waits for the rest of a longer unit, up to twice
//!   [`max_received_bytes`](ConnectionOptions::max_received_bytes), and shrinks afterwards. What a
//!   machine splits off therefore pins at most the block it arrived in.
//! - Output: at most 64 segments, and no further one once they hold 256 KiB; the rest stays in the
//!   machine, under its limits.
//! - While [`wants_input`](Machine::wants_input) is false nothing is read, so the peer's own window
//!   closes.

use std::{
    future::{Future, poll_fn},
    io::{self, IoSlice},
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::Machine;

mod options;
mod queue;
mod receive;
mod timer;

#[cfg(test)]
mod tests;

pub use options::{ConnectionOptions, Error, Parts};
use queue::{MAX_SEGMENTS, SendQueue};
use receive::ReceiveBuffer;
use timer::Timer;

/// Rounds of reading and writing in one wake before other tasks get their turn.
const ROUNDS_PER_WAKE: usize = 32;
/// Writes in one round.
const WRITES_PER_ROUND: usize = 8;
/// Events handed out without touching the stream before output and timers are looked after.
const EVENTS_PER_ROUND: u32 = 16;
/// Events handed out in a row before other tasks get their turn.
const EVENTS_PER_WAKE: u32 = 128;
/// Input that [`Connection::close`] throws away at most while it waits for the peer's end.
const MAX_DISCARDED_BYTES: usize = 1024 * 1024;

/// What [`Connection::next_event`] gives: an event, `None` at the end, or why it ended early.
pub type EventResult<M> = Result<Option<<M as Machine>::Event>, Error<<M as Machine>::Error>>;

/// What became of a round's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// The stream takes no more now, or there is no more, and nothing has changed.
    Nothing,
    /// As above, after something was written.
    Something,
    /// The stream might take more: the round's share is used up.
    AndMore,
}

/// A machine bound to a stream.
///
/// Every future can be dropped at any time and nothing is lost: all state, half-written output
/// included, is in the connection. Bytes move while one of its futures is awaited; to let them move
/// while the application waits for something else, use [`drive_while`](Self::drive_while).
#[derive(Debug)]
pub struct Connection<M, IO> {
    machine: M,
    io: IO,
    options: ConnectionOptions,
    received: ReceiveBuffer,
    send: SendQueue,
    timer: Timer,
    farewell_until: Option<std::time::Instant>,
    failure: Option<io::Error>,
    read_ended: bool,
    write_broken: bool,
    needs_flush: bool,
    events_since_output: u32,
    events_in_a_row: u32,
}

impl<M: Machine, IO: AsyncRead + AsyncWrite + Unpin> Connection<M, IO> {
    /// Binds `machine` to `io` with the default options.
    pub fn new(machine: M, io: IO) -> Self {
        Self::with_options(machine, io, ConnectionOptions::default())
    }

    /// Binds `machine` to `io`.
    pub fn with_options(machine: M, io: IO, options: ConnectionOptions) -> Self {
        Self {
            machine,
            io,
            options,
            received: ReceiveBuffer::default(),
            send: SendQueue::default(),
            timer: Timer::default(),
            farewell_until: None,
            failure: None,
            read_ended: false,
            write_broken: false,
            needs_flush: false,
            events_since_output: 0,
            events_in_a_row: 0,
        }
    }

    /// With bytes that were read from `io` before, as [`Parts::received`]: the machine gets them first.
    #[must_use]
    pub fn with_received(mut self, received: BytesMut) -> Self {
        self.received.replace(received);
        self
    }

    /// The machine, to act on. What it queues is written while [`next_event`](Self::next_event) or
    /// another future of this connection is awaited.
    pub fn machine(&mut self) -> &mut M {
        &mut self.machine
    }

    /// The machine, to look at.
    pub fn machine_ref(&self) -> &M {
        &self.machine
    }

    /// The stream, for its addresses and options.
    pub fn io(&self) -> &IO {
        &self.io
    }

    /// True once the peer has ended its sending direction, or reading failed. A machine that has more to do
    /// than this stream may then go on without it: see [`into_parts`](Self::into_parts).
    pub const fn has_peer_ended(&self) -> bool {
        self.read_ended
    }

    /// Output not written yet, in the machine and here.
    pub fn queued_bytes(&self) -> usize {
        self.machine
            .queued_bytes()
            .saturating_add(self.send.bytes())
    }

    /// The next event, or `None` once the machine is closed and its output is written.
    ///
    /// # Errors
    /// [`Error::Protocol`] when the machine ended the session, after its farewell is written;
    /// [`Error::Io`] when the stream failed. Events heard before come first; the error repeats.
    pub async fn next_event(&mut self) -> EventResult<M> {
        poll_fn(|cx| self.poll_next_event(cx)).await
    }

    /// [`next_event`](Self::next_event) for hand-written futures.
    ///
    /// # Errors
    /// Those of [`next_event`](Self::next_event).
    pub fn poll_next_event(&mut self, cx: &mut Context<'_>) -> Poll<EventResult<M>> {
        if self.events_in_a_row >= EVENTS_PER_WAKE {
            return self.give_way(cx);
        }
        for _ in 0..ROUNDS_PER_WAKE {
            match self.machine.poll_event() {
                Ok(Some(event)) => {
                    self.tend_output(cx);
                    return Poll::Ready(Ok(Some(event)));
                }
                Ok(None) => {}
                Err(fatal) => {
                    ready!(self.poll_farewell(cx));
                    return Poll::Ready(Err(Error::Protocol(fatal)));
                }
            }
            if self.machine.is_closed() {
                ready!(self.poll_farewell(cx));
                return Poll::Ready(Ok(None));
            }
            if self.is_overrun() {
                let limit = self.options.max_received_bytes;
                return Poll::Ready(Err(Error::InputOverrun { limit }));
            }
            if !self.move_bytes(cx) {
                self.events_in_a_row = 0;
                return match self.repeat_failure() {
                    Some(failure) => Poll::Ready(Err(Error::Io(failure))),
                    None => Poll::Pending,
                };
            }
        }
        self.give_way(cx)
    }

    /// Moves bytes and time without taking events, which wait in the machine, under its limit. Resolves
    /// when the stream failed or the machine is closed; [`next_event`](Self::next_event) says why.
    pub async fn drive(&mut self) {
        poll_fn(|cx| self.poll_drive(cx)).await;
    }

    /// [`drive`](Self::drive) for hand-written futures.
    pub fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..ROUNDS_PER_WAKE {
            let is_over = self.machine.is_closed() || self.is_overrun();
            if is_over && self.send.is_empty() && self.machine.queued_bytes() == 0 {
                return Poll::Ready(());
            }
            if !self.move_bytes(cx) {
                return match self.failure {
                    Some(_) => Poll::Ready(()),
                    None => Poll::Pending,
                };
            }
        }
        self.give_way(cx)
    }

    /// Waits for `work` while bytes and time move; what happens to the connection is told by the next
    /// [`next_event`](Self::next_event).
    pub async fn drive_while<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        let mut is_over = false;
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(output);
            }
            is_over = is_over || self.poll_drive(cx).is_ready();
            Poll::Pending
        })
        .await
    }

    /// Writes everything queued. Nothing is read meanwhile, so two ends that flush at each other wait
    /// for ever when both send more than the stream holds; [`next_event`](Self::next_event) does both.
    ///
    /// # Errors
    /// When the stream failed.
    pub async fn flush(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// [`flush`](Self::flush) for hand-written futures.
    ///
    /// # Errors
    /// Those of [`flush`](Self::flush).
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        for _ in 0..ROUNDS_PER_WAKE {
            let moved = self.move_output(cx);
            if self.write_broken {
                let failure = self.repeat_failure();
                let failure = failure.unwrap_or_else(|| io::ErrorKind::BrokenPipe.into());
                return Poll::Ready(Err(failure));
            }
            if self.send.is_empty() && !self.needs_flush {
                return Poll::Ready(Ok(()));
            }
            if moved == Moved::Nothing {
                return Poll::Pending;
            }
        }
        self.give_way(cx)
    }

    /// Ends the stream so that the peer gets every byte: writes what is queued, ends the sending
    /// direction, and reads what still comes (at most 1 MiB) until the peer ends its own; a socket
    /// dropped with unread input would be reset, and the farewell lost.
    ///
    /// # Errors
    /// When the stream failed, or `TimedOut` after [`ConnectionOptions::close_grace`].
    pub async fn close(&mut self) -> io::Result<()> {
        let grace = self.options.close_grace;
        let ending = async {
            self.flush().await?;
            self.io.shutdown().await?;
            let mut left = MAX_DISCARDED_BYTES;
            while !self.read_ended && left > 0 {
                self.received.clear();
                self.received.make_room(0);
                match self.io.read_buf(self.received.data()).await? {
                    0 => self.read_ended = true,
                    read => left = left.saturating_sub(read),
                }
            }
            Ok(())
        };
        match tokio::time::timeout(grace, ending).await {
            Ok(ended) => ended,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    /// Takes the connection apart, for a protocol switch; [`flush`](Self::flush) first.
    pub fn into_parts(self) -> Parts<M, IO> {
        Parts {
            machine: self.machine,
            io: self.io,
            received: self.received.into_inner(),
            unsent: self.send.into_segments(),
        }
    }

    /// One round: output to the stream, input to the machine or from the stream, time. False when
    /// nothing moved; then the task wakes for whichever moves first.
    fn move_bytes(&mut self, cx: &mut Context<'_>) -> bool {
        let output = self.move_output(cx);
        // Answers that the stream would take at once go before more questions.
        let input = output != Moved::AndMore && (self.feed() || self.move_input(cx));
        let fired = self.move_time(cx);
        output != Moved::Nothing || input || fired
    }

    fn feed(&mut self) -> bool {
        if !self.received.is_fresh() || !self.machine.wants_input() {
            return false;
        }
        self.machine
            .handle_input(timer::now(), self.received.data());
        // What is left is incomplete, unless the machine stopped because it wants no more.
        self.received.set_fresh(!self.machine.wants_input());
        true
    }

    fn move_input(&mut self, cx: &mut Context<'_>) -> bool {
        let waits = self.received.is_fresh() || self.is_overrun();
        if self.read_ended || waits || !self.machine.wants_input() {
            return false;
        }
        let spare = self.received.make_room(self.options.max_received_bytes);
        // The future holds no state of its own: a read that is not ready has taken nothing.
        match pin!(self.io.read_buf(self.received.data())).poll(cx) {
            Poll::Pending => return false,
            Poll::Ready(Ok(0)) => {
                self.read_ended = true;
                self.machine.handle_eof(timer::now());
            }
            Poll::Ready(Ok(read)) => self.received.note_read(read, spare),
            Poll::Ready(Err(failure)) => {
                self.read_ended = true;
                self.failure.get_or_insert(failure);
            }
        }
        true
    }

    fn move_output(&mut self, cx: &mut Context<'_>) -> Moved {
        self.events_since_output = 0;
        let mut moved = Moved::Nothing;
        for _ in 0..WRITES_PER_ROUND {
            self.send.fill(|| self.machine.poll_transmit());
            if self.write_broken {
                // Nobody will read it; the machine must not hold it either.
                self.send.clear();
            }
            match self.poll_write(cx) {
                Poll::Pending | Poll::Ready(Ok(false)) => return moved,
                Poll::Ready(Ok(true)) => {}
                Poll::Ready(Err(failure)) => {
                    self.write_broken = true;
                    self.needs_flush = false;
                    self.failure.get_or_insert(failure);
                }
            }
            moved = Moved::Something;
        }
        Moved::AndMore
    }

    /// True when bytes were written or flushed, false when there is nothing to do.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.send.is_empty() {
            if !self.needs_flush {
                return Poll::Ready(Ok(false));
            }
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
            self.needs_flush = false;
            return Poll::Ready(Ok(true));
        }
        let mut slices = [IoSlice::new(&[]); MAX_SEGMENTS];
        let slices = self.send.slices(&mut slices);
        match ready!(Pin::new(&mut self.io).poll_write_vectored(cx, slices))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => {
                self.send.advance(written);
                self.needs_flush = true;
                Poll::Ready(Ok(true))
            }
        }
    }

    fn move_time(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(deadline) = self.machine.poll_timeout() else {
            return false;
        };
        let due = self.timer.poll_at(deadline, cx).is_ready();
        if due {
            self.machine.handle_timeout(timer::now());
        }
        due
    }

    /// Output and time move even while input is so plenty that there is always another event.
    fn tend_output(&mut self, cx: &mut Context<'_>) {
        self.events_in_a_row = self.events_in_a_row.saturating_add(1);
        self.events_since_output = self.events_since_output.saturating_add(1);
        if self.events_since_output >= EVENTS_PER_ROUND {
            self.move_output(cx);
            self.move_time(cx);
        }
    }

    /// Ready when the last output is written, cannot be written, or took longer than the grace.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.poll_flush(cx).is_ready() {
            return Poll::Ready(());
        }
        let grace = self.options.close_grace;
        let until = self.farewell_until.get_or_insert_with(|| {
            let now = timer::now();
            now.checked_add(grace).unwrap_or(now)
        });
        self.timer.poll_at(*until, cx)
    }

    fn is_overrun(&self) -> bool {
        !self.received.is_fresh()
            && self.received.len() >= self.options.max_received_bytes
            && self.machine.wants_input()
    }

    fn repeat_failure(&mut self) -> Option<io::Error> {
        let again = self.failure.as_ref()?.kind().into();
        self.failure.replace(again)
    }

    fn give_way<T>(&mut self, cx: &mut Context<'_>) -> Poll<T> {
        self.events_in_a_row = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
