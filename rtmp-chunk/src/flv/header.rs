//! The file header (Annex E.2).

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use crate::ParseError;

/// What a file begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Header {
    /// Mostly 1.
    pub version: u8,
    /// There are audio tags. Many files say so wrongly.
    pub has_audio: bool,
    /// There are video tags. Many files say so wrongly.
    pub has_video: bool,
    /// Where the tags begin: 9, but for headers of times to come.
    pub data_offset: u32,
}

impl Header {
    /// How many bytes a header of version 1 has.
    pub const BYTES: usize = 9;
    pub(crate) const SIGNATURE: &'static [u8; 3] = b"FLV";
    const AUDIO: u8 = 4;
    const VIDEO: u8 = 1;

    /// A header of version 1.
    #[must_use]
    pub const fn new(has_audio: bool, has_video: bool) -> Self {
        Self {
            version: 1,
            has_audio,
            has_video,
            data_offset: Self::BYTES as u32,
        }
    }

    /// Reads the 9 bytes of version 1; what follows up to [`data_offset`](Self::data_offset) is to be skipped.
    /// `Ok(None)`: more bytes are needed.
    ///
    /// Reserved flags are ignored.
    ///
    /// # Errors
    /// [`ParseError`] at the first byte that is not of the signature.
    pub fn parse(input: &[u8]) -> Result<Option<Self>, ParseError> {
        let begun = input.iter().zip(Self::SIGNATURE);
        if let Some(offset) = { begun }.position(|(is, expected)| is != expected) {
            return Err(ParseError::expected(offset, "the signature \"FLV\""));
        }
        let mut reader = Reader::new(input);
        if reader.remaining() < Self::BYTES {
            return Ok(None);
        }
        reader.skip(Self::SIGNATURE.len())?;
        let version = reader.u8()?;
        let flags = reader.u8()?;
        Ok(Some(Self {
            version,
            has_audio: flags & Self::AUDIO != 0,
            has_video: flags & Self::VIDEO != 0,
            data_offset: reader.u32()?,
        }))
    }

    /// The type flags as they are in the file.
    #[must_use]
    pub const fn flags(self) -> u8 {
        let audio = if self.has_audio { Self::AUDIO } else { 0 };
        let video = if self.has_video { Self::VIDEO } else { 0 };
        audio | video
    }

    /// Writes 9 bytes, whatever [`data_offset`](Self::data_offset) says: no more is known of a longer header.
    pub fn encode(self, out: &mut impl BufMut) {
        out.put_slice(Self::SIGNATURE);
        out.put_u8(self.version);
        out.put_u8(self.flags());
        out.put_u32(Self::BYTES as u32);
    }

    /// The header and the first PreviousTagSize: all that stands before the first tag.
    #[must_use]
    pub fn to_bytes(self) -> Bytes {
        let mut out = BytesMut::with_capacity(Self::BYTES.saturating_add(4));
        self.encode(&mut out);
        out.put_u32(0);
        out.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_flags_both_ways() {
        for (audio, video, flags) in [
            (true, true, 5),
            (true, false, 4),
            (false, true, 1),
            (false, false, 0),
        ] {
            let header = Header::new(audio, video);
            let bytes = header.to_bytes();
            assert_eq!(
                bytes[..],
                [b'F', b'L', b'V', 1, flags, 0, 0, 0, 9, 0, 0, 0, 0]
            );
            assert_eq!(Header::parse(&bytes), Ok(Some(header)));
            for end in 0..Header::BYTES {
                assert_eq!(Header::parse(&bytes[..end]), Ok(None));
            }
        }
    }

    #[test]
    fn what_is_not_flv_is_seen_at_the_first_byte() {
        assert_eq!(Header::parse(b"FLX").unwrap_err().offset, 2);
        assert_eq!(Header::parse(b"<html").unwrap_err().offset, 0);
    }

    #[test]
    fn reserved_flags_and_later_versions_are_read() {
        let header = Header::parse(b"FLV\x02\xff\0\0\0\x10").unwrap().unwrap();
        assert_eq!((header.version, header.data_offset), (2, 16));
        assert!(header.has_audio && header.has_video);
    }
}
