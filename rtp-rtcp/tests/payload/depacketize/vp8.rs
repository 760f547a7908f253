//! RFC 7741 section 4.2.
use super::{Packet, assert_one_access_unit};

/// The PictureID and the frame.
pub fn reassemble(packets: &[Packet]) -> (u16, Vec<u8>) {
    assert_one_access_unit(packets);
    let mut frame = Vec::new();
    let mut picture_id = None;
    for (index, Packet { data, .. }) in packets.iter().enumerate() {
        assert_eq!(data[0] & 0x80, 0x80, "X");
        assert_eq!(data[0] & 0x10 != 0, index == 0, "S");
        assert_eq!(data[0] & 0x4f, 0, "reserved bits and partition index");
        assert_eq!(data[1], 0x80, "I alone");
        assert_eq!(data[2] & 0x80, 0x80, "M");
        let id = u16::from_be_bytes([data[2] & 0x7f, data[3]]);
        assert_eq!(*picture_id.get_or_insert(id), id);
        frame.extend_from_slice(&data[4..]);
    }
    (picture_id.unwrap(), frame)
}
