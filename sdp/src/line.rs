use core::{fmt, iter::FusedIterator, slice};

/// One line, `<kind>=<value>`, without its line end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 5 gives a line these two parts"
)]
pub struct Line<'a> {
    /// The letter, such as `'a'`. Letters that RFC 8866 does not know are kept too.
    pub kind: char,
    /// What follows the equals sign, as written.
    pub value: &'a str,
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.value)
    }
}

/// Where a line stands in the text. Offsets are `u32`: the size limit is at most 1 GiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineSpan {
    pub(crate) kind: u8,
    pub(crate) value: Span,
}

/// A piece of the text, `start..end` in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Lines in their order.
#[derive(Clone, Debug)]
pub struct Lines<'s> {
    text: &'s str,
    spans: slice::Iter<'s, LineSpan>,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(text: &'s str, spans: &'s [LineSpan]) -> Self {
        Self {
            text,
            spans: spans.iter(),
        }
    }

    /// The value of the first line of this kind.
    pub(crate) fn value(&self, kind: char) -> Option<&'s str> {
        self.values(kind).next()
    }

    /// The values of all lines of this kind.
    pub(crate) fn values(&self, kind: char) -> impl Iterator<Item = &'s str> + use<'s> {
        let text = self.text;
        let spans = self.spans.clone();
        spans
            .filter(move |span| char::from(span.kind) == kind)
            .map(move |span| span.value.of(text))
    }
}

impl<'s> Iterator for Lines<'s> {
    type Item = Line<'s>;

    fn next(&mut self) -> Option<Line<'s>> {
        let span = self.spans.next()?;
        Some(Line {
            kind: char::from(span.kind),
            value: span.value.of(self.text),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.spans.size_hint()
    }
}

impl ExactSizeIterator for Lines<'_> {}
impl FusedIterator for Lines<'_> {}
