use core::fmt;

use crate::{
    Address, Deviation as D, ParseError, Reporter,
    address::{address_type, has_unusual_whitespace, is_one_field},
    scan,
};

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
        if let Some((username, rest)) = scan::split_once(value, b' ')
            && let Some((id, rest)) = scan::split_once(rest, b' ')
            && let Some((version, rest)) = scan::split_once(rest, b' ')
            && let (Some(session_id), Some(session_version)) =
                (scan::decimal(id), scan::decimal(version))
            && is_one_field(username)
            && let Some(address) = Address::read_plain(rest)
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
