use castline_core::Random;

/// The size of C1, S1, C2 and S2.
pub const PACKET_BYTES: usize = 1536;

/// What goes before C1 and S1: C0 or S0.
pub(super) const VERSION_BYTES: usize = 1;

pub(super) type Packet = [u8; PACKET_BYTES];

/// `len` bytes of a packet; none where they do not lie in it.
pub(super) fn part(packet: &[u8], at: usize, len: usize) -> &[u8] {
    let end = at.saturating_add(len);
    packet.get(at..end).unwrap_or_default()
}

/// Overwrites a part of a packet; a part that does not lie in it is left alone.
pub(super) fn put(packet: &mut [u8], at: usize, bytes: &[u8]) {
    let end = at.saturating_add(bytes.len());
    if let Some(slot) = packet.get_mut(at..end) {
        slot.copy_from_slice(bytes);
    }
}

pub(super) fn four(packet: &[u8], at: usize) -> [u8; 4] {
    part(packet, at, 4).try_into().unwrap_or_default()
}

/// Time in milliseconds: the first field of each packet.
pub(super) fn epoch_ms(packet: &[u8]) -> u32 {
    u32::from_be_bytes(four(packet, 0))
}

/// The version of the program, where simple handshakes have zero.
pub(super) fn app_version(packet: &[u8]) -> [u8; 4] {
    four(packet, 4)
}

/// C1 or S1 before any digest is put in.
pub(super) fn fresh(random: &mut Random, epoch_ms: u32, app_version: [u8; 4]) -> Packet {
    let mut packet = [0; PACKET_BYTES];
    for eight in packet.chunks_exact_mut(8) {
        eight.copy_from_slice(&random.u64().to_be_bytes());
    }
    put(&mut packet, 0, &epoch_ms.to_be_bytes());
    put(&mut packet, 4, &app_version);
    packet
}
