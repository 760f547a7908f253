//! Publishers over RTMP: the streams that players of this process measure.

mod file;
mod session;
mod source;
mod synthetic;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, Result, anyhow, bail};
use castline_core::Random;
use castline_rtmp_chunk::command::RtmpUrl;
use serde::Serialize;
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
};

use crate::{
    arguments::Arguments,
    histogram::{Histogram, Quantiles},
    player::Fault,
    stamp::StampClock,
    target::{self, Scheme},
};
use session::Publisher;
use source::Source;

/// All publishers, from their start to their end.
#[derive(Debug)]
pub(crate) struct Publishing {
    running: JoinSet<Publication>,
    stop: watch::Sender<bool>,
}

/// What one publisher has done.
#[derive(Debug, Default)]
pub(crate) struct Publication {
    pub(crate) pictures: u64,
    pub(crate) tags: u64,
    pub(crate) bytes: u64,
    /// Tags for which there was no room, since the server did not read.
    pub(crate) dropped: u64,
    /// How long after its time each tag went out.
    pub(crate) behind: Histogram,
    pub(crate) lasted: Duration,
    pub(crate) fault: Option<Fault>,
}

/// The figures of all publishers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Published {
    pub(crate) publishers: u64,
    /// Publishers that the server ended.
    pub(crate) cut: u64,
    pub(crate) pictures: u64,
    pub(crate) tags: u64,
    /// Tags that the server was too slow to take.
    pub(crate) dropped: u64,
    pub(crate) media_bytes: u64,
    /// Of all streams together.
    pub(crate) megabits_per_second: f64,
    /// How long after its time each tag went out: what this process is behind by itself.
    pub(crate) behind_ms: Option<Quantiles>,
    /// Why the first that was cut off was.
    pub(crate) first_cut: Option<String>,
}

/// Begins to publish; all streams are there when this returns.
pub(crate) async fn start(
    arguments: &Arguments,
    url: &str,
    clock: StampClock,
) -> Result<Publishing> {
    let source = Arc::new(source_of(arguments)?);
    let (stop, stopped) = watch::channel(false);
    let (mut running, mut starting) = (JoinSet::new(), Vec::new());
    let mut random = Random::new(rand::random());
    for index in 0..arguments.publishers.get() {
        let url = target::numbered(url, index);
        let target = target::resolve(&url, arguments.allow_remote).await?;
        if target.scheme != Scheme::Rtmp {
            bail!("{url:?} cannot be published to: give --publish rtmp://HOST:PORT/APP/NAME");
        }
        let publisher = Publisher {
            address: target.address,
            url: RtmpUrl::parse(&url).with_context(|| format!("{url:?} is no RTMP URL"))?,
            source: Arc::clone(&source),
            seed: random.seed(),
            clock,
        };
        let (started, has_started) = oneshot::channel();
        running.spawn(publisher.run(started, stopped.clone()));
        starting.push((url, has_started));
        tokio::time::sleep(Duration::from_secs_f64(1.0 / arguments.rate)).await;
    }
    for (url, has_started) in starting {
        let started = has_started
            .await
            .unwrap_or_else(|_| Err("its task is gone".to_owned()));
        started.map_err(|why| anyhow!("{url} cannot be published: {why}"))?;
    }
    Ok(Publishing { running, stop })
}

fn source_of(arguments: &Arguments) -> Result<Source> {
    match &arguments.media {
        Some(path) => file::read(Path::new(path)),
        None => Ok(Source::Synthetic(synthetic::Synthetic::new(
            arguments.bitrate.get(),
            Duration::from_millis(arguments.gop_ms.get().into()),
        ))),
    }
}

impl Publishing {
    /// Ends all streams.
    pub(crate) async fn stop(mut self) -> Vec<Publication> {
        let _ = self.stop.send(true);
        let mut all = Vec::with_capacity(self.running.len());
        while let Some(ended) = self.running.join_next().await {
            all.push(ended.unwrap_or_else(|error| Publication {
                fault: Some(Fault::Cut(format!("castline-load itself: {error}"))),
                ..Publication::default()
            }));
        }
        all
    }
}

impl Published {
    /// `None` when nothing was to be published.
    pub(crate) fn of(all: &[Publication]) -> Option<Self> {
        let mut behind = Histogram::default();
        all.iter().for_each(|one| behind.merge(&one.behind));
        let sum = |of: fn(&Publication) -> u64| all.iter().map(of).sum::<u64>();
        let media_bytes = sum(|one| one.bytes);
        let seconds = all
            .iter()
            .map(|one| one.lasted.as_secs_f64())
            .fold(0.001, f64::max);
        let cuts = || all.iter().filter_map(|one| one.fault.as_ref());
        (!all.is_empty()).then(|| Self {
            publishers: all.len() as u64,
            cut: cuts().count() as u64,
            pictures: sum(|one| one.pictures),
            tags: sum(|one| one.tags),
            dropped: sum(|one| one.dropped),
            media_bytes,
            megabits_per_second: media_bytes as f64 * 8.0 / 1e6 / seconds,
            behind_ms: behind.quantiles(),
            first_cut: cuts()
                .next()
                .map(|(Fault::Failed(why) | Fault::Cut(why))| why.clone()),
        })
    }
}
