//! `onMetaData` of a stream.

use alloc::string::String;

use crate::amf::amf0::{Object, Value};
use crate::tag::FourCc;

/// What a publisher says of its stream: everything in order, with the usual properties typed.
///
/// It is what the encoder says, not what is in the stream: a hint, and often wrong. A number that is not finite
/// counts as not sent. A file's metadata with its keyframe index is [`flv`](crate::flv)'s.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct StreamMetadata {
    /// All properties as they stand on the wire.
    pub properties: Object,
}

/// `videocodecid` or `audiocodecid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the two kinds of codec ids")]
pub enum CodecId {
    /// Of the FLV specification: 7 is AVC, 10 is AAC.
    Legacy(u8),
    /// Of Enhanced RTMP.
    FourCc(FourCc),
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $read:ident $write:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $read(&self) -> Option<f64> {
            self.number($name)
        }

        #[doc = concat!("With `", $name, "`.")]
        #[must_use]
        pub fn $write(self, value: f64) -> Self {
            self.with($name, value)
        }
    )+};
}

impl StreamMetadata {
    /// Of these properties.
    #[must_use]
    pub const fn new(properties: Object) -> Self {
        Self { properties }
    }

    /// With one more property of any name; one that is there already keeps its place.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.properties.insert(name, value);
        self
    }

    numbers! {
        /// In seconds; 0 for what is live.
        duration with_duration "duration";
        /// In pixels.
        width with_width "width";
        /// In pixels.
        height with_height "height";
        /// In pictures per second.
        frame_rate with_frame_rate "framerate";
        /// In kilobits per second.
        video_data_rate with_video_data_rate "videodatarate";
        /// In kilobits per second.
        audio_data_rate with_audio_data_rate "audiodatarate";
        /// In hertz.
        audio_sample_rate with_audio_sample_rate "audiosamplerate";
        /// In bits.
        audio_sample_size with_audio_sample_size "audiosamplesize";
        /// In bytes; 0 for what is live.
        file_size with_file_size "filesize";
    }

    /// How many channels: `audiochannels`, else by `stereo`.
    #[must_use]
    pub fn audio_channels(&self) -> Option<f64> {
        let stereo = || {
            let stereo = self.properties.get("stereo")?.as_bool()?;
            Some(if stereo { 2.0 } else { 1.0 })
        };
        self.number("audiochannels").or_else(stereo)
    }

    /// The video codec.
    #[must_use]
    pub fn video_codec(&self) -> Option<CodecId> {
        codec_id(self.properties.get("videocodecid")?)
    }

    /// The sound's codec.
    #[must_use]
    pub fn audio_codec(&self) -> Option<CodecId> {
        codec_id(self.properties.get("audiocodecid")?)
    }

    /// With a video codec, as the number that Enhanced RTMP says it is.
    #[must_use]
    pub fn with_video_codec(self, codec: CodecId) -> Self {
        self.with("videocodecid", codec.to_number())
    }

    /// With a codec of the sound, as the number that Enhanced RTMP says it is.
    #[must_use]
    pub fn with_audio_codec(self, codec: CodecId) -> Self {
        self.with("audiocodecid", codec.to_number())
    }

    /// The program that made it.
    #[must_use]
    pub fn encoder(&self) -> Option<&str> {
        self.properties.get("encoder")?.as_str()
    }

    /// With the program that made it.
    #[must_use]
    pub fn with_encoder(self, encoder: impl Into<String>) -> Self {
        self.with("encoder", encoder.into())
    }

    /// What differs for a video track of a multitrack stream: `videoTrackIdInfoMap` (Enhanced RTMP v2).
    #[must_use]
    pub fn video_track(&self, track_id: u8) -> Option<Self> {
        self.track("videoTrackIdInfoMap", track_id)
    }

    /// What differs for an audio track of a multitrack stream: `audioTrackIdInfoMap` (Enhanced RTMP v2).
    #[must_use]
    pub fn audio_track(&self, track_id: u8) -> Option<Self> {
        self.track("audioTrackIdInfoMap", track_id)
    }

    fn track(&self, map: &str, track_id: u8) -> Option<Self> {
        let map = self.properties.get(map)?.as_object()?;
        let track = map
            .iter()
            .find(|(name, _)| name.parse() == Ok(track_id))
            .map(|(_, track)| track)?;
        Some(Self::new(track.as_object()?.clone()))
    }

    /// A finite number among the properties; some encoders send digits in a string.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        let value = self.properties.get(name)?;
        let digits = || value.as_str()?.trim().parse().ok();
        let number: f64 = value.as_f64().or_else(digits)?;
        number.is_finite().then_some(number)
    }
}

impl CodecId {
    fn to_number(self) -> f64 {
        match self {
            Self::Legacy(id) => f64::from(id),
            Self::FourCc(four_cc) => f64::from(four_cc.as_u32()),
        }
    }
}

/// A number up to 255, or four characters as a number or, from some encoders, as text.
fn codec_id(value: &Value) -> Option<CodecId> {
    if let Some(text) = value.as_str() {
        let four_cc = <[u8; 4]>::try_from(text.as_bytes()).ok()?;
        return Some(CodecId::FourCc(FourCc(four_cc)));
    }
    let number = value.as_f64()?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "compared afterwards"
    )]
    let id = number as u32;
    let is_whole = f64::from(id) == number;
    let id =
        u8::try_from(id).map_or_else(|_| CodecId::FourCc(FourCc::from_u32(id)), CodecId::Legacy);
    is_whole.then_some(id)
}
