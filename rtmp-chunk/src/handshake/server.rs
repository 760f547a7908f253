use bytes::{Buf as _, Bytes, BytesMut};
use castline_core::Random;

use super::{
    Ciphers, DigestPolicy, Echo, HandshakeError, HandshakeKind, Outcome, Schema,
    ServerHandshakeConfig, Version,
    digest::{self, Role},
    echo::Expected,
    packet::{self, PACKET_BYTES, Packet, VERSION_BYTES, part},
    version,
};

/// A server's half of the handshake. It waits for C0 and C1, sends S0, S1 and S2 at once, and is done with C2.
///
/// C2 may come with C1 or later; what follows it stays in the input.
#[derive(Debug)]
pub struct ServerHandshake {
    config: ServerHandshakeConfig,
    seed: [u8; 32],
    epoch_ms: u32,
    state: State,
    transmit: Option<Bytes>,
}

#[derive(Debug)]
enum State {
    First,
    Second(Answered),
    Done,
    Failed(HandshakeError),
}

/// All that is kept while C2 is waited for.
#[derive(Debug)]
struct Answered {
    outcome: Outcome,
    expected: Expected,
}

/// S1 as it is to be, and what it was agreed on.
struct First {
    s1: Packet,
    kind: HandshakeKind,
    /// Ours and theirs.
    digests: Option<([u8; 32], [u8; 32])>,
    ciphers: Option<Ciphers>,
}

impl ServerHandshake {
    /// `seed` feeds S1 and S2 and must not repeat; `epoch_ms` is the server's time, from where it likes.
    #[must_use]
    pub fn new(config: ServerHandshakeConfig, seed: [u8; 32], epoch_ms: u32) -> Self {
        Self {
            config,
            seed,
            epoch_ms,
            state: State::First,
            transmit: None,
        }
    }

    /// Takes C0, C1 and C2 off the front of `input` as they are whole, and gives the outcome once, with C2.
    /// After that it takes nothing.
    ///
    /// # Errors
    ///
    /// Any [`HandshakeError`]; the same again on each later call.
    pub fn handle_input(
        &mut self,
        input: &mut BytesMut,
    ) -> Result<Option<Outcome>, HandshakeError> {
        let result = self.advance(input);
        if let Err(error) = &result {
            self.state = State::Failed(error.clone());
        }
        result
    }

    /// What is to be sent now.
    #[must_use]
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        self.transmit.take()
    }

    fn advance(&mut self, input: &mut BytesMut) -> Result<Option<Outcome>, HandshakeError> {
        if matches!(self.state, State::First) {
            let Some(version) = version::peek(input)? else {
                return Ok(None);
            };
            self.admit(version)?;
            if input.len() < VERSION_BYTES + PACKET_BYTES {
                return Ok(None);
            }
            input.advance(VERSION_BYTES);
            let c1 = input.split_to(PACKET_BYTES);
            self.state = State::Second(self.answer(version, &c1)?);
        }
        self.finish(input)
    }

    fn finish(&mut self, input: &mut BytesMut) -> Result<Option<Outcome>, HandshakeError> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Second(mut answered) if input.len() >= PACKET_BYTES => {
                let c2 = input.split_to(PACKET_BYTES);
                answered.outcome.echo = answered.expected.judge(&c2, Role::Client)?;
                Ok(Some(answered.outcome))
            }
            State::Failed(error) => Err(error),
            unfinished @ (State::First | State::Second(_) | State::Done) => {
                self.state = unfinished;
                Ok(None)
            }
        }
    }

    fn admit(&self, version: Version) -> Result<(), HandshakeError> {
        #[cfg(feature = "rtmpe")]
        if self.config.encryption == super::Encryption::Require && !version.is_encrypted() {
            return Err(HandshakeError::EncryptionRequired);
        }
        version::admit(version, self.config.versions)
    }

    fn answer(&mut self, asked: Version, c1: &[u8]) -> Result<Answered, HandshakeError> {
        let mut random = Random::new(self.seed);
        let (version, first) = self.first(asked, c1, &mut random)?;
        let (mut s2, ours) = match first.digests {
            None => (repeated(c1), None),
            Some((ours, theirs)) => {
                let mut s2 = packet::fresh(&mut random, self.epoch_ms, self.config.app_version);
                digest::sign(&mut s2, &theirs, Role::Server);
                (s2, Some(ours))
            }
        };
        self.transmit = Some(joined(version, &first.s1, &mut s2));
        Ok(Answered {
            outcome: Outcome {
                peer_version: asked,
                kind: first.kind,
                peer_epoch_ms: packet::epoch_ms(c1),
                peer_app_version: packet::app_version(c1),
                echo: Echo::NotChecked,
                ciphers: first.ciphers,
            },
            expected: Expected::new(self.config.echo_check, &first.s1, ours),
        })
    }

    fn first(
        &self,
        asked: Version,
        c1: &[u8],
        random: &mut Random,
    ) -> Result<(Version, First), HandshakeError> {
        // A program version of zero says that there is no digest, and saves the search for one.
        let looks = self.config.digest != DigestPolicy::Never && packet::app_version(c1) != [0; 4];
        let found = looks.then(|| digest::find(c1, Role::Client)).flatten();
        #[cfg(feature = "rtmpe")]
        if self.encrypts(asked) {
            let found = found.ok_or(HandshakeError::DigestMissing)?;
            return Ok((Version::RTMPE, self.encrypted(found, c1, random)?));
        }
        let _ = asked;
        match found {
            Some(found) => Ok((Version::RTMP, self.digested(found, random))),
            None if self.config.digest == DigestPolicy::Require => {
                Err(HandshakeError::DigestMissing)
            }
            None => Ok((Version::RTMP, self.simple(random))),
        }
    }

    fn simple(&self, random: &mut Random) -> First {
        First {
            s1: packet::fresh(random, self.epoch_ms, [0; 4]),
            kind: HandshakeKind::Simple,
            digests: None,
            ciphers: None,
        }
    }

    fn digested(&self, (schema, theirs): (Schema, [u8; 32]), random: &mut Random) -> First {
        let mut s1 = packet::fresh(random, self.epoch_ms, self.config.app_version);
        let ours = digest::imprint(&mut s1, schema, Role::Server);
        First {
            s1,
            kind: HandshakeKind::Digest(schema),
            digests: Some((ours, theirs)),
            ciphers: None,
        }
    }
}

#[cfg(feature = "rtmpe")]
impl ServerHandshake {
    fn encrypts(&self, asked: Version) -> bool {
        asked.is_encrypted()
            && self.config.digest != DigestPolicy::Never
            && self.config.encryption != super::Encryption::Refuse
    }

    fn encrypted(
        &self,
        (schema, theirs): (Schema, [u8; 32]),
        c1: &[u8],
        random: &mut Random,
    ) -> Result<First, HandshakeError> {
        use super::{digest::PUBLIC_KEY_BYTES, rtmpe::KeyPair};

        let their_key = part(c1, schema.key_at(c1), PUBLIC_KEY_BYTES);
        let (pair, secret) = KeyPair::answering(&mut Random::new(random.seed()), their_key)?;
        let mut s1 = packet::fresh(random, self.epoch_ms, self.config.app_version);
        let key_at = schema.key_at(&s1);
        packet::put(&mut s1, key_at, &pair.public);
        let ours = digest::imprint(&mut s1, schema, Role::Server);
        Ok(First {
            s1,
            kind: HandshakeKind::Digest(schema),
            digests: Some((ours, theirs)),
            ciphers: pair.ciphers(&secret, their_key),
        })
    }
}

/// The whole of C1, "time2" too: there are clients that compare all of it.
fn repeated(c1: &[u8]) -> Packet {
    part(c1, 0, PACKET_BYTES)
        .try_into()
        .unwrap_or([0; PACKET_BYTES])
}

fn joined(version: Version, s1: &Packet, s2: &mut Packet) -> Bytes {
    let mut answer = BytesMut::with_capacity(VERSION_BYTES + 2 * PACKET_BYTES);
    answer.extend_from_slice(&[version.0]);
    answer.extend_from_slice(s1);
    answer.extend_from_slice(s2);
    answer.freeze()
}
