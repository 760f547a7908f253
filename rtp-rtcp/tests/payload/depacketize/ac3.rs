//! RFC 4184.
use super::Packet;

/// The number of frames and their bytes in a row (a receiver finds them by their sync words).
pub fn reassemble(packets: &[Packet]) -> (usize, Vec<u8>) {
    let mut stream = Vec::new();
    let mut frames = 0;
    let mut fragments: Vec<&Packet> = Vec::new();
    for packet in packets {
        let (frame_type, count) = (packet.data[0], usize::from(packet.data[1]));
        stream.extend_from_slice(&packet.data[2..]);
        if frame_type == 0 {
            assert!(fragments.is_empty() && packet.marker && count > 0);
            frames += count;
            continue;
        }
        assert_eq!(
            fragments.is_empty(),
            frame_type != 3,
            "4.1.1: 1 and 2 are the first"
        );
        fragments.push(packet);
        assert_eq!(
            packet.marker,
            fragments.len() == count,
            "marker on the last fragment"
        );
        if packet.marker {
            let len: usize = fragments
                .iter()
                .map(|fragment| fragment.data.len() - 2)
                .sum();
            let first = &fragments[0].data;
            assert_eq!(
                first[0] == 1,
                (first.len() - 2) * 8 >= len * 5,
                "4.1.1: five eighths"
            );
            assert!(fragments.iter().all(|f| f.data[1] == first[1]));
            assert!(
                fragments
                    .iter()
                    .all(|f| f.timestamp == fragments[0].timestamp)
            );
            fragments.clear();
            frames += 1;
        }
    }
    assert!(fragments.is_empty());
    (frames, stream)
}
