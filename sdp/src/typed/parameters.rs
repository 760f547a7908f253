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
            let (element, rest) = scan::split_at_byte(self.rest, |byte| byte == b';');
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
