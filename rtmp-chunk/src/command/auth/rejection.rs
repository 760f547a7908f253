//! What the description of a refused `connect` says about authentication.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use crate::command::path::query_parameters;

/// The scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the two schemes in use")]
pub enum AuthMode {
    /// `adobe`: Flash Media Server and most services after it.
    Adobe,
    /// `llnw`: Limelight.
    Llnw,
}

impl AuthMode {
    /// The scheme's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Adobe => "adobe",
            Self::Llnw => "llnw",
        }
    }

    /// The scheme of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Adobe, Self::Llnw]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// What the client has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Challenge {
    /// The scheme.
    pub mode: AuthMode,
    /// The user who is asked.
    pub user: String,
    /// `adobe`: hashed with the password.
    pub salt: String,
    /// `adobe`: hashed where there is no opaque.
    pub challenge: String,
    /// `adobe`: hashed, and sent back.
    pub opaque: String,
    /// `llnw`: hashed, and sent back.
    pub nonce: String,
}

impl Challenge {
    pub(super) const fn new(mode: AuthMode, user: String) -> Self {
        Self {
            mode,
            user,
            salt: String::new(),
            challenge: String::new(),
            opaque: String::new(),
            nonce: String::new(),
        }
    }
}

/// Why a `connect` was refused, as far as authentication goes. Its text is the status' description.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthRejection {
    /// Come again and say who you are.
    CredentialsNeeded(AuthMode),
    /// Come again and answer this.
    Challenge(Challenge),
    /// The answer was wrong.
    Failed(AuthMode),
    /// There is no such user. Some servers tell; [`Authenticator`](super::Authenticator) does not.
    NoSuchUser(AuthMode),
}

impl AuthRejection {
    /// Reads a status' description; `None` when it speaks of other things.
    #[must_use]
    pub fn parse(description: &str) -> Option<Self> {
        let mode = AuthMode::from_word(word_after(description, "authmod=")?)?;
        let Some((_, query)) = description.split_once("?reason=") else {
            return description
                .contains("need auth")
                .then_some(Self::CredentialsNeeded(mode));
        };
        // Some servers put " ] : " or quotes after the query.
        let query = query.split([' ', ']', '"', '\'']).next().unwrap_or(query);
        let (reason, query) = query.split_once('&').unwrap_or((query, ""));
        Some(match reason {
            "needauth" => Self::Challenge(challenge(mode, query)),
            "nosuchuser" => Self::NoSuchUser(mode),
            _ => Self::Failed(mode),
        })
    }
}

fn challenge(mode: AuthMode, query: &str) -> Challenge {
    let mut challenge = Challenge::new(mode, String::new());
    for (name, value) in query_parameters(query) {
        let field = match name {
            "user" => &mut challenge.user,
            "salt" => &mut challenge.salt,
            "challenge" => &mut challenge.challenge,
            "opaque" => &mut challenge.opaque,
            "nonce" => &mut challenge.nonce,
            _ => continue,
        };
        *field = value.to_owned();
    }
    challenge
}

fn word_after<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(before)?;
    after.split(|c: char| !c.is_ascii_alphanumeric()).next()
}

/// In Flash Media Server's words, which clients search for `code=403 need auth` and `?reason=`.
impl fmt::Display for AuthRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[ AccessManager.Reject ] : ")?;
        match self {
            Self::CredentialsNeeded(mode) => {
                write!(f, "[ code=403 need auth; authmod={} ] : ", mode.as_str())
            }
            Self::Challenge(asked) => {
                write!(f, "[ authmod={} ] : ", asked.mode.as_str())?;
                write!(f, "?reason=needauth&user={}", asked.user)?;
                match asked.mode {
                    AuthMode::Adobe => write!(
                        f,
                        "&salt={}&challenge={}&opaque={}",
                        asked.salt, asked.challenge, asked.opaque
                    ),
                    AuthMode::Llnw => write!(f, "&nonce={}", asked.nonce),
                }
            }
            Self::Failed(mode) => write!(f, "[ authmod={} ] : ?reason=authfailed", mode.as_str()),
            Self::NoSuchUser(mode) => {
                write!(f, "[ authmod={} ] : ?reason=nosuchuser", mode.as_str())
            }
        }
    }
}
