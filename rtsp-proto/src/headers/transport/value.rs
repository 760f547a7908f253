//! The values of Transport parameters.

use alloc::string::String;
use core::fmt;

use crate::grammar::parse_u64;

/// Transport protocol, profile and lower transport.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// RTP.
    Rtp {
        /// The RTP profile.
        profile: Profile,
        /// The lower transport where it is written.
        lower: Option<LowerTransport>,
    },
    /// Anything else, as written (`MP2T/H2221/UDP`, `x-real-rdt/udp`).
    Other(String),
}

impl Protocol {
    pub(super) fn parse(text: &str) -> Option<Self> {
        // What nearly everyone sends.
        match text {
            "RTP/AVP" => {
                return Some(Self::Rtp {
                    profile: Profile::Avp,
                    lower: None,
                });
            }
            "RTP/AVP/TCP" => {
                return Some(Self::Rtp {
                    profile: Profile::Avp,
                    lower: Some(LowerTransport::Tcp),
                });
            }
            _ => {}
        }
        let mut parts = text.split('/');
        let rtp = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("RTP"));
        let profile = parts.next().and_then(Profile::parse).filter(|_| rtp);
        let lower = parts.next().map(LowerTransport::parse);
        match (profile, lower, parts.next()) {
            (Some(profile), None, None) => Some(Self::Rtp {
                profile,
                lower: None,
            }),
            (Some(profile), Some(Some(lower)), None) => Some(Self::Rtp {
                profile,
                lower: Some(lower),
            }),
            _ => {
                let sound = text.split('/').all(super::super::scan::is_token);
                sound.then(|| Self::Other(String::from(text)))
            }
        }
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $type:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(clippy::exhaustive_enums, reason = "the RFC closes this set; other words are kept as text")]
        pub enum $type {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $type {
            /// As the RFC writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            #[allow(dead_code, reason = "some are read by hand")]
            pub(super) fn parse(text: &str) -> Option<Self> {
                [$(Self::$variant),+].into_iter().find(|word| word.as_str().eq_ignore_ascii_case(text))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

words! {
    /// RTP profiles.
    Profile {
        /// RFC 3551.
        Avp "AVP",
        /// RFC 3711: encrypted.
        Savp "SAVP",
        /// RFC 4585: with early feedback.
        Avpf "AVPF",
        /// RFC 5124: both.
        Savpf "SAVPF",
    }
    /// What carries RTP.
    LowerTransport {
        /// Datagrams; the default.
        Udp "UDP",
        /// The RTSP connection (interleaved) or, in RTSP 2.0, a connection of its own.
        Tcp "TCP",
    }
    /// To one or to many.
    Delivery {
        /// To one receiver.
        Unicast "unicast",
        /// To a group.
        Multicast "multicast",
    }
    /// Who connects.
    SetupRole {
        /// The sender of this header.
        Active "active",
        /// The other side.
        Passive "passive",
        /// Either.
        Actpass "actpass",
    }
    /// Whether to connect.
    ConnectionMode {
        /// A new connection.
        New "new",
        /// The one there is.
        Existing "existing",
    }
}

/// What the media is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// The server sends.
    Play,
    /// The client sends. Some publishers call it `receive`.
    Record,
    /// Anything else, as written.
    Other(String),
}

impl Mode {
    pub(super) fn parse(text: &str) -> Self {
        if text.eq_ignore_ascii_case("PLAY") {
            Self::Play
        } else if text.eq_ignore_ascii_case("RECORD") || text.eq_ignore_ascii_case("receive") {
            Self::Record
        } else {
            Self::Other(String::from(text))
        }
    }

    /// In the case that the RFC writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Play => "PLAY",
            Self::Record => "RECORD",
            Self::Other(other) => other,
        }
    }
}

/// A parameter that this crate does not know.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name as written.
    pub name: String,
    /// Its value as written, quotes included.
    pub value: Option<String>,
}

impl Parameter {
    /// A parameter; the value goes out as it is.
    #[must_use]
    pub fn new(name: impl Into<String>, value: Option<String>) -> Self {
        Self {
            name: name.into(),
            value,
        }
    }
}

macro_rules! pairs {
    ($($(#[$doc:meta])* $type:ident $number:ty, $rtp:literal, $rtcp:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct $type {
            #[doc = $rtp]
            pub rtp: $number,
            #[doc = $rtcp]
            pub rtcp: Option<$number>,
        }

        impl $type {
            /// Both, as it should be written.
            #[must_use]
            pub const fn new(rtp: $number, rtcp: $number) -> Self {
                Self { rtp, rtcp: Some(rtcp) }
            }

            /// One only.
            #[must_use]
            pub const fn single(rtp: $number) -> Self {
                Self { rtp, rtcp: None }
            }

            /// The second number: the one written, or the next after the first where there is one.
            #[must_use]
            pub fn rtcp_or_next(self) -> Option<$number> {
                self.rtcp.or_else(|| self.rtp.checked_add(1))
            }

            /// `a` or `a-b`. A range that runs backwards is refused.
            pub(super) fn parse(text: &str) -> Option<Self> {
                let number = |text: &str| {
                    parse_u64(super::super::scan::trim(text).as_bytes()).and_then(|number| <$number>::try_from(number).ok())
                };
                match text.split_once('-') {
                    Some((first, last)) => {
                        let (rtp, rtcp) = (number(first)?, number(last)?);
                        (rtp <= rtcp).then_some(Self { rtp, rtcp: Some(rtcp) })
                    }
                    None => Some(Self { rtp: number(text)?, rtcp: None }),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.rtcp {
                    Some(rtcp) => write!(f, "{}-{rtcp}", self.rtp),
                    None => write!(f, "{}", self.rtp),
                }
            }
        }
    )+};
}

pairs! {
    /// Two UDP ports.
    PortPair u16, "The RTP port.", "The RTCP port where it is written.";
    /// Two interleaved channels.
    ChannelPair u8, "The RTP channel.", "The RTCP channel where it is written.";
}
