//! The URLs that a client is given.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::ParseError;

/// How an RTMP connection is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the schemes in use")]
pub enum Scheme {
    /// `rtmp`: TCP.
    Rtmp,
    /// `rtmps`: TLS.
    Rtmps,
    /// `rtmpe`: TCP, RTMPE inside.
    Rtmpe,
    /// `rtmpt`: HTTP.
    Rtmpt,
    /// `rtmpts`: HTTPS.
    Rtmpts,
    /// `rtmpte`: HTTP, RTMPE inside.
    Rtmpte,
}

impl Scheme {
    const ALL: [Self; 6] = [
        Self::Rtmp,
        Self::Rtmps,
        Self::Rtmpe,
        Self::Rtmpt,
        Self::Rtmpts,
        Self::Rtmpte,
    ];

    /// The scheme's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rtmp => "rtmp",
            Self::Rtmps => "rtmps",
            Self::Rtmpe => "rtmpe",
            Self::Rtmpt => "rtmpt",
            Self::Rtmpts => "rtmpts",
            Self::Rtmpte => "rtmpte",
        }
    }

    /// The port where the URL names none: 1935, 443 with TLS, 80 over HTTP.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Rtmp | Self::Rtmpe => 1935,
            Self::Rtmps | Self::Rtmpts => 443,
            Self::Rtmpt | Self::Rtmpte => 80,
        }
    }
}

/// `rtmp://user:password@host:port/app/stream?query`, taken apart.
///
/// Where the application ends and the stream's name begins is not in the URL. As in FFmpeg, the application is
/// the first path segment of two, and the first two of more; [`with_app_segments`](Self::with_app_segments)
/// cuts elsewhere. A query belongs to what it stands after.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RtmpUrl {
    /// How to connect.
    pub scheme: Scheme,
    /// The user, escapes decoded.
    pub user: Option<String>,
    /// The password, escapes decoded.
    pub password: Option<String>,
    /// A name or an address; IPv6 without its brackets.
    pub host: String,
    /// The port, if the URL names one.
    pub port: Option<u16>,
    /// What goes into `connect`: with its query.
    pub app: String,
    /// What goes into `publish` or `play`: with prefix and query; may be empty.
    pub stream_name: String,
}

impl RtmpUrl {
    /// The longest URL that is read, in bytes.
    pub const MAX_BYTES: usize = 8192;

    /// Takes a URL apart.
    ///
    /// # Errors
    /// [`ParseError`] at an unknown scheme, an empty host, a port that is none, a blank or a control character, or
    /// past [`MAX_BYTES`](Self::MAX_BYTES).
    pub fn parse(url: &str) -> Result<Self, ParseError> {
        if url.len() > Self::MAX_BYTES {
            return Err(ParseError::limit(0, "bytes of a URL", Self::MAX_BYTES));
        }
        if let Some(at) = url.find(|c: char| c.is_control() || c == ' ') {
            return Err(ParseError::expected(at, "a URL without blanks"));
        }
        let (word, rest) = url
            .split_once("://")
            .ok_or_else(|| ParseError::expected(0, "scheme://"))?;
        let scheme = Scheme::ALL
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| ParseError::expected(0, "an rtmp scheme"))?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let offset = url.len().saturating_sub(rest.len());
        let (user, password, host) = split_user(authority);
        let (host, port) = split_port(host).map_err(|error| error.moved(offset as u64))?;
        let (app, stream_name) = split_path(path.strip_prefix('/').unwrap_or(path));
        Ok(Self {
            scheme,
            user,
            password,
            host,
            port,
            app,
            stream_name,
        })
    }

    /// The port to connect to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| self.scheme.default_port())
    }

    /// What goes into `connect` as tcUrl: no credentials, no stream name, and no port that is the default, which
    /// some services refuse.
    #[must_use]
    pub fn tc_url(&self) -> String {
        format!("{self}")
    }

    /// With the application cut after so many path segments, 1 at least; what is left is the stream's name.
    #[must_use]
    pub fn with_app_segments(mut self, segments: usize) -> Self {
        let mut whole = self.app;
        if !self.stream_name.is_empty() {
            whole.push('/');
            whole.push_str(&self.stream_name);
        }
        let path_end = whole.find('?').unwrap_or(whole.len());
        let cut = whole
            .match_indices('/')
            .take_while(|(at, _)| *at < path_end)
            .nth(segments.max(1).saturating_sub(1));
        (self.app, self.stream_name) = match cut.and_then(|(at, _)| whole.split_at_checked(at)) {
            Some((app, name)) => (app.into(), name.trim_start_matches('/').into()),
            None => (whole, String::new()),
        };
        self
    }

    /// With another stream name, for services that give the key apart from the URL.
    #[must_use]
    pub fn with_stream_name(mut self, stream_name: impl Into<String>) -> Self {
        self.stream_name = stream_name.into();
        self
    }
}

/// The tcUrl: credentials and stream names are secrets often enough.
impl fmt::Display for RtmpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.scheme;
        f.write_str(scheme.as_str())?;
        f.write_str("://")?;
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        if let Some(port) = self.port.filter(|port| *port != scheme.default_port()) {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.app)
    }
}

impl fmt::Debug for RtmpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RtmpUrl({self})")
    }
}

fn split_user(authority: &str) -> (Option<String>, Option<String>, &str) {
    let Some((credentials, host)) = authority.rsplit_once('@') else {
        return (None, None, authority);
    };
    match credentials.split_once(':') {
        Some((user, password)) => (
            Some(percent_decode(user)),
            Some(percent_decode(password)),
            host,
        ),
        None => (Some(percent_decode(credentials)), None, host),
    }
}

fn split_port(text: &str) -> Result<(String, Option<u16>), ParseError> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) => (address, None),
        Some((address, rest)) => (address, Some(rest.strip_prefix(':').unwrap_or(rest))),
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    if host.is_empty() || host.contains(['[', ']', '\\']) {
        return Err(ParseError::expected(0, "a host"));
    }
    let port = match port {
        None | Some("") => None,
        Some(digits) => Some(port_number(digits).ok_or_else(|| {
            ParseError::expected(text.len().saturating_sub(digits.len()), "a port number")
        })?),
    };
    Ok((host.into(), port))
}

fn port_number(digits: &str) -> Option<u16> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|port| *port != 0)
}

fn split_path(path: &str) -> (String, String) {
    let query_at = path.find('?').unwrap_or(path.len());
    let mut slashes = path.match_indices('/').map(|(at, _)| at);
    let first = slashes.next().filter(|at| *at < query_at);
    let second = slashes.next().filter(|at| *at < query_at);
    // A colon after the first slash belongs to a prefix such as mp4:, and what follows is the name.
    let prefix = path
        .match_indices(':')
        .map(|(at, _)| at)
        .find(|at| first.is_some_and(|first| *at > first));
    let cut = match (first, second, prefix) {
        (Some(first), Some(second), Some(colon)) if colon < second => Some(first),
        (Some(_), Some(second), _) => Some(second),
        (Some(first), None, _) => Some(first),
        // app?query/name: the only slash that can end the application stands in its query.
        (None, _, _) => path.rfind('/'),
    };
    let Some((app, name)) = cut.and_then(|at| path.split_at_checked(at)) else {
        return (path.into(), String::new());
    };
    (
        app.trim_end_matches('/').into(),
        name.trim_start_matches('/').into(),
    )
}

/// Decodes `%XX`; what is no escape stays, what becomes no UTF-8 shows as U+FFFD.
pub(super) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escape = match (first, tail) {
            (b'%', [high, low, after @ ..]) => hex(*high)
                .zip(hex(*low))
                .map(|(high, low)| (high << 4 | low, after)),
            _ => None,
        };
        let (byte, after) = escape.unwrap_or((first, tail));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
