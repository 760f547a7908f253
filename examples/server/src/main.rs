//! castline-server: a folder of media files and what is published, streamed over RTSP, RTMP and HTTP.

mod admission;
mod api;
mod asked;
mod client;
mod clock;
mod config;
mod describe;
mod flv_file;
mod gate;
mod greeting;
mod hooks;
mod http;
mod library;
mod listener;
mod live;
mod movie;
mod outlet;
mod play;
mod player;
mod record;
mod refusal;
mod relay;
mod requests;
mod rights;
mod rtmp;
mod session;
mod shared;
mod source;
mod stream;
mod tag_file;
mod tls;
mod unit;
mod vod;

use std::{io::IsTerminal, process::ExitCode};

use clap::Parser;
use config::{Arguments, Config};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let config = Config::load(arguments)?;
    tls::install_provider();
    if arguments.check_config {
        tls::Tls::load(&config.tls)?;
        return greeting::print_config(&config);
    }
    let filter =
        tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(listener::serve(config))
}

#[allow(
    clippy::print_stderr,
    reason = "the log is not set up, or this is the last word"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("castline-server: {error:#}");
}
