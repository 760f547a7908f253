//! `connect` and what the server answers (RTMP 1.0 §7.2.1.1).

use alloc::string::String;
use alloc::vec::Vec;

use super::call::Call;
use super::capabilities::Capabilities;
use super::status::{Status, StatusCode};
use crate::amf::amf0::{Object, Value};

/// The command object of `connect`: everything the client said, in its order, with the known properties typed.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConnectInfo {
    /// All properties as they stand on the wire.
    pub properties: Object,
    /// What an application adds after the command object; mostly empty.
    pub arguments: Vec<Value>,
}

macro_rules! text_properties {
    ($($(#[$doc:meta])* $read:ident $write:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $read(&self) -> Option<&str> {
            self.text($name)
        }

        #[doc = concat!("With `", $name, "`.")]
        #[must_use]
        pub fn $write(self, value: impl Into<String>) -> Self {
            self.with($name, value.into())
        }
    )+};
}

macro_rules! number_properties {
    ($($(#[$doc:meta])* $read:ident $write:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $read(&self) -> Option<f64> {
            self.property($name).and_then(Value::as_f64)
        }

        #[doc = concat!("With `", $name, "`.")]
        #[must_use]
        pub fn $write(self, value: f64) -> Self {
            self.with($name, value)
        }
    )+};
}

impl ConnectInfo {
    /// What a client says at least: the application and the URL it connects to.
    #[must_use]
    pub fn new(app: impl Into<String>, tc_url: impl Into<String>) -> Self {
        Self {
            properties: Object::new().with("app", app.into()),
            arguments: Vec::new(),
        }
        .with_tc_url(tc_url)
    }

    /// With one more property of any name; one that is there already keeps its place.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name, value);
        self
    }

    /// The application as sent, with its query and slashes; empty when missing. See
    /// [`StreamPath`](super::StreamPath) for its parts.
    #[must_use]
    pub fn app(&self) -> &str {
        self.text("app").unwrap_or_default()
    }

    text_properties! {
        /// The URL that the client connected to. Also found as `tcurl` and between apostrophes.
        tc_url with_tc_url "tcUrl";
        /// The client's name and version.
        flash_version with_flash_version "flashVer";
        /// The file that the connection is made from; encoders repeat the tcUrl.
        swf_url with_swf_url "swfUrl";
        /// The page that the connection is made from.
        page_url with_page_url "pageUrl";
        /// `nonprivate` from encoders.
        kind with_kind "type";
    }

    number_properties! {
        /// Bits of the legacy sound formats that the client takes.
        audio_codecs with_audio_codecs "audioCodecs";
        /// Bits of the legacy video codecs that the client takes.
        video_codecs with_video_codecs "videoCodecs";
        /// 1: the client seeks exactly to frames.
        video_function with_video_function "videoFunction";
        /// Bits of no known use; 239 and 15 are common.
        capabilities_bits with_capabilities_bits "capabilities";
    }

    /// True when the client uses a proxy.
    #[must_use]
    pub fn fpad(&self) -> bool {
        self.property("fpad").and_then(Value::as_bool) == Some(true)
    }

    /// With `fpad`.
    #[must_use]
    pub fn with_fpad(self, fpad: bool) -> Self {
        self.with("fpad", fpad)
    }

    /// 0: AMF0, and what is not said; 3: AMF3 too.
    #[must_use]
    pub fn object_encoding(&self) -> f64 {
        let encoding = self.property("objectEncoding").and_then(Value::as_f64);
        encoding.unwrap_or(0.0)
    }

    /// With `objectEncoding`.
    #[must_use]
    pub fn with_object_encoding(self, object_encoding: f64) -> Self {
        self.with("objectEncoding", object_encoding)
    }

    /// What the client declares of Enhanced RTMP.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::read(&self.properties)
    }

    /// With what the client declares of Enhanced RTMP.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: &Capabilities) -> Self {
        capabilities.write(&mut self.properties);
        self
    }

    /// A property under its name, else under the same name in other case (`tcurl`, `flashver`).
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Value> {
        self.properties.get(name).or_else(|| {
            let mut all = self.properties.iter();
            all.find(|(own, _)| own.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.property(name).and_then(Value::as_str).map(unquoted)
    }

    pub(super) fn from_call(call: &Call) -> Option<Self> {
        Some(Self {
            properties: call.command_object.as_object()?.clone(),
            arguments: call.arguments.clone(),
        })
    }
}

/// Some encoders put their URL between apostrophes.
fn unquoted(text: &str) -> &str {
    let inner = text
        .strip_prefix('\'')
        .and_then(|text| text.strip_suffix('\''));
    inner.unwrap_or(text)
}

/// What a server answers to `connect` when it takes the client: `_result` with these two objects.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ConnectReply {
    /// The first object: the server's version and its capabilities.
    pub properties: Object,
    /// The second: what came of it.
    pub status: Status,
}

impl ConnectReply {
    /// The version that clients see unless told otherwise: some decide by it what they may use.
    pub const FMS_VERSION: &'static str = "FMS/3,5,7,7009";

    /// `NetConnection.Connect.Success`, with the client's object encoding and the server's capabilities.
    ///
    /// Enhanced RTMP leaves open in which object the server declares itself, so that it does in both.
    #[must_use]
    pub fn success(object_encoding: f64, capabilities: &Capabilities) -> Self {
        let mut properties = Object::new()
            .with("fmsVer", Self::FMS_VERSION)
            .with("capabilities", 31.0)
            .with("mode", 1.0);
        capabilities.write(&mut properties);
        let code = StatusCode::NET_CONNECTION_CONNECT_SUCCESS;
        let mut status = Status::new(code, "Connection succeeded.");
        status.properties.insert("objectEncoding", object_encoding);
        capabilities.write(&mut status.properties);
        Self { properties, status }
    }

    /// What the server declares of Enhanced RTMP, in either object.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        let declared = Capabilities::read(&self.properties);
        if declared.is_empty() {
            Capabilities::read(&self.status.properties)
        } else {
            declared
        }
    }

    /// The server's version, when it says so.
    #[must_use]
    pub fn fms_version(&self) -> Option<&str> {
        self.properties.get("fmsVer").and_then(Value::as_str)
    }

    /// The encoding that the server agreed to; 0 when it says none.
    #[must_use]
    pub fn object_encoding(&self) -> f64 {
        let encoding = self.status.properties.get("objectEncoding");
        encoding.and_then(Value::as_f64).unwrap_or(0.0)
    }
}
