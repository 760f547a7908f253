//! Where the keyframes are.

use alloc::vec::Vec;

/// One entry of a keyframe index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "when and where")]
pub struct Keyframe {
    /// The tag's time in milliseconds.
    pub timestamp: u32,
    /// Where the tag's header begins in the file.
    pub position: u64,
}

/// The keyframes of a file, in the order of their times: 16 bytes each.
///
/// An index of an own making that has reached its limit drops every second entry and takes every second
/// keyframe from there on, and so forth, so that a recording of any length has an index of a known size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyframeIndex {
    keyframes: Vec<Keyframe>,
    max_keyframes: usize,
    /// Each so many keyframes one is taken.
    stride: u64,
    seen: u64,
}

impl KeyframeIndex {
    /// The default limit of entries: 65,536, which is 1 MiB here and 1.2 MB in a file.
    pub const DEFAULT_MAX_KEYFRAMES: usize = 65_536;

    /// An empty index of at most so many entries, and of 2 at least.
    #[must_use]
    pub const fn new(max_keyframes: usize) -> Self {
        let max_keyframes = if max_keyframes < 2 { 2 } else { max_keyframes };
        Self {
            keyframes: Vec::new(),
            max_keyframes,
            stride: 1,
            seen: 0,
        }
    }

    /// Takes the next keyframe of a file, unless the index is thinned out. One that does not come after the
    /// last entry in time and place is left out: it could not be found.
    pub fn push(&mut self, keyframe: Keyframe) {
        let is_next = self.keyframes.last().is_none_or(|last| {
            keyframe.timestamp > last.timestamp && keyframe.position > last.position
        });
        if !is_next {
            return;
        }
        let is_taken = self.seen.is_multiple_of(self.stride);
        self.seen = self.seen.saturating_add(1);
        if !is_taken {
            return;
        }
        if self.keyframes.len() >= self.max_keyframes {
            self.thin_out();
        }
        self.keyframes.push(keyframe);
    }

    fn thin_out(&mut self) {
        let mut number = 0u64;
        self.keyframes.retain(|_| {
            number = number.saturating_add(1);
            !number.is_multiple_of(2)
        });
        self.stride = self.stride.saturating_mul(2);
        // The entry that is being taken is the first of the new stride.
        self.seen = 1;
    }

    /// The entries.
    #[must_use]
    pub fn keyframes(&self) -> &[Keyframe] {
        &self.keyframes
    }

    /// True without entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.keyframes.is_empty()
    }

    /// The last keyframe that is not after this time in milliseconds; the first one of all when there is none.
    #[must_use]
    pub fn seek(&self, timestamp: u32) -> Option<Keyframe> {
        let behind = self
            .keyframes
            .partition_point(|keyframe| keyframe.timestamp <= timestamp);
        self.keyframes.get(behind.saturating_sub(1)).copied()
    }

    /// Says where everything is in a file where it lies so many bytes later.
    pub(super) fn shift(&mut self, bytes: u64) {
        for keyframe in &mut self.keyframes {
            keyframe.position = keyframe.position.saturating_add(bytes);
        }
    }
}

impl Default for KeyframeIndex {
    fn default() -> Self {
        Self::new(Self::DEFAULT_MAX_KEYFRAMES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(max: usize, count: u32) -> KeyframeIndex {
        let mut index = KeyframeIndex::new(max);
        for number in 0..count {
            index.push(Keyframe {
                timestamp: number * 1000,
                position: 13 + u64::from(number) * 5000,
            });
        }
        index
    }

    #[test]
    fn finds_the_keyframe_before() {
        let index = index(100, 10);
        for (time, found) in [
            (0, 0),
            (999, 0),
            (1000, 1000),
            (5500, 5000),
            (u32::MAX, 9000),
        ] {
            assert_eq!(index.seek(time).unwrap().timestamp, found);
        }
        assert_eq!(KeyframeIndex::default().seek(5), None);
    }

    #[test]
    fn before_the_first_there_is_the_first() {
        let mut index = KeyframeIndex::default();
        let first = Keyframe {
            timestamp: 500,
            position: 13,
        };
        index.push(first);
        assert_eq!(index.seek(0), Some(first));
    }

    #[test]
    fn an_index_of_a_day_keeps_its_limit_and_its_spacing() {
        let index = index(64, 86_400);
        let times: Vec<u32> = index
            .keyframes()
            .iter()
            .map(|keyframe| keyframe.timestamp)
            .collect();
        assert!((32..=64).contains(&times.len()), "{}", times.len());
        assert_eq!(times[0], 0);
        let steps: Vec<u32> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.iter().all(|step| *step == steps[0]), "{steps:?}");
    }

    #[test]
    fn what_goes_back_is_left_out() {
        let mut index = index(8, 3);
        for (timestamp, position) in [(2000, 99_999), (3000, 13), (1, 1)] {
            index.push(Keyframe {
                timestamp,
                position,
            });
        }
        assert_eq!(index.keyframes().len(), 3);
    }
}
