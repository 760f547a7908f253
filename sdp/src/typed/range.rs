use core::{fmt, time::Duration};

use crate::{Deviation as D, ParseError, Reporter, TypedAttribute, scan};

/// `a=range:` (RFC 2326 appendix C.1.5): what part of the presentation can be played.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(clippy::exhaustive_enums, reason = "`Other` holds every other unit")]
pub enum Range<'a> {
    /// Normal play time.
    Npt {
        /// `None` when nothing stands before the dash.
        start: Option<NptTime>,
        /// `None` for an open end.
        end: Option<NptTime>,
    },
    /// Another unit (`clock`, `smpte`, `smpte-30-drop`, `smpte-25`), its value kept as written.
    Other {
        /// What stands before the equals sign.
        unit: &'a str,
        /// What stands behind it.
        value: &'a str,
    },
}

/// A point in normal play time (RFC 2326 section 3.6).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(
    clippy::exhaustive_enums,
    reason = "RFC 2326 section 3.6 knows these two"
)]
pub enum NptTime {
    /// Counted from the beginning.
    At(Duration),
    /// The present moment of a live source.
    Now,
}

impl NptTime {
    /// Reads `now`, seconds (`12.5`) or hours, minutes and seconds (`0:00:12.5`).
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Self::of(text).ok_or_else(|| Reporter::strict(text).expected(text, "a normal play time"))
    }

    fn of(text: &str) -> Option<Self> {
        if text == "now" {
            return Some(Self::Now);
        }
        let mut parts = text.rsplit(':');
        let (seconds, fraction) = parts.next().map(scan::leading_digits)?;
        let seconds = scan::decimal(seconds)?;
        let nanos = nanoseconds(fraction)?;
        let mut total = seconds;
        for factor in [60, 3600] {
            if let Some(part) = parts.next() {
                total = scan::decimal(part)?
                    .checked_mul(factor)?
                    .checked_add(total)?;
            }
        }
        parts
            .next()
            .is_none()
            .then_some(Self::At(Duration::new(total, nanos)))
    }
}

/// `.5` in nanoseconds; digits past the ninth are dropped.
fn nanoseconds(fraction: &str) -> Option<u32> {
    let Some(digits) = fraction.strip_prefix('.') else {
        return fraction.is_empty().then_some(0);
    };
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    let digits = digits.bytes().chain(core::iter::repeat(b'0')).take(9);
    let nanos = digits.fold(0_u32, |value, byte| {
        value
            .wrapping_mul(10)
            .wrapping_add(u32::from(byte.wrapping_sub(b'0')))
    });
    is_number.then_some(nanos)
}

impl fmt::Display for NptTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::At(time) = self else {
            return f.write_str("now");
        };
        write!(f, "{}", time.as_secs())?;
        let mut fraction = time.subsec_nanos();
        let mut width = 9_usize;
        while width > 3 && fraction.is_multiple_of(10) {
            fraction = fraction.checked_div(10).unwrap_or(0);
            width = width.saturating_sub(1);
        }
        write!(f, ".{fraction:0width$}")
    }
}

impl<'a> TypedAttribute<'a> for Range<'a> {
    const NAME: &'static str = "range";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let text = scan::trim(value);
        if text.len() != value.len() {
            reporter.deviation(value, D::Whitespace)?;
        }
        let (unit, range) = match scan::split_once(text, b'=') {
            Some((unit, range)) => (scan::trim(unit), scan::trim(range)),
            None => {
                reporter.deviation(text, D::RangeUnusual)?;
                ("npt", text)
            }
        };
        if unit != "npt" {
            if unit.is_empty() || range.is_empty() {
                return Err(reporter.expected(text, "a unit and a range"));
            }
            return Ok(Self::Other { unit, value: range });
        }
        let (start, end) = match scan::split_once(range, b'-') {
            Some(ends) => ends,
            None => {
                reporter.deviation(range, D::RangeUnusual)?;
                (range, "")
            }
        };
        let read_end = |text: &str| match scan::trim(text) {
            "" => Ok(None),
            text => NptTime::of(text)
                .map(Some)
                .ok_or_else(|| reporter.expected(text, "a normal play time")),
        };
        let (start, end) = (read_end(start)?, read_end(end)?);
        if start.is_none() && end.is_none() {
            return Err(reporter.expected(range, "a normal play time"));
        }
        Ok(Self::Npt { start, end })
    }
}

impl fmt::Display for Range<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other { unit, value } => write!(f, "{unit}={value}"),
            Self::Npt { start, end } => {
                f.write_str("npt=")?;
                start.map_or(Ok(()), |time| time.fmt(f))?;
                f.write_str("-")?;
                end.map_or(Ok(()), |time| time.fmt(f))
            }
        }
    }
}
