//! `t=`, `r=` and `z=`: when the session takes place (RFC 8866 sections 5.9 to 5.11).

use alloc::vec::Vec;
use core::fmt;

use crate::{
    Deviation as D, ParseError, Reporter,
    line::Lines,
    scan::{self, Fields},
};

/// `t=`: start and end in NTP seconds since 1900; 0 means unbounded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.9 gives it these parts"
)]
pub struct Time {
    /// Start, in seconds; 0 for "always".
    pub start: u64,
    /// End, in seconds; 0 for "never".
    pub stop: u64,
}

impl Time {
    /// `t=0 0`: the session always exists.
    pub const PERMANENT: Self = Self { start: 0, stop: 0 };

    /// Reads the value of a `t=` line by the letter.
    ///
    /// # Errors
    /// The first deviation from RFC 8866 section 5.9.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        Self::read(value, &mut Reporter::strict(value))
    }

    pub(crate) fn read(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let start = Self::read_number(fields.next(reporter)?, value, reporter)?;
        let stop = Self::read_number(fields.next(reporter)?, value, reporter)?;
        fields.end(reporter)?;
        Ok(Self { start, stop })
    }

    fn read_number(
        field: Option<&str>,
        line: &str,
        reporter: &mut Reporter,
    ) -> Result<u64, ParseError> {
        let Some(number) = field.and_then(scan::decimal) else {
            reporter.deviation(line, D::TimeUnreadable)?;
            let digits = scan::leading_digits(field.unwrap_or_default()).0;
            return Ok(scan::decimal(digits).unwrap_or(0));
        };
        if number != 0 && field.is_some_and(|field| field.len() < 10) {
            reporter.deviation(line, D::TimeTooShort)?;
        }
        Ok(number)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.start, self.stop)
    }
}

/// `r=`: how a session repeats, in seconds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.10 gives it these parts"
)]
pub struct Repeat {
    /// From one start to the next.
    pub interval_seconds: u64,
    /// How long each takes.
    pub duration_seconds: u64,
    /// When each begins, counted from the start in `t=`.
    pub offsets_seconds: Vec<u64>,
}

impl Repeat {
    /// Reads the value of an `r=` line by the letter.
    ///
    /// # Errors
    /// The first deviation from RFC 8866 section 5.10.
    pub fn parse(value: &str) -> Result<Self, ParseError> {
        let mut reporter = Reporter::strict(value);
        let repeat = Self::read(value, &mut reporter)?;
        repeat.ok_or_else(|| reporter.expected(value, "interval, duration and offsets"))
    }

    /// `Ok(None)`: read as no repetition (reported). AJA writes `r=0 0`.
    pub(crate) fn read(value: &str, reporter: &mut Reporter) -> Result<Option<Self>, ParseError> {
        let mut fields = Fields::new(value);
        let mut seconds = Vec::new();
        while let Some(field) = fields.next(reporter)? {
            let Some(number) = typed_time(field).and_then(|time| u64::try_from(time).ok()) else {
                reporter.deviation(field, D::RepeatUnreadable)?;
                return Ok(None);
            };
            seconds.push(number);
        }
        let mut numbers = seconds.into_iter();
        match (numbers.next(), numbers.next()) {
            (Some(interval_seconds @ 1..), Some(duration_seconds)) if numbers.len() > 0 => {
                let offsets_seconds = numbers.collect();
                Ok(Some(Self {
                    interval_seconds,
                    duration_seconds,
                    offsets_seconds,
                }))
            }
            (_, _) => {
                reporter.deviation(value, D::RepeatUnreadable)?;
                Ok(None)
            }
        }
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.interval_seconds, self.duration_seconds)?;
        self.offsets_seconds
            .iter()
            .try_for_each(|offset| write!(f, " {offset}"))
    }
}

/// One pair of a `z=` line: from `time` on, the clock of the repetition is off by this much.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.11 gives it these parts"
)]
pub struct ZoneAdjustment {
    /// NTP seconds since 1900.
    pub time: u64,
    /// Seconds, positive or negative.
    pub offset_seconds: i64,
}

impl ZoneAdjustment {
    /// Reads the value of a `z=` line by the letter.
    ///
    /// # Errors
    /// The first deviation from RFC 8866 section 5.11.
    pub fn parse_list(value: &str) -> Result<Vec<Self>, ParseError> {
        Self::read_list(value, &mut Reporter::strict(value))
    }

    pub(crate) fn read_list(value: &str, reporter: &mut Reporter) -> Result<Vec<Self>, ParseError> {
        let mut fields = Fields::new(value);
        let mut zones = Vec::new();
        while let Some(time) = fields.next(reporter)? {
            let offset = fields.next(reporter)?.and_then(typed_time);
            let (Some(time), Some(offset_seconds)) = (scan::decimal(time), offset) else {
                reporter.deviation(time, D::ZoneUnreadable)?;
                return Ok(zones);
            };
            zones.push(Self {
                time,
                offset_seconds,
            });
        }
        if zones.is_empty() {
            reporter.deviation(value, D::ZoneUnreadable)?;
        }
        Ok(zones)
    }
}

impl fmt::Display for ZoneAdjustment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.time, self.offset_seconds)
    }
}

/// `1*DIGIT` with an optional unit: days, hours, minutes or seconds; in `z=` also a sign.
fn typed_time(text: &str) -> Option<i64> {
    let (negative, text) = text
        .strip_prefix('-')
        .map_or((false, text), |rest| (true, rest));
    let (digits, unit) = scan::leading_digits(text);
    let factor = match unit {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = scan::number::<i64>(digits)?.checked_mul(factor)?;
    if negative {
        seconds.checked_neg()
    } else {
        Some(seconds)
    }
}

/// One `t=` line with the `r=` and `z=` lines that follow it.
#[derive(Clone, Debug)]
pub struct TimeDescription<'s> {
    time: Time,
    rest: Lines<'s>,
}

impl<'s> TimeDescription<'s> {
    /// All time descriptions among `lines`.
    pub(crate) fn every(mut lines: Lines<'s>) -> impl Iterator<Item = Self> + use<'s> {
        core::iter::from_fn(move || {
            let line = lines.find(|line| line.kind == 't')?;
            let time = Time::read(line.value, &mut Reporter::lenient(line.value)).ok()?;
            Some(Self {
                time,
                rest: lines.clone(),
            })
        })
    }

    /// Start and end.
    #[must_use]
    pub fn time(&self) -> Time {
        self.time
    }

    /// The repetitions (unreadable ones are left out).
    pub fn repeats(&self) -> impl Iterator<Item = Repeat> + use<'s> {
        self.own_lines('r').filter_map(|value| {
            Repeat::read(value, &mut Reporter::lenient(value))
                .ok()
                .flatten()
        })
    }

    /// The changes of the clock during the repetitions.
    pub fn zone_adjustments(&self) -> impl Iterator<Item = ZoneAdjustment> + use<'s> {
        self.own_lines('z').flat_map(|value| {
            ZoneAdjustment::read_list(value, &mut Reporter::lenient(value)).unwrap_or_default()
        })
    }

    fn own_lines(&self, kind: char) -> impl Iterator<Item = &'s str> + use<'s> {
        let own = self.rest.clone().take_while(|line| line.kind != 't');
        own.filter(move |line| line.kind == kind)
            .map(|line| line.value)
    }
}
