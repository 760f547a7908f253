//! Players of several URLs and protocols in one run.

use std::sync::Arc;

use anyhow::Result;
use castline_core::Random;

use crate::{
    arguments::Arguments,
    flv::{self, FlvPlayer},
    player::{Fault, Player},
    record::Record,
    rtmp::{self, RtmpPlayer},
    rtsp::{self, RtspPlayer},
    stamp::StampClock,
    target::{self, NUMBER, Scheme, Target},
};

/// A player of any protocol.
#[derive(Debug)]
pub(crate) enum AnyPlayer {
    Rtsp(Box<RtspPlayer>),
    Rtmp(RtmpPlayer),
    Flv(FlvPlayer),
}

impl Player for AnyPlayer {
    fn label(&self) -> &'static str {
        match self {
            Self::Rtsp(player) => player.label(),
            Self::Rtmp(player) => player.label(),
            Self::Flv(player) => player.label(),
        }
    }

    async fn play(self, record: &mut Record) -> Result<(), Fault> {
        // Boxed, so that no player needs the memory of the largest.
        match self {
            Self::Rtsp(player) => Box::pin(player.play(record)).await,
            Self::Rtmp(player) => Box::pin(player.play(record)).await,
            Self::Flv(player) => Box::pin(player.play(record)).await,
        }
    }
}

/// All players of all URLs, in the order in which they begin.
pub(crate) async fn players(arguments: &Arguments, clock: StampClock) -> Result<Vec<AnyPlayer>> {
    let mut all = Vec::new();
    for (url, count) in arguments.plays() {
        let streams = if url.contains(NUMBER) {
            arguments.publishers.get()
        } else {
            1
        };
        for stream in 0..streams.min(count) {
            let url = target::numbered(url, stream);
            let target = target::resolve(&url, arguments.allow_remote).await?;
            let share = count / streams + usize::from(stream < count % streams);
            all.push(of_stream(arguments, target, share, clock)?);
        }
    }
    Ok(interleaved(all))
}

fn of_stream(
    arguments: &Arguments,
    target: Target,
    count: usize,
    clock: StampClock,
) -> Result<Vec<AnyPlayer>> {
    let (duration, repeats) = (arguments.duration, arguments.repeats);
    Ok(match target.scheme {
        Scheme::Rtsp => {
            let players = rtsp::players(arguments, target, count)?;
            players
                .into_iter()
                .map(|player| AnyPlayer::Rtsp(Box::new(player)))
                .collect()
        }
        Scheme::Rtmp => {
            let plan = rtmp::Plan::new(target, duration, repeats, clock)?;
            let mut random = Random::new(rand::random());
            (0..count)
                .map(|_| AnyPlayer::Rtmp(plan.player(&mut random)))
                .collect()
        }
        Scheme::Http | Scheme::WebSocket => {
            let plan = flv::Plan::new(target, duration, repeats, clock);
            (0..count)
                .map(|_| AnyPlayer::Flv(Arc::clone(&plan).player()))
                .collect()
        }
    })
}

/// Mixes groups so that each begins and ends with the whole.
fn interleaved<T>(groups: Vec<Vec<T>>) -> Vec<T> {
    let mut placed = Vec::new();
    for group in groups {
        let count = group.len() as f64;
        let place = |index: usize| (index as f64 + 0.5) / count;
        placed.extend(
            group
                .into_iter()
                .enumerate()
                .map(|(index, one)| (place(index), one)),
        );
    }
    placed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    placed.into_iter().map(|(_, one)| one).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn groups_begin_together_and_end_together() {
        assert_eq!(
            interleaved(vec![vec![1, 1, 1, 1], vec![2, 2]]),
            [1, 2, 1, 1, 2, 1]
        );
        assert!(interleaved(Vec::<Vec<u8>>::new()).is_empty());
    }

    #[tokio::test]
    async fn players_are_spread_over_streams_and_protocols() {
        let line = "castline-load rtmp://127.0.0.1/live/x{n} --players 5 --also ws://127.0.0.1/x{n}.flv --also-players 1 \
                    --also rtsp://127.0.0.1/x --publish rtmp://127.0.0.1/live/x{n} --publishers 3";
        let arguments = Arguments::parse_from(line.split_whitespace());
        let clock = StampClock::new(&mut Random::new([0; 32]));
        let all = players(&arguments, clock).await.unwrap();
        let count = |label| all.iter().filter(|player| player.label() == label).count();
        assert_eq!((count("rtmp"), count("ws-flv"), count("tcp")), (5, 1, 5));
        let text = format!("{all:?}");
        for (stream, expected) in [("x0\"", 2), ("x1\"", 2), ("x2\"", 1)] {
            let found = text
                .matches(&format!("url: \"rtmp://127.0.0.1/live/{stream}"))
                .count();
            assert_eq!(found, expected, "{stream}");
        }
    }
}
