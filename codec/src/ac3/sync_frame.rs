use super::{BIT_RATES_KBIT, channels, sample_rate};
use crate::{BitReader, ParseError};

const SYNC_WORD: u32 = 0x0b77;
/// `bsid` from which on the syntax is that of Enhanced AC-3 (Annex E.1.3.1.6).
const FIRST_ENHANCED_BSID: u8 = 11;
const LAST_ENHANCED_BSID: u8 = 16;

/// `strmtyp` of Enhanced AC-3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a two-bit field")]
pub enum StreamType {
    /// Decodable on its own.
    Independent,
    /// Adds channels to the independent substream before it.
    Dependent,
    /// Converted from AC-3, decodable on its own.
    Converted,
    /// Reserved.
    Reserved,
}

/// The head of a sync frame of AC-3 or Enhanced AC-3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncFrame {
    /// Bytes of the whole frame.
    pub len: usize,
    /// Samples per second.
    pub sample_rate: u32,
    /// Channels with the one for low frequencies.
    pub channels: u8,
    /// Bits per second; of Enhanced AC-3 computed from the frame.
    pub bit_rate: u32,
    /// Samples per channel: 1536, or 256 to 1536 in Enhanced AC-3.
    pub samples: u32,
    /// `bsid`: up to 10 AC-3, 11 to 16 Enhanced AC-3.
    pub bsid: u8,
    /// `bsmod`: the kind of service; 0 in Enhanced AC-3, which has it further inside.
    pub bsmod: u8,
    /// `acmod`: the channel arrangement.
    pub acmod: u8,
    /// `lfeon`: a channel for low frequencies.
    pub lfe: bool,
    /// Only in Enhanced AC-3.
    pub stream_type: Option<StreamType>,
    /// `substreamid`, 0 to 7; 0 in AC-3.
    pub substream_id: u8,
}

impl SyncFrame {
    /// Bytes that [`parse`](Self::parse) wants to see.
    pub const HEADER_LEN: usize = 8;

    /// Reads the head of the frame at the front of `data`; `None` when fewer than 8 bytes are there.
    ///
    /// # Errors
    /// [`ParseError::Unexpected`] when the sync word is not there or a field has a reserved value.
    pub fn parse(data: &[u8]) -> Result<Option<Self>, ParseError> {
        let Some(head) = data.first_chunk::<{ Self::HEADER_LEN }>() else {
            return Ok(None);
        };
        let mut bits = BitReader::new(head);
        if bits.bits(16)? != SYNC_WORD {
            return Err(ParseError::unexpected(0, "the sync word 0b77"));
        }
        // Both syntaxes have bsid at the same place.
        let bsid = head[5] >> 3;
        match bsid {
            0..=10 => Self::read_plain(&mut bits, bsid).map(Some),
            FIRST_ENHANCED_BSID..=LAST_ENHANCED_BSID => Self::read_enhanced(&mut bits).map(Some),
            _ => Err(ParseError::unexpected(5, "bsid of at most 16")),
        }
    }

    fn read_plain(bits: &mut BitReader<'_>, bsid: u8) -> Result<Self, ParseError> {
        // crc1
        bits.skip(16)?;
        let fscod = bits.bits_u8(2)?;
        let size_code = bits.bits(6)?;
        let kilobits = BIT_RATES_KBIT
            .get(size_code as usize / 2)
            .copied()
            .map(u32::from);
        let (Some(full_rate), Some(kilobits)) = (sample_rate(fscod), kilobits) else {
            return Err(ParseError::unexpected(
                4,
                "fscod below 3 and frmsizecod below 38",
            ));
        };
        // bsid, read above
        bits.skip(5)?;
        let (bsmod, acmod) = (bits.bits_u8(3)?, bits.bits_u8(3)?);
        let lfe = read_lfe(bits, acmod)?;
        // 1536 samples last kilobits * 1536 / full_rate bits in words of 16; at 44.1 kHz the odd codes
        // have one word more (Table 4.13).
        let words = kilobits * 96_000 / full_rate + u32::from(fscod == 1) * (size_code & 1);
        // bsid 9 and 10 halve and quarter the rates.
        let halvings = u32::from(bsid.saturating_sub(8));
        Ok(Self {
            len: words as usize * 2,
            sample_rate: full_rate >> halvings,
            channels: channels(acmod, lfe),
            bit_rate: (kilobits * 1000) >> halvings,
            samples: 1536,
            bsid,
            bsmod,
            acmod,
            lfe,
            stream_type: None,
            substream_id: 0,
        })
    }

    fn read_enhanced(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let stream_type = match bits.bits(2)? {
            0 => StreamType::Independent,
            1 => StreamType::Dependent,
            2 => StreamType::Converted,
            _ => StreamType::Reserved,
        };
        let substream_id = bits.bits_u8(3)?;
        let words = bits.bits(11)? + 1;
        let fscod = bits.bits_u8(2)?;
        let second = bits.bits_u8(2)?;
        let (rate, blocks) = match (sample_rate(fscod), sample_rate(second)) {
            (Some(rate), _) => (
                rate,
                [1, 2, 3, 6].get(usize::from(second)).copied().unwrap_or(6),
            ),
            // fscod 3: a halved rate by fscod2, and always six blocks.
            (None, Some(rate)) => (rate / 2, 6),
            (None, None) => return Err(ParseError::unexpected(4, "fscod2 below 3")),
        };
        let acmod = bits.bits_u8(3)?;
        let lfe = bits.flag()?;
        let bsid = bits.bits_u8(5)?;
        let samples = blocks * 256;
        Ok(Self {
            len: words as usize * 2,
            sample_rate: rate,
            channels: channels(acmod, lfe),
            // At most 2048 words of 16 bits at 48 kHz: fits.
            bit_rate: words * 16 * rate / samples,
            samples,
            bsid,
            bsmod: 0,
            acmod,
            lfe,
            stream_type: Some(stream_type),
            substream_id,
        })
    }
}

/// `lfeon`, past the mix levels that depend on `acmod` (clause 4.3.2).
fn read_lfe(bits: &mut BitReader<'_>, acmod: u8) -> Result<bool, ParseError> {
    if acmod & 1 == 1 && acmod != 1 {
        // cmixlev
        bits.skip(2)?;
    }
    if acmod & 4 != 0 {
        // surmixlev
        bits.skip(2)?;
    }
    if acmod == 2 {
        // dsurmod
        bits.skip(2)?;
    }
    bits.flag()
}
