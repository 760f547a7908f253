//! Refusals: a sentence for players, JSON for programs.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why a player or a browser gets nothing; one sentence of plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpError {
    pub(crate) status: StatusCode,
    pub(crate) reason: String,
}

impl HttpError {
    pub(crate) fn new(status: StatusCode, reason: impl ToString) -> Self {
        Self {
            status,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn not_found(reason: impl ToString) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
        ];
        (self.status, headers, format!("{}\n", self.reason)).into_response()
    }
}

/// Why the API does not do what it is asked: `{"error":{"code":..., "message":...}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    Unauthorized,
    NotFromHere(&'static str),
    NotFound(String),
    MethodNotAllowed,
    Conflict(String),
    TimedOut,
    Failed(String),
}

impl ApiError {
    fn parts(self) -> (StatusCode, &'static str, String) {
        match self {
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "send the token of [api] as Authorization: Bearer TOKEN".to_owned(),
            ),
            Self::NotFromHere(reason) => (StatusCode::FORBIDDEN, "forbidden", reason.to_owned()),
            Self::NotFound(message) => (StatusCode::NOT_FOUND, "not_found", message),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this path does not know that method; Allow names those it knows".to_owned(),
            ),
            Self::Conflict(message) => (StatusCode::CONFLICT, "conflict", message),
            Self::TimedOut => (
                StatusCode::REQUEST_TIMEOUT,
                "timed_out",
                "the request did not come in time".to_owned(),
            ),
            Self::Failed(message) => (StatusCode::INTERNAL_SERVER_ERROR, "failed", message),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let body = json!({ "error": { "code": code, "message": message } });
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}
