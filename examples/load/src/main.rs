//! castline-load: many players and publishers from one process against one server, and what they measured.
//!
//! What a protocol does is behind [`player::Player`]; what is measured is in [`record`], told by
//! [`summary`] and [`report`], and knows no protocol.

mod arguments;
mod flv;
mod histogram;
mod lateness;
mod mixed;
mod net;
mod player;
mod publish;
mod reception;
mod record;
mod report;
mod rtmp;
mod rtsp;
mod stamp;
mod summary;
mod swarm;
mod target;
mod usage;

use std::{process::ExitCode, time::Instant};

use anyhow::Context;
use arguments::Arguments;
use castline_core::Random;
use clap::Parser;
use stamp::StampClock;
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
    let clock = StampClock::new(&mut Random::new(rand::random()));
    let players = mixed::players(arguments, clock).await?;
    let publishing = match &arguments.publish {
        Some(url) => Some(publish::start(arguments, url, clock).await?),
        None => None,
    };
    let Arguments {
        rate,
        server_pid,
        duration,
        ..
    } = *arguments;
    let run = swarm::run(players, rate, server_pid, duration).await;
    let published = match publishing {
        Some(publishing) => publishing.stop().await,
        None => Vec::new(),
    };
    Ok(Summary::of(&run, &published, arguments))
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

#[cfg(test)]
mod tests;
