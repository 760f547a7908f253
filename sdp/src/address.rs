//! `o=` and `c=`: who made the session, and where its media flows.

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
        let mut fields = text.split(' ');
        if let (Some(network_type), Some(kind), Some(address), None) =
            (fields.next(), fields.next(), fields.next(), fields.next())
        {
            let known = address_type(kind);
            let internet = network_type == "IN" && known.is_none_or(|known| known == kind);
            let other = known.is_none() && address_type(network_type).is_none();
            if (internet || other && scan::is_token(network_type))
                && scan::is_token(kind)
                && !looks_like_address(kind)
                && is_non_whitespace(address)
            {
                return Ok(Some(Self {
                    network_type,
                    address_type: kind,
                    address,
                }));
            }
        }
        Self::read_unusual(text, reporter)
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

fn has_unusual_whitespace(text: &str) -> bool {
    text.contains('\t') || text.contains("  ") || text.starts_with(' ') || text.ends_with(' ')
}

fn is_non_whitespace(text: &str) -> bool {
    !text.is_empty() && !text.contains('\t')
}

/// The canonical spelling of an Internet address type.
fn address_type(text: &str) -> Option<&'static str> {
    match text {
        "IP4" => Some("IP4"),
        "IP6" => Some("IP6"),
        _ if text.eq_ignore_ascii_case("IP4") || text.eq_ignore_ascii_case("IPV4") => Some("IP4"),
        _ if text.eq_ignore_ascii_case("IP6") || text.eq_ignore_ascii_case("IPV6") => Some("IP6"),
        _ => None,
    }
}

fn looks_like_address(text: &str) -> bool {
    text.contains(['.', ':'])
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

/// `o=`: who made the session, and which version of it this is (RFC 8866 section 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5.2 gives it these parts"
)]
pub struct Origin<'a> {
    /// The user's login, or `"-"`.
    pub username: &'a str,
    /// Unique together with the user name and the address.
    pub session_id: u64,
    /// Grows with each change of the description.
    pub session_version: u64,
    /// The machine.
    pub address: Address<'a>,
}

impl<'a> Origin<'a> {
    /// An origin without a user name, at version `session_version` on an unnamed machine.
    #[must_use]
    pub const fn new(session_id: u64, session_version: u64) -> Self {
        Self {
            username: "-",
            session_id,
            session_version,
            address: Address::unspecified(),
        }
    }

    /// Reads the value of an `o=` line by the letter.
    ///
    /// # Errors
    /// The first deviation from RFC 8866 section 5.2.
    pub fn parse(value: &'a str) -> Result<Self, ParseError> {
        Self::read(value, &mut Reporter::strict(value))
    }

    pub(crate) fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = value.splitn(4, ' ');
        if let (Some(username), Some(id), Some(version), Some(rest)) =
            (fields.next(), fields.next(), fields.next(), fields.next())
            && let (Some(session_id), Some(session_version)) =
                (scan::decimal(id), scan::decimal(version))
            && is_non_whitespace(username)
            && rest.bytes().filter(|byte| *byte == b' ').count() == 2
            && let Some(address) = Address::read(rest, reporter)?
        {
            return Ok(Self {
                username,
                session_id,
                session_version,
                address,
            });
        }
        Self::read_unusual(value, reporter)
    }

    #[cold]
    fn read_unusual(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        if has_unusual_whitespace(value) {
            reporter.deviation(value, D::Whitespace)?;
        }
        let (head, tail) = split_at_network_type(value);
        let (username, id, version) = split_head(head, reporter)?;
        let session_id = id.map_or(Ok(0), |id| read_id(id, reporter))?;
        let session_version = version.map_or(Ok(0), |version| read_id(version, reporter))?;
        let address = Address::read(scan::trim(tail), reporter)?;
        if reporter.is_strict() {
            return Err(reporter.expected(value, "the six fields of an origin"));
        }
        let address = address.unwrap_or(Address::unspecified());
        Ok(Self {
            username,
            session_id,
            session_version,
            address,
        })
    }
}

/// User name, session id and version in front of the network type. The user name should hold no
/// space, yet TP-Link, Mercury and Amcrest write some: the ids are the last two fields.
fn split_head<'a>(
    head: &'a str,
    reporter: &mut Reporter,
) -> Result<(&'a str, Option<&'a str>, Option<&'a str>), ParseError> {
    let (head, last) = pop_field(head);
    let (head, second) = pop_field(head);
    let username = (!head.is_empty()).then_some(head);
    match (username, second, last) {
        (Some(username), second, last) => {
            if username.contains(is_space) {
                reporter.deviation(username, D::OriginUsernameSpaces)?;
            }
            Ok((username, second, last))
        }
        (None, Some(id), Some(version)) if scan::decimal(id).is_some() => {
            reporter.deviation(head, D::OriginFieldsMissing)?;
            Ok(("-", Some(id), Some(version)))
        }
        (None, Some(username), id) => {
            reporter.deviation(head, D::OriginFieldsMissing)?;
            Ok((username, id, None))
        }
        (None, None, only) => {
            reporter.deviation(head, D::OriginFieldsMissing)?;
            let id = only.filter(|field| scan::decimal(field).is_some());
            Ok((only.filter(|_| id.is_none()).unwrap_or("-"), id, None))
        }
    }
}

/// Takes the last field off.
fn pop_field(text: &str) -> (&str, Option<&str>) {
    let at = text.rfind(is_space).map_or(0, |at| at.saturating_add(1));
    let (rest, field) = text.split_at_checked(at).unwrap_or((text, ""));
    (scan::trim(rest), (!field.is_empty()).then_some(field))
}

fn is_space(character: char) -> bool {
    character == ' ' || character == '\t'
}

/// Splits in front of the last network type, or the first address type, or behind three fields.
fn split_at_network_type(value: &str) -> (&str, &str) {
    let mut network = None;
    let mut kind = None;
    let mut third = None;
    let mut at = 0_usize;
    let mut count = 0_usize;
    for field in value.split(is_space) {
        if matches!(field, "IN" | "IP") {
            network = Some(at);
        } else if kind.is_none() && address_type(field).is_some() {
            kind = Some(at);
        }
        if !field.is_empty() {
            count = count.saturating_add(1);
        }
        at = at.saturating_add(field.len()).saturating_add(1);
        if count == 3 && third.is_none() {
            third = Some(at.min(value.len()));
        }
    }
    let at = network.or(kind).or(third).unwrap_or(value.len());
    let (head, tail) = value.split_at_checked(at).unwrap_or((value, ""));
    (scan::trim(head), tail)
}

/// Session ids in the field are hexadecimal, negative, fractional or too long.
fn read_id(text: &str, reporter: &mut Reporter) -> Result<u64, ParseError> {
    if let Some(id) = scan::decimal(text) {
        return Ok(id);
    }
    reporter.deviation(text, D::SessionIdNotDecimal)?;
    if let Some(negative) = text.strip_prefix('-').and_then(scan::decimal) {
        return Ok(negative.wrapping_neg());
    }
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .unwrap_or(text);
    if let Ok(id) = u64::from_str_radix(digits, 16)
        && !digits.starts_with('+')
    {
        return Ok(id);
    }
    Ok(scan::decimal(scan::leading_digits(text).0).unwrap_or(0))
}

impl fmt::Display for Origin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            username,
            session_id,
            session_version,
            address,
        } = self;
        write!(f, "{username} {session_id} {session_version} {address}")
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
        let mut parts = whole.address.split('/');
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
        } else if is_ip4 && address.ip().is_some_and(|ip| ip.is_multicast()) {
            reporter.deviation(whole.address, D::MulticastTtlMissing)?;
        }
        if let Some(count) = parts.next() {
            match scan::number(count).filter(|count| *count > 0) {
                Some(count) => connection.address_count = count,
                None => reporter.deviation(count, D::AddressSuffixUnreadable)?,
            }
        }
        match parts.next() {
            Some(surplus) => reporter.deviation(surplus, D::AddressSuffixUnreadable)?,
            None => {}
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
