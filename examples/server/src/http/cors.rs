//! Pages of other origins may play what this server has.

use axum::{
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
            ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

/// What a page may ask, and what it may see of the answer.
const PREFLIGHT: [(HeaderName, &str); 3] = [
    (
        ACCESS_CONTROL_ALLOW_METHODS,
        "GET, HEAD, POST, DELETE, OPTIONS",
    ),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        "authorization, content-type, range",
    ),
    (ACCESS_CONTROL_MAX_AGE, "86400"),
];

/// Answers preflights (Fetch standard, §3.2), and opens the answers to all origins.
pub(super) async fn open(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    put(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    put(
        headers,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        "content-length, content-range, accept-ranges",
    );
    response
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    for (name, value) in PREFLIGHT {
        put(response.headers_mut(), name, value);
    }
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
