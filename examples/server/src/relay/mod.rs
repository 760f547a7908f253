//! Streams sent on to other RTMP servers (push), and fetched from them (pull).

mod link;
mod pull;
mod push;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinSet},
};

pub(crate) use self::pull::Pulls;
use crate::{client::now, shared::Shared, stream::Stream};

/// Whether a server that fails is tried again at once.
#[derive(Debug)]
struct Patience {
    wait: Duration,
}

impl Patience {
    const FIRST: Duration = Duration::from_secs(1);
    const MOST: Duration = Duration::from_secs(30);
    /// What lasted so long begins anew with little patience.
    const STEADY: Duration = Duration::from_secs(60);

    const fn new() -> Self {
        Self { wait: Self::FIRST }
    }

    /// How long to wait after a try that began at this instant; longer each time.
    fn next(&mut self, began: Instant) -> Duration {
        if now().saturating_duration_since(began) > Self::STEADY {
            self.wait = Self::FIRST;
        }
        let wait = self.wait;
        self.wait = wait.saturating_mul(2).min(Self::MOST);
        wait
    }
}

/// Pushes and pulls what the settings say, until the server ends.
pub(crate) async fn keep(shared: Arc<Shared>, mut wanted: mpsc::Receiver<String>) {
    let mut tasks = JoinSet::new();
    for settings in &shared.config.pull {
        if !settings.on_demand {
            tasks.spawn(pull::keep(Arc::clone(&shared), settings.clone()));
        }
    }
    let mut changes = shared.streams.changes();
    let mut ending = shared.ending.clone();
    let mut fetched: HashMap<String, AbortHandle> = HashMap::new();
    let mut pushed: Vec<Arc<Stream>> = Vec::new();
    loop {
        begin_pushes(&shared, &mut pushed, &mut tasks);
        tokio::select! {
            _ = ending.wait_for(|is_ending| *is_ending) => return,
            _ = changes.changed() => {}
            Some(name) = wanted.recv() => fetch(&shared, name, &mut fetched, &mut tasks),
            Some(_) = tasks.join_next() => {}
        }
    }
}

/// Begins to send on the streams that began since the last time.
fn begin_pushes(shared: &Arc<Shared>, pushed: &mut Vec<Arc<Stream>>, tasks: &mut JoinSet<()>) {
    pushed.retain(|stream| !stream.is_ended());
    for stream in shared.streams.list() {
        if pushed.iter().any(|known| Arc::ptr_eq(known, &stream)) {
            continue;
        }
        let path = format!("live/{}", stream.name);
        for settings in &shared.config.push {
            if settings.stream.matches(&path) {
                let url = settings.url_for(&stream.name);
                tasks.spawn(push::keep(Arc::clone(shared), Arc::clone(&stream), url));
            }
        }
        pushed.push(stream);
    }
}

/// Begins to fetch a stream that somebody wants to play, unless that is under way.
fn fetch(
    shared: &Arc<Shared>,
    name: String,
    fetched: &mut HashMap<String, AbortHandle>,
    tasks: &mut JoinSet<()>,
) {
    fetched.retain(|_, task| !task.is_finished());
    let settings = shared.config.pull.iter().find(|pull| pull.name == name);
    if let Some(settings) = settings.filter(|_| !fetched.contains_key(&name)) {
        let task = tasks.spawn(pull::on_demand(Arc::clone(shared), settings.clone()));
        fetched.insert(name, task);
    }
}
