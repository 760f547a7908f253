//! castline-load: many players from one process against one server, and what they measured.
//!
//! What a protocol does is behind [`player::Player`]; what is measured is in [`record`], told by
//! [`summary`] and [`report`], and knows no protocol.

mod arguments;
mod histogram;
mod lateness;
mod player;
mod reception;
mod record;
mod report;
mod rtsp;
mod summary;
mod swarm;
mod target;
mod usage;

use std::{process::ExitCode, time::Instant};

use anyhow::Context;
use arguments::Arguments;
use clap::Parser;
use summary::Summary;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(summary) if summary.complaints.is_empty() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<Summary> {
    arguments.check()?;
    usage::check_open_files(arguments.open_files())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(arguments.threads.get().into())
        .enable_all()
        .build()
        .context("cannot start threads")?;
    let summary = runtime.block_on(measure(arguments))?;
    report::print(&summary, arguments.json)?;
    Ok(summary)
}

async fn measure(arguments: &Arguments) -> anyhow::Result<Summary> {
    let target = target::resolve(&arguments.url, arguments.allow_remote).await?;
    let players = rtsp::players(arguments, target)?;
    let run = swarm::run(players, arguments.rate, arguments.server_pid).await;
    Ok(Summary::of(&run, arguments))
}

fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[allow(
    clippy::print_stderr,
    reason = "the last word of a program for the command line"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("castline-load: {error:#}");
}
