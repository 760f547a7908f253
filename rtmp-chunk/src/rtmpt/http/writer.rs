use alloc::{format, string::String};

use bytes::Bytes;

use crate::rtmpt::{Answer, CONTENT_TYPE};

/// What goes before an answer's body.
#[must_use]
pub fn answer_head(answer: &Answer, keep_alive: bool) -> Bytes {
    let connection = if keep_alive { "Keep-Alive" } else { "close" };
    let head = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\nConnection: {connection}\r\n\r\n",
        answer.status,
        reason(answer.status),
        answer.body_len(),
    );
    head.into()
}

/// What goes before a request's body of this length. Bytes that could not stand in `path` or `host` are left out.
#[must_use]
pub fn request_head(host: &str, path: &str, body_len: usize) -> Bytes {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {CONTENT_TYPE}\r\nContent-Length: {body_len}\r\nCache-Control: no-cache\r\nConnection: Keep-Alive\r\n\r\n",
        visible(path),
        visible(host),
    );
    head.into()
}

fn visible(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).collect()
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "",
    }
}
