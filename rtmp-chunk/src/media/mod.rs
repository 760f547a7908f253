//! Tracks and frames as tags, and back.
//!
//! [`Muxer`] makes tags of the frames of any tracks; [`Demuxer`] makes tracks and frames of tags, as RTMP
//! publishers and FLV files have them, and mends what is commonly wrong with them.
//!
//! | codec | written as | also read |
//! |---|---|---|
//! | H.264 | codec id 7 | `avc1` |
//! | H.265 | `hvc1`, or codec id 12 by choice | both |
//! | AV1 | `av01` | codec id 13 |
//! | VP8, VP9 | `vp08`, `vp09` | |
//! | AAC | sound format 10 | `mp4a`, ADTS |
//! | MP3 | sound formats 2 and 14 | `.mp3` |
//! | G.711 at 8 kHz | sound formats 7 and 8 | |
//! | Opus | `Opus` | sound format 13 |
//! | AC-3, E-AC-3 | `ac-3`, `ec-3` | |
//! | linear audio of 16 bits | not | sound formats 0 and 3 |
//! | all others | not | [`DemuxEvent::Opaque`] |
//!
//! The demuxer's frames are slices of the tags. They are copied, once, where a tag does not have the
//! canonical form: H.264 and H.265 with start codes or lengths of 1 to 3 bytes, and linear audio.
//!
//! # Times
//! Video tracks count at 90 kHz, audio tracks in samples. Timestamps of 32 bits are unrolled; those of
//! audio, which RTMP rounds to milliseconds, become the running count of samples while they agree with it.
//! Decoding times rise with each frame of a track and are never after the presentation. The nanoseconds of
//! Enhanced RTMP are added to both times.
//!
//! # Limits
//! [`DemuxerConfig::max_tracks`] tracks of a kind, [`DemuxerConfig::script`] for scripts, 4096 events that
//! wait to be polled.

mod carriage;
mod clock;
mod demuxer;
mod metadata;
mod muxer;

pub use clock::VIDEO_CLOCK_RATE;
pub use demuxer::{DemuxEvent, Demuxer, DemuxerConfig, DemuxerCounters, OpaqueTrack};
pub use muxer::{Enhanced, MuxError, Muxer, MuxerConfig};
