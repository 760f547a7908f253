//! Request URIs, borrowed (RFC 2326 §3.2, RFC 7826 §4.2).

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::error::UriError;

/// The parts of a URI: absolute (`rtsp://`, `rtspu://`, `rtsps://` or any other scheme), relative, or `*`.
///
/// ```
/// use castline_rtsp_proto::Uri;
/// let uri = Uri::parse("rtsp://admin:pa%40ss@[fe80::1]:8554/vod/a%20b.mp4?x=1")?;
/// assert_eq!((uri.host(), uri.port()), (Some("fe80::1"), Some(8554)));
/// assert_eq!((uri.user(), uri.path(), uri.query()), (Some("admin"), "/vod/a%20b.mp4", Some("x=1")));
/// # Ok::<(), castline_rtsp_proto::UriError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Uri<'a> {
    text: &'a str,
    scheme: Option<&'a str>,
    userinfo: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<u16>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// Reads a URI. Nothing is decoded.
    ///
    /// # Errors
    /// When the port is not a number of 16 bits, or a bracket of an IPv6 address is missing.
    pub fn parse(text: &'a str) -> Result<Self, UriError> {
        let (scheme, rest) = split_scheme(text);
        let without_fragment = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (before_query, query) = split_optional(without_fragment, '?');
        let mut uri = Self {
            text,
            scheme,
            userinfo: None,
            host: None,
            port: None,
            path: before_query,
            query,
        };
        let Some(after) = before_query.strip_prefix("//") else {
            return Ok(uri);
        };
        let slash = after.find('/').unwrap_or(after.len());
        let (authority, path) = after.split_at_checked(slash).unwrap_or((after, ""));
        uri.path = path;
        // Passwords with an unescaped `@` are common; a host never has one.
        let (userinfo, host_port) = match authority.rsplit_once('@') {
            Some((userinfo, host_port)) => (Some(userinfo), host_port),
            None => (None, authority),
        };
        uri.userinfo = userinfo;
        let (host, port) = split_host(text, host_port)?;
        uri.host = Some(host);
        uri.port = port;
        Ok(uri)
    }

    /// The whole URI as given.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// True for `*`: the server itself rather than a resource.
    #[must_use]
    pub fn is_asterisk(&self) -> bool {
        self.text == "*"
    }

    /// The scheme as written; `None` for a relative URI.
    #[must_use]
    pub fn scheme(&self) -> Option<&'a str> {
        self.scheme
    }

    /// True for `rtsp`, `rtspu` and `rtsps` in any case.
    #[must_use]
    pub fn is_rtsp(&self) -> bool {
        self.scheme.is_some_and(|scheme| {
            ["rtsp", "rtsps", "rtspu"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(scheme))
        })
    }

    /// True for `rtsps`: the connection must be TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.scheme
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("rtsps"))
    }

    /// Everything before the `@`, still percent-encoded.
    #[must_use]
    pub fn userinfo(&self) -> Option<&'a str> {
        self.userinfo
    }

    /// The user name, still percent-encoded.
    #[must_use]
    pub fn user(&self) -> Option<&'a str> {
        self.userinfo
            .map(|userinfo| userinfo.split_once(':').map_or(userinfo, |(user, _)| user))
    }

    /// The password, still percent-encoded.
    #[must_use]
    pub fn password(&self) -> Option<&'a str> {
        self.userinfo
            .and_then(|userinfo| userinfo.split_once(':'))
            .map(|(_, password)| password)
    }

    /// The host; an IPv6 address comes without its brackets.
    #[must_use]
    pub fn host(&self) -> Option<&'a str> {
        self.host
    }

    /// The port where one is written.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The port to connect to: the one written, or 322 for `rtsps` and 554 for all else.
    #[must_use]
    pub fn port_or_default(&self) -> u16 {
        self.port
            .unwrap_or_else(|| if self.is_tls() { 322 } else { 554 })
    }

    /// The path, still percent-encoded; empty or beginning with `/` when there is a host.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// Everything after the first `?`, still percent-encoded. Some clients append `/trackID=1` to it.
    #[must_use]
    pub fn query(&self) -> Option<&'a str> {
        self.query
    }
}

fn split_scheme(text: &str) -> (Option<&str>, &str) {
    let Some((scheme, rest)) = text.split_once(':') else {
        return (None, text);
    };
    let mut bytes = scheme.bytes();
    let sound = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    // `host:554/path` without a scheme is read as a relative path, as no one means the scheme `host`.
    if sound && rest.starts_with("//") {
        (Some(scheme), rest)
    } else {
        (None, text)
    }
}

fn split_optional(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn split_host<'a>(text: &str, host_port: &'a str) -> Result<(&'a str, Option<u16>), UriError> {
    let error = |part: &str, expected| UriError {
        position: (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize),
        expected,
    };
    let (host, port) = match host_port.strip_prefix('[') {
        Some(bracketed) => {
            let (host, rest) = bracketed
                .split_once(']')
                .ok_or_else(|| error(host_port, "`]`"))?;
            let port = match rest.strip_prefix(':') {
                Some(port) => port,
                None if rest.is_empty() => "",
                None => return Err(error(rest, "`:` and a port")),
            };
            (host, port)
        }
        None => host_port.rsplit_once(':').unwrap_or((host_port, "")),
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    let number =
        crate::grammar::parse_u32(port.as_bytes()).and_then(|port| u16::try_from(port).ok());
    let port_number = number.ok_or_else(|| error(port, "a port from 0 to 65535"))?;
    Ok((host, Some(port_number)))
}

/// The text without percent-encoding. Borrowed when there is none.
///
/// # Errors
/// When an escape is not two hexadecimal digits, or the result is not UTF-8 or has a NUL, which no path may.
///
/// ```
/// use castline_rtsp_proto::percent_decode;
/// assert_eq!(percent_decode("a%20b").unwrap(), "a b");
/// assert!(percent_decode("100%").is_err());
/// ```
pub fn percent_decode(text: &str) -> Result<Cow<'_, str>, UriError> {
    if !text.contains(['%', '\0']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let error = |expected| UriError {
            position: text.len().saturating_sub(rest.len()),
            expected,
        };
        let (byte, next) = match (first, after) {
            (b'%', [high, low, next @ ..]) => {
                let digits = hex_digit(*high).zip(hex_digit(*low));
                let (high, low) = digits.ok_or_else(|| error("two hexadecimal digits"))?;
                ((high << 4) | low, next)
            }
            (b'%', _) => return Err(error("two hexadecimal digits")),
            (plain, next) => (*plain, next),
        };
        if byte == 0 {
            return Err(error("no NUL"));
        }
        decoded.push(byte);
        rest = next;
    }
    let text = String::from_utf8(decoded).map_err(|error| UriError {
        position: error.utf8_error().valid_up_to(),
        expected: "UTF-8",
    })?;
    Ok(Cow::Owned(text))
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// The text with everything percent-encoded that may not stand in a path: all but unreserved and
/// sub-delimiter characters, `:`, `@` and `/` (RFC 3986 §3.3).
#[must_use]
pub fn percent_encode_path(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            push_escape(&mut encoded, byte);
        }
    }
    encoded
}

fn push_escape(out: &mut String, byte: u8) {
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.extend(char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// Appends a URI so that it cannot end its start line early: blanks and control characters percent-encoded.
pub(crate) fn push_printable(out: &mut Vec<u8>, uri: &str) {
    for byte in uri.bytes() {
        if byte <= b' ' || byte == 0x7f {
            let mut escape = String::new();
            push_escape(&mut escape, byte);
            out.extend_from_slice(escape.as_bytes());
        } else {
            out.push(byte);
        }
    }
}

/// The URI of one track: `control` of its SDP section against the base of the description, as
/// [`castline_sdp::control::resolve`] joins them.
///
/// ```
/// use castline_rtsp_proto::join_control;
/// assert_eq!(join_control("rtsp://h/cam?ch=1", "trackID=2"), "rtsp://h/cam?ch=1/trackID=2");
/// ```
#[must_use]
pub fn join_control(base: &str, control: &str) -> String {
    castline_sdp::control::resolve(base, control).into_owned()
}

#[cfg(test)]
mod tests;
