//! What the two schemes compute.

use alloc::string::String;
use core::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

fn md5(parts: &[&str]) -> [u8; 16] {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// `authmod=adobe`: the response to a server's salt and `opaque` (its `challenge`, where it sends no opaque).
///
/// base64(MD5(base64(MD5(user, salt, password)), opaque, client challenge)).
#[must_use]
pub fn adobe_response(
    user: &str,
    password: &str,
    salt: &str,
    opaque: &str,
    client_challenge: &str,
) -> String {
    let secret = STANDARD.encode(md5(&[user, salt, password]));
    STANDARD.encode(md5(&[&secret, opaque, client_challenge]))
}

/// What goes into a response of `authmod=llnw` besides the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "the scheme has these and no other"
)]
pub struct LlnwAnswer<'a> {
    /// The application without its query.
    pub app: &'a str,
    /// The server's.
    pub nonce: &'a str,
    /// The client's.
    pub client_nonce: &'a str,
    /// How often the nonce was used: `00000001`.
    pub nonce_count: &'a str,
}

/// `authmod=llnw`: HTTP Digest's response (RFC 2617 §3.2.2) for the realm `live`, the method `publish` and the
/// quality of protection `auth`.
#[must_use]
pub fn llnw_response(user: &str, password: &str, answer: &LlnwAnswer<'_>) -> String {
    // An application without an instance is hashed with the default one.
    let instance = if answer.app.contains('/') {
        ""
    } else {
        "/_definst_"
    };
    let secret = hex(&md5(&[user, ":live:", password]));
    let what = hex(&md5(&["publish:/", answer.app, instance]));
    hex(&md5(&[
        &secret,
        ":",
        answer.nonce,
        ":",
        answer.nonce_count,
        ":",
        answer.client_nonce,
        ":auth:",
        &what,
    ]))
}
