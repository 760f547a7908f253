use crate::{ParseError, PayloadType, RtpPacket, SequenceNumber, Ssrc};

/// An RTP packet rewritten where it lies: for relays that change the numbers and keep the media.
///
/// ```
/// use castline_rtp_rtcp::{RtpPacket, RtpPacketMut, SequenceNumber};
/// let mut datagram = *b"\x80\x60\x00\x01\x00\x00\x00\x00\x00\x00\x00\x07payload";
/// RtpPacketMut::parse(&mut datagram)?.set_sequence_number(SequenceNumber(500));
/// assert_eq!(RtpPacket::parse(&datagram)?.sequence_number(), SequenceNumber(500));
/// # Ok::<(), castline_rtp_rtcp::ParseError>(())
/// ```
#[derive(Debug)]
pub struct RtpPacketMut<'a> {
    header: &'a mut [u8; 12],
    rest: &'a mut [u8],
    payload_start: usize,
    payload_end: usize,
}

impl<'a> RtpPacketMut<'a> {
    /// Reads a datagram as one RTP packet.
    ///
    /// # Errors
    /// As [`RtpPacket::parse`].
    pub fn parse(data: &'a mut [u8]) -> Result<Self, ParseError> {
        let packet = RtpPacket::parse(data)?;
        let payload_start = packet.payload_offset().saturating_sub(12);
        let payload_end = payload_start.saturating_add(packet.payload().len());
        let Some((header, rest)) = data.split_first_chunk_mut::<12>() else {
            return Err(ParseError::truncated(0, 12, "RTP header"));
        };
        Ok(Self {
            header,
            rest,
            payload_start,
            payload_end,
        })
    }

    /// Sets or clears the marker bit.
    #[inline]
    pub fn set_marker(&mut self, marker: bool) {
        self.header[1] = (self.header[1] & 0x7f) | (u8::from(marker) << 7);
    }

    /// Changes the payload type; its low 7 bits count.
    #[inline]
    pub fn set_payload_type(&mut self, payload_type: PayloadType) {
        self.header[1] = (self.header[1] & 0x80) | (payload_type.0 & 0x7f);
    }

    /// Changes the sequence number.
    #[inline]
    pub fn set_sequence_number(&mut self, sequence_number: SequenceNumber) {
        [self.header[2], self.header[3]] = sequence_number.0.to_be_bytes();
    }

    /// Changes the timestamp.
    #[inline]
    pub fn set_timestamp(&mut self, timestamp: u32) {
        [
            self.header[4],
            self.header[5],
            self.header[6],
            self.header[7],
        ] = timestamp.to_be_bytes();
    }

    /// Changes the sender.
    #[inline]
    pub fn set_ssrc(&mut self, ssrc: Ssrc) {
        [
            self.header[8],
            self.header[9],
            self.header[10],
            self.header[11],
        ] = ssrc.0.to_be_bytes();
    }

    /// The payload, without padding.
    #[must_use]
    #[inline]
    pub fn payload_mut(&mut self) -> &mut [u8] {
        self.rest
            .get_mut(self.payload_start..self.payload_end)
            .unwrap_or_default()
    }
}
