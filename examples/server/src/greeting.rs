//! What the server prints for the person who started it.

use std::net::{IpAddr, SocketAddr};

use crate::config::Config;

/// How many files are named at the start.
pub(crate) const FILES_SHOWN: usize = 5;

/// The URLs and the commands that play them.
#[allow(
    clippy::print_stdout,
    reason = "this is for the person, not for the log"
)]
pub(crate) fn print(address: SocketAddr, files: &[String], live: &[String]) {
    let host = match address.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let url = |path: &str| {
        format!(
            "rtsp://{host}:{}/{}",
            address.port(),
            castline_rtsp_proto::percent_encode_path(path)
        )
    };
    println!(
        "castline-server {} is listening on {address}",
        env!("CARGO_PKG_VERSION")
    );
    println!();
    let shown = files
        .iter()
        .take(FILES_SHOWN)
        .map(|file| url(&format!("vod/{file}")));
    let urls: Vec<String> = shown
        .chain(live.iter().map(|name| url(&format!("live/{name}"))))
        .collect();
    for url in &urls {
        println!("  {url}");
    }
    if files.len() > FILES_SHOWN {
        println!("  ... and more below {}", url("vod/"));
    }
    let Some(first) = urls.first() else {
        println!(
            "  no MP4 file is there yet; what you add below the folder is served at {}<path>",
            url("vod/")
        );
        return;
    };
    println!();
    println!("Watch it with one of");
    println!("  ffplay -rtsp_transport tcp '{first}'");
    println!("  vlc '{first}'");
    println!("  ffmpeg -rtsp_transport tcp -i '{first}' -c copy copy.mkv");
    println!("  gst-launch-1.0 playbin uri='{first}'");
    println!();
    println!("Ctrl-C ends it.");
}

/// The settings in force, as the file that would set them.
#[allow(clippy::print_stdout, reason = "this is what --check-config is for")]
pub(crate) fn print_config(config: &Config) -> anyhow::Result<()> {
    println!("# these settings are valid and would be in force");
    print!("{}", toml::to_string(config)?);
    Ok(())
}
