use castline_codec::Frame;

use super::{
    PacketizeError, Packetizer, Payload, Settings,
    packet::{Header, extend, header},
    picture::{Part, PictureFormat, PicturePacketizer},
};

/// PictureID present.
const I: u8 = 0x80;
/// Inter-picture predicted.
const P: u8 = 0x40;
/// Start of a frame.
const B: u8 = 0x08;
/// End of a frame.
const E: u8 = 0x04;
/// Scalability structure present.
const V: u8 = 0x02;
/// Of the scalability structure: each layer's size is present.
const Y: u8 = 0x10;
/// Of the scalability structure: a picture group description is present.
const G: u8 = 0x08;
/// A picture group of one picture: temporal layer 0, no switching point, one reference, which is
/// the picture before.
const PICTURE_GROUP: [u8; 3] = [1, 0x04, 1];

/// VP9 in RTP (RFC 9628): one layer, non-flexible mode, a 15-bit PictureID, the scalability
/// structure with each key frame. A superframe is sent as the one frame that it shows.
#[derive(Debug)]
pub struct Vp9Packetizer(PicturePacketizer<Rfc9628>);

impl Vp9Packetizer {
    /// For a track of one layer; `dimensions` is its width and height, when known.
    #[must_use]
    pub fn new(dimensions: Option<(u32, u32)>, settings: &Settings) -> Self {
        let dimensions = dimensions.and_then(|(width, height)| {
            Some((u16::try_from(width).ok()?, u16::try_from(height).ok()?))
        });
        Self(PicturePacketizer::new(Rfc9628 { dimensions }, settings))
    }
}

impl Packetizer for Vp9Packetizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        self.0.push(frame)
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        self.0.poll_packet()
    }
}

#[derive(Debug)]
struct Rfc9628 {
    dimensions: Option<(u16, u16)>,
}

impl Rfc9628 {
    /// RFC 9628 section 4.2.1: one spatial layer (N_S = 0).
    fn extend_with_structure(&self, descriptor: &mut Header) {
        let Some((width, height)) = self.dimensions else {
            extend(descriptor, &[G]);
            return extend(descriptor, &PICTURE_GROUP);
        };
        extend(descriptor, &[Y | G]);
        extend(descriptor, &width.to_be_bytes());
        extend(descriptor, &height.to_be_bytes());
        extend(descriptor, &PICTURE_GROUP);
    }
}

impl PictureFormat for Rfc9628 {
    /// RFC 9628 section 4.2.
    fn descriptor(&self, part: &Part) -> Header {
        let structure = part.first && part.keyframe;
        let flags = [
            (true, I),
            (!part.keyframe, P),
            (part.first, B),
            (part.last, E),
            (structure, V),
        ];
        let flags = flags.iter().filter(|(set, _)| *set);
        let [high, low] = part.long_picture_id();
        let mut descriptor = header(&[flags.fold(0, |bits, (_, flag)| bits | flag), high, low]);
        if structure {
            self.extend_with_structure(&mut descriptor);
        }
        descriptor
    }
}
