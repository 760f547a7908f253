use bytes::BufMut;

use super::{
    MAX_COUNT,
    unit::{Rules, Unit},
};
use crate::{ParseError, SendError, Ssrc};

/// What an SDES item tells (RFC 3550 section 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs, reason = "the 8 bits of the wire")]
pub struct SdesItemType(pub u8);

impl SdesItemType {
    /// The name that stays when the SSRC changes, and that joins the streams of one participant.
    pub const CNAME: Self = Self(1);
    /// The user's name.
    pub const NAME: Self = Self(2);
    /// The user's mail address.
    pub const EMAIL: Self = Self(3);
    /// The user's telephone number.
    pub const PHONE: Self = Self(4);
    /// Where the user is.
    pub const LOC: Self = Self(5);
    /// The application.
    pub const TOOL: Self = Self(6);
    /// What is going on.
    pub const NOTE: Self = Self(7);
    /// An application's own: a prefix names it.
    pub const PRIV: Self = Self(8);
}

/// One SDES item; the values are UTF-8 by the standard, and any bytes in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct SdesItem<'a> {
    /// What it tells.
    pub kind: SdesItemType,
    /// The name of a PRIV item; empty for every other.
    pub prefix: &'a [u8],
    /// The text, at most 255 bytes (for PRIV: together with the prefix, 254).
    pub value: &'a [u8],
}

impl<'a> SdesItem<'a> {
    /// An item other than PRIV.
    #[must_use]
    pub const fn new(kind: SdesItemType, value: &'a [u8]) -> Self {
        Self {
            kind,
            prefix: &[],
            value,
        }
    }

    /// A PRIV item (RFC 3550 section 6.5.8).
    #[must_use]
    pub const fn private(prefix: &'a [u8], value: &'a [u8]) -> Self {
        Self {
            kind: SdesItemType::PRIV,
            prefix,
            value,
        }
    }

    fn from_wire(kind: SdesItemType, content: &'a [u8]) -> Self {
        if kind != SdesItemType::PRIV {
            return Self::new(kind, content);
        }
        let (&len, text) = content.split_first().unwrap_or((&0, &[]));
        // A prefix longer than the item (refused by strict parsing) is all there is.
        let (prefix, value) = text
            .split_at_checked(usize::from(len))
            .unwrap_or((text, &[]));
        Self::private(prefix, value)
    }

    /// Bytes behind kind and length.
    const fn content_len(&self) -> usize {
        let prefix_len = (self.kind.0 == SdesItemType::PRIV.0) as usize + self.prefix.len();
        prefix_len + self.value.len()
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        if self.kind.0 == 0 {
            return Err(SendError::Unencodable {
                expected: "an SDES item other than END",
            });
        }
        if self.kind != SdesItemType::PRIV && !self.prefix.is_empty() {
            return Err(SendError::Unencodable {
                expected: "a prefix on PRIV items alone",
            });
        }
        SendError::check("bytes of SDES item", self.content_len(), 255)
    }

    fn put(&self, out: &mut impl BufMut) {
        out.put_slice(&[self.kind.0, (self.content_len() & 0xff) as u8]);
        if self.kind == SdesItemType::PRIV {
            out.put_u8((self.prefix.len() & 0xff) as u8);
            out.put_slice(self.prefix);
        }
        out.put_slice(self.value);
    }
}

/// The items of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct SdesChunk<'a> {
    /// Whom the items describe.
    pub ssrc: Ssrc,
    /// What they say.
    pub items: SdesItems<'a>,
}

impl<'a> SdesChunk<'a> {
    /// A chunk to write.
    #[must_use]
    pub const fn new(ssrc: Ssrc, items: &'a [SdesItem<'a>]) -> Self {
        Self {
            ssrc,
            items: SdesItems(Items::Memory(items)),
        }
    }

    fn encoded_len(&self) -> usize {
        let items: usize = self.items.iter().map(|item| item.content_len() + 2).sum();
        // At least one null ends the list, and nulls fill the word.
        (4 + items + 1).next_multiple_of(4)
    }

    fn put(&self, out: &mut impl BufMut) {
        out.put_u32(self.ssrc.0);
        let mut len = 4;
        for item in self.items {
            item.put(out);
            len += item.content_len() + 2;
        }
        out.put_bytes(0, self.encoded_len() - len);
    }
}

/// SDES items, on the wire or in memory.
#[derive(Debug, Clone, Copy)]
pub struct SdesItems<'a>(Items<'a>);

#[derive(Debug, Clone, Copy)]
enum Items<'a> {
    /// Whole items, without the END.
    Wire(&'a [u8]),
    Memory(&'a [SdesItem<'a>]),
}

impl<'a> SdesItems<'a> {
    /// The items in order.
    #[inline]
    #[must_use]
    pub const fn iter(&self) -> SdesItemsIter<'a> {
        SdesItemsIter(self.0)
    }

    /// The CNAME among them.
    #[must_use]
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.iter()
            .find(|item| item.kind == SdesItemType::CNAME)
            .map(|item| item.value)
    }
}

impl<'a> From<&'a [SdesItem<'a>]> for SdesItems<'a> {
    fn from(items: &'a [SdesItem<'a>]) -> Self {
        Self(Items::Memory(items))
    }
}

impl<'a> IntoIterator for SdesItems<'a> {
    type Item = SdesItem<'a>;
    type IntoIter = SdesItemsIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for SdesItems<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SdesItems<'_> {}

/// Iterates SDES items.
#[derive(Debug, Clone)]
pub struct SdesItemsIter<'a>(Items<'a>);

impl<'a> Iterator for SdesItemsIter<'a> {
    type Item = SdesItem<'a>;

    #[inline]
    fn next(&mut self) -> Option<SdesItem<'a>> {
        match &mut self.0 {
            Items::Wire(bytes) => {
                let (&[kind, len], after) = bytes.split_first_chunk::<2>()?;
                let (content, rest) = after.split_at_checked(usize::from(len))?;
                *bytes = rest;
                Some(SdesItem::from_wire(SdesItemType(kind), content))
            }
            Items::Memory(items) => {
                let (first, rest) = items.split_first()?;
                *items = rest;
                Some(*first)
            }
        }
    }
}

/// SDES chunks, on the wire or in memory.
#[derive(Debug, Clone, Copy)]
pub struct SdesChunks<'a>(Chunks<'a>);

#[derive(Debug, Clone, Copy)]
enum Chunks<'a> {
    Wire { count: u8, body: &'a [u8] },
    Memory(&'a [SdesChunk<'a>]),
}

impl<'a> SdesChunks<'a> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            Chunks::Wire { count, .. } => count as usize,
            Chunks::Memory(chunks) => chunks.len(),
        }
    }

    /// True when there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The chunks in order.
    #[inline]
    #[must_use]
    pub const fn iter(&self) -> SdesChunksIter<'a> {
        SdesChunksIter(self.0)
    }
}

impl<'a> From<&'a [SdesChunk<'a>]> for SdesChunks<'a> {
    fn from(chunks: &'a [SdesChunk<'a>]) -> Self {
        Self(Chunks::Memory(chunks))
    }
}

impl<'a> IntoIterator for SdesChunks<'a> {
    type Item = SdesChunk<'a>;
    type IntoIter = SdesChunksIter<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for SdesChunks<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SdesChunks<'_> {}

/// Iterates SDES chunks.
#[derive(Debug, Clone)]
pub struct SdesChunksIter<'a>(Chunks<'a>);

impl<'a> Iterator for SdesChunksIter<'a> {
    type Item = SdesChunk<'a>;

    #[inline]
    fn next(&mut self) -> Option<SdesChunk<'a>> {
        match &mut self.0 {
            Chunks::Wire { count, body } => {
                *count = count.checked_sub(1)?;
                let (ssrc, after) = body.split_first_chunk::<4>()?;
                let end = items_end(after).ok()?;
                let (items, tail) = after.split_at_checked(end)?;
                *body = tail.get(padding_len(end)..).unwrap_or_default();
                let ssrc = Ssrc(u32::from_be_bytes(*ssrc));
                Some(SdesChunk {
                    ssrc,
                    items: SdesItems(Items::Wire(items)),
                })
            }
            Chunks::Memory(chunks) => {
                let (first, rest) = chunks.split_first()?;
                *chunks = rest;
                Some(*first)
            }
        }
    }
}

/// SDES (RFC 3550 section 6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct SourceDescription<'a> {
    /// One chunk for each source; at most 31.
    pub chunks: SdesChunks<'a>,
}

impl<'a> SourceDescription<'a> {
    /// A description to write.
    #[must_use]
    pub const fn new(chunks: &'a [SdesChunk<'a>]) -> Self {
        Self {
            chunks: SdesChunks(Chunks::Memory(chunks)),
        }
    }

    /// The first CNAME in it.
    #[must_use]
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.chunks.iter().find_map(|chunk| chunk.items.cname())
    }

    #[inline]
    pub(super) fn from_unit(unit: &Unit<'a>, rules: Rules) -> Result<Self, ParseError> {
        let mut at = 0;
        let mut found = 0;
        while found < unit.count {
            let rest = unit.body.get(at..).unwrap_or_default();
            if rest.len() < 4 && rules == Rules::Lenient {
                break;
            }
            at += check_chunk(rest, unit.offset + at, rules)?;
            found += 1;
        }
        if rules == Rules::Strict && at < unit.body.len() {
            return Err(ParseError::unexpected(
                unit.offset + at,
                "the end of the SDES packet",
            ));
        }
        Ok(Self {
            chunks: SdesChunks(Chunks::Wire {
                count: found,
                body: unit.body,
            }),
        })
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        4 + self
            .chunks
            .iter()
            .map(|chunk| chunk.encoded_len())
            .sum::<usize>()
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        SendError::check("SDES chunks", self.chunks.len(), MAX_COUNT)?;
        self.chunks
            .iter()
            .flat_map(|chunk| chunk.items)
            .try_for_each(|item| item.check())
    }

    pub(super) fn put_body(&self, out: &mut impl BufMut) {
        self.chunks.iter().for_each(|chunk| chunk.put(out));
    }
}

/// How many bytes of nulls stand behind items that end at `end`: to the next word, at least one.
#[inline]
const fn padding_len(end: usize) -> usize {
    4 - end % 4
}

/// Where the items of a chunk end: at the END item, or with the bytes (as Hanwha cameras do).
/// An item that overruns them is the error: where it begins.
#[inline]
fn items_end(items: &[u8]) -> Result<usize, usize> {
    let mut at = 0;
    loop {
        match items.get(at..) {
            None | Some([] | [0, ..]) => return Ok(at),
            Some([_, len, content @ ..]) if usize::from(*len) <= content.len() => {
                at += 2 + usize::from(*len);
            }
            Some(_) => return Err(at),
        }
    }
}

/// Checks the chunk that `bytes` begin with; its length with the nulls.
#[inline]
fn check_chunk(bytes: &[u8], offset: usize, rules: Rules) -> Result<usize, ParseError> {
    let Some((_, items)) = bytes.split_first_chunk::<4>() else {
        return Err(ParseError::truncated(offset, 8, "SDES chunk"));
    };
    let end = items_end(items)
        .map_err(|at| ParseError::unexpected(offset + 4 + at, "an SDES item inside its packet"))?;
    if rules == Rules::Strict {
        if end == items.len() {
            return Err(ParseError::truncated(
                offset + 4 + end,
                1,
                "the END of SDES items",
            ));
        }
        check_private(items.get(..end).unwrap_or_default(), offset + 4)?;
    }
    Ok((4 + end + padding_len(end)).min(bytes.len()))
}

/// A PRIV item's prefix has to fit the item.
#[inline]
fn check_private(mut items: &[u8], mut offset: usize) -> Result<(), ParseError> {
    while let [kind, len, rest @ ..] = items {
        let (content, after) = rest
            .split_at_checked(usize::from(*len))
            .unwrap_or((rest, &[]));
        let fits = matches!(content, [prefix, text @ ..] if usize::from(*prefix) <= text.len());
        if *kind == SdesItemType::PRIV.0 && !fits {
            return Err(ParseError::unexpected(
                offset + 2,
                "a PRIV prefix inside its item",
            ));
        }
        offset += 2 + content.len();
        items = after;
    }
    Ok(())
}
