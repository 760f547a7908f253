use core::num::{NonZeroU8, NonZeroU32};

/// The least that [`Settings::max_payload_len`] may be; less is read as this.
pub const MIN_PAYLOAD_LEN: usize = 64;

/// The most that [`Settings::max_payload_len`] may be; more is read as this. It leaves room for
/// headers in the 16-bit lengths of UDP and of RTSP's interleaved frames.
pub const MAX_PAYLOAD_LEN: usize = 65_000;

/// The most audio frames in one packet; a larger
/// [`Settings::max_frames_per_packet`] is read as this.
pub const MAX_FRAMES_PER_PACKET: usize = 12;

/// `packetization-mode` of H.264 (RFC 6184 section 6). H.265 has no modes: there
/// [`SingleNal`](Self::SingleNal) only means that nothing is aggregated or fragmented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the interleaved mode 2 would be a packetizer of its own"
)]
pub enum PacketizationMode {
    /// Mode 0: each NAL unit is a packet. A frame with a longer one is refused.
    SingleNal,
    /// Mode 1: STAP-A and FU-A are used.
    #[default]
    NonInterleaved,
}

/// How a track is cut into packets. Fields that a format has no use for are not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// Ticks per second of the frames' timestamps: the track's `clock_rate`.
    pub clock_rate: NonZeroU32,
    /// The most bytes in a payload, without the RTP header: 1400 unless set, which fits Ethernet
    /// with IPv6, header extensions and a tunnel. Kept within
    /// [`MIN_PAYLOAD_LEN`]`..=`[`MAX_PAYLOAD_LEN`].
    pub max_payload_len: usize,
    /// A longer frame is refused with [`FrameTooLong`](super::PacketizeError::FrameTooLong):
    /// 16 MiB unless set.
    pub max_frame_len: usize,
    /// H.264 and H.265: may units be aggregated and fragmented.
    pub packetization_mode: PacketizationMode,
    /// H.264, H.265 and AV1: send the track's parameter sets (sequence header) before each key
    /// frame that has none of its own, so that a viewer may begin there whatever became of the
    /// SDP. On unless set.
    pub parameter_sets_in_band: bool,
    /// AAC, MPEG audio, AC-3: how many frames may share a packet, at most
    /// [`MAX_FRAMES_PER_PACKET`]. 1 unless set: sharing delays all but the last.
    pub max_frames_per_packet: NonZeroU8,
}

impl Settings {
    /// The defaults, for frames with timestamps in ticks of `1 / clock_rate` seconds.
    #[must_use]
    pub const fn new(clock_rate: NonZeroU32) -> Self {
        Self {
            clock_rate,
            max_payload_len: 1_400,
            max_frame_len: 16 << 20,
            packetization_mode: PacketizationMode::NonInterleaved,
            parameter_sets_in_band: true,
            max_frames_per_packet: NonZeroU8::MIN,
        }
    }
}
