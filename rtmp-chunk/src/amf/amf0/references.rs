use alloc::vec::Vec;

use super::Value;

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

    /// What a [`Value::Reference`] refers to; `None` when no such thing is there.
    #[must_use]
    pub fn find(&self, id: u16) -> Option<&'v Value> {
        self.0.get(usize::from(id)).copied()
    }
}

fn collect<'v>(value: &'v Value, places: &mut Vec<&'v Value>) {
    if let Value::StrictArray(items) = value {
        places.push(value);
        for item in items {
            collect(item, places);
        }
    } else if let Some(members) = value.as_object() {
        places.push(value);
        for (_, member) in members {
            collect(member, places);
        }
    }
}
