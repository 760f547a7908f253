use core::time::Duration;

use bytes::BufMut;
use castline_core::NtpTime;

use super::{MAX_COUNT, unit::Unit};
use crate::{ParseError, SendError, Ssrc};

/// What one receiver tells of one source (RFC 3550 section 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(clippy::exhaustive_structs, reason = "the 24 bytes of the wire")]
pub struct ReportBlock {
    /// The source that this is about.
    pub ssrc: Ssrc,
    /// Lost since the report before, in 256ths.
    pub fraction_lost: u8,
    /// Lost since the beginning; negative when duplicates outnumber losses. 24 bits signed on the wire:
    /// what is beyond is written as the nearest that fits.
    pub cumulative_lost: i32,
    /// Cycles in the upper half, the highest sequence number in the lower.
    pub extended_highest_sequence: u32,
    /// Interarrival jitter in timestamp ticks (RFC 3550 section A.8).
    pub jitter: u32,
    /// LSR: the middle 32 bits of the last SR's NTP time; 0 when there was none.
    pub last_sender_report: u32,
    /// DLSR: from that SR's arrival to this report, in 65,536ths of a second.
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    /// Bytes on the wire.
    pub const ENCODED_LEN: usize = 24;

    #[inline]
    pub(super) fn from_bytes(bytes: &[u8; 24]) -> Self {
        let [s0, s1, s2, s3, fraction_lost, c0, c1, c2, tail @ ..] = *bytes;
        let (words, _) = tail.as_chunks::<4>();
        let word = |index: usize| words.get(index).map_or(0, |word| u32::from_be_bytes(*word));
        Self {
            ssrc: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            fraction_lost,
            // The arithmetic shift carries the 24-bit sign.
            cumulative_lost: i32::from_be_bytes([c0, c1, c2, 0]) >> 8,
            extended_highest_sequence: word(0),
            jitter: word(1),
            last_sender_report: word(2),
            delay_since_last_sender_report: word(3),
        }
    }

    fn put(&self, out: &mut impl BufMut) {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff);
        let [_, c0, c1, c2] = lost.to_be_bytes();
        out.put_u32(self.ssrc.0);
        out.put_slice(&[self.fraction_lost, c0, c1, c2]);
        out.put_u32(self.extended_highest_sequence);
        out.put_u32(self.jitter);
        out.put_u32(self.last_sender_report);
        out.put_u32(self.delay_since_last_sender_report);
    }

    /// The round trip from our SR to this report, which arrived at `arrival` (RFC 3550 section 6.4.1).
    ///
    /// `None` when the receiver had no SR yet, or when what it says cannot be (a negative time of more
    /// than the 1/16 s that coarse clocks explain; a smaller one counts as 0).
    #[must_use]
    pub fn round_trip(&self, arrival: NtpTime) -> Option<Duration> {
        if self.last_sender_report == 0 {
            return None;
        }
        let ticks = arrival
            .middle()
            .wrapping_sub(self.last_sender_report)
            .wrapping_sub(self.delay_since_last_sender_report)
            .cast_signed();
        if ticks < -4_096 {
            return None;
        }
        let nanos = u64::from(ticks.max(0).cast_unsigned()) * 1_000_000_000 / 65_536;
        Some(Duration::from_nanos(nanos))
    }
}

/// Report blocks, on the wire or in memory.
#[derive(Debug, Clone, Copy)]
pub struct ReportBlocks<'a>(Blocks<'a>);

#[derive(Debug, Clone, Copy)]
enum Blocks<'a> {
    Wire(&'a [[u8; 24]]),
    Memory(&'a [ReportBlock]),
}

impl<'a> ReportBlocks<'a> {
    /// Nothing received.
    pub const NONE: Self = Self(Blocks::Memory(&[]));

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Blocks::Wire(blocks) => blocks.len(),
            Blocks::Memory(blocks) => blocks.len(),
        }
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The blocks in order.
    #[inline]
    #[must_use]
    pub fn iter(&self) -> ReportBlocksIter<'a> {
        ReportBlocksIter(self.0)
    }

    fn put(&self, out: &mut impl BufMut) {
        self.iter().for_each(|block| block.put(out));
    }

    #[inline]
    fn split(rest: &'a [u8], unit: &Unit<'a>) -> Result<(Self, &'a [u8]), ParseError> {
        let count = usize::from(unit.count);
        let Some((blocks, extension)) = rest.split_at_checked(count * 24) else {
            let offset = unit.offset + unit.body.len() - rest.len();
            return Err(ParseError::truncated(offset, count * 24, "report blocks"));
        };
        let (blocks, _) = blocks.as_chunks::<24>();
        Ok((Self(Blocks::Wire(blocks)), extension))
    }
}

impl<'a> From<&'a [ReportBlock]> for ReportBlocks<'a> {
    fn from(blocks: &'a [ReportBlock]) -> Self {
        Self(Blocks::Memory(blocks))
    }
}

impl<'a> IntoIterator for ReportBlocks<'a> {
    type Item = ReportBlock;
    type IntoIter = ReportBlocksIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for ReportBlocks<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ReportBlocks<'_> {}

/// Iterates report blocks.
#[derive(Debug, Clone)]
pub struct ReportBlocksIter<'a>(Blocks<'a>);

impl Iterator for ReportBlocksIter<'_> {
    type Item = ReportBlock;

    #[inline]
    fn next(&mut self) -> Option<ReportBlock> {
        match &mut self.0 {
            Blocks::Wire(blocks) => {
                let (first, rest) = blocks.split_first()?;
                *blocks = rest;
                Some(ReportBlock::from_bytes(first))
            }
            Blocks::Memory(blocks) => {
                let (first, rest) = blocks.split_first()?;
                *blocks = rest;
                Some(*first)
            }
        }
    }
}

/// The sender's half of an SR: which RTP timestamp belongs to which wall-clock time, and the counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "the 20 bytes of the wire")]
pub struct SenderInfo {
    /// When the report was sent.
    pub ntp: NtpTime,
    /// The same instant on the media clock.
    pub rtp_timestamp: u32,
    /// RTP packets sent since the beginning, modulo 2^32.
    pub packet_count: u32,
    /// Payload bytes sent since the beginning, without headers and padding, modulo 2^32.
    pub octet_count: u32,
}

/// SR (RFC 3550 section 6.4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct SenderReport<'a> {
    /// The sender.
    pub ssrc: Ssrc,
    /// What it has sent.
    pub info: SenderInfo,
    /// What it has received; at most 31.
    pub reports: ReportBlocks<'a>,
    /// What a profile adds behind the blocks, in whole words.
    pub extension: &'a [u8],
}

impl<'a> SenderReport<'a> {
    #[inline]
    pub(super) fn from_unit(unit: &Unit<'a>) -> Result<Self, ParseError> {
        let (fixed, rest) = unit.split_fixed::<24>("sender info")?;
        let [s0, s1, s2, s3, n0, n1, n2, n3, n4, n5, n6, n7, tail @ ..] = *fixed;
        let [t0, t1, t2, t3, p0, p1, p2, p3, o0, o1, o2, o3] = tail;
        let (reports, extension) = ReportBlocks::split(rest, unit)?;
        let info = SenderInfo {
            ntp: NtpTime(u64::from_be_bytes([n0, n1, n2, n3, n4, n5, n6, n7])),
            rtp_timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            packet_count: u32::from_be_bytes([p0, p1, p2, p3]),
            octet_count: u32::from_be_bytes([o0, o1, o2, o3]),
        };
        Ok(Self {
            ssrc: Ssrc(u32::from_be_bytes([s0, s1, s2, s3])),
            info,
            reports,
            extension,
        })
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        28 + self.reports.len() * ReportBlock::ENCODED_LEN + self.extension.len()
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        check_report(&self.reports, self.extension)
    }

    pub(super) fn put_body(&self, out: &mut impl BufMut) {
        out.put_u32(self.ssrc.0);
        out.put_u64(self.info.ntp.0);
        out.put_u32(self.info.rtp_timestamp);
        out.put_u32(self.info.packet_count);
        out.put_u32(self.info.octet_count);
        self.reports.put(out);
        out.put_slice(self.extension);
    }
}

/// RR (RFC 3550 section 6.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct ReceiverReport<'a> {
    /// The receiver.
    pub ssrc: Ssrc,
    /// What it has received; at most 31.
    pub reports: ReportBlocks<'a>,
    /// What a profile adds behind the blocks, in whole words.
    pub extension: &'a [u8],
}

impl<'a> ReceiverReport<'a> {
    #[inline]
    pub(super) fn from_unit(unit: &Unit<'a>) -> Result<Self, ParseError> {
        let (ssrc, rest) = unit.split_fixed::<4>("the receiver's SSRC")?;
        let (reports, extension) = ReportBlocks::split(rest, unit)?;
        Ok(Self {
            ssrc: Ssrc(u32::from_be_bytes(*ssrc)),
            reports,
            extension,
        })
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        8 + self.reports.len() * ReportBlock::ENCODED_LEN + self.extension.len()
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        check_report(&self.reports, self.extension)
    }

    pub(super) fn put_body(&self, out: &mut impl BufMut) {
        out.put_u32(self.ssrc.0);
        self.reports.put(out);
        out.put_slice(self.extension);
    }
}

fn check_report(reports: &ReportBlocks<'_>, extension: &[u8]) -> Result<(), SendError> {
    SendError::check("report blocks", reports.len(), MAX_COUNT)?;
    if extension.len().is_multiple_of(4) {
        return Ok(());
    }
    Err(SendError::Unencodable {
        expected: "a report extension of whole 32-bit words",
    })
}
