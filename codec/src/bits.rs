use alloc::vec::Vec;

use crate::ParseError;

/// Reads bits, most significant first, from untrusted bytes; each read is checked, none panics.
///
/// Over a NAL unit ([`BitReader::nal`]) it passes over emulation-prevention bytes (the 03 of
/// 00 00 03, ITU-T H.264 7.4.1 and H.265 7.4.2) as it goes: no copy of the unit is made, and a read
/// costs what it consumes.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    data: &'a [u8],
    /// The next byte to load.
    position: usize,
    /// Loaded bits, aligned to the top.
    cache: u64,
    cached_bits: u32,
    escaped: bool,
    /// Zero bytes in a row just loaded (at most 2 are counted).
    zeros: u8,
}

impl<'a> BitReader<'a> {
    /// Reads plain bytes.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            position: 0,
            cache: 0,
            cached_bits: 0,
            escaped: false,
            zeros: 0,
        }
    }

    /// Reads the content of a NAL unit, without its emulation-prevention bytes.
    #[must_use]
    pub const fn nal(data: &'a [u8]) -> Self {
        Self {
            escaped: true,
            ..Self::new(data)
        }
    }

    /// The byte that holds the next bit (over a NAL unit: or one shortly before it).
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.position.saturating_sub(self.cached_bits as usize / 8)
    }

    /// Bits left, counting emulation-prevention bytes that have not been met yet.
    #[must_use]
    pub const fn remaining_bits(&self) -> usize {
        self.data
            .len()
            .saturating_sub(self.position)
            .saturating_mul(8)
            .saturating_add(self.cached_bits as usize)
    }

    fn refill(&mut self) {
        while self.cached_bits <= 56 {
            let Some(&byte) = self.data.get(self.position) else {
                return;
            };
            self.position += 1;
            if self.escaped && self.zeros == 2 && byte == 3 {
                self.zeros = 0;
                continue;
            }
            self.zeros = if byte == 0 {
                (self.zeros + 1).min(2)
            } else {
                0
            };
            self.cache |= u64::from(byte) << (56 - self.cached_bits);
            self.cached_bits += 8;
        }
    }

    fn consume(&mut self, count: u32) {
        self.cache = self.cache.checked_shl(count).unwrap_or(0);
        self.cached_bits -= count;
    }

    fn truncated(&self, bits: u32) -> ParseError {
        ParseError::Truncated {
            offset: self.offset(),
            needed: (bits as usize).div_ceil(8).max(1),
        }
    }

    /// The next `count` bits as a number; `count` over 32 counts as 32.
    ///
    /// # Errors
    /// [`ParseError::Truncated`] when fewer are left; nothing is consumed then.
    pub fn bits(&mut self, count: u32) -> Result<u32, ParseError> {
        let count = count.min(32);
        if self.cached_bits < count {
            self.refill();
            if self.cached_bits < count {
                return Err(self.truncated(count));
            }
        }
        #[allow(clippy::cast_possible_truncation, reason = "at most 32 bits are left")]
        let value = self.cache.checked_shr(64 - count).unwrap_or(0) as u32;
        self.consume(count);
        Ok(value)
    }

    /// At most 8 bits.
    ///
    /// # Errors
    /// As [`bits`](Self::bits).
    pub fn bits_u8(&mut self, count: u32) -> Result<u8, ParseError> {
        let value = self.bits(count.min(8))?;
        Ok(value.to_be_bytes()[3])
    }

    /// At most 16 bits.
    ///
    /// # Errors
    /// As [`bits`](Self::bits).
    pub fn bits_u16(&mut self, count: u32) -> Result<u16, ParseError> {
        let [_, _, high, low] = self.bits(count.min(16))?.to_be_bytes();
        Ok(u16::from_be_bytes([high, low]))
    }

    /// One bit.
    ///
    /// # Errors
    /// As [`bits`](Self::bits).
    pub fn flag(&mut self) -> Result<bool, ParseError> {
        Ok(self.bits(1)? == 1)
    }

    /// Passes over `count` bits.
    ///
    /// # Errors
    /// As [`bits`](Self::bits), with what was there consumed.
    pub fn skip(&mut self, count: u32) -> Result<(), ParseError> {
        let mut left = count;
        while left > 0 {
            let step = left.min(32);
            self.bits(step)?;
            left -= step;
        }
        Ok(())
    }

    /// Passes over the bits up to the next byte boundary of plain bytes.
    pub fn align(&mut self) {
        self.consume(self.cached_bits % 8);
    }

    /// An unsigned Exp-Golomb code, ue(v) of H.264 clause 9.1: at most 2^32 - 2.
    ///
    /// # Errors
    /// [`ParseError::Truncated`], or [`ParseError::Unexpected`] at a code of more than 63 bits.
    pub fn unsigned_golomb(&mut self) -> Result<u32, ParseError> {
        self.refill();
        let zeros = self.cache.leading_zeros();
        if zeros >= self.cached_bits && self.cached_bits < 32 {
            return Err(self.truncated(self.cached_bits + 1));
        }
        if zeros > 31 {
            return Err(ParseError::unexpected(
                self.offset(),
                "an Exp-Golomb code of at most 63 bits",
            ));
        }
        self.consume(zeros);
        // The leading one bit makes the number at least 1.
        Ok(self.bits(zeros + 1)?.saturating_sub(1))
    }

    /// An unsigned Exp-Golomb code of at most `max`.
    ///
    /// # Errors
    /// As [`unsigned_golomb`](Self::unsigned_golomb), and [`ParseError::Unexpected`] with `expected`
    /// when the number is larger.
    pub fn golomb_up_to(&mut self, max: u32, expected: &'static str) -> Result<u32, ParseError> {
        let offset = self.offset();
        let value = self.unsigned_golomb()?;
        if value > max {
            return Err(ParseError::unexpected(offset, expected));
        }
        Ok(value)
    }

    /// [`golomb_up_to`](Self::golomb_up_to) for small numbers.
    pub(crate) fn golomb_u8(&mut self, max: u8, expected: &'static str) -> Result<u8, ParseError> {
        let value = self.golomb_up_to(u32::from(max), expected)?;
        Ok(value.to_be_bytes()[3])
    }

    /// A signed Exp-Golomb code, se(v) of H.264 clause 9.1.1.
    ///
    /// # Errors
    /// As [`unsigned_golomb`](Self::unsigned_golomb).
    pub fn signed_golomb(&mut self) -> Result<i32, ParseError> {
        let code = self.unsigned_golomb()?;
        let magnitude = i32::try_from(code.div_ceil(2)).unwrap_or(i32::MAX);
        Ok(if code % 2 == 0 { -magnitude } else { magnitude })
    }
}

/// Writes bits, most significant first.
#[derive(Debug, Default)]
pub(crate) struct BitWriter {
    bytes: Vec<u8>,
    free_bits: u32,
}

impl BitWriter {
    /// Appends the low `count` bits of `value`, at most 32.
    pub(crate) fn put(&mut self, value: u32, count: u32) {
        for bit in (0..count.min(32)).rev() {
            if self.free_bits == 0 {
                self.bytes.push(0);
                self.free_bits = 8;
            }
            self.free_bits -= 1;
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::from(value >> bit & 1 == 1) << self.free_bits;
            }
        }
    }

    pub(crate) fn align(&mut self) {
        self.free_bits = 0;
    }

    /// The bytes; the last one is filled with zero bits.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn emulation_prevention_is_passed_over() {
        let mut bits = BitReader::nal(&[0, 0, 3, 1, 0, 0, 3, 0, 0, 3, 3]);
        let read: Vec<u32> = core::iter::from_fn(|| bits.bits(8).ok()).collect();
        assert_eq!(read, [0, 0, 1, 0, 0, 0, 0, 3]);
        let mut plain = BitReader::new(&[0, 0, 3]);
        assert_eq!(plain.bits(24), Ok(3));
    }

    #[test]
    fn exp_golomb_codes() {
        // 1, 010, 011, 00100, 00101
        let mut bits = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        let read: Vec<u32> = (0..5).map(|_| bits.unsigned_golomb().unwrap()).collect();
        assert_eq!(read, [0, 1, 2, 3, 4]);
        let mut signed = BitReader::new(&[0b1010_0110, 0b0100_0010, 0b1000_0000]);
        let read: Vec<i32> = (0..5).map(|_| signed.signed_golomb().unwrap()).collect();
        assert_eq!(read, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn exp_golomb_is_bounded() {
        let largest = [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe];
        assert_eq!(BitReader::new(&largest).unsigned_golomb(), Ok(0xffff_fffe));
        let endless = vec![0; 1000];
        assert!(matches!(
            BitReader::new(&endless).unsigned_golomb(),
            Err(ParseError::Unexpected { .. })
        ));
        assert!(matches!(
            BitReader::new(&[0, 0]).unsigned_golomb(),
            Err(ParseError::Truncated { .. })
        ));
        assert!(BitReader::new(&[0b0010_0000]).golomb_up_to(2, "x").is_err());
    }

    #[test]
    fn a_failed_read_consumes_nothing() {
        let mut bits = BitReader::new(&[0xab]);
        assert!(bits.bits(9).is_err());
        assert_eq!(bits.bits(8), Ok(0xab));
        assert_eq!(bits.remaining_bits(), 0);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(fields in proptest::collection::vec((any::<u32>(), 1u32..=32), 0..50)) {
            let mut writer = BitWriter::default();
            for &(value, count) in &fields {
                writer.put(value, count);
            }
            let bytes = writer.into_bytes();
            let mut reader = BitReader::new(&bytes);
            for &(value, count) in &fields {
                let mask = u32::MAX >> (32 - count);
                prop_assert_eq!(reader.bits(count).unwrap(), value & mask);
            }
            prop_assert!(reader.remaining_bits() < 8);
        }

        #[test]
        fn escaped_reading_equals_unescaping_first(data in proptest::collection::vec(0u8..5, 0..64)) {
            let mut expected = Vec::new();
            let mut zeros = 0;
            for &byte in &data {
                if zeros >= 2 && byte == 3 {
                    zeros = 0;
                    continue;
                }
                zeros = if byte == 0 { zeros + 1 } else { 0 };
                expected.push(u32::from(byte));
            }
            let mut reader = BitReader::nal(&data);
            let read: Vec<u32> = core::iter::from_fn(|| reader.bits(8).ok()).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
