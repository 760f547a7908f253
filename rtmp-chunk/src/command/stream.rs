//! What the commands of a NetStream say: publish, play, pause, seek (RTMP 1.0 §7.2.2).

use alloc::string::String;

use crate::amf::amf0::{Object, Value};

/// How a stream is published (RTMP 1.0 §7.2.2.6). Read in any case; missing means live.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum PublishMode {
    /// Live, nothing is kept.
    #[default]
    Live,
    /// Recorded; a recording of that name is replaced.
    Record,
    /// Recorded; added to the end of a recording of that name.
    Append,
    /// As `Append`, with a gap between the old end and the new start.
    AppendWithGap,
    /// Another word, as it was sent.
    Other(String),
}

impl PublishMode {
    /// The mode's word on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Live => "live",
            Self::Record => "record",
            Self::Append => "append",
            Self::AppendWithGap => "appendWithGap",
            Self::Other(word) => word,
        }
    }

    /// Reads a mode's word; an empty one means live.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        let known = [Self::Live, Self::Record, Self::Append, Self::AppendWithGap];
        if word.is_empty() {
            return Self::Live;
        }
        known
            .into_iter()
            .find(|mode| mode.as_str().eq_ignore_ascii_case(word))
            .unwrap_or_else(|| Self::Other(word.into()))
    }
}

/// `publish`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Publish {
    /// The stream's name as sent, with its query; see [`StreamPath`](super::StreamPath).
    pub stream_name: String,
    /// How.
    pub mode: PublishMode,
}

impl Publish {
    /// Publishes a name.
    #[must_use]
    pub fn new(stream_name: impl Into<String>, mode: PublishMode) -> Self {
        Self {
            stream_name: stream_name.into(),
            mode,
        }
    }
}

/// Where to start playing (RTMP 1.0 §7.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_enums, reason = "the specification's three cases")]
pub enum PlayStart {
    /// A live stream of that name, else a recorded one from its start.
    #[default]
    LiveOrRecorded,
    /// A live stream only.
    Live,
    /// A recorded stream from here.
    Recorded {
        /// From its start, in milliseconds.
        position_ms: u32,
    },
}

impl PlayStart {
    /// The specification's -2 and -1, where its text has seconds, are -2000 and -1000 from Flash, librtmp and
    /// FFmpeg, which send milliseconds: both are understood, and positions are milliseconds.
    #[must_use]
    pub fn from_number(number: f64) -> Self {
        if number >= 0.0 {
            let position_ms = milliseconds(number);
            Self::Recorded { position_ms }
        } else if number == -1.0 || number == -1000.0 {
            Self::Live
        } else {
            Self::LiveOrRecorded
        }
    }

    /// What the clients above send.
    #[must_use]
    pub fn to_number(self) -> f64 {
        match self {
            Self::LiveOrRecorded => -2000.0,
            Self::Live => -1000.0,
            Self::Recorded { position_ms } => f64::from(position_ms),
        }
    }
}

/// What becomes of what is playing when the next `play` comes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "a wire number is a number")]
pub struct PlayReset(pub f64);

impl PlayReset {
    /// The new stream is added to the playlist (`false`).
    pub const APPEND: Self = Self(0.0);
    /// What plays is stopped and the playlist emptied (`true`), as without this argument.
    pub const RESET: Self = Self(1.0);

    /// True when what plays is to be stopped: 1 and 3.
    #[must_use]
    pub fn resets(self) -> bool {
        self.0 == 1.0 || self.0 == 3.0
    }

    pub(super) fn from_value(value: &Value) -> Option<Self> {
        let flag = value.as_bool().map(|flag| f64::from(u8::from(flag)));
        flag.or_else(|| value.as_f64()).map(Self)
    }

    pub(super) fn to_value(self) -> Value {
        match self {
            Self::APPEND => Value::Boolean(false),
            Self::RESET => Value::Boolean(true),
            Self(other) => Value::Number(other),
        }
    }
}

/// `play`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Play {
    /// The stream's name as sent, with its prefix and query; see [`StreamPath`](super::StreamPath).
    pub stream_name: String,
    /// Where to start.
    pub start: PlayStart,
    /// For how long, in milliseconds: 0 is a single frame, `None` until the end.
    pub duration_ms: Option<u32>,
    /// What becomes of what is playing; `None` when not said, which means reset.
    pub reset: Option<PlayReset>,
}

impl Play {
    /// Plays a name, live or recorded, from its start to its end.
    #[must_use]
    pub fn new(stream_name: impl Into<String>) -> Self {
        Self {
            stream_name: stream_name.into(),
            start: PlayStart::default(),
            duration_ms: None,
            reset: None,
        }
    }

    /// With another start.
    #[must_use]
    pub const fn with_start(mut self, start: PlayStart) -> Self {
        self.start = start;
        self
    }

    /// For so long.
    #[must_use]
    pub const fn with_duration_ms(mut self, duration_ms: u32) -> Self {
        self.duration_ms = Some(duration_ms);
        self
    }

    /// With a reset flag.
    #[must_use]
    pub const fn with_reset(mut self, reset: PlayReset) -> Self {
        self.reset = Some(reset);
        self
    }

    /// True when what plays already is to be stopped.
    #[must_use]
    pub fn resets(&self) -> bool {
        self.reset.is_none_or(PlayReset::resets)
    }
}

/// `play2`: a switch to another stream of the same content (RTMP 1.0 §7.2.2.2).
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Play2 {
    /// The NetStreamPlayOptions as sent.
    pub options: Object,
}

impl Play2 {
    /// With options as they go on the wire.
    #[must_use]
    pub const fn new(options: Object) -> Self {
        Self { options }
    }

    /// The stream to switch to; empty when missing.
    #[must_use]
    pub fn stream_name(&self) -> &str {
        self.text("streamName").unwrap_or_default()
    }

    /// The stream to switch from.
    #[must_use]
    pub fn old_stream_name(&self) -> Option<&str> {
        self.text("oldStreamName")
    }

    /// `switch`, `swap`, `append`, `appendAndWait`, `reset`, `resume` or `stop`.
    #[must_use]
    pub fn transition(&self) -> Option<&str> {
        self.text("transition")
    }

    /// Where to start, as in `play`.
    #[must_use]
    pub fn start(&self) -> PlayStart {
        let start = self.options.get("start").and_then(Value::as_f64);
        start.map_or_else(PlayStart::default, PlayStart::from_number)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.options.get(name).and_then(Value::as_str)
    }
}

/// `pause` and `pauseRaw`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pause {
    /// True to pause, false to go on.
    pub paused: bool,
    /// Where the client stands, or wants to go on, in milliseconds.
    pub position_ms: u32,
    /// `pauseRaw`: sent beside `pause` by Flash 9 and later, for servers that resume by `seek`.
    pub raw: bool,
}

impl Pause {
    /// Pauses, or goes on, at a position.
    #[must_use]
    pub const fn new(paused: bool, position_ms: u32) -> Self {
        Self {
            paused,
            position_ms,
            raw: false,
        }
    }

    /// The same as `pauseRaw`.
    #[must_use]
    pub const fn raw(mut self) -> Self {
        self.raw = true;
        self
    }
}

/// A time in milliseconds sent as a number: what is no time becomes the nearest one.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and NaN is 0"
)]
pub(super) fn milliseconds(number: f64) -> u32 {
    number as u32
}
