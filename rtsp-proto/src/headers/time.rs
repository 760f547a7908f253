//! Points in time: Date and its like (RFC 7826 §18.21), and the clock of Range (RFC 7826 §4.4.3).

use core::fmt;

use super::TypedHeader;
use super::scan::trim;
use crate::HeaderError;
use crate::grammar::parse_u32;

/// A point in time, UTC, from the year 0 to the end of the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UtcTime {
    seconds: i64,
    nanoseconds: u32,
}

const DAY_SECONDS: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The parts of a date and a time of day.
#[derive(Clone, Copy, Default)]
struct Civil {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
}

impl UtcTime {
    const MIN_SECONDS: i64 = -62_167_219_200;
    const MAX_SECONDS: i64 = 253_402_300_799;

    /// From seconds since 1970 and nanoseconds of that second; `None` outside the years 0 to 9999 and for
    /// nanoseconds of a second or more.
    #[must_use]
    pub const fn from_unix(seconds: i64, nanoseconds: u32) -> Option<Self> {
        if seconds >= Self::MIN_SECONDS
            && seconds <= Self::MAX_SECONDS
            && nanoseconds < 1_000_000_000
        {
            Some(Self {
                seconds,
                nanoseconds,
            })
        } else {
            None
        }
    }

    /// Seconds since 1970; negative before.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds since the last whole second.
    #[must_use]
    pub const fn subsecond_nanoseconds(self) -> u32 {
        self.nanoseconds
    }

    fn from_civil(civil: Civil, nanoseconds: u32) -> Option<Self> {
        let sound = civil.year <= 9999
            && (1..=12).contains(&civil.month)
            && (1..=days_in(civil.year, civil.month)).contains(&civil.day)
            // 60 is a leap second: the first second of the next minute here.
            && (civil.hour < 24 && civil.minute < 60 && civil.second <= 60);
        let seconds = days_from_civil(civil) * DAY_SECONDS
            + i64::from(civil.hour * 3600 + civil.minute * 60 + civil.second);
        Self::from_unix(seconds, nanoseconds).filter(|_| sound)
    }

    fn civil(self) -> Civil {
        let day = self.seconds.div_euclid(DAY_SECONDS);
        let second = u32::try_from(self.seconds.rem_euclid(DAY_SECONDS)).unwrap_or_default();
        let date = civil_from_days(day);
        Civil {
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            ..date
        }
    }

    /// The form of Range: `19961108T142300.25Z`. The final Z may be missing.
    pub(super) fn parse_clock(text: &str) -> Option<Self> {
        let text = text.strip_suffix(['Z', 'z']).unwrap_or(text);
        let (date, time) = text.split_once(['T', 't'])?;
        let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
        if date.len() != 8 || time.len() != 6 {
            return None;
        }
        let number = |text: &str, from, to| parse_u32(text.get(from..to)?.as_bytes());
        let civil = Civil {
            year: number(date, 0, 4)?,
            month: number(date, 4, 6)?,
            day: number(date, 6, 8)?,
            hour: number(time, 0, 2)?,
            minute: number(time, 2, 4)?,
            second: number(time, 4, 6)?,
        };
        Self::from_civil(civil, parse_fraction(fraction)?)
    }

    pub(super) fn write_clock(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.civil();
        write!(
            f,
            "{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}"
        )?;
        if self.nanoseconds > 0 {
            f.write_str(".")?;
            write_fraction(f, self.nanoseconds, 1)?;
        }
        f.write_str("Z")
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the two older forms of RFC 9110 §5.6.7, and the `Mon, Jan 05 2015` order
    /// of live555 and those who copied it.
    fn parse_date(text: &str) -> Option<Self> {
        let mut civil = Civil::default();
        let (mut day, mut year, mut time) = (None, None, false);
        for word in text
            .split([' ', ',', '-'])
            .filter(|word| !word.is_empty())
            .take(12)
        {
            if let Some((hour, rest)) = word.split_once(':') {
                let (minute, second) = rest.split_once(':')?;
                civil.hour = parse_u32(hour.as_bytes())?;
                civil.minute = parse_u32(minute.as_bytes())?;
                civil.second = parse_u32(second.as_bytes())?;
                time = civil.hour < 24 && civil.minute < 60;
            } else if let Some(month) = MONTHS
                .iter()
                .zip(1..)
                .find(|(name, _)| name.eq_ignore_ascii_case(word))
            {
                civil.month = month.1;
            } else if let Some(number) = parse_u32(word.as_bytes()) {
                if day.is_none() && word.len() <= 2 {
                    day = Some(number);
                } else if year.is_none() {
                    // RFC 850 has two digits; RTSP is younger than 1970.
                    year = Some(if word.len() > 2 {
                        number
                    } else if number < 70 {
                        2000 + number
                    } else {
                        1900 + number
                    });
                }
            }
        }
        civil.day = day?;
        civil.year = year.filter(|_| time)?;
        if civil.year > 9999 || civil.second > 60 {
            None
        } else {
            Self::from_civil(civil, 0)
        }
    }

    fn write_date(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Civil {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self.civil();
        // 1970-01-01 was a Thursday.
        let weekday = (self.seconds.div_euclid(DAY_SECONDS) + 4).rem_euclid(7);
        let weekday = usize::try_from(weekday)
            .ok()
            .and_then(|index| WEEKDAYS.get(index))
            .unwrap_or(&"Thu");
        let month = MONTHS
            .get(month.saturating_sub(1) as usize)
            .unwrap_or(&"Jan");
        write!(
            f,
            "{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT"
        )
    }
}

impl fmt::Display for UtcTime {
    /// The form of Range.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_clock(f)
    }
}

/// Digits after the point as nanoseconds; more than nine say nothing more.
pub(super) fn parse_fraction(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept = digits.bytes().chain(core::iter::repeat(b'0')).take(9);
    Some(kept.fold(0, |value: u32, digit| value * 10 + u32::from(digit - b'0')))
}

/// Nanoseconds as digits after the point, without zeros at the end but for the first `least`.
pub(super) fn write_fraction(
    f: &mut fmt::Formatter<'_>,
    nanoseconds: u32,
    least: usize,
) -> fmt::Result {
    let (mut digits, mut width) = (nanoseconds, 9);
    while width > least && digits % 10 == 0 {
        digits /= 10;
        width -= 1;
    }
    write!(f, "{digits:0width$}")
}

const fn days_in(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March, so that the leap day is last.
fn days_from_civil(civil: Civil) -> i64 {
    let year = i64::from(civil.year) - i64::from(civil.month <= 2);
    let month = (i64::from(civil.month) + 9) % 12;
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * month + 2) / 5 + i64::from(civil.day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse of [`days_from_civil`], at midnight.
fn civil_from_days(days: i64) -> Civil {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let narrow = |value: i64| u32::try_from(value).unwrap_or_default();
    Civil {
        year: narrow(era * 400 + year_of_era + i64::from(month <= 2)),
        month: narrow(month),
        day: narrow(day_of_year - (153 * shifted + 2) / 5 + 1),
        ..Civil::default()
    }
}

macro_rules! dates {
    ($($(#[$doc:meta])* $type:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $type(UtcTime);

        impl $type {
            /// The header of this time, which is sent in whole seconds.
            #[must_use]
            pub const fn new(time: UtcTime) -> Self {
                Self(UtcTime { nanoseconds: 0, ..time })
            }

            /// The time.
            #[must_use]
            pub const fn time(self) -> UtcTime {
                self.0
            }
        }

        impl TypedHeader for $type {
            const NAME: &'static str = $name;

            fn parse(value: &str) -> Result<Self, HeaderError> {
                let date = trim(value);
                UtcTime::parse_date(date).map(Self).ok_or_else(|| {
                    HeaderError::at(Self::NAME, value, date, "a date such as Sun, 06 Nov 1994 08:49:37 GMT")
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.write_date(f)
            }
        }
    )+};
}

dates! {
    /// Date: when the message was made.
    Date "Date";
    /// Expires: when a description goes stale.
    Expires "Expires";
    /// If-Modified-Since: describe only what has changed since.
    IfModifiedSince "If-Modified-Since";
    /// Last-Modified: when the resource changed.
    LastModified "Last-Modified";
}

#[cfg(test)]
mod tests;
