//! The sending side's state: numbers and timestamps for the packets, reports for the receivers.

mod config;
mod receivers;
mod schedule;
mod timeline;

pub use config::{
    Continuity, ReceptionReport, SenderConfig, SenderEvent, SenderLimits, SenderStats,
};

use std::collections::VecDeque;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use castline_core::Random;

use crate::header::fixed_part;
use crate::rtcp::{
    Compound, CompoundBuilder, Goodbye, ReportBlocks, RtcpPacket, SenderInfo, SourceDescription,
};
use crate::{ParseError, PayloadType, ReportInterval, RtpHeader, SendError, SequenceNumber, Ssrc};
use receivers::Receivers;
use schedule::Schedule;
use timeline::Timeline;

/// The state of one RTP stream that is sent (RFC 3550 sections 5, 6.3, 6.4, 8).
///
/// It writes headers beside payloads, so that one payload is shared by all viewers, and makes the RTCP: an
/// SR with the first packet, so that players can synchronise at once, then one every RFC 3550 interval,
/// in pauses as well. Timestamps of the SRs lie on a straight line through one (RTP time, instant) pair,
/// so they carry no jitter of the sending.
///
/// ```
/// use castline_core::{ClockAnchor, NtpTime};
/// use castline_rtp_rtcp::{PayloadType, Sender, SenderConfig};
/// use std::{num::NonZeroU32, time::Instant};
///
/// let now = Instant::now();
/// let clock = ClockAnchor::new(now, NtpTime(3_900_000_000 << 32));
/// let rate = NonZeroU32::new(90_000).expect("not zero");
/// let mut sender = Sender::new(SenderConfig::new(PayloadType(96), rate, "film@example", clock), [7; 32])?;
///
/// let timestamp = sender.rtp_time(0);
/// let payload = b"one frame";
/// let header = sender.header(now, timestamp, true, payload.len());
/// // writev([&header, payload]) on the RTP socket, and on the RTCP socket:
/// assert_eq!(header.len(), 12);
/// while let Some(datagram) = sender.poll_rtcp() {
///     assert_eq!(datagram[1], 200, "the SR, at once");
/// }
/// # Ok::<(), castline_rtp_rtcp::SendError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sender {
    config: SenderConfig,
    random: Random,
    ssrc: Ssrc,
    next_sequence: SequenceNumber,
    timeline: Timeline,
    schedule: Schedule,
    receivers: Receivers,
    events: VecDeque<SenderEvent>,
    stats: SenderStats,
    /// The next packet brings an SR at once: it is the first, or the first after a jump or a BYE.
    report_with_next: bool,
    began: Option<Instant>,
    report: Option<Bytes>,
    farewell: Option<Bytes>,
}

impl Sender {
    /// A sender that has sent nothing; SSRC, first sequence number (below 2^15, so that a lost first
    /// packet does not upset SRTP's roll-over count, RFC 3711 section 3.3.1) and timestamp offset come
    /// from the seed unless the config sets them.
    ///
    /// # Errors
    /// [`SendError`] when the CNAME is empty or longer than 255 bytes.
    pub fn new(config: SenderConfig, seed: [u8; 32]) -> Result<Self, SendError> {
        SendError::check("bytes of CNAME", config.cname.len(), 255)?;
        if config.cname.is_empty() {
            return Err(SendError::Unencodable {
                expected: "a CNAME that is not empty",
            });
        }
        let mut random = Random::new(seed);
        let (ssrc, sequence, offset) = (random.u32(), random.u16() & 0x7fff, random.u32());
        Ok(Self {
            ssrc: config.ssrc.unwrap_or(Ssrc(ssrc)),
            next_sequence: config
                .first_sequence_number
                .unwrap_or(SequenceNumber(sequence)),
            timeline: Timeline::new(config.clock_rate, config.timestamp_offset.unwrap_or(offset)),
            schedule: Schedule::new(),
            receivers: Receivers::new(config.limits.receivers),
            events: VecDeque::new(),
            stats: SenderStats::default(),
            report_with_next: true,
            began: None,
            report: None,
            farewell: None,
            random,
            config,
        })
    }

    /// The stream's identifier: Transport's `ssrc=`.
    #[must_use]
    pub const fn ssrc(&self) -> Ssrc {
        self.ssrc
    }

    /// The number of the next packet: RTP-Info's `seq=`.
    #[must_use]
    pub const fn next_sequence_number(&self) -> SequenceNumber {
        self.next_sequence
    }

    /// The RTP timestamp of a media position in ticks of the clock rate: RTP-Info's `rtptime=`.
    #[must_use]
    #[inline]
    pub const fn rtp_time(&self, media_ticks: i64) -> u32 {
        self.timeline.rtp_time(media_ticks)
    }

    /// Takes the next sequence number and counts a packet of `payload_len` bytes; the 12 bytes go before
    /// the payload. The first packet starts the reports; `now` and its timestamp become the reference of
    /// the SRs unless [`reanchor`](Self::reanchor) or [`set_reference`](Self::set_reference) gave one.
    #[inline]
    pub fn header(
        &mut self,
        now: Instant,
        timestamp: u32,
        marker: bool,
        payload_len: usize,
    ) -> [u8; 12] {
        let number = self.count_packet(now, timestamp, payload_len);
        fixed_part(
            0x80,
            (marker, self.config.payload_type),
            number,
            timestamp,
            self.ssrc,
        )
    }

    /// As [`header`](Self::header), for packets that get extensions or padding as well.
    pub fn rtp_header(
        &mut self,
        now: Instant,
        timestamp: u32,
        marker: bool,
        payload_len: usize,
    ) -> RtpHeader<'static> {
        let number = self.count_packet(now, timestamp, payload_len);
        RtpHeader::new(self.config.payload_type, number, timestamp, self.ssrc).with_marker(marker)
    }

    #[inline]
    fn count_packet(&mut self, now: Instant, timestamp: u32, len: usize) -> SequenceNumber {
        let number = self.next_sequence;
        self.next_sequence = number.wrapping_add(1);
        self.stats.packets = self.stats.packets.wrapping_add(1);
        self.stats.octets = self.stats.octets.wrapping_add(len as u64);
        self.timeline.sent(now, timestamp);
        if self.report_with_next {
            self.report_with_next = false;
            self.queue_report(now);
        }
        number
    }

    /// Changes the payload type of the packets to come.
    pub const fn set_payload_type(&mut self, payload_type: PayloadType) {
        self.config.payload_type = payload_type;
    }

    /// `timestamp` belongs to `at`: for live sources whose capture clock drifts from ours.
    pub const fn set_reference(&mut self, timestamp: u32, at: Instant) {
        self.timeline.set_reference(timestamp, at);
    }

    /// Media position `media_ticks` plays at `now`: at PLAY, and after a seek. Ends a pause. Returns the
    /// position's RTP timestamp, RTP-Info's `rtptime=`; the next packet brings an SR at once.
    pub fn reanchor(&mut self, now: Instant, media_ticks: i64, continuity: Continuity) -> u32 {
        self.report_with_next = true;
        self.timeline.reanchor(now, media_ticks, continuity)
    }

    /// Nothing will be sent for a while; the SRs go on, along the same line.
    pub fn pause(&mut self, now: Instant) {
        self.timeline.pause(now);
    }

    /// The position goes on where it paused. Timestamps move on by the pause's length (RFC 2326
    /// appendix B), so ask [`rtp_time`](Self::rtp_time) again.
    pub fn resume(&mut self, now: Instant) {
        self.timeline.resume(now);
    }

    /// Between [`pause`](Self::pause) and [`resume`](Self::resume).
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.timeline.is_paused()
    }

    /// Leaves the session: a last SR with a BYE, and no more reports. A sender that has sent nothing says
    /// nothing (RFC 3550 section 6.3.7). If packets follow after all (a seek back from the end), reports
    /// begin again.
    ///
    /// # Errors
    /// [`SendError`] when the reason is longer than 255 bytes.
    pub fn goodbye(&mut self, now: Instant, reason: Option<&str>) -> Result<(), SendError> {
        if self.schedule.next().is_none() {
            return Ok(());
        }
        let mut out = BytesMut::new();
        self.compound(now).goodbye(reason).encode(&mut out)?;
        self.report = None;
        self.farewell = Some(out.freeze());
        self.schedule.stop();
        self.report_with_next = true;
        Ok(())
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` before the first packet and after BYE.
    #[must_use]
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.schedule.next()
    }

    /// Makes the report that is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.schedule.next().is_none_or(|next| next > now) {
            return;
        }
        self.receivers.expire(now, self.interval().deterministic());
        let interval = self.random_interval();
        if self.schedule.is_due(now, interval, self.members()) {
            self.queue_report(now);
        }
    }

    /// The next RTCP datagram to send. A report that nobody took is replaced by the next one.
    pub fn poll_rtcp(&mut self) -> Option<Bytes> {
        let datagram = self.report.take().or_else(|| self.farewell.take())?;
        self.stats.reports_sent = self.stats.reports_sent.wrapping_add(1);
        Some(datagram)
    }

    /// Takes an RTCP datagram from a receiver, read leniently; what it says comes out of
    /// [`poll_event`](Self::poll_event).
    pub fn handle_rtcp(&mut self, now: Instant, datagram: &[u8]) {
        self.stats.datagrams_heard = self.stats.datagrams_heard.wrapping_add(1);
        let compound = match Compound::parse_lenient(datagram) {
            Ok(compound) => compound,
            Err(error) => return self.reject(error),
        };
        self.schedule.count_datagram(datagram.len());
        for packet in compound {
            match packet {
                Ok(packet) => self.handle_packet(now, packet),
                Err(error) => self.reject(error),
            }
        }
    }

    /// What the receivers have told, in order.
    pub fn poll_event(&mut self) -> Option<SenderEvent> {
        self.events.pop_front()
    }

    /// What was sent and heard.
    #[must_use]
    pub fn stats(&self) -> SenderStats {
        SenderStats {
            receivers: self.receivers.len(),
            ..self.stats
        }
    }

    fn handle_packet(&mut self, now: Instant, packet: RtcpPacket<'_>) {
        match packet {
            RtcpPacket::SenderReport(report) => {
                self.handle_reports(now, (report.ssrc, true), report.reports);
            }
            RtcpPacket::ReceiverReport(report) => {
                self.handle_reports(now, (report.ssrc, false), report.reports);
            }
            RtcpPacket::SourceDescription(description) => self.handle_description(description),
            RtcpPacket::Goodbye(goodbye) => self.handle_goodbye(now, goodbye),
            RtcpPacket::ApplicationDefined(_) | RtcpPacket::Unknown(_) => self.handle_other(packet),
        }
    }

    fn handle_reports(&mut self, now: Instant, from: (Ssrc, bool), reports: ReportBlocks<'_>) {
        let (receiver, sends) = from;
        if receiver == self.ssrc {
            return self.tell(SenderEvent::SsrcCollision);
        }
        self.receivers.hear(now, receiver, sends);
        let arrival = self.config.clock.ntp_at(now);
        let longest = self.began.map(|began| now.saturating_duration_since(began));
        // Some devices report on SSRCs that nobody sends (Tapo): not ours to hear.
        let ours = self.ssrc;
        for block in reports.iter().filter(|block| block.ssrc == ours) {
            let round_trip = block.round_trip(arrival);
            let report = ReceptionReport {
                receiver,
                fraction_lost: block.fraction_lost,
                cumulative_lost: block.cumulative_lost,
                extended_highest_sequence: block.extended_highest_sequence,
                jitter: block.jitter,
                jitter_time: self.timeline.duration(block.jitter),
                // No answer travels longer than the question exists.
                round_trip: round_trip
                    .filter(|time| longest.is_some_and(|longest| *time <= longest)),
            };
            self.stats.last_report = Some(report);
            self.tell(SenderEvent::Report(report));
        }
    }

    fn handle_description(&mut self, description: SourceDescription<'_>) {
        for chunk in description.chunks {
            let cname = chunk.items.cname();
            let news = cname.and_then(|cname| self.receivers.describe(chunk.ssrc, cname));
            if let Some(cname) = news {
                self.tell(SenderEvent::Description {
                    ssrc: chunk.ssrc,
                    cname,
                });
            }
        }
    }

    fn handle_goodbye(&mut self, now: Instant, goodbye: Goodbye<'_>) {
        let reason = goodbye.reason.map(Bytes::copy_from_slice);
        let ours = self.ssrc;
        for ssrc in goodbye.sources.iter().filter(|ssrc| *ssrc != ours) {
            self.receivers.remove(ssrc);
            self.tell(SenderEvent::Goodbye {
                ssrc,
                reason: reason.clone(),
            });
        }
        self.schedule.members_left(now, self.members());
    }

    fn handle_other(&mut self, packet: RtcpPacket<'_>) {
        let len = packet.encoded_len();
        let mut out = BytesMut::new();
        if len > self.config.limits.other_packet_bytes || packet.encode(&mut out).is_err() {
            self.stats.dropped_events = self.stats.dropped_events.wrapping_add(1);
            return;
        }
        let packet_type = packet.packet_type();
        self.tell(SenderEvent::Other {
            packet_type,
            packet: out.freeze(),
        });
    }

    fn reject(&mut self, error: ParseError) {
        self.stats.rejected = self.stats.rejected.wrapping_add(1);
        self.tell(SenderEvent::Rejected(error));
    }

    fn tell(&mut self, event: SenderEvent) {
        if self.events.len() >= self.config.limits.events {
            self.events.pop_front();
            self.stats.dropped_events = self.stats.dropped_events.wrapping_add(1);
        }
        if self.config.limits.events > 0 {
            self.events.push_back(event);
        }
    }

    fn queue_report(&mut self, now: Instant) {
        let mut out = BytesMut::new();
        // `new` has checked the CNAME, all that could be wrong.
        if self.compound(now).encode(&mut out).is_ok() {
            self.schedule.count_datagram(out.len());
            self.report = Some(out.freeze());
        }
        self.began.get_or_insert(now);
        let interval = self.random_interval();
        self.schedule.sent(now, interval, self.members());
    }

    /// SR and SDES, as they stand at `now`.
    fn compound(&self, now: Instant) -> CompoundBuilder<'_> {
        let info = SenderInfo {
            ntp: self.config.clock.ntp_at(now),
            rtp_timestamp: self.timeline.at(now).unwrap_or_else(|| self.rtp_time(0)),
            // The wire's counters are these modulo 2^32.
            packet_count: self.stats.packets as u32,
            octet_count: self.stats.octets as u32,
        };
        CompoundBuilder::new(self.ssrc, &self.config.cname).sender(info)
    }

    /// The receivers and we.
    fn members(&self) -> usize {
        self.receivers.len().saturating_add(1)
    }

    fn interval(&self) -> ReportInterval {
        ReportInterval {
            average_size_bytes: self.schedule.average_size_bytes(),
            minimum: self.config.minimum_interval,
            initial: self.schedule.is_initial(),
            ..ReportInterval::new(
                self.config.bandwidth_bits_per_second,
                self.members(),
                self.receivers.senders().saturating_add(1),
            )
        }
    }

    fn random_interval(&mut self) -> std::time::Duration {
        self.interval().randomised(self.random.unit())
    }
}
