//! Recordings: what is being recorded, begin, end.

use std::time::UNIX_EPOCH;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use tracing::info;

use super::streams::find;
use crate::{
    http::{ApiError, App},
    record::{RecordError, RecordingInfo},
};

/// All recordings, by stream.
#[derive(Debug, Serialize)]
pub(super) struct List {
    recordings: Vec<Facts>,
}

/// One recording.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    stream: String,
    path: String,
    /// Milliseconds since 1970.
    since_ms: u64,
    /// Of the file so far.
    bytes: u64,
}

impl From<RecordingInfo> for Facts {
    fn from(recording: RecordingInfo) -> Self {
        let since = recording.since.duration_since(UNIX_EPOCH);
        let since = since.unwrap_or_default().as_millis();
        Self {
            stream: recording.stream,
            path: recording.path.display().to_string(),
            since_ms: u64::try_from(since).unwrap_or(u64::MAX),
            bytes: recording.bytes,
        }
    }
}

impl From<RecordError> for ApiError {
    fn from(error: RecordError) -> Self {
        let message = error.to_string();
        match error {
            RecordError::NotRecorded(_) => Self::NotFound(message),
            RecordError::Already(_) | RecordError::Full => Self::Conflict(message),
            RecordError::Disk(..) => Self::Failed(message),
        }
    }
}

pub(super) async fn list(State(app): State<App>) -> Json<List> {
    let recordings = app.shared.recordings.list();
    Json(List {
        recordings: recordings.into_iter().map(Facts::from).collect(),
    })
}

/// Records a stream into a file of its own, from the newest key frame on.
pub(super) async fn start(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<Facts>), ApiError> {
    let stream = find(&app, &name)?;
    let recording = app.shared.recordings.start(&app.shared, &stream).await?;
    info!(stream = name, "the API begins a recording");
    Ok((StatusCode::CREATED, Json(recording.into())))
}

/// Ends the recording of a stream; the file is complete soon after.
pub(super) async fn stop(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<Facts>, ApiError> {
    let recording = app.shared.recordings.stop(&name)?;
    info!(stream = name, "the API ends a recording");
    Ok(Json(recording.into()))
}
