//! Headers that are one number: CSeq, Content-Length, Blocksize, Bandwidth, Pipelined-Requests, Scale, Speed.

use core::fmt;

use super::TypedHeader;
use super::scan::{parse_decimal, trim};
use crate::HeaderError;
use crate::grammar::parse_u64;

macro_rules! integers {
    ($($(#[$doc:meta])* $type:ident $name:literal $integer:ty;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type($integer);

        impl $type {
            /// The header of this value.
            #[must_use]
            pub const fn new(value: $integer) -> Self {
                Self(value)
            }

            /// The value.
            #[must_use]
            pub const fn value(self) -> $integer {
                self.0
            }
        }

        impl TypedHeader for $type {
            const NAME: &'static str = $name;

            fn parse(value: &str) -> Result<Self, HeaderError> {
                let digits = trim(value);
                parse_u64(digits.as_bytes())
                    .and_then(|number| <$integer>::try_from(number).ok())
                    .map(Self)
                    .ok_or_else(|| HeaderError::at(Self::NAME, value, digits, concat!("a ", stringify!($integer), " in decimal digits")))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+};
}

integers! {
    /// CSeq (RFC 7826 §18.20): pairs a response with its request. 0 is valid.
    CSeq "CSeq" u32;
    /// Content-Length (RFC 7826 §18.17), bytes.
    ContentLength "Content-Length" u64;
    /// Blocksize (RFC 7826 §18.10): the media packet size that the client wants, bytes.
    Blocksize "Blocksize" u64;
    /// Bandwidth (RFC 7826 §18.9): what the client has, bits per second.
    Bandwidth "Bandwidth" u64;
    /// Pipelined-Requests (RFC 7826 §18.33): the client's name for a session whose id it does not know yet.
    PipelinedRequests "Pipelined-Requests" u32;
}

/// Scale (RFC 7826 §18.46): 1 is normal, negative is backwards.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Scale(f64);

impl Scale {
    /// Normal rate.
    pub const NORMAL: Self = Self(1.0);

    /// A scale; what is not finite becomes normal.
    #[must_use]
    pub const fn new(factor: f64) -> Self {
        if factor.is_finite() {
            Self(factor)
        } else {
            Self::NORMAL
        }
    }

    /// The factor, finite.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

impl TypedHeader for Scale {
    const NAME: &'static str = "Scale";

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let number = trim(value);
        parse_decimal(number)
            .map(Self)
            .ok_or_else(|| HeaderError::at(Self::NAME, value, number, "a decimal number"))
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Speed (RFC 2326 §12.35: one factor; RFC 7826 §18.50: a range of them). How fast data is delivered.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Speed {
    /// The lowest factor, or the only one. Finite, not negative.
    pub lower: f64,
    /// The highest factor, of a 2.0 range.
    pub upper: Option<f64>,
}

impl Speed {
    /// One factor.
    #[must_use]
    pub const fn new(factor: f64) -> Self {
        Self {
            lower: factor,
            upper: None,
        }
    }

    /// A range, as RTSP 2.0 has it.
    #[must_use]
    pub const fn range(lower: f64, upper: f64) -> Self {
        Self {
            lower,
            upper: Some(upper),
        }
    }
}

impl TypedHeader for Speed {
    const NAME: &'static str = "Speed";

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let factor = |text: &str| {
            let text = trim(text);
            parse_decimal(text)
                .filter(|number| !number.is_sign_negative())
                .ok_or_else(|| HeaderError::at(Self::NAME, value, text, "a decimal number"))
        };
        match value.split_once('-') {
            Some((lower, upper)) => Ok(Self {
                lower: factor(lower)?,
                upper: Some(factor(upper)?),
            }),
            None => Ok(Self {
                lower: factor(value)?,
                upper: None,
            }),
        }
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.upper {
            Some(upper) => write!(f, "{}-{}", self.lower, upper),
            None => write!(f, "{}", self.lower),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn integers_are_digits_in_range() {
        assert_eq!(CSeq::parse(" 7 "), Ok(CSeq::new(7)));
        for bad in ["", "-1", "1.5", "4294967296", "7;x"] {
            assert!(CSeq::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            CSeq::parse(" x").unwrap_err().to_string(),
            "CSeq, byte 1: expected a u32 in decimal digits"
        );
        assert_eq!(
            Bandwidth::parse("4294967296").unwrap().value(),
            4_294_967_296
        );
    }

    #[test]
    fn quirk_cseq_zero_is_valid() {
        assert_eq!(CSeq::parse("0"), Ok(CSeq::new(0)));
    }

    #[test]
    fn speeds_of_both_versions() {
        assert_eq!(Speed::parse("2.5"), Ok(Speed::new(2.5)));
        assert_eq!(Speed::parse("1.0 - 2.5"), Ok(Speed::range(1.0, 2.5)));
        for bad in ["", "-1", "1-", "x", "inf", "-0"] {
            assert!(Speed::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn scales_are_finite() {
        assert_eq!(Scale::parse("-3.5"), Ok(Scale::new(-3.5)));
        assert!(Scale::parse("inf").is_err());
        assert_eq!(Scale::new(f64::NAN), Scale::NORMAL);
    }

    proptest! {
        #[test]
        fn round_trips(number in any::<u64>(), factor in -1e9..1e9_f64, low in 0.0..1e6_f64, high in 0.0..1e6_f64) {
            prop_assert_eq!(ContentLength::parse(&ContentLength::new(number).to_string()), Ok(ContentLength::new(number)));
            prop_assert_eq!(Scale::parse(&Scale::new(factor).to_string()), Ok(Scale::new(factor)));
            prop_assert_eq!(Speed::parse(&Speed::range(low, high).to_string()), Ok(Speed::range(low, high)));
            prop_assert_eq!(Speed::parse(&Speed::new(low).to_string()), Ok(Speed::new(low)));
        }
    }
}
