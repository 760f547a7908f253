use arrayvec::ArrayVec;
use bytes::BufMut;

use crate::{HeaderExtension, SequenceNumber};

/// A payload type (RFC 3551 section 6); only the low 7 bits go on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "the bits of the wire")]
pub struct PayloadType(pub u8);

impl PayloadType {
    /// G.711 mu-law, 8 kHz mono.
    pub const PCMU: Self = Self(0);
    /// G.711 A-law, 8 kHz mono.
    pub const PCMA: Self = Self(8);
    /// G.722, 8 kHz clock.
    pub const G722: Self = Self(9);
    /// 16-bit linear audio, 44.1 kHz stereo.
    pub const L16_STEREO: Self = Self(10);
    /// 16-bit linear audio, 44.1 kHz mono.
    pub const L16_MONO: Self = Self(11);
    /// MPEG audio (RFC 2250), 90 kHz clock.
    pub const MPA: Self = Self(14);
    /// JPEG (RFC 2435).
    pub const JPEG: Self = Self(26);
    /// MPEG-1 and MPEG-2 video (RFC 2250).
    pub const MPV: Self = Self(32);
    /// MPEG-2 transport streams (RFC 2250).
    pub const MP2T: Self = Self(33);
    /// The first of the dynamic types, which SDP gives a meaning.
    pub const FIRST_DYNAMIC: Self = Self(96);

    /// 96 to 127: meaningless without an `a=rtpmap`.
    #[must_use]
    pub const fn is_dynamic(self) -> bool {
        self.0 >= Self::FIRST_DYNAMIC.0
    }
}

/// A synchronisation source identifier (RFC 3550 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[allow(clippy::exhaustive_structs, reason = "the 32 bits of the wire")]
pub struct Ssrc(pub u32);

impl core::fmt::Display for Ssrc {
    /// Eight hexadecimal digits, as RTSP's Transport header writes it.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:08X}", self.0)
    }
}

/// The header of an RTP packet to write (RFC 3550 section 5.1).
///
/// The payload need not be copied behind it: [`encode`](Self::encode) writes the header alone, so that
/// header and payload leave as two slices of one `writev`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RtpHeader<'a> {
    /// The marker bit; its meaning is the payload format's.
    pub marker: bool,
    /// What the payload is.
    pub payload_type: PayloadType,
    /// One more than in the packet before.
    pub sequence_number: SequenceNumber,
    /// The sampling instant in ticks of the payload's clock, from a random start.
    pub timestamp: u32,
    /// The sender of the stream.
    pub ssrc: Ssrc,
    /// The sources a mixer has mixed.
    pub csrcs: ArrayVec<Ssrc, 15>,
    /// The header extension, if any.
    pub extension: Option<HeaderExtension<'a>>,
    /// How many padding bytes follow the payload, the last of which is this count; 0 for none.
    pub padding: u8,
}

impl<'a> RtpHeader<'a> {
    /// A header without marker, CSRCs, extension or padding.
    #[must_use]
    #[inline]
    pub fn new(
        payload_type: PayloadType,
        sequence_number: SequenceNumber,
        timestamp: u32,
        ssrc: Ssrc,
    ) -> Self {
        Self {
            marker: false,
            payload_type,
            sequence_number,
            timestamp,
            ssrc,
            csrcs: ArrayVec::new_const(),
            extension: None,
            padding: 0,
        }
    }

    /// The same header with this marker bit.
    #[must_use]
    #[inline]
    pub fn with_marker(mut self, marker: bool) -> Self {
        self.marker = marker;
        self
    }

    /// The same header with this extension.
    #[must_use]
    #[inline]
    pub fn with_extension(mut self, extension: HeaderExtension<'a>) -> Self {
        self.extension = Some(extension);
        self
    }

    /// The same header, announcing `padding` bytes behind the payload.
    #[must_use]
    #[inline]
    pub fn with_padding(mut self, padding: u8) -> Self {
        self.padding = padding;
        self
    }

    /// Bytes that [`encode`](Self::encode) writes: the header up to the payload.
    #[must_use]
    #[inline]
    pub fn encoded_len(&self) -> usize {
        let extension = self
            .extension
            .as_ref()
            .map_or(0, HeaderExtension::encoded_len);
        12 + self.csrcs.len() * 4 + extension
    }

    /// Writes the header up to the payload. `out` must have room for
    /// [`encoded_len`](Self::encoded_len) bytes; vectors and `BytesMut` grow by themselves.
    #[inline]
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_slice(&self.fixed_part());
        if !self.csrcs.is_empty() {
            self.csrcs.iter().for_each(|csrc| out.put_u32(csrc.0));
        }
        if let Some(extension) = &self.extension {
            extension.encode(out);
        }
    }

    /// Writes the padding that belongs behind the payload: zeros, then their count.
    #[inline]
    pub fn encode_padding(&self, out: &mut impl BufMut) {
        if let Some(zeros) = self.padding.checked_sub(1) {
            out.put_bytes(0, usize::from(zeros));
            out.put_u8(self.padding);
        }
    }

    /// Writes a whole packet, copying the payload: for one contiguous datagram.
    #[inline]
    pub fn encode_packet(&self, payload: &[u8], out: &mut impl BufMut) {
        self.encode(out);
        out.put_slice(payload);
        self.encode_padding(out);
    }

    /// The 12 bytes that every RTP packet begins with.
    #[inline]
    fn fixed_part(&self) -> [u8; 12] {
        let padding = u8::from(self.padding > 0) << 5;
        let extension = u8::from(self.extension.is_some()) << 4;
        // An `ArrayVec<_, 15>` holds at most 15, which is what 4 bits count.
        let csrc_count = (self.csrcs.len() & 0x0f) as u8;
        let first = 0x80 | padding | extension | csrc_count;
        let kind = (self.marker, self.payload_type);
        fixed_part(first, kind, self.sequence_number, self.timestamp, self.ssrc)
    }
}

/// The 12 bytes that every RTP packet begins with; `first` has version, padding, extension and CSRC count.
#[inline]
pub(crate) fn fixed_part(
    first: u8,
    (marker, payload_type): (bool, PayloadType),
    sequence_number: SequenceNumber,
    timestamp: u32,
    ssrc: Ssrc,
) -> [u8; 12] {
    let [t0, t1, t2, t3] = timestamp.to_be_bytes();
    let [s0, s1, s2, s3] = ssrc.0.to_be_bytes();
    let [n0, n1] = sequence_number.0.to_be_bytes();
    let second = (u8::from(marker) << 7) | (payload_type.0 & 0x7f);
    [first, second, n0, n1, t0, t1, t2, t3, s0, s1, s2, s3]
}
