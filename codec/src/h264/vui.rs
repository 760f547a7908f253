use crate::{
    BitReader, ColorDescription, ParseError,
    video_usability::{aspect_ratio, reduced_rate, video_signal},
};

/// What the video usability information says (H.264 Annex E).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Vui {
    pub(super) sample_aspect_ratio: Option<(u16, u16)>,
    pub(super) color: Option<ColorDescription>,
    pub(super) frame_rate: Option<(u32, u32)>,
    pub(super) fixed_frame_rate: bool,
    pub(super) max_num_reorder_frames: Option<u8>,
    pub(super) max_dec_frame_buffering: Option<u8>,
}

impl Vui {
    /// Reads as far as the bits go: encoders exist that cut the VUI short, and what came before the cut
    /// is right.
    pub(super) fn read(bits: &mut BitReader<'_>) -> Self {
        let mut vui = Self::default();
        let _cut_short = vui.fill(bits);
        vui
    }

    fn fill(&mut self, bits: &mut BitReader<'_>) -> Result<(), ParseError> {
        if bits.flag()? {
            self.sample_aspect_ratio = aspect_ratio(bits)?;
        }
        if bits.flag()? {
            let _overscan_appropriate = bits.flag()?;
        }
        if bits.flag()? {
            self.color = video_signal(bits)?;
        }
        if bits.flag()? {
            let _chroma_sample_location_top = bits.unsigned_golomb()?;
            let _chroma_sample_location_bottom = bits.unsigned_golomb()?;
        }
        if bits.flag()? {
            let units_in_tick = u64::from(bits.bits(32)?);
            let time_scale = u64::from(bits.bits(32)?);
            // A tick is a field: a frame lasts two (clause E.2.1, num_units_in_tick).
            self.frame_rate = reduced_rate(time_scale, units_in_tick * 2);
            self.fixed_frame_rate = bits.flag()?;
        }
        let nal_hrd = bits.flag()?;
        if nal_hrd {
            skip_hrd(bits)?;
        }
        let vcl_hrd = bits.flag()?;
        if vcl_hrd {
            skip_hrd(bits)?;
        }
        if nal_hrd || vcl_hrd {
            let _low_delay = bits.flag()?;
        }
        let _pic_struct_present = bits.flag()?;
        if bits.flag()? {
            self.fill_restriction(bits)?;
        }
        Ok(())
    }

    fn fill_restriction(&mut self, bits: &mut BitReader<'_>) -> Result<(), ParseError> {
        let _motion_vectors_over_boundaries = bits.flag()?;
        for _bytes_bits_and_two_vector_lengths in 0..4 {
            bits.unsigned_golomb()?;
        }
        let reorder = bits.golomb_u8(16, "max_num_reorder_frames of at most 16")?;
        let buffering = bits.golomb_u8(16, "max_dec_frame_buffering of at most 16")?;
        self.max_num_reorder_frames = Some(reorder);
        self.max_dec_frame_buffering = Some(buffering);
        Ok(())
    }
}

/// Passes over `hrd_parameters()` (clause E.1.2).
fn skip_hrd(bits: &mut BitReader<'_>) -> Result<(), ParseError> {
    let count = bits.golomb_up_to(31, "cpb_cnt_minus1 of at most 31")?;
    bits.skip(8)?;
    for _ in 0..=count {
        let _bit_rate_value = bits.unsigned_golomb()?;
        let _cpb_size_value = bits.unsigned_golomb()?;
        let _cbr = bits.flag()?;
    }
    bits.skip(20)
}
