//! Where a play begins and ends.

use alloc::sync::Arc;
use core::time::Duration;

use castline_codec::{MediaKind, ticks_to_duration};

use super::FrameReader;
use crate::MovieTrack;

impl FrameReader {
    /// Goes to the last keyframe at or before `npt` (normal play time, from the movie's beginning) of the
    /// first selected video track, else to the packet of the first audio track that plays then. All other
    /// tracks continue with what is presented from there on. Gives the position that was found.
    ///
    /// The movie's beginning includes what comes before 0: AAC priming, for one.
    pub fn seek(&mut self, npt: Duration) -> Duration {
        self.batches.clear();
        let movie = Arc::clone(&self.movie);
        let mut leader = None;
        for source in &self.tracks {
            let track = movie.tracks().get(source.index);
            let is_better = track.is_some_and(|track| {
                leader.is_none() || (track.kind() == MediaKind::Video && !is_video(leader))
            });
            if is_better {
                leader = track;
            }
        }
        let Some(leader) = leader else {
            return Duration::ZERO;
        };
        let first = first_sample(leader, npt);
        let start = leader
            .samples
            .get(first)
            .map_or(0, |sample| sample.pts)
            .max(0);
        let start = ticks_to_duration(start.unsigned_abs(), leader.media.clock_rate);
        for source in &mut self.tracks {
            if let Some(track) = movie.tracks().get(source.index) {
                let is_leader = track.media.id == leader.media.id;
                let index = if is_leader {
                    first
                } else {
                    playing_at(track, start)
                };
                source.move_to(track, index);
            }
        }
        start
    }

    /// Ends the frames at `npt`: what is decoded from there on is not delivered. `None` plays to the end
    /// of the file. Set it before the [`seek`](Self::seek) to where playing begins: what was planned
    /// already is not changed.
    pub fn set_end(&mut self, npt: Option<Duration>) {
        self.end = npt;
        let movie = Arc::clone(&self.movie);
        for source in &mut self.tracks {
            if let Some(track) = movie.tracks().get(source.index) {
                source.end = npt.map_or(i64::MAX, |npt| track.ticks(npt));
                source.next = source.next.filter(|sample| sample.dts < source.end);
            }
        }
    }
}

fn is_video(track: Option<&MovieTrack>) -> bool {
    track.is_some_and(|track| track.kind() == MediaKind::Video)
}

/// Where the track that leads begins.
fn first_sample(track: &MovieTrack, npt: Duration) -> u32 {
    if track.kind() == MediaKind::Video {
        track.samples.keyframe_before(track.ticks(npt)).unwrap_or(0)
    } else {
        playing_at(track, npt)
    }
}

/// The sample that a track plays at `npt`; its very first at the movie's beginning.
fn playing_at(track: &MovieTrack, npt: Duration) -> u32 {
    if npt.is_zero() {
        return 0;
    }
    let time = track.ticks(npt);
    let samples = &track.samples;
    if track.kind() == MediaKind::Video {
        return samples.keyframe_before(time).unwrap_or(0);
    }
    let found = samples.sample_at_time(time).unwrap_or(0);
    let ended = samples
        .get(found)
        .is_some_and(|sample| sample.pts.saturating_add(i64::from(sample.duration)) <= time);
    // Past the last sample, or in a hole: nothing plays, the next one will.
    if ended {
        found.saturating_add(1)
    } else {
        found
    }
}
