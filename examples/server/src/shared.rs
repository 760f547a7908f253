//! What all connections share.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;
use castline_core::{ClockAnchor, udp::PortRange};
use castline_rtsp_proto::{
    Request, Response,
    server::{ServerConfig, SessionId},
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    admission::Admission,
    config::Config,
    flv_file::FlvCache,
    gate::Gate,
    library::Library,
    movie::{MovieCache, MovieError},
    record::Recordings,
    relay::Pulls,
    source::{Place, Source, TagSource},
    stream::{RingLimits, Stream, Streams},
    tag_file::TagFile,
};

/// How long a client waits for the tracks of a stream that has only begun.
const DESCRIBE_PATIENCE: Duration = Duration::from_secs(5);
/// And for one that is fetched from another server: less than players wait for an answer.
const PULL_PATIENCE: Duration = Duration::from_secs(8);
/// The largest frame that a file is read with (16 MiB), and the framing of its packets.
const MOST_FRAME_BYTES: usize = 18 * 1024 * 1024;
/// Live streams at the same time.
const MOST_STREAMS: usize = 10_000;
/// What a stream keeps at the most, in items.
const RING_ITEMS: usize = 8 * 1024;

/// The state of the server.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) rtsp: Arc<ServerConfig>,
    pub(crate) rtmp: Arc<castline_rtmp_chunk::server::ServerConfig>,
    pub(crate) movies: MovieCache,
    pub(crate) flv_files: FlvCache,
    pub(crate) admission: Admission,
    pub(crate) ports: PortRange,
    pub(crate) clock: ClockAnchor,
    pub(crate) cname: String,
    /// The live streams.
    pub(crate) streams: Streams,
    /// Who may publish and play.
    pub(crate) gate: Arc<Gate>,
    pub(crate) recordings: Recordings,
    /// The streams that are fetched when somebody wants to play them.
    pub(crate) pulls: Pulls,
    /// Which connection has a session.
    pub(crate) owners: Owners,
    /// True once the server ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        library: Library,
        (gate, pulls): (Arc<Gate>, Pulls),
        ending: watch::Receiver<bool>,
    ) -> Result<Self> {
        let span = config.rtp_ports;
        #[allow(
            clippy::disallowed_methods,
            reason = "the server is what reads the clock"
        )]
        let clock = ClockAnchor::from_system(Instant::now(), SystemTime::now());
        Ok(Self {
            rtsp: Arc::new(rtsp_config(&config, clock)),
            rtmp: Arc::new(rtmp_config(&config)),
            movies: MovieCache::new(library.clone()),
            flv_files: FlvCache::new(library),
            admission: Admission::new(
                config.max_connections,
                config.max_sessions,
                config.max_bandwidth,
            ),
            ports: PortRange::new(span.first, span.last)?,
            clock,
            cname: format!("{:016x}@castline", rand::random::<u64>()),
            streams: Streams::new(ring_limits(&config), MOST_STREAMS),
            gate,
            pulls,
            recordings: Recordings::new(&config.record),
            owners: Owners::default(),
            ending,
            config,
        })
    }

    /// Finds what a path names, opening the file if need be, as something to be sent by RTP.
    pub(crate) async fn find(&self, path: &str) -> Result<Source, MovieError> {
        match Place::parse(path).ok_or(MovieError::NotFound)? {
            Place::File(file) => self.movies.open(file).await.map(Source::File),
            Place::Live(name) => {
                let stream = self.live(name).await.ok_or(MovieError::NotFound)?;
                let presentation = stream.presentation(DESCRIBE_PATIENCE).await?;
                Ok(Source::Live(stream, presentation))
            }
        }
    }

    /// Finds what a path names, opening the file if need be, as something to be sent as FLV tags.
    pub(crate) async fn find_tags(&self, path: &str) -> Result<TagSource, MovieError> {
        match Place::parse(path).ok_or(MovieError::NotFound)? {
            Place::Live(name) => {
                let stream = self.live(name).await.ok_or(MovieError::NotFound)?;
                Ok(TagSource::Live(stream))
            }
            Place::File(file) => self.find_file(file).await.map(TagSource::File),
        }
    }

    /// The live stream of this name; one that is fetched on demand is waited for.
    pub(crate) async fn live(&self, name: &str) -> Option<Arc<Stream>> {
        let mut changes = self.streams.changes();
        if let Some(stream) = self.streams.find(name) {
            return Some(stream);
        }
        if !self.pulls.want(name) {
            return None;
        }
        let comes = async {
            while changes.changed().await.is_ok() {
                if let Some(stream) = self.streams.find(name) {
                    return Some(stream);
                }
                if !self.pulls.may_come(name) {
                    return None;
                }
            }
            None
        };
        tokio::time::timeout(PULL_PATIENCE, comes).await.ok()?
    }

    async fn find_file(&self, path: &str) -> Result<TagFile, MovieError> {
        let is_flv = path
            .get(path.len().saturating_sub(4)..)
            .is_some_and(|end| end.eq_ignore_ascii_case(".flv"));
        if is_flv {
            return self.flv_files.open(path).await.map(TagFile::Flv);
        }
        self.movies.open(path).await.map(TagFile::Movie)
    }

    /// How much may wait for a slow client.
    pub(crate) const fn queue_bytes(&self) -> usize {
        self.config.client_queue_kib.saturating_mul(1024)
    }
}

fn rtsp_config(config: &Config, clock: ClockAnchor) -> ServerConfig {
    let mut rtsp = ServerConfig::default();
    rtsp.server_name = concat!("castline-server/", env!("CARGO_PKG_VERSION")).to_owned();
    rtsp.session_timeout = config.session_timeout();
    rtsp.limits.max_queued_bytes = most_queued(config);
    rtsp.clock = Some(clock);
    rtsp
}

fn rtmp_config(config: &Config) -> castline_rtmp_chunk::server::ServerConfig {
    let mut rtmp = castline_rtmp_chunk::server::ServerConfig::default();
    rtmp.chunk_size = config.rtmp_chunk_bytes;
    rtmp.limits.max_queued_bytes = most_queued(config);
    rtmp.publisher_timeout = config.publish.idle_timeout();
    rtmp
}

/// The sessions look after their own queues, and let a frame in whole that finds them short of full.
const fn most_queued(config: &Config) -> usize {
    config
        .client_queue_kib
        .saturating_mul(1024)
        .saturating_add(MOST_FRAME_BYTES)
}

const fn ring_limits(config: &Config) -> RingLimits {
    RingLimits {
        bytes: config.cache.bytes,
        items: RING_ITEMS,
        entry_age: Duration::from_millis(config.cache.ms),
        packet_bytes: config.rtp_packet_bytes,
        merge: Duration::from_millis(config.cache.merge_ms),
    }
}

/// Tells a task that the server ends, at next to no cost while it does not.
pub(crate) struct Ending {
    receiver: watch::Receiver<bool>,
    wait: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    /// Who is woken already.
    waiting: Option<Waker>,
    has_come: bool,
}

impl Ending {
    pub(crate) fn new(receiver: &watch::Receiver<bool>) -> Self {
        let mut waiting = receiver.clone();
        Self {
            receiver: receiver.clone(),
            wait: Box::pin(async move {
                // An error means that the server is gone already.
                let _ = waiting.wait_for(|is_ending| *is_ending).await;
            }),
            waiting: None,
            has_come: false,
        }
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let waits = |waker: &Waker| waker.will_wake(cx.waker());
        // There is one change, and whoever waits is woken by it.
        if self.waiting.as_ref().is_some_and(waits) && !self.receiver.has_changed().unwrap_or(true)
        {
            return Poll::Pending;
        }
        if !self.has_come {
            self.waiting = Some(cx.waker().clone());
            self.has_come = self.wait.as_mut().poll(cx).is_ready();
        }
        if self.has_come {
            Poll::Ready(())
        } else {
            Poll::Pending
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
