//! A connection to another RTMP server.

use std::{io, sync::Arc, time::Duration};

use castline_core::driver::{Connection, Error};
use castline_rtmp_chunk::{
    client::{ClientConfig, ClientConnection, ClientEvent},
    command::{
        Capabilities, ConnectInfo, RtmpUrl, Scheme, Status,
        auth::{AuthError, ClientAuth},
    },
    session::{ConnectionError, SendError},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use crate::{client::now, tls};

/// How long a connection may take to be made, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections to one server for authentication: without, for the challenge, with the answer.
const AUTH_ROUNDS: usize = 3;

/// TCP, or TLS over it.
pub(super) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

pub(super) type Link = Connection<ClientConnection, Box<dyn Io>>;

/// Why a push or a pull failed; the next try may do better.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the URL: {0}")]
    Url(#[from] castline_rtmp_chunk::ParseError),
    #[error("{0} is spoken by RTMP servers seldom, and not by this client: use rtmp or rtmps")]
    Scheme(&'static str),
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    #[error("the connection was not made within {CONNECT_TIMEOUT:?}")]
    Timeout,
    #[error("{0}")]
    Connection(#[from] Error<ConnectionError>),
    #[error("the server refuses: {} {}", .0.code, .0.description)]
    Refused(Status),
    #[error("authentication: {0}")]
    Auth(#[from] AuthError),
    #[error("the server closed the connection")]
    Closed,
    #[error("{0}")]
    Send(#[from] SendError),
    #[error("{0}")]
    Busy(String),
}

/// Connects, and says `connect`, with credentials where the URL has them and the server asks.
pub(super) async fn connect(url: &RtmpUrl) -> Result<Link, Failure> {
    let mut app = url.app.clone();
    let mut auth = credentials(url);
    for round in 1.. {
        let mut link = open(url).await?;
        let info = ConnectInfo::new(app, url.tc_url())
            .with_flash_version(concat!("LNX castline/", env!("CARGO_PKG_VERSION")))
            .with_capabilities(&Capabilities::default());
        link.machine().connect(&info)?;
        let refused = loop {
            match link.next_event().await? {
                Some(ClientEvent::Connected { .. }) => return Ok(link),
                Some(ClientEvent::ConnectRejected { status, .. }) => break status,
                Some(_) => {}
                None => return Err(Failure::Closed),
            }
        };
        let Some(auth) = auth.as_mut().filter(|_| round < AUTH_ROUNDS) else {
            return Err(Failure::Refused(refused));
        };
        let query = auth.answer(&url.app, &refused.description)?;
        app = format!("{}{query}", url.app);
    }
    Err(Failure::Closed)
}

fn credentials(url: &RtmpUrl) -> Option<ClientAuth> {
    let password = url.password.as_deref().unwrap_or_default();
    let user = url.user.as_deref()?;
    Some(ClientAuth::new(user, password, rand::random()))
}

async fn open(url: &RtmpUrl) -> Result<Link, Failure> {
    let is_tls = url.scheme == Scheme::Rtmps;
    if !is_tls && url.scheme != Scheme::Rtmp {
        return Err(Failure::Scheme(url.scheme.as_str()));
    }
    let made = tokio::time::timeout(CONNECT_TIMEOUT, stream(url, is_tls)).await;
    let io = made
        .map_err(|_| Failure::Timeout)?
        .map_err(Failure::Connect)?;
    let config = Arc::new(ClientConfig::default());
    let machine = ClientConnection::new(config, rand::random(), now());
    Ok(Connection::new(machine, io))
}

async fn stream(url: &RtmpUrl, is_tls: bool) -> io::Result<Box<dyn Io>> {
    let stream = TcpStream::connect((url.host.as_str(), url.port())).await?;
    stream.set_nodelay(true)?;
    Ok(if is_tls {
        Box::new(tls::connect(&url.host, stream).await?)
    } else {
        Box::new(stream)
    })
}
