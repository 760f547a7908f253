//! `onTextData` and `onCuePoint`.

use crate::amf::amf0::{Object, Value};

/// `onTextData`: a subtitle.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct TextData {
    /// All properties as they stand on the wire.
    pub properties: Object,
}

impl TextData {
    /// Of these properties.
    #[must_use]
    pub const fn new(properties: Object) -> Self {
        Self { properties }
    }

    /// What is to be shown.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.properties.get("text")?.as_str()
    }

    /// In which language.
    #[must_use]
    pub fn language(&self) -> Option<&str> {
        self.properties.get("language")?.as_str()
    }

    /// Of which track.
    #[must_use]
    pub fn track_id(&self) -> Option<f64> {
        self.properties.get("trackid")?.as_f64()
    }
}

/// `onCuePoint`: something happens here.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CuePoint {
    /// All properties as they stand on the wire.
    pub properties: Object,
}

impl CuePoint {
    /// Of these properties.
    #[must_use]
    pub const fn new(properties: Object) -> Self {
        Self { properties }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.properties.get("name")?.as_str()
    }

    /// Where, in seconds.
    #[must_use]
    pub fn time(&self) -> Option<f64> {
        self.properties.get("time")?.as_f64()
    }

    /// `event` or `navigation`.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.properties.get("type")?.as_str()
    }

    /// What comes with it.
    #[must_use]
    pub fn parameters(&self) -> Option<&Object> {
        self.properties.get("parameters").and_then(Value::as_object)
    }
}
