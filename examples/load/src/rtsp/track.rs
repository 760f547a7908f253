//! One track of one player: what comes in by its channels or ports, and the reports that go back.

use std::{
    net::{IpAddr, SocketAddr},
    task::{Context, Poll},
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use castline_core::{
    Datagram, Path, Transmit,
    udp::{PortRange, UdpOptions, UdpPort},
};
use castline_rtp_rtcp::{
    RtpPacket, Ssrc,
    rtcp::{Compound, CompoundBuilder, RtcpPacket, SenderReport},
};
use castline_rtsp_proto::{ChannelKind, client::AgreedTransport};

use crate::{lateness::Lateness, now, reception::Reception, record::Record};

/// Datagrams read from one port before the others have their turn.
const PORT_READS: usize = 32;
/// Room for key frames of any size while the thread plays others.
const RECEIVE_BUFFER_BYTES: usize = 1024 * 1024;

/// One track.
#[derive(Debug)]
pub(super) struct Track {
    reception: Reception,
    lateness: Lateness,
    ports: Option<Box<Ports>>,
    /// Ours, for the reports.
    ssrc: Ssrc,
    /// The reason of the BYE that was heard since the last PLAY.
    pub(super) goodbye: Option<String>,
}

/// Our pair of ports, and the server's.
#[derive(Debug)]
pub(super) struct Ports {
    rtp: UdpPort,
    rtcp: UdpPort,
    /// Whom packets may come from.
    server: IpAddr,
    reports_to: Option<SocketAddr>,
}

impl Ports {
    /// Takes a free pair of the range.
    pub(super) fn bind(range: &PortRange, local: IpAddr, server: IpAddr) -> Result<Self, String> {
        let mut options = UdpOptions::default();
        options.receive_buffer_bytes = Some(RECEIVE_BUFFER_BYTES);
        let pair = range.bind_pair(local, &options);
        let (rtp, rtcp) =
            pair.map_err(|error| format!("{error}: pass another range as --ports"))?;
        Ok(Self {
            rtp,
            rtcp,
            server,
            reports_to: None,
        })
    }

    /// The ports that the server is told.
    pub(super) fn numbers(&self) -> (u16, u16) {
        (self.rtp.local_addr().port(), self.rtcp.local_addr().port())
    }

    fn is_from_server(&self, datagram: &Datagram) -> bool {
        datagram.path.remote.ip().to_canonical() == self.server.to_canonical()
    }
}

impl Track {
    pub(super) fn new(clock_rate: u32, ssrc: Ssrc, ports: Option<Ports>) -> Self {
        Self {
            reception: Reception::new(clock_rate),
            lateness: Lateness::new(clock_rate),
            ports: ports.map(Box::new),
            ssrc,
            goodbye: None,
        }
    }

    /// The server's ports are known.
    pub(super) fn agree(&mut self, transport: AgreedTransport) {
        let AgreedTransport::Udp {
            server_ports,
            source,
            ..
        } = transport
        else {
            return;
        };
        if let Some(ports) = &mut self.ports {
            ports.server = source.unwrap_or(ports.server);
            ports.reports_to = server_ports.map(|(_, rtcp)| SocketAddr::new(ports.server, rtcp));
        }
    }

    /// PLAY is asked for: another stretch of the time line begins.
    pub(super) fn restart(&mut self, record: &mut Record) {
        self.lateness.restart(&mut record.lateness);
        self.goodbye = None;
    }

    /// Hears what has arrived at the ports, up to a turn's share; the task wakes when there is more.
    pub(super) fn poll_ports(&mut self, cx: &mut Context<'_>, record: &mut Record) {
        for kind in [ChannelKind::Rtp, ChannelKind::Rtcp] {
            let mut reads = 0;
            while let Some(datagram) = self.poll_port(cx, kind) {
                self.handle(now(), kind, &datagram, record);
                reads += 1;
                if reads == PORT_READS {
                    cx.waker().wake_by_ref();
                    break;
                }
            }
        }
    }

    fn poll_port(&mut self, cx: &mut Context<'_>, kind: ChannelKind) -> Option<Bytes> {
        let ports = self.ports.as_mut()?;
        loop {
            let port = match kind {
                ChannelKind::Rtp => &mut ports.rtp,
                ChannelKind::Rtcp => &mut ports.rtcp,
            };
            match port.poll_recv(cx) {
                Poll::Ready(Ok(datagram)) if ports.is_from_server(&datagram) => {
                    return Some(datagram.data);
                }
                // A stranger's, which says nothing about the server.
                Poll::Ready(Ok(_)) => {}
                // A port that fails is as silent as one that nobody sends to: it shows as loss and stalls.
                Poll::Ready(Err(_)) | Poll::Pending => return None,
            }
        }
    }

    /// Takes one packet, from whatever channel or port.
    pub(super) fn handle(
        &mut self,
        now: Instant,
        kind: ChannelKind,
        data: &[u8],
        record: &mut Record,
    ) {
        match kind {
            ChannelKind::Rtp => self.handle_rtp(now, data, record),
            ChannelKind::Rtcp => self.handle_rtcp(now, data),
        }
    }

    fn handle_rtp(&mut self, now: Instant, data: &[u8], record: &mut Record) {
        let Ok(packet) = RtpPacket::parse(data) else {
            return self.reception.handle_malformed();
        };
        record.note_media(now, data.len());
        if self.reception.handle_packet(now, &packet) {
            self.lateness
                .handle_packet(now, packet.timestamp(), &mut record.lateness);
        }
    }

    fn handle_rtcp(&mut self, now: Instant, data: &[u8]) {
        let Ok(compound) = Compound::parse(data) else {
            return self.reception.handle_malformed();
        };
        let mut report = None::<SenderReport<'_>>;
        for packet in compound.iter() {
            match packet {
                Ok(RtcpPacket::SenderReport(found)) => {
                    self.reception
                        .handle_sender_report(now, found.ssrc, found.info.ntp);
                    report = Some(found);
                }
                Ok(RtcpPacket::Goodbye(goodbye)) => {
                    let reason = goodbye.reason.unwrap_or_default();
                    self.goodbye = Some(String::from_utf8_lossy(reason).into_owned());
                    if let Some(last) = &report {
                        self.reception
                            .handle_total(last.ssrc, last.info.packet_count);
                    }
                }
                Ok(_) => {}
                Err(_) => self.reception.handle_malformed(),
            }
        }
    }

    /// A receiver report that is due; sent at once by UDP, given back for the RTSP connection.
    pub(super) fn report(&mut self, now: Instant) -> Option<Bytes> {
        let block = self.reception.report(now)?;
        let mut out = BytesMut::new();
        let cname = format!("{:08x}@castline-load", self.ssrc.0);
        let reports = [block];
        let compound = CompoundBuilder::new(self.ssrc, &cname).reports(&reports);
        compound.encode(&mut out).ok()?;
        let report = out.freeze();
        let Some(ports) = &mut self.ports else {
            return Some(report);
        };
        if let Some(remote) = ports.reports_to {
            let path = Path {
                local: ports.rtcp.local_addr(),
                remote,
            };
            // A report that the socket does not take now is replaced by the next.
            let _ = ports.rtcp.try_send(&[Transmit::datagram(path, [report])]);
        }
        None
    }

    /// Hears what is still in the ports' buffers and hands over the counts.
    pub(super) fn finish(mut self, record: &mut Record) {
        while let Some(datagram) = self.waiting_datagram() {
            self.handle(now(), ChannelKind::Rtp, &datagram, record);
        }
        self.lateness.restart(&mut record.lateness);
        record.counts.add(&self.reception.counts());
    }

    fn waiting_datagram(&mut self) -> Option<Bytes> {
        let ports = self.ports.as_mut()?;
        let datagram = ports.rtp.try_recv().ok()??;
        ports.is_from_server(&datagram).then_some(datagram.data)
    }
}
