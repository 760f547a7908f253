//! `_result` and `_error`.

use alloc::vec::Vec;

use super::connect::ConnectReply;
use super::flex::plain;
use super::status::Status;
use crate::amf::amf0::{Object, Value};

/// The answer to a call, `_result` or `_error`: what it means depends on the call of that transaction id.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply {
    /// Null for most calls; the server's properties for `connect`.
    pub command_object: Value,
    /// The result, mostly one value.
    pub arguments: Vec<Value>,
}

impl Reply {
    /// An answer that says nothing more.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            command_object: Value::Null,
            arguments: Vec::new(),
        }
    }

    /// An answer of one value.
    #[must_use]
    pub fn value(value: impl Into<Value>) -> Self {
        Self {
            command_object: Value::Null,
            arguments: alloc::vec![value.into()],
        }
    }

    /// To `createStream`: the id of the new stream.
    #[must_use]
    pub fn stream_id(stream_id: u32) -> Self {
        Self::value(stream_id)
    }

    /// To `getStreamLength`: in seconds; 0 for what is live.
    #[must_use]
    pub fn stream_length(seconds: f64) -> Self {
        Self::value(seconds)
    }

    /// What came of it; as `_error` this is how a call or a connection is refused.
    #[must_use]
    pub fn status(status: &Status) -> Self {
        Self::value(status.to_object())
    }

    /// The value that was returned, unless it is absent, null or undefined.
    #[must_use]
    pub fn as_value(&self) -> Option<&Value> {
        self.arguments
            .first()
            .filter(|value| !value.is_null_or_undefined())
    }

    /// Read as the answer to `createStream`: a whole number from 1 to 2³²-1.
    #[must_use]
    pub fn as_stream_id(&self) -> Option<u32> {
        whole(self.as_number()?).filter(|id| *id != 0)
    }

    /// Read as a number: the answer to `getStreamLength`, in seconds.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        plain(self.as_value()?).as_f64()
    }

    /// Read as a status: the first object with a `code`, wherever it stands.
    #[must_use]
    pub fn as_status(&self) -> Option<Status> {
        self.arguments
            .iter()
            .chain([&self.command_object])
            .find_map(|value| Status::from_value(&plain(value)))
    }

    /// Read as the answer to `connect`.
    #[must_use]
    pub fn as_connect(&self) -> Option<ConnectReply> {
        let status = self.as_status()?;
        let properties = plain(&self.command_object);
        let properties = properties.as_object().cloned().unwrap_or_default();
        Some(ConnectReply { properties, status })
    }
}

impl From<&ConnectReply> for Reply {
    fn from(connect: &ConnectReply) -> Self {
        let command_object = if connect.properties == Object::new() {
            Value::Null
        } else {
            Value::Object(connect.properties.clone())
        };
        Self {
            command_object,
            arguments: alloc::vec![connect.status.to_object().into()],
        }
    }
}

/// A number as a `u32` when it is one.
pub(super) fn whole(number: f64) -> Option<u32> {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "compared afterwards"
    )]
    let id = number as u32;
    (f64::from(id) == number).then_some(id)
}
