//! The answers that carry live streams, over HTTP and WebSocket.

use std::{
    net::SocketAddr,
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
    shared::Ending,
    stream::{Epoch, Item, Viewer},
};

/// How many pieces are sent together at the most: a burst is some chunks, not one large one.
const MOST_PIECES: usize = 48;
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
        let stream = shared.live(guest.name()).await;
        let stream = stream.ok_or_else(|| HttpError::not_found("there is no such stream"))?;
        let session = shared.admission.session().map_err(unavailable)?;
        let bandwidth = shared.admission.bandwidth(stream.bit_rate());
        let held = Held::new(guest, session, Some(bandwidth.map_err(unavailable)?));
        // The first bytes say what there will be: a stream that has only begun may not have said it yet. What this
        // server cannot look into has no description, and is sent all the same.
        let _ = stream.presentation(TRACKS_PATIENCE).await;
        let header = file_header(&stream.epoch());
        let is_socket = ws::is_wanted(&self.parts.headers);
        let by = if is_socket { "WebSocket" } else { "HTTP" };
        let player = Player {
            viewer: Viewer::new(stream),
            header: Some(header),
            peer: visit.peer,
            by,
            began: now(),
            sent_bytes: 0,
            ending: Ending::new(&shared.ending),
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
    ending: Ending,
    _held: Held,
}

impl Player {
    fn add(&mut self, item: &Item, segments: &mut Segments) {
        if let Some(opening) = self.viewer.opening(item) {
            if let Some(header) = self.header.take() {
                segments.push(flv::Writer::new(header).start());
                info!(peer = %self.peer, stream = self.viewer.stream().name, by = self.by, "plays (FLV)");
            }
            opening.iter().for_each(|tag| push_tag(tag, segments));
        }
        if let Some(tag) = item.flv() {
            segments.extend(tag.segments().iter().cloned());
        }
    }

    fn tell_slow(&mut self) {
        if let Some(tags) = self.viewer.take_slow(now()) {
            warn!(peer = %self.peer, stream = self.viewer.stream().name, by = self.by, tags,
                "a slow FLV player: tags were left out up to a key frame");
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
        if self.ending.poll(cx).is_ready() {
            return Poll::Ready(Err(Ended::Server));
        }
        let mut segments = Segments::default();
        let mut has_ended = false;
        while segments.count() < MOST_PIECES {
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
            self.tell_slow();
            let len = bytes::Buf::remaining(&segments) as u64;
            self.sent_bytes = self.sent_bytes.saturating_add(len);
            return Poll::Ready(Ok(segments));
        }
        if !has_ended {
            return Poll::Pending;
        }
        // Sources end with the server, and then that is the reason.
        let is_server = self.ending.poll(cx).is_ready();
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

#[cfg(test)]
mod tests {
    use std::{io::IoSlice, sync::Arc, task::Waker};

    use bytes::{Buf, BytesMut};
    use castline_codec::{Frame, Track};
    use castline_mp4_hint::FrameReader;
    use castline_rtmp_chunk::tag;

    use super::*;
    use crate::{
        admission::Admission,
        config::Config,
        gate::Gate,
        hooks::{HookCall, Occasion},
        stream::{Origin, Publisher, RingLimits, Streams},
    };

    async fn clip() -> (Vec<Track>, Vec<Frame>) {
        let open = crate::movie::open("demo", crate::library::MediaFile::demo()).await;
        let open = open.unwrap();
        let tracks = open.movie.tracks().iter().map(|track| track.media.clone());
        let tracks = tracks.collect();
        let mut reader = FrameReader::all_tracks(open.movie, None, Default::default());
        let mut frames = Vec::new();
        while !reader.is_finished() {
            frames.extend(std::iter::from_fn(|| reader.poll_frame()));
            if let Some(request) = reader.poll_read() {
                let bytes = open.file.read_at(request.offset, request.len).await;
                reader.handle_input(request.offset, bytes.unwrap());
            }
        }
        (tracks, frames)
    }

    fn publish(items: usize) -> Publisher {
        let limits = RingLimits {
            bytes: 1024 * 1024,
            items,
            entry_age: Duration::from_secs(60),
            packet_bytes: 1400,
            merge: Duration::ZERO,
        };
        let origin = Origin {
            protocol: "file",
            peer: None,
            agent: "test".to_owned(),
        };
        let streams = Streams::new(limits, 1);
        streams.publish("demo", origin, false).unwrap()
    }

    async fn player(publisher: &Publisher) -> Player {
        crate::tls::install_provider();
        let gate = Arc::new(Gate::new(&Config::default()).unwrap());
        let peer = ([127, 0, 0, 1], 1).into();
        let call = HookCall::new(Occasion::Play, peer, ("live", "demo"));
        let guest = gate.admit(call).await.unwrap();
        let session = Admission::new(1, 1, 1).session().unwrap();
        let (server, ending) = tokio::sync::watch::channel(false);
        // The server lives as long as the test.
        std::mem::forget(server);
        Player {
            viewer: Viewer::new(Arc::clone(publisher.stream())),
            header: Some(file_header(&publisher.stream().epoch())),
            peer,
            by: "test",
            began: now(),
            sent_bytes: 0,
            ending: Ending::new(&ending),
            _held: Held::new(guest, session, None),
        }
    }

    fn poll(player: &mut Player) -> Poll<Result<Segments, Ended>> {
        player.poll_tags(&mut Context::from_waker(Waker::noop()))
    }

    /// Everything that is there by now.
    fn drain(player: &mut Player, into: &mut BytesMut) {
        while let Poll::Ready(Ok(mut segments)) = poll(player) {
            assert!(segments.count() <= MOST_PIECES + 16, "a piece of a burst");
            into.extend_from_slice(&segments.copy_to_bytes(segments.remaining()));
        }
    }

    #[tokio::test]
    async fn a_player_that_was_away_goes_on_with_a_key_frame_in_the_same_file() {
        let mut publisher = publish(250);
        let (tracks, frames) = clip().await;
        publisher.tracks(&tracks);
        let mut player = player(&publisher).await;
        assert!(poll(&mut player).is_pending(), "there is no key frame yet");
        let (now, later) = frames.split_at(40);
        now.iter().for_each(|frame| publisher.frame(frame.clone()));
        let mut file = BytesMut::new();
        drain(&mut player, &mut file);
        let before = file.len();
        later
            .iter()
            .for_each(|frame| publisher.frame(frame.clone()));
        drain(&mut player, &mut file);
        assert!(file.len() > before, "a key frame is kept");
        let mut reader = flv::Reader::new(flv::ReaderConfig::default());
        let mut tags = Vec::new();
        while let Some(tag) = reader.decode(&mut file).unwrap() {
            tags.push(tag);
        }
        assert_eq!(file.len(), 4, "the size of the last tag");
        assert_eq!(reader.diagnostics().resyncs, 0);
        let metadata = |one: &Tag| one.tag_type == TagType::Script;
        let openings: Vec<usize> = (0..tags.len()).filter(|at| metadata(&tags[*at])).collect();
        let [0, second] = openings[..] else {
            panic!("it begins twice: {openings:?}");
        };
        assert_eq!(second, 3 + 40, "what came in time was sent");
        let again: Vec<_> = tags[second + 1..second + 4]
            .iter()
            .map(tag::classify)
            .collect();
        assert!(again[0].is_sequence_header && again[1].is_sequence_header);
        assert!(again[2].is_keyframe, "{:?}", again[2]);
        drop(publisher);
        assert!(matches!(poll(&mut player), Poll::Ready(Err(Ended::Stream))));
    }

    #[tokio::test]
    async fn players_share_all_bytes_but_the_opening() {
        let mut publisher = publish(1000);
        let (tracks, frames) = clip().await;
        publisher.tracks(&tracks);
        let mut players = [player(&publisher).await, player(&publisher).await];
        publisher.frame(frames[0].clone());
        for player in &mut players {
            drain(player, &mut BytesMut::new());
        }
        let large = frames.iter().skip(1).find(|frame| frame.data.len() > 4096);
        let large = large.unwrap();
        publisher.frame(large.clone());
        let places = players.each_mut().map(|player| {
            let Poll::Ready(Ok(segments)) = poll(player) else {
                panic!("a tag is there");
            };
            let mut slices = [IoSlice::new(&[]); 4];
            assert_eq!(segments.chunks_vectored(&mut slices), 3);
            slices.map(|slice| slice.as_ptr() as usize)[..3].to_vec()
        });
        assert_eq!(places[0], places[1], "the same bytes at the same place");
        assert!(
            places[0].contains(&(large.data.as_ptr() as usize)),
            "those that were read from the file"
        );
    }

    #[test]
    fn where_nothing_is_known_both_may_come() {
        let header = file_header(&Epoch::new(1400));
        assert!(header.has_audio && header.has_video);
    }
}
