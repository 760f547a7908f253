//! What `onMetaData` says of tracks, and what it tells a demuxer.

use alloc::{format, string::ToString};

use castline_codec::{CodecParameters, Track};

use super::{carriage::is_video, muxer::MuxedTrack};
use crate::amf::amf0::{EcmaArray, Object, Value};

const ENCODER: &str = concat!("castline ", env!("CARGO_PKG_VERSION"));

/// The object of `onMetaData`: the default tracks by the names that FLV has, those beyond in the
/// maps by track of Enhanced RTMP v2.
pub(super) fn describe(tracks: &[MuxedTrack]) -> Object {
    let mut object = Object::new();
    let mut audio_map = Object::new();
    let mut video_map = Object::new();
    let durations = tracks.iter().filter_map(|muxed| seconds(&muxed.track));
    // Live streams have no duration: 0, as encoders write it.
    object.insert("duration", durations.fold(0.0, f64::max));
    for muxed in tracks.iter().filter(|muxed| muxed.carriage.is_some()) {
        let map = if muxed.is_video() {
            &mut video_map
        } else {
            &mut audio_map
        };
        if muxed.track_index == 0 {
            describe_track(muxed, &mut object);
        } else {
            let mut info = Object::new();
            describe_track(muxed, &mut info);
            map.insert(muxed.track_index.to_string().as_str(), info);
        }
    }
    for (name, map) in [
        ("videoTrackIdInfoMap", video_map),
        ("audioTrackIdInfoMap", audio_map),
    ] {
        if !map.is_empty() {
            object.insert(name, map);
        }
    }
    object.insert("encoder", ENCODER);
    object
}

/// As writers of FLV do: players look for an array here, and take an object as well.
pub(super) fn as_ecma_array(object: Object) -> Value {
    Value::EcmaArray(EcmaArray::from(object))
}

fn describe_track(muxed: &MuxedTrack, object: &mut Object) {
    let track = &muxed.track;
    let codec = &track.codec;
    let kilobits = track.bit_rate.map(|bit_rate| f64::from(bit_rate) / 1000.0);
    let number = muxed.carriage.map(|carriage| carriage.codec_number());
    if muxed.is_video() {
        if let Some((width, height)) = codec.dimensions() {
            object.insert("width", f64::from(width));
            object.insert("height", f64::from(height));
        }
        if let Some(rate) = frame_rate(codec) {
            object.insert("framerate", rate);
        }
        insert(object, "videocodecid", number);
        insert(object, "videodatarate", kilobits);
        return;
    }
    insert(object, "audiocodecid", number);
    insert(object, "audiodatarate", kilobits);
    insert(
        object,
        "audiosamplerate",
        codec.sample_rate().map(f64::from),
    );
    object.insert("audiosamplesize", 16.0);
    if let Some(channels) = codec.channels() {
        object.insert("audiochannels", f64::from(channels));
        object.insert("stereo", channels > 1);
    }
    if let Some(language) = track.language.as_ref() {
        object.insert("language", format!("{}", language.escape_ascii()).as_str());
    }
}

fn insert(object: &mut Object, name: &'static str, value: Option<f64>) {
    if let Some(value) = value {
        object.insert(name, value);
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "durations are far below 2^53 ticks"
)]
fn seconds(track: &Track) -> Option<f64> {
    let ticks = track.duration? as f64;
    Some(ticks / f64::from(track.clock_rate.get()))
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the others do not say it")]
fn frame_rate(codec: &CodecParameters) -> Option<f64> {
    let (numerator, denominator) = match codec {
        CodecParameters::H264(parameters) => parameters.sequence.frame_rate?,
        CodecParameters::H265(parameters) => parameters.sequence.frame_rate?,
        CodecParameters::Av1(parameters) => parameters.sequence?.frame_rate?,
        _ => return None,
    };
    (denominator > 0).then(|| f64::from(numerator) / f64::from(denominator))
}

/// What `onMetaData` says of the default tracks that their codecs do not: filled into tracks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Hints {
    duration_seconds: f64,
    video_kilobits: f64,
    audio_kilobits: f64,
}

impl Hints {
    pub(super) fn of(object: &Object) -> Self {
        let number = |name| {
            let value = object.get(name).and_then(Value::as_f64).unwrap_or_default();
            if value.is_finite() && value > 0.0 {
                value
            } else {
                0.0
            }
        };
        Self {
            duration_seconds: number("duration"),
            video_kilobits: number("videodatarate"),
            audio_kilobits: number("audiodatarate"),
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and such a cast saturates"
    )]
    pub(super) fn fill(&self, track: &mut Track) {
        let kilobits = if is_video(&track.codec) {
            self.video_kilobits
        } else {
            self.audio_kilobits
        };
        if kilobits > 0.0 {
            track.bit_rate = Some((kilobits * 1000.0) as u32);
        }
        if self.duration_seconds > 0.0 {
            let ticks = self.duration_seconds * f64::from(track.clock_rate.get());
            track.duration = Some(ticks as u64);
        }
    }
}
