//! RTP-Info (RFC 2326 §12.33, RFC 7826 §18.45): where each stream continues.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::TypedHeader;
use super::scan::{
    cut_unquoted, name_value, split_unquoted, trim, unquote, write_joined, write_quoted,
};
use crate::HeaderError;
use crate::grammar::parse_u64;

/// One entry per stream, or per stream and source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RtpInfo {
    entries: Vec<RtpInfoEntry>,
}

/// Where one stream continues after PLAY. A number that a server writes unreadably is absent here; a wise
/// client takes all of it as a hint, as cameras send made-up ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RtpInfoEntry {
    /// The stream's URI as written: absolute, relative (`trackID=1`), or empty.
    pub url: String,
    /// 2.0: the source that the numbers are for. An entry with one is written in the 2.0 form.
    pub ssrc: Option<u32>,
    /// The sequence number of the first packet.
    pub seq: Option<u16>,
    /// The RTP timestamp that corresponds to the start of the range.
    pub rtptime: Option<u32>,
}

impl RtpInfoEntry {
    /// An entry in the 1.0 form.
    #[must_use]
    pub fn new(url: impl Into<String>, seq: Option<u16>, rtptime: Option<u32>) -> Self {
        Self {
            url: url.into(),
            ssrc: None,
            seq,
            rtptime,
        }
    }

    /// For this source, in the 2.0 form.
    #[must_use]
    pub fn with_ssrc(self, ssrc: u32) -> Self {
        Self {
            ssrc: Some(ssrc),
            ..self
        }
    }
}

impl RtpInfo {
    /// The most entries that are read from one message.
    pub const MAX_ENTRIES: usize = 64;

    /// The header of these entries.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = RtpInfoEntry>) -> Self {
        Self {
            entries: entries.into_iter().collect(),
        }
    }

    /// The entries in order.
    #[must_use]
    pub fn entries(&self) -> &[RtpInfoEntry] {
        &self.entries
    }

    /// The same without sources, which the syntax of RTSP/1.0 has no place for.
    #[must_use]
    pub fn without_ssrc(&self) -> Self {
        let entries = self.entries.iter().cloned();
        Self::new(entries.map(|entry| RtpInfoEntry {
            ssrc: None,
            ..entry
        }))
    }

    fn add(&mut self, entry: RtpInfoEntry) -> Result<(), &'static str> {
        if self.entries.len() >= Self::MAX_ENTRIES {
            return Err("at most 64 entries");
        }
        self.entries.push(entry);
        Ok(())
    }

    /// One stream in either form.
    fn read_stream(&mut self, text: &str) -> Result<(), &'static str> {
        let mut entry = RtpInfoEntry::default();
        let mut found = false;
        let mut parts = split_unquoted(text, b';').peekable();
        while let Some(part) = parts.next() {
            let Some(Key::Url) = key(part) else {
                found |= parameter(&mut entry, part);
                continue;
            };
            found = true;
            let rest = name_value(part).1.unwrap_or_default();
            if let Some(quoted) = rest.strip_prefix('"') {
                let (url, after) = cut_unquoted(rest, b' ');
                // The 2.0 form goes on after a blank: `ssrc=..:seq=..`.
                if let Some(after) = after.filter(|_| quoted.contains("ssrc")) {
                    entry.url = unquote(url).into_owned();
                    return self.read_sources(
                        &entry.url,
                        text.get(distance(text, after)..).unwrap_or_default(),
                    );
                }
                entry.url = unquote(rest).into_owned();
            } else {
                // A `;` that no parameter follows is part of the URL.
                let start = distance(text, rest);
                let mut end = start.saturating_add(rest.len());
                while let Some(more) = parts.next_if(|more| !more.is_empty() && key(more).is_none())
                {
                    end = distance(text, more).saturating_add(more.len());
                }
                entry.url = String::from(trim(text.get(start..end).unwrap_or(rest)));
            }
        }
        if found {
            self.add(entry)
        } else {
            Err("url=, seq= or rtptime=")
        }
    }

    /// `ssrc=0A13C760:seq=45102;rtptime=12345678 ssrc=..`, all of one URL.
    fn read_sources(&mut self, url: &str, text: &str) -> Result<(), &'static str> {
        let mut current: Option<RtpInfoEntry> = None;
        for part in text
            .split([' ', '\t', ':', ';'])
            .filter(|part| !part.is_empty())
        {
            if key(part) == Some(Key::Ssrc)
                && let Some(done) = current.take()
            {
                self.add(done)?;
            }
            let entry = current.get_or_insert_with(|| RtpInfoEntry {
                url: url.into(),
                ..RtpInfoEntry::default()
            });
            parameter(entry, part);
        }
        current.map_or(Ok(()), |entry| self.add(entry))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Url,
    Seq,
    Rtptime,
    Ssrc,
}

/// The parameter that `part` begins, if it is one.
fn key(part: &str) -> Option<Key> {
    let (name, _) = part
        .split_once('=')
        .map(|(name, value)| (trim(name), value))?;
    [
        ("url", Key::Url),
        ("seq", Key::Seq),
        ("rtptime", Key::Rtptime),
        ("ssrc", Key::Ssrc),
    ]
    .into_iter()
    .find(|(known, _)| known.eq_ignore_ascii_case(name))
    .map(|(_, key)| key)
}

/// Notes a number. False when `part` is no number parameter at all.
fn parameter(entry: &mut RtpInfoEntry, part: &str) -> bool {
    let value = name_value(part).1.unwrap_or_default();
    let number = || parse_u64(value.as_bytes());
    match key(part) {
        Some(Key::Seq) => entry.seq = number().and_then(|number| u16::try_from(number).ok()),
        Some(Key::Rtptime) => {
            entry.rtptime = number().and_then(|number| u32::try_from(number).ok())
        }
        Some(Key::Ssrc) => {
            let plain = value.bytes().all(|byte| byte.is_ascii_hexdigit());
            entry.ssrc = u32::from_str_radix(value, 16).ok().filter(|_| plain);
        }
        Some(Key::Url) | None => return false,
    }
    true
}

/// Where `part` begins inside `text`.
fn distance(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

impl TypedHeader for RtpInfo {
    const NAME: &'static str = "RTP-Info";
    const IS_LIST: bool = true;

    fn parse(value: &str) -> Result<Self, HeaderError> {
        let error = |part: &str, expected| HeaderError::at(Self::NAME, value, part, expected);
        let mut info = Self::default();
        let mut parts = split_unquoted(value, b',').peekable();
        while let Some(part) = parts.next() {
            // A comma that no parameter follows is part of the URL.
            let start = distance(value, part);
            let mut end = start.saturating_add(part.len());
            while let Some(more) =
                parts.next_if(|more| !more.is_empty() && key(first_word(more)).is_none())
            {
                end = distance(value, more).saturating_add(more.len());
            }
            let stream = trim(value.get(start..end).unwrap_or(part));
            if !trim(stream.trim_matches(';')).is_empty() {
                info.read_stream(stream)
                    .map_err(|expected| error(stream, expected))?;
            }
        }
        Ok(info)
    }

    fn append(&mut self, more: Self) -> Result<(), HeaderError> {
        more.entries
            .into_iter()
            .try_for_each(|entry| self.add(entry))
            .map_err(|expected| HeaderError {
                header: Self::NAME,
                position: 0,
                expected,
            })
    }
}

/// What comes before the first `;`.
fn first_word(text: &str) -> &str {
    text.split(';').next().unwrap_or(text)
}

impl fmt::Display for RtpInfoEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("url=")?;
        let mut separator = match self.ssrc {
            Some(ssrc) => {
                write_quoted(f, &self.url)?;
                write!(f, " ssrc={ssrc:08X}")?;
                ":"
            }
            None => {
                // 1.0 knows no quotes: only for what could not be told from the parameters without.
                let plain = |byte: u8| byte > b' ' && byte != 0x7f && !b";,\"\\".contains(&byte);
                if self.url.bytes().all(plain) {
                    f.write_str(&self.url)?;
                } else {
                    write_quoted(f, &self.url)?;
                }
                ";"
            }
        };
        if let Some(seq) = self.seq {
            write!(f, "{separator}seq={seq}")?;
            separator = ";";
        }
        self.rtptime
            .map_or(Ok(()), |rtptime| write!(f, "{separator}rtptime={rtptime}"))
    }
}

impl fmt::Display for RtpInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_joined(f, &self.entries, ",")
    }
}

#[cfg(test)]
mod tests;
