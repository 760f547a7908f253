//! What the URI of an RTSP request asks for, and whether its client may have it.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use castline_rtsp_proto::{StatusCode, Uri, percent_decode, server::Description};
use tokio::io::{AsyncRead, AsyncWrite};
use tracing::{debug, info};

use crate::{
    client::{Client, Rtsp},
    gate::{Denied, Guest},
    hooks::{HookCall, Occasion},
    movie::MovieError,
    requests::{Done, Refusal},
    source::{Source, split_path},
};

/// A URI, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Without escapes, without a slash at its end, and without the track.
    pub(crate) path: String,
    pub(crate) track: Option<u32>,
    /// As it came, without the track that clients append to it.
    query: String,
    /// The query stands behind the track, or there is none of both.
    is_query_last: bool,
    /// Scheme, host and port, as in `rtsp://host:554`.
    server: String,
}

/// What was described last, so that its SETUPs find it open.
#[derive(Debug)]
pub(crate) struct Described {
    /// The path that was asked for.
    path: String,
    /// The path of what was described: another one where a hook gave another name.
    found: String,
    source: Source,
    /// Where a hook was asked already, for the session to come.
    guest: Option<Guest>,
}

impl Asked {
    pub(crate) fn parse(uri: &str) -> Done<Self> {
        let malformed = |error| {
            debug!(%error, "malformed URI");
            Refusal::new(StatusCode::BAD_REQUEST, "malformed URI")
        };
        let parsed = Uri::parse(uri).map_err(malformed)?;
        let mut path = percent_decode(parsed.path())
            .map_err(malformed)?
            .into_owned();
        let mut query = parsed.query().unwrap_or_default().trim_end_matches('/');
        let mut is_query_last = true;
        // Clients append the track to the whole URL, query and all.
        if let Some((own, track)) = query.rsplit_once("/trackID=") {
            is_query_last = false;
            query = own;
            path.push_str("/trackID=");
            path.push_str(track);
        }
        let (path, track) = split_path(&path);
        Ok(Self {
            path: path.to_owned(),
            track,
            query: query.trim_end_matches('/').to_owned(),
            is_query_last,
            server: server_of(&parsed),
        })
    }

    /// What stands behind the number in the URL of a track, with its question mark.
    pub(crate) fn behind_track(&self) -> String {
        if self.is_query_last && !self.query.is_empty() {
            format!("?{}", self.query)
        } else {
            String::new()
        }
    }

    /// `<app>` and `<name>`.
    fn parts(&self) -> (&str, &str) {
        let path = self.path.trim_start_matches('/');
        path.split_once('/').unwrap_or((path, ""))
    }

    /// What the rights and the hooks are told of playing it.
    fn call(&self, peer: SocketAddr) -> HookCall {
        let (app, name) = self.parts();
        let mut call = HookCall::new(Occasion::Play, peer, (app, name));
        call.client_id = peer.to_string();
        call.args.clone_from(&self.query);
        call.tc_url = format!("{}/{app}", self.server);
        call
    }

    /// The path of what somebody who was let in plays.
    fn place(&self, guest: &Guest) -> String {
        let (app, name) = self.parts();
        if guest.name() == name {
            self.path.clone()
        } else {
            format!("/{app}/{}", guest.name())
        }
    }
}

fn server_of(uri: &Uri<'_>) -> String {
    let (scheme, host) = (
        uri.scheme().unwrap_or("rtsp"),
        uri.host().unwrap_or_default(),
    );
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    match uri.port() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::new(StatusCode::FORBIDDEN, denied.to_string())
    }
}

impl Client {
    /// Finds what is to be described. The rights alone are asked, since nothing begins; but where there is nothing of
    /// that name, a hook may know another.
    pub(crate) async fn find_described<IO>(
        &mut self,
        connection: &mut Rtsp<IO>,
        asked: &Asked,
    ) -> Done<Described>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let call = asked.call(self.peer);
        let shared = Arc::clone(&self.shared);
        shared.gate.may(&call).map_err(Denied::from)?;
        let found = connection.drive_while(shared.find(&asked.path)).await;
        let (found, source, guest) = match found {
            Ok(source) => (asked.path.clone(), source, None),
            Err(MovieError::NotFound) => {
                let guest = connection.drive_while(shared.gate.admit(call)).await?;
                let place = asked.place(&guest);
                if place == asked.path {
                    return Err(MovieError::NotFound.into());
                }
                let source = connection.drive_while(shared.find(&place)).await?;
                (place, source, Some(guest))
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Described {
            path: asked.path.clone(),
            found,
            source,
            guest,
        })
    }

    /// Asks whether a new session may begin, and finds what it plays.
    pub(crate) async fn begin<IO>(
        &mut self,
        connection: &mut Rtsp<IO>,
        asked: &Asked,
    ) -> Done<(Source, Guest)>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let (peer, shared) = (self.peer, Arc::clone(&self.shared));
        let call = asked.call(peer);
        shared.gate.may(&call).map_err(Denied::from)?;
        let mut described = self.described.as_mut();
        described = described.filter(|described| described.path == asked.path);
        let told = described.as_mut().and_then(|told| told.guest.take());
        let guest = match told {
            Some(guest) => guest,
            None => connection.drive_while(shared.gate.admit(call)).await?,
        };
        let place = asked.place(&guest);
        if let Some(described) = described.as_ref().filter(|told| told.found == place) {
            return Ok((described.source.clone(), guest));
        }
        let source = connection.drive_while(shared.find(&place)).await?;
        let sdp = &source.presentation().sdp;
        // It would set up its decoders for the one and be sent the other.
        if described.is_some_and(|described| described.source.presentation().sdp != *sdp) {
            let reason = "the hook gave another name than what was described has";
            return Err(Refusal::new(StatusCode::FORBIDDEN, reason));
        }
        if place != asked.path {
            info!(%peer, asked = asked.path, plays = place, "a hook gave another name");
        }
        Ok((source, guest))
    }
}

impl Described {
    /// What is answered. Where the URI has a query, the tracks have it too: clients that resolve their URLs by RFC 3986
    /// (GStreamer) would lose it with the base, and those that append to the base come to the same.
    pub(crate) fn answer(&self, uri: &str, asked: &Asked) -> Description {
        let whole = uri.split(['?', '#']).next().unwrap_or(uri);
        let base = format!("{}/", whole.trim_end_matches('/'));
        let sdp = self.source.presentation().sdp.clone();
        let sdp = match (asked.behind_track(), std::str::from_utf8(&sdp)) {
            (query, Ok(text)) if !query.is_empty() => Bytes::from(with_query(text, &query)),
            (_, Ok(_) | Err(_)) => sdp,
        };
        Description::new(sdp).with_content_base(base)
    }
}

fn with_query(sdp: &str, query: &str) -> String {
    let mut all = String::with_capacity(sdp.len().saturating_add(256));
    for line in sdp.lines() {
        all.push_str(line);
        let control = line.strip_prefix("a=control:");
        if control.is_some_and(|control| control != "*") {
            all.push_str(query);
        }
        all.push_str("\r\n");
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(uri: &str) -> Asked {
        Asked::parse(uri).ok().unwrap()
    }

    #[test]
    fn the_query_is_that_of_the_uri_wherever_the_track_is() {
        for (uri, path, track, query) in [
            ("rtsp://h/live/cam", "/live/cam", None, ""),
            ("rtsp://h/live/cam?key=K", "/live/cam", None, "key=K"),
            ("rtsp://h/live/cam/?key=K/", "/live/cam", None, "key=K"),
            ("rtsp://h/live/c%61m?key=%4b", "/live/cam", None, "key=%4b"),
            (
                "rtsp://h/live/cam?key=K/trackID=1",
                "/live/cam",
                Some(1),
                "key=K",
            ),
            (
                "rtsp://h/live/cam?key=a/b//trackID=1/",
                "/live/cam",
                Some(1),
                "key=a/b",
            ),
            (
                "rtsp://h/live/cam/trackID=2?x=1&key=K",
                "/live/cam",
                Some(2),
                "x=1&key=K",
            ),
            ("rtsp://h/live/cam%3Fkey=K", "/live/cam?key=K", None, ""),
        ] {
            let asked = parse(uri);
            let parts = (asked.path.as_str(), asked.track, asked.query.as_str());
            assert_eq!(parts, (path, track, query), "{uri}");
        }
        for wrong in ["rtsp://h/%zz", "rtsp://h:x/live/cam", "rtsp://h/live/a%00"] {
            assert!(Asked::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_hook_is_told_who_asks_for_what() {
        let peer = ([192, 0, 2, 1], 7).into();
        for (uri, app, name, tc_url) in [
            (
                "rtsp://u:secret@h:8554/live/cam?key=K/trackID=1",
                "live",
                "cam",
                "rtsp://h:8554/live",
            ),
            (
                "rtsp://[::1]//vod/a/b.mp4/?key=K",
                "vod",
                "a/b.mp4",
                "rtsp://[::1]/vod",
            ),
        ] {
            let call = parse(uri).call(peer);
            let told = (call.app.as_str(), call.name.as_str(), call.tc_url.as_str());
            assert_eq!(told, (app, name, tc_url), "{uri}");
            assert_eq!((call.args.as_str(), call.peer), ("key=K", peer));
        }
    }
}
