//! One live stream sent on to one other server.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use castline_rtmp_chunk::{
    client::{ClientEvent, StreamHandle},
    command::{Publish, PublishMode, RtmpUrl},
    session::{SendError, StreamId},
};
use tracing::{info, warn};

use super::{
    Patience,
    link::{self, Failure, Link},
};
use crate::{
    client::now,
    shared::Shared,
    stream::{Stream, Viewer},
};

/// Sends a stream on until it ends, however often the other server fails.
pub(super) async fn keep(shared: Arc<Shared>, stream: Arc<Stream>, url: String) {
    let mut patience = Patience::new();
    let shown = shown(&url);
    loop {
        let began = now();
        match push(&shared, &stream, &url).await {
            Ok(()) => {
                info!(stream = stream.name, to = shown, "pushed to its end");
                return;
            }
            Err(error) => {
                let wait = patience.next(began);
                warn!(stream = stream.name, to = shown, %error, again_in_s = wait.as_secs(), "a push failed");
                tokio::time::sleep(wait).await;
            }
        }
        if stream.is_ended() {
            return;
        }
    }
}

/// A URL for the log: without what may be a key or a password.
pub(super) fn shown(url: &str) -> String {
    match RtmpUrl::parse(url) {
        Ok(url) => format!("{}://{}:{}/", url.scheme.as_str(), url.host, url.port()),
        Err(_) => String::new(),
    }
}

async fn push(shared: &Shared, stream: &Arc<Stream>, url: &str) -> Result<(), Failure> {
    let url = RtmpUrl::parse(url)?;
    let mut link = link::connect(&url).await?;
    let publish = Publish::new(url.stream_name.clone(), PublishMode::Live);
    let handle = link.machine().publish(publish)?;
    let mut push = Push {
        viewer: Viewer::new(Arc::clone(stream)),
        handle,
        is_started: false,
        queue_bytes: shared.queue_bytes(),
    };
    info!(
        stream = stream.name,
        to = shown(&url.to_string()),
        "is pushed"
    );
    poll_fn(|cx| push.poll(cx, &mut link)).await?;
    // The stream has ended: the other server is told, and takes what is queued.
    let _ = link.machine().close_stream(handle);
    link.machine().close();
    let _ = link.close().await;
    Ok(())
}

struct Push {
    viewer: Viewer,
    handle: StreamHandle,
    is_started: bool,
    queue_bytes: usize,
}

impl Push {
    /// Ready when the stream has ended, or the connection failed.
    fn poll(&mut self, cx: &mut Context<'_>, link: &mut Link) -> Poll<Result<(), Failure>> {
        loop {
            let was_full = match self.send(cx, link) {
                Poll::Ready(result) => return Poll::Ready(result),
                Poll::Pending => link.queued_bytes() >= self.queue_bytes,
            };
            match link.poll_next_event(cx) {
                Poll::Ready(Ok(Some(event))) => {
                    if let Err(failure) = self.hear(event) {
                        return Poll::Ready(Err(failure));
                    }
                }
                Poll::Ready(Ok(None)) => return Poll::Ready(Err(Failure::Closed)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending if was_full && link.queued_bytes() < self.queue_bytes => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    fn hear(&mut self, event: ClientEvent) -> Result<(), Failure> {
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "what else a server says does not concern a publisher"
        )]
        match event {
            ClientEvent::PublishStarted { .. } => self.is_started = true,
            ClientEvent::StreamRejected { status, .. } => return Err(Failure::Refused(status)),
            _ => {}
        }
        Ok(())
    }

    fn send(&mut self, cx: &Context<'_>, link: &mut Link) -> Poll<Result<(), Failure>> {
        while self.is_started && link.queued_bytes() < self.queue_bytes {
            let Poll::Ready(item) = self.viewer.poll_next(cx) else {
                break;
            };
            let Some(item) = item else {
                return Poll::Ready(Ok(()));
            };
            let machine = link.machine();
            for tag in self.viewer.opening(&item).into_iter().flatten() {
                drop(machine.send_tag(self.handle, &tag));
            }
            let is_first = machine.stream_id(self.handle) == Some(StreamId::FIRST);
            // Metadata is sent otherwise to a server than to a player.
            let shared = (is_first && !item.is_script()).then(|| item.rtmp(machine.chunk_size()));
            let sent = match shared.flatten() {
                Some(shared) => machine.send_shared(self.handle, shared),
                None => machine.send_tag(self.handle, &item.tag),
            };
            match sent {
                Ok(()) | Err(SendError::QueueFull { .. }) => {}
                Err(error) => return Poll::Ready(Err(error.into())),
            }
        }
        Poll::Pending
    }
}
