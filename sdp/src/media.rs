use crate::{
    Attribute, Attributes, Bandwidth, Connection, Control, Deviation as D, Direction,
    EncryptionKey, Fmtp, FrameRate, Mid, ParseError, Reporter, RtpMap, SessionDescription,
    TypedAttribute,
    line::{Lines, Span},
    scan::{self, Fields},
};

/// An `m=` line (RFC 8866 section 5.14), and the lines that follow it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MediaSpan {
    pub(crate) first_line: u32,
    pub(crate) end_line: u32,
    pub(crate) kind: Span,
    pub(crate) port: u16,
    pub(crate) port_count: u16,
    pub(crate) protocol: Span,
    pub(crate) formats: Span,
}

pub(crate) struct MediaLine<'a> {
    pub(crate) kind: &'a str,
    pub(crate) port: u16,
    pub(crate) port_count: u16,
    pub(crate) protocol: &'a str,
    pub(crate) formats: &'a str,
    pub(crate) format_count: usize,
}

impl<'a> MediaLine<'a> {
    /// `Ok(None)`: the section is to be dropped (reported).
    pub(crate) fn read(
        value: &'a str,
        reporter: &mut Reporter,
    ) -> Result<Option<Self>, ParseError> {
        let mut fields = Fields::new(value);
        let kind = fields.next(reporter)?;
        let port = fields.next(reporter)?;
        let (Some(kind), Some(port), Some(protocol)) = (kind, port, fields.next(reporter)?) else {
            reporter.deviation(value, D::MediaUnreadable)?;
            return Ok(None);
        };
        if !scan::is_token(kind) {
            // TP-Link: `m=application/TP-LINK 0 RTP/AVP smart/1/90000`.
            reporter.deviation(kind, D::MediaTypeUnusual)?;
            return Ok(None);
        }
        let (port, port_count) = read_port(port, reporter)?;
        if !scan::split(protocol, b'/').all(scan::is_token) {
            reporter.deviation(protocol, D::ProtocolUnusual)?;
        }
        let formats = fields.rest();
        let format_count = check_formats(fields, protocol, reporter)?;
        Ok(Some(Self {
            kind,
            port,
            port_count,
            protocol,
            formats,
            format_count,
        }))
    }
}

fn read_port(text: &str, reporter: &mut Reporter) -> Result<(u16, u16), ParseError> {
    let (port_text, count_text) = match scan::split_once(text, b'/') {
        Some((port, count)) => (port, Some(count)),
        None => (text, None),
    };
    let port = scan::number(port_text);
    if port.is_none() {
        // Tuya and others write negative ports.
        reporter.deviation(text, D::PortUnreadable)?;
    }
    let count = match count_text {
        None => Some(1),
        Some(count) => scan::number(count).filter(|count| *count > 0),
    };
    if count.is_none() {
        reporter.deviation(text, D::PortCountUnreadable)?;
    }
    Ok((port.unwrap_or(0), count.unwrap_or(1)))
}

/// How many formats there are.
fn check_formats(
    mut fields: Fields<'_>,
    protocol: &str,
    reporter: &mut Reporter,
) -> Result<usize, ParseError> {
    if fields.rest().is_empty() {
        reporter.deviation(fields.rest(), D::FormatsMissing)?;
    }
    let is_rtp = protocol.contains("RTP/");
    let mut count = 0_usize;
    let mut seen = 0_u128;
    while let Some(format) = fields.next(reporter)? {
        count = count.saturating_add(1);
        let payload_type = scan::number::<u32>(format).filter(|_| is_rtp);
        let bit = payload_type.and_then(|payload_type| 1_u128.checked_shl(payload_type));
        let bit = bit.unwrap_or(0);
        if seen & bit != 0 {
            reporter.deviation(format, D::PayloadTypeRepeated)?;
        }
        seen |= bit;
    }
    Ok(count)
}

/// One media section of a description.
#[derive(Clone, Copy)]
pub struct Media<'s> {
    session: &'s SessionDescription<'s>,
    span: MediaSpan,
}

impl<'s> Media<'s> {
    pub(crate) fn new(session: &'s SessionDescription<'_>, span: MediaSpan) -> Self {
        Self { session, span }
    }

    /// `"video"`, `"audio"`, `"text"`, `"application"`, `"message"` or another token.
    #[must_use]
    pub fn kind(&self) -> &'s str {
        self.span.kind.of(self.session.text())
    }

    /// The (first) port; 0 means "chosen later" in RTSP and "rejected" in an answer.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.span.port
    }

    /// How many ports (pairs of ports, for RTP) there are; 1 when the line does not say.
    #[must_use]
    pub fn port_count(&self) -> u16 {
        self.span.port_count
    }

    /// Such as `"RTP/AVP"`.
    #[must_use]
    pub fn protocol(&self) -> &'s str {
        self.span.protocol.of(self.session.text())
    }

    /// The formats in order of preference: payload types for RTP.
    pub fn formats(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        self.span
            .formats
            .of(self.session.text())
            .split_ascii_whitespace()
    }

    /// The formats that are numbers below 256.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> + use<'s> {
        self.formats().filter_map(scan::number)
    }

    /// All lines of the section, the `m=` line first.
    #[must_use]
    pub fn lines(&self) -> Lines<'s> {
        self.session
            .lines_between(self.span.first_line as usize, self.span.end_line as usize)
    }

    /// `i=`: what this media is called.
    #[must_use]
    pub fn title(&self) -> Option<&'s str> {
        self.lines().value('i')
    }

    /// The section's own connections.
    pub fn connections(&self) -> impl Iterator<Item = Connection<'s>> + use<'s> {
        let own = self.lines().values('c');
        own.filter_map(|value| {
            Connection::read(value, &mut Reporter::lenient(value))
                .ok()
                .flatten()
        })
    }

    /// The section's first connection, or else the session's.
    #[must_use]
    pub fn connection(&self) -> Option<Connection<'s>> {
        self.connections()
            .next()
            .or_else(|| self.session.connection())
    }

    /// `b=`: bandwidths of this section.
    pub fn bandwidths(&self) -> impl Iterator<Item = Bandwidth<'s>> + use<'s> {
        let own = self.lines().values('b');
        own.filter_map(|value| {
            Bandwidth::read(value, &mut Reporter::lenient(value))
                .ok()
                .flatten()
        })
    }

    /// `k=` (obsolete).
    #[must_use]
    pub fn encryption_key(&self) -> Option<EncryptionKey<'s>> {
        self.lines().value('k').map(EncryptionKey::from_line)
    }

    /// The section's own attributes.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'s> {
        Attributes::new(self.lines())
    }

    /// What the payload type means: its rtpmap line, or the static assignment of RFC 3551.
    #[must_use]
    pub fn rtpmap(&self, payload_type: u8) -> Option<RtpMap<'s>> {
        let own = self.rtpmaps().find(|map| map.payload_type == payload_type);
        own.or_else(|| RtpMap::of_static_payload_type(payload_type))
    }

    /// The rtpmap lines.
    pub fn rtpmaps(&self) -> impl Iterator<Item = RtpMap<'s>> + use<'s> {
        self.every()
    }

    /// The parameters of a payload type.
    #[must_use]
    pub fn fmtp(&self, payload_type: u8) -> Option<Fmtp<'s>> {
        self.every::<Fmtp<'s>>()
            .find(|fmtp| scan::number(fmtp.format) == Some(payload_type))
    }

    /// `a=control`: to be joined to the base by [`control::resolve`](crate::control::resolve).
    #[must_use]
    pub fn control(&self) -> Option<&'s str> {
        self.every().next().map(|Control(url)| url)
    }

    /// The section's direction, else the session's, else sendrecv.
    #[must_use]
    pub fn direction(&self) -> Direction {
        let of = |mut attributes: Attributes<'s>| {
            attributes.find_map(|Attribute { name, .. }| Direction::from_name(name))
        };
        of(self.attributes())
            .or_else(|| of(self.session.attributes()))
            .unwrap_or_default()
    }

    /// `a=mid`.
    #[must_use]
    pub fn mid(&self) -> Option<&'s str> {
        self.every().next().map(|Mid(name)| name)
    }

    /// `a=framerate`, unless it is 0.
    #[must_use]
    pub fn frame_rate(&self) -> Option<FrameRate> {
        self.every()
            .next()
            .filter(|FrameRate(rate)| !rate.is_zero())
    }

    fn every<T: TypedAttribute<'s>>(&self) -> impl Iterator<Item = T> + use<'s, T> {
        self.attributes().every()
    }
}

impl core::fmt::Debug for Media<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}
