use alloc::{sync::Arc, vec, vec::Vec};

use super::{
    ExternalPart, Utf8Vr, Value,
    collections::{find, set},
    utf8_vr::Sent,
};

/// What the objects of a class have in common (AMF3 §3.12).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub struct Traits {
    /// The name of the class; empty for objects without one.
    pub class_name: Utf8Vr,
    /// True when an object may have members beyond the sealed ones.
    pub is_dynamic: bool,
    /// True when the class writes its objects in a way of its own.
    pub is_externalizable: bool,
    /// The names of the members that each object has.
    pub sealed: Vec<Utf8Vr>,
}

impl Traits {
    /// A class whose objects have no members yet.
    #[must_use]
    pub fn new(class_name: impl Into<Utf8Vr>) -> Self {
        Self {
            class_name: class_name.into(),
            ..Self::default()
        }
    }

    /// With members that each object has.
    #[must_use]
    pub fn with_sealed<N: Into<Utf8Vr>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.sealed.extend(names.into_iter().map(Into::into));
        self
    }

    /// With room for members beyond the sealed ones.
    #[must_use]
    pub const fn dynamic(mut self) -> Self {
        self.is_dynamic = true;
        self
    }
}

/// An object of AMF3: its traits, and its members or the form of its own that it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub(super) traits: Arc<Traits>,
    pub(super) traits_sent: Sent,
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// As many sealed values as the traits have names.
    Members {
        sealed: Vec<Value>,
        dynamic: Vec<(Utf8Vr, Value)>,
    },
    External(Vec<ExternalPart>),
}

impl Object {
    /// An object of these traits, with sealed members that are undefined. Pass the same `Arc` for objects of
    /// one class.
    #[must_use]
    pub fn new(traits: impl Into<Arc<Traits>>) -> Self {
        let traits = traits.into();
        let body = if traits.is_externalizable {
            Body::External(Vec::new())
        } else {
            Body::Members {
                sealed: vec![Value::Undefined; traits.sealed.len()],
                dynamic: Vec::new(),
            }
        };
        Self {
            traits,
            traits_sent: Sent::Best,
            body,
        }
    }

    /// An object without a class, all of whose members are dynamic.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(Traits::default().dynamic())
    }

    /// An object of a class that writes its objects in a way of its own: as these parts.
    #[must_use]
    pub fn external(class_name: impl Into<Utf8Vr>, parts: Vec<ExternalPart>) -> Self {
        let mut traits = Traits::new(class_name);
        traits.is_externalizable = true;
        Self {
            traits: traits.into(),
            traits_sent: Sent::Best,
            body: Body::External(parts),
        }
    }

    /// This object with a member set, if it can have it: see [`set`](Self::set).
    #[must_use]
    pub fn with(mut self, name: impl Into<Utf8Vr>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets a sealed or dynamic member. False, and nothing is changed, when there is no such sealed member and
    /// the class is not dynamic, when it is externalizable, or for a dynamic member with an empty name.
    pub fn set(&mut self, name: impl Into<Utf8Vr>, value: impl Into<Value>) -> bool {
        let Body::Members { sealed, dynamic } = &mut self.body else {
            return false;
        };
        let name = name.into();
        let place = self.traits.sealed.iter().position(|there| *there == name);
        if let Some(old) = place.and_then(|at| sealed.get_mut(at)) {
            *old = value.into();
            return true;
        }
        self.traits.is_dynamic && set(dynamic, name, value.into())
    }

    /// The member of that name, sealed or dynamic.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Body::Members { sealed, dynamic } = &self.body else {
            return None;
        };
        let place = self.traits.sealed.iter().position(|there| there == name);
        place
            .and_then(|at| sealed.get(at))
            .or_else(|| find(dynamic, name))
    }

    /// The members, sealed ones first, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let (sealed, dynamic) = self.members();
        let names = self.traits.sealed.iter().map(|name| name.as_str());
        let dynamic = dynamic.iter().map(|(name, value)| (name.as_str(), value));
        names.zip(sealed).chain(dynamic)
    }

    /// The traits.
    #[must_use]
    pub const fn traits(&self) -> &Arc<Traits> {
        &self.traits
    }

    /// The name of the class; empty for objects without one.
    #[must_use]
    pub fn class_name(&self) -> &str {
        self.traits.class_name.as_str()
    }

    /// The parts of an object of an externalizable class.
    #[must_use]
    pub fn external_parts(&self) -> Option<&[ExternalPart]> {
        match &self.body {
            Body::External(parts) => Some(parts),
            Body::Members { .. } => None,
        }
    }

    fn members(&self) -> (&[Value], &[(Utf8Vr, Value)]) {
        match &self.body {
            Body::Members { sealed, dynamic } => (sealed, dynamic),
            Body::External(_) => (&[], &[]),
        }
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Value> {
        let (sealed, dynamic) = self.members();
        let dynamic = dynamic.iter().map(|(_, value)| value);
        let parts = self.external_parts().unwrap_or_default().iter();
        let external = parts.filter_map(ExternalPart::as_value);
        sealed.iter().chain(dynamic).chain(external)
    }
}
