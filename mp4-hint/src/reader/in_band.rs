//! The parameter sets of `avc3` and `hev1` tracks, from their first samples.

use bytes::Bytes;
use castline_codec::{CodecParameters, H264Parameters, H265Parameters, nal_units};

use super::{MovieReader, Progress, Step, window::Window};
use crate::{
    FourCc, ParseError,
    boxes::stsd::InBandCodec,
    form::SampleForm,
    movie::{MovieTrack, PendingTrack, UnsupportedReason, UnsupportedTrack},
};

/// How much of the first sample is looked at: parameter sets come before the first slice.
const MOST_BYTES: u32 = 256 << 10;

impl MovieReader {
    /// On to the first track whose parameter sets are still to be found.
    pub(super) fn next_in_band(&mut self) -> Step {
        match self.pending_sample() {
            Some((offset, _)) => {
                self.window = Window::at(offset);
                Step::InBand
            }
            None => Step::Done,
        }
    }

    /// Where the beginning of the pending track's first sample lies: as much as the file has of it.
    fn pending_sample(&self) -> Option<(u64, usize)> {
        let track = self.movie.as_ref()?.pending.first()?;
        let sample = track.facts.samples.get(0);
        let (offset, size) = sample.map_or((0, 0), |sample| (sample.offset, sample.size));
        let left = self
            .file_len
            .map_or(u64::MAX, |len| len.saturating_sub(offset));
        let len = u64::from(size.min(MOST_BYTES)).min(left);
        Some((offset, usize::try_from(len).unwrap_or(usize::MAX)))
    }

    pub(super) fn read_in_band(&mut self) -> Result<Progress, ParseError> {
        let Some((offset, len)) = self.pending_sample() else {
            return Ok(Progress::Next(Step::Done));
        };
        let Some(sample) = self.window.front(len) else {
            return Ok(Progress::Needs(len));
        };
        if let Some(movie) = &mut self.movie {
            let track = movie.pending.remove(0);
            match parameters(&track, sample) {
                Some(codec) => movie.tracks.push(MovieTrack::new(codec, track.facts)),
                None => movie.unsupported.push(without_sets(&track, offset)),
            }
            movie.tracks.sort_by_key(|track| track.media.id);
        }
        Ok(Progress::Next(self.next_in_band()))
    }
}

fn without_sets(track: &PendingTrack, offset: u64) -> UnsupportedTrack {
    UnsupportedTrack {
        id: track.facts.id,
        handler: FourCc::HANDLER_VIDEO,
        fourcc: track.codec.fourcc(),
        reason: UnsupportedReason::Malformed(ParseError::Malformed {
            offset,
            expected: "parameter sets in the first sample",
        }),
    }
}

/// The parameters from the sets in `sample`, which may be cut off in its last unit.
fn parameters(track: &PendingTrack, sample: Bytes) -> Option<CodecParameters> {
    let SampleForm::NalUnits(size) = track.facts.form else {
        return None;
    };
    let data = size.canonical(sample).ok()?;
    let mut units = nal_units(&data);
    let mut whole = 0;
    while let Some(Ok(_)) = units.next() {
        whole = units.offset();
    }
    let data = data.get(..whole)?;
    match track.codec {
        InBandCodec::H264 => {
            let found = H264Parameters::from_access_unit(data).ok()?;
            found.map(CodecParameters::H264)
        }
        InBandCodec::H265 => {
            let found = H265Parameters::from_access_unit(data).ok()?;
            found.map(CodecParameters::H265)
        }
    }
}
