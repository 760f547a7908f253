//! Edit lists (ISO/IEC 14496-12, 8.6.6), reduced to one shift of the track's timeline.

use castline_core::Reader;

use super::{fitting_count, full_box};
use crate::ParseError;

/// What an edit list says about where a track begins on the movie's timeline.
///
/// Leading empty edits delay the track; the first real edit's `media_time` says which media time is
/// presented then. Later edits, rates and the edits' ends are not applied: every sample of the track is
/// delivered once, in order. `later_edits` tells that there were some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Edits {
    /// The leading empty edits together, in the movie's timescale.
    pub(crate) delay: u64,
    /// The media time at which the presentation begins, in the track's timescale.
    pub(crate) media_time: i64,
    /// Edits after the first real one were left out.
    pub(crate) later_edits: bool,
}

impl Edits {
    pub(crate) fn parse(elst: Reader<'_>) -> Result<Self, ParseError> {
        let (version, _, mut body) = full_box(elst)?;
        let entry_len = if version == 1 { 20 } else { 12 };
        let declared = body.u32()?;
        let mut edits = Self::default();
        for number in 1..=fitting_count(declared, &body, entry_len) {
            let (duration, media_time) = if version == 1 {
                (body.u64()?, body.i64()?)
            } else {
                (u64::from(body.u32()?), i64::from(body.i32()?))
            };
            body.skip(4)?; // The rate.
            if media_time >= 0 {
                edits.media_time = media_time;
                edits.later_edits = number < usize::try_from(declared).unwrap_or(usize::MAX);
                break;
            }
            edits.delay = edits.delay.saturating_add(duration);
        }
        Ok(edits)
    }

    /// What is added to a media time to get the presentation time, both in the track's timescale.
    pub(crate) fn shift(&self, movie_timescale: u32, track_timescale: u32) -> i64 {
        let delay = u128::from(self.delay)
            .saturating_mul(u128::from(track_timescale))
            .saturating_add(u128::from(movie_timescale / 2))
            .checked_div(u128::from(movie_timescale))
            .and_then(|delay| i64::try_from(delay).ok())
            .unwrap_or(0);
        // Kept small enough that no sum of a sample's times can overflow.
        delay
            .saturating_sub(self.media_time)
            .clamp(-(1 << 60), 1 << 60)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn elst(entries: &[(u32, i32)]) -> Vec<u8> {
        let mut bytes = Vec::from([0; 4]);
        bytes.extend((entries.len() as u32).to_be_bytes());
        for (duration, media_time) in entries {
            bytes.extend(duration.to_be_bytes());
            bytes.extend(media_time.to_be_bytes());
            bytes.extend([0, 1, 0, 0]);
        }
        bytes
    }

    fn shift(entries: &[(u32, i32)]) -> i64 {
        Edits::parse(Reader::new(&elst(entries)))
            .unwrap()
            .shift(1000, 44100)
    }

    #[test]
    fn aac_priming_and_empty_edits_shift_the_track() {
        assert_eq!(shift(&[]), 0);
        assert_eq!(shift(&[(10_000, 1024)]), -1024);
        assert_eq!(shift(&[(500, -1), (10_000, 1024)]), 22050 - 1024);
        assert_eq!(shift(&[(500, -1), (500, -1)]), 44100);
    }

    #[test]
    fn quirk_18_empty_edit_of_no_length_before_the_real_one() {
        assert_eq!(shift(&[(0, -1), (10_000, 20)]), -20);
    }

    #[test]
    fn later_edits_are_told() {
        let parse = |entries: &[(u32, i32)]| Edits::parse(Reader::new(&elst(entries))).unwrap();
        assert!(!parse(&[(0, -1), (5, 0)]).later_edits);
        assert!(parse(&[(5, 0), (5, 900)]).later_edits);
    }

    #[test]
    fn version_1_and_lying_counts() {
        let mut bytes = Vec::from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        bytes.extend(7u64.to_be_bytes());
        bytes.extend((-1i64).to_be_bytes());
        bytes.extend([0; 4]);
        let edits = Edits::parse(Reader::new(&bytes)).unwrap();
        assert_eq!((edits.delay, edits.media_time), (7, 0));
        assert_eq!(edits.shift(0, 90_000), 0, "a movie timescale of 0");
        let far = Edits {
            delay: u64::MAX,
            media_time: 0,
            later_edits: false,
        };
        assert!(far.shift(1, u32::MAX) <= 1 << 60);
    }
}
