//! The answers that carry files.

use std::time::Duration;

use axum::http::{StatusCode, header, response};
use hyper::Response;

use super::{
    App, HttpError,
    media::{EXTENSION, Held, Visit, Wish, failed, unavailable},
    outbound::{Outbound, Steps},
    range::{self, Wanted},
    vod::{Plain, Remuxed},
};
use crate::{
    library::{LibraryError, MediaFile},
    movie::MovieError,
    rights,
};

impl Wish {
    /// What is at a path below `/vod/`: an FLV file of that name, or the movie before its `.flv`.
    pub(super) async fn file(
        &self,
        visit: &Visit,
        path: &str,
    ) -> Result<Response<Outbound>, HttpError> {
        let app = &visit.app;
        // Rights are those of the file, whatever form it is sent in.
        let plain = open_flv(app, path).await?;
        let name = match &plain {
            Some(_) => path,
            None => path.strip_suffix(EXTENSION).unwrap_or(path),
        };
        let guest = self.admit(visit, ("vod", name)).await?;
        let given = guest.name().to_owned();
        let session = app.shared.admission.session().map_err(unavailable)?;
        let held = Held::new(guest, session, None);
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
        self.answer(builder, Steps::new(body, Some(len)))
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
        let body = Remuxed::new(open, self.start()?, held);
        let body = body.ok_or_else(|| {
            let reason = "the file has no track that FLV can carry";
            HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, reason)
        })?;
        let builder = response::Builder::new().header(header::CACHE_CONTROL, "no-store");
        Ok(self.answer(builder, Steps::new(body, None)))
    }

    /// Where playing begins: `start=SECONDS` in the query.
    fn start(&self) -> Result<Duration, HttpError> {
        let Some(start) = rights::parameter(self.query(), "start") else {
            return Ok(Duration::ZERO);
        };
        let seconds: Option<f64> = start.parse().ok();
        let start = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        start.ok_or_else(|| {
            let reason = format!("start={start:?} is not a time: give seconds, like start=12.5");
            HttpError::new(StatusCode::BAD_REQUEST, reason)
        })
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
