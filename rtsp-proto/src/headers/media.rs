//! What RTSP 2.0 says about the media: Media-Properties, Media-Range, Seek-Style (RFC 7826 §18.29, §18.30, §18.47).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::TypedHeader;
use super::range::{NptTime, RangeSpec};
use super::scan::{
    is_token, name_value, split_unquoted, trim, unquote, write_joined, write_quoted,
};
use super::time::{UtcTime, write_fraction};
use crate::HeaderError;

/// Media-Properties: how the media can be moved in, whether it changes, how long it stays, and its scales.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaProperties(Vec<MediaProperty>);

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaProperty {
    /// Any point can be sought; the value is the longest distance between two points that can.
    RandomAccess(Option<Duration>),
    /// Only the beginning can be sought.
    BeginningOnly,
    /// Nothing can be sought.
    NoSeeking,
    /// The content does not change.
    Immutable,
    /// The content may change.
    Dynamic,
    /// The content grows with time.
    TimeProgressing,
    /// It stays available.
    Unlimited,
    /// It is available until this time.
    TimeLimited(UtcTime),
    /// Each part is available for this long.
    TimeDuration(Duration),
    /// The scales that the server supports, as written between the quotes: `-4, 1:2`.
    Scales(String),
    /// Anything else, as written.
    Other(String),
}

impl MediaProperties {
    const MAX_PROPERTIES: usize = 32;
    const TOO_MANY: &'static str = "at most 32 properties";

    /// The header of these properties.
    #[must_use]
    pub fn new(properties: impl IntoIterator<Item = MediaProperty>) -> Self {
        Self(properties.into_iter().collect())
    }

    /// The properties in order.
    #[must_use]
    pub fn properties(&self) -> &[MediaProperty] {
        &self.0
    }
}

impl MediaProperty {
    /// A property whose value cannot be read is [`Other`](Self::Other).
    fn parse(text: &str) -> Self {
        let (name, value) = name_value(text);
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        let read = match value {
            None if is("Random-Access") => Some(Self::RandomAccess(None)),
            None if is("Beginning-Only") => Some(Self::BeginningOnly),
            None if is("No-Seeking") => Some(Self::NoSeeking),
            None if is("Immutable") => Some(Self::Immutable),
            None if is("Dynamic") => Some(Self::Dynamic),
            None if is("Time-Progressing") => Some(Self::TimeProgressing),
            None if is("Unlimited") => Some(Self::Unlimited),
            Some(value) if is("Random-Access") => seconds(value).map(Some).map(Self::RandomAccess),
            Some(value) if is("Time-Duration") => seconds(value).map(Self::TimeDuration),
            Some(value) if is("Time-Limited") => UtcTime::parse_clock(value).map(Self::TimeLimited),
            Some(value) if is("Scales") => Some(Self::Scales(unquote(value).into_owned())),
            _ => None,
        };
        read.unwrap_or_else(|| Self::Other(String::from(text)))
    }
}

/// A plain number of seconds.
fn seconds(text: &str) -> Option<Duration> {
    match RangeSpec::parse(text) {
        Ok(RangeSpec::Npt {
            start: Some(NptTime::At(time)),
            end: None,
        }) if !text.contains([':', '-']) => Some(time),
        _ => None,
    }
}

fn write_seconds(f: &mut fmt::Formatter<'_>, name: &str, time: Duration) -> fmt::Result {
    write!(f, "{name}={}.", time.as_secs())?;
    write_fraction(f, time.subsec_nanos(), 1)
}

impl fmt::Display for MediaProperty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RandomAccess(None) => f.write_str("Random-Access"),
            Self::RandomAccess(Some(distance)) => write_seconds(f, "Random-Access", *distance),
            Self::BeginningOnly => f.write_str("Beginning-Only"),
            Self::NoSeeking => f.write_str("No-Seeking"),
            Self::Immutable => f.write_str("Immutable"),
            Self::Dynamic => f.write_str("Dynamic"),
            Self::TimeProgressing => f.write_str("Time-Progressing"),
            Self::Unlimited => f.write_str("Unlimited"),
            Self::TimeLimited(time) => write!(f, "Time-Limited={time}"),
            Self::TimeDuration(time) => write_seconds(f, "Time-Duration", *time),
            Self::Scales(scales) => {
                f.write_str("Scales=")?;
                write_quoted(f, scales)
            }
            Self::Other(other) => f.write_str(other),
        }
    }
}

impl TypedHeader for MediaProperties {
    const NAME: &'static str = "Media-Properties";
    const IS_LIST: bool = true;

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let mut list = Vec::new();
        for part in split_unquoted(value, b',').filter(|part| !part.is_empty()) {
            if list.len() == Self::MAX_PROPERTIES {
                return Err(HeaderError::at(Self::NAME, value, part, Self::TOO_MANY));
            }
            list.push(MediaProperty::parse(part));
        }
        Ok(Self(list))
    }

    fn append(&mut self, more: Self) -> Result<(), HeaderError> {
        if self.0.len().saturating_add(more.0.len()) > Self::MAX_PROPERTIES {
            return Err(HeaderError {
                header: Self::NAME,
                position: 0,
                expected: Self::TOO_MANY,
            });
        }
        self.0.extend(more.0);
        Ok(())
    }
}

impl fmt::Display for MediaProperties {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(f, &self.0, ", ")
    }
}

/// Media-Range: what can be played now, in one or more units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRange(Vec<RangeSpec>);

impl MediaRange {
    const MAX_RANGES: usize = 16;
    const TOO_MANY: &'static str = "at most 16 ranges";

    /// The header of these ranges.
    #[must_use]
    pub fn new(ranges: impl IntoIterator<Item = RangeSpec>) -> Self {
        Self(ranges.into_iter().collect())
    }

    /// The ranges in order.
    #[must_use]
    pub fn ranges(&self) -> &[RangeSpec] {
        &self.0
    }
}

impl TypedHeader for MediaRange {
    const NAME: &'static str = "Media-Range";
    const IS_LIST: bool = true;

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let mut list = Vec::new();
        for part in split_unquoted(value, b',').filter(|part| !part.is_empty()) {
            if list.len() == Self::MAX_RANGES {
                return Err(HeaderError::at(Self::NAME, value, part, Self::TOO_MANY));
            }
            let range = RangeSpec::parse(part);
            list.push(
                range.map_err(|(part, expected)| {
                    HeaderError::at(Self::NAME, value, part, expected)
                })?,
            );
        }
        Ok(Self(list))
    }

    fn append(&mut self, more: Self) -> Result<(), HeaderError> {
        if self.0.len().saturating_add(more.0.len()) > Self::MAX_RANGES {
            return Err(HeaderError {
                header: Self::NAME,
                position: 0,
                expected: Self::TOO_MANY,
            });
        }
        self.0.extend(more.0);
        Ok(())
    }
}

impl fmt::Display for MediaRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(f, &self.0, ", ")
    }
}

/// Seek-Style: which point near the one asked for the server starts from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SeekStyle {
    /// The last random access point before it.
    Rap,
    /// The same, but the nearest that lies behind the current position.
    CoRap,
    /// The first media unit before it that is needed.
    FirstPrior,
    /// The next media unit after it.
    Next,
    /// Another policy, as written.
    Other(String),
}

impl SeekStyle {
    /// As the RFC writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Rap => "RAP",
            Self::CoRap => "CoRAP",
            Self::FirstPrior => "First-Prior",
            Self::Next => "Next",
            Self::Other(other) => other,
        }
    }
}

impl TypedHeader for SeekStyle {
    const NAME: &'static str = "Seek-Style";

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let word = trim(value);
        if !is_token(word) {
            return Err(HeaderError::at(
                Self::NAME,
                value,
                word,
                "a word such as RAP",
            ));
        }
        let known = [Self::Rap, Self::CoRap, Self::FirstPrior, Self::Next];
        let found = known
            .into_iter()
            .find(|style| style.as_str().eq_ignore_ascii_case(word));
        Ok(found.unwrap_or_else(|| Self::Other(String::from(word))))
    }
}

impl fmt::Display for SeekStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
