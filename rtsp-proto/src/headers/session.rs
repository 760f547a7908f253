//! Session (RFC 2326 §12.37, RFC 7826 §18.49).

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::TypedHeader;
use super::scan::{name_value, split_unquoted, trim};
use crate::HeaderError;
use crate::grammar::parse_u32;

/// The session id, and in a response how long the server waits for a sign of life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Session {
    /// The id, opaque: echo it, compare it byte by byte.
    pub id: String,
    /// The timeout as sent, in seconds. What is not a number counts as absent.
    pub timeout_seconds: Option<u32>,
}

impl Session {
    /// What both RFCs say when there is no timeout.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

    /// A session without timeout, as requests have it.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            timeout_seconds: None,
        }
    }

    /// With a timeout, as responses have it.
    #[must_use]
    pub fn with_timeout_seconds(self, seconds: u32) -> Self {
        Self {
            timeout_seconds: Some(seconds),
            ..self
        }
    }

    /// The timeout in force: the default when there is none, and for the 0 that some cameras send.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        match self.timeout_seconds {
            None | Some(0) => Self::DEFAULT_TIMEOUT,
            Some(seconds) => Duration::from_secs(u64::from(seconds)),
        }
    }
}

impl TypedHeader for Session {
    const NAME: &'static str = "Session";

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let mut parts = split_unquoted(value, b';');
        let id = parts.next().unwrap_or_default();
        if id.is_empty() || id.bytes().any(|byte| byte.is_ascii_control()) {
            return Err(HeaderError::at(Self::NAME, value, id, "a session id"));
        }
        let timeout_seconds = parts
            .filter_map(|part| match name_value(part) {
                (name, Some(seconds)) if name.eq_ignore_ascii_case("timeout") => Some(seconds),
                _ => None,
            })
            .find_map(|seconds| parse_u32(trim(seconds.trim_matches('"')).as_bytes()));
        Ok(Self {
            id: String::from(id),
            timeout_seconds,
        })
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)?;
        match self.timeout_seconds {
            Some(seconds) => write!(f, ";timeout={seconds}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn timeout(value: &str) -> (String, Option<u32>) {
        let session = Session::parse(value).unwrap();
        (session.id, session.timeout_seconds)
    }

    #[test]
    fn quirk_timeout_with_spaces() {
        assert_eq!(timeout("1234 ; timeout = 30 "), ("1234".into(), Some(30)));
        assert_eq!(timeout("1234;Timeout=30;x"), ("1234".into(), Some(30)));
        assert_eq!(timeout("1234;"), ("1234".into(), None));
    }

    #[test]
    fn quirk_timeout_missing_or_zero_is_sixty() {
        for value in [
            "1234",
            "1234;timeout=0",
            "1234;timeout=",
            "1234;timeout=-1",
            "1234;timeout=abc",
        ] {
            assert_eq!(
                Session::parse(value).unwrap().timeout(),
                Duration::from_secs(60),
                "{value}"
            );
        }
        assert_eq!(
            Session::parse("1;timeout=5").unwrap().timeout(),
            Duration::from_secs(5)
        );
    }

    #[test]
    fn an_id_is_needed() {
        for bad in ["", " ", ";timeout=60", "a\0b"] {
            assert!(Session::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(id in "[A-Za-z0-9$_.+-]{1,40}", timeout in proptest::option::of(any::<u32>())) {
            let session = Session { id, timeout_seconds: timeout };
            prop_assert_eq!(Session::parse(&session.to_string()).unwrap(), session);
        }
    }
}
