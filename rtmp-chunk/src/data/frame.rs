//! Data messages as bytes: what a relay does with them, without reading values and without a copy.

use bytes::Bytes;

use crate::MessageType;
use crate::command::skip_format_byte;

/// What publishers put before a data message that players are to get, and get when they come later (the
/// `@setDataFrame` handler's name as an AMF0 string).
const SET_DATA_FRAME: &[u8] = b"\x02\x00\x0d@setDataFrame";

/// The body as players and FLV files have it, AMF0 from the name on: without `@setDataFrame`, and without the
/// format byte of AMF3 messages.
#[must_use]
pub fn to_script(message_type: MessageType, payload: &Bytes) -> Bytes {
    let amf3 = message_type == MessageType::DATA_AMF3;
    let (body, _) = skip_format_byte(amf3, payload);
    payload.slice_ref(strip(body).unwrap_or(body))
}

/// The body as a publisher sends it, AMF0: `@setDataFrame`, then what `script` is, in two parts.
///
/// A body that begins with it already stays as it is, after an empty part.
#[must_use]
pub fn to_publish(script: &Bytes) -> [Bytes; 2] {
    let prefix = match strip(script) {
        Some(_) => Bytes::new(),
        None => Bytes::from_static(SET_DATA_FRAME),
    };
    [prefix, script.clone()]
}

/// The name of what a data message says (`onMetaData`, `|RtmpSampleAccess`, …), after `@setDataFrame`; `None` when
/// it does not begin with one in UTF-8.
#[must_use]
pub fn name(message_type: MessageType, payload: &[u8]) -> Option<&str> {
    let (body, _) = skip_format_byte(message_type == MessageType::DATA_AMF3, payload);
    let body = strip(body).unwrap_or(body);
    let (&[marker, a, b], rest) = body.split_first_chunk()?;
    let name = rest.get(..usize::from(u16::from_be_bytes([a, b])))?;
    core::str::from_utf8(name).ok().filter(|_| marker == 0x02)
}

fn strip(body: &[u8]) -> Option<&[u8]> {
    body.strip_prefix(SET_DATA_FRAME)
}
