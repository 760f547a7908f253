use bytes::BufMut;

use super::{
    MAX_COUNT,
    unit::{Rules, Unit},
};
use crate::{ParseError, SendError, Ssrc};

/// BYE (RFC 3550 section 6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the wire")]
pub struct Goodbye<'a> {
    /// Who leaves; at most 31.
    pub sources: Sources<'a>,
    /// Why, at most 255 bytes of UTF-8.
    pub reason: Option<&'a [u8]>,
}

impl<'a> Goodbye<'a> {
    /// A goodbye to write.
    #[must_use]
    pub const fn new(sources: &'a [Ssrc], reason: Option<&'a [u8]>) -> Self {
        Self {
            sources: Sources(List::Memory(sources)),
            reason,
        }
    }

    pub(super) fn from_unit(unit: &Unit<'a>, rules: Rules) -> Result<Self, ParseError> {
        let len = usize::from(unit.count) * 4;
        let (sources, rest) = match (unit.body.split_at_checked(len), rules) {
            (Some(parts), _) => parts,
            (None, Rules::Lenient) => (unit.body, &[][..]),
            (None, Rules::Strict) => {
                return Err(ParseError::truncated(
                    unit.offset,
                    len,
                    "the SSRCs of a BYE",
                ));
            }
        };
        let reason = match rest {
            [] => None,
            [len, text @ ..] => match (text.get(..usize::from(*len)), rules) {
                (Some(reason), _) => Some(reason),
                (None, Rules::Lenient) => Some(text),
                (None, Rules::Strict) => {
                    let offset = unit.offset + unit.body.len() - text.len();
                    return Err(ParseError::truncated(
                        offset,
                        usize::from(*len),
                        "the reason of a BYE",
                    ));
                }
            },
        };
        Ok(Self {
            sources: Sources(List::Wire(sources.as_chunks::<4>().0)),
            reason,
        })
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let reason = self
            .reason
            .map_or(0, |reason| (reason.len() + 1).next_multiple_of(4));
        4 + self.sources.len() * 4 + reason
    }

    pub(super) fn check(&self) -> Result<(), SendError> {
        SendError::check("sources in a BYE", self.sources.len(), MAX_COUNT)?;
        SendError::check(
            "bytes of BYE reason",
            self.reason.unwrap_or_default().len(),
            255,
        )
    }

    pub(super) fn put_body(&self, out: &mut impl BufMut) {
        self.sources.iter().for_each(|ssrc| out.put_u32(ssrc.0));
        if let Some(reason) = self.reason {
            let len = reason.len() + 1;
            out.put_u8((reason.len() & 0xff) as u8);
            out.put_slice(reason);
            out.put_bytes(0, len.next_multiple_of(4) - len);
        }
    }
}

/// The SSRCs of a BYE, on the wire or in memory.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a>(List<'a>);

#[derive(Debug, Clone, Copy)]
enum List<'a> {
    Wire(&'a [[u8; 4]]),
    Memory(&'a [Ssrc]),
}

impl<'a> Sources<'a> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self.0 {
            List::Wire(sources) => sources.len(),
            List::Memory(sources) => sources.len(),
        }
    }

    /// True when there are none; such a BYE says nothing, but is allowed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The SSRCs in order.
    pub fn iter(&self) -> impl Iterator<Item = Ssrc> + Clone + use<'a> {
        let (wire, memory) = match self.0 {
            List::Wire(wire) => (wire, &[][..]),
            List::Memory(memory) => (&[][..], memory),
        };
        let wire = wire.iter().map(|bytes| Ssrc(u32::from_be_bytes(*bytes)));
        wire.chain(memory.iter().copied())
    }
}

impl PartialEq for Sources<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Sources<'_> {}
