//! Request methods: an open set (RFC 7826 §13).

use core::fmt;

/// A request method. Those of RFC 2326 and RFC 7826 are constants; others up to
/// [`MAX_BYTES`](Self::MAX_BYTES) are kept as sent, so that they can be answered 501.
///
/// ```
/// use castline_rtsp_proto::Method;
/// assert_eq!(Method::parse(b"SETUP"), Some(Method::SETUP));
/// assert_eq!(Method::parse(b"X-PING").unwrap().as_str(), "X-PING");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method(Repr);

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Repr {
    Known(Known),
    Other {
        len: u8,
        bytes: [u8; Method::MAX_BYTES],
    },
}

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident $constant:ident $text:literal;)+) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        enum Known { $($variant),+ }

        impl Method {
            $($(#[$doc])* pub const $constant: Self = Self(Repr::Known(Known::$variant));)+

            /// All methods of RFC 2326 and RFC 7826.
            pub const ALL: &'static [Self] = &[$(Self::$constant),+];

            fn known(bytes: &[u8]) -> Option<Self> {
                Some(Self(Repr::Known(match core::str::from_utf8(bytes).ok()? {
                    $($text => Known::$variant,)+
                    _ => return None,
                })))
            }

            /// The method as sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match &self.0 {
                    $(Repr::Known(Known::$variant) => $text,)+
                    Repr::Other { len, bytes } => bytes
                        .get(..usize::from(*len))
                        .and_then(|bytes| core::str::from_utf8(bytes).ok())
                        .unwrap_or_default(),
                }
            }
        }
    };
}

methods! {
    /// RFC 2326 §10.1.
    Options OPTIONS "OPTIONS";
    /// RFC 2326 §10.2.
    Describe DESCRIBE "DESCRIBE";
    /// RFC 2326 §10.3 (1.0 only).
    Announce ANNOUNCE "ANNOUNCE";
    /// RFC 2326 §10.4.
    Setup SETUP "SETUP";
    /// RFC 2326 §10.5.
    Play PLAY "PLAY";
    /// RFC 2326 §10.6.
    Pause PAUSE "PAUSE";
    /// RFC 2326 §10.7.
    Teardown TEARDOWN "TEARDOWN";
    /// RFC 2326 §10.8.
    GetParameter GET_PARAMETER "GET_PARAMETER";
    /// RFC 2326 §10.9.
    SetParameter SET_PARAMETER "SET_PARAMETER";
    /// RFC 2326 §10.10, server to client.
    Redirect REDIRECT "REDIRECT";
    /// RFC 2326 §10.11 (1.0 only).
    Record RECORD "RECORD";
    /// RFC 7826 §13.5, server to client (2.0 only).
    PlayNotify PLAY_NOTIFY "PLAY_NOTIFY";
}

impl Method {
    /// The longest method that is kept. A longer word does not begin a request.
    pub const MAX_BYTES: usize = 31;

    /// Reads a method: one token of at most [`MAX_BYTES`](Self::MAX_BYTES). Methods are case-sensitive.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if let Some(known) = Self::known(bytes) {
            return Some(known);
        }
        let len = u8::try_from(bytes.len()).ok()?;
        let mut kept = [0; Self::MAX_BYTES];
        kept.get_mut(..bytes.len())?.copy_from_slice(bytes);
        let sound = !bytes.is_empty() && bytes.iter().copied().all(crate::grammar::is_token_byte);
        sound.then_some(Self(Repr::Other { len, bytes: kept }))
    }

    /// True for the methods of RFC 2326 and RFC 7826.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        matches!(self.0, Repr::Known(_))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_methods_read_back_as_their_constants() {
        for method in Method::ALL {
            assert_eq!(Method::parse(method.as_str().as_bytes()), Some(*method));
            assert!(method.is_known());
        }
        assert_eq!(Method::ALL.len(), 12);
    }

    #[test]
    fn constants_work_as_patterns() {
        let answer = match Method::parse(b"PLAY").unwrap() {
            Method::PAUSE => "pause",
            Method::PLAY => "play",
            _ => "other",
        };
        assert_eq!(answer, "play");
    }

    #[test]
    fn others_are_kept_and_bounded() {
        let other = Method::parse(b"setup").unwrap();
        assert_eq!(other.as_str(), "setup");
        assert_ne!(other, Method::SETUP);
        assert!(!other.is_known());
        assert!(Method::parse(&[b'A'; 31]).is_some());
        assert!(Method::parse(&[b'A'; 32]).is_none());
        assert!(Method::parse(&[b'A'; 300]).is_none());
        assert!(Method::parse(b"").is_none());
        assert!(Method::parse(b"A B").is_none());
        assert!(Method::parse(b"A\xff").is_none());
    }
}
