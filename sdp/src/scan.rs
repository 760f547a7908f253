//! The few scanners that the line and attribute grammars share.

use core::iter;

use crate::{Deviation, ParseError, Reporter};

/// Fields separated by one space (RFC 8866 section 9, `SP`); other whitespace is reported.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    rest: &'a str,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The next field, or `None` at the end.
    #[inline]
    pub(crate) fn next(&mut self, reporter: &mut Reporter) -> Result<Option<&'a str>, ParseError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (field, rest) = split_at_byte(self.rest, |byte| byte == b' ' || byte == b'\t');
        if field.is_empty() {
            reporter.deviation(self.rest, Deviation::Whitespace)?;
            self.rest = trim_start(self.rest);
            return self.next_trimmed(reporter);
        }
        self.rest = rest;
        self.skip_separator(reporter)?;
        Ok(Some(field))
    }

    /// The next field, or the error that it is missing.
    pub(crate) fn need(
        &mut self,
        reporter: &mut Reporter,
        expected: &'static str,
    ) -> Result<&'a str, ParseError> {
        match self.next(reporter)? {
            Some(field) => Ok(field),
            None => Err(reporter.expected(self.rest, expected)),
        }
    }

    /// All that is left, as it stands.
    pub(crate) fn rest(self) -> &'a str {
        self.rest
    }

    /// What is left without surrounding whitespace, or `None` when that is nothing.
    pub(crate) fn rest_nonempty(self) -> Option<&'a str> {
        let rest = trim(self.rest);
        (!rest.is_empty()).then_some(rest)
    }

    /// Reports anything that is left over.
    pub(crate) fn end(self, reporter: &mut Reporter) -> Result<(), ParseError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        reporter.deviation(self.rest, Deviation::TrailingText)
    }

    fn next_trimmed(&mut self, reporter: &mut Reporter) -> Result<Option<&'a str>, ParseError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (field, rest) = split_at_byte(self.rest, |byte| byte == b' ' || byte == b'\t');
        self.rest = rest;
        self.skip_separator(reporter)?;
        Ok(Some(field))
    }

    #[inline]
    fn skip_separator(&mut self, reporter: &mut Reporter) -> Result<(), ParseError> {
        let Some(rest) = self.rest.strip_prefix(' ') else {
            if !self.rest.is_empty() {
                reporter.deviation(self.rest, Deviation::Whitespace)?;
                self.rest = trim_start(self.rest);
            }
            return Ok(());
        };
        if matches!(rest.as_bytes().first(), None | Some(b' ' | b'\t')) {
            reporter.deviation(self.rest, Deviation::Whitespace)?;
        }
        self.rest = trim_start(rest);
        Ok(())
    }
}

/// Splits in front of the first byte (an ASCII one) that `is_end` takes.
#[inline]
pub(crate) fn split_at_byte(text: &str, is_end: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(is_end).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `str::split_once` for one ASCII byte: values are short, so a plain loop beats the searchers of std.
pub(crate) fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at.saturating_add(1)..)?))
}

/// `str::split` for one ASCII byte.
pub(crate) fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || match split_once(rest?, separator) {
        Some((part, behind)) => {
            rest = Some(behind);
            Some(part)
        }
        None => rest.take(),
    })
}

/// Without spaces and tabs at both ends.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    let is_blank = |byte: Option<&u8>| matches!(byte, Some(b' ' | b'\t'));
    let bytes = text.as_bytes();
    if is_blank(bytes.first()) || is_blank(bytes.last()) {
        return text.trim_matches([' ', '\t']);
    }
    text
}

#[inline]
pub(crate) fn trim_start(text: &str) -> &str {
    if matches!(text.as_bytes().first(), Some(b' ' | b'\t')) {
        return text.trim_start_matches([' ', '\t']);
    }
    text
}

/// `1*DIGIT` that fits 64 bits.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    if text.len() < 20 {
        // Nineteen digits always fit: no check for overflow.
        return text.bytes().try_fold(0_u64, |value, byte| {
            let digit = byte.wrapping_sub(b'0');
            let shifted = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            (digit < 10).then_some(shifted)
        });
    }
    text.bytes().try_fold(0_u64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(())?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// `1*DIGIT` that fits `T`.
pub(crate) fn number<T: TryFrom<u64>>(text: &str) -> Option<T> {
    T::try_from(decimal(text)?).ok()
}

/// The leading digits of `text` and what follows them.
pub(crate) fn leading_digits(text: &str) -> (&str, &str) {
    split_at_byte(text, |byte| !byte.is_ascii_digit())
}

pub(crate) fn hexadecimal_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// RFC 8866 section 9, `token`.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// One bit for each byte of `token-char`: 21, 23-27, 2A-2B, 2D-2E, 30-39, 41-5A, 5E-7E.
const TOKEN_BYTES: u128 = bits(0x21, 0x21)
    | bits(0x23, 0x27)
    | bits(0x2A, 0x2B)
    | bits(0x2D, 0x2E)
    | bits(0x30, 0x39)
    | bits(0x41, 0x5A)
    | bits(0x5E, 0x7E);

const fn bits(first: u32, last: u32) -> u128 {
    u128::MAX.wrapping_shl(first) & u128::MAX.wrapping_shr(127_u32.wrapping_sub(last))
}

fn is_token_byte(byte: u8) -> bool {
    TOKEN_BYTES
        .checked_shr(u32::from(byte))
        .is_some_and(|bits| bits & 1 == 1)
}
