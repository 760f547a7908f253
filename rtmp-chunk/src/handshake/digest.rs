use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::packet::{PACKET_BYTES, four, part, put};

/// Public constants of the protocol; the readable part alone imprints, the whole signs.
const SERVER_KEY: &[u8; 68] = b"Genuine Adobe Flash Media Server 001\
    \xf0\xee\xc2\x4a\x80\x68\xbe\xe8\x2e\x00\xd0\xd1\x02\x9e\x7e\x57\
    \x6e\xec\x5d\x2d\x29\x80\x6f\xab\x93\xb8\xe6\x36\xcf\xeb\x31\xae";
const PLAYER_KEY: &[u8; 62] = b"Genuine Adobe Flash Player 001\
    \xf0\xee\xc2\x4a\x80\x68\xbe\xe8\x2e\x00\xd0\xd1\x02\x9e\x7e\x57\
    \x6e\xec\x5d\x2d\x29\x80\x6f\xab\x93\xb8\xe6\x36\xcf\xeb\x31\xae";

pub(super) const DIGEST_BYTES: usize = 32;
#[cfg(feature = "rtmpe")]
pub(super) const PUBLIC_KEY_BYTES: usize = 128;
/// Where the signature of C2 and S2 stands: at the end.
const SIGNATURE_AT: usize = PACKET_BYTES - DIGEST_BYTES;

/// Where C1 and S1 hide their digest and, for RTMPE, their public key: time and version, then two blocks of 764 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "there are two orders of two blocks"
)]
pub enum Schema {
    /// Schema 0: the block with the key comes first. What RTMPE clients send.
    KeyFirst,
    /// Schema 1: the block with the digest comes first. What most plain clients send.
    DigestFirst,
}

impl Schema {
    /// The digest's block begins with four bytes whose sum says how far behind them it stands.
    fn digest_at(self, packet: &[u8]) -> usize {
        let block = match self {
            Self::KeyFirst => 772,
            Self::DigestFirst => 8,
        };
        block + 4 + sum(packet, block) % 728
    }

    /// The key's block ends with four such bytes.
    #[cfg(feature = "rtmpe")]
    pub(super) fn key_at(self, packet: &[u8]) -> usize {
        let block = match self {
            Self::KeyFirst => 8,
            Self::DigestFirst => 772,
        };
        block + sum(packet, block + 760) % 632
    }
}

fn sum(packet: &[u8], at: usize) -> usize {
    four(packet, at).into_iter().map(usize::from).sum()
}

/// Who made a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Client,
    Server,
}

impl Role {
    const fn signing_key(self) -> &'static [u8] {
        match self {
            Self::Client => PLAYER_KEY,
            Self::Server => SERVER_KEY,
        }
    }

    fn imprint_key(self) -> &'static [u8] {
        let key = self.signing_key();
        part(key, 0, key.len().saturating_sub(32))
    }
}

/// Which schema a C1 or S1 has a valid digest by, and the digest.
pub(super) fn find(packet: &[u8], of: Role) -> Option<(Schema, [u8; DIGEST_BYTES])> {
    [Schema::KeyFirst, Schema::DigestFirst]
        .into_iter()
        .find_map(|schema| {
            let (at, digest) = digest_of(packet, schema, of);
            (part(packet, at, DIGEST_BYTES) == digest).then_some((schema, digest))
        })
}

/// Puts the digest into our C1 or S1. Everything else must be in place.
pub(super) fn imprint(packet: &mut [u8], schema: Schema, of: Role) -> [u8; DIGEST_BYTES] {
    let (at, digest) = digest_of(packet, schema, of);
    put(packet, at, &digest);
    digest
}

fn digest_of(packet: &[u8], schema: Schema, of: Role) -> (usize, [u8; DIGEST_BYTES]) {
    let at = schema.digest_at(packet);
    let behind = at + DIGEST_BYTES;
    let rest = part(packet, behind, PACKET_BYTES.saturating_sub(behind));
    (
        at,
        hmac_sha256(of.imprint_key(), &[part(packet, 0, at), rest]),
    )
}

/// Signs our C2 or S2 with the digest of the packet that it answers.
pub(super) fn sign(packet: &mut [u8], answered: &[u8; DIGEST_BYTES], of: Role) {
    let signature = signature_of(packet, answered, of);
    put(packet, SIGNATURE_AT, &signature);
}

/// Whether a C2 or S2 is signed with this digest.
pub(super) fn is_signed(packet: &[u8], answered: &[u8; DIGEST_BYTES], of: Role) -> bool {
    part(packet, SIGNATURE_AT, DIGEST_BYTES) == signature_of(packet, answered, of)
}

fn signature_of(packet: &[u8], answered: &[u8], of: Role) -> [u8; DIGEST_BYTES] {
    let key = hmac_sha256(of.signing_key(), &[answered]);
    hmac_sha256(&key, &[part(packet, 0, SIGNATURE_AT)])
}

pub(super) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST_BYTES] {
    // RFC 2104 §2: a key is filled up with zeros to the block size of 64 bytes; a longer one is hashed before.
    let mut block = [0; 64];
    if key.len() > block.len() {
        put(&mut block, 0, &Sha256::digest(key));
    } else {
        put(&mut block, 0, key);
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
