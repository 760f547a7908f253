//! What lenient parsing put up with: one [`Deviation`] per habit of the field, each with the way
//! it is read.

use core::fmt;

/// One departure from RFC 8866 that lenient parsing read all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a place and a finding, nothing else"
)]
pub struct Diagnostic {
    /// The line (1-based), or 0 when it concerns the description as a whole.
    pub line: u32,
    /// What was wrong; [`Deviation::read_as`] says how it was read.
    pub what: Deviation,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}: {}; read {}",
            self.line,
            self.what.what(),
            self.what.read_as()
        )
    }
}

macro_rules! deviations {
    ($($name:ident: $what:literal, read $read:literal;)*) => {
        /// What can be wrong with a description and still be read.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Deviation {
            $(#[doc = concat!($what, "; read ", $read, ".")] $name,)*
        }

        impl Deviation {
            /// What is wrong, in one clause.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self { $(Self::$name => $what,)* }
            }

            /// How lenient mode reads it, in one clause.
            #[must_use]
            pub const fn read_as(self) -> &'static str {
                match self { $(Self::$name => $read,)* }
            }
        }
    };
}

deviations! {
    NotUtf8: "the line is not UTF-8", read "with U+FFFD in place of the bad bytes";
    ByteOrderMark: "the text begins with a byte order mark", read "without it";
    NulByte: "the text holds a NUL byte", read "as part of its value (dropped at the end of the text)";
    BareLineFeed: "lines end in LF without CR", read "as CRLF";
    BareCarriageReturn: "a line ends in CR without LF", read "as CRLF";
    LastLineUnterminated: "the last line has no CRLF", read "as if it had";
    BlankLine: "the line is blank", read "as if it were not there";
    LeadingWhitespace: "whitespace stands before the line's letter or around its equals sign", read "without it";
    NotALine: "the line has no letter and equals sign", read "as if it were not there";
    UnknownLineType: "the line's letter is not in RFC 8866", read "as text, kept in its place";
    Whitespace: "fields are not separated by exactly one space", read "as if they were";
    OutOfOrder: "the line stands later than RFC 8866 section 5 allows", read "as if it stood in its place";
    Repeated: "the line may stand here only once", read "by its first occurrence (all are kept)";
    SessionLineInMedia: "a session-level line stands in a media section", read "as a line of the session";
    VersionMissing: "there is no v= line", read "as version 0";
    VersionNotZero: "the version is not 0", read "as version 0";
    OriginMissing: "there is no o= line", read "as no origin";
    NameMissing: "there is no s= line", read "as an empty name";
    TimeMissing: "there is no t= line", read "as a permanent session";
    ConnectionMissing: "a media section has no c= line and the session has none", read "as no connection address";
    OriginUsernameSpaces: "the origin has more than six fields", read "with the surplus as part of the user name";
    OriginFieldsMissing: "the origin has fewer than six fields", read "with 0 or `-` for what is missing";
    SessionIdNotDecimal: "a session id or version is not an unsigned decimal number of 64 bits", read "as hexadecimal, as two's complement, by its leading digits, or 0";
    NetworkTypeUnusual: "the network type is missing or not IN", read "as IN";
    AddressTypeUnusual: "the address type is not IP4 or IP6 but spelt like one", read "as IP4 or IP6";
    AddressTypeMissing: "the address type is missing", read "as IP4, or IP6 when the address has a colon";
    AddressMissing: "the address is missing", read "as the unspecified address";
    ConnectionUnreadable: "the connection line has no address", read "as if it were not there";
    AddressSuffixUnreadable: "the TTL or address count after the address is not a number", read "as absent";
    MulticastTtlMissing: "an IPv4 multicast address has no TTL", read "without one";
    NameEmpty: "the session name is empty", read "as an empty name";
    TextEmpty: "the line has no value", read "as empty text";
    UriUnusual: "the URI is empty or holds whitespace", read "as written";
    EmailUnusual: "the e-mail address has no @", read "as written";
    PhoneUnusual: "the phone number has no digits", read "as written";
    BandwidthUnreadable: "the bandwidth has no type and number", read "as if it were not there";
    BandwidthNotInteger: "the bandwidth is not an integer", read "without its fraction and spaces";
    TimeUnreadable: "the times are not two NTP numbers", read "with 0 (unbounded) for what is missing";
    TimeTooShort: "an NTP time is neither 0 nor a number of ten or more digits", read "as written";
    RepeatUnreadable: "the repeat line has no interval, duration and offset", read "as no repetition";
    ZoneUnreadable: "the time zone line is not pairs of a time and an offset", read "up to the first pair that is not";
    KeyUnreadable: "the key line has no known method", read "as written";
    MediaUnreadable: "the media line has no media type, port and protocol", read "as a section to be dropped, with the lines below it";
    MediaTypeUnusual: "the media type is not a token", read "as a section to be dropped, with the lines below it";
    PortUnreadable: "the port is not a number from 0 to 65535", read "as 0";
    PortCountUnreadable: "the number of ports is not a positive number", read "as 1";
    ProtocolUnusual: "the transport protocol is not made of tokens", read "as written";
    FormatsMissing: "the media line lists no format", read "as an empty list";
    PayloadTypeRepeated: "the media line lists a payload type twice", read "as listed, each lookup finding the first";
    RtpMapRepeated: "a payload type has two rtpmap lines in one section", read "by the first";
    AttributeNameUnusual: "the attribute's name is empty or not a token", read "as written";
    AttributeUnreadable: "the value of a known attribute cannot be read", read "as text only";
    PayloadTypeTooLarge: "the payload type is above 127", read "as written";
    ClockRateZero: "the clock rate is 0", read "as the encoding's usual rate, or 0 when there is none";
    ClockRateMissing: "the clock rate is missing or not a number", read "as the encoding's usual rate, or 0 when there is none";
    ChannelsUnreadable: "the channel count is not a positive number", read "as absent";
    FmtpWithoutParameters: "the fmtp line has no parameters", read "as an empty list";
    ParameterUnreadable: "a format parameter's value cannot be read", read "as absent";
    ParameterSetNotBase64: "a parameter set is not base64", read "as absent";
    ParameterSetAnnexB: "a parameter set begins with an Annex B start code", read "without it, each unit behind a further start code on its own";
    ParameterSetEmpty: "a parameter set list has an empty element", read "without it";
    TrailingText: "something stands behind the value", read "without it";
    NumberZero: "a number that must be positive is 0", read "as 0";
    FlagWithValue: "an attribute that takes no value has one", read "without it";
    LeadingSpaceMissing: "the space that the grammar asks for before the value is missing", read "as if it were there";
    RangeUnusual: "the range has no dash or no unit", read "as npt, open at its end";
    CaseUnusual: "the letters are in the wrong case", read "as if they were not";
}
