//! What the server prints for the person who started it.

use std::net::{IpAddr, SocketAddr};

use castline_rtsp_proto::percent_encode_path;

use crate::{
    config::Config,
    listener::{Addresses, Protocol},
};

/// How many files are named at the start.
pub(crate) const FILES_SHOWN: usize = 5;

/// The URLs and the commands that play them.
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
    let http = addresses.of_protocol(Protocol::Http);
    for path in &paths {
        println!("  {}", url("rtsp", rtsp, path));
        if let Some(rtmp) = addresses.of_protocol(Protocol::Rtmp) {
            println!("  {}", url("rtmp", rtmp, path));
        }
        if let Some(http) = http {
            println!("  {}", url("http", http, &format!("{path}.flv")));
        }
    }
    if files.len() > FILES_SHOWN {
        println!("  ... and more below {}", url("rtsp", rtsp, "vod/"));
    }
    let Some(first) = paths.first().map(|path| url("rtsp", rtsp, path)) else {
        println!(
            "  no MP4 file is there yet; what you add below the folder is served at {}<path>",
            url("rtsp", rtsp, "vod/")
        );
        return;
    };
    println!();
    println!("Watch it with one of");
    println!("  ffplay -rtsp_transport tcp '{first}'");
    println!("  vlc '{first}'");
    println!("  ffmpeg -rtsp_transport tcp -i '{first}' -c copy copy.mkv");
    println!("  gst-launch-1.0 playbin uri='{first}'");
    if let Some(rtmp) = addresses.of_protocol(Protocol::Rtmp) {
        println!();
        println!("Publish with");
        println!(
            "  ffmpeg -re -i film.mp4 -c copy -f flv '{}'",
            url("rtmp", rtmp, "live/cam")
        );
    }
    println!();
    println!("Ctrl-C ends it.");
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
