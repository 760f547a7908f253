//! Where a play begins and ends.

use alloc::sync::Arc;
use core::time::Duration;

use castline_codec::{MediaKind, rescale};

use super::FrameReader;
use crate::{
    MovieTrack,
    movie::{NANOS, nanos},
};

impl FrameReader {
    /// Goes to the last keyframe at or before `time`, a time of the file, of the first selected video track,
    /// else to the packet of the first audio track that plays then. All other tracks continue with what is
    /// presented from there on. Gives the position that was found, which is never behind `time`.
    ///
    /// The beginning, which 0 stands for, includes what comes before 0: AAC priming, for one.
    pub fn seek(&mut self, time: Duration) -> Duration {
        let time = if time.is_zero() {
            self.beginning()
        } else {
            nanos(time)
        };
        let found = u64::try_from(self.seek_to(time)).unwrap_or(0);
        Duration::from_nanos(found)
    }

    /// The movie's first presentation of all.
    fn beginning(&self) -> i64 {
        nanos(self.movie.lead()).saturating_neg()
    }

    /// As [`seek`](Self::seek), in nanoseconds that may lie before 0.
    pub(crate) fn seek_to(&mut self, time: i64) -> i64 {
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
            return self.beginning();
        };
        let first = playing_at(leader, time);
        let start = match leader.samples.get(first) {
            Some(sample) if first == 0 && sample.pts <= 0 => self.beginning(),
            // A track that begins later has the others play from where it was asked for.
            Some(sample) => rescale(sample.pts, leader.media.clock_rate, NANOS).min(time),
            None => time,
        };
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

    /// Ends the frames at `time`, a time of the file: what is decoded from there on is not delivered.
    /// `None` plays to the end of the file. Set it before the [`seek`](Self::seek) to where playing begins:
    /// what was planned already is not changed.
    pub fn set_end(&mut self, time: Option<Duration>) {
        self.end_at(time.map(nanos));
    }

    /// As [`set_end`](Self::set_end), in nanoseconds that may lie before 0.
    pub(crate) fn end_at(&mut self, time: Option<i64>) {
        let movie = Arc::clone(&self.movie);
        for source in &mut self.tracks {
            if let Some(track) = movie.tracks().get(source.index) {
                source.end = time.map_or(i64::MAX, |time| track.ticks_at(time));
                source.next = source.next.filter(|sample| sample.dts < source.end);
            }
        }
    }
}

fn is_video(track: Option<&MovieTrack>) -> bool {
    track.is_some_and(|track| track.kind() == MediaKind::Video)
}

/// The sample that a track plays at `time`, of a video track the keyframe before that.
fn playing_at(track: &MovieTrack, time: i64) -> u32 {
    let time = track.ticks_at(time);
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
