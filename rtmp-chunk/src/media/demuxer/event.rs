use alloc::vec::Vec;

use castline_codec::{Frame, MediaKind, Track, TrackId};

use crate::{
    amf::amf0::{Object, Value},
    tag::{ColorInfo, MultichannelConfig, TagCodec, VideoCommand},
};

/// What came out of tags.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DemuxEvent {
    /// A new track: its frames follow.
    Track(Track),
    /// What is known of a track changed, and holds from its next frame on. Clock rate and codec may
    /// differ; the id never does.
    TrackChanged(Track),
    /// A coded frame in the canonical form: a slice of the tag, except where the tag has the codec in
    /// another form (see the module's documentation).
    Frame(Frame),
    /// The sender says that the track's sequence ended; a new one may begin.
    EndOfSequence(TrackId),
    /// `onMetaData`, as it came.
    Metadata(Object),
    /// Another script tag: a name and what follows it.
    Script(Vec<Value>),
    /// How a video track's samples map to light.
    ColorInfo(TrackId, ColorInfo),
    /// The channels of an audio track.
    Multichannel(TrackId, MultichannelConfig),
    /// A video command, of a seek.
    Command(VideoCommand),
    /// A track of a codec that castline-codec does not know: its tags make no frames, but are as good
    /// to relay as others. Said once, and again when the codec changes.
    Opaque(OpaqueTrack),
}

/// A track that is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpaqueTrack {
    /// The id that its frames would have.
    pub track: TrackId,
    /// What it is for.
    pub kind: MediaKind,
    /// The codec, as the tag says it.
    pub codec: TagCodec,
}

/// What was passed over or mended, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct DemuxerCounters {
    /// Frames that came before what is needed to decode them.
    pub before_configuration: u64,
    /// Tags, and parts of tags, that were empty where something belongs.
    pub empty: u64,
    /// Headers, configurations, frames and scripts that could not be read.
    pub malformed: u64,
    /// Pictures and configurations with Annex B start codes, converted.
    pub annex_b: u64,
    /// AAC frames with ADTS headers, which were taken off.
    pub adts: u64,
    /// Pictures of which the end was left out, because it was no whole NAL unit.
    pub cut: u64,
    /// Pictures with a composition time too many or missing, as early betas of OBS 29.1 sent H.265.
    pub composition_time_mended: u64,
    /// How often times went back and were continued.
    pub discontinuities: u64,
}

/// Counts one.
pub(super) fn count(counter: &mut u64) {
    *counter = counter.saturating_add(1);
}
