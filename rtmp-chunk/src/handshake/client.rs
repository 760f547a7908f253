use alloc::collections::VecDeque;

use bytes::{Buf as _, Bytes, BytesMut};
use castline_core::Random;

use super::{
    Ciphers, ClientHandshakeConfig, DigestPolicy, Echo, HandshakeError, HandshakeKind, Offer,
    Outcome, Schema, Version,
    digest::{self, Role},
    echo::Expected,
    packet::{self, PACKET_BYTES, VERSION_BYTES},
    version,
};

/// A client's half of the handshake. C0 and C1 are there to send from the start, C2 when S1 is in; it is done with S2.
#[derive(Debug)]
pub struct ClientHandshake {
    config: ClientHandshakeConfig,
    /// What C2 is drawn from.
    random: Random,
    epoch_ms: u32,
    expected: Expected,
    #[cfg(feature = "rtmpe")]
    key_pair: Option<super::rtmpe::KeyPair>,
    state: State,
    /// C0 and C1, then C2.
    transmit: VecDeque<Bytes>,
}

#[derive(Debug)]
enum State {
    First,
    Second(Outcome),
    Done,
    Failed(HandshakeError),
}

impl ClientHandshake {
    /// `seed` feeds C1 and C2 and must not repeat; `epoch_ms` is the client's time, from where it likes.
    #[must_use]
    pub fn new(config: ClientHandshakeConfig, seed: [u8; 32], epoch_ms: u32) -> Self {
        let mut random = Random::new(seed);
        let app_version = schema_of(config.offer).map_or([0; 4], |_| config.app_version);
        let mut c1 = packet::fresh(&mut random, epoch_ms, app_version);
        #[cfg(feature = "rtmpe")]
        let key_pair = public_key(config.offer, &mut random, &mut c1);
        let schema = schema_of(config.offer);
        let digest = schema.map(|schema| digest::imprint(&mut c1, schema, Role::Client));
        let mut first = BytesMut::with_capacity(VERSION_BYTES + PACKET_BYTES);
        first.extend_from_slice(&[version_of(config.offer).0]);
        first.extend_from_slice(&c1);
        Self {
            config,
            random,
            epoch_ms,
            expected: Expected::new(config.echo_check, &c1, digest),
            #[cfg(feature = "rtmpe")]
            key_pair,
            state: State::First,
            transmit: VecDeque::from([first.freeze()]),
        }
    }

    /// Takes S0, S1 and S2 off the front of `input` as they are whole, and gives the outcome once, with S2.
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
        self.transmit.pop_front()
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
            let s1 = input.split_to(PACKET_BYTES);
            self.state = State::Second(self.answer(version, &s1)?);
        }
        self.finish(input)
    }

    fn finish(&mut self, input: &mut BytesMut) -> Result<Option<Outcome>, HandshakeError> {
        match core::mem::replace(&mut self.state, State::Done) {
            State::Second(mut outcome) if input.len() >= PACKET_BYTES => {
                let s2 = input.split_to(PACKET_BYTES);
                outcome.echo = self.expected.judge(&s2, Role::Server)?;
                Ok(Some(outcome))
            }
            State::Failed(error) => Err(error),
            unfinished @ (State::First | State::Second(_) | State::Done) => {
                self.state = unfinished;
                Ok(None)
            }
        }
    }

    fn admit(&self, version: Version) -> Result<(), HandshakeError> {
        if version_of(self.config.offer).is_encrypted() && !version.is_encrypted() {
            return Err(HandshakeError::EncryptionRefused(version));
        }
        version::admit(version, self.config.versions)
    }

    fn answer(&mut self, version: Version, s1: &[u8]) -> Result<Outcome, HandshakeError> {
        let offered = schema_of(self.config.offer).is_some();
        let looks = offered && self.config.digest != DigestPolicy::Never;
        let found = looks.then(|| digest::find(s1, Role::Server)).flatten();
        if found.is_none() && looks && self.config.digest == DigestPolicy::Require {
            return Err(HandshakeError::DigestMissing);
        }
        let ciphers = self.ciphers(found.map(|(schema, _)| schema), s1)?;
        let c2 = match found {
            None => Bytes::copy_from_slice(s1),
            Some((_, theirs)) => {
                let mut c2 =
                    packet::fresh(&mut self.random, self.epoch_ms, self.config.app_version);
                digest::sign(&mut c2, &theirs, Role::Client);
                Bytes::copy_from_slice(&c2)
            }
        };
        self.transmit.push_back(c2);
        Ok(Outcome {
            peer_version: version,
            kind: found.map_or(HandshakeKind::Simple, |(schema, _)| {
                HandshakeKind::Digest(schema)
            }),
            peer_epoch_ms: packet::epoch_ms(s1),
            peer_app_version: packet::app_version(s1),
            echo: Echo::NotChecked,
            ciphers,
        })
    }

    #[cfg(feature = "rtmpe")]
    fn ciphers(
        &mut self,
        schema: Option<Schema>,
        s1: &[u8],
    ) -> Result<Option<Ciphers>, HandshakeError> {
        let Some(pair) = self.key_pair.take() else {
            return Ok(None);
        };
        let schema = schema.ok_or(HandshakeError::DigestMissing)?;
        let their_key = packet::part(s1, schema.key_at(s1), digest::PUBLIC_KEY_BYTES);
        let secret = pair.secret(their_key)?;
        Ok(pair.ciphers(&secret, their_key))
    }

    #[cfg(not(feature = "rtmpe"))]
    #[allow(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "with the feature it can fail"
    )]
    fn ciphers(
        &mut self,
        _schema: Option<Schema>,
        _s1: &[u8],
    ) -> Result<Option<Ciphers>, HandshakeError> {
        Ok(None)
    }
}

const fn schema_of(offer: Offer) -> Option<Schema> {
    match offer {
        Offer::Simple => None,
        Offer::Digest(schema) => Some(schema),
        #[cfg(feature = "rtmpe")]
        Offer::Encrypted(schema) => Some(schema),
    }
}

const fn version_of(offer: Offer) -> Version {
    match offer {
        Offer::Simple | Offer::Digest(_) => Version::RTMP,
        #[cfg(feature = "rtmpe")]
        Offer::Encrypted(_) => Version::RTMPE,
    }
}

#[cfg(feature = "rtmpe")]
fn public_key(offer: Offer, random: &mut Random, c1: &mut [u8]) -> Option<super::rtmpe::KeyPair> {
    let Offer::Encrypted(schema) = offer else {
        return None;
    };
    let pair = super::rtmpe::KeyPair::new(&mut Random::new(random.seed()));
    let key_at = schema.key_at(c1);
    packet::put(c1, key_at, &pair.public);
    Some(pair)
}
