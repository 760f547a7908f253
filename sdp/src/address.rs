//! `c=`: where media flows; and the address that ends an `o=` line.

use core::{fmt, net::IpAddr};

use crate::{Deviation as D, ParseError, Reporter, scan};

/// Network type, address type and address: the three fields that end an `o=` line and make a `c=` line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.7 gives it these parts"
)]
pub struct Address<'a> {
    /// `"IN"`.
    pub network_type: &'a str,
    /// `"IP4"` or `"IP6"`.
    pub address_type: &'a str,
    /// An IP address or a host name.
    pub address: &'a str,
}

impl<'a> Address<'a> {
    /// An Internet address: IP6 when it holds a colon, IP4 otherwise (host names included).
    #[must_use]
    pub fn internet(address: &'a str) -> Self {
        let address_type = if address.contains(':') { "IP6" } else { "IP4" };
        Self {
            network_type: "IN",
            address_type,
            address,
        }
    }

    /// `IN IP4 0.0.0.0`.
    #[must_use]
    pub const fn unspecified() -> Self {
        Self {
            network_type: "IN",
            address_type: "IP4",
            address: "0.0.0.0",
        }
    }

    /// The address as a number, unless it is a host name.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }

    /// Reads `<network type> <address type> <address>`. `Ok(None)`: no address (reported).
    pub(crate) fn read(text: &'a str, reporter: &mut Reporter) -> Result<Option<Self>, ParseError> {
        match Self::read_plain(text) {
            Some(address) => Ok(Some(address)),
            None => Self::read_unusual(text, reporter),
        }
    }

    /// Three fields without anything unusual.
    pub(crate) fn read_plain(text: &'a str) -> Option<Self> {
        let (network_type, rest) = scan::split_once(text, b' ')?;
        let (kind, address) = scan::split_once(rest, b' ')?;
        let known = address_type(kind);
        let internet = network_type == "IN" && known.is_none_or(|known| known == kind);
        let other = known.is_none() && address_type(network_type).is_none();
        let plain = (internet || other && scan::is_token(network_type))
            && scan::is_token(kind)
            && !looks_like_address(kind)
            && is_one_field(address);
        plain.then_some(Self {
            network_type,
            address_type: kind,
            address,
        })
    }

    #[cold]
    fn read_unusual(text: &'a str, reporter: &mut Reporter) -> Result<Option<Self>, ParseError> {
        if has_unusual_whitespace(text) {
            reporter.deviation(text, D::Whitespace)?;
        }
        let mut network_seen = false;
        let mut kind = None;
        let mut address = None;
        let mut fields = text.split_ascii_whitespace();
        for field in fields.by_ref() {
            if let (None, Some(known)) = (kind, address_type(field)) {
                kind = Some(known);
                if known != field {
                    reporter.deviation(field, D::AddressTypeUnusual)?;
                }
            } else if kind.is_some() || looks_like_address(field) {
                address = Some(field);
                break;
            } else {
                // AJA and others print `c=IN c=IN ..`.
                if field != "IN" || network_seen {
                    reporter.deviation(field, D::NetworkTypeUnusual)?;
                }
                network_seen = true;
            }
        }
        if !network_seen {
            reporter.deviation(text, D::NetworkTypeUnusual)?;
        }
        if let Some(surplus) = fields.next() {
            reporter.deviation(surplus, D::TrailingText)?;
        }
        let Some(address) = address else {
            reporter.deviation(text, D::AddressMissing)?;
            return Ok(None);
        };
        if kind.is_none() {
            reporter.deviation(address, D::AddressTypeMissing)?;
        }
        if reporter.is_strict() {
            return Err(reporter.expected(text, "network type, address type and address"));
        }
        let guessed = Self::internet(address);
        Ok(Some(Self {
            address_type: kind.unwrap_or(guessed.address_type),
            ..guessed
        }))
    }
}

pub(crate) fn has_unusual_whitespace(text: &str) -> bool {
    text.contains('\t') || text.contains("  ") || text.starts_with(' ') || text.ends_with(' ')
}

pub(crate) fn is_one_field(text: &str) -> bool {
    !text.is_empty() && !text.bytes().any(|byte| byte == b' ' || byte == b'\t')
}

/// The canonical spelling of an Internet address type.
pub(crate) fn address_type(text: &str) -> Option<&'static str> {
    match text {
        "IP4" => Some("IP4"),
        "IP6" => Some("IP6"),
        _ if text.eq_ignore_ascii_case("IP4") || text.eq_ignore_ascii_case("IPV4") => Some("IP4"),
        _ if text.eq_ignore_ascii_case("IP6") || text.eq_ignore_ascii_case("IPV6") => Some("IP6"),
        _ => None,
    }
}

fn looks_like_address(text: &str) -> bool {
    text.bytes().any(|byte| byte == b'.' || byte == b':')
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} {}",
            self.network_type, self.address_type, self.address
        )
    }
}

/// `c=`: where media flows (RFC 8866 section 5.7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.7 gives it these parts"
)]
pub struct Connection<'a> {
    /// The (first) address.
    pub address: Address<'a>,
    /// Time to live of an IPv4 multicast address.
    pub ttl: Option<u8>,
    /// How many contiguous multicast addresses there are; 1 when the line does not say.
    pub address_count: u32,
}

impl<'a> Connection<'a> {
    /// A unicast Internet address or a host name.
    #[must_use]
    pub fn unicast(address: &'a str) -> Self {
        Self {
            address: Address::internet(address),
            ttl: None,
            address_count: 1,
        }
    }

    /// Reads the value of a `c=` line by the letter.
    ///
    /// # Errors
    /// The first deviation from RFC 8866 section 5.7.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        let mut reporter = Reporter::strict(value);
        let connection = Self::read(value, &mut reporter)?;
        connection.ok_or_else(|| reporter.expected(value, "a connection address"))
    }

    /// `Ok(None)`: the line has no address and counts as absent (reported).
    pub(crate) fn read(
        value: &'a str,
        reporter: &mut Reporter,
    ) -> Result<Option<Self>, ParseError> {
        let Some(address) = Address::read(value, reporter)? else {
            reporter.deviation(value, D::ConnectionUnreadable)?;
            return Ok(None);
        };
        Self::split_suffix(address, reporter).map(Some)
    }

    fn split_suffix(whole: Address<'a>, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut parts = scan::split(whole.address, b'/');
        let address = Address {
            address: parts.next().unwrap_or_default(),
            ..whole
        };
        let mut connection = Self {
            address,
            ttl: None,
            address_count: 1,
        };
        let is_ip4 = whole.address_type == "IP4";
        if let Some(ttl) = is_ip4.then(|| parts.next()).flatten() {
            connection.ttl = scan::number(ttl);
            if connection.ttl.is_none() {
                reporter.deviation(ttl, D::AddressSuffixUnreadable)?;
            }
        } else if is_ip4
            && address.address.starts_with('2')
            && address.ip().is_some_and(|ip| ip.is_multicast())
        {
            reporter.deviation(whole.address, D::MulticastTtlMissing)?;
        }
        if let Some(count) = parts.next() {
            match scan::number(count).filter(|count| *count > 0) {
                Some(count) => connection.address_count = count,
                None => reporter.deviation(count, D::AddressSuffixUnreadable)?,
            }
        }
        if let Some(surplus) = parts.next() {
            reporter.deviation(surplus, D::AddressSuffixUnreadable)?;
        }
        Ok(connection)
    }
}

impl fmt::Display for Connection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)?;
        if let Some(ttl) = self.ttl {
            write!(f, "/{ttl}")?;
        }
        if self.address_count == 1 {
            Ok(())
        } else {
            write!(f, "/{}", self.address_count)
        }
    }
}
