//! A client's UDP ports.

use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use super::{
    client::Client,
    rtp::{Report, Rtp, reports},
};

/// An even port for RTP and the next for RTCP.
pub(crate) struct UdpPair {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
}

/// A track that is set up over UDP.
pub(crate) struct UdpTrack {
    pub(crate) ports: UdpPair,
    pub(crate) server_rtp: SocketAddr,
    pub(crate) server_rtcp: SocketAddr,
}

impl UdpPair {
    pub(crate) fn bind(ip: IpAddr) -> Self {
        for _ in 0..1000 {
            let rtp = UdpSocket::bind((ip, 0)).unwrap();
            let port = rtp.local_addr().unwrap().port();
            let next = port.checked_add(1).filter(|_| port.is_multiple_of(2));
            if let Some(rtcp) = next.and_then(|next| UdpSocket::bind((ip, next)).ok()) {
                return Self { rtp, rtcp };
            }
        }
        panic!("no free pair of ports")
    }

    pub(crate) fn client_port(&self) -> String {
        let port = self.rtp.local_addr().unwrap().port();
        format!("{port}-{}", port + 1)
    }
}

/// The next datagram and who sent it.
pub(crate) fn receive(socket: &UdpSocket, patience: Duration) -> Option<(Vec<u8>, SocketAddr)> {
    socket
        .set_read_timeout(Some(patience.max(Duration::from_millis(1))))
        .unwrap();
    let mut buffer = [0; 65_536];
    let (len, from) = socket.recv_from(&mut buffer).ok()?;
    Some((buffer[..len].to_vec(), from))
}

impl UdpTrack {
    /// SETUP that succeeds.
    pub(crate) fn set_up(client: &mut Client, control: &str) -> Self {
        let server = client.stream.peer_addr().unwrap().ip();
        let ports = UdpPair::bind(client.stream.local_addr().unwrap().ip());
        let transport = format!("RTP/AVP;unicast;client_port={}", ports.client_port());
        let response = client.request("SETUP", control, &[("Transport", &transport)]);
        assert_eq!(response.status, 200, "{response:?}");
        client.session = Some(response.session());
        assert_eq!(
            response.transport("client_port"),
            Some(ports.client_port().as_str())
        );
        let own = response.transport("server_port").expect("no server_port");
        let (rtp, rtcp) = own.split_once('-').unwrap();
        let address = |port: &str| SocketAddr::new(server, port.parse().unwrap());
        Self {
            ports,
            server_rtp: address(rtp),
            server_rtcp: address(rtcp),
        }
    }

    /// The next RTP packet, which must come from the port that was promised.
    pub(crate) fn rtp(&self, patience: Duration) -> Option<Rtp> {
        let (packet, from) = receive(&self.ports.rtp, patience)?;
        assert_eq!(from, self.server_rtp, "RTP comes from server_port");
        Some(Rtp::parse(&packet))
    }

    /// The next compound RTCP packet, which must come from the port that was promised.
    pub(crate) fn rtcp(&self, patience: Duration) -> Option<Vec<Report>> {
        let (packet, from) = receive(&self.ports.rtcp, patience)?;
        assert_eq!(from, self.server_rtcp, "RTCP comes from server_port");
        Some(reports(&packet))
    }

    /// Whether BYE comes in time.
    pub(crate) fn says_bye(&self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        let left = || deadline.saturating_duration_since(Instant::now());
        std::iter::from_fn(|| self.rtcp(left())).any(|reports| reports.contains(&Report::Bye))
    }

    /// Takes what has arrived already, and tells whether anything comes within `span` after it.
    pub(crate) fn is_silent(&self, span: Duration) -> bool {
        self.ports.rtp.set_nonblocking(true).unwrap();
        while self.ports.rtp.recv(&mut [0; 2048]).is_ok() {}
        self.ports.rtp.set_nonblocking(false).unwrap();
        receive(&self.ports.rtp, span).is_none()
    }
}

/// A receiver report without blocks.
pub(crate) fn receiver_report() -> [u8; 8] {
    [0x80, 201, 0, 1, 0, 0, 0, 42]
}
