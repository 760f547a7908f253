//! The one way to write each header name.

/// Every header name of RFC 2326 and RFC 7826, and the extensions in common use, sorted by length to make
/// the search short.
const CANONICAL: &[&str] = &[
    "Via",
    "CSeq",
    "Date",
    "From",
    "Host",
    "MTag",
    "Vary",
    "Allow",
    "Range",
    "Scale",
    "Speed",
    "Accept",
    "Expires",
    "Public",
    "Server",
    "Prompt",
    "Bandwidth",
    "Blocksize",
    "Frames",
    "Referer",
    "Require",
    "Session",
    "If-Match",
    "KeyMgmt",
    "Location",
    "RTP-Info",
    "Immediate",
    "Transport",
    "Connection",
    "RTCP-Interval",
    "Seek-Style",
    "Supported",
    "User-Agent",
    "Conference",
    "Timestamp",
    "Media-Range",
    "Unsupported",
    "Retry-After",
    "Content-Base",
    "Content-Type",
    "Rate-Control",
    "Request-Status",
    "Authorization",
    "Accept-Ranges",
    "Cache-Control",
    "If-None-Match",
    "Last-Modified",
    "Notify-Reason",
    "Proxy-Require",
    "Content-Length",
    "Accept-Encoding",
    "Accept-Language",
    "Content-Encoding",
    "Content-Language",
    "Content-Location",
    "Media-Properties",
    "WWW-Authenticate",
    "If-Modified-Since",
    "Proxy-Supported",
    "Accept-Credentials",
    "Authentication-Info",
    "Connection-Credentials",
    "Pipelined-Requests",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Authentication-Info",
    "Terminate-Reason",
    "X-Dynamic-Rate",
    "X-Accept-Dynamic-Rate",
    "x-sessioncookie",
    "X-Playlist-Gen-Id",
];

/// The canonical case of a header name that this crate knows, found without regard to case.
///
/// Some devices compare names by case although no RFC allows it, so everything that is sent goes out in this case.
///
/// ```
/// assert_eq!(castline_rtsp_proto::canonical_header_name("cseq"), Some("CSeq"));
/// ```
#[must_use]
pub fn canonical_header_name(name: &str) -> Option<&'static str> {
    CANONICAL
        .iter()
        .copied()
        .find(|known| known.eq_ignore_ascii_case(name))
}
