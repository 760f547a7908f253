//! RTP Payload Format For AV1 1.0.0, section 4.
use super::{Packet, assert_one_access_unit};

/// The OBUs of a temporal unit, without size fields.
pub fn reassemble(packets: &[Packet]) -> Vec<Vec<u8>> {
    assert_one_access_unit(packets);
    let mut obus: Vec<Vec<u8>> = Vec::new();
    let mut unfinished = false;
    for (index, Packet { data, .. }) in packets.iter().enumerate() {
        let (z, y) = (data[0] & 0x80 != 0, data[0] & 0x40 != 0);
        let (w, n) = (usize::from((data[0] >> 4) & 3), data[0] & 8 != 0);
        assert_eq!(z, unfinished, "4.4: Z follows Y");
        assert!(!n || index == 0, "4.4: N is on the first packet only");
        assert_eq!(data[0] & 7, 0, "4.4: reserved bits");
        let elements = elements(&data[1..], w);
        let mut layer = None;
        for (index, element) in elements.into_iter().enumerate() {
            assert!(!element.is_empty(), "4.3: no empty element");
            if index == 0 && z {
                obus.last_mut()
                    .expect("an OBU to continue")
                    .extend_from_slice(element);
                continue;
            }
            assert_eq!(element[0] & 2, 0, "5: no size field");
            if element[0] & 4 != 0 {
                assert_eq!(*layer.get_or_insert(element[1]), element[1], "5: one layer");
            }
            obus.push(element.to_vec());
        }
        unfinished = y;
    }
    assert!(!unfinished);
    obus
}

fn elements(mut rest: &[u8], count: usize) -> Vec<&[u8]> {
    let mut elements = Vec::new();
    while !rest.is_empty() {
        let len = if count > 0 && elements.len() + 1 == count {
            rest.len()
        } else {
            let (len, used) = leb128(rest);
            rest = &rest[used..];
            len
        };
        elements.push(&rest[..len]);
        rest = &rest[len..];
    }
    assert!(count == 0 || elements.len() == count, "4.4: W");
    elements
}

/// A value and how many bytes it took.
pub fn leb128(bytes: &[u8]) -> (usize, usize) {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate().take(8) {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (value, index + 1);
        }
    }
    panic!("leb128 of more than 8 bytes");
}
