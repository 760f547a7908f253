use bytes::{Buf, Bytes};

use crate::ParseError;

/// Reads a tag's body, which may lie in two pieces, and knows how far it is.
pub(crate) struct Source<B> {
    buf: B,
    len: usize,
}

impl<B: Buf> Source<B> {
    pub(crate) fn new(buf: B) -> Self {
        let len = buf.remaining();
        Self { buf, len }
    }

    pub(crate) fn offset(&self) -> usize {
        self.len.saturating_sub(self.buf.remaining())
    }

    pub(crate) fn remaining(&self) -> usize {
        self.buf.remaining()
    }

    fn need(&self, len: usize) -> Result<(), ParseError> {
        match len.checked_sub(self.remaining()) {
            None | Some(0) => Ok(()),
            Some(missing) => Err(ParseError::truncated(self.len, missing)),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        self.need(N)?;
        let mut array = [0; N];
        self.buf.copy_to_slice(&mut array);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ParseError> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(crate) fn u24(&mut self) -> Result<u32, ParseError> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// SI24, the composition time.
    pub(crate) fn i24(&mut self) -> Result<i32, ParseError> {
        let [a, b, c] = self.array()?;
        Ok(i32::from_be_bytes([a, b, c, 0]) >> 8)
    }

    /// A slice of what is read; a copy only where it spans both pieces.
    pub(crate) fn bytes(&mut self, len: usize) -> Result<Bytes, ParseError> {
        self.need(len)?;
        Ok(self.buf.copy_to_bytes(len))
    }

    /// All that is left, as [`bytes`](Self::bytes).
    pub(crate) fn rest(mut self) -> Bytes {
        let len = self.remaining();
        self.buf.copy_to_bytes(len)
    }
}

/// The low 24 bits of a composition time, the nearest that fits.
pub(crate) fn i24_bytes(value: i32) -> [u8; 3] {
    let [_, a, b, c] = value.clamp(-0x80_0000, 0x7f_ffff).to_be_bytes();
    [a, b, c]
}

/// The low 24 bits of a size.
pub(crate) const fn u24_bytes(value: u32) -> [u8; 3] {
    let [_, a, b, c] = value.to_be_bytes();
    [a, b, c]
}
