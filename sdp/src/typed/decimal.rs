use core::fmt;

use crate::{Deviation, ParseError, Reporter, TypedAttribute, scan};

/// A number as SDP writes it, such as `29.97`: exact, comparable, printed as it was read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Decimal {
    digits: u64,
    fraction_digits: u8,
}

/// 10^19 is the largest power of ten that fits 64 bits.
const MAX_FRACTION_DIGITS: u8 = 18;

impl Decimal {
    /// `digits * 10^-fraction_digits`: `new(2997, 2)` is 29.97. More than 18 fraction digits count
    /// as 18.
    #[must_use]
    pub const fn new(digits: u64, fraction_digits: u8) -> Self {
        let too_many = fraction_digits > MAX_FRACTION_DIGITS;
        Self {
            digits,
            fraction_digits: if too_many {
                MAX_FRACTION_DIGITS
            } else {
                fraction_digits
            },
        }
    }

    /// The nearest floating point number.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "the caller asks for the approximation"
    )]
    pub fn to_f64(self) -> f64 {
        self.digits as f64 / self.scale() as f64
    }

    /// Numerator and denominator: 29.97 is (2997, 100).
    #[must_use]
    pub const fn as_ratio(self) -> (u64, u64) {
        (self.digits, self.scale())
    }

    /// Whether it is zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.digits == 0
    }

    const fn scale(self) -> u64 {
        10_u64.saturating_pow(self.fraction_digits as u32)
    }

    /// A leading number and what stands behind it.
    pub(crate) fn take(text: &str) -> Option<(Self, &str)> {
        let (whole, rest) = scan::leading_digits(text);
        let digits = scan::decimal(whole)?;
        let Some((fraction, rest)) = rest.strip_prefix('.').map(scan::leading_digits) else {
            return Some((Self::new(digits, 0), rest));
        };
        let mut number = Self::new(digits, 0);
        for byte in fraction.bytes() {
            let shifted = number.digits.checked_mul(10);
            let digit = u64::from(byte.wrapping_sub(b'0'));
            let Some(digits) = shifted.and_then(|shifted| shifted.checked_add(digit)) else {
                break;
            };
            if number.fraction_digits == MAX_FRACTION_DIGITS {
                break;
            }
            number = Self::new(digits, number.fraction_digits.saturating_add(1));
        }
        Some((number, rest))
    }

    fn read_positive(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let text = scan::trim(value);
        let (number, rest) =
            Self::take(text).ok_or_else(|| reporter.expected(text, "a positive number"))?;
        if text.len() != value.len() {
            reporter.deviation(value, Deviation::Whitespace)?;
        }
        if !rest.is_empty() {
            reporter.deviation(rest, Deviation::TrailingText)?;
        }
        if number.is_zero() {
            reporter.deviation(text, Deviation::NumberZero)?;
        }
        Ok(number)
    }
}

impl From<u32> for Decimal {
    fn from(whole: u32) -> Self {
        Self::new(u64::from(whole), 0)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fraction_digits == 0 {
            return write!(f, "{}", self.digits);
        }
        let scale = self.scale();
        let whole = self.digits.checked_div(scale).unwrap_or(0);
        let fraction = self.digits.checked_rem(scale).unwrap_or(0);
        write!(
            f,
            "{whole}.{fraction:0width$}",
            width = usize::from(self.fraction_digits)
        )
    }
}

macro_rules! decimals {
    ($($(#[$doc:meta])* $name:ident = $wire:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[allow(clippy::exhaustive_structs, reason = "the value is one number")]
        pub struct $name(pub Decimal);

        impl TypedAttribute<'_> for $name {
            const NAME: &'static str = $wire;

            fn read(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
                Decimal::read_positive(value, reporter).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

decimals! {
    /// `a=framerate:` (RFC 8866 section 6.13): frames per second; 0 when the device does not know.
    FrameRate = "framerate";
    /// `a=ptime:` (RFC 8866 section 6.4): milliseconds of media in a packet.
    PacketTime = "ptime";
    /// `a=maxptime:` (RFC 8866 section 6.5): the most milliseconds of media in a packet.
    MaxPacketTime = "maxptime";
}
