//! What all connections share.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use castline_core::{ClockAnchor, udp::PortRange};
use castline_rtsp_proto::{
    Request, Response,
    server::{ServerConfig, SessionId},
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    admission::Admission,
    config::Config,
    movie::{MovieCache, MovieError},
    source::{Place, Source},
    stream::Stream,
};

/// The state of the server.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) rtsp: Arc<ServerConfig>,
    pub(crate) movies: MovieCache,
    pub(crate) admission: Admission,
    pub(crate) ports: PortRange,
    pub(crate) clock: ClockAnchor,
    pub(crate) cname: String,
    pub(crate) streams: Mutex<HashMap<String, Arc<Stream>>>,
    /// Which connection has a session.
    pub(crate) owners: Owners,
    /// True once the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Shared {
    /// Finds what a path names, opening the file if need be.
    pub(crate) async fn find(&self, path: &str) -> Result<Source, MovieError> {
        match Place::parse(path).ok_or(MovieError::NotFound)? {
            Place::File(file) => self.movies.open(file).await.map(Source::File),
            Place::Live(name) => {
                let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
                streams
                    .get(name)
                    .cloned()
                    .map(Source::Live)
                    .ok_or(MovieError::NotFound)
            }
        }
    }
}

/// A request that came over another connection than its session lives on.
#[derive(Debug)]
pub(crate) struct Forwarded {
    pub(crate) request: Request,
    pub(crate) reply: oneshot::Sender<Response>,
}

/// The connections that sessions live on.
#[derive(Debug, Default)]
pub(crate) struct Owners(Mutex<HashMap<SessionId, mpsc::Sender<Forwarded>>>);

impl Owners {
    pub(crate) fn insert(&self, session: SessionId, owner: mpsc::Sender<Forwarded>) {
        self.lock().insert(session, owner);
    }

    pub(crate) fn remove(&self, session: SessionId) {
        self.lock().remove(&session);
    }

    /// Hands a request to the connection of its session. `None` when there is none, or it has too many already.
    pub(crate) fn forward(
        &self,
        session: SessionId,
        request: Request,
    ) -> Option<oneshot::Receiver<Response>> {
        let owner = self.lock().get(&session).cloned()?;
        let (reply, answer) = oneshot::channel();
        owner.try_send(Forwarded { request, reply }).ok()?;
        Some(answer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SessionId, mpsc::Sender<Forwarded>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
