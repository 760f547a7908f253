//! What a server agreed on, however it puts it.

use super::call::SetupCall;
use super::{AgreedTransport, WantedTransport};
use crate::headers::{LowerTransport, TransportSpec};

/// How the packets will travel; `None` when the server means something that was not asked for.
///
/// A Transport that is missing or unreadable means what was asked for, and so does a part of it.
pub(super) fn agreed(spec: Option<&TransportSpec>, setup: SetupCall) -> Option<AgreedTransport> {
    match setup.wanted {
        WantedTransport::Interleaved => interleaved(spec, setup.channels),
        WantedTransport::Udp { .. } => udp(spec),
    }
}

fn interleaved(spec: Option<&TransportSpec>, (rtp, rtcp): (u8, u8)) -> Option<AgreedTransport> {
    let Some(spec) = spec else {
        return Some(AgreedTransport::Interleaved { rtp, rtcp });
    };
    match spec.interleaved {
        // Any pair that the server likes better.
        Some(pair) => pair
            .rtcp_or_next()
            .map(|rtcp| AgreedTransport::Interleaved {
                rtp: pair.rtp,
                rtcp,
            }),
        None if spec.lower_transport() == LowerTransport::Tcp => {
            Some(AgreedTransport::Interleaved { rtp, rtcp })
        }
        None => None,
    }
}

fn udp(spec: Option<&TransportSpec>) -> Option<AgreedTransport> {
    let Some(spec) = spec else {
        return Some(AgreedTransport::Udp {
            server_ports: None,
            source: None,
        });
    };
    if spec.lower_transport() == LowerTransport::Tcp || !spec.is_unicast() {
        return None;
    }
    let by_ports = spec.server_port.filter(|ports| ports.rtp != 0);
    let by_ports = by_ports.and_then(|ports| Some((ports.rtp, ports.rtcp_or_next()?)));
    let by_address = || match spec.src_addr.as_slice() {
        [rtp, rtcp] => Some((port_of(rtp)?, port_of(rtcp)?)),
        _ => None,
    };
    let source = spec.source.as_deref().and_then(|host| host.parse().ok());
    Some(AgreedTransport::Udp {
        server_ports: by_ports.or_else(by_address),
        source,
    })
}

fn port_of(address: &str) -> Option<u16> {
    address
        .rsplit_once(':')
        .and_then(|(_, port)| port.parse().ok())
}
