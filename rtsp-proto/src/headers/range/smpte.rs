//! SMPTE relative timestamps (RFC 7826 §4.4.1).

use core::fmt;
use core::time::Duration;

use crate::grammar::parse_u32;

/// How frames are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SmpteFormat {
    /// `smpte`: the same as `smpte-30-drop`.
    Smpte,
    /// `smpte-30-drop`: 29.97 frames per second; the numbers 0 and 1 are left out in each minute but every tenth.
    Smpte30Drop,
    /// `smpte-25`: 25 frames per second.
    Smpte25,
}

impl SmpteFormat {
    /// The unit's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Smpte => "smpte",
            Self::Smpte30Drop => "smpte-30-drop",
            Self::Smpte25 => "smpte-25",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Smpte, Self::Smpte30Drop, Self::Smpte25]
            .into_iter()
            .find(|format| format.as_str().eq_ignore_ascii_case(text))
    }
}

/// `hours:minutes:seconds:frames.subframes`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SmpteTime {
    /// 0 to 99.
    pub hours: u8,
    /// 0 to 59.
    pub minutes: u8,
    /// 0 to 59.
    pub seconds: u8,
    /// 0 to 29, or to 24 where there are 25 frames per second.
    pub frames: u8,
    /// Hundredths of a frame.
    pub subframes: u8,
}

impl SmpteTime {
    /// A time of whole frames.
    #[must_use]
    pub const fn new(hours: u8, minutes: u8, seconds: u8, frames: u8) -> Self {
        Self {
            hours,
            minutes,
            seconds,
            frames,
            subframes: 0,
        }
    }

    /// Time since 0:00:00:00.
    #[must_use]
    pub fn to_duration(self, format: SmpteFormat) -> Duration {
        let minutes = u64::from(self.hours) * 60 + u64::from(self.minutes);
        let seconds = minutes * 60 + u64::from(self.seconds);
        // In hundredths of a frame, the unit of subframes.
        let hundredths = |frames: u64| frames * 100 + u64::from(self.subframes);
        let nanoseconds = match format {
            SmpteFormat::Smpte25 => hundredths(seconds * 25 + u64::from(self.frames)) * 400_000,
            SmpteFormat::Smpte | SmpteFormat::Smpte30Drop => {
                let dropped = 2 * (minutes - minutes / 10);
                let frames = (seconds * 30 + u64::from(self.frames)).saturating_sub(dropped);
                hundredths(frames) * 1_001_000 / 3
            }
        };
        Duration::from_nanos(nanoseconds)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':');
        let number = |text: &str, below: u32| {
            parse_u32(text.as_bytes())
                .filter(|value| *value < below)
                .and_then(|value| u8::try_from(value).ok())
        };
        let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
        let (frames, subframes) = match parts.next() {
            None => (0, 0),
            Some(rest) => {
                let (frames, subframes) = rest.split_once('.').unwrap_or((rest, "0"));
                (number(frames, 100)?, number(subframes, 100)?)
            }
        };
        Some(Self {
            hours: number(hours, 100)?,
            minutes: number(minutes, 60)?,
            seconds: number(seconds, 60)?,
            frames,
            subframes,
        })
    }
}

impl fmt::Display for SmpteTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02}:{:02}:{:02}",
            self.hours, self.minutes, self.seconds
        )?;
        match (self.frames, self.subframes) {
            (0, 0) => Ok(()),
            (frames, 0) => write!(f, ":{frames:02}"),
            (frames, subframes) => write!(f, ":{frames:02}.{subframes:02}"),
        }
    }
}
