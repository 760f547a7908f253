use bytes::BufMut;
use smallvec::SmallVec;

use crate::{ParseError, SendError};

/// The "defined by profile" field of a header extension, which says how its data is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "the 16 bits of the wire")]
pub struct ExtensionProfile(pub u16);

impl ExtensionProfile {
    /// One-byte elements (RFC 8285 section 4.2).
    pub const ONE_BYTE: Self = Self(0xbede);
    /// Two-byte elements with the application bits 0 (RFC 8285 section 4.3).
    pub const TWO_BYTE: Self = Self(0x1000);
    /// The absolute time of ONVIF replay (ONVIF Streaming Specification section 6.3).
    pub const ONVIF_REPLAY: Self = Self(0xabac);

    /// How RFC 8285 reads the data; `None` for every other profile.
    #[must_use]
    #[inline]
    pub const fn element_form(self) -> Option<ElementForm> {
        match self.0 {
            0xbede => Some(ElementForm::OneByte),
            // The low 4 bits are the application's ("appbits").
            0x1000..=0x100f => Some(ElementForm::TwoByte),
            _ => None,
        }
    }
}

/// The two forms of RFC 8285 elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "RFC 8285 has these two")]
pub enum ElementForm {
    /// Identifiers 1 to 14, 1 to 16 bytes of data.
    OneByte,
    /// Identifiers 1 to 255, 0 to 255 bytes of data.
    TwoByte,
}

/// A header extension (RFC 3550 section 5.3.1): a profile and a multiple of 4 bytes.
#[derive(Debug, Clone, Copy)]
pub struct HeaderExtension<'a> {
    profile: ExtensionProfile,
    data: &'a [u8],
    offset: usize,
}

impl PartialEq for HeaderExtension<'_> {
    /// Where it was found does not matter.
    fn eq(&self, other: &Self) -> bool {
        (self.profile, self.data) == (other.profile, other.data)
    }
}

impl Eq for HeaderExtension<'_> {}

impl<'a> HeaderExtension<'a> {
    /// An extension to write.
    ///
    /// # Errors
    /// [`SendError`] unless the data is a multiple of 4 bytes and at most 65,535 words.
    pub fn new(profile: ExtensionProfile, data: &'a [u8]) -> Result<Self, SendError> {
        if !data.len().is_multiple_of(4) {
            return Err(SendError::Unencodable {
                expected: "a header extension of whole 32-bit words",
            });
        }
        SendError::check("bytes of header extension", data.len(), 65_535 * 4)?;
        Ok(Self::at(profile, data, 0))
    }

    /// The extension found at `offset` of a packet; `data` is what a 16-bit count of words spans.
    #[inline]
    pub(crate) const fn at(profile: ExtensionProfile, data: &'a [u8], offset: usize) -> Self {
        Self {
            profile,
            data,
            offset,
        }
    }

    /// How the data is to be read.
    #[must_use]
    #[inline]
    pub const fn profile(&self) -> ExtensionProfile {
        self.profile
    }

    /// The data, without the 4 bytes of profile and length.
    #[must_use]
    #[inline]
    pub const fn data(&self) -> &'a [u8] {
        self.data
    }

    /// The RFC 8285 elements, read as they are asked for; none when the profile is another.
    #[must_use]
    #[inline]
    pub const fn elements(&self) -> Elements<'a> {
        let form = self.profile.element_form();
        let rest = match form {
            Some(_) => self.data,
            None => &[],
        };
        Elements {
            rest,
            end: self.offset + self.data.len(),
            two_byte: matches!(form, Some(ElementForm::TwoByte)),
        }
    }

    /// The data of the first element with this identifier, if it stands before any malformed one.
    #[must_use]
    pub fn find(&self, id: u8) -> Option<&'a [u8]> {
        self.elements()
            .map_while(Result::ok)
            .find_map(|element| (element.id == id).then_some(element.data))
    }

    /// Bytes that [`encode`](Self::encode) writes.
    #[must_use]
    #[inline]
    pub const fn encoded_len(&self) -> usize {
        4 + self.data.len()
    }

    /// Writes profile, length and data.
    #[inline]
    pub fn encode(&self, out: &mut impl BufMut) {
        out.put_u16(self.profile.0);
        out.put_u16((self.data.len() / 4) as u16);
        out.put_slice(self.data);
    }
}

/// One element of an RFC 8285 header extension; `a=extmap` in SDP says what its identifier means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "an identifier and data, in both forms"
)]
pub struct Element<'a> {
    /// 1 to 14, or 1 to 255 in the two-byte form.
    pub id: u8,
    /// Its data.
    pub data: &'a [u8],
}

/// Iterates RFC 8285 elements; an element that overruns the extension is an error and ends it.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
    /// Where the extension ends in the packet, for the offsets of errors.
    end: usize,
    two_byte: bool,
}

impl<'a> Elements<'a> {
    /// The identifier and length that the element starting with `first` has, and what follows them.
    #[inline]
    fn head(&self, first: u8, rest: &'a [u8]) -> Option<(u8, usize, &'a [u8])> {
        if self.two_byte {
            let (&len, rest) = rest.split_first()?;
            return Some((first, usize::from(len), rest));
        }
        Some((first >> 4, usize::from(first & 0x0f) + 1, rest))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Element<'a>, ParseError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        // A lone 0 pads, between elements as well as behind them.
        while let [0, rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (&first, rest) = self.rest.split_first()?;
        let start = self.rest.len();
        self.rest = &[];
        let Some((id, len, rest)) = self.head(first, rest) else {
            return Some(Err(overrun(self.end, start, 2)));
        };
        // RFC 8285 section 4.2: 15, and 0 with a length, end the extension; the length means nothing.
        if !self.two_byte && (id == 15 || id == 0) {
            return None;
        }
        let Some((data, rest)) = rest.split_at_checked(len) else {
            return Some(Err(overrun(self.end, start, len)));
        };
        self.rest = rest;
        Some(Ok(Element { id, data }))
    }
}

/// The error of an element that begins `start` bytes before the `end` of the extension.
#[cold]
const fn overrun(end: usize, start: usize, needed: usize) -> ParseError {
    ParseError::truncated(
        end.saturating_sub(start),
        needed,
        "header extension element",
    )
}

impl core::iter::FusedIterator for Elements<'_> {}

/// Builds an RFC 8285 header extension.
///
/// ```
/// use castline_rtp_rtcp::{ElementForm, ExtensionBuilder};
/// let mut builder = ExtensionBuilder::new(ElementForm::OneByte);
/// builder.push(3, &[0xab, 0xcd])?;
/// assert_eq!(builder.extension().data(), [0x31, 0xab, 0xcd, 0]);
/// # Ok::<(), castline_rtp_rtcp::SendError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ExtensionBuilder {
    form: ElementForm,
    /// The elements, without the zeros that fill the last word.
    len: usize,
    data: SmallVec<[u8; 64]>,
}

impl ExtensionBuilder {
    /// No elements yet.
    #[must_use]
    pub fn new(form: ElementForm) -> Self {
        Self {
            form,
            len: 0,
            data: SmallVec::new(),
        }
    }

    /// The form that all of these elements fit: one-byte unless one of them needs the other.
    #[must_use]
    pub fn form_for(elements: &[Element<'_>]) -> ElementForm {
        let fits = |element: &Element<'_>| {
            (1..=14).contains(&element.id) && (1..=16).contains(&element.data.len())
        };
        if elements.iter().all(fits) {
            ElementForm::OneByte
        } else {
            ElementForm::TwoByte
        }
    }

    /// Appends an element.
    ///
    /// # Errors
    /// [`SendError`] when the form has no room for the identifier or the length; nothing is appended.
    pub fn push(&mut self, id: u8, data: &[u8]) -> Result<(), SendError> {
        let (ids, sizes) = match self.form {
            ElementForm::OneByte => (1..=14, 1..=16),
            ElementForm::TwoByte => (1..=255, 0..=255),
        };
        if !ids.contains(&id) {
            return Err(SendError::Unencodable {
                expected: "an identifier of 1 to 14, or 1 to 255 in two-byte form",
            });
        }
        if !sizes.contains(&data.len()) {
            return Err(SendError::Unencodable {
                expected: "1 to 16 bytes of element, or 0 to 255 in two-byte form",
            });
        }
        SendError::check(
            "bytes of header extension",
            self.len + 2 + data.len(),
            65_535 * 4,
        )?;
        self.data.truncate(self.len);
        match self.form {
            // Both checked above: an identifier of 4 bits, a length of 1 to 16.
            ElementForm::OneByte => self
                .data
                .push((id << 4) | (data.len().wrapping_sub(1) & 0x0f) as u8),
            ElementForm::TwoByte => self.data.extend_from_slice(&[id, data.len() as u8]),
        }
        self.data.extend_from_slice(data);
        self.len = self.data.len();
        self.data.resize(self.len.next_multiple_of(4), 0);
        Ok(())
    }

    /// The extension so far, filled with zeros to whole words.
    #[must_use]
    pub fn extension(&self) -> HeaderExtension<'_> {
        let profile = match self.form {
            ElementForm::OneByte => ExtensionProfile::ONE_BYTE,
            ElementForm::TwoByte => ExtensionProfile::TWO_BYTE,
        };
        HeaderExtension::at(profile, &self.data, 0)
    }
}
