use castline_core::Random;
use num_bigint::BigUint;

use super::{
    Cipher, Ciphers, HandshakeError,
    digest::{PUBLIC_KEY_BYTES, hmac_sha256},
};

/// RFC 2409 §6.2, "Second Oakley Group": p, a safe prime; the generator is 2.
const PRIME: &[u8; PUBLIC_KEY_BYTES] =
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xc9\x0f\xda\xa2\x21\x68\xc2\x34\
      \xc4\xc6\x62\x8b\x80\xdc\x1c\xd1\x29\x02\x4e\x08\x8a\x67\xcc\x74\
      \x02\x0b\xbe\xa6\x3b\x13\x9b\x22\x51\x4a\x08\x79\x8e\x34\x04\xdd\
      \xef\x95\x19\xb3\xcd\x3a\x43\x1b\x30\x2b\x0a\x6d\xf2\x5f\x14\x37\
      \x4f\xe1\x35\x6d\x6d\x51\xc2\x45\xe4\x85\xb5\x76\x62\x5e\x7e\xc6\
      \xf4\x4c\x42\xe9\xa6\x37\xed\x6b\x0b\xff\x5c\xb6\xf4\x06\xb7\xed\
      \xee\x38\x6b\xfb\x5a\x89\x9f\xa5\xae\x9f\x24\x11\x7c\x4b\x1f\xe6\
      \x49\x28\x66\x51\xec\xe6\x53\x81\xff\xff\xff\xff\xff\xff\xff\xff";

/// How often another key is drawn to avoid numbers that begin with a zero byte: one in 256 each time.
const KEY_ATTEMPTS: u32 = 4;

type Number = [u8; PUBLIC_KEY_BYTES];

/// A Diffie-Hellman key pair.
#[derive(Clone)]
pub(super) struct KeyPair {
    /// 256 bits: twice over what a group of this size is worth.
    private: [u8; 32],
    pub(super) public: Number,
}

impl KeyPair {
    /// A key whose public part begins with no zero byte: where peers drop such bytes, they cannot here.
    pub(super) fn new(random: &mut Random) -> Self {
        let mut pair = Self::draw(random);
        for _ in 1..KEY_ATTEMPTS {
            if pair.public.first() != Some(&0) {
                break;
            }
            pair = Self::draw(random);
        }
        pair
    }

    /// For a server, which knows the client's key already: the shared secret begins with no zero byte either.
    /// Old clients shift such a secret by one byte and compute other ciphers.
    pub(super) fn answering(
        random: &mut Random,
        theirs: &[u8],
    ) -> Result<(Self, Number), HandshakeError> {
        let mut pair = Self::new(random);
        let mut secret = pair.secret(theirs)?;
        for _ in 1..KEY_ATTEMPTS {
            if secret.first() != Some(&0) {
                break;
            }
            pair = Self::new(random);
            secret = pair.secret(theirs)?;
        }
        Ok((pair, secret))
    }

    fn draw(random: &mut Random) -> Self {
        Self::from_private(random.seed())
    }

    pub(super) fn from_private(private: [u8; 32]) -> Self {
        let public = BigUint::from(2u32).modpow(&BigUint::from_bytes_be(&private), &prime());
        Self {
            private,
            public: number(&public),
        }
    }

    /// `p` is a safe prime, so that within 2 and p - 2 there is no key with few multiples.
    pub(super) fn secret(&self, theirs: &[u8]) -> Result<Number, HandshakeError> {
        let (theirs, prime) = (BigUint::from_bytes_be(theirs), prime());
        if theirs < BigUint::from(2u32) || theirs > &prime - 2u32 {
            return Err(HandshakeError::PublicKeyOutOfRange);
        }
        Ok(number(
            &theirs.modpow(&BigUint::from_bytes_be(&self.private), &prime),
        ))
    }

    /// Each direction's key comes from the secret and the public key of who reads it.
    pub(super) fn ciphers(&self, secret: &Number, theirs: &[u8]) -> Option<Ciphers> {
        Some(Ciphers {
            incoming: cipher(secret, &self.public)?,
            outgoing: cipher(secret, theirs)?,
        })
    }
}

impl core::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("KeyPair(..)")
    }
}

fn cipher(secret: &Number, reader: &[u8]) -> Option<Cipher> {
    let [key, _] = halves(hmac_sha256(secret, &[reader]));
    Cipher::new(&key)
}

fn halves(digest: [u8; 32]) -> [[u8; 16]; 2] {
    let mut halves = [[0; 16]; 2];
    for (half, bytes) in halves.iter_mut().zip(digest.chunks_exact(16)) {
        half.copy_from_slice(bytes);
    }
    halves
}

fn prime() -> BigUint {
    BigUint::from_bytes_be(PRIME)
}

/// Filled with zeros in front.
fn number(value: &BigUint) -> Number {
    let (mut number, bytes) = ([0; PUBLIC_KEY_BYTES], value.to_bytes_be());
    for (slot, byte) in number.iter_mut().rev().zip(bytes.iter().rev()) {
        *slot = *byte;
    }
    number
}
