//! What all players have seen together, and what is wrong with it.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde::Serialize;

use crate::{
    arguments::Arguments,
    histogram::{Histogram, Quantiles},
    player::Fault,
    publish::{Publication, Published},
    reception::Counts,
    record::Record,
    swarm::Run,
    target::Scheme,
    usage::Usage,
};

/// What is told at the end.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) url: String,
    pub(crate) transport: String,
    pub(crate) duration_s: f64,
    /// From the first connect to the last farewell.
    pub(crate) took_s: f64,
    pub(crate) all: Group,
    /// The same by transport.
    pub(crate) groups: BTreeMap<&'static str, Group>,
    /// What was published, if anything was.
    pub(crate) published: Option<Published>,
    pub(crate) server: Option<Usage>,
    /// What each player cost the server.
    pub(crate) server_per_player: Option<PerPlayer>,
    pub(crate) own: Option<Usage>,
    /// How late this process's own timers were: what it adds to every lateness by itself.
    pub(crate) own_lateness_ms: Option<Quantiles>,
    /// Why the first that failed did.
    pub(crate) first_failure: Option<String>,
    /// Why the first that was cut off was.
    pub(crate) first_cut: Option<String>,
    /// What was not as it should be; empty when all was well.
    pub(crate) complaints: Vec<String>,
}

/// What one player cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct PerPlayer {
    /// CPU time for each second that one player played.
    pub(crate) cpu_ms_per_second: f64,
    /// By how much the resident memory has grown.
    pub(crate) resident_kib: f64,
    /// The same of the proportional set size.
    pub(crate) proportional_kib: f64,
}

/// The figures of some players.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Group {
    pub(crate) players: u64,
    /// Played to the end and left in good order.
    pub(crate) complete: u64,
    pub(crate) failed: u64,
    pub(crate) cut: u64,
    /// Players that stalled at least once.
    pub(crate) stalled: u64,
    pub(crate) stalls: u64,
    pub(crate) longest_gap_ms: f64,
    pub(crate) plays: u64,
    pub(crate) set_up_ms: Option<Quantiles>,
    pub(crate) first_media_ms: Option<Quantiles>,
    pub(crate) first_media_after_play_ms: Option<Quantiles>,
    pub(crate) lateness_ms: Option<Quantiles>,
    /// From the sending of each picture of our own to its arrival.
    pub(crate) delay_ms: Option<Quantiles>,
    /// Pictures of our own that the server had kept for those who come later.
    pub(crate) catch_up: u64,
    /// How long media came, of all players together.
    pub(crate) player_seconds: f64,
    #[serde(flatten)]
    pub(crate) counts: Counts,
    pub(crate) media_bytes: u64,
    /// Over the time from the first to the last media of all.
    pub(crate) megabits_per_second: f64,
}

/// Sums that a [`Group`] is made of.
#[derive(Debug, Default)]
struct Sums {
    players: u64,
    failed: u64,
    cut: u64,
    stalled: u64,
    stalls: u64,
    longest_gap: Duration,
    plays: u64,
    set_up: Histogram,
    first_media: Histogram,
    first_media_after_play: Histogram,
    lateness: Histogram,
    delay: Histogram,
    catch_up: u64,
    played: Duration,
    counts: Counts,
    media_bytes: u64,
    span: Option<(Instant, Instant)>,
}

impl Summary {
    pub(crate) fn of(run: &Run, published: &[Publication], arguments: &Arguments) -> Self {
        let mut all = Sums::default();
        let mut groups = BTreeMap::<_, Sums>::new();
        for record in &run.records {
            all.add(record);
            groups.entry(record.label).or_default().add(record);
        }
        let fault = |of: fn(&Fault) -> Option<&String>| {
            let mut faults = run
                .records
                .iter()
                .filter_map(|record| record.result.as_ref().err());
            faults.find_map(of).cloned()
        };
        let mut summary = Self {
            url: urls(arguments),
            transport: transport(arguments),
            duration_s: arguments.duration.as_secs_f64(),
            took_s: run.took.as_secs_f64(),
            all: all.group(),
            groups: groups
                .into_iter()
                .map(|(label, sums)| (label, sums.group()))
                .collect(),
            published: Published::of(published),
            server: run.server,
            server_per_player: None,
            own: run.own,
            own_lateness_ms: run.own_lateness.quantiles(),
            first_failure: fault(|fault| {
                if let Fault::Failed(why) = fault {
                    Some(why)
                } else {
                    None
                }
            }),
            first_cut: fault(|fault| {
                if let Fault::Cut(why) = fault {
                    Some(why)
                } else {
                    None
                }
            }),
            complaints: Vec::new(),
        };
        summary.server_per_player = run.server.and_then(|cost| summary.all.cost(&cost));
        summary.complaints = complaints(&summary, arguments);
        summary
            .complaints
            .extend(complaints_of_publishers(&summary));
        summary
    }
}

fn urls(arguments: &Arguments) -> String {
    let mut urls: Vec<&str> = arguments.plays().into_iter().map(|(url, _)| url).collect();
    if urls.is_empty() {
        urls.extend(arguments.publish.as_deref());
    }
    urls.join(", ")
}

fn transport(arguments: &Arguments) -> String {
    let plays = arguments.plays();
    if plays
        .iter()
        .any(|(url, _)| Scheme::of(url) == Some(Scheme::Rtsp))
    {
        arguments.transport.to_string()
    } else {
        "tcp".to_owned()
    }
}

fn complaints_of_publishers(summary: &Summary) -> Vec<String> {
    let Some(published) = &summary.published else {
        return Vec::new();
    };
    let mut found = Vec::new();
    if published.cut > 0 {
        let why = published.first_cut.as_deref().unwrap_or_default();
        let (cut, all) = (published.cut, published.publishers);
        found.push(format!(
            "{cut} of {all} publishers were cut off; the first: {why}"
        ));
    }
    if published.dropped > 0 {
        found.push(format!(
            "the server was too slow to take {} published tags",
            published.dropped
        ));
    }
    found
}

fn complaints(summary: &Summary, arguments: &Arguments) -> Vec<String> {
    let all = &summary.all;
    let mut found = Vec::new();
    if all.failed > 0 {
        let why = summary.first_failure.as_deref().unwrap_or_default();
        found.push(format!(
            "{} of {} players failed; the first: {why}",
            all.failed, all.players
        ));
    }
    if all.cut > 0 {
        let why = summary.first_cut.as_deref().unwrap_or_default();
        found.push(format!(
            "{} of {} players were cut off; the first: {why}",
            all.cut, all.players
        ));
    }
    if all.stalled > 0 {
        let (stalled, stalls, gap) = (all.stalled, all.stalls, all.longest_gap_ms);
        found.push(format!(
            "{stalled} players stalled, {stalls} times, up to {gap:.0} ms"
        ));
    }
    if all.counts.lost > arguments.max_loss {
        found.push(format!(
            "{} packets lost, {} allowed",
            all.counts.lost, arguments.max_loss
        ));
    }
    let limit = arguments.max_lateness_ms;
    if let (Some(limit), Some(lateness)) = (limit, all.lateness_ms)
        && lateness.p99 > limit
    {
        found.push(format!(
            "p99 lateness is {:.1} ms, {limit:.1} allowed",
            lateness.p99
        ));
    }
    found.extend(delay_complaint(all, arguments));
    found
}

fn delay_complaint(all: &Group, arguments: &Arguments) -> Option<String> {
    let limit = arguments.max_delay_ms?;
    match all.delay_ms {
        Some(delay) if delay.p99 <= limit => None,
        Some(delay) => Some(format!(
            "p99 delay is {:.1} ms, {limit:.1} allowed",
            delay.p99
        )),
        None => Some("no delay was measured: no picture of our own came to any player".to_owned()),
    }
}

impl Sums {
    fn add(&mut self, record: &Record) {
        self.players += 1;
        match record.result {
            Ok(()) => {}
            Err(Fault::Failed(_)) => self.failed += 1,
            Err(Fault::Cut(_)) => self.cut += 1,
        }
        self.stalled += u64::from(record.stalls > 0);
        self.stalls = self.stalls.saturating_add(record.stalls);
        self.longest_gap = self.longest_gap.max(record.longest_gap);
        self.plays = self.plays.saturating_add(record.plays);
        for (histogram, span) in [
            (&mut self.set_up, record.set_up),
            (&mut self.first_media, record.first_media),
            (
                &mut self.first_media_after_play,
                record.first_media_after_play,
            ),
        ] {
            span.into_iter().for_each(|span| histogram.record(span));
        }
        self.lateness.merge(&record.lateness);
        self.delay.merge(&record.delay);
        self.catch_up = self.catch_up.saturating_add(record.catch_up);
        self.counts.add(&record.counts);
        self.media_bytes = self.media_bytes.saturating_add(record.media_bytes);
        if let Some((first, last)) = record.media_span {
            let played = last.saturating_duration_since(first);
            self.played = self.played.saturating_add(played);
            let (from, to) = self.span.unwrap_or((first, last));
            self.span = Some((from.min(first), to.max(last)));
        }
    }

    fn group(&self) -> Group {
        let span = self.span.map_or(Duration::ZERO, |(first, last)| {
            last.saturating_duration_since(first)
        });
        let seconds = span.as_secs_f64();
        let megabits = self.media_bytes as f64 * 8.0 / 1e6;
        Group {
            players: self.players,
            complete: self
                .players
                .saturating_sub(self.failed)
                .saturating_sub(self.cut),
            failed: self.failed,
            cut: self.cut,
            stalled: self.stalled,
            stalls: self.stalls,
            longest_gap_ms: self.longest_gap.as_secs_f64() * 1000.0,
            plays: self.plays,
            set_up_ms: self.set_up.quantiles(),
            first_media_ms: self.first_media.quantiles(),
            first_media_after_play_ms: self.first_media_after_play.quantiles(),
            lateness_ms: self.lateness.quantiles(),
            delay_ms: self.delay.quantiles(),
            catch_up: self.catch_up,
            player_seconds: self.played.as_secs_f64(),
            counts: self.counts,
            media_bytes: self.media_bytes,
            megabits_per_second: if seconds > 0.0 {
                megabits / seconds
            } else {
                0.0
            },
        }
    }
}

impl Group {
    /// What each of these players cost a server; `None` when none has played.
    fn cost(&self, server: &Usage) -> Option<PerPlayer> {
        let players = self.players as f64;
        let kib = |mib: f64| mib * 1024.0 / players;
        (self.player_seconds > 0.0).then(|| PerPlayer {
            cpu_ms_per_second: server.cpu_seconds * 1000.0 / self.player_seconds,
            resident_kib: kib(server.resident_growth_mib),
            proportional_kib: kib(server.proportional_growth_mib),
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use clap::Parser;

    use super::*;

    fn arguments(line: &str) -> Arguments {
        Arguments::parse_from(
            ["castline-load", "rtsp://127.0.0.1/x"]
                .into_iter()
                .chain(line.split_whitespace()),
        )
    }

    fn player(label: &'static str, lost: u64, result: Result<(), Fault>) -> Record {
        let start = crate::now();
        let mut record = Record::new(label, start);
        record.note_set_up(start);
        record.note_playing(start);
        record.note_media(start + Duration::from_millis(10), 500_000);
        record.note_media(start + Duration::from_millis(510), 500_000);
        record.counts = Counts {
            packets: 100,
            lost,
            ..Counts::default()
        };
        record.lateness.record_times(Duration::from_millis(5), 100);
        record.result = result;
        record
    }

    pub(crate) fn summary(records: Vec<Record>, line: &str) -> Summary {
        let took = Duration::from_secs(1);
        let run = Run {
            records,
            took,
            server: None,
            own: None,
            own_lateness: Histogram::default(),
        };
        Summary::of(&run, &[], &arguments(line))
    }

    pub(crate) fn two_players() -> Vec<Record> {
        vec![player("tcp", 0, Ok(())), player("udp", 0, Ok(()))]
    }

    #[test]
    fn adds_up_all_and_each_transport() {
        let summary = summary(two_players(), "--max-lateness-ms 5");
        assert_eq!(summary.complaints, Vec::<String>::new());
        assert_eq!((summary.all.players, summary.all.complete), (2, 2));
        assert_eq!(
            (summary.all.counts.packets, summary.all.media_bytes),
            (200, 2_000_000)
        );
        let tcp = &summary.groups["tcp"];
        assert_eq!((tcp.players, tcp.counts.packets), (1, 100));
        assert!((tcp.megabits_per_second - 16.0).abs() < 1e-6);
        assert_eq!(summary.groups.len(), 2);
    }

    #[test]
    fn everything_that_is_wrong_is_a_complaint() {
        let mut records = two_players();
        records.push(player("udp", 3, Err(Fault::Cut("gone".to_owned()))));
        records.push(player("udp", 1, Err(Fault::Failed("404".to_owned()))));
        if let Some(first) = records.first_mut() {
            first.note_rest(crate::now() + Duration::from_secs(100));
        }
        let summary = summary(records, "--max-lateness-ms 4.9 --max-loss 3");
        let text = summary.complaints.join("\n");
        for part in [
            "1 of 4 players failed; the first: 404",
            "cut off; the first: gone",
            "1 players stalled, 1 times",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(
            text.contains("4 packets lost, 3 allowed") && text.contains("p99 lateness is 5.0 ms"),
            "{text}"
        );
        assert_eq!(
            (summary.all.complete, summary.all.failed, summary.all.cut),
            (2, 1, 1)
        );
    }

    #[test]
    fn delay_has_its_limit_and_must_be_there_to_be_within_it() {
        let line = "--publish rtmp://127.0.0.1/live/x --max-delay-ms 50";
        let text = summary(two_players(), line).complaints.join("\n");
        assert!(text.contains("no delay was measured"), "{text}");
        for (ms, expected) in [(49, None), (60, Some("p99 delay is 60.0 ms, 50.0 allowed"))] {
            let mut records = two_players();
            records
                .iter_mut()
                .for_each(|record| record.delay.record(Duration::from_millis(ms)));
            let summary = summary(records, line);
            assert_eq!(summary.complaints.first().map(String::as_str), expected);
        }
    }

    #[test]
    fn publishers_that_are_cut_off_or_held_up_are_complaints() {
        let mut summary = summary(two_players(), "");
        let cut = Publication {
            fault: Some(Fault::Cut("gone".to_owned())),
            dropped: 3,
            ..Publication::default()
        };
        summary.published = Published::of(&[cut, Publication::default()]);
        let text = complaints_of_publishers(&summary).join("\n");
        assert!(
            text.contains("1 of 2 publishers were cut off; the first: gone"),
            "{text}"
        );
        assert!(text.contains("too slow to take 3 published tags"), "{text}");
    }

    #[test]
    fn a_player_s_cost_is_its_share_of_the_server_s() {
        let usage = Usage {
            cpu_seconds: 0.002,
            cores: 0.1,
            resident_mib: 10.0,
            resident_growth_mib: 1.0,
            proportional_growth_mib: 0.5,
        };
        let cost = summary(two_players(), "").all.cost(&usage).unwrap();
        // Two players, half a second each.
        assert!((cost.cpu_ms_per_second - 2.0).abs() < 1e-9, "{cost:?}");
        assert!(
            (cost.resident_kib - 512.0).abs() < 1e-9
                && (cost.proportional_kib - 256.0).abs() < 1e-9
        );
        assert_eq!(summary(Vec::new(), "").all.cost(&usage), None);
    }

    #[test]
    fn loss_and_lateness_within_what_is_allowed_are_no_complaint() {
        let records = vec![player("tcp", 3, Ok(()))];
        assert!(summary(records, "--max-loss 3").complaints.is_empty());
    }
}
