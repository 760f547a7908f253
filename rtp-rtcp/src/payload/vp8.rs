use castline_codec::Frame;

use super::{
    PacketizeError, Packetizer, Payload, Settings,
    packet::{Header, header},
    picture::{Part, PictureFormat, PicturePacketizer},
};

/// Extended control bits follow.
const X: u8 = 0x80;
/// Start of a VP8 partition.
const S: u8 = 0x10;
/// PictureID present.
const I: u8 = 0x80;

/// VP8 in RTP (RFC 7741) with a 15-bit PictureID. Frames are cut without regard to their
/// partitions: all parts have partition index 0, the start bit is on the first.
#[derive(Debug)]
pub struct Vp8Packetizer(PicturePacketizer<Rfc7741>);

impl Vp8Packetizer {
    /// For any VP8 track.
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self(PicturePacketizer::new(Rfc7741, settings))
    }
}

impl Packetizer for Vp8Packetizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        self.0.push(frame)
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        self.0.poll_packet()
    }
}

#[derive(Debug)]
struct Rfc7741;

impl PictureFormat for Rfc7741 {
    /// RFC 7741 section 4.2.
    fn descriptor(&self, part: &Part) -> Header {
        let start = if part.first { S } else { 0 };
        let [high, low] = part.long_picture_id();
        header(&[X | start, I, high, low])
    }
}
