//! RFC 7798, without DONL.
use super::{Packet, assert_one_access_unit};

/// The NAL units of an access unit.
pub fn reassemble(packets: &[Packet]) -> Vec<Vec<u8>> {
    assert_one_access_unit(packets);
    let mut units = Vec::new();
    let mut fragmented: Option<Vec<u8>> = None;
    for Packet { data, .. } in packets {
        let kind = (data[0] >> 1) & 0x3f;
        assert!(
            fragmented.is_none() || kind == 49,
            "4.4.3: fragments are sent in one go"
        );
        match kind {
            0..=47 => units.push(data.clone()),
            48 => aggregation(data, &mut units),
            49 => {
                let header = data[2];
                let (start, end) = (header & 0x80 != 0, header & 0x40 != 0);
                assert!(!(start && end), "4.4.3: start and end are not both set");
                assert!(data.len() > 3, "4.4.3: a fragment is not empty");
                let octets = [(data[0] & 0x81) | ((header & 0x3f) << 1), data[1]];
                if start {
                    assert!(fragmented.replace(octets.to_vec()).is_none());
                }
                let unit = fragmented.as_mut().expect("a start");
                assert_eq!(unit[..2], octets);
                unit.extend_from_slice(&data[3..]);
                if end {
                    units.push(fragmented.take().unwrap());
                }
            }
            other => panic!("type {other} is not used"),
        }
    }
    assert!(fragmented.is_none());
    units
}

fn aggregation(data: &[u8], units: &mut Vec<Vec<u8>>) {
    let header = u16::from_be_bytes([data[0], data[1]]);
    let (mut forbidden, mut layer, mut temporal, mut count) = (0, 63, 7, 0);
    let mut rest = &data[2..];
    while !rest.is_empty() {
        let len = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        let unit = &rest[2..2 + len];
        let unit_header = u16::from_be_bytes([unit[0], unit[1]]);
        forbidden |= unit_header >> 15;
        layer = layer.min((unit_header >> 3) & 0x3f);
        temporal = temporal.min(unit_header & 7);
        units.push(unit.to_vec());
        rest = &rest[2 + len..];
        count += 1;
    }
    assert!(count >= 2, "4.4.2: at least two units");
    assert_eq!(
        header,
        (forbidden << 15) | (48 << 9) | (layer << 3) | temporal
    );
}
