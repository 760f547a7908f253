//! The settings: defaults, then the TOML file, then the command line.

mod names;
mod network;
mod ports;
mod sections;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::Parser;
pub(crate) use names::{StreamPattern, is_plain_name};
pub(crate) use network::Network;
pub(crate) use ports::PortSpan;
pub(crate) use sections::{
    ApiSettings, CacheSettings, HookFormat, HookSettings, PlaySettings, PublishSettings,
    PullSettings, PushSettings, RecordSettings, RightsAction, RightsRule, TlsSettings,
};
use serde::{Deserialize, Serialize};

/// Streams every MP4 and FLV file below a folder, and what is published, over RTSP, RTMP and HTTP.
#[derive(Debug, Parser)]
#[command(name = "castline-server", version, about)]
pub(crate) struct Arguments {
    /// The folder of MP4 and FLV files to serve at /vod/...; without one, an embedded clip is served at /vod/demo.mp4
    /// and looped at /live/demo
    media_dir: Option<PathBuf>,
    /// The address to listen on
    #[arg(long, value_name = "IP")]
    bind: Option<IpAddr>,
    /// The TCP port of RTSP
    #[arg(long, value_name = "PORT")]
    rtsp_port: Option<u16>,
    /// The TCP port of HTTP (FLV, the API); 0 turns it off
    #[arg(long, value_name = "PORT")]
    http_port: Option<u16>,
    /// The TCP port of RTMP; 0 turns it off
    #[arg(long, value_name = "PORT")]
    rtmp_port: Option<u16>,
    /// The TCP port of RTMP over TLS, which needs --tls-certificate and --tls-key; 0 turns it off
    #[arg(long, value_name = "PORT")]
    rtmps_port: Option<u16>,
    /// The certificate chain for TLS, the server's own first
    #[arg(long, value_name = "FILE.pem")]
    tls_certificate: Option<PathBuf>,
    /// The private key of the certificate
    #[arg(long, value_name = "FILE.pem")]
    tls_key: Option<PathBuf>,
    /// The key that publishers have to give, as in rtmp://HOST/live/cam?key=KEY
    #[arg(long, value_name = "KEY")]
    publish_key: Option<String>,
    /// A second publisher of a stream takes it over; without this it is refused
    #[arg(long)]
    take_over: bool,
    /// Records what is published into this folder
    #[arg(long, value_name = "FOLDER")]
    record_dir: Option<PathBuf>,
    /// The token that the HTTP API asks for; without one the API answers this machine only
    #[arg(long, value_name = "TOKEN")]
    api_token: Option<String>,
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
    /// The TCP port of HTTP; 0 is off.
    pub(crate) http_port: u16,
    /// The TCP port of RTMP; 0 is off.
    pub(crate) rtmp_port: u16,
    /// The TCP port of RTMP over TLS; 0 is off.
    pub(crate) rtmps_port: u16,
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
    /// The largest chunk that is sent over RTMP, in bytes.
    pub(crate) rtmp_chunk_bytes: u32,
    /// The certificate for all that speaks TLS.
    pub(crate) tls: TlsSettings,
    /// Who may publish, and how.
    pub(crate) publish: PublishSettings,
    /// Who may play.
    pub(crate) play: PlaySettings,
    /// What is kept of each live stream for those who join late.
    pub(crate) cache: CacheSettings,
    /// What is recorded, and where.
    pub(crate) record: RecordSettings,
    /// Who is asked, and told, over HTTP.
    pub(crate) hooks: HookSettings,
    /// The HTTP API.
    pub(crate) api: ApiSettings,
    /// Rules for single paths; they go before the keys of `[publish]` and `[play]`.
    pub(crate) rights: Vec<RightsRule>,
    /// Where published streams are sent on to.
    pub(crate) push: Vec<PushSettings>,
    /// Streams that are fetched from other servers.
    pub(crate) pull: Vec<PullSettings>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            media_dir: None,
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            rtsp_port: 8554,
            http_port: 8080,
            rtmp_port: 1935,
            rtmps_port: 0,
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
            rtmp_chunk_bytes: 16_384,
            tls: TlsSettings::default(),
            publish: PublishSettings::default(),
            play: PlaySettings::default(),
            cache: CacheSettings::default(),
            record: RecordSettings::default(),
            hooks: HookSettings::default(),
            api: ApiSettings::default(),
            rights: Vec::new(),
            push: Vec::new(),
            pull: Vec::new(),
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
        fn set_option<T: Clone>(field: &mut Option<T>, given: Option<&T>) {
            if let Some(value) = given {
                *field = Some(value.clone());
            }
        }
        set_option(&mut self.media_dir, arguments.media_dir.as_ref());
        set(&mut self.bind, arguments.bind.as_ref());
        set(&mut self.rtsp_port, arguments.rtsp_port.as_ref());
        set(&mut self.http_port, arguments.http_port.as_ref());
        set(&mut self.rtmp_port, arguments.rtmp_port.as_ref());
        set(&mut self.rtmps_port, arguments.rtmps_port.as_ref());
        set(&mut self.rtp_ports, arguments.rtp_ports.as_ref());
        set(
            &mut self.max_connections,
            arguments.max_connections.as_ref(),
        );
        set(&mut self.max_sessions, arguments.max_sessions.as_ref());
        set(&mut self.max_bandwidth, arguments.max_bandwidth.as_ref());
        set_option(
            &mut self.tls.certificate,
            arguments.tls_certificate.as_ref(),
        );
        set_option(&mut self.tls.key, arguments.tls_key.as_ref());
        set_option(&mut self.publish.key, arguments.publish_key.as_ref());
        self.publish.take_over |= arguments.take_over;
        if let Some(folder) = &arguments.record_dir {
            self.record.dir.clone_from(folder);
            self.record.enabled = true;
        }
        set_option(&mut self.api.token, arguments.api_token.as_ref());
    }

    fn check(&self) -> Result<()> {
        self.check_load()?;
        self.check_media()?;
        self.tls.check(self.rtmps_port)?;
        self.publish.check()?;
        self.play.check()?;
        self.cache.check()?;
        self.record.check()?;
        self.hooks.check()?;
        self.api.check()?;
        self.rights.iter().try_for_each(RightsRule::check)?;
        self.push.iter().try_for_each(PushSettings::check)?;
        sections::check_pulls(&self.pull)
    }

    fn check_load(&self) -> Result<()> {
        if let Some(folder) = &self.media_dir {
            let shown = folder.display();
            ensure!(
                folder.is_dir(),
                "{shown} is not a folder: pass the folder that holds the MP4 and FLV files"
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
        Ok(())
    }

    fn check_media(&self) -> Result<()> {
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
        ensure!(
            (128..=0xff_ffff).contains(&self.rtmp_chunk_bytes),
            "rtmp_chunk_bytes is {}: give 128 to 16777215, and 16384 unless there is a reason",
            self.rtmp_chunk_bytes
        );
        Ok(())
    }

    /// [`Self::session_timeout`] as a span.
    pub(crate) fn session_timeout(&self) -> Duration {
        Duration::from_secs(self.session_timeout)
    }
}

#[cfg(test)]
mod tests;
