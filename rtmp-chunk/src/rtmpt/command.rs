use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use crate::ParseError;

/// The media type of requests and answers.
pub const CONTENT_TYPE: &str = "application/x-fcs";

/// The longest name of a session that is taken from a peer.
pub(super) const MAX_SESSION_NAME_BYTES: usize = 64;

/// What a request is for, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command<'a> {
    /// `/fcs/ident2`: which address the session is to be opened at. Servers answer 404, "this one".
    Identify,
    /// `/open/1`: a new session.
    Open,
    /// `/send/<session>/<sequence>`: the body is for the server.
    Send {
        /// The session's name.
        session: &'a str,
        /// One more than that of the request before.
        sequence: u32,
    },
    /// `/idle/<session>/<sequence>`: anything for me? The body, a byte of zero, says nothing.
    Idle {
        /// The session's name.
        session: &'a str,
        /// One more than that of the request before.
        sequence: u32,
    },
    /// `/close/<session>/<sequence>`: the session ends.
    Close {
        /// The session's name.
        session: &'a str,
        /// One more than that of the request before.
        sequence: u32,
    },
}

impl<'a> Command<'a> {
    /// Reads the target of a POST: a path, or, from behind a proxy, a whole URI; a query is left aside.
    ///
    /// # Errors
    ///
    /// Where it is none of RTMPT's paths: to be answered 404.
    pub fn parse(target: &'a str) -> Result<Self, ParseError> {
        let path = path_of(target);
        let mut parts = path.trim_start_matches('/').split('/');
        let (verb, first, second) = (parts.next(), parts.next(), parts.next());
        if parts.next().is_some_and(|rest| !rest.is_empty()) {
            return Err(ParseError::expected(0, "an RTMPT path"));
        }
        match (verb, first, second) {
            (Some("fcs"), Some("ident" | "ident2"), None) => Ok(Self::Identify),
            (Some("open"), _, None | Some("")) => Ok(Self::Open),
            (Some(verb), Some(session), Some(sequence)) => {
                Self::of_session(verb, session, sequence)
            }
            _ => Err(ParseError::expected(0, "an RTMPT path")),
        }
    }

    fn of_session(verb: &str, session: &'a str, sequence: &str) -> Result<Self, ParseError> {
        if !is_session_name(session) {
            return Err(ParseError::expected(0, "a session in the RTMPT path"));
        }
        let digits = sequence.bytes().all(|byte| byte.is_ascii_digit());
        let sequence = sequence.parse().ok().filter(|_| digits);
        let sequence = sequence
            .ok_or_else(|| ParseError::expected(0, "a sequence number in the RTMPT path"))?;
        match verb {
            "send" => Ok(Self::Send { session, sequence }),
            "idle" => Ok(Self::Idle { session, sequence }),
            "close" => Ok(Self::Close { session, sequence }),
            _ => Err(ParseError::expected(
                0,
                "send, idle or close in the RTMPT path",
            )),
        }
    }
}

impl fmt::Display for Command<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identify => f.write_str("/fcs/ident2"),
            Self::Open => f.write_str("/open/1"),
            Self::Send { session, sequence } => write!(f, "/send/{session}/{sequence}"),
            Self::Idle { session, sequence } => write!(f, "/idle/{session}/{sequence}"),
            Self::Close { session, sequence } => write!(f, "/close/{session}/{sequence}"),
        }
    }
}

fn path_of(target: &str) -> &str {
    let path = match target.split_once("://") {
        Some((_, rest)) => rest
            .find('/')
            .and_then(|at| rest.get(at..))
            .unwrap_or_default(),
        None => target,
    };
    path.split(['?', '#']).next().unwrap_or_default()
}

/// What can stand in a path without harm: no control bytes, spaces, slashes or escapes.
pub(super) fn is_session_name(name: &str) -> bool {
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+=@:!$".contains(&byte);
    (1..=MAX_SESSION_NAME_BYTES).contains(&name.len()) && name.bytes().all(harmless)
}

/// What a request is to be answered with. Its body is of type [`CONTENT_TYPE`] and not joined.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, in pieces.
    pub body: Vec<Bytes>,
}

impl Answer {
    /// An answer without a body.
    #[must_use]
    pub const fn empty(status: u16) -> Self {
        Self {
            status,
            body: Vec::new(),
        }
    }

    #[cfg(feature = "std")]
    pub(super) fn ok(body: Bytes) -> Self {
        let mut answer = Self::empty(200);
        answer.body.push(body);
        answer
    }

    /// The length of the body in bytes.
    #[must_use]
    pub fn body_len(&self) -> usize {
        self.body.iter().map(Bytes::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn paths_read_as_they_are_written() {
        let (session, sequence) = ("AZaz09-._~", u32::MAX);
        for command in [
            Command::Identify,
            Command::Open,
            Command::Send { session, sequence },
            Command::Idle { session, sequence },
            Command::Close {
                session,
                sequence: 0,
            },
        ] {
            assert_eq!(Command::parse(&command.to_string()), Ok(command));
        }
    }

    #[test]
    fn targets_of_proxies_and_old_clients() {
        let sent = Command::Send {
            session: "a",
            sequence: 7,
        };
        assert_eq!(Command::parse("http://h:80/send/a/7"), Ok(sent));
        assert_eq!(Command::parse("/send/a/7?x=/y"), Ok(sent));
        assert_eq!(Command::parse("send/a/7/"), Ok(sent));
        assert_eq!(Command::parse("/fcs/ident"), Ok(Command::Identify));
        assert_eq!(Command::parse("/open"), Ok(Command::Open));
        assert_eq!(Command::parse("/open/0"), Ok(Command::Open));
    }

    #[test]
    fn other_paths_are_refused() {
        let long = format!("/send/{}/1", "a".repeat(MAX_SESSION_NAME_BYTES + 1));
        for path in [
            "",
            "/",
            "/index.html",
            "/fcs",
            "/fcs/ident3",
            "/send/a",
            "/send//1",
            "/send/a/",
            "/send/a/-1",
            "/send/a/+1",
            "/send/a/4294967296",
            "/send/a b/1",
            "/send/a%0d/1",
            "/send/a\r\n/1",
            "/put/a/1",
            "/send/a/1/2",
            "http://h",
            &long,
        ] {
            assert!(Command::parse(path).is_err(), "{path:?}");
        }
        assert!(Command::parse(&long.replace("aa/", "a/")).is_ok());
    }
}
