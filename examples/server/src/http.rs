//! HTTP: one port for players of FLV, for the API and for whoever watches over the server.

mod cors;
mod error;
mod feed;
mod files;
mod live;
mod media;
mod outbound;
mod range;
mod router;
mod segments;
mod stall;
mod vod;
mod ws;

use std::{convert::Infallible, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};
use tracing::{debug, info};

pub(crate) use error::{ApiError, HttpError};
use media::{Visit, Wish};
use outbound::Outbound;
use stall::Stall;
use ws::Upgraded;

use crate::{library::Library, shared::Shared};

/// How long a client has for the head of a request, and how long a connection may be idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a client that takes no byte of its answer is waited for.
const STALL_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of a head is read, and how much of an answer is gathered, at the most: hyper's least but one.
const MOST_BUFFER_BYTES: usize = 16 * 1024;
/// How many header lines a request may have.
const MOST_HEADERS: usize = 64;
/// How long answers that are under way have when the server ends.
const END_GRACE: Duration = Duration::from_secs(2);

/// What the handlers share.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) shared: Arc<Shared>,
    pub(crate) library: Library,
    pub(crate) started: tokio::time::Instant,
}

/// Who asks; in the extensions of each request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The HTTP server; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    app: Arc<App>,
    router: Router,
    ending: watch::Receiver<bool>,
}

impl Http {
    pub(crate) fn new(shared: Arc<Shared>, library: Library) -> Self {
        let ending = shared.ending.clone();
        let app = App {
            shared,
            library,
            started: tokio::time::Instant::now(),
        };
        Self {
            app: Arc::new(app.clone()),
            router: router::router(app),
            ending,
        }
    }

    /// Serves one connection until it is over.
    pub(crate) async fn serve(mut self, stream: TcpStream, peer: SocketAddr) {
        let upgraded = Upgraded::default();
        let service = Edge {
            visit: Visit {
                app: self.app,
                peer,
                upgraded: upgraded.clone(),
            },
            router: TowerToHyperService::new(self.router),
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MOST_BUFFER_BYTES)
            .max_headers(MOST_HEADERS)
            .serve_connection(TokioIo::new(Stall::new(stream, STALL_TIMEOUT)), service)
            .with_upgrades();
        tokio::pin!(connection);
        let is_over = tokio::select! {
            outcome = connection.as_mut() => Some(outcome),
            // An error says that the server is gone already.
            _ = self.ending.wait_for(|is_ending| *is_ending) => None,
        };
        let outcome = match is_over {
            Some(outcome) => outcome,
            None => {
                connection.as_mut().graceful_shutdown();
                let last = tokio::time::timeout(END_GRACE, connection).await;
                last.unwrap_or(Ok(()))
            }
        };
        match outcome {
            Err(error) if is_stalled(&error) => {
                info!(%peer, patience = ?STALL_TIMEOUT, "an HTTP client that takes nothing is cut off");
            }
            Err(error) => debug!(%peer, %error, "an HTTP connection failed"),
            Ok(()) => {}
        }
        upgraded.over().await;
    }
}

/// The client took nothing for too long: see [`Stall`].
fn is_stalled(error: &hyper::Error) -> bool {
    let source = std::error::Error::source(error);
    let io = source.and_then(|source| source.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::TimedOut)
}

/// What each request of a connection goes through: media is sent from here, all else is the router's.
#[derive(Debug, Clone)]
struct Edge {
    visit: Visit,
    router: TowerToHyperService<Router>,
}

impl Service<Request<Incoming>> for Edge {
    type Response = Response<Outbound>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        match Wish::of(request) {
            Ok(wish) => {
                let answer = wish.fulfil(self.visit.clone());
                Box::pin(async move { Ok(answer.await) })
            }
            Err(mut request) => {
                request.extensions_mut().insert(Peer(self.visit.peer));
                let answer = self.router.call(request);
                Box::pin(async move { Ok(answer.await?.map(Outbound::Whole)) })
            }
        }
    }
}

/// Answers one connection above the limit with 503 and the reason, and closes it.
pub(crate) async fn refuse(mut stream: TcpStream, reason: &str) {
    let text = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nRetry-After: 5\r\nConnection: close\r\n\r\n{reason}\n",
        reason.len().saturating_add(1)
    );
    // A client that is gone already needs no answer.
    let _ = tokio::time::timeout(END_GRACE, async {
        // What it asks is read before the end, so that the system does not cut the answer off.
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked).await;
        let _ = stream.write_all(text.as_bytes()).await;
        let _ = stream.shutdown().await;
    })
    .await;
}
