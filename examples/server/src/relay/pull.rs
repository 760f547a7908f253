//! One live stream fetched from another server.

use std::{
    collections::HashSet,
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use castline_rtmp_chunk::{
    client::ClientEvent,
    command::{Play, PlayStart, RtmpUrl},
};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{
    Patience,
    link::{self, Failure},
    push::shown,
};
use crate::{
    client::now,
    config::PullSettings,
    shared::Shared,
    stream::{Origin, Publisher, Stream},
};

/// How long a stream that is fetched on demand goes on without anybody who plays it.
const IDLE: Duration = Duration::from_secs(10);
/// How often that is looked at.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Requests for streams that wait to be looked at.
const MOST_WANTED: usize = 64;

/// The streams that are fetched when somebody wants to play them.
#[derive(Debug)]
pub(crate) struct Pulls {
    names: HashSet<String>,
    wanted: mpsc::Sender<String>,
    /// Those that are on their way, or there.
    under_way: Mutex<HashSet<String>>,
}

impl Pulls {
    /// What the settings name, and where requests come out.
    pub(crate) fn new(settings: &[PullSettings]) -> (Self, mpsc::Receiver<String>) {
        let (wanted, requests) = mpsc::channel(MOST_WANTED);
        let names = settings.iter().filter(|pull| pull.on_demand);
        let pulls = Self {
            names: names.map(|pull| pull.name.clone()).collect(),
            wanted,
            under_way: Mutex::default(),
        };
        (pulls, requests)
    }

    /// Has a stream fetched; false when it is none that is.
    pub(crate) fn want(&self, name: &str) -> bool {
        if !self.names.contains(name) {
            return false;
        }
        self.under_way().insert(name.to_owned());
        // A full queue has this name in it, or its player tries again.
        self.wanted.try_send(name.to_owned()).is_ok()
    }

    /// False once a stream that was wanted cannot be had, or has ended.
    pub(crate) fn may_come(&self, name: &str) -> bool {
        self.under_way().contains(name)
    }

    fn under_way(&self) -> MutexGuard<'_, HashSet<String>> {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fetches a stream for ever, however often the other server fails.
pub(super) async fn keep(shared: Arc<Shared>, settings: PullSettings) {
    let mut patience = Patience::new();
    loop {
        let began = now();
        let outcome = pull(&shared, &settings).await;
        tell(&settings, &outcome);
        tokio::time::sleep(patience.next(began)).await;
    }
}

/// Fetches a stream once, while somebody plays it.
pub(super) async fn on_demand(shared: Arc<Shared>, settings: PullSettings) {
    let outcome = pull(&shared, &settings).await;
    tell(&settings, &outcome);
    shared.pulls.under_way().remove(&settings.name);
    // Who waits for it looks again.
    shared.streams.changed();
}

fn tell(settings: &PullSettings, outcome: &Result<(), Failure>) {
    let from = shown(&settings.url);
    match outcome {
        Ok(()) => info!(stream = settings.name, from, "pulled to its end"),
        Err(error) => warn!(stream = settings.name, from, %error, "a pull failed"),
    }
}

async fn pull(shared: &Shared, settings: &PullSettings) -> Result<(), Failure> {
    let url = RtmpUrl::parse(&settings.url)?;
    let mut link = link::connect(&url).await?;
    let play = Play::new(url.stream_name.clone()).with_start(PlayStart::Live);
    let handle = link.machine().play(play)?;
    let mut publisher: Option<Publisher> = None;
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    let mut idle = Duration::ZERO;
    loop {
        let stream = publisher
            .as_ref()
            .map(|publisher| Arc::clone(publisher.stream()));
        let event = tokio::select! {
            event = link.next_event() => event?,
            _ = look.tick() => {
                if settings.on_demand && is_idle(stream.as_ref(), &mut idle) {
                    break;
                }
                continue;
            }
            () = kicked(stream.as_ref()) => break,
        };
        #[allow(
            clippy::wildcard_enum_match_arm,
            reason = "what else a server says does not concern a relay"
        )]
        match event {
            Some(ClientEvent::Tag { tag, .. } | ClientEvent::Data { tag, .. }) => {
                // The stream begins with its first message: some servers grant what nobody publishes yet.
                if publisher.is_none() {
                    publisher = Some(begin(shared, settings)?);
                }
                if let Some(publisher) = &mut publisher {
                    publisher.tag(tag);
                }
            }
            Some(ClientEvent::StreamRejected { status, .. }) => {
                return Err(Failure::Refused(status));
            }
            Some(ClientEvent::StreamEnded { .. }) => break,
            Some(_) => {}
            None if publisher.is_some() => break,
            None => return Err(Failure::Closed),
        }
    }
    drop(publisher);
    let _ = link.machine().close_stream(handle);
    link.machine().close();
    let _ = link.close().await;
    Ok(())
}

fn begin(shared: &Shared, settings: &PullSettings) -> Result<Publisher, Failure> {
    let origin = Origin {
        protocol: "pull",
        peer: None,
        agent: shown(&settings.url),
    };
    let begun = shared.streams.publish(&settings.name, origin, false);
    let publisher = begun.map_err(|busy| Failure::Busy(busy.to_string()))?;
    info!(
        stream = settings.name,
        from = shown(&settings.url),
        "is pulled"
    );
    Ok(publisher)
}

async fn kicked(stream: Option<&Arc<Stream>>) {
    match stream {
        Some(stream) => drop(stream.kicked().await),
        None => pending().await,
    }
}

/// True when nobody has played the stream, or it has not come, for a while; called at each look.
fn is_idle(stream: Option<&Arc<Stream>>, idle: &mut Duration) -> bool {
    *idle = match stream {
        Some(stream) if stream.viewers() > 0 => Duration::ZERO,
        Some(_) | None => idle.saturating_add(LOOK_INTERVAL),
    };
    *idle > IDLE
}
