use crate::{BitReader, ParseError};

/// The flags at the head of `hrd_parameters()` that say what follows in each sub-layer.
struct Common {
    nal: bool,
    vcl: bool,
    sub_pictures: bool,
}

/// Passes over `hrd_parameters(1, max_sub_layers_minus1)` (clause E.2.2).
pub(super) fn skip_hrd(
    bits: &mut BitReader<'_>,
    max_sub_layers_minus1: u32,
) -> Result<(), ParseError> {
    let common = Common::read(bits)?;
    for _ in 0..=max_sub_layers_minus1 {
        skip_sub_layer(bits, &common)?;
    }
    Ok(())
}

impl Common {
    fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let (nal, vcl) = (bits.flag()?, bits.flag()?);
        let mut sub_pictures = false;
        if nal || vcl {
            sub_pictures = bits.flag()?;
            if sub_pictures {
                bits.skip(8 + 5 + 1 + 5)?;
            }
            // bit_rate_scale, cpb_size_scale
            bits.skip(4 + 4)?;
            if sub_pictures {
                // cpb_size_du_scale
                bits.skip(4)?;
            }
            // the lengths of three delay fields
            bits.skip(5 + 5 + 5)?;
        }
        Ok(Self {
            nal,
            vcl,
            sub_pictures,
        })
    }
}

fn skip_sub_layer(bits: &mut BitReader<'_>, common: &Common) -> Result<(), ParseError> {
    let fixed_rate_general = bits.flag()?;
    let fixed_rate_within_sequence = fixed_rate_general || bits.flag()?;
    let mut low_delay = false;
    if fixed_rate_within_sequence {
        let _elemental_duration = bits.unsigned_golomb()?;
    } else {
        low_delay = bits.flag()?;
    }
    let mut cpb_count_minus1 = 0;
    if !low_delay {
        cpb_count_minus1 = bits.golomb_up_to(31, "cpb_cnt_minus1 of at most 31")?;
    }
    for present in [common.nal, common.vcl] {
        if !present {
            continue;
        }
        for _ in 0..=cpb_count_minus1 {
            let numbers = if common.sub_pictures { 4 } else { 2 };
            for _ in 0..numbers {
                bits.unsigned_golomb()?;
            }
            let _cbr = bits.flag()?;
        }
    }
    Ok(())
}
