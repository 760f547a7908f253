//! UDP with the system's batching: GSO out, GRO in.
//!
//! ```no_run
//! # use castline_core::{Transmit, udp::{PortRange, UdpOptions, UdpPort}};
//! # async fn serve(mut poll_transmit: impl FnMut() -> Option<Transmit>) -> Result<(), Box<dyn std::error::Error>> {
//! let ports = PortRange::new(30_000, 39_999)?;
//! let (mut rtp, mut rtcp) = ports.bind_pair("127.0.0.1".parse()?, &UdpOptions::default())?;
//! let batch: Vec<Transmit> = std::iter::from_fn(|| poll_transmit()).collect();
//! let sent = rtp.try_send(&batch); // what does not fit the socket buffer now is ours to drop or keep
//! let report = rtcp.recv().await?;
//! # Ok(()) }
//! ```

use std::{
    cell::Cell,
    future::poll_fn,
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr, SocketAddrV6},
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use quinn_udp::{RecvMeta, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::{io::Interest, net::UdpSocket};

use crate::{Datagram, Path, Transmit};

mod gather;
mod ports;

#[cfg(test)]
mod tests;

use gather::{Batch, Batches};
pub use ports::{BindError, EmptyRange, PortRange};

/// Room for one receive call: the largest that GRO joins.
const RECEIVE_ROOM_BYTES: usize = 64 * 1024;
/// A receive block: used until less than the room is left, so at least three quarters hold datagrams.
const BLOCK_BYTES: usize = 4 * RECEIVE_ROOM_BYTES;
/// Errors of earlier datagrams (ICMP) passed over in one call before the next is tried.
const ERRORS_PER_CALL: usize = 16;

thread_local! {
    /// Where segments are joined for one send call; no await lies between taking and giving back.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// How a [`UdpPort`] is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UdpOptions {
    /// `SO_RCVBUF`; `None` leaves the system's default. The system may cap it: compare
    /// [`UdpPort::receive_buffer_bytes`].
    pub receive_buffer_bytes: Option<usize>,
    /// `SO_SNDBUF`; `None` leaves the system's default.
    pub send_buffer_bytes: Option<usize>,
    /// Send every datagram by itself even where the system offers GSO.
    pub disable_gso: bool,
}

/// What a [`UdpPort`] did since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UdpStats {
    /// Datagrams handed to the system.
    pub sent_datagrams: u64,
    /// Their payload bytes.
    pub sent_bytes: u64,
    /// Calls that handed them over.
    pub send_calls: u64,
    /// Datagrams the system refused for good: too long for the path, no route, not permitted.
    pub refused_datagrams: u64,
    /// Sends that stopped early because the socket buffer was full.
    pub send_would_block: u64,
    /// Datagrams received.
    pub received_datagrams: u64,
    /// Their payload bytes.
    pub received_bytes: u64,
    /// Calls that brought them.
    pub receive_calls: u64,
    /// Errors that ICMP reported for datagrams sent earlier.
    pub icmp_errors: u64,
}

/// A bound UDP socket that sends and receives in batches.
///
/// Datagrams leave unfragmented: one longer than the path's MTU is refused and counted. Memory: nothing
/// until the first datagram arrives, then blocks of 256 KiB (resident as they fill); a datagram kept by
/// the application keeps its block.
#[derive(Debug)]
pub struct UdpPort {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
    disable_gso: bool,
    block: BytesMut,
    arrived: Arrived,
    stats: UdpStats,
}

/// Datagrams of one receive call, not handed out yet.
#[derive(Debug)]
struct Arrived {
    path: Path,
    data: Bytes,
    stride: usize,
    empty_one: bool,
}

impl UdpPort {
    /// Binds `address`; port 0 takes any free one. Within a tokio runtime.
    ///
    /// # Errors
    /// The system's; an address in use is `AddrInUse`.
    pub fn bind(address: SocketAddr, options: &UdpOptions) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        if let Some(bytes) = options.receive_buffer_bytes {
            socket.set_recv_buffer_size(bytes)?;
        }
        if let Some(bytes) = options.send_buffer_bytes {
            socket.set_send_buffer_size(bytes)?;
        }
        socket.bind(&address.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let local = socket.local_addr()?;
        let path = Path {
            local,
            remote: local,
        };
        Ok(Self {
            socket,
            state,
            local,
            disable_gso: options.disable_gso,
            block: BytesMut::new(),
            arrived: Arrived {
                path,
                data: Bytes::new(),
                stride: 1,
                empty_one: false,
            },
            stats: UdpStats::default(),
        })
    }

    /// The bound address.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// What happened so far.
    #[must_use]
    pub fn stats(&self) -> UdpStats {
        self.stats
    }

    /// The size of the receive buffer that the system gave.
    ///
    /// # Errors
    /// The system's.
    pub fn receive_buffer_bytes(&self) -> io::Result<usize> {
        SockRef::from(&self.socket).recv_buffer_size()
    }

    /// The size of the send buffer that the system gave.
    ///
    /// # Errors
    /// The system's.
    pub fn send_buffer_bytes(&self) -> io::Result<usize> {
        SockRef::from(&self.socket).send_buffer_size()
    }

    /// How many datagrams one send call can take now: 1 where there is no GSO.
    #[must_use]
    pub fn max_gso_segments(&self) -> usize {
        match self.disable_gso {
            true => 1,
            false => self.state.max_gso_segments().max(1),
        }
    }

    /// Sends without waiting and tells how many datagrams of `batch`, in order, are done with: sent, or
    /// refused by the system (which [`stats`](Self::stats) counts). Fewer than the batch holds when the
    /// socket buffer is full.
    ///
    /// Consecutive datagrams of one path and size go out in one call, the last of which may be shorter.
    #[must_use = "what was not sent is the caller's to drop or to keep"]
    pub fn try_send(&mut self, batch: &[Transmit]) -> usize {
        self.try_send_from(batch, 0)
    }

    /// [`try_send`](Self::try_send) of what follows the first `done` datagrams of `batch`; the result
    /// counts those too.
    #[must_use = "what was not sent is the caller's to drop or to keep"]
    pub fn try_send_from(&mut self, batch: &[Transmit], done: usize) -> usize {
        let mut scratch = SCRATCH.take();
        let mut done = done;
        let mut batches = Batches::new(batch, done);
        while let Some(next) = batches.next_batch(self.max_gso_segments(), &mut scratch) {
            let Some(finished) = self.send_batch(&next) else {
                self.stats.send_would_block = self.stats.send_would_block.saturating_add(1);
                break;
            };
            done = done.saturating_add(finished);
            if finished < next.datagrams {
                // GSO was refused, or the buffer filled midway: start again from there.
                batches = Batches::new(batch, done);
            }
        }
        SCRATCH.set(scratch);
        done
    }

    /// Sends all of `batch`, waiting for the socket buffer. Dropped midway, what was sent is sent.
    ///
    /// # Errors
    /// When the runtime cannot tell the socket's readiness; never for what became of a datagram.
    pub async fn send(&mut self, batch: &[Transmit]) -> io::Result<()> {
        let all: usize = batch.iter().map(Transmit::datagrams).sum();
        let mut done = self.try_send(batch);
        while done < all {
            self.socket.writable().await?;
            done = self.try_send_from(batch, done);
        }
        Ok(())
    }

    /// `None` when the socket buffer is full; else how many of the batch's datagrams are done with.
    fn send_batch(&mut self, batch: &Batch<'_>) -> Option<usize> {
        let Some(destination) = self.destination(batch.path.remote) else {
            self.refuse(batch.datagrams);
            return Some(batch.datagrams);
        };
        let transmit = quinn_udp::Transmit {
            destination,
            ecn: None,
            contents: batch.contents,
            segment_size: (batch.datagrams > 1).then_some(batch.segment_size),
            src_ip: self.source(batch.path.local),
        };
        for _ in 0..ERRORS_PER_CALL {
            let Err(error) = self.system_send(&transmit) else {
                self.count_sent(batch);
                return Some(batch.datagrams);
            };
            if error.kind() == io::ErrorKind::WouldBlock {
                return None;
            }
            if is_earlier(error.kind()) {
                self.stats.icmp_errors = self.stats.icmp_errors.saturating_add(1);
                continue;
            }
            if batch.datagrams > 1 {
                return Some(self.send_apart(batch, &transmit));
            }
            break;
        }
        self.refuse(batch.datagrams);
        Some(batch.datagrams)
    }

    /// Asks the system at once, as the runtime may not have looked at a new socket yet; a full buffer
    /// is asked again through the runtime, so that it forgets the readiness it knew.
    fn system_send(&self, transmit: &quinn_udp::Transmit<'_>) -> io::Result<()> {
        let send = || {
            self.state
                .try_send(UdpSockRef::from(&self.socket), transmit)
        };
        match send() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.socket.try_io(Interest::WRITABLE, send)
            }
            done => done,
        }
    }

    /// The batch was refused as a whole, so its datagrams go one by one.
    fn send_apart(&mut self, batch: &Batch<'_>, whole: &quinn_udp::Transmit<'_>) -> usize {
        let mut done: usize = 0;
        for contents in batch.contents.chunks(batch.segment_size.max(1)) {
            let one = Batch {
                contents,
                datagrams: 1,
                ..*batch
            };
            let transmit = quinn_udp::Transmit {
                contents,
                segment_size: None,
                ..*whole
            };
            let sent = self.socket.try_io(Interest::WRITABLE, || {
                self.state
                    .try_send(UdpSockRef::from(&self.socket), &transmit)
            });
            match sent {
                Ok(()) => self.count_sent(&one),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return done,
                Err(_) => self.refuse(1),
            }
            done = done.saturating_add(1);
        }
        done
    }

    /// In the socket's own family; `None` for what the system would refuse, some of it in a way that
    /// looks like missing GSO.
    fn destination(&self, remote: SocketAddr) -> Option<SocketAddr> {
        match (self.local, remote) {
            (_, remote) if remote.port() == 0 => None,
            (SocketAddr::V6(_), SocketAddr::V4(remote)) => {
                let mapped = remote.ip().to_ipv6_mapped();
                Some(SocketAddrV6::new(mapped, remote.port(), 0, 0).into())
            }
            (SocketAddr::V4(_), SocketAddr::V6(_)) => None,
            (_, remote) => Some(remote),
        }
    }

    /// The source address to ask for, where the socket is bound to all.
    fn source(&self, local: SocketAddr) -> Option<IpAddr> {
        let is_same_family = self.local.is_ipv4() == local.is_ipv4();
        let chooses = self.local.ip().is_unspecified() && !local.ip().is_unspecified();
        (chooses && is_same_family).then(|| local.ip())
    }

    fn count_sent(&mut self, batch: &Batch<'_>) {
        let stats = &mut self.stats;
        stats.send_calls = stats.send_calls.saturating_add(1);
        stats.sent_datagrams = stats.sent_datagrams.saturating_add(batch.datagrams as u64);
        stats.sent_bytes = stats.sent_bytes.saturating_add(batch.contents.len() as u64);
    }

    fn refuse(&mut self, datagrams: usize) {
        let refused = &mut self.stats.refused_datagrams;
        *refused = refused.saturating_add(datagrams as u64);
    }

    /// The next datagram. Cancel-safe. An ICMP error about an earlier datagram does not end it.
    ///
    /// # Errors
    /// The system's; the port can be used on.
    pub async fn recv(&mut self) -> io::Result<Datagram> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// A datagram that has already arrived.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn try_recv(&mut self) -> io::Result<Option<Datagram>> {
        if let Some(datagram) = self.next_arrived() {
            return Ok(Some(datagram));
        }
        match self.receive(false) {
            Ok(()) => Ok(self.next_arrived()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// [`recv`](Self::recv) for hand-written futures.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Datagram>> {
        loop {
            if let Some(datagram) = self.next_arrived() {
                return Poll::Ready(Ok(datagram));
            }
            ready!(self.socket.poll_recv_ready(cx))?;
            match self.receive(true) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    /// One receive call into the block; `arrived` holds what came. When the runtime said that there is
    /// something, it is told when there is no more.
    fn receive(&mut self, is_ready: bool) -> io::Result<()> {
        if self.block.len() < RECEIVE_ROOM_BYTES {
            // Zeroed by the system, page by page as datagrams arrive.
            self.block = BytesMut::zeroed(BLOCK_BYTES);
        }
        let mut meta = [RecvMeta::default()];
        for _ in 0..ERRORS_PER_CALL {
            let room = self.block.get_mut(..RECEIVE_ROOM_BYTES).unwrap_or_default();
            let mut rooms = [IoSliceMut::new(room)];
            let mut receive = || {
                let socket = UdpSockRef::from(&self.socket);
                self.state.recv(socket, &mut rooms, &mut meta)
            };
            let received = match is_ready {
                true => self.socket.try_io(Interest::READABLE, receive),
                false => receive(),
            };
            match received {
                Ok(_) => {
                    let [meta] = meta;
                    self.arrive(&meta);
                    return Ok(());
                }
                Err(error) if is_earlier(error.kind()) => {
                    self.stats.icmp_errors = self.stats.icmp_errors.saturating_add(1);
                }
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn arrive(&mut self, meta: &RecvMeta) {
        let len = meta.len.min(self.block.len());
        let stride = meta.stride.max(1);
        let ip = meta.dst_ip.unwrap_or_else(|| self.local.ip());
        let local = SocketAddr::new(ip.to_canonical(), self.local.port());
        let remote = SocketAddr::new(meta.addr.ip().to_canonical(), meta.addr.port());
        self.arrived = Arrived {
            path: Path { local, remote },
            data: self.block.split_to(len).freeze(),
            stride,
            empty_one: len == 0,
        };
        let stats = &mut self.stats;
        let datagrams = len.div_ceil(stride).max(1) as u64;
        stats.receive_calls = stats.receive_calls.saturating_add(1);
        stats.received_bytes = stats.received_bytes.saturating_add(len as u64);
        stats.received_datagrams = stats.received_datagrams.saturating_add(datagrams);
    }

    fn next_arrived(&mut self) -> Option<Datagram> {
        let arrived = &mut self.arrived;
        let is_empty_one = std::mem::take(&mut arrived.empty_one);
        if arrived.data.is_empty() && !is_empty_one {
            return None;
        }
        let len = arrived.stride.min(arrived.data.len());
        Some(Datagram {
            path: arrived.path,
            data: arrived.data.split_to(len),
        })
    }
}

/// The system tells of an earlier datagram here; the one at hand was neither sent nor received.
fn is_earlier(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted};
    matches!(
        kind,
        ConnectionRefused | ConnectionReset | HostUnreachable | Interrupted
    )
}
