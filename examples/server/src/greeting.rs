//! What the server prints for the person who started it.

use std::{
    net::{IpAddr, SocketAddr},
    path::Path,
};

use castline_rtsp_proto::percent_encode_path;

use crate::{
    config::Config,
    library::is_flv_name,
    listener::{Addresses, Protocol},
};

/// How many files are named at the start.
pub(crate) const FILES_SHOWN: usize = 5;

/// The URLs, the commands that play them, and how to publish.
#[allow(
    clippy::print_stdout,
    reason = "this is for the person, not for the log"
)]
pub(crate) fn print(addresses: &Addresses, files: &[String], live: &[String]) {
    let Some(rtsp) = addresses.of_protocol(Protocol::Rtsp) else {
        return;
    };
    println!(
        "castline-server {} is listening on {rtsp}",
        env!("CARGO_PKG_VERSION")
    );
    for (name, protocol) in [
        ("HTTP", Protocol::Http),
        ("RTMP", Protocol::Rtmp),
        ("RTMPS", Protocol::Rtmps),
    ] {
        if let Some(address) = addresses.of_protocol(protocol) {
            println!("{name} is listening on {address}");
        }
    }
    println!();
    let shown = files.iter().take(FILES_SHOWN);
    let paths = shown.map(|file| format!("vod/{file}"));
    let paths: Vec<String> = paths
        .chain(live.iter().map(|name| format!("live/{name}")))
        .collect();
    let urls: Vec<String> = paths
        .iter()
        .flat_map(|path| urls(addresses, path))
        .collect();
    urls.iter().for_each(|url| println!("  {url}"));
    if files.len() > FILES_SHOWN {
        println!("  ... and more below {}", url("rtsp", rtsp, "vod/"));
    }
    if paths.is_empty() {
        println!(
            "  no MP4 or FLV file is there yet; what you add below the folder is served at {}<path>",
            url("rtsp", rtsp, "vod/")
        );
    }
    if let Some(first) = urls.first() {
        print_players(first);
    }
    print_publishing(addresses);
    println!();
    println!("Ctrl-C ends it.");
}

/// Where a path is played. FLV files have no packets for RTSP, and go over HTTP as they are.
fn urls(addresses: &Addresses, path: &str) -> Vec<String> {
    let is_flv = is_flv_name(Path::new(path));
    let over_http = if is_flv {
        path.to_owned()
    } else {
        format!("{path}.flv")
    };
    let rtsp = addresses.of_protocol(Protocol::Rtsp).filter(|_| !is_flv);
    let rtmp = addresses.of_protocol(Protocol::Rtmp);
    let http = addresses.of_protocol(Protocol::Http);
    let all = [
        rtsp.map(|address| url("rtsp", address, path)),
        rtmp.map(|address| url("rtmp", address, path)),
        http.map(|address| url("http", address, &over_http)),
    ];
    all.into_iter().flatten().collect()
}

#[allow(
    clippy::print_stdout,
    reason = "this is for the person, not for the log"
)]
fn print_players(url: &str) {
    let transport = if url.starts_with("rtsp:") {
        "-rtsp_transport tcp "
    } else {
        ""
    };
    println!();
    println!("Watch it with one of");
    println!("  ffplay {transport}'{url}'");
    println!("  vlc '{url}'");
    println!("  ffmpeg {transport}-i '{url}' -c copy copy.mkv");
    println!("  gst-launch-1.0 playbin uri='{url}'");
}

#[allow(
    clippy::print_stdout,
    reason = "this is for the person, not for the log"
)]
fn print_publishing(addresses: &Addresses) {
    let Some(rtmp) = addresses.of_protocol(Protocol::Rtmp) else {
        return;
    };
    let published = url("rtmp", rtmp, "live/cam");
    println!();
    println!("Publish with");
    println!("  ffmpeg -re -i film.mp4 -c copy -f flv '{published}'");
    println!("and watch that at");
    for url in urls(addresses, "live/cam") {
        println!("  {url}");
    }
}

/// The URL of a path; an address of all networks is this machine's.
fn url(scheme: &str, address: SocketAddr, path: &str) -> String {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    format!(
        "{scheme}://{host}:{}/{}",
        address.port(),
        percent_encode_path(path)
    )
}

/// The settings in force, as the file that would set them.
#[allow(clippy::print_stdout, reason = "this is what --check-config is for")]
pub(crate) fn print_config(config: &Config) -> anyhow::Result<()> {
    println!("# these settings are valid and would be in force");
    print!("{}", toml::to_string(config)?);
    Ok(())
}
