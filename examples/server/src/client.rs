//! One TCP connection, and the sessions that were set up on it: one task does it all.

use std::{
    collections::HashMap,
    future::{Future, poll_fn},
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use castline_core::{
    Machine, Random,
    driver::{Connection, Error},
};
use castline_rtsp_proto::{
    ChannelKind, ConnectionError, Response, StatusCode,
    server::{CloseReason, ClosedBy, RequestId, ServerConnection, ServerEvent, SessionId},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::{mpsc, oneshot},
    time::Sleep,
};
use tracing::{debug, info};

use crate::{
    asked::Described,
    session::Session,
    shared::{Ending, Forwarded, Shared},
};

/// Requests of other connections that may wait for this one.
const FORWARDED_REQUESTS: usize = 8;

/// A connection's machine on its stream.
pub(crate) type Rtsp<IO> = Connection<ServerConnection, IO>;

/// Everything about one connection but the connection itself, which its sessions may outlive.
pub(crate) struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) peer: SocketAddr,
    pub(crate) local: IpAddr,
    pub(crate) random: Random,
    pub(crate) sessions: HashMap<SessionId, Session>,
    /// What was described last, so that its SETUPs find it open.
    pub(crate) described: Option<Described>,
    pub(crate) forwards: mpsc::Sender<Forwarded>,
    forwarded: mpsc::Receiver<Forwarded>,
    /// Who waits for the answers to forwarded requests, by token.
    waiting: HashMap<u64, oneshot::Sender<Response>>,
    tokens: u64,
    /// The answer from another connection that the request in hand waits for.
    answer: Option<(RequestId, oneshot::Receiver<Response>)>,
    /// The sessions go on without a connection.
    has_stream_ended: bool,
    timer: Pin<Box<Sleep>>,
    ending: Ending,
}

/// Why the task wakes.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one, on the stack, for a moment"
)]
enum Wake {
    Event(Result<Option<ServerEvent>, Error<ConnectionError>>),
    Forwarded(Forwarded),
    Answer(RequestId, Option<Response>),
    StreamEnded,
    Ending,
}

/// How serving ended.
enum Served {
    /// Nothing is left to do.
    Over,
    /// The stream ended or failed, but sessions over UDP live on.
    StreamLost,
}

pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Serves one connection until it and its sessions are over.
pub(crate) async fn serve(shared: Arc<Shared>, stream: TcpStream, peer: SocketAddr) {
    let Ok(local) = stream.local_addr() else {
        return;
    };
    let mut client = Client::new(shared, peer, local.ip());
    let machine = ServerConnection::new(
        Arc::clone(&client.shared.rtsp),
        peer,
        client.random.seed(),
        now(),
    );
    let mut connection = Connection::new(machine, stream);
    debug!(%peer, "connected");
    let served = client.serve(&mut connection).await;
    if matches!(served, Served::Over) {
        let _ = connection.close().await;
    } else {
        // Sessions over UDP do not need the connection: their machine goes on without one.
        client.has_stream_ended = true;
        let mut machine = connection.into_parts().machine;
        machine.handle_eof(now());
        let mut connection = Connection::new(machine, tokio::io::empty());
        client.serve(&mut connection).await;
    }
    debug!(%peer, "disconnected");
}

impl Client {
    fn new(shared: Arc<Shared>, peer: SocketAddr, local: IpAddr) -> Self {
        let (forwards, forwarded) = mpsc::channel(FORWARDED_REQUESTS);
        let ending = Ending::new(&shared.ending);
        Self {
            shared,
            peer,
            local,
            random: Random::new(rand::random()),
            sessions: HashMap::new(),
            described: None,
            forwards,
            forwarded,
            waiting: HashMap::new(),
            tokens: 0,
            answer: None,
            has_stream_ended: false,
            timer: Box::pin(tokio::time::sleep(std::time::Duration::ZERO)),
            ending,
        }
    }

    async fn serve<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtsp<IO>,
    ) -> Served {
        loop {
            match poll_fn(|cx| self.poll(cx, connection)).await {
                Wake::Event(Ok(Some(event))) => self.handle_event(connection, event).await,
                Wake::Event(Ok(None)) => return Served::Over,
                Wake::Event(Err(Error::Io(error))) => {
                    debug!(peer = %self.peer, %error, "the connection failed");
                    let survives = self.sessions.values().any(Session::is_udp);
                    return if survives {
                        Served::StreamLost
                    } else {
                        self.end(connection, "the connection failed")
                    };
                }
                Wake::Event(Err(error)) => {
                    info!(peer = %self.peer, %error, "the connection is given up");
                    return self.end(connection, "the connection was given up");
                }
                Wake::Forwarded(Forwarded { request, reply }) => {
                    self.tokens = self.tokens.wrapping_add(1);
                    self.waiting.retain(|_, waiting| !waiting.is_closed());
                    self.waiting.insert(self.tokens, reply);
                    connection
                        .machine()
                        .handle_forwarded(now(), self.tokens, request);
                }
                Wake::Answer(id, answer) => answer_forwarded(connection.machine(), id, answer),
                Wake::StreamEnded => return Served::StreamLost,
                Wake::Ending => {
                    let served = self.end(connection, "the server ends");
                    connection.machine().close(CloseReason::ServerAdmin);
                    return served;
                }
            }
        }
    }

    /// Sends what is due, then waits for whatever is first.
    fn poll<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        connection: &mut Rtsp<IO>,
    ) -> Poll<Wake> {
        if self.ending.poll(cx).is_ready() {
            return Poll::Ready(Wake::Ending);
        }
        self.poll_sessions(cx, connection.machine());
        if let Poll::Ready(Some(forwarded)) = self.forwarded.poll_recv(cx) {
            return Poll::Ready(Wake::Forwarded(forwarded));
        }
        if let Some((id, answer)) = &mut self.answer
            && let Poll::Ready(answer) = Pin::new(answer).poll(cx)
        {
            let id = *id;
            self.answer = None;
            return Poll::Ready(Wake::Answer(id, answer.ok()));
        }
        if let Poll::Ready(event) = connection.poll_next_event(cx) {
            return Poll::Ready(Wake::Event(event));
        }
        // The sessions over UDP that are left need no socket that only waits to be closed.
        let is_over = connection.has_peer_ended() && connection.queued_bytes() == 0;
        if is_over && self.answer.is_none() && !self.has_stream_ended {
            return Poll::Ready(Wake::StreamEnded);
        }
        Poll::Pending
    }

    fn poll_sessions(&mut self, cx: &mut Context<'_>, machine: &mut ServerConnection) {
        let now = now();
        let wakes = self
            .sessions
            .values_mut()
            .filter_map(|session| session.poll(cx, now, machine));
        let Some(wake) = wakes.min() else { return };
        let wake = tokio::time::Instant::from_std(wake);
        if self.timer.deadline() != wake {
            self.timer.as_mut().reset(wake);
        }
        if self.timer.as_mut().poll(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
    }

    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "requests have a place of their own"
    )]
    async fn handle_event<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtsp<IO>,
        event: ServerEvent,
    ) {
        match event {
            ServerEvent::Data {
                session,
                track,
                kind: ChannelKind::Rtcp,
                data,
                ..
            } => {
                if let Some(outlet) = self
                    .sessions
                    .get_mut(&session)
                    .and_then(|session| session.outlet(track))
                {
                    outlet.handle_rtcp(now(), &data);
                }
            }
            ServerEvent::Rejected {
                method,
                status,
                reason,
                ..
            } => {
                let method = method.map(|method| method.to_string()).unwrap_or_default();
                info!(peer = %self.peer, method, status = status.as_u16(), reason, "refused");
            }
            ServerEvent::SessionClosed { session, why, .. } => {
                self.close_session(connection.machine(), session, why)
            }
            ServerEvent::ForeignRequest {
                id,
                session,
                request,
                ..
            } => match self.shared.owners.forward(session, request) {
                Some(answer) => self.answer = Some((id, answer)),
                None => answer_forwarded(connection.machine(), id, None),
            },
            ServerEvent::ForwardedReply {
                token, response, ..
            } => {
                if let Some(reply) = self.waiting.remove(&token) {
                    // Nobody waits any more when the other connection is gone.
                    let _ = reply.send(response);
                }
            }
            request => self.handle_request(connection, request).await,
        }
    }

    fn close_session(&mut self, machine: &mut ServerConnection, id: SessionId, why: ClosedBy) {
        self.shared.owners.remove(id);
        if let Some(mut session) = self.sessions.remove(&id) {
            let why = match why {
                ClosedBy::Teardown => "the client ended it",
                ClosedBy::Expired => "no sign of the client within the session timeout",
                ClosedBy::ConnectionLost => "the connection ended",
                ClosedBy::Application | _ => "the server ended it",
            };
            session.finish(now(), machine, why);
        }
    }

    fn end<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        connection: &mut Rtsp<IO>,
        why: &str,
    ) -> Served {
        for (id, mut session) in self.sessions.drain() {
            self.shared.owners.remove(id);
            session.finish(now(), connection.machine(), why);
        }
        Served::Over
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        for id in self.sessions.keys() {
            self.shared.owners.remove(*id);
        }
    }
}

/// Answers a request for a session of another connection; `None` when nobody there could.
fn answer_forwarded(machine: &mut ServerConnection, id: RequestId, answer: Option<Response>) {
    let done = match answer {
        Some(answer) => machine.respond(id, &answer),
        None => machine.reject(id, StatusCode::SESSION_NOT_FOUND, ""),
    };
    if let Err(error) = done {
        debug!(%error, "a forwarded answer came too late");
    }
}
