use bytes::Bytes;

use super::{
    AudioObjectType, AudioSpecificConfig, ProgramConfig,
    config::{frequency_of, index_of},
};
use crate::{
    ParseError,
    bits::{BitReader, BitWriter},
};

/// `id_syn_ele` of a program configuration element (Table 4.71).
const ID_PCE: u32 = 5;
/// Thirteen bits give a frame's length.
const MAX_FRAME_BYTES: usize = 0x1fff;
/// `adts_buffer_fullness` of a variable rate.
const VARIABLE_RATE: u16 = 0x7ff;

/// The header in front of each frame of an ADTS stream (ISO/IEC 14496-3 clause 1.A.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdtsHeader {
    /// `ID`: MPEG-2 AAC, not MPEG-4.
    pub mpeg2: bool,
    /// Main, LC, SSR or LTP.
    pub object_type: AudioObjectType,
    /// Samples per second.
    pub sampling_frequency: u32,
    /// 1 to 7, or 0: a program configuration element in the frame tells.
    pub channel_configuration: u8,
    /// Bytes of the frame with its header.
    pub frame_len: u16,
    /// `adts_buffer_fullness`; 0x7ff for a variable rate.
    pub buffer_fullness: u16,
    /// Raw data blocks in the frame, 1 to 4.
    pub blocks: u8,
    /// A CRC of 16 bits follows the first 7 bytes.
    pub crc_follows: bool,
}

impl AdtsHeader {
    /// The header's size without a CRC.
    pub const LEN: usize = 7;

    /// The header for a raw frame of `payload_len` bytes. `None` when ADTS cannot say it: another object
    /// type than Main, LC, SSR or LTP, a sampling frequency or channel configuration without a code, or a
    /// frame over 8184 bytes. SBR is left to implicit signalling.
    #[must_use]
    pub fn of(config: &AudioSpecificConfig, payload_len: usize) -> Option<Self> {
        let frame_len = payload_len.checked_add(Self::LEN)?;
        let expressible = matches!(config.object_type.0, 1..=4)
            && config.channel_configuration <= 7
            && index_of(config.sampling_frequency).is_some()
            && frame_len <= MAX_FRAME_BYTES;
        expressible.then_some(Self {
            mpeg2: false,
            object_type: config.object_type,
            sampling_frequency: config.sampling_frequency,
            channel_configuration: config.channel_configuration,
            frame_len: u16::try_from(frame_len).ok()?,
            buffer_fullness: VARIABLE_RATE,
            blocks: 1,
            crc_follows: false,
        })
    }

    /// Reads the header at the front of `data`; `None` when fewer than 7 bytes are there.
    ///
    /// # Errors
    /// [`ParseError::Unexpected`] when it is not an ADTS header or contradicts itself.
    pub fn parse(data: &[u8]) -> Result<Option<Self>, ParseError> {
        let Some(head) = data.first_chunk::<{ Self::LEN }>() else {
            return Ok(None);
        };
        let mut bits = BitReader::new(head);
        let sync = bits.bits(12)?;
        let mpeg2 = bits.flag()?;
        let layer = bits.bits(2)?;
        if sync != 0xfff || layer != 0 {
            return Err(ParseError::unexpected(0, "the sync word of ADTS"));
        }
        let crc_follows = !bits.flag()?;
        let object_type = AudioObjectType(bits.bits_u8(2)? + 1);
        let Some(sampling_frequency) = frequency_of(bits.bits_u8(4)?) else {
            return Err(ParseError::unexpected(
                2,
                "a sampling frequency index below 13",
            ));
        };
        // private_bit
        bits.skip(1)?;
        let channel_configuration = bits.bits_u8(3)?;
        // original_copy, home, copyright_identification_bit, _start
        bits.skip(4)?;
        let header = Self {
            mpeg2,
            object_type,
            sampling_frequency,
            channel_configuration,
            frame_len: bits.bits_u16(13)?,
            buffer_fullness: bits.bits_u16(11)?,
            blocks: bits.bits_u8(2)? + 1,
            crc_follows,
        };
        if usize::from(header.frame_len) < header.header_len() {
            return Err(ParseError::unexpected(3, "a frame longer than its header"));
        }
        Ok(Some(header))
    }

    /// The seven bytes of the header, without the CRC that may follow.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut bits = BitWriter::default();
        bits.put(0xfff, 12);
        bits.put(u32::from(self.mpeg2), 1);
        bits.put(0, 2);
        bits.put(u32::from(!self.crc_follows), 1);
        bits.put(u32::from(self.object_type.0.wrapping_sub(1)), 2);
        bits.put(
            u32::from(index_of(self.sampling_frequency).unwrap_or(15)),
            4,
        );
        bits.put(0, 1);
        bits.put(u32::from(self.channel_configuration), 3);
        bits.put(0, 4);
        bits.put(u32::from(self.frame_len), 13);
        bits.put(u32::from(self.buffer_fullness), 11);
        bits.put(u32::from(self.blocks.wrapping_sub(1)), 2);
        bits.into_bytes().try_into().unwrap_or_default()
    }

    /// Bytes in front of the first raw data block: 7, or with the CRC 9, and with several blocks their
    /// positions (clause 1.A.2.2.2).
    #[must_use]
    pub fn header_len(&self) -> usize {
        let positions = usize::from(self.blocks.saturating_sub(1)) * 2;
        Self::LEN + if self.crc_follows { 2 + positions } else { 0 }
    }

    /// What the header says as a configuration. A channel configuration of 0 is resolved by the program
    /// configuration element at the front of `payload`.
    ///
    /// # Errors
    /// [`ParseError`] when that element is wanted and not there.
    pub fn config(&self, payload: &[u8]) -> Result<AudioSpecificConfig, ParseError> {
        let mut config =
            AudioSpecificConfig::aac_lc(self.sampling_frequency, self.channel_configuration);
        config.object_type = self.object_type;
        if self.channel_configuration == 0 {
            let mut bits = BitReader::new(payload);
            if bits.bits(3)? != ID_PCE {
                return Err(ParseError::unexpected(0, "a program configuration element"));
            }
            config.program = Some(ProgramConfig::read(&mut bits)?);
        }
        Ok(config)
    }

    /// Samples per channel of the core in the frame.
    #[must_use]
    pub fn samples(&self) -> u32 {
        u32::from(self.blocks) * 1024
    }
}

/// A frame of an ADTS stream.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdtsFrame {
    /// Its header.
    pub header: AdtsHeader,
    /// The raw data blocks: a slice of the input, no copy.
    pub payload: Bytes,
}

/// The frames of an ADTS stream, each payload a slice that shares the buffer. A cut frame at the end is
/// left: [`AdtsFrames::consumed`] tells where it begins. Bytes that are not ADTS give one error, and the
/// iteration goes on at the next place that reads as a header and has another one behind its frame (as
/// far as the data goes). Linear.
#[must_use]
pub const fn adts_frames(data: &Bytes) -> AdtsFrames<'_> {
    AdtsFrames { data, position: 0 }
}

/// See [`adts_frames`].
#[derive(Debug, Clone)]
pub struct AdtsFrames<'a> {
    data: &'a Bytes,
    position: usize,
}

impl AdtsFrames<'_> {
    /// Bytes in front of what has not been handed out: keep the rest, and add what comes next.
    #[must_use]
    pub const fn consumed(&self) -> usize {
        self.position
    }

    /// Moves to the next place that is a header, or may be the beginning of one at the end.
    fn resynchronize(&mut self) {
        self.position = self.position.saturating_add(1);
        while let Some(rest) = self
            .data
            .get(self.position..)
            .filter(|rest| !rest.is_empty())
        {
            match memchr::memchr(0xff, rest) {
                Some(skip) => self.position = self.position.saturating_add(skip),
                None => {
                    self.position = self.data.len();
                    return;
                }
            }
            let candidate = self.data.get(self.position..).unwrap_or_default();
            if is_plausible(candidate) {
                return;
            }
            self.position = self.position.saturating_add(1);
        }
    }
}

/// A header may begin here, and another one follows its frame as far as the data goes.
fn is_plausible(candidate: &[u8]) -> bool {
    match AdtsHeader::parse(candidate) {
        Ok(Some(header)) => candidate
            .get(usize::from(header.frame_len)..)
            .is_none_or(|next| AdtsHeader::parse(next).is_ok()),
        Ok(None) => true,
        Err(_) => false,
    }
}

impl Iterator for AdtsFrames<'_> {
    type Item = Result<AdtsFrame, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.data.get(self.position..)?;
        match AdtsHeader::parse(rest) {
            Ok(None) => None,
            Ok(Some(header)) => {
                let end = self.position.checked_add(usize::from(header.frame_len))?;
                if end > self.data.len() {
                    return None;
                }
                let start = self.position.saturating_add(header.header_len());
                self.position = end;
                let payload = self.data.slice(start..end);
                Some(Ok(AdtsFrame { header, payload }))
            }
            Err(_) => {
                let offset = self.position;
                self.resynchronize();
                Some(Err(ParseError::unexpected(offset, "an ADTS header")))
            }
        }
    }
}
