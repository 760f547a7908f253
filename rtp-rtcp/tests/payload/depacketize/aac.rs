//! RFC 3640, mode AAC-hbr: sizelength=13, indexlength=3, indexdeltalength=3.
use super::Packet;

/// The access units with their times; `samples` is the length of one in ticks.
pub fn reassemble(packets: &[Packet], samples: i64) -> Vec<(i64, Vec<u8>)> {
    let mut units = Vec::new();
    let mut fragmented: Option<(i64, Vec<u8>, usize)> = None;
    for Packet {
        marker,
        timestamp,
        data,
    } in packets
    {
        let bits = usize::from(u16::from_be_bytes([data[0], data[1]]));
        assert_eq!(bits % 16, 0);
        let (headers, mut rest) = data[2..].split_at(bits / 8);
        let sizes: Vec<usize> = headers
            .chunks(2)
            .map(|header| {
                assert_eq!(
                    header[1] & 7,
                    0,
                    "index and index-delta are 0: no interleaving"
                );
                usize::from(u16::from_be_bytes([header[0], header[1]]) >> 3)
            })
            .collect();
        if sizes[0] > rest.len() {
            assert_eq!(sizes.len(), 1, "3.2.3: a fragment is alone in its packet");
        }
        if sizes.len() == 1 && (sizes[0] > rest.len() || fragmented.is_some()) {
            let unit = fragmented.get_or_insert_with(|| (*timestamp, Vec::new(), sizes[0]));
            assert_eq!((unit.0, unit.2), (*timestamp, sizes[0]));
            unit.1.extend_from_slice(rest);
            assert!(unit.1.len() <= unit.2);
            assert_eq!(
                *marker,
                unit.1.len() == unit.2,
                "3.1: the marker is on the last fragment"
            );
            if *marker {
                let (timestamp, unit, _) = fragmented.take().unwrap();
                units.push((timestamp, unit));
            }
            continue;
        }
        assert!(fragmented.is_none());
        assert!(*marker, "3.1: set when the access units are complete");
        for (index, size) in sizes.iter().enumerate() {
            let (unit, behind) = rest.split_at(*size);
            units.push((
                timestamp + samples * i64::try_from(index).unwrap(),
                unit.to_vec(),
            ));
            rest = behind;
        }
        assert!(rest.is_empty());
    }
    assert!(fragmented.is_none());
    units
}
