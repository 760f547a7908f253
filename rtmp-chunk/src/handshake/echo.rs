use sha2::{Digest as _, Sha256};

use super::{
    HandshakeError,
    digest::{self, Role},
    packet::{PACKET_BYTES, part},
};

/// What becomes of a peer whose second packet does not answer our first one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EchoCheck {
    /// [`HandshakeError::EchoMismatch`].
    Strict,
    /// The handshake goes on, and [`Echo::Mismatch`] tells: not all peers in the field answer right. The default.
    #[default]
    Warn,
    /// It is not even looked at.
    Ignore,
}

/// How the peer's second packet answered our first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Echo {
    /// It repeats time and random bytes, as the specification asks.
    Repeated,
    /// It signs our digest.
    Signed,
    /// Neither.
    Mismatch,
    /// [`EchoCheck::Ignore`] was in force.
    NotChecked,
}

/// What is kept of our first packet, to know its answer by: 64 bytes in place of 1536.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    check: EchoCheck,
    fingerprint: [u8; 32],
    digest: Option<[u8; 32]>,
}

impl Expected {
    pub(super) fn new(check: EchoCheck, sent: &[u8], digest: Option<[u8; 32]>) -> Self {
        Self {
            check,
            fingerprint: fingerprint(sent),
            digest,
        }
    }

    /// `packet` is C2 or S2, of a peer in this role.
    pub(super) fn judge(&self, packet: &[u8], peer: Role) -> Result<Echo, HandshakeError> {
        if self.check == EchoCheck::Ignore {
            return Ok(Echo::NotChecked);
        }
        let signed = |of: [u8; 32]| digest::is_signed(packet, &of, peer);
        let echo = if self.digest.is_some_and(signed) {
            Echo::Signed
        } else if fingerprint(packet) == self.fingerprint {
            Echo::Repeated
        } else {
            Echo::Mismatch
        };
        if echo == Echo::Mismatch && self.check == EchoCheck::Strict {
            return Err(HandshakeError::EchoMismatch);
        }
        Ok(echo)
    }
}

/// Time and random bytes alone: between them stands "time2" in the answer (RTMP 1.0 §5.2.4), by some peers filled in,
/// by others repeated.
fn fingerprint(packet: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(part(packet, 0, 4))
        .chain_update(part(packet, 8, PACKET_BYTES - 8))
        .finalize()
        .into()
}
