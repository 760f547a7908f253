//! Which of the client's transports can be served, and what is written back.
//!
//! Media goes to the requester's own address or nowhere: whoever could name another one would have a cannon
//! (RFC 2326 §16, RFC 7826 §21.2.1).

use std::net::{IpAddr, SocketAddr};

use smallvec::SmallVec;

use super::pending::{Choice, Origin, Refusal, RequestContext};
use super::{ServerConnection, SetupReply, TransportOffer};
use crate::headers::{
    ChannelPair, Delivery, LowerTransport, PortPair, Profile, Protocol, Transport, TransportSpec,
};
use crate::{ChannelKind, Request, StatusCode};

/// Why one transport cannot be served. The gravest of them is answered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unfit {
    Unsupported,
    Malformed,
    Prohibited,
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Unsupported => Self::new(
                StatusCode::UNSUPPORTED_TRANSPORT,
                "no transport that is served",
            ),
            Unfit::Malformed => Self::new(
                StatusCode::BAD_REQUEST,
                "a transport with ports that cannot be",
            ),
            Unfit::Prohibited => Self::new(
                StatusCode::DESTINATION_PROHIBITED,
                "a destination that is not the requester's own",
            ),
        }
    }
}

impl TransportOffer {
    /// The interleaved channel of a flow.
    pub(super) const fn channel(&self, kind: ChannelKind) -> Option<u8> {
        match (self, kind) {
            (Self::Interleaved { rtp, .. }, ChannelKind::Rtp) => Some(*rtp),
            (Self::Interleaved { rtcp, .. }, ChannelKind::Rtcp) => Some(*rtcp),
            (Self::Udp { .. }, _) => None,
        }
    }
}

impl ServerConnection {
    /// The transports of a SETUP that can be served, in the client's order; never none.
    pub(super) fn choices(
        &self,
        context: &RequestContext,
        request: &Request,
        track: Option<u32>,
    ) -> Result<SmallVec<[Choice; 2]>, Refusal> {
        let header = request.headers().typed::<Transport>();
        let header =
            header.map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.to_string()))?;
        let mut choices = SmallVec::new();
        let mut gravest = Unfit::Unsupported;
        for spec in header.iter().flat_map(|header| header.specs()) {
            match self.offer(context, spec, track) {
                Ok(offer) => {
                    let protocol = spec.protocol.clone();
                    choices.push(Choice {
                        offer,
                        protocol,
                        is_by_address: !spec.dest_addr.is_empty(),
                    });
                }
                Err(unfit) => gravest = gravest.max(unfit),
            }
        }
        if choices.is_empty() {
            Err(gravest.into())
        } else {
            Ok(choices)
        }
    }

    fn offer(
        &self,
        context: &RequestContext,
        spec: &TransportSpec,
        track: Option<u32>,
    ) -> Result<TransportOffer, Unfit> {
        let is_served = matches!(
            spec.protocol,
            Protocol::Rtp {
                profile: Profile::Avp,
                ..
            }
        );
        if !is_served || !spec.is_unicast() || spec.is_record() {
            return Err(Unfit::Unsupported);
        }
        if !spec
            .destination
            .as_deref()
            .is_none_or(|host| self.is_peer(host))
        {
            return Err(Unfit::Prohibited);
        }
        match spec.lower_transport() {
            LowerTransport::Udp if self.config.allow_udp => self.udp(spec),
            LowerTransport::Tcp
                if self.config.allow_interleaved && context.origin == Origin::Wire =>
            {
                self.interleaved(context, spec, track)
            }
            LowerTransport::Udp | LowerTransport::Tcp => Err(Unfit::Unsupported),
        }
    }

    fn udp(&self, spec: &TransportSpec) -> Result<TransportOffer, Unfit> {
        let (rtp, rtcp) = match (spec.client_port, spec.dest_addr.as_slice()) {
            (Some(ports), []) => (ports.rtp, ports.rtcp_or_next().ok_or(Unfit::Malformed)?),
            (_, [rtp]) => {
                let rtp = self.own_port(rtp)?;
                (rtp, rtp.checked_add(1).ok_or(Unfit::Malformed)?)
            }
            (_, [rtp, rtcp]) => (self.own_port(rtp)?, self.own_port(rtcp)?),
            _ => return Err(Unfit::Unsupported),
        };
        if rtp == 0 || rtcp == 0 || rtp == rtcp {
            return Err(Unfit::Malformed);
        }
        let to = |port| SocketAddr::new(self.peer.ip(), port);
        Ok(TransportOffer::Udp {
            rtp: to(rtp),
            rtcp: to(rtcp),
        })
    }

    /// The port of a 2.0 address, whose host must be the peer's or absent.
    fn own_port(&self, address: &str) -> Result<u16, Unfit> {
        let (host, port) = address.rsplit_once(':').ok_or(Unfit::Malformed)?;
        if !self.is_peer(host) {
            return Err(Unfit::Prohibited);
        }
        let is_plain = port.bytes().all(|byte| byte.is_ascii_digit());
        port.parse()
            .ok()
            .filter(|_| is_plain)
            .ok_or(Unfit::Malformed)
    }

    /// True for the peer's own address, and for none at all.
    fn is_peer(&self, host: &str) -> bool {
        let host = host.trim();
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
            .unwrap_or(host);
        let is_own =
            |address: IpAddr| address.is_unspecified() || address.to_canonical() == self.peer_ip();
        bare.is_empty() || bare.parse().is_ok_and(is_own)
    }

    fn interleaved(
        &self,
        context: &RequestContext,
        spec: &TransportSpec,
        track: Option<u32>,
    ) -> Result<TransportOffer, Unfit> {
        // RFC 7826 §18.54: TCP with addresses is a connection of its own.
        if spec.interleaved.is_none() && !spec.dest_addr.is_empty() {
            return Err(Unfit::Unsupported);
        }
        let used = self.used_channels(context, track);
        let is_free = |channel: u8| used.get(usize::from(channel)).is_some_and(|used| !used);
        let pair = |rtp: u8, rtcp: u8| {
            (rtp != rtcp && is_free(rtp) && is_free(rtcp)).then_some((rtp, rtcp))
        };
        let wanted = spec
            .interleaved
            .and_then(|wanted| pair(wanted.rtp, wanted.rtcp_or_next()?));
        let next = || {
            (0..=254)
                .step_by(2)
                .find_map(|rtp: u8| pair(rtp, rtp.checked_add(1)?))
        };
        let (rtp, rtcp) = wanted.or_else(next).ok_or(Unfit::Unsupported)?;
        Ok(TransportOffer::Interleaved { rtp, rtcp })
    }

    /// The channels of all tracks, but for the one whose transport is to change.
    fn used_channels(&self, context: &RequestContext, track: Option<u32>) -> [bool; 256] {
        let mut used = [false; 256];
        for session in &self.sessions {
            let is_session = context.session == Some(session.id);
            for other in session
                .tracks
                .iter()
                .filter(|other| !(is_session && track == Some(other.number)))
            {
                let offer = other.transport.offer;
                for channel in [ChannelKind::Rtp, ChannelKind::Rtcp]
                    .into_iter()
                    .filter_map(|kind| offer.channel(kind))
                {
                    if let Some(used) = used.get_mut(usize::from(channel)) {
                        *used = true;
                    }
                }
            }
        }
        used
    }
}

/// The Transport header of the answer: in the words that the request used.
pub(super) fn agreed_transport(choice: &Choice, reply: &SetupReply) -> Transport {
    let mut spec = TransportSpec::new(choice.protocol.clone());
    spec.delivery = Some(Delivery::Unicast);
    match choice.offer {
        TransportOffer::Interleaved { rtp, rtcp } => {
            spec.interleaved = Some(ChannelPair::new(rtp, rtcp))
        }
        TransportOffer::Udp { rtp, rtcp } if choice.is_by_address => {
            spec.dest_addr = vec![rtp.to_string(), rtcp.to_string()];
            let own = |port: u16| format!(":{port}");
            spec.src_addr = reply
                .server_ports
                .map(|(rtp, rtcp)| vec![own(rtp), own(rtcp)])
                .unwrap_or_default();
        }
        TransportOffer::Udp { rtp, rtcp } => {
            spec.client_port = Some(PortPair::new(rtp.port(), rtcp.port()));
            spec.server_port = reply
                .server_ports
                .map(|(rtp, rtcp)| PortPair::new(rtp, rtcp));
        }
    }
    spec.ssrc.extend(reply.ssrc);
    Transport::from(spec)
}
