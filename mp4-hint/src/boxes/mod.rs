//! The box structure: headers, children, full boxes (ISO/IEC 14496-12, 4.2).

pub(crate) mod audio;
pub(crate) mod edit;
pub(crate) mod fragment;
pub(crate) mod moov;
pub(crate) mod stbl;
pub(crate) mod stsd;
pub(crate) mod trak;

use castline_core::Reader;

use crate::{FourCc, ParseError};

/// How far a box reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// This many bytes, header included.
    Bytes(u64),
    /// To the end of the file (size 0).
    ToEnd,
}

/// The head of one box: 8 bytes, or 16 with a 64-bit size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoxHeader {
    pub(crate) kind: FourCc,
    pub(crate) extent: Extent,
    pub(crate) header_len: usize,
}

impl BoxHeader {
    /// Parses the head at the front of `input`; `None` while it is not all there.
    pub(crate) fn parse(input: &[u8]) -> Result<Option<Self>, ParseError> {
        let mut reader = Reader::new(input);
        let (Ok(size), Ok(kind)) = (reader.u32(), reader.array()) else {
            return Ok(None);
        };
        let (extent, header_len) = match size {
            0 => (Extent::ToEnd, 8),
            1 => match reader.u64() {
                Ok(size) => (Extent::Bytes(size), 16),
                Err(_) => return Ok(None),
            },
            size => (Extent::Bytes(u64::from(size)), 8),
        };
        if let Extent::Bytes(size) = extent
            && size < header_len as u64
        {
            return Err(ParseError::malformed(
                0,
                "a box size that covers its header",
            ));
        }
        Ok(Some(Self {
            kind: FourCc(kind),
            extent,
            header_len,
        }))
    }
}

/// The boxes inside a box.
///
/// Lenient, since real files are: a size of 0 (QuickTime's 4-byte `udta` terminator) and a box that
/// reaches out of its parent both end the walk; what was looked for is then missing.
#[derive(Debug, Clone)]
pub(crate) struct Children<'a> {
    reader: Reader<'a>,
}

impl<'a> Children<'a> {
    pub(crate) const fn of(parent: Reader<'a>) -> Self {
        Self { reader: parent }
    }

    /// The first child of this kind.
    pub(crate) fn find(mut self, kind: FourCc) -> Option<Reader<'a>> {
        self.find_map(|(found, payload)| (found == kind).then_some(payload))
    }

    /// The first child of this kind, or where it is missing.
    pub(crate) fn require(self, kind: FourCc) -> Result<Reader<'a>, ParseError> {
        let offset = self.reader.offset() as u64;
        self.find(kind).ok_or(ParseError::Missing {
            offset,
            missing: kind,
        })
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = (FourCc, Reader<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let header = BoxHeader::parse(self.reader.rest()).ok()??;
        let Extent::Bytes(size) = header.extent else {
            return None;
        };
        let mut whole = self.reader.sub(usize::try_from(size).ok()?).ok()?;
        whole.skip(header.header_len).ok()?;
        Some((header.kind, whole))
    }
}

/// The version and flags of a full box, and the reader behind them.
pub(crate) fn full_box<'a>(mut payload: Reader<'a>) -> Result<(u8, u32, Reader<'a>), ParseError> {
    let version = payload.u8()?;
    let flags = payload.u24()?;
    Ok((version, flags, payload))
}

/// A table of `count` entries of `entry_len` bytes: `count` is cut to what the box holds.
pub(crate) fn fitting_count(count: u32, body: &Reader<'_>, entry_len: usize) -> usize {
    let fits = body.remaining().checked_div(entry_len).unwrap_or(0);
    usize::try_from(count).unwrap_or(usize::MAX).min(fits)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn heads_of_every_form() {
        let parse = |input: &[u8]| BoxHeader::parse(input);
        let small = parse(b"\0\0\0\x08free").unwrap().unwrap();
        assert_eq!((small.kind, small.extent), (FourCc::FREE, Extent::Bytes(8)));
        let large = parse(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0\0").unwrap().unwrap();
        assert_eq!(
            (large.extent, large.header_len),
            (Extent::Bytes(1 << 32), 16)
        );
        let last = parse(b"\0\0\0\0mdat").unwrap().unwrap();
        assert_eq!(last.extent, Extent::ToEnd);
        for cut in 0..8 {
            assert_eq!(parse(&b"\0\0\0\x08free"[..cut]), Ok(None));
        }
        assert_eq!(parse(b"\0\0\0\x01mdat\0\0\0\x01\0\0\0"), Ok(None));
        assert!(parse(b"\0\0\0\x07free").is_err());
        assert!(parse(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x0f").is_err());
    }

    #[test]
    fn children_end_at_a_terminator_and_at_a_liar() {
        let kinds = |bytes: &[u8]| {
            Children::of(Reader::new(bytes))
                .map(|(kind, payload)| (kind.0, payload.remaining()))
                .collect::<Vec<_>>()
        };
        let terminated = b"\0\0\0\x09nameA\0\0\0\0";
        assert_eq!(kinds(terminated), [(*b"name", 1)]);
        let lying = b"\0\0\0\x08free\0\0\0\x20udta1234";
        assert_eq!(kinds(lying), [(*b"free", 0)]);
        assert_eq!(kinds(b"\0\0\0\0udta\0\0\0\x08free"), []);
        let (_, payload) = Children::of(Reader::at(terminated, 100)).next().unwrap();
        assert_eq!(payload.offset(), 108);
    }
}
