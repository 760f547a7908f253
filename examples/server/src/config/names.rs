//! The names of streams, and patterns of them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// How long a name or a pattern may be, in bytes.
const MOST_NAME_BYTES: usize = 256;

/// True for what can be the name of a live stream: it names a URL and, recorded, a file.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let is_allowed = |letter: char| {
        !letter.is_control()
            && !matches!(
                letter,
                '/' | '\\' | '?' | '#' | '*' | ':' | '"' | '<' | '>' | '|'
            )
    };
    !name.is_empty()
        && name.len() <= MOST_NAME_BYTES
        && !name.starts_with('.')
        && name.trim() == name
        && name.chars().all(is_allowed)
}

/// A pattern of paths such as `live/cam` or `vod/films/*`, where `*` stands for any letters, slashes among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct StreamPattern(String);

impl StreamPattern {
    /// True when the whole of `path`, which has no slash in front, is of this pattern.
    ///
    /// Takes the length of both together, times the length of the pattern at the worst.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        let Some(mut rest) = rest.strip_suffix(last) else {
            return false;
        };
        // The first place of each part is as good as any later one.
        for part in parts {
            match rest.split_once(part) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        true
    }
}

impl FromStr for StreamPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pattern = text.trim_start_matches('/');
        let in_reach =
            pattern.starts_with("live/") || pattern.starts_with("vod/") || pattern.starts_with('*');
        if !in_reach || pattern.len() > MOST_NAME_BYTES {
            return Err(format!(
                "{text:?} is no pattern of paths: write it like live/cam, live/* or vod/films/*"
            ));
        }
        Ok(Self(pattern.to_owned()))
    }
}

impl TryFrom<String> for StreamPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<StreamPattern> for String {
    fn from(pattern: StreamPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for StreamPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_letters() {
        let table = [
            ("live/cam", "live/cam", true),
            ("live/cam", "live/cam2", false),
            ("live/cam", "live/ca", false),
            ("live/*", "live/cam", true),
            ("live/*", "live/", true),
            ("live/*", "vod/live/cam", false),
            ("*", "vod/a/b.mp4", true),
            ("vod/*.mp4", "vod/a/b.mp4", true),
            ("vod/*.mp4", "vod/a/b.flv", false),
            ("live/a*b*c", "live/a-b-b-c", true),
            ("live/a*b*c", "live/ac", false),
            ("live/ab*ba", "live/aba", false),
            ("live/ab*ba", "live/abba", true),
            ("live/**", "live/x", true),
            ("/live/x", "live/x", true),
        ];
        for (pattern, path, is_match) in table {
            let pattern: StreamPattern = pattern.parse().unwrap();
            assert_eq!(pattern.matches(path), is_match, "{pattern} {path}");
        }
        for wrong in ["", "cam", "living/x", "live"] {
            assert!(wrong.parse::<StreamPattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_worst_pattern_takes_no_time() {
        let pattern = format!("live/{}", "a*".repeat(120));
        let pattern: StreamPattern = pattern.parse().unwrap();
        let path = format!("live/{}", "b".repeat(100_000));
        assert!(!pattern.matches(&path));
    }

    #[test]
    fn plain_names_are_safe_in_urls_and_files() {
        for name in ["cam", "cam 1", "größe", "a.b-c_d", "x&y=1"] {
            assert!(is_plain_name(name), "{name}");
        }
        let long = "x".repeat(257);
        for name in [
            "", ".", "..", ".hidden", "a/b", "a\\b", "a?b", "a#b", "a\0", "a\nb", " a", "a ", "c:",
            &long,
        ] {
            assert!(!is_plain_name(name), "{name:?}");
        }
    }
}
