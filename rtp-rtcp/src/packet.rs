use crate::{
    Elements, ExtensionProfile, HeaderExtension, ParseError, PayloadType, RtpHeader,
    SequenceNumber, Ssrc,
};

/// An RTP packet over the bytes it arrived in (RFC 3550 section 5.1).
///
/// After [`parse`](Self::parse) nothing is left to check: version, CSRCs, extension and padding all lie
/// inside the packet. Extension elements are read lazily and checked one by one.
#[derive(Debug, Clone, Copy)]
pub struct RtpPacket<'a> {
    header: &'a [u8; 12],
    data: &'a [u8],
    payload: &'a [u8],
}

impl<'a> RtpPacket<'a> {
    /// Reads a datagram as one RTP packet.
    ///
    /// # Errors
    /// [`ParseError`] when the version is not 2, or CSRCs, extension or padding do not fit the datagram,
    /// or the padding count is 0.
    #[inline]
    pub fn parse(data: &'a [u8]) -> Result<Self, ParseError> {
        let Some((header, rest)) = data.split_first_chunk::<12>() else {
            return Err(ParseError::truncated(0, 12, "RTP header"));
        };
        // Most packets: version 2, no padding, no extension, no CSRC.
        let payload = if header[0] == 0x80 {
            rest
        } else {
            variable_parts(header, rest)?
        };
        Ok(Self {
            header,
            data,
            payload,
        })
    }

    /// Puts together what a parse has found before; `payload` is a range of `data`.
    #[inline]
    pub(crate) fn from_parts(data: &'a [u8], payload: &'a [u8]) -> Option<Self> {
        Some(Self {
            header: data.first_chunk()?,
            data,
            payload,
        })
    }

    /// A packet of the fixed header alone.
    #[inline]
    pub(crate) const fn parse_fixed(header: &'a [u8; 12]) -> Self {
        Self {
            header,
            data: header,
            payload: &[],
        }
    }

    /// The marker bit; its meaning is the payload format's.
    #[must_use]
    #[inline]
    pub const fn marker(&self) -> bool {
        self.header[1] & 0x80 != 0
    }

    /// What the payload is.
    #[must_use]
    #[inline]
    pub const fn payload_type(&self) -> PayloadType {
        PayloadType(self.header[1] & 0x7f)
    }

    /// One more than in the packet sent before.
    #[must_use]
    #[inline]
    pub const fn sequence_number(&self) -> SequenceNumber {
        SequenceNumber(u16::from_be_bytes([self.header[2], self.header[3]]))
    }

    /// The sampling instant in ticks of the payload's clock.
    #[must_use]
    #[inline]
    pub const fn timestamp(&self) -> u32 {
        let [_, _, _, _, a, b, c, d, ..] = *self.header;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The sender of the stream.
    #[must_use]
    #[inline]
    pub const fn ssrc(&self) -> Ssrc {
        let [_, _, _, _, _, _, _, _, a, b, c, d] = *self.header;
        Ssrc(u32::from_be_bytes([a, b, c, d]))
    }

    /// The sources that a mixer has mixed; most packets have none.
    #[inline]
    pub fn csrcs(&self) -> impl ExactSizeIterator<Item = Ssrc> + Clone + use<'a> {
        let end = 12 + self.csrc_len();
        let (words, _) = self.data.get(12..end).unwrap_or_default().as_chunks::<4>();
        words.iter().map(|word| Ssrc(u32::from_be_bytes(*word)))
    }

    /// The header extension, of whatever profile.
    #[must_use]
    #[inline]
    pub fn extension(&self) -> Option<HeaderExtension<'a>> {
        if self.header[0] & 0x10 == 0 {
            return None;
        }
        let start = 12 + self.csrc_len();
        let (head, rest) = self.data.get(start..)?.split_first_chunk::<4>()?;
        let [p0, p1, w0, w1] = *head;
        let data = rest.get(..usize::from(u16::from_be_bytes([w0, w1])) * 4)?;
        let profile = ExtensionProfile(u16::from_be_bytes([p0, p1]));
        Some(HeaderExtension::at(profile, data, start + 4))
    }

    /// The RFC 8285 elements of the extension; none when there is no extension or it is another's.
    #[inline]
    #[must_use]
    pub fn elements(&self) -> Elements<'a> {
        const NONE: HeaderExtension<'_> = HeaderExtension::at(ExtensionProfile(0), &[], 0);
        self.extension().unwrap_or(NONE).elements()
    }

    /// What the packet carries, without padding; empty in a packet of padding alone.
    #[must_use]
    #[inline]
    pub const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// How many padding bytes follow the payload, their count included.
    #[must_use]
    #[inline]
    pub fn padding(&self) -> u8 {
        if self.header[0] & 0x20 == 0 {
            return 0;
        }
        self.data.last().copied().unwrap_or_default()
    }

    /// Where the payload begins in the packet.
    #[must_use]
    #[inline]
    pub fn payload_offset(&self) -> usize {
        let behind = self
            .payload
            .len()
            .saturating_add(usize::from(self.padding()));
        self.data.len().saturating_sub(behind)
    }

    /// The whole packet.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.data
    }

    /// The header as one to write: `encode_packet` of it with the same payload gives the same bytes
    /// (but for the contents of padding, which are zero then).
    #[must_use]
    pub fn to_header(&self) -> RtpHeader<'a> {
        RtpHeader {
            marker: self.marker(),
            csrcs: self.csrcs().collect(),
            extension: self.extension(),
            padding: self.padding(),
            ..RtpHeader::new(
                self.payload_type(),
                self.sequence_number(),
                self.timestamp(),
                self.ssrc(),
            )
        }
    }

    #[inline]
    fn csrc_len(&self) -> usize {
        usize::from(self.header[0] & 0x0f) * 4
    }
}

/// Finds the payload behind CSRCs and extension and before padding; `rest` follows the fixed header.
#[inline]
fn variable_parts<'a>(header: &[u8; 12], rest: &'a [u8]) -> Result<&'a [u8], ParseError> {
    let first = header[0];
    if first >> 6 != 2 {
        return Err(ParseError::unexpected(0, "RTP version 2"));
    }
    let csrc_len = usize::from(first & 0x0f) * 4;
    let Some(mut payload) = rest.get(csrc_len..) else {
        return Err(ParseError::truncated(12, csrc_len, "CSRC list"));
    };
    if first & 0x10 != 0 {
        let Some((head, after)) = payload.split_first_chunk::<4>() else {
            return Err(ParseError::truncated(12 + csrc_len, 4, "header extension"));
        };
        let len = usize::from(u16::from_be_bytes([head[2], head[3]])) * 4;
        let Some(after) = after.get(len..) else {
            return Err(ParseError::truncated(
                16 + csrc_len,
                len,
                "header extension",
            ));
        };
        payload = after;
    }
    if first & 0x20 != 0 {
        payload = without_padding(payload, 12 + rest.len())?;
    }
    Ok(payload)
}

fn without_padding(payload: &[u8], packet_len: usize) -> Result<&[u8], ParseError> {
    let count = usize::from(payload.last().copied().unwrap_or_default());
    match payload.len().checked_sub(count) {
        // The count counts itself (RFC 3550 section 5.1), so 0 cannot be.
        Some(len) if count > 0 => Ok(payload.get(..len).unwrap_or_default()),
        _ => Err(ParseError::unexpected(
            packet_len.saturating_sub(1),
            "a padding count from 1 to what follows the header",
        )),
    }
}
