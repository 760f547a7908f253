use bytes::Bytes;

use crate::{Elements, HeaderExtension, ParseError, PayloadType, RtpPacket, SequenceNumber, Ssrc};

/// An RTP packet that keeps the buffer it arrived in; its [`payload`](Self::payload) is a slice of that
/// buffer, so media goes on without a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtpPacketBuf {
    data: Bytes,
    payload: Bytes,
}

impl RtpPacketBuf {
    /// Reads a datagram as one RTP packet.
    ///
    /// # Errors
    /// As [`RtpPacket::parse`].
    #[inline]
    pub fn parse(data: Bytes) -> Result<Self, ParseError> {
        let payload = data.slice_ref(RtpPacket::parse(&data)?.payload());
        Ok(Self { data, payload })
    }

    /// The packet as a view.
    #[must_use]
    #[inline]
    pub fn packet(&self) -> RtpPacket<'_> {
        const EMPTY: &[u8; 12] = &[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        // `parse` has seen the 12 bytes; the empty packet is what the types ask for, never what comes.
        RtpPacket::from_parts(&self.data, &self.payload)
            .unwrap_or_else(|| RtpPacket::parse_fixed(EMPTY))
    }

    /// The marker bit; its meaning is the payload format's.
    #[must_use]
    pub fn marker(&self) -> bool {
        self.packet().marker()
    }

    /// What the payload is.
    #[must_use]
    pub fn payload_type(&self) -> PayloadType {
        self.packet().payload_type()
    }

    /// One more than in the packet sent before.
    #[must_use]
    pub fn sequence_number(&self) -> SequenceNumber {
        self.packet().sequence_number()
    }

    /// The sampling instant in ticks of the payload's clock.
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.packet().timestamp()
    }

    /// The sender of the stream.
    #[must_use]
    pub fn ssrc(&self) -> Ssrc {
        self.packet().ssrc()
    }

    /// The header extension, of whatever profile.
    #[must_use]
    pub fn extension(&self) -> Option<HeaderExtension<'_>> {
        self.packet().extension()
    }

    /// The RFC 8285 elements of the extension.
    #[must_use]
    pub fn elements(&self) -> Elements<'_> {
        self.packet().elements()
    }

    /// What the packet carries, without padding: a slice that shares the packet's buffer.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        &self.payload
    }

    /// The payload alone, letting go of the rest.
    #[must_use]
    pub fn into_payload(self) -> Bytes {
        self.payload
    }

    /// The whole packet.
    #[must_use]
    pub fn as_bytes(&self) -> &Bytes {
        &self.data
    }
}
