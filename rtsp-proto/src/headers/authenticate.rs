//! Challenges and credentials as values (RFC 7235 §2.1): schemes and parameters, with no meaning given to them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::TypedHeader;
use super::scan::{
    is_token, name_value, split_unquoted, trim, unquote, write_joined, write_quoted,
};
use crate::HeaderError;

/// A scheme with its parameters: a challenge, or the credentials that answer one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// `Basic`, `Digest` or another, as written.
    pub scheme: String,
    /// The one opaque text of schemes such as Basic credentials.
    pub token68: Option<String>,
    /// The parameters in order.
    pub parameters: Vec<AuthParameter>,
}

/// A parameter of a challenge or of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthParameter {
    /// Its name as written.
    pub name: String,
    /// Its value without quotes and escapes.
    pub value: String,
    /// Whether the value is written in quotes. Digest says for each parameter which it is, and peers mind.
    pub is_quoted: bool,
}

impl Challenge {
    /// The most parameters that are read from one challenge.
    pub const MAX_PARAMETERS: usize = 32;

    /// A scheme without parameters.
    #[must_use]
    pub fn new(scheme: impl Into<String>) -> Self {
        Self {
            scheme: scheme.into(),
            ..Self::default()
        }
    }

    /// With the one text of Basic credentials.
    #[must_use]
    pub fn with_token68(self, token68: impl Into<String>) -> Self {
        Self {
            token68: Some(token68.into()),
            ..self
        }
    }

    /// With a parameter in quotes (`realm`, `nonce`, `uri`, `response`, ..).
    #[must_use]
    pub fn with_quoted(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.push(AuthParameter {
            name: name.into(),
            value: value.into(),
            is_quoted: true,
        });
        self
    }

    /// With a bare parameter (`algorithm`, `stale`, `nc`, `qop` of credentials).
    #[must_use]
    pub fn with_bare(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.push(AuthParameter {
            name: name.into(),
            value: value.into(),
            is_quoted: false,
        });
        self
    }

    /// True for this scheme, in any case.
    #[must_use]
    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The value of the first parameter of this name, in any case.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
            .map(|parameter| parameter.value.as_str())
    }

    fn add(&mut self, text: &str) -> Result<(), &'static str> {
        let (name, value) = name_value(text);
        let value = value.filter(|_| is_token(name)).ok_or("name=value")?;
        if self.parameters.len() >= Self::MAX_PARAMETERS {
            return Err("at most 32 parameters");
        }
        let is_quoted = value.starts_with('"');
        self.parameters.push(AuthParameter {
            name: name.into(),
            value: unquote(value).into_owned(),
            is_quoted,
        });
        Ok(())
    }
}

/// Reads a comma list of challenges, in which a parameter and the next challenge look much alike: a scheme is a
/// token that no `=` follows.
fn parse_list<'a>(header: &'static str, value: &'a str) -> Result<Vec<Challenge>, HeaderError> {
    let error = |part: &'a str, expected| HeaderError::at(header, value, part, expected);
    let mut list: Vec<Challenge> = Vec::new();
    for part in split_unquoted(value, b',').filter(|part| !part.is_empty()) {
        let (first, rest) = part
            .split_once([' ', '\t'])
            .map_or((part, ""), |(first, rest)| (first, trim(rest)));
        let begins = is_token(first) && !rest.starts_with('=');
        if begins {
            if list.len() == MAX_CHALLENGES {
                return Err(error(part, "at most 16 challenges"));
            }
            list.push(Challenge::new(first));
        }
        let challenge = list.last_mut().ok_or_else(|| error(part, "a scheme"))?;
        match if begins { rest } else { part } {
            "" => {}
            text if begins && is_token68(text) => challenge.token68 = Some(text.into()),
            text => challenge
                .add(text)
                .map_err(|expected| error(text, expected))?,
        }
    }
    if list.is_empty() {
        Err(error(value, "a scheme"))
    } else {
        Ok(list)
    }
}

const MAX_CHALLENGES: usize = 16;

/// One text of base64 characters with `=` only at its end. `name=value` is none, and a lone `name=` is read as
/// a parameter without value when it is a name that schemes use so.
fn is_token68(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
    !body.is_empty() && body.bytes().all(base64)
}

impl fmt::Display for AuthParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name)?;
        // A value that would not survive bare is quoted all the same.
        if self.is_quoted || !is_token(&self.value) {
            write_quoted(f, &self.value)
        } else {
            f.write_str(&self.value)
        }
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scheme)?;
        if let Some(token68) = &self.token68 {
            return write!(f, " {token68}");
        }
        if self.parameters.is_empty() {
            return Ok(());
        }
        f.write_str(" ")?;
        write_joined(f, &self.parameters, ", ")
    }
}

macro_rules! challenges {
    ($($(#[$doc:meta])* $type:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $type(Vec<Challenge>);

        impl $type {
            /// The header of these challenges, most preferred first.
            #[must_use]
            pub fn new(challenges: impl IntoIterator<Item = Challenge>) -> Self {
                Self(challenges.into_iter().collect())
            }

            /// The challenges in order.
            #[must_use]
            pub fn challenges(&self) -> &[Challenge] {
                &self.0
            }

            /// The first challenge of this scheme, in any case.
            #[must_use]
            pub fn scheme(&self, scheme: &str) -> Option<&Challenge> {
                self.0.iter().find(|challenge| challenge.is(scheme))
            }
        }

        impl TypedHeader for $type {
            const NAME: &'static str = $name;
            const IS_LIST: bool = true;

            fn parse(value: &str) -> Result<Self, HeaderError> {
                parse_list(Self::NAME, value).map(Self)
            }

            fn append(&mut self, more: Self) -> Result<(), HeaderError> {
                if self.0.len().saturating_add(more.0.len()) > MAX_CHALLENGES {
                    return Err(HeaderError { header: Self::NAME, position: 0, expected: "at most 16 challenges" });
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

challenges! {
    /// WWW-Authenticate (RFC 7826 §18.58): one challenge per scheme or algorithm, in one line or in several.
    WwwAuthenticate "WWW-Authenticate";
    /// Proxy-Authenticate (RFC 7826 §18.34).
    ProxyAuthenticate "Proxy-Authenticate";
}

macro_rules! credentials {
    ($($(#[$doc:meta])* $type:ident $name:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $type(Challenge);

        impl $type {
            /// The header of these credentials.
            #[must_use]
            pub const fn new(credentials: Challenge) -> Self {
                Self(credentials)
            }

            /// Scheme and parameters.
            #[must_use]
            pub const fn credentials(&self) -> &Challenge {
                &self.0
            }
        }

        impl TypedHeader for $type {
            const NAME: &'static str = $name;

            fn parse(value: &str) -> Result<Self, HeaderError> {
                let mut list = parse_list(Self::NAME, value)?;
                match (list.pop(), list.pop()) {
                    (Some(only), None) => Ok(Self(only)),
                    _ => Err(HeaderError::at(Self::NAME, value, value, "one scheme")),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    )+};
}

credentials! {
    /// Authorization (RFC 7826 §18.8).
    Authorization "Authorization";
    /// Proxy-Authorization (RFC 7826 §18.36).
    ProxyAuthorization "Proxy-Authorization";
}

#[cfg(test)]
mod tests;
