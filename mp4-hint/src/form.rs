//! How a sample of the file becomes a frame in the canonical form.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use bytes::Bytes;
use castline_codec::{LengthSize, nal_units};

/// The form that a track's samples have in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleForm {
    /// One codec packet: a frame as it is.
    Packet,
    /// NAL units behind lengths of this size.
    NalUnits(LengthSize),
    /// PCM; each sample, of all channels, takes this many bytes.
    Pcm {
        sample_bytes: NonZeroU32,
        /// 16-bit samples with the low byte first, which no RTP payload has.
        is_little_endian: bool,
    },
}

impl SampleForm {
    pub(crate) const fn pcm_sample_bytes(self) -> Option<u32> {
        match self {
            Self::Pcm { sample_bytes, .. } => Some(sample_bytes.get()),
            Self::Packet | Self::NalUnits(_) => None,
        }
    }

    /// The frame; `None` when the sample is not what the track says it is.
    pub(crate) fn canonical(self, sample: Bytes) -> Option<Bytes> {
        match self {
            Self::NalUnits(size) => {
                let data = size.canonical(sample).ok()?;
                let is_whole = nal_units(&data).all(|unit| unit.is_ok());
                is_whole.then_some(data)
            }
            Self::Pcm {
                is_little_endian: true,
                ..
            } => {
                let swapped = sample
                    .as_chunks::<2>()
                    .0
                    .iter()
                    .map(|[low, high]| [*high, *low]);
                Some(swapped.collect::<Vec<_>>().into_flattened().into())
            }
            Self::Packet | Self::Pcm { .. } => Some(sample),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nal_units_are_checked_and_not_copied() {
        let form = SampleForm::NalUnits(LengthSize::Four);
        let sample = Bytes::from_static(&[0, 0, 0, 2, 0x65, 1]);
        let frame = form.canonical(sample.clone()).unwrap();
        assert_eq!(frame.as_ptr(), sample.as_ptr());
        assert_eq!(form.canonical(sample.slice(..5)), None);
        let two = SampleForm::NalUnits(LengthSize::Two);
        let widened = two.canonical(Bytes::from_static(&[0, 2, 0x65, 1])).unwrap();
        assert_eq!(widened, sample);
    }

    #[test]
    fn little_endian_pcm_is_swapped() {
        let form = SampleForm::Pcm {
            sample_bytes: NonZeroU32::new(2).unwrap(),
            is_little_endian: true,
        };
        assert_eq!(form.pcm_sample_bytes(), Some(2));
        let swapped = form.canonical(Bytes::from_static(&[1, 2, 3, 4])).unwrap();
        assert_eq!(&swapped[..], [2, 1, 4, 3]);
    }
}
