//! What the VUI of H.264 and H.265 have in common.

use crate::{BitReader, ColorDescription, ParseError};

/// `Extended_SAR` of Table E-1.
const EXTENDED_SAR: u8 = 255;

/// Sample aspect ratios of H.264 Table E-1, from `aspect_ratio_idc` 1 on; H.265 uses the same.
const ASPECT_RATIOS: [(u16, u16); 16] = [
    (1, 1),
    (12, 11),
    (10, 11),
    (16, 11),
    (40, 33),
    (24, 11),
    (20, 11),
    (32, 11),
    (80, 33),
    (18, 11),
    (15, 11),
    (64, 33),
    (160, 99),
    (4, 3),
    (3, 2),
    (2, 1),
];

/// Reads `aspect_ratio_idc` and what belongs to it; `None` when the ratio is left open.
pub(crate) fn aspect_ratio(bits: &mut BitReader<'_>) -> Result<Option<(u16, u16)>, ParseError> {
    let idc = bits.bits_u8(8)?;
    if idc == EXTENDED_SAR {
        let ratio = (bits.bits_u16(16)?, bits.bits_u16(16)?);
        return Ok((ratio.0 != 0 && ratio.1 != 0).then_some(ratio));
    }
    let index = usize::from(idc).checked_sub(1);
    Ok(index.and_then(|index| ASPECT_RATIOS.get(index).copied()))
}

/// Reads the fields after `video_signal_type_present_flag`.
pub(crate) fn video_signal(
    bits: &mut BitReader<'_>,
) -> Result<Option<ColorDescription>, ParseError> {
    let _video_format = bits.bits(3)?;
    let full_range = bits.flag()?;
    if !bits.flag()? {
        let unsaid = ColorDescription::UNSPECIFIED;
        return Ok(full_range.then_some(ColorDescription {
            full_range,
            ..unsaid
        }));
    }
    let (primaries, transfer, matrix) = (bits.bits_u8(8)?, bits.bits_u8(8)?, bits.bits_u8(8)?);
    Ok(Some(ColorDescription::new(
        primaries, transfer, matrix, full_range,
    )))
}

/// Frames per second in lowest terms; `None` when a term is 0 or does not fit.
pub(crate) fn reduced_rate(numerator: u64, denominator: u64) -> Option<(u32, u32)> {
    if numerator == 0 || denominator == 0 {
        return None;
    }
    let (mut a, mut b) = (numerator, denominator);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    let reduced = (numerator / a, denominator / a);
    Some((
        u32::try_from(reduced.0).ok()?,
        u32::try_from(reduced.1).ok()?,
    ))
}
