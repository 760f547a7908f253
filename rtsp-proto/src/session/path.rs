//! What of a request URI names the resource.

use std::borrow::Cow;

use crate::percent_decode;

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
}
