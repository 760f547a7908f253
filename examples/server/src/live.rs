//! Live sources. The one there is so far loops the embedded clip.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use castline_codec::duration_to_ticks;
use tokio::task::JoinSet;

use crate::{
    client::now,
    library::MediaFile,
    movie::{self, Presentation},
    shared::Shared,
    stream::Stream,
    unit::Unit,
    vod::UnitReader,
};

/// How far behind the looped source may fall before it stops to catch up, after the machine slept, say.
const MOST_LATE: Duration = Duration::from_secs(2);

/// Loops the embedded clip at `/live/<name>`.
pub(crate) async fn start(shared: &Arc<Shared>, name: &str, tasks: &mut JoinSet<()>) -> Result<()> {
    let movie = movie::open(name, MediaFile::demo())
        .await
        .context("the embedded clip cannot be played")?;
    let movie = Arc::new(movie);
    let period = movie.movie.play_time().filter(|period| !period.is_zero());
    let period = period.context("the embedded clip has no duration")?;
    let presentation = Presentation::live(&movie.movie)?;
    let stream = Arc::new(Stream::new(Arc::new(presentation), now()));
    let mut streams = shared
        .streams
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    streams.insert(name.to_owned(), Arc::clone(&stream));
    let all: Vec<usize> = (0..stream.presentation.tracks.len()).collect();
    let mut units = UnitReader::new(movie, &all, shared.config.rtp_packet_bytes)?;
    let mut ending = shared.ending.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = repeat(&mut units, &stream, period) => {}
            _ = ending.wait_for(|is_ending| *is_ending) => {}
        }
        stream.end();
    });
    Ok(())
}

/// Publishes the clip round after round; each continues the time line of the one before.
async fn repeat(units: &mut UnitReader, stream: &Stream, period: Duration) {
    let mut base = Duration::ZERO;
    loop {
        units.seek((Duration::ZERO, None));
        while let Some(unit) = units.next().await {
            let unit = shifted(unit, base, &stream.presentation);
            let due = stream.started + unit.due;
            if due > now() {
                tokio::time::sleep_until(due.into()).await;
            }
            stream.publish(unit);
        }
        base = base.saturating_add(period);
        // After a standstill (a suspended machine) the rounds that were missed are left out.
        let late = now().saturating_duration_since(stream.started + base);
        if late > MOST_LATE {
            base = base.saturating_add(late);
        }
    }
}

/// A unit of a round that begins at `base`.
fn shifted(mut unit: Unit, base: Duration, presentation: &Presentation) -> Unit {
    unit.due = unit.due.saturating_add(base);
    if let Some(track) = presentation.tracks.get(unit.track) {
        let ticks =
            i64::try_from(duration_to_ticks(base, track.rtp.clock_rate)).unwrap_or(i64::MAX);
        for payload in &mut unit.payloads {
            payload.timestamp = payload.timestamp.saturating_add(ticks);
        }
    }
    unit
}
