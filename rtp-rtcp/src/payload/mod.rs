//! Payload formats, sending side: frames in, RTP payloads out.
//!
//! A [`Packetizer`] takes the frames of one track in decoding order, in the canonical form of
//! their codec, and cuts them into [`Payload`]s. A payload is a few bytes of payload header and
//! slices of the frame's own `Bytes`: media is never copied. The 12-byte RTP header is not part
//! of it, so that one payload serves every viewer of the stream.
//!
//! Packets are made as they are polled, one at a time. What a packetizer holds is one frame (or,
//! for audio that is grouped, the frames of one packet), whatever the frame looks like.
//!
//! ```
//! use core::num::NonZeroU32;
//! use bytes::Bytes;
//! use castline_codec::{CodecParameters, Frame, PcmParameters, TrackId};
//! use castline_rtp_rtcp::payload::{Packetizer, Settings, packetizer};
//!
//! let codec = CodecParameters::Pcmu(PcmParameters::new(8_000, 1));
//! let settings = Settings::new(NonZeroU32::new(8_000).unwrap());
//! let mut packetizer = packetizer(&codec, &settings)?;
//! let samples = Bytes::from_static(&[0xff; 160]);
//! packetizer.push(&Frame::new(TrackId(1), 320, samples.clone()))?;
//! let payload = packetizer.poll_packet().unwrap();
//! assert_eq!((payload.timestamp, &payload.slices()[0]), (320, &samples));
//! assert!(packetizer.poll_packet().is_none());
//! # Ok::<(), Box<dyn core::error::Error>>(())
//! ```

mod aac;
mod ac3;
mod any;
mod av1;
mod error;
mod frames;
mod h264;
mod h265;
mod input;
mod mpeg_audio;
mod nal;
mod obu;
mod opus;
mod packet;
mod pcm;
mod picture;
mod primer;
mod settings;
mod vp8;
mod vp9;

pub use aac::AacPacketizer;
pub use ac3::Ac3Packetizer;
pub use any::{AnyPacketizer, packetizer};
pub use av1::Av1Packetizer;
pub use error::{PacketizeError, Unsupported};
pub use h264::H264Packetizer;
pub use h265::H265Packetizer;
pub use mpeg_audio::MpegAudioPacketizer;
pub use nal::{MAX_UNITS_PER_FRAME, MAX_UNITS_PER_PACKET};
pub use opus::OpusPacketizer;
pub use packet::Payload;
pub use pcm::PcmPacketizer;
pub use primer::{access_unit_delimiter, timestamp_primers};
pub use settings::{
    MAX_FRAMES_PER_PACKET, MAX_PAYLOAD_LEN, MIN_PAYLOAD_LEN, PacketizationMode, Settings,
};
pub use vp8::Vp8Packetizer;
pub use vp9::Vp9Packetizer;

use castline_codec::Frame;

/// Cuts the frames of one track into RTP payloads.
pub trait Packetizer {
    /// Takes the next frame, in decoding order. Poll until there is no more before the next push.
    ///
    /// # Errors
    /// The frame is skipped whole and nothing else changed; see [`PacketizeError`].
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError>;

    /// The next payload; `None` when a further frame (or [`flush`](Self::flush)) is needed first.
    fn poll_packet(&mut self) -> Option<Payload>;

    /// Lets out what is held back to share a packet with later frames: call it before a pause, a
    /// seek and the end. Only audio with [`Settings::max_frames_per_packet`] over 1 is held back.
    fn flush(&mut self) {}
}
