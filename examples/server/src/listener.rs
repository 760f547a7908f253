//! The sockets, the signals, and the end.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context, Result, bail};
use castline_core::{ClockAnchor, udp::PortRange};
use castline_rtsp_proto::server::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};
use tracing::{debug, info, warn};

use crate::{
    admission::Admission,
    client,
    config::Config,
    greeting,
    library::Library,
    live,
    movie::MovieCache,
    refusal,
    shared::{Owners, Shared},
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
    let listener = listen(&config).await?;
    let address = listener
        .local_addr()
        .context("the listening socket has no address")?;
    let library = open_library(&config)?;
    let (end, ending) = watch::channel(false);
    let shared = Arc::new(share(config, library.clone(), ending)?);
    let mut tasks = JoinSet::new();
    let mut names = Vec::new();
    if shared.config.media_dir.is_none() {
        live::start(&shared, DEMO_STREAM, &mut tasks).await?;
        names.push(DEMO_STREAM.to_owned());
    }
    let files =
        tokio::task::spawn_blocking(move || library.list(greeting::FILES_SHOWN + 1)).await?;
    greeting::print(address, &files, &names);
    tokio::select! {
        () = accept(&listener, &shared, &mut tasks) => {}
        signal = signal() => info!(signal = signal?, sessions = shared.admission.sessions_in_use(), "ending"),
    }
    drop(listener);
    end.send_replace(true);
    let finish = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(END_GRACE, finish).await.is_err() {
        warn!("some clients did not take their farewell in time");
    }
    info!("ended");
    Ok(())
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

async fn listen(config: &Config) -> Result<TcpListener> {
    let address = SocketAddr::new(config.bind, config.rtsp_port);
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!(
                "port {} is in use: pass --rtsp-port with another",
                config.rtsp_port
            )
        }
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            bail!(
                "{} is not an address of this machine: pass --bind with one that is",
                config.bind
            )
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            bail!(
                "port {} needs more rights: pass --rtsp-port with one above 1023",
                config.rtsp_port
            )
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
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

async fn accept(listener: &TcpListener, shared: &Arc<Shared>, tasks: &mut JoinSet<()>) {
    let refusals = refusal::Refusals::default();
    loop {
        while tasks.try_join_next().is_some() {}
        match listener.accept().await {
            Ok((stream, peer)) => welcome(stream, peer, shared, (tasks, &refusals)),
            // Of one connection that broke before it was taken, or of the system that is out of files for now.
            Err(error) => {
                warn!(%error, "cannot accept a connection; if it lasts, allow more open files (ulimit -n)");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn welcome(
    stream: TcpStream,
    peer: SocketAddr,
    shared: &Arc<Shared>,
    ways: (&mut JoinSet<()>, &refusal::Refusals),
) {
    let (tasks, refusals) = ways;
    // Latency matters more than the count of packets; a socket that refuses works all the same.
    let _ = stream.set_nodelay(true);
    let shared = Arc::clone(shared);
    match shared.admission.connection() {
        Ok(share) => {
            tasks.spawn(async move {
                client::serve(shared, stream, peer).await;
                drop(share);
            });
        }
        Err(full) => {
            warn!(%peer, reason = %full, "refused");
            if let Some(place) = refusals.place() {
                tasks.spawn(refusal::refuse(
                    Arc::clone(&shared.rtsp),
                    stream,
                    (peer, full),
                    place,
                ));
            }
        }
    }
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
