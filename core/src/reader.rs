/// The input ended before what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("input ends at byte {offset}, {needed} more needed")]
#[allow(
    clippy::exhaustive_structs,
    reason = "where, and how much: nothing to add"
)]
pub struct EndOfInput {
    /// Where the read began, from the start of the outermost input.
    pub offset: usize,
    /// How many bytes the read wanted from there.
    pub needed: usize,
}

/// Reads big-endian integers and slices off untrusted bytes; each read is checked, none panics.
///
/// It knows its offset in the outermost input, so that errors of nested structures say where.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    data: &'a [u8],
    offset: usize,
}

macro_rules! integers {
    ($($name:ident: $kind:ty, $doc:literal;)*) => {$(
        #[doc = $doc]
        ///
        /// # Errors
        /// [`EndOfInput`] when fewer bytes are left; nothing is consumed then.
        #[inline]
        pub fn $name(&mut self) -> Result<$kind, EndOfInput> {
            self.array().map(<$kind>::from_be_bytes)
        }
    )*};
}

impl<'a> Reader<'a> {
    /// Reads from the start of `data`, which is offset 0.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { data, offset: 0 }
    }

    /// Reads from the start of `data`, which lies at `offset` of something larger.
    #[must_use]
    pub const fn at(data: &'a [u8], offset: usize) -> Self {
        Self { data, offset }
    }

    /// Where the next byte lies in the outermost input.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }

    /// How many bytes are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.data.len()
    }

    /// True when nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// What is left, without consuming it.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.data
    }

    /// The next byte, without consuming it.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.data.first().copied()
    }

    integers! {
        u8: u8, "One byte.";
        u16: u16, "A big-endian `u16`.";
        u32: u32, "A big-endian `u32`.";
        u64: u64, "A big-endian `u64`.";
        i8: i8, "One signed byte.";
        i16: i16, "A big-endian `i16`.";
        i32: i32, "A big-endian `i32`.";
        i64: i64, "A big-endian `i64`.";
    }

    /// A big-endian 24-bit integer.
    ///
    /// # Errors
    /// [`EndOfInput`] when fewer than 3 bytes are left.
    #[inline]
    pub fn u24(&mut self) -> Result<u32, EndOfInput> {
        let [a, b, c] = self.array()?;
        Ok(u32::from_be_bytes([0, a, b, c]))
    }

    /// The next `N` bytes.
    ///
    /// # Errors
    /// [`EndOfInput`] when fewer than `N` bytes are left.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], EndOfInput> {
        let Some((head, tail)) = self.data.split_first_chunk::<N>() else {
            return Err(EndOfInput {
                offset: self.offset,
                needed: N,
            });
        };
        self.data = tail;
        self.offset = self.offset.saturating_add(N);
        Ok(*head)
    }

    /// The next `len` bytes.
    ///
    /// # Errors
    /// [`EndOfInput`] when fewer than `len` bytes are left.
    #[inline]
    pub fn take(&mut self, len: usize) -> Result<&'a [u8], EndOfInput> {
        let Some((head, tail)) = self.data.split_at_checked(len) else {
            return Err(EndOfInput {
                offset: self.offset,
                needed: len,
            });
        };
        self.data = tail;
        self.offset = self.offset.saturating_add(len);
        Ok(head)
    }

    /// A reader of the next `len` bytes, which this one passes over.
    ///
    /// # Errors
    /// [`EndOfInput`] when fewer than `len` bytes are left.
    #[inline]
    pub fn sub(&mut self, len: usize) -> Result<Self, EndOfInput> {
        let offset = self.offset;
        self.take(len).map(|data| Self { data, offset })
    }

    /// Passes over `len` bytes.
    ///
    /// # Errors
    /// [`EndOfInput`] when fewer than `len` bytes are left.
    #[inline]
    pub fn skip(&mut self, len: usize) -> Result<(), EndOfInput> {
        self.take(len).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_and_tells_where_it_ended() {
        let mut outer = Reader::new(&[1, 2, 3, 4, 5, 6, 7]);
        outer.skip(1).unwrap();
        let mut inner = outer.sub(4).unwrap();
        assert_eq!(inner.u24(), Ok(0x02_0304));
        assert_eq!(
            inner.u16(),
            Err(EndOfInput {
                offset: 4,
                needed: 2
            })
        );
        assert_eq!(inner.u8(), Ok(5), "a failed read consumes nothing");
        assert_eq!((outer.offset(), outer.rest()), (5, &[6, 7][..]));
        assert_eq!(outer.peek(), Some(6));
    }

    proptest! {
        #[test]
        fn any_sequence_of_reads_stays_inside(data: Vec<u8>, reads: Vec<usize>) {
            let mut reader = Reader::new(&data);
            for len in reads {
                let (offset, left) = (reader.offset(), reader.remaining());
                match reader.take(len) {
                    Ok(slice) => prop_assert_eq!(slice, &data[offset..offset + len]),
                    Err(end) => {
                        prop_assert!(len > left);
                        prop_assert_eq!(end, EndOfInput { offset, needed: len });
                        prop_assert_eq!(reader.remaining(), left);
                    }
                }
            }
        }
    }
}
