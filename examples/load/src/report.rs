//! The summary for a person, or for a program.

use std::fmt::Write;

use anyhow::Result;

use crate::{
    histogram::Quantiles,
    summary::{Group, Summary},
    usage::Usage,
};

/// How wide the names of the rows are.
const NAME_WIDTH: usize = 34;
/// How wide a column is.
const WIDTH: usize = 26;

/// Prints it to the standard output.
#[allow(clippy::print_stdout, reason = "what the program is for")]
pub(crate) fn print(summary: &Summary, as_json: bool) -> Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(summary)?);
    } else {
        print!("{}", table(summary));
    }
    Ok(())
}

fn table(summary: &Summary) -> String {
    let mut columns = vec![("all", &summary.all)];
    if summary.groups.len() > 1 {
        columns.extend(summary.groups.iter().map(|(label, group)| (*label, group)));
    }
    let mut out = format!(
        "{}: {} players over {}, {} s each, {:.1} s in all\n\n",
        summary.url, summary.all.players, summary.transport, summary.duration_s, summary.took_s
    );
    if summary.all.players > 0 {
        out.push_str(&rows(&columns));
    }
    out.push_str(&costs(summary));
    out
}

fn rows(columns: &[(&str, &Group)]) -> String {
    let mut out = String::new();
    let mut row = |name: &str, cell: &dyn Fn(&str, &Group) -> String| {
        let _ = write!(out, "{name:<NAME_WIDTH$}");
        for (label, group) in columns {
            let _ = write!(out, "{:>WIDTH$}", cell(label, group));
        }
        out.push('\n');
    };
    row("", &|label, _| label.to_owned());
    row("players", &|_, group| group.players.to_string());
    row("  complete", &|_, group| group.complete.to_string());
    row("  failed / cut off / stalled", &|_, group| {
        format!("{} / {} / {}", group.failed, group.cut, group.stalled)
    });
    row("longest silence, ms", &|_, group| {
        format!("{:.0}", group.longest_gap_ms)
    });
    row("                  p50 / p99 / max", &|_, _| String::new());
    row("set-up, ms", &|_, group| quantiles(group.set_up_ms));
    row("first media after connect, ms", &|_, group| {
        quantiles(group.first_media_ms)
    });
    row("first media after PLAY, ms", &|_, group| {
        quantiles(group.first_media_after_play_ms)
    });
    row("packet lateness, ms", &|_, group| {
        quantiles(group.lateness_ms)
    });
    row("delay from our publisher, ms", &|_, group| {
        quantiles(group.delay_ms)
    });
    row("packets, FLV and RTMP tags", &|_, group| {
        group.counts.packets.to_string()
    });
    row("  lost", &|_, group| loss(group));
    row("  twice / out of order", &|_, group| {
        format!("{} / {}", group.counts.duplicates, group.counts.reordered)
    });
    row("  malformed", &|_, group| {
        group.counts.malformed.to_string()
    });
    row("times played", &|_, group| group.plays.to_string());
    row("media, MB", &|_, group| {
        format!("{:.2}", group.media_bytes as f64 / 1e6)
    });
    row("media, Mbit/s", &|_, group| {
        format!("{:.2}", group.megabits_per_second)
    });
    out
}

fn costs(summary: &Summary) -> String {
    let mut out = String::from("\n");
    if let Some(published) = &summary.published {
        let _ = writeln!(
            out,
            "published:     {} streams, {} pictures, {:.2} MB, {:.2} Mbit/s in all; sent late by {} ms",
            published.publishers,
            published.pictures,
            published.media_bytes as f64 / 1e6,
            published.megabits_per_second,
            quantiles(published.behind_ms)
        );
    }
    let _ = writeln!(out, "server:        {}", usage(summary.server));
    if let Some(cost) = &summary.server_per_player {
        let _ = writeln!(
            out,
            "  per player:  CPU {:.3} ms per second, memory {:.1} KiB resident, {:.1} KiB proportional",
            cost.cpu_ms_per_second, cost.resident_kib, cost.proportional_kib
        );
    }
    let _ = writeln!(out, "castline-load: {}", usage(summary.own));
    let own = quantiles(summary.own_lateness_ms);
    let _ = writeln!(
        out,
        "               its own timers were late by {own} ms (p50 / p99 / max)\n"
    );
    if summary.complaints.is_empty() {
        out.push_str("good: nobody failed, was cut off or stalled; loss and lateness are within what is allowed\n");
    }
    for complaint in &summary.complaints {
        let _ = writeln!(out, "BAD: {complaint}");
    }
    out
}

fn quantiles(quantiles: Option<Quantiles>) -> String {
    let text = |found: Quantiles| format!("{:.1} / {:.1} / {:.1}", found.p50, found.p99, found.max);
    quantiles.map_or_else(|| "n/a".to_owned(), text)
}

fn loss(group: &Group) -> String {
    let counts = &group.counts;
    let all = counts.packets.saturating_add(counts.lost);
    if counts.lost == 0 || all == 0 {
        return "0".to_owned();
    }
    format!(
        "{} ({:.3} %)",
        counts.lost,
        counts.lost as f64 * 100.0 / all as f64
    )
}

fn usage(usage: Option<Usage>) -> String {
    let text = |cost: Usage| {
        let Usage {
            cpu_seconds,
            cores,
            resident_mib,
            ..
        } = cost;
        format!("CPU {cpu_seconds:.2} s ({cores:.2} cores), resident memory {resident_mib:.1} MiB")
    };
    usage.map_or_else(|| "n/a".to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::tests::{summary, two_players};

    #[test]
    fn the_table_has_a_column_for_all_and_for_each_transport() {
        let text = table(&summary(two_players(), "--transport mixed"));
        let head = text.lines().nth(2).unwrap_or_default();
        assert_eq!(
            head.split_whitespace().collect::<Vec<_>>(),
            ["all", "tcp", "udp"]
        );
        assert!(text.contains("server:        n/a\n"), "{text}");
        assert!(text.contains("5.0 / 5.0 / 5.0"), "{text}");
        assert!(text.contains("good:") && !text.contains("BAD"), "{text}");
        let alone = table(&summary(
            two_players().into_iter().take(1).collect(),
            "--max-lateness-ms 1",
        ));
        assert!(
            !alone.lines().nth(2).unwrap_or_default().contains("tcp"),
            "one is all"
        );
        assert!(alone.contains("BAD: p99 lateness"), "{alone}");
    }

    #[test]
    fn json_has_the_same_figures() {
        let json = serde_json::to_value(summary(two_players(), "")).unwrap();
        assert_eq!(json["all"]["players"], 2);
        assert_eq!(json["groups"]["udp"]["packets"], 100);
        assert_eq!(json["all"]["lateness_ms"]["p99"], 5.0);
        assert!(json["server"].is_null() && json["complaints"].as_array().unwrap().is_empty());
    }
}
