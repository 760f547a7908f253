//! Headers that are one text: kept as sent, without the blanks around it.

use alloc::string::String;
use core::fmt;

use super::TypedHeader;
use super::scan::trim;
use crate::HeaderError;

macro_rules! texts {
    ($($(#[$doc:meta])* $type:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $type(String);

        impl $type {
            /// The header of this text.
            #[must_use]
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(String::from(trim(text.as_ref())))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TypedHeader for $type {
            const NAME: &'static str = $name;

            fn parse(value: &str) -> Result<Self, HeaderError> {
                Ok(Self::new(value))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

texts! {
    /// Content-Base (RFC 7826 §18.13): what relative URIs of the body are relative to. Some devices leave out the
    /// scheme.
    ContentBase "Content-Base";
    /// Content-Location (RFC 7826 §18.18).
    ContentLocation "Content-Location";
    /// Content-Type (RFC 7826 §18.19).
    ContentType "Content-Type";
    /// Location (RFC 7826 §18.28): where a 3xx or REDIRECT points.
    Location "Location";
    /// Server (RFC 7826 §18.48).
    Server "Server";
    /// User-Agent (RFC 7826 §18.55).
    UserAgent "User-Agent";
}

impl ContentType {
    /// The type without parameters: `application/sdp` of `application/sdp; charset=utf-8`.
    #[must_use]
    pub fn essence(&self) -> &str {
        trim(self.0.split(';').next().unwrap_or_default())
    }

    /// True for a description of a session, in any case.
    #[must_use]
    pub fn is_sdp(&self) -> bool {
        self.essence().eq_ignore_ascii_case("application/sdp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed() {
        assert_eq!(
            Server::parse("\t GStreamer RTSP server ").unwrap().as_str(),
            "GStreamer RTSP server"
        );
        assert!(
            ContentType::parse("Application/SDP ; charset=utf-8")
                .unwrap()
                .is_sdp()
        );
        assert!(!ContentType::new("text/parameters").is_sdp());
    }
}
