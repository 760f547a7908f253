/// What a description may cost at most. Checked before memory is taken; going over any of them is
/// [`ParseError::LimitExceeded`](crate::ParseError::LimitExceeded), except where noted.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Length of the whole text in bytes. Default 256 KiB; values above 1 GiB count as 1 GiB.
    pub size_bytes: usize,
    /// Lines in all (each costs 12 bytes of memory). Default 8192.
    pub lines: usize,
    /// `m=` sections. Default 256.
    pub media_sections: usize,
    /// Formats on one `m=` line. Default 256: there are no more payload types, and looking each of
    /// them up costs a walk over the section's attributes.
    pub formats_per_section: usize,
    /// `a=` lines in one section (the session part, or one media section). Default 1024.
    pub attributes_per_section: usize,
    /// Diagnostics kept by lenient parsing. Default 256; further ones are dropped, not an error.
    pub diagnostics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            size_bytes: 256 * 1024,
            lines: 8192,
            media_sections: 256,
            formats_per_section: 256,
            attributes_per_section: 1024,
            diagnostics: 256,
        }
    }
}
