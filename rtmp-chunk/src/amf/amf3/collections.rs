use alloc::vec::Vec;

use super::{Utf8Vr, Value};

/// An array: named entries, then numbered ones (AMF3 §3.11).
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Array {
    pub(super) associative: Vec<(Utf8Vr, Value)>,
    /// The items from 0 on, without a gap.
    pub dense: Vec<Value>,
}

impl Array {
    /// With numbered items alone.
    #[must_use]
    pub const fn new(dense: Vec<Value>) -> Self {
        Self {
            associative: Vec::new(),
            dense,
        }
    }

    /// With one named entry more (or changed); an empty name, which AMF3 cannot write, is left out.
    #[must_use]
    pub fn with(mut self, name: impl Into<Utf8Vr>, value: impl Into<Value>) -> Self {
        set(&mut self.associative, name.into(), value.into());
        self
    }

    /// The named entries in their order.
    #[must_use]
    pub fn associative(&self) -> &[(Utf8Vr, Value)] {
        &self.associative
    }

    /// The entry of that name; the last if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        find(&self.associative, name)
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Value> {
        let named = self.associative.iter().map(|(_, value)| value);
        named.chain(&self.dense)
    }
}

impl FromIterator<Value> for Array {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::new(items.into_iter().collect())
    }
}

/// A vector of numbers (AMF3 §3.15).
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct Vector<T> {
    /// True when the receiver may not change its length.
    pub fixed: bool,
    /// The numbers.
    pub items: Vec<T>,
}

/// A vector of objects (AMF3 §3.15).
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct ObjectVector {
    /// True when the receiver may not change its length.
    pub fixed: bool,
    /// The name of the class that all items are of; `*` or empty for any.
    pub class_name: Utf8Vr,
    /// The items.
    pub items: Vec<Value>,
}

/// A map with any keys (AMF3 §3.16).
#[derive(Debug, Clone, PartialEq, Default)]
#[allow(clippy::exhaustive_structs, reason = "these are all its fields")]
pub struct Dictionary {
    /// True when its keys do not keep what they name alive.
    pub weak_keys: bool,
    /// Keys and values in their order.
    pub entries: Vec<(Value, Value)>,
}

pub(super) fn find<'v>(members: &'v [(Utf8Vr, Value)], name: &str) -> Option<&'v Value> {
    let (_, value) = members.iter().rev().find(|(there, _)| there == name)?;
    Some(value)
}

/// Sets a named member; false for the empty name, which ends the list on the wire.
pub(super) fn set(members: &mut Vec<(Utf8Vr, Value)>, name: Utf8Vr, value: Value) -> bool {
    if name.as_bytes().is_empty() {
        return false;
    }
    match members.iter_mut().rev().find(|(there, _)| *there == name) {
        Some((_, old)) => *old = value,
        None => members.push((name, value)),
    }
    true
}
