//! A stream that a client publishes.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use castline_rtmp_chunk::{Tag, server::ClosedBy};
use tracing::info;

use crate::{client::now, gate::Guest, stream::Publisher};

/// One published stream of one connection.
pub(super) struct Publication {
    publisher: Publisher,
    peer: SocketAddr,
    began: Instant,
    _guest: Guest,
    kicked: Pin<Box<dyn Future<Output = String> + Send + Sync>>,
}

impl Publication {
    pub(super) fn new(publisher: Publisher, peer: SocketAddr, guest: Guest) -> Self {
        let stream = Arc::clone(publisher.stream());
        info!(%peer, stream = stream.name, "publishes (RTMP)");
        Self {
            publisher,
            peer,
            began: now(),
            _guest: guest,
            kicked: Box::pin(async move { stream.kicked().await }),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.publisher.stream().name
    }

    pub(super) fn tag(&mut self, tag: Tag) {
        self.publisher.tag(tag);
    }

    /// Ready with the reason when the publisher has to go.
    pub(super) fn poll_kicked(&mut self, cx: &mut Context<'_>) -> Poll<String> {
        self.kicked.as_mut().poll(cx)
    }

    /// The publisher has gone.
    pub(super) fn finish(self, by: ClosedBy) {
        let seconds = now().saturating_duration_since(self.began).as_secs();
        let (bytes, tags) = self.publisher.stream().received();
        let malformed = self.publisher.malformed();
        info!(peer = %self.peer, stream = self.name(), seconds, bytes, tags, malformed, ended = ?by, "published (RTMP)");
    }
}
