use core::fmt;

use arrayvec::ArrayVec;
use bytes::{BufMut, Bytes};
use smallvec::SmallVec;

use super::error::Len;

/// The longest payload header: RFC 3640 with 13 access units.
pub(super) const MAX_HEADER_LEN: usize = 28;

/// The payload header of one packet, kept in line.
pub(super) type Header = ArrayVec<u8, MAX_HEADER_LEN>;

/// Slices of media. Two fit in line: more are only in a packet of several small units.
pub(super) type Slices = SmallVec<[Bytes; 2]>;

/// Appends to a header. The formats' longest headers fit: what would not is left out.
pub(super) fn extend(header: &mut Header, bytes: &[u8]) {
    let fits = header.try_extend_from_slice(bytes).is_ok();
    debug_assert!(fits, "MAX_HEADER_LEN is the longest of all formats");
}

/// A header of `bytes`.
pub(super) fn header(bytes: &[u8]) -> Header {
    let mut header = Header::new_const();
    extend(&mut header, bytes);
    header
}

/// What follows the RTP header of one packet: the payload header and slices of the media.
///
/// It has all that the viewers of a stream have in common; sequence number, SSRC and random
/// timestamp offset are the sender's.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payload {
    /// The marker bit, by the rule of the payload format (for video: the last packet of a frame).
    pub marker: bool,
    /// Presentation time in ticks of the RTP clock, not yet wrapped to 32 bits and without the
    /// sender's random offset (RFC 3550 section 5.1).
    pub timestamp: i64,
    header: Header,
    slices: Slices,
}

impl Payload {
    pub(super) const fn new(marker: bool, timestamp: i64, header: Header, slices: Slices) -> Self {
        Self {
            marker,
            timestamp,
            header,
            slices,
        }
    }

    /// One slice of media behind a header.
    pub(super) fn single(marker: bool, timestamp: i64, header: Header, slice: Bytes) -> Self {
        let mut slices = Slices::new();
        slices.push(slice);
        Self::new(marker, timestamp, header, slices)
    }

    /// The payload header; empty in formats that have none.
    #[must_use]
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// What follows the header: slices of the frame's own data.
    #[must_use]
    pub fn slices(&self) -> &[Bytes] {
        &self.slices
    }

    /// The payload in order, as for a vectored write; no segment is empty.
    pub fn segments(&self) -> impl Iterator<Item = &[u8]> {
        let slices = self.slices.iter().map(Bytes::as_ref);
        core::iter::once(self.header())
            .chain(slices)
            .filter(|segment| !segment.is_empty())
    }

    /// Bytes of the whole payload: at most the settings' `max_payload_len`.
    #[must_use]
    pub fn len(&self) -> usize {
        self.segments().map(<[u8]>::len).sum()
    }

    /// True when there is no byte, which no packetizer emits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.segments().next().is_none()
    }

    /// Appends the payload to `buffer`, which must have room for [`len`](Self::len) bytes.
    pub fn write_to(&self, buffer: &mut impl BufMut) {
        for segment in self.segments() {
            buffer.put_slice(segment);
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("marker", &self.marker)
            .field("timestamp", &self.timestamp)
            .field("header", &self.header)
            .field("data", &Len(self.len().saturating_sub(self.header.len())))
            .finish()
    }
}
