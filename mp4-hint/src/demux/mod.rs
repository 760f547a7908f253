//! The frames of a movie, in decoding order over all tracks.

mod batch;
mod seek;

use alloc::{collections::VecDeque, sync::Arc, vec::Vec};
use core::{num::NonZeroU32, time::Duration};

use batch::{Batch, Planned};
use bytes::Bytes;
use castline_codec::{Frame, TrackId, duration_to_ticks};

use crate::{
    FrameReaderConfig, Movie, MovieTrack, ReadRequest,
    table::{CursorState, Sample},
};

/// How many samples are planned at once.
const BATCH_SAMPLES: usize = 256;

/// How many faults are kept until they are polled.
const KEPT_FAULTS: usize = 16;

/// Reads the frames of some tracks of a movie, interleaved by decoding time.
///
/// Sans-IO: [`poll_read`](Self::poll_read) says which bytes are wanted,
/// [`handle_input`](Self::handle_input) takes them, [`poll_frame`](Self::poll_frame) gives frames. One
/// read covers neighbouring samples of all tracks, and frames are slices of its answer. An answer may be
/// shorter than asked, or longer; an empty one says that the file ends there.
///
/// Frame times are ticks of their track's clock, on the file's timeline (see [`Sample`]): what an edit list
/// puts before the first thing to be seen or heard, as AAC priming, is before 0. All times that are given
/// or asked here are of that timeline.
#[derive(Debug, Clone)]
pub struct FrameReader {
    movie: Arc<Movie>,
    config: FrameReaderConfig,
    file_len: Option<u64>,
    tracks: Vec<Source>,
    batches: VecDeque<Batch>,
    faults: VecDeque<SampleFault>,
    fault_count: u64,
}

/// A selected track.
#[derive(Debug, Clone)]
struct Source {
    /// Its place among the movie's tracks.
    index: usize,
    clock_rate: NonZeroU32,
    /// How many samples make one frame: more than one for PCM.
    grouped: u32,
    cursor: CursorState,
    /// The sample that comes next.
    next: Option<Sample>,
    /// The decoding time, in ticks, from which on there are no more frames.
    end: i64,
    unusable_in_a_row: u32,
}

/// A sample that could not be delivered.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFault {
    /// Its track.
    pub track: TrackId,
    /// Its number in the track.
    pub sample: u32,
    /// Where it begins in the file.
    pub offset: u64,
    /// Why.
    pub reason: FaultReason,
}

/// Why a sample could not be delivered.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultReason {
    /// It lies, partly or wholly, behind the end of the file.
    BeyondFile,
    /// It is larger than [`FrameReaderConfig::sample_bytes`].
    TooLarge,
    /// Its NAL unit lengths do not fit into it.
    Malformed,
    /// Too many samples in a row were unusable: the track ends here.
    TrackGivenUp,
}

impl FrameReader {
    /// Reads the tracks with these ids, in any order; unknown ones are left out. `file_len`, when known,
    /// spares asking for what is not there.
    #[must_use]
    pub fn new(
        movie: Arc<Movie>,
        tracks: &[TrackId],
        file_len: Option<u64>,
        config: FrameReaderConfig,
    ) -> Self {
        let chosen = movie.tracks().iter().enumerate();
        let chosen = chosen.filter(|(_, track)| tracks.contains(&track.media.id));
        let sources = chosen
            .map(|(index, track)| Source::new(index, track, config.pcm_frame))
            .collect();
        Self {
            movie,
            config,
            file_len,
            tracks: sources,
            batches: VecDeque::new(),
            faults: VecDeque::new(),
            fault_count: 0,
        }
    }

    /// Reads all tracks that can be played.
    #[must_use]
    pub fn all_tracks(movie: Arc<Movie>, file_len: Option<u64>, config: FrameReaderConfig) -> Self {
        let tracks: Vec<TrackId> = movie.tracks().iter().map(|track| track.media.id).collect();
        Self::new(movie, &tracks, file_len, config)
    }

    /// The movie that is read.
    #[must_use]
    pub fn movie(&self) -> &Arc<Movie> {
        &self.movie
    }

    /// The selected tracks.
    pub fn tracks(&self) -> impl Iterator<Item = &MovieTrack> {
        let tracks = self.tracks.iter();
        tracks.filter_map(|source| self.movie.tracks().get(source.index))
    }

    /// The bytes that are wanted next; the same until they are given. `None` when enough is read ahead.
    pub fn poll_read(&mut self) -> Option<ReadRequest> {
        self.plan();
        self.batches.iter().find_map(Batch::wanted)
    }

    /// Takes bytes of the file that lie at `offset`. What is not wanted of them is dropped.
    pub fn handle_input(&mut self, offset: u64, bytes: Bytes) {
        if bytes.is_empty() {
            let end = self
                .file_len
                .map_or(offset, |file_len| file_len.min(offset));
            self.file_len = Some(end);
            self.batches.iter_mut().for_each(|batch| batch.end_at(end));
            return;
        }
        for batch in &mut self.batches {
            batch.fill(offset, &bytes);
        }
    }

    /// The next frame, when its bytes are there. `None`: see [`poll_read`](Self::poll_read) and
    /// [`is_finished`](Self::is_finished).
    pub fn poll_frame(&mut self) -> Option<Frame> {
        loop {
            self.plan();
            let (planned, data) = self.batches.front_mut()?.take()?;
            if let Some(frame) = self.frame(&planned, data) {
                return Some(frame);
            }
        }
    }

    /// All frames were delivered, up to the end of the file or of the range.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        let is_read = self.batches.iter().all(Batch::is_empty);
        is_read && self.tracks.iter().all(|source| source.next.is_none())
    }

    /// The decoding time of the next frame, on the file's timeline, in its track's ticks.
    ///
    /// This is for pacing: it is known before the frame's bytes are.
    #[must_use]
    pub fn next_dts(&self) -> Option<(TrackId, i64)> {
        let planned = self.batches.iter().find_map(Batch::front);
        let (index, dts) = match planned {
            Some(planned) => (planned.track, planned.sample.dts),
            None => {
                let source = self.tracks.get(self.earliest()?)?;
                (source.index, source.next?.dts)
            }
        };
        let track = self.movie.tracks().get(index)?;
        Some((track.media.id, dts))
    }

    /// What could not be delivered, oldest first. At most 16 are kept unpolled: see
    /// [`fault_count`](Self::fault_count).
    pub fn poll_fault(&mut self) -> Option<SampleFault> {
        self.faults.pop_front()
    }

    /// How many samples could not be delivered so far.
    #[must_use]
    pub const fn fault_count(&self) -> u64 {
        self.fault_count
    }

    /// How many bytes are held or asked for.
    #[must_use]
    pub fn buffered_bytes(&self) -> usize {
        self.batches
            .iter()
            .map(Batch::bytes)
            .fold(0, usize::saturating_add)
    }

    fn frame(&mut self, planned: &Planned, data: Option<Bytes>) -> Option<Frame> {
        let movie = Arc::clone(&self.movie);
        let track = movie.tracks().get(planned.track)?;
        let sample = planned.sample;
        let Some(data) = data else {
            self.fault(track, &sample, FaultReason::BeyondFile);
            return None;
        };
        let Some(data) = track.form.canonical(data) else {
            self.fault(track, &sample, FaultReason::Malformed);
            return None;
        };
        let frame = Frame::new(track.media.id, sample.pts, data)
            .with_dts(sample.dts)
            .with_duration(sample.duration)
            .with_keyframe(sample.keyframe);
        Some(frame)
    }

    fn fault(&mut self, track: &MovieTrack, sample: &Sample, reason: FaultReason) {
        self.fault_count = self.fault_count.saturating_add(1);
        if self.faults.len() < KEPT_FAULTS {
            self.faults.push_back(SampleFault {
                track: track.media.id,
                sample: sample.index,
                offset: sample.offset,
                reason,
            });
        }
    }

    /// Keeps two batches going: one that is delivered, one that is read.
    fn plan(&mut self) {
        while self.batches.front().is_some_and(Batch::is_empty) {
            self.batches.pop_front();
        }
        while self.batches.len() < 2 {
            let samples = self.next_samples();
            if samples.is_empty() {
                return;
            }
            let gap = self.config.gap_bytes as u64;
            let mut batch = Batch::new(samples, gap, self.config.read_ahead_bytes as u64);
            if let Some(file_len) = self.file_len {
                batch.end_at(file_len);
            }
            self.batches.push_back(batch);
        }
    }

    /// The next samples in decoding order, half of what may be read ahead.
    fn next_samples(&mut self) -> VecDeque<Planned> {
        let most = (self.config.read_ahead_bytes / 2) as u64;
        let (mut bytes, mut samples) = (0u64, VecDeque::new());
        while bytes < most.max(1) && samples.len() < BATCH_SAMPLES {
            let Some(number) = self.earliest() else { break };
            let Some(planned) = self.next_of(number) else {
                continue;
            };
            bytes = bytes.saturating_add(u64::from(planned.sample.size));
            samples.push_back(planned);
        }
        samples
    }

    /// The source whose next sample is decoded first.
    fn earliest(&self) -> Option<usize> {
        let mut first: Option<(usize, i64, NonZeroU32)> = None;
        for (number, source) in self.tracks.iter().enumerate() {
            let Some(sample) = &source.next else { continue };
            let is_earlier = first.is_none_or(|(_, dts, clock_rate)| {
                is_before((sample.dts, source.clock_rate), (dts, clock_rate))
            });
            if is_earlier {
                first = Some((number, sample.dts, source.clock_rate));
            }
        }
        first.map(|(number, ..)| number)
    }

    /// Takes the next sample of a source, if it can be read.
    fn next_of(&mut self, number: usize) -> Option<Planned> {
        let movie = Arc::clone(&self.movie);
        let source = self.tracks.get_mut(number)?;
        let track = movie.tracks().get(source.index)?;
        let sample = source.take(track)?;
        let size = usize::try_from(sample.size).unwrap_or(usize::MAX);
        let end = sample.offset.saturating_add(u64::from(sample.size));
        let fault = if size > self.config.sample_bytes {
            Some(FaultReason::TooLarge)
        } else if self.file_len.is_some_and(|file_len| end > file_len) {
            Some(FaultReason::BeyondFile)
        } else {
            None
        };
        if fault.is_none() && size > 0 {
            source.unusable_in_a_row = 0;
            return Some(Planned::new(source.index, sample));
        }
        source.unusable_in_a_row = source.unusable_in_a_row.saturating_add(1);
        let is_given_up = source.unusable_in_a_row > self.config.unusable_samples;
        if is_given_up {
            source.next = None;
            self.fault(track, &sample, FaultReason::TrackGivenUp);
        } else if let Some(reason) = fault {
            self.fault(track, &sample, reason);
        }
        None
    }
}

/// Whether a time of one clock is before a time of another, exactly.
fn is_before((one, one_rate): (i64, NonZeroU32), (other, other_rate): (i64, NonZeroU32)) -> bool {
    if one_rate == other_rate {
        return one < other;
    }
    let cross =
        |time: i64, rate: NonZeroU32| i128::from(time).saturating_mul(i128::from(rate.get()));
    cross(one, other_rate) < cross(other, one_rate)
}

impl Source {
    fn new(index: usize, track: &MovieTrack, pcm_frame: Duration) -> Self {
        let clock_rate = track.media.clock_rate;
        let grouped = track.form.pcm_sample_bytes().map_or(1, |_| {
            u32::try_from(duration_to_ticks(pcm_frame, clock_rate)).unwrap_or(u32::MAX)
        });
        let mut source = Self {
            index,
            clock_rate,
            grouped: grouped.max(1),
            cursor: CursorState::End,
            next: None,
            end: i64::MAX,
            unusable_in_a_row: 0,
        };
        source.move_to(track, 0);
        source
    }

    /// Continues with sample `index`.
    fn move_to(&mut self, track: &MovieTrack, index: u32) {
        self.cursor = CursorState::at(&track.samples, index);
        self.unusable_in_a_row = 0;
        self.advance(track);
    }

    fn advance(&mut self, track: &MovieTrack) {
        let next = self.cursor.next_run(&track.samples, self.grouped);
        self.next = next.filter(|sample| sample.dts < self.end);
    }

    fn take(&mut self, track: &MovieTrack) -> Option<Sample> {
        let sample = self.next?;
        self.advance(track);
        Some(sample)
    }
}
