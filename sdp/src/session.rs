use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};
use core::{fmt, str::FromStr};

use bytes::BufMut;

use crate::{
    Attribute, Attributes, Bandwidth, Connection, Control, Deviation, Diagnostic, EncryptionKey,
    Limits, Media, Origin, ParseError, Range, Reporter, SessionBuilder, TimeDescription,
    line::Lines,
    parser::{Layout, Parser},
};

/// A session description (RFC 8866): its text, and where each line of it stands.
///
/// Values are read when they are asked for, from the text; all of them were checked when the
/// description was parsed. Borrowed and owned descriptions are one type: parsing borrows,
/// [`into_owned`](Self::into_owned) copies the text (one allocation) so that the description can live.
#[derive(Clone)]
pub struct SessionDescription<'a> {
    text: Cow<'a, str>,
    layout: Layout,
}

/// A description that owns its text.
pub type OwnedSessionDescription = SessionDescription<'static>;

/// What both modes refuse to index.
const MAX_SIZE_BYTES: usize = 1 << 30;

impl<'a> SessionDescription<'a> {
    /// Parses by the letter of RFC 8866, with the default [`Limits`].
    ///
    /// # Errors
    /// The first deviation from order or grammar, or a limit.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_with_limits(bytes, &Limits::default())
    }

    /// Parses by the letter of RFC 8866.
    ///
    /// # Errors
    /// The first deviation from order or grammar, or a limit.
    pub fn parse_with_limits(bytes: &'a [u8], limits: &Limits) -> Result<Self, ParseError> {
        check_size(bytes, limits)?;
        let text = core::str::from_utf8(bytes).map_err(|error| ParseError::Deviation {
            line: line_at(bytes, error.valid_up_to()),
            offset: error.valid_up_to(),
            deviation: Deviation::NotUtf8,
        })?;
        let (layout, _) = Parser::new(text, limits, Reporter::strict(text)).run()?;
        Ok(Self {
            text: Cow::Borrowed(text),
            layout,
        })
    }

    /// Parses what devices really send, with the default [`Limits`]: each [`Deviation`] is read as
    /// its documentation says and reported, in the order of the text.
    ///
    /// # Errors
    /// A limit, or not one line that could be of a session description.
    pub fn parse_lenient(bytes: &'a [u8]) -> Result<(Self, Vec<Diagnostic>), ParseError> {
        Self::parse_lenient_with_limits(bytes, &Limits::default())
    }

    /// Parses what devices really send.
    ///
    /// # Errors
    /// A limit, or not one line that could be of a session description.
    pub fn parse_lenient_with_limits(
        bytes: &'a [u8],
        limits: &Limits,
    ) -> Result<(Self, Vec<Diagnostic>), ParseError> {
        check_size(bytes, limits)?;
        let text = core::str::from_utf8(bytes)
            .map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let mut reporter = Reporter::collecting(&text, limits.diagnostics);
        if matches!(text, Cow::Owned(_)) {
            report_bad_utf8(bytes, &mut reporter)?;
        }
        let (layout, reporter) = Parser::new(&text, limits, reporter).run()?;
        Ok((Self { text, layout }, reporter.into_diagnostics()))
    }

    /// Strict, for a text that is made here.
    pub(crate) fn from_text(
        text: String,
        limits: &Limits,
    ) -> Result<OwnedSessionDescription, ParseError> {
        check_size(text.as_bytes(), limits)?;
        let (layout, _) = Parser::new(&text, limits, Reporter::strict(&text)).run()?;
        Ok(SessionDescription {
            text: Cow::Owned(text),
            layout,
        })
    }

    /// A description to be made line by line.
    #[must_use]
    pub fn builder(origin: &Origin<'_>) -> SessionBuilder {
        SessionBuilder::new(origin)
    }

    /// A builder that holds these lines already.
    #[must_use]
    pub fn to_builder(&self) -> SessionBuilder {
        SessionBuilder::from_session(self)
    }

    /// The same description with a text of its own.
    #[must_use]
    pub fn into_owned(self) -> OwnedSessionDescription {
        SessionDescription {
            text: Cow::Owned(self.text.into_owned()),
            layout: self.layout,
        }
    }

    /// A copy with a text of its own.
    #[must_use]
    pub fn to_owned(&self) -> OwnedSessionDescription {
        let text = Cow::Owned(self.text.as_ref().to_owned());
        SessionDescription {
            text,
            layout: self.layout.clone(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn lines_between(&self, start: usize, end: usize) -> Lines<'_> {
        Lines::new(
            &self.text,
            self.layout.lines.get(start..end).unwrap_or_default(),
        )
    }

    /// Every line in its order, media sections included.
    #[must_use]
    pub fn lines(&self) -> Lines<'_> {
        Lines::new(&self.text, &self.layout.lines)
    }

    /// The lines in front of the first media section.
    #[must_use]
    pub fn session_lines(&self) -> Lines<'_> {
        self.lines_between(0, self.layout.session_lines)
    }

    /// Where session-level lines are looked for: lenient mode finds them in media sections too.
    fn session_level(&self) -> Lines<'_> {
        if self.layout.has_stray_lines {
            self.lines()
        } else {
            self.session_lines()
        }
    }

    /// `o=`; `None` when a leniently parsed description has none.
    #[must_use]
    pub fn origin(&self) -> Option<Origin<'_>> {
        let value = self.session_level().value('o')?;
        Origin::read(value, &mut Reporter::lenient(value)).ok()
    }

    /// `s=`: the session's name; empty when a leniently parsed description has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.session_level().value('s').unwrap_or_default()
    }

    /// `i=` of the session.
    #[must_use]
    pub fn information(&self) -> Option<&str> {
        self.session_lines().value('i')
    }

    /// `u=`: where more is told about the session.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        self.session_level().value('u')
    }

    /// `e=`: whom to write to.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        self.session_level().values('e')
    }

    /// `p=`: whom to call.
    pub fn phones(&self) -> impl Iterator<Item = &str> {
        self.session_level().values('p')
    }

    /// `c=` of the session.
    #[must_use]
    pub fn connection(&self) -> Option<Connection<'_>> {
        let mut values = self.session_lines().values('c');
        values.find_map(|value| {
            Connection::read(value, &mut Reporter::lenient(value))
                .ok()
                .flatten()
        })
    }

    /// `b=` of the session.
    pub fn bandwidths(&self) -> impl Iterator<Item = Bandwidth<'_>> {
        let values = self.session_lines().values('b');
        values.filter_map(|value| {
            Bandwidth::read(value, &mut Reporter::lenient(value))
                .ok()
                .flatten()
        })
    }

    /// `t=`, each with its `r=` and `z=`.
    pub fn times(&self) -> impl Iterator<Item = TimeDescription<'_>> {
        TimeDescription::every(self.session_level())
    }

    /// `k=` of the session (obsolete).
    #[must_use]
    pub fn encryption_key(&self) -> Option<EncryptionKey<'_>> {
        self.session_lines()
            .value('k')
            .map(EncryptionKey::from_line)
    }

    /// The session's own attributes.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes::new(self.session_lines())
    }

    /// `a=control` of the session.
    #[must_use]
    pub fn control(&self) -> Option<&str> {
        self.attributes().first().map(|Control(url)| url)
    }

    /// `a=range` of the session.
    #[must_use]
    pub fn range(&self) -> Option<Range<'_>> {
        self.attributes().first()
    }

    /// The media sections in their order, without those that lenient parsing dropped.
    pub fn media(&self) -> impl ExactSizeIterator<Item = Media<'_>> + DoubleEndedIterator {
        self.layout.media.iter().map(|span| Media::new(self, *span))
    }

    /// Length of what [`encode`](Self::encode) writes.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        if self.layout.is_canonical {
            return self.text.len();
        }
        // Letter, equals sign, CR and LF are four bytes.
        self.lines().fold(0_usize, |sum, line| {
            sum.saturating_add(line.value.len()).saturating_add(4)
        })
    }

    /// Writes every line in its order, ended by CRLF.
    pub fn encode(&self, out: &mut impl BufMut) {
        if self.layout.is_canonical {
            return out.put_slice(self.text.as_bytes());
        }
        for line in self.lines() {
            let mut letter = [0; 4];
            out.put_slice(line.kind.encode_utf8(&mut letter).as_bytes());
            out.put_slice(b"=");
            out.put_slice(line.value.as_bytes());
            out.put_slice(b"\r\n");
        }
    }
}

fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), ParseError> {
    let maximum = limits.size_bytes.min(MAX_SIZE_BYTES);
    if bytes.len() > maximum {
        return Err(ParseError::LimitExceeded {
            line: 0,
            what: "bytes",
            maximum,
        });
    }
    Ok(())
}

/// The line (1-based) that holds the byte at `offset`.
fn line_at(bytes: &[u8], offset: usize) -> u32 {
    let before = bytes.get(..offset).unwrap_or_default();
    let breaks = memchr::memchr_iter(b'\n', before).count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

#[cold]
fn report_bad_utf8(bytes: &[u8], reporter: &mut Reporter) -> Result<(), ParseError> {
    for line in bytes.split(|byte| *byte == b'\n') {
        reporter.line = reporter.line.saturating_add(1);
        if core::str::from_utf8(line).is_err() {
            reporter.deviation("", Deviation::NotUtf8)?;
        }
    }
    reporter.line = 0;
    Ok(())
}

impl FromStr for OwnedSessionDescription {
    type Err = ParseError;

    /// Strict, like [`SessionDescription::parse`].
    fn from_str(text: &str) -> Result<Self, ParseError> {
        SessionDescription::parse(text.as_bytes()).map(SessionDescription::into_owned)
    }
}

impl fmt::Display for SessionDescription<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().try_for_each(|line| write!(f, "{line}\r\n"))
    }
}

/// Two descriptions are equal when their lines are; how the lines end does not matter.
impl PartialEq<SessionDescription<'_>> for SessionDescription<'_> {
    fn eq(&self, other: &SessionDescription<'_>) -> bool {
        self.lines().eq(other.lines())
    }
}

impl Eq for SessionDescription<'_> {}

/// Keys and passwords stay out of logs.
impl fmt::Debug for SessionDescription<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for line in self.lines() {
            let name = Attribute::from_line(line.value).name;
            let secret = line.kind == 'k'
                || line.kind == 'a' && matches!(name, "crypto" | "key-mgmt" | "ice-pwd");
            list.entry(&if secret {
                crate::Line {
                    value: name,
                    ..line
                }
            } else {
                line
            });
        }
        list.finish()
    }
}
