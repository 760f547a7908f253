//! What processes cost, from /proc; systems without it tell nothing.

use std::{fs, time::Duration};

use anyhow::{Result, ensure};
use serde::Serialize;

/// Ticks of CPU time per second in /proc (USER_HZ, which the kernel's interface fixes).
const TICKS_PER_SECOND: u64 = 100;

/// What a process cost during the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Usage {
    /// User and system time.
    pub(crate) cpu_seconds: f64,
    /// CPU time per second of the test: 1 is one core.
    pub(crate) cores: f64,
    /// The most resident memory that was seen.
    pub(crate) resident_mib: f64,
    /// How much more that is than before the test.
    pub(crate) resident_growth_mib: f64,
    /// The same of the proportional set size, where shared pages are shared out; 0 where it cannot be read.
    pub(crate) proportional_growth_mib: f64,
}

/// Watches a process from now on.
#[derive(Debug)]
pub(crate) struct Watch {
    pid: String,
    cpu_before: Option<Duration>,
    resident: Watermark,
    proportional: Watermark,
}

/// The first and the greatest of some figures, in KiB.
#[derive(Debug, Default)]
struct Watermark {
    first: Option<u64>,
    most: u64,
}

impl Watermark {
    fn look(&mut self, found: Option<u64>) {
        if let Some(found) = found {
            self.first.get_or_insert(found);
            self.most = self.most.max(found);
        }
    }

    fn growth_mib(&self) -> f64 {
        self.most.saturating_sub(self.first.unwrap_or(0)) as f64 / 1024.0
    }
}

impl Watch {
    pub(crate) fn process(pid: u32) -> Self {
        Self::named(pid.to_string())
    }

    /// This process.
    pub(crate) fn own() -> Self {
        Self::named("self".to_owned())
    }

    fn named(pid: String) -> Self {
        let cpu_before = cpu_time(&pid);
        let mut watch = Self {
            pid,
            cpu_before,
            resident: Watermark::default(),
            proportional: Watermark::default(),
        };
        watch.look();
        watch
    }

    /// Looks at the memory, now and then.
    pub(crate) fn look(&mut self) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid));
        let field = |text: Option<String>, name| text.as_deref().and_then(|text| kib(text, name));
        self.resident.look(field(status.ok(), "VmRSS:"));
        let shares = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid));
        self.proportional.look(field(shares.ok(), "Pss:"));
    }

    /// What it cost in `span`; `None` when that cannot be known.
    pub(crate) fn usage(&self, span: Duration) -> Option<Usage> {
        let cpu = cpu_time(&self.pid)?
            .checked_sub(self.cpu_before?)?
            .as_secs_f64();
        let cores = cpu / span.as_secs_f64().max(0.001);
        Some(Usage {
            cpu_seconds: cpu,
            cores,
            resident_mib: self.resident.most as f64 / 1024.0,
            resident_growth_mib: self.resident.growth_mib(),
            proportional_growth_mib: self.proportional.growth_mib(),
        })
    }
}

fn cpu_time(pid: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    cpu_of_stat(&stat)
}

/// utime and stime of /proc/PID/stat; the name in parentheses may hold anything.
fn cpu_of_stat(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u64>);
    let ticks = times.next()?.ok()?.checked_add(times.next()?.ok()?)?;
    Some(Duration::from_millis(
        ticks.checked_mul(1000 / TICKS_PER_SECOND)?,
    ))
}

/// A field of what /proc tells in kB.
fn kib(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Says before the test, rather than midway, that the system would not let so many sockets be opened.
pub(crate) fn check_open_files(needed: u64) -> Result<()> {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let Some(limit) = open_files_limit(&limits) else {
        return Ok(());
    };
    ensure!(
        limit >= needed,
        "so many players and publishers need {needed} open files and the limit is {limit}: run `ulimit -n {needed}` before, or take \
         fewer --players"
    );
    Ok(())
}

/// The soft limit of /proc/self/limits.
fn open_files_limit(limits: &str) -> Option<u64> {
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_proc_says() {
        let stat = "123 (a ) b (c) S 1 123 123 0 -1 4194560 1000 0 0 0 250 75 0 0 20 0 5 0 100 1000000 500 1 1";
        assert_eq!(cpu_of_stat(stat), Some(Duration::from_millis(3250)));
        assert_eq!(cpu_of_stat("123 (a) S 1"), None);
        assert_eq!(
            kib("Name:\tx\nVmRSS:\t   34567 kB\n", "VmRSS:"),
            Some(34_567)
        );
        let limits = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 4096  files\n";
        assert_eq!(open_files_limit(limits), Some(1024));
        assert_eq!(
            open_files_limit("Max open files unlimited unlimited files"),
            None
        );
    }

    #[test]
    fn a_process_that_is_not_there_costs_nothing_known() {
        assert_eq!(Watch::process(u32::MAX).usage(Duration::from_secs(1)), None);
        if cfg!(target_os = "linux") {
            let usage = Watch::own().usage(Duration::from_secs(1)).unwrap();
            assert!(usage.resident_mib > 0.1, "{usage:?}");
        }
    }

    #[test]
    fn growth_is_the_most_above_the_first() {
        let mut watermark = Watermark::default();
        for found in [None, Some(2048), Some(5120), Some(1024)] {
            watermark.look(found);
        }
        assert!((watermark.growth_mib() - 3.0).abs() < 1e-9);
    }
}
