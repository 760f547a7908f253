//! Binary data on the RTSP connection (RFC 2326 §10.12, RFC 7826 §14).

use bytes::{BufMut, Bytes};

/// The four bytes before an interleaved payload: `$`, channel, 16-bit length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "the wire form has these two fields and no room for more"
)]
pub struct InterleavedHeader {
    /// The channel that SETUP agreed on.
    pub channel: u8,
    /// Payload bytes that follow.
    pub length: u16,
}

impl InterleavedHeader {
    /// The byte that begins a frame.
    pub const MAGIC: u8 = b'$';
    /// Bytes of the header.
    pub const BYTES: usize = 4;

    /// Reads the header; `None` when fewer than four bytes are there or the first is not `$`.
    #[must_use]
    pub const fn parse(data: &[u8]) -> Option<Self> {
        match data {
            [Self::MAGIC, channel, high, low, ..] => Some(Self {
                channel: *channel,
                length: u16::from_be_bytes([*high, *low]),
            }),
            _ => None,
        }
    }

    /// The four bytes to put before the payload.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.length.to_be_bytes();
        [Self::MAGIC, self.channel, high, low]
    }
}

/// One interleaved frame. The payload is a slice of the buffer that it arrived in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InterleavedFrame {
    /// The channel that SETUP agreed on. A frame may come on a channel that nobody agreed on.
    pub channel: u8,
    /// The packet.
    pub payload: Bytes,
}

impl InterleavedFrame {
    /// A frame to send; `None` when the payload is longer than its 16-bit length can say.
    #[must_use]
    pub fn new(channel: u8, payload: Bytes) -> Option<Self> {
        u16::try_from(payload.len())
            .ok()
            .map(|_| Self { channel, payload })
    }

    /// The header to send before [`payload`](Self::payload), so that the payload itself need not be copied.
    ///
    /// A payload field set by hand to more than 65535 bytes is not representable; its length saturates.
    #[must_use]
    pub fn header(&self) -> InterleavedHeader {
        let length = u16::try_from(self.payload.len()).unwrap_or(u16::MAX);
        InterleavedHeader {
            channel: self.channel,
            length,
        }
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        InterleavedHeader::BYTES.saturating_add(usize::from(self.header().length))
    }

    /// Writes header and payload into one buffer.
    pub fn encode(&self, out: &mut impl BufMut) {
        let header = self.header();
        out.put_slice(&header.to_bytes());
        out.put_slice(
            self.payload
                .get(..usize::from(header.length))
                .unwrap_or_default(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_round_trip() {
        for length in [0, 1, 255, 256, 65_535] {
            let header = InterleavedHeader { channel: 7, length };
            assert_eq!(InterleavedHeader::parse(&header.to_bytes()), Some(header));
        }
        assert_eq!(InterleavedHeader::parse(b"$\0\0"), None);
        assert_eq!(InterleavedHeader::parse(b"x\0\0\0"), None);
    }

    #[test]
    fn oversized_payload_is_refused() {
        assert!(InterleavedFrame::new(0, Bytes::from(alloc::vec![0; 65_535])).is_some());
        assert!(InterleavedFrame::new(0, Bytes::from(alloc::vec![0; 65_536])).is_none());
    }
}
