//! Which attributes are read while a description is parsed, so that strict mode refuses and lenient
//! mode reports what is wrong with them.

use crate::{
    Attribute, Deviation as D, ParseError, Reporter, TypedAttribute,
    fmtp::{Fmtp, check_parameter_sets},
    scan, typed,
};

/// Reads the attribute for its deviations alone. `seen_maps` has a bit for each payload type that
/// has had an rtpmap line in this section.
pub(crate) fn check_attribute(
    line: &str,
    seen_maps: &mut u128,
    reporter: &mut Reporter,
) -> Result<(), ParseError> {
    let Attribute { name, value } = Attribute::from_line(line);
    let value = value.unwrap_or_default();
    let outcome = match name.as_bytes() {
        b"control" => only_check::<typed::Control<'_>>(value, reporter),
        b"rtpmap" => check_rtpmap(value, seen_maps, reporter),
        b"fmtp" => check_fmtp(value, reporter),
        b"range" => only_check::<typed::Range<'_>>(value, reporter),
        b"framerate" => only_check::<typed::FrameRate>(value, reporter),
        b"framesize" => only_check::<typed::FrameSize>(value, reporter),
        b"x-dimensions" => only_check::<typed::Dimensions>(value, reporter),
        b"ptime" => only_check::<typed::PacketTime>(value, reporter),
        b"maxptime" => only_check::<typed::MaxPacketTime>(value, reporter),
        b"sendrecv" | b"sendonly" | b"recvonly" | b"inactive" if !value.is_empty() => {
            reporter.deviation(value, D::FlagWithValue)
        }
        _ => check_negotiation(name, value, reporter),
    };
    match outcome {
        Err(ParseError::Expected { .. }) if !reporter.is_strict() => {
            reporter.deviation(line, D::AttributeUnreadable)
        }
        outcome => outcome,
    }
}

/// The attributes of offers and answers, and of secured transports.
fn check_negotiation(name: &str, value: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
    match name.as_bytes() {
        b"candidate" => only_check::<typed::Candidate<'_>>(value, reporter),
        b"crypto" => only_check::<typed::Crypto<'_>>(value, reporter),
        b"end-of-candidates" => only_check::<typed::EndOfCandidates>(value, reporter),
        b"extmap" => only_check::<typed::ExtensionMap<'_>>(value, reporter),
        b"fingerprint" => only_check::<typed::Fingerprint<'_>>(value, reporter),
        b"group" => only_check::<typed::Group<'_>>(value, reporter),
        b"ice-lite" => only_check::<typed::IceLite>(value, reporter),
        b"ice-options" => only_check::<typed::IceOptions<'_>>(value, reporter),
        b"ice-pwd" => only_check::<typed::IcePassword<'_>>(value, reporter),
        b"ice-ufrag" => only_check::<typed::IceUsernameFragment<'_>>(value, reporter),
        b"key-mgmt" => only_check::<typed::KeyManagement<'_>>(value, reporter),
        b"mid" => only_check::<typed::Mid<'_>>(value, reporter),
        b"msid" => only_check::<typed::Msid<'_>>(value, reporter),
        b"rid" => only_check::<typed::Rid<'_>>(value, reporter),
        b"rtcp" => only_check::<typed::Rtcp<'_>>(value, reporter),
        b"rtcp-fb" => only_check::<typed::RtcpFeedback<'_>>(value, reporter),
        b"rtcp-mux" => only_check::<typed::RtcpMux>(value, reporter),
        b"setup" => only_check::<typed::Setup>(value, reporter),
        b"simulcast" => only_check::<typed::Simulcast<'_>>(value, reporter),
        b"source-filter" => only_check::<typed::SourceFilter<'_>>(value, reporter),
        b"ssrc" => only_check::<typed::Ssrc<'_>>(value, reporter),
        b"ssrc-group" => only_check::<typed::SsrcGroup<'_>>(value, reporter),
        _ if scan::is_token(name) => Ok(()),
        _ => reporter.deviation(name, D::AttributeNameUnusual),
    }
}

fn only_check<'a, T: TypedAttribute<'a>>(
    value: &'a str,
    reporter: &mut Reporter,
) -> Result<(), ParseError> {
    T::read(value, reporter).map(|_| ())
}

fn check_rtpmap(
    value: &str,
    seen_maps: &mut u128,
    reporter: &mut Reporter,
) -> Result<(), ParseError> {
    let map = typed::RtpMap::read(value, reporter)?;
    let bit = 1_u128.checked_shl(u32::from(map.payload_type)).unwrap_or(0);
    if *seen_maps & bit != 0 {
        reporter.deviation(value, D::RtpMapRepeated)?;
    }
    *seen_maps |= bit;
    Ok(())
}

fn check_fmtp(value: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
    let fmtp = Fmtp::read(value, reporter)?;
    for (name, value) in fmtp.parameters() {
        let is_list = matches!(
            name,
            "sprop-parameter-sets" | "sprop-vps" | "sprop-sps" | "sprop-pps"
        );
        if is_list {
            check_parameter_sets(value.unwrap_or_default(), reporter)?;
        }
    }
    Ok(())
}
