//! One RTMP connection: one task does everything for it.

mod file;
mod live;
mod publication;
mod requests;

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use castline_core::{
    Machine,
    driver::{Connection, Error},
};
use castline_rtmp_chunk::{
    command::ConnectInfo,
    server::{CloseReason, ClosedBy, ServerConnection, ServerEvent},
    session::{ConnectionError, StreamId},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Sleep,
};
use tracing::{debug, info};

use self::{file::FilePlayer, live::LivePlayer, publication::Publication};
use crate::{
    client::now,
    shared::{Ending, Shared},
};

/// A connection's machine on its stream.
type Rtmp<IO> = Connection<ServerConnection, IO>;

/// Everything about one connection but the connection itself.
struct Client {
    shared: Arc<Shared>,
    peer: SocketAddr,
    /// What the client said of itself.
    info: Option<ConnectInfo>,
    streams: BTreeMap<StreamId, Active>,
    /// What was under way when the connection was lost.
    lost: Vec<String>,
    timer: Pin<Box<Sleep>>,
    ending: Ending,
}

/// What a message stream is used for.
#[allow(
    clippy::large_enum_variant,
    reason = "one or two per connection, and a player is the common case"
)]
enum Active {
    Publishing(Publication),
    Live(LivePlayer),
    File(FilePlayer),
}

impl Active {
    fn doing(&self) -> String {
        match self {
            Self::Publishing(publication) => format!("publishing {}", publication.name()),
            Self::Live(player) => format!("playing {}", player.name()),
            Self::File(player) => format!("playing {}", player.name()),
        }
    }
}

/// Why the task wakes.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one, on the stack, for a moment"
)]
enum Wake {
    Event(Result<Option<ServerEvent>, Error<ConnectionError>>),
    /// The publisher of this stream has to go.
    Kicked(StreamId, String),
    Ending,
}

/// Serves one connection until it is over.
pub(crate) async fn serve<IO>(shared: Arc<Shared>, stream: IO, peer: SocketAddr)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let machine = ServerConnection::new(Arc::clone(&shared.rtmp), rand::random(), now());
    let mut connection = Connection::new(machine, stream);
    let mut client = Client::new(shared, peer);
    debug!(%peer, "connected (RTMP)");
    client.serve(&mut connection).await;
    client.end_all(ClosedBy::ConnectionLost);
    let _ = connection.close().await;
    debug!(%peer, "disconnected (RTMP)");
}

impl Client {
    fn new(shared: Arc<Shared>, peer: SocketAddr) -> Self {
        Self {
            ending: Ending::new(&shared.ending),
            shared,
            peer,
            info: None,
            streams: BTreeMap::new(),
            lost: Vec::new(),
            timer: Box::pin(tokio::time::sleep(Duration::ZERO)),
        }
    }

    async fn serve<IO: AsyncRead + AsyncWrite + Unpin>(&mut self, connection: &mut Rtmp<IO>) {
        loop {
            match poll_fn(|cx| self.poll(cx, connection)).await {
                Wake::Event(Ok(Some(event))) => self.handle_event(connection, event).await,
                Wake::Event(Ok(None)) => return,
                Wake::Event(Err(error)) => {
                    let doing = self.doing();
                    if matches!(error, Error::Io(_)) && doing.is_empty() {
                        debug!(peer = %self.peer, %error, "the connection failed");
                    } else {
                        // Publishers that vanish and peers that break the protocol are worth a line.
                        info!(peer = %self.peer, doing, %error, "the RTMP connection is given up");
                    }
                    return;
                }
                Wake::Kicked(stream, reason) => {
                    info!(peer = %self.peer, stream = self.name_of(stream), reason, "the publisher is ended");
                    self.end(stream, ClosedBy::Application);
                    connection.machine().close(CloseReason::Kicked);
                }
                Wake::Ending => {
                    self.end_all(ClosedBy::Application);
                    connection.machine().close(CloseReason::Shutdown);
                }
            }
        }
    }

    /// Sends what is due, then waits for whatever is first.
    fn poll<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Rtmp<IO>,
    ) -> Poll<Wake> {
        let is_closing = connection.machine().is_closed();
        if !is_closing && self.ending.poll(cx).is_ready() {
            return Poll::Ready(Wake::Ending);
        }
        for (id, active) in &mut self.streams {
            if let Active::Publishing(publication) = active
                && let Poll::Ready(reason) = publication.poll_kicked(cx)
            {
                return Poll::Ready(Wake::Kicked(*id, reason));
            }
        }
        for _ in 0..ROUNDS {
            let before = self.send(cx, connection);
            if let Poll::Ready(event) = connection.poll_next_event(cx) {
                return Poll::Ready(Wake::Event(event));
            }
            // Where the queue was what held a player back, and it went out, there is more to send.
            let has_room = connection.queued_bytes() < self.shared.queue_bytes();
            if !(before && has_room) {
                return Poll::Pending;
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Gives the machine what there is; true when a full queue held something back.
    fn send<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Rtmp<IO>,
    ) -> bool {
        let now = now();
        let limit = self.shared.queue_bytes();
        let (mut is_held_back, mut wake) = (false, None::<Instant>);
        for active in self.streams.values_mut() {
            let sent = match active {
                Active::Publishing(_) => continue,
                Active::Live(player) => player.poll(cx, now, connection, limit),
                Active::File(player) => player.poll(cx, now, connection, limit),
            };
            is_held_back |= sent.is_held_back;
            wake = [wake, sent.wake].into_iter().flatten().min();
        }
        if let Some(wake) = wake {
            self.timer.as_mut().reset(wake.into());
            if self.timer.as_mut().poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
        }
        is_held_back
    }

    /// What the connection is for, or was, in a word for the log.
    fn doing(&self) -> String {
        let now = self.streams.values().map(Active::doing);
        let all: Vec<String> = self.lost.iter().cloned().chain(now).collect();
        all.join(", ")
    }

    fn name_of(&self, stream: StreamId) -> &str {
        match self.streams.get(&stream) {
            Some(Active::Publishing(publication)) => publication.name(),
            Some(Active::Live(player)) => player.name(),
            Some(Active::File(player)) => player.name(),
            None => "",
        }
    }

    /// A stream is over.
    fn end(&mut self, stream: StreamId, by: ClosedBy) {
        let active = self.streams.remove(&stream);
        if by == ClosedBy::ConnectionLost {
            // The reason is not known yet: the machine tells of it last.
            self.lost.extend(active.as_ref().map(Active::doing));
        }
        match active {
            Some(Active::Publishing(publication)) => publication.finish(by),
            Some(Active::Live(player)) => player.finish(),
            Some(Active::File(player)) => player.finish(),
            None => {}
        }
    }

    fn end_all(&mut self, by: ClosedBy) {
        let streams: Vec<StreamId> = self.streams.keys().copied().collect();
        streams.into_iter().for_each(|stream| self.end(stream, by));
    }
}

/// Rounds of filling the queue and writing it in one wake before other tasks have their turn.
const ROUNDS: usize = 8;

/// What came of giving a machine what a player has.
#[derive(Debug, Default)]
struct Sent {
    /// The queue was full.
    is_held_back: bool,
    /// Nothing before this instant.
    wake: Option<Instant>,
}
