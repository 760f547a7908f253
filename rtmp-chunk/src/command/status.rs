//! Status codes, levels and the information object of `onStatus`, `_result` and `_error`.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use core::fmt;

use crate::amf::amf0::{Object, Value};

/// What happened, in the dotted words of NetConnection and NetStream. An open registry: unknown codes are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusCode(Cow<'static, str>);

macro_rules! status_codes {
    ($($constant:ident $text:literal $level:ident;)+) => {
        impl StatusCode {
            $(#[doc = concat!("`", $text, "`")] pub const $constant: Self = Self(Cow::Borrowed($text));)+

            /// The level that belongs to this code; unknown codes are errors when their last word says so
            /// (`…Failed`, `…Rejected`, `…Denied`, `…NotFound`, `…Invalid…`, `…Bad…`).
            #[must_use]
            pub fn level(&self) -> StatusLevel {
                match self.as_str() {
                    $($text => StatusLevel::$level,)+
                    other => level_by_words(other),
                }
            }

            #[cfg(test)]
            pub(super) const ALL: &'static [(Self, StatusLevel)] = &[$((Self::$constant, StatusLevel::$level)),+];
        }
    };
}

status_codes! {
    NET_CONNECTION_CALL_BAD_VERSION "NetConnection.Call.BadVersion" ERROR;
    NET_CONNECTION_CALL_FAILED "NetConnection.Call.Failed" ERROR;
    NET_CONNECTION_CALL_PROHIBITED "NetConnection.Call.Prohibited" ERROR;
    NET_CONNECTION_CONNECT_APP_SHUTDOWN "NetConnection.Connect.AppShutdown" ERROR;
    NET_CONNECTION_CONNECT_CLOSED "NetConnection.Connect.Closed" STATUS;
    NET_CONNECTION_CONNECT_FAILED "NetConnection.Connect.Failed" ERROR;
    NET_CONNECTION_CONNECT_IDLE_TIME_OUT "NetConnection.Connect.IdleTimeOut" STATUS;
    NET_CONNECTION_CONNECT_INVALID_APP "NetConnection.Connect.InvalidApp" ERROR;
    NET_CONNECTION_CONNECT_NETWORK_CHANGE "NetConnection.Connect.NetworkChange" STATUS;
    NET_CONNECTION_CONNECT_RECONNECT_REQUEST "NetConnection.Connect.ReconnectRequest" STATUS;
    NET_CONNECTION_CONNECT_REJECTED "NetConnection.Connect.Rejected" ERROR;
    NET_CONNECTION_CONNECT_SUCCESS "NetConnection.Connect.Success" STATUS;
    NET_CONNECTION_PROXY_NOT_RESPONDING "NetConnection.Proxy.NotResponding" ERROR;
    NET_STREAM_BUFFER_EMPTY "NetStream.Buffer.Empty" STATUS;
    NET_STREAM_BUFFER_FLUSH "NetStream.Buffer.Flush" STATUS;
    NET_STREAM_BUFFER_FULL "NetStream.Buffer.Full" STATUS;
    NET_STREAM_CLEAR_FAILED "NetStream.Clear.Failed" ERROR;
    NET_STREAM_CLEAR_SUCCESS "NetStream.Clear.Success" STATUS;
    NET_STREAM_CONNECT_CLOSED "NetStream.Connect.Closed" STATUS;
    NET_STREAM_CONNECT_FAILED "NetStream.Connect.Failed" ERROR;
    NET_STREAM_CONNECT_REJECTED "NetStream.Connect.Rejected" ERROR;
    NET_STREAM_CONNECT_SUCCESS "NetStream.Connect.Success" STATUS;
    NET_STREAM_DATA_START "NetStream.Data.Start" STATUS;
    NET_STREAM_DRM_UPDATE_NEEDED "NetStream.DRM.UpdateNeeded" STATUS;
    NET_STREAM_FAILED "NetStream.Failed" ERROR;
    NET_STREAM_INVALID_ARG "NetStream.InvalidArg" ERROR;
    NET_STREAM_MULTICAST_STREAM_RESET "NetStream.MulticastStream.Reset" STATUS;
    NET_STREAM_PAUSE_NOTIFY "NetStream.Pause.Notify" STATUS;
    NET_STREAM_PLAY_COMPLETE "NetStream.Play.Complete" STATUS;
    NET_STREAM_PLAY_FAILED "NetStream.Play.Failed" ERROR;
    NET_STREAM_PLAY_FILE_STRUCTURE_INVALID "NetStream.Play.FileStructureInvalid" ERROR;
    NET_STREAM_PLAY_INSUFFICIENT_BW "NetStream.Play.InsufficientBW" WARNING;
    NET_STREAM_PLAY_NO_SUPPORTED_TRACK_FOUND "NetStream.Play.NoSupportedTrackFound" STATUS;
    NET_STREAM_PLAY_PUBLISH_NOTIFY "NetStream.Play.PublishNotify" STATUS;
    NET_STREAM_PLAY_RESET "NetStream.Play.Reset" STATUS;
    NET_STREAM_PLAY_START "NetStream.Play.Start" STATUS;
    NET_STREAM_PLAY_STOP "NetStream.Play.Stop" STATUS;
    NET_STREAM_PLAY_STREAM_NOT_FOUND "NetStream.Play.StreamNotFound" ERROR;
    NET_STREAM_PLAY_SWITCH "NetStream.Play.Switch" STATUS;
    NET_STREAM_PLAY_TRANSITION "NetStream.Play.Transition" STATUS;
    NET_STREAM_PLAY_TRANSITION_COMPLETE "NetStream.Play.TransitionComplete" STATUS;
    NET_STREAM_PLAY_UNPUBLISH_NOTIFY "NetStream.Play.UnpublishNotify" STATUS;
    NET_STREAM_PUBLISH_BAD_NAME "NetStream.Publish.BadName" ERROR;
    NET_STREAM_PUBLISH_DENIED "NetStream.Publish.Denied" ERROR;
    NET_STREAM_PUBLISH_FAILED "NetStream.Publish.Failed" ERROR;
    NET_STREAM_PUBLISH_IDLE "NetStream.Publish.Idle" STATUS;
    NET_STREAM_PUBLISH_REJECTED "NetStream.Publish.Rejected" ERROR;
    NET_STREAM_PUBLISH_START "NetStream.Publish.Start" STATUS;
    NET_STREAM_RECORD_DISK_QUOTA_EXCEEDED "NetStream.Record.DiskQuotaExceeded" ERROR;
    NET_STREAM_RECORD_FAILED "NetStream.Record.Failed" ERROR;
    NET_STREAM_RECORD_NO_ACCESS "NetStream.Record.NoAccess" ERROR;
    NET_STREAM_RECORD_START "NetStream.Record.Start" STATUS;
    NET_STREAM_RECORD_STOP "NetStream.Record.Stop" STATUS;
    NET_STREAM_SECOND_SCREEN_START "NetStream.SecondScreen.Start" STATUS;
    NET_STREAM_SECOND_SCREEN_STOP "NetStream.SecondScreen.Stop" STATUS;
    NET_STREAM_SEEK_COMPLETE "NetStream.Seek.Complete" STATUS;
    NET_STREAM_SEEK_FAILED "NetStream.Seek.Failed" ERROR;
    NET_STREAM_SEEK_INVALID_TIME "NetStream.Seek.InvalidTime" ERROR;
    NET_STREAM_SEEK_NOTIFY "NetStream.Seek.Notify" STATUS;
    NET_STREAM_STEP_NOTIFY "NetStream.Step.Notify" STATUS;
    NET_STREAM_UNPAUSE_NOTIFY "NetStream.Unpause.Notify" STATUS;
    NET_STREAM_UNPUBLISH_SUCCESS "NetStream.Unpublish.Success" STATUS;
    NET_STREAM_VIDEO_DIMENSION_CHANGE "NetStream.Video.DimensionChange" STATUS;
    SHARED_OBJECT_BAD_PERSISTENCE "SharedObject.BadPersistence" ERROR;
    SHARED_OBJECT_FLUSH_FAILED "SharedObject.Flush.Failed" ERROR;
    SHARED_OBJECT_FLUSH_SUCCESS "SharedObject.Flush.Success" STATUS;
    SHARED_OBJECT_NO_READ_ACCESS "SharedObject.NoReadAccess" ERROR;
    SHARED_OBJECT_NO_WRITE_ACCESS "SharedObject.NoWriteAccess" ERROR;
    SHARED_OBJECT_OBJECT_CREATION_FAILED "SharedObject.ObjectCreationFailed" ERROR;
    SHARED_OBJECT_URI_MISMATCH "SharedObject.UriMismatch" ERROR;
}

fn level_by_words(code: &str) -> StatusLevel {
    const ERRORS: [&str; 6] = ["Failed", "Rejected", "Denied", "NotFound", "Invalid", "Bad"];
    let last = code.rsplit('.').next().unwrap_or(code);
    if ERRORS.iter().any(|word| last.contains(word)) {
        StatusLevel::ERROR
    } else {
        StatusLevel::STATUS
    }
}

impl StatusCode {
    /// A code from its text.
    #[must_use]
    pub fn new(code: impl Into<String>) -> Self {
        Self(Cow::Owned(code.into()))
    }

    /// The code as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much it matters. FFmpeg and others give up on `error` alone, so that the level must fit the code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StatusLevel(Cow<'static, str>);

impl StatusLevel {
    /// All is well.
    pub const STATUS: Self = Self(Cow::Borrowed("status"));
    /// Something is not as wished, but it goes on.
    pub const WARNING: Self = Self(Cow::Borrowed("warning"));
    /// It failed.
    pub const ERROR: Self = Self(Cow::Borrowed("error"));

    /// A level from its text.
    #[must_use]
    pub fn new(level: impl Into<String>) -> Self {
        Self(Cow::Owned(level.into()))
    }

    /// The level as it stands on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The information object of `onStatus` and of connect's answers (RTMP 1.0 §7.2.2).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// `status`, `warning` or `error`; where a peer leaves it out, the one that belongs to the code.
    pub level: StatusLevel,
    /// What happened.
    pub code: StatusCode,
    /// The same for people; may be empty.
    pub description: String,
    /// Everything else (`details`, `clientid`, `objectEncoding`, …), in the order of the wire.
    pub properties: Object,
}

impl Status {
    /// A status with the level that belongs to its code.
    #[must_use]
    pub fn new(code: StatusCode, description: impl Into<String>) -> Self {
        Self {
            level: code.level(),
            code,
            description: description.into(),
            properties: Object::new(),
        }
    }

    /// With one more property.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name, value);
        self
    }

    /// Asks the client to connect again, to `tc_url` if there is one, else to where it is (Enhanced RTMP v2,
    /// "Reconnect Request"). Goes out as `onStatus` on stream 0, to clients with [`CapsEx::RECONNECT`] alone.
    ///
    /// [`CapsEx::RECONNECT`]: super::CapsEx::RECONNECT
    #[must_use]
    pub fn reconnect_request(tc_url: Option<&str>, description: impl Into<String>) -> Self {
        let status = Self::new(
            StatusCode::NET_CONNECTION_CONNECT_RECONNECT_REQUEST,
            description,
        );
        match tc_url {
            Some(tc_url) => status.with("tcUrl", tc_url),
            None => status,
        }
    }

    /// What the server asks for, when this is a reconnect request.
    #[must_use]
    pub fn as_reconnect_request(&self) -> Option<ReconnectRequest<'_>> {
        (self.code == StatusCode::NET_CONNECTION_CONNECT_RECONNECT_REQUEST).then(|| {
            ReconnectRequest {
                tc_url: self.properties.get("tcUrl").and_then(Value::as_str),
                description: &self.description,
            }
        })
    }

    /// True when the level is `error`.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.level == StatusLevel::ERROR
    }

    /// Reads an information object: an object or ECMA array with a `code`.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        let mut status = Self::new(StatusCode::new(object.get("code")?.as_str()?), "");
        for (name, value) in object {
            match (name.as_str(), value.as_str()) {
                ("level", Some(level)) => status.level = StatusLevel::new(level),
                ("description", Some(text)) => status.description = text.to_owned(),
                ("code" | "level" | "description", _) => {}
                _ => status.properties.push(name.clone(), value.clone()),
            }
        }
        Some(status)
    }

    /// The information object: level, code, description, then the rest.
    #[must_use]
    pub fn to_object(&self) -> Object {
        let mut object = Object::new()
            .with("level", self.level.as_str())
            .with("code", self.code.as_str())
            .with("description", self.description.as_str());
        object.extend(self.properties.members().iter().cloned());
        object
    }
}

/// A server's wish that its client connect again (Enhanced RTMP v2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReconnectRequest<'a> {
    /// Where to; `None` for the same URL again. May be relative to the present tcUrl.
    pub tc_url: Option<&'a str>,
    /// Why; may be empty.
    pub description: &'a str,
}
