use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use castline_codec::{
    Av1Parameters, CodecParameters, H264Parameters, H265Parameters, MediaKind, OpusParameters,
};
use castline_sdp::{AacFmtp, Av1Fmtp, H264Fmtp, H265Fmtp, MediaBuilder, OpusFmtp, RtpMap, Vp9Fmtp};

use super::{Encoding, payload_type, rtp_clock_rate};
use crate::{
    PayloadType,
    payload::{PacketizationMode, Unsupported},
};

/// The media section that describes what [`packetizer`](crate::payload::packetizer) makes of the
/// codec: `m=` line with port 0 and `RTP/AVP`, rtpmap (of static payload types too, but for MPA), fmtp. The
/// builder takes what else is wanted: control, bandwidth, direction.
///
/// `dynamic` is the payload type, unless the codec has a static one ([`payload_type`]).
///
/// # Errors
/// There is no payload format for the codec, or its parameters have no sample rate.
pub fn media_section(
    codec: &CodecParameters,
    dynamic: PayloadType,
    mode: PacketizationMode,
) -> Result<MediaBuilder, Unsupported> {
    let encoding = Encoding::of(codec).ok_or_else(|| Unsupported::Codec(codec.name()))?;
    let clock_rate = rtp_clock_rate(codec).ok_or_else(|| Unsupported::Shape {
        codec: codec.name(),
        needs: "a sample rate",
    })?;
    let PayloadType(payload_type) = payload_type(codec, dynamic);
    let map = RtpMap {
        payload_type,
        encoding: encoding.name(),
        clock_rate: clock_rate.get(),
        channels: channels(codec, encoding),
    };
    let kind = if encoding.kind() == MediaKind::Video {
        "video"
    } else {
        "audio"
    };
    let section = MediaBuilder::new(kind, "RTP/AVP");
    let section = if PayloadType(payload_type) == PayloadType::MPA {
        // The type is static (RFC 3551 section 6) and needs no rtpmap, and libavformat takes the 90 kHz of this
        // one for the sample rate, until the second frame corrects it: the first one lasts half as long then.
        section.format(payload_type)
    } else {
        section.rtpmap(&map)
    };
    Ok(section.fmtp(payload_type, &parameters(codec, mode)))
}

/// The encoding parameter of the rtpmap.
fn channels(codec: &CodecParameters, encoding: Encoding) -> Option<u8> {
    match encoding {
        // RFC 7587 section 7: always 2, mono or not.
        Encoding::Opus => Some(2),
        // RFC 3551 section 6: MPA has none.
        Encoding::Mpa => None,
        Encoding::Pcmu | Encoding::Pcma => codec.channels().filter(|channels| *channels > 1),
        Encoding::H264
        | Encoding::H265
        | Encoding::Av1
        | Encoding::Vp8
        | Encoding::Vp9
        | Encoding::Mpeg4Generic
        | Encoding::MultiOpus
        | Encoding::Ac3
        | Encoding::L16 => codec.channels(),
    }
}

/// What stands behind the payload type in the fmtp line; empty when there is nothing to say.
fn parameters(codec: &CodecParameters, mode: PacketizationMode) -> String {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the other codecs have no format parameters"
    )]
    match codec {
        CodecParameters::H264(parameters) => h264(parameters, mode).to_string(),
        CodecParameters::H265(parameters) => h265(parameters).to_string(),
        CodecParameters::Av1(parameters) => av1(parameters).to_string(),
        CodecParameters::Vp9(parameters) => Vp9Fmtp {
            profile_id: parameters.profile,
            ..Vp9Fmtp::default()
        }
        .to_string(),
        CodecParameters::Aac(parameters) => AacFmtp::high_bit_rate(parameters.asc()).to_string(),
        CodecParameters::Opus(parameters) => opus(parameters),
        _ => String::new(),
    }
}

fn h264(parameters: &H264Parameters, mode: PacketizationMode) -> H264Fmtp {
    let sets = parameters.sps.iter().chain(&parameters.sps_extensions);
    H264Fmtp {
        packetization_mode: match mode {
            PacketizationMode::SingleNal => 0,
            PacketizationMode::NonInterleaved => 1,
        },
        profile_level_id: Some(parameters.profile_level_id()),
        sprop_parameter_sets: sets.chain(&parameters.pps).cloned().collect(),
        ..H264Fmtp::default()
    }
}

fn h265(parameters: &H265Parameters) -> H265Fmtp {
    let profile = &parameters.sequence.profile;
    H265Fmtp {
        profile_space: profile.profile_space,
        profile_id: Some(profile.profile_idc),
        tier_flag: profile.high_tier,
        level_id: Some(profile.level_idc),
        sprop_vps: parameters.vps.to_vec(),
        sprop_sps: parameters.sps.to_vec(),
        sprop_pps: parameters.pps.to_vec(),
        ..H265Fmtp::default()
    }
}

fn av1(parameters: &Av1Parameters) -> Av1Fmtp {
    let configuration = &parameters.configuration;
    Av1Fmtp {
        profile: configuration.profile,
        level_idx: Some(configuration.level_idx),
        tier: u8::from(configuration.high_tier),
    }
}

fn opus(parameters: &OpusParameters) -> String {
    if parameters.channels > 2 {
        let mapping: Vec<String> = parameters.mapping.iter().map(u8::to_string).collect();
        return OpusFmtp {
            num_streams: Some(parameters.streams),
            coupled_streams: Some(parameters.coupled_streams),
            channel_mapping: mapping.join(","),
            ..OpusFmtp::default()
        }
        .to_string();
    }
    // Written for mono too: without it, receivers differ in what they assume.
    let stereo = u8::from(parameters.channels == 2);
    alloc::format!("sprop-stereo={stereo}")
}
