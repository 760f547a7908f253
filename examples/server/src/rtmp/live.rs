//! A player of a live stream: a cursor into its ring.

use std::{
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use castline_core::driver::Connection;
use castline_rtmp_chunk::{
    TagType,
    server::ServerConnection,
    session::{SendError, StreamId},
};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::{info, warn};

use super::Sent;
use crate::{
    admission::Share,
    gate::Guest,
    stream::{Item, Viewer},
};

/// One player of one live stream.
pub(super) struct LivePlayer {
    id: StreamId,
    name: String,
    /// `None` once the stream has ended: a player that stays does not keep what the stream held.
    viewer: Option<Viewer>,
    peer: SocketAddr,
    began: Instant,
    sent_bytes: u64,
    wants_audio: bool,
    wants_video: bool,
    is_paused: bool,
    has_ended: bool,
    _guest: Guest,
    _shares: (Share, Share),
}

impl LivePlayer {
    pub(super) fn new(
        (id, viewer): (StreamId, Viewer),
        peer: SocketAddr,
        now: Instant,
        guest: Guest,
        shares: (Share, Share),
    ) -> Self {
        info!(%peer, stream = viewer.stream().name, "plays (RTMP)");
        Self {
            id,
            name: viewer.stream().name.clone(),
            viewer: Some(viewer),
            peer,
            began: now,
            sent_bytes: 0,
            wants_audio: true,
            wants_video: true,
            is_paused: false,
            has_ended: false,
            _guest: guest,
            _shares: shares,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) const fn want_audio(&mut self, is_wanted: bool) {
        self.wants_audio = is_wanted;
    }

    pub(super) const fn want_video(&mut self, is_wanted: bool) {
        self.wants_video = is_wanted;
    }

    /// Live goes on meanwhile: after a pause it plays from the newest key frame.
    pub(super) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
        if let Some(viewer) = self.viewer.as_mut().filter(|_| !is_paused) {
            viewer.skip_to_entry();
        }
    }

    /// Gives the machine what the stream has, as far as the queue has room.
    pub(super) fn poll<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        connection: &mut Connection<ServerConnection, IO>,
        limit: usize,
    ) -> Sent {
        let mut sent = Sent::default();
        while !self.is_paused && !self.has_ended {
            let Some(viewer) = &mut self.viewer else {
                break;
            };
            if connection.queued_bytes() >= limit {
                sent.is_held_back = true;
                break;
            }
            match viewer.poll_next(cx) {
                Poll::Ready(Some(item)) => self.send(&item, connection.machine()),
                Poll::Ready(None) => {
                    self.viewer = None;
                    // Only a stream that was closed meanwhile is unknown.
                    let _ = connection.machine().notify_unpublished(self.id);
                }
                Poll::Pending => break,
            }
            self.tell_slow(now);
        }
        sent
    }

    fn send(&mut self, item: &Arc<Item>, machine: &mut ServerConnection) {
        let opening = self.viewer.as_mut().and_then(|viewer| viewer.opening(item));
        for tag in opening.into_iter().flatten() {
            self.sent_bytes = self.sent_bytes.saturating_add(tag.len() as u64);
            drop(machine.send_tag(self.id, &tag));
        }
        let is_wanted = match item.tag.tag_type {
            TagType::Audio => self.wants_audio,
            TagType::Video => self.wants_video,
            TagType::Script => true,
        };
        if !is_wanted {
            return;
        }
        let shared = (self.id == StreamId::FIRST).then(|| item.rtmp(machine.chunk_size()));
        let result = match shared.flatten() {
            Some(shared) => machine.send_shared(self.id, shared),
            None => machine.send_tag(self.id, &item.tag),
        };
        match result {
            Ok(()) => self.sent_bytes = self.sent_bytes.saturating_add(item.len() as u64),
            // The queue was looked at before; what it refuses still is a lost message, not an error.
            Err(SendError::QueueFull { .. }) => {
                self.viewer.as_mut().map(Viewer::leave_out);
            }
            Err(_) => self.has_ended = true,
        }
    }

    fn tell_slow(&mut self, now: Instant) {
        let viewer = self.viewer.as_mut();
        if let Some(messages) = viewer.and_then(|viewer| viewer.take_slow(now)) {
            warn!(peer = %self.peer, stream = self.name, messages,
                "a slow RTMP player: messages were left out up to a key frame");
        }
    }

    /// The player has gone.
    pub(super) fn finish(self) {
        let seconds = crate::client::now()
            .saturating_duration_since(self.began)
            .as_secs();
        info!(peer = %self.peer, stream = self.name, seconds, bytes = self.sent_bytes, "played (RTMP)");
    }
}
