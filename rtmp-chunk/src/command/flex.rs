//! AMF3 values where a command has plain ones: Flash clients with object encoding 3, and servers that answer them.

use alloc::borrow::Cow;
use alloc::boxed::Box;

use super::call::Call;
use crate::amf::amf0::{Object, Value};
use crate::amf::amf3;

/// A value of AMF3 as the same in AMF0, where AMF0 has it; others stay. A reference becomes undefined: to follow
/// them could multiply what was sent.
pub(crate) fn plain(value: &Value) -> Cow<'_, Value> {
    if let Value::AvmPlus(inner) = value {
        Cow::Owned(from_amf3(inner))
    } else {
        Cow::Borrowed(value)
    }
}

/// The call with plain values, when it has any that are not.
pub(super) fn plain_call(call: &Call) -> Option<Call> {
    let is_flex = |value: &Value| matches!(value, Value::AvmPlus(_));
    let any = call.arguments.iter().any(is_flex) || is_flex(&call.command_object);
    any.then(|| Call {
        name: call.name.clone(),
        transaction_id: call.transaction_id,
        command_object: plain(&call.command_object).into_owned(),
        arguments: call
            .arguments
            .iter()
            .map(|value| plain(value).into_owned())
            .collect(),
    })
}

/// As deep as the limits let it be read.
#[allow(clippy::wildcard_enum_match_arm, reason = "the rest is not in AMF0")]
fn from_amf3(value: &amf3::Value) -> Value {
    match value {
        amf3::Value::Undefined | amf3::Value::Reference(_) => Value::Undefined,
        amf3::Value::Null => Value::Null,
        amf3::Value::Boolean(flag) => Value::Boolean(*flag),
        amf3::Value::Integer(number) => Value::Number(f64::from(*number)),
        amf3::Value::Double(number) => Value::Number(*number),
        amf3::Value::String(text) => Value::String(text.text().clone()),
        amf3::Value::Array(array) => from_array(array),
        amf3::Value::Object(object) if object.external_parts().is_none() => {
            let members = object.iter();
            let members = members.map(|(name, value)| (name, from_amf3(value)));
            Value::Object(members.collect())
        }
        other => Value::AvmPlus(Box::new(other.clone())),
    }
}

/// One with names becomes an object of all its entries; the numbers are names then.
fn from_array(array: &amf3::Array) -> Value {
    if array.associative().is_empty() {
        return Value::StrictArray(array.dense.iter().map(from_amf3).collect());
    }
    let named = array.associative().iter();
    let mut entries: Object = named
        .map(|(name, value)| (name.text().clone(), from_amf3(value)))
        .collect();
    for (place, value) in array.dense.iter().enumerate() {
        entries.push(alloc::format!("{place}"), from_amf3(value));
    }
    Value::Object(entries)
}
