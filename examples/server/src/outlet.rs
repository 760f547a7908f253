//! One track on its way to one client: numbers, timestamps, reports, and the channel or ports they leave by.

use std::{
    net::IpAddr,
    task::{Context, Poll},
    time::Instant,
};

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::{Datagram, Path, Transmit, udp::UdpPort};
use castline_rtp_rtcp::{Sender, payload::Payload};
use castline_rtsp_proto::{
    ChannelKind,
    server::{ServerConnection, SessionId},
};

use crate::{movie::Openings, unit::Unit};

/// Room for the RTP and payload headers of some dozen packets, taken at once.
const ARENA_BYTES: usize = 4096;
/// The longest RTP header with payload header.
const HEADER_BYTES: usize = 64;

/// One track of one session.
#[derive(Debug)]
pub(crate) struct Outlet {
    /// The track's number in control URLs.
    pub(crate) number: u32,
    /// The track's index in its source.
    pub(crate) index: usize,
    /// Whether PLAY covers it.
    pub(crate) is_playing: bool,
    pub(crate) sender: Sender,
    /// Goes ahead of the next unit.
    pub(crate) opening: Vec<Payload>,
    /// The next unit is to have this time, and all after it are moved as far.
    pub(crate) aligned_to: Option<i64>,
    shift: i64,
    /// Even for a frame that is shown where the range begins.
    pub(crate) needs_opening: bool,
    way: Way,
    arena: BytesMut,
    batch: Vec<Transmit>,
}

/// How packets leave.
#[derive(Debug)]
pub(crate) enum Way {
    /// In the RTSP connection.
    Interleaved,
    /// By a pair of ports of our own.
    Udp(Box<Ports>),
}

/// Our pair of ports and the client's.
#[derive(Debug)]
pub(crate) struct Ports {
    pub(crate) rtp: UdpPort,
    pub(crate) rtcp: UdpPort,
    pub(crate) rtp_path: Path,
    pub(crate) rtcp_path: Path,
}

/// Where an outlet's packets go, for the time of a call.
pub(crate) struct Exit<'a> {
    pub(crate) machine: &'a mut ServerConnection,
    pub(crate) session: SessionId,
}

impl Outlet {
    pub(crate) fn new(number: u32, index: usize, sender: Sender, way: Way) -> Self {
        let (arena, batch) = (BytesMut::new(), Vec::new());
        Self {
            number,
            index,
            is_playing: false,
            sender,
            opening: Vec::new(),
            aligned_to: None,
            shift: 0,
            needs_opening: false,
            way,
            arena,
            batch,
        }
    }

    pub(crate) const fn is_interleaved(&self) -> bool {
        matches!(self.way, Way::Interleaved)
    }

    /// Sends a unit's packets, and the report that the first of all brings.
    pub(crate) fn send(&mut self, now: Instant, unit: &Unit, exit: &mut Exit<'_>) {
        if let (Some(time), Some(first)) = (self.aligned_to.take(), unit.payloads.first()) {
            self.shift = time.saturating_sub(first.timestamp);
        }
        let mut opening = std::mem::take(&mut self.opening);
        let begins = |payload: &Payload| {
            let first = unit.payloads.first();
            first.is_some_and(|first| first.timestamp == payload.timestamp)
        };
        // A frame that is shown where the range begins mostly needs nothing ahead of it: it is taken to be there.
        opening.retain(|payload| self.needs_opening || !begins(payload));
        for payload in opening.iter().chain(&unit.payloads) {
            let head = self.head(now, payload);
            let packet = std::iter::once(head).chain(payload.slices().iter().cloned());
            match &self.way {
                // The queue was looked at before; what it refuses still is a lost packet, not an error.
                Way::Interleaved => {
                    drop(
                        exit.machine
                            .send(exit.session, self.number, ChannelKind::Rtp, packet),
                    )
                }
                Way::Udp(ports) => self.batch.push(Transmit::datagram(ports.rtp_path, packet)),
            }
        }
        if let Way::Udp(ports) = &mut self.way {
            // What a full socket buffer does not take is lost, as on any network.
            let _ = ports.rtp.try_send(&self.batch);
            self.batch.clear();
        }
        self.send_reports(exit);
    }

    fn head(&mut self, now: Instant, payload: &Payload) -> Bytes {
        let timestamp = self
            .sender
            .rtp_time(payload.timestamp.saturating_add(self.shift));
        let header = self
            .sender
            .header(now, timestamp, payload.marker, payload.len());
        if self.arena.capacity() < HEADER_BYTES {
            self.arena.reserve(ARENA_BYTES);
        }
        self.arena.put_slice(&header);
        self.arena.put_slice(payload.header());
        self.arena.split().freeze()
    }

    /// A track begins: what a client of its kind needs goes first.
    pub(crate) fn open(&mut self, openings: &Openings, agent: &str, start: i64) {
        self.opening = openings.for_agent(agent).to_vec();
        self.opening
            .iter_mut()
            .for_each(|payload| payload.timestamp = start);
        self.aligned_to = openings.is_aligned_for(agent).then_some(start);
        self.shift = 0;
        self.needs_opening = openings.is_reordered;
    }

    /// Makes and sends the reports that are due.
    pub(crate) fn handle_timeout(&mut self, now: Instant, exit: &mut Exit<'_>) {
        if self.sender.poll_timeout().is_some_and(|due| due <= now) {
            self.sender.handle_timeout(now);
            self.send_reports(exit);
        }
    }

    /// Says BYE, once anything was sent.
    pub(crate) fn goodbye(&mut self, now: Instant, reason: &str, exit: &mut Exit<'_>) {
        if self.sender.goodbye(now, Some(reason)).is_ok() {
            self.send_reports(exit);
        }
    }

    fn send_reports(&mut self, exit: &mut Exit<'_>) {
        while let Some(report) = self.sender.poll_rtcp() {
            match &mut self.way {
                Way::Interleaved => {
                    drop(
                        exit.machine
                            .send(exit.session, self.number, ChannelKind::Rtcp, [report]),
                    );
                }
                Way::Udp(ports) => {
                    let transmit = Transmit::datagram(ports.rtcp_path, [report]);
                    let _ = ports.rtcp.try_send(&[transmit]);
                }
            }
        }
    }

    /// Hears what has arrived on the RTCP port; true when it was the client.
    pub(crate) fn poll_ports(
        &mut self,
        cx: &mut Context<'_>,
        now: Instant,
        client: IpAddr,
    ) -> bool {
        let Way::Udp(ports) = &mut self.way else {
            return false;
        };
        // What comes to the RTP port opens ways through NATs and says nothing, but must not fill the buffer.
        poll_port(&mut ports.rtp, cx, |_| {});
        let (sender, mut heard) = (&mut self.sender, false);
        poll_port(&mut ports.rtcp, cx, |datagram| {
            if datagram.path.remote.ip().to_canonical() == client.to_canonical() {
                heard = true;
                sender.handle_rtcp(now, &datagram.data);
            }
        });
        self.drain_events();
        heard
    }

    /// Hears an interleaved RTCP packet.
    pub(crate) fn handle_rtcp(&mut self, now: Instant, packet: &[u8]) {
        self.sender.handle_rtcp(now, packet);
        self.drain_events();
    }

    fn drain_events(&mut self) {
        while let Some(event) = self.sender.poll_event() {
            tracing::trace!(track = self.number, ?event, "RTCP");
        }
    }
}

/// Takes what has arrived, up to a turn's share; the task wakes when there is more.
fn poll_port(port: &mut UdpPort, cx: &mut Context<'_>, mut take: impl FnMut(Datagram)) {
    for _ in 0..PORT_READS {
        match port.poll_recv(cx) {
            Poll::Ready(Ok(datagram)) => take(datagram),
            // A port that fails is as silent as one that nobody sends to.
            Poll::Ready(Err(_)) | Poll::Pending => return,
        }
    }
    cx.waker().wake_by_ref();
}

/// Datagrams read from one port in one turn.
const PORT_READS: usize = 16;
