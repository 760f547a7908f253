//! Range (RFC 2326 §12.29 and §3.5-3.7, RFC 7826 §18.40 and §4.4).

mod smpte;

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::TypedHeader;
use super::scan::{split_unquoted, trim};
use super::time::{UtcTime, parse_fraction, write_fraction};
use crate::HeaderError;
use crate::grammar::parse_u64;

pub use self::smpte::{SmpteFormat, SmpteTime};

/// The part of a presentation to play or to record.
///
/// ```
/// use castline_rtsp_proto::headers::{Range, TypedHeader};
/// use std::time::Duration;
/// let range = Range::parse("npt=1:00:05.25-")?;
/// assert_eq!(range.npt_start(), Some(Duration::from_millis(3_605_250)));
/// assert_eq!(range.to_string(), "npt=3605.250-");
/// # Ok::<(), castline_rtsp_proto::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Range {
    /// From where to where.
    pub spec: RangeSpec,
    /// 1.0: when the operation takes effect.
    pub time: Option<UtcTime>,
}

/// A range in one of the units. An end that is absent is open; a start that is absent is where the
/// presentation is now. With a negative Scale, ranges run backwards.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeSpec {
    /// Normal play time.
    Npt {
        /// Where it begins.
        start: Option<NptTime>,
        /// Where it ends.
        end: Option<NptTime>,
    },
    /// SMPTE timestamps.
    Smpte {
        /// How frames are counted.
        format: SmpteFormat,
        /// Where it begins.
        start: Option<SmpteTime>,
        /// Where it ends.
        end: Option<SmpteTime>,
    },
    /// Absolute time.
    Clock {
        /// Where it begins.
        start: Option<UtcTime>,
        /// Where it ends.
        end: Option<UtcTime>,
    },
    /// A unit that this crate does not know: 457.
    Other {
        /// The unit as written.
        unit: String,
        /// What follows the `=`.
        value: String,
    },
}

/// A time on the axis of the presentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NptTime {
    /// The live edge.
    Now,
    /// Time since the beginning; below 2^40 seconds when it was parsed.
    At(Duration),
}

/// 35,000 years: more cannot be meant, and sums of such times cannot overflow a `Duration`.
const MAX_SECONDS: u64 = 1 << 40;

impl Range {
    /// A range in normal play time; without `end`, to the end.
    #[must_use]
    pub const fn npt(start: Duration, end: Option<Duration>) -> Self {
        let end = match end {
            Some(end) => Some(NptTime::At(end)),
            None => None,
        };
        Self {
            spec: RangeSpec::Npt {
                start: Some(NptTime::At(start)),
                end,
            },
            time: None,
        }
    }

    /// `npt=now-`: from the live edge.
    #[must_use]
    pub const fn now() -> Self {
        Self {
            spec: RangeSpec::Npt {
                start: Some(NptTime::Now),
                end: None,
            },
            time: None,
        }
    }

    /// A range of absolute time; without `end`, until further notice.
    #[must_use]
    pub const fn clock(start: UtcTime, end: Option<UtcTime>) -> Self {
        Self {
            spec: RangeSpec::Clock {
                start: Some(start),
                end,
            },
            time: None,
        }
    }

    /// Where the range begins on the axis of the presentation, for SMPTE as well. `None` for `now`, an open
    /// start, and other units.
    #[must_use]
    pub fn npt_start(&self) -> Option<Duration> {
        match &self.spec {
            RangeSpec::Npt {
                start: Some(NptTime::At(start)),
                ..
            } => Some(*start),
            RangeSpec::Smpte {
                format,
                start: Some(start),
                ..
            } => Some(start.to_duration(*format)),
            RangeSpec::Npt { .. }
            | RangeSpec::Smpte { .. }
            | RangeSpec::Clock { .. }
            | RangeSpec::Other { .. } => None,
        }
    }

    /// Where the range ends, like [`npt_start`](Self::npt_start).
    #[must_use]
    pub fn npt_end(&self) -> Option<Duration> {
        match &self.spec {
            RangeSpec::Npt {
                end: Some(NptTime::At(end)),
                ..
            } => Some(*end),
            RangeSpec::Smpte {
                format,
                end: Some(end),
                ..
            } => Some(end.to_duration(*format)),
            RangeSpec::Npt { .. }
            | RangeSpec::Smpte { .. }
            | RangeSpec::Clock { .. }
            | RangeSpec::Other { .. } => None,
        }
    }
}

impl TypedHeader for Range {
    const NAME: &'static str = "Range";

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let error = |part: &str, expected| HeaderError::at(Self::NAME, value, part, expected);
        let mut parts = split_unquoted(value, b';');
        let text = parts.next().unwrap_or_default();
        let spec = RangeSpec::parse(text).map_err(|(part, expected)| error(part, expected))?;
        let mut time = None;
        for part in parts {
            match super::scan::name_value(part) {
                (name, Some(clock)) if name.eq_ignore_ascii_case("time") => {
                    let clock_time = UtcTime::parse_clock(clock);
                    time = Some(
                        clock_time
                            .ok_or_else(|| error(clock, "a time such as 19961108T142300Z"))?,
                    );
                }
                _ => {}
            }
        }
        Ok(Self { spec, time })
    }
}

impl RangeSpec {
    /// Reads a range without parameters.
    pub(super) fn parse(text: &str) -> Result<Self, (&str, &'static str)> {
        let Some((unit, range)) = text.split_once('=') else {
            // Some clients leave out the unit, and they mean npt.
            return Self::parse_npt(trim(text));
        };
        let (unit, range) = (trim(unit), trim(range));
        if unit.eq_ignore_ascii_case("npt") {
            return Self::parse_npt(range);
        }
        if unit.eq_ignore_ascii_case("clock") {
            let (start, end) = ends(
                range,
                UtcTime::parse_clock,
                "a time such as 19961108T142300Z",
            )?;
            return Ok(Self::Clock { start, end });
        }
        if let Some(format) = SmpteFormat::parse(unit) {
            let (start, end) = ends(range, SmpteTime::parse, "hours:minutes:seconds:frames")?;
            return Ok(Self::Smpte { format, start, end });
        }
        if !super::scan::is_token(unit) {
            return Err((text, "a unit such as npt"));
        }
        Ok(Self::Other {
            unit: String::from(unit),
            value: String::from(range),
        })
    }

    fn parse_npt(range: &str) -> Result<Self, (&str, &'static str)> {
        let (start, end) = ends(
            range,
            NptTime::parse,
            "seconds, hours:minutes:seconds or now",
        )?;
        Ok(Self::Npt { start, end })
    }
}

/// Start and end, either absent.
type Ends<T> = (Option<T>, Option<T>);

/// Reads both ends of a range, a text without `-` being a start. But not both absent.
fn ends<'a, T>(
    range: &'a str,
    parse: fn(&str) -> Option<T>,
    expected: &'static str,
) -> Result<Ends<T>, (&'a str, &'static str)> {
    let (start, end) = range.split_once('-').unwrap_or((range, ""));
    let one = |text: &'a str| {
        let text = trim(text);
        if text.is_empty() {
            Ok(None)
        } else {
            parse(text).map(Some).ok_or((text, expected))
        }
    };
    match (one(start)?, one(end)?) {
        (None, None) => Err((range, expected)),
        both => Ok(both),
    }
}

impl NptTime {
    fn parse(text: &str) -> Option<Self> {
        if text.eq_ignore_ascii_case("now") {
            return Some(Self::Now);
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let seconds = match whole.split_once(':') {
            None if whole.is_empty() && !fraction.is_empty() => 0,
            None => parse_u64(whole.as_bytes())?,
            Some((hours, rest)) => {
                let (minutes, seconds) = rest.split_once(':')?;
                let sixty = |text: &str| parse_u64(text.as_bytes()).filter(|value| *value < 60);
                let hours = parse_u64(hours.as_bytes())?;
                let below_an_hour = sixty(minutes)?
                    .checked_mul(60)?
                    .checked_add(sixty(seconds)?)?;
                hours.checked_mul(3600)?.checked_add(below_an_hour)?
            }
        };
        let nanoseconds = parse_fraction(fraction)?;
        (seconds < MAX_SECONDS).then(|| Self::At(Duration::new(seconds, nanoseconds)))
    }
}

impl fmt::Display for NptTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::At(time) => {
                write!(f, "{}.", time.as_secs())?;
                write_fraction(f, time.subsec_nanos(), 3)
            }
        }
    }
}

impl fmt::Display for RangeSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npt { start, end } => write_ends(f, "npt", start.as_ref(), end.as_ref()),
            Self::Smpte { format, start, end } => {
                write_ends(f, format.as_str(), start.as_ref(), end.as_ref())
            }
            Self::Clock { start, end } => write_ends(f, "clock", start.as_ref(), end.as_ref()),
            Self::Other { unit, value } => write!(f, "{unit}={value}"),
        }
    }
}

fn write_ends<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    unit: &str,
    start: Option<&T>,
    end: Option<&T>,
) -> fmt::Result {
    write!(f, "{unit}=")?;
    start.map_or(Ok(()), |start| write!(f, "{start}"))?;
    f.write_str("-")?;
    end.map_or(Ok(()), |end| write!(f, "{end}"))
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.spec)?;
        self.time.map_or(Ok(()), |time| write!(f, ";time={time}"))
    }
}

#[cfg(test)]
mod tests;
