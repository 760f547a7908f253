use alloc::vec::{self, Vec};
use core::slice;

use super::Value;
use crate::amf::Text;

/// The members of an object, in order, as they came: names may be there twice or be empty.
///
/// A lookup finds the last one of a name, as Flash does when it assigns them one after another.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object(pub(super) Vec<(Text, Value)>);

impl Object {
    /// Without members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Without members, with room for some.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// This object with one member more (or changed).
    #[must_use]
    pub fn with(mut self, name: impl Into<Text>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Sets a member: in its place when it is there, else at the end. Returns what it was before.
    ///
    /// A name of more than 65,535 bytes is cut when it is written.
    pub fn insert(&mut self, name: impl Into<Text>, value: impl Into<Value>) -> Option<Value> {
        let (name, value) = (name.into(), value.into());
        if let Some((_, old)) = self.0.iter_mut().rev().find(|(there, _)| *there == name) {
            return Some(core::mem::replace(old, value));
        }
        self.0.push((name, value));
        None
    }

    /// Adds a member at the end without looking whether the name is there: for many members.
    pub fn push(&mut self, name: impl Into<Text>, value: impl Into<Value>) {
        self.0.push((name.into(), value.into()));
    }

    /// Takes a member out: the last of that name.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().rposition(|(there, _)| there == name)?;
        Some(self.0.remove(at).1)
    }

    /// The member of that name; the last if there are several.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.iter().rev().find(|(there, _)| there == name)?;
        Some(value)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let (_, value) = self.0.iter_mut().rev().find(|(there, _)| there == name)?;
        Some(value)
    }

    /// True when a member has that name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The members in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value)> + ExactSizeIterator {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The members as pairs, with names that are not UTF-8 as they came.
    #[must_use]
    pub fn members(&self) -> &[(Text, Value)] {
        &self.0
    }

    /// How many members there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Text>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        Self(
            members
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl<N: Into<Text>, V: Into<Value>> Extend<(N, V)> for Object {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, members: I) {
        for (name, value) in members {
            self.push(name, value);
        }
    }
}

impl IntoIterator for Object {
    type Item = (Text, Value);
    type IntoIter = vec::IntoIter<(Text, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = &'a (Text, Value);
    type IntoIter = slice::Iter<'a, (Text, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
