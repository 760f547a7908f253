use alloc::vec::Vec;
use core::iter::FusedIterator;

use bytes::{Bytes, BytesMut};
use memchr::memmem;

use crate::{ParseError, nal::put_unit, nal_units};

const START_CODE: &[u8] = &[0, 0, 1];

/// The NAL units of an Annex B byte stream (ITU-T H.264 Annex B), borrowed, without their start codes
/// (3 or 4 bytes) and without trailing zero bytes; empty units are passed over. What comes before the
/// first start code is dropped. Linear: each byte is looked at once.
#[must_use]
pub fn annexb_units(stream: &[u8]) -> AnnexBUnits<'_> {
    let first = memmem::find(stream, START_CODE);
    AnnexBUnits {
        rest: first.and_then(|at| stream.get(at + START_CODE.len()..)),
    }
}

/// See [`annexb_units`].
#[derive(Debug, Clone)]
pub struct AnnexBUnits<'a> {
    /// What follows the last start code found; `None` after the last unit.
    rest: Option<&'a [u8]>,
}

impl<'a> Iterator for AnnexBUnits<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.rest.take()?;
            let unit = match memmem::find(rest, START_CODE) {
                Some(end) => {
                    self.rest = rest.get(end + START_CODE.len()..);
                    rest.get(..end)?
                }
                None => rest,
            };
            // A NAL unit never ends in a zero byte (clause 7.4.1): these are trailing_zero_8bits or the
            // first byte of a 4-byte start code.
            let unit = trim_zeros(unit);
            if !unit.is_empty() {
                return Some(unit);
            }
        }
    }
}

impl FusedIterator for AnnexBUnits<'_> {}

fn trim_zeros(unit: &[u8]) -> &[u8] {
    let end = unit.iter().rposition(|&byte| byte != 0);
    end.and_then(|last| unit.get(..=last)).unwrap_or_default()
}

/// One parameter set as its senders write it: a start code in front and zeros behind are tolerated and
/// taken off, as cameras put them into SDP (`sprop-parameter-sets` in Annex B form).
pub(crate) fn strip_start_code(set: &[u8]) -> &[u8] {
    let mut set = trim_zeros(set);
    while let [0, 0, 1, unit @ ..] | [0, 0, 0, 1, unit @ ..] = set {
        set = unit;
    }
    set
}

/// An Annex B byte stream as canonical frame data (4-byte lengths). One copy.
#[must_use]
pub fn annexb_to_length_prefixed(stream: &[u8]) -> Bytes {
    // A 3-byte start code grows by one byte per unit; few streams have over 16 units per frame.
    let mut out = BytesMut::with_capacity(stream.len().saturating_add(16));
    for unit in annexb_units(stream) {
        put_unit(&mut out, unit);
    }
    out.freeze()
}

/// Canonical frame data as an Annex B byte stream with 4-byte start codes. One copy.
///
/// # Errors
/// [`ParseError::Truncated`] when a length reaches past the end.
pub fn length_prefixed_to_annexb(data: &[u8]) -> Result<Vec<u8>, ParseError> {
    let mut out = Vec::with_capacity(data.len());
    for unit in nal_units(data) {
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(unit?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use hex_literal::hex;
    use proptest::prelude::*;

    use super::*;

    fn units(stream: &[u8]) -> Vec<&[u8]> {
        annexb_units(stream).collect()
    }

    #[test]
    fn three_and_four_byte_start_codes() {
        let stream = hex!("00000001 6742 000001 68ce 00000001 6588 0000");
        assert_eq!(
            units(&stream),
            [&hex!("6742")[..], &hex!("68ce"), &hex!("6588")]
        );
        assert_eq!(
            annexb_to_length_prefixed(&stream)[..],
            hex!("00000002 6742 00000002 68ce 00000002 6588")
        );
    }

    #[test]
    fn leading_bytes_empty_units_and_trailing_zeros() {
        let stream = hex!("ffff 000001 000001 09f0 00000000 000001 65 000001");
        assert_eq!(units(&stream), [&hex!("09f0")[..], &hex!("65")]);
        assert!(units(&[]).is_empty());
        assert!(units(&hex!("6742")).is_empty());
        assert!(units(&hex!("0000")).is_empty());
    }

    #[test]
    fn start_codes_are_stripped_from_a_single_set() {
        assert_eq!(strip_start_code(&hex!("00000001 68ce")), hex!("68ce"));
        assert_eq!(strip_start_code(&hex!("000001 68ce 0000")), hex!("68ce"));
        assert_eq!(strip_start_code(&hex!("68ce")), hex!("68ce"));
        assert!(strip_start_code(&hex!("0000")).is_empty());
        let twice = hex!("000001 00000001 68ce");
        assert_eq!(strip_start_code(&twice), hex!("68ce"));
    }

    #[test]
    fn a_megabyte_of_zeros_or_start_codes_is_linear() {
        assert!(units(&vec![0; 1 << 20]).is_empty());
        let codes: Vec<u8> = [0, 0, 1].repeat(1 << 19);
        assert!(units(&codes).is_empty());
    }

    #[test]
    fn a_lying_length_is_an_error() {
        assert!(length_prefixed_to_annexb(&hex!("00000005 65")).is_err());
    }

    /// Bytes that may stand in a NAL unit: no start code inside, no zero at the end.
    fn nal_unit() -> impl Strategy<Value = Vec<u8>> {
        proptest::collection::vec(1u8.., 1..60)
    }

    proptest! {
        #[test]
        fn both_ways(units in proptest::collection::vec(nal_unit(), 0..10)) {
            let mut canonical = BytesMut::new();
            for unit in &units {
                put_unit(&mut canonical, unit);
            }
            let stream = length_prefixed_to_annexb(&canonical).unwrap();
            prop_assert_eq!(annexb_to_length_prefixed(&stream), canonical);
        }

        #[test]
        fn units_hold_no_start_code(stream in proptest::collection::vec(0u8..3, 0..100)) {
            for unit in annexb_units(&stream) {
                prop_assert!(!unit.is_empty());
                prop_assert_ne!(unit.last(), Some(&0));
                prop_assert!(memmem::find(unit, START_CODE).is_none());
            }
        }
    }
}
