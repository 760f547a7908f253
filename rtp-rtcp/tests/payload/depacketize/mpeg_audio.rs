//! RFC 2250 section 3.5.
use super::Packet;

/// The frames' bytes in a row (a receiver finds them by their headers).
pub fn reassemble(packets: &[Packet]) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut frame_start = 0;
    for Packet { marker, data, .. } in packets {
        assert!(!marker);
        assert_eq!(data[..2], [0, 0], "MBZ");
        let offset = usize::from(u16::from_be_bytes([data[2], data[3]]));
        if offset == 0 {
            frame_start = stream.len();
        }
        assert_eq!(offset, stream.len() - frame_start, "Frag_offset");
        stream.extend_from_slice(&data[4..]);
    }
    stream
}
