//! Whom to play from.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail, ensure};
use castline_rtsp_proto::Uri;

/// A URL and the address behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) url: String,
    pub(crate) address: SocketAddr,
}

/// Finds the server, and refuses another machine than this one unless that is meant.
pub(crate) async fn resolve(url: &str, allow_remote: bool) -> Result<Target> {
    let (host, port) = host_and_port(url)?;
    let mut found = tokio::net::lookup_host((host.as_str(), port))
        .await
        .with_context(|| format!("{host} has no address: check the URL"))?;
    let address = found
        .next()
        .with_context(|| format!("{host} has no address: check the URL"))?;
    check(&host, address.ip(), allow_remote)?;
    Ok(Target {
        url: url.to_owned(),
        address,
    })
}

fn host_and_port(url: &str) -> Result<(String, u16)> {
    let expected = "give a URL like rtsp://127.0.0.1:8554/live/demo";
    let uri = Uri::parse(url).with_context(|| format!("{url:?} is no URL: {expected}"))?;
    ensure!(
        !uri.is_tls(),
        "{url:?} asks for TLS, which castline-load does not speak: {expected}"
    );
    let is_rtsp = uri
        .scheme()
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("rtsp"));
    ensure!(is_rtsp, "{url:?} is no RTSP URL: {expected}");
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        bail!("{url:?} names no host: {expected}")
    };
    Ok((
        host.trim_matches(['[', ']']).to_owned(),
        uri.port_or_default(),
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
    fn host_and_port_of_a_url() {
        let of = |url| host_and_port(url).unwrap();
        assert_eq!(
            of("rtsp://127.0.0.1:19554/vod/a%20b.mp4"),
            ("127.0.0.1".to_owned(), 19_554)
        );
        assert_eq!(of("RTSP://localhost/x"), ("localhost".to_owned(), 554));
        assert_eq!(of("rtsp://[::1]:8554/x"), ("::1".to_owned(), 8554));
        for wrong in [
            "",
            "demo.mp4",
            "http://127.0.0.1/x",
            "rtsps://127.0.0.1/x",
            "rtsp:///x",
            "rtsp://h:99999/x",
        ] {
            let error = format!("{:#}", host_and_port(wrong).unwrap_err());
            assert!(error.contains("give a URL like"), "{wrong}: {error}");
        }
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
