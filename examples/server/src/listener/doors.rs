//! The listening sockets, one for each protocol, and what happens to those who come.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result, bail};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tracing::{debug, warn};

use crate::{
    admission::{Full, Share},
    client,
    config::Config,
    http::{self, Http},
    library::Library,
    refusal::{self, Refusals},
    rtmp,
    shared::Shared,
    tls::Tls,
};

/// What is spoken at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Rtsp,
    Http,
    Rtmp,
    Rtmps,
}

impl Protocol {
    /// Every protocol and its port; those whose port is 0 are off, but RTSP, which then takes any free one.
    fn ports(config: &Config) -> [(Self, u16); 4] {
        [
            (Self::Rtsp, config.rtsp_port),
            (Self::Http, config.http_port),
            (Self::Rtmp, config.rtmp_port),
            (Self::Rtmps, config.rtmps_port),
        ]
    }

    /// What to do about a port that cannot be had.
    const fn advice(self) -> &'static str {
        match self {
            Self::Rtsp => "pass --rtsp-port with",
            Self::Http => "pass --http-port with 0 for none, or with",
            Self::Rtmp => "pass --rtmp-port with 0 for none, or with",
            Self::Rtmps => "pass --rtmps-port with 0 for none, or with",
        }
    }
}

/// One listening socket.
#[derive(Debug)]
pub(crate) struct Door {
    protocol: Protocol,
    listener: TcpListener,
    address: SocketAddr,
}

/// Where each protocol listens.
#[derive(Debug, Clone)]
pub(crate) struct Addresses(Vec<(Protocol, SocketAddr)>);

impl Addresses {
    pub(super) fn of(doors: &[Door]) -> Self {
        let addresses = doors.iter().map(|door| (door.protocol, door.address));
        Self(addresses.collect())
    }

    /// `None` when the protocol is off.
    pub(crate) fn of_protocol(&self, protocol: Protocol) -> Option<SocketAddr> {
        let found = self.0.iter().find(|(known, _)| *known == protocol);
        found.map(|(_, address)| *address)
    }
}

/// Opens all doors that are not off.
pub(super) async fn open(config: &Config) -> Result<Vec<Door>> {
    let mut doors = Vec::new();
    for (protocol, port) in Protocol::ports(config) {
        if port == 0 && protocol != Protocol::Rtsp {
            continue;
        }
        let listener = listen(config, protocol, port).await?;
        let address = listener
            .local_addr()
            .context("the listening socket has no address")?;
        doors.push(Door {
            protocol,
            listener,
            address,
        });
    }
    Ok(doors)
}

async fn listen(config: &Config, protocol: Protocol, port: u16) -> Result<TcpListener> {
    let address = SocketAddr::new(config.bind, port);
    let advice = protocol.advice();
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            bail!("port {port} is in use: {advice} another")
        }
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            bail!(
                "{} is not an address of this machine: pass --bind with one that is",
                config.bind
            )
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            bail!("port {port} needs more rights: {advice} one above 1023")
        }
        Err(error) => Err(error).with_context(|| format!("cannot listen on {address}")),
    }
}

/// What serves those who come in; cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct House {
    shared: Arc<Shared>,
    http: Http,
    tls: Option<Tls>,
    refusals: Arc<Refusals>,
}

impl House {
    pub(super) fn new(shared: &Arc<Shared>, tls: Option<Tls>, library: Library) -> Self {
        Self {
            shared: Arc::clone(shared),
            http: Http::new(Arc::clone(shared), library),
            tls,
            refusals: Arc::default(),
        }
    }

    /// Serves one connection until it is over. This is where a protocol is plugged in.
    async fn serve(self, protocol: Protocol, stream: TcpStream, visit: (SocketAddr, Share)) {
        let (peer, share) = visit;
        match protocol {
            // Each in a box of its own: they differ by kilobytes, and nobody is to hold what another one needs.
            Protocol::Rtsp => Box::pin(client::serve(self.shared, stream, peer)).await,
            Protocol::Http => Box::pin(self.http.serve(stream, peer)).await,
            Protocol::Rtmp => Box::pin(rtmp::serve(self.shared, stream, peer)).await,
            Protocol::Rtmps => Box::pin(self.serve_tls(stream, peer)).await,
        }
        drop(share);
    }

    async fn serve_tls(self, stream: TcpStream, peer: SocketAddr) {
        // The settings were checked: there is no such door without a certificate.
        let Some(tls) = self.tls else { return };
        match tls.accept(stream).await {
            Ok(stream) => rtmp::serve(self.shared, stream, peer).await,
            Err(error) => debug!(%peer, %error, "no TLS"),
        }
    }

    /// Tells one connection above the limit why it is not served.
    async fn refuse(self, protocol: Protocol, stream: TcpStream, refused: (SocketAddr, Full)) {
        let Some(place) = self.refusals.place() else {
            return;
        };
        match protocol {
            Protocol::Rtsp => {
                refusal::refuse(Arc::clone(&self.shared.rtsp), stream, refused, place).await;
            }
            Protocol::Http => {
                http::refuse(stream, &refused.1.to_string()).await;
                drop(place);
            }
            // There is no word for it before a handshake and a connect.
            Protocol::Rtmp | Protocol::Rtmps => {}
        }
    }
}

impl Door {
    /// Lets people in until the server ends, then waits until the last has left.
    pub(super) async fn keep(self, house: House) {
        let mut ending = house.shared.ending.clone();
        let mut guests = JoinSet::new();
        let ended = async move {
            // An error means that the server is gone already.
            let _ = ending.wait_for(|is_ending| *is_ending).await;
        };
        tokio::pin!(ended);
        loop {
            let accepted = tokio::select! {
                () = &mut ended => break,
                Some(_) = guests.join_next(), if !guests.is_empty() => continue,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.welcome((stream, peer), &house, &mut guests),
                // Of one connection that broke before it was taken, or of the system that is out of files for now.
                Err(error) => {
                    warn!(%error, "cannot accept a connection; if it lasts, allow more open files (ulimit -n)");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.listener);
        while guests.join_next().await.is_some() {}
    }

    fn welcome(
        &self,
        (stream, peer): (TcpStream, SocketAddr),
        house: &House,
        guests: &mut JoinSet<()>,
    ) {
        // Latency matters more than the count of packets; a socket that refuses works all the same.
        let _ = stream.set_nodelay(true);
        match house.shared.admission.connection() {
            Ok(share) => {
                guests.spawn(house.clone().serve(self.protocol, stream, (peer, share)));
            }
            Err(full) => {
                warn!(%peer, protocol = ?self.protocol, reason = %full, "refused");
                guests.spawn(house.clone().refuse(self.protocol, stream, (peer, full)));
            }
        }
    }
}
