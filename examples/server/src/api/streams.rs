//! The live streams: what there is, and an end to it.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use castline_codec::{CodecParameters, MediaKind, Track};
use serde::{Deserialize, Serialize};
use tracing::info;

use crate::{
    client::now,
    http::{ApiError, App},
    stream::Stream,
};

/// What a publisher is told when nobody gives a reason.
const NO_REASON: &str = "ended by the API";
/// How much of a reason is kept.
const MOST_REASON_CHARACTERS: usize = 200;

/// All streams, by name.
#[derive(Debug, Serialize)]
pub(super) struct List {
    streams: Vec<Facts>,
}

/// One stream.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    name: String,
    /// `rtmp`, `file` or `pull`.
    protocol: &'static str,
    peer: Option<String>,
    agent: String,
    /// Milliseconds since 1970.
    started_at_ms: u64,
    uptime_s: u64,
    viewers: u64,
    received_bytes: u64,
    received_tags: u64,
    /// In bit/s.
    bit_rate: u64,
    tracks: Vec<TrackFacts>,
}

/// One track of a stream.
#[derive(Debug, Serialize)]
struct TrackFacts {
    kind: &'static str,
    codec: &'static str,
    /// As in the `codecs` parameter of RFC 6381.
    codec_string: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_rate: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<u8>,
}

/// Why a publisher is to go.
#[derive(Debug, Deserialize)]
pub(super) struct Farewell {
    reason: Option<String>,
}

impl Facts {
    fn of(stream: &Stream) -> Self {
        let (received_bytes, received_tags) = stream.received();
        let started = stream.started_at.duration_since(UNIX_EPOCH);
        Self {
            name: stream.name.clone(),
            protocol: stream.origin.protocol,
            peer: stream.origin.peer.map(|peer| peer.to_string()),
            agent: stream.origin.agent.clone(),
            started_at_ms: milliseconds(started.unwrap_or_default()),
            uptime_s: now().saturating_duration_since(stream.started).as_secs(),
            viewers: stream.viewers(),
            received_bytes,
            received_tags,
            bit_rate: stream.bit_rate(),
            tracks: stream.epoch().tracks.iter().map(TrackFacts::of).collect(),
        }
    }
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl TrackFacts {
    fn of(track: &Track) -> Self {
        let codec: &CodecParameters = &track.codec;
        let dimensions = codec.dimensions();
        Self {
            kind: if codec.kind() == MediaKind::Video {
                "video"
            } else {
                "audio"
            },
            codec: codec.name(),
            codec_string: codec.codec_string(),
            width: dimensions.map(|(width, _)| width),
            height: dimensions.map(|(_, height)| height),
            sample_rate: codec.sample_rate(),
            channels: codec.channels(),
        }
    }
}

pub(super) async fn list(State(app): State<App>) -> Json<List> {
    let streams = app.shared.streams.list();
    let facts = streams.iter().map(|stream| Facts::of(stream));
    Json(List {
        streams: facts.collect(),
    })
}

pub(super) async fn one(
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Json<Facts>, ApiError> {
    let stream = find(&app, &name)?;
    Ok(Json(Facts::of(&stream)))
}

/// Ends the publisher of a stream, who is told why. It may come back: a key or a rule keeps it away.
pub(super) async fn end_publisher(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(farewell): Query<Farewell>,
) -> Result<StatusCode, ApiError> {
    let stream = find(&app, &name)?;
    if stream.origin.protocol == "file" {
        return Err(ApiError::Conflict(format!(
            "{name:?} is this server's own: it has no publisher to end"
        )));
    }
    let reason = farewell.reason.unwrap_or_else(|| NO_REASON.to_owned());
    let reason: String = reason
        .chars()
        .filter(|letter| !letter.is_control())
        .take(MOST_REASON_CHARACTERS)
        .collect();
    info!(stream = name, reason, "the API ends a publisher");
    stream.kick(&reason);
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn find(app: &App, name: &str) -> Result<Arc<Stream>, ApiError> {
    app.shared
        .streams
        .find(name)
        .ok_or_else(|| ApiError::NotFound(format!("there is no live stream {name:?}")))
}
