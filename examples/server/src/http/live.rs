//! The answers that carry live streams, over HTTP and WebSocket.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::http::{header, response};
use castline_codec::MediaKind;
use castline_rtmp_chunk::{
    Tag, TagType,
    flv::{self, SharedTag},
};
use hyper::Response;
use tracing::{info, warn};

use super::{
    HttpError,
    feed::{Ended, Feed, FeedBody},
    media::{Held, Visit, Wish, unavailable},
    outbound::Outbound,
    segments::Segments,
    ws,
};
use crate::{
    client::now,
    stream::{Epoch, Item, Viewer},
};

/// How many pieces are sent together at the most: a burst is some chunks, not one large one.
const MOST_PIECES: usize = 48;
/// How far behind a slow player may fall before it goes on with the newest key frame.
const MOST_BEHIND: Duration = Duration::from_secs(8);
/// How often a player is told to be slow, at the most.
const SLOW_LOG_INTERVAL: Duration = Duration::from_secs(10);
/// How long a player waits for the tracks of a stream that has only begun.
const TRACKS_PATIENCE: Duration = Duration::from_secs(5);

impl Wish {
    /// The live stream with this name.
    pub(super) async fn live(
        &mut self,
        visit: &Visit,
        name: &str,
    ) -> Result<Response<Outbound>, HttpError> {
        let shared = &visit.app.shared;
        let guest = self.admit(visit, ("live", name)).await?;
        let stream = shared
            .streams
            .find(guest.name())
            .ok_or_else(|| HttpError::not_found("there is no such stream"))?;
        let session = shared.admission.session().map_err(unavailable)?;
        let bandwidth = shared.admission.bandwidth(stream.bit_rate());
        let held = Held::new(guest, session, Some(bandwidth.map_err(unavailable)?));
        // The first bytes say what there will be: a stream that has only begun may not have said it yet. What this
        // server cannot look into has no description, and is sent all the same.
        let _ = stream.presentation(TRACKS_PATIENCE).await;
        let header = file_header(&stream.epoch());
        let is_socket = ws::is_wanted(&self.parts.headers);
        let by = if is_socket { "WebSocket" } else { "HTTP" };
        let mut ending = shared.ending.clone();
        let player = Player {
            viewer: Viewer::new(stream),
            header: Some(header),
            peer: visit.peer,
            by,
            began: now(),
            sent_bytes: 0,
            skipped: 0,
            told_slow: None,
            ending: Box::pin(async move {
                // An error means that the server is gone already.
                let _ = ending.wait_for(|is_ending| *is_ending).await;
            }),
            _held: held,
        };
        if is_socket {
            let answer = ws::upgrade(&mut self.parts, &visit.upgraded, player).await?;
            return Ok(answer.map(Outbound::Whole));
        }
        let builder = response::Builder::new().header(header::CACHE_CONTROL, "no-store");
        Ok(self.answer(builder, FeedBody::new(player)))
    }
}

/// Whether there will be sound and pictures, as far as is known; where nothing is, both may come.
fn file_header(epoch: &Epoch) -> flv::Header {
    let headers: Vec<TagType> = epoch.opening(0).map(|tag| tag.tag_type).collect();
    let has = |kind: MediaKind, tag_type: TagType| {
        epoch.tracks.iter().any(|track| track.codec.kind() == kind) || headers.contains(&tag_type)
    };
    let has_audio = has(MediaKind::Audio, TagType::Audio);
    let has_video = has(MediaKind::Video, TagType::Video);
    let is_known = has_audio || has_video;
    flv::Header::new(has_audio || !is_known, has_video || !is_known)
}

/// One player of one live stream: a cursor, and what is said of it.
struct Player {
    viewer: Viewer,
    /// The file's header, until it is sent.
    header: Option<flv::Header>,
    peer: SocketAddr,
    by: &'static str,
    began: Instant,
    sent_bytes: u64,
    skipped: u64,
    told_slow: Option<Instant>,
    ending: Pin<Box<dyn Future<Output = ()> + Send>>,
    _held: Held,
}

impl Player {
    fn add(&mut self, item: &Item, segments: &mut Segments) {
        if let Some(opening) = self.viewer.opening(item) {
            if let Some(header) = self.header.take() {
                segments.push(flv::Writer::new(header).start());
                info!(peer = %self.peer, stream = self.viewer.stream().name, by = self.by, "plays (FLV)");
            }
            opening.for_each(|tag| push_tag(&tag, segments));
        }
        if let Some(tag) = item.flv() {
            segments.extend(tag.segments().iter().cloned());
        }
    }

    fn tell_slow(&mut self) {
        self.viewer.keep_up(MOST_BEHIND);
        self.skipped = self.skipped.saturating_add(self.viewer.take_skipped());
        if self.skipped == 0 {
            return;
        }
        let now = now();
        let is_told = self
            .told_slow
            .is_some_and(|told| now.saturating_duration_since(told) < SLOW_LOG_INTERVAL);
        if !is_told {
            warn!(peer = %self.peer, stream = self.viewer.stream().name, by = self.by, tags = self.skipped,
                "a slow FLV player: tags were left out up to a key frame");
            self.skipped = 0;
            self.told_slow = Some(now);
        }
    }
}

fn push_tag(tag: &Tag, segments: &mut Segments) {
    // One that is too large for FLV is not sent.
    if let Ok(tag) = SharedTag::new(tag) {
        segments.extend(tag.into_segments());
    }
}

impl Feed for Player {
    fn poll_tags(&mut self, cx: &mut Context<'_>) -> Poll<Result<Segments, Ended>> {
        if self.ending.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Ended::Server));
        }
        let mut segments = Segments::default();
        let mut has_ended = false;
        while segments.count() < MOST_PIECES {
            self.tell_slow();
            match self.viewer.poll_next(cx) {
                Poll::Ready(Some(item)) => self.add(&item, &mut segments),
                Poll::Ready(None) => {
                    has_ended = true;
                    break;
                }
                Poll::Pending => break,
            }
        }
        if segments.count() > 0 {
            let len = bytes::Buf::remaining(&segments) as u64;
            self.sent_bytes = self.sent_bytes.saturating_add(len);
            return Poll::Ready(Ok(segments));
        }
        if !has_ended {
            return Poll::Pending;
        }
        // Sources end with the server, and then that is the reason.
        let is_server = self.ending.as_mut().poll(cx).is_ready();
        Poll::Ready(Err(if is_server {
            Ended::Server
        } else {
            Ended::Stream
        }))
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        if self.header.is_none() {
            let seconds = now().saturating_duration_since(self.began).as_secs();
            info!(peer = %self.peer, stream = self.viewer.stream().name, by = self.by, seconds, bytes = self.sent_bytes, "played (FLV)");
        }
    }
}
