//! Data messages as values.

use alloc::vec::Vec;

use bytes::{BufMut, Bytes, BytesMut};

use super::cue::{CuePoint, TextData};
use super::metadata::StreamMetadata;
use crate::MessageType;
use crate::amf::amf0::{EcmaArray, Object, Value, encode_all, to_vec};
use crate::amf::{Limits, Text};
use crate::command::{Status, plain, skip_format_byte};

const SET_DATA_FRAME: &str = "@setDataFrame";
const CLEAR_DATA_FRAME: &str = "@clearDataFrame";
const METADATA: &str = "onMetaData";
const SAMPLE_ACCESS: &str = "|RtmpSampleAccess";
const TEXT: &str = "onTextData";
const CUE_POINT: &str = "onCuePoint";
const STATUS: &str = "onStatus";
const PLAY_STATUS: &str = "onPlayStatus";

/// What a data message says.
///
/// What is known by name but has other arguments is [`Data::Other`]; trailing arguments of known ones are dropped.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// `onMetaData`: what the stream is.
    Metadata(StreamMetadata),
    /// `@clearDataFrame`: no data of that name is kept for later players any more.
    Clear {
        /// The name, mostly `onMetaData`.
        name: Text,
    },
    /// `|RtmpSampleAccess`: whether the player may read raw samples.
    SampleAccess {
        /// Sound.
        audio: bool,
        /// Pictures.
        video: bool,
    },
    /// `onTextData`: subtitles.
    Text(TextData),
    /// `onCuePoint`.
    CuePoint(CuePoint),
    /// `onStatus`, which comes in data messages too: `NetStream.Data.Start`.
    Status(Status),
    /// `onPlayStatus`: `NetStream.Play.Complete`, `NetStream.Play.Switch`.
    PlayStatus(Status),
    /// Anything else that begins with a name.
    Other {
        /// The name.
        name: Text,
        /// What follows it.
        arguments: Vec<Value>,
    },
    /// What is no AMF0, begins with no name, or is beyond the limits: the bytes after a format byte, to be passed on.
    Opaque(Bytes),
}

/// A data message: AMF0 (type 18) or AMF3 (type 15).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DataMessage {
    /// `@setDataFrame` stood before it: keep it for players that come later.
    pub set_data_frame: bool,
    /// What it says.
    pub data: Data,
}

impl DataMessage {
    /// As players get it and files have it.
    #[must_use]
    pub const fn new(data: Data) -> Self {
        Self {
            set_data_frame: false,
            data,
        }
    }

    /// As publishers send it.
    #[must_use]
    pub const fn set_data_frame(data: Data) -> Self {
        Self {
            set_data_frame: true,
            data,
        }
    }

    /// Reads a data message. This never fails: peers send things in data messages that are no AMF (FFmpeg a
    /// timecode of four bytes), and they are no reason to part.
    #[must_use]
    pub fn parse(message_type: MessageType, payload: &Bytes, limits: &Limits) -> Self {
        let amf3 = message_type == MessageType::DATA_AMF3;
        let (body, _) = skip_format_byte(amf3, payload);
        let values = Value::parse_all(body, limits).unwrap_or_default();
        let mut values = values.into_iter().peekable();
        let is_set = |value: &Value| value.as_str() == Some(SET_DATA_FRAME);
        let set_data_frame = values.next_if(is_set).is_some();
        let Some(Value::String(name) | Value::LongString(name)) = values.next() else {
            return Self::new(Data::Opaque(payload.slice_ref(body)));
        };
        let arguments: Vec<_> = values.collect();
        let data = typed(&name, &arguments).unwrap_or(Data::Other { name, arguments });
        Self {
            set_data_frame,
            data,
        }
    }

    /// How many bytes [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        if let Data::Opaque(bytes) = &self.data {
            return bytes.len();
        }
        to_vec(&self.values()).len()
    }

    /// Writes the AMF0 form.
    pub fn encode(&self, out: &mut impl BufMut) {
        if let Data::Opaque(bytes) = &self.data {
            return out.put_slice(bytes);
        }
        encode_all(&self.values(), out);
    }

    /// The body of a message of that type: with the format byte for [`MessageType::DATA_AMF3`].
    #[must_use]
    pub fn to_payload(&self, message_type: MessageType) -> Bytes {
        let mut out = BytesMut::new();
        if message_type == MessageType::DATA_AMF3 {
            out.put_u8(0);
        }
        self.encode(&mut out);
        out.freeze()
    }

    fn values(&self) -> Vec<Value> {
        let mut values = Vec::new();
        if self.set_data_frame {
            values.push(SET_DATA_FRAME.into());
        }
        self.data.write(&mut values);
        values
    }
}

fn typed(name: &str, arguments: &[Value]) -> Option<Data> {
    let first = arguments.first().map(plain);
    let first = first.as_deref();
    let object = || first.and_then(Value::as_object).cloned();
    Some(match name {
        METADATA => Data::Metadata(StreamMetadata::new(object()?)),
        CLEAR_DATA_FRAME => Data::Clear {
            name: first?.as_text()?.clone(),
        },
        SAMPLE_ACCESS => Data::SampleAccess {
            audio: first?.as_bool()?,
            video: arguments.get(1)?.as_bool()?,
        },
        TEXT => Data::Text(TextData::new(object()?)),
        CUE_POINT => Data::CuePoint(CuePoint::new(object()?)),
        STATUS => Data::Status(Status::from_value(first?)?),
        PLAY_STATUS => Data::PlayStatus(
            arguments
                .iter()
                .find_map(|value| Status::from_value(&plain(value)))?,
        ),
        _ => return None,
    })
}

impl Data {
    fn write(&self, values: &mut Vec<Value>) {
        let object = |values: &mut Vec<Value>, name: &str, object: &Object| {
            values.extend([Value::from(name), Value::Object(object.clone())]);
        };
        match self {
            Self::Metadata(metadata) => {
                let array = EcmaArray::from(metadata.properties.clone());
                values.extend([Value::from(METADATA), Value::EcmaArray(array)]);
            }
            Self::Clear { name } => {
                values.extend([Value::from(CLEAR_DATA_FRAME), Value::String(name.clone())]);
            }
            Self::SampleAccess { audio, video } => {
                values.extend([SAMPLE_ACCESS.into(), (*audio).into(), (*video).into()]);
            }
            Self::Text(text) => object(values, TEXT, &text.properties),
            Self::CuePoint(cue) => object(values, CUE_POINT, &cue.properties),
            Self::Status(status) => object(values, STATUS, &status.to_object()),
            Self::PlayStatus(status) => object(values, PLAY_STATUS, &status.to_object()),
            Self::Other { name, arguments } => {
                values.push(Value::String(name.clone()));
                values.extend(arguments.iter().cloned());
            }
            Self::Opaque(_) => {}
        }
    }
}
