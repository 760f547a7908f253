use alloc::string::String;
use core::{fmt, ops::Deref};

use crate::amf::Text;

/// How something that may be sent by reference was sent. It is no part of what that something is, so that it
/// never makes two things differ.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Sent {
    /// Not read from anywhere: in full the first time, by reference from then on.
    #[default]
    Best,
    /// In full.
    Inline,
    /// By its place in the table.
    Reference(u32),
}

impl PartialEq for Sent {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A string of AMF3: in full, or a reference to an earlier one of the same message (AMF3 §1.3.2).
///
/// It derefs to [`Text`] and so to `str`. Two are equal when their texts are.
#[derive(Clone, Default, PartialEq)]
pub struct Utf8Vr {
    text: Text,
    pub(super) sent: Sent,
}

impl Utf8Vr {
    pub(super) const fn read(text: Text, sent: Sent) -> Self {
        Self { text, sent }
    }

    /// The text.
    #[must_use]
    pub const fn text(&self) -> &Text {
        &self.text
    }

    /// The text, without how it was sent.
    #[must_use]
    pub fn into_text(self) -> Text {
        self.text
    }
}

impl Eq for Utf8Vr {}

impl PartialOrd for Utf8Vr {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Utf8Vr {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Deref for Utf8Vr {
    type Target = Text;

    fn deref(&self) -> &Text {
        &self.text
    }
}

impl From<Text> for Utf8Vr {
    fn from(text: Text) -> Self {
        Self::read(text, Sent::Best)
    }
}

impl From<&str> for Utf8Vr {
    fn from(text: &str) -> Self {
        Text::from(text).into()
    }
}

impl From<String> for Utf8Vr {
    fn from(text: String) -> Self {
        Text::from(text).into()
    }
}

impl PartialEq<str> for Utf8Vr {
    fn eq(&self, other: &str) -> bool {
        self.text == *other
    }
}

impl PartialEq<&str> for Utf8Vr {
    fn eq(&self, other: &&str) -> bool {
        self.text == **other
    }
}

impl fmt::Display for Utf8Vr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.text, formatter)
    }
}

impl fmt::Debug for Utf8Vr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, formatter)
    }
}
