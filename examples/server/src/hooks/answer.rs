//! What a hook answers.

use reqwest::{
    StatusCode,
    header::{HeaderMap, LOCATION},
};
use serde::Deserialize;

use super::{Verdict, renamed};

/// nginx-rtmp: 2xx allows, 3xx with a Location that is a plain name renames, all else is no.
pub(super) fn of_form(status: StatusCode, headers: &HeaderMap) -> Verdict {
    if status.is_success() {
        return Verdict::Allow;
    }
    if !status.is_redirection() {
        return Verdict::Deny(format!("the hook said {}", status.as_u16()));
    }
    match headers.get(LOCATION).map(|name| name.to_str()) {
        Some(Ok(name)) if name.contains("://") => {
            Verdict::Deny("the hook leads to another server, which is not done here".to_owned())
        }
        Some(Ok(name)) => renamed(name.trim()),
        Some(Err(_)) => Verdict::Deny("the hook gave a name that cannot be one".to_owned()),
        None => Verdict::Deny(format!("the hook said {} and no name", status.as_u16())),
    }
}

/// SRS' answer; a text is for the peer, which SRS has not.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Code(i64),
    Object {
        code: i64,
        #[serde(default)]
        msg: Option<String>,
    },
}

/// SRS: 200 and the code 0 allow, all else is no.
pub(super) fn of_json(status: StatusCode, text: &[u8]) -> Verdict {
    if status != StatusCode::OK {
        return Verdict::Deny(format!("the hook said {}", status.as_u16()));
    }
    match serde_json::from_slice(text) {
        Ok(Answer::Code(0) | Answer::Object { code: 0, .. }) => Verdict::Allow,
        Ok(Answer::Object { msg: Some(msg), .. }) => {
            let short = msg.chars().filter(|letter| !letter.is_control());
            Verdict::Deny(short.take(200).collect())
        }
        Ok(Answer::Code(code) | Answer::Object { code, .. }) => {
            Verdict::Deny(format!("the hook said {code}"))
        }
        Err(_) => Verdict::Deny("the hook's answer is neither 0 nor {\"code\":0}".to_owned()),
    }
}
