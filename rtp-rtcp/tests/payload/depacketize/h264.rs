//! RFC 6184.
use super::{Packet, assert_one_access_unit};

/// The NAL units of an access unit.
pub fn reassemble(packets: &[Packet]) -> Vec<Vec<u8>> {
    assert_one_access_unit(packets);
    let mut units = Vec::new();
    let mut fragmented: Option<Vec<u8>> = None;
    for Packet { data, .. } in packets {
        let kind = data[0] & 0x1f;
        assert!(
            fragmented.is_none() || kind == 28,
            "5.8: fragments are sent in one go"
        );
        match kind {
            1..=23 => units.push(data.clone()),
            24 => stap_a(data, &mut units),
            28 => {
                let (indicator, header) = (data[0], data[1]);
                let (start, end) = (header & 0x80 != 0, header & 0x40 != 0);
                assert!(!(start && end), "5.8: start and end are not both set");
                assert_eq!(header & 0x20, 0, "5.8: the reserved bit is 0");
                assert!(data.len() > 2, "5.8: a fragment is not empty");
                let octet = (indicator & 0xe0) | (header & 0x1f);
                if start {
                    assert!(fragmented.replace(vec![octet]).is_none());
                }
                let unit = fragmented.as_mut().expect("a start");
                assert_eq!(unit[0], octet);
                unit.extend_from_slice(&data[2..]);
                if end {
                    units.push(fragmented.take().unwrap());
                }
            }
            other => panic!("type {other} is not of packetization mode 1"),
        }
    }
    assert!(fragmented.is_none());
    units
}

fn stap_a(data: &[u8], units: &mut Vec<Vec<u8>>) {
    let before = units.len();
    let mut rest = &data[1..];
    let (mut forbidden, mut nri) = (0, 0);
    while !rest.is_empty() {
        let len = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        assert!(len > 0);
        let unit = &rest[2..2 + len];
        forbidden |= unit[0] & 0x80;
        nri = nri.max(unit[0] & 0x60);
        units.push(unit.to_vec());
        rest = &rest[2 + len..];
    }
    assert!(units.len() > before);
    assert_eq!(data[0] & 0xe0, forbidden | nri, "5.7: F and NRI");
}
