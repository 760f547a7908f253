use core::num::NonZeroU32;

use castline_codec::{Frame, rescale};

use super::{MAX_PAYLOAD_LEN, MIN_PAYLOAD_LEN, PacketizeError, Settings};

/// What every packetizer asks of a frame before it looks inside.
#[derive(Debug, Clone)]
pub(super) struct Input {
    track_rate: NonZeroU32,
    rtp_rate: NonZeroU32,
    max_frame_len: usize,
    /// Bytes in a payload.
    pub(super) max_payload_len: usize,
}

impl Input {
    pub(super) fn new(settings: &Settings, rtp_rate: NonZeroU32) -> Self {
        Self {
            track_rate: settings.clock_rate,
            rtp_rate,
            max_frame_len: settings.max_frame_len,
            max_payload_len: settings
                .max_payload_len
                .clamp(MIN_PAYLOAD_LEN, MAX_PAYLOAD_LEN),
        }
    }

    /// The frame's presentation time in the RTP clock (RFC 3550 section 5.1: the sampling
    /// instant, so pts and not dts).
    pub(super) fn admit(&self, frame: &Frame, pending: bool) -> Result<i64, PacketizeError> {
        if pending {
            return Err(PacketizeError::Pending);
        }
        let len = frame.data.len();
        if len == 0 {
            return Err(PacketizeError::Empty);
        }
        if len > self.max_frame_len {
            return Err(PacketizeError::FrameTooLong {
                len,
                limit: self.max_frame_len,
            });
        }
        // Most video comes in the RTP clock: a 128-bit division less for each frame.
        if self.track_rate == self.rtp_rate {
            return Ok(frame.pts);
        }
        Ok(rescale(frame.pts, self.track_rate, self.rtp_rate))
    }

    pub(super) const fn rtp_rate(&self) -> NonZeroU32 {
        self.rtp_rate
    }

    /// One tick of the track's clock in the RTP clock, rounded up: as far as a timestamp may be
    /// off by the coarseness of the track's clock alone.
    pub(super) fn tick(&self) -> i64 {
        i64::from(self.rtp_rate.get().div_ceil(self.track_rate.get()))
    }
}

/// 90 kHz, the RTP clock of video and of MPEG audio.
pub(super) const VIDEO_CLOCK_RATE: NonZeroU32 = clock_rate(90_000);

/// `rate` as a clock rate; 0, which no table of ours has, would be 1.
pub(super) const fn clock_rate(rate: u32) -> NonZeroU32 {
    match NonZeroU32::new(rate) {
        Some(rate) => rate,
        None => NonZeroU32::MIN,
    }
}
