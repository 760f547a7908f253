//! Byte ranges (RFC 9110 §14).

use std::ops::Range;

/// What a Range header asks of something that is `len` bytes long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it: there is no such header, or one that may be ignored (§14.2).
    All,
    /// These bytes; never none.
    Part(Range<u64>),
    /// Nothing that is there (§15.5.17).
    NotThere,
}

/// Reads a Range header. Of several ranges at a time, which need not be served, all is given.
pub(super) fn wanted(header: Option<&str>, len: u64) -> Wanted {
    let Some(ranges) = header.and_then(|header| header.trim().strip_prefix("bytes=")) else {
        return Wanted::All;
    };
    let Some((first, last)) = ranges.split_once('-') else {
        return Wanted::All;
    };
    let (first, last) = (first.trim(), last.trim());
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(first) || !digits(last) || (first.is_empty() && last.is_empty()) {
        return Wanted::All;
    }
    // More digits than there can be bytes: it is beyond the end.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    let range = if first.is_empty() {
        len.saturating_sub(number(last))..len
    } else {
        let end = if last.is_empty() {
            len
        } else {
            number(last).saturating_add(1).min(len)
        };
        // An end before the beginning makes the header invalid.
        if !last.is_empty() && number(last) < number(first) {
            return Wanted::All;
        }
        number(first)..end
    };
    if range.is_empty() {
        Wanted::NotThere
    } else {
        Wanted::Part(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_all_kinds() {
        let table = [
            (None, Wanted::All),
            (Some("bytes=0-"), Wanted::Part(0..100)),
            (Some("bytes=0-0"), Wanted::Part(0..1)),
            (Some("bytes=10-19"), Wanted::Part(10..20)),
            (Some("bytes=10-1000"), Wanted::Part(10..100)),
            (Some("bytes=-5"), Wanted::Part(95..100)),
            (Some("bytes=-500"), Wanted::Part(0..100)),
            (Some("bytes=99-"), Wanted::Part(99..100)),
            (Some("bytes=100-"), Wanted::NotThere),
            (Some("bytes=-0"), Wanted::NotThere),
            (Some("bytes=99999999999999999999999-"), Wanted::NotThere),
            (Some("bytes=20-10"), Wanted::All),
            (Some("bytes=0-1,5-6"), Wanted::All),
            (Some("bytes=-"), Wanted::All),
            (Some("bytes=x-y"), Wanted::All),
            (Some("items=0-1"), Wanted::All),
        ];
        for (header, outcome) in table {
            assert_eq!(wanted(header, 100), outcome, "{header:?}");
        }
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::NotThere);
    }
}
