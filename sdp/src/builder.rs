use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::fmt::{self, Write};

use crate::{
    Attribute, Bandwidth, BuildError, Connection, Direction, Fmtp, Limits, Line, Media, Origin,
    OwnedSessionDescription, Repeat, RtpMap, SessionDescription, Time, TypedAttribute, order,
};

/// Lines in the order in which they were asked for; sorted when they are written.
#[derive(Clone, Debug, Default)]
struct Draft {
    lines: Vec<(u8, String)>,
}

impl Draft {
    fn push(&mut self, kind: u8, value: impl fmt::Display) {
        self.lines.push((kind, value.to_string()));
    }

    fn set(&mut self, kind: u8, value: impl fmt::Display) {
        self.lines.retain(|(own, _)| *own != kind);
        self.push(kind, value);
    }

    fn push_attribute(&mut self, name: &str, value: impl fmt::Display) {
        let value = value.to_string();
        let value = (!value.is_empty()).then_some(value.as_str());
        self.push(b'a', Attribute { name, value });
    }

    fn remove_attributes(&mut self, name: &str) {
        self.lines
            .retain(|(kind, line)| *kind != b'a' || Attribute::from_line(line).name != name);
    }

    fn copy<'s>(lines: impl Iterator<Item = Line<'s>>) -> Self {
        let lines =
            lines.filter_map(|line| Some((u8::try_from(line.kind).ok()?, line.value.into())));
        Self {
            lines: lines.collect(),
        }
    }

    /// In the order of RFC 8866 section 5; lines of equal rank keep theirs.
    fn write(mut self, in_media: bool, out: &mut String) -> Result<(), BuildError> {
        self.lines
            .sort_by_key(|(kind, _)| order::rank(*kind, in_media));
        self.lines
            .iter()
            .try_for_each(|(kind, value)| write_line(*kind, value, out))
    }
}

/// A line break in a value would begin a line of its own: a way to smuggle lines in.
fn write_line(kind: u8, value: &str, out: &mut String) -> Result<(), BuildError> {
    let kind = char::from(kind);
    if value.contains(['\r', '\n', '\0']) {
        return Err(BuildError::LineBreak { kind });
    }
    out.push(kind);
    out.push('=');
    out.push_str(value);
    out.push_str("\r\n");
    Ok(())
}

macro_rules! common_lines {
    () => {
        /// `i=`.
        #[must_use]
        pub fn information(mut self, text: &str) -> Self {
            self.draft.set(b'i', text);
            self
        }

        /// `c=`.
        #[must_use]
        pub fn connection(mut self, connection: &Connection<'_>) -> Self {
            self.draft.push(b'c', connection);
            self
        }

        /// `b=`.
        #[must_use]
        pub fn bandwidth(mut self, bandwidth: &Bandwidth<'_>) -> Self {
            self.draft.push(b'b', bandwidth);
            self
        }

        /// A typed attribute, behind those there are.
        #[must_use]
        pub fn attribute<'a, T: TypedAttribute<'a>>(mut self, attribute: &T) -> Self {
            self.draft.push_attribute(T::NAME, attribute);
            self
        }

        /// Any attribute: `a=<name>:<value>`, or `a=<name>` when the value is empty.
        #[must_use]
        pub fn raw_attribute(mut self, name: &str, value: &str) -> Self {
            self.draft.push_attribute(name, value);
            self
        }

        /// `a=sendrecv`, `a=sendonly`, `a=recvonly` or `a=inactive`.
        #[must_use]
        pub fn direction(self, direction: Direction) -> Self {
            self.raw_attribute(direction.name(), "")
        }

        /// Takes all attributes of this name out.
        #[must_use]
        pub fn without_attribute(mut self, name: &str) -> Self {
            self.draft.remove_attributes(name);
            self
        }
    };
}

/// Makes a [`SessionDescription`]. Lines may be given in any order; they are written in that of
/// RFC 8866.
#[derive(Clone, Debug)]
pub struct SessionBuilder {
    draft: Draft,
    media: Vec<MediaBuilder>,
}

impl SessionBuilder {
    pub(crate) fn new(origin: &Origin<'_>) -> Self {
        let mut draft = Draft::default();
        draft.push(b'v', 0);
        draft.push(b'o', origin);
        Self {
            draft,
            media: Vec::new(),
        }
    }

    pub(crate) fn from_session(session: &SessionDescription<'_>) -> Self {
        let draft = Draft::copy(session.session_lines());
        Self {
            draft,
            media: session
                .media()
                .map(|media| MediaBuilder::from(&media))
                .collect(),
        }
    }

    /// `o=`, in place of the one there is.
    #[must_use]
    pub fn origin(mut self, origin: &Origin<'_>) -> Self {
        self.draft.set(b'o', origin);
        self
    }

    /// `s=`; one space when it is never given (RFC 8866 section 5.3).
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.draft.set(b's', name);
        self
    }

    /// `u=`.
    #[must_use]
    pub fn uri(mut self, uri: &str) -> Self {
        self.draft.set(b'u', uri);
        self
    }

    /// `e=`.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        self.draft.push(b'e', email);
        self
    }

    /// `p=`.
    #[must_use]
    pub fn phone(mut self, phone: &str) -> Self {
        self.draft.push(b'p', phone);
        self
    }

    /// `t=`; permanent when it is never given.
    #[must_use]
    pub fn time(mut self, time: Time) -> Self {
        self.draft.push(b't', time);
        self
    }

    /// `r=` for the latest `t=`.
    #[must_use]
    pub fn repeat(mut self, repeat: &Repeat) -> Self {
        self.draft.push(b'r', repeat);
        self
    }

    common_lines!();

    /// A media section, behind those there are.
    #[must_use]
    pub fn media(mut self, media: MediaBuilder) -> Self {
        self.media.push(media);
        self
    }

    /// Writes the description, and reads it again strictly: what comes out is valid.
    ///
    /// # Errors
    /// A value with a line break in it, or values that RFC 8866 does not allow.
    pub fn build(mut self) -> Result<OwnedSessionDescription, BuildError> {
        for (kind, default) in [(b'v', "0"), (b's', " "), (b't', "0 0")] {
            if self.draft.lines.iter().all(|(own, _)| *own != kind) {
                self.draft.push(kind, default);
            }
        }
        let mut text = String::with_capacity(512);
        self.draft.write(false, &mut text)?;
        for media in self.media {
            media.write(&mut text)?;
        }
        let limits = Limits {
            size_bytes: usize::MAX,
            lines: usize::MAX,
            media_sections: usize::MAX,
            formats_per_section: usize::MAX,
            attributes_per_section: usize::MAX,
            diagnostics: 0,
        };
        SessionDescription::from_text(text, &limits).map_err(BuildError::Invalid)
    }
}

/// Makes a media section. Lines may be given in any order; they are written in that of RFC 8866.
#[derive(Clone, Debug)]
pub struct MediaBuilder {
    kind: String,
    port: u16,
    port_count: u16,
    protocol: String,
    formats: String,
    draft: Draft,
}

impl MediaBuilder {
    /// A section of this media type (`"video"`) and transport (`"RTP/AVP"`), on port 0.
    #[must_use]
    pub fn new(kind: &str, protocol: &str) -> Self {
        Self {
            kind: kind.into(),
            port: 0,
            port_count: 1,
            protocol: protocol.into(),
            formats: String::new(),
            draft: Draft::default(),
        }
    }

    /// The (first) port.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// How many ports; 1 is not written.
    #[must_use]
    pub fn port_count(self, port_count: u16) -> Self {
        Self { port_count, ..self }
    }

    /// One more format: a payload type for RTP.
    #[must_use]
    pub fn format(mut self, format: impl fmt::Display) -> Self {
        // Writing to a string cannot fail.
        let _ = write!(self.formats, " {format}");
        self
    }

    /// One more payload type with its rtpmap line.
    #[must_use]
    pub fn rtpmap(self, map: &RtpMap<'_>) -> Self {
        self.format(map.payload_type).attribute(map)
    }

    /// The parameters of a payload type, such as an [`H264Fmtp`](crate::H264Fmtp); no line when
    /// there are none.
    #[must_use]
    pub fn fmtp(self, payload_type: u8, parameters: &impl fmt::Display) -> Self {
        let (format, parameters) = (payload_type.to_string(), parameters.to_string());
        if parameters.is_empty() {
            return self;
        }
        self.attribute(&Fmtp {
            format: &format,
            parameters: &parameters,
        })
    }

    common_lines!();

    fn write(self, out: &mut String) -> Result<(), BuildError> {
        let Self {
            kind,
            port,
            port_count,
            protocol,
            formats,
            draft,
        } = self;
        let count = if port_count == 1 {
            String::new()
        } else {
            alloc::format!("/{port_count}")
        };
        write_line(
            b'm',
            &alloc::format!("{kind} {port}{count} {protocol}{formats}"),
            out,
        )?;
        draft.write(true, out)
    }
}

impl From<&Media<'_>> for MediaBuilder {
    fn from(media: &Media<'_>) -> Self {
        let builder = Self::new(media.kind(), media.protocol());
        let builder = builder.port(media.port()).port_count(media.port_count());
        let builder = media.formats().fold(builder, Self::format);
        Self {
            draft: Draft::copy(media.lines().skip(1)),
            ..builder
        }
    }
}
