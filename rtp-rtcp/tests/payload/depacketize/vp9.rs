//! RFC 9628 section 4.2.
use super::{Packet, assert_one_access_unit};

/// What the descriptors say, and the frame.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    pub picture_id: u16,
    pub inter_predicted: bool,
    pub dimensions: Option<(u16, u16)>,
    pub frame: Vec<u8>,
}

pub fn reassemble(packets: &[Packet]) -> Picture {
    assert_one_access_unit(packets);
    let mut picture: Option<Picture> = None;
    for (index, Packet { data, .. }) in packets.iter().enumerate() {
        let flags = data[0];
        assert_eq!(flags & 0x80, 0x80, "I");
        assert_eq!(flags & 0x31, 0, "neither L nor F nor Z");
        assert_eq!(flags & 0x08 != 0, index == 0, "B");
        assert_eq!(flags & 0x04 != 0, index + 1 == packets.len(), "E");
        assert_eq!(data[1] & 0x80, 0x80, "M");
        let picture_id = u16::from_be_bytes([data[1] & 0x7f, data[2]]);
        let mut rest = &data[3..];
        let mut dimensions = None;
        if flags & 0x02 != 0 {
            assert_eq!(index, 0, "V with the first packet");
            let structure = rest[0];
            assert_eq!(structure >> 5, 0, "N_S: one spatial layer");
            rest = &rest[1..];
            if structure & 0x10 != 0 {
                let short = |at: usize| u16::from_be_bytes([rest[at], rest[at + 1]]);
                dimensions = Some((short(0), short(2)));
                rest = &rest[4..];
            }
            if structure & 0x08 != 0 {
                let pictures = rest[0];
                rest = &rest[1..];
                for _ in 0..pictures {
                    let references = usize::from((rest[0] >> 2) & 3);
                    rest = &rest[1 + references..];
                }
            }
        }
        let picture = picture.get_or_insert_with(|| Picture {
            picture_id,
            inter_predicted: flags & 0x40 != 0,
            dimensions,
            frame: Vec::new(),
        });
        assert_eq!(picture.picture_id, picture_id);
        assert_eq!(picture.inter_predicted, flags & 0x40 != 0);
        picture.frame.extend_from_slice(rest);
    }
    picture.unwrap()
}
