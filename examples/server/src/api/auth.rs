//! Who may use the API.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Extension,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, HOST, HeaderName, ORIGIN,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::warn;

use crate::{
    config::ApiSettings,
    http::{ApiError, Peer},
    rights::Key,
};

/// What is asked of each request.
#[derive(Debug, Clone)]
pub(super) struct Guard(Arc<Option<Key>>);

impl Guard {
    pub(super) fn new(settings: &ApiSettings) -> Self {
        Self(Arc::new(settings.token.as_deref().map(Key::new)))
    }

    /// With a token, whoever has it; without one, this machine, and no page of another origin on it.
    fn judge(&self, peer: IpAddr, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.0.as_ref() {
            Some(token) => {
                let given = headers.get(AUTHORIZATION).map(HeaderValue::to_str);
                match given {
                    Some(Ok(given)) if bearer(given).is_some_and(|given| token.is(given)) => Ok(()),
                    _ => Err(ApiError::Unauthorized),
                }
            }
            None if !peer.to_canonical().is_loopback() => Err(ApiError::NotFromHere(
                "without a token the API answers this machine only: set --api-token",
            )),
            None if !is_own_origin(headers) => Err(ApiError::NotFromHere(
                "without a token the API does not answer pages of other origins: set --api-token",
            )),
            None => Ok(()),
        }
    }
}

/// The token of `Bearer TOKEN` (RFC 6750 §2.1); the scheme is in any case.
fn bearer(given: &str) -> Option<&str> {
    let (scheme, token) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// True unless a browser says that another origin asks, or a name of somebody else's leads here (DNS rebinding).
fn is_own_origin(headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = host else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_local = name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<IpAddr>()
            .is_ok_and(|ip| ip.to_canonical().is_loopback());
    let is_same = headers.get(ORIGIN).is_none_or(|origin| {
        origin
            .to_str()
            .is_ok_and(|origin| origin.strip_prefix("http://") == Some(host))
    });
    is_local && is_same
}

/// Lets through who may, and tells the others why not.
pub(super) async fn check(
    State(guard): State<Guard>,
    Extension(Peer(peer)): Extension<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let has_token = guard.0.is_some();
    // A preflight carries no token, and asks nothing but whether a page may use one.
    if has_token && request.method() == Method::OPTIONS {
        return opened(StatusCode::NO_CONTENT.into_response());
    }
    let response = match guard.judge(peer.ip(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            warn!(%peer, path = request.uri().path(), ?error, "the API refuses");
            error.into_response()
        }
    };
    if has_token {
        opened(response)
    } else {
        response
    }
}

/// Pages of all origins may use what a token protects.
fn opened(mut response: Response) -> Response {
    const OPEN: [(HeaderName, &str); 3] = [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            ACCESS_CONTROL_ALLOW_METHODS,
            "GET, HEAD, POST, DELETE, OPTIONS",
        ),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
    ];
    for (name, value) in OPEN {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a head.
    type Lines<'a> = &'a [(&'static str, &'a str)];

    fn headers(lines: Lines<'_>) -> HeaderMap {
        let line = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), value.parse().unwrap())
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn with_a_token_it_is_the_token() {
        let settings = toml::from_str("token = \"secret\"").unwrap();
        let guard = Guard::new(&settings);
        let table = [
            ("Bearer secret", true),
            ("bearer  secret", true),
            ("Bearer secrets", false),
            ("Bearer ", false),
            ("Basic secret", false),
            ("secret", false),
        ];
        for (given, is_right) in table {
            let headers = headers(&[("authorization", given)]);
            let outcome = guard.judge([203, 0, 113, 1].into(), &headers);
            assert_eq!(outcome.is_ok(), is_right, "{given}");
        }
        let none = guard.judge([127, 0, 0, 1].into(), &headers(&[("host", "127.0.0.1")]));
        assert_eq!(none, Err(ApiError::Unauthorized));
    }

    #[test]
    fn without_one_it_is_this_machine_and_its_own_pages() {
        let guard = Guard::new(&ApiSettings::default());
        let table: [(&str, Lines<'_>, bool); 10] = [
            ("127.0.0.1", &[("host", "127.0.0.1:8080")], true),
            ("::1", &[("host", "[::1]:8080")], true),
            ("::ffff:127.0.0.1", &[("host", "localhost:8080")], true),
            ("127.0.0.1", &[("host", "localhost")], true),
            ("192.0.2.1", &[("host", "127.0.0.1:8080")], false),
            ("127.0.0.1", &[], false),
            ("127.0.0.1", &[("host", "evil.example:8080")], false),
            (
                "127.0.0.1",
                &[
                    ("host", "127.0.0.1:8080"),
                    ("origin", "http://127.0.0.1:8080"),
                ],
                true,
            ),
            (
                "127.0.0.1",
                &[
                    ("host", "127.0.0.1:8080"),
                    ("origin", "http://evil.example"),
                ],
                false,
            ),
            (
                "127.0.0.1",
                &[("host", "127.0.0.1:8080"), ("origin", "null")],
                false,
            ),
        ];
        for (peer, lines, is_right) in table {
            let outcome = guard.judge(peer.parse().unwrap(), &headers(lines));
            assert_eq!(outcome.is_ok(), is_right, "{peer} {lines:?}: {outcome:?}");
        }
    }
}
