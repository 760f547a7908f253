//! The sockets, the signals, and the end.

mod doors;

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result};
use doors::House;
pub(crate) use doors::{Addresses, Protocol};
use tokio::{sync::watch, task::JoinSet};
use tracing::{debug, info, warn};

use crate::{
    config::Config, gate::Gate, greeting, library::Library, live, record, relay, shared::Shared,
    tls::Tls,
};

/// How long the sessions have for their farewells when the server ends.
const END_GRACE: Duration = Duration::from_secs(3);
/// The name of the looped clip below `/live/`.
const DEMO_STREAM: &str = "demo";

/// Serves until a signal ends it.
pub(crate) async fn serve(config: Config) -> Result<()> {
    raise_file_limit();
    let tls = Tls::load(&config.tls)?;
    let doors = doors::open(&config).await?;
    let addresses = Addresses::of(&doors);
    let library = open_library(&config)?;
    let gate = Gate::new(&config).context("the hooks cannot be set up")?;
    let gate = Arc::new(gate);
    warn_if_open(&config, &gate);
    let (pulls, wanted) = relay::Pulls::new(&config.pull);
    let (end, ending) = watch::channel(false);
    let shared = Arc::new(Shared::new(config, library.clone(), (gate, pulls), ending)?);
    let mut tasks = JoinSet::new();
    let mut names = Vec::new();
    if shared.config.media_dir.is_none() {
        live::start(&shared, DEMO_STREAM, &mut tasks).await?;
        names.push(DEMO_STREAM.to_owned());
    }
    let listed = library.clone();
    let files = tokio::task::spawn_blocking(move || listed.list(greeting::FILES_SHOWN + 1)).await?;
    greeting::print(&addresses, &files, &names);
    let house = House::new(&shared, tls, library);
    tasks.spawn(record::keep(Arc::clone(&shared)));
    tasks.spawn(relay::keep(Arc::clone(&shared), wanted));
    for door in doors {
        tasks.spawn(door.keep(house.clone()));
    }
    let signal = signal().await?;
    info!(
        signal,
        sessions = shared.admission.sessions_in_use(),
        "ending"
    );
    end.send_replace(true);
    let finish = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(END_GRACE, finish).await.is_err() {
        warn!("some clients did not take their farewell in time");
    }
    info!("ended");
    Ok(())
}

fn warn_if_open(config: &Config, gate: &Gate) {
    if gate.is_open() && !config.bind.is_loopback() {
        warn!(
            "everybody who can reach this machine can publish: set --publish-key, or [publish] enabled = false"
        );
    }
}

/// Each UDP session holds four sockets, and the soft limit of many systems is 1024.
fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => debug!(limit, "open files"),
        Err(error) => {
            warn!(%error, "the limit of open files cannot be raised; raise it by ulimit -n for many sessions")
        }
    }
}

fn open_library(config: &Config) -> Result<Library> {
    let folder = config.media_dir.as_deref();
    Library::new(folder).with_context(|| match folder {
        Some(folder) => format!(
            "cannot open {}: pass a folder that can be read",
            folder.display()
        ),
        None => "cannot open the embedded clip".to_owned(),
    })
}

#[cfg(unix)]
async fn signal() -> Result<&'static str> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => Ok("SIGINT"),
        _ = terminate.recv() => Ok("SIGTERM"),
    }
}

#[cfg(not(unix))]
async fn signal() -> Result<&'static str> {
    tokio::signal::ctrl_c().await?;
    Ok("Ctrl-C")
}
