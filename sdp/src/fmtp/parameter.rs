//! Values of format parameters, and the table that makes a struct of them.

use alloc::{string::String, vec::Vec};
use core::{fmt, iter};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;

use crate::{Deviation as D, ParseError, Reporter, scan};

/// Cameras forget the padding, or pad the wrong way.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A value that stands behind `name=`.
pub(crate) trait Parameter {
    fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError>;
    /// Whether it is written: not when it has the default that absence means.
    fn is_set(&self) -> bool;
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Parameter for $number {
            fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
                match scan::number(text) {
                    Some(number) => *self = number,
                    None => reporter.deviation(text, D::ParameterUnreadable)?,
                }
                Ok(())
            }

            fn is_set(&self) -> bool {
                *self != 0
            }

            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Parameter for Option<$number> {
            fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
                *self = scan::number(text);
                if self.is_none() { reporter.deviation(text, D::ParameterUnreadable) } else { Ok(()) }
            }

            fn is_set(&self) -> bool {
                self.is_some()
            }

            fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.map_or(Ok(()), |number| fmt::Display::fmt(&number, f))
            }
        }
    )*};
}

numbers!(u8, u32, u64);

/// `0` or `1`.
impl Parameter for bool {
    fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
        match text {
            "0" => *self = false,
            "1" => *self = true,
            other => reporter.deviation(other, D::ParameterUnreadable)?,
        }
        Ok(())
    }

    fn is_set(&self) -> bool {
        *self
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self { "1" } else { "0" })
    }
}

impl Parameter for Option<bool> {
    fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
        match text {
            "0" => *self = Some(false),
            "1" => *self = Some(true),
            other => reporter.deviation(other, D::ParameterUnreadable)?,
        }
        Ok(())
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.map_or(Ok(()), |flag| flag.write(f))
    }
}

impl Parameter for String {
    fn read(&mut self, text: &str, _: &mut Reporter) -> Result<(), ParseError> {
        self.clear();
        self.push_str(text);
        Ok(())
    }

    fn is_set(&self) -> bool {
        !self.is_empty()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

/// Hexadecimal, of a fixed length.
impl<const N: usize> Parameter for Option<[u8; N]> {
    fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
        *self = hexadecimal(text).and_then(|bytes| bytes.try_into().ok());
        if self.is_none() {
            reporter.deviation(text, D::ParameterUnreadable)
        } else {
            Ok(())
        }
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter()
            .flatten()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Hexadecimal, of any length but 0.
impl Parameter for Bytes {
    fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
        // RFC 6416 allows quotes in no place, yet some encoders write them.
        let bytes = hexadecimal(text.trim_matches('"')).filter(|bytes| !bytes.is_empty());
        if bytes.is_none() || text.starts_with('"') {
            reporter.deviation(text, D::ParameterUnreadable)?;
        }
        *self = bytes.map(Self::from).unwrap_or_default();
        Ok(())
    }

    fn is_set(&self) -> bool {
        !self.is_empty()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Base64 elements between commas: parameter sets.
impl Parameter for Vec<Bytes> {
    fn read(&mut self, text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
        check_parameter_sets(text, reporter)?;
        self.clear();
        for element in scan::split(text, b',') {
            let bytes = BASE64.decode(scan::trim(element)).unwrap_or_default();
            if without_start_code(&bytes).len() == bytes.len() {
                self.push(Bytes::from(bytes));
            } else {
                self.extend(annex_b_units(&bytes).map(Bytes::copy_from_slice));
            }
        }
        self.retain(|unit| !unit.is_empty());
        Ok(())
    }

    fn is_set(&self) -> bool {
        !self.is_empty()
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, unit) in self.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { "," })?;
            f.write_str(&BASE64.encode(unit))?;
        }
        Ok(())
    }
}

/// Reports what is wrong with a list of parameter sets, without decoding it.
pub(crate) fn check_parameter_sets(text: &str, reporter: &mut Reporter) -> Result<(), ParseError> {
    for element in scan::split(text, b',') {
        let element = scan::trim(element);
        if element.is_empty() {
            reporter.deviation(element, D::ParameterSetEmpty)?;
        } else if begins_with_start_code(element) {
            reporter.deviation(element, D::ParameterSetAnnexB)?;
        } else if !is_base64(element) {
            reporter.deviation(element, D::ParameterSetNotBase64)?;
        }
    }
    Ok(())
}

/// 00 00 01 or 00 00 00 01, in base64: the fourth byte ends in the sixth letter's upper bits.
fn begins_with_start_code(text: &str) -> bool {
    let sixth = text
        .strip_prefix("AAAAA")
        .and_then(|rest| rest.bytes().next());
    text.starts_with("AAAB") || matches!(sixth, Some(b'Q'..=b'Z' | b'a'..=b'f'))
}

fn is_base64(text: &str) -> bool {
    let data = text.trim_end_matches('=');
    let padding = text.len().saturating_sub(data.len());
    padding <= 2
        && data.len() % 4 != 1
        && data
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}

/// Without the Annex B start codes in front of the NAL unit, which RFC 6184 has no place for.
fn without_start_code(mut bytes: &[u8]) -> &[u8] {
    while let Some(rest) = bytes
        .strip_prefix(&[0, 0, 0, 1])
        .or_else(|| bytes.strip_prefix(&[0, 0, 1]))
    {
        bytes = rest;
    }
    bytes
}

/// Some cameras put SPS and PPS into one element, each behind a start code.
fn annex_b_units(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    iter::from_fn(move || {
        let unit = without_start_code(rest);
        if unit.is_empty() {
            return None;
        }
        let end = unit.windows(3).position(|window| window == [0, 0, 1]);
        let (unit, behind) = unit.split_at_checked(end.unwrap_or(unit.len()))?;
        rest = behind;
        // The first zero of a four-byte start code.
        Some(
            unit.strip_suffix(&[0])
                .filter(|_| end.is_some())
                .unwrap_or(unit),
        )
    })
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut digits = text.bytes();
    while let Some(high) = digits.next() {
        let low = scan::hexadecimal_digit(digits.next()?)?;
        bytes.push(scan::hexadecimal_digit(high)? << 4 | low);
    }
    Some(bytes)
}

/// Makes a struct of format parameters from a table `field: type = "wire name"`.
macro_rules! fmtp_parameters {
    ($(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident: $type:ty = $wire:literal,)*
    }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug, Default)]
        #[allow(clippy::exhaustive_structs, reason = "plain data, built with `..Default::default()`")]
        pub struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
        }

        impl $name {
            /// Reads the parameters of an fmtp line (what follows the format) by the letter.
            /// Parameters that are not in this struct are passed over.
            ///
            /// # Errors
            /// A value that its parameter cannot have.
            pub fn parse(parameters: &str) -> Result<Self, $crate::ParseError> {
                Self::read(parameters, &mut $crate::Reporter::strict(parameters))
            }

            /// Reads the parameters; values that cannot be read count as absent.
            #[must_use]
            pub fn parse_lenient(parameters: &str) -> Self {
                let mut reporter = $crate::Reporter::lenient(parameters);
                Self::read(parameters, &mut reporter).unwrap_or_default()
            }

            /// Reads the parameters, telling `reporter` about each value that is not right.
            ///
            /// # Errors
            /// The reporter is strict and met such a value.
            pub fn read(
                parameters: &str,
                reporter: &mut $crate::Reporter,
            ) -> Result<Self, $crate::ParseError> {
                let mut read = Self::default();
                for (name, value) in $crate::Parameters::new(parameters) {
                    let value = value.unwrap_or_default();
                    $(if name.eq_ignore_ascii_case($wire) {
                        if !Parameter::is_set(&read.$field) {
                            Parameter::read(&mut read.$field, value, reporter)?;
                        }
                        continue;
                    })*
                }
                Ok(read)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let mut gap = "";
                $(if Parameter::is_set(&self.$field) {
                    write!(f, "{gap}{}=", $wire)?;
                    Parameter::write(&self.$field, f)?;
                    gap = ";";
                })*
                let _ = gap;
                Ok(())
            }
        }
    };
}

pub(crate) use fmtp_parameters;
