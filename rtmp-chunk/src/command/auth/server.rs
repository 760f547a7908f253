//! The server's side: challenges that need no memory, and each good for one answer.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use castline_core::Random;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::digest::{LlnwAnswer, adobe_response, hex, llnw_response};
use super::rejection::{AuthMode, AuthRejection, Challenge};
use crate::command::path::query_parameters;
use crate::command::url::percent_decode;

/// Challenges clients and checks their answers.
///
/// A challenge carries its own date and a keyed hash, so that unanswered ones take no memory however many there
/// are. What was answered rightly is remembered until it is too old, so that nobody repeats it.
#[derive(Clone)]
pub struct Authenticator {
    mode: AuthMode,
    /// Of the block size of SHA-256: a shorter key is filled up with zeros (RFC 2104 §2).
    key: [u8; 64],
    random: Random,
    lifetime: Duration,
    pub(super) used: VecDeque<Used>,
}

/// A challenge that was answered: when it was made, and its random number.
pub(super) type Used = (u64, u64);

/// What [`Authenticator::check`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "in or out")]
pub enum Verdict {
    /// The client is who it says.
    Accepted {
        /// The user, escapes decoded.
        user: String,
    },
    /// To be refused with `NetConnection.Connect.Rejected` and this as description; then the connection closes.
    Rejected(AuthRejection),
}

/// What the client put into its application's query.
#[derive(Debug, Default)]
struct Answer<'a> {
    mode: &'a str,
    user: &'a str,
    challenge: &'a str,
    response: &'a str,
    opaque: &'a str,
    nonce: &'a str,
    client_nonce: &'a str,
    nonce_count: &'a str,
}

impl Authenticator {
    /// How many used challenges are remembered; past it the oldest can be repeated, which takes as many logins
    /// within one lifetime.
    pub const MAX_USED: usize = 4096;
    /// The longest user name that is asked for its password, in bytes.
    pub const MAX_USER_BYTES: usize = 256;
    /// How long a challenge is good.
    pub const DEFAULT_LIFETIME: Duration = Duration::from_secs(60);

    /// With a scheme, and a seed for its secret and its challenges.
    #[must_use]
    pub fn new(mode: AuthMode, seed: [u8; 32]) -> Self {
        let mut random = Random::new(seed);
        let mut key = [0; 64];
        for (to, from) in key.iter_mut().zip(random.seed()) {
            *to = from;
        }
        Self {
            mode,
            key,
            random,
            lifetime: Self::DEFAULT_LIFETIME,
            used: VecDeque::new(),
        }
    }

    /// With challenges that are good for another time.
    #[must_use]
    pub const fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Judges the application of a `connect`, as sent, at a time counted from any fixed point. `password_of` is
    /// asked for a user's password when there is an answer to check.
    pub fn check(
        &mut self,
        now: Duration,
        app: &str,
        password_of: impl FnOnce(&str) -> Option<String>,
    ) -> Verdict {
        let answer = Answer::read(app);
        let mode = self.mode;
        if answer.mode != mode.as_str() || answer.user.is_empty() {
            return Verdict::Rejected(AuthRejection::CredentialsNeeded(mode));
        }
        if answer.user.len() > Self::MAX_USER_BYTES {
            return Verdict::Rejected(AuthRejection::Failed(mode));
        }
        let user = percent_decode(answer.user);
        let (Some(token), false) = (self.issued(now, &answer, &user), answer.response.is_empty())
        else {
            let challenge = self.challenge(now, answer.user, &user);
            return Verdict::Rejected(AuthRejection::Challenge(challenge));
        };
        // A user who does not exist takes as long as one who does.
        let password = password_of(&user);
        let expected = self.expected(app, &answer, &user, password.as_deref().unwrap_or_default());
        let right = same(&expected, &percent_decode(answer.response));
        if password.is_some() && right && self.use_up(now, token) {
            return Verdict::Accepted { user };
        }
        Verdict::Rejected(AuthRejection::Failed(mode))
    }

    fn challenge(&mut self, now: Duration, sent: &str, user: &str) -> Challenge {
        let made = (now.as_secs(), self.random.u64());
        let token = self.token(made, user);
        let mut challenge = Challenge::new(self.mode, sent.into());
        match self.mode {
            AuthMode::Adobe => {
                challenge.salt = self.salt(user);
                challenge.challenge.clone_from(&token);
                challenge.opaque = token;
            }
            AuthMode::Llnw => challenge.nonce = token,
        }
        challenge
    }

    /// The challenge's text: date, random number and their keyed hash, in hexadecimal.
    fn token(&self, (date, random): Used, user: &str) -> String {
        let (date, random) = (date.to_be_bytes(), random.to_be_bytes());
        let hash = self.keyed(&[b"token", &date, &random, user.as_bytes()]);
        let mut token = hex(&date);
        token.push_str(&hex(&random));
        token.push_str(&hex(hash.get(..16).unwrap_or(&hash)));
        token
    }

    /// The same for a user each time, so that it need not be kept.
    fn salt(&self, user: &str) -> String {
        let [a, b, c, d, ..] = self.keyed(&[b"salt", user.as_bytes()]);
        hex(&[a, b, c, d])
    }

    fn keyed(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.key.into());
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The challenge that an answer is for, when this server made it for this user and it is still good.
    fn issued(&self, now: Duration, answer: &Answer<'_>, user: &str) -> Option<Used> {
        let sent = match self.mode {
            AuthMode::Adobe => answer.opaque,
            AuthMode::Llnw => answer.nonce,
        };
        let number = |range| u64::from_str_radix(sent.get(range)?, 16).ok();
        let token = (number(0..16)?, number(16..32)?);
        let age = now.as_secs().checked_sub(token.0)?;
        (age <= self.lifetime.as_secs() && same(&self.token(token, user), sent)).then_some(token)
    }

    fn expected(&self, app: &str, answer: &Answer<'_>, user: &str, password: &str) -> String {
        match self.mode {
            AuthMode::Adobe => {
                let salt = self.salt(user);
                adobe_response(user, password, &salt, answer.opaque, answer.challenge)
            }
            AuthMode::Llnw => {
                let digest = LlnwAnswer {
                    app: app.split_once('?').map_or(app, |(app, _)| app),
                    nonce: answer.nonce,
                    client_nonce: answer.client_nonce,
                    nonce_count: answer.nonce_count,
                };
                llnw_response(user, password, &digest)
            }
        }
    }

    /// False when it was used before.
    pub(super) fn use_up(&mut self, now: Duration, token: Used) -> bool {
        let oldest = now.as_secs().saturating_sub(self.lifetime.as_secs());
        self.used.retain(|(date, _)| *date >= oldest);
        if self.used.contains(&token) {
            return false;
        }
        if self.used.len() >= Self::MAX_USED {
            self.used.pop_front();
        }
        self.used.push_back(token);
        true
    }
}

impl<'a> Answer<'a> {
    /// From the last `authmod=` on: FFmpeg appends `?authmod=…` even where there is a query already.
    fn read(app: &'a str) -> Self {
        let mut answer = Self::default();
        let Some((at, _)) = app.rmatch_indices("authmod=").next() else {
            return answer;
        };
        for (name, value) in query_parameters(app.get(at..).unwrap_or_default()) {
            let field = match name {
                "authmod" => &mut answer.mode,
                "user" => &mut answer.user,
                "challenge" => &mut answer.challenge,
                "response" => &mut answer.response,
                "opaque" => &mut answer.opaque,
                "nonce" => &mut answer.nonce,
                "cnonce" => &mut answer.client_nonce,
                "nc" => &mut answer.nonce_count,
                _ => continue,
            };
            *field = value;
        }
        answer
    }
}

/// Compares in a time that does not tell where they differ.
fn same(a: &str, b: &str) -> bool {
    let differences = a
        .bytes()
        .zip(b.bytes())
        .fold(0, |sum, (a, b)| sum | (a ^ b));
    a.len() == b.len() && differences == 0
}

/// Says nothing of the secret.
impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticator")
            .field("mode", &self.mode)
            .field("used", &self.used.len())
            .finish_non_exhaustive()
    }
}
