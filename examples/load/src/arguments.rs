//! The command line.

use std::{
    fmt,
    num::{NonZeroU8, NonZeroU32, NonZeroUsize},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

use crate::target::{NUMBER, Scheme};

/// Plays URLs many times at once, publishes what they play, and tells how well it went.
///
/// With --publish, each picture tells when it was sent, and players measure how long it took to them.
///
/// The exit code is 0 when all went well, 1 when a player or publisher failed, was cut off, stalled, or saw more loss,
/// lateness or delay than allowed, and 2 when the test could not be made.
///
/// castline-load rtmp://127.0.0.1/live/x --players 500 --also http://127.0.0.1:8080/live/x.flv --publish
/// rtmp://127.0.0.1/live/x --duration 60
#[derive(Debug, Parser)]
#[command(name = "castline-load", version)]
pub(crate) struct Arguments {
    /// What to play: rtsp://HOST:PORT/PATH, rtmp://HOST:PORT/APP/NAME, or FLV from http://HOST:PORT/PATH or
    /// ws://HOST:PORT/PATH. With several --publishers, {n} stands for the stream's number, from 0
    #[arg(required_unless_present = "publish")]
    pub(crate) url: Option<String>,
    /// How many players
    #[arg(long, value_name = "N", default_value = "10")]
    pub(crate) players: NonZeroUsize,
    /// Another URL that is played in the same run; may be given again
    #[arg(long, value_name = "URL", requires = "url")]
    pub(crate) also: Vec<String>,
    /// How many players of each --also, in their order; as many as --players where it is not given
    #[arg(long, value_name = "N", requires = "also")]
    pub(crate) also_players: Vec<NonZeroUsize>,
    /// Publish here, as long as players play: rtmp://HOST:PORT/APP/NAME
    #[arg(long, value_name = "URL")]
    pub(crate) publish: Option<String>,
    /// How many streams to publish; {n} in the URLs stands for their numbers
    #[arg(long, value_name = "N", default_value = "1", requires = "publish")]
    pub(crate) publishers: NonZeroUsize,
    /// Publish this FLV or MP4 file again and again instead of made-up media (the pictures must be H.264 to be measured)
    #[arg(long, value_name = "FILE", requires = "publish")]
    pub(crate) media: Option<PathBuf>,
    /// The bit rate of made-up media: 25 pictures and 43 frames of sound a second
    #[arg(
        long,
        value_name = "KBIT/S",
        default_value = "1000",
        conflicts_with = "media"
    )]
    pub(crate) bitrate: NonZeroU32,
    /// The time from one key frame of made-up media to the next
    #[arg(
        long,
        value_name = "MS",
        default_value = "2000",
        conflicts_with = "media"
    )]
    pub(crate) gop_ms: NonZeroU32,
    /// How RTSP media travels; mixed gives every other player UDP
    #[arg(long, value_enum, default_value_t = Transport::Tcp)]
    pub(crate) transport: Transport,
    /// How long each player plays, in seconds from the answer to its PLAY
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "20")]
    pub(crate) duration: Duration,
    /// How many publishers, then players, begin per second
    #[arg(long, value_name = "PLAYERS_PER_SECOND", default_value_t = 50.0)]
    pub(crate) rate: f64,
    /// Where in the file to begin, in seconds (RTSP)
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) start: Option<Duration>,
    /// Each player begins at another place, over the first nine tenths of the file; a live stream has one place only (RTSP)
    #[arg(long)]
    pub(crate) spread: bool,
    /// Play again from the beginning when the file has ended
    #[arg(long = "loop")]
    pub(crate) repeats: bool,
    /// Our UDP ports for RTP (even) and RTCP (odd)
    #[arg(long, value_name = "FIRST-LAST", default_value = "40000-49999")]
    pub(crate) ports: Ports,
    /// Packets of RTP and pictures of our own that may be lost in all
    #[arg(long, value_name = "PACKETS", default_value_t = 0)]
    pub(crate) max_loss: u64,
    /// The greatest p99 of lateness that is still good
    #[arg(long, value_name = "MS")]
    pub(crate) max_lateness_ms: Option<f64>,
    /// The greatest p99 of the delay from publisher to player that is still good
    #[arg(long, value_name = "MS", requires = "publish")]
    pub(crate) max_delay_ms: Option<f64>,
    /// The server's process, whose CPU time and memory are told (Linux)
    #[arg(long, value_name = "PID")]
    pub(crate) server_pid: Option<u32>,
    /// Threads that play; one plays hundreds of streams
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) threads: NonZeroU8,
    /// Print JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Play from another machine than this one too. Hundreds of players can overwhelm a server and the network before
    /// it, so only do this to a server that is yours
    #[arg(long)]
    pub(crate) allow_remote: bool,
}

/// How media travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    /// In the RTSP connection.
    Tcp,
    /// To a pair of ports per track.
    Udp,
    /// Both in turn.
    Mixed,
}

/// A range of UDP ports, both ends included, written `40000-49999`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ports {
    pub(crate) first: u16,
    pub(crate) last: u16,
}

impl Arguments {
    /// What no single argument tells.
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(
            self.rate.is_finite() && self.rate >= 0.01,
            "--rate is {}: give the players that begin per second, such as 50",
            self.rate
        );
        ensure!(
            self.duration >= Duration::from_millis(100),
            "--duration is under 0.1 s, too short to see anything: give 20"
        );
        ensure!(
            self.also_players.len() <= self.also.len(),
            "there are more --also-players than --also: give one for each"
        );
        let of_a_file = self.start.is_some() || self.spread;
        ensure!(
            !of_a_file
                || self
                    .plays()
                    .iter()
                    .all(|(url, _)| Scheme::of(url) == Some(Scheme::Rtsp)),
            "--start and --spread are for RTSP: give rtsp:// URLs alone"
        );
        self.check_numbers()
    }

    fn check_numbers(&self) -> Result<()> {
        let several = self.publishers.get() > 1;
        let publish = self.publish.iter().map(String::as_str);
        ensure!(
            !several || publish.clone().all(|url| url.contains(NUMBER)),
            "{} publishers cannot share one name: give --publish a URL with {NUMBER}",
            self.publishers
        );
        let mut all = publish.chain(self.plays().into_iter().map(|(url, _)| url));
        let stray = all.find(|url| !several && url.contains(NUMBER));
        ensure!(
            stray.is_none(),
            "{:?} has {NUMBER}, and there is one stream: give --publishers",
            stray.unwrap_or_default()
        );
        Ok(())
    }

    /// What is played, and by how many players each.
    pub(crate) fn plays(&self) -> Vec<(&str, usize)> {
        let counts = self
            .also_players
            .iter()
            .copied()
            .map(Some)
            .chain(std::iter::repeat(None));
        let also = self.also.iter().zip(counts);
        let also = also.map(|(url, count)| (url.as_str(), count.unwrap_or(self.players).get()));
        let first = self
            .url
            .iter()
            .map(|url| (url.as_str(), self.players.get()));
        first.chain(also).collect()
    }

    /// How player `index` gets its media.
    pub(crate) fn is_udp(&self, index: usize) -> bool {
        match self.transport {
            Transport::Tcp => false,
            Transport::Udp => true,
            Transport::Mixed => index % 2 == 1,
        }
    }

    /// File descriptors needed at the most, for presentations of two tracks.
    pub(crate) fn open_files(&self) -> u64 {
        const OWN: u64 = 32;
        let of_rtsp = match self.transport {
            Transport::Tcp => 1,
            Transport::Udp => 5,
            Transport::Mixed => 3,
        };
        let of_players = self.plays().into_iter().map(|(url, count)| {
            let of_each = if Scheme::of(url) == Some(Scheme::Rtsp) {
                of_rtsp
            } else {
                1
            };
            (count as u64).saturating_mul(of_each)
        });
        of_players
            .fold(OWN, u64::saturating_add)
            .saturating_add(self.publishers.get() as u64)
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    const LONGEST: f64 = 1e7;
    let wrong = || format!("{text:?} is not a number of seconds: write it like 20 or 2.5");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    if !(0.0..=LONGEST).contains(&seconds) {
        return Err(wrong());
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not a range of ports: write it like 40000-49999, with room for a pair"
            )
        };
        let (first, last) = text.split_once('-').ok_or_else(wrong)?;
        let (first, last) = (
            first.trim().parse().map_err(|_| wrong())?,
            last.trim().parse().map_err(|_| wrong())?,
        );
        let even = u16::checked_next_multiple_of(first, 2).ok_or_else(wrong)?;
        if first == 0 || even >= last {
            return Err(wrong());
        }
        Ok(Self { first, last })
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Mixed => "mixed",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once("castline-load").chain(line.split_whitespace()))
    }

    #[test]
    fn a_url_is_enough() {
        let arguments = parse("rtsp://127.0.0.1:8554/live/demo").unwrap();
        assert_eq!(arguments.players.get(), 10);
        assert_eq!(
            (arguments.transport, arguments.duration),
            (Transport::Tcp, Duration::from_secs(20))
        );
        assert_eq!(arguments.ports.to_string(), "40000-49999");
        assert_eq!((arguments.max_loss, arguments.max_lateness_ms), (0, None));
        assert!(
            !arguments.repeats && !arguments.spread && !arguments.json && !arguments.allow_remote
        );
        arguments.check().unwrap();
    }

    #[test]
    fn everything_at_once() {
        let line = "rtsp://h/x --players 600 --transport mixed --duration 2.5 --rate 100 --spread --loop --start 1 \
                    --server-pid 42 --json --ports 50000-50999 --max-loss 3 --max-lateness-ms 20 --threads 2 --allow-remote";
        let arguments = parse(line).unwrap();
        arguments.check().unwrap();
        assert_eq!(arguments.duration, Duration::from_millis(2500));
        assert!(arguments.repeats && arguments.spread && arguments.json && arguments.allow_remote);
        assert_eq!((arguments.server_pid, arguments.max_loss), (Some(42), 3));
        assert_eq!(arguments.max_lateness_ms, Some(20.0));
        assert!(!arguments.is_udp(0) && arguments.is_udp(1) && !arguments.is_udp(2));
        assert_eq!(arguments.open_files(), 1833);
    }

    #[test]
    fn several_urls_and_what_they_play() {
        let line = "rtmp://h/live/x{n} --players 500 --also http://h/live/x{n}.flv --also ws://h/live/x{n}.flv --also-players 300 \
                    --publish rtmp://h/live/x{n} --publishers 20 --bitrate 600 --gop-ms 4000 --max-delay-ms 50";
        let arguments = parse(line).unwrap();
        arguments.check().unwrap();
        assert_eq!(
            arguments.plays(),
            [
                ("rtmp://h/live/x{n}", 500),
                ("http://h/live/x{n}.flv", 300),
                ("ws://h/live/x{n}.flv", 500)
            ]
        );
        assert_eq!(arguments.open_files(), 1352);
        assert_eq!(
            (arguments.bitrate.get(), arguments.gop_ms.get()),
            (600, 4000)
        );
        let publish_only = parse("--publish rtmp://h/live/x").unwrap();
        publish_only.check().unwrap();
        assert_eq!(publish_only.plays(), []);
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [
            "",
            "rtsp://h/x --players 0",
            "rtsp://h/x --duration -1",
            "rtsp://h/x --duration nan",
            "rtsp://h/x --duration 1e300",
            "rtsp://h/x --transport quic",
            "rtsp://h/x --ports 5-4",
            "rtsp://h/x --ports 7-8",
            "rtsp://h/x --ports 0-9",
            "rtsp://h/x --ports 70000-70001",
            "rtsp://h/x --threads 0",
            "--also rtsp://h/x",
            "rtsp://h/x --publishers 3",
            "rtsp://h/x --max-delay-ms 3",
            "--publish rtmp://h/x --media a.flv --bitrate 100",
            "--publish rtmp://h/x --bitrate 0",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "--rate 0",
            "--rate nan",
            "--rate inf",
            "--duration 0",
            "--also rtmp://h/x --spread",
            "--also rtmp://h/x --start 3",
            "--also rtmp://h/x --also-players 1 --also-players 2",
            "--also rtmp://h/x{n}",
            "--publish rtmp://h/x{n}",
            "--publish rtmp://h/x --publishers 2",
        ] {
            let arguments = parse(&format!("rtsp://h/x {wrong}")).unwrap();
            let error = arguments.check().unwrap_err().to_string();
            assert!(error.contains("give"), "{error}");
        }
    }
}
