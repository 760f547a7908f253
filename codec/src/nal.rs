use core::iter::FusedIterator;

use bytes::{BufMut, Bytes, BytesMut};
use castline_core::Reader;

use crate::ParseError;

/// How many bytes give the length of each NAL unit in an MP4 sample
/// (`lengthSizeMinusOne` + 1, ISO/IEC 14496-15 clause 5.3.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a two-bit field")]
pub enum LengthSize {
    /// One byte.
    One,
    /// Two bytes.
    Two,
    /// Three bytes: not allowed by the standard, but a file that says so can be read.
    Three,
    /// Four bytes: the canonical form.
    Four,
}

impl LengthSize {
    /// From the low two bits of the configuration record's byte.
    pub(crate) const fn from_minus_one(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::One,
            1 => Self::Two,
            2 => Self::Three,
            _ => Self::Four,
        }
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Three => 3,
            Self::Four => 4,
        }
    }

    /// The length size of an H.264 sample entry, from its `avcC` record, even when the record holds no
    /// parameter sets (`avc3`).
    ///
    /// # Errors
    /// [`ParseError::Truncated`] when the record has fewer than 5 bytes.
    pub fn from_avcc(record: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(record);
        reader.skip(4)?;
        Ok(Self::from_minus_one(reader.u8()?))
    }

    /// The length size of an H.265 sample entry, from its `hvcC` record, even when the record holds no
    /// parameter sets (`hev1`).
    ///
    /// # Errors
    /// [`ParseError::Truncated`] when the record has fewer than 22 bytes.
    pub fn from_hvcc(record: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(record);
        reader.skip(21)?;
        Ok(Self::from_minus_one(reader.u8()?))
    }

    fn read(self, reader: &mut Reader<'_>) -> Result<usize, ParseError> {
        let length = match self {
            Self::One => u32::from(reader.u8()?),
            Self::Two => u32::from(reader.u16()?),
            Self::Three => reader.u24()?,
            Self::Four => reader.u32()?,
        };
        Ok(length as usize)
    }

    /// A sample in the canonical form, with 4-byte lengths. Without a copy when it has them already;
    /// its lengths are then not looked at, [`nal_units`] checks them.
    ///
    /// # Errors
    /// [`ParseError::Truncated`] when a length of another size reaches past the end.
    pub fn canonical(self, data: Bytes) -> Result<Bytes, ParseError> {
        if self == Self::Four {
            return Ok(data);
        }
        // Units of one byte and one length byte grow most: 2 to 5.
        let mut out = BytesMut::with_capacity(data.len().saturating_add(data.len() / 8 + 16));
        let mut reader = Reader::new(&data);
        while !reader.is_empty() {
            let length = self.read(&mut reader)?;
            put_unit(&mut out, reader.take(length)?);
        }
        Ok(out.freeze())
    }
}

/// Appends one NAL unit with its 4-byte length. A unit of 4 GiB or more cannot be written and cannot
/// occur: it is left out.
pub(crate) fn put_unit(out: &mut BytesMut, unit: &[u8]) {
    if let Ok(length) = u32::try_from(unit.len()) {
        out.reserve(unit.len().saturating_add(4));
        out.put_u32(length);
        out.put_slice(unit);
    }
}

/// The NAL units of a frame in canonical form (4-byte lengths), borrowed. Units of length 0, which
/// some writers leave as padding, are passed over. An error ends the iteration.
#[must_use]
pub fn nal_units(data: &[u8]) -> NalUnits<'_> {
    NalUnits {
        reader: Reader::new(data),
    }
}

/// See [`nal_units`].
#[derive(Debug, Clone)]
pub struct NalUnits<'a> {
    reader: Reader<'a>,
}

impl<'a> NalUnits<'a> {
    fn read(&mut self) -> Result<Option<&'a [u8]>, ParseError> {
        while !self.reader.is_empty() {
            let length = self.reader.u32()? as usize;
            let unit = self.reader.take(length)?;
            if !unit.is_empty() {
                return Ok(Some(unit));
            }
        }
        Ok(None)
    }

    /// Where the next unit's length field lies.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.reader.offset()
    }
}

impl<'a> Iterator for NalUnits<'a> {
    type Item = Result<&'a [u8], ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let item = self.read().transpose();
        if matches!(item, Some(Err(_))) {
            self.reader = Reader::at(&[], self.reader.offset());
        }
        item
    }
}

impl FusedIterator for NalUnits<'_> {}

/// The NAL units of a frame in canonical form, as slices that share the frame's buffer: no copy.
/// Otherwise like [`nal_units`].
#[must_use]
pub fn nal_slices(data: &Bytes) -> NalSlices<'_> {
    NalSlices {
        data,
        units: nal_units(data),
    }
}

/// See [`nal_slices`].
#[derive(Debug, Clone)]
pub struct NalSlices<'a> {
    data: &'a Bytes,
    units: NalUnits<'a>,
}

impl Iterator for NalSlices<'_> {
    type Item = Result<Bytes, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let unit = self.units.next()?;
        Some(unit.map(|unit| self.data.slice_ref(unit)))
    }
}

impl FusedIterator for NalSlices<'_> {}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn canonical_form_from_every_length_size() {
        let expected = Bytes::from_static(&hex!("00000002 6742 00000001 68"));
        for (size, sample) in [
            (LengthSize::One, &hex!("02 6742 01 68")[..]),
            (LengthSize::Two, &hex!("0002 6742 0001 68")),
            (LengthSize::Three, &hex!("000002 6742 000001 68")),
            (LengthSize::Four, &hex!("00000002 6742 00000001 68")),
        ] {
            let sample = Bytes::copy_from_slice(sample);
            assert_eq!(size.canonical(sample).unwrap(), expected, "{size:?}");
        }
    }

    #[test]
    fn canonical_data_is_not_copied() {
        let sample = Bytes::from_static(&hex!("00000001 65"));
        let same = LengthSize::Four.canonical(sample.clone()).unwrap();
        assert_eq!(same.as_ptr(), sample.as_ptr());
        let unit = nal_slices(&sample).next().unwrap().unwrap();
        assert_eq!(unit.as_ptr(), sample.slice(4..).as_ptr());
    }

    #[test]
    fn a_lying_length_is_one_error_and_the_end() {
        let mut units = nal_units(&hex!("00000001 65 000000ff 41"));
        assert_eq!(units.next(), Some(Ok(&[0x65][..])));
        assert_eq!(
            units.next(),
            Some(Err(ParseError::Truncated {
                offset: 9,
                needed: 255
            }))
        );
        assert_eq!(units.next(), None);
        let lying = Bytes::from_static(&hex!("0009 41"));
        assert!(LengthSize::Two.canonical(lying).is_err());
    }

    #[test]
    fn empty_units_are_passed_over() {
        let units: Vec<_> = nal_units(&hex!("00000000 00000001 65 00000000")).collect();
        assert_eq!(units, [Ok(&[0x65][..])]);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(data in proptest::collection::vec(any::<u8>(), 0..64)) {
            let data = Bytes::from(data);
            let _ = nal_slices(&data).count();
            for size in [LengthSize::One, LengthSize::Two, LengthSize::Three, LengthSize::Four] {
                let _ = size.canonical(data.clone());
            }
            let _ = LengthSize::from_avcc(&data);
            let _ = LengthSize::from_hvcc(&data);
        }

        #[test]
        fn any_length_size_holds_the_same_units(units in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..200), 0..8)) {
            let mut short = Vec::new();
            for unit in &units {
                short.push(u8::try_from(unit.len()).unwrap());
                short.extend_from_slice(unit);
            }
            let canonical = LengthSize::One.canonical(short.into()).unwrap();
            let read: Vec<_> = nal_units(&canonical).map(|unit| unit.unwrap().to_vec()).collect();
            prop_assert_eq!(read, units);
        }
    }
}
