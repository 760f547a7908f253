use bytes::BufMut;

use super::PacketType;
use crate::ParseError;

/// How closely the standard is held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// RFC 3550 to the letter.
    Strict,
    /// As lax as the field is.
    Lenient,
}

/// One packet of a compound, split off by its length; the body is not looked into yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit<'a> {
    pub(super) packet_type: PacketType,
    /// The 5 bits behind the padding bit: a count, or whatever the type makes of them.
    pub(super) count: u8,
    /// Between the 4 header bytes and the padding.
    pub(super) body: &'a [u8],
    /// Where the body begins in the datagram.
    pub(super) offset: usize,
    pub(super) padded: bool,
}

impl<'a> Unit<'a> {
    /// Splits the first packet off `data`, which lies at `offset` of the datagram.
    #[inline]
    pub(super) fn split(
        data: &'a [u8],
        offset: usize,
        rules: Rules,
    ) -> Result<(Self, &'a [u8]), ParseError> {
        let Some((head, after)) = data.split_first_chunk::<4>() else {
            return Err(ParseError::truncated(offset, 4, "RTCP header"));
        };
        let [first, packet_type, w0, w1] = *head;
        if first >> 6 != 2 {
            return Err(ParseError::unexpected(offset, "RTCP version 2"));
        }
        let body_len = usize::from(u16::from_be_bytes([w0, w1])) * 4;
        let (body, rest) = match (after.split_at_checked(body_len), rules) {
            (Some(parts), _) => parts,
            // Devices announce more than they send; what is there is still of use.
            (None, Rules::Lenient) => (after, &[][..]),
            (None, Rules::Strict) => {
                return Err(ParseError::truncated(offset + 4, body_len, "RTCP packet"));
            }
        };
        let mut unit = Self {
            packet_type: PacketType(packet_type),
            count: first & 0x1f,
            body,
            offset: offset + 4,
            padded: first & 0x20 != 0,
        };
        if unit.padded {
            unit.strip_padding(rules)?;
        }
        Ok((unit, rest))
    }

    fn strip_padding(&mut self, rules: Rules) -> Result<(), ParseError> {
        let count = self.body.last().copied().unwrap_or_default();
        let left = self.body.len().checked_sub(usize::from(count));
        match left {
            // RFC 3550 section 6.4.1: the count counts itself and is a multiple of four.
            Some(left) if count > 0 && count.is_multiple_of(4) => {
                self.body = self.body.get(..left).unwrap_or_default();
                Ok(())
            }
            _ if rules == Rules::Lenient => Ok(()),
            _ => Err(ParseError::unexpected(
                (self.offset + self.body.len()).saturating_sub(1),
                "an RTCP padding count that is a multiple of 4 and fits the packet",
            )),
        }
    }

    /// The body's first `N` bytes and the rest.
    #[inline]
    pub(super) fn split_fixed<const N: usize>(
        &self,
        expected: &'static str,
    ) -> Result<(&'a [u8; N], &'a [u8]), ParseError> {
        self.body
            .split_first_chunk::<N>()
            .ok_or_else(|| ParseError::truncated(self.offset, N, expected))
    }
}

/// Writes the 4 bytes before a body; `lens` are the length of the packet without padding, and of padding.
pub(super) fn put_header(
    packet_type: PacketType,
    count: usize,
    lens: (usize, u8),
    out: &mut impl BufMut,
) {
    let padding_bit = u8::from(lens.1 > 0) << 5;
    let words = (lens.0 + usize::from(lens.1)) / 4;
    out.put_u8(0x80 | padding_bit | (count & 0x1f) as u8);
    out.put_u8(packet_type.0);
    out.put_u16((words.saturating_sub(1) & 0xffff) as u16);
}
