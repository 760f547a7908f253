use bytes::Bytes;
use castline_core::Reader;

use super::{BIT_RATES_KBIT, SyncFrame, channels, sample_rate};
use crate::{
    ParseError,
    bits::{BitReader, BitWriter},
};

/// What is known of an AC-3 track: the content of `dac3` (TS 102 366 Annex F.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ac3Parameters {
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels with the one for low frequencies: 6 for 5.1.
    pub channels: u8,
    /// Bits per second.
    pub bit_rate: u32,
    /// `bsid`: 8 in AC-3, 6 with alternate syntax.
    pub bsid: u8,
    /// `bsmod`: the kind of service, 0 complete main.
    pub bsmod: u8,
    /// `acmod`: the channel arrangement, 2 stereo, 7 five channels.
    pub acmod: u8,
    /// `lfeon`: a channel for low frequencies.
    pub lfe: bool,
}

impl Ac3Parameters {
    /// From the content of a `dac3` box.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short or has a reserved rate.
    pub fn from_dac3(content: &[u8]) -> Result<Self, ParseError> {
        let bytes: [u8; 3] = Reader::new(content).array()?;
        let mut bits = BitReader::new(&bytes);
        let Some(sample_rate) = sample_rate(bits.bits_u8(2)?) else {
            return Err(ParseError::unexpected(0, "fscod below 3"));
        };
        let (bsid, bsmod, acmod) = (bits.bits_u8(5)?, bits.bits_u8(3)?, bits.bits_u8(3)?);
        let lfe = bits.flag()?;
        let code = bits.bits(5)? as usize;
        let Some(&kilobits) = BIT_RATES_KBIT.get(code) else {
            return Err(ParseError::unexpected(1, "bit_rate_code below 19"));
        };
        Ok(Self {
            sample_rate,
            channels: channels(acmod, lfe),
            bit_rate: u32::from(kilobits) * 1000,
            bsid,
            bsmod,
            acmod,
            lfe,
        })
    }

    /// From the first sync frame.
    ///
    /// # Errors
    /// As [`SyncFrame::parse`], when the frame is cut short, and when it is Enhanced AC-3.
    pub fn from_sync_frame(frame: &[u8]) -> Result<Self, ParseError> {
        match SyncFrame::parse(frame)? {
            Some(header) if header.stream_type.is_none() => Ok(Self {
                sample_rate: header.sample_rate,
                channels: header.channels,
                bit_rate: header.bit_rate,
                bsid: header.bsid,
                bsmod: header.bsmod,
                acmod: header.acmod,
                lfe: header.lfe,
            }),
            Some(_) => Err(ParseError::unexpected(5, "bsid of AC-3")),
            None => Err(ParseError::Truncated {
                offset: 0,
                needed: SyncFrame::HEADER_LEN,
            }),
        }
    }

    /// The content of a `dac3` box. A rate that is none of the standard's counts as the first one.
    #[must_use]
    pub fn to_dac3(&self) -> Bytes {
        let fscod = match self.sample_rate {
            44_100 => 1,
            32_000 => 2,
            _ => 0,
        };
        let kilobits = self.bit_rate / 1000;
        let code = BIT_RATES_KBIT
            .iter()
            .position(|&rate| u32::from(rate) == kilobits);
        let mut bits = BitWriter::default();
        bits.put(fscod, 2);
        bits.put(u32::from(self.bsid), 5);
        bits.put(u32::from(self.bsmod), 3);
        bits.put(u32::from(self.acmod), 3);
        bits.put(u32::from(self.lfe), 1);
        bits.put(
            u32::try_from(code.unwrap_or_default()).unwrap_or_default(),
            5,
        );
        bits.put(0, 5);
        bits.into_bytes().into()
    }
}
