use core::fmt;

/// Why a frame was not made into packets. The frame is skipped whole and the packetizer is as it
/// was before: the next frame may be pushed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketizeError {
    /// Packets of an earlier frame are still to be polled.
    #[error("packets of an earlier frame are still to be polled")]
    Pending,
    /// There is nothing in the frame that the payload format carries.
    #[error("the frame holds nothing to send")]
    Empty,
    /// The frame is longer than [`Settings::max_frame_len`](super::Settings::max_frame_len).
    #[error("the frame is {len} bytes long, at most {limit} are sent")]
    FrameTooLong {
        /// Bytes in the frame.
        len: usize,
        /// The limit it broke.
        limit: usize,
    },
    /// A unit within the frame (NAL unit, access unit, codec packet) is longer than the payload
    /// format or the packetization mode can carry.
    #[error("the unit at byte {offset} is {len} bytes long, at most {limit} can be carried")]
    UnitTooLong {
        /// Where in the frame the unit begins.
        offset: usize,
        /// Bytes in the unit.
        len: usize,
        /// The most that can be carried.
        limit: usize,
    },
    /// The frame has more units than [`MAX_UNITS_PER_FRAME`](super::MAX_UNITS_PER_FRAME).
    #[error("the frame has more than {limit} units")]
    TooManyUnits {
        /// The limit it broke.
        limit: usize,
    },
    /// The frame is not in the canonical form of its codec.
    #[error("at byte {offset} of the frame: expected {expected}")]
    Malformed {
        /// Where in the frame.
        offset: usize,
        /// What was expected there.
        expected: &'static str,
    },
}

/// Why there is no packetizer for a track.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// No RTP payload format is implemented for the codec.
    #[error("no RTP payload format for {0}")]
    Codec(&'static str),
    /// The codec has a payload format, but not for this shape of stream.
    #[error("{codec} over RTP needs {needs}")]
    Shape {
        /// The codec.
        codec: &'static str,
        /// What the stream would have to be.
        needs: &'static str,
    },
}

impl Unsupported {
    pub(super) const fn shape(codec: &'static str, needs: &'static str) -> Self {
        Self::Shape { codec, needs }
    }
}

/// The length of media in a `Debug` output, which its bytes would make a page long.
pub(super) struct Len(pub(super) usize);

impl fmt::Debug for Len {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}
