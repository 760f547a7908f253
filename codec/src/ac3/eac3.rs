use bytes::Bytes;
use smallvec::SmallVec;

use super::{SyncFrame, channels, sample_rate};
use crate::{
    ParseError,
    bits::{BitReader, BitWriter},
};

/// Channels by bit of `chan_loc`, from the lowest: Lc/Rc, Lrs/Rrs, Cs, Ts, Lsd/Rsd, Lw/Rw, Lvh/Rvh,
/// Cvh, LFE2 (TS 102 366 Table F.6.1).
const LOCATION_CHANNELS: [u8; 9] = [2, 2, 1, 1, 2, 2, 2, 1, 1];

/// Dependent substreams of an independent one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DependentSubstreams {
    /// How many, 1 to 15.
    pub count: u8,
    /// `chan_loc`: nine bits for the speakers they add.
    pub locations: u16,
}

/// One independent substream of `dec3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eac3Substream {
    /// `fscod`: 0 48 kHz, 1 44.1 kHz, 2 32 kHz, 3 a halved rate that only the frames tell.
    pub fscod: u8,
    /// `bsid`: 16.
    pub bsid: u8,
    /// `asvc`: an associated service.
    pub associated_service: bool,
    /// `bsmod`: the kind of service.
    pub bsmod: u8,
    /// `acmod`: the channel arrangement.
    pub acmod: u8,
    /// `lfeon`: a channel for low frequencies.
    pub lfe: bool,
    /// Substreams that add channels to this one.
    pub dependent: Option<DependentSubstreams>,
}

impl Eac3Substream {
    fn channels(&self) -> u8 {
        let added: u8 = self.dependent.map_or(0, |dependent| {
            let bits = LOCATION_CHANNELS.iter().enumerate();
            bits.filter(|(bit, _)| dependent.locations >> bit & 1 == 1)
                .map(|(_, &channels)| channels)
                .sum()
        });
        channels(self.acmod, self.lfe).saturating_add(added)
    }

    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let (fscod, bsid) = (bits.bits_u8(2)?, bits.bits_u8(5)?);
        // reserved
        bits.skip(1)?;
        let associated_service = bits.flag()?;
        let (bsmod, acmod, lfe) = (bits.bits_u8(3)?, bits.bits_u8(3)?, bits.flag()?);
        // reserved
        bits.skip(3)?;
        let count = bits.bits_u8(4)?;
        let dependent = if count == 0 {
            // reserved
            bits.skip(1)?;
            None
        } else {
            let locations = bits.bits_u16(9)?;
            Some(DependentSubstreams { count, locations })
        };
        Ok(Self {
            fscod,
            bsid,
            associated_service,
            bsmod,
            acmod,
            lfe,
            dependent,
        })
    }

    fn write(&self, bits: &mut BitWriter) {
        bits.put(u32::from(self.fscod), 2);
        bits.put(u32::from(self.bsid), 5);
        bits.put(0, 1);
        bits.put(u32::from(self.associated_service), 1);
        bits.put(u32::from(self.bsmod), 3);
        bits.put(u32::from(self.acmod), 3);
        bits.put(u32::from(self.lfe), 1);
        bits.put(0, 3);
        match self.dependent {
            Some(dependent) => {
                bits.put(u32::from(dependent.count), 4);
                bits.put(u32::from(dependent.locations), 9);
            }
            None => bits.put(0, 5),
        }
    }
}

/// What is known of an Enhanced AC-3 track: the content of `dec3` (TS 102 366 Annex F.6).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Eac3Parameters {
    /// Samples per second, by the first substream; 48000 when that leaves it to the frames.
    pub sample_rate: u32,
    /// Channels of the first substream with its dependent ones.
    pub channels: u8,
    /// Bits per second.
    pub bit_rate: u32,
    /// The independent substreams, 1 to 8.
    pub substreams: SmallVec<[Eac3Substream; 1]>,
    /// `complexity_index_type_a`: the track carries audio objects (Dolby Atmos) of this complexity.
    pub object_complexity: Option<u8>,
}

impl Eac3Parameters {
    /// From the content of a `dec3` box.
    ///
    /// # Errors
    /// [`ParseError`] when it is cut short.
    pub fn from_dec3(content: &[u8]) -> Result<Self, ParseError> {
        let mut bits = BitReader::new(content);
        let kilobits = bits.bits(13)?;
        let count = bits.bits(3)? + 1;
        let mut substreams = SmallVec::<[Eac3Substream; 1]>::new();
        for _ in 0..count {
            substreams.push(Eac3Substream::read(&mut bits)?);
        }
        let mut object_complexity = None;
        if bits.remaining_bits() >= 16 {
            // reserved
            bits.skip(7)?;
            if bits.flag()? {
                object_complexity = Some(bits.bits_u8(8)?);
            }
        }
        let first = substreams.first();
        let rate = first.and_then(|substream| sample_rate(substream.fscod));
        Ok(Self {
            sample_rate: rate.unwrap_or(48_000),
            channels: first.map_or(2, Eac3Substream::channels),
            bit_rate: kilobits * 1000,
            substreams,
            object_complexity,
        })
    }

    /// From the first sync frame: one independent substream.
    ///
    /// # Errors
    /// As [`SyncFrame::parse`], when the frame is cut short, and when it is plain AC-3.
    pub fn from_sync_frame(frame: &[u8]) -> Result<Self, ParseError> {
        let header = match SyncFrame::parse(frame)? {
            Some(header) if header.stream_type.is_some() => header,
            Some(_) => return Err(ParseError::unexpected(5, "bsid of Enhanced AC-3")),
            None => {
                return Err(ParseError::Truncated {
                    offset: 0,
                    needed: SyncFrame::HEADER_LEN,
                });
            }
        };
        let substream = Eac3Substream {
            fscod: match header.sample_rate {
                48_000 => 0,
                44_100 => 1,
                32_000 => 2,
                _ => 3,
            },
            bsid: header.bsid,
            associated_service: false,
            bsmod: 0,
            acmod: header.acmod,
            lfe: header.lfe,
            dependent: None,
        };
        Ok(Self {
            sample_rate: header.sample_rate,
            channels: header.channels,
            bit_rate: header.bit_rate,
            substreams: SmallVec::from_buf([substream]),
            object_complexity: None,
        })
    }

    /// The content of a `dec3` box.
    #[must_use]
    pub fn to_dec3(&self) -> Bytes {
        let mut bits = BitWriter::default();
        bits.put((self.bit_rate / 1000).min(0x1fff), 13);
        let count = self.substreams.len().clamp(1, 8);
        bits.put(u32::try_from(count - 1).unwrap_or_default(), 3);
        for substream in self.substreams.iter().take(count) {
            substream.write(&mut bits);
        }
        bits.align();
        if let Some(complexity) = self.object_complexity {
            bits.put(1, 8);
            bits.put(u32::from(complexity), 8);
        }
        bits.into_bytes().into()
    }
}
