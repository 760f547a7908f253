//! What a hook is sent.

use reqwest::{RequestBuilder, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{HookCall, Occasion};
use crate::config::HookFormat;

/// The call as a request.
pub(super) fn request(
    client: &reqwest::Client,
    format: HookFormat,
    url: &str,
    call: &HookCall,
) -> RequestBuilder {
    let request = client.post(url);
    match format {
        HookFormat::Form => request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form(call)),
        HookFormat::Json => request.json(&json(call)),
    }
}

/// nginx-rtmp's form; the arguments of the URL go last, as they are.
pub(super) fn form(call: &HookCall) -> String {
    let (name, kind) = match call.occasion {
        Occasion::Connect => ("connect", None),
        Occasion::Publish => ("publish", Some(("type", "live"))),
        Occasion::PublishDone => ("publish_done", None),
        Occasion::Play => ("play", None),
        Occasion::PlayDone => ("play_done", None),
        Occasion::RecordDone => ("record_done", Some(("recorder", "flv"))),
    };
    let address = call.peer.ip().to_canonical().to_string();
    let fields = [
        ("call", name),
        ("addr", &address),
        ("clientid", &call.client_id),
        ("app", &call.app),
        ("name", &call.name),
        ("tcurl", &call.tc_url),
        ("pageurl", &call.page_url),
    ];
    let file = call.file.as_deref().map(|file| ("path", file));
    let mut body = String::new();
    for (name, value) in fields.into_iter().chain(kind).chain(file) {
        if !body.is_empty() {
            body.push('&');
        }
        body.push_str(name);
        body.push('=');
        escape(value, &mut body);
    }
    if !call.args.is_empty() {
        body.push('&');
        body.extend(call.args.chars().filter(|letter| !letter.is_control()));
    }
    body
}

/// As an HTML form is escaped, where a space may be `%20` too.
fn escape(value: &str, body: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(*DIGITS.get(usize::from(value & 15)).unwrap_or(&b'0'));
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) {
            body.push(char::from(byte));
        } else {
            body.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
}

/// SRS' object.
pub(super) fn json(call: &HookCall) -> Value {
    let action = match call.occasion {
        Occasion::Connect => "on_connect",
        Occasion::Publish => "on_publish",
        Occasion::PublishDone => "on_unpublish",
        Occasion::Play => "on_play",
        Occasion::PlayDone => "on_stop",
        Occasion::RecordDone => "on_dvr",
    };
    let param = if call.args.is_empty() {
        String::new()
    } else {
        format!("?{}", call.args)
    };
    let mut object = json!({
        "server_id": "castline",
        "action": action,
        "client_id": call.client_id,
        "ip": call.peer.ip().to_canonical().to_string(),
        "vhost": "__defaultVhost__",
        "app": call.app,
        "stream": call.name,
        "param": param,
        "tcUrl": call.tc_url,
        "pageUrl": call.page_url,
        "stream_url": format!("/{}/{}", call.app, call.name),
    });
    if let (Some(file), Some(object)) = (&call.file, object.as_object_mut()) {
        object.insert("file".to_owned(), Value::from(file.as_str()));
    }
    object
}
