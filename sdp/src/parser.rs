//! From text to line spans: the one pass that both modes share.

use alloc::vec::Vec;

use smallvec::SmallVec;

use crate::{
    Connection, Deviation as D, Limits, Origin, ParseError, Repeat, Reporter, Time, ZoneAdjustment,
    bandwidth::{self, Bandwidth, EncryptionKey},
    line::{LineSpan, Span},
    media::{MediaLine, MediaSpan},
    order::Order,
    typed::check::check_attribute,
};

/// What the session keeps of a parsed text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout {
    pub(crate) lines: Vec<LineSpan>,
    pub(crate) media: SmallVec<[MediaSpan; 4]>,
    /// Lines in front of the first `m=` line.
    pub(crate) session_lines: usize,
    /// Whether session-level lines stand in media sections.
    pub(crate) has_stray_lines: bool,
    /// Whether the text is what `encode` would write.
    pub(crate) is_canonical: bool,
}

pub(crate) struct Parser<'t> {
    rest: &'t str,
    limits: &'t Limits,
    reporter: Reporter,
    layout: Layout,
    order: Order,
    /// The session's lines, once the first media section has begun.
    session_order: Order,
    open_section: Option<MediaSpan>,
    attributes: usize,
    rtpmaps_seen: u128,
    bare_line_feed: bool,
    sections_without_connection: bool,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, limits: &'t Limits, reporter: Reporter) -> Self {
        // A line has 25 bytes on average, and at least 3; the estimate never passes the limit.
        let estimate = text.len().checked_div(20).unwrap_or(0).saturating_add(4);
        let lines = Vec::with_capacity(estimate.min(limits.lines));
        Self {
            rest: text,
            limits,
            reporter,
            layout: Layout {
                lines,
                is_canonical: true,
                ..Layout::default()
            },
            order: Order::default(),
            session_order: Order::default(),
            open_section: None,
            attributes: 0,
            rtpmaps_seen: 0,
            bare_line_feed: false,
            sections_without_connection: false,
        }
    }

    pub(crate) fn run(mut self) -> Result<(Layout, Reporter), ParseError> {
        self.skip_wrapping()?;
        while let Some(line) = self.next_line()? {
            self.take_line(line)?;
        }
        self.close_section();
        if !self.order.in_media() {
            self.layout.session_lines = self.layout.lines.len();
            self.session_order = core::mem::take(&mut self.order);
        }
        if self.layout.lines.is_empty() {
            return Err(ParseError::NotSdp);
        }
        self.check_missing()?;
        Ok((self.layout, self.reporter))
    }

    /// A byte order mark in front, NUL bytes behind.
    fn skip_wrapping(&mut self) -> Result<(), ParseError> {
        self.reporter.line = 1;
        if let Some(rest) = self.rest.strip_prefix('\u{FEFF}') {
            self.unusual(self.rest, D::ByteOrderMark)?;
            self.rest = rest;
        }
        if memchr::memchr(0, self.rest.as_bytes()).is_some() {
            self.unusual(self.rest, D::NulByte)?;
            self.rest = self.rest.trim_end_matches('\0');
        }
        self.reporter.line = 0;
        Ok(())
    }

    /// Reports what makes the text differ from what `encode` writes.
    #[cold]
    fn unusual(&mut self, at: &str, deviation: D) -> Result<(), ParseError> {
        self.layout.is_canonical = false;
        self.reporter.deviation(at, deviation)
    }

    /// The next line without its end, or `None` behind the last.
    fn next_line(&mut self) -> Result<Option<&'t str>, ParseError> {
        let text = self.rest;
        if text.is_empty() {
            return Ok(None);
        }
        self.reporter.line = self.reporter.line.saturating_add(1);
        let end = memchr::memchr2(b'\r', b'\n', text.as_bytes()).unwrap_or(text.len());
        let (line, tail) = text.split_at_checked(end).unwrap_or((text, ""));
        if let Some(rest) = tail.strip_prefix("\r\n") {
            self.rest = rest;
        } else if let Some(rest) = tail.strip_prefix('\n') {
            self.rest = rest;
            if !self.bare_line_feed {
                self.bare_line_feed = true;
                self.unusual(line, D::BareLineFeed)?;
            }
        } else if let Some(rest) = tail.strip_prefix('\r') {
            self.rest = rest;
            self.unusual(line, D::BareCarriageReturn)?;
        } else {
            self.rest = "";
            self.unusual(line, D::LastLineUnterminated)?;
        }
        Ok(Some(line))
    }

    fn take_line(&mut self, line: &'t str) -> Result<(), ParseError> {
        let &[kind, b'=', ..] = line.as_bytes() else {
            return self.take_unusual_line(line);
        };
        match line.get(2..) {
            Some(value) => self.take_value(kind, value),
            None => self.unusual(line, D::NotALine),
        }
    }

    /// Blank lines, indented lines, `v = 0`, and what is no line at all.
    #[cold]
    fn take_unusual_line(&mut self, line: &'t str) -> Result<(), ParseError> {
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return self.unusual(line, D::BlankLine);
        }
        let (kind, value) = trimmed.split_once('=').unwrap_or((trimmed, ""));
        let &[kind] = kind.trim().as_bytes() else {
            return self.unusual(line, D::NotALine);
        };
        if !kind.is_ascii_graphic() || !trimmed.contains('=') {
            return self.unusual(line, D::NotALine);
        }
        self.unusual(line, D::LeadingWhitespace)?;
        self.take_value(kind, value.trim_start())
    }

    fn take_value(&mut self, kind: u8, value: &'t str) -> Result<(), ParseError> {
        if !kind.is_ascii_graphic() {
            return self.unusual(value, D::NotALine);
        }
        self.check_room(self.layout.lines.len(), self.limits.lines, "lines")?;
        if kind == b'm' {
            self.begin_section(value)?;
        } else {
            if let Some(deviation) = self.order.note(kind) {
                self.layout.has_stray_lines |= deviation == D::SessionLineInMedia;
                self.session_order_of_stray(kind, deviation);
                self.reporter.deviation(value, deviation)?;
            }
            self.check_value(kind, value)?;
        }
        let value = self.span(value);
        self.layout.lines.push(LineSpan { kind, value });
        Ok(())
    }

    /// A session-level line in a media section still counts as seen.
    fn session_order_of_stray(&mut self, kind: u8, deviation: D) {
        if deviation == D::SessionLineInMedia {
            let _ = self.session_order.note(kind);
        }
    }

    fn check_value(&mut self, kind: u8, value: &'t str) -> Result<(), ParseError> {
        let reporter = &mut self.reporter;
        match kind {
            b'a' => {
                self.check_room(
                    self.attributes,
                    self.limits.attributes_per_section,
                    "attributes",
                )?;
                self.attributes = self.attributes.saturating_add(1);
                check_attribute(value, &mut self.rtpmaps_seen, &mut self.reporter)
            }
            b'v' if value == "0" => Ok(()),
            b'v' => reporter.deviation(value, D::VersionNotZero),
            b'o' => Origin::read(value, reporter).map(|_| ()),
            b's' | b'i' | b'u' | b'e' | b'p' => bandwidth::check_text(kind, value, reporter),
            b'c' => Connection::read(value, reporter).map(|_| ()),
            b'b' => Bandwidth::read(value, reporter).map(|_| ()),
            b't' => Time::read(value, reporter).map(|_| ()),
            b'r' => Repeat::read(value, reporter).map(|_| ()),
            b'z' => ZoneAdjustment::read_list(value, reporter).map(|_| ()),
            b'k' => EncryptionKey::check(value, reporter),
            _ => reporter.deviation(value, D::UnknownLineType),
        }
    }

    fn begin_section(&mut self, value: &'t str) -> Result<(), ParseError> {
        self.close_section();
        self.check_room(
            self.layout.media.len(),
            self.limits.media_sections,
            "media sections",
        )?;
        if !self.order.in_media() {
            self.layout.session_lines = self.layout.lines.len();
            self.session_order = core::mem::take(&mut self.order);
        }
        self.order.begin_media();
        self.attributes = 0;
        self.rtpmaps_seen = 0;
        let media = MediaLine::read(value, &mut self.reporter)?;
        let surplus = media
            .as_ref()
            .map_or(0, |media| media.format_count.saturating_sub(1));
        self.check_room(surplus, self.limits.formats_per_section, "formats")?;
        self.open_section = media.map(|media| MediaSpan {
            first_line: u32::try_from(self.layout.lines.len()).unwrap_or(u32::MAX),
            end_line: 0,
            kind: self.span(media.kind),
            port: media.port,
            port_count: media.port_count,
            protocol: self.span(media.protocol),
            formats: self.span(media.formats),
        });
        Ok(())
    }

    fn close_section(&mut self) {
        if let Some(section) = self.open_section.take() {
            let end_line = u32::try_from(self.layout.lines.len()).unwrap_or(u32::MAX);
            self.layout.media.push(MediaSpan {
                end_line,
                ..section
            });
            self.sections_without_connection |= !self.order.has_seen(b'c');
        }
    }

    fn check_missing(&mut self) -> Result<(), ParseError> {
        self.reporter.line = 0;
        let required = [
            (b'v', D::VersionMissing),
            (b'o', D::OriginMissing),
            (b's', D::NameMissing),
            (b't', D::TimeMissing),
        ];
        for (kind, deviation) in required {
            if !self.session_order.has_seen(kind) {
                self.reporter.deviation(self.rest, deviation)?;
            }
        }
        if self.sections_without_connection && !self.session_order.has_seen(b'c') {
            self.reporter.deviation(self.rest, D::ConnectionMissing)?;
        }
        Ok(())
    }

    fn check_room(
        &self,
        used: usize,
        maximum: usize,
        what: &'static str,
    ) -> Result<(), ParseError> {
        if used < maximum {
            return Ok(());
        }
        Err(ParseError::LimitExceeded {
            line: self.reporter.line,
            what,
            maximum,
        })
    }

    /// Offsets fit: the text is at most 1 GiB.
    fn span(&self, part: &str) -> Span {
        let start = u32::try_from(self.reporter.offset_of(part)).unwrap_or(u32::MAX);
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        Span {
            start,
            end: start.saturating_add(length),
        }
    }
}
