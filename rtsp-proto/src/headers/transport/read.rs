//! Reading one transport.

use alloc::string::String;
use alloc::vec::Vec;

use super::value::{
    ChannelPair, ConnectionMode, Delivery, Mode, Parameter, PortPair, Protocol, SetupRole,
};
use super::{Specs, Transport, TransportSpec};
use crate::HeaderError;
use crate::grammar::parse_u64;
use crate::headers::TypedHeader;
use crate::headers::scan::{name_value, split_unquoted, trim, unquote};

/// Adds one transport, `text` inside the header's `value`, to the list; nothing where it is malformed.
pub(super) fn spec(value: &str, text: &str, specs: &mut Specs) -> Result<(), HeaderError> {
    let error = |part: &str, expected| HeaderError::at(Transport::NAME, value, part, expected);
    let mut parts = split_unquoted(text, b';').filter(|part| !part.is_empty());
    // The protocol stands first, but for firmware that puts parameters before it.
    let mut protocol = None;
    let mut early = Vec::new();
    for part in parts.by_ref() {
        if let Some(found) = protocol_of(part) {
            protocol = Some(found);
            break;
        }
        if early.len() == TransportSpec::MAX_LIST {
            return Err(error(part, "at most 32 parameters"));
        }
        early.push(part);
    }
    let protocol = protocol.ok_or_else(|| error(text, "a protocol such as RTP/AVP"))?;
    let place = specs.len();
    // Read in its place: it is a few hundred bytes to move there.
    specs.push(TransportSpec::new(protocol));
    let Some(spec) = specs.last_mut() else {
        return Ok(());
    };
    for part in early.into_iter().chain(parts) {
        if let Err(expected) = parameter(spec, part) {
            specs.truncate(place);
            return Err(error(part, expected));
        }
    }
    Ok(())
}

/// The protocol in a part; `None` for a parameter. Some clients put stray bytes before `RTP/`.
fn protocol_of(part: &str) -> Option<Protocol> {
    if let Some(protocol) = part
        .as_bytes()
        .contains(&b'/')
        .then(|| Protocol::parse(part))
        .flatten()
    {
        return Some(protocol);
    }
    let at = part
        .as_bytes()
        .windows(4)
        .position(|window| window.eq_ignore_ascii_case(b"RTP/"))?;
    let before = part.get(..at)?;
    if before.contains('=') {
        None
    } else {
        Protocol::parse(part.get(at..)?)
    }
}

fn parameter(spec: &mut TransportSpec, part: &str) -> Result<(), &'static str> {
    let (name, value) = name_value(part);
    // Nearly always in lower case already; if not, made so once rather than for each name. No known name is longer.
    let mut folded = [0; 16];
    let lower = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        match folded.get_mut(..name.len()) {
            Some(folded) => {
                folded.copy_from_slice(name.as_bytes());
                folded.make_ascii_lowercase();
                &*folded
            }
            None => &[],
        }
    } else {
        name.as_bytes()
    };
    match (lower, value) {
        (b"unicast", None) => spec.delivery = Some(Delivery::Unicast),
        (b"multicast", None) => spec.delivery = Some(Delivery::Multicast),
        (b"interleaved", Some(value)) => {
            spec.interleaved =
                Some(ChannelPair::parse(&unquote(value)).ok_or("channels from 0 to 255")?);
        }
        (b"client_port", Some(value)) => spec.client_port = Some(ports(value)?),
        (b"server_port", Some(value)) => spec.server_port = Some(ports(value)?),
        (b"port", Some(value)) => spec.port = Some(ports(value)?),
        (b"destination", value) => spec.destination = Some(text(value)),
        (b"source", value) => spec.source = Some(text(value)),
        (b"ssrc", Some(value)) => sources(&mut spec.ssrc, &unquote(value))?,
        (b"mode", Some(value)) => modes(&mut spec.modes, &unquote(value))?,
        (b"append", None) => spec.append = true,
        (b"rtcp-mux", None) => spec.rtcp_mux = true,
        (b"ttl", Some(value)) => spec.ttl = Some(number(value).ok_or("a ttl from 0 to 255")?),
        (b"layers", Some(value)) => spec.layers = Some(number(value).ok_or("a number of layers")?),
        (b"dest_addr", Some(value)) => spec.dest_addr = addresses(value)?,
        (b"src_addr", Some(value)) => spec.src_addr = addresses(value)?,
        (b"setup", Some(value)) => {
            spec.setup = Some(SetupRole::parse(&unquote(value)).ok_or("a setup role")?)
        }
        (b"connection", Some(value)) => {
            spec.connection =
                Some(ConnectionMode::parse(&unquote(value)).ok_or("new or existing")?);
        }
        (b"mikey", Some(value)) => spec.mikey = Some(unquote(value).into_owned()),
        _ => push(
            &mut spec.extensions,
            Parameter::new(name, value.map(String::from)),
        )?,
    }
    Ok(())
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), &'static str> {
    if list.len() >= TransportSpec::MAX_LIST {
        return Err("at most 32 values");
    }
    list.push(item);
    Ok(())
}

fn text(value: Option<&str>) -> String {
    value
        .map(|value| unquote(value).into_owned())
        .unwrap_or_default()
}

fn number<T: TryFrom<u64>>(value: &str) -> Option<T> {
    parse_u64(trim(&unquote(value)).as_bytes()).and_then(|number| T::try_from(number).ok())
}

fn ports(value: &str) -> Result<PortPair, &'static str> {
    PortPair::parse(&unquote(value)).ok_or("ports from 0 to 65535, in order")
}

/// Hexadecimal, of any length up to eight digits, with or without `0x`. What is not is of no use to anyone:
/// the packets tell the source, so it is left out.
fn sources(list: &mut Vec<u32>, value: &str) -> Result<(), &'static str> {
    for source in value.split('/').map(trim) {
        let digits = source
            .strip_prefix("0x")
            .or_else(|| source.strip_prefix("0X"))
            .unwrap_or(source);
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(source) = u32::from_str_radix(digits, 16).ok().filter(|_| plain) {
            push(list, source)?;
        }
    }
    Ok(())
}

fn modes(list: &mut Vec<Mode>, value: &str) -> Result<(), &'static str> {
    value
        .split(',')
        .map(trim)
        .filter(|mode| !mode.is_empty())
        .try_for_each(|mode| push(list, Mode::parse(mode)))
}

/// Quoted addresses with `/` between.
fn addresses(value: &str) -> Result<Vec<String>, &'static str> {
    let mut list = Vec::new();
    for address in split_unquoted(value, b'/') {
        push(&mut list, unquote(address).into_owned())?;
    }
    Ok(list)
}
