use smallvec::SmallVec;

use crate::{
    ParseError,
    bits::{BitReader, BitWriter},
};

/// A channel element of a program: one channel or a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelElement {
    /// Two channels instead of one.
    pub pair: bool,
    /// Which element of its kind, 0 to 15.
    pub tag: u8,
}

/// A program configuration element (clause 4.4.1.1): the speaker layout that a channel configuration
/// of 0 refers to. Its comment is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProgramConfig {
    /// `element_instance_tag`, 0 to 15.
    pub tag: u8,
    /// `object_type`: the audio object type minus 1.
    pub object_type: u8,
    /// `sampling_frequency_index`, 0 to 15.
    pub sampling_frequency_index: u8,
    /// Front elements, at most 15.
    pub front: SmallVec<[ChannelElement; 4]>,
    /// Side elements, at most 15.
    pub side: SmallVec<[ChannelElement; 4]>,
    /// Back elements, at most 15.
    pub back: SmallVec<[ChannelElement; 4]>,
    /// Tags of the low frequency elements, at most 3.
    pub lfe: SmallVec<[u8; 4]>,
    /// Tags of the data elements, at most 7.
    pub data: SmallVec<[u8; 4]>,
    /// Coupling channel elements, at most 15; `pair` stands for `cc_element_is_ind_sw`.
    pub coupling: SmallVec<[ChannelElement; 4]>,
    /// `mono_mixdown_element_number`.
    pub mono_mixdown: Option<u8>,
    /// `stereo_mixdown_element_number`.
    pub stereo_mixdown: Option<u8>,
    /// `matrix_mixdown_idx` and `pseudo_surround_enable`.
    pub matrix_mixdown: Option<(u8, bool)>,
}

impl ProgramConfig {
    /// Output channels: front, side, back and low frequency ones.
    #[must_use]
    pub fn channels(&self) -> u8 {
        let elements = [&self.front, &self.side, &self.back].into_iter().flatten();
        let full: usize = elements.map(|element| 1 + usize::from(element.pair)).sum();
        u8::try_from(full + self.lfe.len()).unwrap_or(u8::MAX)
    }

    /// Reads the element, which ends with its comment on a byte boundary counted from the start of the
    /// bytes that `bits` reads.
    pub(super) fn read(bits: &mut BitReader<'_>) -> Result<Self, ParseError> {
        let tag = bits.bits_u8(4)?;
        let object_type = bits.bits_u8(2)?;
        let sampling_frequency_index = bits.bits_u8(4)?;
        let (front, side, back) = (bits.bits(4)?, bits.bits(4)?, bits.bits(4)?);
        let (lfe, data, coupling) = (bits.bits(2)?, bits.bits(3)?, bits.bits(4)?);
        let mono_mixdown = optional_tag(bits)?;
        let stereo_mixdown = optional_tag(bits)?;
        let matrix_mixdown = if bits.flag()? {
            Some((bits.bits_u8(2)?, bits.flag()?))
        } else {
            None
        };
        let program = Self {
            tag,
            object_type,
            sampling_frequency_index,
            front: read_elements(bits, front)?,
            side: read_elements(bits, side)?,
            back: read_elements(bits, back)?,
            lfe: read_tags(bits, lfe)?,
            data: read_tags(bits, data)?,
            coupling: read_elements(bits, coupling)?,
            mono_mixdown,
            stereo_mixdown,
            matrix_mixdown,
        };
        bits.align();
        let comment_bytes = bits.bits(8)?;
        bits.skip(comment_bytes * 8)?;
        Ok(program)
    }

    /// Writes the element without a comment.
    pub(super) fn write(&self, bits: &mut BitWriter) {
        bits.put(u32::from(self.tag), 4);
        bits.put(u32::from(self.object_type), 2);
        bits.put(u32::from(self.sampling_frequency_index), 4);
        for elements in [&self.front, &self.side, &self.back] {
            bits.put(limited(elements.len(), 15), 4);
        }
        bits.put(limited(self.lfe.len(), 3), 2);
        bits.put(limited(self.data.len(), 7), 3);
        bits.put(limited(self.coupling.len(), 15), 4);
        for mixdown in [self.mono_mixdown, self.stereo_mixdown] {
            bits.put(u32::from(mixdown.is_some()), 1);
            if let Some(tag) = mixdown {
                bits.put(u32::from(tag), 4);
            }
        }
        bits.put(u32::from(self.matrix_mixdown.is_some()), 1);
        if let Some((index, pseudo_surround)) = self.matrix_mixdown {
            bits.put(u32::from(index), 2);
            bits.put(u32::from(pseudo_surround), 1);
        }
        write_elements(bits, &self.front);
        write_elements(bits, &self.side);
        write_elements(bits, &self.back);
        self.lfe
            .iter()
            .take(3)
            .for_each(|&tag| bits.put(u32::from(tag), 4));
        self.data
            .iter()
            .take(7)
            .for_each(|&tag| bits.put(u32::from(tag), 4));
        write_elements(bits, &self.coupling);
        bits.align();
        // comment_field_bytes
        bits.put(0, 8);
    }
}

fn limited(len: usize, limit: u32) -> u32 {
    u32::try_from(len).unwrap_or(limit).min(limit)
}

fn optional_tag(bits: &mut BitReader<'_>) -> Result<Option<u8>, ParseError> {
    Ok(if bits.flag()? {
        Some(bits.bits_u8(4)?)
    } else {
        None
    })
}

fn read_elements(
    bits: &mut BitReader<'_>,
    count: u32,
) -> Result<SmallVec<[ChannelElement; 4]>, ParseError> {
    let element = |_| {
        Ok(ChannelElement {
            pair: bits.flag()?,
            tag: bits.bits_u8(4)?,
        })
    };
    (0..count).map(element).collect()
}

fn write_elements(bits: &mut BitWriter, elements: &[ChannelElement]) {
    for element in elements.iter().take(15) {
        bits.put(u32::from(element.pair), 1);
        bits.put(u32::from(element.tag), 4);
    }
}

fn read_tags(bits: &mut BitReader<'_>, count: u32) -> Result<SmallVec<[u8; 4]>, ParseError> {
    (0..count).map(|_| bits.bits_u8(4)).collect()
}
