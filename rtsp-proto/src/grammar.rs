//! The few lexical rules that everything here shares (RFC 7826 §20.1).

/// `token` characters. `/` is not one.
#[inline]
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    // A look-up rather than comparisons: each byte of each header name comes by.
    #[allow(clippy::indexing_slicing, reason = "an index of a byte is inside 256")]
    TOKEN[byte as usize]
}

const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        #[allow(clippy::indexing_slicing, reason = "an index of a byte is inside 256")]
        {
            table[byte as usize] = is_token(byte);
        }
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

const fn is_token(byte: u8) -> bool {
    matches!(byte,
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'!' | b'#' | b'%' | b'&' | b'\'' | b'*'
        | b'+' | b'^' | b'`' | b'|' | b'~' | b'$')
}

/// Linear white space inside a line.
pub(crate) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Decimal digits and nothing else: no sign, not empty. `None` also when it does not fit 64 bits.
pub(crate) fn parse_u64(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |value, byte| {
        let digit = byte
            .is_ascii_digit()
            .then(|| u64::from(byte.wrapping_sub(b'0')))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// [`parse_u64`] for 32 bits.
pub(crate) fn parse_u32(text: &[u8]) -> Option<u32> {
    parse_u64(text).and_then(|value| u32::try_from(value).ok())
}

/// The text without blanks and line ends (of a folded header) at both ends.
pub(crate) fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text {
        if !(is_blank(*first) || matches!(first, b'\r' | b'\n')) {
            break;
        }
        text = rest;
    }
    while let [rest @ .., last] = text {
        if !(is_blank(*last) || matches!(last, b'\r' | b'\n')) {
            break;
        }
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_only() {
        assert_eq!(parse_u64(b"0042"), Some(42));
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        for bad in [
            &b""[..],
            b"-1",
            b"+1",
            b"1 ",
            b"0x1",
            b"18446744073709551616",
        ] {
            assert_eq!(parse_u64(bad), None, "{bad:?}");
        }
        assert_eq!(parse_u32(b"4294967296"), None);
    }

    #[test]
    fn trim_knows_folds() {
        assert_eq!(trim(b" \ta b\r\n "), b"a b");
        assert_eq!(trim(b"\r\n"), b"");
    }
}
