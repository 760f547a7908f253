use core::iter::FusedIterator;

use crate::scan;

/// `name=value` pairs between semicolons, as `fmtp` and `rid` carry them, in their order. A name
/// without an equals sign has no value; empty elements are left out.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    rest: &'a str,
}

impl<'a> Parameters<'a> {
    /// The pairs in `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a str, Option<&'a str>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            // Parameter sets are long: this is the one place where a scan by word pays.
            let end = memchr::memchr(b';', self.rest.as_bytes()).unwrap_or(self.rest.len());
            let (element, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
            self.rest = rest.strip_prefix(';').unwrap_or(rest);
            let element = scan::trim(element);
            if !element.is_empty() {
                let (name, value) = scan::split_at_byte(element, |byte| byte == b'=');
                return Some((scan::trim(name), value.strip_prefix('=').map(scan::trim)));
            }
        }
        None
    }
}

impl FusedIterator for Parameters<'_> {}
