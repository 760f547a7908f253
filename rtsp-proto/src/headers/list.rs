//! Headers that are comma lists of words: methods, feature tags, media types, tokens.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::TypedHeader;
use super::scan::{split_unquoted, trim, write_joined};
use crate::{HeaderError, Method};

/// The most items that are read into one list.
const MAX_ITEMS: usize = 128;
const TOO_MANY: &str = "at most 128 items";

macro_rules! lists {
    ($item:ty, $parse:path; $($(#[$doc:meta])* $type:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct $type(Vec<$item>);

        impl $type {
            /// The header of these items.
            #[must_use]
            pub fn new<T: Into<$item>>(items: impl IntoIterator<Item = T>) -> Self {
                Self(items.into_iter().map(Into::into).collect())
            }

            /// The items in order.
            #[must_use]
            pub fn items(&self) -> &[$item] {
                &self.0
            }
        }

        impl TypedHeader for $type {
            const NAME: &'static str = $name;
            const IS_LIST: bool = true;

            fn parse(value: &str) -> Result<Self, HeaderError> {
                $parse(value).map(Self).map_err(|part| HeaderError::at(Self::NAME, value, part, TOO_MANY))
            }

            fn append(&mut self, more: Self) -> Result<(), HeaderError> {
                if self.0.len().saturating_add(more.0.len()) > MAX_ITEMS {
                    return Err(HeaderError { header: Self::NAME, position: 0, expected: TOO_MANY });
                }
                self.0.extend(more.0);
                Ok(())
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_joined(f, &self.0, ", ")
            }
        }
    )+};
}

macro_rules! word_lists {
    ($($(#[$doc:meta])* $type:ident $name:literal;)+) => {
        lists! { String, words; $($(#[$doc])* $type $name;)+ }
        $(impl $type {
            /// True when this word is among the items, in any case.
            #[must_use]
            pub fn contains(&self, word: &str) -> bool {
                self.0.iter().any(|item| item.eq_ignore_ascii_case(word))
            }
        })+
    };
}

word_lists! {
    /// Accept (RFC 7826 §18.1): media types, each with its parameters.
    Accept "Accept";
    /// Accept-Encoding (RFC 7826 §18.3).
    AcceptEncoding "Accept-Encoding";
    /// Accept-Language (RFC 7826 §18.4).
    AcceptLanguage "Accept-Language";
    /// Accept-Ranges (RFC 7826 §18.5): the units that Range may use.
    AcceptRanges "Accept-Ranges";
    /// Cache-Control (RFC 7826 §18.11): directives.
    CacheControl "Cache-Control";
    /// Connection (RFC 7826 §18.12): `close` and names of hop-by-hop headers.
    Connection "Connection";
    /// Content-Encoding (RFC 7826 §18.15).
    ContentEncoding "Content-Encoding";
    /// Content-Language (RFC 7826 §18.16).
    ContentLanguage "Content-Language";
    /// Proxy-Require (RFC 7826 §18.37).
    ProxyRequire "Proxy-Require";
    /// Require (RFC 7826 §18.43): feature tags that the peer must know, or answer 551.
    Require "Require";
    /// Supported (RFC 7826 §18.51): feature tags that the sender knows.
    Supported "Supported";
    /// Unsupported (RFC 7826 §18.55): feature tags of Require that the sender does not know.
    Unsupported "Unsupported";
}

lists! { Method, methods;
    /// Allow (RFC 7826 §18.6): the methods that the resource knows.
    Allow "Allow";
    /// Public (RFC 7826 §18.39): the methods that the server knows.
    Public "Public";
}

impl Allow {
    /// True when this method is among them.
    #[must_use]
    pub fn contains(&self, method: Method) -> bool {
        self.0.contains(&method)
    }
}

impl Public {
    /// True when this method is among them.
    #[must_use]
    pub fn contains(&self, method: Method) -> bool {
        self.0.contains(&method)
    }
}

/// Non-empty items; the first one too many is the error.
fn words(value: &str) -> Result<Vec<String>, &str> {
    collect(
        split_unquoted(value, b',').filter(|word| !word.is_empty()),
        |word| Some(String::from(word)),
    )
}

/// Methods, also where a device separates them by something else than commas. What is no method is left out.
fn methods(value: &str) -> Result<Vec<Method>, &str> {
    let words = value
        .split([',', ' ', '\t', ';'])
        .map(trim)
        .filter(|word| !word.is_empty());
    collect(words, |word| Method::parse(word.as_bytes()))
}

fn collect<'a, T>(
    words: impl Iterator<Item = &'a str>,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, &'a str> {
    let mut items = Vec::new();
    for word in words {
        let Some(item) = read(word) else { continue };
        if items.len() == MAX_ITEMS {
            return Err(word);
        }
        items.push(item);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn methods_and_words() {
        let public = Public::parse("OPTIONS, DESCRIBE,SETUP ,, X-FOO").unwrap();
        assert!(public.contains(Method::SETUP) && !public.contains(Method::PLAY));
        assert_eq!(public.to_string(), "OPTIONS, DESCRIBE, SETUP, X-FOO");
        assert!(
            Require::parse("play.basic, play.scale")
                .unwrap()
                .contains("PLAY.SCALE")
        );
        assert_eq!(
            Accept::parse("a/b;q=\"1,2\", c/d").unwrap().items(),
            ["a/b;q=\"1,2\"", "c/d"]
        );
        assert_eq!(Supported::new(["play.basic"]).to_string(), "play.basic");
    }

    #[test]
    fn methods_without_commas() {
        assert_eq!(
            Public::parse("OPTIONS DESCRIBE;SETUP")
                .unwrap()
                .items()
                .len(),
            3
        );
    }

    #[test]
    fn lists_are_bounded() {
        let many = vec!["a"; 129].join(",");
        assert_eq!(Require::parse(&many).unwrap_err().position, 256);
        assert!(Public::parse(&many).is_err());
        let mut most = Require::parse(&many[..255]).unwrap();
        assert_eq!(most.items().len(), 128);
        assert!(most.append(Require::new(["x"])).is_err());
    }

    proptest! {
        #[test]
        fn round_trips(words in proptest::collection::vec("[a-z0-9./;=-]{1,12}", 0..8), methods in proptest::collection::vec(proptest::sample::select(Method::ALL), 0..12)) {
            prop_assert_eq!(Require::parse(&Require::new(words.clone()).to_string()).unwrap(), Require::new(words));
            prop_assert_eq!(Public::parse(&Public::new(methods.clone()).to_string()).unwrap(), Public::new(methods));
        }
    }
}
