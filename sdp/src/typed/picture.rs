use core::fmt;

use crate::{
    Deviation as D, ParseError, Reporter, TypedAttribute,
    scan::{self, Fields},
};

/// `a=x-dimensions:<width>,<height>`: the picture size as QuickTime and Axis servers write it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a size has two sides")]
pub struct Dimensions {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl TypedAttribute<'_> for Dimensions {
    const NAME: &'static str = "x-dimensions";

    fn read(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        read_pair(value, b',', reporter).map(|(width, height)| Self { width, height })
    }
}

impl fmt::Display for Dimensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.width, self.height)
    }
}

/// `a=framesize:<payload type> <width>-<height>` (3GPP TS 26.234 section 5.3.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(clippy::exhaustive_structs, reason = "TS 26.234 gives it these parts")]
pub struct FrameSize {
    /// The format it holds for.
    pub payload_type: u8,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

impl TypedAttribute<'_> for FrameSize {
    const NAME: &'static str = "framesize";

    fn read(value: &str, reporter: &mut Reporter) -> Result<Self, ParseError> {
        let mut fields = Fields::new(value);
        let text = fields.need(reporter, "a payload type")?;
        let payload_type = scan::number(text);
        let payload_type = payload_type.ok_or_else(|| reporter.expected(text, "a payload type"))?;
        let (width, height) = read_pair(fields.rest(), b'-', reporter)?;
        Ok(Self {
            payload_type,
            width,
            height,
        })
    }
}

impl fmt::Display for FrameSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}-{}", self.payload_type, self.width, self.height)
    }
}

fn read_pair(text: &str, separator: u8, reporter: &mut Reporter) -> Result<(u32, u32), ParseError> {
    let (width, height) = scan::split_once(text, separator).unwrap_or((text, ""));
    if text.bytes().any(|byte| byte == b' ' || byte == b'\t') {
        reporter.deviation(text, D::Whitespace)?;
    }
    match (
        scan::number(scan::trim(width)),
        scan::number(scan::trim(height)),
    ) {
        (Some(width), Some(height)) => Ok((width, height)),
        (_, _) => Err(reporter.expected(text, "width and height")),
    }
}
