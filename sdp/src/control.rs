//! Where a control URL leads (RFC 2326 appendix C.1.1, RFC 7826 appendix D.1.1).

use alloc::{borrow::Cow, string::String};

/// The URL that a `control` attribute names, seen from `base` (Content-Base, Content-Location or
/// the request's URL, in this order).
///
/// - `"*"` and the empty string are the base itself.
/// - A control with a scheme (`rtsp://..`) stands for itself, whatever its host.
/// - All else, one that begins with `/` too, is put behind the base with one `/` between: not RFC 3986 resolution, which would
///   drop the base's last segment, but what cameras, live555 and FFmpeg mean. A query string in the
///   base therefore stays in front of the control: `rtsp://h/cam?ch=1` and `trackID=1` make
///   `rtsp://h/cam?ch=1/trackID=1`.
///
/// ```
/// use castline_sdp::control::resolve;
/// assert_eq!(resolve("rtsp://h/cam", "trackID=1"), "rtsp://h/cam/trackID=1");
/// assert_eq!(resolve("rtsp://h/cam/", "*"), "rtsp://h/cam/");
/// ```
#[must_use]
pub fn resolve<'a>(base: &'a str, control: &'a str) -> Cow<'a, str> {
    let control = control.trim();
    if control.is_empty() || control == "*" {
        return Cow::Borrowed(base);
    }
    if has_scheme(control) {
        return Cow::Borrowed(control);
    }
    let slash = if base.is_empty() || base.ends_with('/') || control.starts_with('?') {
        ""
    } else {
        "/"
    };
    Cow::Owned(join(
        base,
        slash,
        control.strip_prefix('/').unwrap_or(control),
    ))
}

/// Whether `url` begins with `<scheme>://`.
fn has_scheme(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

fn join(front: &str, middle: &str, back: &str) -> String {
    let length = front
        .len()
        .saturating_add(middle.len())
        .saturating_add(back.len());
    let mut url = String::with_capacity(length);
    for part in [front, middle, back] {
        url.push_str(part);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn joins_as_cameras_mean_it() {
        for (base, control, url) in [
            ("rtsp://h/cam", "trackID=1", "rtsp://h/cam/trackID=1"),
            ("rtsp://h/cam/", "trackID=1", "rtsp://h/cam/trackID=1"),
            (
                "rtsp://h/cam/x.sdp",
                "streamid=0",
                "rtsp://h/cam/x.sdp/streamid=0",
            ),
            (
                "rtsp://h/cam?ch=1&sub=0",
                "trackID=1",
                "rtsp://h/cam?ch=1&sub=0/trackID=1",
            ),
            (
                "rtsp://h:554/cam?ch=1",
                "/other/t1",
                "rtsp://h:554/cam?ch=1/other/t1",
            ),
            ("rtsp://h", "/t1", "rtsp://h/t1"),
            ("rtsp://h/cam", "?ctype=video", "rtsp://h/cam?ctype=video"),
            ("rtsp://h/cam", "*", "rtsp://h/cam"),
            ("rtsp://h/cam", "", "rtsp://h/cam"),
            ("rtsp://h/cam", " trackID=2 ", "rtsp://h/cam/trackID=2"),
            (
                "rtsp://10.0.0.1/cam",
                "rtsp://192.168.1.9/cam/t1",
                "rtsp://192.168.1.9/cam/t1",
            ),
            ("rtsp://h/cam", "RTSPU://h/cam/t1", "RTSPU://h/cam/t1"),
            ("/cam", "track1", "/cam/track1"),
            ("/cam", "/track1", "/cam/track1"),
            ("", "track1", "track1"),
            (
                "rtsp://h/cam",
                "track?url=http://x",
                "rtsp://h/cam/track?url=http://x",
            ),
        ] {
            assert_eq!(resolve(base, control), url, "{base} + {control}");
        }
    }
}
