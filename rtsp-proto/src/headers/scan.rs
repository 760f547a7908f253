//! Lists, quotes and numbers inside header values.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::grammar::is_token_byte;

/// The parts of `text` between separators that are not inside quotes, trimmed. A quote that is never
/// closed lasts to the end.
pub(super) fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest?;
        let (part, after) = cut_unquoted(text, separator);
        rest = after;
        Some(trim(part))
    })
}

/// The text before the first separator outside quotes, and what follows that separator.
pub(super) fn cut_unquoted(text: &str, separator: u8) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    match memchr::memchr2(separator, b'"', bytes) {
        None => return (text, None),
        // Most lists have no quotes.
        Some(at) if bytes.get(at) == Some(&separator) => {
            return (
                text.get(..at).unwrap_or(text),
                text.get(at.saturating_add(1)..),
            );
        }
        Some(_) => {}
    }
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => {
                return (
                    text.get(..at).unwrap_or(text),
                    text.get(at.saturating_add(1)..),
                );
            }
            _ => {}
        }
    }
    (text, None)
}

/// Without the white space, line ends included, at both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_ascii()
}

/// `name=value`, both trimmed; the value is absent when there is no `=`.
pub(super) fn name_value(text: &str) -> (&str, Option<&str>) {
    match text
        .bytes()
        .position(|byte| byte == b'=')
        .and_then(|at| text.split_at_checked(at))
    {
        Some((name, value)) => (
            trim(name),
            Some(trim(value.strip_prefix('=').unwrap_or(value))),
        ),
        None => (trim(text), None),
    }
}

/// Without the quotes and escapes of a quoted string. Either quote may be missing.
pub(super) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"') else {
        return Cow::Borrowed(text);
    };
    if !inner.contains('\\') {
        return Cow::Borrowed(inner.strip_suffix('"').unwrap_or(inner));
    }
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            '"' => break,
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// True for one or more token characters.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Writes a quoted string.
pub(super) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    write_escaped(f, text)?;
    f.write_str("\"")
}

/// Writes a part of a quoted string.
pub(super) fn write_escaped(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            f.write_str("\\")?;
        }
        fmt::Write::write_char(f, character)?;
    }
    Ok(())
}

/// Writes the items with a separator between.
pub(super) fn write_joined<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    separator: &str,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(separator)?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

/// A decimal number without sign or with `-`, finite: what the grammars call FLOAT.
pub(super) fn parse_decimal(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let sound = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = text.parse().ok().filter(|_| sound)?;
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn quotes_hide_separators() {
        let parts: Vec<_> = split_unquoted(r#"a, b="1,\"2" ,c"#, b',').collect();
        assert_eq!(parts, ["a", r#"b="1,\"2""#, "c"]);
        assert_eq!(split_unquoted("\"a,b", b',').count(), 1);
        assert_eq!(split_unquoted("", b',').count(), 1);
    }

    #[test]
    fn unquote_forgives_missing_quotes() {
        for (text, plain) in [
            ("\"a\"", "a"),
            ("\"a", "a"),
            ("a", "a"),
            ("\"", ""),
            ("\"\"", ""),
            (r#""\"#, ""),
            (r#""a\"b\\""#, r#"a"b\"#),
        ] {
            assert_eq!(unquote(text), plain, "{text}");
        }
    }

    #[test]
    fn decimals_are_finite_and_plain() {
        assert_eq!(parse_decimal("-2.5"), Some(-2.5));
        assert_eq!(parse_decimal(".5"), Some(0.5));
        for bad in ["", "-", ".", "inf", "NaN", "1e5", "+1", "1.2.3", "--1"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn quoting_round_trips(text in ".*") {
            struct Quoted<'a>(&'a str);
            impl fmt::Display for Quoted<'_> {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write_quoted(f, self.0)
                }
            }
            let quoted = alloc::format!("{}", Quoted(&text));
            prop_assert_eq!(unquote(&quoted), text);
        }
    }
}
