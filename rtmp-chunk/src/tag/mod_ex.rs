use bytes::{Buf, BufMut, Bytes};
use smallvec::SmallVec;

use super::{ModExType, source::Source};
use crate::ParseError;

/// More modifiers than this before one packet are refused: one kind is defined, so one is what is seen.
pub const MAX_MOD_EX: usize = 8;

/// Sizes from here on take 16 bits.
const LONG_SIZE: usize = 256;
/// The largest data of one modifier.
const MAX_DATA: usize = 65_536;

/// One modifier of an Enhanced RTMP v2 packet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModEx {
    /// What it says.
    pub kind: ModExType,
    /// Its bytes, 1 to 65536 (the length is written as one less). Empty data is written as one zero.
    pub data: Bytes,
    /// The size came in 16 bits although 8 would do: kept, so that it is written as it came.
    long_size: bool,
}

impl ModEx {
    /// From its kind and bytes; `None` when they are empty or more than 65536.
    #[must_use]
    pub fn new(kind: ModExType, data: Bytes) -> Option<Self> {
        let long_size = data.len() >= LONG_SIZE;
        (!data.is_empty() && data.len() <= MAX_DATA).then_some(Self {
            kind,
            data,
            long_size,
        })
    }

    /// Nanoseconds to add to the tag's time: at most 999,999, for more is the tag's own timestamp.
    #[must_use]
    pub fn timestamp_offset(nanoseconds: u32) -> Self {
        let [_, a, b, c] = nanoseconds.min(999_999).to_be_bytes();
        Self {
            kind: ModExType::TIMESTAMP_OFFSET_NANO,
            data: Bytes::copy_from_slice(&[a, b, c]),
            long_size: false,
        }
    }

    /// The nanoseconds that it adds, when it is a
    /// [`TIMESTAMP_OFFSET_NANO`](ModExType::TIMESTAMP_OFFSET_NANO) of at least the 3 bytes it needs.
    #[must_use]
    pub fn timestamp_offset_nanoseconds(&self) -> Option<u32> {
        if self.kind != ModExType::TIMESTAMP_OFFSET_NANO {
            return None;
        }
        let [a, b, c] = *self.data.first_chunk()?;
        Some(u32::from_be_bytes([0, a, b, c]))
    }

    /// Reads what follows a packet type of 7; and the packet type that follows the modifier.
    fn read<B: Buf>(source: &mut Source<B>) -> Result<(Self, u8), ParseError> {
        let mut len = usize::from(source.u8()?).saturating_add(1);
        let long_size = len == LONG_SIZE;
        if long_size {
            len = usize::from(u16::from_be_bytes(source.array()?)).saturating_add(1);
        }
        let data = source.bytes(len)?;
        let next = source.u8()?;
        let kind = ModExType(next >> 4);
        Ok((
            Self {
                kind,
                data,
                long_size,
            },
            next & 0xf,
        ))
    }

    const fn encoded_len(&self) -> usize {
        let size_bytes = if self.long_size { 3 } else { 1 };
        let data = if self.data.is_empty() {
            1
        } else {
            self.data.len()
        };
        data.saturating_add(size_bytes).saturating_add(1)
    }

    fn write(&self, next_packet_type: u8, out: &mut impl BufMut) {
        let data: &[u8] = if self.data.is_empty() {
            &[0]
        } else {
            &self.data
        };
        let size = u16::try_from(data.len().saturating_sub(1)).unwrap_or(u16::MAX);
        match u8::try_from(size) {
            Ok(short) if !self.long_size && short < u8::MAX => out.put_u8(short),
            Ok(_) | Err(_) => {
                out.put_u8(u8::MAX);
                out.put_u16(size);
            }
        }
        out.put_slice(data);
        out.put_u8(self.kind.0 << 4 | next_packet_type & 0xf);
    }
}

/// The modifiers of one packet, outermost first.
pub type ModExChain = SmallVec<[ModEx; 1]>;

/// The packet type of modifiers, of audio and video alike.
pub(crate) const MOD_EX_PACKET_TYPE: u8 = 7;

/// Reads modifiers until another packet type comes, and gives that.
pub(crate) fn read_chain<B: Buf>(
    source: &mut Source<B>,
    mut packet_type: u8,
) -> Result<(ModExChain, u8), ParseError> {
    let mut chain = ModExChain::new();
    while packet_type == MOD_EX_PACKET_TYPE {
        if chain.len() >= MAX_MOD_EX {
            return Err(ParseError::limit(
                source.offset(),
                "modifiers of one packet",
                MAX_MOD_EX,
            ));
        }
        let (mod_ex, next) = ModEx::read(source)?;
        chain.push(mod_ex);
        packet_type = next;
    }
    Ok((chain, packet_type))
}

pub(crate) fn chain_len(chain: &[ModEx]) -> usize {
    chain
        .iter()
        .map(ModEx::encoded_len)
        .fold(0, usize::saturating_add)
}

/// Writes `upper` with the first packet type, then each modifier with the next one.
pub(crate) fn write_chain(upper: u8, chain: &[ModEx], packet_type: u8, out: &mut impl BufMut) {
    let first = if chain.is_empty() {
        packet_type
    } else {
        MOD_EX_PACKET_TYPE
    };
    out.put_u8(upper | first & 0xf);
    for (index, mod_ex) in chain.iter().enumerate() {
        let last = index.saturating_add(1) == chain.len();
        mod_ex.write(
            if last {
                packet_type
            } else {
                MOD_EX_PACKET_TYPE
            },
            out,
        );
    }
}

/// The sum of all timestamp offsets.
pub(crate) fn chain_nanoseconds(chain: &[ModEx]) -> u32 {
    chain
        .iter()
        .filter_map(ModEx::timestamp_offset_nanoseconds)
        .fold(0, u32::saturating_add)
}
