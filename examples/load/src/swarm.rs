//! All players at once.

use std::time::{Duration, Instant};

use tokio::{sync::oneshot, task::JoinSet};

use crate::{
    histogram::Histogram,
    now,
    player::{Fault, Player},
    record::Record,
    usage::{Usage, Watch},
};

/// How often memory is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How often this process looks how late its own timers are.
const TICK: Duration = Duration::from_millis(10);

/// What came of a test.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) records: Vec<Record>,
    pub(crate) took: Duration,
    /// The server's process, when it was named and can be seen.
    pub(crate) server: Option<Usage>,
    /// This process.
    pub(crate) own: Option<Usage>,
    /// How late timers of this process were: what it adds to every lateness by itself.
    pub(crate) own_lateness: Histogram,
}

/// Lets all players play, `rate` of them beginning per second; without players it just lasts for `lasts`.
pub(crate) async fn run<P: Player>(
    players: Vec<P>,
    rate: f64,
    server_pid: Option<u32>,
    lasts: Duration,
) -> Run {
    let began = now();
    let mut own_watch = Watch::own();
    let mut server_watch = server_pid.map(Watch::process);
    let mut playing = JoinSet::new();
    if players.is_empty() {
        playing.spawn(async move {
            tokio::time::sleep(lasts).await;
            None
        });
    }
    for (index, player) in players.into_iter().enumerate() {
        let begins = began + Duration::from_secs_f64(index as f64 / rate);
        playing.spawn(async move { Some(play(player, begins).await) });
    }
    let mut records = Vec::with_capacity(playing.len());
    let mut look = tokio::time::interval(LOOK_INTERVAL);
    let (stop, stopped) = oneshot::channel();
    let ticker = tokio::spawn(tick(stopped));
    loop {
        tokio::select! {
            ended = playing.join_next() => match ended {
                Some(Ok(record)) => records.extend(record),
                Some(Err(error)) => records.push(broken(&error.to_string())),
                None => break,
            },
            _ = look.tick() => {
                own_watch.look();
                server_watch.iter_mut().for_each(Watch::look);
            }
        }
    }
    let took = now().saturating_duration_since(began);
    drop(stop);
    let own_lateness = ticker.await.unwrap_or_default();
    let server = server_watch.and_then(|watch| watch.usage(took));
    Run {
        records,
        took,
        server,
        own: own_watch.usage(took),
        own_lateness,
    }
}

async fn play<P: Player>(player: P, begins: Instant) -> Record {
    tokio::time::sleep_until(begins.into()).await;
    let mut record = Record::new(player.label(), now());
    let result = player.play(&mut record).await;
    record.result = result;
    record
}

/// Measures how late this process's own timers are, among all the players, until `stopped`.
async fn tick(mut stopped: oneshot::Receiver<()>) -> Histogram {
    let mut lateness = Histogram::default();
    loop {
        let due = now() + TICK;
        tokio::select! {
            () = tokio::time::sleep_until(due.into()) => lateness.record(now().saturating_duration_since(due)),
            _ = &mut stopped => return lateness,
        }
    }
}

/// The record of a player that did not live to give its own.
fn broken(why: &str) -> Record {
    let mut record = Record::new("broken", now());
    record.result = Err(Fault::Failed(format!("castline-load itself: {why}")));
    record
}
