//! The settings: defaults, then the TOML file, then the command line.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::{Deserialize, Serialize};

/// Streams every MP4 below a folder over RTSP.
#[derive(Debug, Parser)]
#[command(name = "castline-server", version, about)]
pub(crate) struct Arguments {
    /// The folder to serve at rtsp://HOST:PORT/vod/...; without one, an embedded clip is served at /vod/demo.mp4 and
    /// looped at /live/demo
    media_dir: Option<PathBuf>,
    /// The address to listen on
    #[arg(long, value_name = "IP")]
    bind: Option<IpAddr>,
    /// The TCP port of RTSP
    #[arg(long, value_name = "PORT")]
    rtsp_port: Option<u16>,
    /// The UDP ports for RTP (even) and RTCP (odd)
    #[arg(long, value_name = "FIRST-LAST")]
    rtp_ports: Option<PortSpan>,
    /// A TOML file with any of the settings; the command line goes before it
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// How many TCP connections are accepted at the same time
    #[arg(long, value_name = "N")]
    max_connections: Option<usize>,
    /// How many sessions are set up at the same time
    #[arg(long, value_name = "N")]
    max_sessions: Option<usize>,
    /// How much media is sent at the same time, in Mbit/s
    #[arg(long, value_name = "MBIT")]
    max_bandwidth: Option<u64>,
    /// Read the settings, say what they come to, and end
    #[arg(long)]
    pub(crate) check_config: bool,
}

/// Everything that can be set, as it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// The folder that is served; none serves the embedded clip.
    pub(crate) media_dir: Option<PathBuf>,
    /// The address to listen on.
    pub(crate) bind: IpAddr,
    /// The TCP port of RTSP.
    pub(crate) rtsp_port: u16,
    /// The UDP ports for RTP and RTCP.
    pub(crate) rtp_ports: PortSpan,
    /// TCP connections at the same time.
    pub(crate) max_connections: usize,
    /// Sessions at the same time.
    pub(crate) max_sessions: usize,
    /// Media at the same time, Mbit/s.
    pub(crate) max_bandwidth: u64,
    /// How long a session lives without a sign of its client, in seconds.
    pub(crate) session_timeout: u64,
    /// How much of a file is read ahead for each session, in milliseconds.
    pub(crate) prefetch_ms: u64,
    /// How much output may wait for a slow TCP client before frames are dropped, in KiB.
    pub(crate) client_queue_kib: usize,
    /// The largest RTP packet that is sent, in bytes, its header included.
    pub(crate) rtp_packet_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            media_dir: None,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            rtsp_port: 8554,
            rtp_ports: PortSpan {
                first: 30_000,
                last: 39_999,
            },
            max_connections: 2_000,
            max_sessions: 2_000,
            max_bandwidth: 10_000,
            session_timeout: 60,
            prefetch_ms: 2_000,
            client_queue_kib: 2_048,
            rtp_packet_bytes: 1_400,
        }
    }
}

impl Config {
    /// Defaults, overlaid by the file, overlaid by the command line.
    pub(crate) fn load(arguments: &Arguments) -> Result<Self> {
        let mut config = match &arguments.config {
            None => Self::default(),
            Some(path) => {
                let shown = path.display();
                let text = std::fs::read_to_string(path).with_context(|| {
                    format!("cannot read {shown}: pass --config an existing TOML file")
                })?;
                toml::from_str(&text)
                    .with_context(|| format!("{shown} is not a valid configuration"))?
            }
        };
        config.overlay(arguments);
        config.check()?;
        Ok(config)
    }

    fn overlay(&mut self, arguments: &Arguments) {
        fn set<T: Clone>(field: &mut T, given: Option<&T>) {
            if let Some(value) = given {
                field.clone_from(value);
            }
        }
        if arguments.media_dir.is_some() {
            self.media_dir.clone_from(&arguments.media_dir);
        }
        set(&mut self.bind, arguments.bind.as_ref());
        set(&mut self.rtsp_port, arguments.rtsp_port.as_ref());
        set(&mut self.rtp_ports, arguments.rtp_ports.as_ref());
        set(
            &mut self.max_connections,
            arguments.max_connections.as_ref(),
        );
        set(&mut self.max_sessions, arguments.max_sessions.as_ref());
        set(&mut self.max_bandwidth, arguments.max_bandwidth.as_ref());
    }

    fn check(&self) -> Result<()> {
        if let Some(folder) = &self.media_dir {
            let shown = folder.display();
            ensure!(
                folder.is_dir(),
                "{shown} is not a folder: pass the folder that holds the MP4 files"
            );
        }
        ensure!(
            self.max_connections > 0,
            "max_connections is 0: nobody could connect; give at least 1"
        );
        ensure!(
            self.max_sessions > 0,
            "max_sessions is 0: nothing could be played; give at least 1"
        );
        ensure!(
            self.max_bandwidth > 0,
            "max_bandwidth is 0: nothing could be played; give at least 1 Mbit/s"
        );
        ensure!(
            self.session_timeout >= 10,
            "session_timeout is under 10 s: clients could not keep alive; give 60"
        );
        ensure!(
            (100..=60_000).contains(&self.prefetch_ms),
            "prefetch_ms is {}: give 100 to 60000",
            self.prefetch_ms
        );
        ensure!(
            (64..=1_048_576).contains(&self.client_queue_kib),
            "client_queue_kib is {}: give 64 to 1048576",
            self.client_queue_kib
        );
        ensure!(
            (256..=65_000).contains(&self.rtp_packet_bytes),
            "rtp_packet_bytes is {}: give 256 to 65000",
            self.rtp_packet_bytes
        );
        Ok(())
    }

    /// [`Self::session_timeout`] as a span.
    pub(crate) fn session_timeout(&self) -> Duration {
        Duration::from_secs(self.session_timeout)
    }
}

/// A range of UDP ports, both ends included, written `30000-39999`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct PortSpan {
    pub(crate) first: u16,
    pub(crate) last: u16,
}

impl FromStr for PortSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not a range of ports: write it like 30000-39999, with room for a pair"
            )
        };
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let (first, last) = (
            first.trim().parse().map_err(|_| wrong())?,
            last.trim().parse().map_err(|_| wrong())?,
        );
        let even: u16 = u16::checked_next_multiple_of(first, 2).ok_or_else(wrong)?;
        if first == 0 || even >= last {
            return Err(wrong());
        }
        Ok(Self { first, last })
    }
}

impl TryFrom<String> for PortSpan {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PortSpan> for String {
    fn from(span: PortSpan) -> Self {
        span.to_string()
    }
}

impl fmt::Display for PortSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::parse_from(std::iter::once("castline-server").chain(line.split_whitespace()))
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let file =
            std::env::temp_dir().join(format!("castline-config-{}.toml", std::process::id()));
        std::fs::write(
            &file,
            "rtsp_port = 9000\nmax_sessions = 7\nrtp_ports = \"40000-40100\"\n",
        )
        .unwrap();
        let line = format!("--config {} --rtsp-port 9001", file.display());
        let config = Config::load(&arguments(&line)).unwrap();
        std::fs::remove_file(file).unwrap();
        assert_eq!((config.rtsp_port, config.max_sessions), (9001, 7));
        assert_eq!(config.rtp_ports.to_string(), "40000-40100");
        assert_eq!(config.bind, Config::default().bind);
    }

    #[test]
    fn what_is_wrong_is_said_with_the_fix() {
        let error = Config::load(&arguments("/no/such/folder"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("pass the folder"), "{error}");
        for wrong in ["5-4", "7-8", "0-9", "a-b", "70000-70001", "30000"] {
            assert!(wrong.parse::<PortSpan>().is_err(), "{wrong}");
        }
        assert!("7-9".parse::<PortSpan>().is_ok());
        assert!(toml::from_str::<Config>("no_such_setting = 1").is_err());
    }

    #[test]
    fn the_settings_in_force_read_back_as_themselves() {
        let config = Config {
            media_dir: Some("films".into()),
            ..Config::default()
        };
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
    }
}
