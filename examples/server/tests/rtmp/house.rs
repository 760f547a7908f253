//! A server with RTMP on a port of its own, and what it says.

use std::{net::SocketAddr, time::Duration};

use tokio::net::TcpStream;

use crate::{
    bystanders::Bystanders,
    common::{Folder, Server, free_port},
    peer::Peer,
};

/// A running server that speaks RTSP, RTMP and HTTP.
pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) rtmp: SocketAddr,
    pub(crate) http: SocketAddr,
    /// The media folder, where the settings are too.
    pub(crate) folder: Folder,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With these settings.
    pub(crate) fn with(settings: &str) -> Self {
        Self::serving(Folder::new(), settings)
    }

    /// With these settings and files.
    pub(crate) fn serving(folder: Folder, settings: &str) -> Self {
        Self::at(free_port(), folder, settings)
    }

    /// With RTMP on a port that was chosen before.
    pub(crate) fn at(port: u16, folder: Folder, settings: &str) -> Self {
        let folder = folder.with("server.toml", settings);
        let (rtmp_port, http_port) = (port.to_string(), free_port());
        let server = Server::start(&[
            folder.path().to_str().unwrap(),
            "--config",
            &folder.join("server.toml"),
            "--rtmp-port",
            &rtmp_port,
            "--http-port",
            &http_port.to_string(),
        ]);
        Self {
            server,
            rtmp: SocketAddr::from(([127, 0, 0, 1], port)),
            http: SocketAddr::from(([127, 0, 0, 1], http_port)),
            folder,
        }
    }

    /// A client of the app `live`.
    pub(crate) async fn peer(&self) -> Peer<TcpStream> {
        Peer::connect(self.rtmp, "live").await
    }

    /// Somebody who publishes and somebody who plays, who must not feel what others do.
    pub(crate) async fn bystanders(&self) -> Bystanders {
        Bystanders::start(self.rtmp).await
    }

    /// Waits for a line of the log that has all of `parts`.
    pub(crate) fn log_line(&mut self, parts: &[&str]) -> String {
        self.server.wait_for(|server| {
            let logged = server.logged();
            let mut lines = logged.lines();
            lines
                .find(|line| parts.iter().all(|part| line.contains(part)))
                .map(str::to_owned)
        })
    }

    /// What the server holds in memory, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = format!("/proc/{}/status", self.server.id());
        let status = std::fs::read_to_string(status).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let word = line.unwrap().split_whitespace().nth(1).unwrap();
        word.parse().unwrap()
    }
}

/// Sleeps in an async test.
pub(crate) async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
