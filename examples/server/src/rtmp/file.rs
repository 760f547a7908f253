//! A player of a file: tags that a task reads ahead, on a clock.

use std::{
    net::SocketAddr,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use castline_core::driver::Connection;
use castline_rtmp_chunk::{
    Tag, TagType,
    command::PlayStart,
    server::{PlayRequest, ServerConnection},
    session::{SendError, StreamId},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};
use tracing::info;

use super::Sent;
use crate::{
    admission::Share,
    client::now,
    clock::PlayClock,
    config::Config,
    gate::Guest,
    tag_file::{TagFile, TimedTag},
};

/// How much is sent ahead of its time unless the player says how much it buffers.
const AHEAD: Duration = Duration::from_secs(1);
/// And at the most, whatever it says.
const MOST_AHEAD: Duration = Duration::from_secs(10);

/// One player of one file.
pub(super) struct FilePlayer {
    id: StreamId,
    path: String,
    file: TagFile,
    tags: mpsc::Receiver<TimedTag>,
    next: Option<TimedTag>,
    clock: PlayClock,
    /// The clock begins with the first tag, as the key frame may lie before what was asked for.
    is_fresh: bool,
    /// Where playing ends, if not at the end of the file.
    end: Option<Duration>,
    ahead: Duration,
    wants: Wants,
    has_ended: bool,
    peer: SocketAddr,
    began: Instant,
    sent_bytes: u64,
    last_timestamp: u32,
    guest: Option<Guest>,
    _shares: (Share, Share),
}

#[derive(Debug, Clone, Copy)]
struct Wants {
    audio: bool,
    video: bool,
}

impl FilePlayer {
    pub(super) fn new(
        (id, path): (StreamId, &str),
        file: TagFile,
        request: &PlayRequest,
        (peer, config): (SocketAddr, &Config),
        shares: (Share, Share),
    ) -> Self {
        let start = match request.start {
            PlayStart::Recorded { position_ms } => Duration::from_millis(position_ms.into()),
            PlayStart::Live | PlayStart::LiveOrRecorded => Duration::ZERO,
        };
        let length = request
            .duration_ms
            .map(|ms| Duration::from_millis(ms.into()));
        info!(%peer, path, start = start.as_secs_f64(), "plays (RTMP)");
        let now = now();
        Self {
            id,
            path: path.to_owned(),
            tags: file.start(start, config),
            file,
            next: None,
            clock: PlayClock::new(now, start),
            is_fresh: true,
            end: length.map(|length| start.saturating_add(length)),
            ahead: AHEAD,
            wants: Wants {
                audio: true,
                video: true,
            },
            has_ended: false,
            peer,
            began: now,
            sent_bytes: 0,
            last_timestamp: 0,
            guest: None,
            _shares: shares,
        }
    }

    /// With what tells the hooks of its end.
    pub(super) fn with_guest(mut self, guest: Guest) -> Self {
        self.guest = Some(guest);
        self
    }

    pub(super) fn name(&self) -> &str {
        &self.path
    }

    pub(super) const fn want_audio(&mut self, is_wanted: bool) {
        self.wants.audio = is_wanted;
    }

    pub(super) const fn want_video(&mut self, is_wanted: bool) {
        self.wants.video = is_wanted;
    }

    /// The player says how much it buffers: it gets as much ahead of its time.
    pub(super) fn set_buffer(&mut self, length_ms: u32) {
        self.ahead = Duration::from_millis(length_ms.into()).clamp(AHEAD, MOST_AHEAD);
    }

    pub(super) fn pause(&mut self, is_paused: bool) {
        if is_paused {
            self.clock.pause(now());
        } else {
            self.clock.resume(now());
        }
    }

    pub(super) fn seek(&mut self, position_ms: u32, config: &Config) {
        let position = Duration::from_millis(position_ms.into());
        let is_paused = self.clock.is_paused();
        self.tags = self.file.start(position, config);
        self.next = None;
        self.is_fresh = true;
        self.has_ended = false;
        self.clock = PlayClock::new(now(), position);
        if is_paused {
            self.clock.pause(now());
        }
    }

    /// Gives the machine what is due, as far as the queue has room.
    pub(super) fn poll<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        connection: &mut Connection<ServerConnection, IO>,
        limit: usize,
    ) -> Sent {
        let mut sent = Sent::default();
        while !self.has_ended && !self.clock.is_paused() {
            if connection.queued_bytes() >= limit {
                sent.is_held_back = true;
                break;
            }
            if self.next.is_none() {
                match self.tags.poll_recv(cx) {
                    Poll::Ready(Some(tag)) => self.next = Some(tag),
                    Poll::Ready(None) => {
                        self.complete(connection.machine());
                        break;
                    }
                    Poll::Pending => break,
                }
            }
            let Some(tag) = self.next.take() else { break };
            if self.end.is_some_and(|end| tag.due >= end) {
                self.complete(connection.machine());
                break;
            }
            if std::mem::take(&mut self.is_fresh) {
                self.clock = PlayClock::new(now, tag.due);
            }
            let due = self.clock.due(tag.due.saturating_sub(self.ahead));
            if due > now {
                self.next = Some(tag);
                sent.wake = Some(due);
                break;
            }
            self.send(&tag.tag, connection.machine());
        }
        sent
    }

    fn send(&mut self, tag: &Tag, machine: &mut ServerConnection) {
        let is_wanted = match tag.tag_type {
            TagType::Audio => self.wants.audio,
            TagType::Video => self.wants.video,
            TagType::Script => true,
        };
        if !is_wanted {
            return;
        }
        self.last_timestamp = tag.timestamp;
        match machine.send_tag(self.id, tag) {
            // The queue was looked at before; what it refuses still is a lost message, not an error.
            Ok(()) | Err(SendError::QueueFull { .. }) => {
                self.sent_bytes = self.sent_bytes.saturating_add(tag.len() as u64);
            }
            Err(_) => self.has_ended = true,
        }
    }

    /// Everything is sent; the player may still seek back.
    fn complete(&mut self, machine: &mut ServerConnection) {
        self.has_ended = true;
        let played = f64::from(self.last_timestamp) / 1000.0;
        // Only a stream that was closed meanwhile is unknown.
        let _ = machine.notify_complete(self.id, played);
    }

    /// The player has gone.
    pub(super) fn finish(self) {
        let seconds = now().saturating_duration_since(self.began).as_secs();
        info!(peer = %self.peer, path = self.path, seconds, bytes = self.sent_bytes, "played (RTMP)");
        drop(self.guest);
    }
}
