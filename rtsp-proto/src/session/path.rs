//! What of a request URI names the resource.

use std::borrow::Cow;

use crate::{join_control, percent_decode};

/// Path and query of a URI, percent-decoded, without the slashes at its end.
///
/// Scheme and host are left out: clients behind a NAT or a name of their own write others than the server.
pub(crate) fn path_of(uri: &str) -> Cow<'_, str> {
    let path = match uri.split_once("://") {
        Some((_, rest)) => rest
            .find('/')
            .and_then(|slash| rest.get(slash..))
            .unwrap_or_default(),
        None => uri,
    };
    let path = path.trim_end_matches('/');
    percent_decode(path).unwrap_or(Cow::Borrowed(path))
}

/// The URI without its last segment, however the query stands.
pub(crate) fn parent(uri: &str) -> String {
    let uri = uri.trim_end_matches('/');
    let is_bare = |before: &str| before.ends_with("//") || before.ends_with('/');
    match uri.rsplit_once('/') {
        Some((before, _)) if !is_bare(before) => before.to_owned(),
        Some(_) | None => uri.to_owned(),
    }
}

/// The URI of a whole presentation: the `control` attribute of its description's session level, against the base
/// (RFC 2326 C.1.1).
pub(crate) fn presentation_of(base: &str, sdp: &[u8]) -> String {
    let lines = sdp.split(|byte| matches!(byte, b'\n' | b'\r'));
    let control = lines
        .take_while(|line| !line.starts_with(b"m="))
        .find_map(|line| line.strip_prefix(b"a=control:"));
    let control = control
        .and_then(|control| core::str::from_utf8(control).ok())
        .unwrap_or_default();
    join_control(base, control.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_escapes_and_slashes_do_not_matter() {
        for uri in [
            "rtsp://a/x%20y/t=1",
            "rtsp://u:p@b:8554/x y/t=1/",
            "RTSP://[::1]:1//x y/t=1",
        ] {
            assert_eq!(path_of(uri).trim_start_matches('/'), "x y/t=1", "{uri}");
        }
        assert_eq!(path_of("rtsp://a"), "");
        assert_eq!(path_of("rtsp://a/"), "");
        assert_eq!(path_of("*"), "*");
        assert_eq!(path_of("rtsp://a/100%"), "/100%");
        assert_eq!(path_of("rtsp://a/cam?x=1/t=2"), "/cam?x=1/t=2");
    }

    #[test]
    fn parents_of_tracks() {
        assert_eq!(parent("rtsp://h/film/trackID=1"), "rtsp://h/film");
        assert_eq!(parent("rtsp://h/cam?x=1/trackID=1/"), "rtsp://h/cam?x=1");
        for alone in ["rtsp://h", "rtsp://h/", "*", "", "x"] {
            assert_eq!(parent(alone), alone.trim_end_matches('/'), "{alone}");
        }
    }

    #[test]
    fn presentations_of_descriptions() {
        let of = |sdp: &str| presentation_of("rtsp://h/film/", sdp.as_bytes());
        assert_eq!(
            of("v=0\r\na=control:*\r\nm=audio\r\na=control:t\r\n"),
            "rtsp://h/film/"
        );
        assert_eq!(
            of("v=0\na=control:rtsp://h/all \nm=audio\n"),
            "rtsp://h/all"
        );
        assert_eq!(of("v=0\r\na=control:all\r\n"), "rtsp://h/film/all");
        assert_eq!(of("v=0\r\nm=audio\r\na=control:t\r\n"), "rtsp://h/film/");
    }
}
