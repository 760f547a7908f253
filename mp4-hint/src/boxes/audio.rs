//! Audio sample entries: ISO/IEC 14496-12, 12.2.3, and QTFF's versions 0 to 2; `esds`.

use castline_core::Reader;

use super::{Children, full_box};
use crate::{FourCc, ParseError};

/// The fields before the boxes of an audio sample entry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AudioEntry<'a> {
    pub(crate) channels: u32,
    pub(crate) bits_per_sample: u32,
    /// In Hz; 0 when the entry does not say.
    pub(crate) sample_rate: u32,
    /// `formatSpecificFlags` of QuickTime's version 2.
    pub(crate) lpcm_flags: Option<u32>,
    boxes: Reader<'a>,
}

impl<'a> AudioEntry<'a> {
    /// Parses the payload of a sample entry of an `stsd` of this version.
    pub(crate) fn parse(entry: Reader<'a>, stsd_version: u8) -> Result<Self, ParseError> {
        let mut body = entry;
        body.skip(8)?; // Reserved, and the data reference.
        let version = body.u16()?;
        body.skip(6)?;
        let channels = u32::from(body.u16()?);
        let bits_per_sample = u32::from(body.u16()?);
        body.skip(4)?; // QuickTime's compression id and packet size.
        let sample_rate = body.u32()? >> 16;
        let mut fields = Self {
            channels,
            bits_per_sample,
            sample_rate,
            lpcm_flags: None,
            boxes: body,
        };
        // An ISO entry of version 1 has no more fields; it stands in an `stsd` of version 1.
        match version {
            1 if stsd_version == 0 => fields.boxes.skip(16)?,
            2 => fields.version_2()?,
            _ => {}
        }
        Ok(fields)
    }

    fn version_2(&mut self) -> Result<(), ParseError> {
        let body = &mut self.boxes;
        body.skip(4)?; // The structure's size.
        let rate = f64::from_bits(body.u64()?);
        self.channels = body.u32()?;
        body.skip(4)?; // 0x7f000000.
        self.bits_per_sample = body.u32()?;
        self.lpcm_flags = Some(body.u32()?);
        body.skip(8)?; // Bytes per packet, frames per packet.
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest integer in range, 0 for NaN"
        )]
        let rate = rate as u32;
        self.sample_rate = rate;
        Ok(())
    }

    /// A box of the entry, or of QuickTime's `wave` inside it.
    pub(crate) fn find(&self, kind: FourCc) -> Option<Reader<'a>> {
        let boxes = Children::of(self.boxes);
        boxes.clone().find(kind).or_else(|| {
            let wave = boxes.find(FourCc::WAVE)?;
            Children::of(wave).find(kind)
        })
    }

    /// As [`find`](Self::find), or where it is missing.
    pub(crate) fn require(&self, kind: FourCc) -> Result<Reader<'a>, ParseError> {
        self.find(kind).ok_or_else(|| ParseError::Missing {
            offset: self.boxes.offset() as u64,
            missing: kind,
        })
    }
}

/// What an `esds` says (ISO/IEC 14496-1, 7.2.6).
#[derive(Debug, Clone, Copy)]
pub(crate) struct ElementaryStream<'a> {
    /// `objectTypeIndication`.
    pub(crate) object_type: u8,
    /// The decoder specific information, empty when there is none.
    pub(crate) specific: Reader<'a>,
}

const ES_DESCRIPTOR: u8 = 3;
const DECODER_CONFIG: u8 = 4;
const DECODER_SPECIFIC: u8 = 5;

impl<'a> ElementaryStream<'a> {
    pub(crate) fn parse(esds: Reader<'a>) -> Result<Self, ParseError> {
        let (_, _, body) = full_box(esds)?;
        let mut stream = descriptor(body, ES_DESCRIPTOR)?
            .ok_or_else(|| ParseError::malformed(esds.offset(), "an ES descriptor"))?;
        stream.skip(2)?;
        let flags = stream.u8()?;
        if flags & 0x80 != 0 {
            stream.skip(2)?;
        }
        if flags & 0x40 != 0 {
            let len = stream.u8()?;
            stream.skip(usize::from(len))?;
        }
        if flags & 0x20 != 0 {
            stream.skip(2)?;
        }
        let mut config = descriptor(stream, DECODER_CONFIG)?.ok_or_else(|| {
            ParseError::malformed(stream.offset(), "a decoder configuration descriptor")
        })?;
        let object_type = config.u8()?;
        config.skip(12)?; // The stream type, and the sizes of buffer and bit rates.
        let mut nothing = config;
        nothing.skip(nothing.remaining())?;
        Ok(Self {
            object_type,
            specific: descriptor(config, DECODER_SPECIFIC)?.unwrap_or(nothing),
        })
    }
}

/// The payload of the first descriptor with this tag. One that claims more than there is gets what there is.
fn descriptor(mut body: Reader<'_>, wanted: u8) -> Result<Option<Reader<'_>>, ParseError> {
    while !body.is_empty() {
        let tag = body.u8()?;
        let mut len = 0usize;
        for _ in 0..4 {
            let byte = body.u8()?;
            len = len << 7 | usize::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
        }
        let payload = body.sub(len.min(body.remaining()))?;
        if tag == wanted {
            return Ok(Some(payload));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    #[test]
    fn esds_with_long_and_short_lengths() {
        let long = hex!(
            "00000000 03808080 22 0002 00 04808080 14 40 15 000000 00000000 00000000 05808080 02 1210 06808080 01 02"
        );
        let short = hex!("00000000 03 16 0002 00 04 11 6b 15 000000 00000000 00000000 05 02 1210");
        let parsed = ElementaryStream::parse(Reader::new(&long)).unwrap();
        assert_eq!(
            (parsed.object_type, parsed.specific.rest()),
            (0x40, &[0x12, 0x10][..])
        );
        let parsed = ElementaryStream::parse(Reader::new(&short)).unwrap();
        assert_eq!((parsed.object_type, parsed.specific.remaining()), (0x6b, 2));
        for cut in 0..24 {
            assert!(
                ElementaryStream::parse(Reader::new(&short[..cut])).is_err(),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn esds_with_every_optional_field_and_no_specific_information() {
        let bytes =
            hex!("00000000 03 19 0002 e0 1234 02 6162 5678 04 0d 69 15 000000 00000000 00000000");
        let parsed = ElementaryStream::parse(Reader::new(&bytes)).unwrap();
        assert_eq!((parsed.object_type, parsed.specific.remaining()), (0x69, 0));
    }

    #[test]
    fn entries_of_each_version() {
        let version_0 = hex!(
            "000000000000 0001 0000 0000 00000000 0002 0010 0000 0000 ac440000 00000008 66726565"
        );
        let entry = AudioEntry::parse(Reader::new(&version_0), 0).unwrap();
        assert_eq!(
            (entry.channels, entry.bits_per_sample, entry.sample_rate),
            (2, 16, 44100)
        );
        assert!(entry.find(FourCc::FREE).is_some());
        assert!(entry.require(FourCc::ESDS).is_err());
        let version_1 = hex!(
            "000000000000 0001 0001 0000 00000000 0001 0010 fffe 0000 1f400000"
            "00000001 00000002 00000002 00000002"
            "00000010 77617665 00000008 65736473"
        );
        let entry = AudioEntry::parse(Reader::new(&version_1), 0).unwrap();
        assert_eq!((entry.channels, entry.sample_rate), (1, 8000));
        assert!(entry.find(FourCc::ESDS).is_some(), "inside wave");
        let version_2 = hex!(
            "000000000000 0001 0002 0000 00000000 0003 0010 fffe 0000 00010000"
            "00000048 40e7700000000000 00000002 7f000000 00000010 0000000c 00000004 00000001"
        );
        let entry = AudioEntry::parse(Reader::new(&version_2), 0).unwrap();
        assert_eq!(
            (entry.channels, entry.sample_rate, entry.lpcm_flags),
            (2, 48000, Some(12))
        );
    }
}
