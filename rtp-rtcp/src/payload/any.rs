use castline_codec::{CodecParameters, Frame};

use super::{
    AacPacketizer, Ac3Packetizer, Av1Packetizer, H264Packetizer, H265Packetizer,
    MpegAudioPacketizer, OpusPacketizer, PacketizeError, Packetizer, Payload, PcmPacketizer,
    Settings, Unsupported, Vp8Packetizer, Vp9Packetizer,
};

/// The packetizer of whichever format a track has.
#[derive(Debug)]
#[non_exhaustive]
#[allow(missing_docs, reason = "named after the formats")]
#[allow(
    clippy::large_enum_variant,
    reason = "one per track, and a box would cost each packet"
)]
pub enum AnyPacketizer {
    H264(H264Packetizer),
    H265(H265Packetizer),
    Av1(Av1Packetizer),
    Vp8(Vp8Packetizer),
    Vp9(Vp9Packetizer),
    Aac(AacPacketizer),
    Opus(OpusPacketizer),
    MpegAudio(MpegAudioPacketizer),
    Ac3(Ac3Packetizer),
    Pcm(PcmPacketizer),
}

/// The packetizer for a track of this codec.
///
/// # Errors
/// [`Unsupported`] when there is no payload format for the codec, or not for its parameters.
pub fn packetizer(
    codec: &CodecParameters,
    settings: &Settings,
) -> Result<AnyPacketizer, Unsupported> {
    use CodecParameters as Codec;
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "CodecParameters grows; what has no format here is unsupported"
    )]
    Ok(match codec {
        Codec::H264(parameters) => AnyPacketizer::H264(H264Packetizer::new(parameters, settings)),
        Codec::H265(parameters) => AnyPacketizer::H265(H265Packetizer::new(parameters, settings)),
        Codec::Av1(parameters) => {
            AnyPacketizer::Av1(Av1Packetizer::new(&parameters.config_obus, settings))
        }
        Codec::Vp8(_) => AnyPacketizer::Vp8(Vp8Packetizer::new(settings)),
        Codec::Vp9(_) => AnyPacketizer::Vp9(Vp9Packetizer::new(codec.dimensions(), settings)),
        Codec::Aac(parameters) => AnyPacketizer::Aac(AacPacketizer::new(parameters, settings)),
        Codec::Opus(_) => AnyPacketizer::Opus(OpusPacketizer::new(settings)),
        Codec::MpegAudio(parameters) => {
            AnyPacketizer::MpegAudio(MpegAudioPacketizer::new(parameters, settings))
        }
        Codec::Ac3(parameters) => AnyPacketizer::Ac3(Ac3Packetizer::new(parameters, settings)),
        Codec::Pcmu(parameters) | Codec::Pcma(parameters) => {
            AnyPacketizer::Pcm(PcmPacketizer::new(parameters, 1, settings)?)
        }
        Codec::L16(parameters) => AnyPacketizer::Pcm(PcmPacketizer::new(parameters, 2, settings)?),
        other => return Err(Unsupported::Codec(other.name())),
    })
}

macro_rules! each {
    ($any:expr, $packetizer:ident => $call:expr) => {
        match $any {
            AnyPacketizer::H264($packetizer) => $call,
            AnyPacketizer::H265($packetizer) => $call,
            AnyPacketizer::Av1($packetizer) => $call,
            AnyPacketizer::Vp8($packetizer) => $call,
            AnyPacketizer::Vp9($packetizer) => $call,
            AnyPacketizer::Aac($packetizer) => $call,
            AnyPacketizer::Opus($packetizer) => $call,
            AnyPacketizer::MpegAudio($packetizer) => $call,
            AnyPacketizer::Ac3($packetizer) => $call,
            AnyPacketizer::Pcm($packetizer) => $call,
        }
    };
}

impl Packetizer for AnyPacketizer {
    fn push(&mut self, frame: &Frame) -> Result<(), PacketizeError> {
        each!(self, packetizer => packetizer.push(frame))
    }

    fn poll_packet(&mut self) -> Option<Payload> {
        each!(self, packetizer => packetizer.poll_packet())
    }

    fn flush(&mut self) {
        each!(self, packetizer => packetizer.flush());
    }
}
