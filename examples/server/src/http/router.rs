//! Which path is whose.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;

use super::{App, HttpError, cors};
use crate::api;

/// All paths. The API sees to its own origins; everything else is open to all.
pub(super) fn router(app: App) -> Router {
    let open = Router::new()
        .route("/healthz", get(health))
        .fallback(nothing_here)
        .layer(middleware::from_fn(cors::open));
    Router::new()
        .nest("/api/v1", api::router(&app))
        .merge(open)
        .with_state(app)
}

/// 200 as long as the server takes on new players.
async fn health(State(app): State<App>) -> Response {
    let is_ending = *app.shared.ending.borrow();
    let (status, word) = if is_ending {
        (StatusCode::SERVICE_UNAVAILABLE, "ending")
    } else {
        (StatusCode::OK, "ok")
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, Json(json!({ "status": word }))).into_response()
}

async fn nothing_here(uri: Uri) -> HttpError {
    HttpError::not_found(format!(
        "nothing is at {}: streams are at /live/NAME.flv, files at /vod/PATH.flv",
        uri.path()
    ))
}
