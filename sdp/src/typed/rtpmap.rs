use core::fmt;

use crate::{
    Deviation as D, ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=rtpmap:<payload type> <encoding>/<clock rate>[/<channels>]` (RFC 8866 section 6.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "RFC 8866 section 6.6 gives it these parts"
)]
pub struct RtpMap<'a> {
    /// 0 to 127.
    pub payload_type: u8,
    /// The encoding's name; compare without case ([`RtpMap::is`]).
    pub encoding: &'a str,
    /// Ticks per second of the RTP timestamp.
    pub clock_rate: u32,
    /// Audio channels; `None` when the line does not say (then it is one).
    pub channels: Option<u8>,
}

impl<'a> RtpMap<'a> {
    /// A map without a channel count.
    #[must_use]
    pub const fn new(payload_type: u8, encoding: &'a str, clock_rate: u32) -> Self {
        Self {
            payload_type,
            encoding,
            clock_rate,
            channels: None,
        }
    }

    /// The same with `channels` audio channels.
    #[must_use]
    pub const fn with_channels(self, channels: u8) -> Self {
        Self {
            channels: Some(channels),
            ..self
        }
    }

    /// Whether the encoding has this name, whatever the case.
    #[must_use]
    pub fn is(&self, encoding: &str) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding)
    }

    /// What a payload type means without an rtpmap line (RFC 3551 section 6).
    #[must_use]
    pub const fn of_static_payload_type(payload_type: u8) -> Option<RtpMap<'static>> {
        let (encoding, clock_rate, channels) = match payload_type {
            0 => ("PCMU", 8000, 1),
            3 => ("GSM", 8000, 1),
            4 => ("G723", 8000, 1),
            5 => ("DVI4", 8000, 1),
            6 => ("DVI4", 16_000, 1),
            7 => ("LPC", 8000, 1),
            8 => ("PCMA", 8000, 1),
            9 => ("G722", 8000, 1),
            10 => ("L16", 44_100, 2),
            11 => ("L16", 44_100, 1),
            12 => ("QCELP", 8000, 1),
            13 => ("CN", 8000, 1),
            14 => ("MPA", 90_000, 0),
            15 => ("G728", 8000, 1),
            16 => ("DVI4", 11_025, 1),
            17 => ("DVI4", 22_050, 1),
            18 => ("G729", 8000, 1),
            25 => ("CelB", 90_000, 0),
            26 => ("JPEG", 90_000, 0),
            28 => ("nv", 90_000, 0),
            31 => ("H261", 90_000, 0),
            32 => ("MPV", 90_000, 0),
            33 => ("MP2T", 90_000, 0),
            34 => ("H263", 90_000, 0),
            _ => return None,
        };
        let map = RtpMap::new(payload_type, encoding, clock_rate);
        Some(if channels == 0 {
            map
        } else {
            map.with_channels(channels)
        })
    }

    fn read_encoding(
        payload_type: u8,
        text: &'a str,
        reporter: &mut Reporter,
    ) -> Result<Self, ParseError> {
        let mut parts = scan::split(text, b'/');
        let encoding = parts.next().unwrap_or_default();
        if !scan::is_token(encoding) {
            return Err(reporter.expected(text, "an encoding name"));
        }
        let mut map = Self::new(payload_type, encoding, 0);
        match parts.next().and_then(scan::number) {
            Some(0) => reporter.deviation(text, D::ClockRateZero)?,
            None => reporter.deviation(text, D::ClockRateMissing)?,
            Some(clock_rate) => map.clock_rate = clock_rate,
        }
        if map.clock_rate == 0 {
            map.clock_rate = usual_clock_rate(encoding);
        }
        if let Some(channels) = parts.next() {
            map.channels = scan::number(channels).filter(|channels| *channels > 0);
            if map.channels.is_none() {
                reporter.deviation(channels, D::ChannelsUnreadable)?;
            }
        }
        if let Some(surplus) = parts.next() {
            reporter.deviation(surplus, D::TrailingText)?;
        }
        Ok(map)
    }
}

/// The rate that an encoding has nearly always, for lines that omit it or say 0.
fn usual_clock_rate(encoding: &str) -> u32 {
    let is = |names: &[&str]| names.iter().any(|name| encoding.eq_ignore_ascii_case(name));
    if is(&[
        "H264", "H265", "H266", "AV1", "VP8", "VP9", "JPEG", "MP4V-ES", "MP2T", "MPV", "MPA",
    ]) {
        90_000
    } else if is(&["opus"]) {
        48_000
    } else if is(&["PCMU", "PCMA", "G722", "G723", "G726-32", "G729", "GSM"]) {
        8000
    } else {
        0
    }
}

impl<'a> TypedAttribute<'a> for RtpMap<'a> {
    const NAME: &'static str = "rtpmap";

    fn read(value: &'a str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let text = fields.need(reporter, "a payload type")?;
        let payload_type = scan::number(text);
        let payload_type = payload_type.ok_or_else(|| reporter.expected(text, "a payload type"))?;
        if payload_type > 127 {
            reporter.deviation(text, D::PayloadTypeTooLarge)?;
        }
        let encoding = fields.need(reporter, "an encoding name")?;
        fields.end(reporter)?;
        Self::read_encoding(payload_type, encoding, reporter)
    }
}

impl fmt::Display for RtpMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}/{}",
            self.payload_type, self.encoding, self.clock_rate
        )?;
        self.channels
            .map_or(Ok(()), |channels| write!(f, "/{channels}"))
    }
}
