use bytes::BufMut;
use smallvec::SmallVec;

use super::{
    Goodbye, MAX_COUNT, ReceiverReport, ReportBlock, RtcpPacket, SdesChunk, SdesItem, SdesItemType,
    SenderInfo, SenderReport, SourceDescription,
};
use crate::{SendError, Ssrc};

/// Builds a compound as RFC 3550 section 6.1 wants it: SR or RR first (and more RRs when there are more
/// than 31 report blocks), an SDES with the CNAME, whatever else, a BYE last.
///
/// A reduced-size datagram (RFC 5506) needs no builder: encode its packets one after the other.
#[derive(Debug, Clone)]
pub struct CompoundBuilder<'a> {
    ssrc: Ssrc,
    sender: Option<SenderInfo>,
    reports: &'a [ReportBlock],
    items: SmallVec<[SdesItem<'a>; 2]>,
    others: SmallVec<[RtcpPacket<'a>; 1]>,
    goodbye: Option<Option<&'a [u8]>>,
    padding: u8,
}

impl<'a> CompoundBuilder<'a> {
    /// An empty RR of `ssrc` and its CNAME: the least that may be sent.
    #[must_use]
    pub fn new(ssrc: Ssrc, cname: &'a str) -> Self {
        let mut items = SmallVec::new();
        items.push(SdesItem::new(SdesItemType::CNAME, cname.as_bytes()));
        Self {
            ssrc,
            sender: None,
            reports: &[],
            items,
            others: SmallVec::new(),
            goodbye: None,
            padding: 0,
        }
    }

    /// Makes the first packet an SR.
    #[must_use]
    pub fn sender(mut self, info: SenderInfo) -> Self {
        self.sender = Some(info);
        self
    }

    /// What has been received; more than 31 blocks continue in further RRs.
    #[must_use]
    pub fn reports(mut self, reports: &'a [ReportBlock]) -> Self {
        self.reports = reports;
        self
    }

    /// One more SDES item beside the CNAME.
    #[must_use]
    pub fn item(mut self, item: SdesItem<'a>) -> Self {
        self.items.push(item);
        self
    }

    /// Another packet, between SDES and BYE.
    ///
    /// # Errors
    /// [`SendError`] for an SR or BYE, whose places the builder keeps.
    pub fn push(&mut self, packet: impl Into<RtcpPacket<'a>>) -> Result<(), SendError> {
        let packet = packet.into();
        if matches!(packet, RtcpPacket::SenderReport(_) | RtcpPacket::Goodbye(_)) {
            let expected = "SR and BYE by `sender` and `goodbye`";
            return Err(SendError::Unencodable { expected });
        }
        self.others.push(packet);
        Ok(())
    }

    /// Says that this source leaves.
    #[must_use]
    pub fn goodbye(mut self, reason: Option<&'a str>) -> Self {
        self.goodbye = Some(reason.map(str::as_bytes));
        self
    }

    /// Pads the last packet by a multiple of 4 bytes, as block ciphers need.
    #[must_use]
    pub fn padding(mut self, padding: u8) -> Self {
        self.padding = padding;
        self
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let mut len = usize::from(self.padding);
        self.each_packet(|packet, _| {
            len += packet.encoded_len();
            Ok(())
        })
        .map_or(0, |()| len)
    }

    /// Writes the datagram. It is one datagram whatever its length: with very many reports keep an eye on
    /// the path's MTU.
    ///
    /// # Errors
    /// [`SendError`] when an item or packet does not fit the wire's counts; nothing is written then.
    pub fn encode(&self, out: &mut impl BufMut) -> Result<(), SendError> {
        self.each_packet(|packet, last| packet.check(if last { self.padding } else { 0 }))?;
        self.each_packet(|packet, last| {
            packet.put(if last { self.padding } else { 0 }, out);
            Ok(())
        })
    }

    /// Calls `visit` with each packet in the order of the wire, and whether it is the last.
    fn each_packet(
        &self,
        mut visit: impl FnMut(RtcpPacket<'_>, bool) -> Result<(), SendError>,
    ) -> Result<(), SendError> {
        let ssrc = self.ssrc;
        let first_len = self.reports.len().min(MAX_COUNT);
        let (first, more) = self.reports.split_at_checked(first_len).unwrap_or_default();
        let report = |blocks: &'a [ReportBlock]| ReceiverReport {
            ssrc,
            reports: blocks.into(),
            extension: &[],
        };
        match self.sender {
            Some(info) => {
                let report = SenderReport {
                    ssrc,
                    info,
                    reports: first.into(),
                    extension: &[],
                };
                visit(report.into(), false)?;
            }
            None => visit(report(first).into(), false)?,
        }
        for blocks in more.chunks(MAX_COUNT) {
            visit(report(blocks).into(), false)?;
        }
        let chunks = [SdesChunk::new(ssrc, &self.items)];
        let ends_there = self.others.is_empty() && self.goodbye.is_none();
        visit(SourceDescription::new(&chunks).into(), ends_there)?;
        for (index, packet) in self.others.iter().enumerate() {
            let last = self.goodbye.is_none() && index + 1 == self.others.len();
            visit(*packet, last)?;
        }
        self.goodbye.map_or(Ok(()), |reason| {
            visit(Goodbye::new(&[ssrc], reason).into(), true)
        })
    }
}
