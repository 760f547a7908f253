use super::NalUnitType;
use crate::{BitReader, ParseError, nal_units};

/// `recovery_point` in the registry of SEI payload types (clause D.1).
const RECOVERY_POINT: u32 = 6;

/// A recovery point SEI message (clause D.2.8): decoding may start here without an IDR picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecoveryPoint {
    /// Frames in decoding order until the picture is right; 0 at an open group of pictures, the length
    /// of the refresh with periodic intra refresh.
    pub recovery_frame_count: u32,
    /// From the recovery on, the picture is exactly the same.
    pub exact_match: bool,
    /// Pictures that refer over this point may be broken.
    pub broken_link: bool,
}

/// Whether decoding can start at an access unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RandomAccess {
    /// It cannot.
    No,
    /// An IDR picture: at once, and nothing after it refers to anything before.
    Idr,
    /// A recovery point without IDR: after so many frames. Frames that follow in decoding order and
    /// are shown earlier may be broken.
    RecoveryPoint(RecoveryPoint),
}

/// Whether decoding can start at this access unit, in canonical form (4-byte lengths). What follows
/// a malformed unit does not count.
#[must_use]
pub fn random_access(data: &[u8]) -> RandomAccess {
    let mut found = RandomAccess::No;
    for unit in nal_units(data).map_while(Result::ok) {
        match NalUnitType::of(unit) {
            Some(NalUnitType::IDR) => return RandomAccess::Idr,
            Some(NalUnitType::SEI) => {
                if let Ok(Some(point)) = recovery_point(unit) {
                    found = RandomAccess::RecoveryPoint(point);
                }
            }
            // All slices of a picture are IDR, or none (clause 7.4.1.2.4): the first one tells.
            Some(kind) if kind.is_slice() => return found,
            _ => {}
        }
    }
    found
}

/// A receiver can start with this access unit (canonical form): it holds an IDR picture, or a
/// recovery point that needs no further frame (open group of pictures, as broadcast encoders and
/// x264's `open-gop` send). A recovery point of periodic intra refresh does not count.
#[must_use]
pub fn is_keyframe(data: &[u8]) -> bool {
    match random_access(data) {
        RandomAccess::No => false,
        RandomAccess::Idr => true,
        RandomAccess::RecoveryPoint(point) => point.recovery_frame_count == 0,
    }
}

/// The recovery point message of an SEI NAL unit, when it has one.
fn recovery_point(unit: &[u8]) -> Result<Option<RecoveryPoint>, ParseError> {
    let mut bits = BitReader::nal(unit);
    bits.skip(8)?;
    // At the end, rbsp_trailing_bits fill one byte; a message has two at least.
    while bits.remaining_bits() >= 16 {
        let kind = sei_number(&mut bits)?;
        let size_bytes = sei_number(&mut bits)?;
        if kind == RECOVERY_POINT {
            return Ok(Some(RecoveryPoint {
                recovery_frame_count: bits.golomb_up_to(0xffff, "recovery_frame_cnt of 16 bits")?,
                exact_match: bits.flag()?,
                broken_link: bits.flag()?,
            }));
        }
        bits.skip(size_bytes.saturating_mul(8))?;
    }
    Ok(None)
}

/// A payload type or size: 255 for each byte of FF, and the byte after (clause 7.3.2.3.1).
fn sei_number(bits: &mut BitReader<'_>) -> Result<u32, ParseError> {
    let mut number: u32 = 0;
    loop {
        let byte = bits.bits(8)?;
        number = number.saturating_add(byte);
        if byte != 0xff {
            return Ok(number);
        }
    }
}
