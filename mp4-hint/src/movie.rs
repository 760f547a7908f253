//! What a file holds: its tracks, their samples, their times.

use alloc::vec::Vec;
use core::{num::NonZeroU32, time::Duration};

use castline_codec::{CodecParameters, MediaKind, Track, TrackId, rescale, ticks_to_duration};

use crate::{FourCc, ParseError, SampleTable, boxes::stsd::InBandCodec, form::SampleForm};

/// What the file says it is (`ftyp`); empty when it does not, as old QuickTime files.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brands {
    /// The brand that describes the file best.
    pub major: FourCc,
    /// That brand's version.
    pub minor_version: u32,
    /// All brands whose rules the file keeps.
    pub compatible: Vec<FourCc>,
}

/// A file's movie: what its `moov` box, and its fragments if it has any, say.
#[derive(Debug, Clone)]
pub struct Movie {
    pub(crate) brands: Brands,
    /// Of the movie header; 0 is tolerated there.
    timescale: u32,
    header_duration: u64,
    fragmented: bool,
    pub(crate) truncated: bool,
    pub(crate) tracks: Vec<MovieTrack>,
    pub(crate) pending: Vec<PendingTrack>,
    pub(crate) unsupported: Vec<UnsupportedTrack>,
}

/// A track that can be played.
#[non_exhaustive]
#[derive(Debug, Clone)]
pub struct MovieTrack {
    /// Its id (`track_ID`), codec, clock rate (the media's timescale), language, duration and mean bit rate.
    pub media: Track,
    /// Where its samples lie.
    pub samples: SampleTable,
    /// The edit list goes on after its first real edit, which is all that is applied.
    pub has_later_edits: bool,
    pub(crate) form: SampleForm,
}

/// What is known of a track whatever its codec's parameters are.
#[derive(Debug, Clone)]
pub(crate) struct TrackFacts {
    pub(crate) id: u32,
    pub(crate) clock_rate: NonZeroU32,
    pub(crate) language: Option<[u8; 3]>,
    pub(crate) form: SampleForm,
    pub(crate) samples: SampleTable,
    pub(crate) has_later_edits: bool,
}

/// A track whose parameter sets are still to be read from its first sample.
#[derive(Debug, Clone)]
pub(crate) struct PendingTrack {
    pub(crate) codec: InBandCodec,
    pub(crate) facts: TrackFacts,
}

/// A track that cannot be played, and why.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsupportedTrack {
    /// Its `track_ID`, 0 when even that is missing.
    pub id: u32,
    /// Its handler: `vide`, `soun`, `hint`, `text`, ...
    pub handler: FourCc,
    /// Its sample entry: the codec's name.
    pub fourcc: FourCc,
    /// Why it cannot be played.
    pub reason: UnsupportedReason,
}

/// Why a track cannot be played.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnsupportedReason {
    /// The codec, or the kind of media, is not one that this family knows.
    Codec,
    /// It is a hint track: instructions for a server, not media.
    Hint,
    /// Its boxes are broken.
    Malformed(ParseError),
}

impl Movie {
    pub(crate) const fn new(
        brands: Brands,
        timescale: u32,
        header_duration: u64,
        fragmented: bool,
    ) -> Self {
        Self {
            brands,
            timescale,
            header_duration,
            fragmented,
            truncated: false,
            tracks: Vec::new(),
            pending: Vec::new(),
            unsupported: Vec::new(),
        }
    }

    /// What the file says it is.
    #[must_use]
    pub const fn brands(&self) -> &Brands {
        &self.brands
    }

    /// The tracks that can be played, in the file's order.
    #[must_use]
    pub fn tracks(&self) -> &[MovieTrack] {
        &self.tracks
    }

    /// The track with this id.
    #[must_use]
    pub fn track(&self, id: TrackId) -> Option<&MovieTrack> {
        self.tracks.iter().find(|track| track.media.id == id)
    }

    /// The tracks that cannot be played.
    #[must_use]
    pub fn unsupported_tracks(&self) -> &[UnsupportedTrack] {
        &self.unsupported
    }

    /// Whether the file is fragmented (`mvex`).
    #[must_use]
    pub const fn is_fragmented(&self) -> bool {
        self.fragmented
    }

    /// The fragments could not all be indexed: the file is cut off, damaged, or over a limit. What was
    /// found before can be played.
    #[must_use]
    pub const fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// When the last track's presentation ends, a time of the file; what the movie header says when no track is playable.
    ///
    /// Every sample counts, even those an edit list would cut off at the end, since all are delivered.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let tracks = self.tracks.iter().filter_map(MovieTrack::duration);
        tracks.max().or_else(|| {
            let timescale = NonZeroU32::new(self.timescale)?;
            let is_known = !matches!(self.header_duration, 0 | 0xffff_ffff | u64::MAX);
            is_known.then(|| ticks_to_duration(self.header_duration, timescale))
        })
    }

    /// How far before zero the first presentation lies: AAC priming or Opus pre-skip, which edit lists put
    /// there so that what is heard begins at zero, or the pictures before a cut. Zero when every track
    /// begins at zero or later.
    #[must_use]
    pub fn lead(&self) -> Duration {
        let leads = self.tracks.iter().filter_map(|track| {
            let times = track.samples.cursor().map(|sample| sample.pts);
            let first = times.take(FIRST_SAMPLES).min()?.min(0);
            Some(ticks_to_duration(
                first.unsigned_abs(),
                track.media.clock_rate,
            ))
        });
        leads.max().unwrap_or_default()
    }

    /// How long it plays from its very first presentation on: [`lead`](Self::lead) and
    /// [`duration`](Self::duration). Normal play time (NPT, RFC 2326 section 3.6) counts along this, as
    /// nothing can be sent before NPT 0: NPT is a time of the file plus the lead.
    #[must_use]
    pub fn play_time(&self) -> Option<Duration> {
        self.duration()
            .map(|duration| duration.saturating_add(self.lead()))
    }

    pub(crate) fn samples_mut(&mut self, id: u32) -> Option<&mut SampleTable> {
        let playable = self
            .tracks
            .iter_mut()
            .map(|track| (track.media.id.0, &mut track.samples));
        let pending = self.pending.iter_mut();
        let pending = pending.map(|track| (track.facts.id, &mut track.facts.samples));
        playable
            .chain(pending)
            .find_map(|(found, samples)| (found == id).then_some(samples))
    }

    /// What the tables take in memory beside the `moov`.
    pub(crate) fn index_bytes(&self) -> usize {
        let playable = self.tracks.iter().map(|track| track.samples.index_bytes());
        let pending = self
            .pending
            .iter()
            .map(|track| track.facts.samples.index_bytes());
        playable.chain(pending).fold(0, usize::saturating_add)
    }

    /// Brings the facts that depend on all samples up to date.
    pub(crate) fn settle(&mut self) {
        self.tracks.iter_mut().for_each(MovieTrack::settle);
    }
}

impl MovieTrack {
    pub(crate) fn new(codec: CodecParameters, facts: TrackFacts) -> Self {
        let mut media = Track::new(TrackId(facts.id), codec, facts.clock_rate);
        media.language = facts.language;
        let mut track = Self {
            media,
            samples: facts.samples,
            has_later_edits: facts.has_later_edits,
            form: facts.form,
        };
        track.settle();
        track
    }

    /// Audio or video.
    #[must_use]
    pub fn kind(&self) -> MediaKind {
        self.media.codec.kind()
    }

    /// When its presentation ends, a time of the file. `None` for a track without samples.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        let ticks = self.media.duration?;
        Some(ticks_to_duration(ticks, self.media.clock_rate))
    }

    /// Pictures per second of a video track, averaged: numerator and denominator.
    #[must_use]
    pub fn frame_rate(&self) -> Option<(u64, u64)> {
        let ticks = self.samples.media_duration();
        let is_known = self.kind() == MediaKind::Video && ticks > 0 && !self.samples.is_empty();
        let clock_rate = u64::from(self.media.clock_rate.get());
        is_known.then(|| {
            (
                u64::from(self.samples.len()).saturating_mul(clock_rate),
                ticks,
            )
        })
    }

    /// A time of the file in ticks of this track.
    #[must_use]
    pub fn ticks(&self, time: Duration) -> i64 {
        self.ticks_at(nanos(time))
    }

    /// A time of the file, in nanoseconds that may lie before 0, in ticks of this track.
    pub(crate) fn ticks_at(&self, nanos: i64) -> i64 {
        rescale(nanos, NANOS, self.media.clock_rate)
    }

    fn settle(&mut self) {
        let end = u64::try_from(self.samples.end_time()).unwrap_or(0);
        self.media.duration = (!self.samples.is_empty()).then_some(end);
        let bits = u128::from(self.samples.total_bytes()).saturating_mul(8);
        let bits = bits.saturating_mul(u128::from(self.media.clock_rate.get()));
        let rate = bits.checked_div(u128::from(self.samples.media_duration()));
        self.media.bit_rate = rate.and_then(|rate| u32::try_from(rate).ok());
    }
}

/// Among these is what is presented first: no codec reorders more than 16 pictures.
const FIRST_SAMPLES: usize = 17;

/// Nanoseconds as a clock.
pub(crate) const NANOS: NonZeroU32 = NonZeroU32::new(1_000_000_000).unwrap();

/// A span in nanoseconds, saturating at 292 years.
pub(crate) fn nanos(span: Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}
