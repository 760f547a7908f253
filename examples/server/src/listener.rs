//! The sockets, the signals, and the end.

mod doors;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result};
use castline_core::{ClockAnchor, udp::PortRange};
use castline_rtsp_proto::server::ServerConfig;
use doors::House;
pub(crate) use doors::{Addresses, Protocol};
use tokio::{sync::watch, task::JoinSet};
use tracing::{debug, info, warn};

use crate::{
    admission::Admission,
    config::Config,
    gate::Gate,
    greeting,
    library::Library,
    live,
    movie::MovieCache,
    shared::{Owners, Shared},
    tls::Tls,
};

/// How long the sessions have for their farewells when the server ends.
const END_GRACE: Duration = Duration::from_secs(3);
/// The largest frame that a file is read with (16 MiB), and the framing of its packets.
const MOST_FRAME_BYTES: usize = 18 * 1024 * 1024;
/// The name of the looped clip below `/live/`.
const DEMO_STREAM: &str = "demo";

/// Serves until a signal ends it.
pub(crate) async fn serve(config: Config) -> Result<()> {
    raise_file_limit();
    Tls::load(&config.tls)?;
    let doors = doors::open(&config).await?;
    let addresses = Addresses::of(&doors);
    let library = open_library(&config)?;
    let gate = Gate::new(&config).context("the hooks cannot be set up")?;
    let gate = Arc::new(gate);
    warn_if_open(&config, &gate);
    let (end, ending) = watch::channel(false);
    let shared = Arc::new(share(config, library.clone(), ending)?);
    let mut tasks = JoinSet::new();
    let mut names = Vec::new();
    if shared.config.media_dir.is_none() {
        live::start(&shared, DEMO_STREAM, &mut tasks).await?;
        names.push(DEMO_STREAM.to_owned());
    }
    let listed = library.clone();
    let files = tokio::task::spawn_blocking(move || listed.list(greeting::FILES_SHOWN + 1)).await?;
    greeting::print(&addresses, &files, &names);
    let house = House::new(&shared, gate, library);
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

fn share(config: Config, library: Library, ending: watch::Receiver<bool>) -> Result<Shared> {
    let span = config.rtp_ports;
    let ports = PortRange::new(span.first, span.last)?;
    let mut rtsp = ServerConfig::default();
    rtsp.server_name = concat!("castline-server/", env!("CARGO_PKG_VERSION")).to_owned();
    rtsp.session_timeout = config.session_timeout();
    // The sessions look after their own queues, and let a frame in whole that finds them short of full.
    rtsp.limits.max_queued_bytes = config
        .client_queue_kib
        .saturating_mul(1024)
        .saturating_add(MOST_FRAME_BYTES);
    #[allow(
        clippy::disallowed_methods,
        reason = "the server is what reads the clock"
    )]
    let clock = ClockAnchor::from_system(Instant::now(), SystemTime::now());
    rtsp.clock = Some(clock);
    let admission = Admission::new(
        config.max_connections,
        config.max_sessions,
        config.max_bandwidth,
    );
    Ok(Shared {
        rtsp: Arc::new(rtsp),
        movies: MovieCache::new(library),
        admission,
        ports,
        clock,
        cname: format!("{:016x}@castline", rand::random::<u64>()),
        streams: Mutex::new(HashMap::new()),
        owners: Owners::default(),
        ending,
        config,
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
