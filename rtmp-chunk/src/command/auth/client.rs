//! The client's side.

use alloc::format;
use alloc::string::String;
use core::fmt;

use castline_core::Random;

use super::digest::{LlnwAnswer, adobe_response, hex, llnw_response};
use super::rejection::{AuthMode, AuthRejection, Challenge};

/// Answers a server's refusals: who it is first, then the challenge, then no more.
#[derive(Clone)]
pub struct ClientAuth {
    user: String,
    password: String,
    random: Random,
    answered: bool,
    named: bool,
}

/// Why there is nothing more to answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The refusal has nothing to do with authentication, or asks for a scheme that is not known.
    #[error("the refusal asks for no known authentication")]
    NotAsked,
    /// The server did not take the answer, or asks for it again.
    #[error("the user or the password is wrong")]
    Failed,
    /// The server says that it has no such user.
    #[error("the server knows no such user")]
    NoSuchUser,
}

impl ClientAuth {
    /// For a user. The seed makes the client's challenges.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>, seed: [u8; 32]) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
            random: Random::new(seed),
            answered: false,
            named: false,
        }
    }

    /// What to append to the application and to the tcUrl (both without an earlier answer) on the next connection,
    /// from the description of the refused one: `?authmod=…`, or `&authmod=…` where `app` has a query.
    ///
    /// # Errors
    /// [`AuthError`] when connecting again is of no use.
    pub fn answer(&mut self, app: &str, description: &str) -> Result<String, AuthError> {
        let rejection = AuthRejection::parse(description).ok_or(AuthError::NotAsked)?;
        let start = if app.contains('?') { '&' } else { '?' };
        match rejection {
            AuthRejection::CredentialsNeeded(mode) if !self.named && !self.answered => {
                self.named = true;
                let user = escaped(&self.user);
                Ok(format!("{start}authmod={}&user={user}", mode.as_str()))
            }
            AuthRejection::Challenge(asked) if !self.answered => {
                self.answered = true;
                Ok(format!("{start}{}", self.response(app, &asked)))
            }
            AuthRejection::NoSuchUser(_) => Err(AuthError::NoSuchUser),
            AuthRejection::CredentialsNeeded(_)
            | AuthRejection::Challenge(_)
            | AuthRejection::Failed(_) => Err(AuthError::Failed),
        }
    }

    fn response(&mut self, app: &str, asked: &Challenge) -> String {
        let own = hex(&self.random.u32().to_be_bytes());
        let mode = asked.mode.as_str();
        let user = escaped(&self.user);
        match asked.mode {
            AuthMode::Adobe => {
                let hashed = match asked.opaque.as_str() {
                    "" => &asked.challenge,
                    opaque => opaque,
                };
                let response =
                    adobe_response(&self.user, &self.password, &asked.salt, hashed, &own);
                let mut query =
                    format!("authmod={mode}&user={user}&challenge={own}&response={response}");
                if !asked.opaque.is_empty() {
                    query.push_str("&opaque=");
                    query.push_str(&asked.opaque);
                }
                query
            }
            AuthMode::Llnw => {
                let answer = LlnwAnswer {
                    app: app.split_once('?').map_or(app, |(app, _)| app),
                    nonce: &asked.nonce,
                    client_nonce: &own,
                    nonce_count: "00000001",
                };
                let response = llnw_response(&self.user, &self.password, &answer);
                format!(
                    "authmod={mode}&user={user}&nonce={}&cnonce={own}&nc=00000001&response={response}",
                    asked.nonce
                )
            }
        }
    }
}

/// A user name with what would break the query escaped, and nothing else: servers compare it as it stands.
fn escaped(user: &str) -> String {
    user.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' | '%' | '#' | '?' | ' ' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            _ => out.push(c),
        }
        out
    })
}

/// Says nothing of the password.
impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientAuth")
            .field("user", &self.user)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}
