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
    if !scan::is_token(name) {
        return reporter.deviation(line, D::AttributeNameUnusual);
    }
    let value = value.unwrap_or_default();
    let outcome = match name {
        "control" => only_check::<typed::Control<'_>>(value, reporter),
        "rtpmap" => check_rtpmap(value, seen_maps, reporter),
        "fmtp" => check_fmtp(value, reporter),
        "range" => only_check::<typed::Range<'_>>(value, reporter),
        "framerate" => only_check::<typed::FrameRate>(value, reporter),
        "framesize" => only_check::<typed::FrameSize>(value, reporter),
        "x-dimensions" => only_check::<typed::Dimensions>(value, reporter),
        "ptime" => only_check::<typed::PacketTime>(value, reporter),
        "maxptime" => only_check::<typed::MaxPacketTime>(value, reporter),
        "sendrecv" | "sendonly" | "recvonly" | "inactive" if !value.is_empty() => {
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
    match name {
        "candidate" => only_check::<typed::Candidate<'_>>(value, reporter),
        "crypto" => only_check::<typed::Crypto<'_>>(value, reporter),
        "end-of-candidates" => only_check::<typed::EndOfCandidates>(value, reporter),
        "extmap" => only_check::<typed::ExtensionMap<'_>>(value, reporter),
        "fingerprint" => only_check::<typed::Fingerprint<'_>>(value, reporter),
        "group" => only_check::<typed::Group<'_>>(value, reporter),
        "ice-lite" => only_check::<typed::IceLite>(value, reporter),
        "ice-options" => only_check::<typed::IceOptions<'_>>(value, reporter),
        "ice-pwd" => only_check::<typed::IcePassword<'_>>(value, reporter),
        "ice-ufrag" => only_check::<typed::IceUsernameFragment<'_>>(value, reporter),
        "key-mgmt" => only_check::<typed::KeyManagement<'_>>(value, reporter),
        "mid" => only_check::<typed::Mid<'_>>(value, reporter),
        "msid" => only_check::<typed::Msid<'_>>(value, reporter),
        "rid" => only_check::<typed::Rid<'_>>(value, reporter),
        "rtcp" => only_check::<typed::Rtcp<'_>>(value, reporter),
        "rtcp-fb" => only_check::<typed::RtcpFeedback<'_>>(value, reporter),
        "rtcp-mux" => only_check::<typed::RtcpMux>(value, reporter),
        "setup" => only_check::<typed::Setup>(value, reporter),
        "simulcast" => only_check::<typed::Simulcast<'_>>(value, reporter),
        "source-filter" => only_check::<typed::SourceFilter<'_>>(value, reporter),
        "ssrc" => only_check::<typed::Ssrc<'_>>(value, reporter),
        "ssrc-group" => only_check::<typed::SsrcGroup<'_>>(value, reporter),
        _ => Ok(()),
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
