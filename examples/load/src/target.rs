//! Whom to play from and publish to.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use castline_rtsp_proto::Uri;

/// What a URL of several streams has in place of their numbers.
pub(crate) const NUMBER: &str = "{n}";
const EXPECTED: &str = "give a URL like rtsp://127.0.0.1:8554/live/demo, rtmp://127.0.0.1/live/demo, \
                        http://127.0.0.1:8080/live/demo.flv or ws://127.0.0.1:8080/live/demo.flv";

/// A URL and the address behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) scheme: Scheme,
    pub(crate) address: SocketAddr,
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Rtsp,
    Rtmp,
    /// FLV over HTTP.
    Http,
    /// FLV over WebSocket.
    WebSocket,
}

impl Scheme {
    const ALL: [Self; 4] = [Self::Rtsp, Self::Rtmp, Self::Http, Self::WebSocket];

    const fn word(self) -> &'static str {
        match self {
            Self::Rtsp => "rtsp",
            Self::Rtmp => "rtmp",
            Self::Http => "http",
            Self::WebSocket => "ws",
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Rtsp => 554,
            Self::Rtmp => 1935,
            Self::Http | Self::WebSocket => 80,
        }
    }

    /// What a URL asks for.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let (word, _) = url.split_once("://")?;
        let mut all = Self::ALL.into_iter();
        all.find(|scheme| scheme.word().eq_ignore_ascii_case(word))
    }
}

/// The URL of one of several streams.
pub(crate) fn numbered(url: &str, number: usize) -> String {
    url.replace(NUMBER, &number.to_string())
}

/// Finds the server, and refuses another machine than this one unless that is meant.
pub(crate) async fn resolve(url: &str, allow_remote: bool) -> Result<Target> {
    let (scheme, host, port) = scheme_host_and_port(url)?;
    let mut found = tokio::net::lookup_host((host.as_str(), port))
        .await
        .with_context(|| format!("{host} has no address: check the URL"))?;
    let address = found
        .next()
        .with_context(|| format!("{host} has no address: check the URL"))?;
    check(&host, address.ip(), allow_remote)?;
    let url = url.to_owned();
    Ok(Target {
        url,
        scheme,
        address,
    })
}

fn scheme_host_and_port(url: &str) -> Result<(Scheme, String, u16)> {
    let uri = Uri::parse(url).with_context(|| format!("{url:?} is no URL: {EXPECTED}"))?;
    let word = uri.scheme().unwrap_or_default().to_ascii_lowercase();
    ensure!(
        !["rtsps", "rtmps", "https", "wss"].contains(&word.as_str()),
        "{url:?} asks for TLS, which castline-load does not speak: {EXPECTED}"
    );
    let scheme = Scheme::of(url)
        .with_context(|| format!("{url:?} is nothing that castline-load plays: {EXPECTED}"))?;
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        bail!("{url:?} names no host: {EXPECTED}")
    };
    let host = host.trim_matches(['[', ']']).to_owned();
    Ok((
        scheme,
        host,
        uri.port().unwrap_or_else(|| scheme.default_port()),
    ))
}

fn check(host: &str, ip: IpAddr, allow_remote: bool) -> Result<()> {
    ensure!(
        allow_remote || ip.to_canonical().is_loopback(),
        "{host} ({ip}) is not this machine, and hundreds of players can overwhelm a server and the network before it: \
         pass --allow-remote if the server is yours"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_host_and_port_of_a_url() {
        let of = |url| {
            let (_, host, port) = scheme_host_and_port(url).unwrap();
            (host, port)
        };
        assert_eq!(
            of("rtsp://127.0.0.1:19554/vod/a%20b.mp4"),
            ("127.0.0.1".to_owned(), 19_554)
        );
        assert_eq!(of("RTSP://localhost/x"), ("localhost".to_owned(), 554));
        assert_eq!(of("rtsp://[::1]:8554/x"), ("::1".to_owned(), 8554));
        for (url, scheme, port) in [
            ("rtmp://127.0.0.1/live/x", Scheme::Rtmp, 1935),
            ("http://127.0.0.1/live/x.flv", Scheme::Http, 80),
            (
                "ws://127.0.0.1:8080/live/x.flv?key=1",
                Scheme::WebSocket,
                8080,
            ),
        ] {
            let expected = (scheme, "127.0.0.1".to_owned(), port);
            assert_eq!(scheme_host_and_port(url).unwrap(), expected);
        }
        for wrong in [
            "",
            "demo.mp4",
            "srt://127.0.0.1/x",
            "rtmps://127.0.0.1/x",
            "https://127.0.0.1/x",
            "rtsps://127.0.0.1/x",
            "rtsp:///x",
            "rtsp://h:99999/x",
        ] {
            let error = format!("{:#}", scheme_host_and_port(wrong).unwrap_err());
            assert!(error.contains("give a URL like"), "{wrong}: {error}");
        }
    }

    #[test]
    fn each_of_several_streams_has_its_number() {
        assert_eq!(numbered("rtmp://h/live/x{n}", 12), "rtmp://h/live/x12");
        assert_eq!(numbered("rtmp://h/live/x", 12), "rtmp://h/live/x");
    }

    #[test]
    fn only_this_machine_unless_allowed() {
        for ip in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(check("h", ip.parse().unwrap(), false).is_ok(), "{ip}");
        }
        for ip in [
            "192.0.2.1",
            "10.0.0.1",
            "0.0.0.0",
            "::",
            "2001:db8::1",
            "::ffff:192.0.2.1",
        ] {
            let error = check("h", ip.parse().unwrap(), false)
                .unwrap_err()
                .to_string();
            assert!(error.contains("--allow-remote"), "{error}");
            assert!(check("h", ip.parse().unwrap(), true).is_ok());
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_this_machine() {
        assert!(
            resolve("rtsp://localhost:1/x", false)
                .await
                .unwrap()
                .address
                .ip()
                .is_loopback()
        );
        assert!(resolve("rtsp://192.0.2.1/x", false).await.is_err());
    }
}
