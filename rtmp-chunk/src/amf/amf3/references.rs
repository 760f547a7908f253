use alloc::vec::Vec;

use super::{Reference, Value};

/// All in a message that can be referred to, in the order of the wire: what a [`Value::Reference`] is looked up in.
///
/// Looking up goes one step and copies nothing. Who follows references should expect to come round in a circle.
#[derive(Debug, Clone)]
pub struct References<'v>(Vec<&'v Value>);

impl<'v> References<'v> {
    /// Of the values of one message, all of them, in their order.
    #[must_use]
    pub fn new(values: &'v [Value]) -> Self {
        let mut places = Vec::new();
        for value in values {
            collect(value, &mut places);
        }
        Self(places)
    }

    /// What is referred to; `None` when no such thing is there.
    #[must_use]
    pub fn find(&self, reference: Reference) -> Option<&'v Value> {
        self.0.get(reference.id as usize).copied()
    }
}

fn collect<'v>(value: &'v Value, places: &mut Vec<&'v Value>) {
    match value {
        Value::Undefined
        | Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::Double(_)
        | Value::String(_)
        | Value::Reference(_) => return,
        Value::XmlDocument(_)
        | Value::Date(_)
        | Value::Array(_)
        | Value::Object(_)
        | Value::Xml(_)
        | Value::ByteArray(_)
        | Value::VectorInt(_)
        | Value::VectorUint(_)
        | Value::VectorDouble(_)
        | Value::VectorObject(_)
        | Value::Dictionary(_) => places.push(value),
    }
    value.children(&mut |child| collect(child, places));
}
