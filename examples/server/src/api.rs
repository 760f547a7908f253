//! The HTTP API below `/api/v1`: JSON in, JSON out.

mod auth;
mod recordings;
mod streams;

use std::time::Duration;

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde::Serialize;

use crate::http::{ApiError, App};

/// How large a request may be.
const MOST_BODY_BYTES: usize = 64 * 1024;
/// How long a request and what it asks for may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// What `/api/v1/status` says.
#[derive(Debug, Serialize)]
struct Status {
    version: &'static str,
    uptime_s: u64,
    /// Players and publishers.
    sessions: u64,
    streams: usize,
    /// Players of live streams.
    viewers: u64,
}

pub(crate) fn router(app: &App) -> Router<App> {
    let guard = auth::Guard::new(&app.shared.config.api);
    Router::new()
        .route("/status", get(status))
        .route("/streams", get(streams::list))
        .route("/streams/{name}", get(streams::one))
        .route("/streams/{name}/publisher", delete(streams::end_publisher))
        .route(
            "/streams/{name}/recording",
            post(recordings::start).delete(recordings::stop),
        )
        .route("/recordings", get(recordings::list))
        .fallback(nothing_here)
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed })
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(middleware::from_fn(in_time))
        .layer(middleware::from_fn_with_state(guard, auth::check))
}

/// Ends what takes too long; nothing of the API is to be kept by caches.
async fn in_time(request: Request, next: Next) -> Response {
    let outcome = tokio::time::timeout(TIMEOUT, next.run(request)).await;
    let mut response = outcome.unwrap_or_else(|_| ApiError::TimedOut.into_response());
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn nothing_here() -> ApiError {
    ApiError::NotFound("the API has no such path".to_owned())
}

async fn status(State(app): State<App>) -> Json<Status> {
    let streams = app.shared.streams.list();
    Json(Status {
        version: env!("CARGO_PKG_VERSION"),
        uptime_s: app.started.elapsed().as_secs(),
        sessions: app.shared.admission.sessions_in_use(),
        streams: streams.len(),
        viewers: streams.iter().map(|stream| stream.viewers()).sum(),
    })
}
