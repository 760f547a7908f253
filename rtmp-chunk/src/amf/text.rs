use alloc::{borrow::Cow, boxed::Box, string::String, sync::Arc};
use core::{cmp::Ordering, fmt, hash, ops::Deref};

/// The most bytes that lie in place.
pub(crate) const INLINE: usize = 22;

/// A string of AMF: short ones lie in place, long ones are shared, so that a clone never copies much.
///
/// AMF strings are UTF-8, but encoders send other charsets. Such a string reads as text with U+FFFD for what
/// is not UTF-8, while [`as_bytes`](Self::as_bytes), comparison and writing take the bytes as they came.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: [u8; INLINE] },
    Shared(Arc<str>),
    NotUtf8(Arc<NotUtf8>),
}

struct NotUtf8 {
    shown: String,
    bytes: Box<[u8]>,
}

impl Text {
    /// The empty string.
    pub const EMPTY: Self = Self(Repr::Inline {
        len: 0,
        bytes: [0; INLINE],
    });

    /// The text; what is not UTF-8 shows as U+FFFD.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            // Made from a `str`, so that this never takes the default.
            Repr::Inline { .. } => core::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Repr::Shared(text) => text,
            Repr::NotUtf8(raw) => &raw.shown,
        }
    }

    /// The bytes as they are on the wire.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Repr::Shared(text) => text.as_bytes(),
            Repr::NotUtf8(raw) => &raw.bytes,
        }
    }

    /// True when the bytes are UTF-8, as they should be.
    #[must_use]
    pub const fn is_utf8(&self) -> bool {
        !matches!(self.0, Repr::NotUtf8(_))
    }

    /// The text of bytes that may be anything.
    #[must_use]
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        core::str::from_utf8(bytes).map_or_else(|_| Self::not_utf8(bytes), Self::from)
    }

    /// The text of the first `len` bytes of `rest`, for the many that are short and ASCII: copied whole with what
    /// follows and looked at in one go, which is much quicker than byte by byte. `None` for the others.
    #[inline]
    pub(crate) fn short_ascii(rest: &[u8], len: usize) -> Option<Self> {
        let bytes = *rest.first_chunk::<INLINE>()?;
        let len = u8::try_from(len)
            .ok()
            .filter(|&len| usize::from(len) <= INLINE)?;
        is_ascii(&bytes, len).then_some(Self(Repr::Inline { len, bytes }))
    }

    /// The bytes of one that lies in place, with whatever follows them there, and their number.
    #[inline]
    pub(crate) const fn inline(&self) -> Option<(&[u8; INLINE], u8)> {
        match &self.0 {
            Repr::Inline { len, bytes } => Some((bytes, *len)),
            Repr::Shared(_) | Repr::NotUtf8(_) => None,
        }
    }

    #[cold]
    fn not_utf8(bytes: &[u8]) -> Self {
        Self(Repr::NotUtf8(Arc::new(NotUtf8 {
            shown: String::from_utf8_lossy(bytes).into_owned(),
            bytes: bytes.into(),
        })))
    }

    /// True when both are equal and short: equality at little cost.
    pub(crate) fn is_same_short(&self, other: &Self) -> bool {
        let is_short = |text: &Self| matches!(text.0, Repr::Inline { .. });
        is_short(self) && is_short(other) && self.as_bytes() == other.as_bytes()
    }

    /// True when both are the same piece of memory: equality without looking.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Shared(a), Repr::Shared(b)) => Arc::ptr_eq(a, b),
            (Repr::NotUtf8(a), Repr::NotUtf8(b)) => Arc::ptr_eq(a, b),
            (Repr::Inline { .. } | Repr::Shared(_) | Repr::NotUtf8(_), _) => false,
        }
    }
}

/// True when the first `len` of the bytes are: two words at once, without those after them.
#[inline]
fn is_ascii(bytes: &[u8; INLINE], len: u8) -> bool {
    const HIGH_BITS: u128 = u128::from_ne_bytes([0x80; 16]);
    // A word with all bits of the first `len` bytes.
    let first = |len: u8| {
        1u128
            .checked_shl(u32::from(len) * 8)
            .map_or(u128::MAX, |bit| bit - 1)
    };
    let word =
        |bytes: Option<&[u8; 16]>| bytes.map_or(u128::MAX, |bytes| u128::from_le_bytes(*bytes));
    let start = word(bytes.first_chunk()) & first(len.min(16));
    // The last 16 overlap the first by 10.
    let end = word(bytes.last_chunk()) & first(len.saturating_sub(6));
    (start | end) & HIGH_BITS == 0
}

impl From<&str> for Text {
    #[inline]
    fn from(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        let Some(start) = bytes.get_mut(..text.len()) else {
            return Self(Repr::Shared(text.into()));
        };
        start.copy_from_slice(text.as_bytes());
        #[allow(clippy::cast_possible_truncation, reason = "at most 22")]
        let len = text.len() as u8;
        Self(Repr::Inline { len, bytes })
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        if text.len() <= INLINE {
            return Self::from(text.as_str());
        }
        Self(Repr::Shared(text.into()))
    }
}

impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<TextRef<'_>> for Text {
    fn from(text: TextRef<'_>) -> Self {
        Self::from_bytes(text.0)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().into()
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other) || self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl Ord for Text {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_same(other) {
            return Ordering::Equal;
        }
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl hash::Hash for Text {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// A string of AMF where it lies in the input; mostly, not surely, UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TextRef<'a>(pub(crate) &'a [u8]);

impl<'a> TextRef<'a> {
    /// The bytes as they came.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The text, if it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&'a str> {
        core::str::from_utf8(self.0).ok()
    }

    /// The text, with U+FFFD for what is not UTF-8.
    #[must_use]
    pub fn to_str_lossy(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }
}

impl<'a> From<&'a str> for TextRef<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl PartialEq<str> for TextRef<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for TextRef<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl fmt::Display for TextRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_str_lossy(), formatter)
    }
}

impl fmt::Debug for TextRef<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str_lossy(), formatter)
    }
}
