//! Which media a path names, and the answer that carries it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use castline_rtsp_proto::percent_decode;
use hyper::{Method, Request, Response, body::Incoming, http::response};
use tracing::info;

use super::{
    App, HttpError,
    outbound::{MediaBody, Outbound, Step, Steps},
    range::{self, Wanted},
    vod::{Held, Plain, Remuxed},
};
use crate::{
    gate::{Denied, Guest},
    hooks::{HookCall, Occasion},
    library::{LibraryError, MediaFile},
    movie::MovieError,
    rights,
};

/// What FLV is called.
const FLV: &str = "video/x-flv";
const EXTENSION: &str = ".flv";

/// A path of media, and how it is asked for.
#[derive(Debug)]
pub(super) struct Wish {
    place: Place,
    query: String,
    headers: HeaderMap,
    is_head: bool,
}

/// What a path names, without escapes and with its extension.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Vod(String),
}

impl Place {
    fn parse(path: &str) -> Option<Self> {
        let path = percent_decode(path).ok()?;
        let path = path.strip_prefix("/vod/")?;
        path.ends_with(EXTENSION)
            .then(|| Self::Vod(path.to_owned()))
    }
}

impl Wish {
    /// `None` when the request is for something else.
    pub(super) fn of(request: &Request<Incoming>) -> Option<Self> {
        let is_head = request.method() == Method::HEAD;
        if !is_head && request.method() != Method::GET {
            return None;
        }
        Some(Self {
            place: Place::parse(request.uri().path())?,
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            is_head,
        })
    }

    /// The answer, whatever it is.
    pub(super) async fn fulfil(self, app: Arc<App>, peer: SocketAddr) -> Response<Outbound> {
        let outcome = match &self.place {
            Place::Vod(path) => self.file(&app, peer, path).await,
        };
        outcome.unwrap_or_else(|error| {
            info!(%peer, place = ?self.place, status = error.status.as_u16(), reason = error.reason, "refused");
            refusal(error)
        })
    }

    async fn file(
        &self,
        app: &App,
        peer: SocketAddr,
        path: &str,
    ) -> Result<Response<Outbound>, HttpError> {
        // Rights are those of the file, whatever form it is sent in.
        let plain = open_flv(app, path).await?;
        let name = match &plain {
            Some(_) => path,
            None => path.strip_suffix(EXTENSION).unwrap_or(path),
        };
        let guest = self.admit(app, peer, ("vod", name)).await?;
        let given = guest.name().to_owned();
        let session = app.shared.admission.session().map_err(unavailable)?;
        let held = Held {
            _guest: guest,
            _session: session,
        };
        let plain = if given == name {
            plain
        } else {
            open_flv(app, &given).await?
        };
        match plain {
            Some(file) => Ok(self.plain(file, held)),
            None => self.movie(app, &given, held).await,
        }
    }

    /// An FLV file as it is, or the part that is asked for.
    fn plain(&self, file: MediaFile, held: Held) -> Response<Outbound> {
        let len = file.len();
        let tag = file.entity_tag();
        let builder = response::Builder::new()
            .header(header::CONTENT_TYPE, FLV)
            .header(header::ACCEPT_RANGES, "bytes")
            .header(header::ETAG, &tag);
        let ranges = self.header(header::RANGE);
        // A part of another state of the file would not fit to what the client has (RFC 9110 §13.1.5).
        let is_fresh = self
            .header(header::IF_RANGE)
            .is_none_or(|known| known == tag);
        let (builder, part) = match range::wanted(ranges.filter(|_| is_fresh), len) {
            Wanted::All => (builder, 0..len),
            Wanted::Part(part) => {
                let last = part.end.saturating_sub(1);
                let range = format!("bytes {}-{last}/{len}", part.start);
                let builder = builder.status(StatusCode::PARTIAL_CONTENT);
                (builder.header(header::CONTENT_RANGE, range), part)
            }
            Wanted::NotThere => {
                let builder = builder.status(StatusCode::RANGE_NOT_SATISFIABLE);
                (
                    builder.header(header::CONTENT_RANGE, format!("bytes */{len}")),
                    0..0,
                )
            }
        };
        let len = part.end.saturating_sub(part.start);
        let builder = builder.header(header::CONTENT_LENGTH, len);
        let body = Plain {
            file,
            left: part,
            _held: held,
        };
        self.answer(builder, body, Some(len))
    }

    /// An MP4 file as FLV.
    async fn movie(
        &self,
        app: &App,
        path: &str,
        held: Held,
    ) -> Result<Response<Outbound>, HttpError> {
        let open = app
            .shared
            .movies
            .open(path)
            .await
            .map_err(|error| match error {
                MovieError::NotFound => HttpError::not_found(error),
                MovieError::Unreadable(_) | MovieError::Unplayable(_) => failed(error),
            })?;
        let body = Remuxed::new(open.file.clone(), &open.movie, self.start()?, held);
        let body = body.ok_or_else(|| {
            let reason = "the file has no track that FLV can carry";
            HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason)
        })?;
        let builder = response::Builder::new()
            .header(header::CONTENT_TYPE, FLV)
            .header(header::CACHE_CONTROL, "no-store");
        Ok(self.answer(builder, body, None))
    }

    /// Where playing begins: `start=SECONDS` in the query.
    fn start(&self) -> Result<Duration, HttpError> {
        let Some(start) = rights::parameter(&self.query, "start") else {
            return Ok(Duration::ZERO);
        };
        let seconds: Option<f64> = start.parse().ok();
        let start = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        start.ok_or_else(|| {
            let reason = format!("start={start:?} is not a time: give seconds, like start=12.5");
            HttpError::new(StatusCode::BAD_REQUEST, reason)
        })
    }

    async fn admit(
        &self,
        app: &App,
        peer: SocketAddr,
        (kind, name): (&str, &str),
    ) -> Result<Guest, HttpError> {
        let mut call = HookCall::new(Occasion::Play, peer, (kind, name));
        call.args.clone_from(&self.query);
        if let Some(host) = self.header(header::HOST) {
            call.tc_url = format!("http://{host}/{kind}");
        }
        if let Some(page) = self.header(header::REFERER) {
            call.page_url = page.to_owned();
        }
        app.gate.admit(call).await.map_err(|denied| match denied {
            Denied::Rights(_) | Denied::Hook(_) => HttpError::new(StatusCode::FORBIDDEN, denied),
        })
    }

    fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn answer(
        &self,
        builder: response::Builder,
        body: impl Step,
        len: Option<u64>,
    ) -> Response<Outbound> {
        let body = if self.is_head {
            Outbound::none()
        } else {
            Outbound::Media(MediaBody::new(Steps::new(body, len)))
        };
        let response = builder
            .body(body)
            .unwrap_or_else(|error| refusal(failed(error)));
        opened(response)
    }
}

/// The FLV file at a path below `/vod/`; `None` when there is none.
async fn open_flv(app: &App, path: &str) -> Result<Option<MediaFile>, HttpError> {
    let (library, path) = (app.library.clone(), path.to_owned());
    let opened = tokio::task::spawn_blocking(move || library.open_flv(&path)).await;
    match opened.map_err(failed)? {
        Ok(file) => Ok(Some(file)),
        Err(LibraryError::NotFound) => Ok(None),
        Err(error) => Err(failed(error)),
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
    use axum::response::IntoResponse;
    opened(error.into_response().map(Outbound::Whole))
}

fn failed(error: impl ToString) -> HttpError {
    HttpError::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

fn unavailable(error: impl ToString) -> HttpError {
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
