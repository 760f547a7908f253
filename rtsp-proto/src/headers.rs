//! Typed headers: each reads from and writes to one header value, one file per header or family.
//!
//! `parse` is forgiving where deployed devices are known to be odd (each such case has a test named after it);
//! `Display` writes the one form that every peer reads.

mod authenticate;
mod list;
mod media;
mod number;
mod range;
mod rtp_info;
mod scan;
mod session;
mod text;
mod time;
mod transport;

use core::fmt::Display;

use crate::HeaderError;

pub use self::authenticate::{
    AuthParameter, Authorization, Challenge, ProxyAuthenticate, ProxyAuthorization, WwwAuthenticate,
};
pub use self::list::{
    Accept, AcceptEncoding, AcceptLanguage, AcceptRanges, Allow, CacheControl, Connection,
    ContentEncoding, ContentLanguage, ProxyRequire, Public, Require, Supported, Unsupported,
};
pub use self::media::{MediaProperties, MediaProperty, MediaRange, SeekStyle};
pub use self::number::{
    Bandwidth, Blocksize, CSeq, ContentLength, PipelinedRequests, Scale, Speed,
};
pub use self::range::{NptTime, Range, RangeSpec, SmpteFormat, SmpteTime};
pub use self::rtp_info::{RtpInfo, RtpInfoEntry};
pub use self::session::Session;
pub use self::text::{ContentBase, ContentLocation, ContentType, Location, Server, UserAgent};
pub use self::time::{Date, Expires, IfModifiedSince, LastModified, UtcTime};
pub use self::transport::{
    ChannelPair, ConnectionMode, Delivery, LowerTransport, Mode, Parameter, PortPair, Profile,
    Protocol, SetupRole, Transport, TransportSpec,
};

/// A header value with a type.
///
/// `Display` writes the value alone, without name and line end.
pub trait TypedHeader: Sized + Display {
    /// The header's name in canonical case.
    const NAME: &'static str;

    /// True when several lines of this header mean the same as one with a comma between
    /// (RFC 7826 §5.2).
    const IS_LIST: bool = false;

    /// Reads a value.
    ///
    /// # Errors
    /// When it does not follow the header's grammar, with the place and what was expected there.
    fn parse(value: &str) -> Result<Self, HeaderError>;

    /// Adds what another line of the same header said. Only called where [`IS_LIST`](Self::IS_LIST).
    ///
    /// # Errors
    /// When the list becomes longer than its bound.
    fn append(&mut self, more: Self) -> Result<(), HeaderError> {
        drop(more);
        Ok(())
    }
}
