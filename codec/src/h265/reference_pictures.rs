use crate::{BitReader, ParseError};

/// `NumDeltaPocs` may not exceed this: the decoded picture buffer holds 16 pictures.
const MAX_DELTAS: u32 = 16;

/// Passes over the short-term reference picture sets of an SPS (clause 7.3.7).
pub(super) fn skip_short_term_sets(bits: &mut BitReader<'_>) -> Result<(), ParseError> {
    let count = bits.golomb_up_to(64, "num_short_term_ref_pic_sets of at most 64")?;
    let mut deltas = 0;
    for index in 0..count {
        let predicted = index != 0 && bits.flag()?;
        deltas = if predicted {
            read_predicted(bits, deltas)?
        } else {
            read_explicit(bits)?
        };
    }
    Ok(())
}

/// A set told by its differences to the one before, which has `deltas` entries; its own number.
fn read_predicted(bits: &mut BitReader<'_>, deltas: u32) -> Result<u32, ParseError> {
    let offset = bits.offset();
    let _delta_sign = bits.flag()?;
    let _absolute_delta_minus1 = bits.unsigned_golomb()?;
    let mut kept = 0;
    for _ in 0..=deltas {
        let used_by_current = bits.flag()?;
        if used_by_current || bits.flag()? {
            kept += 1;
        }
    }
    if kept > MAX_DELTAS {
        return Err(ParseError::unexpected(
            offset,
            "at most 16 reference pictures",
        ));
    }
    Ok(kept)
}

fn read_explicit(bits: &mut BitReader<'_>) -> Result<u32, ParseError> {
    const EXPECTED: &str = "at most 16 reference pictures";
    let negative = bits.golomb_up_to(MAX_DELTAS, EXPECTED)?;
    let positive = bits.golomb_up_to(MAX_DELTAS.saturating_sub(negative), EXPECTED)?;
    for _ in 0..negative + positive {
        let _delta_minus1 = bits.unsigned_golomb()?;
        let _used_by_current = bits.flag()?;
    }
    Ok(negative + positive)
}

/// Passes over the long-term reference pictures of an SPS.
pub(super) fn skip_long_term(
    bits: &mut BitReader<'_>,
    picture_order_bits: u32,
) -> Result<(), ParseError> {
    if bits.flag()? {
        let count = bits.golomb_up_to(32, "num_long_term_ref_pics_sps of at most 32")?;
        for _ in 0..count {
            bits.skip(picture_order_bits + 1)?;
        }
    }
    Ok(())
}

/// Passes over `scaling_list_data()` (clause 7.3.4).
pub(super) fn skip_scaling_lists(bits: &mut BitReader<'_>) -> Result<(), ParseError> {
    for size_id in 0..4_u32 {
        let matrices = if size_id == 3 { 2 } else { 6 };
        for _ in 0..matrices {
            let explicit = bits.flag()?;
            if !explicit {
                let _reference_delta = bits.unsigned_golomb()?;
                continue;
            }
            if size_id > 1 {
                let _dc_coefficient = bits.signed_golomb()?;
            }
            for _ in 0..64.min(16 << (size_id * 2)) {
                let _delta_coefficient = bits.signed_golomb()?;
            }
        }
    }
    Ok(())
}
