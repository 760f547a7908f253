//! Uncompressed and companded audio: G.711 (ITU-T G.711) and linear 16-bit (RFC 3551 section 4.5.11).

/// Sample rate and channels of G.711 or linear audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PcmParameters {
    /// Samples per second and channel; 8000 for G.711 nearly always.
    pub sample_rate: u32,
    /// Channels, interleaved sample by sample.
    pub channels: u8,
}

impl PcmParameters {
    /// From rate and channels.
    #[must_use]
    pub const fn new(sample_rate: u32, channels: u8) -> Self {
        Self {
            sample_rate,
            channels,
        }
    }
}
