//! The demo source: it loops the embedded clip.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use castline_codec::{Frame, Track, rescale};
use castline_mp4_hint::{FrameReader, Movie};
use tokio::task::JoinSet;
use tracing::warn;

use crate::{
    client::now,
    library::MediaFile,
    movie,
    shared::Shared,
    stream::{Origin, Publisher},
};

const NANOS: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();
/// How far behind the looped source may fall before it stops to catch up, after the machine slept, say.
const MOST_LATE: Duration = Duration::from_secs(2);

/// Loops the embedded clip at `/live/<name>`.
pub(crate) async fn start(shared: &Arc<Shared>, name: &str, tasks: &mut JoinSet<()>) -> Result<()> {
    let movie = movie::open(name, MediaFile::demo())
        .await
        .context("the embedded clip cannot be played")?;
    let period = movie.movie.play_time().filter(|period| !period.is_zero());
    let period = period.context("the embedded clip has no duration")?;
    let origin = Origin {
        protocol: "file",
        peer: None,
        agent: "the embedded clip".to_owned(),
    };
    let mut publisher = shared.streams.publish(name, origin, false)?;
    let tracks: Vec<Track> = movie
        .movie
        .tracks()
        .iter()
        .map(|track| endless(&track.media))
        .collect();
    publisher.tracks(&tracks);
    let mut clip = Clip {
        tracks,
        lead: movie.movie.lead(),
        file: movie.file,
        movie: movie.movie,
    };
    let mut ending = shared.ending.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = clip.repeat(&mut publisher, period) => {}
            _ = ending.wait_for(|is_ending| *is_ending) => {}
        }
    });
    Ok(())
}

/// A live stream has no end.
fn endless(track: &Track) -> Track {
    let mut track = track.clone();
    track.duration = None;
    track
}

struct Clip {
    file: MediaFile,
    movie: Arc<Movie>,
    tracks: Vec<Track>,
    /// What lies before the file's zero.
    lead: Duration,
}

impl Clip {
    /// Publishes the clip round after round; each continues the time line of the one before.
    async fn repeat(&mut self, publisher: &mut Publisher, period: Duration) {
        let started = publisher.stream().started;
        let mut base = Duration::ZERO;
        loop {
            if self.round(publisher, base).await.is_err() {
                return;
            }
            base = base.saturating_add(period);
            // After a standstill (a suspended machine) the rounds that were missed are left out.
            let late = now().saturating_duration_since(started + base);
            if late > MOST_LATE {
                base = base.saturating_add(late);
            }
        }
    }

    async fn round(&self, publisher: &mut Publisher, base: Duration) -> std::io::Result<()> {
        let started = publisher.stream().started;
        let shift = base.saturating_add(self.lead).as_nanos();
        let shift = i64::try_from(shift).unwrap_or(i64::MAX);
        let len = Some(self.file.len());
        let mut frames = FrameReader::all_tracks(Arc::clone(&self.movie), len, Default::default());
        while !frames.is_finished() {
            while let Some(mut frame) = frames.poll_frame() {
                let due = self.shift(&mut frame, shift);
                let at = started + due;
                if at > now() {
                    tokio::time::sleep_until(at.into()).await;
                }
                publisher.frame(frame);
            }
            let Some(request) = frames.poll_read() else {
                continue;
            };
            let bytes = self.file.read_at(request.offset, request.len).await;
            let bytes = bytes.inspect_err(|error| warn!(%error, "the clip cannot be read"))?;
            frames.handle_input(request.offset, bytes);
        }
        Ok(())
    }

    /// Moves a frame from the file's time line to the stream's; tells when it is due there.
    fn shift(&self, frame: &mut Frame, shift: i64) -> Duration {
        let mut tracks = self.tracks.iter();
        let Some(track) = tracks.find(|track| track.id == frame.track) else {
            return Duration::ZERO;
        };
        let ticks = rescale(shift, NANOS, track.clock_rate);
        frame.pts = frame.pts.saturating_add(ticks);
        frame.dts = frame.dts.saturating_add(ticks);
        let nanos = rescale(frame.dts, track.clock_rate, NANOS);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
    }
}
