//! Transport (RFC 2326 §12.39, RFC 7826 §18.54): how the media of one SETUP travels.

mod read;
mod value;
mod write;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use smallvec::{SmallVec, smallvec};

use super::TypedHeader;
use super::scan::{split_unquoted, write_joined};
use crate::HeaderError;

pub use self::value::{
    ChannelPair, ConnectionMode, Delivery, LowerTransport, Mode, Parameter, PortPair, Profile,
    Protocol, SetupRole,
};

/// Transport: one choice in a response, one or more in order of preference in a request.
///
/// ```
/// use castline_rtsp_proto::headers::{ChannelPair, Transport, TransportSpec, TypedHeader};
/// let transport = Transport::parse("RTP/AVP/TCP;unicast;interleaved=0-1, RTP/AVP;unicast;client_port=5000-5001")?;
/// assert_eq!(transport.specs().len(), 2);
/// assert_eq!(transport.first().interleaved, Some(ChannelPair::new(0, 1)));
/// assert_eq!(Transport::from(TransportSpec::udp(5000, 5001)).to_string(), "RTP/AVP;unicast;client_port=5000-5001");
/// # Ok::<(), castline_rtsp_proto::HeaderError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    /// Never empty.
    specs: Specs,
}

/// Nearly always one.
type Specs = SmallVec<[TransportSpec; 1]>;

impl Transport {
    /// The most choices that are read from one message.
    pub const MAX_SPECS: usize = 16;

    /// The choices, at least one.
    #[must_use]
    pub fn specs(&self) -> &[TransportSpec] {
        &self.specs
    }

    /// The only or most preferred choice.
    #[must_use]
    pub fn first(&self) -> &TransportSpec {
        // The parser, `From` and `with` leave no list empty.
        self.specs.first().unwrap_or(&EMPTY)
    }

    /// The choices by value, at least one.
    #[must_use]
    pub fn into_specs(self) -> Vec<TransportSpec> {
        self.specs.into_vec()
    }

    /// With one more choice, less preferred than all before.
    #[must_use]
    pub fn with(mut self, spec: TransportSpec) -> Self {
        self.specs.push(spec);
        self
    }
}

impl From<TransportSpec> for Transport {
    fn from(spec: TransportSpec) -> Self {
        Self {
            specs: smallvec![spec],
        }
    }
}

impl TypedHeader for Transport {
    const NAME: &'static str = "Transport";
    const IS_LIST: bool = true;

    /// Choices that are malformed are passed over as long as one can be read.
    fn parse(value: &str) -> Result<Self, HeaderError> {
        let mut specs = Specs::new();
        let mut first_error = None;
        for text in split_unquoted(value, b',').filter(|text| !text.is_empty()) {
            if specs.len() == Self::MAX_SPECS {
                return Err(HeaderError::at(
                    Self::NAME,
                    value,
                    text,
                    "at most 16 transports",
                ));
            }
            if let Err(error) = read::spec(value, text, &mut specs) {
                first_error = first_error.or(Some(error));
            }
        }
        if specs.is_empty() {
            let missing = || HeaderError::at(Self::NAME, value, value, "a transport");
            return Err(first_error.unwrap_or_else(missing));
        }
        Ok(Self { specs })
    }

    fn append(&mut self, more: Self) -> Result<(), HeaderError> {
        if self.specs.len().saturating_add(more.specs.len()) > Self::MAX_SPECS {
            return Err(HeaderError {
                header: Self::NAME,
                position: 0,
                expected: "at most 16 transports",
            });
        }
        self.specs.extend(more.specs);
        Ok(())
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(f, &self.specs, ",")
    }
}

/// One way to carry the media of a track, with the parameters of both RTSP versions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransportSpec {
    /// `RTP/AVP` and its like.
    pub protocol: Protocol,
    /// `unicast` or `multicast`; a multicast-capable client may leave it out.
    pub delivery: Option<Delivery>,
    /// 1.0: where the media goes; `Some("")` for the bare or empty parameter. Sending to a host that is not
    /// the requester makes the server an amplifier: treat it as a wish.
    pub destination: Option<String>,
    /// 1.0: where the media comes from.
    pub source: Option<String>,
    /// Channels of interleaved media. A client may leave the choice to the server.
    pub interleaved: Option<ChannelPair>,
    /// 1.0, RECORD: add to the resource rather than replace it.
    pub append: bool,
    /// Multicast time to live.
    pub ttl: Option<u8>,
    /// Multicast layers.
    pub layers: Option<u16>,
    /// 1.0: RTP/RTCP ports of a multicast group.
    pub port: Option<PortPair>,
    /// 1.0: where a unicast client receives.
    pub client_port: Option<PortPair>,
    /// 1.0: where the server receives.
    pub server_port: Option<PortPair>,
    /// Synchronization sources; RTSP 1.0 knows one. Unreadable ones are left out.
    pub ssrc: Vec<u32>,
    /// What the stream is for; empty means play.
    pub modes: Vec<Mode>,
    /// 2.0: where the media goes, as `host:port`, `:port` or a host, RTP first, then RTCP.
    pub dest_addr: Vec<String>,
    /// 2.0: where the media comes from, likewise.
    pub src_addr: Vec<String>,
    /// 2.0 over TCP: who connects (RFC 4145).
    pub setup: Option<SetupRole>,
    /// 2.0 over TCP: whether a connection is new (RFC 4145).
    pub connection: Option<ConnectionMode>,
    /// 2.0: RTP and RTCP on one port (RFC 5761).
    pub rtcp_mux: bool,
    /// 2.0: a MIKEY message, still in base64 (RFC 3830).
    pub mikey: Option<String>,
    /// What is none of the above, in order.
    pub extensions: Vec<Parameter>,
}

static EMPTY: TransportSpec = TransportSpec::new(Protocol::Rtp {
    profile: Profile::Avp,
    lower: None,
});

impl TransportSpec {
    /// The most unknown parameters, addresses, sources or modes that are read from one transport.
    pub const MAX_LIST: usize = 32;

    /// A transport without parameters.
    #[must_use]
    pub const fn new(protocol: Protocol) -> Self {
        Self {
            protocol,
            delivery: None,
            destination: None,
            source: None,
            interleaved: None,
            append: false,
            ttl: None,
            layers: None,
            port: None,
            client_port: None,
            server_port: None,
            ssrc: Vec::new(),
            modes: Vec::new(),
            dest_addr: Vec::new(),
            src_addr: Vec::new(),
            setup: None,
            connection: None,
            rtcp_mux: false,
            mikey: None,
            extensions: Vec::new(),
        }
    }

    /// `RTP/AVP/TCP;unicast;interleaved=rtp-rtcp`.
    #[must_use]
    pub const fn interleaved(rtp: u8, rtcp: u8) -> Self {
        let mut spec = Self::new(Protocol::Rtp {
            profile: Profile::Avp,
            lower: Some(LowerTransport::Tcp),
        });
        spec.delivery = Some(Delivery::Unicast);
        spec.interleaved = Some(ChannelPair::new(rtp, rtcp));
        spec
    }

    /// `RTP/AVP;unicast;client_port=rtp-rtcp`.
    #[must_use]
    pub const fn udp(client_rtp: u16, client_rtcp: u16) -> Self {
        let mut spec = Self::new(Protocol::Rtp {
            profile: Profile::Avp,
            lower: None,
        });
        spec.delivery = Some(Delivery::Unicast);
        spec.client_port = Some(PortPair::new(client_rtp, client_rtcp));
        spec
    }

    /// TCP where the transport says so, by name or by interleaved channels; else UDP.
    #[must_use]
    pub fn lower_transport(&self) -> LowerTransport {
        match &self.protocol {
            Protocol::Rtp {
                lower: Some(lower), ..
            } => *lower,
            Protocol::Rtp { lower: None, .. } | Protocol::Other(_) => {
                if self.interleaved.is_some() {
                    LowerTransport::Tcp
                } else {
                    LowerTransport::Udp
                }
            }
        }
    }

    /// True unless it says multicast.
    #[must_use]
    pub fn is_unicast(&self) -> bool {
        self.delivery != Some(Delivery::Multicast)
    }

    /// True when it is for RECORD.
    #[must_use]
    pub fn is_record(&self) -> bool {
        self.modes.contains(&Mode::Record)
    }
}

#[cfg(test)]
mod tests;
