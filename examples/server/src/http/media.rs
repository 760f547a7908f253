//! Which media a path names, and the answer that carries it.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header, request::Parts, response},
    response::IntoResponse,
};
use castline_rtsp_proto::percent_decode;
use http_body::Body;
use hyper::{Method, Request, Response, body::Incoming};
use tracing::info;

use super::{
    App, HttpError,
    outbound::{MediaBody, Outbound},
    segments::Segments,
    ws::Upgraded,
};
use crate::{
    admission::Share,
    gate::Guest,
    hooks::{HookCall, Occasion},
};

/// What FLV is called.
pub(super) const FLV: &str = "video/x-flv";
/// What its paths end with.
pub(super) const EXTENSION: &str = ".flv";

/// Who asks, and over which connection.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) app: Arc<App>,
    pub(super) peer: SocketAddr,
    pub(super) upgraded: Upgraded,
}

/// What is held while something is sent.
#[derive(Debug)]
pub(super) struct Held {
    _guest: Guest,
    _session: Share,
    _bandwidth: Option<Share>,
}

impl Held {
    /// Live streams take of the bandwidth; files are sent as fast as there is any.
    pub(super) const fn new(guest: Guest, session: Share, bandwidth: Option<Share>) -> Self {
        Self {
            _guest: guest,
            _session: session,
            _bandwidth: bandwidth,
        }
    }
}

/// A path of media, and how it is asked for.
#[derive(Debug)]
pub(super) struct Wish {
    place: Place,
    pub(super) parts: Parts,
}

/// What a path names, without escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// The path below `/vod/`, with its extension.
    Vod(String),
    /// The name of a stream.
    Live(String),
}

impl Place {
    fn parse(path: &str) -> Option<Self> {
        let path = percent_decode(path).ok()?;
        if !path.ends_with(EXTENSION) {
            return None;
        }
        if let Some(file) = path.strip_prefix("/vod/") {
            return Some(Self::Vod(file.to_owned()));
        }
        let name = path.strip_prefix("/live/")?.strip_suffix(EXTENSION)?;
        Some(Self::Live(name.to_owned()))
    }
}

impl Wish {
    /// Gives the request back when it is for something else.
    #[allow(
        clippy::result_large_err,
        reason = "it is no error, and goes on by value"
    )]
    pub(super) fn of(request: Request<Incoming>) -> Result<Self, Request<Incoming>> {
        if request.method() != Method::GET && request.method() != Method::HEAD {
            return Err(request);
        }
        match Place::parse(request.uri().path()) {
            None => Err(request),
            Some(place) => Ok(Self {
                place,
                parts: request.into_parts().0,
            }),
        }
    }

    /// The answer, whatever it is.
    pub(super) async fn fulfil(mut self, visit: Visit) -> Response<Outbound> {
        let place = self.place.clone();
        let outcome = match &place {
            Place::Vod(path) => self.file(&visit, path).await,
            Place::Live(name) => self.live(&visit, name).await,
        };
        opened(outcome.unwrap_or_else(|error| {
            let status = error.status.as_u16();
            info!(peer = %visit.peer, ?place, status, reason = error.reason, "refused");
            refusal(error)
        }))
    }

    /// Asks whether the peer may play this; where it may under another name, the guest has it.
    pub(super) async fn admit(
        &self,
        visit: &Visit,
        (app, name): (&str, &str),
    ) -> Result<Guest, HttpError> {
        let mut call = HookCall::new(Occasion::Play, visit.peer, (app, name));
        self.query().clone_into(&mut call.args);
        if let Some(host) = self.header(header::HOST) {
            call.tc_url = format!("http://{host}/{app}");
        }
        if let Some(page) = self.header(header::REFERER) {
            page.clone_into(&mut call.page_url);
        }
        let admitted = visit.app.shared.gate.admit(call).await;
        admitted.map_err(|denied| HttpError::new(StatusCode::FORBIDDEN, denied))
    }

    pub(super) fn query(&self) -> &str {
        self.parts.uri.query().unwrap_or_default()
    }

    pub(super) fn header(&self, name: HeaderName) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// An answer with media in it, or without where its head alone is asked for.
    pub(super) fn answer(
        &self,
        builder: response::Builder,
        body: impl Body<Data = Segments, Error = io::Error> + Send + 'static,
    ) -> Response<Outbound> {
        let body = if self.parts.method == Method::HEAD {
            Outbound::none()
        } else {
            Outbound::Media(MediaBody::new(body))
        };
        let response = builder.header(header::CONTENT_TYPE, FLV).body(body);
        response.unwrap_or_else(|error| refusal(failed(error)))
    }
}

/// Pages of all origins may play it.
fn opened(mut response: Response<Outbound>) -> Response<Outbound> {
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("content-length, content-range, accept-ranges"),
    );
    response
}

fn refusal(error: HttpError) -> Response<Outbound> {
    error.into_response().map(Outbound::Whole)
}

/// What went wrong here.
pub(super) fn failed(error: impl ToString) -> HttpError {
    HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

/// What is too much for now.
pub(super) fn unavailable(error: impl ToString) -> HttpError {
    HttpError::new(StatusCode::SERVICE_UNAVAILABLE, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_media() {
        let vod = |path: &str| Some(Place::Vod(path.to_owned()));
        assert_eq!(
            Place::parse("/vod/a%20b/film.mp4.flv"),
            vod("a b/film.mp4.flv")
        );
        assert_eq!(Place::parse("/vod/clip.flv"), vod("clip.flv"));
        let live = Some(Place::Live("my cam".to_owned()));
        assert_eq!(Place::parse("/live/my%20cam.flv"), live);
        for other in [
            "/vod/film.mp4",
            "/healthz",
            "/vodx/a.flv",
            "/vod/%zz.flv",
            "/",
        ] {
            assert_eq!(Place::parse(other), None, "{other}");
        }
    }
}
