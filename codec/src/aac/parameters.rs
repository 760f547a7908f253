use alloc::{format, string::String};

use bytes::Bytes;

use super::{AdtsHeader, AudioObjectType, AudioSpecificConfig};
use crate::ParseError;

/// A configuration larger than this is refused: real ones have 2 to some tens of bytes, the largest
/// program configuration element with its comment about 330.
const MAX_CONFIG_BYTES: usize = 1024;

/// What an AAC decoder must know before the first frame. The bytes are a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AacParameters {
    /// What the configuration says.
    pub config: AudioSpecificConfig,
    /// The configuration as it came.
    raw: Bytes,
}

impl AacParameters {
    /// From an `AudioSpecificConfig`: the decoder specific info of `esds`, or SDP's `config`.
    ///
    /// # Errors
    /// As [`AudioSpecificConfig::parse`], and [`ParseError::LimitExceeded`] above 1024 bytes.
    pub fn from_asc(config: &[u8]) -> Result<Self, ParseError> {
        if config.len() > MAX_CONFIG_BYTES {
            return Err(ParseError::LimitExceeded {
                offset: 0,
                what: "bytes of AudioSpecificConfig",
                limit: MAX_CONFIG_BYTES,
            });
        }
        Ok(Self {
            config: AudioSpecificConfig::parse(config)?,
            raw: Bytes::copy_from_slice(config),
        })
    }

    /// From facts; `None` where [`AudioSpecificConfig::to_bytes`] is.
    #[must_use]
    pub fn from_config(config: AudioSpecificConfig) -> Option<Self> {
        let raw = config.to_bytes()?;
        Some(Self { config, raw })
    }

    /// From the first frame of an ADTS stream, header included. A channel configuration of 0 is
    /// resolved by the program configuration element at the front of the frame.
    ///
    /// # Errors
    /// [`ParseError`] when the frame is cut short or is not ADTS.
    pub fn from_adts(frame: &[u8]) -> Result<Self, ParseError> {
        let Some(header) = AdtsHeader::parse(frame)? else {
            return Err(ParseError::Truncated {
                offset: 0,
                needed: AdtsHeader::LEN,
            });
        };
        let payload = frame.get(header.header_len()..).unwrap_or_default();
        let config = header.config(payload)?;
        Self::from_config(config).ok_or(ParseError::unexpected(2, "an object type of ADTS"))
    }

    /// The `AudioSpecificConfig`, as it came.
    #[must_use]
    pub fn asc(&self) -> Bytes {
        self.raw.clone()
    }

    /// RFC 6381: `mp4a.40.2`; `.5` and `.29` where HE-AAC is signalled.
    #[must_use]
    pub fn codec_string(&self) -> String {
        let kind = match self.config.sbr {
            Some(sbr) if sbr.parametric_stereo => AudioObjectType::PS,
            Some(_) => AudioObjectType::SBR,
            None => self.config.object_type,
        };
        format!("mp4a.40.{}", kind.0)
    }
}
