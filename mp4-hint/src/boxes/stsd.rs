//! Sample descriptions: which codec, and its parameters in the codec crate's terms.

use alloc::boxed::Box;
use core::num::NonZeroU32;

use castline_codec::{
    AacParameters, Ac3Parameters, Av1Parameters, CodecParameters, Eac3Parameters, H264Parameters,
    H265Parameters, LengthSize, MpegAudioLayer, MpegAudioParameters, OpusParameters, PcmParameters,
    Vp8Parameters, Vp9Parameters,
};
use castline_core::Reader;

use super::{
    Children,
    audio::{AudioEntry, ElementaryStream},
    full_box,
};
use crate::{FourCc, ParseError, form::SampleForm};

/// The first sample entry of an `stsd`: the one that counts.
pub(crate) struct SampleEntry {
    pub(crate) fourcc: FourCc,
    pub(crate) coding: Coding,
}

/// What a sample entry describes.
pub(crate) enum Coding {
    Known(KnownCoding),
    Hint,
    Unknown,
}

/// A codec that the family knows.
pub(crate) struct KnownCoding {
    pub(crate) parameters: Parameters,
    pub(crate) form: SampleForm,
}

/// Where a codec's parameters are.
pub(crate) enum Parameters {
    OutOfBand(Box<CodecParameters>),
    /// In the samples.
    InBand(InBandCodec),
}

/// A codec whose parameter sets may be in its samples alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InBandCodec {
    H264,
    H265,
}

impl InBandCodec {
    pub(crate) const fn fourcc(self) -> FourCc {
        match self {
            Self::H264 => FourCc::AVC3,
            Self::H265 => FourCc::HEV1,
        }
    }
}

impl SampleEntry {
    /// `timescale` is the media's: the sample rate of audio whose entry cannot hold it.
    pub(crate) fn first(
        stsd: Reader<'_>,
        handler: FourCc,
        timescale: u32,
    ) -> Result<Self, ParseError> {
        let (version, _, mut body) = full_box(stsd)?;
        body.skip(4)?; // The count; the boxes tell.
        let (fourcc, entry) = Children::of(body)
            .next()
            .ok_or_else(|| ParseError::malformed(body.offset(), "a sample entry"))?;
        let coding = match (handler, fourcc) {
            (FourCc::HANDLER_HINT, _)
            | (_, FourCc::RTP | FourCc::SRTP | FourCc::RRTP | FourCc::RM2T) => Coding::Hint,
            (FourCc::HANDLER_VIDEO, _) => video(fourcc, entry)?,
            (FourCc::HANDLER_AUDIO, _) => audio(fourcc, entry, (version, timescale))?,
            _ => Coding::Unknown,
        };
        Ok(Self { fourcc, coding })
    }
}

/// Runs a codec's parser over a configuration record.
fn configured<T>(
    record: Reader<'_>,
    parse: impl FnOnce(&[u8]) -> Result<T, castline_codec::ParseError>,
) -> Result<T, ParseError> {
    parse(record.rest()).map_err(|source| ParseError::Codec {
        offset: record.offset() as u64,
        source,
    })
}

const fn known(parameters: Parameters, form: SampleForm) -> Coding {
    Coding::Known(KnownCoding { parameters, form })
}

fn packets(codec: CodecParameters) -> Coding {
    known(Parameters::OutOfBand(Box::new(codec)), SampleForm::Packet)
}

/// Video sample entries (ISO/IEC 14496-12, 12.1.3): 78 bytes of fields, then boxes.
fn video(fourcc: FourCc, entry: Reader<'_>) -> Result<Coding, ParseError> {
    let mut body = entry;
    body.skip(24)?;
    let (width, height) = (body.u16()?, body.u16()?);
    body.skip(50)?;
    let boxes = Children::of(body);
    Ok(match fourcc {
        FourCc::AVC1 | FourCc::AVC3 => avc(boxes.require(FourCc::AVCC)?, fourcc)?,
        FourCc::HVC1 | FourCc::HEV1 => hevc(boxes.require(FourCc::HVCC)?, fourcc)?,
        FourCc::AV01 => {
            let record = boxes.require(FourCc::AV1C)?;
            packets(CodecParameters::Av1(configured(
                record,
                Av1Parameters::from_av1c,
            )?))
        }
        FourCc::VP09 => {
            let record = boxes.require(FourCc::VPCC)?;
            let mut codec = configured(record, Vp9Parameters::from_vpcc)?;
            codec.size = Some((u32::from(width), u32::from(height)));
            packets(CodecParameters::Vp9(codec))
        }
        FourCc::VP08 => packets(CodecParameters::Vp8(Vp8Parameters::new(width, height))),
        _ => Coding::Unknown,
    })
}

fn avc(record: Reader<'_>, fourcc: FourCc) -> Result<Coding, ParseError> {
    match configured(record, H264Parameters::from_avcc) {
        Ok((codec, size)) => Ok(known(
            Parameters::OutOfBand(Box::new(CodecParameters::H264(codec))),
            SampleForm::NalUnits(size),
        )),
        Err(_) if fourcc == FourCc::AVC3 => Ok(known(
            Parameters::InBand(InBandCodec::H264),
            SampleForm::NalUnits(configured(record, LengthSize::from_avcc)?),
        )),
        Err(error) => Err(error),
    }
}

fn hevc(record: Reader<'_>, fourcc: FourCc) -> Result<Coding, ParseError> {
    match configured(record, H265Parameters::from_hvcc) {
        Ok((codec, size)) => Ok(known(
            Parameters::OutOfBand(Box::new(CodecParameters::H265(codec))),
            SampleForm::NalUnits(size),
        )),
        Err(_) if fourcc == FourCc::HEV1 => Ok(known(
            Parameters::InBand(InBandCodec::H265),
            SampleForm::NalUnits(configured(record, LengthSize::from_hvcc)?),
        )),
        Err(error) => Err(error),
    }
}

fn audio(
    fourcc: FourCc,
    entry: Reader<'_>,
    (stsd_version, timescale): (u8, u32),
) -> Result<Coding, ParseError> {
    let mut fields = AudioEntry::parse(entry, stsd_version)?;
    if fields.sample_rate == 0 {
        fields.sample_rate = timescale;
    }
    Ok(match fourcc {
        FourCc::MP4A => mpeg4_audio(&fields)?,
        FourCc::MP3 | FourCc::MS_MP3 => mpeg_audio(&fields, entry.offset())?,
        FourCc::OPUS => {
            let record = fields.require(FourCc::DOPS)?;
            packets(CodecParameters::Opus(configured(
                record,
                OpusParameters::from_dops,
            )?))
        }
        FourCc::AC_3 => {
            let record = fields.require(FourCc::DAC3)?;
            packets(CodecParameters::Ac3(configured(
                record,
                Ac3Parameters::from_dac3,
            )?))
        }
        FourCc::EC_3 => {
            let record = fields.require(FourCc::DEC3)?;
            packets(CodecParameters::Eac3(configured(
                record,
                Eac3Parameters::from_dec3,
            )?))
        }
        FourCc::ULAW => pcm(&fields, entry, (CodecParameters::Pcmu, 1, false))?,
        FourCc::ALAW => pcm(&fields, entry, (CodecParameters::Pcma, 1, false))?,
        FourCc::SOWT | FourCc::TWOS | FourCc::LPCM | FourCc::IPCM => match l16(fourcc, &fields)? {
            Some(is_little_endian) => {
                pcm(&fields, entry, (CodecParameters::L16, 2, is_little_endian))?
            }
            None => Coding::Unknown,
        },
        _ => Coding::Unknown,
    })
}

/// `mp4a`, by its `objectTypeIndication` (the MP4 registration authority's list).
fn mpeg4_audio(fields: &AudioEntry<'_>) -> Result<Coding, ParseError> {
    let esds = fields.require(FourCc::ESDS)?;
    let stream = ElementaryStream::parse(esds)?;
    match stream.object_type {
        // MPEG-4 audio; MPEG-2 AAC Main, LC, SSR.
        0x40 | 0x66..=0x68 => {
            let codec = configured(stream.specific, AacParameters::from_asc)?;
            Ok(packets(CodecParameters::Aac(codec)))
        }
        // MPEG-2 and MPEG-1 audio: MP3, or layer 1 or 2.
        0x69 | 0x6b => mpeg_audio(fields, esds.offset()),
        _ => Ok(Coding::Unknown),
    }
}

/// The entry does not tell the layer: it is nearly always 3, and nothing that is written from it differs.
fn mpeg_audio(fields: &AudioEntry<'_>, offset: usize) -> Result<Coding, ParseError> {
    let channels = u8::try_from(fields.channels)
        .ok()
        .filter(|channels| matches!(channels, 1 | 2));
    let channels = channels.filter(|_| (8_000..=48_000).contains(&fields.sample_rate));
    let channels = channels
        .ok_or_else(|| ParseError::malformed(offset, "a sample rate and channels of MPEG audio"))?;
    let codec = MpegAudioParameters::new(MpegAudioLayer::Layer3, fields.sample_rate, channels);
    Ok(packets(CodecParameters::MpegAudio(codec)))
}

/// Whether 16-bit PCM is little-endian; `None` for PCM of another kind.
fn l16(fourcc: FourCc, fields: &AudioEntry<'_>) -> Result<Option<bool>, ParseError> {
    const FLOAT: u32 = 1;
    const BIG_ENDIAN: u32 = 2;
    Ok(match fourcc {
        FourCc::SOWT => (fields.bits_per_sample == 16).then_some(true),
        FourCc::TWOS => (fields.bits_per_sample == 16).then_some(false),
        FourCc::LPCM => fields
            .lpcm_flags
            .filter(|flags| fields.bits_per_sample == 16 && flags & FLOAT == 0)
            .map(|flags| flags & BIG_ENDIAN == 0),
        // ISO/IEC 23003-5: flags, then the sample size.
        _ => {
            let (_, _, mut body) = full_box(fields.require(FourCc::PCMC)?)?;
            let (flags, bits) = (body.u8()?, body.u8()?);
            (bits == 16).then_some(flags & 1 != 0)
        }
    })
}

fn pcm(
    fields: &AudioEntry<'_>,
    entry: Reader<'_>,
    (codec, bytes, is_little_endian): (fn(PcmParameters) -> CodecParameters, u32, bool),
) -> Result<Coding, ParseError> {
    let channels = u8::try_from(fields.channels)
        .ok()
        .filter(|channels| *channels > 0);
    let parameters = channels.and_then(|channels| {
        let sample_rate = NonZeroU32::new(fields.sample_rate)?;
        let sample_bytes = NonZeroU32::new(u32::from(channels).checked_mul(bytes)?)?;
        Some((
            PcmParameters::new(sample_rate.get(), channels),
            sample_bytes,
        ))
    });
    let (parameters, sample_bytes) = parameters.ok_or_else(|| {
        ParseError::malformed(entry.offset(), "a sample rate and 1 to 255 channels")
    })?;
    Ok(known(
        Parameters::OutOfBand(Box::new(codec(parameters))),
        SampleForm::Pcm {
            sample_bytes,
            is_little_endian,
        },
    ))
}
