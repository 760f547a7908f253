use bytes::Bytes;

use crate::TrackId;

/// One access unit of one track: a picture with all its slices, or one audio packet.
///
/// Times are ticks of the track's clock rate. `data` is in the canonical form of the codec (see the
/// crate's documentation) and stays a slice of the buffer it arrived in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The track it belongs to.
    pub track: TrackId,
    /// When it is shown or heard.
    pub pts: i64,
    /// When it is decoded: not after `pts`, and never going back within a track.
    pub dts: i64,
    /// How long it lasts; 0 when that is not known.
    pub duration: u32,
    /// A receiver can start with this frame.
    pub keyframe: bool,
    /// The coded bytes.
    pub data: Bytes,
}

impl Frame {
    /// A frame decoded when it is shown, of unknown duration, not a keyframe.
    #[must_use]
    pub const fn new(track: TrackId, pts: i64, data: Bytes) -> Self {
        Self {
            track,
            pts,
            dts: pts,
            duration: 0,
            keyframe: false,
            data,
        }
    }

    /// With a decoding time of its own.
    #[must_use]
    pub fn with_dts(mut self, dts: i64) -> Self {
        self.dts = dts;
        self
    }

    /// With a known duration.
    #[must_use]
    pub fn with_duration(mut self, duration: u32) -> Self {
        self.duration = duration;
        self
    }

    /// Marked as a keyframe or not.
    #[must_use]
    pub fn with_keyframe(mut self, keyframe: bool) -> Self {
        self.keyframe = keyframe;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_step_by_step() {
        let frame = Frame::new(TrackId(2), 90, Bytes::from_static(b"x"))
            .with_dts(60)
            .with_duration(30)
            .with_keyframe(true);
        assert_eq!((frame.pts, frame.dts, frame.duration), (90, 60, 30));
        assert!(frame.keyframe);
        assert_eq!(frame.track, TrackId(2));
    }
}
