//! The head of an owned message: a slice of the read buffer, or text that is being built.

use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use bytes::Bytes;

use crate::headers::TypedHeader;
use crate::message::head::{FieldSpan, Span};
use crate::message::names::canonical_header_name;
use crate::message::view::Headers;

/// Start line and headers. A built head is the wire form itself, without the last empty line.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    text: Text,
    spans: Vec<FieldSpan>,
}

#[derive(Clone, Debug)]
enum Text {
    Received(Bytes),
    Built(Vec<u8>),
}

impl Fields {
    pub(crate) fn received(text: Bytes, spans: Vec<FieldSpan>) -> Self {
        Self {
            text: Text::Received(text),
            spans,
        }
    }

    /// A head of nothing but this start line, which must not have a line end.
    pub(crate) fn built(start_line: Vec<u8>) -> Self {
        let mut text = start_line;
        text.extend_from_slice(b"\r\n");
        Self {
            text: Text::Built(text),
            spans: Vec::new(),
        }
    }

    pub(crate) fn text(&self) -> &[u8] {
        match &self.text {
            Text::Received(text) => text,
            Text::Built(text) => text,
        }
    }

    pub(crate) fn view(&self) -> Headers<'_> {
        Headers {
            text: self.text(),
            fields: &self.spans,
        }
    }

    /// The built text, where this is one.
    pub(crate) fn wire(&self) -> Option<&[u8]> {
        match &self.text {
            Text::Received(_) => None,
            Text::Built(text) => Some(text),
        }
    }

    pub(crate) fn wire_mut(&mut self) -> Option<&mut Vec<u8>> {
        match &mut self.text {
            Text::Received(_) => None,
            Text::Built(text) => Some(text),
        }
    }

    /// The same headers behind another start line, without those that `keep` refuses.
    pub(crate) fn rebuild(&self, start_line: Vec<u8>, keep: impl Fn(&str) -> bool) -> Self {
        let mut built = Self::built(start_line);
        for (name, value) in self.view().iter().filter(|(name, _)| keep(name)) {
            built.push(name, value.as_bytes());
        }
        built
    }

    /// Adds a header in its canonical case. Bytes that would break the line become spaces (`-` in a name).
    pub(crate) fn push(&mut self, name: &str, value: &[u8]) {
        let name = canonical_header_name(name).unwrap_or(name);
        self.line(name, |text| {
            text.extend(crate::grammar::trim(value).iter().copied().map(printable))
        });
    }

    pub(crate) fn push_typed<T: TypedHeader>(&mut self, header: &T) {
        self.line(T::NAME, |text| {
            // Writing to memory fails only when a `Display` refuses; what it wrote so far stands.
            let _ = write!(Printable(text), "{header}");
        });
    }

    fn line(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        let Text::Built(text) = &mut self.text else {
            return;
        };
        let start = text.len();
        let token = |byte| {
            if crate::grammar::is_token_byte(byte) {
                byte
            } else {
                b'-'
            }
        };
        text.extend(name.bytes().map(token));
        if name.is_empty() {
            text.push(b'-');
        }
        let name = Span::new(start, text.len());
        text.extend_from_slice(b": ");
        let start = text.len();
        value(text);
        let value = Span::new(start, text.len());
        text.extend_from_slice(b"\r\n");
        self.spans.push(FieldSpan { name, value });
    }
}

/// A line end or NUL inside a value would let one header become two.
fn printable(byte: u8) -> u8 {
    if matches!(byte, b'\r' | b'\n' | 0) {
        b' '
    } else {
        byte
    }
}

/// Appends text as [`printable`] bytes.
pub(crate) struct Printable<'a>(pub(crate) &'a mut Vec<u8>);

impl fmt::Write for Printable<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if memchr::memchr3(b'\r', b'\n', 0, text.as_bytes()).is_none() {
            self.0.extend_from_slice(text.as_bytes());
        } else {
            self.0.extend(text.bytes().map(printable));
        }
        Ok(())
    }
}
